#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "dwarf/dbg_list.h"

static void add64(struct buf *b, uint64_t n)
{
	buf_add(b, &n, sizeof(n));
}

static struct dbg_list list_of(const struct buf *b, uint16_t version,
			       bool is_location)
{
	return (struct dbg_list){
		.data = (const uint8_t *)b->data,
		.size = b->len,
		.version = version,
		.is_location = is_location,
		.base = 0x1000,
	};
}

static void next_is(struct dbg_list *list, uint64_t low, uint64_t high,
		    const char *bytes)
{
	struct dbg_list_entry entry;

	assert_true(dbg_list_next(list, &entry));
	assert_int_equal(entry.low, low);
	assert_int_equal(entry.high, high);
	assert_int_equal(entry.len, strlen(bytes));
	if (entry.len)
		assert_memory_equal(entry.bytes, bytes, entry.len);
}

static void at_end(struct dbg_list *list)
{
	struct dbg_list_entry entry;

	assert_false(dbg_list_next(list, &entry));
}

static void version_4_pairs_obey_base_selection(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	struct dbg_list list;

	(void)state;
	add64(&b, 0x10);
	add64(&b, 0x20);
	buf_add(&b, "\x01\x00\x50", 3);
	add64(&b, UINT64_MAX);
	add64(&b, 0x400000);
	add64(&b, 0);
	add64(&b, 8);
	buf_add(&b, "\x00\x00", 2);
	add64(&b, 0);
	add64(&b, 0);
	list = list_of(&b, 4, true);
	next_is(&list, 0x1010, 0x1020, "\x50");
	next_is(&list, 0x400000, 0x400008, "");
	at_end(&list);
}

static void version_4_ranges_have_no_expression(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	struct dbg_list list;

	(void)state;
	add64(&b, 1);
	add64(&b, 2);
	add64(&b, 0);
	add64(&b, 0);
	list = list_of(&b, 4, false);
	next_is(&list, 0x1001, 0x1002, "");
	at_end(&list);
}

static void every_kind_of_location_entry_is_read(void **state)
{
	static const uint64_t addrs[] = {0, 0x7000, 0x8000};
	CLEANUP(buf_deinit) struct buf b = {0};
	struct dbg_list_entry entry;
	struct dbg_list list;

	(void)state;
	buf_add(&b, "\x04\x01\x02\x01\x51", 5); /* offset pair */
	buf_add(&b, "\x01\x00", 2);		/* base, index 0 */
	buf_add(&b, "\x04\x80\x01\x90\x01\x00", 6);
	buf_add(&b, "\x02\x00\x01\x00", 4);  /* start, end by index */
	buf_add(&b, "\x03\x01\x10\x00", 4);  /* start by index, length */
	buf_addc(&b, 6), add64(&b, 0x50000); /* base */
	buf_add(&b, "\x04\x01\x02\x00", 4);
	buf_addc(&b, 7), add64(&b, 3), add64(&b, 9), buf_addc(&b, 0);
	buf_addc(&b, 8), add64(&b, 5), buf_add(&b, "\x06\x00", 2);
	buf_add(&b, "\x05\x01\x52", 3); /* default */
	buf_addc(&b, 0);
	list = list_of(&b, 5, true);
	list.addrs = (const uint8_t *)addrs;
	list.addrs_size = sizeof(addrs);
	list.addr_base = 8;
	next_is(&list, 0x1001, 0x1002, "\x51");
	next_is(&list, 0x7080, 0x7090, "");
	next_is(&list, 0x7000, 0x8000, "");
	next_is(&list, 0x8000, 0x8010, "");
	next_is(&list, 0x50001, 0x50002, "");
	next_is(&list, 3, 9, "");
	next_is(&list, 5, 11, "");
	assert_true(dbg_list_next(&list, &entry));
	assert_true(entry.is_default);
	assert_int_equal(entry.bytes[0], 0x52);
	at_end(&list);
}

