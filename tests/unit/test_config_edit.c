/* Changes to a configuration file leave the rest of it alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/config_edit.h"

static void set(const char *before, const char *section, const char *key,
		const char *value, const char *after)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	buf_adds(&text, before);
	config_edit_set(&text, section, key, value);
	assert_string_equal(buf_str(&text), after);
}

static void a_setting_takes_the_place_of_the_old_one(void **state)
{
	(void)state;
	set("units = si\n# why\nascii = yes\n", "", "units", "iec",
	    "units = iec\n# why\nascii = yes\n");
	set("  units=si  \n[maps]\nunits = x\n", "", "units", "iec",
	    "units = iec\n[maps]\nunits = x\n");
	/* The last one was in force. */
	set("a = 1\na = 2\nb = 3\n", "", "a", "4", "a = 1\na = 4\nb = 3\n");
	set("[ maps ]\nsort = a\n\n[types]\nsort = b\n", "maps", "sort", "c",
	    "[ maps ]\nsort = c\n\n[types]\nsort = b\n");
	set("#units = si\n", "", "units", "iec", "#units = si\nunits = iec\n");
}

static void a_new_setting_goes_behind_the_last_of_its_section(void **state)
{
	(void)state;
	set("", "", "units", "iec", "units = iec\n");
	set("", "prompt", "a", "1", "[prompt]\na = 1\n");
	set("x = 1", "prompt", "a", "1", "x = 1\n\n[prompt]\na = 1\n");
	set("# top\n\n[maps]\nsort = a\n", "", "units", "si",
	    "# top\nunits = si\n\n[maps]\nsort = a\n");
	set("[maps]\nsort = a\n# end\n\n[types]\n", "maps", "n", "1",
	    "[maps]\nsort = a\n# end\nn = 1\n\n[types]\n");
	set("[maps]\n[types]\n", "maps", "n", "1", "[maps]\nn = 1\n[types]\n");
}

static void blanks_at_the_ends_are_kept_by_quotes(void **state)
{
	(void)state;
	set("", "", "prompt", "> ", "prompt = \"> \"\n");
	set("", "", "prompt", "\"x\"", "prompt = \"\"x\"\"\n");
	set("", "", "prompt", "", "prompt = \"\"\n");
}

static void a_section_is_cleared_of_settings_only(void **state)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	(void)state;
	buf_adds(&text, "a = 1\n[b]\n# c\nd = 2\ne = 3\n[f]\ng = 4\n[b]\nh=5");
	config_edit_clear(&text, "b");
	assert_string_equal(buf_str(&text),
			    "a = 1\n[b]\n# c\n[f]\ng = 4\n[b]\n");
	config_edit_clear(&text, "");
	assert_string_equal(buf_str(&text), "[b]\n# c\n[f]\ng = 4\n[b]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_setting_takes_the_place_of_the_old_one),
		cmocka_unit_test(
			a_new_setting_goes_behind_the_last_of_its_section),
		cmocka_unit_test(blanks_at_the_ends_are_kept_by_quotes),
		cmocka_unit_test(a_section_is_cleared_of_settings_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
