#include "dwarf/dbg_libdwarf.h"

#include <stdlib.h>
#include <string.h>

#include <libdwarf/dwarf.h>
#include <libdwarf/libdwarf.h>

#include "core/base/xalloc.h"

/*
 * Two incompatible libraries carry the same SONAME: the one of 2021 with dates
 * for versions, and the 0.x/2.x line, whose header defines the macro.
 */
struct access {
#ifdef DW_LIBDWARF_VERSION_MAJOR
	Dwarf_Obj_Access_Interface_a interface;
#else
	Dwarf_Obj_Access_Interface interface;
#endif
};

enum {
	DEPTH_MAX = 64,
	UNITS_MAX = 1 << 20,
	AT_GO_KIND = 0x2900,
	AT_GO_KEY = 0x2901,
	AT_GO_ELEM = 0x2902,
	AT_GO_EMBEDDED = 0x2903,
	AT_GO_RUNTIME_TYPE = 0x2904,
	AT_GO_DICT_INDEX = 0x2906,
	AT_GO_CLOSURE_OFFSET = 0x2907,
};

struct dbg_reader {
	Dwarf_Debug dbg;
	struct access access;
	const struct dbg_section *sections;
	size_t count;
	bool is_walking; /* nobody asks for the frame base of children */
};

/*
 * The library's view of our sections. Index 0 is the null section of ELF.
 */

static Dwarf_Unsigned get_section_count(void *obj)
{
	return ((const struct dbg_reader *)obj)->count + 1;
}

static Dwarf_Small get_word_size(void *obj)
{
	(void)obj;
	return 8;
}

#ifdef DW_LIBDWARF_VERSION_MAJOR

static int get_section_info(void *obj, Dwarf_Unsigned index,
			    Dwarf_Obj_Access_Section_a *ret, int *error)
{
	const struct dbg_reader *reader = obj;

	(void)error;
	memset(ret, 0, sizeof(*ret));
	ret->as_name = "";
	if (index > reader->count)
		return DW_DLV_NO_ENTRY;
	if (!index)
		return DW_DLV_OK;
	ret->as_name = reader->sections[index - 1].name;
	ret->as_type = 1;
	ret->as_size = reader->sections[index - 1].size;
	return DW_DLV_OK;
}

static int load_section(void *obj, Dwarf_Unsigned index, Dwarf_Small **ret,
			int *error)
{
	const struct dbg_reader *reader = obj;

	(void)error;
	if (!index || index > reader->count)
		return DW_DLV_NO_ENTRY;
	*ret = (Dwarf_Small *)(uintptr_t)reader->sections[index - 1].data;
	return DW_DLV_OK;
}

static Dwarf_Small get_byte_order(void *obj)
{
	(void)obj;
	return DW_END_little;
}

static Dwarf_Unsigned get_filesize(void *obj)
{
	const struct dbg_reader *reader = obj;
	Dwarf_Unsigned total = 0;
	size_t i;

	for (i = 0; i < reader->count; i++)
		total += reader->sections[i].size;
	return total;
}

static const Dwarf_Obj_Access_Methods_a methods = {
	.om_get_section_info = get_section_info,
	.om_get_byte_order = get_byte_order,
	.om_get_length_size = get_word_size,
	.om_get_pointer_size = get_word_size,
	.om_get_filesize = get_filesize,
	.om_get_section_count = get_section_count,
	.om_load_section = load_section,
};

static void init_access(struct dbg_reader *reader)
{
	reader->access.interface.ai_object = reader;
	reader->access.interface.ai_methods = &methods;
}

static void finish(Dwarf_Debug dbg)
{
	dwarf_object_finish(dbg);
}

static bool library_matches(void)
{
	return strncmp(dwarf_package_version(), "20", 2) != 0;
}

#else

static int get_section_info(void *obj, Dwarf_Half index,
			    Dwarf_Obj_Access_Section *ret, int *error)
{
	const struct dbg_reader *reader = obj;

	(void)error;
	memset(ret, 0, sizeof(*ret));
	ret->name = "";
	if (index > reader->count)
		return DW_DLV_NO_ENTRY;
	if (!index)
		return DW_DLV_OK;
	ret->name = reader->sections[index - 1].name;
	ret->type = 1;
	ret->size = reader->sections[index - 1].size;
	return DW_DLV_OK;
}

