#ifndef CORE_SESSION_ABOUT_H
#define CORE_SESSION_ABOUT_H

/** What this program is made of. */
#include <stddef.h>

enum { ABOUT_LIBRARIES = 7, ABOUT_VERSION = 48 };

struct about_library {
	const char *name;
	char version[ABOUT_VERSION]; /* of what is linked; "?" unknown */
};

struct about {
	char *build_id; /* of the running program; owned; NULL none */
	struct about_library libraries[ABOUT_LIBRARIES];
	const char *compiler;	  /* "gcc 12.2.0, optimised" */
	int go_oldest, go_newest; /* minor releases of Go 1 */
	int snapshot_version;	  /* of the tables of a .msnap */
};

void about_load(struct about *ret);
void about_deinit(struct about *about);

#endif
