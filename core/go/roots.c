/*
 * Roots outside stacks: pointer words of data and bss by the modules' own
 * masks, queued finalizers and cleanups, specials of spans.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/mem_profile.h"
#include "core/go/runtime_priv.h"

enum { FIN_ENTRY = 40, FIN_FIRST = 24, SPECIALS_MAX = 1 << 28 };

void globals_load(struct go_runtime *rt)
{
	const struct dbg *dbg = rt->program->dbg;
	size_t n = dbg ? dbg_global_count(dbg) : 0, i;
	CLEANUP(free_cleanup)
	struct go_global *list = xcalloc(n + 1, sizeof(*list));
	uint32_t count = 0;

	for (i = 0; i < n; i++) {
		const struct dbg_global *g = dbg_global(dbg, i);
		uint32_t type = go_type_from_dbg(rt->types, g->type);

		if (!g->addr || !go_type(rt->types, type)->size)
			continue;
		list[count++] = (struct go_global){
			.name = g->name,
			.addr = g->addr + rt->bias,
			.size = go_type(rt->types, type)->size,
			.type = type,
		};
	}
	globals_add(rt, list, count);
}

/* How to read the word at @p addr of a variable. */
static void set_slot(const struct go_runtime *rt, const struct go_global *g,
		     struct go_root *root)
{
	const struct go_slots *slots = go_type_slots(rt->types, g->type);
	uint64_t offset = root->addr - g->addr;
	uint32_t low = 0, high = slots->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (slots->slots[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < slots->count && slots->slots[low].offset == offset) {
		root->slot_kind = slots->slots[low].kind;
		root->target = slots->slots[low].target;
	}
}

static void add_global_word(struct go_runtime *rt, uint64_t addr, void *unused)
{
	struct go_root root = {
		.addr = addr,
		.kind = GO_ROOT_UNKNOWN,
		.owner = UINT32_MAX,
	};
	const struct go_global *g;

	(void)unused;
	if (!sample_u64(rt->sample, addr, &root.value) ||
	    !go_span_at(rt, root.value))
		return;
	g = go_global_at(rt, addr);
	if (g) {
		root.kind = GO_ROOT_GLOBAL;
		root.owner = (uint32_t)(g - rt->globals);
		set_slot(rt, g, &root);
	}
	root_add(rt, &root);
}

struct masked { /* part of a module */
	uint64_t start, end;
	uint64_t mask, bits; /* where its mask is, and how long */
};

static void visit_masked(struct go_runtime *rt, const struct masked *part,
			 data_word_fn *fn, void *arg)
{
	struct sample *sample = (struct sample *)(uintptr_t)rt->sample;
	uint64_t bits = part->bits, most, i;
	const uint8_t *mask;

	if (part->start >= part->end || !bits)
		return;
	most = (part->end - part->start + 7) / 8;
	bits = bits > most ? most : bits;
	mask = sample_view(rt->sample, part->mask, (bits + 7) / 8);
	if (!mask) {
		sample_warn(sample, "a pointer mask of data is unreadable");
		return;
	}
	for (i = 0; i < bits; i++) {
		if (!mask[i / 8]) {
			i |= 7;
			continue;
		}
		if (mask[i / 8] >> i % 8 & 1)
			fn(rt, part->start + i * 8, arg);
	}
}

void data_words_visit(struct go_runtime *rt, data_word_fn *fn, void *arg)
{
	const struct go_modules *modules = &priv_of(rt)->modules;
	uint32_t i;

	for (i = 0; i < modules->count; i++) {
		const struct go_module *m = &modules->modules[i];

		const struct masked data = {m->data, m->edata, m->data_mask,
					    m->data_mask_bits};
		const struct masked bss = {m->bss, m->ebss, m->bss_mask,
					   m->bss_mask_bits};

		visit_masked(rt, &data, fn, arg);
		visit_masked(rt, &bss, fn, arg);
	}
}

void roots_load_modules(struct go_runtime *rt)
{
	data_words_visit(rt, add_global_word, NULL);
}

static void add_slot(struct go_runtime *rt, uint64_t addr,
		     enum go_root_kind kind, enum go_slot_kind slot,
		     uint32_t target)
{
	struct go_root root = {
		.addr = addr,
		.kind = (uint8_t)kind,
		.owner = UINT32_MAX,
		.slot_kind = (uint8_t)slot,
		.target = target,
	};

	if (sample_u64(rt->sample, addr, &root.value))
		root_add(rt, &root);
}

static void add_kind(struct go_runtime *rt, uint64_t addr,
		     enum go_root_kind kind)
{
	add_slot(rt, addr, kind, GO_SLOT_UNSAFE, 0);
}

/* Type of the first parameter of the function value at @p funcval; 0. */
static uint32_t parameter_type(const struct go_runtime *rt, uint64_t funcval)
{
	const struct dbg *dbg = rt->program->dbg;
	uint64_t pc = rt_word(rt->sample, funcval) - rt->bias;
	const struct dbg_func *func = dbg ? dbg_func_at(dbg, pc) : NULL;
	CLEANUP(free_cleanup) struct dbg_var *vars = NULL;
	struct error *err;
	size_t count, i;

	if (!func || func->low != pc)
		return 0;
	err = dbg_func_vars(dbg, func, &vars, &count);
	if (err) {
		error_free(err);
		return 0;
	}
	for (i = 0; i < count; i++)
		if (vars[i].is_param && !vars[i].is_inlined)
			return go_type_from_dbg(rt->types, vars[i].type);
	return 0;
}

/* Since Go 1.26: {call, fn *funcval; arg unsafe.Pointer}, arg of fn's type. */
static void add_cleanup(struct go_runtime *rt, uint64_t addr)
{
	uint64_t fn = rt_word(rt->sample, addr + 8);

	add_slot(rt, addr, GO_ROOT_CLEANUP, GO_SLOT_FUNC, 0);
	add_slot(rt, addr + 8, GO_ROOT_CLEANUP, GO_SLOT_FUNC, 0);
	add_slot(rt, addr + 16, GO_ROOT_CLEANUP, GO_SLOT_POINTER,
		 parameter_type(rt, fn));
}

/*
 * type finblock struct { alllink, next *finblock; cnt uint32; _ int32
 *	fin [N]struct { fn, arg, nret, fint, ot } }	// nret is a number
 */
static void queued_finalizers(struct go_runtime *rt)
{
	static const unsigned words[] = {0, 8, 24, 32};
	uint64_t block = rt_word(rt->sample, rt_symbol(rt, "runtime.allfin"));
	uint64_t blocks;

	for (blocks = 0; block && blocks < LIMIT_LIST; blocks++) {
		uint32_t count = 0, i;
		size_t k;

		sample_u32(rt->sample, block + 16, &count);
		for (i = 0; i < count && i < 4096; i++)
			for (k = 0; k < ARRAY_LEN(words); k++)
				add_slot(rt,
					 block + FIN_FIRST + i * FIN_ENTRY +
						 words[k],
					 GO_ROOT_FINALIZER,
					 k ? GO_SLOT_UNSAFE : GO_SLOT_FUNC, 0);
		block = rt_word(rt->sample, block);
	}
}

/*
 * Since Go 1.25: blocks { lfnode 16; alllink; n uint32; fn... }, since 1.26
 * with {call, fn, arg} in place of fn.
 */
static void queued_cleanups(struct go_runtime *rt)
{
	uint64_t queue = rt_symbol(rt, "runtime.gcCleanups"), offset, size;
	uint64_t block, blocks;

	if (!queue || !rt->program->dbg ||
	    !dbg_field(rt->program->dbg, "runtime.cleanupQueue", "all", &offset,
		       &size))
		return;
	block = rt_word(rt->sample, queue + offset);
	for (blocks = 0; block && blocks < LIMIT_LIST; blocks++) {
		uint32_t count = 0, i;

		sample_u32(rt->sample, block + 24, &count);
		for (i = 0; i < count && i < 1024; i++) {
			if (priv_of(rt)->minor >= 26)
				add_cleanup(rt, block + 32 + i * 24ULL);
			else
				add_slot(rt, block + 32 + i * 8ULL,
					 GO_ROOT_CLEANUP, GO_SLOT_FUNC, 0);
		}
		block = rt_word(rt->sample, block + 16);
	}
}

enum special {
	SPECIAL_OTHER,
	SPECIAL_FINALIZER,
	SPECIAL_WEAK,
	SPECIAL_CLEANUP,
	SPECIAL_PROFILE
};

/* Kinds are numbered by release: ask the binary, else this table. */
static enum special special_kind(const struct go_runtime *rt, uint8_t kind)
{
	int minor = priv_of(rt)->minor;
	int first = minor >= 25 ? 2 : 1;
	int64_t value;
	const struct dbg *dbg = rt->program->dbg;

