/*
 * Closure objects: code pointer, then the captured variables. Since Go 1.23
 * the debug information gives each captured variable's offset. Else the code
 * that makes the closure tells the struct it allocates, `struct { F uintptr;
 * X0 T0; ... }`, and the function's variables give the fields their names.
 * Method values hold their receiver.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/go_types_priv.h"

static int by_offset(const void *a, const void *b)
{
	const struct go_field *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Enter a struct { F uintptr; fields... } named after the function. */
static uint32_t make_closure(struct go_types *types, const char *function,
			     struct go_field *fields, uint32_t count)
{
	uint32_t id = type_new(types), i;
	struct go_type *type;
	uint64_t end = 8;

	if (!id)
		return 0;
	qsort(fields, count, sizeof(*fields), by_offset);
	for (i = 0; i < count; i++) {
		uint64_t size = go_type(types, fields[i].type)->size;

		if (fields[i].offset + size > end)
			end = fields[i].offset + size;
	}
	type = type_at(types, id);
	type->kind = GO_STRUCT;
	type->role = GO_ROLE_CLOSURE;
	type->name = arena_string(&types->arena, function, strlen(function));
	type->size = (end + 7) & ~7ULL;
	type->fields = fields;
	type->field_count = count;
	type_finish(types, type);
	return id;
}

static uint32_t from_offsets(struct go_types *types, const char *name,
			     const struct dbg_var *vars, size_t count)
{
	struct go_field *fields =
		arena_alloc(&types->arena, (count + 1) * sizeof(*fields));
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct dbg_var *v = &vars[i];

		if (v->closure_offset < 8 || v->is_inlined)
			continue;
		fields[n++] = (struct go_field){
			.name = arena_string(&types->arena, v->name,
					     strlen(v->name)),
			.type = go_type_from_dbg(types, v->type),
			.offset = (uint64_t)v->closure_offset,
		};
	}
	return n ? make_closure(types, name, fields, n) : 0;
}

/* main.(*T).M-fm keeps its receiver, main.(*T), behind the code pointer. */
static uint32_t method_value(struct go_types *types, const char *name)
{
	size_t len = strlen(name), i;
	CLEANUP(buf_deinit) struct buf receiver = {0};
	struct go_field *field;
	const char *open, *close;
	uint32_t id = 0;

	if (len < 4 || strcmp(name + len - 3, "-fm") != 0)
		return 0;
	for (i = len - 3; i > 0 && name[i - 1] != '.'; i--)
		;
	if (!i)
		return 0;
	open = strstr(name, "(*");
	close = open ? strchr(open, ')') : NULL;
	if (close)
		buf_printf(&receiver, "*%.*s%.*s", (int)(open - name), name,
			   (int)(close - open - 2), open + 2);
	else
		buf_printf(&receiver, "%.*s", (int)(i - 1), name);
	for (i = 1; !id && i < types->base_count; i++)
		if (types->canon[i] == i &&
		    !strcmp(types->base[i].name, buf_str(&receiver)))
			id = (uint32_t)i;
	if (!id)
		return 0;
	field = arena_alloc(&types->arena, sizeof(*field));
	*field = (struct go_field){.name = "receiver", .type = id, .offset = 8};
	return make_closure(types, name, field, 1);
}

/* The only variable of the type, NULL if there is none or there are more. */
static const struct dbg_var *variable_of_type(const struct go_types *types,
					      const struct dbg_var *vars,
					      size_t count, uint32_t type)
{
	const struct dbg_var *found = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		if (vars[i].is_param || vars[i].is_inlined ||
		    go_type_from_dbg(types, vars[i].type) != type)
			continue;
		if (found)
			return NULL;
		found = &vars[i];
	}
	return found;
}

static uint32_t from_code(struct go_types *types, uint64_t pc, const char *name,
			  const struct dbg_var *vars, size_t count)
{
	uint64_t rtype = closure_rtype(types, pc);
	const struct go_type *made;
	struct go_field *fields;
	uint32_t i, n = 0, id;

	if (!rtype)
		return 0;
	if (!type_cache_find(types, rtype, &id))
		id = rtype_decode(types, rtype, 0);
	made = go_type(types, id);
	if (made->kind != GO_STRUCT || made->field_count < 2 ||
	    made->fields[0].offset ||
	    go_type(types, made->fields[0].type)->kind != GO_UINTPTR)
		return 0;
	fields =
		arena_alloc(&types->arena, made->field_count * sizeof(*fields));
	for (i = 1; i < made->field_count; i++) {
		const struct dbg_var *v = variable_of_type(
			types, vars, count, made->fields[i].type);

		fields[n] = made->fields[i];
		if (v)
			fields[n].name = arena_string(&types->arena, v->name,
						      strlen(v->name));
		n++;
	}
	return make_closure(types, name, fields, n);
}

uint32_t closure_type(struct go_types *types, uint64_t pc)
{
	const struct dbg *dbg = types->program->dbg;
	const struct dbg_func *func;
	CLEANUP(free_cleanup) struct dbg_var *vars = NULL;
	struct error *err;
	size_t count = 0;
	uint32_t id;

	if (!dbg)
		return from_code(types, pc, "closure", NULL, 0);
	func = dbg_func_at(dbg, pc - types->bias);
	if (!func || func->low != pc - types->bias)
		return 0;
	id = method_value(types, func->name);
	if (id)
		return id;
	err = dbg_func_vars(dbg, func, &vars, &count);
	if (err) {
		error_free(err);
		return 0;
	}
	id = from_offsets(types, func->name, vars, count);
	return id ? id : from_code(types, pc, func->name, vars, count);
}
