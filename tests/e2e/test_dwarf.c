/*
 * Real Go binaries, named in MAPSCOPE_TEST_BINARIES (separated by ':'), read by
 * us and by readelf: every type, member, global, function and constant must
 * agree, and their numbers too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "dwarf/build_info.h"
#include "dwarf/dbg.h"
#include "dwarf/elf_file.h"
#include "tests/support/program.h"

/* One entry of readelf's output. */
struct entry {
	uint64_t offset;
	char tag[64], name[4096];
	bool has_name, has_low, has_high, high_is_length, has_addr, has_const;
	bool is_bit_field;
	uint64_t low, high, size, member_offset, addr;
	int64_t constant;
};

struct check {
	const struct dbg *dbg;
	const struct dbg_type *parent; /* of members */
	uint32_t next_member;
	size_t types, globals, funcs, members, constants;
};

static bool is_type(const char *tag)
{
	static const char *const tags[] = {
		"base_type",	    "structure_type",  "class_type",
		"union_type",	    "pointer_type",    "array_type",
		"typedef",	    "const_type",      "volatile_type",
		"enumeration_type", "subroutine_type",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(tags); i++)
		if (!strcmp(tag, tags[i]))
			return true;
	return false;
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/** readelf spells other names its own way. */
static void name_is(const struct entry *e, const char *name)
{
	if (e->has_name && is_ascii(e->name) && is_ascii(name))
		assert_string_equal(name, e->name);
}

static const struct dbg_type *type_at(const struct dbg *dbg, uint64_t die)
{
	size_t low = 1, high = dbg_type_count(dbg);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (dbg_type(dbg, (dbg_ref)mid)->die < die)
			low = mid + 1;
		else
			high = mid;
	}
	return low < dbg_type_count(dbg) ? dbg_type(dbg, (dbg_ref)low) : NULL;
}

static void check_type(struct check *c, const struct entry *e)
{
	const struct dbg_type *type = type_at(c->dbg, e->offset);

	assert_non_null(type);
	assert_int_equal(type->die, e->offset);
	assert_int_equal(type->size, e->size);
	name_is(e, type->name);
	c->types++;
	c->parent = type;
	c->next_member = 0;
}

static void check_member(struct check *c, const struct entry *e)
{
	const struct dbg_member *member;

	if (!c->parent || e->is_bit_field)
		return;
	assert_in_range(c->next_member + 1, 1, c->parent->member_count);
	member = dbg_members(c->dbg, c->parent) + c->next_member++;
	assert_int_equal(member->offset, e->member_offset);
	name_is(e, member->name);
	c->members++;
}

static void check_func(struct check *c, const struct entry *e)
{
	uint64_t high = e->high_is_length ? e->low + e->high : e->high;
	const struct dbg_func *func;

	if (!e->has_low || !e->has_high || high <= e->low)
		return;
	func = dbg_func_at(c->dbg, e->low);
	assert_non_null(func);
	assert_int_equal(func->low, e->low);
	assert_int_equal(func->high, high);
	assert_int_equal(func->die, e->offset);
	name_is(e, func->name);
	c->funcs++;
}

static void check_other(struct check *c, const struct entry *e)
{
	const struct dbg_global *global;
	int64_t value;

	if (!strcmp(e->tag, "variable") && e->has_addr && e->has_name) {
		c->globals++;
		global = dbg_find_global(c->dbg, e->name);
		if (global && global->is_go)
			assert_int_equal(global->addr, e->addr);
		else
			assert_false(is_ascii(e->name) && !global);
	}
	if (!strcmp(e->tag, "constant") && e->has_const && e->has_name &&
	    is_ascii(e->name)) {
		c->constants++;
		assert_true(dbg_constant(c->dbg, e->name, &value));
		assert_int_equal(value, e->constant);
	}
}

static void check_entry(struct check *c, const struct entry *e, unsigned depth)
{
	if (depth == 2 && !strcmp(e->tag, "member"))
		check_member(c, e);
	if (depth != 1)
		return;
	c->parent = NULL;
	if (is_type(e->tag))
		check_type(c, e);
	else if (!strcmp(e->tag, "subprogram"))
		check_func(c, e);
	else
		check_other(c, e);
}

