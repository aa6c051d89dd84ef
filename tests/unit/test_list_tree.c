#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/session/list.h"

/* Three groups; behind them their members: 3 and 4 of a, 5 alone in b, 6 to
 * 8 of c. */
struct node {
	char name;
	uint64_t bytes;
	uint32_t parent;
};

static const struct node nodes[] = {
	{'a', 30, UINT32_MAX}, {'b', 20, UINT32_MAX}, {'c', 60, UINT32_MAX},
	{'x', 10, 0},	       {'y', 20, 0},	      {'z', 20, 1},
	{'p', 10, 2},	       {'q', 30, 2},	      {'r', 20, 2},
};

static void get_bytes(const void *model, uint32_t row, struct cell *ret)
{
	(void)model;
	ret->u = nodes[row].bytes;
	ret->known = ret->exact = true;
}

static uint32_t count(const void *model)
{
	(void)model;
	return ARRAY_LEN(nodes);
}

static uint64_t identity(const void *model, uint32_t row)
{
	(void)model;
	return (uint64_t)nodes[row].name;
}

static uint32_t parent(const void *model, uint32_t row)
{
	(void)model;
	return nodes[row].parent;
}

static bool has_children(const void *model, uint32_t row)
{
	(void)model;
	return row == 0 || row == 2;
}

static const struct column columns[] = {
	{"bytes", "BYTES", "", COLUMN_BYTES, 10, 10, 0, 'b', get_bytes},
};

static const struct list_kind kind = {
	.name = "nodes",
	.columns = columns,
	.column_count = 1,
	.default_sort = "bytes-desc",
	.bare = "bytes",
	.count = count,
	.identity = identity,
	.parent = parent,
	.has_children = has_children,
};

static void order_is(const struct list *list, const char *want)
{
	char got[16] = "";
	uint32_t i;

	for (i = 0; i < list->count; i++)
		got[i] = nodes[list_row(list, i)].name;
	assert_string_equal(got, want);
}

static void only_groups_are_shown_at_first(void **state)
{
	CLEANUP(list_deinit) struct list list = {0};

	(void)state;
	list_init(&list, &kind, nodes);
	order_is(&list, "cab");
	assert_int_equal(list.total, 3);
	assert_int_equal(list_branch(&list, 0), LIST_FOLDED);
	assert_int_equal(list_branch(&list, 2), LIST_LEAF);
}

static void members_stand_sorted_under_their_group(void **state)
{
	CLEANUP(list_deinit) struct list list = {0};

	(void)state;
	list_init(&list, &kind, nodes);
	list_unfold(&list, 0, true);
	order_is(&list, "cqrpab");
	assert_int_equal(list_branch(&list, 0), LIST_UNFOLDED);
	assert_int_equal(list_branch(&list, 1), LIST_CHILD);
	list_sort(&list, 0, false);
	order_is(&list, "bacprq");
	list_unfold(&list, 1, true);
	order_is(&list, "baxycprq");
	list_unfold(&list, 4, false);
	order_is(&list, "baxyc");
}

static void all_groups_unfold_at_once(void **state)
{
	CLEANUP(list_deinit) struct list list = {0};

	(void)state;
	list_init(&list, &kind, nodes);
	list_unfold_all(&list, true);
	/* What has no members of its own to show stays as it is. */
	order_is(&list, "cqrpayxb");
	list_unfold(&list, 0, false);
	order_is(&list, "cayxb");
	list_unfold_all(&list, false);
	order_is(&list, "cab");
}

static void a_filter_keeps_what_is_unfolded(void **state)
{
	CLEANUP(list_deinit) struct list list = {0};

	(void)state;
	list_init(&list, &kind, nodes);
	list_unfold(&list, 0, true);
	assert_null(list_filter(&list, "bytes>25"));
	order_is(&list, "cqrpa");
	assert_null(list_filter(&list, "bytes<25"));
	order_is(&list, "b");
	assert_null(list_filter(&list, ""));
	order_is(&list, "cqrpab");
}

static void marks_stay_with_their_rows(void **state)
{
	CLEANUP(list_deinit) struct list list = {0};

	(void)state;
	list_init(&list, &kind, nodes);
	list_tag(&list, 1);
	list_tag(&list, 0);
	list_sort(&list, 0, false);
	assert_false(list_is_tagged(&list, 0));
	assert_true(list_is_tagged(&list, 1));
	assert_true(list_is_tagged(&list, 2));
	list_tag(&list, 1);
	assert_false(list_is_tagged(&list, 1));
	assert_int_equal(list.tags.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_groups_are_shown_at_first),
		cmocka_unit_test(members_stand_sorted_under_their_group),
		cmocka_unit_test(all_groups_unfold_at_once),
		cmocka_unit_test(a_filter_keeps_what_is_unfolded),
		cmocka_unit_test(marks_stay_with_their_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
