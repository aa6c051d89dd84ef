/* Buckets of a classic chain and groups of a Swiss table, slot by slot. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/value.h"
#include "core/session/session_priv.h"

static const char *classic_state(uint8_t tophash)
{
	static const char *const states[] = {"empty, rest", "empty",
					     "evacuated X", "evacuated Y",
					     "evacuated empty"};

	return tophash < ARRAY_LEN(states) ? states[tophash] : "full";
}

static const char *swiss_state(uint8_t control)
{
	if (!(control & 0x80))
		return "full";
	return control == 0xfe ? "deleted" : control == 0x80 ? "empty" : "?";
}

static void fill_unit(const struct map_unit *from, bool swiss, struct unit *to)
{
	unsigned i;

	*to = (struct unit){
		.addr = from->addr,
		.chain = swiss ? 0 : (uint32_t)from->table,
		.old = from->old,
		.raw_bytes = from->raw_bytes,
		.table = {.addr = from->in.addr,
			  .used = from->in.used,
			  .slots = from->in.slots,
			  .growth_left = from->in.growth_left,
			  .local_depth = from->in.local_depth},
	};
	memcpy(to->raw, from->raw, sizeof(to->raw));
	for (i = 0; i < 8; i++) {
		uint8_t c = from->control[i];

		to->slots[i] = (struct unit_slot){
			.control = c,
			.state = swiss ? swiss_state(c) : classic_state(c),
			.live = swiss ? !(c & 0x80) : c >= 5,
			.key_addr = from->key[i],
			.elem_addr = from->elem[i],
		};
	}
}

struct error *session_units(const struct session *session, uint32_t row,
			    uint64_t table, uint64_t index, struct unit *ret,
			    uint32_t max, uint32_t *count_ret)
{
	CLEANUP(free_cleanup) struct map_unit *units = NULL;
	const struct map_row *r = &session->rows[row];
	struct map_view view;
	struct error *err;
	uint32_t i;

	*count_ret = 0;
	if (session->stored)
		return session_needs_memory(session);
	session_map_view(session, r, &view);
	if (!view.type->layout)
		return error_new(ERROR_NOT_FOUND, "the map's type is unknown");
	units = xcalloc(max, sizeof(*units));
	err = map_units(&view, r->swiss ? table : 0, index, !r->swiss && table,
			units, max, count_ret);
	if (err)
		return err;
	for (i = 0; i < *count_ret; i++)
		fill_unit(&units[i], r->swiss, &ret[i]);
	return NULL;
}

uint64_t session_unit_count(const struct session *session, uint32_t row,
			    uint64_t table)
{
	struct map_view view;
	uint64_t count;

	if (session->stored)
		return 0;
	session_map_view(session, &session->rows[row], &view);
	if (!view.type->layout)
		return 0;
	count = map_unit_count(&view, table);
	return count;
}

void unit_table_text(const struct unit *unit, struct buf *out)
{
	if (unit->table.addr)
		buf_printf(out,
			   "table 0x%" PRIx64 "  used %" PRIu32 " of %" PRIu32
			   "  growth left %" PRIu32 "  local depth %" PRIu32,
			   unit->table.addr, unit->table.used,
			   unit->table.slots, unit->table.growth_left,
			   unit->table.local_depth);
}

void unit_raw_text(const struct unit *unit, bool redact, struct buf *out)
{
	unsigned i, bytes = redact ? 8 : unit->raw_bytes;

	buf_printf(out, "raw 0x%" PRIx64 ":", unit->addr);
	for (i = 0; i < bytes && i < sizeof(unit->raw); i++)
		buf_printf(out, "%s %02x", i == 8 ? " " : "", unit->raw[i]);
}

static void slot_text(const struct session *session, uint32_t type,
		      uint64_t addr, bool redact, struct buf *out)
{
	struct value_limits limits = value_limits_default();

	limits.redact = redact;
	value_text(out, session->rt->types, session->sample, type, addr,
		   &limits);
}

void unit_key_text(const struct session *session, uint32_t row,
		   const struct unit_slot *slot, bool redact, struct buf *out)
{
	const struct go_type *type =
		go_type(session->rt->types, session->rows[row].type);

	slot_text(session, type->key, slot->key_addr, redact, out);
}

void unit_value_text(const struct session *session, uint32_t row,
		     const struct unit_slot *slot, bool redact, struct buf *out)
{
	const struct go_type *type =
		go_type(session->rt->types, session->rows[row].type);

	slot_text(session, type->elem, slot->elem_addr, redact, out);
}

bool units_odd(const struct unit *units, uint32_t count, bool swiss)
{
	uint32_t i;
	int slot;

	for (i = 0; swiss && i < count; i++)
		for (slot = 0; slot < 8; slot++)
			if (units[i].slots[slot].control == 0xfe)
				return true;
	return !swiss && count > 3;
}
