#include "core/session/map_key.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/container/map_find.h"
#include "core/session/expr_priv.h"

enum { VERIFY = 1000 };

struct wanted {
	const struct map_view *view;
	const uint8_t *key;
};

static bool is_wanted(void *arg, const struct map_entry *entry)
{
	const struct wanted *want = arg;

	return map_key_same(want->view, entry->key, want->key);
}

static void keep_entry(const struct map_entry *e, struct map_key *ret)
{
	ret->found = true;
	ret->entry = (struct entry){
		.key_addr = e->key,
		.elem_addr = e->elem,
		.table = e->table,
		.unit = e->unit,
		.chain = e->chain,
		.slot = e->slot,
		.old = e->old,
	};
}

/* Only a hash that agrees with what is in the map tells anything. */
static struct error *probe(struct map_view *view, const struct wanted *want,
			   struct map_key *ret)
{
	struct wanted w = *want;
	uint64_t seed, hash;

	if (!view->hasher || !map_seed(view, &seed) ||
	    !map_hash(view->hasher, want->key, seed, &hash))
		return NULL;
	/* Of an empty map there is nothing to doubt. */
	if (ret->tables && !map_hash_verify_some(view, VERIFY))
		return NULL;
	ret->hashed = true;
	return map_probe(view, hash, is_wanted, &w, &ret->probe);
}

static struct error *look_up(struct map_view *view, const uint8_t *key,
			     bool empty, struct map_key *ret)
{
	const struct wanted want = {.view = view, .key = key};
	struct map_entry entry;
	struct error *err;
	bool found;

	ret->tables = !empty;
	if ((err = probe(view, &want, ret)))
		return err;
	if (ret->hashed && ret->probe.found) {
		keep_entry(&ret->probe.entry, ret);
		return NULL;
	}
	view->hasher = NULL;
	if ((err = map_find_key(view, key, &entry, &found)))
		return err;
	if (found) { /* not where the hash leads: then it is not the hash */
		keep_entry(&entry, ret);
		ret->hashed = false;
	}
	return NULL;
}

static struct error *locate(struct expr_context *context, uint32_t row,
			    const char *text, struct map_key *ret)
{
	const struct session *session = context->session;
	CLEANUP(free_cleanup) uint8_t *key = NULL;
	const struct map_row *r = &session->rows[row];
	struct map_hasher hasher;
	struct expr_value wanted;
	struct map_view view;
	struct error *err;

	session_hash_view(session, r, &view, &hasher);
	if (!view.type->layout)
		return error_new(ERROR_NOT_FOUND, "the map's type is unknown");
	if ((err = expr_eval(context, text, &wanted)) ||
	    (err = expr_map_key(context, r->type, &wanted, &key)))
		return err;
	/* What the expression made is in the context's memory. */
	view.sample = context->memory;
	hasher.sample = context->memory;
	ret->swiss = view.type->layout->swiss;
	if ((err = look_up(&view, key, !r->live, ret)))
		return err;
	ret->units = map_unit_count(&view, ret->probe.home.table);
	ret->tables = ret->swiss ? r->tables : 1;
	return NULL;
}

static bool is_key_at(void *arg, const struct map_entry *entry)
{
	const uint64_t *key_addr = arg;

	return entry->key == *key_addr;
}

bool map_slot_probe(const struct session *session, uint32_t row,
		    uint64_t key_addr, struct map_probe *ret)
{
	struct map_hasher hasher;
	struct map_view view;
	struct error *err;
	uint64_t hash;

	if (session->stored)
		return false;
	session_hash_view(session, &session->rows[row], &view, &hasher);
	if (!view.type->layout || !view.hasher ||
	    !map_key_hash(&view, key_addr, &hash) ||
	    !map_hash_verify_some(&view, VERIFY))
		return false;
	err = map_probe(&view, hash, is_key_at, &key_addr, ret);
	error_free(err);
	return !err && ret->found;
}

struct error *map_key_load(const struct session *session, uint32_t row,
			   const char *text, struct map_key *ret)
{
	struct expr_context *context;
	struct error *err;

	*ret = (struct map_key){.found = false};
	if (session->stored)
		return session_needs_memory(session);
	context = expr_context_new(session, UINT32_MAX, 0);
	err = locate(context, row, text, ret);
	expr_context_free(context);
	return err;
}

void map_key_place(const struct map_key *key, struct buf *out)
{
	const struct map_entry *e = &key->probe.entry;

	switch (key->probe.place) {
	case MAP_PLACE_SLOT:
		if (key->swiss)
			buf_printf(out,
				   "table %" PRIu64 " group %" PRIu64
				   " slot %u",
				   e->table, e->unit, e->slot);
		else
			buf_printf(out,
				   "bucket %" PRIu64 " chain %" PRIu32
				   " slot %u",
				   e->unit, e->chain, e->slot);
		break;
	case MAP_PLACE_OVERFLOW:
		buf_printf(out, "a new overflow bucket of bucket %" PRIu64,
			   key->probe.home.unit);
		break;
	case MAP_PLACE_MOVED:
		buf_printf(out,
			   "bucket %" PRIu64 ", once old bucket %" PRIu64
			   " is moved",
			   key->probe.home.moved_unit, key->probe.home.unit);
		break;
	case MAP_PLACE_GROWN:
		buf_adds(out, key->swiss && !key->probe.home.small
				      ? "no slot: the table grows first"
				      : "no slot: the map grows first");
		break;
	case MAP_PLACE_NEW:
		buf_adds(out, "the first slots, which are not allocated yet");
		break;
	default:
		buf_adds(out, "unknown: the map is damaged");
		break;
	}
}
