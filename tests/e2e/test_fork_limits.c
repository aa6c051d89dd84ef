/*
 * A fork that the kernel or good sense forbids is refused with a reason and
 * leaves the target as it was; an image that costs too much goes. The targets
 * are children of this test that compare their registers, signal masks and the
 * answers of their system calls without pause.
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
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/base/xalloc.h"
#include "core/target/fork_check.h"
#include "core/target/fork_guard.h"
#include "core/target/procfs.h"
#include "core/target/sample.h"
#include "tests/support/control_group.h"
#include "tests/support/target.h"

enum {
	SLEEPERS = 3,
	WRITTEN = 160 << 20,
	VALUES = 9,
	PATIENCE_MS = 60000,
};

struct probe { /* offsets are known to the assembly */
	struct timespec sleep;
	uint64_t values[VALUES]; /* 16 */
	int64_t result;		 /* 88 */
};

struct shared { /* between test and target */
	_Atomic uint64_t turns, wrong, written;
	struct probe broken;
	bool mask_broken;
	atomic_bool ready, write;
};

struct target {
	pid_t pid;
	struct shared *shared;
};

enum target_kind { PLAIN, FILTER_ERRNO, FILTER_KILL, FILTER_ALLOW };

static void nap_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

/* A short sleep with a pattern in every register that it does not need. */
static void sleep_with_pattern(struct probe *probe)
{
	__asm__ volatile("mov $35, %%eax\n"
			 "xor %%esi, %%esi\n"
			 "movabs $0x1111111111111111, %%rdx\n"
			 "movabs $0x2222222222222222, %%r10\n"
			 "movabs $0x3333333333333333, %%r8\n"
			 "movabs $0x4444444444444444, %%r9\n"
			 "movabs $0x5555555555555555, %%rbx\n"
			 "movabs $0x6666666666666666, %%r12\n"
			 "movabs $0x7777777777777777, %%r13\n"
			 "movabs $0x8888888888888888, %%r14\n"
			 "movq %%r14, %%xmm7\n"
			 "syscall\n"
			 "mov %%rdx, 16(%%rdi)\n"
			 "mov %%r10, 24(%%rdi)\n"
			 "mov %%r8, 32(%%rdi)\n"
			 "mov %%r9, 40(%%rdi)\n"
			 "mov %%rbx, 48(%%rdi)\n"
			 "mov %%r12, 56(%%rdi)\n"
			 "mov %%r13, 64(%%rdi)\n"
			 "mov %%r14, 72(%%rdi)\n"
			 "movq %%xmm7, 80(%%rdi)\n"
			 "mov %%rax, 88(%%rdi)\n"
			 :
			 : "D"(probe)
			 : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10",
			   "r11", "r12", "r13", "r14", "xmm7", "memory");
}

static bool is_as_set(const struct probe *probe)
{
	uint64_t i;

	for (i = 0; i < VALUES; i++) {
		uint64_t want = i < 8 ? i + 1 : 8;

		if (probe->values[i] != want * 0x1111111111111111ULL)
			return false;
	}
	return probe->result == 0;
}

static void *sleep_and_compare(void *arg)
{
	struct shared *shared = arg;

	for (;;) {
		struct probe probe = {.sleep = {0, 2000000}};
		sigset_t mask;
		bool masked;

		sleep_with_pattern(&probe);
		pthread_sigmask(SIG_SETMASK, NULL, &mask);
		masked = sigismember(&mask, SIGUSR1) == 1 &&
			 sigismember(&mask, SIGUSR2) == 0;
		if (!is_as_set(&probe) || !masked) {
			shared->broken = probe;
			shared->mask_broken = !masked;
			atomic_fetch_add(&shared->wrong, 1);
		}
		atomic_fetch_add(&shared->turns, 1);
	}
	return NULL;
}

static void filter_clone(uint32_t verdict)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, verdict),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {ARRAY_LEN(program), program};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_TSYNC, &filter))
		_exit(9);
}

