#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/runtime_priv.h"
#include "core/target/sample.h"

/* Where the fake process keeps things, and mspan fields of our own choice. */
enum {
	MSPAN = 160,
	MHEAP_AT = 0x10000,
	LIST_AT = 0x20000,
	MSPANS_AT = 0x100000,
	BITS_AT = 0x800000,
	BITS = 64, /* bytes of one bitmap */
	SWEEPGEN = 8,
	SPANS_MAX = 4096,
};

static const uint64_t HEAP = 0xc000000000;

struct scene {
	struct sample *sample;
	struct go_runtime *rt;
	uint8_t *mspans, *bits;
	uint64_t list[SPANS_MAX];
	unsigned count;
};

static void set_layout(struct go_layout *layout)
{
	static const struct {
		enum layout_id id;
		int off;
	} fields[] = {
		{L_MHEAP_SWEEPGEN, 0},	 {L_MHEAP_ALLSPANS, 8},
		{L_SPAN_START, 0},	 {L_SPAN_NPAGES, 8},
		{L_SPAN_FREEINDEX, 16},	 {L_SPAN_NELEMS, 24},
		{L_SPAN_ALLOCBITS, 32},	 {L_SPAN_MARKBITS, 40},
		{L_SPAN_SWEEPGEN, 48},	 {L_SPAN_CLASS, 52},
		{L_SPAN_STATE, 53},	 {L_SPAN_ELEMSIZE, 56},
		{L_SPAN_LIMIT, 64},	 {L_SPAN_SPECIALS, 72},
		{L_SPAN_LARGETYPE, 152},
	};
	size_t i;

	memset(layout->off, 0xff, sizeof(layout->off));
	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		layout->off[fields[i].id] = fields[i].off;
	layout->wide_nelems = true;
}

static void scene_init(struct scene *scene)
{
	struct runtime_priv *priv = xcalloc(1, sizeof(*priv));

	*scene = (struct scene){.sample = sample_new_fake()};
	scene->mspans = xcalloc(SPANS_MAX, MSPAN);
	scene->bits = xcalloc(SPANS_MAX, 2 * BITS);
	scene->rt = xcalloc(1, sizeof(*scene->rt));
	scene->rt->sample = scene->sample;
	scene->rt->priv = priv;
	set_layout(&priv->layout);
	priv->minor = 22;
	priv->mheap = MHEAP_AT;
}

static void scene_free(struct scene *scene)
{
	spans_free(scene->rt);
	free(scene->rt->priv);
	free(scene->rt);
	sample_free(scene->sample);
	free(scene->mspans);
	free(scene->bits);
}

/** An mspan as the process has it; all of it may be changed afterwards. */
struct mspan {
	uint64_t start, npages, freeindex, nelems;
	uint64_t alloc_bits, mark_bits;
	uint32_t sweepgen;
	uint8_t class, state;
	uint64_t elem_size, limit, specials;
};

static void put(struct scene *scene, const struct mspan *m)
{
	uint8_t *at = scene->mspans + (size_t)scene->count * MSPAN;

	memcpy(at, &m->start, 8);
	memcpy(at + 8, &m->npages, 8);
	memcpy(at + 16, &m->freeindex, 8);
	memcpy(at + 24, &m->nelems, 8);
	memcpy(at + 32, &m->alloc_bits, 8);
	memcpy(at + 40, &m->mark_bits, 8);
	memcpy(at + 48, &m->sweepgen, 4);
	at[52] = m->class;
	at[53] = m->state;
	memcpy(at + 56, &m->elem_size, 8);
	memcpy(at + 64, &m->limit, 8);
	memcpy(at + 72, &m->specials, 8);
	scene->list[scene->count] = MSPANS_AT + (uint64_t)scene->count * MSPAN;
	scene->count++;
}

/** Slots of 48 bytes with pointers in one page, all of them allocated. */
static struct mspan page_of_48(struct scene *scene, uint64_t page)
{
	uint64_t bits = BITS_AT + (uint64_t)scene->count * 2 * BITS;

	return (struct mspan){
		.start = HEAP + page * GO_PAGE,
		.npages = 1,
		.freeindex = 170,
		.nelems = 170,
		.alloc_bits = bits,
		.mark_bits = bits + BITS,
		.sweepgen = SWEEPGEN,
		.class = 5 << 1,
		.state = 1,
		.elem_size = 48,
		.limit = HEAP + page * GO_PAGE + 170 * 48,
		.specials = 1000 + page,
	};
}