static void take_attribute(struct entry *e, const char *name, const char *form,
			   const char *value)
{
	const char *text = strrchr(value, ' ');
	bool is_index = !strncmp(value, "(index", 6);

	text = is_index && text ? text + 1 : value;
	if (!strcmp(name, "name")) {
		if ((!strncmp(value, "(indirect", 9) ||
		     !strncmp(value, "(offset", 7)) &&
		    strstr(value, "): "))
			value = strstr(value, "): ") + 3;
		e->has_name = true;
		snprintf(e->name, sizeof(e->name), "%s", value);
	} else if (!strcmp(name, "byte_size")) {
		e->size = strtoull(value, NULL, 0);
	} else if (!strcmp(name, "low_pc")) {
		e->has_low = true;
		e->low = strtoull(text, NULL, is_index ? 16 : 0);
	} else if (!strcmp(name, "high_pc")) {
		e->has_high = true;
		e->high_is_length = strncmp(form, "addr", 4) != 0;
		e->high = strtoull(value, NULL, 0);
	} else if (!strcmp(name, "data_member_location")) {
		e->member_offset = strtoull(value, NULL, 0);
	} else if (!strcmp(name, "bit_size")) {
		e->is_bit_field = true;
	} else if (!strcmp(name, "const_value")) {
		e->has_const = true;
		e->constant = strtoll(value, NULL, 0);
	} else if (!strcmp(name, "location") &&
		   !strncmp(value, "9 byte block: 3 ", 16)) {
		e->has_addr = true;
		text = strstr(value, "DW_OP_addr: ");
		assert_non_null(text);
		e->addr = strtoull(text + 12, NULL, 16);
	}
}

/* "    <8aab5>   DW_AT_name        : (string) runtime.g" */
static void parse_attribute(struct entry *e, char *line)
{
	char name[64], form[32];
	int used = 0;

	if (sscanf(line, " <%*x> DW_AT_%63[a-z_] : (%31[a-z0-9_ ]) %n", name,
		   form, &used) != 2 &&
	    sscanf(line, " <%*x> DW_AT_%63[a-z_]: (%31[a-z0-9_ ]) %n", name,
		   form, &used) != 2)
		return;
	if (used)
		take_attribute(e, name, form, line + used);
}

static void compare_with_readelf(struct check *c, const char *path)
{
	struct entry *e = xcalloc(1, sizeof(*e));
	unsigned depth = 0, next_depth;
	size_t cap = 0;
	char *line = NULL;
	int code;
	FILE *f = program_lines(&code,
				"LC_ALL=C readelf -W --debug-dump=info "
				"--dwarf-depth=3 '%s' 2>/dev/null",
				path);

	assert_int_equal(code, 0);
	assert_non_null(f);
	while (getline(&line, &cap, f) > 0) {
		uint64_t offset;
		char tag[64];
		int n;

		line[strcspn(line, "\n")] = '\0';
		n = sscanf(line,
			   " <%u><%" SCNx64 ">: Abbrev Number: %*u (DW_TAG_"
			   "%63[a-z_])",
			   &next_depth, &offset, tag);
		if (n < 2) {
			parse_attribute(e, line);
			continue;
		}
		check_entry(c, e, depth);
		*e = (struct entry){.offset = offset};
		depth = n == 3 ? next_depth : 0;
		if (n == 3)
			memcpy(e->tag, tag, sizeof(tag));
	}
	check_entry(c, e, depth);
	free(line);
	free(e);
	fclose(f);
}

static void compare(const char *path, const struct dbg *dbg)
{
	struct check c = {.dbg = dbg};
	uint64_t offset, size, outer, inner;

	compare_with_readelf(&c, path);
	assert_int_equal(c.types, dbg_type_count(dbg) - 1);
	assert_int_equal(c.globals, dbg_global_count(dbg));
	assert_int_equal(c.funcs, dbg_func_count(dbg));
	assert_true(c.types > 1000 && c.members > 1000 && c.funcs > 1000);
	assert_true(c.constants > 100 && c.globals > 100);
	assert_true(dbg_field(dbg, "runtime.g", "goid", &offset, &size));
	assert_true(offset == 152 || offset == 160);
	assert_int_equal(size, 8);
	assert_true(dbg_field(dbg, "runtime.g", "sched", &outer, &size));
	assert_true(dbg_field(dbg, "runtime.gobuf", "pc", &inner, &size));
	assert_true(dbg_field(dbg, "runtime.g", "sched.pc", &offset, &size));
	assert_int_equal(offset, outer + inner);
	assert_false(dbg_field(dbg, "runtime.g", "sched.none", &offset, &size));
	assert_non_null(dbg_find_global(dbg, "runtime.mheap_"));
	assert_non_null(dbg_find_func(dbg, "main.main"));
}

