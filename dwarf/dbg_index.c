#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/xalloc.h"
#include "dwarf/dbg_expr.h"
#include "dwarf/dbg_internal.h"
#include "dwarf/dbg_scan.h"

/*
 * Of all kinds in one file; the largest programs have some 500,000
 * functions. A compressed section of a few bytes may claim millions.
 */
static const size_t ENTRIES_MAX = 1 << 24;

/* The types of one unit refer to each other by offset until all are known. */
struct raw_refs {
	uint64_t target, key, elem;
};

/* An entry whose name others borrow by its offset. */
struct origin {
	uint64_t die;
	const char *name;
	uint64_t type;
};

#define VECTOR(type)                                                           \
	struct {                                                               \
		type *p;                                                       \
		size_t len, cap;                                               \
	}

/* What one unit contributes. */
struct harvest {
	const struct dbg_unit *unit;
	VECTOR(struct dbg_type) types;
	VECTOR(struct raw_refs) refs; /* parallel to types */
	VECTOR(struct dbg_member) members;
	VECTOR(uint64_t) member_types; /* parallel to members */
	VECTOR(struct dbg_global) globals;
	VECTOR(uint64_t) global_types;	 /* parallel to globals */
	VECTOR(uint64_t) global_origins; /* parallel to globals */
	VECTOR(struct dbg_func) funcs;
	VECTOR(uint64_t) func_origins; /* parallel to funcs */
	VECTOR(struct dbg_constant) constants;
	VECTOR(struct origin) origins;
	bool broken;
	atomic_size_t *entries; /* of all units */
};

#define PUSH(vector, ...)                                                      \
	do {                                                                   \
		GROW_ARRAY((vector).p, (vector).len, (vector).cap);            \
		(vector).p[(vector).len++] = __VA_ARGS__;                      \
	} while (0)

/** False once the file has claimed more than anybody believes. */
static bool room(struct harvest *h)
{
	return atomic_fetch_add_explicit(h->entries, 1, memory_order_relaxed) <
	       ENTRIES_MAX;
}

static uint8_t type_tag(uint16_t tag)
{
	switch (tag) {
	case DBG_TAG_BASE:
	case DBG_TAG_ENUMERATION:
		return DBG_BASE;
	case DBG_TAG_STRUCTURE:
	case DBG_TAG_CLASS:
		return DBG_STRUCT;
	case DBG_TAG_POINTER:
		return DBG_POINTER;
	case DBG_TAG_ARRAY:
		return DBG_ARRAY;
	case DBG_TAG_TYPEDEF:
	case DBG_TAG_CONST:
	case DBG_TAG_VOLATILE:
		return DBG_TYPEDEF;
	case DBG_TAG_SUBROUTINE_TYPE:
		return DBG_SUBROUTINE;
	default:
		return DBG_OTHER;
	}
}

static bool add_type(struct harvest *h, const struct dbg_die *die)
{
	if (!room(h))
		return false;
	PUSH(h->types, (struct dbg_type){
			       .name = die->name ? die->name : "",
			       .die = die->offset,
			       .size = die->byte_size,
			       .runtime_type = die->runtime_type,
			       .first_member = (uint32_t)h->members.len,
			       .tag = type_tag(die->tag),
			       .kind = die->kind,
			       .is_go = h->unit->is_go,
		       });
	PUSH(h->refs, (struct raw_refs){die->type, die->key, die->elem});
	return die->tag == DBG_TAG_STRUCTURE || die->tag == DBG_TAG_CLASS ||
	       die->tag == DBG_TAG_UNION || die->tag == DBG_TAG_ARRAY;
}

static void add_member(struct harvest *h, const struct dbg_die *die)
{
	struct dbg_type *type = &h->types.p[h->types.len - 1];

	/* A bit field has no offset in bytes. */
	if (type->tag == DBG_ARRAY || die->has & DBG_HAS_BIT_SIZE || !room(h))
		return;
	PUSH(h->members, (struct dbg_member){
				 .name = die->name ? die->name : "",
				 .offset = die->member_offset,
				 .embedded = die->has & DBG_IS_EMBEDDED,
			 });
	PUSH(h->member_types, die->type);
	type->member_count++;
}

/* Several subranges are the dimensions of one C array. */
static void add_subrange(struct harvest *h, const struct dbg_die *die)
{
	struct dbg_type *type = &h->types.p[h->types.len - 1];
	uint64_t count = die->has & DBG_HAS_COUNT ? die->count : 0;

	if (type->tag != DBG_ARRAY)
		return;
	if (type->member_count)
		count = __builtin_mul_overflow(type->count, count, &count)
				? 0
				: count;
	type->count = count;
	type->member_count = 1; /* has a dimension; 0 again when merged */
}

