/*
 * The target runs on, unchanged, whatever we do: children of this test that
 * count in shared memory are sampled, and the sampler is killed at random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/base/xalloc.h"
#include "core/session/crash.h"
#include "core/target/procfs.h"
#include "core/target/sample.h"
#include "core/target/tracer.h"
#include "tests/support/counter.h"
#include "tests/support/patience.h"

/** What a sanitizer keeps in its file and nobody touches. */
enum { SANITIZER_DATA = PATIENCE > 1 ? UNTOUCHED / 2 : 0 };

static void the_target_counts_on_after_many_stops(void **state)
{
	struct target t = start_target(false);
	unsigned i;

	(void)state;
	for (i = 0; i < 40; i++) {
		CLEANUP(sample_cleanup)
		struct sample *s = take(t.pid, FREEZE_COPY);
		const struct sample_thread *threads;
		size_t count, k;

		assert_true(sample_info(s)->stop_ns > 0);
		threads = sample_threads(s, &count);
		assert_int_equal(count, COUNTERS);
		for (k = 0; k < count; k++)
			assert_true(threads[k].have_regs && threads[k].sp);
		assert_int_equal(sample_state(s), TARGET_RUNNING);
	}
	assert_untouched(&t);
	stop_target(&t);
}

static void the_copy_holds_what_the_target_wrote(void **state)
{
	struct target t = start_target(false);
	CLEANUP(sample_cleanup) struct sample *s = take(t.pid, FREEZE_COPY);
	uint64_t at = (uintptr_t)t.shared->pattern;
	const uint8_t *p = sample_view(s, at, PATTERN);
	const void *(*function)(const struct sample *, uint64_t, uint64_t) =
		sample_view;
	const uint8_t *code;
	uint64_t here;
	size_t i;

	(void)state;
	assert_non_null(p);
	for (i = 0; i < PATTERN; i++)
		if (p[i] != (uint8_t)(i * 13 + i / 4096))
			fail_msg("byte %zu is wrong", i);
	/* This very function, in the text of the target. */
	memcpy(&here, &function, sizeof(here));
	memcpy(&code, &function, sizeof(code));
	p = sample_view(s, here, 32);
	assert_non_null(p);
	assert_memory_equal(p, code, 32);
	stop_target(&t);
}

static void pages_never_touched_read_as_zero_and_stay_so(void **state)
{
	struct target t = start_target(false);
	uint64_t at = (uintptr_t)t.shared->untouched;
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	struct proc_status before, after;
	const uint8_t *p;
	size_t i;

	(void)state;
	assert_null(procfs_status(t.pid, &before));
	s = take(t.pid, FREEZE_COPY);
	assert_null(procfs_status(t.pid, &after));
	p = sample_view(s, at, UNTOUCHED);
	assert_non_null(p);
	for (i = 0; i < UNTOUCHED; i += 4096)
		assert_int_equal(p[i], 0);
	/* of a sanitizer more is resident, and copied, and its data in the
	 * file comes in when they are read */
	assert_true(sample_info(s)->copied_bytes < UNTOUCHED ||
		    sample_info(s)->copied_bytes <=
			    before.rss_bytes + SANITIZER_DATA);
	assert_true(after.rss_bytes <
		    before.rss_bytes + (1 << 20) + SANITIZER_DATA / 8);
	stop_target(&t);
}

static void a_held_target_stands_until_it_is_resumed(void **state)
{
	struct target t = start_target(false);
	CLEANUP(sample_cleanup) struct sample *s = take(t.pid, FREEZE_STOP);
	uint64_t before = atomic_load(&t.shared->counters[0]);

	(void)state;
	nap_ms(50);
	assert_true(atomic_load(&t.shared->counters[0]) == before);
	assert_int_equal(sample_state(s), TARGET_STOPPED);
	assert_null(sample_resume(s));
	assert_int_equal(sample_state(s), TARGET_RUNNING);
	assert_true(sample_info(s)->stop_ns >= 50000000);
	assert_untouched(&t);
	stop_target(&t);
	assert_int_equal(sample_state(s), TARGET_EXITED);
}

struct sender {
	pid_t pid;
	uint64_t sent;
	atomic_bool end;
};

static void *send_signals(void *arg)
{
	struct sender *sender = arg;

	while (!atomic_load(&sender->end)) {
		union sigval value = {0};

		if (!sigqueue(sender->pid, SIGRTMIN, value))
			sender->sent++;
		nap_ms(0);
	}
	return NULL;
}

