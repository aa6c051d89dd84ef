#include "dwarf/dbg_libdwarf.h"

#include <stdlib.h>
#include <string.h>

#include <libdwarf/dwarf.h>
#include <libdwarf/libdwarf.h>

#include "core/base/xalloc.h"
#include "dwarf/dbg.h"
#include "dwarf/dbg_attr.h"

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
};

struct dbg_reader {
	Dwarf_Debug dbg;
	struct access access;
	const struct dbg_section *sections;
	size_t count;
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

static bool get_block(const struct dbg_reader *r, Dwarf_Attribute a,
		      Dwarf_Half form, struct dbg_value *ret)
{
	Dwarf_Error error = NULL;
	Dwarf_Unsigned len;
	Dwarf_Block *block;
	Dwarf_Ptr data;

	if (form == DW_FORM_exprloc) {
		if (!ok(r, dwarf_formexprloc(a, &len, &data, &error), &error) ||
		    len > UINT32_MAX)
			return false;
		ret->block = data;
		ret->len = (uint32_t)len;
		return true;
	}
	if (!is_block(form) ||
	    !ok(r, dwarf_formblock(a, &block, &error), &error))
		return false;
	len = block->bl_len;
	ret->block = block->bl_data;
	ret->len = (uint32_t)len;
	dwarf_dealloc(r->dbg, block, DW_DLA_BLOCK);
	return len <= UINT32_MAX;
}

static void mark(struct dbg_value *value, bool found, enum dbg_value_as as)
{
	if (found)
		value->as |= as;
}

/** Constants, references and whatever else is a number. */
static void get_numbers(const struct dbg_reader *r, Dwarf_Attribute a,
			Dwarf_Half form, struct dbg_value *ret)
{
	switch (form) {
	case DW_FORM_data4:
	case DW_FORM_data8:
		/* In DWARF 2 and 3 a constant may be an offset. */
		mark(ret, get_offset(r, a, &ret->number), AS_OFFSET);
		__attribute__((fallthrough));
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_udata:
	case DW_FORM_sdata:
	case DW_FORM_implicit_const:
		mark(ret, get_signed(r, a, &ret->negative), AS_SIGNED);
		mark(ret, get_unsigned(r, a, &ret->number), AS_UNSIGNED);
		break;
	default:
		mark(ret, get_offset(r, a, &ret->number), AS_OFFSET);
		break;
	}
}

static void get_value(const struct dbg_reader *r, Dwarf_Attribute a,
		      Dwarf_Half form, struct dbg_value *ret)
{
	*ret = (struct dbg_value){.form = form};
	switch (form) {
	case DW_FORM_addr:
	case DW_FORM_addrx:
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
	case DW_FORM_GNU_addr_index:
		mark(ret, get_addr(r, a, &ret->number), AS_ADDRESS);
		break;
	case DW_FORM_flag:
	case DW_FORM_flag_present:
		ret->number = get_flag(r, a);
		ret->as = AS_FLAG;
		break;
	case DW_FORM_string:
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_strx:
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
	case DW_FORM_GNU_str_index:
		ret->string = get_string(r, a);
		mark(ret, ret->string, AS_STRING);
		break;
	case DW_FORM_exprloc:
	case DW_FORM_block:
	case DW_FORM_block1:
	case DW_FORM_block2:
	case DW_FORM_block4:
		mark(ret, get_block(r, a, form, ret), AS_BLOCK);
		break;
	default:
		get_numbers(r, a, form, ret);
		break;
	}
}

static void take_all(const struct dbg_reader *r, Dwarf_Attribute *list,
		     Dwarf_Signed count, struct dbg_die *ret)
{
	Dwarf_Signed i;

	for (i = 0; i < count; i++) {
		struct dbg_value value;
		Dwarf_Error error = NULL;
		Dwarf_Half name, form;

		if (ok(r, dwarf_whatattr(list[i], &name, &error), &error) &&
		    dbg_attr_wanted(name) &&
		    ok(r, dwarf_whatform(list[i], &form, &error), &error)) {
			get_value(r, list[i], form, &value);
			dbg_die_take(ret, name, &value);
		}
		dwarf_dealloc_attribute(list[i]);
	}
	dbg_die_finish(ret);
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
	whole = walk_children(&w, die, 0);
	dwarf_dealloc_die(die);
	return whole;
}

const char *dbg_library_version(void)
{
	return dwarf_package_version();
}
