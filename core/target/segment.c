#include "core/target/sample_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/xalloc.h"

static uint64_t page_index(const struct segment *seg, uint64_t addr)
{
	return (addr - seg->start) >> SAMPLE_PAGE_SHIFT;
}

static uint64_t bitmap_bytes(uint64_t pages)
{
	return (pages + 63) / 64 * 8;
}

struct error *segment_reserve(uint64_t start, uint64_t end, int backing_fd,
			      uint64_t backing_offset, struct segment *ret)
{
	uint64_t bytes = end - start;
	int flags = MAP_NORESERVE;
	void *p;

	if (end <= start || ((start | end) & (SAMPLE_PAGE - 1)))
		return error_new(ERROR_CORRUPT,
				 "mapping 0x%" PRIx64 "-0x%" PRIx64
				 " makes no sense",
				 start, end);
	if (bytes > SAMPLE_SEGMENT_MAX)
		return error_new(ERROR_LIMIT,
				 "mapping 0x%" PRIx64 "-0x%" PRIx64
				 " is too large",
				 start, end);
	flags |= backing_fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, backing_fd,
		 backing_fd >= 0 ? (off_t)backing_offset : 0);
	if (p == MAP_FAILED)
		return error_hint(
			error_os(errno,
				 "cannot reserve %" PRIu64
				 " bytes for the copy",
				 bytes),
			"raise ulimit -v or set vm.overcommit_memory to 0");
	/* A core of ours must not hold the memory of the target. */
	madvise(p, bytes, MADV_DONTDUMP);
	/* Nor does a guardian need it, that lives on when it is freed. */
	madvise(p, bytes, MADV_DONTFORK);
	*ret = (struct segment){
		.start = start,
		.end = end,
		.base = p,
		.map_bytes = bytes,
		.present = xcalloc(1, bitmap_bytes(bytes >> SAMPLE_PAGE_SHIFT)),
		.fd = -1,
	};
	return NULL;
}

void segment_deinit(struct segment *seg)
{
	free(seg->present);
	if (seg->map_bytes)
		munmap(seg->base, seg->map_bytes);
	*seg = (struct segment){.fd = -1};
}

