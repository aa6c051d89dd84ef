#ifndef CORE_GO_FIND_H
#define CORE_GO_FIND_H

/**
 * Variables of the runtime: by symbol where there is one, else as operands of
 * the code of functions that use them, whose targets read like them. Addresses
 * of the process; 0 if nothing was found.
 */
#include "core/go/runtime.h"

/** runtime.mheap_, by code alone; the layout is known, the spans are not. */
uint64_t find_mheap(const struct go_runtime *rt);
/** runtime.allgs, runtime.allm and waitReasonStrings. */
uint64_t find_allgs(const struct go_runtime *rt);
uint64_t find_allm(const struct go_runtime *rt);
uint64_t find_wait_reasons(const struct go_runtime *rt);
/** runtime.gcController, memstats and allp. The spans are known. */
uint64_t find_gc_controller(const struct go_runtime *rt);
uint64_t find_memstats(const struct go_runtime *rt);
uint64_t find_allp(const struct go_runtime *rt);

/**
 * Code of the function @p name at *@p pc_ret, its first 4096 bytes at most.
 * NULL if there is none that can be read.
 */
const uint8_t *find_code(const struct go_runtime *rt, const char *name,
			 uint64_t *pc_ret, uint64_t *len_ret);

#endif