static int load_section(void *obj, Dwarf_Half index, Dwarf_Small **ret,
			int *error)
{
	const struct dbg_reader *reader = obj;

	(void)error;
	if (!index || index > reader->count)
		return DW_DLV_NO_ENTRY;
	*ret = (Dwarf_Small *)(uintptr_t)reader->sections[index - 1].data;
	return DW_DLV_OK;
}

static Dwarf_Endianness get_byte_order(void *obj)
{
	(void)obj;
	return DW_OBJECT_LSB;
}

static const Dwarf_Obj_Access_Methods methods = {
	.get_section_info = get_section_info,
	.get_byte_order = get_byte_order,
	.get_length_size = get_word_size,
	.get_pointer_size = get_word_size,
	.get_section_count = get_section_count,
	.load_section = load_section,
};

static void init_access(struct dbg_reader *reader)
{
	reader->access.interface.object = reader;
	reader->access.interface.methods = &methods;
}

static void finish(Dwarf_Debug dbg)
{
	Dwarf_Error ignored = NULL;

	dwarf_object_finish(dbg, &ignored);
}

static bool library_matches(void)
{
	return strncmp(dwarf_package_version(), "20", 2) == 0;
}

#endif

/** Everything that failed leaves an error to free; absence leaves none. */
static bool ok(const struct dbg_reader *reader, int rc, Dwarf_Error *error)
{
	if (rc == DW_DLV_ERROR && *error)
		dwarf_dealloc_error(reader->dbg, *error);
	*error = NULL;
	return rc == DW_DLV_OK;
}

struct error *dbg_reader_open(const struct dbg_section *sections, size_t count,
			      struct dbg_reader **ret)
{
	struct dbg_reader *reader;
	Dwarf_Error error = NULL;
	struct error *err;
	int rc;

	if (!library_matches())
		return error_new(ERROR_UNSUPPORTED,
				 "libdwarf '%s' is not the one this program "
				 "was built for",
				 dwarf_package_version());
	/* We free every entry ourselves; the library need not track them. */
	dwarf_set_de_alloc_flag(0);
	reader = xcalloc(1, sizeof(*reader));
	reader->sections = sections;
	reader->count = count;
	init_access(reader);
	rc = dwarf_object_init_b(&reader->access.interface, NULL, NULL,
				 DW_GROUPNUMBER_ANY, &reader->dbg, &error);
	if (rc == DW_DLV_OK) {
		*ret = reader;
		return NULL;
	}
	err = error_new(rc == DW_DLV_ERROR ? ERROR_CORRUPT : ERROR_NOT_FOUND,
			"cannot read debug information: %s",
			error ? dwarf_errmsg(error) : "none");
	if (error)
		dwarf_dealloc_error(reader->dbg, error);
	free(reader);
	return err;
}

void dbg_reader_close(struct dbg_reader *reader)
{
	if (!reader)
		return;
	finish(reader->dbg);
	free(reader);
}

/*
 * Attribute values. Forms that do not fit the attribute are "absent".
 */

static bool get_unsigned(const struct dbg_reader *r, Dwarf_Attribute a,
			 uint64_t *ret)
{
	Dwarf_Error error = NULL;
	Dwarf_Unsigned value;
	Dwarf_Signed negative;

	if (ok(r, dwarf_formudata(a, &value, &error), &error)) {
		*ret = value;
		return true;
	}
	if (!ok(r, dwarf_formsdata(a, &negative, &error), &error) ||
	    negative < 0)
		return false;
	*ret = (uint64_t)negative;
	return true;
}

static bool get_signed(const struct dbg_reader *r, Dwarf_Attribute a,
		       int64_t *ret)
{
	Dwarf_Error error = NULL;
	Dwarf_Unsigned value;
	Dwarf_Signed number;

	if (ok(r, dwarf_formsdata(a, &number, &error), &error)) {
		*ret = number;
		return true;
	}
	if (!ok(r, dwarf_formudata(a, &value, &error), &error))
		return false;
	*ret = (int64_t)value;
	return true;
}

static bool get_addr(const struct dbg_reader *r, Dwarf_Attribute a,
		     uint64_t *ret)
{
	Dwarf_Error error = NULL;
	Dwarf_Addr value;

	if (!ok(r, dwarf_formaddr(a, &value, &error), &error))
		return false;
	*ret = value;
	return true;
}

