#ifndef DWARF_DBG_ATTR_H
#define DWARF_DBG_ATTR_H

/**
 * What the attributes of an entry mean to us, whoever decoded their forms:
 * libdwarf or the scanner.
 */
#include "dwarf/dbg_libdwarf.h"

/** The forms, as DWARF numbers them. */
enum dbg_form {
	FORM_ADDR = 0x01,
	FORM_BLOCK2 = 0x03,
	FORM_BLOCK4 = 0x04,
	FORM_DATA2 = 0x05,
	FORM_DATA4 = 0x06,
	FORM_DATA8 = 0x07,
	FORM_STRING = 0x08,
	FORM_BLOCK = 0x09,
	FORM_BLOCK1 = 0x0a,
	FORM_DATA1 = 0x0b,
	FORM_FLAG = 0x0c,
	FORM_SDATA = 0x0d,
	FORM_STRP = 0x0e,
	FORM_UDATA = 0x0f,
	FORM_REF_ADDR = 0x10,
	FORM_REF1 = 0x11,
	FORM_REF2 = 0x12,
	FORM_REF4 = 0x13,
	FORM_REF8 = 0x14,
	FORM_REF_UDATA = 0x15,
	FORM_SEC_OFFSET = 0x17,
	FORM_EXPRLOC = 0x18,
	FORM_FLAG_PRESENT = 0x19,
	FORM_ADDRX = 0x1b,
	FORM_LINE_STRP = 0x1f,
	FORM_IMPLICIT_CONST = 0x21,
	FORM_ADDRX1 = 0x29,
	FORM_ADDRX4 = 0x2c,
};

/** As what a value can be read; forms that do not fit are "absent". */
enum dbg_value_as {
	AS_UNSIGNED = 1 << 0,
	AS_SIGNED = 1 << 1,
	AS_ADDRESS = 1 << 2,
	AS_FLAG = 1 << 3,   /* in number */
	AS_OFFSET = 1 << 4, /* into a section; references from its start */
	AS_STRING = 1 << 5,
	AS_BLOCK = 1 << 6,
};

struct dbg_value {
	unsigned as; /* enum dbg_value_as */
	uint16_t form;
	uint64_t number;
	int64_t negative; /* AS_SIGNED */
	const char *string;
	const uint8_t *block;
	uint32_t len;
};

/** Does it matter to dbg_die_take()? */
bool dbg_attr_wanted(uint16_t name);
/** @p die takes the attribute @p name. */
void dbg_die_take(struct dbg_die *die, uint16_t name,
		  const struct dbg_value *value);
/** After the last attribute: high becomes absolute. */
void dbg_die_finish(struct dbg_die *die);

#endif
