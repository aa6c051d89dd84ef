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
#include "tests/support/patience.h"

enum { COUNTERS = 4, UNTOUCHED = 64 << 20, PATTERN = 8 << 20 };

struct shared { /* between test and target */
	_Atomic uint64_t counters[COUNTERS];
	_Atomic uint64_t signals, threads;
	atomic_bool ready, let_go;
	uint8_t *pattern, *untouched;
};

struct target {
	pid_t pid;
	struct shared *shared;
};

static struct shared **current_shared(void)
{
	static struct shared *shared; /* for the signal handler */

	return &shared;
}

static void on_signal(int signal)
{
	(void)signal;
	atomic_fetch_add(&(*current_shared())->signals, 1);
}

static void nap_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

static void *count(void *arg)
{
	_Atomic uint64_t *counter = arg;

	for (;;) {
		atomic_fetch_add(counter, 1);
		if (atomic_load(counter) % 1000 == 0)
			nap_ms(0);
	}
	return NULL;
}

static void *short_life(void *arg)
{
	atomic_fetch_add((_Atomic uint64_t *)arg, 1);
	return NULL;
}

static void *spawn(void *arg)
{
	struct shared *shared = arg;

	for (;;) {
		pthread_t thread;

		if (!pthread_create(&thread, NULL, short_life,
				    &shared->threads))
			pthread_join(thread, NULL);
	}
	return NULL;
}

