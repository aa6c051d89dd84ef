#include "core/target/sample.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/xalloc.h"
#include "core/target/sample_priv.h"

struct sample *sample_new(enum sample_kind kind)
{
	struct sample *sample = xcalloc(1, sizeof(*sample));
	size_t i;

	sample->info.kind = kind;
	sample->info.complete = true;
	sample->source = (struct source){.mem_fd = -1, .pagemap_fd = -1};
	sample->fetch_locks =
		xcalloc(SAMPLE_FETCH_LOCKS, sizeof(*sample->fetch_locks));
	pthread_mutex_init(&sample->warn_lock, NULL);
	for (i = 0; i < SAMPLE_FETCH_LOCKS; i++)
		pthread_mutex_init(&sample->fetch_locks[i], NULL);
	return sample;
}

void sample_mappings_free(struct sample_mapping *mappings, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(mappings[i].path);
	free(mappings);
}

void sample_set_mappings(struct sample *sample, struct sample_mapping *mappings,
			 size_t count)
{
	sample_mappings_free(sample->mappings, sample->mapping_count);
	sample->mappings = mappings;
	sample->mapping_count = count;
}

void sample_free(struct sample *sample)
{
	size_t i;

	if (!sample)
		return;
	if (sample->ops && sample->ops->free)
		sample->ops->free(sample);
	for (i = 0; sample->below && i < sample->segment_count; i++)
		free(sample->segments[i].base);
	for (i = 0; i < sample->segment_count; i++)
		segment_deinit(&sample->segments[i]);
	free(sample->segments);
	for (i = 0; i < sample->fd_count; i++)
		close(sample->fds[i]);
	free(sample->fds);
	sample_mappings_free(sample->mappings, sample->mapping_count);
	free(sample->threads);
	for (i = 0; i < sample->info.warning_count; i++)
		free(sample->info.warnings[i]);
	free(sample->info.warnings);
	free(sample->info.exe);
	pthread_mutex_destroy(&sample->warn_lock);
	for (i = 0; i < SAMPLE_FETCH_LOCKS; i++)
		pthread_mutex_destroy(&sample->fetch_locks[i]);
	free(sample->fetch_locks);
	free(sample);
}

const struct sample_info *sample_info(const struct sample *sample)
{
	return &sample->info;
}

void sample_warn(struct sample *sample, const char *format, ...)
{
	struct sample_info *info = &sample->info;
	va_list args;
	char *text;
	size_t i;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	pthread_mutex_lock(&sample->warn_lock);
	/* What a snapshot says and what reading it says again is one thing. */
	for (i = 0; i < info->warning_count; i++) {
		if (strcmp(info->warnings[i], text) != 0)
			continue;
		pthread_mutex_unlock(&sample->warn_lock);
		free(text);
		return;
	}
	info->warnings = xreallocarray(info->warnings, info->warning_count + 1,
				       sizeof(*info->warnings));
	info->warnings[info->warning_count++] = text;
	log_warn(LOG_PART_TARGET, "%s", text);
	pthread_mutex_unlock(&sample->warn_lock);
}

const struct sample_thread *sample_threads(const struct sample *sample,
					   size_t *count_ret)
{
	*count_ret = sample->thread_count;
	return sample->threads;
}

const struct sample_mapping *sample_mappings(const struct sample *sample,
					     size_t *count_ret)
{
	*count_ret = sample->mapping_count;
	return sample->mappings;
}

int sample_own_fd(struct sample *sample, int fd)
{
	GROW_ARRAY(sample->fds, sample->fd_count, sample->fd_cap);
	sample->fds[sample->fd_count++] = fd;
	return fd;
}

