/*
 * A fork of the target leaves no trace: real Go processes, with C and without,
 * that check themselves under load, and small targets of our own that watch
 * their registers, memory and children.
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
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/target/fork_guard.h"
#include "core/target/fork_reap.h"
#include "core/target/procfs.h"
#include "tests/support/target.h"

enum { CONNECTIONS = 40, TURNS = 15 };

/* `make soak` takes the time. */
static unsigned repeat(unsigned times, unsigned times_in_soak)
{
	return getenv("MAPSCOPE_SOAK") ? times_in_soak : times;
}

static void nap_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

static void sample_cleanup(struct sample **sample)
{
	sample_free(*sample);
}

/* The guardian of a killed interface takes a moment. */
static void assert_no_trace(pid_t pid)
{
	unsigned i;

	for (i = 0; i < 60000; i++) {
		if (go_target_is_free(pid) && !go_target_images(pid))
			return;
		nap_ms(1);
	}
	assert_true(go_target_is_free(pid));
	assert_int_equal(go_target_images(pid), 0);
}

static struct go_target start(const char *name)
{
	CLEANUP(free_cleanup) char *path = go_target_newest(name);
	struct go_target t;

	assert_non_null(path);
	assert_true(go_target_start(&t, path));
	return t;
}

/* A target with classic maps. */
static struct go_target start_classic(void)
{
	static const char *const versions[] = {"1.23", "1.22", "1.21", "1.19"};
	char path[4096];
	struct go_target t;
	size_t i;

	for (i = 0; i < ARRAY_LEN(versions); i++) {
		snprintf(path, sizeof(path), "%s/forks-%s",
			 getenv("MAPSCOPE_TARGETS"), versions[i]);
		if (access(path, X_OK))
			continue;
		assert_true(go_target_start(&t, path));
		return t;
	}
	skip();
	return (struct go_target){.in = -1};
}

/* It ends with an error if anything was ever wrong. */
static void stop(struct go_target *t)
{
	assert_no_trace(t->pid);
	assert_int_equal(go_target_stop(t), 0);
}

static uint64_t truth(const struct go_target *t, const char *key)
{
	json_t *json = json_loads(t->truth, 0, NULL), *value;
	uint64_t ret;

	assert_non_null(json);
	value = json_object_get(json, key);
	ret = json_is_string(value)
		      ? strtoull(json_string_value(value), NULL, 16)
		      : (uint64_t)json_integer_value(value);
	json_decref(json);
	assert_true(ret != 0);
	return ret;
}

static struct sample *take(pid_t pid)
{
	const struct sample_options options = {.freeze = FREEZE_FORK};
	struct sample *sample = NULL;
	struct error *err =
		sample_take_live(pid, &options, NULL, NULL, &sample);

	if (err)
		fail_msg("%s", err->message);
	return sample;
}

static struct fork_guard *hold(pid_t pid)
{
	const struct fork_limits limits = {.timeout_ns = 5000000000};
	struct fork_guard *guard;
	struct error *err = fork_guard_start(pid, &limits, &guard);

	if (err)
		fail_msg("%s", err->message);
	return guard;
}

static uint64_t hash_text(pid_t pid)
{
	struct sample_mapping *maps = NULL;
	uint64_t hash = 14695981039346656037ULL, at;
	size_t count = 0, i;
	char path[64];
	int fd;

	assert_null(procfs_maps(pid, &maps, &count));
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (i = 0; i < count; i++) {
		uint8_t page[4096];
		size_t k;

		for (at = maps[i].start; maps[i].executable && at < maps[i].end;
		     at += 4096) {
			if (pread(fd, page, 4096, (off_t)at) != 4096)
				break;
			for (k = 0; k < 4096; k++)
				hash = (hash ^ page[k]) * 1099511628211ULL;
		}
		free(maps[i].path);
	}
	close(fd);
	free(maps);
	return hash;
}

static void fork_many_times(struct go_target *t)
{
	uint64_t text = hash_text(t->pid);
	unsigned i;

	for (i = 0; i < repeat(20, 170); i++) {
		CLEANUP(sample_cleanup) struct sample *s = take(t->pid);
		const struct sample_info *info = sample_info(s);
		size_t count;

		assert_true(info->stop_ns > 0 && info->copied_bytes > 0);
		assert_true(info->complete);
		sample_threads(s, &count);
		assert_true(count > 2);
	}
	assert_true(hash_text(t->pid) == text);
	stop(t);
}

static void many_forks_harm_no_go_program(void **state)
{
	struct go_target t = start("forks");

	(void)state;
	fork_many_times(&t);
}

