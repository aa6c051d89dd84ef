#include "core/go/defers.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/runtime_priv.h"

enum {
	DEFERS_MAX = 1 << 20,
	OPEN_MAX = 8,  /* the compiler writes no more into a function */
	NO_FRAME = 8,  /* cfa - sp before a function has made its frame */
	BAD_DEFER = 1, /* ends the list of a range that is over */
	ANCESTORS_MAX = 1 << 16,
	ANCESTOR_BYTES = 40, /* of runtime.ancestorInfo, in all releases */
};

struct loader {
	const struct go_runtime *rt;
	const struct go_layout *layout;
	const struct go_goroutine *g;
	uint32_t frame, end; /* the physical frame that is looked at */
	struct go_defers *ret;
};

void go_defers_deinit(struct go_defers *defers)
{
	free(defers->list);
	*defers = (struct go_defers){0};
}

static bool flag(const struct loader *l, uint64_t record, enum layout_id id)
{
	uint8_t value = 0;

	return l->layout->off[id] >= 0 &&
	       sample_u8(l->rt->sample, record + (uint64_t)l->layout->off[id],
			 &value) &&
	       value;
}

static void add(const struct loader *l, uint32_t frame, enum go_defer_kind kind,
		uint64_t record, uint64_t closure)
{
	struct go_defers *ret = l->ret;
	struct go_defer *d;

	GROW_ARRAY(ret->list, ret->count, ret->cap);
	d = &ret->list[ret->count++];
	*d = (struct go_defer){
		.record = record,
		.closure = closure,
		.frame = frame,
		.kind = (uint8_t)kind,
	};
	if (!closure || !sample_u64(l->rt->sample, closure, &d->entry))
		ret->incomplete = true;
	if (record && kind != GO_DEFER_RANGE)
		d->pc = rt_field(l->rt, record, L_DEFER_PC);
}