static void range_kinds_are_numbered_differently(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	struct dbg_list list;

	(void)state;
	buf_addc(&b, 5), add64(&b, 0x50000);		/* base */
	buf_add(&b, "\x04\x01\x02", 3);			/* offset pair */
	buf_addc(&b, 6), add64(&b, 3), add64(&b, 9);	/* start, end */
	buf_addc(&b, 7), add64(&b, 5), buf_addc(&b, 6); /* start, length */
	buf_addc(&b, 0);
	list = list_of(&b, 5, false);
	next_is(&list, 0x50001, 0x50002, "");
	next_is(&list, 3, 9, "");
	next_is(&list, 5, 11, "");
	at_end(&list);
}

static void an_address_index_outside_ends_the_list(void **state)
{
	static const uint64_t addrs[] = {1};
	CLEANUP(buf_deinit) struct buf b = {0};
	struct dbg_list list;

	(void)state;
	buf_add(&b, "\x02\x00\x01\x00", 4);
	list = list_of(&b, 5, true);
	at_end(&list);
	list = list_of(&b, 5, true);
	list.addrs = (const uint8_t *)addrs;
	list.addrs_size = sizeof(addrs);
	at_end(&list);
	list.addr_base = UINT64_MAX - 3;
	list.at = 0;
	at_end(&list);
}

/* Exact copies on the heap, so that ASan sees a step too far. */
static void every_truncation_stays_inside(void **state)
{
	static const char bytes[] = "\x04\x01\x02\x01\x51\x07"
				    "aaaaaaaabbbbbbbb\x02\x51\x52"
				    "\x08zzzzzzzz\x81\x01\x03\x01\x02\x03\x05"
				    "\x01\x02\x06qqqqqqqq\x04\xff\xff\x01";
	size_t len, entries = 0;
	uint16_t version;

	(void)state;
	for (version = 4; version <= 5; version++)
		for (len = 0; len <= sizeof(bytes); len++) {
			uint8_t *copy = xmalloc(len);
			struct dbg_list_entry entry;
			struct dbg_list list = {
				.data = copy,
				.size = len,
				.version = version,
				.is_location = true,
			};

			memcpy(copy, bytes, len);
			while (dbg_list_next(&list, &entry)) {
				assert_true(entry.bytes + entry.len <=
					    copy + len);
				entries++;
			}
			free(copy);
		}
	assert_true(entries > 50);
}

static void a_start_beyond_the_section_is_an_empty_list(void **state)
{
	struct buf b = {0};
	struct dbg_list list = list_of(&b, 5, true);

	(void)state;
	list.at = SIZE_MAX;
	at_end(&list);
}

static void leb128_must_fit_64_bits(void **state)
{
	static const uint8_t max[] = {255, 255, 255, 255, 255,
				      255, 255, 255, 255, 1};
	static const uint8_t over[] = {255, 255, 255, 255, 255,
				       255, 255, 255, 255, 2};
	static const uint8_t negative[] = {0x80, 0x7f};
	uint64_t u;
	int64_t s;
	size_t at;

	(void)state;
	at = 0;
	assert_true(dbg_get_uleb(max, sizeof(max), &at, &u));
	assert_true(u == UINT64_MAX);
	at = 0;
	assert_false(dbg_get_uleb(over, sizeof(over), &at, &u));
	at = 0;
	assert_true(dbg_get_sleb(negative, 2, &at, &s));
	assert_int_equal(s, -128);
	at = 0;
	assert_false(dbg_get_sleb(negative, 1, &at, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_4_pairs_obey_base_selection),
		cmocka_unit_test(version_4_ranges_have_no_expression),
		cmocka_unit_test(every_kind_of_location_entry_is_read),
		cmocka_unit_test(range_kinds_are_numbered_differently),
		cmocka_unit_test(an_address_index_outside_ends_the_list),
		cmocka_unit_test(every_truncation_stays_inside),
		cmocka_unit_test(a_start_beyond_the_section_is_an_empty_list),
		cmocka_unit_test(leb128_must_fit_64_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
