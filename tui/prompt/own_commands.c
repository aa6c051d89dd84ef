/*
 * maps, map, entries, refs ...: commands of the command line on the session of
 * the prompt. What they print is caught only where somebody else takes it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "tui/cli.h"
#include "tui/prompt/shell.h"

enum { ARGS_MAX = 64 };

struct arguments {
	char *list[ARGS_MAX + 2]; /* [0] is the program's name; owned */
	int count;
};

static void arguments_deinit(struct arguments *args)
{
	int i;

	for (i = 0; i < args->count; i++)
		free(args->list[i]);
}

static void add_argument(struct arguments *args, char *text)
{
	if (args->count < ARGS_MAX)
		args->list[args->count++] = text;
	else
		free(text);
}

/* Does the flag take the next word? Only those that people type here. */
static bool takes_value(const char *flag)
{
	static const char *const flags[] = {
		"-n",	      "-s",	   "-f",       "-g",
		"-o",	      "--limit",   "--sort",   "--filter",
		"--group",    "--columns", "--range",  "--match",
		"--entries",  "--values",  "--paths",  "--type",
		"--min-size", "--level",   "--only",   "--min",
		"--every",    "--count",   "--for",    "--metric",
		"--max-duty", "--fail-on", "--output", "--key"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++)
		if (!strcmp(flags[i], flag))
			return true;
	return false;
}

/* maps FILTER; entries MAP 64:128 /re/; key MAP KEY; objects RE. */
static char *word_as_flag(const struct shell_command *of, const char *word,
			  unsigned position)
{
	const char *command = of->cli;
	size_t n = strlen(word);
	bool range = strspn(word, "0123456789:") == n && strchr(word, ':');

	if (!strcmp(command, "maps"))
		return xasprintf("--filter=%s", word);
	if ((!strncmp(command, "snapshot", 8) || !strcmp(command, "report")) &&
	    !position)
		return xasprintf("--output=%s", word);
	if (!strcmp(command, "objects"))
		return xasprintf("--type=%s", word);
	if (!strcmp(of->name, "key") && position == 1)
		return xasprintf("--key=%s", word);
	if (!strcmp(of->name, "buckets") && position && range)
		return xasprintf("--range=%s", word);
	if (strcmp(command, "entries") != 0 || !position)
		return NULL;
	if (n > 1 && word[0] == '/' && word[n - 1] == '/')
		return xasprintf("--match=%.*s", (int)n - 2, word + 1);
	if (range)
		return xasprintf("--range=%s", word);
	return NULL;
}

/* An expression is one argument, with its spaces and quotes. */
static bool is_expression(const struct shell_command *command)
{
	return command->words == WORDS_EXPRESSION ||
	       command->words == WORDS_MAP;
}

/* Words as they are typed: quotes belong to expressions. */
static char *raw_word(const char **text)
{
	const char *p = *text;
	char quote = 0, *word;
	int open = 0;

	for (; *p && (quote || open > 0 || (*p != ' ' && *p != '\t')); p++) {
		if (quote)
			quote = *p == quote ? 0 : quote;
		else if (*p == '"' || *p == '`')
			quote = *p;
		else if (*p == '[' || *p == '(' || *p == '{')
			open++;
		else if (*p == ']' || *p == ')' || *p == '}')
			open--;
	}
	word = xstrndup(*text, (size_t)(p - *text));
	*text = p + strspn(p, " \t");
	return word;
}

/* "snapshot --elf": a command and flags that belong to it. */
static void add_words(struct arguments *args, const char *text)
{
	struct shell_words_list words;
	uint32_t i;

	shell_split(text, &words);
	for (i = 0; i < words.count; i++)
		add_argument(args, xstrdup(words.list[i]));
	shell_words_deinit(&words);
}

static const struct command *cli_command(const char *text)
{
	CLEANUP(free_cleanup) char *name = xstrndup(text, strcspn(text, " "));

	return command_find(name);
}

static void collect(const struct shell_command *command, const char *text,
		    struct arguments *args)
{
	struct shell_words_list words = {0};
	unsigned position = 0;
	uint32_t i, cap = 0;

