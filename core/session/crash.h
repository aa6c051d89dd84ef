#ifndef CORE_SESSION_CRASH_H
#define CORE_SESSION_CRASH_H

/**
 * When we crash, a stopped target goes on at once: the kernel would let it go
 * only after our core is written, which may take long.
 */

/**
 * Catch SIGSEGV, SIGBUS, SIGABRT, SIGFPE and SIGILL: let the target go, call
 * @p last (async-signal-safe; NULL for none), and die of the signal. A later
 * call replaces @p last. For the main thread.
 */
void crash_install(void (*last)(void));

#endif
