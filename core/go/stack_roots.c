/*
 * Which words of a stack keep something alive: the live slots of each frame by
 * its stack maps, the stack objects that live pointers lead to, and, where
 * nothing precise is known, every word.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/stack.h"

enum { OBJECT_RECORD = 16, OBJECTS_MAX = 1 << 16, FIRST_BUCKET = 16 };

/* The named variable that covers @p addr, among those of one frame. */
static uint32_t variable_at(const struct go_runtime *rt, uint32_t frame,
			    uint64_t addr)
{
	uint32_t i;

	for (i = stack_first_variable(rt, frame); i < rt->variable_count; i++) {
		const struct go_variable *v = &rt->variables[i];

		if (v->frame != frame)
			break;
		if (addr - v->addr < v->size)
			return i + 1;
	}
	return 0;
}

/* The type's slot at the word: how to read it and what it points to. */
static const struct go_slot *slot_of(const struct go_runtime *rt,
				     uint32_t variable, uint64_t addr)
{
	const struct go_variable *v;
	const struct go_slots *slots;
	uint32_t i;

	if (!variable)
		return NULL;
	v = &rt->variables[variable - 1];
	slots = go_type_slots(rt->types, v->type);
	for (i = 0; i < slots->count; i++)
		if (slots->slots[i].offset == addr - v->addr + v->part)
			return &slots->slots[i];
	return NULL;
}

static void push_pending(struct stack_reader *reader, uint64_t addr)
{
	GROW_ARRAY(reader->pending, reader->pending_count, reader->pending_cap);
	reader->pending[reader->pending_count++] = addr;
}

static void add_word(struct stack_reader *reader, uint64_t addr, uint32_t frame,
		     bool conservative)
{
	struct go_runtime *rt = reader->rt;
	struct go_root root = {
		.addr = addr,
		.kind = GO_ROOT_STACK,
		.owner = frame,
		.conservative = conservative,
	};
	const struct go_slot *slot;

	if (!sample_u64(rt->sample, addr, &root.value) || root.value < 4096)
		return;
	if (root.value >= reader->lo && root.value < reader->hi)
		push_pending(reader, root.value);
	else if (!go_span_at(rt, root.value))
		return;
	root.variable = variable_at(rt, frame, addr);
	slot = slot_of(rt, root.variable, addr);
	if (slot) {
		root.slot_kind = slot->kind;
		root.target = slot->target;
	} else if (!root.variable && !conservative) {
		root.target =
			stack_map_slot_type(reader, frame, addr, root.value);
		root.slot_kind = root.target ? GO_SLOT_MAP : 0;
	}
	if (root.target && root.slot_kind == GO_SLOT_MAP &&
	    root.value - reader->lo < reader->hi - reader->lo)
		stack_map_add(reader, &(struct go_stack_map){
					      .header = root.value,
					      .type = root.target,
					      .frame = frame,
					      .variable = root.variable,
				      });
	root_add(rt, &root);
}

void stack_conservative(struct stack_reader *reader, uint64_t from, uint64_t to,
			uint32_t frame)
{
	from = from < reader->lo ? reader->lo : (from + 7) & ~7ULL;
	to = to > reader->hi ? reader->hi : to;
	for (; from + 8 <= to; from += 8)
		add_word(reader, from, frame, true);
}

/* stackmap { n, nbit int32; bytes }: row @p index as roots from @p base. */
static bool map_row(struct stack_reader *reader, uint64_t map, int32_t index,
		    uint64_t end, bool from_end, uint32_t frame)
{
	const struct sample *sample = reader->rt->sample;
	uint32_t n = 0, nbit = 0, i;
	const uint8_t *row;
	uint64_t stride, base;

	if (!sample_u32(sample, map, &n) || !sample_u32(sample, map + 4, &nbit))
		return false;
	if (!nbit)
		return true;
	if (index < 0 || (uint32_t)index >= n || nbit > 1 << 24)
		return false;
	stride = (nbit + 7) / 8;
	row = sample_view(sample, map + 8 + (uint32_t)index * stride, stride);
	if (!row)
		return false;
	base = from_end ? end - 8ULL * nbit : end;
	for (i = 0; i < nbit; i++)
		if (row[i / 8] >> i % 8 & 1)
			add_word(reader, base + 8ULL * i, frame, false);
	return true;
}

/* Is the local word at @p addr live by the row of the frame's stack map? */
static bool is_live_local(const struct stack_reader *reader,
			  const struct stack_frame *frame, int32_t index,
			  uint64_t addr)
{
	const struct sample *sample = reader->rt->sample;
	uint64_t map = pcln_funcdata(&frame->func, FUNCDATA_LOCALS);
	uint64_t stride, word, base;
	uint32_t n = 0, nbit = 0;
	const uint8_t *row;

	if (!map || !sample_u32(sample, map, &n) ||
	    !sample_u32(sample, map + 4, &nbit) || (uint32_t)index >= n ||
	    nbit > 1 << 24)
		return false;
	base = frame->varp - 8ULL * nbit;
	word = (addr - base) / 8;
	stride = (nbit + 7) / 8;
	if (addr < base || word >= nbit)
		return false;
	row = sample_view(sample, map + 8 + (uint32_t)index * stride, stride);
	return row && row[word / 8] >> word % 8 & 1;
}