static void signals_that_come_during_stops_are_not_lost(void **state)
{
	struct target t = start_target(false);
	struct sender sender = {.pid = t.pid};
	pthread_t thread;
	unsigned i;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, send_signals, &sender),
			 0);
	for (i = 0; i < 60; i++)
		sample_free(take(t.pid, FREEZE_COPY));
	atomic_store(&sender.end, true);
	pthread_join(thread, NULL);
	for (i = 0; i < 5000; i++) {
		if (atomic_load(&t.shared->signals) == sender.sent)
			break;
		nap_ms(1);
	}
	nap_ms(20);
	assert_true(sender.sent > 0);
	assert_true(atomic_load(&t.shared->signals) == sender.sent);
	assert_untouched(&t);
	stop_target(&t);
}

static void a_job_control_stop_survives_ours(void **state)
{
	struct target t = start_target(false);
	unsigned i;

	(void)state;
	kill(t.pid, SIGSTOP);
	for (i = 0; i < 2000 && !any_thread_in(t.pid, "T"); i++)
		nap_ms(1);
	sample_free(take(t.pid, FREEZE_COPY));
	nap_ms(5);
	assert_false(any_thread_in(t.pid, "RSt"));
	kill(t.pid, SIGCONT);
	assert_untouched(&t);
	stop_target(&t);
}

static void threads_that_come_and_go_do_not_disturb(void **state)
{
	struct target t = start_target(true);
	unsigned i;

	(void)state;
	for (i = 0; i < 60; i++)
		sample_free(take(t.pid, FREEZE_COPY));
	assert_true(atomic_load(&t.shared->threads) > 0);
	assert_untouched(&t);
	stop_target(&t);
}

static void killing_the_sampler_frees_the_target(void **state)
{
	struct target t = start_target(true);
	unsigned i;

	(void)state;
	srand(1);
	for (i = 0; i < 40; i++) {
		pid_t sampler = fork();

		if (sampler == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				sample_free(take(t.pid, i % 2 ? FREEZE_STOP
							      : FREEZE_COPY));
		}
		nap_ms(rand() % 25);
		kill(sampler, SIGKILL);
		waitpid(sampler, NULL, 0);
		assert_untouched(&t);
	}
	stop_target(&t);
}

static void a_target_that_dies_ends_in_an_error_not_a_hang(void **state)
{
	const struct sample_options options = {.freeze = FREEZE_COPY};
	struct sample *held, *s = NULL;
	struct error *err;
	struct target t = start_target(false);

	(void)state;
	held = take(t.pid, FREEZE_STOP);
	kill(t.pid, SIGKILL);
	nap_ms(5);
	sample_free(held);
	waitpid(t.pid, NULL, 0);
	err = sample_take_live(t.pid, &options, plan_everything(), NULL, &s);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_NO_TARGET);
	error_free(err);
	assert_null(s);
	munmap(t.shared, sizeof(*t.shared));
}

static void dying_at_a_random_moment_ends_in_an_error(void **state)
{
	const struct sample_options options = {.freeze = FREEZE_COPY};
	unsigned i;

	(void)state;
	for (i = 0; i < 20; i++) {
		struct target t = start_target(false);
		struct error *err = NULL;
		pid_t killer = fork();

		if (killer == 0) {
			nap_ms(rand() % 12);
			kill(t.pid, SIGKILL);
			_exit(0);
		}
		while (!err) {
			struct sample *s = NULL;

			err = sample_take_live(t.pid, &options,
					       plan_everything(), NULL, &s);
			sample_free(s);
		}
		assert_int_equal(err->code, ERROR_NO_TARGET);
		error_free(err);
		waitpid(killer, NULL, 0);
		stop_target(&t);
	}
}

static void the_tracer_of_a_traced_target_is_named(void **state)
{
	const struct sample_options options = {.freeze = FREEZE_COPY};
	struct target t = start_target(false);
	struct sample *held = take(t.pid, FREEZE_STOP), *s = NULL;
	struct error *err;
	char name[32];

	(void)state;
	err = sample_take_live(t.pid, &options, plan_everything(), NULL, &s);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_PERMISSION);
	snprintf(name, sizeof(name), "traced by PID %d", (int)getpid());
	assert_non_null(strstr(err->message, name));
	assert_non_null(err->hint);
	error_free(err);
	/* Reading without a stop still works. */
	sample_free(take(t.pid, FREEZE_NONSTOP));
	sample_free(held);
	assert_untouched(&t);
	stop_target(&t);
}

