#include "core/target/live.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/xalloc.h"

/** A mapping outside the arenas larger than this is not Go's. */
static const uint64_t FOREIGN_MAX = 1ULL << 30;
static const uint64_t METADATA_ROOM = 64ULL << 20;

static bool is_sparse(const struct sample_mapping *m)
{
	return m->anonymous && !m->shared;
}

static void add_items(struct copy_list *list, const struct ranges *ranges,
		      bool sparse)
{
	size_t i;

	for (i = 0; i < ranges->n; i++)
		copy_list_add(list, ranges->v[i].start, ranges->v[i].end,
			      sparse);
}

void live_list_metadata(struct live *live, struct copy_list *list)
{
	struct sample *s = live->map.sample;
	uint64_t limit = ranges_bytes(&live->arenas) / 8;
	size_t i;

	if (limit < FOREIGN_MAX)
		limit = FOREIGN_MAX;
	for (i = 0; i < s->mapping_count; i++) {
		const struct sample_mapping *m = &s->mappings[i];
		CLEANUP(ranges_deinit) struct ranges part = {0};

		if (live_map_class(m) != MAP_WRITABLE)
			continue;
		/* Go never uses brk(); C may have filled it. */
		if (live->plan.ranges && !strcmp(m->path, "[heap]"))
			continue;
		ranges_add_minus(&part, m->start, m->end, &live->arenas);
		if (live->plan.ranges && live->arenas.n &&
		    ranges_bytes(&part) > limit) {
			sample_warn(s,
				    "%" PRIu64 " MiB at 0x%" PRIx64
				    " were left out: not part of the Go heap",
				    ranges_bytes(&part) >> 20, m->start);
			continue;
		}
		add_items(list, &part, is_sparse(m));
	}
}

void live_list_ranges(struct live *live, const struct ranges *want,
		      struct copy_list *list)
{
	struct sample *s = live->map.sample;
	uint64_t before = list->bytes, wanted = ranges_bytes(want);
	size_t i;

	for (i = 0; i < s->mapping_count; i++) {
		const struct sample_mapping *m = &s->mappings[i];
		CLEANUP(ranges_deinit) struct ranges part = {0};

		if (live_map_class(m) != MAP_WRITABLE)
			continue;
		ranges_add_common(&part, m->start, m->end, want);
		add_items(list, &part, is_sparse(m));
	}
	s->info.unreadable_bytes += wanted - (list->bytes - before);
}

void live_plan_ranges(struct live *live, const struct sample *metadata,
		      struct ranges *ret)
{
	CLEANUP(free_cleanup) struct sample_range *ranges = NULL;
	struct error *err = NULL;
	size_t count = 0, i;

	if (live->plan.ranges)
		err = live->plan.ranges(live->plan.arg, metadata, &ranges,
					&count);
	if (!live->plan.ranges || err) {
		if (err && metadata == live->map.sample)
			sample_warn(live->map.sample,
				    "the whole heap was copied: %s",
				    err->message);
		error_free(err);
		for (i = 0; i < live->arenas.n; i++)
			ranges_add(ret, live->arenas.v[i].start,
				   live->arenas.v[i].end);
		return;
	}
	for (i = 0; i < count; i++)
		ranges_add(ret, ranges[i].start, ranges[i].end);
	ranges_page_align(ret);
}

void live_copier(struct live *live, struct copier *ret)
{
	*ret = (struct copier){
		.sample = live->map.sample,
		.source = &live->map.sample->source,
		.threads = live->options.threads,
		.job = live->job,
	};
}

static struct error *find_arenas(struct live *live, const struct sample *peek)
{
	CLEANUP(free_cleanup) struct sample_range *ranges = NULL;
	struct error *err;
	size_t count = 0, i;

	if (!live->plan.arenas || !live->plan.ranges)
		return NULL;
	err = live->plan.arenas(live->plan.arg, peek, &ranges, &count);
	if (err)
		return error_wrap(err, "cannot find the heap");
	for (i = 0; i < count; i++)
		ranges_add(&live->arenas, ranges[i].start, ranges[i].end);
	ranges_page_align(&live->arenas);
	return NULL;
}

