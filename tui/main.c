#include <locale.h>
#include <signal.h>

#include "tui/cli.h"

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	/* A reader that goes away is a failed write, not a death. */
	signal(SIGPIPE, SIG_IGN);
	return cli_main(argc, argv);
}
