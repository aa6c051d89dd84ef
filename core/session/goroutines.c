#include "core/session/goroutines.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/frame_vars.h"
#include "core/session/stored.h"

/* Of a snapshot without memory only goroutines and frames are filled. */
static const struct go_runtime *stacks(const struct session *session)
{
	return session->stored ? &session->stored->stacks : session->rt;
}

uint32_t session_goroutine_count(const struct session *session)
{
	return stacks(session)->goroutine_count;
}

/* The runtime notes the time of a wait by the monotonic clock. */
static uint64_t waited(const struct session *session, uint64_t since)
{
	uint64_t now = sample_info(session->sample)->mono_ns;

	return since && now >= since ? now - since : UINT64_MAX;
}

void session_goroutine(const struct session *session, uint32_t index,
		       struct goroutine_row *ret)
{
	const struct go_goroutine *g = &stacks(session)->goroutines[index];

	*ret = (struct goroutine_row){
		.id = g->id,
		.addr = g->g,
		.status = g->status_name,
		.wait_reason = g->wait_reason,
		.wait_ns = session->stored   ? session->stored->waits[index]
			   : *g->wait_reason ? waited(session, g->wait_since)
					     : UINT64_MAX,
		.thread = g->thread,
		.parent = g->parent,
		.frames = g->frame_count,
		.stack_bytes = g->stack_hi > g->stack_lo
				       ? g->stack_hi - g->stack_lo
				       : UINT64_MAX,
		.system = g->system,
		.incomplete = g->conservative,
	};
}

bool session_goroutine_waits_on(const struct session *session, uint32_t index,
				uint64_t chan)
{
	return !session->stored &&
	       go_goroutine_waits_on(session->rt, index, chan);
}

uint32_t session_goroutine_find(const struct session *session, int64_t id)
{
	uint32_t i;

	for (i = 0; i < stacks(session)->goroutine_count; i++)
		if (stacks(session)->goroutines[i].id == id)
			return i;
	return UINT32_MAX;
}

const char *goroutine_state(const struct goroutine_row *row)
{
	return *row->wait_reason ? row->wait_reason : row->status;
}

static void frame_place(const struct go_frame *f, struct code_place *ret)
{
	*ret = (struct code_place){
		.pc = f->pc,
		.function = f->function,
		.file = f->file,
		.line = f->line,
	};
}

/* An exported function of package runtime is called by the user's code. */
static bool is_user(const char *function)
{
	static const char *const prefixes[] = {"internal/", "runtime/internal"};
	const char *name;
	size_t i;

	for (i = 0; i < ARRAY_LEN(prefixes); i++)
		if (!strncmp(function, prefixes[i], strlen(prefixes[i])))
			return false;
	if (strncmp(function, "runtime.", 8) != 0)
		return strchr(function, '.') != NULL;
	name = function + 8;
	return *name >= 'A' && *name <= 'Z';
}

static bool user_place(const struct session *session,
		       const struct go_goroutine *g, struct code_place *ret)
{
	uint32_t i;

	for (i = 0; i < g->frame_count; i++) {
		const struct go_frame *f =
			&stacks(session)->frames[g->first_frame + i];

		if (is_user(f->function)) {
			frame_place(f, ret);
			return true;
		}
	}
	if (!g->frame_count)
		return false;
	frame_place(&stacks(session)->frames[g->first_frame], ret);
	return true;
}

static bool pc_place(const struct session *session, uint64_t pc, uint64_t look,
		     struct code_place *ret)
{
	*ret = (struct code_place){.pc = pc, .function = "?", .file = ""};
	return pc && go_pc_lookup(session->rt, look, &ret->function, &ret->file,
				  &ret->line);
}

bool session_goroutine_place(const struct session *session, uint32_t index,
			     enum goroutine_place which, struct code_place *ret)
{
	const struct go_goroutine *g = &stacks(session)->goroutines[index];