	if (is_expression(command)) {
		while (*text) {
			GROW_ARRAY(words.list, words.count, cap);
			words.list[words.count++] = raw_word(&text);
		}
	} else {
		shell_split(text, &words);
	}
	add_argument(args, xstrdup("mapscope"));
	add_words(args, command->cli);
	for (i = 0; i < words.count; i++) {
		const char *word = words.list[i];
		char *flag = NULL;

		if (*word != '-')
			flag = word_as_flag(command, word, position++);
		add_argument(args, flag ? flag : xstrdup(word));
		if (takes_value(word) && i + 1 < words.count)
			add_argument(args, xstrdup(words.list[++i]));
	}
	shell_words_deinit(&words);
}

static enum error_code code_of(int exit_code)
{
	static const enum error_code codes[] = {
		ERROR_OS,	 ERROR_OS,	   ERROR_USAGE,
		ERROR_NO_TARGET, ERROR_PERMISSION, ERROR_UNSUPPORTED,
		ERROR_CORRUPT,	 ERROR_LIMIT,	   ERROR_NOT_FOUND,
	};

	return exit_code >= 0 && (size_t)exit_code < ARRAY_LEN(codes)
		       ? codes[exit_code]
		       : ERROR_OS;
}

/* "mapscope: message\n  hint\n" as an error again. */
static struct error *error_of(int exit_code, char *text)
{
	char *hint = strstr(text, "\n  ");
	struct error *err;

	if (exit_code == EXIT_OK || exit_code == EXIT_PARTIAL ||
	    exit_code == EXIT_CONDITION)
		return NULL;
	if (hint) {
		*hint = 0;
		hint += 3;
		hint[strcspn(hint, "\n")] = 0;
	}
	text[strcspn(text, "\n")] = 0;
	if (!strncmp(text, "mapscope: ", 10))
		text += 10;
	err = error_new(code_of(exit_code), "%s", *text ? text : "it failed");
	return hint ? error_hint(err, "%s", hint) : err;
}

struct catcher {
	struct shell *shell;
	struct error *err; /* of who takes the output; owned */
};

/* What the command prints comes here. */
static ssize_t catch_output(void *cookie, const char *bytes, size_t len)
{
	struct catcher *catcher = cookie;
	struct shell *shell = catcher->shell;

	if (!catcher->err) {
		buf_add(&shell->out, bytes, len);
		/* A window shows at once what comes slowly. */
		catcher->err = shell->caught ? shell_flush_all(shell)
					     : shell_flush(shell);
	}
	if (!catcher->err)
		return (ssize_t)len;
	errno = EIO; /* not EPIPE, which ends the program */
	return 0;
}

static int run_with(struct shell *shell, const struct cli *from,
		    struct arguments *args, FILE *out, FILE *errors)
{
	FILE *out_before = stdout, *err_before = stderr;
	int code;

	stderr = errors;
	stdout = out;
	code = cli_run_shared(from, shell->session, args->count, args->list);
	stderr = err_before;
	stdout = out_before;
	return code;
}

/*
 * The command prints to stdout and stderr. glibc lets both be streams of ours
 * for a while.
 */
static struct error *run_caught(struct shell *shell, const struct cli *from,
				struct arguments *args)
{
	const cookie_io_functions_t io = {.write = catch_output};
	struct catcher catcher = {.shell = shell};
	bool direct = shell->flush && !shell->transcript && !shell->json &&
		      !shell->caught;
	CLEANUP(free_cleanup) char *message = NULL;
	size_t message_len = 0, before = shell->out.len;
	FILE *errors, *out = stdout;
	struct error *err = NULL;
	int code;

	if (direct && (err = shell_flush_all(shell)))
		return err;
	errors = open_memstream(&message, &message_len);
	if (!direct)
		out = fopencookie(&catcher, "w", io);
	if (!errors || !out)
		return error_new(ERROR_OS, "no memory for the output");
	fflush(stdout);
	code = run_with(shell, from, args, out, errors);
	fclose(errors);
	if (!direct)
		fclose(out);
	if (catcher.err)
		return catcher.err;
	err = error_of(code, message);
	/* The error is an object of its own. */
	if (err && shell->json && shell->out.len > before)
		buf_truncate(&shell->out, before);
	return err;
}

struct error *shell_cli(struct shell *shell,
			const struct shell_command *command, const char *text)
{
	CLEANUP(arguments_deinit) struct arguments args = {0};
	struct options options = {0};
	struct cli none = {.options = options};
	const struct cli *from = shell->cli ? shell->cli : &none;

	if (!cli_command(command->cli))
		return error_new(ERROR_USAGE,
				 "'%s' is not part of this version",
				 command->name);
	none.command = cli_command(command->cli);
	collect(command, text, &args);
	return run_caught(shell, from, &args);
}