/** Descriptors lead back to a type with the same one; names likewise. */
static void check_lookups(const struct dbg *dbg)
{
	size_t i, described = 0;

	for (i = 1; i < dbg_type_count(dbg); i++) {
		const struct dbg_type *type = dbg_type(dbg, (dbg_ref)i);
		dbg_ref ref = dbg_find_type(dbg, type->name);

		if (type->name[0])
			assert_string_equal(dbg_type(dbg, ref)->name,
					    type->name);
		if (!type->is_go || !type->runtime_type)
			continue;
		described++;
		/* An offset, also for uintptr, which once had an address. */
		assert_true(type->runtime_type < 0x400000);
		ref = dbg_find_runtime_type(dbg, type->runtime_type);
		assert_int_equal(dbg_type(dbg, ref)->runtime_type,
				 type->runtime_type);
	}
	assert_true(described > 300);
	assert_int_equal(dbg_find_type(dbg, "no.such.type"), 0);
	assert_int_equal(dbg_find_runtime_type(dbg, 1), 0);
	assert_null(dbg_func_at(dbg, 1));
}

struct parallel {
	const struct dbg *dbg;
	_Atomic size_t vars;
};

static void count_vars(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	struct parallel *p = arg;

	(void)worker;
	for (; begin < end; begin++) {
		struct dbg_var *vars = NULL;
		size_t count = 0;

		error_free(dbg_func_vars(p->dbg, dbg_func(p->dbg, begin), &vars,
					 &count));
		p->vars += count;
		free(vars);
	}
}

/** Several threads at once find as many variables as one does. */
static void check_threads(const struct dbg *dbg, size_t want)
{
	struct parallel p = {.dbg = dbg};

	job_parallel(NULL, 4, dbg_func_count(dbg), 16, count_vars, &p);
	assert_int_equal(p.vars, want);
}

/** Every Go variable has a name and a type, and most have a place. */
static void check_variables(const struct dbg *dbg)
{
	size_t i, j, count, all = 0, params = 0, located = 0;

	for (i = 0; i < dbg_func_count(dbg); i++) {
		const struct dbg_func *func = dbg_func(dbg, i);
		struct dbg_var *vars = NULL;

		assert_null(dbg_func_vars(dbg, func, &vars, &count));
		all += count;
		for (j = 0; j < count; j++) {
			struct dbg_location where;
			struct error *err;

			assert_true(vars[j].scope_low < vars[j].scope_high);
			if (!strncmp(func->name, "runtime.", 8)) {
				assert_true(vars[j].name[0]);
				assert_true(vars[j].type);
			}
			if (!vars[j].is_param || vars[j].is_output ||
			    vars[j].is_inlined)
				continue;
			err = dbg_var_locate(dbg, &vars[j], func->low, &where);
			params++;
			located += !err && where.count;
			error_free(err);
		}
		free(vars);
	}
	assert_true(params > 1000);
	assert_true(located > params / 2);
	check_threads(dbg, all);
}

static void binaries_are_read_as_readelf_reads_them(void **state)
{
	const char *list = getenv("MAPSCOPE_TEST_BINARIES");
	char *copy, *path, *rest;

	(void)state;
	if (!list || !*list)
		skip();
	copy = xstrdup(list);
	for (path = strtok_r(copy, ":", &rest); path;
	     path = strtok_r(NULL, ":", &rest)) {
		struct build_info info;
		struct elf_file *elf;
		struct dbg *dbg;

		print_message("%s\n", path);
		assert_null(elf_file_open(path, &elf));
		assert_null(build_info_load(elf, &info));
		assert_int_equal(info.major, 1);
		assert_in_range(info.minor, 18, 99);
		build_info_deinit(&info);
		assert_null(dbg_open(elf, NULL, NULL, &dbg));
		assert_null(dbg_separate_path(dbg));
		compare(path, dbg);
		check_lookups(dbg);
		check_variables(dbg);
		dbg_close(dbg);
		elf_file_close(elf);
	}
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(binaries_are_read_as_readelf_reads_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
