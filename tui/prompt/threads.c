/* threads, thread and regs. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/render.h"
#include "core/session/symbols.h"
#include "tui/prompt/shell.h"

static void add_thread(struct shell *shell, const struct thread_row *row)
{
	struct goroutine_row g;
	bool selected = false;

	if (shell->goroutine < session_goroutine_count(shell->session)) {
		session_goroutine(shell->session, shell->goroutine, &g);
		selected = g.thread == row->tid;
	}
	buf_printf(&shell->out, "%c Thread %d", selected ? '*' : ' ',
		   (int)row->tid);
	if (row->have_registers)
		buf_printf(&shell->out, " at 0x%" PRIx64,
			   row->registers[THREAD_REGISTERS - 1]);
	if (row->goroutine)
		buf_printf(&shell->out, " goroutine %" PRId64, row->goroutine);
	buf_addc(&shell->out, '\n');
}

struct error *shell_threads(struct shell *shell, const char *args)
{
	uint32_t n = session_thread_count(shell->session), i;
	CLEANUP(json_deinit) struct json json = {0};
	struct thread_row row;

	(void)args;
	if (shell->json) {
		render_begin(&json, shell->session, "threads",
			     shell->limits.redact);
		json_open(&json, "threads", '[');
	}
	for (i = 0; i < n; i++) {
		session_thread(shell->session, i, &row);
		if (!shell->json) {
			add_thread(shell, &row);
			continue;
		}
		json_open(&json, NULL, '{');
		json_i64(&json, "tid", row.tid);
		json_i64(&json, "goroutine", row.goroutine);
		json_address(&json, "pc",
			     row.have_registers
				     ? row.registers[THREAD_REGISTERS - 1]
				     : 0);
		json_close(&json, '}');
	}
	if (shell->json) {
		json_close(&json, ']');
		render_end(&json);
		buf_add(&shell->out, json.out.data, json.out.len);
	}
	return NULL;
}

struct error *shell_thread(struct shell *shell, const char *args)
{
	uint32_t n = session_thread_count(shell->session), i, index;
	struct thread_row row;
	uint64_t tid;

	if (!*args)
		return error_hint(error_new(ERROR_USAGE, "which thread?"),
				  "thread N; threads lists them");
	if (!shell_number(args, &tid))
		return error_hint(
			error_new(ERROR_USAGE, "'%s' is no thread id", args),
			"threads lists them");
	for (i = 0; i < n; i++) {
		session_thread(shell->session, i, &row);
		if ((uint64_t)row.tid != tid)
			continue;
		index = session_goroutine_find(shell->session, row.goroutine);
		if (!row.goroutine || index == UINT32_MAX)
			return error_new(ERROR_NOT_FOUND,
					 "thread %d runs no goroutine",
					 (int)row.tid);
		shell->goroutine = index;
		shell->frame = 0;
		return shell_goroutine(shell, "");
	}
	return error_hint(error_new(ERROR_NOT_FOUND, "no thread %s", args),
			  "threads lists them");
}

static bool selected_thread(const struct shell *shell, struct thread_row *ret)
{
	uint32_t n = session_thread_count(shell->session), i;
	struct goroutine_row g;

	if (shell->goroutine >= session_goroutine_count(shell->session))
		return false;
	session_goroutine(shell->session, shell->goroutine, &g);
	for (i = 0; i < n && g.thread; i++) {
		session_thread(shell->session, i, ret);
		if (ret->tid == g.thread)
			return true;
	}
	return false;
}

struct error *shell_regs(struct shell *shell, const char *args)
{
	struct thread_row row;
	uint32_t i;

	if (*args && strcmp(args, "-a") != 0)
		return error_new(ERROR_USAGE, "regs [-a]");
	if (!selected_thread(shell, &row))
		return error_hint(error_new(ERROR_NOT_FOUND,
					    "the goroutine is on no thread"),
				  "goroutines -with running lists those that "
				  "are");
	if (!row.have_registers)
		return error_new(ERROR_NOT_FOUND,
				 "this sample holds no registers");
	for (i = 0; i < THREAD_REGISTERS; i++)
		buf_printf(&shell->out, "%5s = 0x%016" PRIx64 "\n",
			   thread_register_name(i), row.registers[i]);
	if (*args)
		buf_adds(&shell->out, "(a sample keeps no others: no floating "
				      "point, no vectors)\n");
	return NULL;
}

static void add_library(void *arg, uint64_t addr, const char *path)
{
	struct shell *shell = arg;

	buf_printf(&shell->out, "0x%" PRIx64 " ", addr);
	text_plain(&shell->out, path, strlen(path));
	buf_addc(&shell->out, '\n');
}

struct error *shell_libraries(struct shell *shell, const char *args)
{
	size_t before = shell->out.len;

	(void)args;
	session_libraries(shell->session, add_library, shell);
	if (shell->out.len == before)
		buf_adds(&shell->out, "(no libraries)\n");
	return NULL;
}
