#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/go/go_type.h"

static void packages_are_called_as_in_sources(void **state)
{
	(void)state;
	assert_true(go_is_short_name("net/http.Server", "http.Server"));
	assert_true(go_is_short_name("a.org/caddy/v2.Config", "caddy.Config"));
	assert_true(go_is_short_name("a.org/caddy/v2.Config", "v2.Config"));
	assert_true(go_is_short_name("a.org/caddy/v2/cmd.Run", "cmd.Run"));
	assert_true(go_is_short_name("gopkg.in/yaml%2ev3.Node", "yaml.Node"));
	assert_true(go_is_short_name("a/b.f.func1", "b.f.func1"));
}

static void others_are_not(void **state)
{
	(void)state;
	assert_false(go_is_short_name("http.Server", "http.Server"));
	assert_false(go_is_short_name("net/http.Server", "http.Serve"));
	assert_false(go_is_short_name("net/http.Server", "p.Server"));
	assert_false(go_is_short_name("net/xhttp.Server", "http.Server"));
	assert_false(go_is_short_name("xcaddy/v2.Config", "caddy.Config"));
	assert_false(go_is_short_name("caddy/vx.Config", "caddy.Config"));
	assert_false(go_is_short_name("v2.Config", "caddy.Config"));
	assert_false(go_is_short_name("/v2.Config", "caddy.Config"));
	assert_false(go_is_short_name("a/yaml%2e.Node", "yaml.Node"));
	assert_false(go_is_short_name("a/", "a"));
	assert_false(go_is_short_name("", ""));
	assert_false(go_is_short_name("a/b.C", ""));
	assert_false(go_is_short_name("a/b", "b.C"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_are_called_as_in_sources),
		cmocka_unit_test(others_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
