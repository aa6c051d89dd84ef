#include "tests/support/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/xalloc.h"
#include "tests/support/screen.h"

static const uint64_t WAIT_NS = 20000000000;
enum { SETTLE_MS = 500 };

static char *read_whole(const char *path)
{
	FILE *f = fopen(path, "r");
	struct buf text = {0};
	char bytes[4096];
	size_t n;

	while (f && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(&text, bytes, n);
	if (f)
		fclose(f);
	return buf_steal(&text);
}

void golden_open(struct golden *g, const char *path)
{
	const char *how = getenv("MAPSCOPE_GOLDEN");

	*g = (struct golden){
		.path = xstrdup(path),
		.want = read_whole(path),
		.write = how && !strcmp(how, "write"),
	};
}

static bool is_as_it_was(const struct golden *g)
{
	return !strncmp(g->want, buf_str(&g->got), g->got.len);
}

/*
 * A mark may be there before the rest of its screen is: what is drawn has
 * time to become what is expected, and counts as it is then.
 */
static void take_screen(struct golden *g, struct terminal *t, const char *name,
			golden_text_fn *text)
{
	uint64_t end = clock_now() + WAIT_NS;
	size_t begin = g->got.len;

	do {
		buf_truncate(&g->got, begin);
		terminal_settle(t, g->write ? SETTLE_MS : 20);
		text(t, name, &g->got);
	} while (!g->write && clock_now() < end && !is_as_it_was(g));
}

void golden_draw(struct golden *g, struct terminal *t,
		 const struct golden_screen *screens, size_t count,
		 golden_text_fn *text)
{
	size_t i;

	for (i = 0; i < count && (g->write || is_as_it_was(g)); i++) {
		terminal_send(t, screens[i].keys);
		see(t, screens[i].mark);
		take_screen(g, t, screens[i].name, text);
	}
}

static void write_file(const struct golden *g)
{
	FILE *f = fopen(g->path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(g->got.data, 1, g->got.len, f), g->got.len);
	assert_int_equal(fclose(f), 0);
}

static void compare(const struct golden *g)
{
	const char *a = g->want, *b = buf_str(&g->got);
	unsigned line = 1;

	while (*a && *a == *b) {
		line += *a == '\n';
		a++;
		b++;
	}
	if (!*a && !*b)
		return;
	while (a > g->want && a[-1] != '\n') {
		a--;
		b--;
	}
	fail_msg("%s:%u: expected\n%.*s\ngot\n%.*s", g->path, line,
		 (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
}

void golden_close(struct golden *g)
{
	if (g->write)
		write_file(g);
	else
		compare(g);
	buf_deinit(&g->got);
	free(g->want);
	free(g->path);
}
