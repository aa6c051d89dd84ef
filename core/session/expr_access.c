/* From a value to a part of it: fields, elements, slices, what is pointed to.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/near.h"
#include "core/base/xalloc.h"
#include "core/session/expr_priv.h"

enum { EMBEDDED_MAX = 1024 }; /* types looked at for a promoted field */

struct error *expr_deref(struct expr_context *context, struct expr_value *value)
{
	const struct go_type *type = expr_type(context, value->type);
	const struct go_type *elem = expr_type(context, type->elem);
	struct error *err;
	uint64_t word;

	if (value->form != EXPR_TYPED || type->kind != GO_POINTER)
		return error_new(ERROR_USAGE, "%s is no pointer",
				 value->form == EXPR_NIL     ? "nil"
				 : value->form == EXPR_TYPED ? type->name
							     : "a constant");
	if ((err = expr_word(context, value->addr, &word)))
		return err;
	if (!word)
		return error_new(ERROR_NOT_FOUND, "nil pointer dereference");
	if (!type->elem)
		return error_new(ERROR_USAGE, "the type of '%s' is unknown",
				 type->name);
	if (elem->size && !sample_extent(context->memory, word, 1))
		return error_wrap(error_fault(word, elem->size), "*(%s)",
				  type->name);
	expr_place(type->elem, word, value);
	return NULL;
}

struct error *expr_dynamic(struct expr_context *context,
			   struct expr_value *value)
{
	const struct go_type *type = expr_type(context, value->type);
	uint64_t first, addr = value->addr + 8;
	struct error *err;
	uint32_t id;

	if (value->form != EXPR_TYPED || type->kind != GO_INTERFACE)
		return NULL;
	if ((err = expr_word(context, value->addr, &first)))
		return err;
	if (!first)
		return error_new(ERROR_NOT_FOUND, "the interface is nil");
	id = type->has_methods ? go_type_from_itab(context->types, first)
			       : go_type_from_rtype(context->types, first);
	if (!id)
		return error_new(ERROR_CORRUPT,
				 "the type of what is in the interface is "
				 "unknown");
	if (!expr_type(context, id)->direct &&
	    (err = expr_word(context, addr, &addr)))
		return err;
	expr_place(id, addr, value);
	value->addressable = false;
	return NULL;
}

/* One level of the search for a promoted field. */
struct level {
	struct {
		uint32_t type;
		uint64_t addr;
	} list[EMBEDDED_MAX];
	unsigned count;
};

static void add_embedded(struct expr_context *context, struct level *next,
			 const struct go_field *field, uint64_t addr)
{
	const struct go_type *type = expr_type(context, field->type);
	uint32_t id = field->type;

	addr += field->offset;
	if (type->kind == GO_POINTER) {
		id = type->elem;
		if (!sample_u64(context->memory, addr, &addr) || !addr)
			return;
	}
	if (expr_type(context, id)->kind != GO_STRUCT ||
	    next->count >= EMBEDDED_MAX)
		return;
	next->list[next->count].type = id;
	next->list[next->count++].addr = addr;
}

/* False if no struct of the level has the field; then *next is the next. */
static bool search_level(struct expr_context *context, const struct level *now,
			 const char *name, struct level *next,
			 struct expr_value *ret)
{
	unsigned i;
	uint32_t k;

	next->count = 0;
	for (i = 0; i < now->count; i++) {
		const struct go_type *type =
			expr_type(context, now->list[i].type);

		for (k = 0; k < type->field_count; k++) {
			const struct go_field *f = &type->fields[k];

			if (!strcmp(f->name, name)) {
				expr_place(f->type,
					   now->list[i].addr + f->offset, ret);
				return true;
			}
			if (f->embedded)
				add_embedded(context, next, f,
					     now->list[i].addr);
		}
	}
	return false;
}

static bool find_field(struct expr_context *context, const char *name,
		       struct expr_value *value)
{
	CLEANUP(free_cleanup) struct level *levels = NULL;
	unsigned depth;

	levels = xcalloc(2, sizeof(*levels));
	levels[0].list[0].type = value->type;
	levels[0].list[0].addr = value->addr;
	levels[0].count = 1;
	for (depth = 0; depth < 16 && levels[depth % 2].count; depth++)
		if (search_level(context, &levels[depth % 2], name,
				 &levels[(depth + 1) % 2], value))
			return true;
	return false;
}

static struct error *no_member(const struct go_type *type, const char *name)
{
	CLEANUP(buf_deinit) struct buf fields = {0};
	struct near_names near = {.wanted = name};
	struct error *err;
	uint32_t i;

	err = error_new(ERROR_NOT_FOUND, "%s has no field '%s'", type->name,
			name);
	for (i = 0; i < type->field_count; i++)
		near_offer(&near, type->fields[i].name);
	near_text(&near, &fields);
	if (near.count)
		return error_hint(err, "did you mean %s?", buf_str(&fields));
	for (i = 0; i < type->field_count && i < 12; i++)
		buf_printf(&fields, "%s%s", i ? ", " : "",
			   type->fields[i].name);
	return error_hint(err, "it has %s%s",
			  fields.len ? buf_str(&fields) : "none",
			  i < type->field_count ? ", ..." : "");
}

