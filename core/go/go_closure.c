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

/* Captured variables by the debug information, which may leave some out. */
static uint32_t dwarf_fields(struct go_types *types, const struct dbg_var *vars,
			     size_t count, struct go_field **ret)
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
	*ret = fields;
	return n;
}

/* main.(*T).M-fm keeps its receiver, main.(*T), behind the code pointer. */
static uint32_t method_value(struct go_types *types, const char *name)
{
	size_t len = strlen(name), i;
	CLEANUP(buf_deinit) struct buf receiver = {0};
	struct go_field *field;
	const char *open, *close;
	uint32_t id;

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
	id = type_find(types, buf_str(&receiver));
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

/* The type that the object is allocated with; 0 if no code tells. */
static uint32_t code_fields(struct go_types *types, uint64_t pc,
			    const struct dbg_var *vars, size_t count,
			    struct go_field **ret)
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
	*ret = fields;
	return n;
}

/*
 * The name that the debug information has for a field. A large variable is
 * called &x there, of type *T, both if the closure keeps its address and if it
 * keeps a copy: the field is of type T then.
 */
static bool name_field(const struct go_types *types,
		       const struct go_field *known, struct go_field *field)
{
	const struct go_type *type = go_type(types, known->type);
	uint64_t size = go_type(types, field->type)->size;

	if (field->offset != known->offset)
		return false;
	if (known->name[0] == '&' && type->kind == GO_POINTER &&
	    go_type(types, field->type)->kind != GO_POINTER &&
	    go_type(types, type->elem)->size == size) {
		field->name = known->name + 1;
		return true;
	}
	if (type->size != size)
		return false;
	*field = *known;
	return true;
}

/*
 * The debug information knows names but not every field, the code all fields.
 * False if what the first says has no place in what the second says.
 */
static bool join_fields(const struct go_types *types,
			const struct go_field *known, uint32_t known_count,
			struct go_field *fields, uint32_t count)
{
	uint32_t i, k;

	for (i = 0; i < known_count; i++) {
		for (k = 0; k < count; k++)
			if (name_field(types, &known[i], &fields[k]))
				break;
		if (k == count)
			return false;
	}
	return true;
}

uint32_t closure_type(struct go_types *types, uint64_t pc)
{
	const struct dbg *dbg = types->program->dbg;
	const struct dbg_func *func;
	CLEANUP(free_cleanup) struct dbg_var *vars = NULL;
	struct error *err;
	struct go_field *known, *fields;
	uint32_t id, known_count, count;
	size_t var_count = 0;

	if (!dbg) {
		count = code_fields(types, pc, NULL, 0, &fields);
		return count ? make_closure(types, "closure", fields, count)
			     : 0;
	}
	func = dbg_func_at(dbg, pc - types->bias);
	if (!func || func->low != pc - types->bias)
		return 0;
	id = method_value(types, func->name);
	if (id)
		return id;
	err = dbg_func_vars(dbg, func, &vars, &var_count);
	if (err) {
		error_free(err);
		return 0;
	}
	known_count = dwarf_fields(types, vars, var_count, &known);
	count = code_fields(types, pc, vars, var_count, &fields);
	if (!count || !join_fields(types, known, known_count, fields, count)) {
		fields = known;
		count = known_count;
	}
	return count ? make_closure(types, func->name, fields, count) : 0;
}