static void many_forks_harm_no_program_with_classic_maps(void **state)
{
	struct go_target t = start_classic();

	(void)state;
	fork_many_times(&t);
}

static void many_forks_harm_no_program_with_threads_of_c(void **state)
{
	struct go_target t = start("forkscgo");

	(void)state;
	fork_many_times(&t);
}

/* One counter is written right after the other, in another span. */
static void the_image_is_of_one_instant(void **state)
{
	struct go_target t = start("forks");
	uint64_t first = truth(&t, "first"), second = truth(&t, "second");
	uint64_t last = 0;
	unsigned i;

	(void)state;
	for (i = 0; i < repeat(25, 200); i++) {
		CLEANUP(sample_cleanup) struct sample *s = take(t.pid);
		uint64_t a, b;

		assert_true(sample_u64(s, first, &a));
		assert_true(sample_u64(s, second, &b));
		assert_in_range(a - b, 0, 1);
		assert_true(b >= last);
		last = b;
	}
	assert_true(last > 0);
	stop(&t);
}

/* The target goes on while its image stands still. */
static void the_image_does_not_change(void **state)
{
	struct go_target t = start("forks");
	struct fork_guard *guard = hold(t.pid);
	pid_t image = fork_guard_image(guard);
	uint64_t at = truth(&t, "second"), before = 0, after = 0, now = 0;
	char path[64];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)image);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(pread(fd, &before, 8, (off_t)at) == 8);
	nap_ms(100);
	assert_true(pread(fd, &after, 8, (off_t)at) == 8);
	close(fd);
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)t.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(pread(fd, &now, 8, (off_t)at) == 8);
	close(fd);
	assert_true(before == after && now > after);
	fork_guard_release(guard, NULL);
	stop(&t);
}

static int connect_to(uint64_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
		connect(fd, (const struct sockaddr *)&address, sizeof(address)),
		0);
	return fd;
}

static void a_close_is_seen_at_once_while_an_image_is_held(void **state)
{
	struct go_target t = start("forks");
	uint64_t port = truth(&t, "port");
	struct fork_guard *guard;
	int fds[CONNECTIONS];
	unsigned i;

	(void)state;
	for (i = 0; i < CONNECTIONS; i++)
		fds[i] = connect_to(port);
	nap_ms(20);
	guard = hold(t.pid);
	for (i = 0; i < CONNECTIONS; i++) {
		struct pollfd end = {.fd = fds[i], .events = POLLIN};
		char byte = 1;

		assert_int_equal(send(fds[i], &byte, 1, 0), 1);
		assert_int_equal(poll(&end, 1, 2000), 1);
		assert_int_equal(recv(fds[i], &byte, 1, 0), 0);
		close(fds[i]);
	}
	assert_null(fork_guard_lost(guard));
	fork_guard_release(guard, NULL);
	stop(&t);
}

/* In a process of its own: it must not go on with the tests. */
static _Noreturn void take_samples(pid_t pid, enum sample_freeze freeze,
				   unsigned count)
{
	const struct sample_options options = {.freeze = freeze};

	while (count--) {
		struct sample *sample = NULL;
		struct error *err =
			sample_take_live(pid, &options, NULL, NULL, &sample);

		if (err) {
			print_error("%s\n", err->message);
			_exit(1);
		}
		sample_free(sample);
	}
	_exit(0);
}

/* One tracer at a time: the others wait until it is their turn. */
static void several_take_turns(void **state)
{
	struct go_target t = start("forks");
	pid_t takers[3];
	unsigned i;
	int status;

	(void)state;
	for (i = 0; i < ARRAY_LEN(takers); i++) {
		takers[i] = fork();
		if (!takers[i])
			take_samples(t.pid, i ? FREEZE_FORK : FREEZE_COPY,
				     TURNS);
	}
	for (i = 0; i < ARRAY_LEN(takers); i++) {
		waitpid(takers[i], &status, 0);
		assert_int_equal(status, 0);
	}
	stop(&t);
}

static void kill_interfaces(struct go_target *t)
{
	unsigned i;
	int status;

	srand(5);
	for (i = 0; i < repeat(25, 200); i++) {
		pid_t interface = fork();

		if (!interface)
			take_samples(t->pid, FREEZE_FORK, UINT_MAX);
		usleep((useconds_t)(rand() % 60000));
		kill(interface, SIGKILL);
		waitpid(interface, &status, 0);
		assert_true(WIFSIGNALED(status));
		assert_no_trace(t->pid);
	}
	stop(t);
}

