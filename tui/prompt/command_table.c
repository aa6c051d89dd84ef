/* All commands of the prompt, what delve has and mapscope refuses, help. */
#include <string.h>

#include "core/base/xalloc.h"
#include "tui/prompt/shell.h"

/* clang-format off: a table */
const struct shell_command shell_commands[] = {
	/* delve's */
	{"args", "", "[-v] [RE]", "arguments and results of the frame",
	 WORDS_NONE, shell_args, NULL},
	{"config", "", "-list | -save | NAME VALUE | alias COMMAND ALIAS",
	 "settings of the prompt", WORDS_SETTING, shell_config, NULL},
	{"deferred", "", "N COMMAND",
	 "print, args, locals, list for a call that the frame has deferred",
	 WORDS_COMMAND, shell_deferred, NULL},
	{"display", "", "-a [%FORMAT] EXPR | -d N",
	 "expressions shown again "
	 "after each sample",
	 WORDS_EXPRESSION, shell_display, NULL},
	{"down", "", "[N] [COMMAND]", "select an inner frame", WORDS_COMMAND,
	 shell_down, NULL},
	{"examinemem", "x", "[-fmt F] [-count N] [-size N] ADDR | -x EXPR",
	 "memory at an address", WORDS_EXPRESSION, shell_examine, NULL},
	{"dump", "", "FILE [--force]", "an ELF core of the sample", WORDS_FILE,
	 NULL, "snapshot --elf"},
	{"exit", "quit q", "", "leave; the target runs on", WORDS_NONE,
	 shell_exit, NULL},
	{"frame", "", "N [COMMAND]", "select a frame", WORDS_COMMAND,
	 shell_select_frame, NULL},
	{"funcs", "", "[RE]", "list functions", WORDS_FUNCTION, shell_funcs,
	 NULL},
	{"goroutine", "gr", "[ID [COMMAND]]", "show or select a goroutine",
	 WORDS_GOROUTINE, shell_goroutine, NULL},
	{"goroutines", "grs",
	 "[-u|-r|-g|-s] [-t [N]] [-l] [-maps] [-with|-without WHAT] "
	 "[-group WHAT] [-chan EXPR] [-exec COMMAND]",
	 "list goroutines", WORDS_NONE, shell_goroutines, NULL},
	{"help", "h", "[COMMAND]", "list commands, or show one", WORDS_COMMAND,
	 shell_help, NULL},
	{"libraries", "", "", "other files that are mapped", WORDS_NONE,
	 shell_libraries, NULL},
	{"edit", "ed", "[FUNCTION[:N] | FILE:LINE | N | +N | -N | *ADDR]",
	 "the source in $DELVE_EDITOR, $VISUAL or $EDITOR", WORDS_FUNCTION,
	 shell_edit, NULL},
	{"list", "ls l", "[FUNCTION[:N] | FILE:LINE | N | +N | -N | *ADDR]",
	 "source of the frame, if it "
	 "is here",
	 WORDS_FUNCTION, shell_list, NULL},
	{"locals", "", "[-v] [RE]", "local variables of the frame", WORDS_NONE,
	 shell_locals, NULL},
	{"packages", "", "[RE]", "list packages", WORDS_PACKAGE, shell_packages,
	 NULL},
	{"print", "p", "[%FORMAT] EXPR", "value of an expression",
	 WORDS_EXPRESSION, shell_print, NULL},
	{"regs", "", "[-a]", "registers of the goroutine's thread", WORDS_NONE,
	 shell_regs, NULL},
	{"source", "", "FILE", "run the commands of a file", WORDS_FILE,
	 shell_source, NULL},
	{"sources", "", "[RE]", "list source files", WORDS_NONE, shell_sources,
	 NULL},
	{"stack", "bt",
	 "[N] [-full] [-offsets] [-defer] [-a N] [-adepth N] [-mode MODE]",
	 "frames of the goroutine", WORDS_NONE, shell_stack, NULL},
	{"target", "", "[list]", "what is looked at", WORDS_NONE, shell_target,
	 NULL},
	{"thread", "tr", "TID", "select the goroutine of a thread",
	 WORDS_THREAD, shell_thread, NULL},
	{"threads", "", "", "list threads", WORDS_NONE, shell_threads, NULL},
	{"transcript", "", "[-t] [-x] FILE | -off",
	 "copy what is printed to "
	 "a file",
	 WORDS_FILE, shell_transcript, NULL},
	{"types", "", "[RE]", "list types", WORDS_TYPE, shell_types, NULL},
	{"up", "", "[N] [COMMAND]", "select an outer frame", WORDS_COMMAND,
	 shell_up, NULL},
	{"vars", "", "[-v] [-c] [RE]", "package variables; -c: those of C too",
	 WORDS_VARIABLE, shell_vars, NULL},
	{"whatis", "", "EXPR | TYPE", "type of an expression", WORDS_EXPRESSION,
	 shell_whatis, NULL},
	{"continue", "c", "", "with --freeze=stop: let the target run",
	 WORDS_NONE, shell_continue, NULL},
	{"halt", "", "", "with --freeze=stop: stop it and sample again",
	 WORDS_NONE, shell_resample, NULL},
	/* our own */
	{"addr", "", "ADDR", "what lives at an address", WORDS_EXPRESSION, NULL,
	 "addr"},
	{"buckets", "bk", "MAP [A:B]",
	 "buckets or groups of a map, slot by slot", WORDS_MAP, NULL,
	 "map --buckets"},
	{"containers", "", "[flags]", "sync.Map, container/list, channels",
	 WORDS_NONE, NULL, "containers"},
	{"dominators", "dom retained ret", "[EXPR] [flags]",
	 "what keeps most alive", WORDS_EXPRESSION, NULL, "retained"},
	{"entries", "en", "MAP [A:B] [/RE/]", "entries of a map", WORDS_MAP,
	 NULL, "entries"},
	{"diff", "", "BASE.msnap [flags]", "what changed since a snapshot",
	 WORDS_FILE, NULL, "diff"},
	{"find", "", "TEXT | /RE/", "where a string, or what matches, is",
	 WORDS_NONE, NULL, "find"},
	{"findings", "", "[flags]", "what deserves attention", WORDS_NONE, NULL,
	 "findings"},
	{"heapprofile", "hp", "[flags]", "the program's own heap profile",
	 WORDS_NONE, NULL, "heapprofile"},
	{"gcstats", "", "", "where the memory is, why RSS is not the heap",
	 WORDS_NONE, NULL, "stats --parts"},
	{"histogram", "hist", "[flags]", "live objects by type", WORDS_NONE,
	 NULL, "types"},
	{"key", "", "MAP KEY", "one key: hash, home, way of the lookup, value",
	 WORDS_MAP, NULL, "map"},
	{"map", "m", "MAP [flags]", "one map", WORDS_MAP, NULL, "map"},
	{"maps", "ms", "[FILTER] [flags]", "list maps", WORDS_NONE, NULL,
	 "maps"},
	{"memstats", "mem", "", "memory, GC and map totals", WORDS_NONE, NULL,
	 "stats"},
	{"monitor", "mon", "[METRIC...] [--every TIME] [--count N]",
	 "figures over time: rss, main.cache.entries", WORDS_NONE, NULL,
	 "watch"},
	{"objects", "ob", "[TYPE RE] [flags]", "list heap objects", WORDS_TYPE,
	 NULL, "objects"},
	{"refs", "rf", "EXPR [flags]", "who holds an object: paths from roots",
	 WORDS_EXPRESSION, NULL, "refs"},
	{"refprofile", "", "[flags]", "who holds the heap, as a profile",
	 WORDS_NONE, NULL, "refprofile"},
	{"resample", "rs", "", "take a new sample", WORDS_NONE, shell_resample,
	 NULL},
	{"report", "", "[DIR|X.zip] [flags]", "a bug report of the sample",
	 WORDS_FILE, NULL, "report"},
	{"screen", "scr", "NAME", "go to a screen of the interface", WORDS_NONE,
	 shell_screen, NULL},
	{"snapshot", "snap", "FILE [flags]", "save the sample", WORDS_FILE,
	 NULL, "snapshot"},
	{NULL, NULL, NULL, NULL, WORDS_NONE, NULL, NULL},
};

