#include "core/go/map_hash.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/target/sample.h"

static const uint64_t C0 = 33054211828000289, C1 = 23344194077549503;

/* Field by field, or as a whole: how the pieces of a key are put together. */
enum { DEPTH_MAX = 32, PIECES_MAX = 1 << 20 };

/* One key being hashed; @c h is what it has come to. */
struct state {
	const struct map_hasher *hasher;
	uint64_t h;
	uint32_t pieces;
	uint32_t depth;
	bool reflect; /* struct fields one at a time */
};

static bool hash_type(struct state *s, uint32_t type, const uint8_t *p);

static uint64_t word_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static bool add_mem(struct state *s, const uint8_t *p, uint64_t n)
{
	s->h = hash_mem(&s->hasher->secrets, p, n, s->h);
	return true;
}

static bool add_mem32(struct state *s, const uint8_t *p)
{
	s->h = hash_mem32(&s->hasher->secrets, p, s->h);
	return true;
}

static bool add_mem64(struct state *s, const uint8_t *p)
{
	s->h = hash_mem64(&s->hasher->secrets, p, s->h);
	return true;
}

static bool add_string(struct state *s, const uint8_t *p)
{
	uint64_t addr = word_at(p), len = word_at(p + 8);
	const uint8_t *bytes;

	if (!len)
		return add_mem(s, NULL, 0);
	if (len > LIMIT_STRING)
		return false;
	bytes = sample_view(s->hasher->sample, addr, len);
	return bytes && add_mem(s, bytes, len);
}

static bool add_float(struct state *s, const uint8_t *p, uint64_t n)
{
	double value;
	float small;

	if (n == 4) {
		memcpy(&small, p, 4);
		value = (double)small;
	} else {
		memcpy(&value, p, 8);
	}
	if (value != value) /* hashed at random */
		return false;
	if (value == 0) { /* 0 and -0 are one key */
		s->h = C1 * (C0 ^ s->h);
		return true;
	}
	return add_mem(s, p, n);
}

static bool is_plain(const struct go_types *types, uint32_t id, unsigned depth,
		     uint32_t *pieces);

static bool fields_plain(const struct go_types *types,
			 const struct go_type *type, unsigned depth,
			 uint32_t *pieces)
{
	uint64_t end = 0;
	uint32_t i;

	for (i = 0; i < type->field_count; i++) {
		const struct go_field *f = &type->fields[i];

		if (f->offset != end || !strcmp(f->name, "_") ||
		    !is_plain(types, f->type, depth + 1, pieces))
			return false;
		end += go_type(types, f->type)->size;
	}
	return end == type->size;
}

/*
 * A type that is hashed by its bytes: no padding, no pointer to follow. One of
 * too many parts is not.
 */
static bool is_plain(const struct go_types *types, uint32_t id, unsigned depth,
		     uint32_t *pieces)
{
	const struct go_type *type = go_type(types, id);

	if (depth > DEPTH_MAX || ++*pieces > PIECES_MAX)
		return false;
	switch (type->kind) {
	case GO_STRING:
	case GO_INTERFACE:
	case GO_FLOAT32:
	case GO_FLOAT64:
	case GO_COMPLEX64:
	case GO_COMPLEX128:
	case GO_INVALID:
		return false;
	case GO_ARRAY:
		return !type->len ||
		       is_plain(types, type->elem, depth + 1, pieces);
	case GO_STRUCT:
		return fields_plain(types, type, depth, pieces);
	default:
		return true;
	}
}

static bool plain(const struct state *s, uint32_t id)
{
	uint32_t pieces = 0;

	return is_plain(s->hasher->types, id, 0, &pieces);
}

/* An interface hashes what it holds as reflection would. */
static bool add_interface(struct state *s, const struct go_type *type,
			  const uint8_t *p)
{
	const struct map_hasher *hasher = s->hasher;
	uint64_t tab = word_at(p), data = word_at(p + 8), seed = s->h;
	bool was = s->reflect, ok = false;
	const struct go_type *held;
	const uint8_t *bytes;
	uint32_t id;

	if (!tab)
		return true;
	id = type->has_methods ? go_type_from_itab(hasher->types, tab)
			       : go_type_from_rtype(hasher->types, tab);
	if (!id)
		return false;
	held = go_type(hasher->types, id);
	if (held->direct && held->size > 8)
		return false;
	bytes = held->direct  ? p + 8
		: !held->size ? p
			      : sample_view(hasher->sample, data, held->size);
	s->h = seed ^ C0;
	s->reflect = true;
	if (bytes)
		ok = hash_type(s, id, bytes);
	s->reflect = was;
	s->h *= C1;
	return ok;
}

static bool add_array(struct state *s, const struct go_type *type,
		      const uint8_t *p)
{
	uint64_t size = go_type(s->hasher->types, type->elem)->size, all, i;

	if (__builtin_mul_overflow(size, type->len, &all) || all > type->size)
		return false;
	for (i = 0; i < type->len; i++)
		if (!hash_type(s, type->elem, p + i * size))
			return false;
	return true;
}

