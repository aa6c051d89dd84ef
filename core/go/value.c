#include "core/go/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/go/value_priv.h"

enum { WALL_HAS_MONOTONIC = 63, WALL_SECONDS_SHIFT = 30 };

static const int64_t UNIX_TO_YEAR_1 = 62135596800;
static const int64_t YEAR_1885_TO_1 = 59453308800; /* wall seconds' epoch */

struct value_limits value_limits_default(void)
{
	return (struct value_limits){
		.depth = 2,
		.elements = 64,
		.string = 1024,
	};
}

static void add_float(struct buf *out, double v, bool wide)
{
	if (wide)
		text_float(out, v);
	else
		text_float32(out, (float)v);
}

static bool load_float(const struct value_ctx *ctx, uint64_t addr, bool wide,
		       double *ret)
{
	uint32_t narrow;
	uint64_t word;
	float f;

	if (wide) {
		if (!sample_u64(ctx->sample, addr, &word))
			return false;
		memcpy(ret, &word, 8);
		return true;
	}
	if (!sample_u32(ctx->sample, addr, &narrow))
		return false;
	memcpy(&f, &narrow, 4);
	*ret = (double)f;
	return true;
}

static bool add_number(const struct value_ctx *ctx, const struct go_type *type,
		       uint64_t addr, struct buf *out)
{
	uint64_t raw = 0;
	unsigned shift;
	struct error *err;

	if (!type->size || type->size > 8)
		return false;
	err = sample_read(ctx->sample, addr, &raw, type->size);
	if (err) {
		error_free(err);
		buf_adds(out, "(unreadable)");
		return true;
	}
	shift = (unsigned)(64 - 8 * type->size);
	if (type->kind == GO_BOOL)
		buf_adds(out, raw ? "true" : "false");
	else if (type->kind <= GO_INT64)
		buf_printf(out, "%" PRId64, (int64_t)(raw << shift) >> shift);
	else if (type->kind == GO_UINTPTR)
		buf_printf(out, "0x%" PRIx64, raw);
	else
		buf_printf(out, "%" PRIu64, raw);
	return true;
}

static void add_complex(const struct value_ctx *ctx, const struct go_type *type,
			uint64_t addr, struct buf *out)
{
	bool wide = type->kind == GO_COMPLEX128;
	CLEANUP(buf_deinit) struct buf im = {0};
	double re = 0, i = 0;

	if (!load_float(ctx, addr, wide, &re) ||
	    !load_float(ctx, addr + type->size / 2, wide, &i)) {
		buf_adds(out, "(unreadable)");
		return;
	}
	buf_addc(out, '(');
	add_float(out, re, wide);
	add_float(&im, i, wide);
	if (*buf_str(&im) != '-' && *buf_str(&im) != '+')
		buf_addc(out, '+');
	buf_printf(out, "%si)", buf_str(&im));
}

/*
 * type Time struct { wall uint64; ext int64; loc *Location }: with bit 63 of
 * wall, 33 bits of seconds since 1885 and a monotonic reading in ext; else
 * ext is seconds since year 1. The low 30 bits of wall are nanoseconds.
 */
static bool add_time(const struct value_ctx *ctx, uint64_t addr,
		     struct buf *out)
{
	uint64_t wall, ext;
	int64_t seconds;
	time_t unix_time;
	struct tm tm;
	char text[40];

	if (!sample_u64(ctx->sample, addr, &wall) ||
	    !sample_u64(ctx->sample, addr + 8, &ext))
		return false;
	seconds = wall >> WALL_HAS_MONOTONIC
			  ? (int64_t)(wall << 1 >> (WALL_SECONDS_SHIFT + 1)) +
				    YEAR_1885_TO_1
			  : (int64_t)ext;
	if (__builtin_sub_overflow(seconds, UNIX_TO_YEAR_1, &unix_time) ||
	    !gmtime_r(&unix_time, &tm) || tm.tm_year < -1900 ||
	    tm.tm_year > 8100)
		return false;
	strftime(text, sizeof(text), "%m-%dT%H:%M:%S", &tm);
	buf_printf(out, "%04d-%s", tm.tm_year + 1900, text);
	if (wall & ((1u << WALL_SECONDS_SHIFT) - 1))
		buf_printf(out, ".%09u",
			   (unsigned)(wall & ((1u << WALL_SECONDS_SHIFT) - 1)));
	buf_addc(out, 'Z');
	return true;
}