struct error *expr_select(struct expr_context *context, uint32_t id,
			  struct expr_value *value)
{
	const char *name = expr_node(context, id)->text;
	const struct go_type *type;
	struct error *err;
	unsigned depth;

	if (value->form != EXPR_TYPED)
		return error_new(ERROR_USAGE, "a constant has no field '%s'",
				 name);
	for (depth = 0; depth < LIMIT_TYPE_DEPTH; depth++) {
		type = expr_type(context, value->type);
		if (type->kind == GO_INTERFACE)
			err = expr_dynamic(context, value);
		else if (type->kind == GO_POINTER)
			err = expr_deref(context, value);
		else
			break;
		if (err)
			return error_wrap(err, "'%.*s'",
					  expr_node_len(context, id),
					  expr_node_text(context, id));
	}
	if (type->kind != GO_STRUCT)
		return error_new(ERROR_USAGE, "%s is no struct, it has no '%s'",
				 type->name, name);
	return find_field(context, name, value) ? NULL : no_member(type, name);
}

/* An index or a bound of a slice. */
static struct error *eval_number(struct expr_context *context, uint32_t id,
				 uint64_t *ret)
{
	struct expr_value value;
	struct expr_wide n;
	struct error *err;

	if ((err = expr_eval_node(context, id, &value)))
		return err;
	if (value.form == EXPR_FLOAT &&
	    (err = expr_convert_const(
		     context, go_type_named(context->types, "int"), &value)))
		return err;
	if (!expr_is_int(context, &value))
		return error_new(ERROR_USAGE, "'%.*s' is no integer",
				 expr_node_len(context, id),
				 expr_node_text(context, id));
	if ((err = expr_load_int(context, &value, &n)))
		return err;
	if (n.v < 0 || n.v >> 63)
		return error_new(ERROR_USAGE, "'%.*s' is out of range",
				 expr_node_len(context, id),
				 expr_node_text(context, id));
	*ret = (uint64_t)n.v;
	return NULL;
}

/* What can be indexed by number: where its elements are, and how many. */
struct sequence {
	uint64_t data, len, cap;
	uint32_t elem;
	bool is_string;
};

static struct error *load_slice(struct expr_context *context, uint64_t addr,
				struct sequence *ret)
{
	struct error *err;

	if ((err = expr_word(context, addr, &ret->data)) ||
	    (err = expr_word(context, addr + 8, &ret->len)) ||
	    (err = expr_word(context, addr + 16, &ret->cap)))
		return err;
	if (ret->cap < ret->len || ret->cap >> 48)
		return error_new(ERROR_CORRUPT,
				 "a slice of len %" PRIu64 " and cap %" PRIu64
				 " is none",
				 ret->len, ret->cap);
	return NULL;
}

static struct error *load_sequence(struct expr_context *context,
				   struct expr_value *value,
				   struct sequence *ret)
{
	const struct go_type *type = expr_type(context, value->type);
	const char *text;
	struct error *err;
	size_t len;

	*ret = (struct sequence){.elem = type->elem};
	if (value->form == EXPR_STRING &&
	    (err = expr_default_type(context, value)))
		return err;
	type = expr_type(context, value->type);
	if (value->form != EXPR_TYPED)
		return error_new(ERROR_USAGE, "a constant has no elements");
	switch (type->kind) {
	case GO_ARRAY:
		ret->data = value->addr;
		ret->len = ret->cap = type->len;
		return NULL;
	case GO_SLICE:
		return load_slice(context, value->addr, ret);
	case GO_STRING:
		if ((err = expr_load_string(context, value, &text, &len)) ||
		    (err = expr_word(context, value->addr, &ret->data)))
			return err;
		ret->len = ret->cap = len;
		ret->is_string = true;
		ret->elem = go_type_named(context->types, "uint8");
		return NULL;
	default:
		return error_new(ERROR_USAGE, "%s has no elements", type->name);
	}
}

/* Interfaces and pointers to arrays are seen through, as Go does. */
static struct error *see_through(struct expr_context *context,
				 struct expr_value *value)
{
	const struct go_type *type;
	struct error *err;

	if ((err = expr_dynamic(context, value)))
		return err;
	type = expr_type(context, value->type);
	if (value->form == EXPR_TYPED && type->kind == GO_POINTER &&
	    expr_type(context, type->elem)->kind == GO_ARRAY)
		return expr_deref(context, value);
	return NULL;
}

static struct error *index_map(struct expr_context *context, uint32_t id,
			       const struct expr_value *map,
			       struct expr_value *ret)
{
	struct expr_value key;
	struct error *err;

