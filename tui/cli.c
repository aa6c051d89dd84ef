#include "tui/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <langinfo.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/near.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/render.h"
#include "tui/config.h"
#include "tui/help.h"
#include "tui/output.h"
#include "tui/prompt/prompt.h"

/* Of --top and --entries without a number. */
static const char USUAL_COUNT[] = "20";

struct option_def {
	const char *name;
	size_t offset;
	const char *arg;
	char letter;
};

static const struct option_def option_defs[] = {
#define OPTION(field, name, letter, arg, commands, help)                       \
	{name, offsetof(struct options, field), arg, letter},
	OPTION_TABLE(OPTION)
#undef OPTION
};

int exit_code_of(const struct error *err)
{
	static const int codes[] = {
		[ERROR_OS] = EXIT_ERROR,
		[ERROR_FAULT] = EXIT_ERROR,
		[ERROR_CORRUPT] = EXIT_CORRUPT,
		[ERROR_NOT_FOUND] = EXIT_NOT_FOUND,
		[ERROR_UNSUPPORTED] = EXIT_UNSUPPORTED,
		[ERROR_USAGE] = EXIT_USAGE,
		[ERROR_LIMIT] = EXIT_PARTIAL,
		[ERROR_PERMISSION] = EXIT_PERMISSION,
		[ERROR_NO_TARGET] = EXIT_NO_TARGET,
		[ERROR_CANCELLED] = 130,
	};

	return codes[err->code];
}

int cli_fail(const struct cli *cli, struct error *err)
{
	CLEANUP(buf_deinit) struct buf line = {0};
	int code = exit_code_of(err);

	text_plain(&line, err->message, strlen(err->message));
	if (err->hint) {
		buf_adds(&line, "\n  ");
		text_plain(&line, err->hint, strlen(err->hint));
	}
	fprintf(stderr, "mapscope: %s\n", buf_str(&line));
	log_warn(LOG_PART_COMMAND, "%s", err->message);
	if (cli->options.json || cli->options.ndjson) {
		CLEANUP(json_deinit) struct json json = {0};

		render_error(&json, code, err);
		error_free(output_write(&json.out));
	}
	error_free(err);
	return code;
}

int cli_usage(const struct cli *cli, const char *message)
{
	return cli_fail(cli,
			error_hint(error_new(ERROR_USAGE, "%s", message),
				   "usage: mapscope %s", cli->command->usage));
}

const char *cli_take_arg(struct cli *cli)
{
	if (cli->next_arg >= cli->arg_count)
		return NULL;
	return cli->args[cli->next_arg++];
}

bool cli_redact(const struct cli *cli)
{
	return cli->options.redact && strcmp(cli->options.redact, "none") != 0;
}

struct error *cli_redact_level(const struct cli *cli, enum redact_level usual,
			       enum redact_level *ret)
{
	const char *text = cli->options.redact;

	*ret = usual;
	if (!text || redact_level_parse(text, ret))
		return NULL;
	return error_hint(error_new(ERROR_USAGE, "no level '%s'", text),
			  "--redact is none, basic, names or full");
}

static struct error *check_redact(const struct cli *cli)
{
	enum redact_level level;
	struct error *err = cli_redact_level(cli, REDACT_NONE, &level);

	if (err || level < REDACT_NAMES || cli->command->redacts_names)
		return err;
	return error_hint(error_new(ERROR_USAGE,
				    "`%s` redacts no names, only keys and "
				    "values",
				    cli->command->name),
			  "--redact basic; or `snapshot --redact %s` first, "
			  "and that as the target",
			  redact_level_name(level));
}

static const struct option_def *find_long(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(option_defs); i++)
		if (strlen(option_defs[i].name) == len &&
		    !memcmp(option_defs[i].name, name, len))
			return &option_defs[i];
	return NULL;
}

static const struct option_def *find_short(char letter)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(option_defs); i++)
		if (option_defs[i].letter == letter)
			return &option_defs[i];
	return NULL;
}

static void set_option(struct cli *cli, const struct option_def *def,
		       const char *value)
{
	const char **field =
		(const char **)(void *)((char *)&cli->options + def->offset);

	/* A switch counts: -v -v is "11". */
	if (!def->arg && *field)
		value = "11";
	*field = value;
}

/* Its value stands behind '=' or there is none. */
static bool is_optional(const struct option_def *def)
{
	return def->arg && def->arg[0] == '[';
}

