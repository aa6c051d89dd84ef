/* The next sample of a process takes over what was read of its binary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/session/session.h"
#include "core/session/session_priv.h"
#include "tests/support/target.h"

static void start(struct go_target *target, const char *name)
{
	char *path = go_target_newest(name);

	assert_non_null(path);
	assert_true(go_target_start(target, path));
	free(path);
}

static struct session *sample(const struct go_target *target,
			      const struct session *like)
{
	struct session_options options = session_options_default();
	struct session *session;

	options.max_stop_ns = 30000000000;
	options.like = like;
	assert_null(session_open_live(target->pid, &options, NULL, &session));
	assert_null(session->options.like);
	return session;
}

static void assert_same_owners(const struct session *a, const struct session *b)
{
	CLEANUP(map_groups_deinit) struct map_groups of_a = {0}, of_b = {0};
	uint32_t i;

	assert_null(map_groups_load(a, GROUP_OWNER, NULL, &of_a));
	assert_null(map_groups_load(b, GROUP_OWNER, NULL, &of_b));
	assert_true(of_a.count > 10);
	assert_int_equal(of_a.count, of_b.count);
	for (i = 0; i < of_a.count; i++)
		assert_string_equal(of_a.groups[i].name, of_b.groups[i].name);
}

static void the_second_sample_reads_no_binary(void **state)
{
	struct go_target target;
	struct session *first, *second, *third;

	(void)state;
	start(&target, "holders");
	first = sample(&target, NULL);
	assert_true(first->index_ns > 0);
	second = sample(&target, first);
	assert_ptr_equal(second->program, first->program);
	assert_int_equal(second->index_ns, 0);
	assert_same_owners(first, second);
	session_free(first);
	/* What they share lives as long as one of them. */
	third = sample(&target, second);
	assert_same_owners(second, third);
	session_free(second);
	session_free(third);
	assert_int_equal(go_target_stop(&target), 0);
}

static void another_binary_is_read(void **state)
{
	struct go_target one, other;
	struct session *first, *second;

	(void)state;
	start(&one, "holders");
	start(&other, "kinds");
	first = sample(&one, NULL);
	second = sample(&other, first);
	assert_ptr_not_equal(second->program, first->program);
	assert_true(second->index_ns > 0);
	session_free(first);
	session_free(second);
	assert_int_equal(go_target_stop(&one), 0);
	assert_int_equal(go_target_stop(&other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_second_sample_reads_no_binary),
		cmocka_unit_test(another_binary_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