static bool get_flag(const struct dbg_reader *r, Dwarf_Attribute a)
{
	Dwarf_Error error = NULL;
	Dwarf_Bool value = 0;

	return ok(r, dwarf_formflag(a, &value, &error), &error) && value;
}

/** References, and offsets into other sections. */
static bool get_offset(const struct dbg_reader *r, Dwarf_Attribute a,
		       uint64_t *ret)
{
	Dwarf_Error error = NULL;
	Dwarf_Off value;

	if (!ok(r, dwarf_global_formref(a, &value, &error), &error))
		return false;
	*ret = value;
	return true;
}

static const char *get_string(const struct dbg_reader *r, Dwarf_Attribute a)
{
	Dwarf_Error error = NULL;
	char *value;

	return ok(r, dwarf_formstring(a, &value, &error), &error) ? value
								  : NULL;
}

static bool is_block(Dwarf_Half form)
{
	return form == DW_FORM_block || form == DW_FORM_block1 ||
	       form == DW_FORM_block2 || form == DW_FORM_block4;
}

static void get_block(const struct dbg_reader *r, Dwarf_Attribute a,
		      Dwarf_Half form, const uint8_t **ret, uint32_t *len_ret)
{
	Dwarf_Error error = NULL;
	Dwarf_Unsigned len;
	Dwarf_Block *block;
	Dwarf_Ptr data;

	if (form == DW_FORM_exprloc) {
		if (!ok(r, dwarf_formexprloc(a, &len, &data, &error), &error) ||
		    len > UINT32_MAX)
			return;
		*ret = data;
		*len_ret = (uint32_t)len;
		return;
	}
	if (!is_block(form) ||
	    !ok(r, dwarf_formblock(a, &block, &error), &error))
		return;
	if (block->bl_len <= UINT32_MAX) {
		*ret = block->bl_data;
		*len_ret = (uint32_t)block->bl_len;
	}
	dwarf_dealloc(r->dbg, block, DW_DLA_BLOCK);
}

static bool is_address(Dwarf_Half form)
{
	return form == DW_FORM_addr ||
	       (form >= DW_FORM_addrx1 && form <= DW_FORM_addrx4) ||
	       form == DW_FORM_addrx;
}

static bool is_offset(Dwarf_Half form)
{
	return form == DW_FORM_sec_offset || form == DW_FORM_data4 ||
	       form == DW_FORM_data8;
}

static void mark(struct dbg_die *die, bool found, enum dbg_has bit)
{
	if (found)
		die->has |= bit;
}

/** High is a length unless it has the form of an address. */
static void take_high(const struct dbg_reader *r, Dwarf_Attribute a,
		      Dwarf_Half form, struct dbg_die *die, bool *is_length)
{
	*is_length = !is_address(form);
	mark(die,
	     *is_length ? get_unsigned(r, a, &die->high)
			: get_addr(r, a, &die->high),
	     DBG_HAS_HIGH);
}

static void take_go(const struct dbg_reader *r, Dwarf_Attribute a,
		    Dwarf_Half name, struct dbg_die *die)
{
	uint64_t n;

	switch (name) {
	case AT_GO_KIND:
		if (get_unsigned(r, a, &n) && n <= UINT8_MAX)
			die->kind = (uint8_t)n;
		break;
	case AT_GO_KEY:
		get_offset(r, a, &die->key);
		break;
	case AT_GO_ELEM:
		get_offset(r, a, &die->elem);
		break;
	case AT_GO_EMBEDDED:
		mark(die, get_flag(r, a), DBG_IS_EMBEDDED);
		break;
	case AT_GO_RUNTIME_TYPE:
		get_addr(r, a, &die->runtime_type);
		break;
	case AT_GO_DICT_INDEX:
		mark(die, get_unsigned(r, a, &die->dict_index),
		     DBG_HAS_DICT_INDEX);
		break;
	case AT_GO_CLOSURE_OFFSET:
		mark(die, get_unsigned(r, a, &die->closure_offset),
		     DBG_HAS_CLOSURE_OFFSET);
		break;
	default:
		break;
	}
}

