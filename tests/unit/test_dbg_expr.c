#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dwarf/dbg_expr.h"

static struct dbg_location locate(const char *bytes, size_t len)
{
	struct dbg_location where;

	assert_null(dbg_expr_locate((const uint8_t *)bytes, len, NULL, &where));
	return where;
}

static void fails(const char *bytes, size_t len, enum error_code code)
{
	struct dbg_location where;
	struct error *err;

	err = dbg_expr_locate((const uint8_t *)bytes, len, NULL, &where);
	assert_non_null(err);
	assert_int_equal(err->code, code);
	error_free(err);
}

static void piece_is(const struct dbg_location *l, unsigned i,
		     enum dbg_where where, int64_t value, uint64_t size)
{
	assert_true(i < l->count);
	assert_int_equal(l->pieces[i].where, where);
	assert_int_equal(l->pieces[i].value, value);
	assert_int_equal(l->pieces[i].size, size);
}

static void a_package_variable_has_an_address(void **state)
{
	struct dbg_location l =
		locate("\x03\x78\x56\x34\x12\x00\x00\x00\x00", 9);

	(void)state;
	assert_int_equal(l.count, 1);
	piece_is(&l, 0, DBG_ADDRESS, 0x12345678, 0);
}

static void registers_and_frame_offsets_are_places(void **state)
{
	struct dbg_location l = locate("\x52", 1);

	(void)state;
	piece_is(&l, 0, DBG_REGISTER, 2, 0);
	l = locate("\x91\x98\x7e", 3);
	piece_is(&l, 0, DBG_FRAME, -232, 0);
	l = locate("\x9c", 1);
	piece_is(&l, 0, DBG_FRAME, 0, 0);
	l = locate("\x90\x21", 2);
	piece_is(&l, 0, DBG_REGISTER, 33, 0);
	l = locate("\x9c\x23\x10\x96", 4);
	piece_is(&l, 0, DBG_FRAME, 16, 0);
}

static void pieces_may_be_missing(void **state)
{
	/* A slice of which only pointer and capacity are known. */
	struct dbg_location l =
		locate("\x91\x98\x7e\x93\x08\x93\x08\x51\x93\x08", 10);

	(void)state;
	assert_int_equal(l.count, 3);
	piece_is(&l, 0, DBG_FRAME, -232, 8);
	piece_is(&l, 1, DBG_NOWHERE, 0, 8);
	piece_is(&l, 2, DBG_REGISTER, 1, 8);
}

static void an_empty_expression_is_optimised_out(void **state)
{
	(void)state;
	assert_int_equal(locate("", 0).count, 0);
}

static void one_dereference_is_kept(void **state)
{
	struct dbg_location l = locate("\x91\x08\x06", 3);

	(void)state;
	piece_is(&l, 0, DBG_FRAME, 8, 0);
	assert_true(l.pieces[0].deref);
	fails("\x91\x08\x06\x06", 4, ERROR_UNSUPPORTED);
	fails("\x50\x06", 2, ERROR_UNSUPPORTED);
	fails("\x91\x08\x06\x23\x08", 5, ERROR_UNSUPPORTED);
}

static void an_address_by_index_comes_from_the_table(void **state)
{
	static const uint64_t addrs[] = {0, 0x5000};
	struct dbg_list list = {
		.addrs = (const uint8_t *)addrs,
		.addrs_size = sizeof(addrs),
	};
	struct dbg_location l;

	(void)state;
	assert_null(dbg_expr_locate((const uint8_t *)"\xa1\x01", 2, &list, &l));
	piece_is(&l, 0, DBG_ADDRESS, 0x5000, 0);
	fails("\xa1\x01", 2, ERROR_CORRUPT);
}

static void nonsense_is_refused(void **state)
{
	char many[64];
	size_t i;

	(void)state;
	fails("\x03\x01", 2, ERROR_CORRUPT);
	fails("\x91\x80", 2, ERROR_CORRUPT);
	fails("\x93", 1, ERROR_CORRUPT);
	fails("\x50\x93\x08\x51", 4, ERROR_CORRUPT);
	fails("\x50\x51", 2, ERROR_UNSUPPORTED);
	fails("\xa3\x01\x50\x9f", 4, ERROR_UNSUPPORTED);
	for (i = 0; i < sizeof(many); i += 2)
		memcpy(many + i, "\x93\x01", 2);
	fails(many, sizeof(many), ERROR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_variable_has_an_address),
		cmocka_unit_test(registers_and_frame_offsets_are_places),
		cmocka_unit_test(pieces_may_be_missing),
		cmocka_unit_test(an_empty_expression_is_optimised_out),
		cmocka_unit_test(one_dereference_is_kept),
		cmocka_unit_test(an_address_by_index_comes_from_the_table),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