static struct error *no_option(const char *text)
{
	CLEANUP(buf_deinit) struct buf names = {0};
	CLEANUP(free_cleanup) char *name = xstrndup(text, strcspn(text, "="));
	struct near_names near = {.wanted = name};
	size_t i;

	for (i = 0; i < ARRAY_LEN(option_defs); i++)
		near_offer(&near, option_defs[i].name);
	near_text(&near, &names);
	if (names.len)
		return error_hint(
			error_new(ERROR_USAGE, "no option '%s'", name),
			"did you mean --%s?", buf_str(&names));
	return error_hint(error_new(ERROR_USAGE, "no option '%s'", name),
			  "mapscope help lists the options");
}

/* "[N]": what is behind it may be meant by it, too. */
static bool is_count(const struct option_def *def)
{
	return def->arg && !strcmp(def->arg, "[N]");
}

static bool is_digits(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

/* One argument that begins with '-'; may take the next one as its value. */
static struct error *parse_option(struct cli *cli, const char *text,
				  const char *next, bool *took_next)
{
	const struct option_def *def;
	const char *value = NULL;
	size_t len;

	if (text[1] == '-') {
		text += 2;
		len = strcspn(text, "=");
		def = find_long(text, len);
		value = text[len] ? text + len + 1 : NULL;
	} else {
		def = find_short(text[1]);
		value = text[2] ? text + 2 : NULL;
	}
	if (!def)
		return no_option(text);
	if (!def->arg && value)
		return error_new(ERROR_USAGE, "'--%s' takes no value",
				 def->name);
	if (is_count(def) && !value && next && is_digits(next)) {
		value = next;
		*took_next = true;
	}
	if (is_optional(def) && !value)
		value = is_count(def) ? USUAL_COUNT : "all";
	if (def->arg && !value) {
		if (!next)
			return error_new(ERROR_USAGE, "'--%s' needs %s",
					 def->name, def->arg);
		value = next;
		*took_next = true;
	}
	set_option(cli, def, def->arg ? value : "1");
	return NULL;
}

/* Behind a command that has flags of its own only -- begins an option. */
static bool is_option(const struct cli *cli, const char *text,
		      const char *const *args)
{
	const struct command *command =
		cli->arg_count ? command_find(args[0]) : NULL;

	if (command && command->dashes && text[1] != '-')
		return false;
	return text[0] == '-' && text[1];
}

static struct error *parse(struct cli *cli, int argc, char **argv,
			   const char **args)
{
	struct error *err;
	int i;

	for (i = 1; i < argc; i++) {
		bool took_next = false;

		if (!strcmp(argv[i], "--")) {
			while (++i < argc)
				args[cli->arg_count++] = argv[i];
			break;
		}
		if (!is_option(cli, argv[i], args)) {
			args[cli->arg_count++] = argv[i];
			continue;
		}
		err = parse_option(cli, argv[i], argv[i + 1], &took_next);
		if (err)
			return err;
		i += took_next;
	}
	cli->args = args;
	return NULL;
}

/* Does the interface draw on the terminal that stderr is? */
static bool screen_is_stderr(const struct cli *cli)
{
	static const char *const names[] = {"attach", "core", "open"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(cli->command->name, names[i]))
			return isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
	return false;
}

/* Without --log a destination alone gets what went wrong. */
static struct error *open_log(const struct cli *cli)
{
	const struct options *o = &cli->options;
	CLEANUP(free_cleanup) char *own = NULL;
	const char *dest = o->log_dest ? o->log_dest : "2";
	int level = o->log ? LOG_INFO : LOG_WARN;
	unsigned parts = LOG_ALL;
	struct error *err;

	if (!o->log && !o->log_dest)
		return NULL;
	level += o->verbose ? (int)strlen(o->verbose) : 0;
	if (!o->log_dest && screen_is_stderr(cli)) {
		own = prompt_file("XDG_STATE_HOME", ".local/state", "log");
		dest = own;
	}
	if (o->log && (err = log_parts_parse(o->log, &parts)))
		return err;
	err = dest ? log_open(dest,
			      level < LOG_DEBUG ? (enum log_level)level
						: LOG_DEBUG,
			      parts)
		   : NULL;
	if (!err)
		log_info(LOG_PART_COMMAND, "mapscope " MAPSCOPE_VERSION " %s",
			 cli->command->name);
	return err;
}

static struct error *choose_units(const struct cli *cli)
{
	const char *text = cli->options.units;
	int i;

	for (i = 0; text && i < TEXT_UNITS_COUNT; i++) {
		if (!strcmp(text, text_units_name((enum text_units)i))) {
			text_set_units((enum text_units)i);
			return NULL;
		}
	}
	return text ? error_new(ERROR_USAGE, "no units '%s': iec, si or bytes",
				text)
		    : NULL;
}

bool cli_ascii(const struct cli *cli)
{
	return cli->options.ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

bool parse_duration(const char *text, uint64_t *ret)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6},  {"s", 1e9},
		     {"", 1e9}, {"m", 60e9}, {"h", 3600e9}};
	char *end;
	double v = strtod(text, &end);
	size_t i;

	for (i = 0; end != text && v >= 0 && v < 1e9 && i < ARRAY_LEN(units);
	     i++) {
		if (!strcmp(end, units[i].unit)) {
			*ret = (uint64_t)(v * units[i].ns);
			return true;
		}
	}
	return false;
}

