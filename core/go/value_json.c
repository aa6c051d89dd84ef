/*
 * A value as JSON: {"type", "text"}, strings with "len", bytes that are not
 * UTF-8 as "b64", structs with "fields", arrays with "elements", pointers with
 * "addr", redacted ones with a digest.
 */
#include <inttypes.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/go/value_priv.h"

static void show(const struct value_ctx *ctx, uint32_t id, uint64_t addr,
		 unsigned depth);

static void add_key(const struct value_ctx *ctx, const char *key)
{
	buf_printf(ctx->out, ",\"%s\":", key);
}

static void add_string(const struct value_ctx *ctx, const char *s)
{
	text_json(ctx->out, s, strlen(s));
}

static void begin(const struct value_ctx *ctx, const struct go_type *type)
{
	buf_adds(ctx->out, "{\"type\":");
	add_string(ctx, type->name);
}

static void add_base64(struct buf *out, const uint8_t *p, uint64_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t i;

	for (i = 0; i < len; i += 3) {
		unsigned n = len - i > 2 ? 3 : (unsigned)(len - i);
		uint32_t v = (uint32_t)p[i] << 16;

		v |= n > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		v |= n > 2 ? p[i + 2] : 0;
		buf_addc(out, digits[v >> 18]);
		buf_addc(out, digits[v >> 12 & 63]);
		buf_addc(out, n > 1 ? digits[v >> 6 & 63] : '=');
		buf_addc(out, n > 2 ? digits[v & 63] : '=');
	}
}

static void add_redacted(const struct value_ctx *ctx, const void *bytes,
			 uint64_t len, uint64_t shown)
{
	char digest[9] = "";

	if (bytes)
		value_digest(ctx, bytes, shown, digest);
	buf_printf(ctx->out,
		   ",\"redacted\":true,\"len\":%" PRIu64 ",\"h\":\"%s\"", len,
		   digest);
}

static void add_bytes(const struct value_ctx *ctx, uint64_t data, uint64_t len)
{
	uint64_t shown;
	const void *bytes = value_bytes(ctx, data, len, &shown);

	if (ctx->limits->redact) {
		add_redacted(ctx, bytes, len, shown);
		return;
	}
	buf_printf(ctx->out, ",\"len\":%" PRIu64, len);
	if (!bytes) {
		buf_adds(ctx->out, ",\"unreadable\":true");
	} else if (text_is_utf8(bytes, shown)) {
		add_key(ctx, "text");
		text_json(ctx->out, bytes, shown);
	} else {
		add_key(ctx, "b64");
		buf_addc(ctx->out, '"');
		add_base64(ctx->out, bytes, shown);
		buf_addc(ctx->out, '"');
	}
	if (shown < len)
		buf_adds(ctx->out, ",\"truncated\":true");
}

static void add_elements(const struct value_ctx *ctx, uint32_t elem,
			 uint64_t data, uint64_t len, unsigned depth)
{
	uint64_t size = go_type(ctx->types, elem)->size, i;

	if (depth > ctx->limits->depth)
		return;
	add_key(ctx, "elements");
	buf_addc(ctx->out, '[');
	for (i = 0; i < len && i < ctx->limits->elements; i++) {
		buf_adds(ctx->out, i ? "," : "");
		show(ctx, elem, data + i * size, depth + 1);
	}
	buf_addc(ctx->out, ']');
	if (i < len)
		buf_adds(ctx->out, ",\"truncated\":true");
}

static void add_slice(const struct value_ctx *ctx, const struct go_type *type,
		      uint64_t addr, unsigned depth)
{
	uint64_t data, len;

	if (!value_header(ctx, addr, &data, &len)) {
		buf_adds(ctx->out, ",\"unreadable\":true");
	} else if (type->kind == GO_STRING ||
		   go_type(ctx->types, type->elem)->kind == GO_UINT8) {
		add_bytes(ctx, data, len);
	} else {
		buf_printf(ctx->out, ",\"len\":%" PRIu64, len);
		add_elements(ctx, type->elem, data, len, depth);
	}
}

static void add_fields(const struct value_ctx *ctx, const struct go_type *type,
		       uint64_t addr, unsigned depth)
{
	uint32_t i;

	if (depth > ctx->limits->depth)
		return;
	add_key(ctx, "fields");
	buf_addc(ctx->out, '[');
	for (i = 0; i < type->field_count && i < ctx->limits->elements; i++) {
		const struct go_field *f = &type->fields[i];

		buf_adds(ctx->out, i ? ",{\"name\":" : "{\"name\":");
		add_string(ctx, f->name);
		add_key(ctx, "value");
		show(ctx, f->type, addr + f->offset, depth + 1);
		buf_addc(ctx->out, '}');
	}
	buf_addc(ctx->out, ']');
}

