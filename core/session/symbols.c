#include "core/session/symbols.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/intern.h"
#include "core/base/xalloc.h"
#include "core/session/session_priv.h"

struct collect {
	struct intern names;
	regex_t match;
	bool have_match;
};

static void collect_deinit(struct collect *c)
{
	intern_deinit(&c->names);
	if (c->have_match)
		regfree(&c->match);
}

static void offer(struct collect *c, const char *name)
{
	if (*name && strcmp(name, "?") != 0 &&
	    (!c->have_match || !regexec(&c->match, name, 0, NULL, 0)))
		intern_add(&c->names, name);
}

static void offer_function(struct collect *c, enum symbol_kind kind,
			   const char *function, const char *file)
{
	CLEANUP(free_cleanup) char *package = NULL;
	const char *start;
	size_t n;

	if (kind == SYMBOL_FUNCTION) {
		offer(c, function);
	} else if (kind == SYMBOL_SOURCE) {
		offer(c, *file == '<' ? "" : file);
	} else {
		/* "type:.eq.main.T", "go:buildid": the linker's own. */
		if (strchr(function, ':'))
			return;
		n = owner_package(function, &start);
		package = xstrndup(start, n);
		/* "_rt0_amd64", "memeqbody", "_.goready" are of none. */
		if (start == function && function[n] == '.' &&
		    strcmp(package, "_") != 0)
			offer(c, package);
	}
}

static void collect_functions(const struct session *session,
			      enum symbol_kind kind, struct collect *c)
{
	const char *function, *file;
	uint64_t i, entry;
	uint32_t line;

	for (i = 0;
	     go_function_at(session->rt, i, &function, &file, &line, &entry);
	     i++)
		offer_function(c, kind, function, file);
}

static void collect_types(const struct session *session, struct collect *c)
{
	uint32_t i, n = go_type_count(session->rt->types);

	for (i = 1; i < n; i++) {
		const struct go_type *type = go_type(session->rt->types, i);

		if (type->id == i && type->role == GO_ROLE_NONE)
			offer(c, type->name);
	}
}

static void collect_variables(const struct session *session, struct collect *c)
{
	const struct dbg *dbg = session->program->dbg;
	size_t n = dbg ? dbg_global_count(dbg) : 0, i;

	for (i = 0; i < n; i++)
		if (dbg_global(dbg, i)->is_go &&
		    !strstr(dbg_global(dbg, i)->name, ".."))
			offer(c, dbg_global(dbg, i)->name);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct error *session_symbols(const struct session *session,
			      enum symbol_kind kind, const char *match,
			      struct symbol_list *ret)
{
	CLEANUP(collect_deinit) struct collect c = {0};

	*ret = (struct symbol_list){0};
	if (match) {
		if (regcomp(&c.match, match, REG_EXTENDED | REG_NOSUB))
			return error_new(ERROR_USAGE,
					 "'%s' is no regular expression",
					 match);
		c.have_match = true;
	}
	if (kind == SYMBOL_TYPE)
		collect_types(session, &c);
	else if (kind == SYMBOL_VARIABLE)
		collect_variables(session, &c);
	else
		collect_functions(session, kind, &c);
	ret->names = c.names.strings;
	ret->count = c.names.count;
	c.names.strings = NULL;
	c.names.count = c.names.cap = 0;
	if (ret->count)
		qsort(ret->names, ret->count, sizeof(*ret->names), compare);
	return NULL;
}

void symbol_list_deinit(struct symbol_list *list)
{
	uint32_t i;

	for (i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct symbol_list){0};
}

/* Is @p name what is behind a dot or slash of @p full? */
static bool ends_with(const char *full, const char *name)
{
	size_t n = strlen(full), k = strlen(name);

	return n > k + 1 && !strcmp(full + n - k, name) &&
	       (full[n - k - 1] == '.' || full[n - k - 1] == '/');
}

bool session_function_place(const struct session *session, const char *name,
			    const char **file_ret, uint32_t *line_ret)
{
	const char *function, *file;
	uint64_t i, entry, found = 0;
	uint32_t line;

	for (i = 0;
	     go_function_at(session->rt, i, &function, &file, &line, &entry);
	     i++) {
		bool exact = !strcmp(function, name);

		if (!exact && !ends_with(function, name))
			continue;
		*file_ret = file;
		*line_ret = line;
		if (exact)
			return true;
		found++;
	}
	return found == 1;
}

bool session_pc_line(const struct session *session, uint64_t pc,
		     const char **file_ret, uint32_t *line_ret)
{
	const char *function;

	return go_pc_lookup(session->rt, pc, &function, file_ret, line_ret);
}

uint32_t session_thread_count(const struct session *session)
{
	size_t count;

	sample_threads(session->sample, &count);
	return (uint32_t)count;
}

void session_thread(const struct session *session, uint32_t index,
		    struct thread_row *ret)
{
	const struct go_runtime *rt = session->rt;
	const struct sample_thread *threads;
	size_t count;
	uint32_t i;

	threads = sample_threads(session->sample, &count);
	*ret = (struct thread_row){
		.tid = threads[index].tid,
		.have_registers = threads[index].have_regs,
	};
	_Static_assert(sizeof(ret->registers) == sizeof(threads->regs),
		       "the same registers");
	memcpy(ret->registers, threads[index].regs, sizeof(ret->registers));
	for (i = 0; i < rt->goroutine_count; i++)
		if (rt->goroutines[i].thread == ret->tid)
			ret->goroutine = rt->goroutines[i].id;
}

const char *thread_register_name(uint32_t index)
{
	static const char *const names[THREAD_REGISTERS] = {
		"Rax", "Rdx", "Rcx", "Rbx", "Rsi", "Rdi", "Rbp", "Rsp", "R8",
		"R9",  "R10", "R11", "R12", "R13", "R14", "R15", "Rip",
	};

	return index < THREAD_REGISTERS ? names[index] : "?";
}

void session_libraries(const struct session *session,
		       void (*fn)(void *arg, uint64_t addr, const char *path),
		       void *arg)
{
	const char *exe, *last = "";
	const struct sample_mapping *m;
	size_t count, i;

	if (!session->sample)
		return;
	exe = sample_info(session->sample)->exe;
	m = sample_mappings(session->sample, &count);
	for (i = 0; i < count; i++) {
		/* "[heap]", "[vdso]" are no files. */
		if (*m[i].path != '/' || !strcmp(m[i].path, last) ||
		    (exe && !strcmp(m[i].path, exe)))
			continue;
		last = m[i].path;
		fn(arg, m[i].start, last);
	}
}
