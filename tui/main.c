#include <locale.h>
#include <signal.h>

#include "core/session/crash.h"
#include "tui/cli.h"

#ifndef MAPSCOPE_COMMIT
#define MAPSCOPE_COMMIT ""
#endif

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	/* A reader that goes away is a failed write, not a death. */
	signal(SIGPIPE, SIG_IGN);
	crash_install(NULL);
	return cli_main(argc, argv, MAPSCOPE_COMMIT);
}
