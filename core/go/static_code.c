/*
 * Literals in data that no variable leads to any more: the linker dropped the
 * variable of a package that nobody reads, the code that fills its literal is
 * still there and says what it is:
 *
 *	lea  type(%rip), %rax		several times, or never
 *	call runtime.mapassign
 *	mov  %reg, word(%rip)
 *
 * Such a word is called after the one function that stores to it. Variables
 * that only a symbol tells of have no type either: they get it likewise.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/runtime_priv.h"
#include "core/go/text_refs.h"

enum {
	STORE = 7,	   /* bytes of mov %reg, disp32(%rip) */
	MOV = 0x89,	   /* its opcode, the second byte */
	LEA = 7,	   /* bytes of lea disp32(%rip), %reg */
	CALL = 5,	   /* bytes of call rel32 */
	REACH = 64,	   /* from the lea of an argument to the call */
	BUILD_MAX = 65536, /* code that fills one map */
	HEADER_BYTES = 48, /* of a map, all releases */
	WORDS_MAX = 1 << 20,
};

struct word {
	uint64_t addr;
	uint64_t store; /* address of the instruction; 0 none seen */
	bool shared;	/* there are several functions that store to it */
};

struct words {
	struct go_runtime *rt;
	struct word *v;
	size_t n, cap;
};

/* Some linkers keep the names of literals, ..stmp_0: they say nothing. */
static bool find_symbol(const struct go_runtime *rt, uint64_t addr,
			struct elf_symbol *ret)
{
	struct error *err =
		elf_file_symbol_at(rt->program->elf, addr - rt->bias, ret);

	error_free(err);
	return !err && !strstr(ret->name, "..stmp_");
}

static void add_word(struct go_runtime *rt, uint64_t addr, void *arg)
{
	struct words *words = arg;
	uint64_t value;

	if (words->n >= WORDS_MAX || !sample_u64(rt->sample, addr, &value) ||
	    !go_span_at(rt, value) || go_global_at(rt, addr))
		return;
	GROW_ARRAY(words->v, words->n, words->cap);
	words->v[words->n++] = (struct word){.addr = addr};
}

