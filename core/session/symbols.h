#ifndef CORE_SESSION_SYMBOLS_H
#define CORE_SESSION_SYMBOLS_H

/** Names of the program, and its threads. */
#include "core/session/session.h"

enum symbol_kind {
	SYMBOL_FUNCTION,
	SYMBOL_TYPE,
	SYMBOL_PACKAGE,
	SYMBOL_SOURCE,
	SYMBOL_VARIABLE,
};
struct symbol_list {
	char **names; /* owned; sorted, each once */
	uint32_t count;
};
/** Those that the regular expression @p match finds; NULL: all. */
struct error *session_symbols(const struct session *session,
			      enum symbol_kind kind, const char *match,
			      struct symbol_list *ret) MUST_CHECK;
void symbol_list_deinit(struct symbol_list *list);
/**
 * Where the function of that name begins, or the only one whose name ends so:
 * "(*Server).Serve" or "Serve". False if there is none.
 */
bool session_function_place(const struct session *session, const char *name,
			    const char **file_ret, uint32_t *line_ret);
/** The line of an address of code; false if it is none. */
bool session_pc_line(const struct session *session, uint64_t pc,
		     const char **file_ret, uint32_t *line_ret);

/** Mapped files but the program's own: where each begins. Snapshots without
 * memory know none. */
void session_libraries(const struct session *session,
		       void (*fn)(void *arg, uint64_t addr, const char *path),
		       void *arg);

enum { THREAD_REGISTERS = 17 };
struct thread_row {
	pid_t tid;
	int64_t goroutine; /* 0: none */
	bool have_registers;
	uint64_t registers[THREAD_REGISTERS]; /* as thread_register_name() */
};
uint32_t session_thread_count(const struct session *session);
void session_thread(const struct session *session, uint32_t index,
		    struct thread_row *ret);
/** "Rax" ... "Rip" of amd64, in DWARF's order. */
const char *thread_register_name(uint32_t index);

#endif
