#include "tests/support/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/target.h"

enum { WAIT_MS = 20000 };

void see(struct terminal *t, const char *text)
{
	if (terminal_wait_for(t, text, WAIT_MS))
		return;
	print_message("not on the screen: %s\n%s\n", text, terminal_dump(t));
	fail();
}

void leave(struct terminal *t)
{
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, WAIT_MS), 0);
	/* The alternate screen was left again. */
	assert_non_null(strstr(terminal_raw(t), "\033[?1049l"));
	terminal_close(t);
}

void leave_free(struct terminal *t, pid_t pid)
{
	leave(t);
	assert_true(go_target_is_free(pid));
}