static void add_map(const struct value_ctx *ctx, const struct go_type *type,
		    uint64_t header, struct buf *out)
{
	uint64_t count;

	text_plain(out, type->name, strlen(type->name));
	/* The first word of either family's header is len(m). */
	if (!header)
		buf_adds(out, " nil");
	else if (sample_u64(ctx->sample, header, &count))
		buf_printf(out, " len %" PRIu64 " 0x%" PRIx64, count, header);
	else
		buf_printf(out, " 0x%" PRIx64 " (unreadable)", header);
}

bool value_scalar(const struct value_ctx *ctx, const struct go_type *type,
		  uint64_t addr, struct buf *ret)
{
	uint64_t word = 0;
	double f = 0;

	if (!strcmp(type->name, "time.Time") && type->size == 24)
		return add_time(ctx, addr, ret);
	if (!strcmp(type->name, "time.Duration") && type->size == 8 &&
	    sample_u64(ctx->sample, addr, &word)) {
		text_exact_duration(ret, (int64_t)word);
		return true;
	}
	if (type->kind >= GO_BOOL && type->kind <= GO_UINTPTR)
		return add_number(ctx, type, addr, ret);
	switch (type->kind) {
	case GO_FLOAT32:
	case GO_FLOAT64:
		if (load_float(ctx, addr, type->kind == GO_FLOAT64, &f))
			add_float(ret, f, type->kind == GO_FLOAT64);
		else
			buf_adds(ret, "(unreadable)");
		return true;
	case GO_COMPLEX64:
	case GO_COMPLEX128:
		add_complex(ctx, type, addr, ret);
		return true;
	case GO_MAP:
	case GO_CHAN:
	case GO_FUNC:
	case GO_UNSAFE_POINTER:
		if (!sample_u64(ctx->sample, addr, &word)) {
			buf_adds(ret, "(unreadable)");
		} else if (type->kind == GO_MAP) {
			add_map(ctx, type, word, ret);
		} else if (!word) {
			buf_adds(ret, "nil");
		} else {
			text_plain(ret, type->name, strlen(type->name));
			buf_printf(ret, " 0x%" PRIx64, word);
		}
		return true;
	default:
		return false;
	}
}

bool value_header(const struct value_ctx *ctx, uint64_t addr, uint64_t *data,
		  uint64_t *len)
{
	return sample_u64(ctx->sample, addr, data) &&
	       sample_u64(ctx->sample, addr + 8, len) && *len <= LIMIT_STRING;
}

bool value_map_open(const struct value_ctx *ctx, const struct go_type *type,
		    uint64_t addr, unsigned depth, uint64_t *header_ret,
		    uint64_t *count_ret)
{
	return ctx->limits->next_entry && depth <= ctx->limits->depth &&
	       sample_u64(ctx->sample, addr, header_ret) && *header_ret &&
	       sample_u64(ctx->sample, *header_ret, count_ret) && type->layout;
}

uint32_t value_dynamic(const struct value_ctx *ctx, const struct go_type *type,
		       uint64_t addr, uint64_t *addr_ret)
{
	uint64_t first;
	uint32_t id;

	if (!sample_u64(ctx->sample, addr, &first) || !first)
		return 0;
	id = type->has_methods ? go_type_from_itab(ctx->types, first)
			       : go_type_from_rtype(ctx->types, first);
	if (!id)
		return 0;
	/* Of a pointer-shaped type the data word is the value itself. */
	*addr_ret = addr + 8;
	if (!go_type(ctx->types, id)->direct &&
	    !sample_u64(ctx->sample, addr + 8, addr_ret))
		return 0;
	return id;
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdu;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

void value_digest(const struct value_ctx *ctx, const void *bytes, size_t len,
		  char ret[9])
{
	const uint8_t *p = bytes;
	uint64_t h = ctx->limits->redact_key[0] ^ len;
	size_t i;

	for (i = 0; i < len; i++)
		h = mix(h ^ p[i]) + ctx->limits->redact_key[1];
	snprintf(ret, 9, "%08x", (unsigned)mix(h));
}

const void *value_bytes(const struct value_ctx *ctx, uint64_t data,
			uint64_t len, uint64_t *shown_ret)
{
	*shown_ret = len < ctx->limits->string ? len : ctx->limits->string;
	return *shown_ret ? sample_view(ctx->sample, data, *shown_ret) : "";
}