static void run_target(struct shared *shared, enum target_kind kind)
{
	static const uint32_t verdicts[] = {
		[FILTER_ERRNO] = SECCOMP_RET_ERRNO | EPERM,
		[FILTER_KILL] = SECCOMP_RET_KILL_PROCESS,
		[FILTER_ALLOW] = SECCOMP_RET_ALLOW,
	};
	uint8_t *memory = mmap(NULL, WRITTEN, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t thread;
	sigset_t mask;
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	memset(memory, 1, WRITTEN);
	for (i = 0; i < SLEEPERS; i++)
		pthread_create(&thread, NULL, sleep_and_compare, shared);
	if (kind != PLAIN)
		filter_clone(verdicts[kind]);
	atomic_store(&shared->ready, true);
	for (;;) {
		nap_ms(1);
		if (atomic_load(&shared->write)) {
			memset(memory, 2, WRITTEN);
			atomic_fetch_add(&shared->written, 1);
		}
	}
}

static struct target start(enum target_kind kind)
{
	struct target t = {
		.shared = mmap(NULL, sizeof(*t.shared), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0),
	};
	unsigned i;

	assert_true(t.shared != MAP_FAILED);
	t.pid = fork();
	if (!t.pid)
		run_target(t.shared, kind);
	for (i = 0; i < 5000 && !atomic_load(&t.shared->ready); i++)
		nap_ms(1);
	assert_true(atomic_load(&t.shared->ready));
	return t;
}

static void report(const struct shared *shared)
{
	size_t i;

	print_error("mask %s, result %" PRId64 ", values",
		    shared->mask_broken ? "changed" : "kept",
		    shared->broken.result);
	for (i = 0; i < VALUES; i++)
		print_error(" %" PRIx64, shared->broken.values[i]);
	print_error("\n");
}

/* It runs on, untraced, and nothing was ever wrong. */
static void assert_unharmed(const struct target *t)
{
	uint64_t turns = atomic_load(&t->shared->turns);
	unsigned i;

	for (i = 0;
	     i < PATIENCE_MS && (atomic_load(&t->shared->turns) < turns + 10 ||
				 !go_target_is_free(t->pid));
	     i++)
		nap_ms(1);
	assert_true(go_target_is_free(t->pid));
	assert_true(atomic_load(&t->shared->turns) >= turns + 10);
	if (atomic_load(&t->shared->wrong))
		report(t->shared);
	assert_int_equal(atomic_load(&t->shared->wrong), 0);
}

/* On a busy machine the guardian finishes without us. */
static bool await_reaped(const struct target *t)
{
	unsigned i;

	for (i = 0; i < PATIENCE_MS && go_target_images(t->pid); i++)
		nap_ms(1);
	return !go_target_images(t->pid);
}

static void stop(struct target *t)
{
	assert_unharmed(t);
	assert_true(await_reaped(t));
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	munmap(t->shared, sizeof(*t->shared));
}

static struct fork_guard *hold(pid_t pid, const struct fork_limits *limits)
{
	struct fork_guard *guard;
	struct error *err = fork_guard_start(pid, limits, &guard);

	if (err)
		fail_msg("%s", err->message);
	return guard;
}

static void assert_refused(struct error *err, const char *why)
{
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_UNSUPPORTED);
	if (!strstr(err->message, why))
		fail_msg("%s", err->message);
	assert_non_null(err->hint);
	assert_non_null(strstr(err->hint, "--freeze=copy"));
	error_free(err);
}

static const struct fork_limits no_limits = {.timeout_ns = 5000000000};

static void registers_masks_and_answers_are_put_back(void **state)
{
	struct target t = start(PLAIN);
	unsigned i;

	(void)state;
	for (i = 0; i < (getenv("MAPSCOPE_SOAK") ? 300 : 60); i++) {
		struct fork_cost cost;

		fork_guard_release(hold(t.pid, &no_limits), &cost);
		assert_true(cost.reaped || await_reaped(&t));
		assert_true(cost.open_ns > 0 && cost.open_ns < cost.stop_ns);
	}
	stop(&t);
}