static void take_number(const struct dbg_reader *r, Dwarf_Attribute a,
			Dwarf_Half name, struct dbg_die *die)
{
	uint64_t n;

	switch (name) {
	case DW_AT_byte_size:
		get_unsigned(r, a, &die->byte_size);
		break;
	case DW_AT_count:
		mark(die, get_unsigned(r, a, &die->count), DBG_HAS_COUNT);
		break;
	case DW_AT_upper_bound:
		if (!get_unsigned(r, a, &n) || n >= INT64_MAX)
			break;
		die->count = n + 1;
		die->has |= DBG_HAS_COUNT;
		break;
	case DW_AT_data_member_location:
		get_unsigned(r, a, &die->member_offset);
		break;
	case DW_AT_bit_size:
		die->has |= DBG_HAS_BIT_SIZE;
		break;
	case DW_AT_const_value:
		mark(die, get_signed(r, a, &die->const_value), DBG_HAS_CONST);
		break;
	case DW_AT_decl_line:
		if (get_unsigned(r, a, &n) && n <= UINT32_MAX)
			die->decl_line = (uint32_t)n;
		break;
	case DW_AT_language:
		if (get_unsigned(r, a, &n) && n <= UINT16_MAX)
			die->language = (uint16_t)n;
		break;
	case DW_AT_variable_parameter:
		mark(die, get_flag(r, a), DBG_IS_OUTPUT);
		break;
	case DW_AT_declaration:
		mark(die, get_flag(r, a), DBG_IS_DECLARATION);
		break;
	default:
		break;
	}
}

static void take(const struct dbg_reader *r, Dwarf_Attribute a, Dwarf_Half name,
		 Dwarf_Half form, struct dbg_die *die)
{
	switch (name) {
	case DW_AT_name:
		die->name = get_string(r, a);
		break;
	case DW_AT_type:
		get_offset(r, a, &die->type);
		break;
	case DW_AT_abstract_origin:
	case DW_AT_specification:
		get_offset(r, a, &die->origin);
		break;
	case DW_AT_low_pc:
		mark(die, get_addr(r, a, &die->low), DBG_HAS_LOW);
		break;
	case DW_AT_ranges:
		if (is_offset(form))
			mark(die, get_offset(r, a, &die->ranges),
			     DBG_HAS_RANGES);
		break;
	case DW_AT_location:
		if (is_offset(form))
			mark(die, get_offset(r, a, &die->location_list),
			     DBG_HAS_LOCATION_LIST);
		else
			get_block(r, a, form, &die->location,
				  &die->location_len);
		break;
	case DW_AT_frame_base:
		if (!r->is_walking)
			get_block(r, a, form, &die->frame_base,
				  &die->frame_base_len);
		break;
	case DW_AT_addr_base:
		get_offset(r, a, &die->addr_base);
		break;
	default:
		if (name >= AT_GO_KIND)
			take_go(r, a, name, die);
		else
			take_number(r, a, name, die);
		break;
	}
}

static void take_all(const struct dbg_reader *r, Dwarf_Attribute *list,
		     Dwarf_Signed count, struct dbg_die *ret)
{
	bool high_is_length = false;
	Dwarf_Signed i;

	for (i = 0; i < count; i++) {
		Dwarf_Error error = NULL;
		Dwarf_Half name, form;

		if (ok(r, dwarf_whatattr(list[i], &name, &error), &error) &&
		    ok(r, dwarf_whatform(list[i], &form, &error), &error)) {
			if (name == DW_AT_high_pc)
				take_high(r, list[i], form, ret,
					  &high_is_length);
			else
				take(r, list[i], name, form, ret);
		}
		dwarf_dealloc_attribute(list[i]);
	}
	if (high_is_length &&
	    __builtin_add_overflow(ret->low, ret->high, &ret->high))
		ret->has &= ~(uint32_t)DBG_HAS_HIGH;
}

static bool decode(const struct dbg_reader *r, Dwarf_Die die,
		   struct dbg_die *ret)
{
	Dwarf_Attribute *list = NULL;
	Dwarf_Error error = NULL;
	Dwarf_Signed count;
	Dwarf_Off offset;
	Dwarf_Half tag;
	int rc;

	*ret = (struct dbg_die){0};
	if (!ok(r, dwarf_dieoffset(die, &offset, &error), &error) ||
	    !ok(r, dwarf_tag(die, &tag, &error), &error))
		return false;
	ret->offset = offset;
	ret->tag = tag;
	rc = dwarf_attrlist(die, &list, &count, &error);
	if (!ok(r, rc, &error))
		return rc == DW_DLV_NO_ENTRY;
	take_all(r, list, count, ret);
	dwarf_dealloc(r->dbg, list, DW_DLA_LIST);
	return true;
}

