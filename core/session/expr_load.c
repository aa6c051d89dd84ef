/* Values out of the target's memory and constants into ours. */
#include <inttypes.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/session/expr_priv.h"

struct error *expr_word(const struct expr_context *context, uint64_t addr,
			uint64_t *ret)
{
	if (sample_u64(context->memory, addr, ret))
		return NULL;
	return error_fault(addr, 8);
}

bool expr_is_int(const struct expr_context *context,
		 const struct expr_value *value)
{
	enum go_kind kind = expr_type(context, value->type)->kind;

	if (value->form != EXPR_TYPED)
		return value->form == EXPR_INT;
	return kind >= GO_INT && kind <= GO_UINTPTR;
}

bool expr_is_float(const struct expr_context *context,
		   const struct expr_value *value)
{
	enum go_kind kind = expr_type(context, value->type)->kind;

	if (value->form != EXPR_TYPED)
		return value->form == EXPR_FLOAT;
	return kind == GO_FLOAT32 || kind == GO_FLOAT64;
}

bool expr_is_string(const struct expr_context *context,
		    const struct expr_value *value)
{
	if (value->form != EXPR_TYPED)
		return value->form == EXPR_STRING;
	return expr_type(context, value->type)->kind == GO_STRING;
}

struct error *expr_load_int(const struct expr_context *context,
			    const struct expr_value *value,
			    struct expr_wide *ret)
{
	const struct go_type *type = expr_type(context, value->type);
	uint64_t raw = 0;
	unsigned shift;
	struct error *err;

	if (value->form == EXPR_INT) {
		ret->v = value->u;
		if (value->negative)
			ret->v = -ret->v;
		return NULL;
	}
	if (!type->size || type->size > 8)
		return error_new(ERROR_USAGE, "%s is no integer", type->name);
	err = sample_read(context->memory, value->addr, &raw, type->size);
	if (err)
		return err;
	shift = (unsigned)(64 - 8 * type->size);
	if (type->kind <= GO_INT64)
		ret->v = (int64_t)(raw << shift) >> shift;
	else
		ret->v = raw;
	return NULL;
}

struct error *expr_load_float(const struct expr_context *context,
			      const struct expr_value *value, double *ret)
{
	const struct go_type *type = expr_type(context, value->type);
	struct expr_wide n;
	struct error *err;
	float narrow;

	if (value->form == EXPR_FLOAT) {
		*ret = value->f;
		return NULL;
	}
	if (!expr_is_float(context, value)) {
		err = expr_load_int(context, value, &n);
		*ret = err ? 0 : (double)n.v;
		return err;
	}
	if (type->kind == GO_FLOAT64)
		return sample_read(context->memory, value->addr, ret, 8);
	err = sample_read(context->memory, value->addr, &narrow, 4);
	*ret = err ? 0 : (double)narrow;
	return err;
}

struct error *expr_load_string(const struct expr_context *context,
			       const struct expr_value *value, const char **ret,
			       size_t *len_ret)
{
	uint64_t data, len;
	struct error *err;

	if (value->form == EXPR_STRING) {
		*ret = value->text;
		*len_ret = value->len;
		return NULL;
	}
	if ((err = expr_word(context, value->addr, &data)) ||
	    (err = expr_word(context, value->addr + 8, &len)))
		return err;
	if (len > LIMIT_STRING)
		return error_new(ERROR_CORRUPT,
				 "a string of %" PRIu64 " bytes is none", len);
	*ret = len ? sample_view(context->memory, data, len) : "";
	*len_ret = len;
	return *ret ? NULL : error_fault(data, len);
}

struct error *expr_load_bool(const struct expr_context *context,
			     const struct expr_value *value, bool *ret)
{
	uint8_t byte;

	if (value->form == EXPR_BOOL) {
		*ret = value->u;
		return NULL;
	}
	if (value->form != EXPR_TYPED ||
	    expr_type(context, value->type)->kind != GO_BOOL)
		return error_new(ERROR_USAGE, "the operand is no bool");
	if (!sample_u8(context->memory, value->addr, &byte))
		return error_fault(value->addr, 1);
	*ret = byte;
	return NULL;
}

void expr_store_int(struct expr_context *context, uint32_t type,
		    struct expr_wide value, struct expr_value *ret)
{
	uint64_t raw = (uint64_t)value.v;

	/* Little-endian: the low bytes are the value cut to its size. */
	expr_make(context, type, &raw, expr_type(context, type)->size, ret);
}

void expr_store_float(struct expr_context *context, uint32_t type, double value,
		      struct expr_value *ret)
{
	float narrow = (float)value;

