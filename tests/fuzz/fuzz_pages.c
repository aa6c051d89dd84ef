/**
 * libFuzzer entry for the memory of a full snapshot: words of a good one are
 * changed as if its pages had been written so, with the right checksums, and
 * all that walks memory is asked. $MAPSCOPE_FUZZ_FULL names the snapshot; its
 * binary is found as usual. Without it nothing is done.
 *
 * Input: changes of 12 bytes: how, which page, where in it, a value.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/containers.h"
#include "core/session/expr.h"
#include "core/session/goroutine_list.h"
#include "core/session/objects.h"
#include "core/session/profile.h"
#include "core/session/references.h"
#include "core/session/session_priv.h"
#include "core/session/snapshot.h"
#include "core/session/suspects.h"
#include "core/target/sample_priv.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_CHANGES = 24, MAX_ASKED = 12, ENTRIES = 40, PAGE_WORDS = 512 };

static struct session *good;  /* owner of sample and binary */
static uint64_t **pages;      /* those that are not empty */
static uint64_t *page_starts; /* their addresses */
static size_t page_count;

static bool is_empty(const uint64_t *page)
{
	size_t i;

	for (i = 0; i < PAGE_WORDS; i++)
		if (page[i])
			return false;
	return true;
}

static void add_pages(const struct segment *seg)
{
	static size_t cap, start_cap;
	uint64_t at;

	if (seg->source != SOURCE_NONE || !seg->base)
		return;
	for (at = seg->start; at < seg->end; at += SAMPLE_PAGE) {
		uint64_t *page =
			(uint64_t *)(void *)(seg->base + (at - seg->start));

		if (!segment_page_present(seg, at) || is_empty(page))
			continue;
		GROW_ARRAY(pages, page_count, cap);
		GROW_ARRAY(page_starts, page_count, start_cap);
		page_starts[page_count] = at;
		pages[page_count++] = page;
	}
}

static void close_good(void)
{
	session_free(good);
	free(pages);
	free(page_starts);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct session_options options = session_options_default();
	const char *path = getenv("MAPSCOPE_FUZZ_FULL");
	struct error *err;
	size_t i;

	(void)argc;
	(void)argv;
	if (!path) {
		fputs("no snapshot: nothing is done\n", stderr);
		return 0;
	}
	options.threads = 1;
	atexit(close_good);
	err = session_open_snapshot(path, &options, NULL, &good);
	if (err || !session_has_memory(good)) {
		fprintf(stderr, "%s: %s\n", path,
			err ? err->message : "no memory in it");
		abort();
	}
	for (i = 0; i < good->sample->segment_count; i++)
		add_pages(&good->sample->segments[i]);
	return 0;
}

struct change {
	uint8_t how;
	uint16_t page, word;
	uint64_t value;
};

struct undo {
	uint64_t *word, before;
};

/* What a hostile program would choose: edges, its own pointers, nonsense. */
static uint64_t new_value(const struct change *c, uint64_t before)
{
	static const uint64_t edges[] = {
		0,	    1,	       7,	   8,
		0xff,	    0xffff,    0x7fffffff, 0xffffffff,
		UINT64_MAX, INT64_MAX, 1ULL << 63, 1ULL << 47,
	};
	const uint64_t *other = pages[c->value % page_count];

	switch (c->how % 8) {
	case 0:
		return before ^ 1ULL << c->value % 64;
	case 1:
		return edges[c->value % ARRAY_LEN(edges)];
	case 2: /* a pointer to some page */
		return page_starts[c->value % page_count] + c->word % 4096;
	case 3: /* what stands elsewhere */
		return other[c->value / page_count % PAGE_WORDS];
	case 4:
		return before + (uint64_t)(int64_t)(int8_t)c->value;
	case 5:
		return before + 8 * (c->value % 512);
	case 6: /* one byte */
		return (before & ~(0xffULL << c->value % 8 * 8)) |
		       (c->value >> 8 & 0xff) << c->value % 8 * 8;
	default:
		return c->value;
	}
}

static void apply(const struct change *c, struct undo *undo)
{
	uint64_t *page = pages[c->page % page_count];
	size_t i, at = c->word % PAGE_WORDS;

	/* Most words are 0 and mean little: take the next that is not. */
	for (i = 0; i < PAGE_WORDS && !page[at] && c->how < 224; i++)
		at = (at + 1) % PAGE_WORDS;
	*undo = (struct undo){&page[at], page[at]};
	page[at] = new_value(c, page[at]);
}

static void ask_map(const struct session *session, uint32_t row)
{
	struct map_detail detail = {0};
	struct unit units[4];
	struct refs refs = {0};
	struct entries *entries = entries_open(session, row);
	uint32_t n, i;

	error_free(map_detail_load(session, row, &detail));
	map_detail_deinit(&detail);
	error_free(session_units(session, row, 0, 0, units, 4, &n));
	error_free(refs_load(session, session->rows[row].addr, 3, true, &refs));
	refs_deinit(&refs);
	for (i = 0; entries && i < ENTRIES; i++) {
		CLEANUP(buf_deinit) struct buf text = {0};
		struct entry entry;
		struct error *err = entries_get(entries, i, &entry);

		error_free(err);
		if (err)
			break;
		entry_key_text(entries, &entry, false, &text);
		entry_value_text(entries, &entry, false, &text);
		entry_value_json(entries, &entry, false, &text);
	}
	entries_close(entries);
}

static void ask_suspects(const struct session *session)
{
	struct suspect_more *more;
	struct suspect_rows rows;
	uint32_t i;

	suspect_rows_load(session, NULL, &rows);
	more = xcalloc((size_t)rows.count + 1, sizeof(*more));
	error_free(suspects_load(session, &rows, false, more));
	for (i = 0; i < rows.count; i++)
		suspect_more_deinit(&more[i]);
	free(more);
}

static void ask(const struct session *session)
{
	struct goroutine_table goroutines;
	struct map_groups groups = {0};
	struct type_table types = {0};
	struct session_totals totals;
	struct profile profile = {0};
	uint32_t count, i, step;

	session_totals(session, &totals);
	session_maps(session, &count);
	step = count / MAX_ASKED + 1;
	for (i = 0; i < count; i += step)
		ask_map(session, i);
	error_free(map_groups_load(session, GROUP_OWNER, NULL, &groups));
	map_groups_deinit(&groups);
	error_free(type_table_load(session, false, &types));
	type_table_deinit(&types);
	goroutine_table_load(session, GOROUTINES_BY_USER, true, &goroutines);
	goroutine_table_deinit(&goroutines);
	error_free(heap_profile_load(session, &profile));
	profile_deinit(&profile);
	ask_suspects(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct undo undo[MAX_CHANGES];
	struct session *session;
	struct error *err;
	size_t n = 0;

	if (!good || !page_count)
		return 0;
	for (; size >= 12 && n < MAX_CHANGES; data += 12, size -= 12) {
		struct change c = {.how = data[0]};

		memcpy(&c.page, data + 1, 2);
		memcpy(&c.word, data + 3, 2);
		memcpy(&c.value, data + 4, 8);
		apply(&c, &undo[n++]);
	}
	session = session_new(&good->options);
	session->sample = good->sample;
	session->program = good->program;
	err = session_analyse(session, NULL);
	if (!err)
		ask(session);
	error_free(err);
	/* Both are used again. */
	session->sample = NULL;
	session->program = NULL;
	session_free(session);
	while (n--)
		*undo[n].word = undo[n].before;
	return 0;
}
