#ifndef CORE_GO_BIAS_H
#define CORE_GO_BIAS_H

#include "core/go/program.h"
#include "core/go/runtime.h"

/**
 * Process address minus link-time address of the program: 0 unless it is
 * position independent. The lowest mapping of the executable is where its
 * lowest segment went (Go's own linker starts PIE at 0x400000, not 0).
 */
uint64_t go_load_bias(const struct go_program *program,
		      const struct sample *sample);

/**
 * Address of runtime.mheap_ in a binary without symbols: the operand of code
 * in the runtime's heap functions whose target reads like it. 0 if not found.
 */
uint64_t find_mheap(const struct go_runtime *rt);

/** The same of runtime.allgs, runtime.allm and waitReasonStrings; 0 if not
 * found. A symbol, where there is one, is taken first. */
uint64_t find_allgs(const struct go_runtime *rt);
uint64_t find_allm(const struct go_runtime *rt);
uint64_t find_wait_reasons(const struct go_runtime *rt);
/** Code of the function @p name, NULL if there is none that can be read. */
const uint8_t *find_code(const struct go_runtime *rt, const char *name,
			 uint64_t *pc_ret, uint64_t *len_ret);
/** The same of runtime.gcController, memstats and allp. The spans are known. */
uint64_t find_gc_controller(const struct go_runtime *rt);
uint64_t find_memstats(const struct go_runtime *rt);
uint64_t find_allp(const struct go_runtime *rt);

#endif