static void run_target(struct shared *shared, bool spawns)
{
	struct sigaction action = {.sa_handler = on_signal};
	pthread_t thread;
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Yama: the sampler may be a sibling. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	*current_shared() = shared;
	sigaction(SIGRTMIN, &action, NULL);
	shared->pattern = mmap(NULL, PATTERN, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < PATTERN; i++)
		shared->pattern[i] = (uint8_t)(i * 13 + i / 4096);
	shared->untouched = mmap(NULL, UNTOUCHED, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(shared->untouched, UNTOUCHED, MADV_NOHUGEPAGE);
	for (i = 1; i < COUNTERS; i++)
		pthread_create(&thread, NULL, count, &shared->counters[i]);
	if (spawns)
		pthread_create(&thread, NULL, spawn, shared);
	atomic_store(&shared->ready, true);
	count(&shared->counters[0]);
}

static struct target start_target(bool spawns)
{
	struct target t;

	t.shared = mmap(NULL, sizeof(*t.shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(t.shared != MAP_FAILED);
	t.pid = fork();
	assert_true(t.pid >= 0);
	if (t.pid == 0) {
		run_target(t.shared, spawns);
		_exit(1);
	}
	while (!atomic_load(&t.shared->ready))
		nap_ms(1);
	return t;
}

static void stop_target(struct target *t)
{
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	munmap(t->shared, sizeof(*t->shared));
}

static void sample_cleanup(struct sample **sample)
{
	sample_free(*sample);
}

/* The shadow of a sanitizer: terabytes, reserved and read as zero. */
static struct error *list_shadow(void *arg, const struct sample *peek,
				 struct sample_range **ret, size_t *count_ret)
{
	size_t n, i;
	const struct sample_mapping *maps = sample_mappings(peek, &n);

	(void)arg;
	*ret = xcalloc(n + 1, sizeof(**ret));
	*count_ret = 0;
	for (i = 0; PATIENCE > 1 && i < n; i++)
		if (maps[i].end - maps[i].start > 1ULL << 30)
			(*ret)[(*count_ret)++] = (struct sample_range){
				maps[i].start, maps[i].end};
	return NULL;
}

static struct error *want_nothing(void *arg, const struct sample *metadata,
				  struct sample_range **ret, size_t *count_ret)
{
	(void)arg;
	(void)metadata;
	*ret = NULL;
	*count_ret = 0;
	return NULL;
}

static const struct sample_plan without_shadow = {
	.arenas = list_shadow,
	.ranges = want_nothing,
};
static const struct sample_plan *const everything =
	PATIENCE > 1 ? &without_shadow : NULL;

static struct sample *take(pid_t pid, enum sample_freeze freeze)
{
	const struct sample_options options = {.freeze = freeze};
	struct sample *sample = NULL;
	struct error *err =
		sample_take_live(pid, &options, everything, NULL, &sample);

	if (err)
		fail_msg("%s", err->message);
	return sample;
}

static bool any_thread_in(pid_t pid, const char *states)
{
	CLEANUP(free_cleanup) pid_t *tids = NULL;
	size_t count, i;
	bool found = false;

	assert_null(procfs_tasks(pid, &tids, &count));
	for (i = 0; i < count; i++) {
		struct proc_stat stat;
		struct error *err = procfs_stat(pid, tids[i], &stat);

		if (!err && strchr(states, stat.state))
			found = true;
		error_free(err);
	}
	return found;
}

static bool all_advance(const struct target *t)
{
	uint64_t before[COUNTERS];
	size_t i, tries, moved = 0;

	for (i = 0; i < COUNTERS; i++)
		before[i] = atomic_load(&t->shared->counters[i]);
	for (tries = 0; tries < 5000 && moved < COUNTERS; tries++) {
		nap_ms(1);
		for (moved = 0, i = 0; i < COUNTERS; i++)
			moved += atomic_load(&t->shared->counters[i]) >
				 before[i];
	}
	return moved == COUNTERS;
}

static void assert_untouched(const struct target *t)
{
	struct proc_status status;

	assert_null(procfs_status(t->pid, &status));
	assert_int_equal(status.tracer, 0);
	assert_false(any_thread_in(t->pid, "tT"));
	assert_true(all_advance(t));
}

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
	/* of a sanitizer more is resident, and copied */
	assert_true(sample_info(s)->copied_bytes < UNTOUCHED ||
		    sample_info(s)->copied_bytes <= before.rss_bytes);
	assert_true(after.rss_bytes < before.rss_bytes + (1 << 20));
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
	err = sample_take_live(t.pid, &options, everything, NULL, &s);
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

			err = sample_take_live(t.pid, &options, everything,
					       NULL, &s);
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
	err = sample_take_live(t.pid, &options, everything, NULL, &s);
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
		count(&t.shared->counters[0]);
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

struct plan_log {
	const struct shared *shared;
	unsigned dirty; /* stops to refuse */
	unsigned scored;
	unsigned asked, changes, settled;
	bool wrong; /* fails instead of finding nothing */
};

static struct error *plan_arenas(void *arg, const struct sample *peek,
				 struct sample_range **ret, size_t *count_ret)
{
	const struct plan_log *log = arg;
	uint64_t at = (uintptr_t)log->shared->pattern;

	assert_non_null(sample_view(peek, at, 1));
	error_free(list_shadow(NULL, peek, ret, count_ret));
	(*ret)[(*count_ret)++] = (struct sample_range){at, at + PATTERN};
	return NULL;
}

static struct error *plan_ranges(void *arg, const struct sample *metadata,
				 struct sample_range **ret, size_t *count_ret)
{
	const struct plan_log *log = arg;
	uint64_t at = (uintptr_t)log->shared->pattern;

	(void)metadata;
	*ret = xmalloc(sizeof(**ret));
	**ret = (struct sample_range){at + 4096, at + 4 * 4096};
	*count_ret = 1;
	return NULL;
}

static unsigned plan_score(void *arg, const struct sample *sample)
{
	struct plan_log *log = arg;
	uint64_t at = (uintptr_t)log->shared->pattern;

	/* Any page of an arena can be looked at here. */
	assert_non_null(sample_view(sample, at + PATTERN - 100, 100));
	return log->scored++ < log->dirty ? 7 : 0;
}

static void a_plan_says_what_is_copied_and_when(void **state)
{
	const struct sample_options options = {.freeze = FREEZE_COPY,
					       .retries = 5};
	struct target t = start_target(false);
	struct plan_log log = {.shared = t.shared, .dirty = 2};
	const struct sample_plan plan = {
		.arenas = plan_arenas,
		.ranges = plan_ranges,
		.score = plan_score,
		.arg = &log,
	};
	uint64_t at = (uintptr_t)t.shared->pattern;
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	struct error *err = sample_take_live(t.pid, &options, &plan, NULL, &s);

	(void)state;
	if (err)
		fail_msg("%s", err->message);
	assert_int_equal(log.scored, 3);
	assert_int_equal(sample_info(s)->attempts, 3);
	assert_int_equal(sample_info(s)->score, 0);
	assert_non_null(sample_view(s, at + 4096, 3 * 4096));
	assert_null(sample_view(s, at, 1));
	assert_null(sample_view(s, at + 100 * 4096, 1));
	assert_untouched(&t);
	stop_target(&t);
}

/* Before it is settled it is worth nothing. */
static struct error *plan_early(void *arg, const struct sample *peek,
				struct sample_range **ret, size_t *count_ret)
{
	struct plan_log *log = arg;

	if (log->settled)
		return plan_arenas(arg, peek, ret, count_ret);
	log->asked++;
	*ret = NULL;
	*count_ret = 0;
	return log->wrong ? error_new(ERROR_CORRUPT, "damaged") : NULL;
}

static struct error *plan_settle(void *arg, bool *changed_ret)
{
	struct plan_log *log = arg;

	assert_int_equal(log->scored, 0); /* nobody stands yet */
	*changed_ret = log->settled++ < log->changes;
	return NULL;
}

static struct error *take_settled(const struct target *t, struct plan_log *log,
				  struct sample **ret)
{
	const struct sample_options options = {.freeze = FREEZE_COPY};
	const struct sample_plan plan = {
		.arenas = plan_early,
		.ranges = plan_ranges,
		.score = plan_score,
		.settle = plan_settle,
		.arg = log,
	};

	return sample_take_live(t->pid, &options, &plan, NULL, ret);
}

static void a_plan_that_changes_before_the_stop_is_followed(void **state)
{
	struct target t = start_target(false);
	uint64_t at = (uintptr_t)t.shared->pattern, wrong;

	(void)state;
	for (wrong = 0; wrong < 2; wrong++) {
		struct plan_log log = {
			.shared = t.shared, .changes = 1, .wrong = wrong};
		CLEANUP(sample_cleanup) struct sample *s = NULL;
		struct error *err = take_settled(&t, &log, &s);

		if (err)
			fail_msg("%s", err->message);
		assert_int_equal(log.asked, 1);
		assert_int_equal(log.settled, 2);
		assert_int_equal(sample_info(s)->attempts, 1);
		assert_non_null(sample_view(s, at + 4096, 3 * 4096));
		assert_null(sample_view(s, at, 1));
	}
	assert_untouched(&t);
	stop_target(&t);
}

static void a_plan_that_always_changes_or_fails_is_an_error(void **state)
{
	struct target t = start_target(false);
	struct plan_log logs[] = {{t.shared, .changes = UINT_MAX},
				  {t.shared, .wrong = true}};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct sample *s = NULL;
		struct error *err = take_settled(&t, &logs[i], &s);

		assert_non_null(err);
		assert_int_equal(err->code, ERROR_CORRUPT);
		error_free(err);
		assert_int_equal(logs[i].scored, 0);
	}
	assert_untouched(&t);
	stop_target(&t);
}

static void past_max_mem_the_copy_lies_in_a_file(void **state)
{
	const struct sample_options options = {.freeze = FREEZE_COPY,
					       .max_mem = 4096};
	struct target t = start_target(false);
	CLEANUP(sample_cleanup) struct sample *s = NULL;
	struct error *err =
		sample_take_live(t.pid, &options, everything, NULL, &s);
	const uint8_t *p;

	(void)state;
	if (err)
		fail_msg("%s", err->message);
	p = sample_view(s, (uintptr_t)t.shared->pattern, PATTERN);
	assert_non_null(p);
	assert_int_equal(p[5000], (5000 * 13 + 1) & 0xff);
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
		cmocka_unit_test(a_plan_says_what_is_copied_and_when),
		cmocka_unit_test(
			a_plan_that_changes_before_the_stop_is_followed),
		cmocka_unit_test(
			a_plan_that_always_changes_or_fails_is_an_error),
		cmocka_unit_test(past_max_mem_the_copy_lies_in_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