bool dbg_reader_at(struct dbg_reader *reader, uint64_t offset,
		   struct dbg_die *ret)
{
	Dwarf_Error error = NULL;
	Dwarf_Die die;
	bool found;

	if (!ok(reader, dwarf_offdie_b(reader->dbg, offset, 1, &die, &error),
		&error))
		return false;
	found = decode(reader, die, ret);
	dwarf_dealloc_die(die);
	return found;
}

struct error *dbg_reader_units(struct dbg_reader *reader, struct dbg_unit **ret,
			       size_t *count_ret)
{
	size_t len = 0, cap = 0;
	struct dbg_unit *units = NULL;
	uint64_t offset = 0;

	while (len < UNITS_MAX) {
		Dwarf_Unsigned header, type_offset, next;
		Dwarf_Half version, addr_size, length_size, extension, kind;
		Dwarf_Error error = NULL;
		Dwarf_Sig8 signature;
		Dwarf_Off abbrevs, die_offset;
		struct dbg_die entry;
		Dwarf_Die die;
		int rc;

		rc = dwarf_next_cu_header_d(reader->dbg, 1, &header, &version,
					    &abbrevs, &addr_size, &length_size,
					    &extension, &signature,
					    &type_offset, &next, &kind, &error);
		if (!ok(reader, rc, &error) || next <= offset)
			break;
		rc = dwarf_siblingof_b(reader->dbg, NULL, 1, &die, &error);
		if (ok(reader, rc, &error)) {
			if (addr_size == 8 && decode(reader, die, &entry)) {
				GROW_ARRAY(units, len, cap);
				die_offset = entry.offset;
				units[len++] = (struct dbg_unit){
					.offset = offset,
					.next = next,
					.die = die_offset,
					.low = entry.low,
					.addr_base = entry.addr_base,
					.version = version,
					.is_go = entry.language == DW_LANG_Go,
				};
			}
			dwarf_dealloc_die(die);
		}
		offset = next;
	}
	if (!len) {
		free(units);
		return error_new(ERROR_CORRUPT,
				 "debug information has no readable unit");
	}
	*ret = units;
	*count_ret = len;
	return NULL;
}

/** The next child, or the first one if @p previous is NULL. */
static int advance(const struct dbg_reader *r, Dwarf_Die parent,
		   Dwarf_Die previous, Dwarf_Die *ret)
{
	Dwarf_Error error = NULL;
	int rc;

	if (previous)
		rc = dwarf_siblingof_b(r->dbg, previous, 1, ret, &error);
	else
		rc = dwarf_child(parent, ret, &error);
	ok(r, rc, &error);
	return rc;
}

struct walk {
	const struct dbg_reader *reader;
	dbg_visit_fn *visit;
	void *arg;
	/*
	 * Offsets only grow. A sibling that points back, or at what was
	 * already visited as a child, would make the walk endless.
	 */
	uint64_t last;
};

static bool walk_children(struct walk *w, Dwarf_Die parent, unsigned depth)
{
	Dwarf_Die child = NULL;
	bool whole = true;

	for (;;) {
		Dwarf_Die next = NULL;
		struct dbg_die entry;
		int rc = advance(w->reader, parent, child, &next);

		if (child)
			dwarf_dealloc_die(child);
		if (rc != DW_DLV_OK)
			return whole && rc == DW_DLV_NO_ENTRY;
		child = next;
		if (!decode(w->reader, child, &entry) ||
		    entry.offset <= w->last)
			break;
		w->last = entry.offset;
		if (w->visit(w->arg, &entry, depth) && depth + 1 < DEPTH_MAX)
			whole &= walk_children(w, child, depth + 1);
	}
	dwarf_dealloc_die(child);
	return false;
}

bool dbg_reader_walk(struct dbg_reader *reader, uint64_t offset,
		     dbg_visit_fn *visit, void *arg)
{
	struct walk w = {reader, visit, arg, offset};
	Dwarf_Error error = NULL;
	Dwarf_Die die;
	bool whole;

	if (!ok(reader, dwarf_offdie_b(reader->dbg, offset, 1, &die, &error),
		&error))
		return false;
	reader->is_walking = true;
	whole = walk_children(&w, die, 0);
	reader->is_walking = false;
	dwarf_dealloc_die(die);
	return whole;
}
