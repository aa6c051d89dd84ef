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

enum { OBJECT_RECORD = 16, SWISS_HEADER = 48, OBJECTS_MAX = 1 << 16 };

/* The named variable that covers @p addr, among those of one frame. */
static uint32_t variable_at(const struct go_runtime *rt, uint32_t frame,
			    uint64_t addr)
{
	uint32_t i;

	for (i = rt->variable_count; i > 0; i--) {
		const struct go_variable *v = &rt->variables[i - 1];

		if (v->frame != frame)
			break;
		if (addr - v->addr < v->size)
			return i;
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
		if (slots->slots[i].offset == addr - v->addr)
			return &slots->slots[i];
	return NULL;
}

static void add_stack_map(struct stack_reader *reader, uint64_t header,
			  uint32_t type, uint32_t frame, uint32_t variable)
{
	struct go_runtime *rt = reader->rt;
	uint32_t i;

	for (i = rt->stack_map_count; i > 0; i--) {
		struct go_stack_map *old = &rt->stack_maps[i - 1];

		if (old->header != header)
			continue;
		if (!old->type) {
			old->type = type;
			old->variable = variable;
		}
		return;
	}
	GROW_ARRAY(rt->stack_maps, rt->stack_map_count, reader->stack_map_cap);
	rt->stack_maps[rt->stack_map_count++] = (struct go_stack_map){
		.header = header,
		.type = type,
		.frame = frame,
		.variable = variable,
	};
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
	}
	if (slot && slot->kind == GO_SLOT_MAP &&
	    root.value - reader->lo < reader->hi - reader->lo)
		add_stack_map(reader, root.value, slot->target, frame,
			      root.variable);
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

static void add_objects(struct stack_reader *reader,
			const struct stack_frame *frame)
{
	uint64_t data = pcln_funcdata(&frame->func, FUNCDATA_STACKOBJECTS);
	const struct sample *sample = reader->rt->sample;
	uint64_t count = 0, i;

	if (!data || !sample_u64(sample, data, &count) || count > OBJECTS_MAX)
		return;
	for (i = 0; i < count; i++) {
		const uint8_t *p = sample_view(
			sample, data + 8 + i * OBJECT_RECORD, OBJECT_RECORD);
		int32_t off, size, ptr_bytes;
		uint32_t mask;
		struct stack_object o = {.frame = frame->frame};

		if (!p)
			return;
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
	add_objects(reader, frame);
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

/* A map that does not escape has its header in the frame: the only objects
 * of that size with these pointer words. */
static void look_for_header(struct stack_reader *reader,
			    const struct stack_object *o)
{
	bool swiss = reader->rt->program->map_impl == MAP_IMPL_SWISS;
	const uint8_t *mask =
		o->mask ? sample_view(reader->rt->sample, o->mask, 1) : NULL;
	/* maps.Map: dirPtr at 16. hmap: buckets 16, oldbuckets 24, extra 40 */
	uint8_t want = swiss ? 0x04 : 0x2c;

	if (o->size == SWISS_HEADER && mask && *mask == want &&
	    o->ptr_bytes == (swiss ? 24u : 48u))
		add_stack_map(reader, o->addr, 0, o->frame, 0);
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
		look_for_header(reader, o);
	}
	reader->pending_count = 0;
	reader->object_count = 0;
}
