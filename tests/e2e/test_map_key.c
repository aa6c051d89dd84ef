/*
 * Where a key is said to go is where the process puts it: asked before, looked
 * up after. Targets are $MAPSCOPE_TARGETS/insert-VERSION.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/xalloc.h"
#include "core/session/map_key.h"
#include "tests/support/target.h"

enum { ROUNDS = 12 };

static const char *const maps[] = {"main.small", "main.full", "main.holes",
				   "main.growing"};

struct tally {
	unsigned slots, others, wrong;
};

static struct session *open_target(const struct go_target *target)
{
	struct session_options options = session_options_default();
	struct session *session;
	struct error *err;

	options.max_stop_ns = 20000000000;
	err = session_open_live(target->pid, &options, NULL, &session);
	if (err)
		print_message("%s\n", err->message);
	assert_null(err);
	return session;
}

static void load(const struct session *session, const char *map, unsigned n,
		 struct map_key *ret)
{
	CLEANUP(free_cleanup) char *text = NULL;
	uint32_t row;

	text = strcmp(map, "main.holes") ? xasprintf("%u", n)
					 : xasprintf("\"key-%u\"", n);
	assert_null(session_find_map(session, map, &row));
	assert_null(map_key_load(session, row, text, ret));
	assert_true(ret->hashed);
}

static void insert(struct go_target *target, const char *map, unsigned n)
{
	CLEANUP(free_cleanup) char *text = xasprintf("%s %u\n", map + 5, n);
	char line[16] = "";

	assert_true(write(target->in, text, strlen(text)) > 0);
	assert_non_null(fgets(line, sizeof(line), target->out));
	assert_string_equal(line, "DONE\n");
}

static void check(const char *map, const struct map_key *before,
		  const struct map_key *after, struct tally *t)
{
	const struct map_entry *want = &before->probe.entry;
	const struct entry *got = &after->entry;

	assert_true(after->found);
	if (before->probe.place != MAP_PLACE_SLOT) {
		t->others++;
		return;
	}
	t->slots++;
	if (got->key_addr == want->key && got->table == want->table &&
	    got->unit == want->unit && got->slot == want->slot &&
	    got->chain == want->chain)
		return;
	print_message("%s: slot %u of %llu instead of slot %u of %llu\n", map,
		      got->slot, (unsigned long long)got->unit, want->slot,
		      (unsigned long long)want->unit);
	t->wrong++;
}

static void check_target(char *path)
{
	struct map_key before[ARRAY_LEN(maps)], after;
	struct go_target target;
	struct session *session;
	struct tally t = {0};
	unsigned round, i;

	assert_non_null(path);
	assert_true(go_target_start(&target, path));
	free(path);
	session = open_target(&target);
	for (round = 0; round < ROUNDS; round++) {
		unsigned n = 10001 + 3 * round;

		for (i = 0; i < ARRAY_LEN(maps); i++) {
			load(session, maps[i], n, &before[i]);
			assert_false(before[i].found);
			insert(&target, maps[i], n);
		}
		session_free(session);
		session = open_target(&target);
		for (i = 0; i < ARRAY_LEN(maps); i++) {
			load(session, maps[i], n, &after);
			check(maps[i], &before[i], &after, &t);
		}
	}
	session_free(session);
	assert_int_equal(go_target_stop(&target), 0);
	print_message("%u into slots, %u otherwise\n", t.slots, t.others);
	assert_int_equal(t.wrong, 0);
	assert_true(t.slots > ROUNDS);
	assert_true(t.others > 0);
}

static void classic_maps_put_keys_where_it_says(void **state)
{
	(void)state;
	check_target(go_target_newest_classic("insert"));
}

static void swiss_maps_put_keys_where_it_says(void **state)
{
	(void)state;
	check_target(go_target_newest("insert"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classic_maps_put_keys_where_it_says),
		cmocka_unit_test(swiss_maps_put_keys_where_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
