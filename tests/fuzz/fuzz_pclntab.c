/*
 * The runtime's function tables over any bytes: names, lines, frame sizes and
 * inlined frames of every function that the table claims to have.
 *
 * Input: six lengths of two bytes (functab, tables of functions, names, pcdata,
 * files, units), then the bytes that these are cut from in that order.
 */
#include <string.h>

#include "core/base/attr.h"
#include "core/base/xalloc.h"
#include "core/go/pclntab.h"
#include "core/target/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUNCTIONS_MAX = 64, PCS = 3, SLICES = 6, ENTRY = 8, UNIT = 4 };

static const uint64_t BASE = 0x400000, TEXT = 0x1000000;

static void read_pc(const struct pclntab *tab, const struct pcln_func *func,
		    uint64_t pc)
{
	struct pcln_inline frames[PCLN_INLINE_MAX];
	struct pcln_func found;
	unsigned i;

	(void)pclntab_find(tab, pc, &found);
	(void)pcln_sp_delta(func, pc);
	(void)strlen(pcln_file(func, pc));
	(void)pcln_line(func, pc);
	for (i = 0; i < 4; i++) {
		(void)pcln_pcdata(func, i, pc);
		(void)pcln_funcdata(func, i);
	}
	(void)pcln_inline_frames(tab, func, pc, frames, ARRAY_LEN(frames));
}

static void read_tables(const struct pclntab *tab)
{
	struct pcln_func func;
	uint64_t n, i;

	for (n = 0; n < FUNCTIONS_MAX && pclntab_nth(tab, n, &func); n++) {
		(void)strlen(pcln_name(&func));
		for (i = 0; i < PCS; i++)
			read_pc(tab, &func, func.entry + i * 7);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct go_slice slices[SLICES];
	struct go_module module = {.text = TEXT, .etext = TEXT + (1 << 20)};
	struct go_modules modules = {&module, 1};
	struct sample *sample;
	struct pclntab tab;
	uint64_t at = 0;
	unsigned i;

	if (size < sizeof(uint16_t) * (SLICES + 1))
		return 0;
	for (i = 0; i < SLICES; i++) {
		uint16_t len;

		memcpy(&len, data + 2 * i, 2);
		slices[i] = (struct go_slice){BASE + at, len};
		at += len;
	}
	module.ftab = slices[0];
	module.ftab.len /= ENTRY;
	module.pclntable = slices[1];
	module.funcnametab = slices[2];
	module.pctab = slices[3];
	module.filetab = slices[4];
	module.cutab = slices[5];
	module.cutab.len /= UNIT;
	/* Where inline trees and stack maps are looked for. */
	module.gofunc = BASE;
	module.rodata = BASE;
	module.etypes = BASE + size;
	sample = sample_new_fake();
	sample_fake_add(sample, BASE, data + 2 * SLICES, size - 2 * SLICES);
	pclntab_init(&tab, sample, &modules, data[0] & 1 ? 26 : 19);
	read_tables(&tab);
	pclntab_deinit(&tab);
	sample_free(sample);
	return 0;
}
