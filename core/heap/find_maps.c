/*
 * Map headers. Those in the heap are typed objects; a bitmap of them is made
 * first, then one pass over the references of all reached objects finds those
 * whose words refer to one. Their words are counted, and of every ancestor of
 * a map it is noted through which word of its parent it was reached, which is
 * what names it (owner.c).
 */
#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/heap/edges.h"
#include "core/heap/mark.h"
#include "core/heap/typing.h"

enum { CHUNK = 4096 };

/** Why objects of a type are looked at one by one. */
enum look {
	LOOK_KNOWN = 1,	 /* what follows is */
	LOOK_MAPS = 2,	 /* a value of it has map words */
	LOOK_HEADER = 4, /* is a header */
	LOOK_NILS = 8,	 /* may have nil map words */
	LOOK_SHAPE = 16, /* has no type, may be a header by its shape */
};

struct map_list {
	struct heap_map *maps;
	size_t count, cap;
};

struct find_worker {
	struct typer typer;
	uint64_t nils;
	const struct go_span *span; /* of the last untyped object */
};

struct find {
	struct heap *heap;
	const struct heap_search *search;
	struct job *job;
	unsigned threads;
	struct find_worker *workers;
	bool all;
	/** Bit per object: a header; a map's header or an ancestor of one. */
	uint64_t *header, *wanted;
	uint32_t *rank;	       /* per word of `header`: headers before it */
	_Atomic uint8_t *look; /* per type: of enum look, once asked */
	uint32_t type_count;
	struct map_list heap_maps; /* in the order of objects */
	struct map_list others;	   /* on stacks and in data, by address */
};

static void list_add(struct map_list *list, const struct heap_map *map)
{
	GROW_ARRAY(list->maps, list->count, list->cap);
	list->maps[list->count++] = *map;
}

static uint64_t object_header(const struct heap *heap, uint32_t object)
{
	const struct go_span *span = heap_span_of(heap, object);

	return span->base + (object - span->first) * span->elem_size +
	       heap_header_bytes(span);
}

/** The object of the lowest of @p bits of a bitmap's word. */
static uint32_t word_object(uint64_t word, uint64_t bits)
{
	return (uint32_t)(word * 64 + (unsigned)__builtin_ctzll(bits));
}

static void list_headers(struct find *find)
{
	const struct heap *heap = find->heap;
	uint64_t words = ((uint64_t)heap->count + 63) / 64, word, bits;

	find->rank = xcalloc(words + 1, sizeof(*find->rank));
	for (word = 0; word < words; word++) {
		find->rank[word] = (uint32_t)find->heap_maps.count;
		for (bits = find->header[word]; bits; bits &= bits - 1) {
			uint32_t object = word_object(word, bits);
			struct heap_map map = {
				.header = object_header(heap, object),
				.object = object,
				.reachable = heap_bit(heap->reached, object),
			};

			map.type = go_type(heap->rt->types, heap->type[object])
					   ->map;
			list_add(&find->heap_maps, &map);
		}
	}
}

static int compare_maps(const void *a, const void *b)
{
	const struct heap_map *x = a, *y = b;

	return x->header < y->header ? -1 : x->header > y->header;
}

static void add_stack_maps(struct find *find, struct map_list *list)
{
	const struct go_runtime *rt = find->heap->rt;
	struct heap_place place;
	uint32_t i;

	for (i = 0; i < rt->stack_map_count; i++) {
		struct heap_map map = {
			.header = rt->stack_maps[i].header,
			.object = GO_NO_OBJECT,
			.type = rt->stack_maps[i].type,
			.root = i + 1,
			.reachable = true,
		};

		if (heap_locate(find->heap, map.header, &place) == HEAP_OUTSIDE)
			list_add(list, &map);
	}
}

/**
 * Headers that only a root's type tells of: in data, or within an object of
 * another type.
 */
static void add_root_maps(struct find *find, struct map_list *list)
{
	const struct go_runtime *rt = find->heap->rt;
	struct heap_place place;
	uint8_t byte;
	uint32_t i;

	for (i = 0; i < rt->root_count; i++) {
		const struct go_root *root = &rt->roots[i];
		struct heap_map map = {
			.header = root->value,
			.object = GO_NO_OBJECT,
			.type = root->target,
			.reachable = true,
		};

		if (root->slot_kind != GO_SLOT_MAP || !root->target ||
		    root->conservative || !root->value || root->value % 8)
			continue;
		if (heap_locate(find->heap, root->value, &place) ==
			    HEAP_OUTSIDE &&
		    sample_u8(rt->sample, root->value + 47, &byte))
			list_add(list, &map);
	}
}