static struct error *load(struct scene *scene, unsigned threads)
{
	uint64_t head[3] = {SWEEPGEN, LIST_AT, scene->count};

	sample_fake_add(scene->sample, MHEAP_AT, head, sizeof(head));
	sample_fake_add(scene->sample, LIST_AT, scene->list,
			scene->count * sizeof(*scene->list));
	sample_fake_add(scene->sample, MSPANS_AT, scene->mspans,
			(uint64_t)scene->count * MSPAN);
	sample_fake_add(scene->sample, BITS_AT, scene->bits,
			(uint64_t)SPANS_MAX * 2 * BITS);
	return spans_load(scene->rt, threads, NULL);
}

static unsigned allocated(const struct go_runtime *rt, uint32_t span)
{
	uint32_t i, first = rt->spans[span].first;
	unsigned count = 0;

	for (i = first; i < first + rt->spans[span].slots; i++)
		count += rt->allocated[i / 64] >> (i % 64) & 1;
	return count;
}

static void spans_come_out_in_order_of_address(void **state)
{
	enum { COUNT = 3000, STEP = 1001 }; /* coprime: every page once */
	CLEANUP(scene_free) struct scene scene;
	const struct go_runtime *rt;
	struct mspan m;
	uint32_t i;

	(void)state;
	scene_init(&scene);
	rt = scene.rt;
	for (i = 0; i < COUNT; i++) {
		m = page_of_48(&scene, i * STEP % COUNT);
		put(&scene, &m);
	}
	assert_null(load(&scene, 3));
	assert_int_equal(rt->span_count, COUNT);
	assert_int_equal(rt->slot_count, COUNT * 170);
	for (i = 0; i < COUNT; i++) {
		assert_int_equal(rt->spans[i].base, HEAP + i * GO_PAGE);
		assert_int_equal(rt->spans[i].first, i * 170);
		assert_int_equal(priv_of(rt)->specials[i], 1000 + i);
		assert_int_equal(allocated(rt, i), 170);
		assert_int_equal(
			go_span_index(&rt->pages, HEAP + i * GO_PAGE + 8191),
			i + 1);
	}
	assert_int_equal(go_span_index(&rt->pages, HEAP + COUNT * GO_PAGE), 0);
	assert_int_equal(sample_info(scene.sample)->warning_count, 0);
}

/** What is allocated of 170 slots in a state of the sweeper. */
static unsigned swept(uint32_t sweepgen, uint64_t freeindex)
{
	CLEANUP(scene_free) struct scene scene;
	struct mspan m;

	scene_init(&scene);
	m = page_of_48(&scene, 3);
	m.sweepgen = sweepgen;
	m.freeindex = freeindex;
	memset(scene.bits, 0xff, 8);	     /* slots 0 to 63 */
	memset(scene.bits + 16, 0xff, 8);    /* 128 to 169 and past the end */
	memset(scene.bits + BITS, 0x0f, 22); /* half of all */
	put(&scene, &m);
	assert_null(load(&scene, 1));
	return allocated(scene.rt, 0);
}

static void the_state_of_the_sweeper_decides(void **state)
{
	(void)state;
	assert_int_equal(swept(SWEEPGEN, 0), 64 + 42);
	assert_int_equal(swept(SWEEPGEN, 70), 70 + 42);
	assert_int_equal(swept(SWEEPGEN, 170), 170);
	/* it waits for the sweeper: of those only the marked ones live */
	assert_int_equal(swept(SWEEPGEN - 2, 0), 32 + 22);
	assert_int_equal(swept(SWEEPGEN + 1, 170), 86);
	/* being swept: either view counts */
	assert_int_equal(swept(SWEEPGEN - 1, 0), 64 + 32 + 42);
}

