#include "core/session/crash.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "core/base/attr.h"
#include "core/target/tracer.h"

enum { CRASH_STACK = 64 << 10 };

typedef void crash_fn(void);

/** What the handler calls at the end; it has no other way to know. */
static _Atomic(crash_fn *) *crash_last(void)
{
	static _Atomic(crash_fn *) last;

	return &last;
}

static void on_crash(int signal)
{
	crash_fn *last = atomic_load(crash_last());

	tracer_emergency_detach();
	if (last)
		last();
	raise(signal); /* the default action: SA_RESETHAND */
}

void crash_install(crash_fn *last)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
	static char room[CRASH_STACK]; /* a stack may be what overflowed */
	const stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)};
	const struct sigaction action = {
		.sa_handler = on_crash,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER | SA_ONSTACK),
	};
	size_t i;

	atomic_store(crash_last(), last);
	sigaltstack(&stack, NULL);
	for (i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &action, NULL);
}
