/* Go's ==, and finding a key by it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/container/map_find.h"
#include "core/go/map_hash.h"
#include "core/session/expr_priv.h"

enum { KEY_MAX = 1 << 20 /* bytes */, PIECES_MAX = 1 << 24 };

/* Types of parts may be anything: neither deep nor many without an end. */
struct equal {
	const struct expr_context *context;
	unsigned depth;
	uint64_t pieces;
};

static struct error *equal(struct equal *e, uint32_t id, uint64_t a, uint64_t b,
			   bool *ret);

static struct error *equal_bytes(const struct expr_context *context, uint64_t a,
				 uint64_t b, uint64_t len, bool *ret)
{
	const void *x, *y;

	*ret = true;
	if (!len || a == b)
		return NULL;
	x = sample_view(context->memory, a, len);
	y = sample_view(context->memory, b, len);
	if (!x || !y)
		return error_fault(x ? b : a, len);
	*ret = !memcmp(x, y, len);
	return NULL;
}

static struct error *equal_strings(const struct expr_context *context,
				   uint64_t a, uint64_t b, bool *ret)
{
	uint64_t data[2], len[2];
	struct error *err;

	if ((err = expr_word(context, a, &data[0])) ||
	    (err = expr_word(context, a + 8, &len[0])) ||
	    (err = expr_word(context, b, &data[1])) ||
	    (err = expr_word(context, b + 8, &len[1])))
		return err;
	*ret = len[0] == len[1];
	if (len[0] > LIMIT_STRING)
		return error_fault(data[0], len[0]);
	return *ret ? equal_bytes(context, data[0], data[1], len[0], ret)
		    : NULL;
}

static struct error *equal_floats(const struct expr_context *context,
				  uint32_t id, uint64_t a, uint64_t b,
				  bool *ret)
{
	struct expr_value x, y;
	double f, g;
	struct error *err;

	expr_place(id, a, &x);
	expr_place(id, b, &y);
	if ((err = expr_load_float(context, &x, &f)) ||
	    (err = expr_load_float(context, &y, &g)))
		return err;
	*ret = !(f < g) && !(f > g) && f == f && g == g;
	return NULL;
}

static struct error *equal_interfaces(struct equal *e, uint32_t id, uint64_t a,
				      uint64_t b, bool *ret)
{
	const struct expr_context *context = e->context;
	/* Writable for the type table alone, which locks itself. */
	struct expr_context *mutable_context =
		(struct expr_context *)(uintptr_t)context;
	struct expr_value x, y;
	uint64_t first[2];
	struct error *err;

	if ((err = expr_word(context, a, &first[0])) ||
	    (err = expr_word(context, b, &first[1])))
		return err;
	*ret = !first[0] && !first[1];
	if (!first[0] || !first[1])
		return NULL;
	expr_place(id, a, &x);
	expr_place(id, b, &y);
	if ((err = expr_dynamic(mutable_context, &x)) ||
	    (err = expr_dynamic(mutable_context, &y)))
		return err;
	*ret = x.type == y.type;
	return *ret ? equal(e, x.type, x.addr, y.addr, ret) : NULL;
}

static struct error *equal_parts(struct equal *e, const struct go_type *type,
				 uint64_t a, uint64_t b, bool *ret)
{
	uint64_t size = expr_type(e->context, type->elem)->size, i;
	struct error *err = NULL;

	*ret = true;
	if (type->kind == GO_ARRAY)
		for (i = 0; i < type->len && *ret && !err; i++)
			err = equal(e, type->elem, a + i * size, b + i * size,
				    ret);
	else
		for (i = 0; i < type->field_count && *ret && !err; i++) {
			const struct go_field *f = &type->fields[i];

			if (strcmp(f->name, "_") != 0)
				err = equal(e, f->type, a + f->offset,
					    b + f->offset, ret);
		}
	return err;
}

static struct error *equal_kind(struct equal *e, uint32_t id, uint64_t a,
				uint64_t b, bool *ret)
{
	const struct expr_context *context = e->context;
	const struct go_type *type = expr_type(context, id);

	switch (type->kind) {
	case GO_STRING:
		return equal_strings(context, a, b, ret);
	case GO_FLOAT32:
	case GO_FLOAT64:
		return equal_floats(context, id, a, b, ret);
	case GO_INTERFACE:
		return equal_interfaces(e, id, a, b, ret);
	case GO_ARRAY:
	case GO_STRUCT:
		return equal_parts(e, type, a, b, ret);
	case GO_MAP:
	case GO_SLICE:
	case GO_FUNC:
		return error_new(ERROR_USAGE,
				 "%s can only be compared with nil",
				 type->name);
	default:
		return equal_bytes(context, a, b, type->size, ret);
	}
}

static struct error *equal(struct equal *e, uint32_t id, uint64_t a, uint64_t b,
			   bool *ret)
{
	struct error *err;

	*ret = false;
	if (e->depth > LIMIT_TYPE_DEPTH)
		return error_new(ERROR_LIMIT, "the values are too deep");
	if (++e->pieces > PIECES_MAX)
		return error_new(ERROR_LIMIT, "the values have too many parts");
	e->depth++;
	err = equal_kind(e, id, a, b, ret);
	e->depth--;
	return err;
}

struct error *expr_equal(const struct expr_context *context, uint32_t type,
			 uint64_t a, uint64_t b, bool *ret)
{
	struct equal e = {.context = context};

	return equal(&e, type, a, b, ret);
}

