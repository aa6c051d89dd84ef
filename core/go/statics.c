/*
 * Composite literals that the compiler laid out in data: `var cache =
 * &Cache{...}` has no variable for the Cache, only for the pointer to it. They
 * are entered beside the package variables, typed by what refers to them, so
 * that their words are roots with a type and a name.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/runtime_priv.h"

enum { STATICS_MAX = 1 << 20, ELEMENTS_MAX = 1 << 16 };

struct work {
	uint64_t addr;
	uint32_t type;
	const char *name; /* of the variable it belongs to */
};

struct finder {
	struct go_runtime *rt;
	struct work *list;
	uint32_t count, cap;
	struct go_global *found; /* sorted by address */
	uint32_t found_count, found_cap;
};

static bool in_data(const struct go_runtime *rt, uint64_t addr)
{
	const struct go_modules *modules = &priv_of(rt)->modules;
	uint32_t i;

	for (i = 0; i < modules->count; i++) {
		const struct go_module *m = &modules->modules[i];

		if ((addr >= m->data && addr < m->edata) ||
		    (addr >= m->bss && addr < m->ebss))
			return true;
	}
	return false;
}

/* Position where @p addr belongs among the found ones. */
static uint32_t position(const struct finder *f, uint64_t addr)
{
	uint32_t low = 0, high = f->found_count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (f->found[middle].addr < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_known(const struct finder *f, uint32_t at, uint64_t addr,
		     uint64_t size)
{
	if (at < f->found_count && f->found[at].addr < addr + size)
		return true;
	return at && f->found[at - 1].addr + f->found[at - 1].size > addr;
}

/* A struct of a named type is called by it; anything else by its holder. */
static const char *static_name(struct finder *f, const struct go_type *type,
			       const char *holder)
{
	struct runtime_priv *priv = priv_of(f->rt);
	char *name = type->kind == GO_STRUCT && type->named
			     ? xasprintf("(*%s)", type->name)
			     : xstrdup(holder);

	GROW_ARRAY(priv->strings, priv->string_count, priv->string_cap);
	priv->strings[priv->string_count++] = name;
	return name;
}

static void add(struct finder *f, uint64_t addr, uint32_t id,
		const char *holder)
{
	const struct go_type *type = go_type(f->rt->types, id);
	uint32_t at = position(f, addr);
	const char *name;

	if (!type->size || type->pointer_free || !in_data(f->rt, addr) ||
	    go_global_at(f->rt, addr) || is_known(f, at, addr, type->size) ||
	    f->found_count >= STATICS_MAX)
		return;
	name = static_name(f, type, holder);
	GROW_ARRAY(f->found, f->found_count, f->found_cap);
	memmove(f->found + at + 1, f->found + at,
		(f->found_count - at) * sizeof(*f->found));
	f->found[at] = (struct go_global){
		.name = name,
		.addr = addr,
		.size = type->size,
		.type = id,
	};
	f->found_count++;
	GROW_ARRAY(f->list, f->count, f->cap);
	f->list[f->count++] = (struct work){addr, id, name};
}

static void add_elements(struct finder *f, uint64_t header, uint32_t elem,
			 const char *holder)
{
	uint64_t size = go_type(f->rt->types, elem)->size;
	uint64_t data = rt_word(f->rt->sample, header);
	uint64_t n = rt_word(f->rt->sample, header + 8), i;

	if (!size || !in_data(f->rt, data))
		return;
	for (i = 0; i < n && i < ELEMENTS_MAX; i++)
		add(f, data + i * size, elem, holder);
}

/* The value behind an interface: only what lies in data matters here. */
static void add_dynamic(struct finder *f, uint64_t addr, bool methods,
			const char *holder)
{
	uint64_t first = rt_word(f->rt->sample, addr);
	uint64_t data = rt_word(f->rt->sample, addr + 8);
	const struct go_type *type;
	uint32_t id;

	if (!first || !in_data(f->rt, data))
		return;
	id = methods ? go_type_from_itab(f->rt->types, first)
		     : go_type_from_rtype(f->rt->types, first);
	type = go_type(f->rt->types, id);
	if (type->kind == GO_POINTER)
		add(f, data, type->elem, holder);
	else if (!type->direct)
		add(f, data, id, holder);
}

static void follow(struct finder *f, const struct work *w)
{
	const struct go_slots *slots = go_type_slots(f->rt->types, w->type);
	uint32_t i;

	for (i = 0; i < slots->count; i++) {
		const struct go_slot *slot = &slots->slots[i];
		uint64_t at = w->addr + slot->offset;

		switch (slot->kind) {
		case GO_SLOT_POINTER:
			add(f, rt_word(f->rt->sample, at), slot->target,
			    w->name);
			break;
		case GO_SLOT_SLICE:
			add_elements(f, at, slot->target, w->name);
			break;
		case GO_SLOT_EFACE:
		case GO_SLOT_IFACE:
			add_dynamic(f, at, slot->kind == GO_SLOT_IFACE,
				    w->name);
			break;
		default:
			break;
		}
	}
}

static int by_addr(const void *a, const void *b)
{
	const struct go_global *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

void statics_load(struct go_runtime *rt)
{
	struct finder f = {.rt = rt};
	uint32_t i;

	for (i = 0; i < rt->global_count; i++) {
		const struct go_global *g = &rt->globals[i];
		struct work w = {g->addr, g->type, g->name};

		follow(&f, &w);
	}
	while (f.count) {
		struct work w = f.list[--f.count];

		follow(&f, &w);
	}
	free(f.list);
	if (f.found_count) {
		rt->globals = xreallocarray(rt->globals,
					    rt->global_count + f.found_count,
					    sizeof(*rt->globals));
		memcpy(rt->globals + rt->global_count, f.found,
		       f.found_count * sizeof(*f.found));
		rt->global_count += f.found_count;
		qsort(rt->globals, rt->global_count, sizeof(*rt->globals),
		      by_addr);
	}
	free(f.found);
}
