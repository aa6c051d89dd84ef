#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/audit.h>
#include <sched.h>
#include <sys/syscall.h>

#include "core/base/xalloc.h"
#include "core/target/fork_seccomp.h"

enum {
	LOAD_NUMBER = offsetof(struct seccomp_data, nr),
	LOAD_ARG0 = offsetof(struct seccomp_data, args),
};

static void calls_are_told_apart_by_number(void **state)
{
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOAD_NUMBER),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct seccomp_data data = {.nr = SYS_clone};

	(void)state;
	assert_true(seccomp_run(program, ARRAY_LEN(program), &data) ==
		    (SECCOMP_RET_ERRNO | 1));
	data.nr = SYS_wait4;
	assert_true(seccomp_run(program, ARRAY_LEN(program), &data) ==
		    SECCOMP_RET_ALLOW);
}

/* As container engines write it: no namespaces, anything else. */
static void arguments_are_masked_and_compared(void **state)
{
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOAD_ARG0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, CLONE_NEWUSER),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_ST, 3),
		BPF_STMT(BPF_LD | BPF_IMM, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_MEM, 3),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct seccomp_data data = {.args = {CLONE_FILES | CLONE_FS}};

	(void)state;
	assert_true(seccomp_run(program, ARRAY_LEN(program), &data) ==
		    SECCOMP_RET_ALLOW);
	data.args[0] |= CLONE_NEWUSER;
	assert_true(seccomp_run(program, ARRAY_LEN(program), &data) ==
		    CLONE_NEWUSER);
}

static void programs_that_make_no_sense_kill(void **state)
{
	static const struct sock_filter bad[][2] = {
		{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64),
		 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
		{BPF_STMT(BPF_LD | BPF_MEM, BPF_MEMWORDS),
		 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
		{BPF_STMT(BPF_ST, BPF_MEMWORDS),
		 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
		{BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0),
		 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
		{BPF_STMT(BPF_JMP | BPF_JA, 0xffffffff),
		 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
		{BPF_STMT(BPF_MISC | BPF_TAX, 0),
		 BPF_STMT(BPF_MISC | BPF_TXA, 0)},
	};
	const struct seccomp_data data = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_true(seccomp_run(bad[i], 2, &data) ==
			    SECCOMP_RET_KILL_PROCESS);
	assert_true(seccomp_run(bad[0], 0, &data) == SECCOMP_RET_KILL_PROCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_told_apart_by_number),
		cmocka_unit_test(arguments_are_masked_and_compared),
		cmocka_unit_test(programs_that_make_no_sense_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
