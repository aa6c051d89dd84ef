#include "core/target/live_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/xalloc.h"

static const uint64_t CONSTANT_MAX = 256ULL << 20; /* of one mapping */
static const uint64_t RESERVED_MAX = 1ULL << 30;
static const uint64_t SLACK_MAX = 256ULL << 20;

enum map_class live_map_class(const struct sample_mapping *m)
{
	uint64_t bytes = m->end - m->start;

	if (!strncmp(m->path, "[vvar", 5) || !strcmp(m->path, "[vsyscall]"))
		return MAP_SKIP;
	if (!strncmp(m->path, "/dev/", 5) && strcmp(m->path, "/dev/zero") &&
	    strncmp(m->path, "/dev/shm/", 9))
		return MAP_SKIP;
	if (!m->readable)
		return m->anonymous && !m->writable && !m->executable &&
				       bytes <= RESERVED_MAX
			       ? MAP_RESERVED
			       : MAP_SKIP;
	if (m->shared)
		return MAP_SKIP;
	if (m->writable)
		return bytes <= SAMPLE_SEGMENT_MAX / 2 ? MAP_WRITABLE
						       : MAP_SKIP;
	if (m->executable && !m->anonymous)
		return MAP_TEXT;
	return bytes <= CONSTANT_MAX ? MAP_CONSTANT : MAP_SKIP;
}

/** Writable and reserved neighbours are one extent. */
static size_t extent_end(const struct sample_mapping *maps, size_t count,
			 size_t i)
{
	while (i + 1 < count && maps[i + 1].start == maps[i].end) {
		enum map_class next = live_map_class(&maps[i + 1]);

		if (next != MAP_WRITABLE && next != MAP_RESERVED)
			break;
		i++;
	}
	return i;
}

static uint64_t slack(uint64_t gap)
{
	gap = gap / 2 & ~(uint64_t)(SAMPLE_PAGE - 1);
	return gap < SLACK_MAX ? gap : SLACK_MAX;
}

/** Set aside every segment that overlaps [start, end). */
static void replace_overlapping(struct live_map *map, uint64_t start,
				uint64_t end)
{
	struct sample *s = map->sample;
	size_t i = s->segment_count;

	/* Segments mostly come in order: the end is where to look. */
	while (i > 0 && s->segments[i - 1].end > start) {
		i--;
		if (s->segments[i].start >= end)
			continue;
		GROW_ARRAY(map->replaced, map->replaced_count,
			   map->replaced_cap);
		map->replaced[map->replaced_count++] = s->segments[i];
		s->segment_count--;
		memmove(&s->segments[i], &s->segments[i + 1],
			(s->segment_count - i) * sizeof(*s->segments));
	}
}

static struct error *reserve(struct live_map *map, uint64_t start, uint64_t end,
			     struct segment *seg)
{
	struct error *err;

	if (map->backing_fd >= 0) {
		uint64_t bytes = map->backing_bytes + (end - start);

		if (ftruncate(map->backing_fd, (off_t)bytes) < 0)
			return error_os(errno,
					"cannot grow the file of the copy");
	}
	err = segment_reserve(start, end, map->backing_fd, map->backing_bytes,
			      seg);
	if (err)
		return err;
	if (map->backing_fd >= 0)
		map->backing_bytes += end - start;
	seg->source = map->source;
	return NULL;
}

static struct error *add_segment(struct live_map *map, struct segment *seg)
{
	replace_overlapping(map, seg->start, seg->end);
	if (sample_add_segment(map->sample, seg))
		return NULL;
	segment_deinit(seg);
	return error_new(ERROR_CORRUPT, "the memory map overlaps itself");
}

/**
 * Room around [first, end), clipped to [*@p start_ret, *@p end_ret): other
 * segments keep what they have. One that the extent itself runs into has room
 * on both sides too, and may hold other extents: the new one takes its place.
 */
static void fit_between(const struct sample *s, uint64_t first, uint64_t end,
			uint64_t *start_ret, uint64_t *end_ret)
{
	uint64_t low = *start_ret, high = *end_ret;
	size_t i = s->segment_count;
	bool before = false;

	/* in order of addresses: below the first one before it are no others */
	while (i > 0 && !before) {
		const struct segment *seg = &s->segments[--i];

		before = seg->end <= first;
		if (before) {
			low = seg->end > low ? seg->end : low;
		} else if (seg->start >= end) {
			high = seg->start < high ? seg->start : high;
		} else {
			low = seg->start < low ? seg->start : low;
			high = seg->end > high ? seg->end : high;
		}
	}
	*start_ret = low;
	*end_ret = high;
}

