#include "tests/support/counter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/xalloc.h"
#include "core/target/procfs.h"
#include "tests/support/patience.h"

struct shared **current_shared(void)
{
	static struct shared *shared; /* for the signal handler */

	return &shared;
}

static void on_signal(int signal)
{
	(void)signal;
	atomic_fetch_add(&(*current_shared())->signals, 1);
}

void nap_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

void *count_on(void *arg)
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
		pthread_create(&thread, NULL, count_on, &shared->counters[i]);
	if (spawns)
		pthread_create(&thread, NULL, spawn, shared);
	atomic_store(&shared->ready, true);
	count_on(&shared->counters[0]);
}

struct target start_target(bool spawns)
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

void stop_target(struct target *t)
{
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	munmap(t->shared, sizeof(*t->shared));
}

void sample_cleanup(struct sample **sample)
{
	sample_free(*sample);
}

/* The shadow of a sanitizer: terabytes, reserved and read as zero. */
struct error *list_shadow(void *arg, const struct sample *peek,
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

const struct sample_plan *plan_everything(void)
{
	static const struct sample_plan without_shadow = {
		.arenas = list_shadow,
		.ranges = want_nothing,
	};

	return PATIENCE > 1 ? &without_shadow : NULL;
}

struct sample *take(pid_t pid, enum sample_freeze freeze)
{
	const struct sample_options options = {.freeze = freeze};
	struct sample *sample = NULL;
	struct error *err = sample_take_live(pid, &options, plan_everything(),
					     NULL, &sample);

	if (err)
		fail_msg("%s", err->message);
	return sample;
}

bool any_thread_in(pid_t pid, const char *states)
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

void assert_untouched(const struct target *t)
{
	struct proc_status status;

	assert_null(procfs_status(t->pid, &status));
	assert_int_equal(status.tracer, 0);
	assert_false(any_thread_in(t->pid, "tT"));
	assert_true(all_advance(t));
}