	if ((err = expr_eval_node(context, expr_node(context, id)->b, &key)))
		return err;
	err = expr_map_find(context, map, &key, ret);
	if (err && err->code == ERROR_NOT_FOUND)
		err = error_wrap(err, "'%.*s'", expr_node_len(context, id),
				 expr_node_text(context, id));
	return err;
}

struct error *expr_index(struct expr_context *context, uint32_t id,
			 struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	struct expr_value value;
	struct sequence seq;
	struct error *err;
	uint64_t i;

	if ((err = expr_eval_node(context, node->a, &value)) ||
	    (err = see_through(context, &value)))
		return err;
	if (value.form == EXPR_TYPED &&
	    expr_type(context, value.type)->kind == GO_MAP)
		return index_map(context, id, &value, ret);
	if ((err = load_sequence(context, &value, &seq)) ||
	    (err = eval_number(context, node->b, &i)))
		return err;
	if (i >= seq.len)
		return error_new(ERROR_NOT_FOUND,
				 "index %" PRIu64 " of '%.*s' is out of range, "
				 "its length is %" PRIu64,
				 i, expr_node_len(context, node->a),
				 expr_node_text(context, node->a), seq.len);
	expr_place(seq.elem, seq.data + i * expr_type(context, seq.elem)->size,
		   ret);
	ret->addressable = value.addressable && !seq.is_string;
	return NULL;
}

static struct error *eval_bounds(struct expr_context *context,
				 const struct expr_node *node, uint64_t len,
				 uint64_t cap, struct expr_value *ret)
{
	struct error *err;

	ret->from = 0;
	ret->to = len;
	if ((node->b && (err = eval_number(context, node->b, &ret->from))) ||
	    (node->c && (err = eval_number(context, node->c, &ret->to))))
		return err;
	if (ret->from > ret->to || ret->to > cap)
		return error_new(ERROR_NOT_FOUND,
				 "[%" PRIu64 ":%" PRIu64
				 "] is out of range, the capacity is %" PRIu64,
				 ret->from, ret->to, cap);
	return NULL;
}

static struct error *slice_map(struct expr_context *context,
			       const struct expr_node *node,
			       struct expr_value *map, struct expr_value *ret)
{
	struct map_view view;
	uint64_t count = 0;
	struct error *err;

	if ((err = expr_map_view(context, map, &view)))
		return err;
	if (view.header && (err = expr_word(context, view.header, &count)))
		return err;
	*ret = *map;
	ret->form = EXPR_ENTRIES;
	ret->addressable = false;
	/* What is behind the end is nothing; pages need no exact length. */
	return eval_bounds(context, node, count, UINT64_MAX, ret);
}

struct error *expr_slice(struct expr_context *context, uint32_t id,
			 struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	struct expr_value value, bounds = {0};
	struct sequence seq;
	struct error *err;
	uint64_t header[3], size;
	uint32_t type;

	if ((err = expr_eval_node(context, node->a, &value)) ||
	    (err = see_through(context, &value)))
		return err;
	if (value.form == EXPR_TYPED &&
	    expr_type(context, value.type)->kind == GO_MAP)
		return slice_map(context, node, &value, ret);
	if ((err = load_sequence(context, &value, &seq)) ||
	    (err = eval_bounds(context, node, seq.len,
			       seq.is_string ? seq.len : seq.cap, &bounds)))
		return err;
	size = expr_type(context, seq.elem)->size;
	header[0] = seq.data + bounds.from * size;
	header[1] = bounds.to - bounds.from;
	header[2] = seq.cap - bounds.from;
	type = seq.is_string ? value.type
	       : expr_type(context, value.type)->kind == GO_SLICE
		       ? value.type
		       : go_type_compose(context->types, GO_SLICE, seq.elem, 0);
	expr_make(context, type, header, seq.is_string ? 16 : 24, ret);
	return NULL;
}

struct error *expr_assert_type(struct expr_context *context, uint32_t id,
			       struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	const struct expr_node *wanted = expr_node(context, node->b);
	struct error *err;
	uint32_t type;

	if ((err = expr_eval_node(context, node->a, ret)))
		return err;
	if (ret->form != EXPR_TYPED ||
	    expr_type(context, ret->type)->kind != GO_INTERFACE)
		return error_new(ERROR_USAGE, "'%.*s' is no interface",
				 expr_node_len(context, node->a),
				 expr_node_text(context, node->a));
	if ((err = expr_dynamic(context, ret)))
		return err;
	/* As delve's: whatever is in it. */
	if (wanted->kind == NODE_NAME && !strcmp(wanted->text, "data"))
		return NULL;
	if ((err = expr_resolve_type(context, node->b, &type)))
		return err;
	if (type == ret->type || !strcmp(expr_type(context, type)->name,
					 expr_type(context, ret->type)->name))
		return NULL;
	return error_new(ERROR_USAGE, "'%.*s' holds %s, not %s",
			 expr_node_len(context, node->a),
			 expr_node_text(context, node->a),
			 expr_type(context, ret->type)->name,
			 expr_type(context, type)->name);
}
