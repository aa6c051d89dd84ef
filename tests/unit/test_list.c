#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/session/list.h"

struct fruit {
	const char *name;
	uint64_t bytes;
	double share;
	bool known;
};

static const struct fruit fruits[] = {
	{"main.apple", 2048, 0.50, true},
	{"main.Banana", 1024, 0.10, true},
	{"net/http.cherry", 4096, 0.05, true},
	{"main.date", 0, 0.90, false},
};

static void get_name(const void *model, uint32_t row, struct cell *ret)
{
	const struct fruit *f = model;

	ret->text = f[row].name;
	ret->known = ret->exact = true;
}

static void get_bytes(const void *model, uint32_t row, struct cell *ret)
{
	const struct fruit *f = model;

	ret->u = f[row].bytes;
	ret->known = f[row].known;
	ret->exact = true;
}

static void get_share(const void *model, uint32_t row, struct cell *ret)
{
	const struct fruit *f = model;

	ret->f = f[row].share;
	ret->known = ret->exact = true;
}

static uint32_t count(const void *model)
{
	(void)model;
	return 4;
}

static uint64_t identity(const void *model, uint32_t row)
{
	(void)model;
	return row + 100;
}

static const struct column columns[] = {
	{"owner", "OWNER", "", COLUMN_TEXT, 10, 10, 0, 'o', get_name},
	{"bytes", "BYTES", "", COLUMN_BYTES, 10, 10, 0, 'b', get_bytes},
	{"share", "SHARE", "", COLUMN_PERCENT, 10, 10, 0, 's', get_share},
};

static const struct list_kind kind = {
	.name = "fruits",
	.columns = columns,
	.column_count = 3,
	.default_sort = "bytes-desc",
	.bare = "owner",
	.count = count,
	.identity = identity,
};

static void order_is(const struct list *list, const char *want)
{
	char got[16] = "";
	uint32_t i;

	for (i = 0; i < list->count; i++)
		got[i] = (char)('0' + list_row(list, i));
	assert_string_equal(got, want);
}

static void sorting_is_stable_and_unknown_is_least(void **state)
{
	CLEANUP(list_deinit) struct list list = {0};

	(void)state;
	list_init(&list, &kind, fruits);
	order_is(&list, "2013");
	assert_null(list_sort_by(&list, "bytes-asc"));
	order_is(&list, "3102");
	assert_null(list_sort_by(&list, "owner"));
	order_is(&list, "1032");
	assert_null(list_sort_by(&list, "share"));
	order_is(&list, "3012");
}

enum { MANY = 5000 };

struct numbers {
	uint64_t list[MANY];
};

static void get_number(const void *model, uint32_t row, struct cell *ret)
{
	const struct numbers *n = model;

	ret->u = n->list[row];
	ret->known = ret->exact = true;
}

static uint32_t count_many(const void *model)
{
	(void)model;
	return MANY;
}

static const struct column number_column[] = {
	{"number", "NUMBER", "", COLUMN_COUNT, 10, 10, 0, 'n', get_number},
};

static const struct list_kind number_kind = {
	.name = "numbers",
	.columns = number_column,
	.column_count = 1,
	.count = count_many,
	.identity = identity,
};

static void check_order(const struct numbers *n, bool descending)
{
	CLEANUP(list_deinit) struct list list = {0};
	uint32_t i;

	list_init(&list, &number_kind, n);
	list_sort(&list, 0, descending);
	for (i = 1; i < MANY; i++) {
		uint32_t a = list_row(&list, i - 1), b = list_row(&list, i);

		if (n->list[a] == n->list[b])
			assert_true(a < b);
		else
			assert_true((n->list[a] < n->list[b]) != descending);
	}
}