/** Index of the first segment that starts after @p addr. */
static size_t upper_bound(const struct sample *sample, uint64_t addr)
{
	size_t low = 0, high = sample->segment_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sample->segments[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct segment *sample_segment(const struct sample *sample, uint64_t addr)
{
	size_t i = upper_bound(sample, addr);

	if (!i || addr >= sample->segments[i - 1].end)
		return NULL;
	return &sample->segments[i - 1];
}

bool sample_add_segment(struct sample *sample, const struct segment *segment)
{
	size_t i = upper_bound(sample, segment->start);

	if (segment->end <= segment->start)
		return false;
	if (i && sample->segments[i - 1].end > segment->start)
		return false;
	if (i < sample->segment_count &&
	    sample->segments[i].start < segment->end)
		return false;
	GROW_ARRAY(sample->segments, sample->segment_count,
		   sample->segment_cap);
	memmove(&sample->segments[i + 1], &sample->segments[i],
		(sample->segment_count - i) * sizeof(*sample->segments));
	sample->segments[i] = *segment;
	sample->segment_count++;
	return true;
}

bool segment_page_present(const struct segment *seg, uint64_t addr)
{
	uint64_t page = page_index(seg, addr);

	if (!seg->present)
		return true;
	return atomic_load_explicit(&seg->present[page / 64],
				    memory_order_acquire) >>
		       (page % 64) &
	       1;
}

void segment_set_present(struct segment *seg, uint64_t start, uint64_t end)
{
	uint64_t page = page_index(seg, start), last = page_index(seg, end);

	while (seg->present && page < last) {
		uint64_t n = 64 - page % 64;
		uint64_t mask;

		if (n > last - page)
			n = last - page;
		mask = (n == 64 ? ~0ULL : (1ULL << n) - 1) << (page % 64);
		atomic_fetch_or_explicit(&seg->present[page / 64], mask,
					 memory_order_release);
		page += n;
	}
}

/** Pages of the file that exist; what is past its end reads as zero. */
static uint64_t fetch_file(const struct segment *seg, uint64_t start,
			   uint64_t end)
{
	uint64_t offset = start - seg->start;
	uint64_t want = end - start, done = 0;

	if (offset >= seg->file_bytes)
		return want;
	if (want > seg->file_bytes - offset)
		want = seg->file_bytes - offset;
	while (done < want) {
		ssize_t n =
			pread(seg->fd, seg->base + offset + done, want - done,
			      (off_t)(seg->file_offset + offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (uint64_t)n;
	}
	if (done < want)
		return done & ~(uint64_t)(SAMPLE_PAGE - 1);
	return end - start;
}

/** Whole pages only: the call stops at the first that cannot be read. */
static uint64_t fetch_process(const struct sample *sample,
			      const struct segment *seg, uint64_t start,
			      uint64_t end)
{
	struct iovec local = {seg->base + (start - seg->start), end - start};
	struct iovec remote = {NULL, end - start};
	ssize_t n;

	memcpy(&remote.iov_base, &start, sizeof(start));
	n = source_read(&sample->source, &local, &remote, 1);
	return n <= 0 ? 0 : (uint64_t)n & ~(uint64_t)(SAMPLE_PAGE - 1);
}

/** Make the page of @p addr present, with some after it; false if it is not. */
static bool fetch(const struct sample *sample, struct segment *seg,
		  uint64_t addr)
{
	uint64_t chunk = (uint64_t)SAMPLE_FETCH_PAGES << SAMPLE_PAGE_SHIFT;
	uint64_t number = (addr - seg->start) / chunk;
	uint64_t page = addr & ~(uint64_t)(SAMPLE_PAGE - 1);
	uint64_t begin = seg->start + number * chunk;
	uint64_t end = seg->end - begin < chunk ? seg->end : begin + chunk;
	pthread_mutex_t *lock =
		&sample->fetch_locks[number % SAMPLE_FETCH_LOCKS];
	uint64_t at, n;
	bool ok;

	pthread_mutex_lock(lock);
	/* Never overwrite what is present: readers hold pointers to it. */
	for (at = page; at < end && !segment_page_present(seg, at);)
		at += SAMPLE_PAGE;
	if (at > page) {
		n = seg->source == SOURCE_FILE
			    ? fetch_file(seg, page, at)
			    : fetch_process(sample, seg, page, at);
		segment_set_present(seg, page, page + n);
	}
	ok = segment_page_present(seg, addr);
	pthread_mutex_unlock(lock);
	return ok;
}

/** End of the run of present pages from @p addr on, at most @p limit. */
static uint64_t present_end(const struct sample *sample, struct segment *seg,
			    uint64_t addr, uint64_t limit)
{
	uint64_t at = addr;

	while (at < limit) {
		uint64_t page = page_index(seg, at);

		if (page % 64 == 0 &&
		    atomic_load_explicit(&seg->present[page / 64],
					 memory_order_acquire) == ~0ULL) {
			at = seg->start + ((page + 64) << SAMPLE_PAGE_SHIFT);
			continue;
		}
		if (!segment_page_present(seg, at) &&
		    (seg->source == SOURCE_NONE || !fetch(sample, seg, at)))
			break;
		at = seg->start + ((page + 1) << SAMPLE_PAGE_SHIFT);
	}
	return at < limit ? at : limit;
}

const void *sample_view(const struct sample *sample, uint64_t addr,
			uint64_t len)
{
	struct segment *seg;

	if (sample->below && addr < SAMPLE_OVERLAY)
		return sample_view(sample->below, addr, len);
	seg = sample_segment(sample, addr);
	if (!seg || !len || seg->end - addr < len)
		return NULL;
	if (seg->present &&
	    present_end(sample, seg, addr, addr + len) != addr + len)
		return NULL;
	return seg->base + (addr - seg->start);
}

uint64_t sample_extent(const struct sample *sample, uint64_t addr, uint64_t len)
{
	struct segment *seg;
	uint64_t limit;

	if (sample->below && addr < SAMPLE_OVERLAY)
		return sample_extent(sample->below, addr, len);
	seg = sample_segment(sample, addr);
	if (!seg)
		return 0;
	limit = seg->end - addr < len ? seg->end : addr + len;
	if (!seg->present)
		return limit - addr;
	return present_end(sample, seg, addr, limit) - addr;
}
