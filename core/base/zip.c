/* APPNOTE.TXT 6.3: local headers, central directory, end record. */
#include "core/base/zip.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "core/base/buf.h"
#include "core/base/new_file.h"
#include "core/base/xalloc.h"

enum {
	MAX_MEMBERS = 1000,
	MAX_NAME = 1000,
	VERSION = 20, /* deflate */
	MADE_BY_UNIX = 3 << 8,
	FLAG_UTF8 = 1 << 11,
	METHOD_STORE = 0,
	METHOD_DEFLATE = 8,
	MODE_FILE = 0100600,
	FIRST_YEAR = 1980,
	LAST_YEAR = 2107,
};
static const uint64_t MAX_BYTES = UINT32_MAX;

struct zip {
	struct new_file file;
	struct buf directory;
	uint64_t at;
	uint32_t count;
};

struct member {
	const char *name;
	uint32_t crc, packed, size, stamp;
	uint16_t method;
};

static void add16(struct buf *out, uint32_t v)
{
	buf_addc(out, (char)(v & 0xff));
	buf_addc(out, (char)(v >> 8 & 0xff));
}

static void add32(struct buf *out, uint32_t v)
{
	add16(out, v & 0xffff);
	add16(out, v >> 16);
}

void zip_free(struct zip *zip)
{
	if (!zip)
		return;
	new_file_deinit(&zip->file);
	buf_deinit(&zip->directory);
	free(zip);
}

void zip_cleanup(struct zip **zip)
{
	zip_free(*zip);
}

struct error *zip_create(const char *path, bool force, struct zip **ret)
{
	struct zip *zip = xcalloc(1, sizeof(*zip));
	struct error *err = new_file_create(path, force, &zip->file);

	if (err) {
		free(zip);
		return err;
	}
	*ret = zip;
	return NULL;
}

/* Date and time as MS-DOS had them, two seconds fine. */
static uint32_t dos_time(uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / 1000000000);
	struct tm tm;
	int year;

	gmtime_r(&seconds, &tm);
	year = tm.tm_year + 1900;
	if (year < FIRST_YEAR || year > LAST_YEAR)
		return 1 << 21 | 1 << 16;
	return (uint32_t)(year - FIRST_YEAR) << 25 |
	       (uint32_t)(tm.tm_mon + 1) << 21 | (uint32_t)tm.tm_mday << 16 |
	       (uint32_t)tm.tm_hour << 11 | (uint32_t)tm.tm_min << 5 |
	       (uint32_t)tm.tm_sec / 2;
}

/* What local and central headers share. */
static void add_fields(struct buf *out, const struct member *m)
{
	add16(out, VERSION);
	add16(out, FLAG_UTF8);
	add16(out, m->method);
	add32(out, m->stamp);
	add32(out, m->crc);
	add32(out, m->packed);
	add32(out, m->size);
	add16(out, (uint32_t)strlen(m->name));
	add16(out, 0); /* extra */
}

static void add_central(struct buf *out, const struct member *m, uint32_t at)
{
	add32(out, 0x02014b50);
	add16(out, MADE_BY_UNIX | VERSION);
	add_fields(out, m);
	add16(out, 0); /* comment */
	add16(out, 0); /* disk */
	add16(out, 0); /* internal attributes */
	add32(out, (uint32_t)MODE_FILE << 16);
	add32(out, at);
	buf_adds(out, m->name);
}

static struct error *deflate_all(const void *bytes, size_t len, struct buf *out)
{
	z_stream z = {0};
	uint64_t bound;
	int rc;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return error_new(ERROR_LIMIT, "cannot compress");
	bound = deflateBound(&z, len);
	if (bound > MAX_BYTES) {
		deflateEnd(&z);
		return error_new(ERROR_LIMIT, "too large for a zip archive");
	}
	z.next_in = (Bytef *)(uintptr_t)bytes;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)buf_reserve(out, bound);
	z.avail_out = (uInt)bound;
	rc = deflate(&z, Z_FINISH);
	buf_commit(out, z.total_out);
	deflateEnd(&z);
	return rc == Z_STREAM_END ? NULL
				  : error_new(ERROR_LIMIT, "cannot compress");
}

static struct error *put(struct zip *zip, const void *bytes, size_t len)
{
	struct error *err;

	if (zip->at + len > MAX_BYTES)
		return error_new(ERROR_LIMIT, "'%s' grows past 4 GB",
				 zip->file.path);
	err = new_file_write(&zip->file, bytes, len, zip->at);
	zip->at += len;
	return err;
}

static bool name_is_safe(const char *name)
{
	return *name && *name != '/' && strlen(name) <= MAX_NAME &&
	       !strstr(name, "..") && !strchr(name, '\\');
}

struct error *zip_add(struct zip *zip, const char *name, const void *bytes,
		      size_t len, uint64_t wall_ns)
{
	CLEANUP(buf_deinit) struct buf packed = {0};
	CLEANUP(buf_deinit) struct buf head = {0};
	struct member m = {.name = name, .stamp = dos_time(wall_ns)};
	uint64_t at = zip->at;
	struct error *err;
	bool store;

	if (!name_is_safe(name))
		return error_new(ERROR_USAGE, "'%s' is no name for a member",
				 name);
	if (zip->count >= MAX_MEMBERS || len > MAX_BYTES)
		return error_new(ERROR_LIMIT, "'%s': too much for a zip", name);
	if ((err = deflate_all(bytes, len, &packed)))
		return err;
	store = packed.len >= len;
	m.method = store ? METHOD_STORE : METHOD_DEFLATE;
	m.crc = (uint32_t)crc32_z(0, bytes, len);
	m.size = (uint32_t)len;
	m.packed = store ? m.size : (uint32_t)packed.len;
	add32(&head, 0x04034b50);
	add_fields(&head, &m);
	buf_adds(&head, name);
	if ((err = put(zip, head.data, head.len)) ||
	    (err = put(zip, store ? bytes : packed.data, m.packed)))
		return err;
	add_central(&zip->directory, &m, (uint32_t)at);
	zip->count++;
	return NULL;
}

struct error *zip_publish(struct zip *zip)
{
	uint64_t at = zip->at;
	size_t size = zip->directory.len;
	struct buf *d = &zip->directory;
	struct error *err;

	add32(d, 0x06054b50);
	add32(d, 0); /* disks */
	add16(d, zip->count);
	add16(d, zip->count);
	add32(d, (uint32_t)size);
	add32(d, (uint32_t)at);
	add16(d, 0); /* comment */
	if ((err = put(zip, d->data, d->len)))
		return err;
	return new_file_publish(&zip->file);
}
