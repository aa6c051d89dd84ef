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
	uint32_t ftab[6];
	uint8_t func[44 + 4 * 256];
	char names[8];
	uint8_t pctab[32];
	uint32_t cutab[2];
	char files[10];
	uint8_t tree[16]; /* of inlined calls */
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
		.cutab = {TABLES + 0x4000, 2},
		.filetab = {TABLES + 0x5000, sizeof(s->files)},
		.gofunc = TABLES + 0x6000,
		.text = TEXT,
		.etext = TEXT + 64,
	};
	s->modules = (struct go_modules){&s->module, 1};
	s->sample = sample_new_fake();
	sample_fake_add(s->sample, TABLES, s->ftab, sizeof(s->ftab));
	sample_fake_add(s->sample, TABLES + 0x1000, s->func, sizeof(s->func));
	sample_fake_add(s->sample, TABLES + 0x2000, s->names, sizeof(s->names));
	sample_fake_add(s->sample, TABLES + 0x3000, s->pctab, sizeof(s->pctab));
	sample_fake_add(s->sample, TABLES + 0x4000, s->cutab, sizeof(s->cutab));
	sample_fake_add(s->sample, TABLES + 0x5000, s->files, sizeof(s->files));
	sample_fake_add(s->sample, TABLES + 0x6000, s->tree, sizeof(s->tree));
	pclntab_init(&s->tab, s->sample, &s->modules, 26);
}

static void put32(struct scene *s, unsigned offset, uint32_t value)
{
	memcpy(s->func + offset, &value, 4);
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
	s.ftab[1] = 0;
	s.func[43] = 0;
	put32(&s, 28, 255);
	assert_true(fits(&s, sizeof(s.func)));
	put32(&s, 28, 256); /* more than any function has */
	assert_false(fits(&s, sizeof(s.func)));
}

static void each_function_is_found_from_its_entry_on(void **state)
{
	static const uint8_t values[] = {2, 64, 0};
	CLEANUP(scene_deinit) struct scene s;
	struct pcln_func func;

	(void)state;
	scene_init(&s, values, sizeof(values));
	s.ftab[2] = 32;
	s.ftab[4] = 64;
	s.module.ftab.len = 3;
	assert_true(fits(&s, sizeof(s.func)));
	assert_true(pclntab_find(&s.tab, TEXT + 31, &func));
	assert_int_equal(func.entry, TEXT);
	assert_true(pclntab_find(&s.tab, TEXT + 32, &func));
	assert_int_equal(func.entry, TEXT + 32);
	assert_true(pclntab_nth(&s.tab, 1, &func));
	assert_int_equal(func.entry, TEXT + 32);
	/* The last entry ends the last function and is none. */
	s.module.ftab.len = 1;
	assert_false(fits(&s, sizeof(s.func)));
	assert_false(pclntab_nth(&s.tab, 0, &func));
}

static void start_lines_came_with_go_1_20(void **state)
{
	static const uint8_t values[] = {2, 64, 0};
	CLEANUP(scene_deinit) struct scene s;

	(void)state;
	scene_init(&s, values, sizeof(values));
	pclntab_deinit(&s.tab);
	pclntab_init(&s.tab, s.sample, &s.modules, 19);
	assert_false(s.tab.has_start_line);
	pclntab_deinit(&s.tab);
	pclntab_init(&s.tab, s.sample, &s.modules, 20);
	assert_true(s.tab.has_start_line);
}

static void values_lie_within_their_table(void **state)
{
	static const uint8_t too_long[] = {0x82, 0x80, 0x80, 0x80, 0x80, 0, 64};
	CLEANUP(scene_deinit) struct scene s;
	struct pcln_func func;

	(void)state;
	scene_init(&s, too_long, sizeof(too_long));
	assert_true(pclntab_find(&s.tab, TEXT, &func));
	assert_int_equal(pcln_sp_delta(&func, TEXT), -1);
	s.pctab[31] = 2;
	s.cutab[0] = 64; /* what would come next */
	put32(&s, 16, 31);
	assert_true(pclntab_find(&s.tab, TEXT, &func));
	assert_int_equal(pcln_sp_delta(&func, TEXT), -1);
}

static void functions_are_numbered_in_order(void **state)
{
	static const uint8_t values[] = {2, 64, 0};
	CLEANUP(scene_deinit) struct scene s;
	struct pcln_func func;

	(void)state;
	scene_init(&s, values, sizeof(values));
	assert_true(pclntab_nth(&s.tab, 0, &func));
	assert_string_equal(pcln_name(&func), "main.f");
	assert_int_equal(func.entry, TEXT);
	assert_false(pclntab_nth(&s.tab, 1, &func));
	/* One that cannot be read has a number all the same. */
	s.ftab[1] = 0x10000;
	assert_true(pclntab_nth(&s.tab, 0, &func));
	assert_string_equal(pcln_name(&func), "?");
}

