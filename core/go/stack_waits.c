/*
 * What a goroutine that waits on channels sends or receives is in a slot of its
 * stack that no variable names; the channel knows its type.
 *
 * g.waiting is the first of the sudogs, one a channel of the select statement.
 */
#include "core/base/limits.h"
#include "core/go/stack.h"

enum { CASES_MAX = 1 << 16 }; /* of a select statement */

static void set_types(struct go_runtime *rt, uint32_t first_root, uint64_t addr,
		      uint32_t type)
{
	const struct go_slots *slots = go_type_slots(rt->types, type);
	uint64_t size = go_type(rt->types, type)->size;
	uint32_t i, k;

	for (i = first_root; i < rt->root_count; i++) {
		struct go_root *root = &rt->roots[i];

		if (root->addr - addr >= size || root->target ||
		    root->slot_kind)
			continue;
		for (k = 0; k < slots->count; k++) {
			if (slots->slots[k].offset != root->addr - addr)
				continue;
			root->slot_kind = slots->slots[k].kind;
			root->target = slots->slots[k].target;
		}
	}
}

void stack_waits_types(struct stack_reader *reader, uint32_t first_root)
{
	struct go_runtime *rt = reader->rt;
	uint64_t g = rt->goroutines[reader->goroutine].g;
	uint64_t sudog = rt_field(rt, g, L_G_WAITING);
	unsigned cases;

	for (cases = 0; sudog && cases < CASES_MAX; cases++) {
		uint64_t elem = rt_field(rt, sudog, L_SUDOG_ELEM);
		uint64_t chan = rt_field(rt, sudog, L_SUDOG_C);

		if (chan && elem >= reader->lo && elem < reader->hi)
			set_types(
				rt, first_root, elem,
				go_type_from_rtype(
					rt->types,
					rt_field(rt, chan, L_HCHAN_ELEMTYPE)));
		sudog = rt_field(rt, sudog, L_SUDOG_WAITLINK);
	}
}

bool go_goroutine_waits_on(const struct go_runtime *rt, uint32_t index,
			   uint64_t chan)
{
	uint64_t sudog = rt_field(rt, rt->goroutines[index].g, L_G_WAITING);
	unsigned cases;

	for (cases = 0; sudog && cases < CASES_MAX; cases++) {
		if (rt_field(rt, sudog, L_SUDOG_C) == chan)
			return true;
		sudog = rt_field(rt, sudog, L_SUDOG_WAITLINK);
	}
	return false;
}