static void add_global(struct harvest *h, const struct dbg_die *die)
{
	struct dbg_location where = {0};
	struct error *err;

	if (!die->location || !room(h))
		return;
	err = dbg_expr_locate(die->location, die->location_len, NULL, &where);
	if (err || where.count != 1 || where.pieces[0].where != DBG_ADDRESS ||
	    where.pieces[0].deref) {
		error_free(err);
		return;
	}
	PUSH(h->globals, (struct dbg_global){
				 .name = die->name,
				 .addr = (uint64_t)where.pieces[0].value,
				 .is_go = h->unit->is_go,
			 });
	PUSH(h->global_types, die->type);
	PUSH(h->global_origins, die->origin);
}

static void add_func(struct harvest *h, const struct dbg_die *die)
{
	static const uint32_t both = DBG_HAS_LOW | DBG_HAS_HIGH;

	if (!room(h))
		return;
	if (die->name)
		PUSH(h->origins, (struct origin){die->offset, die->name, 0});
	if ((die->has & both) != both || die->high <= die->low)
		return;
	PUSH(h->funcs, (struct dbg_func){
			       .name = die->name,
			       .low = die->low,
			       .high = die->high,
			       .die = die->offset,
			       .decl_line = die->decl_line,
		       });
	PUSH(h->func_origins, die->origin);
}

static void add_constant(struct harvest *h, const struct dbg_die *die)
{
	if (die->name && die->has & DBG_HAS_CONST && room(h))
		PUSH(h->constants,
		     (struct dbg_constant){die->name, die->const_value});
}

static bool visit(void *arg, const struct dbg_die *die, unsigned depth)
{
	struct harvest *h = arg;

	if (depth) {
		if (die->tag == DBG_TAG_MEMBER)
			add_member(h, die);
		else if (die->tag == DBG_TAG_SUBRANGE)
			add_subrange(h, die);
		return false;
	}
	switch (die->tag) {
	case DBG_TAG_SUBPROGRAM:
		add_func(h, die);
		return false;
	case DBG_TAG_VARIABLE:
		if (die->name && !die->location && room(h))
			PUSH(h->origins, (struct origin){die->offset, die->name,
							 die->type});
		add_global(h, die);
		return false;
	case DBG_TAG_CONSTANT:
		add_constant(h, die);
		return false;
	case DBG_TAG_BASE:
	case DBG_TAG_ENUMERATION:
	case DBG_TAG_STRUCTURE:
	case DBG_TAG_CLASS:
	case DBG_TAG_UNION:
	case DBG_TAG_POINTER:
	case DBG_TAG_ARRAY:
	case DBG_TAG_TYPEDEF:
	case DBG_TAG_CONST:
	case DBG_TAG_VOLATILE:
	case DBG_TAG_SUBROUTINE_TYPE:
		return add_type(h, die);
	default:
		return false;
	}
}

static void harvest_deinit(struct harvest *h)
{
	free(h->types.p);
	free(h->refs.p);
	free(h->members.p);
	free(h->member_types.p);
	free(h->globals.p);
	free(h->global_types.p);
	free(h->global_origins.p);
	free(h->funcs.p);
	free(h->func_origins.p);
	free(h->constants.p);
	free(h->origins.p);
}

/*
 * All units, walked by several threads, largest first: the
 * one with the runtime holds all types and would otherwise end last.
 */
struct gather {
	struct dbg *dbg;
	struct harvest *harvests; /* by unit */
	uint32_t *order;
	struct job *job;
	atomic_size_t entries;
};

/* What the scanner does not know, or thinks malformed. */
static void gather_slowly(const struct dbg *dbg, struct harvest *h)
{
	struct dbg_reader *reader;
	struct error *err = dbg_borrow_reader(dbg, &reader);

	harvest_deinit(h);
	*h = (struct harvest){
		.unit = h->unit, .entries = h->entries, .broken = err != NULL};
	if (!err) {
		h->broken = !dbg_reader_walk(reader, h->unit->die, visit, h);
		dbg_return_reader(dbg, reader);
	}
	error_free(err);
}

static void gather_units(void *arg, unsigned worker, uint64_t begin,
			 uint64_t end)
{
	struct gather *g = arg;
	const struct dbg *dbg = g->dbg;
	uint64_t i;

	(void)worker;
	for (i = begin; i < end; i++) {
		struct harvest *h = &g->harvests[g->order[i]];

		if (!dbg_scan_unit(dbg->shown, dbg->shown_count, h->unit, visit,
				   h))
			gather_slowly(dbg, h);
	}
}