/*
 * A map header in a frame is mostly used by its address alone, so nothing
 * points to it. Where the function still needs it, its words are live.
 */
static void look_for_header(struct stack_reader *reader,
			    const struct stack_frame *frame, int32_t index,
			    struct stack_object *o)
{
	if (frame->conservative) {
		o->live = true; /* all of the frame has been scanned */
		stack_map_consider(reader, o);
	} else if (stack_map_shape(reader, o) &&
		   is_live_local(reader, frame, index,
				 o->addr + FIRST_BUCKET)) {
		stack_map_consider(reader, o);
	}
}

static void add_objects(struct stack_reader *reader,
			const struct stack_frame *frame, int32_t index)
{
	uint64_t data = pcln_funcdata(&frame->func, FUNCDATA_STACKOBJECTS);
	const struct sample *sample = reader->rt->sample;
	uint64_t count = 0, i;
	uint32_t first = reader->object_count, n;

	if (!data || !sample_u64(sample, data, &count) || count > OBJECTS_MAX)
		return;
	for (i = 0; i < count; i++) {
		const uint8_t *p = sample_view(
			sample, data + 8 + i * OBJECT_RECORD, OBJECT_RECORD);
		int32_t off, size, ptr_bytes;
		uint32_t mask;
		struct stack_object o = {.frame = frame->frame};

		if (!p)
			break;
		memcpy(&off, p, 4);
		memcpy(&size, p + 4, 4);
		memcpy(&ptr_bytes, p + 8, 4);
		memcpy(&mask, p + 12, 4);
		o.addr = (off < 0 ? frame->varp : frame->argp) +
			 (uint64_t)(int64_t)off;
		if (size <= 0 || o.addr < frame->sp || o.addr < reader->lo ||
		    o.addr + (uint32_t)size > reader->hi)
			continue;
		o.size = (uint32_t)size;
		/* A negative count marks a GC program: take every word. */
		o.ptr_bytes = ptr_bytes < 0 ? o.size : (uint32_t)ptr_bytes;
		if (ptr_bytes >= 0)
			o.mask = frame->func.module->module->rodata + mask;
		GROW_ARRAY(reader->objects, reader->object_count,
			   reader->object_cap);
		reader->objects[reader->object_count++] = o;
	}
	for (n = first; n < reader->object_count; n++)
		look_for_header(reader, frame, index, &reader->objects[n]);
}

void stack_frame_roots(struct stack_reader *reader,
		       const struct stack_frame *frame)
{
	const struct pcln_func *f = &frame->func;
	uint64_t locals = pcln_funcdata(f, FUNCDATA_LOCALS);
	uint64_t args = pcln_funcdata(f, FUNCDATA_ARGS);
	uint64_t pc = frame->live_pc;
	bool fine = true;
	int32_t index;

	if (!pc)
		return;
	if (frame->conservative) {
		stack_conservative(reader, frame->sp,
				   frame->fp + (f->args < 4096 ? f->args : 0),
				   frame->frame);
		add_objects(reader, frame, 0);
		return;
	}
	index = pcln_pcdata(f, PCDATA_STACKMAP, pc == f->entry ? pc : pc - 1);
	index = index < 0 ? 0 : index;
	if (frame->varp > frame->sp && locals)
		fine = map_row(reader, locals, index, frame->varp, true,
			       frame->frame);
	if (fine && args && f->args)
		fine = map_row(reader, args, index, frame->argp, false,
			       frame->frame);
	if (!fine)
		stack_conservative(reader, frame->sp, frame->fp, frame->frame);
	add_objects(reader, frame, index);
}

static int by_addr(const void *a, const void *b)
{
	const struct stack_object *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static struct stack_object *object_at(const struct stack_reader *reader,
				      uint64_t addr)
{
	uint32_t low = 0, high = reader->object_count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (reader->objects[middle].addr +
			    reader->objects[middle].size <=
		    addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < reader->object_count && reader->objects[low].addr <= addr)
		return &reader->objects[low];
	return NULL;
}

static void object_roots(struct stack_reader *reader,
			 const struct stack_object *o)
{
	uint64_t words = o->ptr_bytes / 8, i;
	const uint8_t *mask = NULL;

	if (o->mask)
		mask = sample_view(reader->rt->sample, o->mask,
				   (words + 7) / 8);
	for (i = 0; i < words; i++)
		if (!mask || mask[i / 8] >> i % 8 & 1)
			add_word(reader, o->addr + i * 8, o->frame,
				 mask == NULL);
}

void stack_objects_roots(struct stack_reader *reader)
{
	uint64_t budget = LIMIT_FRAMES;

	if (reader->object_count)
		qsort(reader->objects, reader->object_count,
		      sizeof(*reader->objects), by_addr);
	while (reader->pending_count && budget--) {
		uint64_t addr = reader->pending[--reader->pending_count];
		struct stack_object *o = object_at(reader, addr);

		if (!o || o->live)
			continue;
		o->live = true;
		object_roots(reader, o);
		stack_map_consider(reader, o);
	}
	reader->pending_count = 0;
	reader->object_count = 0;
}
