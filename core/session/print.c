#include "core/session/print.h"

#include "core/base/text.h"
#include "core/go/value.h"
#include "core/session/print_priv.h"
#include "core/session/session_priv.h"

struct print_limits print_limits_default(void)
{
	return (struct print_limits){
		.depth = 2,
		.elements = 64,
		.string = 1024,
	};
}

struct error *session_read(const struct session *session, uint64_t addr,
			   void *buf, uint64_t len)
{
	return sample_read(session->sample, addr, buf, len);
}

/* Entries of a map for the value printer, which knows no containers. */
static bool next_entry(void *arg, const struct go_type *type, uint64_t header,
		       struct value_map_walk *walk)
{
	const struct print_source *source = arg;
	const struct map_view view = {
		.sample = source->memory,
		.types = source->session->rt->types,
		.type = type,
		.header = header,
	};
	struct map_cursor *cursor = (struct map_cursor *)(void *)walk->state;
	struct map_entry entry;
	bool more = false;
	struct error *err;

	_Static_assert(sizeof(*cursor) <= sizeof(walk->state), "too small");
	if (!type->layout)
		return false;
	err = map_next(&view, cursor, &entry, &more);
	if (err) {
		error_free(err);
		return false;
	}
	walk->key = entry.key;
	walk->elem = entry.elem;
	return more;
}

struct value_limits print_value_limits(const struct print_limits *limits,
				       struct print_source *source)
{
	struct value_limits ret = value_limits_default();

	ret.depth = limits->depth;
	ret.elements = limits->elements;
	ret.string = limits->string;
	ret.redact = limits->redact;
	ret.next_entry = next_entry;
	ret.entry_arg = source;
	return ret;
}

void variable_text(const struct frame_variables *variables, uint32_t index,
		   const struct print_limits *limits, struct buf *out)
{
	const struct variable_row *row = &variables->list[index];
	struct print_source source = {variables->session, variables->memory};
	struct value_limits value = print_value_limits(limits, &source);

	if (row->why)
		buf_printf(out, "(%s)", row->why);
	else
		value_text(out, variables->session->rt->types,
			   variables->memory, row->type_id, row->addr, &value);
}

void variable_json(const struct frame_variables *variables, uint32_t index,
		   const struct print_limits *limits, struct buf *out)
{
	const struct variable_row *row = &variables->list[index];
	struct print_source source = {variables->session, variables->memory};
	struct value_limits value = print_value_limits(limits, &source);

	if (row->why)
		buf_adds(out, "null");
	else
		value_json(out, variables->session->rt->types,
			   variables->memory, row->type_id, row->addr, &value);
}
