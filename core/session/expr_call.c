/* len, cap, conversions and composite literals. */
#include <inttypes.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/session/expr_priv.h"

enum { LITERAL_MAX = 4096 };

static struct error *count_of(const struct expr_context *context, uint64_t addr,
			      unsigned word, uint64_t *ret)
{
	uint64_t header;
	struct error *err = expr_word(context, addr, &header);

	*ret = 0;
	if (err || !header)
		return err;
	return expr_word(context, header + word * 8ULL, ret);
}

static struct error *length(struct expr_context *context,
			    struct expr_value *value, bool cap, uint64_t *ret)
{
	const struct go_type *type;
	struct error *err;

	if (value->form == EXPR_ENTRIES) {
		*ret = value->to - value->from;
		return NULL;
	}
	if (value->form == EXPR_STRING && !cap) {
		*ret = value->len;
		return NULL;
	}
	if ((err = expr_dynamic(context, value)))
		return err;
	type = expr_type(context, value->type);
	if (value->form == EXPR_TYPED && type->kind == GO_POINTER) {
		if ((err = expr_deref(context, value)))
			return err;
		type = expr_type(context, value->type);
	}
	switch (value->form == EXPR_TYPED ? type->kind : GO_INVALID) {
	case GO_ARRAY:
		*ret = type->len;
		return NULL;
	case GO_SLICE:
		return expr_word(context, value->addr + (cap ? 16 : 8), ret);
	case GO_STRING:
		return cap ? error_new(ERROR_USAGE, "a string has no capacity")
			   : expr_word(context, value->addr + 8, ret);
	case GO_MAP:
		/* The first word of either family's header is len(m). */
		return cap ? error_new(ERROR_USAGE, "a map has no capacity")
			   : count_of(context, value->addr, 0, ret);
	case GO_CHAN:
		/* runtime.hchan begins with qcount and dataqsiz. */
		return count_of(context, value->addr, cap, ret);
	default:
		return error_new(ERROR_USAGE, "%s has no length",
				 value->form == EXPR_TYPED ? type->name
							   : "a constant");
	}
}

static bool is_word_type(const struct go_type *type)
{
	return type->kind == GO_POINTER || type->kind == GO_UNSAFE_POINTER ||
	       type->kind == GO_UINTPTR || type->kind == GO_MAP ||
	       type->kind == GO_CHAN || type->kind == GO_FUNC;
}

/* Numbers and pointers both ways: any address may be any type's. */
static struct error *convert_word(struct expr_context *context, uint32_t id,
				  struct expr_value *value)
{
	struct expr_wide n;
	struct error *err;
	uint64_t word;

	if (expr_is_int(context, value)) {
		if ((err = expr_load_int(context, value, &n)))
			return err;
		word = (uint64_t)n.v;
	} else if ((err = expr_word(context, value->addr, &word))) {
		return err;
	}
	expr_make(context, id, &word, sizeof(word), value);
	return NULL;
}

static struct error *convert_bytes(struct expr_context *context, uint32_t id,
				   struct expr_value *value)
{
	const struct go_type *to = expr_type(context, id);
	uint64_t header[3] = {0};
	const char *text;
	struct error *err;
	size_t len;

	/* string(slice) and []byte(string): the same bytes, another header. */
	if (value->form == EXPR_STRING &&
	    (err = expr_default_type(context, value)))
		return err;
	if ((err = expr_word(context, value->addr, &header[0])) ||
	    (err = expr_load_string(context, value, &text, &len)))
		return err;
	header[1] = header[2] = len;
	expr_make(context, id, header, to->size, value);
	return NULL;
}

static bool is_bytes(const struct expr_context *context,
		     const struct go_type *type)
{
	return type->kind == GO_SLICE &&
	       expr_type(context, type->elem)->kind == GO_UINT8;
}

static struct error *convert_number(struct expr_context *context, uint32_t id,
				    struct expr_value *value)
{
	const struct go_type *to = expr_type(context, id);
	struct expr_wide n;
	struct error *err;
	double f;

	if (to->kind == GO_FLOAT32 || to->kind == GO_FLOAT64) {
		if ((err = expr_load_float(context, value, &f)))
			return err;
		expr_store_float(context, id, f, value);
		return NULL;
	}
	if (expr_is_float(context, value)) {
		if ((err = expr_load_float(context, value, &f)))
			return err;
		if (!(f > -9.3e18 && f < 1.9e19))
			return error_new(ERROR_USAGE,
					 "%g is no integer of 64 bits", f);
		n.v = (__typeof__(n.v))f;
	} else if ((err = expr_load_int(context, value, &n))) {
		return err;
	}
	expr_store_int(context, id, n, value);
	return NULL;
}

struct error *expr_convert(struct expr_context *context, uint32_t id,
			   struct expr_value *value)
{
	const struct go_type *to = expr_type(context, id), *from;
	bool number;

