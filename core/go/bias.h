#ifndef CORE_GO_BIAS_H
#define CORE_GO_BIAS_H

#include "core/go/program.h"
#include "core/target/sample.h"

/**
 * Process address minus link-time address of the program: 0 unless it is
 * position independent. The lowest mapping of the executable is where its
 * lowest segment went (Go's own linker starts PIE at 0x400000, not 0).
 */
uint64_t go_load_bias(const struct go_program *program,
		      const struct sample *sample);

#endif