/** Sort, drop doubles (a stack header knows more than a root's view of it). */
static void sort_others(struct map_list *list)
{
	size_t i, n = 0;

	if (list->count)
		qsort(list->maps, list->count, sizeof(*list->maps),
		      compare_maps);
	for (i = 0; i < list->count; i++) {
		struct heap_map *last = n ? &list->maps[n - 1] : NULL;

		if (!last || last->header != list->maps[i].header) {
			list->maps[n++] = list->maps[i];
			continue;
		}
		if (!last->root)
			last->root = list->maps[i].root;
		if (!last->type)
			last->type = list->maps[i].type;
	}
	list->count = n;
}

/** Both lists as one, by address. */
static struct heap_map *merge(const struct map_list *a,
			      const struct map_list *b)
{
	struct heap_map *ret =
		xreallocarray(NULL, a->count + b->count + 1, sizeof(*ret));
	size_t i = 0, j = 0, n = 0;

	while (i < a->count || j < b->count)
		if (j == b->count ||
		    (i < a->count && a->maps[i].header < b->maps[j].header))
			ret[n++] = a->maps[i++];
		else
			ret[n++] = b->maps[j++];
	return ret;
}

/** A word that refers to the header of heap object @p object, or into it. */
static void hold_object(struct find *find, uint32_t object, uint64_t value)
{
	uint64_t before =
		find->header[object / 64] & ((1ULL << (object % 64)) - 1);
	uint32_t rank = find->rank[object / 64] + heap_bits_set(before);
	struct heap_map *map = &find->heap_maps.maps[rank];

	if (map->header == value)
		__atomic_fetch_add(&map->holders, 1, __ATOMIC_RELAXED);
}

static void hold(struct find *find, uint64_t value)
{
	struct heap_map key = {.header = value}, *map;
	struct heap_place place;

	if (heap_locate(find->heap, value, &place) == HEAP_HIT) {
		if (heap_bit(find->header, place.object))
			hold_object(find, place.object, value);
		return;
	}
	if (!find->others.count)
		return;
	map = bsearch(&key, find->others.maps, find->others.count, sizeof(key),
		      compare_maps);
	if (map)
		map->holders++;
}

static void want_ancestors(struct find *find)
{
	const struct heap *heap = find->heap;
	size_t i;

	for (i = 0; i < find->heap_maps.count; i++) {
		uint32_t object = find->heap_maps.maps[i].object;

		if (!find->heap_maps.maps[i].reachable)
			continue;
		while (!heap_bit(find->wanted, object)) {
			heap_bit_set(find->wanted, object);
			if (heap_bit(heap->from_root, object))
				break;
			object = heap->parent[object];
		}
	}
}

static bool type_has_maps(struct typer *typer, uint32_t type, unsigned depth)
{
	const struct type_plan plan = *typer_plan(typer, type);
	uint32_t i;

	for (i = 0; i < plan.count; i++)
		if (plan.slots[i].kind == GO_SLOT_MAP ||
		    (plan.slots[i].kind == GO_SLOT_ARRAY && depth < 4 &&
		     type_has_maps(typer, plan.slots[i].target, depth + 1)))
			return true;
	return false;
}

/** Few of the types of a large program have objects. */
static uint8_t look_of(struct find *find, struct find_worker *worker,
		       uint32_t type)
{
	enum go_role role;
	uint8_t look;

	if (type >= find->type_count)
		return 0;
	look = atomic_load_explicit(&find->look[type], memory_order_relaxed);
	if (look)
		return look;
	role = go_type(find->heap->rt->types, type)->role;
	look = LOOK_KNOWN;
	if (role == GO_ROLE_MAP_HEADER)
		look |= LOOK_HEADER;
	if (role == GO_ROLE_MAP_BUCKET || role == GO_ROLE_MAP_GROUP)
		look |= LOOK_NILS;
	if (type_has_maps(&worker->typer, type, 0))
		look |= LOOK_MAPS | LOOK_NILS;
	atomic_store_explicit(&find->look[type], look, memory_order_relaxed);
	return look;
}

static bool has_maps(struct find *find, struct find_worker *worker,
		     uint32_t type)
{
	return look_of(find, worker, type) & LOOK_MAPS;
}

/** Nil map words of one value of @p type at @p mem. */
static uint64_t nil_slots(struct typer *typer, uint32_t type,
			  const uint8_t *mem)
{
	const struct type_plan *plan = typer_plan(typer, type);
	uint64_t count = 0;
	uint32_t i;

	for (i = 0; i < plan->count; i++)
		count += plan->slots[i].kind == GO_SLOT_MAP &&
			 !heap_word(mem + plan->slots[i].offset);
	return count;
}

