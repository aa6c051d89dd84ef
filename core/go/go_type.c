/*
 * The type table. Entries of the debug information sit in one array whose
 * index is the DWARF reference; entries made from descriptors while the heap
 * is walked go into chunks that never move. Addresses that were resolved once
 * are found again without the lock.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/go_types_priv.h"

enum { ARENA_BLOCK = 1 << 16 };

void *arena_alloc(struct arena *arena, size_t size)
{
	void *p;

	size = (size + 7) & ~(size_t)7;
	if (arena->used + size > arena->size || !arena->block) {
		arena->size = size > ARENA_BLOCK ? size : ARENA_BLOCK;
		arena->block = xcalloc(1, arena->size);
		arena->used = 0;
		GROW_ARRAY(arena->blocks, arena->block_count, arena->block_cap);
		arena->blocks[arena->block_count++] = arena->block;
	}
	p = arena->block + arena->used;
	arena->used += size;
	return p;
}

const char *arena_string(struct arena *arena, const char *s, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, s, len);
	return copy;
}

void arena_deinit(struct arena *arena)
{
	size_t i;

	for (i = 0; i < arena->block_count; i++)
		free(arena->blocks[i]);
	free(arena->blocks);
	*arena = (struct arena){0};
}

struct go_type *type_at(const struct go_types *types, uint32_t id)
{
	uint32_t n;

	if (id < types->base_count)
		return &types->base[id];
	n = id - types->base_count;
	return &types->chunks[n / TYPE_CHUNK]->types[n % TYPE_CHUNK];
}

static _Atomic(struct go_slots *) *slots_at(const struct go_types *types,
					    uint32_t id)
{
	uint32_t n;

	if (id < types->base_count)
		return &types->base_slots[id];
	n = id - types->base_count;
	return &types->chunks[n / TYPE_CHUNK]->slots[n % TYPE_CHUNK];
}

uint32_t type_new(struct go_types *types)
{
	uint32_t id = atomic_load(&types->count);
	uint32_t n = id - types->base_count;

	if (n / TYPE_CHUNK >= TYPE_CHUNKS)
		return 0;
	if (!types->chunks[n / TYPE_CHUNK])
		types->chunks[n / TYPE_CHUNK] =
			xcalloc(1, sizeof(struct type_chunk));
	type_at(types, id)->id = id;
	type_at(types, id)->name = "?";
	atomic_store(&types->count, id + 1);
	return id;
}

static struct type_cache_cell *cache_cell(const struct go_types *types,
					  uint64_t addr)
{
	const uint32_t mask = (1u << TYPE_CACHE_BITS) - 1;
	uint32_t i = (uint32_t)((addr >> 3) * 0x9e3779b97f4a7c15u >> 40) & mask;
	uint64_t at;

	while ((at = atomic_load_explicit(&types->cache[i].addr,
					  memory_order_acquire)) &&
	       at != addr)
		i = (i + 1) & mask;
	return &types->cache[i];
}

bool type_cache_find(const struct go_types *types, uint64_t addr, uint32_t *ret)
{
	const struct type_cache_cell *cell = cache_cell(types, addr);

	if (!atomic_load_explicit(&cell->addr, memory_order_acquire))
		return false;
	*ret = cell->id;
	return true;
}

void type_cache_add(struct go_types *types, uint64_t addr, uint32_t id)
{
	struct type_cache_cell *cell;

	/* Half full is the end: a hostile heap may hold any number of words
	 * that look like descriptors, they are decoded each time then. */
	if (!addr || types->cached >= 1u << (TYPE_CACHE_BITS - 1))
		return;
	cell = cache_cell(types, addr);
	if (atomic_load(&cell->addr))
		return;
	cell->id = id;
	types->cached++;
	atomic_store_explicit(&cell->addr, addr, memory_order_release);
}

struct error *go_types_new(const struct go_program *program,
			   const struct sample *sample, uint64_t bias,
			   struct go_types **ret)
{
	struct go_types *types = xcalloc(1, sizeof(*types));
	struct error *err;