/* What delve has and mapscope has not: names and aliases stay reserved. */
static const struct {
	const char *names, *why;
} refused[] = {
	{"call", "it does not call functions of the target"},
	{"jump j", "it does not write to the target"},
	{"next n", "it does not run the target step by step"},
	{"next-instruction ni nexti",
	 "it does not run the target step by step"},
	{"step s", "it does not run the target step by step"},
	{"step-instruction si stepi",
	 "it does not run the target step by step"},
	{"stepout so", "it does not run the target step by step"},
	{"rebuild", "it starts no programs"},
	{"restart r", "it starts no programs"},
	{"rev", "it does not run the target"},
	{"rewind rw", "it does not run the target"},
	{"break b", "it sets no breakpoints"},
	{"breakpoints bp", "it sets no breakpoints"},
	{"clear", "it sets no breakpoints"},
	{"clearall", "it sets no breakpoints"},
	{"condition cond", "it sets no breakpoints"},
	{"on", "it sets no breakpoints"},
	{"toggle", "it sets no breakpoints"},
	{"trace t", "it sets no breakpoints"},
	{"watch", "it sets no watchpoints (for figures over time: monitor)"},
	{"set", "it does not write to the target"},
	{"check checkpoint", "it makes no checkpoints"},
	{"checkpoints", "it makes no checkpoints"},
	{"clear-checkpoint clearcheck", "it makes no checkpoints"},
	{"disassemble disass", "it shows no machine code"},
};
/* clang-format on */