static void a_large_object_has_all_its_pages(void **state)
{
	const uint64_t pages = 3 * ARENA_PAGES + 5;
	CLEANUP(scene_free) struct scene scene;
	const struct go_runtime *rt;
	struct mspan m;

	(void)state;
	scene_init(&scene);
	rt = scene.rt;
	m = page_of_48(&scene, pages + 7);
	put(&scene, &m);
	m = page_of_48(&scene, 7);
	m.class = 1;
	m.npages = pages;
	m.nelems = m.freeindex = 1;
	m.elem_size = pages * GO_PAGE;
	m.limit = m.start + m.elem_size - 100;
	put(&scene, &m);
	assert_null(load(&scene, 2));
	assert_int_equal(rt->span_count, 2);
	assert_int_equal(go_span_index(&rt->pages, HEAP + 6 * GO_PAGE), 0);
	assert_int_equal(go_span_index(&rt->pages, HEAP + 7 * GO_PAGE), 1);
	assert_int_equal(
		go_span_index(&rt->pages, HEAP + (pages + 6) * GO_PAGE), 1);
	assert_int_equal(
		go_span_index(&rt->pages, HEAP + (pages + 7) * GO_PAGE), 2);
	assert_int_equal(rt->spans[0].limit,
			 HEAP + (pages + 7) * GO_PAGE - 100);
	assert_true(rt->spans[0].noscan);
}

static void spans_that_make_no_sense_are_left_out(void **state)
{
	CLEANUP(scene_free) struct scene scene;
	const struct go_runtime *rt;
	struct mspan good, m;

	(void)state;
	scene_init(&scene);
	rt = scene.rt;
	good = page_of_48(&scene, 2);
	put(&scene, &good);
	put(&scene, &good); /* twice the same place */
	m = good;
	m.nelems = 171; /* more than fit */
	put(&scene, &m);
	m = good;
	m.start += 8;
	put(&scene, &m);
	m = good;
	m.class = 200;
	put(&scene, &m);
	m = page_of_48(&scene, 10); /* two pages, the second is taken */
	m.npages = 2;
	put(&scene, &m);
	m = page_of_48(&scene, 11);
	put(&scene, &m);
	m = page_of_48(&scene, 20); /* larger than any memory */
	m.class = 0;
	m.nelems = 1;
	m.npages = LIMIT_PAGES;
	m.elem_size = m.npages * GO_PAGE;
	put(&scene, &m);
	m = page_of_48(&scene, 30);
	m.state = 0; /* no damage: it is not in use */
	put(&scene, &m);
	scene.list[scene.count++] = 0xdead0000; /* no mspan at all */
	assert_null(load(&scene, 2));
	assert_int_equal(rt->span_count, 2);
	assert_int_equal(rt->spans[0].base, good.start);
	assert_int_equal(rt->spans[1].bytes, 2 * GO_PAGE);
	assert_int_equal(go_span_index(&rt->pages, HEAP + 11 * GO_PAGE), 2);
	assert_int_equal(go_span_index(&rt->pages, HEAP + 20 * GO_PAGE), 0);
	assert_int_equal(sample_info(scene.sample)->warning_count, 1);
	assert_string_equal(sample_info(scene.sample)->warnings[0],
			    "7 spans make no sense and are left out");
}

static void what_is_no_list_of_spans_is_an_error(void **state)
{
	CLEANUP(scene_free) struct scene scene;
	uint64_t head[3] = {SWEEPGEN, LIST_AT, LIMIT_SPANS};
	struct error *err;

	(void)state;
	scene_init(&scene);
	sample_fake_add(scene.sample, MHEAP_AT, head, sizeof(head));
	sample_fake_add(scene.sample, LIST_AT, scene.list, 80);
	err = spans_load(scene.rt, 2, NULL);
	assert_non_null(err);
	assert_string_equal(err->message, "the list of spans is unreadable");
	error_free(err);
}

static void spans_far_apart_are_an_error(void **state)
{
	CLEANUP(scene_free) struct scene scene;
	struct error *err;
	struct mspan m;

	(void)state;
	scene_init(&scene);
	m = page_of_48(&scene, 0);
	put(&scene, &m);
	m = page_of_48(&scene, 1ULL << 43);
	put(&scene, &m);
	err = load(&scene, 2);
	assert_non_null(err);
	assert_string_equal(err->message, "spans lie too far apart");
	error_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_come_out_in_order_of_address),
		cmocka_unit_test(the_state_of_the_sweeper_decides),
		cmocka_unit_test(a_large_object_has_all_its_pages),
		cmocka_unit_test(spans_that_make_no_sense_are_left_out),
		cmocka_unit_test(what_is_no_list_of_spans_is_an_error),
		cmocka_unit_test(spans_far_apart_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