static void killing_the_interface_leaves_no_trace(void **state)
{
	struct go_target t = start("forks");

	(void)state;
	kill_interfaces(&t);
}

static void killing_the_interface_leaves_classic_maps_alone(void **state)
{
	struct go_target t = start_classic();

	(void)state;
	kill_interfaces(&t);
}

static pid_t tracer_of(pid_t pid)
{
	struct proc_status status = {0};

	error_free(procfs_status(pid, &status));
	return status.tracer;
}

/* What only kill -9 of the guardian itself can leave: a zombie, for the next.
 */
static void the_next_start_clears_what_a_killed_guardian_left(void **state)
{
	struct go_target t = start("forks");
	struct fork_guard *guard = hold(t.pid);
	struct fork_cost cost;
	unsigned i;

	(void)state;
	kill(tracer_of(fork_guard_image(guard)), SIGKILL);
	for (i = 0; i < 2000 && !fork_count_leftovers(t.pid); i++)
		nap_ms(1);
	assert_int_equal(fork_count_leftovers(t.pid), 1);
	fork_guard_release(guard, &cost);
	assert_false(cost.reaped);
	sample_free(take(t.pid));
	stop(&t);
}

static pid_t guardian_of(pid_t interface)
{
	pid_t found = 0;
	unsigned i;

	for (i = 0; i < 1000 && !found; i++) {
		DIR *dir = opendir("/proc");
		struct dirent *entry;

		while (dir && !found && (entry = readdir(dir))) {
			pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
			struct proc_stat stat = {0};

			if (pid > 0)
				error_free(procfs_stat(pid, 0, &stat));
			if (pid > 0 && stat.ppid == interface)
				found = pid;
		}
		if (dir)
			closedir(dir);
	}
	return found;
}

/* An image may take a moment to die. */
static void clear_leftovers(pid_t pid)
{
	unsigned i;

	for (i = 0; i < 20 && go_target_images(pid); i++) {
		sample_free(take(pid));
		nap_ms(1);
	}
	assert_int_equal(go_target_images(pid), 0);
}

/*
 * The one thing that nobody can finish. The target must survive it even in the
 * call; what stays is a dead image, for the next start to clear.
 */
static void killing_the_guardian_harms_no_target(void **state)
{
	struct go_target t = start("forks");
	unsigned i;

	(void)state;
	srand(6);
	for (i = 0; i < repeat(20, 200); i++) {
		pid_t interface = fork(), guardian;

		if (!interface) {
			close(STDERR_FILENO);
			take_samples(t.pid, FREEZE_FORK, 1);
		}
		guardian = guardian_of(interface);
		usleep((useconds_t)(rand() % 8000));
		if (guardian)
			kill(guardian, SIGKILL);
		waitpid(interface, NULL, 0);
		clear_leftovers(t.pid);
	}
	stop(&t);
}

/* 0 if it cannot be read. */
static uint64_t word_at(pid_t pid, uint64_t addr)
{
	uint64_t value = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &value, 8, (off_t)addr) != 8)
		value = 0;
	close(fd);
	return value;
}

static void a_target_that_dies_takes_nothing_with_it(void **state)
{
	struct go_target t = start("forks");
	struct fork_guard *guard;
	pid_t image;

	(void)state;
	while (!word_at(t.pid, truth(&t, "first")))
		usleep(1000);
	guard = hold(t.pid);
	image = fork_guard_image(guard);
	kill(t.pid, SIGKILL);
	waitpid(t.pid, NULL, 0);
	assert_true(word_at(image, truth(&t, "first")) > 0);
	fork_guard_release(guard, NULL);
	assert_int_equal(go_target_images(t.pid), 0);
	t.pid = 0;
	go_target_stop(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_forks_harm_no_go_program),
		cmocka_unit_test(many_forks_harm_no_program_with_classic_maps),
		cmocka_unit_test(many_forks_harm_no_program_with_threads_of_c),
		cmocka_unit_test(the_image_is_of_one_instant),
		cmocka_unit_test(the_image_does_not_change),
		cmocka_unit_test(
			a_close_is_seen_at_once_while_an_image_is_held),
		cmocka_unit_test(several_take_turns),
		cmocka_unit_test(killing_the_interface_leaves_no_trace),
		cmocka_unit_test(
			killing_the_interface_leaves_classic_maps_alone),
		cmocka_unit_test(
			the_next_start_clears_what_a_killed_guardian_left),
		cmocka_unit_test(killing_the_guardian_harms_no_target),
		cmocka_unit_test(a_target_that_dies_takes_nothing_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
