#include "core/container/map_find.h"

#include <assert.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/container/container_priv.h"

enum { DEPTH_MAX = 32, PIECES_MAX = 1 << 20, CHECK_EVERY = 1024 };

bool map_key_hash(const struct map_view *view, uint64_t key, uint64_t *ret)
{
	const struct go_type *type = go_type(view->types, view->type->key);
	const uint8_t *bytes;
	uint64_t seed;

	if (!view->hasher || !map_seed(view, &seed))
		return false;
	if (!type->size)
		return map_hash(view->hasher, NULL, seed, ret);
	bytes = sample_view(view->sample, key, type->size);
	return bytes && map_hash(view->hasher, bytes, seed, ret);
}

bool map_hash_verify(const struct map_view *view)
{
	return map_hash_verify_some(view, UINT64_MAX);
}

bool map_hash_verify_some(const struct map_view *view, uint64_t most)
{
	const bool swiss = view->type->layout && view->type->layout->swiss;
	struct map_cursor cursor = {0};
	struct map_entry e;
	uint64_t hash, verified = 0;
	bool more = false;

	for (;;) {
		struct error *err = map_next(view, &cursor, &e, &more);
		struct map_unit units[64];
		uint32_t count = 0;

		if (err || !more || verified == most) {
			error_free(err);
			return !err && verified;
		}
		if (!map_key_hash(view, e.key, &hash))
			continue;
		err = map_units(view, e.table, e.unit, e.old, units, 64,
				&count);
		error_free(err);
		if (err || e.chain >= count)
			return false;
		if (units[e.chain].control[e.slot] !=
		    (swiss ? swiss_h2(hash) : classic_tophash(hash)))
			return false;
		verified++;
	}
}

/* Two keys being compared, in depth and in the number of their parts. */
struct compare {
	const struct map_view *view;
	uint32_t depth, pieces;
};

static bool same_value(struct compare *c, uint32_t type, const uint8_t *a,
		       const uint8_t *b);

static bool same_string(const struct map_view *view, const uint8_t *a,
			const uint8_t *b)
{
	uint64_t pa, pb, na, nb;
	const void *sa, *sb;

	memcpy(&pa, a, 8);
	memcpy(&na, a + 8, 8);
	memcpy(&pb, b, 8);
	memcpy(&nb, b + 8, 8);
	if (na != nb || na > LIMIT_STRING)
		return false;
	if (pa == pb || !na)
		return true;
	sa = sample_view(view->sample, pa, na);
	sb = sample_view(view->sample, pb, nb);
	return sa && sb && !memcmp(sa, sb, na);
}

static bool same_float(const uint8_t *a, const uint8_t *b, uint64_t size)
{
	double x, y;
	float p, q;

	if (size == 4) {
		memcpy(&p, a, 4);
		memcpy(&q, b, 4);
		return p == q;
	}
	memcpy(&x, a, 8);
	memcpy(&y, b, 8);
	return x == y;
}

static bool same_interface(struct compare *c, const struct go_type *type,
			   const uint8_t *a, const uint8_t *b)
{
	struct go_types *types = c->view->types;
	uint64_t tab_a, tab_b, data_a, data_b;
	const struct go_type *held;
	const void *pa, *pb;
	uint32_t id;

	memcpy(&tab_a, a, 8);
	memcpy(&tab_b, b, 8);
	memcpy(&data_a, a + 8, 8);
	memcpy(&data_b, b + 8, 8);
	if (tab_a != tab_b)
		return false;
	if (!tab_a || data_a == data_b)
		return true;
	id = type->has_methods ? go_type_from_itab(types, tab_a)
			       : go_type_from_rtype(types, tab_a);
	held = go_type(types, id);
	if (!id || held->direct)
		return false;
	pa = sample_view(c->view->sample, data_a, held->size);
	pb = sample_view(c->view->sample, data_b, held->size);
	return pa && pb && same_value(c, id, pa, pb);
}

static bool same_array(struct compare *c, const struct go_type *type,
		       const uint8_t *a, const uint8_t *b)
{
	uint64_t size = go_type(c->view->types, type->elem)->size, all, i;

	if (__builtin_mul_overflow(size, type->len, &all) || all > type->size)
		return false;
	for (i = 0; i < type->len; i++)
		if (!same_value(c, type->elem, a + i * size, b + i * size))
			return false;
	return true;
}

static bool same_struct(struct compare *c, const struct go_type *type,
			const uint8_t *a, const uint8_t *b)
{
	uint32_t i;

	for (i = 0; i < type->field_count; i++) {
		const struct go_field *f = &type->fields[i];

		if (f->offset > type->size ||
		    go_type(c->view->types, f->type)->size >
			    type->size - f->offset)
			return false;
		if (strcmp(f->name, "_") != 0 &&
		    !same_value(c, f->type, a + f->offset, b + f->offset))
			return false;
	}
	return true;
}

