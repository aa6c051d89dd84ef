/* Values of expressions as people and scripts read them. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/go/value.h"
#include "core/session/expr_priv.h"
#include "core/session/json.h"

enum { ENTRIES_MAX = 10000 };

static struct value_limits limits_of(const struct print_limits *limits,
				     struct print_source *source)
{
	return print_value_limits(limits, source);
}

static void constant_text(const struct expr_value *value, struct buf *out)
{
	switch (value->form) {
	case EXPR_INT:
		buf_printf(out, "%s%" PRIu64, value->negative ? "-" : "",
			   value->u);
		break;
	case EXPR_FLOAT:
		text_float(out, value->f);
		break;
	case EXPR_STRING:
		buf_addc(out, '"');
		text_quote(out, value->text, value->len);
		buf_addc(out, '"');
		break;
	case EXPR_BOOL:
		buf_adds(out, value->u ? "true" : "false");
		break;
	default:
		buf_adds(out, "nil");
		break;
	}
}

/* Where the entries of a range go. */
struct entry_sink {
	struct expr_context *context;
	const struct go_type *type;
	struct value_limits limits;
	struct buf *out;
	bool json;
};

static void add_entry(const struct entry_sink *s, const struct map_entry *entry,
		      bool first)
{
	struct go_types *types = s->context->types;
	const struct sample *memory = s->context->memory;

	if (s->json) {
		buf_adds(s->out, first ? "{\"key\":" : ",{\"key\":");
		value_json(s->out, types, memory, s->type->key, entry->key,
			   &s->limits);
		buf_adds(s->out, ",\"value\":");
		value_json(s->out, types, memory, s->type->elem, entry->elem,
			   &s->limits);
		buf_addc(s->out, '}');
		return;
	}
	buf_adds(s->out, first ? "" : ",\n  ");
	value_text(s->out, types, memory, s->type->key, entry->key, &s->limits);
	buf_adds(s->out, ": ");
	value_text(s->out, types, memory, s->type->elem, entry->elem,
		   &s->limits);
}

static uint64_t add_entries(const struct entry_sink *s,
			    const struct expr_value *value)
{
	struct map_cursor cursor = {0};
	struct map_entry entry;
	struct map_view view;
	struct error *err;
	uint64_t i, shown = 0;
	bool more = true;

	err = expr_map_view(s->context, value, &view);
	for (i = 0; !err && view.header && i < value->to && shown < ENTRIES_MAX;
	     i++) {
		err = map_next(&view, &cursor, &entry, &more);
		if (err || !more)
			break;
		if (i >= value->from)
			add_entry(s, &entry, !shown++);
	}
	if (err && !s->json)
		buf_printf(s->out, " (%s)", err->message);
	error_free(err);
	return shown;
}

static void entries_text(struct expr_context *context,
			 const struct expr_value *value,
			 const struct value_limits *limits, struct buf *out)
{
	const struct go_type *type = expr_type(context, value->type);
	const struct entry_sink sink = {context, type, *limits, out, false};
	uint64_t shown;

	text_plain(out, type->name, strlen(type->name));
	buf_adds(out, " [");
	shown = add_entries(&sink, value);
	if (shown == ENTRIES_MAX)
		buf_adds(out, ", ...");
	buf_addc(out, ']');
}

/* A pointer as an expression that leads back to it, then what is there. */
static bool pointer_text(struct expr_context *context, struct expr_value value,
			 const struct value_limits *limits, struct buf *out)
{
	struct error *err = expr_dynamic(context, &value);
	const struct go_type *type = expr_type(context, value.type);
	const struct go_type *elem = expr_type(context, type->elem);
	struct value_limits inner = *limits;
	uint64_t word;

	error_free(err);
	if (err || type->kind != GO_POINTER || value.addr == 0 ||
	    !sample_u64(context->memory, value.addr, &word) || !word)
		return false;
	buf_adds(out, strchr(elem->name, '/') ? "(*\"" : "(*");
	text_plain(out, elem->name, strlen(elem->name));
	buf_printf(out, "%s)(0x%" PRIx64 ")",
		   strchr(elem->name, '/') ? "\"" : "", word);
	if (!elem->size || !limits->depth)
		return true;
	buf_adds(out, " -> ");
	inner.depth--;
	if (!sample_view(context->memory, word, elem->size))
		buf_adds(out, "(unreadable)");
	else
		value_text(out, context->types, context->memory, type->elem,
			   word, &inner);
	return true;
}

void expr_text(struct expr_context *context, const struct expr_value *value,
	       const struct print_limits *limits, struct buf *out)
{
	struct print_source source = {context->session, context->memory};
	struct value_limits inner = limits_of(limits, &source);

	switch (value->form) {
	case EXPR_TYPED:
		if (!pointer_text(context, *value, &inner, out))
			value_text(out, context->types, context->memory,
				   value->type, value->addr, &inner);
		break;
	case EXPR_ENTRIES:
		entries_text(context, value, &inner, out);
		break;
	case EXPR_TYPE:
		expr_type_text(context, value, out);
		break;
	default:
		constant_text(value, out);
		break;
	}
}

