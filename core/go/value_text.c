/* A value on one line, as a person reads it. */
#include <inttypes.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/go/value_priv.h"

static void show(const struct value_ctx *ctx, uint32_t id, uint64_t addr,
		 unsigned depth);

static void show_bytes(const struct value_ctx *ctx, uint64_t data, uint64_t len)
{
	uint64_t shown;
	const void *bytes = value_bytes(ctx, data, len, &shown);

	if (ctx->limits->redact) {
		buf_printf(ctx->out, "str(len=%" PRIu64 ")", len);
		return;
	}
	if (!bytes) {
		buf_printf(ctx->out, "(unreadable, %" PRIu64 " bytes)", len);
		return;
	}
	buf_addc(ctx->out, '"');
	text_quote(ctx->out, bytes, shown);
	buf_addc(ctx->out, '"');
	if (shown < len)
		buf_printf(ctx->out, "...+%" PRIu64, len - shown);
}

static void show_string(const struct value_ctx *ctx, uint64_t addr)
{
	uint64_t data, len;

	if (value_header(ctx, addr, &data, &len))
		show_bytes(ctx, data, len);
	else
		buf_adds(ctx->out, "(unreadable)");
}

static void show_elements(const struct value_ctx *ctx, uint32_t elem,
			  uint64_t data, uint64_t len, unsigned depth)
{
	uint64_t size = go_type(ctx->types, elem)->size, i;

	buf_addc(ctx->out, '[');
	for (i = 0; i < len && i < ctx->limits->elements; i++) {
		buf_adds(ctx->out, i ? ", " : "");
		show(ctx, elem, data + i * size, depth + 1);
	}
	if (i < len)
		buf_printf(ctx->out, ", ...+%" PRIu64, len - i);
	buf_addc(ctx->out, ']');
}

static void show_name(const struct value_ctx *ctx, const struct go_type *type)
{
	text_plain(ctx->out, type->name, strlen(type->name));
}

static void show_slice(const struct value_ctx *ctx, const struct go_type *type,
		       uint64_t addr, unsigned depth)
{
	uint64_t data, len;

	if (!value_header(ctx, addr, &data, &len)) {
		buf_adds(ctx->out, "(unreadable)");
		return;
	}
	show_name(ctx, type);
	if (!data) {
		buf_adds(ctx->out, "(nil)");
	} else if (go_type(ctx->types, type->elem)->kind == GO_UINT8) {
		buf_addc(ctx->out, ' ');
		show_bytes(ctx, data, len);
	} else if (depth > ctx->limits->depth) {
		buf_printf(ctx->out, " len %" PRIu64, len);
	} else {
		buf_addc(ctx->out, ' ');
		show_elements(ctx, type->elem, data, len, depth);
	}
}

static void show_struct(const struct value_ctx *ctx, const struct go_type *type,
			uint64_t addr, unsigned depth)
{
	uint32_t i;

	show_name(ctx, type);
	if (depth > ctx->limits->depth && type->field_count) {
		buf_adds(ctx->out, "{...}");
		return;
	}
	buf_addc(ctx->out, '{');
	for (i = 0; i < type->field_count && i < ctx->limits->elements; i++) {
		const struct go_field *f = &type->fields[i];

		buf_adds(ctx->out, i ? ", " : "");
		text_plain(ctx->out, f->name, strlen(f->name));
		buf_adds(ctx->out, ": ");
		show(ctx, f->type, addr + f->offset, depth + 1);
	}
	buf_addc(ctx->out, '}');
}

static void show_interface(const struct value_ctx *ctx,
			   const struct go_type *type, uint64_t addr,
			   unsigned depth)
{
	uint64_t value = 0, word;
	uint32_t id = value_dynamic(ctx, type, addr, &value);
	const struct go_type *dynamic = go_type(ctx->types, id);

	if (!id) {
		bool nil = sample_u64(ctx->sample, addr, &word) && !word;

		buf_adds(ctx->out, nil ? "nil" : "(unknown dynamic type)");
		return;
	}
	if (dynamic->kind < GO_ARRAY || dynamic->kind == GO_STRING) {
		show_name(ctx, dynamic);
		buf_addc(ctx->out, '(');
		show(ctx, id, value, depth + 1);
		buf_addc(ctx->out, ')');
	} else {
		show(ctx, id, value, depth + 1);
	}
}

