/*
 * The image of a fork has an age to end at. A copy that moves is finished past
 * it, and says so; a copy that stands, for who makes it was stopped, is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/xalloc.h"
#include "core/target/sample.h"
#include "tests/support/counter.h"
#include "tests/support/target.h"

enum {
	SLOW_STEPS = 60, /* of a copy, together longer than SLOW_AGE_NS */
	SLOW_STEP_MS = 30,
};

static const uint64_t SLOW_AGE_NS = 1000000000;

/* A copy that lasts: all of it is read in the score, while the image lives. */
struct slow_copy {
	const struct target *t;
	bool stands; /* as if stopped with ^Z, until there is no image */
};

static struct error *slow_arenas(void *arg, const struct sample *peek,
				 struct sample_range **ret, size_t *count_ret)
{
	const struct slow_copy *slow = arg;
	uint64_t at = (uintptr_t)slow->t->shared->pattern;

	error_free(list_shadow(NULL, peek, ret, count_ret));
	(*ret)[(*count_ret)++] = (struct sample_range){at, at + PATTERN};
	return NULL;
}

static struct error *slow_ranges(void *arg, const struct sample *metadata,
				 struct sample_range **ret, size_t *count_ret)
{
	const struct slow_copy *slow = arg;
	uint64_t at = (uintptr_t)slow->t->shared->pattern;

	(void)metadata;
	*ret = xmalloc(sizeof(**ret));
	**ret = (struct sample_range){at, at + PATTERN};
	*count_ret = 1;
	return NULL;
}

static unsigned slow_score(void *arg, const struct sample *sample)
{
	const struct slow_copy *slow = arg;
	uint64_t at = (uintptr_t)slow->t->shared->pattern, i;

	if (slow->stands) {
		while (go_target_images(slow->t->pid))
			nap_ms(10);
		return 0;
	}
	for (i = 0; i < SLOW_STEPS; i++) {
		assert_non_null(sample_view(sample, at + (i << 16), 4096));
		nap_ms(SLOW_STEP_MS);
	}
	return 0;
}

static struct error *take_slowly(const struct target *t, bool stands,
				 struct sample **ret)
{
	struct slow_copy slow = {.t = t, .stands = stands};
	const struct sample_plan plan = {
		.arenas = slow_arenas,
		.ranges = slow_ranges,
		.score = slow_score,
		.arg = &slow,
	};
	const struct sample_options options = {
		.freeze = FREEZE_FORK,
		.max_age_ns = SLOW_AGE_NS,
	};

	return sample_take_live(t->pid, &options, &plan, NULL, ret);
}

/* One of its age, and where there is no time to reap it at once one of that. */
static void check_warnings(const struct sample_info *info)
{
	unsigned aged = 0;
	size_t i;

	for (i = 0; i < info->warning_count; i++) {
		const char *text = info->warnings[i];

		if (strstr(text, "the image was ") && strstr(text, "--max-age"))
			aged++;
		else if (!strstr(text, "could not be reaped yet"))
			fail_msg("%s", text);
	}
	assert_int_equal(aged, 1);
}

static void a_copy_that_moves_past_the_age_is_finished(void **state)
{
	struct target t = start_target(false);
	struct sample *s = NULL;
	struct error *err = take_slowly(&t, false, &s);
	const struct sample_info *info;
	const uint8_t *end;

	(void)state;
	if (err)
		fail_msg("%s", err->message);
	info = sample_info(s);
	assert_true(info->image_ns > SLOW_AGE_NS);
	assert_true(info->complete);
	check_warnings(info);
	end = sample_view(s, (uintptr_t)t.shared->pattern + PATTERN - 1, 1);
	assert_non_null(end);
	assert_int_equal(*end,
			 (uint8_t)((PATTERN - 1) * 13 + (PATTERN - 1) / 4096));
	sample_free(s);
	stop_target(&t);
}

static void a_copy_that_stands_past_the_age_is_given_up(void **state)
{
	struct target t = start_target(false);
	struct sample *s = NULL;
	struct error *err = take_slowly(&t, true, &s);

	(void)state;
	assert_non_null(err);
	if (err->code != ERROR_LIMIT ||
	    !strstr(err->message, "not read any more"))
		fail_msg("%s", err->message);
	error_free(err);
	assert_null(s);
	assert_untouched(&t);
	stop_target(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_that_moves_past_the_age_is_finished),
		cmocka_unit_test(a_copy_that_stands_past_the_age_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