void expr_json(struct expr_context *context, const struct expr_value *value,
	       const struct print_limits *limits, struct buf *out)
{
	struct print_source source = {context->session, context->memory};
	const struct go_type *type = expr_type(context, value->type);
	struct value_limits inner = limits_of(limits, &source);
	const struct entry_sink sink = {context, type, inner, out, true};
	CLEANUP(buf_deinit) struct buf text = {0};

	if (value->form == EXPR_TYPED) {
		value_json(out, context->types, context->memory, value->type,
			   value->addr, &inner);
		return;
	}
	buf_adds(out, "{\"type\":");
	expr_type_text(context, value, &text);
	text_json(out, buf_str(&text), text.len);
	if (value->form == EXPR_ENTRIES) {
		buf_adds(out, ",\"entries\":[");
		add_entries(&sink, value);
		buf_addc(out, ']');
	} else if (value->form != EXPR_TYPE) {
		buf_clear(&text);
		constant_text(value, &text);
		buf_adds(out, ",\"text\":");
		if (value->form == EXPR_STRING)
			text_json(out, value->text, value->len);
		else
			text_json(out, buf_str(&text), text.len);
	}
	buf_addc(out, '}');
}

static void struct_text(struct expr_context *context,
			const struct go_type *type, struct buf *out)
{
	uint32_t i;

	buf_adds(out, " struct {\n");
	for (i = 0; i < type->field_count; i++) {
		const struct go_field *f = &type->fields[i];
		const char *of = expr_type(context, f->type)->name;

		buf_adds(out, "\t");
		text_plain(out, f->name, strlen(f->name));
		buf_addc(out, ' ');
		text_plain(out, of, strlen(of));
		buf_printf(out, " // offset %" PRIu64 ", size %" PRIu64 "\n",
			   f->offset, expr_type(context, f->type)->size);
	}
	buf_addc(out, '}');
}

void expr_type_text(struct expr_context *context,
		    const struct expr_value *value, struct buf *out)
{
	static const char *const constants[] = {
		[EXPR_INT] = "untyped int",
		[EXPR_FLOAT] = "untyped float",
		[EXPR_STRING] = "untyped string",
		[EXPR_BOOL] = "untyped bool",
		[EXPR_NIL] = "untyped nil",
	};
	const struct go_type *type = expr_type(context, value->type);
	struct expr_value inner = *value;
	struct error *err;

	if (value->form != EXPR_TYPED && value->form != EXPR_ENTRIES &&
	    value->form != EXPR_TYPE) {
		buf_adds(out, constants[value->form]);
		return;
	}
	text_plain(out, type->name, strlen(type->name));
	if (value->form == EXPR_TYPE) {
		if (type->kind == GO_STRUCT)
			struct_text(context, type, out);
		buf_printf(out, " // size %" PRIu64, type->size);
		return;
	}
	if (type->kind != GO_INTERFACE)
		return;
	err = expr_dynamic(context, &inner);
	if (!err) {
		const char *name = expr_type(context, inner.type)->name;

		buf_addc(out, '(');
		text_plain(out, name, strlen(name));
		buf_addc(out, ')');
	}
	error_free(err);
}

bool expr_size(const struct expr_context *context,
	       const struct expr_value *value, uint64_t *ret)
{
	*ret = expr_type(context, value->type)->size;
	return value->form == EXPR_TYPED || value->form == EXPR_TYPE;
}

bool expr_address(struct expr_context *context, const struct expr_value *value,
		  uint64_t *ret)
{
	const struct go_type *type = expr_type(context, value->type);
	struct expr_wide n;
	struct error *err;

	if (expr_is_int(context, value)) {
		err = expr_load_int(context, value, &n);
		*ret = err ? 0 : (uint64_t)n.v;
		error_free(err);
		return !err;
	}
	if (value->form != EXPR_TYPED)
		return false;
	switch (type->kind) {
	case GO_POINTER:
	case GO_UNSAFE_POINTER:
	case GO_MAP:
	case GO_CHAN:
	case GO_FUNC:
	case GO_SLICE:
	case GO_STRING:
		return sample_u64(context->memory, value->addr, ret);
	default:
		return false;
	}
}

void expr_members(struct expr_context *context, const struct expr_value *value,
		  struct buf *out)
{
	struct expr_value v = *value;
	struct error *err = NULL;
	unsigned depth;
	uint32_t i;

	for (depth = 0; depth < 4 && !err; depth++) {
		const struct go_type *type = expr_type(context, v.type);

		if (v.form != EXPR_TYPED)
			return;
		if (type->kind == GO_STRUCT) {
			for (i = 0; i < type->field_count; i++)
				buf_printf(out, "%s\n", type->fields[i].name);
			return;
		}
		err = type->kind == GO_INTERFACE ? expr_dynamic(context, &v)
						 : expr_deref(context, &v);
	}
	error_free(err);
}

void expr_keys(struct expr_context *context, const struct expr_value *value,
	       uint32_t max, struct buf *out)
{
	const struct go_type *type = expr_type(context, value->type);
	struct value_limits limits = value_limits_default();
	struct map_cursor cursor = {0};
	struct map_entry entry;
	struct map_view view;
	struct error *err;
	bool more = true;
	uint32_t i;

	if (value->form != EXPR_TYPED || type->kind != GO_MAP)
		return;
	err = expr_map_view(context, value, &view);
	for (i = 0; !err && view.header && i < max; i++) {
		err = map_next(&view, &cursor, &entry, &more);
		if (err || !more)
			break;
		value_text(out, context->types, context->memory, type->key,
			   entry.key, &limits);
		buf_addc(out, '\n');
	}
	error_free(err);
}
