/* profile.proto, written field by field, and gzip around it. */
#include <string.h>
#include <zlib.h>

#include "core/base/new_file.h"
#include "core/base/xalloc.h"
#include "core/session/profile.h"

enum { WIRE_VARINT = 0, WIRE_BYTES = 2, GZIP_WINDOW = 15 + 16 };

static void add_varint(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_addc(out, (char)(v | 0x80));
	buf_addc(out, (char)v);
}

static void add_number(struct buf *out, unsigned field, uint64_t v)
{
	if (!v)
		return;
	add_varint(out, field << 3 | WIRE_VARINT);
	add_varint(out, v);
}

static void add_bytes(struct buf *out, unsigned field, const void *data,
		      size_t len)
{
	add_varint(out, field << 3 | WIRE_BYTES);
	add_varint(out, len);
	buf_add(out, data, len);
}

static void add_message(struct buf *out, unsigned field, struct buf *message)
{
	add_bytes(out, field, buf_str(message), message->len);
	buf_clear(message);
}

/** Strings beyond those of the profile go behind them. */
struct extra {
	uint32_t base;
	const char *list[16];
	uint32_t count;
};

static uint32_t extra_string(struct extra *extra, const char *s)
{
	extra->list[extra->count] = s;
	return extra->base + extra->count++;
}

static void add_types(const struct profile *p, struct extra *extra,
		      struct buf *out)
{
	CLEANUP(buf_deinit) struct buf type = {0};
	unsigned i;

	for (i = 0; i < PROFILE_VALUES; i++) {
		uint32_t name = extra_string(extra, p->types[i]);

		add_number(&type, 1, name);
		add_number(&type, 2, extra_string(extra, p->units[i]));
		add_message(out, 1, &type);
		if (i == p->default_type)
			add_number(out, 14, name);
	}
}

static void add_labels(const struct profile_sample *s, uint32_t bytes_key,
		       uint32_t root_key, struct buf *out)
{
	CLEANUP(buf_deinit) struct buf label = {0};

	if (s->bytes) {
		add_number(&label, 1, bytes_key);
		add_number(&label, 3, s->bytes);
		add_message(out, 3, &label);
	}
	if (s->root) {
		add_number(&label, 1, root_key);
		add_number(&label, 2, s->root);
		add_message(out, 3, &label);
	}
}

static void add_samples(const struct profile *p, struct extra *extra,
			struct buf *out)
{
	uint32_t bytes_key = extra_string(extra, "bytes");
	uint32_t root_key = extra_string(extra, "root"), i, k;
	CLEANUP(buf_deinit) struct buf sample = {0};
	CLEANUP(buf_deinit) struct buf list = {0};

	for (i = 0; i < p->sample_count; i++) {
		const struct profile_sample *s = &p->samples[i];

		for (k = 0; k < s->count; k++)
			add_varint(&list,
				   (uint64_t)p->stacks[s->first + k] + 1);
		add_message(&sample, 1, &list);
		for (k = 0; k < PROFILE_VALUES; k++)
			add_varint(&list, s->values[k]);
		add_message(&sample, 2, &list);
		add_labels(s, bytes_key, root_key, &sample);
		add_message(out, 2, &sample);
	}
}

static void add_locations(const struct profile *p, struct buf *out)
{
	CLEANUP(buf_deinit) struct buf location = {0};
	CLEANUP(buf_deinit) struct buf line = {0};
	uint32_t i, k;

	for (i = 0; i < p->location_count; i++) {
		const struct profile_location *l = &p->locations[i];

		add_number(&location, 1, (uint64_t)i + 1);
		add_number(&location, 2, 1);
		add_number(&location, 3, l->addr);
		for (k = 0; k < l->count; k++) {
			add_number(&line, 1, (uint64_t)l->first + k + 1);
			add_number(&line, 2, p->frames[l->first + k].line);
			add_message(&location, 4, &line);
		}
		add_message(out, 4, &location);
	}
	/*
	 * A function a frame: readers join them by name. Without a system name
	 * they take the name as it is; else brackets look like C++ to them.
	 */
	for (i = 0; i < p->frame_count; i++) {
		add_number(&line, 1, (uint64_t)i + 1);
		add_number(&line, 2, p->frames[i].name);
		add_number(&line, 4, p->frames[i].file);
		add_message(out, 5, &line);
	}
}

static void add_mapping(struct buf *out)
{
	CLEANUP(buf_deinit) struct buf mapping = {0};

	add_number(&mapping, 1, 1);
	add_number(&mapping, 7, 1); /* functions, files and lines are known */
	add_number(&mapping, 8, 1);
	add_number(&mapping, 9, 1);
	add_number(&mapping, 10, 1);
	add_message(out, 3, &mapping);
}

static void encode(const struct profile *p, struct buf *out)
{
	struct extra extra = {.base = p->strings.count};
	CLEANUP(buf_deinit) struct buf type = {0};
	uint32_t i;

	add_types(p, &extra, out);
	add_samples(p, &extra, out);
	add_mapping(out);
	add_locations(p, out);
	add_number(out, 9, p->time_ns);
	if (p->period) {
		add_number(&type, 1, extra_string(&extra, "space"));
		add_number(&type, 2, extra_string(&extra, "bytes"));
		add_message(out, 11, &type);
		add_number(out, 12, (uint64_t)p->period);
	}
	if (p->comment)
		add_number(out, 13, extra_string(&extra, p->comment));
	for (i = 0; i < p->strings.count; i++)
		add_bytes(out, 6, p->strings.strings[i],
			  strlen(p->strings.strings[i]));
	for (i = 0; i < extra.count; i++)
		add_bytes(out, 6, extra.list[i], strlen(extra.list[i]));
}

struct error *profile_encode(const struct profile *profile, struct buf *out)
{
	CLEANUP(buf_deinit) struct buf raw = {0};
	z_stream z = {0};
	uint64_t bound;
	int rc;

	encode(profile, &raw);
	if (raw.len > UINT32_MAX / 2)
		return error_new(ERROR_LIMIT, "the profile is too large");
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return error_new(ERROR_LIMIT, "cannot compress");
	bound = deflateBound(&z, raw.len);
	z.next_in = (Bytef *)raw.data;
	z.avail_in = (uInt)raw.len;
	z.next_out = (Bytef *)buf_reserve(out, bound);
	z.avail_out = (uInt)bound;
	rc = deflate(&z, Z_FINISH);
	buf_commit(out, z.total_out);
	deflateEnd(&z);
	return rc == Z_STREAM_END
		       ? NULL
		       : error_new(ERROR_LIMIT, "cannot compress the profile");
}

struct error *profile_write(const struct profile *profile, const char *path,
			    bool force)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err = profile_encode(profile, &out);

	return err ? err : new_file_put(path, out.data, out.len, force);
}