	if (expr_type(context, type)->kind == GO_FLOAT32)
		expr_make(context, type, &narrow, 4, ret);
	else
		expr_make(context, type, &value, 8, ret);
}

void expr_store_string(struct expr_context *context, const char *text,
		       size_t len, struct expr_value *ret)
{
	uint64_t header[2];

	header[0] = sample_overlay_add(context->memory, text, len);
	header[1] = len;
	expr_make(context, go_type_named(context->types, "string"), header,
		  sizeof(header), ret);
}

/* Typed: what was computed from the target is not shown when redacted. */
struct error *expr_store_bool(struct expr_context *context, bool value,
			      struct expr_value *ret)
{
	uint8_t byte = value;

	expr_make(context, go_type_named(context->types, "bool"), &byte, 1,
		  ret);
	return NULL;
}

struct error *expr_const_int(struct expr_wide value, struct expr_value *ret)
{
	*ret = (struct expr_value){.form = EXPR_INT, .negative = value.v < 0};
	if (value.v < 0)
		value.v = -value.v;
	if (value.v >> 64)
		return error_new(ERROR_USAGE,
				 "the constant needs more than 64 bits");
	ret->u = (uint64_t)value.v;
	return NULL;
}

static bool fits(const struct go_type *type, struct expr_wide n)
{
	unsigned bits = (unsigned)type->size * 8;

	if (type->kind <= GO_INT64) {
		n.v = n.v < 0 ? -(n.v + 1) : n.v;
		return !(n.v >> (bits - 1));
	}
	return n.v >= 0 && !(n.v >> bits);
}

static struct error *cannot_hold(const struct go_type *type)
{
	return error_new(ERROR_USAGE, "%s cannot hold the constant",
			 type->name);
}

static struct error *convert_number(struct expr_context *context, uint32_t id,
				    struct expr_value *value)
{
	const struct go_type *type = expr_type(context, id);
	struct expr_wide n = {0};
	struct error *err;
	double f;

	if (type->kind == GO_FLOAT32 || type->kind == GO_FLOAT64) {
		if ((err = expr_load_float(context, value, &f)))
			return err;
		expr_store_float(context, id, f, value);
		return NULL;
	}
	if (value->form == EXPR_FLOAT) {
		if (!(value->f > -1e19 && value->f < 2e19))
			return cannot_hold(type);
		n.v = (__typeof__(n.v))value->f;
		if ((double)n.v != value->f)
			return error_new(ERROR_USAGE,
					 "the constant is no integer");
	} else if ((err = expr_load_int(context, value, &n))) {
		return err;
	}
	if (!fits(type, n))
		return cannot_hold(type);
	expr_store_int(context, id, n, value);
	return NULL;
}

static struct error *convert_nil(struct expr_context *context, uint32_t id,
				 struct expr_value *value)
{
	static const uint8_t zero[24];
	const struct go_type *type = expr_type(context, id);

	switch (type->kind) {
	case GO_POINTER:
	case GO_MAP:
	case GO_CHAN:
	case GO_FUNC:
	case GO_UNSAFE_POINTER:
	case GO_SLICE:
	case GO_INTERFACE:
		expr_make(context, id, zero, type->size, value);
		return NULL;
	default:
		return error_new(ERROR_USAGE, "%s cannot be nil", type->name);
	}
}

struct error *expr_convert_const(struct expr_context *context, uint32_t id,
				 struct expr_value *value)
{
	const struct go_type *type = expr_type(context, id);
	uint32_t named = id;
	uint8_t byte;

	if (value->form == EXPR_TYPED)
		return NULL;
	if (value->form == EXPR_NIL)
		return convert_nil(context, id, value);
	if (value->form == EXPR_STRING && type->kind == GO_STRING) {
		expr_store_string(context, value->text, value->len, value);
		value->type = named;
		return NULL;
	}
	if (value->form == EXPR_BOOL && type->kind == GO_BOOL) {
		byte = (uint8_t)value->u;
		expr_make(context, id, &byte, 1, value);
		return NULL;
	}
	if ((value->form == EXPR_INT || value->form == EXPR_FLOAT) &&
	    type->kind >= GO_INT && type->kind <= GO_FLOAT64)
		return convert_number(context, id, value);
	return error_new(ERROR_USAGE, "the constant is no %s", type->name);
}

struct error *expr_default_type(struct expr_context *context,
				struct expr_value *value)
{
	static const char *const names[] = {
		[EXPR_INT] = "int",
		[EXPR_FLOAT] = "float64",
		[EXPR_STRING] = "string",
		[EXPR_BOOL] = "bool",
	};

	if (value->form >= ARRAY_LEN(names) || !names[value->form])
		return NULL;
	return expr_convert_const(
		context, go_type_named(context->types, names[value->form]),
		value);
}
