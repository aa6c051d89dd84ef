/* What is copied of a target, and when, is what the layer above plans. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/xalloc.h"
#include "core/target/sample.h"
#include "tests/support/counter.h"

struct plan_log {
	const struct shared *shared;
	unsigned dirty; /* stops to refuse */
	unsigned scored;
	unsigned asked, changes, settled;
	bool wrong; /* fails instead of finding nothing */
};

static struct error *plan_arenas(void *arg, const struct sample *peek,
				 struct sample_range **ret, size_t *count_ret)
{
	const struct plan_log *log = arg;
	uint64_t at = (uintptr_t)log->shared->pattern;

	assert_non_null(sample_view(peek, at, 1));
	error_free(list_shadow(NULL, peek, ret, count_ret));
	(*ret)[(*count_ret)++] = (struct sample_range){at, at + PATTERN};
	return NULL;
}

static struct error *plan_ranges(void *arg, const struct sample *metadata,
				 struct sample_range **ret, size_t *count_ret)
{
	const struct plan_log *log = arg;
	uint64_t at = (uintptr_t)log->shared->pattern;

	(void)metadata;
	*ret = xmalloc(sizeof(**ret));
	**ret = (struct sample_range){at + 4096, at + 4 * 4096};
	*count_ret = 1;
	return NULL;
}

static unsigned plan_score(void *arg, const struct sample *sample)
{
	struct plan_log *log = arg;
	uint64_t at = (uintptr_t)log->shared->pattern;

	/* Any page of an arena can be looked at here. */
	assert_non_null(sample_view(sample, at + PATTERN - 100, 100));
	return log->scored++ < log->dirty ? 7 : 0;
}

static void a_plan_says_what_is_copied_and_when(void **state)
{
	const struct sample_options options = {.freeze = FREEZE_COPY,
					       .retries = 5};
	struct target t = start_target(false);
	struct plan_log log = {.shared = t.shared, .dirty = 2};
	const struct sample_plan plan = {
		.arenas = plan_arenas,
		.ranges = plan_ranges,
		.score = plan_score,
		.arg = &log,
	};
	uint64_t at = (uintptr_t)t.shared->pattern;
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	struct error *err = sample_take_live(t.pid, &options, &plan, NULL, &s);

	(void)state;
	if (err)
		fail_msg("%s", err->message);
	assert_int_equal(log.scored, 3);
	assert_int_equal(sample_info(s)->attempts, 3);
	assert_int_equal(sample_info(s)->score, 0);
	assert_non_null(sample_view(s, at + 4096, 3 * 4096));
	assert_null(sample_view(s, at, 1));
	assert_null(sample_view(s, at + 100 * 4096, 1));
	assert_untouched(&t);
	stop_target(&t);
}

/* Before it is settled it is worth nothing. */
static struct error *plan_early(void *arg, const struct sample *peek,
				struct sample_range **ret, size_t *count_ret)
{
	struct plan_log *log = arg;

	if (log->settled)
		return plan_arenas(arg, peek, ret, count_ret);
	log->asked++;
	*ret = NULL;
	*count_ret = 0;
	return log->wrong ? error_new(ERROR_CORRUPT, "damaged") : NULL;
}

static struct error *plan_settle(void *arg, bool *changed_ret)
{
	struct plan_log *log = arg;

	assert_int_equal(log->scored, 0); /* nobody stands yet */
	*changed_ret = log->settled++ < log->changes;
	return NULL;
}

static struct error *take_settled(const struct target *t, struct plan_log *log,
				  struct sample **ret)
{
	const struct sample_options options = {.freeze = FREEZE_COPY};
	const struct sample_plan plan = {
		.arenas = plan_early,
		.ranges = plan_ranges,
		.score = plan_score,
		.settle = plan_settle,
		.arg = log,
	};

	return sample_take_live(t->pid, &options, &plan, NULL, ret);
}

static void a_plan_that_changes_before_the_stop_is_followed(void **state)
{
	struct target t = start_target(false);
	uint64_t at = (uintptr_t)t.shared->pattern, wrong;

	(void)state;
	for (wrong = 0; wrong < 2; wrong++) {
		struct plan_log log = {
			.shared = t.shared, .changes = 1, .wrong = wrong};
		CLEANUP(sample_cleanup) struct sample *s = NULL;
		struct error *err = take_settled(&t, &log, &s);

		if (err)
			fail_msg("%s", err->message);
		assert_int_equal(log.asked, 1);
		assert_int_equal(log.settled, 2);
		assert_int_equal(sample_info(s)->attempts, 1);
		assert_non_null(sample_view(s, at + 4096, 3 * 4096));
		assert_null(sample_view(s, at, 1));
	}
	assert_untouched(&t);
	stop_target(&t);
}

static void a_plan_that_always_changes_or_fails_is_an_error(void **state)
{
	struct target t = start_target(false);
	struct plan_log logs[] = {{t.shared, .changes = UINT_MAX},
				  {t.shared, .wrong = true}};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct sample *s = NULL;
		struct error *err = take_settled(&t, &logs[i], &s);

		assert_non_null(err);
		assert_int_equal(err->code, ERROR_CORRUPT);
		error_free(err);
		assert_int_equal(logs[i].scored, 0);
	}
	assert_untouched(&t);
	stop_target(&t);
}

static void past_max_mem_the_copy_lies_in_a_file(void **state)
{
	const struct sample_options options = {.freeze = FREEZE_COPY,
					       .max_mem = 4096};
	struct target t = start_target(false);
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	struct error *err =
		sample_take_live(t.pid, &options, plan_everything(), NULL, &s);
	const uint8_t *p;

	(void)state;
	if (err)
		fail_msg("%s", err->message);
	p = sample_view(s, (uintptr_t)t.shared->pattern, PATTERN);
	assert_non_null(p);
	assert_int_equal(p[5000], (5000 * 13 + 1) & 0xff);
	stop_target(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_says_what_is_copied_and_when),
		cmocka_unit_test(
			a_plan_that_changes_before_the_stop_is_followed),
		cmocka_unit_test(
			a_plan_that_always_changes_or_fails_is_an_error),
		cmocka_unit_test(past_max_mem_the_copy_lies_in_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
