#include "dwarf/dbg_scan.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "dwarf/dbg_attr.h"
#include "dwarf/dbg_list.h"

enum {
	DEPTH_MAX = 64,	    /* deeper entries are not visited */
	ABBREVS_MAX = 4096, /* of a unit */
	ATTRS_MAX = 1 << 16,
	ADDRESS_SIZE = 8,
	ABSENT = 0, /* no such attribute and no such form */
};

struct attr {
	uint16_t name, form;
	bool wanted;
	int64_t constant;
};

struct abbrev {
	uint32_t first, count; /* in attrs */
	uint16_t tag;
	bool has_children;
};

struct scan {
	const struct dbg_section *info, *abbrev, *addr, *str, *line_str;
	const struct dbg_unit *unit;
	struct abbrev *abbrevs; /* by code - 1 */
	size_t abbrev_count, abbrev_cap;
	struct attr *attrs;
	size_t attr_count, attr_cap;
	const uint8_t *data; /* of .debug_info */
	size_t at, end;	     /* end of the unit */
};

static bool known_form(uint64_t form, const struct dbg_unit *unit)
{
	switch (form) {
	case FORM_ADDR:
	case FORM_BLOCK1:
	case FORM_BLOCK2:
	case FORM_BLOCK4:
	case FORM_BLOCK:
	case FORM_EXPRLOC:
	case FORM_DATA1:
	case FORM_DATA2:
	case FORM_SDATA:
	case FORM_UDATA:
	case FORM_STRING:
	case FORM_STRP:
	case FORM_LINE_STRP:
	case FORM_FLAG:
	case FORM_FLAG_PRESENT:
	case FORM_IMPLICIT_CONST:
	case FORM_REF1:
	case FORM_REF2:
	case FORM_REF4:
	case FORM_REF8:
	case FORM_REF_UDATA:
	case FORM_REF_ADDR:
	case FORM_SEC_OFFSET:
		return true;
	case FORM_DATA4:
	case FORM_DATA8:
		/* Before, they are offsets of some attributes. */
		return unit->version >= 4;
	case FORM_ADDRX:
		return unit->addr_base != 0;
	default:
		return false;
	}
}

static bool add_attr(struct scan *s, uint64_t name, uint64_t form, size_t *at)
{
	struct attr attr = {(uint16_t)name, (uint16_t)form, false, 0};

	if (name > UINT16_MAX || !known_form(form, s->unit) ||
	    s->attr_count >= ATTRS_MAX)
		return false;
	if (form == FORM_IMPLICIT_CONST &&
	    !dbg_get_sleb(s->abbrev->data, s->abbrev->size, at, &attr.constant))
		return false;
	attr.wanted = dbg_attr_wanted(attr.name);
	GROW_ARRAY(s->attrs, s->attr_count, s->attr_cap);
	s->attrs[s->attr_count++] = attr;
	return true;
}

/** Code, tag, children, pairs up to 0, 0; compilers count codes from 1. */
static bool read_abbrevs(struct scan *s, size_t at)
{
	const uint8_t *data = s->abbrev->data;
	size_t size = s->abbrev->size;
	uint64_t code, tag, name, form;

	while (dbg_get_uleb(data, size, &at, &code)) {
		struct abbrev *a;

		if (!code)
			return true;
		if (code != s->abbrev_count + 1 || code > ABBREVS_MAX ||
		    !dbg_get_uleb(data, size, &at, &tag) || tag > UINT16_MAX ||
		    at >= size)
			return false;
		GROW_ARRAY(s->abbrevs, s->abbrev_count, s->abbrev_cap);
		a = &s->abbrevs[s->abbrev_count++];
		*a = (struct abbrev){
			.first = (uint32_t)s->attr_count,
			.tag = (uint16_t)tag,
			.has_children = data[at++] != 0,
		};
		for (;;) {
			if (!dbg_get_uleb(data, size, &at, &name) ||
			    !dbg_get_uleb(data, size, &at, &form))
				return false;
			if (name == ABSENT && form == ABSENT)
				break;
			if (!add_attr(s, name, form, &at))
				return false;
			a->count++;
		}
	}
	return false;
}

static bool fixed(struct scan *s, size_t bytes, uint64_t *ret)
{
	if (s->end - s->at < bytes)
		return false;
	*ret = 0;
	memcpy(ret, s->data + s->at, bytes);
	s->at += bytes;
	return true;
}

/* Nearly all numbers are of one byte. */
static bool uleb(struct scan *s, uint64_t *ret)
{
	if (s->at < s->end && s->data[s->at] < 0x80) {
		*ret = s->data[s->at++];
		return true;
	}
	return dbg_get_uleb(s->data, s->end, &s->at, ret);
}