/* Bytes of the fields from @p first on that are hashed at once; how many. */
static uint64_t run_length(const struct state *s, const struct go_type *type,
			   uint32_t first, uint32_t *fields_ret)
{
	const struct go_types *types = s->hasher->types;
	uint64_t end = type->fields[first].offset;
	uint32_t i = first;

	for (; i < type->field_count; i++) {
		const struct go_field *f = &type->fields[i];

		if (f->offset != end || !strcmp(f->name, "_") ||
		    !plain(s, f->type) ||
		    go_type(types, f->type)->size > type->size - end)
			break;
		end += go_type(types, f->type)->size;
	}
	*fields_ret = i - first;
	return end - type->fields[first].offset;
}

static bool add_struct(struct state *s, const struct go_type *type,
		       const uint8_t *p)
{
	uint32_t i = 0, run;

	while (i < type->field_count) {
		const struct go_field *f = &type->fields[i];
		uint64_t n = 0;

		run = 0;
		if (f->offset > type->size ||
		    go_type(s->hasher->types, f->type)->size >
			    type->size - f->offset)
			return false;
		if (!s->reflect)
			n = run_length(s, type, i, &run);
		if (run)
			add_mem(s, p + f->offset, n);
		else if (strcmp(f->name, "_") != 0 &&
			 !hash_type(s, f->type, p + f->offset))
			return false;
		i += run ? run : 1;
	}
	return true;
}

static bool add_plain(struct state *s, const struct go_type *type,
		      const uint8_t *p)
{
	if (type->size == 4)
		return add_mem32(s, p);
	if (type->size == 8)
		return add_mem64(s, p);
	return add_mem(s, p, type->size);
}

/* Types come from the target too: has the kind the size it must have? */
static bool fits(const struct go_type *type)
{
	switch (type->kind) {
	case GO_STRING:
	case GO_INTERFACE:
	case GO_COMPLEX128:
		return type->size == 16;
	case GO_FLOAT64:
	case GO_COMPLEX64:
		return type->size == 8;
	case GO_FLOAT32:
		return type->size == 4;
	default:
		return true;
	}
}

static bool hash_kind(struct state *s, const struct go_type *type,
		      const uint8_t *p)
{
	switch (type->kind) {
	case GO_STRING:
		return add_string(s, p);
	case GO_INTERFACE:
		return add_interface(s, type, p);
	case GO_FLOAT32:
	case GO_FLOAT64:
		return add_float(s, p, type->size);
	case GO_COMPLEX64:
	case GO_COMPLEX128:
		return add_float(s, p, type->size / 2) &&
		       add_float(s, p + type->size / 2, type->size / 2);
	case GO_ARRAY:
		return add_array(s, type, p);
	case GO_STRUCT:
		return add_struct(s, type, p);
	default:
		return false;
	}
}

/* @p p has as many bytes as the type. */
static bool hash_type(struct state *s, uint32_t id, const uint8_t *p)
{
	const struct go_type *type = go_type(s->hasher->types, id);
	bool ok;

	if (s->depth >= DEPTH_MAX || ++s->pieces > PIECES_MAX || !fits(type))
		return false;
	if (plain(s, id))
		return s->reflect ? add_plain(s, type, p)
				  : add_mem(s, p, type->size);
	s->depth++;
	ok = hash_kind(s, type, p);
	s->depth--;
	return ok;
}

/* Since Go 1.27 the name of a made hash function is its program. */
struct program {
	struct state *state;
	const char *at;
	const uint8_t *p;
	uint64_t offset, size;
};

static uint64_t number(struct program *m)
{
	uint64_t n = 0;

	while (*m->at >= '0' && *m->at <= '9' && n < 1ULL << 40)
		n = n * 10 + (uint64_t)(*m->at++ - '0');
	return n;
}

/* @p n bytes at the offset, which moves on; NULL if the key has less. */
static const uint8_t *take(struct program *m, uint64_t n)
{
	const uint8_t *p = m->p + m->offset;

	if (n > m->size - m->offset)
		return NULL;
	m->offset += n;
	return p;
}

static bool run_mem(struct program *m, uint64_t n)
{
	const uint8_t *p = take(m, n);

	if (!p)
		return false;
	return n == 4	? add_mem32(m->state, p)
	       : n == 8 ? add_mem64(m->state, p)
			: add_mem(m->state, p, n);
}

static bool run_piece(struct program *m, char op)
{
	const struct go_type eface = {.kind = GO_INTERFACE};
	const struct go_type iface = {.kind = GO_INTERFACE,
				      .has_methods = true};
	const uint8_t *p;

	switch (op) {
	case 'M':
		return run_mem(m, number(m));
	case 'K':
		return take(m, number(m)) != NULL;
	case 'A':
		number(m);
		return true;
	case 'F':
		return (p = take(m, 4)) && add_float(m->state, p, 4);
	case 'G':
		return (p = take(m, 8)) && add_float(m->state, p, 8);
	case 'S':
		return (p = take(m, 16)) && add_string(m->state, p);
	case 'E':
		return (p = take(m, 16)) && add_interface(m->state, &eface, p);
	case 'I':
		return (p = take(m, 16)) && add_interface(m->state, &iface, p);
	default:
		return false;
	}
}

