/*
 * Who holds the live heap: the tree of shortest paths from roots, with the
 * same steps drawn together. One node stands for all objects that are reached
 * by the same names; machinery (headers, buckets, tables) belongs to the step
 * before it, and a step that repeats (a list) is one step.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/heap/owner.h"
#include "core/session/profile.h"
#include "core/session/session_priv.h"

enum { CHECK_EVERY = 4096 };

enum value { INUSE_OBJECTS, INUSE_SPACE, MAP_STORAGE, MAP_WASTE };

static const uint32_t NO_NODE = 0xffffffff;

struct node {
	uint32_t parent; /* NO_NODE: a root */
	uint32_t label;	 /* string of the profile */
	uint32_t depth;
	uint32_t kind; /* string: of the root */
	uint64_t values[PROFILE_VALUES];
};

/** What a word of a type leads to, by name. */
struct hop {
	uint32_t type, next;
	uint64_t offset;
	uint32_t label; /* string + 1; 0: nothing to add */
	bool used;
};

struct build {
	const struct session *session;
	const struct heap *heap;
	struct profile *profile;
	uint32_t max_depth;
	struct node *nodes;
	uint32_t node_count, node_cap;
	uint32_t *table; /* node + 1 by parent and label */
	uint32_t table_size;
	struct hop *hops;
	uint32_t hop_count, hop_size;
	uint32_t *node; /* by object: node + 1 */
	uint32_t *queue;
	uint64_t queued;
};

static uint32_t hash3(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t h = (a * 0x9e3779b97f4a7c15ULL) ^ (b + 0x7f4a7c15) ^
		     (c * 0xc2b2ae3d27d4eb4fULL);

	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9ULL;
	return (uint32_t)(h >> 32);
}

static uint32_t *node_slot(const struct build *b, uint32_t parent,
			   uint32_t label)
{
	uint32_t at = hash3(parent, label, 1);

	for (;; at++) {
		uint32_t *slot = &b->table[at & (b->table_size - 1)];
		const struct node *node;

		if (!*slot)
			return slot;
		node = &b->nodes[*slot - 1];
		if (node->parent == parent && node->label == label)
			return slot;
	}
}

static void grow_table(struct build *b)
{
	uint32_t i;

	free(b->table);
	b->table_size = b->table_size ? b->table_size * 2 : 1024;
	b->table = xcalloc(b->table_size, sizeof(*b->table));
	for (i = 0; i < b->node_count; i++)
		*node_slot(b, b->nodes[i].parent, b->nodes[i].label) = i + 1;
}

static uint32_t node_of(struct build *b, uint32_t parent, uint32_t label)
{
	uint32_t *slot;

	if ((b->node_count + 1) * 2 > b->table_size)
		grow_table(b);
	slot = node_slot(b, parent, label);
	if (*slot && b->nodes)
		return *slot - 1;
	GROW_ARRAY(b->nodes, b->node_count, b->node_cap);
	b->nodes[b->node_count] = (struct node){
		.parent = parent,
		.label = label,
		.depth = parent == NO_NODE ? 1 : b->nodes[parent].depth + 1,
	};
	*slot = ++b->node_count;
	return b->node_count - 1;
}

static void add_type(const struct build *b, uint32_t object, struct buf *out)
{
	const char *name = session_type_name(b->session, b->heap->type[object]);

	buf_printf(out, " (%s)", name ? name : "?");
}

static bool is_entry(const struct build *b, uint32_t object)
{
	enum go_role role =
		go_type(b->heap->rt->types, b->heap->type[object])->role;

	return role == GO_ROLE_MAP_BUCKET || role == GO_ROLE_MAP_GROUP;
}

