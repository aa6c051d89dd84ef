#include "core/session/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/session/session_priv.h"

static void add(struct memory_table *table, const char *name, uint64_t bytes,
		uint64_t whole, const char *note)
{
	if (table->count >= MEMORY_ROWS)
		return;
	table->rows[table->count++] = (struct memory_row){
		.name = name,
		.note = note,
		.bytes = bytes,
		.share = whole && whole != UINT64_MAX && bytes != UINT64_MAX
				 ? (double)bytes / (double)whole
				 : 0,
	};
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a == UINT64_MAX || b == UINT64_MAX || b > a ? UINT64_MAX : a - b;
}

static void add_heap(struct memory_table *table, const struct session_totals *t)
{
	add(table, "heap reserved (heap_sys)", t->heap_sys, t->sys,
	    "address space of the heap that the runtime holds");
	add(table, "  spans in use", t->heap_inuse, t->heap_sys,
	    "pages that hold at least one object");
	add(table, "    live objects", t->heap_live_bytes, t->heap_inuse,
	    "reachable from a root: what a collection keeps");
	add(table, "    garbage", t->heap_garbage_bytes, t->heap_inuse,
	    "allocated, unreachable: the next collection frees it");
	add(table, "    free slots", minus(t->heap_inuse, t->heap_alloc),
	    t->heap_inuse,
	    "fragmentation: slots of spans in use that hold nothing");
	add(table, "  idle, kept", minus(t->heap_idle, t->heap_released),
	    t->heap_sys, "free pages that the runtime keeps for allocations");
	add(table, "  idle, released", t->heap_released, t->heap_sys,
	    "free pages given back: they do not count as RSS");
}

static void add_rest(struct memory_table *table, const struct session_totals *t)
{
	uint64_t known = t->mspan_sys + t->mcache_sys + t->gc_sys +
			 t->buckhash_sys + t->other_sys;

	/* All are known or none. */
	if (t->mspan_sys == UINT64_MAX)
		known = UINT64_MAX;

	add(table, "goroutine stacks", t->stack_inuse, t->sys,
	    "spans of stacks in the arenas, apart from heap_sys");
	add(table, "thread stacks", minus(t->stack_sys, t->stack_inuse), t->sys,
	    "of threads that the runtime allocated itself");
	add(table, "runtime metadata", known, t->sys,
	    "spans, caches, bitmaps and tables of the collector");
	add(table, "  collector", t->gc_sys, known,
	    "bitmaps, work buffers, page tables");
	add(table, "  spans", t->mspan_sys, known, "mspan structures");
	add(table, "  caches", t->mcache_sys, known, "mcache structures");
	add(table, "  heap profile", t->buckhash_sys, known,
	    "buckets of runtime.MemProfile and the like");
	add(table, "  other", t->other_sys, known,
	    "threads, timers, tables of types and modules");
}

static void add_mappings(const struct session *session,
			 struct memory_table *table)
{
	uint64_t text = 0, data = 0, other = 0;
	const char *exe = sample_info(session->sample)->exe;
	size_t count, i;
	const struct sample_mapping *m =
		sample_mappings(session->sample, &count);

	for (i = 0; i < count; i++) {
		bool own = exe && !strcmp(m[i].path, exe);

		if (own && m[i].writable)
			data += m[i].end - m[i].start;
		else if (own)
			text += m[i].end - m[i].start;
		else if (*m[i].path && *m[i].path != '[')
			other += m[i].end - m[i].start;
	}
	add(table, "binary: text and constants", text, 0,
	    "mapped from the file; resident as far as it was touched");
	add(table, "binary: data", data, 0, "package variables");
	add(table, "libraries", other, 0, "other mapped files: cgo, plugins");
}

