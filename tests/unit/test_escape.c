#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/escape.h"
#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"

static void html_is(const char *s, const char *want)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	text_html(&b, s, strlen(s));
	assert_string_equal(buf_str(&b), want);
}

static void code_is(const char *s, bool cell, const char *want)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	text_markdown_code(&b, s, strlen(s), cell, 0);
	assert_string_equal(buf_str(&b), want);
}

static void csv_is(const char *s, char separator, const char *want)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	text_csv(&b, s, strlen(s), separator);
	assert_string_equal(buf_str(&b), want);
}

static void html_has_no_markup_of_the_target(void **state)
{
	(void)state;
	html_is("<script>alert('x')</script>",
		"&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
	html_is("\" onload=\"x", "&quot; onload=&quot;x");
	html_is("a&lt;b", "a&amp;lt;b");
	html_is("\x1b[31m\n\xff", "?[31m??");
	html_is("\xe2\x80\xae", "?");
	html_is("map[string]*main.\xc3\x9c", "map[string]*main.\xc3\x9c");
}

static void code_spans_cannot_be_left(void **state)
{
	(void)state;
	code_is("main.x", false, "`main.x`");
	code_is("a`b", false, "``a`b``");
	code_is("`", false, "`` ` ``");
	code_is("a``b`", true, "``` a``b` ```");
	code_is("a|b", true, "`a\\|b`");
	code_is("a|b", false, "`a|b`");
	code_is("a\n\n# x", true, "`a??# x`");
	code_is("<img src=x>", true, "`<img src=x>`");
	code_is("", true, " ");
}

static void punctuation_is_no_markdown(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	(void)state;
	text_markdown(&b, "[x](y) *z*\n# <b>|", 17);
	assert_string_equal(buf_str(&b), "\\[x\\]\\(y\\) `*z*?#` \\<b\\>\\|");
}

static void nobody_is_mentioned_and_nothing_linked(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	(void)state;
	text_markdown(&b, "by @user, see golang/go#1 or http://x.y", 39);
	assert_string_equal(buf_str(&b), "by `@user,` see `golang/go#1` or "
					 "`http://x.y`");
}

static void long_names_end_in_an_ellipsis(void **state)
{
	CLEANUP(buf_deinit) struct buf b = {0};
	CLEANUP(buf_deinit) struct buf code = {0};

	(void)state;
	text_plain_short(&b, "\xc3\x9c\xc3\x9c\xc3\x9c", 6, 2);
	assert_string_equal(buf_str(&b), "\xc3\x9c\xc3\x9c\xe2\x80\xa6");
	buf_clear(&b);
	text_plain_short(&b, "abc", 3, 3);
	assert_string_equal(buf_str(&b), "abc");
	text_markdown_code(&code, "abcdef", 6, true, 3);
	assert_string_equal(buf_str(&code), "`abc\xe2\x80\xa6`");
}

static void no_cell_is_a_formula(void **state)
{
	(void)state;
	csv_is("=HYPERLINK(\"http://x\",\"y\")", ',',
	       "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
	csv_is("=1+1", '\t', "'=1+1");
	csv_is("@SUM(A1)", ',', "\"'@SUM(A1)\"");
	csv_is("+cmd|' /C calc'!A0", ',', "\"'+cmd|' /C calc'!A0\"");
	csv_is("-cmd", ',', "\"'-cmd\"");
	csv_is("|cmd", '\t', "'|cmd");
	csv_is("\t=x", ',', "?=x");
	csv_is("a\tb\n", '\t', "a?b?");
}

static void numbers_and_dashes_stay_what_they_are(void **state)
{
	(void)state;
	csv_is("-12", ',', "-12");
	csv_is("+1.5%", ',', "+1.5%");
	csv_is("-1e-05", ',', "-1e-05");
	csv_is("+1+1", '\t', "'+1+1");
	csv_is("-", ',', "-");
	csv_is("a,b", ',', "\"a,b\"");
	csv_is("a,b", '\t', "a,b");
	csv_is("say \"x\"", ',', "\"say \"\"x\"\"\"");
	csv_is("", ',', "");
}

/* Examples of FIPS 180-4, and the lengths around a block. */
static void digests_are_those_of_sha256sum(void **state)
{
	static const struct {
		size_t len;
		const char *want;
	} as[] = {
		{55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e91"
		     "0f734318"},
		{56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef797068"
		     "6ec6738a"},
		{64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df1"
		     "54668eb"},
		{1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d"
			  "39ccc7112cd0"},
	};
	char text[SHA256_TEXT];
	size_t i;

	(void)state;
	sha256_text("", 0, text);
	assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e464"
				  "9b934ca495991b7852b855");
	for (i = 0; i < ARRAY_LEN(as); i++) {
		CLEANUP(free_cleanup) char *bytes = xmalloc(as[i].len);

		memset(bytes, 'a', as[i].len);
		sha256_text(bytes, as[i].len, text);
		assert_string_equal(text, as[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_has_no_markup_of_the_target),
		cmocka_unit_test(code_spans_cannot_be_left),
		cmocka_unit_test(punctuation_is_no_markdown),
		cmocka_unit_test(nobody_is_mentioned_and_nothing_linked),
		cmocka_unit_test(long_names_end_in_an_ellipsis),
		cmocka_unit_test(no_cell_is_a_formula),
		cmocka_unit_test(numbers_and_dashes_stay_what_they_are),
		cmocka_unit_test(digests_are_those_of_sha256sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
