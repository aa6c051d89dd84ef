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

enum {
	STATICS_MAX = 1 << 20,
	ELEMENTS_MAX = 1 << 16,
	MOST_BYTES = 1 << 30, /* of data and bss, with plugins between */
};

struct work {
	uint64_t addr;
	uint32_t type;
	const char *name; /* of the variable it belongs to */
};

struct finder {
	struct go_runtime *rt;
	struct work *list;
	uint32_t count, cap;
	struct go_global *found;
	uint32_t found_count, found_cap;
	uint64_t low, bytes; /* of data and bss */
	uint64_t *taken;     /* bit a word: of a literal already found */
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

static bool is_taken(const struct finder *f, uint64_t word)
{
	return f->taken[word / 64] >> word % 64 & 1;
}

/* Take the words of a literal; false if another has some of them. */
static bool take(struct finder *f, uint64_t addr, uint64_t size)
{
	uint64_t first, last, word;

	if (addr < f->low || addr - f->low >= f->bytes ||
	    size > f->bytes - (addr - f->low))
		return false;
	first = (addr - f->low) / 8;
	last = (addr - f->low + size - 1) / 8;
	if (is_taken(f, last))
		return false;
	for (word = first; word < last; word++)
		if (is_taken(f, word))
			return false;
	for (word = first; word <= last; word++)
		f->taken[word / 64] |= 1ULL << word % 64;
	return true;
}

static bool finder_init(struct finder *f, struct go_runtime *rt)
{
	const struct go_modules *modules = &priv_of(rt)->modules;
	uint64_t high = 0;
	uint32_t i;

	*f = (struct finder){.rt = rt, .low = UINT64_MAX};
	for (i = 0; i < modules->count; i++) {
		const struct go_module *m = &modules->modules[i];

		f->low = m->data < f->low ? m->data : f->low;
		f->low = m->bss < f->low ? m->bss : f->low;
		high = m->edata > high ? m->edata : high;
		high = m->ebss > high ? m->ebss : high;
	}
	if (high <= f->low || high - f->low > MOST_BYTES)
		return false;
	f->bytes = high - f->low;
	f->taken = xcalloc(f->bytes / 512 + 1, sizeof(*f->taken));
	return true;
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
	const char *name;

	if (!type->size || type->pointer_free || !in_data(f->rt, addr) ||
	    go_global_at(f->rt, addr) || f->found_count >= STATICS_MAX ||
	    !take(f, addr, type->size))
		return;
	name = static_name(f, type, holder);
	GROW_ARRAY(f->found, f->found_count, f->found_cap);
	f->found[f->found_count++] = (struct go_global){
		.name = name,
		.addr = addr,
		.size = type->size,
		.type = id,
	};
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

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->size > y->size ? -1 : x->size < y->size;
}

void globals_add(struct go_runtime *rt, const struct go_global *globals,
		 uint32_t count)
{
	if (!count)
		return;
	rt->globals = xreallocarray(rt->globals, rt->global_count + count,
				    sizeof(*rt->globals));
	memcpy(rt->globals + rt->global_count, globals,
	       count * sizeof(*globals));
	rt->global_count += count;
	qsort(rt->globals, rt->global_count, sizeof(*rt->globals), by_addr);
}

void statics_load(struct go_runtime *rt)
{
	struct finder f;
	uint32_t i;

	if (!finder_init(&f, rt))
		return;
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
	globals_add(rt, f.found, f.found_count);
	free(f.found);
	free(f.taken);
}
