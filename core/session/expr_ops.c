/* Operators. Untyped constants take the type of the other operand. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "core/session/expr_priv.h"

static struct error *not_defined(const struct expr_context *context,
				 uint32_t id, const struct expr_value *value)
{
	return error_new(ERROR_USAGE, "'%s' is not defined for %s",
			 expr_op_text((enum expr_op)expr_node(context, id)->op),
			 value->form == EXPR_TYPED
				 ? expr_type(context, value->type)->name
			 : value->form == EXPR_NIL ? "nil"
						   : "that constant");
}

/* The result has the operand's type; constants stay constants. */
static struct error *make_int(struct expr_context *context,
			      const struct expr_value *like, struct expr_wide n,
			      struct expr_value *ret)
{
	if (like->form != EXPR_TYPED)
		return expr_const_int(n, ret);
	expr_store_int(context, like->type, n, ret);
	return NULL;
}

static void make_float(struct expr_context *context,
		       const struct expr_value *like, double f,
		       struct expr_value *ret)
{
	if (like->form == EXPR_TYPED)
		expr_store_float(context, like->type, f, ret);
	else
		*ret = (struct expr_value){.form = EXPR_FLOAT, .f = f};
}

struct error *expr_unary(struct expr_context *context, uint32_t id,
			 struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	struct expr_value value;
	struct expr_wide n;
	struct error *err;
	double f;
	bool b;

	if ((err = expr_eval_node(context, node->a, &value)))
		return err;
	if (node->op == OP_NOT) {
		if ((err = expr_load_bool(context, &value, &b)))
			return err;
		return expr_store_bool(context, !b, ret);
	}
	if (expr_is_float(context, &value) && node->op != OP_XOR) {
		if ((err = expr_load_float(context, &value, &f)))
			return err;
		make_float(context, &value, node->op == OP_SUB ? -f : f, ret);
		return NULL;
	}
	if (!expr_is_int(context, &value))
		return not_defined(context, id, &value);
	if ((err = expr_load_int(context, &value, &n)))
		return err;
	n.v = node->op == OP_SUB ? -n.v : node->op == OP_XOR ? ~n.v : n.v;
	return make_int(context, &value, n, ret);
}

static struct error *match_constants(struct expr_context *context,
				     struct expr_value *a, struct expr_value *b)
{
	struct expr_value *whole = a->form == EXPR_INT ? a : b;
	const struct expr_value *other = a->form == EXPR_INT ? b : a;
	struct error *err;

	if (a->form == b->form)
		return NULL;
	if (whole->form != EXPR_INT || other->form != EXPR_FLOAT)
		return error_new(ERROR_USAGE, "the constants do not match");
	err = expr_load_float(context, whole, &whole->f);
	whole->form = EXPR_FLOAT;
	return err;
}

/* Both operands of one type, or both untyped. */
static struct error *match(struct expr_context *context, uint32_t id,
			   struct expr_value *a, struct expr_value *b)
{
	struct error *err;
	unsigned depth;

	/* One side an interface: what is in it is compared. */
	for (depth = 0; depth < 2; depth++) {
		struct expr_value *x = depth ? b : a, *y = depth ? a : b;

		if (x->form == EXPR_TYPED && y->form != EXPR_NIL &&
		    expr_type(context, x->type)->kind == GO_INTERFACE &&
		    !(y->form == EXPR_TYPED && y->type == x->type) &&
		    (err = expr_dynamic(context, x)))
			return err;
	}
	if (a->form != EXPR_TYPED && b->form == EXPR_TYPED)
		return expr_convert_const(context, b->type, a);
	if (a->form == EXPR_TYPED && b->form != EXPR_TYPED)
		return expr_convert_const(context, a->type, b);
	if (a->form != EXPR_TYPED)
		return match_constants(context, a, b);
	if (a->type == b->type || !strcmp(expr_type(context, a->type)->name,
					  expr_type(context, b->type)->name))
		return NULL;
	return error_new(ERROR_USAGE, "'%s' of %s and %s",
			 expr_op_text((enum expr_op)expr_node(context, id)->op),
			 expr_type(context, a->type)->name,
			 expr_type(context, b->type)->name);
}