static bool run_program(struct program *m);

/* "[n PROGRAM]" */
static bool run_repeat(struct program *m)
{
	uint64_t n = number(m), i, before;
	const char *start = m->at;

	for (i = 0; i < n; i++) {
		m->at = start;
		before = m->offset;
		if (!run_program(m) || *m->at != ']' || m->offset == before)
			return false;
	}
	if (!n)
		return false;
	m->at++;
	return true;
}

static bool run_program(struct program *m)
{
	bool ok = m->state->depth++ < DEPTH_MAX;

	while (ok && *m->at && *m->at != ']') {
		char op = *m->at++;

		if (++m->state->pieces > PIECES_MAX)
			ok = false;
		else
			ok = op == '[' ? run_repeat(m) : run_piece(m, op);
	}
	m->state->depth--;
	return ok;
}

bool map_hash(const struct map_hasher *hasher, const uint8_t *key,
	      uint64_t seed, uint64_t *ret)
{
	const struct go_type *type = go_type(hasher->types, hasher->key);
	struct state s = {.hasher = hasher, .h = seed};
	struct program m = {.state = &s,
			    .at = hasher->signature,
			    .p = key,
			    .size = type->size};
	bool ok = false;

	switch (hasher->kind) {
	case MAP_HASH_UNKNOWN:
		break;
	case MAP_HASH_NONE:
		ok = true;
		break;
	case MAP_HASH_MEM:
		ok = hasher->n <= type->size && add_mem(&s, key, hasher->n);
		break;
	case MAP_HASH_MEM32:
		ok = type->size >= 4 && add_mem32(&s, key);
		break;
	case MAP_HASH_MEM64:
		ok = type->size >= 8 && add_mem64(&s, key);
		break;
	case MAP_HASH_REFLECT:
		s.reflect = true;
		ok = hash_type(&s, hasher->key, key);
		break;
	case MAP_HASH_TYPED:
		ok = hash_type(&s, hasher->key, key);
		break;
	case MAP_HASH_SIGNATURE:
		ok = run_program(&m) && !*m.at;
		break;
	}
	*ret = s.h;
	return ok;
}

uint64_t map_hash_string(const struct map_hasher *hasher, const char *s,
			 uint64_t len, uint64_t seed)
{
	return hash_mem(&hasher->secrets,
			(const uint8_t *)(const void *)(len ? s : NULL), len,
			seed);
}

static bool made_by_compiler(const char *name, struct map_hasher *ret)
{
	static const char before[] = "type..hash.", now[] = "type:.hash.";
	const char *what;

	if (!strncmp(name, before, sizeof(before) - 1)) {
		ret->kind = MAP_HASH_TYPED;
		return true;
	}
	if (strncmp(name, now, sizeof(now) - 1) != 0)
		return false;
	/* A type's name has what a program has not: a dot, a space. */
	what = name + sizeof(now) - 1;
	ret->kind = MAP_HASH_TYPED;
	if (what[strspn(what, "MKAFGSEI0123456789[]")] == '\0') {
		ret->kind = MAP_HASH_SIGNATURE;
		ret->signature = what;
	}
	return true;
}

bool map_hasher_named(const char *name, uint64_t n, struct map_hasher *ret)
{
	static const struct {
		const char *name;
		enum map_hash_kind kind;
		uint8_t n;
	} known[] = {
		{"memhash0", MAP_HASH_NONE, 0},
		{"memhash8", MAP_HASH_MEM, 1},
		{"memhash16", MAP_HASH_MEM, 2},
		{"memhash32", MAP_HASH_MEM32, 0},
		{"memhash64", MAP_HASH_MEM64, 0},
		{"memhash128", MAP_HASH_MEM, 16},
		{"strhash", MAP_HASH_TYPED, 0},
		{"f32hash", MAP_HASH_TYPED, 0},
		{"f64hash", MAP_HASH_TYPED, 0},
		{"c64hash", MAP_HASH_TYPED, 0},
		{"c128hash", MAP_HASH_TYPED, 0},
		{"interhash", MAP_HASH_TYPED, 0},
		{"nilinterhash", MAP_HASH_TYPED, 0},
	};
	const char *last = strrchr(name, '.');
	size_t i;

	ret->kind = MAP_HASH_UNKNOWN;
	if (made_by_compiler(name, ret))
		return true;
	if (!strncmp(name, "reflect.MapOf.", 14)) {
		ret->kind = MAP_HASH_REFLECT;
		return true;
	}
	if (last && !strcmp(last, ".memhash_varlen")) {
		ret->kind = MAP_HASH_MEM;
		ret->n = n;
		return true;
	}
	for (i = 0; last && i < ARRAY_LEN(known); i++) {
		if (strcasecmp(last + 1, known[i].name) != 0)
			continue;
		ret->kind = known[i].kind;
		ret->n = known[i].n;
		return true;
	}
	return false;
}