/** An unlinked file that holds the copy instead of memory. */
static struct error *open_backing(struct live *live, uint64_t bytes)
{
	const char *dir = getenv("TMPDIR");
	struct statvfs fs;
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_hint(
			error_os(errno, "cannot create a file in '%s'", dir),
			"set TMPDIR to a directory with room for the copy, "
			"or raise --max-mem");
	live->map.backing_fd = fd;
	if (fstatvfs(fd, &fs) == 0 && fs.f_bavail * fs.f_frsize < bytes)
		return error_hint(
			error_new(ERROR_LIMIT,
				  "'%s' has %" PRIu64 " MiB free, the copy "
				  "needs %" PRIu64 " MiB",
				  dir,
				  (uint64_t)(fs.f_bavail * fs.f_frsize >> 20),
				  bytes >> 20),
			"set TMPDIR to a larger directory, or raise "
			"--max-mem");
	return NULL;
}

static struct error *choose_backing(struct live *live,
				    const struct ranges *expected)
{
	struct proc_status status;
	uint64_t bytes;
	struct error *err;

	if (!live->options.max_mem)
		return NULL;
	err = procfs_status(live->pid, &status);
	if (err)
		return err;
	bytes = status.rss_bytes;
	if (live->plan.ranges && live->arenas.n) {
		uint64_t wanted = ranges_bytes(expected) + METADATA_ROOM;

		bytes = wanted < bytes ? wanted : bytes;
	}
	return bytes <= live->options.max_mem ? NULL
					      : open_backing(live, bytes);
}

/** Read-only data cannot change: it is read before the stop. */
static void copy_constants(struct live *live)
{
	CLEANUP(copy_list_deinit) struct copy_list list = {0};
	struct sample *s = live->map.sample;
	struct copier c;
	size_t i;

	for (i = 0; i < s->mapping_count; i++)
		if (live_map_class(&s->mappings[i]) == MAP_CONSTANT)
			copy_list_add(&list, s->mappings[i].start,
				      s->mappings[i].end, false);
	live_copier(live, &c);
	job_phase(live->job, "read constants", list.bytes);
	copier_run(&c, &list);
	s->info.copied_bytes += c.copied;
}

/** Big pages make the copy and everything after it faster. */
static void advise(struct live *live)
{
	struct sample *s = live->map.sample;
	size_t i;

	for (i = 0; i < live->arenas.n && live->map.backing_fd < 0; i++) {
		const struct segment *seg =
			sample_segment(s, live->arenas.v[i].start);

		if (seg)
			(void)madvise(seg->base, seg->map_bytes, MADV_HUGEPAGE);
	}
}

static void prefault(struct live *live, const struct ranges *expected)
{
	CLEANUP(copy_list_deinit) struct copy_list list = {0};
	struct copier c;

	live_list_metadata(live, &list);
	live_list_ranges(live, expected, &list);
	live->map.sample->info.unreadable_bytes = 0;
	live_copier(live, &c);
	job_phase(live->job, "prepare copy", list.bytes);
	copier_prefault(&c, &list);
}

static void sample_cleanup(struct sample **sample)
{
	sample_free(*sample);
}

static struct error *prepare(struct live *live)
{
	CLEANUP(sample_cleanup) struct sample *peek = NULL;
	CLEANUP(ranges_deinit) struct ranges expected = {0};
	struct sample *s = live->map.sample;
	struct error *err;

	err = sample_open_peek(live->pid, &peek);
	if (!err)
		err = find_arenas(live, peek);
	if (!err)
		err = live_reload_maps(live);
	if (err)
		return err;
	live_plan_ranges(live, peek, &expected);
	err = choose_backing(live, &expected);
	if (!err)
		err = live_map_build(&live->map, s->mappings, s->mapping_count);
	if (err)
		return err;
	copy_constants(live);
	advise(live);
	prefault(live, &expected);
	/* Said again, if still true, of the stop that counts. */
	while (s->info.warning_count)
		free(s->info.warnings[--s->info.warning_count]);
	return job_check(live->job);
}

struct error *live_prepare(struct live *live, bool *stale_ret)
{
	struct error *err = prepare(live), *unsettled = NULL;

	*stale_ret = false;
	if (live->plan.settle)
		unsettled = live->plan.settle(live->plan.arg, stale_ret);
	if (!err)
		return unsettled;
	if (!*stale_ret && !unsettled)
		return err;
	/* What failed was done by a wrong plan. */
	error_free(err);
	return unsettled;
}
