#include "core/target/live_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"

enum {
	COPY_PAGES = 1024, /* of a chunk: 4 MiB, UIO_MAXIOV pages */
	COPY_CHUNK = COPY_PAGES * SAMPLE_PAGE,
};

static const uint64_t PAGEMAP_PRESENT = 1ULL << 63;
static const uint64_t PAGEMAP_SWAPPED = 1ULL << 62;

/** Pages of a chunk that must be read, as runs. */
struct runs {
	struct iovec remote[COPY_PAGES];
	struct iovec local[COPY_PAGES];
	unsigned n;
	uint64_t bytes;
};

void copy_list_add(struct copy_list *list, uint64_t start, uint64_t end,
		   bool sparse)
{
	while (start < end) {
		uint64_t stop =
			end - start > COPY_CHUNK ? start + COPY_CHUNK : end;

		GROW_ARRAY(list->v, list->n, list->cap);
		list->v[list->n++] = (struct copy_item){start, stop, sparse};
		list->bytes += stop - start;
		start = stop;
	}
}

void copy_list_deinit(struct copy_list *list)
{
	free(list->v);
	*list = (struct copy_list){0};
}

static void runs_add(struct runs *runs, const struct segment *seg,
		     uint64_t start, uint64_t end)
{
	struct iovec *remote = &runs->remote[runs->n];

	/* An address of the target, not of ours: never dereferenced here. */
	memcpy(&remote->iov_base, &start, sizeof(start));
	remote->iov_len = end - start;
	runs->local[runs->n].iov_base = seg->base + (start - seg->start);
	runs->local[runs->n].iov_len = end - start;
	runs->bytes += end - start;
	runs->n++;
}

/** Fill @p runs for @p item; everything if the page map does not say. */
static void find_runs(const struct copier *c, const struct segment *seg,
		      const struct copy_item *item, struct runs *runs)
{
	uint64_t map[COPY_PAGES];
	uint64_t pages = (item->end - item->start) >> SAMPLE_PAGE_SHIFT;
	uint64_t from = 0, i;

	runs->n = 0;
	runs->bytes = 0;
	if (!item->sparse || c->source->pagemap_fd < 0 ||
	    pread(c->source->pagemap_fd, map, pages * 8,
		  (off_t)(item->start >> SAMPLE_PAGE_SHIFT << 3)) !=
		    (ssize_t)(pages * 8)) {
		runs_add(runs, seg, item->start, item->end);
		return;
	}
	for (i = 0; i <= pages; i++) {
		if (i < pages && (map[i] & (PAGEMAP_PRESENT | PAGEMAP_SWAPPED)))
			continue;
		if (from < i)
			runs_add(runs, seg,
				 item->start + (from << SAMPLE_PAGE_SHIFT),
				 item->start + (i << SAMPLE_PAGE_SHIFT));
		from = i + 1;
	}
}

/** Read one run around the pages that cannot be read. */
static uint64_t copy_run_slowly(struct copier *c, struct segment *seg,
				uint64_t start, uint64_t end)
{
	uint64_t copied = 0;

	while (start < end && !atomic_load(&c->gone)) {
		struct iovec local = {seg->base + (start - seg->start),
				      end - start};
		struct iovec remote = {NULL, end - start};
		ssize_t n;

		memcpy(&remote.iov_base, &start, sizeof(start));
		n = source_read(c->source, &local, &remote, 1);
		if (n < 0 && errno == ESRCH)
			atomic_store(&c->gone, true);
		n = n < 0 ? 0 : n & ~(ssize_t)(SAMPLE_PAGE - 1);
		segment_set_present(seg, start, start + (uint64_t)n);
		copied += (uint64_t)n;
		start += (uint64_t)n;
		if (start < end) {
			atomic_fetch_add(&c->unreadable, SAMPLE_PAGE);
			start += SAMPLE_PAGE;
		}
	}
	return copied;
}

/** Untouched by now, but perhaps not when they were last copied. */
static void add_zero_pages(struct copier *c, struct segment *seg,
			   uint64_t start, uint64_t end)
{
	uint8_t *at = seg->base + (start - seg->start);

	if (end <= start)
		return;
	if (c->reused && madvise(at, end - start, MADV_REMOVE) < 0 &&
	    madvise(at, end - start, MADV_DONTNEED) < 0)
		memset(at, 0, end - start);
	segment_set_present(seg, start, end);
}