/* Arenas are 64 MB, aligned: is one of the heap's spans in that range's? */
static bool is_heap(const struct go_runtime *rt,
		    const struct resident_range *range)
{
	const uint64_t arena = 64 << 20;
	uint64_t from = range->start / arena * arena;
	uint64_t to = (range->end + arena - 1) / arena * arena;
	uint32_t low = 0, high = rt->span_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (rt->spans[middle].base < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low < rt->span_count && rt->spans[low].base < to;
}

bool memory_resident_load(const struct session *session,
			  struct memory_resident *ret)
{
	uint32_t i;

	*ret = (struct memory_resident){0};
	for (i = 0; i < session->resident.count; i++) {
		const struct resident_range *r = &session->resident.ranges[i];

		ret->all += r->rss;
		ret->swap += r->swap;
		if (r->kind == RESIDENT_BINARY)
			ret->binary += r->rss;
		else if (r->kind == RESIDENT_FILE)
			ret->files += r->rss;
		else if (r->kind != RESIDENT_ANONYMOUS)
			ret->c += r->rss;
		else if (is_heap(session->rt, r))
			ret->heap += r->rss;
		else
			ret->metadata += r->rss;
	}
	return session->resident.count > 0;
}

/* What of the heap is not resident, or is although it was given back. */
static void add_difference(struct memory_table *table, uint64_t kept,
			   uint64_t resident)
{
	if (kept == UINT64_MAX)
		return;
	if (kept >= resident)
		add(table, "    kept, not resident", kept - resident, kept,
		    "heap pages that were never touched, or are swapped out");
	else
		add(table, "    released, still resident", resident - kept,
		    resident,
		    "given back, but the system has not taken it yet (or huge "
		    "pages)");
}

/** Why the figures of the system and of the heap differ. */
static void add_rss(const struct session *session, struct memory_table *table,
		    const struct session_totals *t)
{
	uint64_t kept = minus(t->heap_sys, t->heap_released), stacks;
	struct memory_resident sums;

	add(table, "RSS (of the system)", t->rss, 0,
	    "resident memory: heap, stacks, metadata, touched file pages");
	if (!memory_resident_load(session, &sums)) {
		add(table, "  heap not released", kept, t->rss,
		    "as the runtime sees it; pages never touched are not "
		    "resident");
		return;
	}
	stacks = t->stack_inuse == UINT64_MAX ? 0 : t->stack_inuse;
	add(table, "  heap and goroutine stacks", sums.heap, sums.all,
	    "resident pages of the heap's arenas; garbage, free slots and "
	    "idle pages count until they are released");
	add_difference(table, kept == UINT64_MAX ? kept : kept + stacks,
		       sums.heap);
	add(table, "  metadata, C memory", sums.metadata, sums.all,
	    "other anonymous memory: the runtime's tables, C's allocations, "
	    "thread stacks");
	add(table, "  binary", sums.binary, sums.all,
	    "touched pages of the executable");
	add(table, "  libraries, files", sums.files, sums.all,
	    "touched pages of other mapped files");
	add(table, "  C heap, main stack", sums.c, sums.all,
	    "[heap], [stack], [vdso]");
	if (sums.swap)
		add(table, "swapped out", sums.swap, 0,
		    "not resident, but taken");
}

static void load_pacing(const struct session_totals *t,
			struct memory_table *table)
{
	struct buf out = {0};

	buf_printf(&out, "GC #%" PRIu64 ", phase %s, GOGC ", t->num_gc,
		   t->gc_phase);
	pacing_add_gogc(&out, t);
	buf_adds(&out, ", limit ");
	pacing_add_limit(&out, t);
	buf_adds(&out, ", next at ");
	pacing_add_next(&out, t);
	buf_adds(&out, ", last pause ");
	if (t->last_pause_ns == UINT64_MAX)
		buf_addc(&out, '?');
	else
		text_duration(&out, t->last_pause_ns);
	table->pacing = buf_steal(&out);
}

void memory_table_load(const struct session *session, struct memory_table *ret)
{
	struct session_totals totals;

	*ret = (struct memory_table){0};
	session_totals(session, &totals);
	add_rss(session, ret, &totals);
	add(ret, "all of the runtime (sys)", totals.sys, 0,
	    "address space that the Go runtime got from the system");
	add_heap(ret, &totals);
	add_rest(ret, &totals);
	add_mappings(session, ret);
	memory_classes_load(session, ret);
	load_pacing(&totals, ret);
}

void memory_table_deinit(struct memory_table *table)
{
	free(table->pacing);
	*table = (struct memory_table){0};
}

static const struct memory_row *row_at(const void *model, uint32_t row)
{
	const struct memory_table *table = model;

	return &table->rows[row];
}

static void get_name(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->name);
}

static void get_bytes(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, row_at(model, row)->bytes);
}

static void get_share(const void *model, uint32_t row, struct cell *ret)
{
	cell_put(ret, 0);
	ret->f = row_at(model, row)->share;
	ret->known = ret->f > 0;
}

static void get_note(const void *model, uint32_t row, struct cell *ret)
{
	cell_put_text(ret, row_at(model, row)->note);
}

static uint32_t memory_count(const void *model)
{
	const struct memory_table *table = model;

	return table->count;
}

static uint64_t row_number(const void *model, uint32_t row)
{
	(void)model;
	return row;
}

static const struct column memory_columns[] = {
	{"name", "PART", "part of the memory", COLUMN_TEXT, 30, 20, 0, 'n',
	 get_name},
	{"bytes", "BYTES", "its size", COLUMN_BYTES, 8, 7, 1, 'b', get_bytes},
	{"share", "%", "share of the part it belongs to", COLUMN_PERCENT, 5, 4,
	 2, 0, get_share},
	{"note", "NOTE", "what it is", COLUMN_TEXT, 60, 20, 3, 0, get_note},
};

const struct list_kind memory_list_kind = {
	.name = "memory",
	.columns = memory_columns,
	.column_count = ARRAY_LEN(memory_columns),
	.default_sort = NULL,
	.bare = "name",
	.count = memory_count,
	.identity = row_number,
};
