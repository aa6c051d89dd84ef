#include "core/heap/owner.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"

static void defer_name(const struct heap *heap, uint64_t addr, struct buf *out)
{
	const struct go_runtime *rt = heap->rt;
	uint32_t i;

	for (i = 0; i < rt->frame_count; i++) {
		const struct go_frame *frame = &rt->frames[i];

		if (addr < frame->sp || addr >= frame->cfa)
			continue;
		text_plain(out, frame->function, strlen(frame->function));
		buf_adds(out, ".(defer)");
		return;
	}
	buf_adds(out, "(runtime)");
}

/* The symbol that covers @p addr; false if there is none. */
static bool symbol_name(const struct heap *heap, uint64_t addr, struct buf *out)
{
	const struct go_program *program = heap->rt->program;
	struct elf_symbol symbol;
	struct error *err;

	if (!program || !program->elf)
		return false;
	err = elf_file_symbol_at(program->elf, addr - heap->rt->bias, &symbol);
	if (err) {
		error_free(err);
		return false;
	}
	text_plain(out, symbol.name, strlen(symbol.name));
	return true;
}

static void unknown_name(const struct heap *heap, uint64_t addr,
			 struct buf *out)
{
	if (!addr)
		buf_adds(out, "(runtime)");
	else if (!symbol_name(heap, addr, out))
		buf_printf(out, "?0x%" PRIx64, addr);
}

static void global_name(const struct heap *heap, const struct go_root *root,
			struct buf *out)
{
	const struct go_runtime *rt = heap->rt;
	const struct go_global *global;

	if (root->owner >= rt->global_count) {
		unknown_name(heap, root->addr, out);
		return;
	}
	global = &rt->globals[root->owner];
	text_plain(out, global->name, strlen(global->name));
	heap_add_parts(rt->types, go_type(rt->types, global->type),
		       root->addr - global->addr, false, out);
}

void heap_stack_map_name(const struct heap *heap,
			 const struct go_stack_map *map, struct buf *out)
{
	const struct go_runtime *rt = heap->rt;
	const char *name = "?";

	if (map->frame < rt->frame_count)
		name = rt->frames[map->frame].function;
	text_plain(out, name, strlen(name));
	buf_addc(out, '.');
	/* Since Go 1.24 debug information leaves out such variables. */
	name = "(local)";
	if (map->variable && map->variable - 1 < rt->variable_count)
		name = rt->variables[map->variable - 1].name;
	name += name[0] == '&';
	text_plain(out, name, strlen(name));
}

/**
 * A word of the first bucket or group of a map that is on the stack whole:
 * an element of the variable that holds the map.
 */
static bool entry_name(const struct heap *heap, uint64_t addr, struct buf *out)
{
	const struct go_runtime *rt = heap->rt;
	uint32_t i;

	for (i = 0; i < rt->stack_map_count; i++) {
		const struct go_stack_map *map = &rt->stack_maps[i];
		const struct go_map_layout *layout =
			go_type(rt->types, map->type)->layout;
		uint64_t first;

		if (!layout || map->frame >= rt->frame_count ||
		    !sample_u64(rt->sample, map->header + 16, &first) ||
		    addr - first >= layout->unit)
			continue;
		heap_stack_map_name(heap, map, out);
		buf_adds(out, "[]");
		return true;
	}
	return false;
}

static void stack_name(const struct heap *heap, const struct go_root *root,
		       struct buf *out)
{
	const struct go_runtime *rt = heap->rt;
	const struct go_variable *variable = NULL;
	uint32_t frame = root->owner;
	const char *name;

	if (root->kind == GO_ROOT_STACK && root->variable &&
	    root->variable - 1 < rt->variable_count) {
		variable = &rt->variables[root->variable - 1];
		frame = variable->frame;
	}
	if (!variable && root->kind == GO_ROOT_STACK &&
	    entry_name(heap, root->addr, out))
		return;
	name = frame < rt->frame_count ? rt->frames[frame].function : "?";
	text_plain(out, name, strlen(name));
	buf_addc(out, '.');
	if (!variable) {
		buf_adds(out, root->kind == GO_ROOT_REGISTER ? "(reg)" : "?");
		return;
	}
	name = variable->name + (variable->name[0] == '&');
	text_plain(out, name, strlen(name));
	if (root->addr - variable->addr >= variable->size)
		return;
	heap_add_parts(rt->types, go_type(rt->types, variable->type),
		       root->addr - variable->addr + variable->part, false,
		       out);
}

void heap_root_owner(const struct heap *heap, uint32_t index, struct buf *out)
{
	const struct go_root *root = &heap->rt->roots[index];
	struct buf name = {0};

	heap_root_name(heap, index, &name);
	/* Addresses would make an owner of every word. */
	if (root->kind == GO_ROOT_UNKNOWN && *buf_str(&name) == '?')
		buf_adds(out, "(unnamed data)");
	else
		buf_add(out, buf_str(&name), name.len);
	buf_deinit(&name);
}

void heap_root_name(const struct heap *heap, uint32_t index, struct buf *out)
{
	const struct go_root *root = &heap->rt->roots[index];

	switch ((enum go_root_kind)root->kind) {
	case GO_ROOT_GLOBAL:
		global_name(heap, root, out);
		break;
	case GO_ROOT_STACK:
	case GO_ROOT_REGISTER:
		stack_name(heap, root, out);
		break;
	case GO_ROOT_FINALIZER:
		buf_adds(out, "(finalizer)");
		break;
	case GO_ROOT_CLEANUP:
		buf_adds(out, "(cleanup)");
		break;
	case GO_ROOT_TIMER:
		buf_adds(out, "(timer)");
		break;
	case GO_ROOT_RUNTIME:
		defer_name(heap, root->addr, out);
		break;
	case GO_ROOT_UNKNOWN:
		unknown_name(heap, root->addr, out);
		break;
	}
}
