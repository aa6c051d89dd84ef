/* Lists as a surface shows them: a number is whole, or seen not to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "tui/widgets/list_view.h"

struct numbers {
	uint64_t u;
	double f;
	bool exact;
};

static void get(const void *model, uint32_t row, struct cell *ret)
{
	const struct numbers *n = model;

	(void)row;
	ret->u = n->u;
	ret->f = n->f;
	ret->known = true;
	ret->exact = n->exact;
}

static uint32_t one(const void *model)
{
	(void)model;
	return 1;
}

static uint64_t identity(const void *model, uint32_t row)
{
	(void)model;
	return row;
}

/* What a list of one column of that kind and width shows. */
static void shown_is(uint8_t kind, uint8_t width, struct numbers n,
		     const char *want)
{
	CLEANUP(surface_deinit) struct surface s = {.ascii = true};
	CLEANUP(buf_deinit) struct buf got = {0};
	const struct column column = {
		.key = "n",
		.title = "N",
		.kind = kind,
		.width = width,
		.min_width = width,
		.get = get,
	};
	const struct list_kind list_kind = {
		.name = "numbers",
		.columns = &column,
		.column_count = 1,
		.count = one,
		.identity = identity,
	};
	struct list_view view = {.cursor = 1};

	list_init(&view.list, &list_kind, &n);
	surface_resize(&s, 1, width + 1);
	list_view_draw(&view, &s, 0, 1, false);
	surface_dump(&s, &got);
	got.data[strcspn(got.data, "\n")] = '\0';
	list_deinit(&view.list);
	assert_string_equal(got.data, want);
}

static void a_number_too_wide_for_its_column_gets_a_unit(void **state)
{
	(void)state;
	shown_is(COLUMN_COUNT, 7, (struct numbers){1234567, 0, true},
		 "1234567");
	shown_is(COLUMN_COUNT, 7, (struct numbers){12345678, 0, true},
		 "  12.3M");
	shown_is(COLUMN_COUNT, 5, (struct numbers){UINT64_MAX, 0, true},
		 "18.4E");
	shown_is(COLUMN_COUNT, 7, (struct numbers){123456, 0, false},
		 " >=123K");
	shown_is(COLUMN_DELTA, 6, (struct numbers){0, -1234567, true},
		 "-1.23M");
	shown_is(COLUMN_DELTA_BYTES, 6, (struct numbers){0, 1048576, true},
		 "+1.00M");
	shown_is(COLUMN_PERCENT, 5, (struct numbers){0, 12345.67, true},
		 "1.23M");
	shown_is(COLUMN_TIME, 4, (struct numbers){3600 * 24 * 100, 0, true},
		 "100d");
	shown_is(COLUMN_NUMBER, 6, (struct numbers){0, 12345.67, true},
		 " 12346");
	shown_is(COLUMN_NUMBER, 5, (struct numbers){0, 1234567, true}, "1.23M");
}

static void what_no_unit_makes_short_is_no_number_at_all(void **state)
{
	(void)state;
	shown_is(COLUMN_COUNT, 4, (struct numbers){12345678, 0, true}, "####");
	shown_is(COLUMN_BYTES, 6, (struct numbers){1234567, 0, false},
		 "######");
	shown_is(COLUMN_ADDRESS, 14,
		 (struct numbers){0xffffffff81000000, 0, true},
		 "##############");
	shown_is(COLUMN_DELTA, 8, (struct numbers){0, 1e30, true}, "########");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_too_wide_for_its_column_gets_a_unit),
		cmocka_unit_test(what_no_unit_makes_short_is_no_number_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
