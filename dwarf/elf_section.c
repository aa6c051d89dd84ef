#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#else
#include <zlib.h>
#endif
#include <zstd.h>

#include "core/base/xalloc.h"
#include "dwarf/elf_file_internal.h"

/* Of one section. Go's own limit for 32-bit DWARF offsets is 4 GiB. */
static const uint64_t SECTION_MAX = 1ULL << 31;
/* deflate cannot do better than 1032:1, so a larger claim is a lie. */
static const uint64_t DEFLATE_RATIO = 1032;

enum { COMPRESS_ZLIB = 1, COMPRESS_ZSTD = 2 };
enum { HUGE_PAGE = 2 << 20, HUGE_MIN = 4 << 20 };

/**
 * Room for @p size bytes and the zeros behind them, NULL if there is none.
 * Large sections get huge pages: touching them costs as much as inflating.
 */
static uint8_t *padded(uint64_t size)
{
	void *p = NULL;

	if (size < HUGE_MIN)
		p = malloc(size + ELF_PAD);
	else if (posix_memalign(&p, HUGE_PAGE, size + ELF_PAD))
		p = NULL;
	else
		madvise(p, size + ELF_PAD, MADV_HUGEPAGE);
	if (p)
		memset((uint8_t *)p + size, 0, ELF_PAD);
	return p;
}

#ifdef HAVE_LIBDEFLATE
static bool inflate_zlib(const uint8_t *in, size_t in_size, uint8_t *out,
			 size_t out_size)
{
	struct libdeflate_decompressor *z = libdeflate_alloc_decompressor();
	bool ok = z && libdeflate_zlib_decompress(z, in, in_size, out, out_size,
						  NULL) == LIBDEFLATE_SUCCESS;

	libdeflate_free_decompressor(z);
	return ok;
}
#else
static bool inflate_zlib(const uint8_t *in, size_t in_size, uint8_t *out,
			 size_t out_size)
{
	/* SECTION_MAX keeps both sizes inside zlib's 32-bit counters. */
	z_stream z = {
		.next_in = (Bytef *)(uintptr_t)in,
		.avail_in = (uInt)in_size,
		.next_out = out,
		.avail_out = (uInt)out_size,
	};
	int rc;

	if (inflateInit(&z) != Z_OK)
		return false;
	rc = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	return rc == Z_STREAM_END && z.avail_out == 0;
}
#endif

static bool inflate_any(uint32_t how, const uint8_t *in, size_t in_size,
			uint8_t *out, size_t out_size)
{
	if (how == COMPRESS_ZLIB)
		return inflate_zlib(in, in_size, out, out_size);
	return ZSTD_decompress(out, out_size, in, in_size) == out_size;
}

static struct error *too_big(const struct elf_file *elf,
			     const struct elf_section *s, uint64_t size)
{
	return error_new(ERROR_LIMIT,
			 "section '%s' of '%s' claims %" PRIu64 " bytes",
			 s->name, elf->path, size);
}

static struct error *read_raw(const struct elf_file *elf,
			      const struct elf_section *s, uint8_t **ret)
{
	struct error *err;
	uint8_t *raw;

	if (s->type == SHT_NOBITS)
		return error_new(
			ERROR_NOT_FOUND,
			"section '%s' of '%s' has no bytes in the file",
			s->name, elf->path);
	if (s->offset > elf->size || s->size > elf->size - s->offset)
		return error_new(ERROR_CORRUPT,
				 "section '%s' of '%s' ends beyond the file",
				 s->name, elf->path);
	if (s->size > SECTION_MAX || !(raw = padded(s->size)))
		return too_big(elf, s, s->size);
	err = elf_file_read(elf, s->offset, raw, s->size);
	if (err) {
		free(raw);
		return err;
	}
	*ret = raw;
	return NULL;
}

/* Elf64_Chdr {type u32, reserved u32, size u64, align u64}, then the stream. */
static struct error *inflate_section(const struct elf_file *elf,
				     const struct elf_section *s,
				     const uint8_t *raw,
				     struct elf_content *ret)
{
	Elf64_Chdr header;
	uint8_t *data;

	if (s->size < sizeof(header))
		return error_new(ERROR_CORRUPT,
				 "section '%s' of '%s' is too short", s->name,
				 elf->path);
	memcpy(&header, raw, sizeof(header));
	if (header.ch_type != COMPRESS_ZLIB && header.ch_type != COMPRESS_ZSTD)
		return error_new(ERROR_UNSUPPORTED,
				 "section '%s' of '%s' has compression %u",
				 s->name, elf->path, header.ch_type);
	if (header.ch_size > SECTION_MAX ||
	    (header.ch_type == COMPRESS_ZLIB &&
	     header.ch_size / DEFLATE_RATIO > s->size))
		return too_big(elf, s, header.ch_size);
	data = padded(header.ch_size);
	if (!data)
		return too_big(elf, s, header.ch_size);
	if (!inflate_any(header.ch_type, raw + sizeof(header),
			 s->size - sizeof(header), data, header.ch_size)) {
		free(data);
		return error_new(ERROR_CORRUPT,
				 "section '%s' of '%s' does not decompress",
				 s->name, elf->path);
	}
	ret->data = data;
	ret->size = header.ch_size;
	return NULL;
}

static struct error *load_content(const struct elf_file *elf,
				  const struct elf_section *s,
				  struct elf_content *ret)
{
	uint8_t *raw = NULL;
	struct error *err = read_raw(elf, s, &raw);

	if (err)
		return err;
	if (s->flags & SHF_COMPRESSED) {
		err = inflate_section(elf, s, raw, ret);
		free(raw);
		return err;
	}
	ret->data = raw;
	ret->size = s->size;
	return NULL;
}

struct error *elf_file_load(struct elf_file *elf,
			    const struct elf_section *section,
			    const uint8_t **data_ret, size_t *size_ret)
{
	struct elf_content *c = &elf->contents[section - elf->sections];
	struct error *err = NULL;

	pthread_mutex_lock(&c->lock);
	if (!c->data)
		err = load_content(elf, section, c);
	if (!err) {
		*data_ret = c->data;
		*size_ret = c->size;
	}
	pthread_mutex_unlock(&c->lock);
	return err;
}

void elf_contents_free(struct elf_file *elf)
{
	size_t i;

	for (i = 0; i < elf->section_count; i++) {
		pthread_mutex_destroy(&elf->contents[i].lock);
		free(elf->contents[i].data);
	}
}