static bool number(struct scan *s, size_t bytes, struct dbg_value *ret)
{
	unsigned unused = 64 - 8 * (unsigned)bytes;

	if (!fixed(s, bytes, &ret->number))
		return false;
	ret->negative = (int64_t)(ret->number << unused) >> unused;
	ret->as = AS_UNSIGNED | AS_SIGNED;
	return true;
}

static bool signed_number(struct dbg_value *ret, int64_t value)
{
	ret->negative = value;
	ret->number = (uint64_t)value;
	ret->as = AS_SIGNED | (value < 0 ? 0 : AS_UNSIGNED);
	return true;
}

/** Of the section or of the unit; outside of it is malformed. */
static bool reference(const struct scan *s, uint64_t base,
		      struct dbg_value *ret)
{
	ret->as = AS_OFFSET;
	return !__builtin_add_overflow(ret->number, base, &ret->number) &&
	       ret->number < s->info->size;
}

static bool string_at(const struct dbg_section *section, uint64_t at,
		      struct dbg_value *ret, size_t *len_ret)
{
	const uint8_t *end;

	if (!section || at >= section->size)
		return false;
	end = memchr(section->data + at, 0, section->size - at);
	if (!end)
		return false;
	ret->string = (const char *)section->data + at;
	ret->as = AS_STRING;
	*len_ret = (size_t)(end - (section->data + at));
	return true;
}

static bool inline_string(struct scan *s, struct dbg_value *ret)
{
	size_t len;

	if (!string_at(s->info, s->at, ret, &len) || s->end - s->at <= len)
		return false;
	s->at += len + 1;
	return true;
}

static bool block(struct scan *s, uint64_t len, struct dbg_value *ret)
{
	if (len > UINT32_MAX || s->end - s->at < len)
		return false;
	ret->block = s->data + s->at;
	ret->len = (uint32_t)len;
	ret->as = AS_BLOCK;
	s->at += len;
	return true;
}

static bool address_of(const struct scan *s, struct dbg_value *ret)
{
	const struct dbg_section *addrs = s->addr;
	uint64_t at;

	if (!addrs || __builtin_mul_overflow(ret->number, ADDRESS_SIZE, &at) ||
	    __builtin_add_overflow(at, s->unit->addr_base, &at) ||
	    at > addrs->size || addrs->size - at < ADDRESS_SIZE)
		return false;
	memcpy(&ret->number, addrs->data + at, ADDRESS_SIZE);
	ret->as = AS_ADDRESS;
	return true;
}

static bool read_reference(struct scan *s, struct dbg_value *ret)
{
	const uint64_t base = s->unit->offset;
	uint64_t *n = &ret->number;

	switch (ret->form) {
	case FORM_REF1:
		return fixed(s, 1, n) && reference(s, base, ret);
	case FORM_REF2:
		return fixed(s, 2, n) && reference(s, base, ret);
	case FORM_REF4:
		return fixed(s, 4, n) && reference(s, base, ret);
	case FORM_REF8:
		return fixed(s, 8, n) && reference(s, base, ret);
	case FORM_REF_UDATA:
		return uleb(s, n) && reference(s, base, ret);
	case FORM_REF_ADDR:
		return fixed(s, s->unit->version < 3 ? ADDRESS_SIZE : 4, n) &&
		       reference(s, 0, ret);
	case FORM_SEC_OFFSET:
		ret->as = AS_OFFSET;
		return fixed(s, 4, n);
	default:
		return false;
	}
}

static bool read_block(struct scan *s, struct dbg_value *ret)
{
	uint64_t len;

	switch (ret->form) {
	case FORM_BLOCK1:
		return fixed(s, 1, &len) && block(s, len, ret);
	case FORM_BLOCK2:
		return fixed(s, 2, &len) && block(s, len, ret);
	case FORM_BLOCK4:
		return fixed(s, 4, &len) && block(s, len, ret);
	case FORM_BLOCK:
	case FORM_EXPRLOC:
		return uleb(s, &len) && block(s, len, ret);
	default:
		return read_reference(s, ret);
	}
}

static bool read_value(struct scan *s, const struct attr *attr,
		       struct dbg_value *ret)
{
	int64_t value;
	size_t len;

