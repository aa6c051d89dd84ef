#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "dwarf/dbg_table.h"
#include "dwarf/elf_file_internal.h"

enum {
	COVER_STEPS = 16, /* symbols looked back for one that covers */
	NAME_WORK = 4,	  /* bytes of names hashed per byte of the table */
	SEARCHES_MAX = 4, /* that cost less than tables of all symbols */
};

/** Two tables of the same symbols, each made when it is asked for. */
struct elf_symbols {
	struct elf_symbol *all; /* in file order */
	size_t count;
	struct dbg_table by_name;   /* into `all` */
	struct elf_symbol *objects; /* sorted by address, then size */
	size_t object_count;
};

void elf_symbols_free(struct elf_symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->all);
	dbg_table_deinit(&symbols->by_name);
	free(symbols->objects);
	free(symbols);
}

static int name_equal(const void *all, uint32_t i, const void *name)
{
	return !strcmp(((const struct elf_symbol *)all)[i].name, name);
}

static uint32_t *slot_of(const struct elf_symbols *s, const char *name)
{
	return dbg_table_slot(&s->by_name, dbg_hash_string(name), name_equal,
			      s->all, name);
}

static int by_address(const void *a, const void *b)
{
	const struct elf_symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->size < y->size ? -1 : x->size > y->size;
}

/** The bytes of the table and of its names. */
struct symbol_bytes {
	const uint8_t *table, *names;
	size_t size, names_size;
};

/** False: nothing defined, or no name. */
static bool read_symbol(const struct symbol_bytes *bytes, size_t i,
			struct elf_symbol *ret, uint8_t *type_ret)
{
	Elf64_Sym raw;

	memcpy(&raw, bytes->table + i * sizeof(raw), sizeof(raw));
	if (raw.st_shndx == SHN_UNDEF || raw.st_name >= bytes->names_size ||
	    !bytes->names[raw.st_name])
		return false;
	ret->name = (const char *)bytes->names + raw.st_name;
	ret->addr = raw.st_value;
	ret->size = raw.st_size;
	*type_ret = ELF64_ST_TYPE(raw.st_info);
	return true;
}

static size_t most_symbols(const struct symbol_bytes *bytes)
{
	size_t n = bytes->size / sizeof(Elf64_Sym);

	return n < UINT32_MAX / 2 ? n : UINT32_MAX / 2;
}

static void build_names(const struct symbol_bytes *bytes, struct elf_symbols *s)
{
	size_t i, n = most_symbols(bytes);
	/* Overlapping names must not make this quadratic. */
	uint64_t budget = NAME_WORK * (uint64_t)bytes->names_size;

	dbg_table_init(&s->by_name, n);
	s->all = xcalloc(n, sizeof(*s->all));
	for (i = 0; i < n; i++) {
		struct elf_symbol *symbol = &s->all[s->count];
		uint32_t *slot;
		uint8_t type;

		if (!read_symbol(bytes, i, symbol, &type))
			continue;
		if (strlen(symbol->name) > budget)
			break;
		budget -= strlen(symbol->name);
		slot = slot_of(s, symbol->name);
		s->count++;
		if (!*slot)
			*slot = (uint32_t)s->count;
	}
}

static void build_objects(const struct symbol_bytes *bytes,
			  struct elf_symbols *s)
{
	size_t i, n = most_symbols(bytes);
	uint8_t type;

	s->objects = xcalloc(n, sizeof(*s->objects));
	for (i = 0; i < n; i++)
		if (read_symbol(bytes, i, &s->objects[s->object_count],
				&type) &&
		    type == STT_OBJECT)
			s->object_count++;
	/* xcalloc() never gives NULL, which qsort() would not take. */
	qsort(s->objects, s->object_count, sizeof(*s->objects), by_address);
}

static struct error *load(struct elf_file *elf, struct symbol_bytes *ret)
{
	const struct elf_section *table;
	struct error *err;
	uint32_t link;

