#include "dwarf/dbg.h"

#include <elf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/xalloc.h"
#include "dwarf/dbg_internal.h"
#include "dwarf/debug_link.h"

/*
 * What libdwarf needs to read entries. Not the location and range lists: the
 * release of 2021 writes out of bounds on malformed ones, and inflates them
 * for nothing.
 */
static const char *const shown_names[DBG_SHOWN_MAX] = {
	".debug_info", ".debug_abbrev",	  ".debug_addr",
	".debug_str",  ".debug_line_str", ".debug_str_offsets",
};

/*
 * Lists that the variables of any stack need, inflated meanwhile by a thread
 * that would have nothing to do.
 */
static const char *const list_names[] = {
	".debug_loclists",
	".debug_rnglists",
	".debug_loc",
	".debug_ranges",
};

enum { IDLE_MAX = 16 };

/* Handles that nobody uses now. */
struct dbg_pool {
	pthread_mutex_t lock;
	struct dbg_reader *idle[IDLE_MAX];
	size_t count;
};

struct load {
	struct dbg *dbg;
	struct dbg_section sections[DBG_SHOWN_MAX];
	struct error *errors[DBG_SHOWN_MAX];
};

static void load_list(struct elf_file *elf, const char *name)
{
	const struct elf_section *section = elf_file_find_section(elf, name);
	const uint8_t *data;
	size_t size;

	/* Whoever asks for it will be told what is wrong with it. */
	if (section && section->type != SHT_NOBITS)
		error_free(elf_file_load(elf, section, &data, &size));
}

static void load_section(struct load *load, uint64_t i)
{
	struct dbg_section *to = &load->sections[i];
	const struct elf_section *from =
		elf_file_find_section(load->dbg->elf, shown_names[i]);

	if (!from || from->type == SHT_NOBITS)
		return;
	load->errors[i] =
		elf_file_load(load->dbg->elf, from, &to->data, &to->size);
	to->name = from->name;
}

static void load_sections(void *arg, unsigned worker, uint64_t begin,
			  uint64_t end)
{
	struct load *load = arg;
	uint64_t i;

	(void)worker;
	for (i = begin; i < end; i++) {
		if (i < DBG_SHOWN_MAX)
			load_section(load, i);
		else
			load_list(load->dbg->elf,
				  list_names[i - DBG_SHOWN_MAX]);
	}
}

/** The first two must be there; the others are absent if unreadable. */
static struct error *load_shown(struct dbg *dbg)
{
	struct load load = {.dbg = dbg};
	struct error *err = NULL;
	size_t i;

	job_parallel(NULL, 0, DBG_SHOWN_MAX + ARRAY_LEN(list_names), 1,
		     load_sections, &load);
	for (i = 0; i < DBG_SHOWN_MAX; i++) {
		if (i < 2 && load.errors[i] && !err) {
			err = load.errors[i];
			continue;
		}
		if (load.errors[i])
			log_warn(LOG_PART_BINARY, "%s",
				 load.errors[i]->message);
		error_free(load.errors[i]);
		if (load.sections[i].data && load.sections[i].size)
			dbg->shown[dbg->shown_count++] = load.sections[i];
	}
	return err;
}

static struct error *load_units(struct dbg *dbg)
{
	struct dbg_reader *reader;
	struct error *err = dbg_borrow_reader(dbg, &reader);

	if (err)
		return err;
	err = dbg_reader_units(reader, &dbg->units, &dbg->unit_count);
	dbg_return_reader(dbg, reader);
	return err;
}

static struct error *load(struct dbg *dbg, struct job *job)
{
	struct error *err;

	if ((err = load_shown(dbg)) || (err = job_check(job)) ||
	    (err = load_units(dbg)))
		return err;
	return dbg_index(dbg, job);
}

struct error *dbg_open(struct elf_file *elf, const char *debug_dir,
		       struct job *job, struct dbg **ret)
{
	struct elf_file *separate = NULL;
	struct error *err;
	struct dbg *dbg;

	if (!debug_link_has_info(elf)) {
		err = debug_link_open(elf, debug_dir, &separate);
		if (err)
			return err;
	}
	dbg = xcalloc(1, sizeof(*dbg));
	dbg->pool = xcalloc(1, sizeof(*dbg->pool));
	pthread_mutex_init(&dbg->pool->lock, NULL);
	dbg->separate = separate;
	dbg->elf = separate ? separate : elf;
	err = load(dbg, job);
	if (err) {
		err = error_wrap(err, "debug information of '%s'",
				 elf_file_path(dbg->elf));
		dbg_close(dbg);
		return err;
	}
	*ret = dbg;
	return NULL;
}

void dbg_close(struct dbg *dbg)
{
	size_t i;

	if (!dbg)
		return;
	for (i = 0; i < dbg->pool->count; i++)
		dbg_reader_close(dbg->pool->idle[i]);
	pthread_mutex_destroy(&dbg->pool->lock);
	free(dbg->pool);
	dbg_table_deinit(&dbg->type_names);
	dbg_table_deinit(&dbg->global_names);
	dbg_table_deinit(&dbg->func_names);
	dbg_table_deinit(&dbg->constant_names);
	dbg_table_deinit(&dbg->runtime_types);
	dbg_table_deinit(&dbg->type_dies);
	free(dbg->units);
	free(dbg->types);
	free(dbg->members);
	free(dbg->globals);
	free(dbg->funcs);
	free(dbg->constants);
	elf_file_close(dbg->separate);
	free(dbg);
}

const char *dbg_separate_path(const struct dbg *dbg)
{
	return dbg->separate ? elf_file_path(dbg->separate) : NULL;
}

struct error *dbg_borrow_reader(const struct dbg *dbg, struct dbg_reader **ret)
{
	struct dbg_pool *pool = dbg->pool;
	struct dbg_reader *reader = NULL;

	pthread_mutex_lock(&pool->lock);
	if (pool->count)
		reader = pool->idle[--pool->count];
	pthread_mutex_unlock(&pool->lock);
	if (!reader)
		return dbg_reader_open(dbg->shown, dbg->shown_count, ret);
	*ret = reader;
	return NULL;
}

void dbg_return_reader(const struct dbg *dbg, struct dbg_reader *reader)
{
	struct dbg_pool *pool = dbg->pool;

	pthread_mutex_lock(&pool->lock);
	if (pool->count < IDLE_MAX) {
		pool->idle[pool->count++] = reader;
		reader = NULL;
	}
	pthread_mutex_unlock(&pool->lock);
	dbg_reader_close(reader);
}

size_t dbg_unit_of(const struct dbg *dbg, uint64_t die)
{
	size_t low = 0, high = dbg->unit_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (dbg->units[mid].offset <= die)
			low = mid + 1;
		else
			high = mid;
	}
	return low && die < dbg->units[low - 1].next ? low - 1 : SIZE_MAX;
}