static struct error *parse_freeze(const char *text, enum session_freeze *ret)
{
	static const char *const names[] = {"copy", "stop", "nonstop", "fork"};
	size_t i;

	for (i = 0; text && i < ARRAY_LEN(names); i++) {
		if (!strcmp(text, names[i])) {
			*ret = (enum session_freeze)i;
			return NULL;
		}
	}
	return text ? error_hint(error_new(ERROR_USAGE, "no mode '%s'", text),
				 "--freeze is copy, stop, nonstop or fork")
		    : NULL;
}

static struct error *parse_size(const char *text, uint64_t *ret)
{
	double n;

	if (!text)
		return NULL;
	if (!parse_quantity(text, &n) || n < 0)
		return error_new(ERROR_USAGE, "'%s' is not a size", text);
	*ret = (uint64_t)n;
	return NULL;
}

static struct error *parse_time(const char *text, uint64_t *ret)
{
	if (!text || parse_duration(text, ret))
		return NULL;
	return error_new(ERROR_USAGE, "'%s' is not a time", text);
}

struct error *cli_session_options(const struct cli *cli,
				  struct session_options *ret)
{
	const struct options *o = &cli->options;
	struct error *err;
	double n;

	*ret = session_options_default();
	ret->all = o->all != NULL;
	ret->no_retained = o->no_retained != NULL;
	ret->debug_dir = o->debug_dir;
	ret->exe = o->exe;
	ret->redact = cli_redact(cli);
	config_thresholds(cli->config, &ret->thresholds);
	if ((err = check_redact(cli)) ||
	    (err = parse_freeze(o->freeze, &ret->freeze)) ||
	    (err = parse_time(o->max_stop, &ret->max_stop_ns)) ||
	    (err = parse_size(o->max_mem, &ret->max_mem)) ||
	    (err = parse_size(o->max_cow, &ret->max_cow)) ||
	    (err = parse_time(o->max_age, &ret->max_age_ns)))
		return err;
	if (o->threads) {
		if (!parse_quantity(o->threads, &n) || n < 1 || n > 256)
			return error_new(ERROR_USAGE,
					 "'%s' is not a thread count",
					 o->threads);
		ret->threads = (unsigned)n;
	}
	return NULL;
}

int cli_done(const struct session *session)
{
	struct session_info info;

	session_info(session, &info);
	return info.complete ? EXIT_OK : EXIT_PARTIAL;
}

struct error *cli_check_fail_on(struct cli *cli, struct list *list)
{
	struct error *err;

	if (!cli->options.fail_on)
		return NULL;
	err = list_filter(list, cli->options.fail_on);
	cli->condition_held = !err && list->count;
	return err;
}

int cli_run_on(struct cli *cli, const char *missing,
	       struct error *(*fn)(struct cli *cli,
				   const struct session *session,
				   const char *which))
{
	struct session *session = NULL;
	struct error *err;
	const char *which;
	int code;

	if ((err = cli_open(cli, &session)))
		return cli_fail(cli, err);
	which = cli_take_arg(cli);
	if (which || !missing)
		err = fn(cli, session, which);
	code = !which && missing     ? cli_usage(cli, missing)
	       : err		     ? cli_fail(cli, err)
	       : cli->condition_held ? EXIT_CONDITION
				     : cli_done(session);
	session_free(session);
	return code;
}