	*ret = (struct code_place){.function = "?", .file = ""};
	if (session->stored && which == PLACE_GO)
		return stored_place(session, index, true, ret);
	if (session->stored && which == PLACE_START)
		return stored_place(session, index, false, ret);
	switch (which) {
	case PLACE_USER:
		return user_place(session, g, ret);
	case PLACE_CURRENT:
		if (g->frame_count)
			frame_place(&stacks(session)->frames[g->first_frame],
				    ret);
		return g->frame_count > 0;
	case PLACE_GO:
		return pc_place(session, g->created_pc, g->created_pc - 1, ret);
	default:
		return pc_place(session, g->start_pc, g->start_pc, ret);
	}
}

bool session_frame(const struct session *session, uint32_t goroutine,
		   uint32_t frame, struct frame_row *ret)
{
	const struct go_goroutine *g = &stacks(session)->goroutines[goroutine];
	const struct go_frame *f;

	if (frame >= g->frame_count)
		return false;
	f = &stacks(session)->frames[g->first_frame + frame];
	*ret = (struct frame_row){
		.sp = f->sp,
		.cfa = f->cfa,
		.inlined = f->inlined,
	};
	frame_place(f, &ret->place);
	return true;
}

static void fill_variable(struct frame_variables *ret,
			  const struct frame_var *var)
{
	const struct go_type *type =
		go_type(ret->session->rt->types, var->type);
	struct variable_row *row = &ret->list[ret->count++];

	*row = (struct variable_row){
		.name = var->name,
		.type = type->name,
		.type_id = var->type,
		.why = frame_var_why(var),
		.addr = var->addr,
		.line = var->decl_line,
		.is_arg = var->is_param && !var->is_output,
		.is_result = var->is_output,
		.shadowed = var->shadowed,
		.escaped = var->escaped,
	};
	if (var->state == FRAME_VAR_BYTES)
		row->addr =
			sample_overlay_add(ret->memory, var->bytes, type->size);
}

struct error *session_frame_variables(const struct session *session,
				      uint32_t goroutine, uint32_t frame,
				      struct frame_variables *ret)
{
	CLEANUP(frame_vars_deinit) struct frame_vars vars = {0};
	const struct go_goroutine *g = &stacks(session)->goroutines[goroutine];
	struct error *err;
	uint32_t i;

	*ret = (struct frame_variables){.session = session};
	if (frame >= g->frame_count)
		return error_new(ERROR_NOT_FOUND,
				 "frame %u does not exist, goroutine %lld has "
				 "%u",
				 frame, (long long)g->id, g->frame_count);
	if (session->stored)
		return session_needs_memory(session);
	err = frame_vars_load(session->rt, g->first_frame + frame, &vars);
	if (err)
		return err;
	ret->memory = sample_new_overlay(session->sample);
	ret->list = xcalloc(vars.count + 1, sizeof(*ret->list));
	for (i = 0; i < vars.count; i++)
		fill_variable(ret, &vars.list[i]);
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct variable_row *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct error *session_package_variables(const struct session *session,
					bool with_c,
					struct frame_variables *ret)
{
	const struct dbg *dbg;
	size_t count, i;

	*ret = (struct frame_variables){.session = session};
	if (session->stored)
		return session_needs_memory(session);
	dbg = session->program->dbg;
	count = dbg ? dbg_global_count(dbg) : 0;
	if (!dbg)
		return error_new(ERROR_NOT_FOUND,
				 "no debug information names variables");
	ret->memory = sample_new_overlay(session->sample);
	ret->list = xcalloc(count + 1, sizeof(*ret->list));
	for (i = 0; i < count; i++) {
		const struct dbg_global *g = dbg_global(dbg, i);
		uint32_t id = go_type_from_dbg(session->rt->types, g->type);

		/* "main..dict.F[int]" and the like are the compiler's own. */
		if ((!g->is_go && !with_c) || strstr(g->name, ".."))
			continue;
		ret->list[ret->count++] = (struct variable_row){
			.name = g->name,
			.type = go_type(session->rt->types, id)->name,
			.type_id = id,
			.addr = g->addr + session->rt->bias,
		};
	}
	qsort(ret->list, ret->count, sizeof(*ret->list), by_name);
	return NULL;
}

void frame_variables_deinit(struct frame_variables *variables)
{
	free(variables->list);
	sample_free(variables->memory);
	*variables = (struct frame_variables){0};
}