static bool entry_live(const struct go_map_layout *layout, const uint8_t *unit,
		       unsigned entry)
{
	return layout->swiss ? !(unit[entry] & 0x80) : unit[entry] >= 5;
}

/** Nil map elements of live entries of buckets or groups. */
static uint64_t nil_entries(struct find *find, struct find_worker *worker,
			    const struct go_type *type, const uint8_t *mem,
			    uint64_t size)
{
	const struct go_type *map = go_type(find->heap->rt->types, type->map);
	const struct go_map_layout *layout = map->layout;
	uint64_t count = 0, offset;
	unsigned i;

	if (!layout || layout->unit < 8 || layout->indirect_elem ||
	    !has_maps(find, worker, map->elem))
		return 0;
	if (go_type(find->heap->rt->types, map->elem)->size > layout->elem_slot)
		return 0;
	if (layout->elems_off + 7 * layout->elem_stride + layout->elem_slot >
	    layout->unit)
		return 0;
	for (; size >= layout->unit; size -= layout->unit) {
		for (i = 0; i < 8; i++) {
			offset = layout->elems_off + i * layout->elem_stride;
			if (entry_live(layout, mem, i))
				count += nil_slots(&worker->typer, map->elem,
						   mem + offset);
		}
		mem += layout->unit;
	}
	return count;
}

static void count_nils(struct find *find, struct find_worker *worker,
		       const struct go_span *span, uint32_t object)
{
	const struct heap *heap = find->heap;
	uint32_t id = heap->type[object];
	const struct go_type *type;
	uint64_t skip = heap_header_bytes(span);
	uint64_t size = heap_slot_bytes(span) - skip;
	const uint8_t *mem;

	if (!span->mem || span->noscan)
		return;
	type = go_type(heap->rt->types, id);
	mem = span->mem + (object - span->first) * span->elem_size + skip;
	if (type->role == GO_ROLE_MAP_BUCKET || type->role == GO_ROLE_MAP_GROUP)
		worker->nils += nil_entries(find, worker, type, mem, size);
	else if (has_maps(find, worker, id) && type->size <= size &&
		 size / type->size == 1)
		worker->nils += nil_slots(&worker->typer, id, mem);
}

static bool has_shape(struct find *find, struct find_worker *worker,
		      uint32_t object)
{
	const struct heap_search *search = find->search;
	const struct go_span *span = worker->span;

	if (!span || object - span->first >= span->slots)
		worker->span = span = heap_span_of(find->heap, object);
	return span->elem_size == search->shape_bytes && !span->noscan &&
	       heap_bit(find->heap->reached, object) &&
	       search->is_header(search->arg, span, object);
}

static void look_at(struct find *find, struct find_worker *worker,
		    uint32_t object)
{
	const struct heap *heap = find->heap;
	uint8_t look = look_of(find, worker, heap->type[object]);

	if (look & LOOK_HEADER ||
	    (look & LOOK_SHAPE && has_shape(find, worker, object)))
		heap_bit_set(find->header, object);
	if (look & LOOK_NILS && heap_bit(heap->reached, object))
		count_nils(find, worker, heap_span_of(heap, object), object);
}

/** Objects by type. */
static void types_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct find *find = arg;
	const struct heap *heap = find->heap;
	uint64_t word;

	for (word = begin; word < end; word++) {
		uint64_t bits = find->all ? heap->rt->allocated[word]
					  : heap->reached[word];

		for (; bits; bits &= bits - 1) {
			uint32_t object = word_object(word, bits);

			if (find->look[heap->type[object]] != LOOK_KNOWN)
				look_at(find, &find->workers[index], object);
		}
	}
}

/** A word of @p object that refers to an ancestor of a map, or to a map. */
static void note_word(struct find *find, uint32_t object,
		      const struct heap_words *it,
		      const struct heap_place *place)
{
	const struct heap *heap = find->heap;
	uint32_t *via = heap->priv->via;

	if (heap_bit(find->header, place->object))
		hold_object(find, place->object, it->value);
	/* only the parent's thread writes it */
	if (heap->parent[place->object] == object &&
	    !heap_bit(heap->from_root, place->object) && !via[place->object])
		via[place->object] = (uint32_t)(it->offset / 8 + 1);
}

/** What the words of an object say of maps. */
static void object_words(struct find *find, uint32_t object)
{
	struct heap_words it;
	struct heap_place place;

	heap_words_all(&it, find->heap, object);
	while (heap_words_next(&it))
		if (heap_locate(find->heap, it.value, &place) == HEAP_HIT &&
		    heap_bit(find->wanted, place.object))
			note_word(find, object, &it, &place);
}