	table = elf_file_find_section(elf, ".symtab");
	if (!table)
		return error_new(ERROR_NOT_FOUND, "'%s' has no symbol table",
				 elf->path);
	link = elf->links[table - elf->sections];
	if (link >= elf->section_count)
		return error_new(ERROR_CORRUPT,
				 "the symbol table of '%s' has no names",
				 elf->path);
	err = elf_file_load(elf, table, &ret->table, &ret->size);
	if (err)
		return err;
	return elf_file_load(elf, &elf->sections[link], &ret->names,
			     &ret->names_size);
}

static bool search(const struct symbol_bytes *bytes, const char *name,
		   struct elf_symbol *ret)
{
	size_t i, n = bytes->size / sizeof(Elf64_Sym);
	uint8_t type;

	for (i = 0; i < n; i++)
		if (read_symbol(bytes, i, ret, &type) &&
		    !strcmp(ret->name, name))
			return true;
	return false;
}

static struct error *no_symbol(const struct elf_file *elf, const char *name)
{
	return error_new(ERROR_NOT_FOUND, "'%s' has no symbol '%s'", elf->path,
			 name);
}

/** The first few names are not worth a table; false: it is time for one. */
static bool search_first(struct elf_file *elf, const char *name,
			 struct elf_symbol *ret, struct error **err_ret)
{
	struct symbol_bytes bytes;
	bool early;

	pthread_mutex_lock(&elf->symbols_lock);
	early = !(elf->symbols && elf->symbols->all) &&
		elf->searches < SEARCHES_MAX;
	elf->searches += early;
	pthread_mutex_unlock(&elf->symbols_lock);
	if (!early)
		return false;
	*err_ret = load(elf, &bytes);
	if (!*err_ret && !search(&bytes, name, ret))
		*err_ret = no_symbol(elf, name);
	return true;
}

static struct error *need_symbols(struct elf_file *elf, bool names,
				  const struct elf_symbols **ret)
{
	struct symbol_bytes bytes;
	struct error *err;
	bool have;

	pthread_mutex_lock(&elf->symbols_lock);
	if (!elf->symbols)
		elf->symbols = xcalloc(1, sizeof(*elf->symbols));
	*ret = elf->symbols;
	have = names ? elf->symbols->all != NULL
		     : elf->symbols->objects != NULL;
	err = have ? NULL : load(elf, &bytes);
	if (!have && !err) {
		if (names)
			build_names(&bytes, elf->symbols);
		else
			build_objects(&bytes, elf->symbols);
	}
	pthread_mutex_unlock(&elf->symbols_lock);
	return err;
}

struct error *elf_file_symbol(struct elf_file *elf, const char *name,
			      struct elf_symbol *ret)
{
	const struct elf_symbols *s;
	struct error *err;
	uint32_t index;

	if (search_first(elf, name, ret, &err))
		return err;
	if ((err = need_symbols(elf, true, &s)))
		return err;
	index = *slot_of(s, name);
	if (!index)
		return no_symbol(elf, name);
	*ret = s->all[index - 1];
	return NULL;
}

static bool covers(const struct elf_symbol *s, uint64_t addr)
{
	return s->addr == addr || (addr > s->addr && addr - s->addr < s->size);
}

struct error *elf_file_symbol_at(struct elf_file *elf, uint64_t addr,
				 struct elf_symbol *ret)
{
	const struct elf_symbols *s;
	struct error *err = need_symbols(elf, false, &s);
	size_t low = 0, high, steps;

	if (err)
		return err;
	high = s->object_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->objects[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	for (steps = 0; low && steps < COVER_STEPS; steps++)
		if (covers(&s->objects[--low], addr)) {
			*ret = s->objects[low];
			return NULL;
		}
	return error_new(ERROR_NOT_FOUND, "no symbol of '%s' covers 0x%" PRIx64,
			 elf->path, addr);
}
