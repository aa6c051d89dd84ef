#include "dwarf/dbg_attr.h"

enum attr_name {
	AT_LOCATION = 0x02,
	AT_NAME = 0x03,
	AT_BYTE_SIZE = 0x0b,
	AT_BIT_SIZE = 0x0d,
	AT_LOW_PC = 0x11,
	AT_HIGH_PC = 0x12,
	AT_LANGUAGE = 0x13,
	AT_CONST_VALUE = 0x1c,
	AT_UPPER_BOUND = 0x2f,
	AT_ABSTRACT_ORIGIN = 0x31,
	AT_COUNT = 0x37,
	AT_DATA_MEMBER_LOCATION = 0x38,
	AT_DECL_LINE = 0x3b,
	AT_DECLARATION = 0x3c,
	AT_FRAME_BASE = 0x40,
	AT_SPECIFICATION = 0x47,
	AT_TYPE = 0x49,
	AT_VARIABLE_PARAMETER = 0x4b,
	AT_RANGES = 0x55,
	AT_ADDR_BASE = 0x73,
	AT_GO_KIND = 0x2900,
	AT_GO_KEY = 0x2901,
	AT_GO_ELEM = 0x2902,
	AT_GO_EMBEDDED = 0x2903,
	AT_GO_RUNTIME_TYPE = 0x2904,
	AT_GO_DICT_INDEX = 0x2906,
	AT_GO_CLOSURE_OFFSET = 0x2907,
};

static bool get_number(const struct dbg_value *v, enum dbg_value_as as,
		       uint64_t *ret)
{
	if (!(v->as & as))
		return false;
	*ret = v->number;
	return true;
}

static bool get_signed(const struct dbg_value *v, int64_t *ret)
{
	if (v->as & AS_SIGNED)
		*ret = v->negative;
	else if (v->as & AS_UNSIGNED)
		*ret = (int64_t)v->number;
	else
		return false;
	return true;
}

static void get_block(const struct dbg_value *v, const uint8_t **ret,
		      uint32_t *len_ret)
{
	if (!(v->as & AS_BLOCK))
		return;
	*ret = v->block;
	*len_ret = v->len;
}

static bool is_address(uint16_t form)
{
	return form == FORM_ADDR || form == FORM_ADDRX ||
	       (form >= FORM_ADDRX1 && form <= FORM_ADDRX4);
}

static bool is_offset(uint16_t form)
{
	return form == FORM_SEC_OFFSET || form == FORM_DATA4 ||
	       form == FORM_DATA8;
}

static void mark(struct dbg_die *die, bool found, enum dbg_has bit)
{
	if (found)
		die->has |= bit;
}

static void mark_flag(struct dbg_die *die, const struct dbg_value *v,
		      enum dbg_has bit)
{
	mark(die, (v->as & AS_FLAG) && v->number, bit);
}

static void take_go(struct dbg_die *die, uint16_t name,
		    const struct dbg_value *v)
{
	uint64_t n;

	switch (name) {
	case AT_GO_KIND:
		if (get_number(v, AS_UNSIGNED, &n) && n <= UINT8_MAX)
			die->kind = (uint8_t)n;
		break;
	case AT_GO_KEY:
		get_number(v, AS_OFFSET, &die->key);
		break;
	case AT_GO_ELEM:
		get_number(v, AS_OFFSET, &die->elem);
		break;
	case AT_GO_EMBEDDED:
		mark_flag(die, v, DBG_IS_EMBEDDED);
		break;
	case AT_GO_RUNTIME_TYPE:
		get_number(v, AS_ADDRESS, &die->runtime_type);
		break;
	case AT_GO_DICT_INDEX:
		mark(die, get_number(v, AS_UNSIGNED, &die->dict_index),
		     DBG_HAS_DICT_INDEX);
		break;
	case AT_GO_CLOSURE_OFFSET:
		mark(die, get_number(v, AS_UNSIGNED, &die->closure_offset),
		     DBG_HAS_CLOSURE_OFFSET);
		break;
	default:
		break;
	}
}

