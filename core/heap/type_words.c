#include "core/heap/type_words.h"

#include "core/base/xalloc.h"

static uint32_t pointee_claim(struct typer *typer, uint32_t target)
{
	const struct type_plan *plan;

	if (!target)
		return 0;
	plan = typer_plan(typer, target);
	if (plan->node)
		return TYPE_WORDS_ASK;
	return plan->timer && typer->timer_type ? typer->timer_type : target;
}

static uint32_t slot_claim(struct typer *typer, const struct go_slot *slot,
			   uint64_t offset)
{
	const struct go_type *type;

	switch ((enum go_slot_kind)slot->kind) {
	case GO_SLOT_POINTER:
	case GO_SLOT_SLICE:
		return pointee_claim(typer, slot->target);
	case GO_SLOT_STRING:
		return typer->byte_type;
	case GO_SLOT_EFACE:
	case GO_SLOT_IFACE:
		return offset == slot->offset + 8 ? TYPE_WORDS_ASK : 0;
	case GO_SLOT_MAP:
		type = go_type(typer->heap->rt->types, slot->target);
		return type->layout ? type->layout->header : 0;
	case GO_SLOT_CHAN:
	case GO_SLOT_FUNC:
		return TYPE_WORDS_ASK;
	case GO_SLOT_UNSAFE:
	case GO_SLOT_ARRAY:
		return 0;
	}
	return 0;
}

static bool slot_inside(const struct typer *typer, const struct go_slot *slot)
{
	return slot->kind == GO_SLOT_STRING ||
	       (slot->kind == GO_SLOT_SLICE && slot->target &&
		slot->target == typer->byte_type);
}

static void words_fill(struct type_words *words, struct typer *typer,
		       uint32_t type)
{
	struct slot_cursor cursor;
	struct go_slot slot;
	unsigned i;

	slot_cursor_init(&cursor, typer, type);
	words->roles =
		cursor.plan.node || (cursor.plan.type->role != GO_ROLE_NONE &&
				     cursor.plan.type->map);
	for (i = 0; i < TYPE_WORDS; i++) {
		if (!slot_cursor_at(&cursor, typer, i * 8, &slot))
			continue;
		words->claim[i] = slot_claim(typer, &slot, i * 8);
		if (slot_inside(typer, &slot))
			words->inside |= 1ULL << i;
	}
}

const struct type_words *typer_words_load(struct typer *typer, uint32_t type)
{
	uint32_t count = typer->word_count;

	if (!typer_plan(typer, type)->count)
		return NULL;
	if (type >= count) {
		typer->word_count = typer->plan_count;
		typer->words = xreallocarray(typer->words, typer->word_count,
					     sizeof(*typer->words));
		memset(typer->words + count, 0,
		       (typer->word_count - count) * sizeof(*typer->words));
	}
	typer->words[type] = xcalloc(1, sizeof(*typer->words[type]));
	words_fill(typer->words[type], typer, type);
	return typer->words[type];
}