/** maps[first..last] are neighbours. */
static struct error *add_writable(struct live_map *map,
				  const struct sample_mapping *maps,
				  size_t count, size_t first, size_t last)
{
	uint64_t below = first ? maps[first - 1].end : SAMPLE_PAGE;
	uint64_t above =
		last + 1 < count ? maps[last + 1].start : maps[last].end;
	uint64_t start = maps[first].start, end = maps[last].end;
	struct segment seg;
	struct error *err;

	if (start > below)
		start -= slack(start - below);
	if (above > end)
		end += slack(above - end);
	fit_between(map->sample, maps[first].start, maps[last].end, &start,
		    &end);
	err = reserve(map, start, end, &seg);
	return err ? err : add_segment(map, &seg);
}

static struct error *add_constant(struct live_map *map,
				  const struct sample_mapping *m)
{
	struct segment seg;
	struct error *err = reserve(map, m->start, m->end, &seg);

	return err ? err : add_segment(map, &seg);
}

static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_mapped_file(pid_t pid, const struct sample_mapping *m)
{
	char path[4096];
	int fd;

	/* The link names the very file, deleted or not, but needs a
	 * capability; the path is as the target's mount namespace sees it. */
	snprintf(path, sizeof(path), "/proc/%d/map_files/%llx-%llx", (int)pid,
		 (unsigned long long)m->start, (unsigned long long)m->end);
	fd = open_regular(path);
	if (fd >= 0 || m->path[0] != '/')
		return fd;
	snprintf(path, sizeof(path), "/proc/%d/root%s", (int)pid, m->path);
	return open_regular(path);
}

/** Code that cannot be opened is merely not there. */
static struct error *add_text(struct live_map *map,
			      const struct sample_mapping *m)
{
	int fd = open_mapped_file(map->pid, m);
	struct segment seg;
	struct error *err;

	if (fd < 0)
		return NULL;
	sample_own_fd(map->sample, fd);
	err = segment_reserve(m->start, m->end, -1, 0, &seg);
	if (err)
		return err;
	seg.source = SOURCE_FILE;
	seg.fd = fd;
	seg.file_offset = m->file_offset;
	seg.file_bytes = m->end - m->start;
	return add_segment(map, &seg);
}

static bool is_held(const struct live_map *map, uint64_t start, uint64_t end)
{
	const struct segment *seg = sample_segment(map->sample, start);

	return seg && end <= seg->end;
}

/** A process may have more mappings than we may make: do without some. */
static struct error *tolerate(struct live_map *map, struct error *err)
{
	if (!err || err->code != ERROR_OS || err->sys_errno != ENOMEM)
		return err;
	sample_warn(map->sample, "%s", err->message);
	error_free(err);
	return NULL;
}

static struct error *add_missing(struct live_map *map,
				 const struct sample_mapping *maps,
				 size_t count, bool only_writable)
{
	struct error *err = NULL;
	size_t i, last;

	for (i = 0; i < count && !err; i = last + 1) {
		enum map_class class = live_map_class(&maps[i]);

		last = i;
		if (class == MAP_WRITABLE || class == MAP_RESERVED) {
			last = extent_end(maps, count, i);
			if (last == i && class == MAP_RESERVED)
				continue;
			if (!is_held(map, maps[i].start, maps[last].end))
				err = add_writable(map, maps, count, i, last);
		} else if (only_writable ||
			   is_held(map, maps[i].start, maps[i].end)) {
			continue;
		} else if (class == MAP_CONSTANT) {
			err = add_constant(map, &maps[i]);
		} else if (class == MAP_TEXT) {
			err = add_text(map, &maps[i]);
		}
		err = tolerate(map, err);
	}
	return err;
}

struct error *live_map_build(struct live_map *map,
			     const struct sample_mapping *maps, size_t count)
{
	return add_missing(map, maps, count, false);
}

struct error *live_map_update(struct live_map *map,
			      const struct sample_mapping *maps, size_t count)
{
	return add_missing(map, maps, count, true);
}

void live_map_forget(struct live_map *map, const struct sample_mapping *maps,
		     size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct segment *seg = NULL;
		uint64_t words, w;

		if (live_map_class(&maps[i]) == MAP_WRITABLE)
			seg = sample_segment(map->sample, maps[i].start);
		if (!seg || !seg->present)
			continue;
		words = ((seg->end - seg->start) / SAMPLE_PAGE + 63) / 64;
		for (w = 0; w < words; w++)
			if (atomic_load(&seg->present[w]))
				atomic_store(&seg->present[w], 0);
	}
}

void live_map_seal(struct live_map *map)
{
	struct sample *s = map->sample;
	size_t i;

	for (i = 0; i < s->segment_count; i++)
		if (s->segments[i].source == SOURCE_PROCESS)
			s->segments[i].source = SOURCE_NONE;
}

void live_map_deinit(struct live_map *map)
{
	size_t i;

	for (i = 0; i < map->replaced_count; i++)
		segment_deinit(&map->replaced[i]);
	free(map->replaced);
	map->replaced = NULL;
	map->replaced_count = map->replaced_cap = 0;
	if (map->backing_fd >= 0)
		close(map->backing_fd);
	map->backing_fd = -1;
}