/** Untouched pages between the runs are zero, hence present. */
static void add_gaps(struct copier *c, struct segment *seg,
		     const struct copy_item *item, const struct runs *runs)
{
	uint64_t at = item->start;
	unsigned i;

	for (i = 0; i < runs->n; i++) {
		uint64_t start;

		memcpy(&start, &runs->remote[i].iov_base, sizeof(start));
		add_zero_pages(c, seg, at, start);
		at = start + runs->remote[i].iov_len;
	}
	add_zero_pages(c, seg, at, item->end);
}

static void set_run_present(struct segment *seg, const struct iovec *run)
{
	uint64_t start;

	memcpy(&start, &run->iov_base, sizeof(start));
	segment_set_present(seg, start, start + run->iov_len);
}

static void copy_item(struct copier *c, const struct copy_item *item)
{
	struct segment *seg = sample_segment(c->sample, item->start);
	struct runs runs;
	uint64_t copied = 0;
	ssize_t n = 0;
	unsigned i;

	if (!seg || item->end > seg->end) {
		atomic_fetch_add(&c->unreadable, item->end - item->start);
		return;
	}
	find_runs(c, seg, item, &runs);
	source_move(c->source);
	if (runs.n)
		n = source_read(c->source, runs.local, runs.remote, runs.n);
	if (n < 0 && errno == ESRCH) {
		atomic_store(&c->gone, true);
		return;
	}
	add_gaps(c, seg, item, &runs);
	if (n >= 0 && (uint64_t)n == runs.bytes) {
		for (i = 0; i < runs.n; i++)
			set_run_present(seg, &runs.remote[i]);
		atomic_fetch_add(&c->copied, runs.bytes);
		return;
	}
	for (i = 0; i < runs.n; i++) {
		uint64_t start;

		memcpy(&start, &runs.remote[i].iov_base, sizeof(start));
		copied += copy_run_slowly(c, seg, start,
					  start + runs.remote[i].iov_len);
	}
	atomic_fetch_add(&c->copied, copied);
}

struct copy_work {
	struct copier *c;
	const struct copy_list *list;
};

static void copy_chunk(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	struct copy_work *work = arg;
	struct copier *c = work->c;

	(void)worker;
	for (; begin < end && !atomic_load(&c->gone); begin++) {
		const struct copy_item *item = &work->list->v[begin];

		if (c->deadline && clock_now() > c->deadline) {
			atomic_store(&c->late, true);
			return;
		}
		copy_item(c, item);
		job_advance(c->job, item->end - item->start);
	}
}

void copier_run(struct copier *c, const struct copy_list *list)
{
	struct copy_work work = {c, list};

	job_parallel(c->job, c->threads, list->n, 1, copy_chunk, &work);
}

static void prefault_run(uint8_t *at, uint64_t len)
{
	uint64_t i;

#ifdef MADV_POPULATE_WRITE
	if (madvise(at, len, MADV_POPULATE_WRITE) == 0)
		return;
	if (errno != EINVAL)
		return;
#endif
	for (i = 0; i < len; i += SAMPLE_PAGE)
		*(volatile uint8_t *)(at + i) = 0;
}

static void prefault_chunk(void *arg, unsigned worker, uint64_t begin,
			   uint64_t end)
{
	struct copy_work *work = arg;

	(void)worker;
	for (; begin < end; begin++) {
		const struct copy_item *item = &work->list->v[begin];
		struct segment *seg =
			sample_segment(work->c->sample, item->start);
		struct runs runs;
		unsigned i;

		if (!seg || item->end > seg->end)
			continue;
		find_runs(work->c, seg, item, &runs);
		for (i = 0; i < runs.n; i++)
			prefault_run(runs.local[i].iov_base,
				     runs.local[i].iov_len);
		job_advance(work->c->job, item->end - item->start);
	}
}

void copier_prefault(struct copier *c, const struct copy_list *list)
{
	struct copy_work work = {c, list};

	job_parallel(c->job, c->threads, list->n, 1, prefault_chunk, &work);
}
