/*
 * Times that no command prints of itself:
 *
 * ask live PID     questions about the map main.wide, after one analysis
 * ask index FILE   debug information of a Go program
 * ask fork BYTES   how long fork() takes with as much memory, best of three
 * ask screen TEXT COMMAND...   until a terminal of 100x30 shows TEXT
 *
 * Each answer is a line "NAME NUMBER"; numbers are nanoseconds (of the
 * processor, but for fork and screen) or bytes.
 */
#include <inttypes.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "core/go/program.h"
#include "core/session/expr.h"
#include "core/session/objects.h"
#include "core/session/references.h"
#include "core/session/session_priv.h"

/*
 * Processor time of all our threads: other work on the machine does not count,
 * and what waits for the disk or a terminal is not asked here.
 */
static uint64_t cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

enum { PAGE_ROWS = 50, OUTPUT = 1 << 20, SCREEN_SECONDS = 120 };

static void need(struct error *err)
{
	if (!err)
		return;
	fprintf(stderr, "ask: %s\n", err->message);
	exit(1);
}

static void answer(const char *name, uint64_t number)
{
	printf("%s %" PRIu64 "\n", name, number);
}

/* One pass over as many bytes, with nothing to follow. */
static uint64_t pass_over(uint64_t bytes)
{
	CLEANUP(free_cleanup)
	uint64_t *words = xcalloc(bytes / 8 + 1, sizeof(*words));
	volatile uint64_t sum = 0;
	uint64_t i, since, total = 0;

	memset(words, 1, bytes);
	since = cpu_now();
	for (i = 0; i < bytes / 8; i++)
		total ^= words[i];
	sum = total;
	(void)sum;
	return cpu_now() - since;
}

static void ask_walk(const struct session *session, uint32_t row)
{
	const struct map_row *map;
	struct map_figures figures;
	struct map_detail detail;
	struct map_view view;
	struct entries *entries;
	struct entry entry;
	uint64_t since, i, count;
	uint32_t rows;

	map = &session_maps(session, &rows)[row];
	answer("storage", map->storage_bytes);
	answer("pass", pass_over(map->storage_bytes));
	session_map_view(session, map, &view);
	since = cpu_now();
	need(map_figures_load(&view, &figures));
	answer("figures", cpu_now() - since);
	entries = entries_open(session, row);
	since = cpu_now();
	count = entries_count(entries);
	for (i = 0; i < count; i++)
		need(entries_get(entries, i, &entry));
	answer("walk", cpu_now() - since);
	answer("entries", count);
	since = cpu_now();
	need(entries_get(entries, count / 2, &entry));
	answer("seek", cpu_now() - since);
	entries_close(entries);
	since = cpu_now();
	need(map_detail_load(session, row, &detail));
	answer("detail", cpu_now() - since);
	map_detail_deinit(&detail);
}

static void ask_expression(const struct session *session, const char *name,
			   const char *text)
{
	struct expr_context *context = expr_context_new(session, UINT32_MAX, 0);
	CLEANUP(buf_deinit) struct buf out = {0};
	const struct print_limits limits = print_limits_default();
	struct expr_value value;
	uint64_t since = cpu_now();

	need(expr_eval(context, text, &value));
	expr_text(context, &value, &limits, &out);
	answer(name, cpu_now() - since);
	expr_context_free(context);
}

static void ask_references(const struct session *session, const char *name,
			   uint64_t addr)
{
	uint64_t since = cpu_now();
	struct ref_rows rows;
	struct refs refs;

	need(refs_load(session, addr, 16, true, &refs));
	refs_deinit(&refs);
	need(refs_in(session, addr, PAGE_ROWS, &rows));
	ref_rows_deinit(&rows);
	answer(name, cpu_now() - since);
}

/* Sorted, and its middle shown. */
static void ask_page(const char *name, const struct list_kind *kind,
		     const void *model)
{
	uint64_t since = cpu_now();
	struct list list;
	uint32_t i, column;

	list_init(&list, kind, model);
	answer(name, cpu_now() - since);
	since = cpu_now();
	for (i = 0; i < PAGE_ROWS && list.count / 2 + i < list.count; i++) {
		for (column = 0; column < kind->column_count; column++) {
			CLEANUP(buf_deinit) struct buf out = {0};
			struct cell cell;

			list_cell(&list, list.count / 2 + i, (int)column,
				  &cell);
			cell_text(&out, &kind->columns[column], &cell);
		}
	}
	printf("%s_page %" PRIu64 "\n", name, cpu_now() - since);
	list_deinit(&list);
}