/* Ranges within 32 bits, at their edge, and beyond. */
static void numbers_of_every_range_are_in_order(void **state)
{
	static const struct {
		uint64_t from, mask;
	} ranges[] = {
		{0, 0},
		{7, 3},
		{1000000, 0x7fff},
		{UINT64_MAX - 0xffffffff, 0xffffffff},
		{5, 0xffffffff},
		{0xc000000000, 0x1ffffffff},
		{0, UINT64_MAX},
	};
	struct numbers n;
	uint64_t x = 88172645463325252;
	uint32_t i, r;

	(void)state;
	for (r = 0; r < sizeof(ranges) / sizeof(*ranges); r++) {
		for (i = 0; i < MANY; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			n.list[i] = ranges[r].from + (x & ranges[r].mask);
		}
		n.list[17] = ranges[r].from;
		n.list[18] = ranges[r].from + ranges[r].mask;
		check_order(&n, false);
		check_order(&n, true);
	}
}

static void filter_is(const char *expression, const char *want)
{
	CLEANUP(list_deinit) struct list list = {0};

	list_init(&list, &kind, fruits);
	list_sort(&list, 1, true);
	assert_null(list_filter(&list, expression));
	order_is(&list, want);
}

static void filters_read_as_documented(void **state)
{
	(void)state;
	filter_is("", "2013");
	filter_is("bytes>1K", "20");
	filter_is("bytes>=1KiB", "201");
	filter_is("bytes:1K..2K", "01");
	filter_is("bytes:..2048", "01");
	filter_is("share<=10%", "21");
	filter_is("share<50", "21");
	filter_is("owner~^main", "013");
	filter_is("owner!~^main", "2");
	filter_is("!owner~^main", "2");
	filter_is("banana", "1");
	filter_is("BANANA", "");
	filter_is("owner=main.date", "3");
	filter_is("cherry | apple share>=50%", "20");
}

static void refused(const char *expression)
{
	CLEANUP(list_deinit) struct list list = {0};
	struct error *err;

	list_init(&list, &kind, fruits);
	err = list_filter(&list, expression);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_USAGE);
	assert_int_equal(list.count, 4);
	error_free(err);
}

static void bad_filters_leave_the_list_alone(void **state)
{
	(void)state;
	refused("bytes>many");
	refused("nothing>1");
	refused("owner~(");
	refused("bytes:1");
	refused("owner>1");
	refused("bytes~x");
}

/* A list so long that it asks more than once whether it is to end. */
enum { LONG = 100000 };

struct patience {
	unsigned asked, most;
};

static uint32_t count_long(const void *model)
{
	(void)model;
	return LONG;
}

static void get_long_name(const void *model, uint32_t row, struct cell *ret)
{
	static char names[26][2];

	(void)model;
	names[row % 26][0] = (char)('z' - row % 26);
	ret->text = names[row % 26];
	ret->known = ret->exact = true;
}

static void get_long_bytes(const void *model, uint32_t row, struct cell *ret)
{
	(void)model;
	cell_put_known(ret, row * 7919u % 10007);
}

static bool runs_out(const void *model)
{
	struct patience *p = (struct patience *)(uintptr_t)model;

	return p->asked++ >= p->most;
}

static const struct column long_columns[] = {
	{"owner", "OWNER", "", COLUMN_TEXT, 10, 10, 0, 'o', get_long_name},
	{"bytes", "BYTES", "", COLUMN_BYTES, 10, 10, 0, 'b', get_long_bytes},
};

static const struct list_kind long_kind = {
	.name = "long",
	.columns = long_columns,
	.column_count = 2,
	.default_sort = "bytes-desc",
	.bare = "owner",
	.count = count_long,
	.identity = identity,
	.ended = runs_out,
};

static void assert_cancelled(struct error *err)
{
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_CANCELLED);
	error_free(err);
}