/* One number of 7 bits a byte; false at the end of what can be read. */
static bool read_varint(const struct sample *sample, uint64_t *addr,
			uint32_t *ret)
{
	unsigned shift;
	uint8_t byte;

	*ret = 0;
	for (shift = 0; shift < 32; shift += 7) {
		if (!sample_u8(sample, (*addr)++, &byte))
			return false;
		*ret |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/*
 * Offsets down from varp. Since Go 1.22 the closures are one array; before,
 * each has an offset of its own, the last deferred first.
 */
static bool read_slots(const struct loader *l, uint64_t table, uint64_t varp,
		       uint64_t *bits_ret, uint64_t slots[OPEN_MAX])
{
	const struct sample *sample = l->rt->sample;
	uint32_t offset, count, i;

	if (!read_varint(sample, &table, &offset))
		return false;
	*bits_ret = varp - offset;
	if (priv_of(l->rt)->minor >= 22) {
		if (!read_varint(sample, &table, &offset))
			return false;
		for (i = 0; i < OPEN_MAX; i++)
			slots[i] = varp - offset + 8 * (uint64_t)i;
		return true;
	}
	if (!read_varint(sample, &table, &count) || count > OPEN_MAX)
		return false;
	while (count--) {
		if (!read_varint(sample, &table, &offset))
			return false;
		slots[count] = varp - offset;
	}
	return true;
}

static void add_open(const struct loader *l)
{
	const struct go_frame *f = &l->rt->frames[l->frame];
	uint64_t slots[OPEN_MAX] = {0}, bits_at, table, closure;
	struct pcln_func func;
	uint8_t bits;
	int i;

	/* Its first instructions have not cleared the bits yet. */
	if (f->cfa - f->sp <= NO_FRAME ||
	    !pclntab_find(&priv_of(l->rt)->pclntab, f->pc - (f->trap ? 0 : 1),
			  &func) ||
	    !(table = pcln_funcdata(&func, FUNCDATA_OPENDEFER)))
		return;
	if (!read_slots(l, table, f->cfa - 16, &bits_at, slots) ||
	    !sample_u8(l->rt->sample, bits_at, &bits)) {
		l->ret->incomplete = true;
		return;
	}
	for (i = OPEN_MAX - 1; i >= 0; i--)
		if (bits >> i & 1 && slots[i])
			add(l, l->frame, GO_DEFER_OPEN, 0,
			    sample_u64(l->rt->sample, slots[i], &closure)
				    ? closure
				    : 0);
}

/* The list of a function whose loops over functions defer calls. */
static void add_range(const struct loader *l, uint32_t frame, uint64_t record)
{
	uint64_t head = rt_field(l->rt, record, L_DEFER_HEAD);
	uint64_t d = rt_word(l->rt->sample, head);

	/* The bound is one of all lists together. */
	while (d && d != BAD_DEFER && l->ret->count < DEFERS_MAX) {
		add(l, frame, GO_DEFER_RANGE, d,
		    rt_field(l->rt, d, L_DEFER_FN));
		d = rt_field(l->rt, d, L_DEFER_LINK);
	}
	if (d && d != BAD_DEFER)
		l->ret->incomplete = true;
}

static void add_record(const struct loader *l, uint32_t frame, uint64_t record)
{
	/* One that runs already, or that stands for open-coded ones. */
	if (flag(l, record, L_DEFER_STARTED) || flag(l, record, L_DEFER_OPEN))
		return;
	if (flag(l, record, L_DEFER_RANGE))
		add_range(l, frame, record);
	else
		add(l, frame,
		    flag(l, record, L_DEFER_HEAP) ? GO_DEFER_HEAP
						  : GO_DEFER_STACK,
		    record, rt_field(l->rt, record, L_DEFER_FN));
}

/* To the physical frame that is next, its open-coded ones with it. */
static void next_frame(struct loader *l)
{
	l->frame++;
	while (l->frame < l->end && l->rt->frames[l->frame].inlined)
		l->frame++;
	if (l->frame < l->end)
		add_open(l);
}

/* The records are in the order of the frames. */
void go_defers_load(const struct go_runtime *rt, uint32_t goroutine,
		    struct go_defers *ret)
{
	const struct go_goroutine *g = &rt->goroutines[goroutine];
	uint64_t record = rt_field(rt, g->g, L_G_DEFER), last = 0, sp;
	struct loader l = {
		.rt = rt,
		.layout = rt->layout,
		.g = g,
		.frame = g->first_frame - 1,
		.end = g->first_frame + g->frame_count,
		.ret = ret,
	};
	uint32_t i;

	*ret = (struct go_defers){0};
	next_frame(&l);
	for (i = 0; record && i < DEFERS_MAX; i++) {
		sp = rt_field(rt, record, L_DEFER_SP);
		if (sp < last || sp < g->stack_lo || sp >= g->stack_hi)
			break;
		last = sp;
		while (l.frame < l.end && rt->frames[l.frame].cfa <= sp)
			next_frame(&l);
		add_record(&l, l.frame < l.end ? l.frame : UINT32_MAX, record);
		record = rt_field(rt, record, L_DEFER_LINK);
	}
	if (record)
		ret->incomplete = true;
	while (l.frame < l.end)
		next_frame(&l);
}

bool go_ancestor_at(const struct go_runtime *rt, uint32_t goroutine, uint32_t n,
		    struct go_ancestor *ret)
{
	const struct go_layout *l = rt->layout;
	const struct sample *sample = rt->sample;
	uint64_t slice =
		rt_field(rt, rt->goroutines[goroutine].g, L_G_ANCESTORS);
	uint64_t list = slice ? rt_word(sample, slice) : 0, at, pcs;

	if (!list || n >= rt_word(sample, slice + 8) || n >= ANCESTORS_MAX)
		return false;
	at = list + (uint64_t)n * ANCESTOR_BYTES;
	pcs = at + (uint64_t)l->off[L_ANCESTOR_PCS];
	*ret = (struct go_ancestor){
		.id = (int64_t)rt_field(rt, at, L_ANCESTOR_GOID),
		.count = rt_word(sample, pcs + 8),
	};
	if (ret->count > LIMIT_FRAMES)
		return false;
	ret->pcs = sample_view(sample, rt_word(sample, pcs), ret->count * 8);
	return ret->pcs != NULL;
}
