#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/session/session_priv.h"

static void owners_of_the_standard_library_are_known(void **state)
{
	(void)state;
	assert_true(owner_is_std("net/http.pool[]", "example.com/app"));
	assert_true(owner_is_std("(*net/http.Transport).idle", "app"));
	assert_true(owner_is_std("(runtime)", "app"));
	assert_true(owner_is_std("sync.oldPools[]", ""));
}

static void what_may_be_anybodys_is_not_the_librarys(void **state)
{
	static const char *const owners[] = {
		"main.cache",
		"(*main.Session).Attrs",
		"(unnamed data)",
		"(finalizer)",
		"(cleanup)",
		"(timer)",
		"(unreachable)",
		"?0x58bbe8",
		"",
		"a.com/b.cache",
		"(*app/db.Pool).idle",
		"app.cache",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(owners) / sizeof(*owners); i++)
		assert_false(owner_is_std(owners[i], "app"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners_of_the_standard_library_are_known),
		cmocka_unit_test(what_may_be_anybodys_is_not_the_librarys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
