/*
 * Hashes of all keys of all maps of real processes are recomputed: each must
 * agree with the map's control bytes, and lead to its entry.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>

#include "core/container/map_find.h"
#include "core/container/map_probe.h"
#include "core/session/session_priv.h"
#include "tests/support/target.h"

enum { ENTRIES_MAX = 2000, MAPS_MIN = 30 };

struct tally {
	const char *path;
	uint32_t maps, keys, wrong;
};

static void complain(struct tally *t, const struct go_type *type,
		     const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", t->path, type->name, what);
	t->wrong++;
}

static bool is_key(void *arg, const struct map_entry *entry)
{
	return entry->key == *(const uint64_t *)arg;
}

/* True if the entry was found where it is; NaN keys have no hash. */
static bool check_entry(struct tally *t, const struct map_view *view,
			const struct map_entry *e)
{
	struct map_entry got;
	bool found = false;
	struct map_probe probe = {0};
	uint64_t hash, key = e->key;

	if (!map_key_hash(view, e->key, &hash))
		return false;
	error_free(map_find_by_hash(view, hash, is_key, &key, &got, &found));
	if (!found || got.unit != e->unit || got.slot != e->slot ||
	    got.table != e->table || got.chain != e->chain || got.old != e->old)
		complain(t, view->type, "lookup misses an entry");
	error_free(map_probe(view, hash, is_key, &key, &probe));
	if (!probe.found || probe.entry.unit != e->unit ||
	    probe.entry.slot != e->slot || probe.entry.chain != e->chain)
		complain(t, view->type, "the way to an entry ends elsewhere");
	return true;
}

static void check_entries(struct tally *t, const struct map_view *view)
{
	struct map_cursor cursor = {0};
	struct map_entry e, got;
	uint32_t keys = 0, i;
	bool more, found;

	for (i = 0; i < ENTRIES_MAX; i++) {
		const struct go_type *key =
			go_type(view->types, view->type->key);
		const void *bytes;

		assert_null(map_next(view, &cursor, &e, &more));
		if (!more)
			break;
		if (!check_entry(t, view, &e))
			continue;
		keys++;
		if (i > 20 || !key->size)
			continue;
		bytes = sample_view(view->sample, e.key, key->size);
		assert_null(map_find_key(view, bytes, &got, &found));
		if (!found || got.key != e.key)
			complain(t, view->type, "its own key is not found");
	}
	t->keys += keys;
	if (!keys)
		return;
	t->maps++;
	if (!map_hash_verify(view))
		complain(t, view->type, "hashes and control bytes differ");
}

static void check_map(struct tally *t, const struct session *session,
		      const struct map_row *row)
{
	struct map_hasher hasher;
	struct map_figures f;
	struct map_view view;

	session_hash_view(session, row, &view, &hasher);
	if (!view.type->layout || !row->live ||
	    row->flags & (MAP_WRITING | MAP_TORN))
		return;
	if (!view.hasher) {
		complain(t, view.type, "its hash function is unknown");
		return;
	}
	assert_null(map_figures_load(&view, &f));
	if (row->swiss && !f.chain_hits &&
	    view.type->key != go_type_find(view.types, "float64"))
		complain(t, view.type, "hits are not told");
	check_entries(t, &view);
}

static void check_process(struct tally *t, pid_t pid)
{
	struct session_options options = session_options_default();
	struct session *session = NULL;
	uint32_t i;

	assert_null(session_open_live(pid, &options, NULL, &session));
	for (i = 0; i < session->row_count; i++)
		check_map(t, session, &session->rows[i]);
	print_message("%s: %u keys of %u maps\n", t->path, t->keys, t->maps);
	session_free(session);
}

static void every_key_is_where_its_hash_says(void **state)
{
	const char *dir = getenv("MAPSCOPE_TARGETS");
	uint32_t wrong = 0;
	char pattern[4096];
	glob_t found;
	size_t i;

	(void)state;
	assert_non_null(dir);
	snprintf(pattern, sizeof(pattern), "%s/holders-*", dir);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		struct tally t = {.path = found.gl_pathv[i]};
		struct go_target target;

		assert_true(go_target_start(&target, t.path));
		check_process(&t, target.pid);
		assert_true(t.maps >= MAPS_MIN);
		wrong += t.wrong;
		assert_int_equal(go_target_stop(&target), 0);
	}
	globfree(&found);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_where_its_hash_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
