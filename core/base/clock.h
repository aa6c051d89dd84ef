#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include <stdint.h>

/** Monotonic nanoseconds. */
uint64_t clock_now(void);
/** Nanoseconds since the epoch. */
uint64_t clock_wall(void);

#endif