static void take_number(struct dbg_die *die, uint16_t name,
			const struct dbg_value *v)
{
	uint64_t n;

	switch (name) {
	case AT_BYTE_SIZE:
		get_number(v, AS_UNSIGNED, &die->byte_size);
		break;
	case AT_COUNT:
		mark(die, get_number(v, AS_UNSIGNED, &die->count),
		     DBG_HAS_COUNT);
		break;
	case AT_UPPER_BOUND:
		if (!get_number(v, AS_UNSIGNED, &n) || n >= INT64_MAX)
			break;
		die->count = n + 1;
		die->has |= DBG_HAS_COUNT;
		break;
	case AT_DATA_MEMBER_LOCATION:
		get_number(v, AS_UNSIGNED, &die->member_offset);
		break;
	case AT_BIT_SIZE:
		die->has |= DBG_HAS_BIT_SIZE;
		break;
	case AT_CONST_VALUE:
		mark(die, get_signed(v, &die->const_value), DBG_HAS_CONST);
		break;
	case AT_DECL_LINE:
		if (get_number(v, AS_UNSIGNED, &n) && n <= UINT32_MAX)
			die->decl_line = (uint32_t)n;
		break;
	case AT_LANGUAGE:
		if (get_number(v, AS_UNSIGNED, &n) && n <= UINT16_MAX)
			die->language = (uint16_t)n;
		break;
	case AT_VARIABLE_PARAMETER:
		mark_flag(die, v, DBG_IS_OUTPUT);
		break;
	case AT_DECLARATION:
		mark_flag(die, v, DBG_IS_DECLARATION);
		break;
	default:
		break;
	}
}

/** High is a length unless it has the form of an address. */
static void take_high(struct dbg_die *die, const struct dbg_value *v)
{
	die->high_is_length = !is_address(v->form);
	mark(die,
	     get_number(v, die->high_is_length ? AS_UNSIGNED : AS_ADDRESS,
			&die->high),
	     DBG_HAS_HIGH);
}

static void take_location(struct dbg_die *die, const struct dbg_value *v)
{
	if (is_offset(v->form))
		mark(die, get_number(v, AS_OFFSET, &die->location_list),
		     DBG_HAS_LOCATION_LIST);
	else
		get_block(v, &die->location, &die->location_len);
}

void dbg_die_take(struct dbg_die *die, uint16_t name, const struct dbg_value *v)
{
	switch (name) {
	case AT_NAME:
		die->name = v->as & AS_STRING ? v->string : NULL;
		break;
	case AT_TYPE:
		get_number(v, AS_OFFSET, &die->type);
		break;
	case AT_ABSTRACT_ORIGIN:
	case AT_SPECIFICATION:
		get_number(v, AS_OFFSET, &die->origin);
		break;
	case AT_LOW_PC:
		mark(die, get_number(v, AS_ADDRESS, &die->low), DBG_HAS_LOW);
		break;
	case AT_HIGH_PC:
		take_high(die, v);
		break;
	case AT_RANGES:
		if (is_offset(v->form))
			mark(die, get_number(v, AS_OFFSET, &die->ranges),
			     DBG_HAS_RANGES);
		break;
	case AT_LOCATION:
		take_location(die, v);
		break;
	case AT_FRAME_BASE:
		get_block(v, &die->frame_base, &die->frame_base_len);
		break;
	case AT_ADDR_BASE:
		get_number(v, AS_OFFSET, &die->addr_base);
		break;
	default:
		if (name >= AT_GO_KIND)
			take_go(die, name, v);
		else
			take_number(die, name, v);
		break;
	}
}

bool dbg_attr_wanted(uint16_t name)
{
	switch (name) {
	case AT_LOCATION:
	case AT_NAME:
	case AT_BYTE_SIZE:
	case AT_BIT_SIZE:
	case AT_LOW_PC:
	case AT_HIGH_PC:
	case AT_LANGUAGE:
	case AT_CONST_VALUE:
	case AT_UPPER_BOUND:
	case AT_ABSTRACT_ORIGIN:
	case AT_COUNT:
	case AT_DATA_MEMBER_LOCATION:
	case AT_DECL_LINE:
	case AT_DECLARATION:
	case AT_FRAME_BASE:
	case AT_SPECIFICATION:
	case AT_TYPE:
	case AT_VARIABLE_PARAMETER:
	case AT_RANGES:
	case AT_ADDR_BASE:
		return true;
	default:
		return name >= AT_GO_KIND && name <= AT_GO_CLOSURE_OFFSET;
	}
}

void dbg_die_finish(struct dbg_die *die)
{
	if (die->high_is_length &&
	    __builtin_add_overflow(die->low, die->high, &die->high))
		die->has &= ~(uint32_t)DBG_HAS_HIGH;
	die->high_is_length = false;
}
