#include "core/base/clock.h"

#include <time.h>

static uint64_t clock_get(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t clock_now(void)
{
	return clock_get(CLOCK_MONOTONIC);
}

uint64_t clock_wall(void)
{
	return clock_get(CLOCK_REALTIME);
}