static int larger_first(const void *a, const void *b, void *arg)
{
	const struct dbg_unit *units = arg;
	const struct dbg_unit *x = &units[*(const uint32_t *)a];
	const struct dbg_unit *y = &units[*(const uint32_t *)b];
	uint64_t nx = x->next - x->offset, ny = y->next - y->offset;

	return nx > ny ? -1 : nx < ny;
}

static void gather_all(struct gather *g)
{
	struct dbg *dbg = g->dbg;
	size_t i;

	g->harvests = xcalloc(dbg->unit_count, sizeof(*g->harvests));
	g->order = xcalloc(dbg->unit_count, sizeof(*g->order));
	for (i = 0; i < dbg->unit_count; i++) {
		g->harvests[i].unit = &dbg->units[i];
		g->harvests[i].entries = &g->entries;
		g->order[i] = (uint32_t)i;
	}
	qsort_r(g->order, dbg->unit_count, sizeof(*g->order), larger_first,
		dbg->units);
	job_parallel(g->job, 0, dbg->unit_count, 1, gather_units, g);
	free(g->order);
}

#define APPEND(to, from)                                                       \
	do {                                                                   \
		size_t append_len = (to).len + (from).len;                     \
		if (append_len > (to).cap) {                                   \
			(to).cap = 2 * append_len;                             \
			(to).p = xreallocarray((to).p, (to).cap,               \
					       sizeof(*(to).p));               \
		}                                                              \
		if ((from).len)                                                \
			memcpy((to).p + (to).len, (from).p,                    \
			       (from).len * sizeof(*(to).p));                  \
		(to).len = append_len;                                         \
	} while (0)

/** Add what a later unit has; offsets of entries stay ascending. */
static void merge(struct harvest *to, const struct harvest *from)
{
	size_t i, types = to->types.len, members = to->members.len;

	APPEND(to->types, from->types);
	APPEND(to->refs, from->refs);
	APPEND(to->members, from->members);
	APPEND(to->member_types, from->member_types);
	APPEND(to->globals, from->globals);
	APPEND(to->global_types, from->global_types);
	APPEND(to->global_origins, from->global_origins);
	APPEND(to->funcs, from->funcs);
	APPEND(to->func_origins, from->func_origins);
	APPEND(to->constants, from->constants);
	APPEND(to->origins, from->origins);
	for (i = types; i < to->types.len; i++) {
		to->types.p[i].first_member += (uint32_t)members;
		if (to->types.p[i].tag == DBG_ARRAY)
			to->types.p[i].member_count = 0;
	}
}

static int die_equal(const void *arg, uint32_t index, const void *key)
{
	const struct dbg_type *types = arg;

	return types[index].die == *(const uint64_t *)key;
}

dbg_ref dbg_ref_at(const struct dbg *dbg, uint64_t die)
{
	const uint32_t *slot;

	if (!die)
		return 0;
	slot = dbg_table_slot(&dbg->type_dies, dbg_hash_number(die), die_equal,
			      dbg->types, &die);
	return slot && *slot ? *slot - 1 : 0;
}

static void resolve_types(struct dbg *dbg, const struct harvest *all)
{
	size_t i;

	dbg_table_init(&dbg->type_dies, dbg->type_count);
	for (i = 1; i < dbg->type_count; i++) {
		uint64_t die = dbg->types[i].die;
		uint32_t *slot =
			dbg_table_slot(&dbg->type_dies, dbg_hash_number(die),
				       die_equal, dbg->types, &die);

		*slot = (uint32_t)i + 1;
	}
	for (i = 1; i < dbg->type_count; i++) {
		struct dbg_type *type = &dbg->types[i];

		type->target = dbg_ref_at(dbg, all->refs.p[i].target);
		type->key = dbg_ref_at(dbg, all->refs.p[i].key);
		type->elem = dbg_ref_at(dbg, all->refs.p[i].elem);
	}
	for (i = 0; i < dbg->member_count; i++)
		dbg->members[i].type = dbg_ref_at(dbg, all->member_types.p[i]);
}

static const struct origin *find_origin(const struct harvest *all, uint64_t die)
{
	size_t low = 0, high = all->origins.len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (all->origins.p[mid].die < die)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == all->origins.len || all->origins.p[low].die != die)
		return NULL;
	return &all->origins.p[low];
}

