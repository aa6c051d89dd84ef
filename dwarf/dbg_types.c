#include <string.h>

#include "core/base/limits.h"
#include "dwarf/dbg_internal.h"

static const uint64_t POINTER_SIZE = 8;

/*
 * The tables compare through these; arg is the array.
 */

static int type_named(const void *arg, uint32_t index, const void *key)
{
	return !strcmp(((const struct dbg_type *)arg)[index].name, key);
}

static int type_described(const void *arg, uint32_t index, const void *key)
{
	return ((const struct dbg_type *)arg)[index].runtime_type ==
	       *(const uint64_t *)key;
}

static int global_named(const void *arg, uint32_t index, const void *key)
{
	return !strcmp(((const struct dbg_global *)arg)[index].name, key);
}

static int func_named(const void *arg, uint32_t index, const void *key)
{
	return !strcmp(((const struct dbg_func *)arg)[index].name, key);
}

static int constant_named(const void *arg, uint32_t index, const void *key)
{
	return !strcmp(((const struct dbg_constant *)arg)[index].name, key);
}

/** Which of several types of one name is meant. */
static unsigned rank(const struct dbg_type *type)
{
	return (type->is_go ? 4U : 0U) + (type->tag == DBG_STRUCT ? 2U : 0U) +
	       (type->tag != DBG_TYPEDEF);
}

static void index_types(struct dbg *dbg)
{
	uint32_t i, *slot;

	dbg_table_init(&dbg->type_names, dbg->type_count);
	dbg_table_init(&dbg->runtime_types, dbg->type_count);
	for (i = 1; i < dbg->type_count; i++) {
		const struct dbg_type *type = &dbg->types[i];

		if (type->name[0]) {
			slot = dbg_table_slot(
				&dbg->type_names, dbg_hash_string(type->name),
				type_named, dbg->types, type->name);
			if (!*slot || rank(&dbg->types[*slot - 1]) < rank(type))
				*slot = i + 1;
		}
		if (!type->runtime_type || !type->is_go)
			continue;
		slot = dbg_table_slot(&dbg->runtime_types,
				      dbg_hash_number(type->runtime_type),
				      type_described, dbg->types,
				      &type->runtime_type);
		if (!*slot)
			*slot = i + 1;
	}
}

static void index_globals(struct dbg *dbg)
{
	uint32_t i, *slot;

	dbg_table_init(&dbg->global_names, dbg->global_count);
	for (i = 0; i < dbg->global_count; i++) {
		const struct dbg_global *global = &dbg->globals[i];

		slot = dbg_table_slot(&dbg->global_names,
				      dbg_hash_string(global->name),
				      global_named, dbg->globals, global->name);
		if (!*slot || (global->is_go && !dbg->globals[*slot - 1].is_go))
			*slot = i + 1;
	}
}

static void index_funcs(struct dbg *dbg)
{
	uint32_t i, *slot;

	dbg_table_init(&dbg->func_names, dbg->func_count);
	for (i = 0; i < dbg->func_count; i++) {
		const char *name = dbg->funcs[i].name;

		if (!name[0])
			continue;
		slot = dbg_table_slot(&dbg->func_names, dbg_hash_string(name),
				      func_named, dbg->funcs, name);
		if (!*slot)
			*slot = i + 1;
	}
}

static void index_constants(struct dbg *dbg)
{
	uint32_t i, *slot;

	dbg_table_init(&dbg->constant_names, dbg->constant_count);
	for (i = 0; i < dbg->constant_count; i++) {
		const char *name = dbg->constants[i].name;

		slot = dbg_table_slot(&dbg->constant_names,
				      dbg_hash_string(name), constant_named,
				      dbg->constants, name);
		if (!*slot)
			*slot = i + 1;
	}
}

static void index_one(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	static void (*const builders[])(struct dbg *) = {
		index_types,
		index_funcs,
		index_globals,
		index_constants,
	};

	(void)worker;
	for (; begin < end; begin++)
		builders[begin](arg);
}

void dbg_index_names(struct dbg *dbg)
{
	job_parallel(NULL, 0, 4, 1, index_one, dbg);
}

size_t dbg_type_count(const struct dbg *dbg)
{
	return dbg->type_count;
}

const struct dbg_type *dbg_type(const struct dbg *dbg, dbg_ref ref)
{
	return &dbg->types[ref < dbg->type_count ? ref : 0];
}

const struct dbg_member *dbg_members(const struct dbg *dbg,
				     const struct dbg_type *type)
{
	return dbg->members ? dbg->members + type->first_member : NULL;
}

dbg_ref dbg_find_type(const struct dbg *dbg, const char *name)
{
	const uint32_t *slot =
		dbg_table_slot(&dbg->type_names, dbg_hash_string(name),
			       type_named, dbg->types, name);

	return slot && *slot ? *slot - 1 : 0;
}