static bool same_kind(struct compare *c, const struct go_type *type,
		      const uint8_t *a, const uint8_t *b)
{
	switch (type->kind) {
	case GO_STRING:
		return type->size == 16 && same_string(c->view, a, b);
	case GO_INTERFACE:
		return type->size == 16 && same_interface(c, type, a, b);
	case GO_FLOAT32:
	case GO_FLOAT64:
		return (type->size == 4 || type->size == 8) &&
		       same_float(a, b, type->size);
	case GO_COMPLEX64:
	case GO_COMPLEX128:
		return (type->size == 8 || type->size == 16) &&
		       same_float(a, b, type->size / 2) &&
		       same_float(a + type->size / 2, b + type->size / 2,
				  type->size / 2);
	case GO_ARRAY:
		return same_array(c, type, a, b);
	case GO_STRUCT:
		return same_struct(c, type, a, b);
	default:
		return !memcmp(a, b, type->size);
	}
}

static bool same_value(struct compare *c, uint32_t id, const uint8_t *a,
		       const uint8_t *b)
{
	bool same;

	if (c->depth >= DEPTH_MAX || ++c->pieces > PIECES_MAX)
		return false;
	c->depth++;
	same = same_kind(c, go_type(c->view->types, id), a, b);
	c->depth--;
	return same;
}

/* What is looked for: a string's bytes, or a key's. */
struct wanted {
	const struct map_view *view;
	const char *string; /* NULL: key */
	uint64_t len;
	const uint8_t *key;
};

static bool is_string(const struct wanted *want, const uint8_t *p)
{
	uint64_t addr, len;
	const void *bytes;

	memcpy(&addr, p, 8);
	memcpy(&len, p + 8, 8);
	if (len != want->len)
		return false;
	bytes = len ? sample_view(want->view->sample, addr, len) : "";
	return bytes && !memcmp(bytes, want->string, len);
}

static bool is_wanted(void *arg, const struct map_entry *entry)
{
	const struct wanted *want = arg;
	const struct map_view *view = want->view;
	const struct go_type *type = go_type(view->types, view->type->key);
	struct compare c = {.view = view};
	const uint8_t *p;

	assert(want->string || want->key);
	if (!type->size)
		return true;
	p = sample_view(view->sample, entry->key, type->size);
	if (!p)
		return false;
	return want->string ? is_string(want, p)
			    : same_value(&c, view->type->key, p, want->key);
}

bool map_key_same(const struct map_view *view, uint64_t addr, const void *key)
{
	struct wanted want = {.view = view, .key = key};
	const struct map_entry entry = {.key = addr};

	return is_wanted(&want, &entry);
}

static struct error *find_by_comparing(struct wanted *want,
				       struct map_entry *ret, bool *found)
{
	struct map_cursor cursor = {0};
	uint64_t seen = 0;
	bool more = true;

	while (!*found) {
		struct error *err = seen++ % CHECK_EVERY
					    ? NULL
					    : job_check(want->view->job);

		if (!err)
			err = map_next(want->view, &cursor, ret, &more);

		if (err || !more)
			return err;
		*found = is_wanted(want, ret);
	}
	return NULL;
}

struct error *map_find_string(const struct map_view *view, const char *s,
			      uint64_t len, struct map_entry *ret, bool *found)
{
	const struct go_type *type = go_type(view->types, view->type->key);
	struct wanted want = {.view = view, .string = s, .len = len};
	uint64_t seed;

	*found = false;
	if (type->kind != GO_STRING || type->size != 16)
		return error_new(ERROR_USAGE, "the keys of '%s' are no strings",
				 view->type->name);
	if (view->hasher && map_seed(view, &seed)) {
		uint64_t hash = map_hash_string(view->hasher, s, len, seed);
		struct error *err = map_find_by_hash(view, hash, is_wanted,
						     &want, ret, found);

		error_free(err);
	}
	return *found ? NULL : find_by_comparing(&want, ret, found);
}

struct error *map_find_key(const struct map_view *view, const void *key,
			   struct map_entry *ret, bool *found)
{
	struct wanted want = {.view = view, .key = key};
	uint64_t seed, hash;

	*found = false;
	if (view->hasher && map_seed(view, &seed) &&
	    map_hash(view->hasher, key, seed, &hash)) {
		struct error *err = map_find_by_hash(view, hash, is_wanted,
						     &want, ret, found);

		error_free(err);
	}
	return *found ? NULL : find_by_comparing(&want, ret, found);
}