/* What it was asked in all if nothing ends it; then end it at every step. */
static void a_list_that_is_ended_stays_as_it_was(void **state)
{
	static const char *const sorts[] = {"owner-asc", "bytes-asc"};
	struct patience p = {.most = UINT32_MAX};
	CLEANUP(list_deinit) struct list list = {0};
	unsigned all, most;
	size_t i;

	(void)state;
	list_init(&list, &long_kind, &p);
	assert_int_equal(list.count, LONG);
	/* From here on the order that is begun with is always the same. */
	assert_null(list_sort_by(&list, "owner-asc"));
	assert_null(list_sort_by(&list, "bytes-desc"));
	for (i = 0; i < 2; i++) {
		p = (struct patience){.most = UINT32_MAX};
		assert_null(list_sort_by(&list, sorts[i]));
		all = p.asked;
		assert_true(all > 5);
		assert_null(list_sort_by(&list, "bytes-desc"));
		for (most = 0; most < all; most++) {
			uint32_t first = list_row(&list, 0);
			uint32_t last = list_row(&list, LONG - 1);

			p = (struct patience){.most = most};
			assert_cancelled(list_sort_by(&list, sorts[i]));
			assert_int_equal(list_row(&list, 0), first);
			assert_int_equal(list_row(&list, LONG - 1), last);
			assert_int_equal(list.sort_column, 1);
			assert_true(list.descending);
		}
	}
	p = (struct patience){.most = UINT32_MAX};
	assert_null(list_filter(&list, "owner=a"));
	all = p.asked;
	assert_int_equal(list.count, LONG / 26);
	for (most = 0; most < all; most++) {
		p = (struct patience){.most = most};
		assert_cancelled(list_filter(&list, "owner=b"));
		assert_string_equal(list.filter, "owner=a");
		assert_int_equal(list.count, LONG / 26);
	}
}

static void a_bad_sort_key_names_the_columns(void **state)
{
	CLEANUP(list_deinit) struct list list = {0};
	struct error *err;

	(void)state;
	list_init(&list, &kind, fruits);
	err = list_sort_by(&list, "weight");
	assert_non_null(err);
	assert_string_equal(err->hint, "columns: owner bytes share");
	error_free(err);
}

static void a_row_is_found_by_its_identity(void **state)
{
	CLEANUP(list_deinit) struct list list = {0};

	(void)state;
	list_init(&list, &kind, fruits);
	assert_int_equal(list_position(&list, 101), 2);
	assert_int_equal(list_position(&list, 7), 4);
}

static void count_seconds(const void *model, uint32_t row, struct cell *ret)
{
	static const uint64_t seconds[] = {41, 150, 7199, 86400};

	(void)model;
	ret->u = seconds[row];
	ret->known = ret->exact = true;
}

static uint32_t four(const void *model)
{
	(void)model;
	return 4;
}

static const struct column time_column[] = {
	{"wait", "WAIT", "", COLUMN_TIME, 10, 10, 0, 'w', count_seconds},
};

static const struct list_kind time_kind = {
	.name = "times",
	.columns = time_column,
	.column_count = 1,
	.bare = "wait",
	.count = four,
	.identity = identity,
};

static void times_have_units(void **state)
{
	static const struct {
		const char *filter, *want;
	} filters[] = {{"wait>1m", "123"},    {"wait>=41s", "0123"},
		       {"wait>150", "23"},    {"wait<2h", "012"},
		       {"wait:2m..3h", "12"}, {"wait=1440m", "3"}};
	static const char *const texts[] = {"41s", "2m", "119m", "24h"};
	CLEANUP(list_deinit) struct list list = {0};
	uint32_t i;

	(void)state;
	list_init(&list, &time_kind, fruits);
	for (i = 0; i < 4; i++) {
		CLEANUP(buf_deinit) struct buf text = {0};
		struct cell cell = {0};

		count_seconds(NULL, i, &cell);
		cell_text(&text, &time_column[0], &cell);
		assert_string_equal(buf_str(&text), texts[i]);
	}
	for (i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		assert_null(list_filter(&list, filters[i].filter));
		order_is(&list, filters[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorting_is_stable_and_unknown_is_least),
		cmocka_unit_test(numbers_of_every_range_are_in_order),
		cmocka_unit_test(filters_read_as_documented),
		cmocka_unit_test(bad_filters_leave_the_list_alone),
		cmocka_unit_test(a_list_that_is_ended_stays_as_it_was),
		cmocka_unit_test(a_bad_sort_key_names_the_columns),
		cmocka_unit_test(a_row_is_found_by_its_identity),
		cmocka_unit_test(times_have_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