static void add_interface(const struct value_ctx *ctx,
			  const struct go_type *type, uint64_t addr,
			  unsigned depth)
{
	uint64_t value = 0;
	uint32_t id = value_dynamic(ctx, type, addr, &value);

	add_key(ctx, "dynamic");
	if (id)
		show(ctx, id, value, depth + 1);
	else
		buf_adds(ctx->out, "null");
}

static void add_pointer(const struct value_ctx *ctx, const struct go_type *type,
			uint64_t addr, unsigned depth)
{
	const struct go_type *elem = go_type(ctx->types, type->elem);
	uint64_t word = 0;

	if (!sample_u64(ctx->sample, addr, &word)) {
		buf_adds(ctx->out, ",\"unreadable\":true");
		return;
	}
	if (!word) {
		buf_adds(ctx->out, ",\"addr\":null");
		return;
	}
	buf_printf(ctx->out, ",\"addr\":\"0x%" PRIx64 "\"", word);
	if (depth < ctx->limits->depth && elem->size &&
	    sample_view(ctx->sample, word, elem->size)) {
		add_key(ctx, "value");
		show(ctx, type->elem, word, depth + 1);
	}
}

/* "len" and "entries": [{"key", "value"}]; the text stands for the rest. */
static void add_entries(const struct value_ctx *ctx, const struct go_type *type,
			uint64_t addr, unsigned depth)
{
	struct value_map_walk walk = {0};
	uint64_t header, count, i;

	if (!value_map_open(ctx, type, addr, depth, &header, &count))
		return;
	buf_printf(ctx->out, ",\"len\":%" PRIu64, count);
	add_key(ctx, "entries");
	buf_addc(ctx->out, '[');
	for (i = 0; i < ctx->limits->elements &&
		    ctx->limits->next_entry(ctx->limits->entry_arg, type,
					    header, &walk);
	     i++) {
		buf_adds(ctx->out, i ? ",{\"key\":" : "{\"key\":");
		show(ctx, type->key, walk.key, depth + 1);
		add_key(ctx, "value");
		show(ctx, type->elem, walk.elem, depth + 1);
		buf_addc(ctx->out, '}');
	}
	buf_addc(ctx->out, ']');
	if (i < count)
		buf_adds(ctx->out, ",\"truncated\":true");
}

static void add_parts(const struct value_ctx *ctx, const struct go_type *type,
		      uint64_t addr, unsigned depth)
{
	switch (type->kind) {
	case GO_STRING:
	case GO_SLICE:
		add_slice(ctx, type, addr, depth);
		break;
	case GO_ARRAY:
		buf_printf(ctx->out, ",\"len\":%" PRIu64, type->len);
		add_elements(ctx, type->elem, addr, type->len, depth);
		break;
	case GO_STRUCT:
		add_fields(ctx, type, addr, depth);
		break;
	case GO_INTERFACE:
		add_interface(ctx, type, addr, depth);
		break;
	case GO_POINTER:
		add_pointer(ctx, type, addr, depth);
		break;
	default:
		break;
	}
}

static void show(const struct value_ctx *ctx, uint32_t id, uint64_t addr,
		 unsigned depth)
{
	const struct go_type *type = go_type(ctx->types, id);
	CLEANUP(buf_deinit) struct buf text = {0};

	begin(ctx, type);
	if (depth > LIMIT_TYPE_DEPTH || ctx->out->len > LIMIT_NAME * 16)
		buf_adds(ctx->out, ",\"truncated\":true");
	else if (!addr && type->size)
		buf_adds(ctx->out, ",\"unreadable\":true");
	else if (ctx->limits->redact && type->kind < GO_ARRAY)
		add_redacted(ctx, sample_view(ctx->sample, addr, type->size),
			     type->size, type->size);
	else if (value_scalar(ctx, type, addr, &text)) {
		add_key(ctx, "text");
		text_json(ctx->out, buf_str(&text), text.len);
		if (type->kind == GO_MAP)
			add_entries(ctx, type, addr, depth);
	} else
		add_parts(ctx, type, addr, depth);
	buf_addc(ctx->out, '}');
}

void value_json(struct buf *out, struct go_types *types,
		const struct sample *sample, uint32_t type, uint64_t addr,
		const struct value_limits *limits)
{
	CLEANUP(buf_deinit) struct buf own = {0};
	struct value_ctx ctx = {&own, types, sample, limits};

	show(&ctx, type, addr, 0);
	buf_add(out, own.data, own.len);
}