static void what_a_target_writes_is_counted(void **state)
{
	struct target t = start(PLAIN);
	struct fork_guard *guard = hold(t.pid, &no_limits);
	struct fork_cost cost;
	unsigned i;

	(void)state;
	atomic_store(&t.shared->write, true);
	nap_ms(300);
	for (i = 0; i < PATIENCE_MS && !atomic_load(&t.shared->written); i++)
		nap_ms(1);
	fork_guard_release(guard, &cost);
	assert_true(cost.cow_bytes >= WRITTEN);
	assert_true(cost.cow_bytes < 2 * WRITTEN);
	assert_true(cost.age_ns > 300000000);
	stop(&t);
}

/* To pin a shared page for reading makes the kernel copy it first. */
static void to_read_an_image_copies_no_page_of_it(void **state)
{
	const struct sample_options options = {.freeze = FREEZE_FORK};
	struct target t = start(PLAIN);
	struct sample *s = NULL;
	struct error *err = sample_take_live(t.pid, &options, NULL, NULL, &s);

	(void)state;
	if (err)
		fail_msg("%s", err->message);
	assert_true(sample_info(s)->copied_bytes >= WRITTEN);
	assert_true(sample_info(s)->cow_bytes < WRITTEN / 8);
	sample_free(s);
	stop(&t);
}

static void assert_loss(struct error *err, const char *why)
{
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_LIMIT);
	if (!strstr(err->message, why))
		fail_msg("%s", err->message);
	error_free(err);
}

static void await_loss(const struct fork_guard *guard, const char *why)
{
	struct error *err = NULL;
	unsigned i;

	for (i = 0; i < PATIENCE_MS && !err; i++) {
		nap_ms(1);
		err = fork_guard_lost(guard);
	}
	assert_loss(err, why);
}

static void an_image_that_costs_too_much_goes(void **state)
{
	const struct fork_limits limits = {.timeout_ns = 5000000000,
					   .max_cow = 16 << 20};
	struct target t = start(PLAIN);
	struct fork_guard *guard = hold(t.pid, &limits);
	struct fork_cost cost;

	(void)state;
	atomic_store(&t.shared->write, true);
	await_loss(guard, "--max-cow");
	fork_guard_release(guard, &cost);
	assert_true(cost.reaped || await_reaped(&t));
	stop(&t);
}

static void an_image_that_grows_too_old_goes(void **state)
{
	const struct fork_limits limits = {.timeout_ns = 5000000000,
					   .max_age_ns = 100000000};
	struct target t = start(PLAIN);
	struct fork_guard *guard = hold(t.pid, &limits);
	struct fork_cost cost;

	(void)state;
	await_loss(guard, "not read any more");
	fork_guard_release(guard, &cost);
	assert_true(cost.reaped || await_reaped(&t));
	stop(&t);
}

static void an_image_ten_times_too_old_goes_though_it_is_read(void **state)
{
	const struct fork_limits limits = {.timeout_ns = 5000000000,
					   .max_age_ns = 400000000};
	struct target t = start(PLAIN);
	struct fork_guard *guard = hold(t.pid, &limits);
	struct fork_cost cost;
	struct error *err = NULL;
	unsigned i;

	(void)state;
	for (i = 0; i < PATIENCE_MS && !err; i++) {
		nap_ms(1);
		atomic_fetch_add(fork_guard_progress(guard), 1);
		err = fork_guard_lost(guard);
	}
	assert_loss(err, "ten times as old");
	fork_guard_release(guard, &cost);
	assert_true(cost.age_ns > 10 * limits.max_age_ns);
	assert_true(cost.reaped || await_reaped(&t));
	stop(&t);
}

static void a_filter_that_refuses_is_never_asked(void **state)
{
	static const enum target_kind kinds[] = {FILTER_ERRNO, FILTER_KILL};
	size_t i;

	(void)state;
	if (geteuid())
		skip();
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		struct target t = start(kinds[i]);
		struct fork_guard *guard;

		assert_refused(fork_guard_start(t.pid, &no_limits, &guard),
			       "seccomp");
		stop(&t);
	}
}

static void a_filter_that_allows_it_is_no_obstacle(void **state)
{
	struct target t;

	(void)state;
	if (geteuid())
		skip();
	t = start(FILTER_ALLOW);
	fork_guard_release(hold(t.pid, &no_limits), NULL);
	stop(&t);
}

