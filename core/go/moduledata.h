#ifndef CORE_GO_MODULEDATA_H
#define CORE_GO_MODULEDATA_H

/**
 * runtime.moduledata of every module of the process, read from the sample.
 * All addresses are of the process.
 */
#include <stdint.h>

#include "core/base/error.h"
#include "core/go/layout.h"
#include "core/target/sample.h"

struct go_slice {
	uint64_t data, len;
};

struct go_module {
	uint64_t addr;
	struct go_slice funcnametab, cutab, filetab, pctab, pclntable, ftab;
	uint64_t text, etext;
	uint64_t data, edata, bss, ebss, noptrdata, enoptrdata, noptrbss,
		enoptrbss;
	uint64_t data_mask, data_mask_bits; /* gcdatamask: bytes, bit count */
	uint64_t bss_mask, bss_mask_bits;
	uint64_t types, etypes;
	uint64_t rodata, gofunc;
	uint64_t typelinks, typelink_count; /* up to 1.26 */
	uint64_t typedesclen;		    /* since 1.27 */
};

struct go_modules {
	struct go_module *modules;
	uint32_t count;
};

/** @p bias is the difference of process and link-time addresses. */
struct error *go_modules_load(const struct go_program *program,
			      const struct sample *sample, uint64_t bias,
			      const struct go_layout *layout,
			      struct go_modules *ret) MUST_CHECK;
void go_modules_deinit(struct go_modules *modules);
/** The module whose [types, etypes) holds @p rtype; NULL. */
const struct go_module *go_module_of_type(const struct go_modules *modules,
					  uint64_t rtype);
/** The module whose text holds @p pc; NULL. */
const struct go_module *go_module_of_pc(const struct go_modules *modules,
					uint64_t pc);

#endif
