#include "dwarf/dbg_expr.h"

#include <string.h>

enum op {
	OP_ADDR = 0x03,
	OP_DEREF = 0x06,
	OP_PLUS_UCONST = 0x23,
	OP_REG0 = 0x50,
	OP_REG31 = 0x6f,
	OP_REGX = 0x90,
	OP_FBREG = 0x91,
	OP_PIECE = 0x93,
	OP_NOP = 0x96,
	OP_CALL_FRAME_CFA = 0x9c,
	OP_ADDRX = 0xa1,
};

/* The expression being read, and the place it has described so far. */
struct expr {
	const uint8_t *bytes;
	size_t len, at;
	const struct dbg_list *list;
	struct dbg_piece place;
};

static struct error *cut_short(void)
{
	return error_new(ERROR_CORRUPT, "location expression is cut short");
}

static struct error *unsupported(unsigned op)
{
	return error_new(ERROR_UNSUPPORTED,
			 "location expression uses operation 0x%02x", op);
}

/* Go describes each place by one operation; a second one is not a sum. */
static struct error *set(struct expr *e, enum dbg_where where, int64_t value)
{
	if (e->place.where != DBG_NOWHERE)
		return error_new(ERROR_UNSUPPORTED,
				 "location expression has two places");
	e->place.where = where;
	e->place.value = value;
	return NULL;
}

static struct error *do_addr(struct expr *e, bool is_index)
{
	uint64_t value;

	if (is_index) {
		if (!dbg_get_uleb(e->bytes, e->len, &e->at, &value))
			return cut_short();
		if (!e->list || !dbg_list_address(e->list, value, &value))
			return error_new(ERROR_CORRUPT,
					 "no address of that index");
		return set(e, DBG_ADDRESS, (int64_t)value);
	}
	if (e->len - e->at < sizeof(value))
		return cut_short();
	memcpy(&value, e->bytes + e->at, sizeof(value));
	e->at += sizeof(value);
	return set(e, DBG_ADDRESS, (int64_t)value);
}

static struct error *do_fbreg(struct expr *e)
{
	int64_t offset;

	if (!dbg_get_sleb(e->bytes, e->len, &e->at, &offset))
		return cut_short();
	return set(e, DBG_FRAME, offset);
}

static struct error *do_regx(struct expr *e)
{
	uint64_t number;

	if (!dbg_get_uleb(e->bytes, e->len, &e->at, &number))
		return cut_short();
	if (number > INT32_MAX)
		return error_new(ERROR_CORRUPT, "no register of that number");
	return set(e, DBG_REGISTER, (int64_t)number);
}

static bool is_memory(const struct dbg_piece *p)
{
	return p->where == DBG_ADDRESS || p->where == DBG_FRAME;
}

static struct error *do_plus(struct expr *e)
{
	uint64_t n;

	if (!dbg_get_uleb(e->bytes, e->len, &e->at, &n))
		return cut_short();
	if (!is_memory(&e->place) || e->place.deref)
		return unsupported(OP_PLUS_UCONST);
	if (n > INT64_MAX ||
	    __builtin_add_overflow(e->place.value, (int64_t)n, &e->place.value))
		return error_new(ERROR_CORRUPT, "location is out of range");
	return NULL;
}

static struct error *do_deref(struct expr *e)
{
	if (!is_memory(&e->place) || e->place.deref)
		return unsupported(OP_DEREF);
	e->place.deref = true;
	return NULL;
}

/* The place just described holds the next so many bytes of the variable. */
static struct error *do_piece(struct expr *e, struct dbg_location *loc)
{
	uint64_t size;

	if (!dbg_get_uleb(e->bytes, e->len, &e->at, &size))
		return cut_short();
	if (loc->count == sizeof(loc->pieces) / sizeof(loc->pieces[0]))
		return error_new(ERROR_LIMIT,
				 "variable has more than %u pieces",
				 loc->count);
	e->place.size = size;
	loc->pieces[loc->count++] = e->place;
	e->place = (struct dbg_piece){0};
	return NULL;
}

static struct error *step(struct expr *e, struct dbg_location *loc)
{
	unsigned op = e->bytes[e->at++];

	if (op >= OP_REG0 && op <= OP_REG31)
		return set(e, DBG_REGISTER, op - OP_REG0);
	switch (op) {
	case OP_ADDR:
	case OP_ADDRX:
		return do_addr(e, op == OP_ADDRX);
	case OP_REGX:
		return do_regx(e);
	case OP_FBREG:
		return do_fbreg(e);
	case OP_CALL_FRAME_CFA:
		return set(e, DBG_FRAME, 0);
	case OP_PLUS_UCONST:
		return do_plus(e);
	case OP_DEREF:
		return do_deref(e);
	case OP_PIECE:
		return do_piece(e, loc);
	case OP_NOP:
		return NULL;
	default:
		return unsupported(op);
	}
}

struct error *dbg_expr_locate(const uint8_t *bytes, size_t len,
			      const struct dbg_list *list,
			      struct dbg_location *ret)
{
	struct expr e = {.bytes = bytes, .len = len, .list = list};
	struct dbg_location loc = {0};
	struct error *err;

	while (e.at < len) {
		err = step(&e, &loc);
		if (err)
			return err;
	}
	if (e.place.where != DBG_NOWHERE) {
		if (loc.count)
			return error_new(ERROR_CORRUPT,
					 "location has a piece without size");
		loc.pieces[loc.count++] = e.place;
	}
	*ret = loc;
	return NULL;
}