static void a_target_in_a_job_control_stop_is_left_alone(void **state)
{
	struct target t = start(PLAIN);
	struct fork_guard *guard;
	struct proc_stat stat = {0};
	unsigned i;

	(void)state;
	kill(t.pid, SIGSTOP);
	for (i = 0; i < 2000 && stat.state != 'T'; i++) {
		nap_ms(1);
		assert_null(procfs_stat(t.pid, 0, &stat));
	}
	assert_refused(fork_guard_start(t.pid, &no_limits, &guard),
		       "job control");
	nap_ms(5);
	assert_null(procfs_stat(t.pid, 0, &stat));
	assert_int_equal(stat.state, 'T');
	kill(t.pid, SIGCONT);
	stop(&t);
}

/* A target that is stopped as the image goes is asked again when it runs. */
static void an_image_of_a_target_stopped_since_is_reaped_later(void **state)
{
	struct target t = start(PLAIN);
	struct fork_guard *guard = hold(t.pid, &no_limits);
	pid_t image = fork_guard_image(guard);
	struct fork_cost cost;
	struct proc_stat stat;
	struct error *err = NULL;
	unsigned i;

	(void)state;
	kill(t.pid, SIGSTOP);
	nap_ms(5);
	fork_guard_release(guard, &cost);
	assert_false(cost.reaped);
	kill(t.pid, SIGCONT);
	for (i = 0; i < PATIENCE_MS && !err; i++) {
		nap_ms(1);
		err = procfs_stat(image, 0, &stat);
	}
	assert_non_null(err);
	error_free(err);
	stop(&t);
}

static void a_full_pids_limit_is_explained_and_survived(void **state)
{
	struct target t = start(PLAIN);
	struct fork_forecast forecast;
	struct fork_guard *guard;
	char dir[128], limit[16];

	(void)state;
	snprintf(limit, sizeof(limit), "%d", SLEEPERS + 1);
	if (!control_group_limit("pids", "pids.max", limit, t.pid, dir)) {
		print_message("no pids control group can be made here\n");
		stop(&t);
		skip();
	}
	assert_refused(fork_check(t.pid, &forecast), "pids limit");
	/* And if it fills up in between, the kernel refuses. */
	assert_refused(fork_guard_start(t.pid, &no_limits, &guard),
		       "refused to fork");
	stop(&t);
	control_group_remove(dir);
}

static void a_small_memory_group_is_explained_and_survived(void **state)
{
	struct target t = start(PLAIN);
	struct fork_forecast forecast;
	char dir[128];

	(void)state;
	if (!control_group_limit("memory", "memory.limit_in_bytes", "400000000",
				 t.pid, dir) &&
	    !control_group_limit("memory", "memory.max", "400000000", t.pid,
				 dir)) {
		print_message("no memory control group can be made here\n");
		stop(&t);
		skip();
	}
	/* What it wrote before is not charged to the group: write it again. */
	assert_null(fork_check(t.pid, &forecast));
	assert_true(forecast.headroom <= 400000000);
	assert_true(forecast.max_cow <= 100000000);
	fork_guard_release(hold(t.pid, &no_limits), NULL);
	if (control_group_write(dir, "memory.limit_in_bytes", "50000000") ||
	    control_group_write(dir, "memory.max", "50000000"))
		assert_refused(fork_check(t.pid, &forecast), "memory is short");
	stop(&t);
	control_group_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_masks_and_answers_are_put_back),
		cmocka_unit_test(what_a_target_writes_is_counted),
		cmocka_unit_test(to_read_an_image_copies_no_page_of_it),
		cmocka_unit_test(an_image_that_costs_too_much_goes),
		cmocka_unit_test(an_image_that_grows_too_old_goes),
		cmocka_unit_test(
			an_image_ten_times_too_old_goes_though_it_is_read),
		cmocka_unit_test(a_filter_that_refuses_is_never_asked),
		cmocka_unit_test(a_filter_that_allows_it_is_no_obstacle),
		cmocka_unit_test(a_target_in_a_job_control_stop_is_left_alone),
		cmocka_unit_test(
			an_image_of_a_target_stopped_since_is_reaped_later),
		cmocka_unit_test(a_full_pids_limit_is_explained_and_survived),
		cmocka_unit_test(
			a_small_memory_group_is_explained_and_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
