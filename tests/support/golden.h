#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

/**
 * Screens compared with a file of tests/golden; with MAPSCOPE_GOLDEN=write it
 * is written anew. All fail the test.
 */
#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"
#include "tests/support/terminal.h"

/** Keys that open a screen from the one before, and what only it shows. */
struct golden_screen {
	const char *name, *keys, *mark;
};

struct golden {
	char *path, *want;
	struct buf got;
	bool write;
};

/** Adds what of the screen @p name is compared. */
typedef void golden_text_fn(struct terminal *terminal, const char *name,
			    struct buf *out);

void golden_open(struct golden *golden, const char *path);
/** Until the first screen that is not as it was. */
void golden_draw(struct golden *golden, struct terminal *terminal,
		 const struct golden_screen *screens, size_t count,
		 golden_text_fn *text);
/** Writes the file, or says the first line that differs. */
void golden_close(struct golden *golden);

#endif