static void files_are_found_by_compilation_unit(void **state)
{
	static const uint8_t values[] = {2, 64, 0};
	CLEANUP(scene_deinit) struct scene s;
	struct pcln_func func;

	(void)state;
	scene_init(&s, values, sizeof(values));
	memcpy(s.files + 1, "main.go", 8);
	s.cutab[1] = 1;
	put32(&s, 20, 1); /* pcfile: index 0 */
	put32(&s, 32, 1); /* the unit begins at entry 1 */
	assert_true(pclntab_find(&s.tab, TEXT, &func));
	assert_string_equal(pcln_file(&func, TEXT), "main.go");
	assert_string_equal(pcln_file(&func, TEXT + 64), "");
	s.cutab[1] = 10;
	assert_string_equal(pcln_file(&func, TEXT), "");
	s.cutab[1] = 9;
	s.files[9] = 'x'; /* does not end */
	assert_string_equal(pcln_file(&func, TEXT), "");
	/* Behind the units is what looks like one. */
	memcpy(s.files, "\4\0\0\0x.go", 9);
	s.cutab[1] = 4;
	assert_string_equal(pcln_file(&func, TEXT), "x.go");
	put32(&s, 32, 2);
	assert_true(pclntab_find(&s.tab, TEXT, &func));
	assert_string_equal(pcln_file(&func, TEXT), "");
}

/* Three tables of pcdata, four of funcdata; the last two are of inlining. */
static void inlined_scene(struct scene *s)
{
	/* no inlined call for 16 bytes, then number 0 for 48 */
	static const uint8_t values[] = {0, 16, 2, 48, 0};

	scene_init(s, values, sizeof(values));
	put32(s, 28, 3);
	s->func[43] = 4;
	put32(s, 44 + 4 * 2, 1);
	put32(s, 44 + 4 * 3, 1);
	put32(s, 44 + 4 * 4, UINT32_MAX);
	s->tree[4] = 1;	 /* name: main.f again */
	s->tree[8] = 15; /* called from TEXT + 15 */
}

static void data_of_functions_is_found_by_index(void **state)
{
	CLEANUP(scene_deinit) struct scene s;
	struct pcln_func func;

	(void)state;
	inlined_scene(&s);
	assert_true(pclntab_find(&s.tab, TEXT, &func));
	assert_int_equal(pcln_pcdata(&func, PCDATA_INLTREE, TEXT + 15), -1);
	assert_int_equal(pcln_pcdata(&func, PCDATA_INLTREE, TEXT + 16), 0);
	assert_int_equal(pcln_pcdata(&func, 3, TEXT + 16), -1);
	assert_int_equal(pcln_funcdata(&func, 0), TABLES + 0x6001);
	assert_int_equal(pcln_funcdata(&func, 1), 0);
	assert_int_equal(pcln_funcdata(&func, FUNCDATA_INLTREE),
			 TABLES + 0x6000);
	assert_int_equal(pcln_funcdata(&func, 4), 0);
}

static void inlined_calls_come_before_their_callers(void **state)
{
	CLEANUP(scene_deinit) struct scene s;
	struct pcln_inline frames[PCLN_INLINE_MAX];
	struct pcln_func func;

	(void)state;
	inlined_scene(&s);
	assert_true(pclntab_find(&s.tab, TEXT, &func));
	assert_int_equal(pcln_inline_frames(&s.tab, &func, TEXT, frames,
					    PCLN_INLINE_MAX),
			 1);
	assert_false(frames[0].inlined);
	assert_int_equal(pcln_inline_frames(&s.tab, &func, TEXT + 20, frames,
					    PCLN_INLINE_MAX),
			 2);
	assert_true(frames[0].inlined);
	assert_string_equal(frames[0].name, "main.f");
	assert_false(frames[1].inlined);
	assert_int_equal(
		pcln_inline_frames(&s.tab, &func, TEXT + 20, frames, 1), 1);
	assert_false(frames[0].inlined);
	/* A call that is inlined into itself ends. */
	s.tree[8] = 20;
	assert_int_equal(pcln_inline_frames(&s.tab, &func, TEXT + 20, frames,
					    PCLN_INLINE_MAX),
			 PCLN_INLINE_MAX);
	assert_false(frames[PCLN_INLINE_MAX - 1].inlined);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_hold_up_to_the_next_step),
		cmocka_unit_test(damaged_values_wrap),
		cmocka_unit_test(names_lie_within_their_table),
		cmocka_unit_test(functions_lie_within_their_table),
		cmocka_unit_test(each_function_is_found_from_its_entry_on),
		cmocka_unit_test(start_lines_came_with_go_1_20),
		cmocka_unit_test(values_lie_within_their_table),
		cmocka_unit_test(functions_are_numbered_in_order),
		cmocka_unit_test(files_are_found_by_compilation_unit),
		cmocka_unit_test(data_of_functions_is_found_by_index),
		cmocka_unit_test(inlined_calls_come_before_their_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
