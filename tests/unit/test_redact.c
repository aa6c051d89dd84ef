#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/session/redact.h"

static void name_is(struct redactor *r, const char *name, const char *want)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	redact_name(r, name, &b);
	assert_string_equal(buf_str(&b), want);
}

static void file_is(struct redactor *r, const char *file, const char *function,
		    const char *want)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	redact_file(r, file, function, &b);
	assert_string_equal(buf_str(&b), want);
}

static void names_of_the_program_become_pseudonyms(void **state)
{
	CLEANUP(redactor_deinit) struct redactor r;

	(void)state;
	redactor_init(&r, REDACT_NAMES, "acme.com/shop");
	name_is(&r, "main.sessions", "main.n1");
	name_is(&r, "(*main.Session).Attrs", "(*main.n2).n3");
	name_is(&r, "main.(*Server).login.func1", "main.(*n4).n5.func1");
	name_is(&r, "map[string]*acme.com/shop/cart.Item", "map[string]*p1.n6");
	name_is(&r, "acme.com/shop/cart.Total[go.shape.int]",
		"p1.n7[go.shape.int]");
	name_is(&r, ".Attrs", ".n3");
	name_is(&r, "struct { Token string \"json:\\\"tok\\\"\" }",
		"struct { n8 string \"n9:\\\"n10\\\"\" }");
	name_is(&r, "main.worker.(local)", "main.n11.(local)");
	name_is(&r, "map[string]int group", "map[string]int group");
}

static void names_of_go_stay(void **state)
{
	static const char *const kept[] = {
		"net/http.(*Server).Serve.func1",
		"(*net/http.Server).Handler",
		"map[uint64][]*sync.Mutex",
		"runtime.allgs",
		"vendor/golang.org/x/net/http2/hpack.staticTable",
		"?",
		"(unreachable)",
		"func(int, ...string) (bool, error)",
	};
	CLEANUP(redactor_deinit) struct redactor r;
	size_t i;

	(void)state;
	redactor_init(&r, REDACT_NAMES, "");
	for (i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		name_is(&r, kept[i], kept[i]);
	name_is(&r, "sync/atomic.Pointer[main.secret].x",
		"sync/atomic.Pointer[main.n1].n2");
	name_is(&r, "[]sync.Mutex,main.secret", "[]sync.Mutex,main.n1");
}

static void a_module_called_like_a_package_is_not_go(void **state)
{
	CLEANUP(redactor_deinit) struct redactor r;

	(void)state;
	redactor_init(&r, REDACT_NAMES, "log");
	name_is(&r, "log.Secret", "p1.n1");
	name_is(&r, "log/inner.Secret", "p2.n1");
	name_is(&r, "logger.Secret", "p3.n1");
}

static void sentences_keep_all_but_the_name(void **state)
{
	CLEANUP(redactor_deinit) struct redactor names, full;
	CLEANUP(buf_deinit) struct buf a = {0}, b = {0};

	(void)state;
	redactor_init(&names, REDACT_NAMES, "");
	redact_prose(&names, "main.cache 12345 slots, cannot shrink",
		     "main.cache", &a);
	assert_string_equal(buf_str(&a), "main.n1 12345 slots, cannot shrink");
	redactor_init(&full, REDACT_FULL, "");
	redact_prose(&full, "main.cache 12345 slots of 7 in 0x1234",
		     "main.cache", &b);
	assert_string_equal(buf_str(&b), "main.n1 12000 slots of 7 in 0x?");
}

static void paths_lose_homes_then_everything(void **state)
{
	CLEANUP(redactor_deinit) struct redactor basic, names;

	(void)state;
	redactor_init(&basic, REDACT_BASIC, "");
	redactor_init(&names, REDACT_NAMES, "");
	file_is(&basic, "/home/user/src/x.go", "main.x", "~/src/x.go");
	file_is(&basic, "/root/x.go", "main.x", "~/x.go");
	file_is(&basic, "/srv/x.go", "main.x", "/srv/x.go");
	file_is(&basic, "/home/user", "main.x", "/home/user");
	file_is(&names, "/srv/x.go", "main.x", "");
	file_is(&names, "/usr/lib/go/src/runtime/map.go", "runtime.mapassign",
		"runtime/map.go");
	file_is(&names, "map.go", "runtime.mapassign", "map.go");
}

static void sizes_keep_two_digits(void **state)
{
	CLEANUP(redactor_deinit) struct redactor names, full;

	(void)state;
	redactor_init(&names, REDACT_NAMES, "");
	redactor_init(&full, REDACT_FULL, "");
	assert_int_equal(redact_size(&names, 12345), 12345);
	assert_int_equal(redact_size(&full, 12345), 12000);
	assert_int_equal(redact_size(&full, 99), 99);
	assert_int_equal(redact_size(&full, 0), 0);
	assert_true(redact_size(&full, UINT64_MAX) == UINT64_MAX);
}

static void the_mapping_tells_what_was_what(void **state)
{
	CLEANUP(redactor_deinit) struct redactor r;
	CLEANUP(buf_deinit) struct buf b = {0}, map = {0};

	(void)state;
	redactor_init(&r, REDACT_NAMES, "");
	redact_name(&r, "acme.com/cart.Item\x1b[31m", &b);
	redact_mapping(&r, &map);
	assert_string_equal(buf_str(&map),
			    "p1 = acme.com/cart\nn1 = Item\nn2 = 31m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_the_program_become_pseudonyms),
		cmocka_unit_test(names_of_go_stay),
		cmocka_unit_test(a_module_called_like_a_package_is_not_go),
		cmocka_unit_test(sentences_keep_all_but_the_name),
		cmocka_unit_test(paths_lose_homes_then_everything),
		cmocka_unit_test(sizes_keep_two_digits),
		cmocka_unit_test(the_mapping_tells_what_was_what),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