static void show_pointer(const struct value_ctx *ctx,
			 const struct go_type *type, uint64_t addr,
			 unsigned depth)
{
	const struct go_type *elem = go_type(ctx->types, type->elem);
	uint64_t word;

	if (!sample_u64(ctx->sample, addr, &word)) {
		buf_adds(ctx->out, "(unreadable)");
		return;
	}
	if (!word) {
		buf_adds(ctx->out, "nil");
		return;
	}
	if (depth < ctx->limits->depth && elem->size &&
	    sample_view(ctx->sample, word, elem->size)) {
		buf_addc(ctx->out, '&');
		show(ctx, type->elem, word, depth + 1);
		return;
	}
	show_name(ctx, type);
	buf_printf(ctx->out, " 0x%" PRIx64, word);
}

/* `map[string]int ["a": 1, "b": 2]`; false if it has no entries to show. */
static bool show_map(const struct value_ctx *ctx, const struct go_type *type,
		     uint64_t addr, unsigned depth)
{
	struct value_map_walk walk = {0};
	uint64_t header, count, i;

	if (!value_map_open(ctx, type, addr, depth, &header, &count))
		return false;
	show_name(ctx, type);
	buf_adds(ctx->out, " [");
	for (i = 0; i < ctx->limits->elements &&
		    ctx->limits->next_entry(ctx->limits->entry_arg, type,
					    header, &walk);
	     i++) {
		buf_adds(ctx->out, i ? ", " : "");
		show(ctx, type->key, walk.key, depth + 1);
		buf_adds(ctx->out, ": ");
		show(ctx, type->elem, walk.elem, depth + 1);
	}
	if (i < count)
		buf_printf(ctx->out, "%s...+%" PRIu64, i ? ", " : "",
			   count - i);
	buf_addc(ctx->out, ']');
	return true;
}

static void show(const struct value_ctx *ctx, uint32_t id, uint64_t addr,
		 unsigned depth)
{
	const struct go_type *type = go_type(ctx->types, id);

	if (depth > LIMIT_TYPE_DEPTH || ctx->out->len > LIMIT_NAME) {
		buf_adds(ctx->out, "...");
		return;
	}
	if (!addr && type->size) {
		buf_adds(ctx->out, "(unreadable)");
		return;
	}
	if (ctx->limits->redact && type->kind < GO_ARRAY) {
		buf_adds(ctx->out, "(redacted)");
		return;
	}
	if (type->kind == GO_MAP && show_map(ctx, type, addr, depth))
		return;
	if (value_scalar(ctx, type, addr, ctx->out))
		return;
	switch (type->kind) {
	case GO_STRING:
		show_string(ctx, addr);
		break;
	case GO_SLICE:
		show_slice(ctx, type, addr, depth);
		break;
	case GO_ARRAY:
		show_name(ctx, type);
		buf_addc(ctx->out, ' ');
		show_elements(ctx, type->elem, addr, type->len, depth);
		break;
	case GO_STRUCT:
		show_struct(ctx, type, addr, depth);
		break;
	case GO_INTERFACE:
		show_interface(ctx, type, addr, depth);
		break;
	case GO_POINTER:
		show_pointer(ctx, type, addr, depth);
		break;
	default:
		buf_adds(ctx->out, "?");
		break;
	}
}

void value_text(struct buf *out, struct go_types *types,
		const struct sample *sample, uint32_t type, uint64_t addr,
		const struct value_limits *limits)
{
	CLEANUP(buf_deinit) struct buf own = {0};
	struct value_ctx ctx = {&own, types, sample, limits};

	show(&ctx, type, addr, 0);
	buf_add(out, own.data, own.len);
}