/** Does a word of the object refer to a header or an ancestor of one? */
static bool concerns_maps(const struct find *find, uint32_t object)
{
	const struct edges *edges = find->heap->priv->edges;
	uint32_t count, i;
	const uint32_t *to;

	/* rows are silent about references to itself */
	if (edges_full(edges) || heap_bit(find->header, object))
		return true;
	to = edges_of(edges, object, &count);
	for (i = 0; i < count; i++)
		if (heap_bit(find->wanted, to[i]))
			return true;
	return false;
}

static void words_range(void *arg, unsigned index, uint64_t begin, uint64_t end)
{
	struct find *find = arg;
	uint64_t word, bits;

	(void)index;
	for (word = begin; word < end; word++)
		for (bits = find->heap->reached[word]; bits; bits &= bits - 1) {
			uint32_t object = word_object(word, bits);

			if (concerns_maps(find, object))
				object_words(find, object);
		}
	job_advance(find->job, end - begin);
}

static void roots_pass(struct find *find)
{
	const struct go_runtime *rt = find->heap->rt;
	struct find_worker *worker = &find->workers[0];
	const struct go_global *global;
	uint32_t i;

	for (i = 0; i < rt->root_count; i++)
		if (!rt->roots[i].conservative)
			hold(find, rt->roots[i].value);
	for (i = 0; i < rt->global_count; i++) {
		const struct go_type *type;
		const uint8_t *mem;

		global = &rt->globals[i];
		if (!has_maps(find, worker, global->type))
			continue;
		type = go_type(rt->types, global->type);
		mem = type->size <= global->size
			      ? sample_view(rt->sample, global->addr,
					    type->size)
			      : NULL;
		if (mem)
			worker->nils +=
				nil_slots(&worker->typer, global->type, mem);
	}
}

static void find_init(struct find *find, struct heap *heap,
		      const struct heap_search *search, unsigned threads,
		      struct job *job)
{
	unsigned i;

	*find = (struct find){.heap = heap, .search = search, .job = job};
	find->all = search->how & HEAP_FIND_GARBAGE;
	find->threads = job_threads(threads);
	find->workers = xcalloc(find->threads, sizeof(*find->workers));
	for (i = 0; i < find->threads; i++)
		typer_init(&find->workers[i].typer, heap);
	find->type_count = go_type_count(heap->rt->types);
	find->look = xcalloc((size_t)find->type_count + 1, 1);
	find->look[0] = LOOK_KNOWN | (search->is_header ? LOOK_SHAPE : 0);
	find->header = big_alloc(heap_bitmap_bytes(heap));
	find->wanted = big_alloc(heap_bitmap_bytes(heap));
	if (!heap->priv->via)
		heap->priv->via = big_alloc(((uint64_t)heap->count + 1) *
					    sizeof(*heap->priv->via));
}

static void find_deinit(struct find *find)
{
	unsigned i;

	for (i = 0; i < find->threads; i++)
		typer_deinit(&find->workers[i].typer);
	free(find->workers);
	free(find->look);
	free(find->rank);
	free(find->heap_maps.maps);
	free(find->others.maps);
	big_free(find->header, heap_bitmap_bytes(find->heap));
	big_free(find->wanted, heap_bitmap_bytes(find->heap));
}

static void find_headers(struct find *find)
{
	uint64_t words = ((uint64_t)find->heap->count + 63) / 64;

	job_parallel(find->job, find->threads, words, CHUNK, types_range, find);
	list_headers(find);
	add_stack_maps(find, &find->others);
	add_root_maps(find, &find->others);
	sort_others(&find->others);
}

static void fill(struct find *find, struct heap_found *ret)
{
	unsigned i;

	*ret = (struct heap_found){
		.maps = merge(&find->heap_maps, &find->others),
		.count = (uint32_t)(find->heap_maps.count + find->others.count),
	};
	for (i = 0; i < find->threads; i++)
		ret->nils += find->workers[i].nils;
}

struct error *heap_find_maps(struct heap *heap,
			     const struct heap_search *search, unsigned threads,
			     struct job *job, struct heap_found *ret)
{
	uint64_t words = ((uint64_t)heap->count + 63) / 64;
	struct find find;
	struct error *err;

	if (search->how & HEAP_FIND_GARBAGE) {
		err = heap_type_garbage(heap, threads, job);
		if (err)
			return err;
	}
	find_init(&find, heap, search, threads, job);
	job_phase(job, "find maps", words);
	find_headers(&find);
	want_ancestors(&find);
	roots_pass(&find);
	job_parallel(job, find.threads, words, CHUNK, words_range, &find);
	err = job_check(job);
	if (!err)
		fill(&find, ret);
	find_deinit(&find);
	return err;
}