static void ask_objects(const struct session *session)
{
	struct object_set set;

	need(object_set_load(session, OBJECTS_REACHED, NULL, 0, &set));
	answer("objects", set.count);
	ask_page("list_objects", &object_list_kind, &set);
	object_set_deinit(&set);
}

static void ask_live(const char *pid)
{
	struct session_options options = session_options_default();
	struct session *session;
	uint32_t row, rows;
	uint64_t addr;

	options.max_stop_ns = 60000000000;
	need(session_open_live((pid_t)atoi(pid), &options, NULL, &session));
	need(session_find_map(session, "main.wide", &row));
	addr = session_maps(session, &rows)[row].addr;
	ask_walk(session, row);
	ask_expression(session, "expression", "main.wide[500000]");
	ask_expression(session, "expression_2", "len(main.maps)");
	ask_references(session, "references", addr);
	ask_references(session, "references_2", addr);
	ask_page("list_maps", &map_list_kind, session);
	ask_objects(session);
	session_free(session);
}

static void ask_index(const char *path)
{
	struct go_program *program;
	CLEANUP(free_cleanup) char *block = xcalloc(1, OUTPUT);
	uint64_t since, wall, bytes = 0;
	FILE *f = fopen(path, "re");
	size_t n;

	/* The second pass: the file is in memory then, for both. */
	while (f && (n = fread(block, 1, OUTPUT, f)) > 0)
		bytes += n;
	if (!f)
		exit(1);
	rewind(f);
	since = cpu_now();
	while (fread(block, 1, OUTPUT, f) > 0)
		;
	answer("pass", cpu_now() - since);
	fclose(f);
	answer("bytes", bytes);
	since = cpu_now();
	wall = clock_now();
	need(go_program_open(path, NULL, NULL, &program));
	answer("index_wall", clock_now() - wall);
	answer("index", cpu_now() - since);
	go_program_close(program);
}

static void ask_fork(const char *text)
{
	size_t bytes = strtoull(text, NULL, 10), at;
	uint8_t *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t best = UINT64_MAX, since;
	unsigned i;

	if (memory == MAP_FAILED)
		exit(1);
	for (at = 0; at < bytes; at += 4096)
		memory[at] = 1;
	for (i = 0; i < 3; i++) {
		pid_t pid;

		since = clock_now();
		pid = fork();
		if (!pid)
			_exit(0);
		since = clock_now() - since;
		best = since < best ? since : best;
		waitpid(pid, NULL, 0);
	}
	answer("fork", best);
}

static bool read_until(int fd, const char *text)
{
	uint64_t until = clock_now() + SCREEN_SECONDS * 1000000000ULL;
	CLEANUP(free_cleanup) char *seen = xcalloc(1, OUTPUT);
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	size_t len = 0;
	ssize_t n;

	while (clock_now() < until && len + 1 < OUTPUT) {
		if (poll(&poll_fd, 1, 1000) <= 0)
			continue;
		n = read(fd, seen + len, OUTPUT - len - 1);
		if (n <= 0)
			return false;
		len += (size_t)n;
		if (memmem(seen, len, text, strlen(text)))
			return true;
	}
	return false;
}

static void ask_screen(const char *text, char *const command[])
{
	const struct winsize size = {.ws_row = 30, .ws_col = 100};
	uint64_t since = clock_now();
	bool found;
	int fd;
	pid_t pid = forkpty(&fd, NULL, NULL, &size);

	if (pid < 0)
		exit(1);
	if (pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		execvp(command[0], command);
		_exit(127);
	}
	found = read_until(fd, text);
	if (found)
		answer("screen", clock_now() - since);
	kill(pid, SIGTERM);
	close(fd);
	waitpid(pid, NULL, 0);
	if (!found)
		exit(1);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "live"))
		ask_live(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "index"))
		ask_index(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "fork"))
		ask_fork(argv[2]);
	else if (argc > 3 && !strcmp(argv[1], "screen"))
		ask_screen(argv[2], argv + 3);
	else
		return 2;
	return 0;
}