static int global_by_addr(const void *a, const void *b)
{
	const struct dbg_global *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static int func_by_low(const void *a, const void *b)
{
	const struct dbg_func *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

/** Names and types from elsewhere; globals without a name are dropped. */
static void resolve_globals(struct dbg *dbg, const struct harvest *all)
{
	size_t i, kept = 0;

	for (i = 0; i < dbg->global_count; i++) {
		struct dbg_global global = dbg->globals[i];
		const struct origin *origin =
			find_origin(all, all->global_origins.p[i]);
		uint64_t type = all->global_types.p[i];

		if (!global.name && origin)
			global.name = origin->name;
		if (!type && origin)
			type = origin->type;
		if (!global.name)
			continue;
		global.type = dbg_ref_at(dbg, type);
		dbg->globals[kept++] = global;
	}
	dbg->global_count = kept;
	if (kept)
		qsort(dbg->globals, kept, sizeof(*dbg->globals),
		      global_by_addr);
}

static void resolve_funcs(struct dbg *dbg, const struct harvest *all)
{
	bool sorted = true;
	size_t i;

	for (i = 0; i < dbg->func_count; i++) {
		struct dbg_func *func = &dbg->funcs[i];

		if (!func->name) {
			const struct origin *origin =
				find_origin(all, all->func_origins.p[i]);

			func->name = origin ? origin->name : "";
		}
		sorted &= !i || func[-1].low <= func->low;
	}
	if (!sorted)
		qsort(dbg->funcs, dbg->func_count, sizeof(*dbg->funcs),
		      func_by_low);
}

/*
 * Go up to 1.22 gives uintptr the address of its descriptor where all other
 * types have the offset.
 */
static void fix_uintptr(struct dbg *dbg)
{
	struct elf_symbol base = {0};
	size_t i;

	for (i = 1; i < dbg->type_count; i++) {
		struct dbg_type *type = &dbg->types[i];

		if (type->runtime_type < elf_file_base(dbg->elf) ||
		    !type->runtime_type || strcmp(type->name, "uintptr"))
			continue;
		if (!base.name) {
			struct error *err = elf_file_symbol(
				dbg->elf, "runtime.types", &base);

			if (err) {
				error_free(err);
				return;
			}
		}
		if (type->runtime_type >= base.addr)
			type->runtime_type -= base.addr;
	}
}

struct resolve {
	struct dbg *dbg;
	const struct harvest *all;
};

/** Functions know nothing of types: theirs is a task of its own. */
static void resolve_range(void *arg, unsigned worker, uint64_t begin,
			  uint64_t end)
{
	const struct resolve *r = arg;

	(void)worker;
	for (; begin < end; begin++) {
		if (begin) {
			resolve_funcs(r->dbg, r->all);
			continue;
		}
		resolve_types(r->dbg, r->all);
		resolve_globals(r->dbg, r->all);
	}
}

static struct error *take(struct dbg *dbg, struct gather *g,
			  struct harvest *all)
{
	size_t i, broken = 0;

	PUSH(all->types, (struct dbg_type){.name = ""});
	PUSH(all->refs, (struct raw_refs){0});
	for (i = 0; i < dbg->unit_count; i++) {
		broken += g->harvests[i].broken;
		merge(all, &g->harvests[i]);
	}
	dbg->types = all->types.p;
	dbg->type_count = all->types.len;
	dbg->members = all->members.p;
	dbg->member_count = all->members.len;
	dbg->globals = all->globals.p;
	dbg->global_count = all->globals.len;
	dbg->funcs = all->funcs.p;
	dbg->func_count = all->funcs.len;
	dbg->constants = all->constants.p;
	dbg->constant_count = all->constants.len;
	if (broken)
		log_warn(LOG_PART_BINARY,
			 "%zu of %zu units of '%s' are malformed", broken,
			 dbg->unit_count, elf_file_path(dbg->elf));
	if (broken == dbg->unit_count && dbg->type_count == 1 &&
	    !dbg->func_count)
		return error_new(ERROR_CORRUPT,
				 "debug information of '%s' is malformed",
				 elf_file_path(dbg->elf));
	return NULL;
}

struct error *dbg_index(struct dbg *dbg, struct job *job)
{
	struct gather g = {.dbg = dbg, .job = job};
	struct harvest all = {0};
	struct error *err;
	size_t i;

	gather_all(&g);
	err = job_check(job);
	if (!err)
		err = take(dbg, &g, &all);
	for (i = 0; i < dbg->unit_count; i++)
		harvest_deinit(&g.harvests[i]);
	free(g.harvests);
	if (!err) {
		job_parallel(NULL, 0, 2, 1, resolve_range,
			     &(struct resolve){dbg, &all});
		fix_uintptr(dbg);
		dbg_index_names(dbg);
	}
	/* These five now belong to the dbg, also on error. */
	all.types.p = NULL;
	all.members.p = NULL;
	all.globals.p = NULL;
	all.funcs.p = NULL;
	all.constants.p = NULL;
	harvest_deinit(&all);
	return err;
}