	switch (attr->form) {
	case FORM_STRING:
		return inline_string(s, ret);
	case FORM_DATA1:
		return number(s, 1, ret);
	case FORM_DATA2:
		return number(s, 2, ret);
	case FORM_DATA4:
		return number(s, 4, ret);
	case FORM_DATA8:
		return number(s, 8, ret);
	case FORM_UDATA:
		ret->as = AS_UNSIGNED;
		return uleb(s, &ret->number);
	case FORM_SDATA:
		return dbg_get_sleb(s->data, s->end, &s->at, &value) &&
		       signed_number(ret, value);
	case FORM_IMPLICIT_CONST:
		return signed_number(ret, attr->constant);
	case FORM_FLAG:
		ret->as = AS_FLAG;
		return fixed(s, 1, &ret->number);
	case FORM_FLAG_PRESENT:
		ret->as = AS_FLAG;
		ret->number = 1;
		return true;
	case FORM_ADDR:
		ret->as = AS_ADDRESS;
		return fixed(s, ADDRESS_SIZE, &ret->number);
	case FORM_ADDRX:
		return uleb(s, &ret->number) && address_of(s, ret);
	case FORM_STRP:
		return fixed(s, 4, &ret->number) &&
		       string_at(s->str, ret->number, ret, &len);
	case FORM_LINE_STRP:
		return fixed(s, 4, &ret->number) &&
		       string_at(s->line_str, ret->number, ret, &len);
	default:
		return read_block(s, ret);
	}
}

static bool read_entry(struct scan *s, const struct abbrev *abbrev,
		       struct dbg_die *die, bool visited)
{
	const struct attr *attr = &s->attrs[abbrev->first];
	const struct attr *end = attr + abbrev->count;

	for (; attr < end; attr++) {
		struct dbg_value value;

		value.form = attr->form;
		if (!read_value(s, attr, &value))
			return false;
		if (visited && attr->wanted)
			dbg_die_take(die, attr->name, &value);
	}
	if (visited)
		dbg_die_finish(die);
	return true;
}

/*
 * In file order; below an entry whose children nobody wants, attributes are
 * only passed over.
 */
static bool scan_entries(struct scan *s, dbg_visit_fn *visit, void *arg)
{
	unsigned depth = 0, wanted = 0; /* entries up to that depth */

	while (s->at < s->end) {
		struct dbg_die die = {.offset = s->at};
		const struct abbrev *abbrev;
		uint64_t code;

		if (!uleb(s, &code))
			return false;
		if (!code) {
			if (!depth)
				return true;
			depth--;
			wanted = depth < wanted ? depth : wanted;
			continue;
		}
		if (code > s->abbrev_count)
			return false;
		abbrev = &s->abbrevs[code - 1];
		die.tag = abbrev->tag;
		if (!read_entry(s, abbrev, &die, depth <= wanted))
			return false;
		if (depth <= wanted)
			wanted = depth + (visit(arg, &die, depth) &&
					  depth + 1 < DEPTH_MAX);
		depth += abbrev->has_children;
	}
	return false;
}

static const struct dbg_section *find(const struct dbg_section *sections,
				      size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(sections[i].name, name))
			return &sections[i];
	return NULL;
}

/** Past the unit's own entry; *@p below_ret: it has children. */
static bool open_unit(struct scan *s, bool *below_ret)
{
	const uint64_t header = s->unit->version >= 5 ? 8 : 6;
	struct dbg_die die = {0};
	uint64_t length, abbrevs, code;

	if (s->unit->next > s->info->size || s->unit->die >= s->unit->next)
		return false;
	s->data = s->info->data;
	s->at = s->unit->offset;
	s->end = s->unit->next;
	/* 0xffffffff begins a header of 64-bit DWARF. */
	if (!fixed(s, 4, &length) || length >= 0xfffffff0)
		return false;
	s->at = s->unit->offset + header;
	if (s->at > s->end || !fixed(s, 4, &abbrevs) ||
	    abbrevs >= s->abbrev->size || !read_abbrevs(s, abbrevs))
		return false;
	s->at = s->unit->die;
	if (!uleb(s, &code) || !code || code > s->abbrev_count)
		return false;
	*below_ret = s->abbrevs[code - 1].has_children;
	return read_entry(s, &s->abbrevs[code - 1], &die, false);
}

bool dbg_scan_unit(const struct dbg_section *sections, size_t count,
		   const struct dbg_unit *unit, dbg_visit_fn *visit, void *arg)
{
	struct scan s = {
		.info = find(sections, count, ".debug_info"),
		.abbrev = find(sections, count, ".debug_abbrev"),
		.addr = find(sections, count, ".debug_addr"),
		.str = find(sections, count, ".debug_str"),
		.line_str = find(sections, count, ".debug_line_str"),
		.unit = unit,
	};
	bool whole = false, below = false;

	if (s.info && s.abbrev)
		whole = open_unit(&s, &below) &&
			(!below || scan_entries(&s, visit, arg));
	free(s.abbrevs);
	free(s.attrs);
	return whole;
}