	from = value->form == EXPR_TYPED ? expr_type(context, value->type)
					 : expr_type(context, 0);
	number = expr_is_int(context, value) || expr_is_float(context, value);
	if (value->form == EXPR_NIL)
		return expr_convert_const(context, id, value);
	if (is_word_type(to) &&
	    (expr_is_int(context, value) || is_word_type(from)))
		return convert_word(context, id, value);
	if (number && to->kind >= GO_INT && to->kind <= GO_FLOAT64)
		return value->form == EXPR_TYPED
			       ? convert_number(context, id, value)
			       : expr_convert_const(context, id, value);
	if ((to->kind == GO_STRING && is_bytes(context, from)) ||
	    (is_bytes(context, to) && expr_is_string(context, value)))
		return convert_bytes(context, id, value);
	if (value->form != EXPR_TYPED && value->form != EXPR_ENTRIES)
		return expr_convert_const(context, id, value);
	/* Named types of the same shape. */
	if (value->form == EXPR_TYPED && to->kind == from->kind &&
	    to->size == from->size && to->kind < GO_ARRAY) {
		value->type = id;
		return NULL;
	}
	if (value->form == EXPR_TYPED && to->kind == from->kind &&
	    to->size == from->size && to->field_count == from->field_count &&
	    to->elem == from->elem && to->len == from->len) {
		value->type = id;
		value->addressable = false;
		return NULL;
	}
	return error_new(ERROR_USAGE, "cannot convert %s to %s",
			 value->form == EXPR_TYPED ? from->name : "that",
			 to->name);
}

static bool is_call_of(const struct expr_context *context,
		       const struct expr_node *node, const char *name)
{
	const struct expr_node *of = expr_node(context, node->a);

	return of->kind == NODE_NAME && !strcmp(of->text, name);
}

struct error *expr_call(struct expr_context *context, uint32_t id,
			struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	bool cap = is_call_of(context, node, "cap"), is_len;
	struct expr_wide n = {0};
	struct error *err;
	uint64_t count;
	uint32_t type;

	is_len = cap || is_call_of(context, node, "len");
	if (!is_len && (err = expr_resolve_type(context, node->a, &type))) {
		if (!error_catch(&err, ERROR_NOT_FOUND))
			return err;
		return error_hint(
			error_new(ERROR_USAGE,
				  "'%.*s' is no type, and functions are not "
				  "called",
				  expr_node_len(context, node->a),
				  expr_node_text(context, node->a)),
			"mapscope only reads the target");
	}
	if (!node->b || expr_node(context, node->b)->next)
		return error_new(ERROR_USAGE, "'%.*s' takes one argument",
				 expr_node_len(context, node->a),
				 expr_node_text(context, node->a));
	if ((err = expr_eval_node(context, node->b, ret)))
		return err;
	if (!is_len)
		return expr_convert(context, type, ret);
	if ((err = length(context, ret, cap, &count)))
		return err;
	n.v = count;
	expr_store_int(context, go_type_named(context->types, "int"), n, ret);
	return NULL;
}

/* One element of a literal into @p bytes at @p offset. */
static struct error *put(struct expr_context *context, uint32_t node,
			 uint32_t type, uint8_t *bytes, uint64_t offset,
			 uint64_t size)
{
	const struct go_type *to = expr_type(context, type);
	struct expr_value value;
	struct error *err;

	if (offset > size || to->size > size - offset)
		return error_new(ERROR_USAGE,
				 "the literal has too many values");
	if ((err = expr_eval_node(context, node, &value)) ||
	    (err = expr_convert_const(context, type, &value)))
		return err;
	if (value.form != EXPR_TYPED ||
	    expr_type(context, value.type)->kind != to->kind ||
	    expr_type(context, value.type)->size != to->size)
		return error_new(ERROR_USAGE, "'%.*s' is no %s",
				 expr_node_len(context, node),
				 expr_node_text(context, node), to->name);
	return sample_read(context->memory, value.addr, bytes + offset,
			   to->size);
}

static struct error *put_field(struct expr_context *context,
			       const struct go_type *type, uint32_t element,
			       uint32_t number, uint8_t *bytes)
{
	const struct expr_node *node = expr_node(context, element);
	const struct go_field *field = NULL;

	if (node->kind == NODE_PAIR) {
		const struct expr_node *name = expr_node(context, node->a);

		field = name->kind == NODE_NAME
				? go_type_field(type, name->text)
				: NULL;
		element = node->b;
	} else if (number < type->field_count) {
		field = &type->fields[number];
	}
	if (!field)
		return error_new(ERROR_USAGE, "%s has no such field",
				 type->name);
	return put(context, element, field->type, bytes, field->offset,
		   type->size);
}

struct error *expr_literal(struct expr_context *context, uint32_t id,
			   struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	CLEANUP(free_cleanup) uint8_t *bytes = NULL;
	const struct go_type *type;
	uint32_t element, number = 0, type_id;
	struct error *err;

	if ((err = expr_resolve_type(context, node->a, &type_id)))
		return err;
	type = expr_type(context, type_id);
	if ((type->kind != GO_STRUCT && type->kind != GO_ARRAY) ||
	    type->size > 1 << 20)
		return error_new(ERROR_USAGE,
				 "literals are of structs and arrays, %s is "
				 "neither",
				 type->name);
	bytes = xcalloc(1, type->size + 1);
	for (element = node->b; element;
	     element = expr_node(context, element)->next, number++) {
		if (number > LITERAL_MAX)
			return error_new(ERROR_USAGE,
					 "the literal is too long");
		err = type->kind == GO_STRUCT
			      ? put_field(context, type, element, number, bytes)
			      : put(context, element, type->elem, bytes,
				    number * expr_type(context, type->elem)
						     ->size,
				    type->size);
		if (err)
			return err;
	}
	expr_make(context, type_id, bytes, type->size, ret);
	return NULL;
}