	types->program = program;
	types->sample = sample;
	types->bias = bias;
	pthread_mutex_init(&types->lock, NULL);
	types->cache = big_alloc(sizeof(*types->cache) << TYPE_CACHE_BITS);
	go_layout_load(program, &types->layout);
	err = go_modules_load(program, sample, bias, &types->layout,
			      &types->modules);
	if (err) {
		go_types_free(types);
		return error_wrap(err, "types");
	}
	types->base_count =
		program->dbg ? (uint32_t)dbg_type_count(program->dbg) : 1;
	if (!types->base_count)
		types->base_count = 1;
	types->base = xcalloc(types->base_count, sizeof(*types->base));
	types->base_slots =
		xcalloc(types->base_count, sizeof(*types->base_slots));
	types->canon = xcalloc(types->base_count, sizeof(*types->canon));
	types->base[0].name = "?";
	atomic_store(&types->count, types->base_count);
	if (program->dbg)
		types_load_dwarf(types);
	*ret = types;
	return NULL;
}

static void free_slots(struct go_slots *slots)
{
	if (!slots)
		return;
	free((void *)(uintptr_t)slots->slots);
	free(slots);
}

void go_types_free(struct go_types *types)
{
	uint32_t i, n;

	if (!types)
		return;
	n = atomic_load(&types->count);
	for (i = 0; types->base_slots && i < n; i++)
		free_slots(atomic_load(slots_at(types, i)));
	for (i = 0; i < TYPE_CHUNKS; i++)
		free(types->chunks[i]);
	free(types->base);
	free(types->base_slots);
	free(types->canon);
	free(types->pending);
	free(types->late);
	free(types->unnamed);
	dbg_table_deinit(&types->by_name);
	big_free(types->cache, sizeof(*types->cache) << TYPE_CACHE_BITS);
	closure_texts_free(types);
	go_modules_deinit(&types->modules);
	arena_deinit(&types->arena);
	pthread_mutex_destroy(&types->lock);
	free(types);
}

uint32_t go_type_count(const struct go_types *types)
{
	return atomic_load(&types->count);
}

const struct go_type *go_type(const struct go_types *types, uint32_t id)
{
	return type_at(types, id < atomic_load(&types->count) ? id : 0);
}

uint32_t go_type_from_dbg(const struct go_types *types, uint32_t ref)
{
	return ref < types->base_count ? types->canon[ref] : 0;
}

/* Made from one descriptor, for itself or for a part of that map. */
static uint64_t origin(const struct go_types *types, const struct go_type *type)
{
	return type->rtype ? type->rtype : go_type(types, type->map)->rtype;
}

int go_type_compare(const struct go_types *types, uint32_t a, uint32_t b)
{
	const struct go_type *x = go_type(types, a), *y = go_type(types, b);
	int order = strcmp(x->name, y->name);
	uint64_t from_x, from_y;

	if (order || x->id == y->id)
		return order;
	/* Those of the debug information have ids that never change. */
	if (x->id < types->base_count || y->id < types->base_count)
		return x->id < y->id ? -1 : 1;
	from_x = origin(types, x);
	from_y = origin(types, y);
	if (from_x != from_y)
		return from_x < from_y ? -1 : 1;
	return x->id < y->id ? -1 : 1;
}

/* The DWARF entry of a descriptor, 0 if it has none. */
static uint32_t known_rtype(const struct go_types *types, uint64_t rtype)
{
	const struct go_module *module =
		go_module_of_type(&types->modules, rtype);

	if (!module || !types->program->dbg || rtype == module->types)
		return 0;
	return go_type_from_dbg(types,
				dbg_find_runtime_type(types->program->dbg,
						      rtype - module->types));
}

static uint32_t resolve_rtype(struct go_types *types, uint64_t rtype)
{
	uint32_t id = known_rtype(types, rtype);

	if (!id)
		id = rtype_decode(types, rtype, 0);
	else if (!type_at(types, id)->rtype)
		type_at(types, id)->rtype = rtype;
	type_cache_add(types, rtype, id);
	return id;
}

uint32_t go_type_from_rtype(struct go_types *types, uint64_t rtype)
{
	uint32_t id;

	if (rtype < 4096 || rtype % 4)
		return 0;
	if (type_cache_find(types, rtype, &id))
		return id;
	pthread_mutex_lock(&types->lock);
	if (!type_cache_find(types, rtype, &id))
		id = resolve_rtype(types, rtype);
	pthread_mutex_unlock(&types->lock);
	return id;
}