dbg_ref dbg_find_runtime_type(const struct dbg *dbg, uint64_t offset)
{
	const uint32_t *slot =
		dbg_table_slot(&dbg->runtime_types, dbg_hash_number(offset),
			       type_described, dbg->types, &offset);

	return slot && *slot ? *slot - 1 : 0;
}

dbg_ref dbg_strip_typedefs(const struct dbg *dbg, dbg_ref ref)
{
	uint64_t steps;

	for (steps = 0; steps < LIMIT_TYPE_DEPTH; steps++) {
		const struct dbg_type *type = dbg_type(dbg, ref);

		if (type->tag != DBG_TYPEDEF)
			return ref < dbg->type_count ? ref : 0;
		ref = type->target;
	}
	return 0;
}

uint64_t dbg_size_of(const struct dbg *dbg, dbg_ref ref)
{
	uint64_t steps, size, count = 1;

	for (steps = 0; steps < LIMIT_TYPE_DEPTH; steps++) {
		const struct dbg_type *type = dbg_type(dbg, ref);

		size = type->size;
		if (!size &&
		    (type->tag == DBG_POINTER || type->tag == DBG_SUBROUTINE))
			size = POINTER_SIZE;
		if (!size && type->tag == DBG_ARRAY &&
		    __builtin_mul_overflow(count, type->count, &count))
			return 0;
		if (size ||
		    (type->tag != DBG_TYPEDEF && type->tag != DBG_ARRAY))
			return __builtin_mul_overflow(size, count, &size)
				       ? 0
				       : size;
		ref = type->target;
	}
	return 0;
}

static const struct dbg_member *find_member(const struct dbg *dbg, dbg_ref ref,
					    const char *name, size_t len)
{
	const struct dbg_type *type =
		dbg_type(dbg, dbg_strip_typedefs(dbg, ref));
	const struct dbg_member *member = dbg_members(dbg, type);
	uint32_t i;

	for (i = 0; i < type->member_count; i++)
		if (!strncmp(member[i].name, name, len) && !member[i].name[len])
			return &member[i];
	return NULL;
}

bool dbg_field(const struct dbg *dbg, const char *type, const char *field,
	       uint64_t *offset_ret, uint64_t *size_ret)
{
	dbg_ref ref = dbg_find_type(dbg, type);
	uint64_t offset = 0;

	for (;;) {
		size_t len = strcspn(field, ".");
		const struct dbg_member *member =
			find_member(dbg, ref, field, len);

		if (!member ||
		    __builtin_add_overflow(offset, member->offset, &offset))
			return false;
		ref = member->type;
		field += len;
		if (!*field)
			break;
		field++;
	}
	*offset_ret = offset;
	*size_ret = dbg_size_of(dbg, ref);
	return true;
}

bool dbg_constant(const struct dbg *dbg, const char *name, int64_t *ret)
{
	const uint32_t *slot =
		dbg_table_slot(&dbg->constant_names, dbg_hash_string(name),
			       constant_named, dbg->constants, name);

	if (!slot || !*slot)
		return false;
	*ret = dbg->constants[*slot - 1].value;
	return true;
}

size_t dbg_global_count(const struct dbg *dbg)
{
	return dbg->global_count;
}

const struct dbg_global *dbg_global(const struct dbg *dbg, size_t i)
{
	return &dbg->globals[i];
}

const struct dbg_global *dbg_find_global(const struct dbg *dbg,
					 const char *name)
{
	const uint32_t *slot =
		dbg_table_slot(&dbg->global_names, dbg_hash_string(name),
			       global_named, dbg->globals, name);

	return slot && *slot ? &dbg->globals[*slot - 1] : NULL;
}

size_t dbg_func_count(const struct dbg *dbg)
{
	return dbg->func_count;
}

const struct dbg_func *dbg_func(const struct dbg *dbg, size_t i)
{
	return &dbg->funcs[i];
}

const struct dbg_func *dbg_func_at(const struct dbg *dbg, uint64_t pc)
{
	size_t low = 0, high = dbg->func_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (dbg->funcs[mid].low <= pc)
			low = mid + 1;
		else
			high = mid;
	}
	return low && pc < dbg->funcs[low - 1].high ? &dbg->funcs[low - 1]
						    : NULL;
}

const struct dbg_func *dbg_find_func(const struct dbg *dbg, const char *name)
{
	const uint32_t *slot =
		dbg_table_slot(&dbg->func_names, dbg_hash_string(name),
			       func_named, dbg->funcs, name);

	return slot && *slot ? &dbg->funcs[*slot - 1] : NULL;
}
