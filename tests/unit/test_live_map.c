/* Mappings that come and grow between the preparation and the stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/target/live_map.h"

static const uint64_t LOW = 0x7f0000000000, MB = 1 << 20;

static struct sample_mapping mapping(uint64_t at_mb, uint64_t mb)
{
	static char none[] = "";

	return (struct sample_mapping){.start = LOW + at_mb * MB,
				       .end = LOW + (at_mb + mb) * MB,
				       .readable = true,
				       .writable = true,
				       .anonymous = true,
				       .path = none};
}

static void held(const struct sample *sample, const struct sample_mapping *maps,
		 size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct segment *seg =
			sample_segment(sample, maps[i].start);

		assert_non_null(seg);
		assert_true(seg->start <= maps[i].start);
		assert_true(seg->end >= maps[i].end);
	}
}

/** @p before is prepared for, @p after is what the stop finds. */
static void grows(const struct sample_mapping *before, size_t before_count,
		  const struct sample_mapping *after, size_t after_count)
{
	struct sample *sample = sample_new_fake();
	struct live_map map = {.sample = sample, .backing_fd = -1};

	assert_null(live_map_build(&map, before, before_count));
	held(sample, before, before_count);
	assert_null(live_map_update(&map, after, after_count));
	held(sample, after, after_count);
	live_map_deinit(&map);
	sample_free(sample);
}

static void a_mapping_in_the_room_of_one_keeps_both(void **state)
{
	const struct sample_mapping before[] = {mapping(0, 1), mapping(64, 1)};
	const struct sample_mapping after[] = {mapping(0, 1), mapping(8, 1),
					       mapping(64, 1)};

	(void)state;
	grows(before, 2, after, 3);
}

static void a_mapping_across_the_end_of_the_room_keeps_all(void **state)
{
	/* both have room up to the middle of the gap, 32 MB on */
	const struct sample_mapping before[] = {mapping(0, 1), mapping(63, 1)};
	const struct sample_mapping after[] = {mapping(0, 1), mapping(30, 4),
					       mapping(63, 1)};

	(void)state;
	grows(before, 2, after, 3);
}

static void a_mapping_beside_the_room_leaves_it_alone(void **state)
{
	const struct sample_mapping before[] = {mapping(0, 1),
						mapping(2000, 1)};
	const struct sample_mapping after[] = {
		mapping(0, 1), mapping(258, 1), mapping(1000, 1),
		mapping(1742, 4), mapping(2000, 1)};

	(void)state;
	grows(before, 2, after, 5);
}

static void a_mapping_that_outgrows_its_room_is_held(void **state)
{
	const struct sample_mapping before[] = {mapping(0, 1), mapping(100, 1),
						mapping(102, 1)};
	const struct sample_mapping after[] = {mapping(0, 99), mapping(100, 3)};

	(void)state;
	grows(before, 3, after, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapping_in_the_room_of_one_keeps_both),
		cmocka_unit_test(
			a_mapping_across_the_end_of_the_room_keeps_all),
		cmocka_unit_test(a_mapping_beside_the_room_leaves_it_alone),
		cmocka_unit_test(a_mapping_that_outgrows_its_room_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