uint32_t go_type_from_itab(struct go_types *types, uint64_t itab)
{
	uint64_t inter, rtype;
	uint32_t id;

	if (itab < 4096 || itab % 8)
		return 0;
	/* Apart from what the same address was as a descriptor: nothing. */
	if (type_cache_find(types, itab | 1, &id))
		return id;
	/* An itab is { inter *interfacetype; type *rtype; hash; fun[] }. */
	if (!sample_u64(types->sample, itab, &inter) ||
	    !sample_u64(types->sample, itab + 8, &rtype) ||
	    go_type(types, go_type_from_rtype(types, inter))->kind !=
		    GO_INTERFACE)
		return 0;
	id = go_type_from_rtype(types, rtype);
	pthread_mutex_lock(&types->lock);
	type_cache_add(types, itab | 1, id);
	pthread_mutex_unlock(&types->lock);
	return id;
}

uint32_t go_type_closure(struct go_types *types, uint64_t pc)
{
	/* Apart from what the same address was as a descriptor: nothing. */
	uint64_t key = pc | 1ULL << 63;
	uint32_t id;

	if (!go_module_of_pc(&types->modules, pc))
		return 0;
	if (type_cache_find(types, key, &id))
		return id;
	pthread_mutex_lock(&types->lock);
	if (!type_cache_find(types, key, &id)) {
		id = closure_type(types, pc);
		type_cache_add(types, key, id);
	}
	pthread_mutex_unlock(&types->lock);
	return id;
}

static int name_equal(const void *arg, uint32_t id, const void *name)
{
	const struct go_types *types = arg;

	return !strcmp(types->base[id].name, name);
}

/* Of types of one name the first. */
static void load_names(struct go_types *types)
{
	uint32_t i, *slot;

	dbg_table_init(&types->by_name, types->base_count);
	for (i = 1; i < types->base_count; i++) {
		if (types->canon[i] != i)
			continue;
		slot = dbg_table_slot(&types->by_name,
				      dbg_hash_string(types->base[i].name),
				      name_equal, types, types->base[i].name);
		if (!*slot)
			*slot = i + 1;
	}
}

uint32_t type_find(struct go_types *types, const char *name)
{
	uint32_t slot;

	if (!types->by_name.slots)
		load_names(types);
	slot = *dbg_table_slot(&types->by_name, dbg_hash_string(name),
			       name_equal, types, name);
	return slot ? slot - 1 : 0;
}

uint32_t go_type_find(struct go_types *types, const char *name)
{
	uint32_t id;

	pthread_mutex_lock(&types->lock);
	id = type_find(types, name);
	pthread_mutex_unlock(&types->lock);
	return id;
}

uint32_t go_type_pointer_to(struct go_types *types, uint32_t id)
{
	CLEANUP(buf_deinit) struct buf name = {0};

	buf_printf(&name, "*%s", go_type(types, id)->name);
	return go_type_find(types, buf_str(&name));
}

void go_type_package(const struct go_type *type, const char **start_ret,
		     size_t *len_ret)
{
	const char *s = type->name, *p, *slash;

	while (*s == '*' || *s == '[' || *s == ']' || (*s >= '0' && *s <= '9'))
		s++;
	*start_ret = slash = s;
	for (p = s; *p && *p != '[' && *p != '{' && *p != ' '; p++)
		if (*p == '/')
			slash = p;
	p = strchr(slash, '.');
	*len_ret = p ? (size_t)(p - s) : 0;
}

const struct go_slots *go_type_slots(struct go_types *types, uint32_t id)
{
	_Atomic(struct go_slots *) *cell;
	struct go_slots *slots, *expected = NULL;

	if (id >= atomic_load(&types->count))
		id = 0;
	cell = slots_at(types, id);
	slots = atomic_load_explicit(cell, memory_order_acquire);
	if (slots)
		return slots;
	slots = go_slots_new(types, id);
	if (!atomic_compare_exchange_strong(cell, &expected, slots)) {
		free_slots(slots);
		slots = expected;
	}
	return slots;
}