struct error *cli_parse_range(const char *text, uint64_t *from_ret,
			      uint64_t *to_ret)
{
	char *end;

	*from_ret = 0;
	*to_ret = UINT64_MAX;
	if (!text)
		return NULL;
	*from_ret = strtoull(text, &end, 10);
	if (*end == ':' && end[1])
		*to_ret = strtoull(end + 1, &end, 10);
	else if (*end == ':')
		end++;
	if (*end || *to_ret < *from_ret)
		return error_new(ERROR_USAGE, "'%s' is not a range A:B", text);
	return NULL;
}

const struct command *command_find(const char *name)
{
	size_t i;

	/* As in delve. */
	if (!strcmp(name, "grs"))
		name = "goroutines";

	for (i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static struct error *no_command(const char *name)
{
	CLEANUP(buf_deinit) struct buf names = {0};
	struct near_names near = {.wanted = name};
	size_t i;

	for (i = 0; commands[i]; i++)
		near_offer(&near, commands[i]->name);
	near_text(&near, &names);
	return error_hint(error_new(ERROR_USAGE,
				    "'%s' is no command, process id or file",
				    name),
			  names.len ? "did you mean %s?"
				    : "mapscope help lists the commands%s",
			  buf_str(&names));
}

/* With only a TARGET the program opens the interface on it. */
static struct error *choose(struct cli *cli)
{
	const char *name = cli->arg_count	  ? cli->args[0]
			   : cli->options.waitfor ? "attach"
						  : "help";
	size_t digits = strspn(name, "0123456789");

	cli->command = command_find(name);
	if (cli->command)
		cli->next_arg = 1;
	else if (name[digits] && access(name, F_OK))
		return no_command(name);
	else
		cli->command = command_find("attach");
	return NULL;
}

int cli_run_shared(const struct cli *from, struct session *session, int argc,
		   char **argv)
{
	CLEANUP(free_cleanup) const char **args = NULL;
	struct cli cli = {.shared = session};
	struct error *err;

	args = xcalloc((size_t)argc + 2, sizeof(*args));
	cli.command = from->command;
	if ((err = parse(&cli, argc, argv, args)))
		return cli_fail(&cli, err);
	if (from->options.redact)
		cli.options.redact = from->options.redact;
	if (from->options.json && !cli.options.csv && !cli.options.tsv)
		cli.options.json = from->options.json;
	cli.command = cli.arg_count ? command_find(args[0]) : NULL;
	if (!cli.command)
		return cli_fail(from, error_new(ERROR_USAGE, "no command"));
	cli.next_arg = 1;
	cli.config = from->config;
	if (cli.config)
		config_apply(cli.config, cli.command, &cli.options);
	return cli.command->run(&cli);
}

/* Flags of $MAPSCOPE_OPTS stand in front of the others. */
static char **with_environment(int *argc, char **argv, char *words)
{
	char **ret = xcalloc((size_t)*argc + strlen(words) + 2, sizeof(*ret));
	char *save, *word;
	int n = 0;

	ret[n++] = argv[0];
	for (word = strtok_r(words, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save))
		ret[n++] = word;
	memcpy(&ret[n], &argv[1], (size_t)*argc * sizeof(*ret));
	*argc += n - 1;
	return ret;
}

static int run(struct cli *cli)
{
	struct error *err;
	int code;

	if ((err = choose_units(cli)) || (err = open_log(cli)))
		return cli_fail(cli, err);
	code = cli->command->run(cli);
	err = output_close();
	return err && !code ? cli_fail(cli, err) : (error_free(err), code);
}

int cli_main(int argc, char **argv, const char *commit)
{
	const char *words = getenv("MAPSCOPE_OPTS");
	CLEANUP(free_cleanup) char *copy = xstrdup(words ? words : "");
	CLEANUP(free_cleanup) char **all = with_environment(&argc, argv, copy);
	CLEANUP(free_cleanup) const char **args = NULL;
	CLEANUP(config_deinit) struct config config = {0};
	struct cli cli = {.config = &config, .commit = *commit ? commit : NULL};
	struct error *err;

	args = xcalloc((size_t)argc + 1, sizeof(*args));
	cli.command = command_find("help");
	if ((err = parse(&cli, argc, all, args)))
		return cli_fail(&cli, err);
	if (cli.options.version) {
		cli.command = command_find("version");
		return run(&cli);
	}
	if (cli.options.help)
		return help_command(cli.arg_count ? command_find(args[0])
						  : NULL);
	if ((err = choose(&cli)))
		return cli_fail(&cli, err);
	config_load(&config, &cli.options);
	config_apply(&config, cli.command, &cli.options);
	return run(&cli);
}
