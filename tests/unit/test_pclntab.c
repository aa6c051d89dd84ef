#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/attr.h"
#include "core/go/pclntab.h"
#include "core/target/sample.h"

static const uint64_t TABLES = 0x400000, TEXT = 0x1000000;

/** One function of 64 bytes, main.f, with a table of pc values at 1. */
struct scene {
	uint32_t ftab[4];
	uint8_t func[48];
	char names[8];
	uint8_t pctab[32];
	struct go_module module;
	struct go_modules modules;
	struct sample *sample;
	struct pclntab tab;
};

static void scene_init(struct scene *s, const uint8_t *values, size_t len)
{
	const uint32_t name = 1, table = 1;

	memset(s, 0, sizeof(*s));
	s->ftab[2] = 64;
	memcpy(s->func + 4, &name, 4);
	memcpy(s->func + 16, &table, 4);
	memcpy(s->func + 24, &table, 4);
	memcpy(s->names + 1, "main.f", 7);
	assert_true(len < sizeof(s->pctab));
	memcpy(s->pctab + 1, values, len);
	s->module = (struct go_module){
		.ftab = {TABLES, 2},
		.pclntable = {TABLES + 0x1000, sizeof(s->func)},
		.funcnametab = {TABLES + 0x2000, sizeof(s->names)},
		.pctab = {TABLES + 0x3000, sizeof(s->pctab)},
		.text = TEXT,
		.etext = TEXT + 64,
	};
	s->modules = (struct go_modules){&s->module, 1};
	s->sample = sample_new_fake();
	sample_fake_add(s->sample, TABLES, s->ftab, sizeof(s->ftab));
	sample_fake_add(s->sample, TABLES + 0x1000, s->func, sizeof(s->func));
	sample_fake_add(s->sample, TABLES + 0x2000, s->names, sizeof(s->names));
	sample_fake_add(s->sample, TABLES + 0x3000, s->pctab, sizeof(s->pctab));
	pclntab_init(&s->tab, s->sample, &s->modules, 26);
}

static void scene_deinit(struct scene *s)
{
	pclntab_deinit(&s->tab);
	sample_free(s->sample);
}

static void values_hold_up_to_the_next_step(void **state)
{
	/* 0 for 4 bytes, 24 for 50, 0 for 10 */
	static const uint8_t values[] = {2, 4, 48, 50, 47, 10, 0};
	CLEANUP(scene_deinit) struct scene s;
	struct pcln_func func;

	(void)state;
	scene_init(&s, values, sizeof(values));
	assert_true(pclntab_find(&s.tab, TEXT + 63, &func));
	assert_string_equal(pcln_name(&func), "main.f");
	assert_int_equal(pcln_sp_delta(&func, TEXT), 0);
	assert_int_equal(pcln_sp_delta(&func, TEXT + 3), 0);
	assert_int_equal(pcln_sp_delta(&func, TEXT + 4), 24);
	assert_int_equal(pcln_sp_delta(&func, TEXT + 53), 24);
	assert_int_equal(pcln_sp_delta(&func, TEXT + 54), 0);
	assert_int_equal(pcln_sp_delta(&func, TEXT + 64), -1);
	assert_int_equal(pcln_line(&func, TEXT + 4), 24);
	assert_false(pclntab_find(&s.tab, TEXT + 64, &func));
	assert_false(pclntab_find(&s.tab, TEXT - 1, &func));
}

static void damaged_values_wrap(void **state)
{
	/* -1 and less by 2^31: as long as no int may hold it */
	static const uint8_t values[] = {0xff, 0xff, 0xff, 0xff, 0x0f, 4, 0};
	CLEANUP(scene_deinit) struct scene s;
	struct pcln_func func;

	(void)state;
	scene_init(&s, values, sizeof(values));
	assert_true(pclntab_find(&s.tab, TEXT, &func));
	assert_int_equal(pcln_sp_delta(&func, TEXT), INT32_MAX);
	assert_int_equal(pcln_sp_delta(&func, TEXT + 4), -1);
}

static void names_lie_within_their_table(void **state)
{
	static const uint8_t values[] = {2, 64, 0};
	CLEANUP(scene_deinit) struct scene s;
	struct pcln_func func;

	(void)state;
	scene_init(&s, values, sizeof(values));
	assert_true(pclntab_find(&s.tab, TEXT, &func));
	assert_string_equal(pcln_name_at(func.module, 7), "");
	/* There are bytes behind the table, and they end a string. */
	assert_string_equal(pcln_name_at(func.module, 8), "?");
	assert_string_equal(pcln_name_at(func.module, 9), "?");
	assert_string_equal(pcln_name_at(func.module, UINT32_MAX), "?");
	s.names[7] = 'x';
	assert_string_equal(pcln_name_at(func.module, 1), "?");
	assert_string_equal(pcln_name_at(func.module, 0), "");
}

/* Does the function fit into @p len bytes of its table? */
static bool fits(struct scene *s, uint64_t len)
{
	struct pcln_func func;

	s->module.pclntable.len = len;
	pclntab_deinit(&s->tab);
	pclntab_init(&s->tab, s->sample, &s->modules, 26);
	return pclntab_find(&s->tab, TEXT, &func);
}

static void functions_lie_within_their_table(void **state)
{
	static const uint8_t values[] = {2, 64, 0};
	CLEANUP(scene_deinit) struct scene s;

	(void)state;
	scene_init(&s, values, sizeof(values));
	/* 40 bytes of fields, 4 of counts */
	assert_true(fits(&s, 44));
	assert_false(fits(&s, 43));
	s.func[28] = 1; /* and of pcdata */
	assert_true(fits(&s, 48));
	assert_false(fits(&s, 47));
	s.func[28] = 0;
	s.func[43] = 1; /* or of funcdata */
	assert_true(fits(&s, 48));
	assert_false(fits(&s, 47));
	s.ftab[1] = 4; /* where it begins */
	s.func[47] = 0;
	assert_true(fits(&s, 48));
	assert_false(fits(&s, 47));
	s.ftab[1] = 49;
	assert_false(fits(&s, 48));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_hold_up_to_the_next_step),
		cmocka_unit_test(damaged_values_wrap),
		cmocka_unit_test(names_lie_within_their_table),
		cmocka_unit_test(functions_lie_within_their_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