const char *shell_refusal(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(refused); i++) {
		const char *p = refused[i].names;

		while (*p) {
			size_t n = strcspn(p, " ");

			if (n == len && !memcmp(p, name, len))
				return refused[i].why;
			p += n;
			p += *p == ' ';
		}
	}
	return NULL;
}

static void add_help(struct buf *out, const struct shell_command *c)
{
	CLEANUP(buf_deinit) struct buf names = {0};
	const char *p;

	buf_adds(&names, c->name);
	for (p = c->aliases; *p; p++) {
		if (p == c->aliases || p[-1] == ' ')
			buf_adds(&names, ", ");
		if (*p != ' ')
			buf_addc(&names, *p);
	}
	buf_printf(out, "  %-28s %s\n", buf_str(&names), c->help);
}

struct error *shell_help(struct shell *shell, const char *args)
{
	const struct shell_command *c;
	struct error *err;
	bool own = false;

	if (!*args) {
		for (c = shell_commands; c->name; c++) {
			if (!own && c->cli)
				buf_addc(&shell->out, '\n');
			own |= c->cli != NULL;
			add_help(&shell->out, c);
		}
		return NULL;
	}
	if ((err = shell_find(shell, args, strlen(args), &c)))
		return err;
	buf_printf(&shell->out, "%s %s\n  %s\n", c->name, c->args, c->help);
	if (*c->aliases)
		buf_printf(&shell->out, "  also: %s\n", c->aliases);
	if (c->cli)
		buf_printf(&shell->out,
			   "  flags are those of `mapscope help %s`\n", c->cli);
	return NULL;
}

struct error *shell_exit(struct shell *shell, const char *args)
{
	/* -c and -d of delve decide about a target that was started. */
	(void)args;
	shell->quit = true;
	return NULL;
}