struct error *expr_map_view(const struct expr_context *context,
			    const struct expr_value *map, struct map_view *ret)
{
	const struct go_type *type = expr_type(context, map->type);

	*ret = (struct map_view){
		.sample = context->memory,
		.types = context->types,
		.type = type,
		.job = context->session->command,
	};
	if (!type->layout)
		return error_new(ERROR_NOT_FOUND,
				 "how '%s' is stored is unknown", type->name);
	return expr_word(context, map->addr, &ret->header);
}

/* By hash where it can be recomputed, else by comparing all keys. */
static struct error *look_up(struct expr_context *context,
			     struct map_view *view, uint64_t key,
			     uint64_t *elem_ret)
{
	uint64_t size = expr_type(context, view->type->key)->size;
	CLEANUP(free_cleanup) uint8_t *bytes = NULL;
	struct map_hasher hasher;
	struct map_entry entry;
	struct error *err;
	bool found;

	if (size > KEY_MAX)
		return error_new(ERROR_LIMIT, "the key is too large");
	bytes = xcalloc(1, size + 1);
	if (size && (err = sample_read(context->memory, key, bytes, size)))
		return err;
	if (map_hasher_load(context->session->rt, view->type, &hasher)) {
		hasher.sample = context->memory;
		view->hasher = &hasher;
	}
	err = map_find_key(view, bytes, &entry, &found);
	view->hasher = NULL;
	if (err)
		return err;
	if (!found)
		return error_new(ERROR_NOT_FOUND, "the map has no such key");
	*elem_ret = entry.elem;
	return NULL;
}

/* The key as a value of the map's key type. */
static struct error *convert_key(struct expr_context *context, uint32_t id,
				 struct expr_value *key)
{
	const struct go_type *type = expr_type(context, id);
	struct error *err;

	if (key->form == EXPR_TYPED && key->type == id)
		return NULL;
	if (type->kind != GO_INTERFACE || key->form == EXPR_NIL) {
		if ((err = expr_convert_const(context, id, key)))
			return err;
		if (key->type == id ||
		    !strcmp(expr_type(context, key->type)->name, type->name))
			return NULL;
		return error_new(ERROR_USAGE, "the key is %s, not %s",
				 expr_type(context, key->type)->name,
				 type->name);
	}
	return expr_default_type(context, key);
}

/* A key of an interface type: what is in it has to be equal. */
static struct error *scan_dynamic(struct expr_context *context,
				  const struct map_view *view,
				  const struct expr_value *key,
				  uint64_t *elem_ret)
{
	struct map_cursor cursor = {0};
	struct map_entry entry;
	struct expr_value own;
	struct error *err;
	bool more, same = false;

	for (;;) {
		if ((err = map_next(view, &cursor, &entry, &more)))
			return err;
		if (!more)
			return error_new(ERROR_NOT_FOUND,
					 "the map has no such key");
		expr_place(view->type->key, entry.key, &own);
		err = expr_dynamic(context, &own);
		if (error_catch(&err, ERROR_NOT_FOUND) ||
		    error_catch(&err, ERROR_CORRUPT))
			continue;
		if (!err && own.type == key->type)
			err = expr_equal(context, own.type, own.addr, key->addr,
					 &same);
		if (err)
			return err;
		if (same) {
			*elem_ret = entry.elem;
			return NULL;
		}
	}
}

/* In an interface without methods: the type's descriptor and the data word. */
static struct error *boxed_key(struct expr_context *context, uint32_t id,
			       const struct expr_value *key, uint8_t *ret)
{
	const struct go_type *type = expr_type(context, id);
	const struct go_type *own = expr_type(context, key->type);
	uint64_t words[2] = {own->rtype, key->addr};

	if (key->form == EXPR_NIL)
		return NULL;
	if (type->has_methods || !own->rtype)
		return error_new(ERROR_UNSUPPORTED,
				 "how %s is stored as a key of type %s is "
				 "unknown",
				 own->name, type->name);
	if (own->direct && own->size == 8) {
		struct error *err = expr_word(context, key->addr, &words[1]);

		if (err)
			return err;
	}
	memcpy(ret, words, sizeof(words));
	return NULL;
}

struct error *expr_map_key(struct expr_context *context, uint32_t map,
			   const struct expr_value *wanted, uint8_t **ret)
{
	uint32_t id = expr_type(context, map)->key;
	const struct go_type *type = expr_type(context, id);
	struct expr_value key = *wanted;
	struct error *err;

	*ret = NULL;
	if ((err = convert_key(context, id, &key)))
		return err;
	if (type->size > KEY_MAX)
		return error_new(ERROR_LIMIT, "the key is too large");
	*ret = xcalloc(1, type->size + 1);
	if (type->kind == GO_INTERFACE && key.type != id)
		err = boxed_key(context, id, &key, *ret);
	else if (type->size)
		err = sample_read(context->memory, key.addr, *ret, type->size);
	if (!err)
		return NULL;
	free(*ret);
	*ret = NULL;
	return err;
}

struct error *expr_map_find(struct expr_context *context,
			    const struct expr_value *map,
			    const struct expr_value *wanted,
			    struct expr_value *ret)
{
	const struct go_type *type = expr_type(context, map->type);
	struct expr_value key = *wanted;
	struct map_view view;
	struct error *err;
	uint64_t elem = 0;

	if ((err = convert_key(context, type->key, &key)) ||
	    (err = expr_map_view(context, map, &view)))
		return err;
	if (!view.header)
		return error_new(ERROR_NOT_FOUND, "the map is nil");
	err = expr_type(context, type->key)->kind == GO_INTERFACE &&
			      key.type != type->key
		      ? scan_dynamic(context, &view, &key, &elem)
		      : look_up(context, &view, key.addr, &elem);
	if (err)
		return err;
	expr_place(type->elem, elem, ret);
	ret->addressable = false;
	return NULL;
}