	if (dbg && dbg_constant(dbg, "runtime._KindSpecialFinalizer", &value)) {
		if (kind == value)
			return SPECIAL_FINALIZER;
		if (dbg_constant(dbg, "runtime._KindSpecialWeakHandle",
				 &value) &&
		    kind == value)
			return SPECIAL_WEAK;
		if (dbg_constant(dbg, "runtime._KindSpecialCleanup", &value) &&
		    kind == value)
			return SPECIAL_CLEANUP;
		if (dbg_constant(dbg, "runtime._KindSpecialProfile", &value) &&
		    kind == value)
			return SPECIAL_PROFILE;
		return SPECIAL_OTHER;
	}
	if (kind == first)
		return SPECIAL_FINALIZER;
	if (minor >= 23 && kind == first + 1)
		return SPECIAL_WEAK;
	if (minor >= 24 && kind == first + 5)
		return SPECIAL_CLEANUP;
	if (kind == first + (minor >= 23 ? 2 : 1))
		return SPECIAL_PROFILE;
	return SPECIAL_OTHER;
}

/* A finalizer keeps what its object refers to, but not the object. */
static void finalizer_object(struct go_runtime *rt, const struct go_span *span,
			     uint64_t offset)
{
	uint32_t index = (uint32_t)(offset / span->elem_size);
	uint64_t word, words = span->elem_size / 8, start;

	if (index >= span->slots)
		return;
	start = span->base + index * span->elem_size;
	for (word = 0; word < words; word += 64) {
		uint64_t bits = go_pointer_bits(rt, span, index, word);

		for (; bits; bits &= bits - 1)
			add_kind(rt,
				 start + (word +
					  (unsigned)__builtin_ctzll(bits)) *
						 8,
				 GO_ROOT_FINALIZER);
	}
}

static enum special load_special(const struct go_runtime *rt, uint64_t special,
				 uint64_t *offset_ret)
{
	const struct go_layout *l = &priv_of(rt)->layout;
	uint16_t narrow = 0;
	uint8_t kind = 0;

	sample_u8(rt->sample, special + (uint32_t)l->off[L_SPECIAL_KIND],
		  &kind);
	if (l->special_size == 24) {
		*offset_ret = rt_field(rt, special, L_SPECIAL_OFFSET);
	} else {
		sample_u16(rt->sample,
			   special + (uint32_t)l->off[L_SPECIAL_OFFSET],
			   &narrow);
		*offset_ret = narrow;
	}
	return special_kind(rt, kind);
}

unsigned go_object_specials(const struct go_runtime *rt, uint32_t object)
{
	static const unsigned flags[] = {
		[SPECIAL_OTHER] = 0,
		[SPECIAL_FINALIZER] = GO_SPECIAL_FINALIZER,
		[SPECIAL_WEAK] = GO_SPECIAL_WEAK,
		[SPECIAL_CLEANUP] = GO_SPECIAL_CLEANUP,
		[SPECIAL_PROFILE] = 0,
	};
	const struct go_span *span = go_span_of(rt, object);
	uint64_t budget = SPECIALS_MAX, special, start, offset;
	unsigned ret = 0;

	if (!span || !priv_of(rt)->specials || !rt->sample)
		return 0;
	start = go_object_addr(rt, object) - span->base;
	special = priv_of(rt)->specials[span - rt->spans];
	for (; special && budget--;
	     special = rt_field(rt, special, L_SPECIAL_NEXT)) {
		enum special kind = load_special(rt, special, &offset);

		if (offset >= start && offset - start < span->elem_size)
			ret |= flags[kind];
	}
	return ret;
}

static void one_special(struct go_runtime *rt, const struct go_span *span,
			uint64_t special)
{
	uint64_t payload = special + priv_of(rt)->layout.special_size, offset;

	switch (load_special(rt, special, &offset)) {
	case SPECIAL_FINALIZER:
		add_slot(rt, payload, GO_ROOT_FINALIZER, GO_SLOT_FUNC, 0);
		finalizer_object(rt, span, offset);
		break;
	case SPECIAL_WEAK:
		add_kind(rt, payload, GO_ROOT_RUNTIME);
		break;
	case SPECIAL_CLEANUP:
		if (priv_of(rt)->minor >= 26)
			add_cleanup(rt, payload);
		else
			add_slot(rt, payload, GO_ROOT_CLEANUP, GO_SLOT_FUNC, 0);
		break;
	case SPECIAL_PROFILE:
	case SPECIAL_OTHER:
		break;
	}
}

void go_sampled_objects(const struct go_runtime *rt, go_sampled_fn *fn,
			void *arg)
{
	uint64_t budget = SPECIALS_MAX, special, offset;
	uint32_t i;

	for (i = 0; rt->sample && i < rt->span_count; i++) {
		const struct go_span *span = &rt->spans[i];

		special = priv_of(rt)->specials[i];
		for (; special && budget; budget--) {
			enum special kind = load_special(rt, special, &offset);

			if (kind == SPECIAL_PROFILE && span->elem_size &&
			    offset / span->elem_size < span->slots)
				fn(arg,
				   span->first +
					   (uint32_t)(offset / span->elem_size),
				   rt_word(rt->sample,
					   special + priv_of(rt)
							     ->layout
							     .special_size));
			special = rt_field(rt, special, L_SPECIAL_NEXT);
		}
	}
}

void roots_load_specials(struct go_runtime *rt)
{
	uint64_t budget = SPECIALS_MAX;
	uint32_t i;

	queued_finalizers(rt);
	queued_cleanups(rt);
	for (i = 0; i < rt->span_count; i++) {
		const struct go_span *span = &rt->spans[i];
		uint64_t special = priv_of(rt)->specials[i];

		while (special && budget--) {
			one_special(rt, span, special);
			special = rt_field(rt, special, L_SPECIAL_NEXT);
		}
	}
}