/** The name of a hop; 0 if it adds none. */
static uint32_t hop_label(struct build *b, uint32_t object, uint64_t offset,
			  uint32_t next)
{
	CLEANUP(buf_deinit) struct buf base = {0};
	CLEANUP(buf_deinit) struct buf text = {0};
	enum hop_kind kind =
		heap_hop(b->heap, object, offset, next, false, &base, &text);
	const char *s;

	if (kind == HOP_CONTAINER || (kind == HOP_INTERNAL && !text.len))
		return 0;
	if (kind == HOP_UNKNOWN)
		buf_adds(&text, ".?");
	if (!text.len)
		return 0;
	s = buf_str(&text);
	buf_clear(&base);
	if (is_entry(b, object) && !strncmp(s, "[key]", 5))
		buf_printf(&base, "$mapkey%s", s + 5);
	else if (is_entry(b, object) && !strncmp(s, "[]", 2))
		buf_printf(&base, "$mapval%s", s + 2);
	else
		buf_adds(&base, s + (*s == '.'));
	add_type(b, next, &base);
	return intern_add(&b->profile->strings, buf_str(&base)) + 1;
}

static struct hop *hop_slot(const struct build *b, const struct hop *key)
{
	uint32_t at = hash3(key->type, key->next, key->offset);

	for (;; at++) {
		struct hop *hop = &b->hops[at & (b->hop_size - 1)];

		if (!hop->used ||
		    (hop->type == key->type && hop->next == key->next &&
		     hop->offset == key->offset))
			return hop;
	}
}

static void grow_hops(struct build *b)
{
	struct hop *old = b->hops;
	uint32_t size = b->hop_size, i;

	b->hop_size = size ? size * 2 : 1024;
	b->hops = xcalloc(b->hop_size, sizeof(*b->hops));
	for (i = 0; i < size; i++)
		if (old[i].used)
			*hop_slot(b, &old[i]) = old[i];
	free(old);
}

/** As hop_label(), remembered by type: names are those of the first met. */
static uint32_t cached_label(struct build *b, uint32_t object, uint64_t offset,
			     uint32_t next)
{
	struct hop key = {.type = b->heap->type[object],
			  .next = b->heap->type[next]};
	const struct go_type *type = go_type(b->heap->rt->types, key.type);
	const struct go_span *span = heap_span_of(b->heap, object);
	uint64_t skip = heap_header_bytes(span), size = type->size;
	struct hop *hop;

	if (!type->id || offset < skip)
		return hop_label(b, object, offset, next);
	if (type->layout && type->layout->unit)
		size = type->layout->unit;
	key.offset = size ? (offset - skip) % size : offset - skip;
	if ((b->hop_count + 1) * 2 > b->hop_size)
		grow_hops(b);
	hop = hop_slot(b, &key);
	if (!hop->used) {
		key.label = hop_label(b, object, offset, next);
		key.used = true;
		hop = hop_slot(b, &key);
		*hop = key;
		b->hop_count++;
	}
	return hop->label;
}

static uint32_t child_node(struct build *b, uint32_t parent, uint32_t label)
{
	const struct node *node = &b->nodes[parent];

	/* nothing to say, too deep, or one more element of a list */
	if (!label || node->depth >= b->max_depth || node->label == label - 1)
		return parent;
	return node_of(b, parent, label - 1);
}

static void enter(struct build *b, uint32_t object, uint32_t node)
{
	b->node[object] = node + 1;
	b->nodes[node].values[INUSE_OBJECTS]++;
	b->nodes[node].values[INUSE_SPACE] +=
		heap_span_of(b->heap, object)->elem_size;
	b->queue[b->queued++] = object;
}

static void enter_roots(struct build *b)
{
	const struct heap *heap = b->heap;
	uint64_t words = ((uint64_t)heap->count + 63) / 64, w, bits;

	for (w = 0; w < words; w++) {
		for (bits = heap->reached[w] & heap->from_root[w]; bits;
		     bits &= bits - 1) {
			uint32_t object =
				(uint32_t)(w * 64 +
					   (unsigned)__builtin_ctzll(bits));
			CLEANUP(buf_deinit) struct buf name = {0};
			uint32_t node;

			heap_root_name(heap, heap->parent[object], &name);
			add_type(b, object, &name);
			node = node_of(b, NO_NODE,
				       intern_add(&b->profile->strings,
						  buf_str(&name)));
			b->nodes[node].kind = intern_add(
				&b->profile->strings,
				root_kind_name(
					heap->rt->roots[heap->parent[object]]
						.kind));
			enter(b, object, node);
		}
	}
}