static bool compare(enum expr_op op, int order)
{
	switch (op) {
	case OP_EQ:
		return !order;
	case OP_NE:
		return order;
	case OP_LT:
		return order < 0;
	case OP_LE:
		return order <= 0;
	case OP_GT:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* NaN is in no order with anything. */
static bool compare_floats(enum expr_op op, double a, double b)
{
	if (isnan(a) || isnan(b))
		return op == OP_NE;
	return compare(op, a < b ? -1 : a > b);
}

static bool is_comparison(enum expr_op op)
{
	return op >= OP_EQ && op <= OP_GE;
}

static struct error *int_op(enum expr_op op, struct expr_wide a,
			    struct expr_wide b, struct expr_wide *ret)
{
	switch (op) {
	case OP_ADD:
		ret->v = a.v + b.v;
		return NULL;
	case OP_SUB:
		ret->v = a.v - b.v;
		return NULL;
	case OP_MUL:
		/* Operands have 65 bits: the product may not fit in 128. */
		if (__builtin_mul_overflow(a.v, b.v, &ret->v))
			return error_new(ERROR_USAGE, "the product overflows");
		return NULL;
	case OP_DIV:
	case OP_REM:
		if (!b.v)
			return error_new(ERROR_USAGE, "division by zero");
		ret->v = op == OP_DIV ? a.v / b.v : a.v % b.v;
		return NULL;
	case OP_AND:
		ret->v = a.v & b.v;
		return NULL;
	case OP_OR:
		ret->v = a.v | b.v;
		return NULL;
	case OP_XOR:
		ret->v = a.v ^ b.v;
		return NULL;
	default:
		ret->v = a.v & ~b.v;
		return NULL;
	}
}

static struct error *binary_ints(struct expr_context *context, enum expr_op op,
				 const struct expr_value *a,
				 const struct expr_value *b,
				 struct expr_value *ret)
{
	struct expr_wide x, y, n = {0};
	struct error *err;

	if ((err = expr_load_int(context, a, &x)) ||
	    (err = expr_load_int(context, b, &y)))
		return err;
	if (is_comparison(op))
		return expr_store_bool(
			context, compare(op, x.v < y.v ? -1 : x.v > y.v), ret);
	if ((err = int_op(op, x, y, &n)))
		return err;
	return make_int(context, a, n, ret);
}

static struct error *binary_floats(struct expr_context *context, uint32_t id,
				   const struct expr_value *a,
				   const struct expr_value *b,
				   struct expr_value *ret)
{
	enum expr_op op = (enum expr_op)expr_node(context, id)->op;
	struct error *err;
	double x, y;

	if ((err = expr_load_float(context, a, &x)) ||
	    (err = expr_load_float(context, b, &y)))
		return err;
	if (is_comparison(op))
		return expr_store_bool(context, compare_floats(op, x, y), ret);
	switch (op) {
	case OP_ADD:
		make_float(context, a, x + y, ret);
		return NULL;
	case OP_SUB:
		make_float(context, a, x - y, ret);
		return NULL;
	case OP_MUL:
		make_float(context, a, x * y, ret);
		return NULL;
	case OP_DIV:
		if (a->form != EXPR_TYPED && y == 0)
			return error_new(ERROR_USAGE, "division by zero");
		make_float(context, a, x / y, ret);
		return NULL;
	default:
		return not_defined(context, id, a);
	}
}

static struct error *join_strings(struct expr_context *context,
				  const struct expr_value *like, const char *x,
				  size_t xlen, const char *y, size_t ylen,
				  struct expr_value *ret)
{
	CLEANUP(buf_deinit) struct buf sum = {0};
	uint32_t type = like->type;

	buf_add(&sum, x, xlen);
	buf_add(&sum, y, ylen);
	if (like->form != EXPR_TYPED) {
		*ret = (struct expr_value){
			.form = EXPR_STRING,
			.text = expr_keep(context, buf_str(&sum), sum.len),
			.len = sum.len,
		};
		return NULL;
	}
	expr_store_string(context, buf_str(&sum), sum.len, ret);
	ret->type = type;
	return NULL;
}

static struct error *binary_strings(struct expr_context *context, uint32_t id,
				    const struct expr_value *a,
				    const struct expr_value *b,
				    struct expr_value *ret)
{
	enum expr_op op = (enum expr_op)expr_node(context, id)->op;
	size_t xlen, ylen, n;
	const char *x, *y;
	struct error *err;
	int order;

	if ((err = expr_load_string(context, a, &x, &xlen)) ||
	    (err = expr_load_string(context, b, &y, &ylen)))
		return err;
	if (op == OP_ADD)
		return join_strings(context, a, x, xlen, y, ylen, ret);
	if (!is_comparison(op))
		return not_defined(context, id, a);
	n = xlen < ylen ? xlen : ylen;
	order = n ? memcmp(x, y, n) : 0;
	if (!order)
		order = xlen < ylen ? -1 : xlen > ylen;
	return expr_store_bool(context, compare(op, order), ret);
}

/* x == nil looks at the first word: data, header, type. */
static struct error *compare_nil(struct expr_context *context, uint32_t id,
				 const struct expr_value *value,
				 struct expr_value *ret)
{
	enum expr_op op = (enum expr_op)expr_node(context, id)->op;
	struct expr_value nil = {.form = EXPR_NIL};
	struct error *err;
	uint64_t word;

	if (op != OP_EQ && op != OP_NE)
		return not_defined(context, id, &nil);
	if (value->form != EXPR_TYPED)
		return error_new(ERROR_USAGE, "a constant is never nil");
	if ((err = expr_convert_const(context, value->type, &nil)) ||
	    (err = expr_word(context, value->addr, &word)))
		return err;
	return expr_store_bool(context, (op == OP_EQ) == !word, ret);
}

static struct error *shift(struct expr_context *context, uint32_t id,
			   const struct expr_value *a,
			   const struct expr_value *b, struct expr_value *ret)
{
	enum expr_op op = (enum expr_op)expr_node(context, id)->op;
	struct expr_wide n, count;
	struct error *err;

	if (!expr_is_int(context, a) || !expr_is_int(context, b))
		return not_defined(context, id, a);
	if ((err = expr_load_int(context, a, &n)) ||
	    (err = expr_load_int(context, b, &count)))
		return err;
	if (count.v < 0)
		return error_new(ERROR_USAGE, "the shift count is negative");
	if (op == OP_SHR)
		n.v >>= count.v > 100 ? 100 : count.v;
	else if (count.v > 63 && a->form == EXPR_TYPED)
		n.v = 0;
	else if (__builtin_mul_overflow(
			 n.v,
			 (__typeof__(n.v))1 << (count.v > 64 ? 64 : count.v),
			 &n.v))
		return error_new(ERROR_USAGE,
				 "the constant needs more than 64 bits");
	return make_int(context, a, n, ret);
}

/* The right side is only looked at if it decides. */
static struct error *logic(struct expr_context *context, uint32_t id,
			   struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	struct expr_value value;
	struct error *err;
	bool b;

	if ((err = expr_eval_node(context, node->a, &value)) ||
	    (err = expr_load_bool(context, &value, &b)))
		return err;
	if (b == (node->op == OP_LAND) &&
	    ((err = expr_eval_node(context, node->b, &value)) ||
	     (err = expr_load_bool(context, &value, &b))))
		return err;
	return expr_store_bool(context, b, ret);
}

static struct error *binary_others(struct expr_context *context, uint32_t id,
				   const struct expr_value *a,
				   const struct expr_value *b,
				   struct expr_value *ret)
{
	enum expr_op op = (enum expr_op)expr_node(context, id)->op;
	struct error *err;
	bool same, x, y;

	if (op != OP_EQ && op != OP_NE)
		return not_defined(context, id, a);
	if (a->form != EXPR_TYPED) {
		if ((err = expr_load_bool(context, a, &x)) ||
		    (err = expr_load_bool(context, b, &y)))
			return err;
		same = x == y;
	} else if ((err = expr_equal(context, a->type, a->addr, b->addr,
				     &same))) {
		return err;
	}
	return expr_store_bool(context, same == (op == OP_EQ), ret);
}

struct error *expr_binary(struct expr_context *context, uint32_t id,
			  struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	enum expr_op op = (enum expr_op)node->op;
	struct expr_value a, b;
	struct error *err;

	if (op == OP_LAND || op == OP_LOR)
		return logic(context, id, ret);
	if ((err = expr_eval_node(context, node->a, &a)) ||
	    (err = expr_eval_node(context, node->b, &b)))
		return err;
	if (op == OP_SHL || op == OP_SHR)
		return shift(context, id, &a, &b, ret);
	if (a.form == EXPR_NIL || b.form == EXPR_NIL)
		return compare_nil(context, id, a.form == EXPR_NIL ? &b : &a,
				   ret);
	if ((err = match(context, id, &a, &b)))
		return err;
	if (a.form == EXPR_ENTRIES || a.form == EXPR_TYPE)
		return not_defined(context, id, &a);
	if (expr_is_int(context, &a))
		return binary_ints(context, op, &a, &b, ret);
	if (expr_is_float(context, &a))
		return binary_floats(context, id, &a, &b, ret);
	if (expr_is_string(context, &a))
		return binary_strings(context, id, &a, &b, ret);
	return binary_others(context, id, &a, &b, ret);
}