static int by_addr(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* The operand relative to rip of an instruction of 7 bytes. */
static uint64_t operand(const uint8_t *code, uint64_t addr)
{
	int32_t displacement;

	memcpy(&displacement, code + 3, 4);
	return addr + STORE + (uint64_t)(int64_t)displacement;
}

/* mov %reg, disp32(%rip): 48 or 4c, 89, mod 0 and rm 5. */
static bool is_store(const uint8_t *code)
{
	return code[1] == MOV && (code[2] & 0xc7) == 0x05 &&
	       (code[0] & 0xfb) == 0x48;
}

static bool same_function(const struct go_runtime *rt, uint64_t a, uint64_t b)
{
	const struct pclntab *tab = &priv_of(rt)->pclntab;
	struct pcln_func x, y;

	return pclntab_find(tab, a, &x) && pclntab_find(tab, b, &y) &&
	       x.entry == y.entry;
}

static void note_store(struct words *words, uint64_t store, uint64_t addr)
{
	struct word key = {.addr = addr}, *word;

	word = bsearch(&key, words->v, words->n, sizeof(key), by_addr);
	if (!word)
		return;
	if (word->store && !same_function(words->rt, word->store, store))
		word->shared = true;
	word->store = store;
}

static void read_text(struct words *words, uint32_t index)
{
	const struct go_runtime *rt = words->rt;
	const struct go_modules *modules = &priv_of(rt)->modules;
	const struct go_module *module = &modules->modules[index];
	uint64_t low = words->v[0].addr, span, i;
	struct module_text text;

	span = words->v[words->n - 1].addr - low;
	module_text_open(rt->program, rt->sample, modules, index, rt->bias,
			 &text);
	for (i = 0; i < text.refs->store_count; i++) {
		uint64_t at = text.refs->stores[i].at + text.bias;
		uint64_t to = text.refs->stores[i].to + text.bias;

		if (to - low <= span && at >= module->text &&
		    at < module->etext)
			note_store(words, at, to);
	}
	module_text_close(&text);
}

enum step {
	STEP_NONE,
	STEP_OTHER,	 /* a call whose result may be stored */
	STEP_MAKE,	 /* of an empty map, by its type */
	STEP_MAKE_SMALL, /* ... of any type */
	STEP_ASSIGN,	 /* to an entry */
	STEP_STORE,	 /* of a map that is complete */
};

/* What a call does with maps, by the name of what it enters. */
static enum step call_of(const struct go_runtime *rt, const uint8_t *code,
			 uint64_t addr)
{
	struct pcln_func func;
	int32_t displacement;
	uint64_t entry;
	const char *name;

	memcpy(&displacement, code + 1, 4);
	entry = addr + CALL + (uint64_t)(int64_t)displacement;
	if (*code != 0xe8 ||
	    !pclntab_find(&priv_of(rt)->pclntab, entry, &func) ||
	    func.entry != entry)
		return STEP_NONE;
	name = pcln_name(&func);
	if (!strcmp(name, "runtime.makemap_small"))
		return STEP_MAKE_SMALL;
	if (!strncmp(name, "runtime.makemap", 15))
		return STEP_MAKE;
	if (!strncmp(name, "runtime.mapassign", 17))
		return STEP_ASSIGN;
	/* They give nothing back: gcWriteBarrier1, wbMove. */
	return strncmp(name, "runtime.gcWriteBarrier", 22) != 0 &&
			       strncmp(name, "runtime.wb", 10) != 0
		       ? STEP_OTHER
		       : STEP_NONE;
}

static enum step step_of(const struct words *words, const uint8_t *code,
			 uint64_t addr)
{
	struct word key;

	if (*code == 0xe8)
		return call_of(words->rt, code, addr);
	if (!is_store(code))
		return STEP_NONE;
	key.addr = operand(code, addr);
	return bsearch(&key, words->v, words->n, sizeof(key), by_addr)
		       ? STEP_STORE
		       : STEP_NONE;
}

/* The map type that the last load of %rax in front of a call gives it; 0. */
static uint32_t argument(struct go_runtime *rt, const uint8_t *code,
			 uint64_t addr, uint64_t before)
{
	uint64_t i;

	for (i = LEA; i <= before && i <= REACH; i++) {
		const uint8_t *at = code - i;
		uint32_t type;

		if (at[0] != 0x48 || at[1] != 0x8d || at[2] != 0x05 ||
		    !go_module_of_type(&priv_of(rt)->modules,
				       operand(at, addr - i)))
			continue;
		type = go_type_from_rtype(rt->types, operand(at, addr - i));
		return go_type(rt->types, type)->kind == GO_MAP ? type : 0;
	}
	return 0;
}

/*
 * The type of all assignments between the last map that was made and the
 * store; 0 if they differ, if there are none, or if something else may have
 * been stored.
 */
static uint32_t built_type(const struct words *words, uint64_t entry,
			   uint64_t store)
{
	struct go_runtime *rt = words->rt;
	uint64_t from = store - entry > BUILD_MAX ? store - BUILD_MAX : entry;
	const uint8_t *code = sample_view(rt->sample, from, store - from);
	uint32_t type = 0, other;
	bool one = true, done = false;
	uint64_t i;

	for (i = 0; code && i + STORE <= store - from; i++) {
		enum step step = step_of(words, code + i, from + i);

		switch (step) {
		case STEP_NONE:
			break;
		case STEP_OTHER:
			done = false;
			break;
		case STEP_MAKE:
		case STEP_MAKE_SMALL:
		case STEP_STORE:
			type = step == STEP_MAKE
				       ? argument(rt, code + i, from + i, i)
				       : 0;
			one = done = true;
			break;
		case STEP_ASSIGN:
			other = argument(rt, code + i, from + i, i);
			one = one && other && (!type || type == other);
			type = other;
			done = true;
			break;
		}
	}
	return one && done ? type : 0;
}

static bool is_header(const struct go_runtime *rt, uint64_t addr)
{
	uint64_t value = rt_word(rt->sample, addr);
	const struct go_span *span = go_span_at(rt, value);

	return span && span->elem_size == HEADER_BYTES && !span->noscan &&
	       (value - span->base) % HEADER_BYTES == 0;
}

static void name_word(const struct words *words, const struct word *word,
		      struct go_global *ret)
{
	struct go_runtime *rt = words->rt;
	struct runtime_priv *priv = priv_of(rt);
	CLEANUP(free_cleanup) char *name = NULL;
	struct elf_symbol symbol;
	struct pcln_func func;
	bool variable = find_symbol(rt, word->addr, &symbol);

	*ret = (struct go_global){.addr = word->addr, .size = 8};
	if (!word->store || word->shared ||
	    !pclntab_find(&priv->pclntab, word->store, &func))
		return;
	if (is_header(rt, word->addr))
		ret->type = built_type(words, func.entry, word->store);
	/* A variable has its name anyway. */
	if (variable && !ret->type)
		return;
	name = variable ? xstrdup(symbol.name)
			: xasprintf("%s.(literal)", pcln_name(&func));
	ret->name = keep_string(priv, name, strlen(name));
}

/* Without names of variables every word would be a literal. */
static bool has_names(const struct go_runtime *rt)
{
	const struct go_program *program = rt->program;
	struct elf_symbol symbol;
	struct error *err;

	if (!program->elf || program->dbg)
		return program->elf != NULL;
	err = elf_file_symbol(program->elf, "runtime.firstmoduledata", &symbol);
	error_free(err);
	return !err;
}

void literals_load(struct go_runtime *rt)
{
	const struct go_modules *modules = &priv_of(rt)->modules;
	struct words words = {.rt = rt};
	struct go_global *found;
	uint32_t n = 0;
	size_t i;

	if (!has_names(rt))
		return;
	data_words_visit(rt, add_word, &words);
	if (words.n) {
		qsort(words.v, words.n, sizeof(*words.v), by_addr);
		for (i = 0; i < modules->count; i++)
			read_text(&words, (uint32_t)i);
	}
	found = xcalloc(words.n + 1, sizeof(*found));
	for (i = 0; i < words.n; i++) {
		name_word(&words, &words.v[i], &found[n]);
		n += found[n].name != NULL;
	}
	globals_add(rt, found, n);
	free(found);
	free(words.v);
}
