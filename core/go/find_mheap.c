/*
 * runtime.mheap_ in a binary without symbols: operands of the code of the
 * heap's own functions, whose targets read like it.
 */
#include <string.h>

#include "core/base/limits.h"
#include "core/go/find.h"
#include "core/go/runtime_priv.h"

/* Does @p addr hold an mheap: an even sweepgen and a list of spans? */
static bool looks_like_mheap(const struct go_runtime *rt, uint64_t addr)
{
	const struct go_layout *l = &priv_of(rt)->layout;
	uint64_t list, n, cap, at;
	uint32_t sweepgen = rt_field32(rt, addr, L_MHEAP_SWEEPGEN), good = 0;
	uint64_t i;

	at = addr + (uint32_t)l->off[L_MHEAP_ALLSPANS];
	list = rt_word(rt->sample, at);
	n = rt_word(rt->sample, at + 8);
	cap = rt_word(rt->sample, at + 16);
	if (sweepgen % 2 || !n || n > cap || cap > LIMIT_SPANS || list % 8 ||
	    list < 4096)
		return false;
	for (i = 0; i < n && i < 16; i++) {
		uint64_t span = rt_word(rt->sample, list + i * 8);
		uint64_t base = rt_field(rt, span, L_SPAN_START);
		uint64_t pages = rt_field(rt, span, L_SPAN_NPAGES);

		good += base % GO_PAGE == 0 && pages < 1ULL << 34;
	}
	return good == i;
}

/*
 * Operands of the form [rip + disp32] in one function's code. The bytes come
 * from the executable: text is the same there.
 */
static uint64_t scan_code(const struct go_runtime *rt, const uint8_t *code,
			  uint64_t len, uint64_t pc)
{
	uint64_t i;

	for (i = 0; i + 7 < len; i++) {
		/* REX.W mov/lea reg, [rip + disp32] */
		int32_t disp;
		uint64_t target;

		if ((code[i] != 0x48 && code[i] != 0x4c) ||
		    (code[i + 1] != 0x8d && code[i + 1] != 0x8b) ||
		    (code[i + 2] & 0xc7) != 0x05)
			continue;
		memcpy(&disp, code + i + 3, 4);
		target = pc + i + 7 + (uint64_t)(int64_t)disp;
		if (looks_like_mheap(rt, target))
			return target;
		/* Fields are addressed directly: go back to the start. */
		target -= (uint32_t)priv_of(rt)->layout.off[L_MHEAP_ALLSPANS];
		if (looks_like_mheap(rt, target))
			return target;
	}
	return 0;
}

uint64_t find_mheap(const struct go_runtime *rt)
{
	static const char prefix[] = "runtime.(*mheap).";
	const struct pclntab *tab = &priv_of(rt)->pclntab;
	const struct elf_section *text =
		elf_file_find_section(rt->program->elf, ".text");
	const uint8_t *code;
	uint64_t pc, end, found;
	struct pcln_func func;
	struct error *err;
	size_t size;

	if (!text || !tab->count)
		return 0;
	err = elf_file_load(rt->program->elf, text, &code, &size);
	if (err) {
		error_free(err);
		return 0;
	}
	for (pc = text->addr + rt->bias; pc < text->addr + rt->bias + size;
	     pc = end) {
		uint64_t off;

		end = pc + 16;
		if (!pclntab_find(tab, pc, &func) || func.entry != pc)
			continue;
		off = pc - rt->bias - text->addr;
		if (strncmp(pcln_name(&func), prefix, sizeof(prefix) - 1) &&
		    strcmp(pcln_name(&func), "runtime.schedinit") &&
		    strcmp(pcln_name(&func), "runtime.mallocinit"))
			continue;
		found = scan_code(rt, code + off,
				  size - off < 2048 ? size - off : 2048, pc);
		if (found)
			return found;
	}
	return 0;
}