static void an_emergency_frees_the_target_at_once(void **state)
{
	struct target t = start_target(false);
	pid_t sampler = fork();
	unsigned i;

	(void)state;
	if (sampler == 0) {
		struct sample *held = take(t.pid, FREEZE_STOP);

		tracer_emergency_detach();
		atomic_store(&t.shared->threads, held ? 1 : 2);
		for (;;)
			pause();
	}
	for (i = 0; i < 5000 && !atomic_load(&t.shared->threads); i++)
		nap_ms(1);
	assert_int_equal(atomic_load(&t.shared->threads), 1);
	assert_untouched(&t);
	kill(sampler, SIGKILL);
	waitpid(sampler, NULL, 0);
	stop_target(&t);
}

/* Runs in the handler, after the detach: the process is still there. */
static void linger(void)
{
	atomic_store(&(*current_shared())->threads, 1);
	for (;;)
		pause();
}

static void a_crash_frees_the_target_before_the_core_is_written(void **state)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
	size_t i, k;

	(void)state;
	for (k = 0; k < ARRAY_LEN(signals); k++) {
		struct target t = start_target(false);
		pid_t sampler = fork();

		if (sampler == 0) {
			struct sample *held;

			*current_shared() = t.shared;
			crash_install(linger);
			held = take(t.pid, FREEZE_STOP);
			raise(held ? signals[k] : SIGKILL);
		}
		for (i = 0; i < 5000 && !atomic_load(&t.shared->threads); i++)
			nap_ms(1);
		assert_int_equal(atomic_load(&t.shared->threads), 1);
		assert_int_equal(waitpid(sampler, NULL, WNOHANG), 0);
		assert_untouched(&t);
		kill(sampler, SIGKILL);
		waitpid(sampler, NULL, 0);
		stop_target(&t);
	}
}

static void a_crash_still_ends_the_program(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		crash_install(NULL);
		abort();
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/** A thread that waits for a vfork() child cannot be interrupted. */
static void a_thread_that_cannot_stop_does_not_block_the_others(void **state)
{
	struct target t;
	struct proc_status status;
	unsigned i;
	pid_t pid;

	(void)state;
	t.shared = mmap(NULL, sizeof(*t.shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(t.shared != MAP_FAILED);
	t.pid = fork();
	if (t.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		atomic_store(&t.shared->ready, true);
		/* A CLONE_VFORK child with memory of its own. */
		pid = (pid_t)syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0,
				     0);
		if (pid == 0) {
			for (i = 0; i < 60000 && !t.shared->let_go; i++)
				nap_ms(1);
			_exit(0);
		}
		count_on(&t.shared->counters[0]);
	}
	while (!any_thread_in(t.pid, "D"))
		nap_ms(1);
	{
		CLEANUP(sample_cleanup)
		struct sample *s = take(t.pid, FREEZE_COPY);
		const struct sample_thread *threads;
		size_t n;

		threads = sample_threads(s, &n);
		assert_int_equal(n, 1);
		assert_false(threads[0].have_regs);
	}
	atomic_store(&t.shared->let_go, true);
	for (i = 0; i < 20000 && !atomic_load(&t.shared->counters[0]); i++)
		nap_ms(1);
	assert_true(atomic_load(&t.shared->counters[0]) > 0);
	assert_null(procfs_status(t.pid, &status));
	assert_int_equal(status.tracer, 0);
	stop_target(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_target_counts_on_after_many_stops),
		cmocka_unit_test(the_copy_holds_what_the_target_wrote),
		cmocka_unit_test(pages_never_touched_read_as_zero_and_stay_so),
		cmocka_unit_test(a_held_target_stands_until_it_is_resumed),
		cmocka_unit_test(signals_that_come_during_stops_are_not_lost),
		cmocka_unit_test(a_job_control_stop_survives_ours),
		cmocka_unit_test(threads_that_come_and_go_do_not_disturb),
		cmocka_unit_test(killing_the_sampler_frees_the_target),
		cmocka_unit_test(
			a_target_that_dies_ends_in_an_error_not_a_hang),
		cmocka_unit_test(dying_at_a_random_moment_ends_in_an_error),
		cmocka_unit_test(the_tracer_of_a_traced_target_is_named),
		cmocka_unit_test(an_emergency_frees_the_target_at_once),
		cmocka_unit_test(
			a_crash_frees_the_target_before_the_core_is_written),
		cmocka_unit_test(a_crash_still_ends_the_program),
		cmocka_unit_test(
			a_thread_that_cannot_stop_does_not_block_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