static void enter_children(struct build *b, uint32_t object)
{
	const struct heap *heap = b->heap;
	struct heap_place place;
	struct heap_words it;

	heap_words_all(&it, heap, object);
	while (heap_words_next(&it)) {
		uint32_t label;

		if (heap_locate(heap, it.value, &place) != HEAP_HIT ||
		    b->node[place.object] ||
		    heap_bit(heap->from_root, place.object) ||
		    heap->parent[place.object] != object)
			continue;
		label = cached_label(b, object, it.offset, place.object);
		enter(b, place.object,
		      child_node(b, b->node[object] - 1, label));
	}
}

/** Storage and waste of maps belong to the step that leads to them. */
static void add_maps(struct build *b)
{
	const struct session *session = b->session;
	uint32_t i;

	for (i = 0; i < session->row_count; i++) {
		const struct map_row *row = &session->rows[i];
		uint32_t object = go_object_at(session->rt, row->addr);
		struct node *node;

		if (object == GO_NO_OBJECT || !b->node[object])
			continue;
		node = &b->nodes[b->node[object] - 1];
		node->values[MAP_STORAGE] += row->storage_bytes;
		node->values[MAP_WASTE] += row->waste_bytes;
	}
}

static void emit(struct build *b)
{
	struct profile *p = b->profile;
	uint32_t i, k, *stack = xcalloc((size_t)b->max_depth + 2, 4);

	for (i = 0; i < b->node_count; i++) {
		profile_add_location(p, 0);
		profile_add_frame(p, p->strings.strings[b->nodes[i].label], "",
				  0);
	}
	for (i = 0; i < b->node_count; i++) {
		struct profile_sample *sample;
		uint32_t at = i, depth = 0;

		for (;; at = b->nodes[at].parent) {
			stack[depth++] = at;
			if (b->nodes[at].parent == NO_NODE)
				break;
		}
		if (!b->nodes[i].values[INUSE_OBJECTS])
			continue;
		sample = profile_add_sample(p, stack, depth);
		sample->root = b->nodes[at].kind;
		for (k = 0; k < PROFILE_VALUES; k++)
			sample->values[k] = b->nodes[i].values[k];
	}
	free(stack);
}

static uint64_t object_words(const struct heap *heap)
{
	return ((uint64_t)heap->count + 1) * sizeof(uint32_t);
}

struct error *ref_profile_load(const struct session *session, uint32_t depth,
			       struct profile *ret)
{
	struct build b = {.session = session,
			  .heap = session->heap,
			  .profile = ret,
			  .max_depth = depth};
	uint64_t at;

	*ret = (struct profile){
		.types = {"inuse_objects", "inuse_space", "map_storage",
			  "map_waste"},
		.units = {"count", "bytes", "bytes", "bytes"},
		.default_type = INUSE_SPACE,
		.time_ns = sample_info(session->sample)->time_ns,
	};
	intern_add(&ret->strings, "");
	b.node = big_alloc(object_words(b.heap));
	b.queue = big_alloc(object_words(b.heap));
	enter_roots(&b);
	for (at = 0; at < b.queued; at++) {
		if (at % CHECK_EVERY == 0 && job_cancelled(session->command))
			break;
		enter_children(&b, b.queue[at]);
	}
	if (at == b.queued) {
		add_maps(&b);
		emit(&b);
	}
	big_free(b.node, object_words(b.heap));
	big_free(b.queue, object_words(b.heap));
	free(b.nodes);
	free(b.table);
	free(b.hops);
	if (at == b.queued)
		return NULL;
	profile_deinit(ret);
	return error_new(ERROR_CANCELLED, "cancelled");
}