struct error *sample_read(const struct sample *sample, uint64_t addr, void *buf,
			  uint64_t len)
{
	uint8_t *out = buf;
	uint64_t done = 0;

	while (done < len) {
		uint64_t n = sample_extent(sample, addr + done, len - done);
		const void *from;

		if (!n || addr + done < addr)
			return error_fault(addr, len);
		from = sample_view(sample, addr + done, n);
		if (!from)
			return error_fault(addr, len);
		memcpy(out + done, from, n);
		done += n;
	}
	return NULL;
}

/** @p len is 1..8; values that straddle two segments are rare. */
static bool load(const struct sample *s, uint64_t addr, void *ret, uint64_t len)
{
	const void *p = sample_view(s, addr, len);

	if (p) {
		memcpy(ret, p, len);
		return true;
	}
	if (((addr & (SAMPLE_PAGE - 1)) + len) > SAMPLE_PAGE ||
	    s->info.kind == SAMPLE_FAKE) {
		struct error *err = sample_read(s, addr, ret, len);

		if (!err)
			return true;
		error_free(err);
	}
	memset(ret, 0, len);
	return false;
}

bool sample_u8(const struct sample *s, uint64_t addr, uint8_t *ret)
{
	return load(s, addr, ret, sizeof(*ret));
}

bool sample_u16(const struct sample *s, uint64_t addr, uint16_t *ret)
{
	return load(s, addr, ret, sizeof(*ret));
}

bool sample_u32(const struct sample *s, uint64_t addr, uint32_t *ret)
{
	return load(s, addr, ret, sizeof(*ret));
}

bool sample_u64(const struct sample *s, uint64_t addr, uint64_t *ret)
{
	return load(s, addr, ret, sizeof(*ret));
}

struct sample *sample_new_fake(void)
{
	return sample_new(SAMPLE_FAKE);
}

void sample_fake_add(struct sample *sample, uint64_t addr, const void *bytes,
		     uint64_t len)
{
	struct segment seg = {.start = addr, .end = addr + len};
	const void *from = bytes;
	bool added;

	/* A segment without a mapping or a source is never written to. */
	memcpy(&seg.base, &from, sizeof(seg.base));
	assert(len && seg.end > seg.start);
	added = sample_add_segment(sample, &seg);
	assert(added);
	(void)added;
}

struct sample *sample_new_overlay(const struct sample *below)
{
	struct sample *overlay = sample_new(SAMPLE_FAKE);

	overlay->below = below;
	return overlay;
}

uint64_t sample_overlay_add(struct sample *overlay, const void *bytes,
			    uint64_t len)
{
	uint64_t addr = SAMPLE_OVERLAY;
	uint8_t *copy = xcalloc(1, len + 1);

	if (overlay->segment_count)
		addr = overlay->segments[overlay->segment_count - 1].end;
	addr = (addr + 31) & ~(uint64_t)15;
	if (len)
		memcpy(copy, bytes, len);
	sample_fake_add(overlay, addr, copy, len ? len : 1);
	return addr;
}

void sample_fake_thread(struct sample *sample,
			const struct sample_thread *thread)
{
	sample->threads =
		xreallocarray(sample->threads, sample->thread_count + 1,
			      sizeof(*sample->threads));
	sample->threads[sample->thread_count++] = *thread;
}

void sample_fake_mapping(struct sample *sample,
			 const struct sample_mapping *mapping)
{
	struct sample_mapping *to;

	sample->mappings =
		xreallocarray(sample->mappings, sample->mapping_count + 1,
			      sizeof(*sample->mappings));
	to = &sample->mappings[sample->mapping_count++];
	*to = *mapping;
	to->path = xstrdup(mapping->path ? mapping->path : "");
}

enum sample_state sample_state(const struct sample *sample)
{
	if (!sample->ops || !sample->ops->state)
		return TARGET_FILE;
	return sample->ops->state(sample);
}

struct error *sample_resume(struct sample *sample)
{
	if (!sample->ops || !sample->ops->resume)
		return error_new(ERROR_USAGE,
				 "the target is not held by this sample");
	return sample->ops->resume(sample);
}
