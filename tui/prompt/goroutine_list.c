/* goroutines: delve's flags, one to one, and -maps. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/intern.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/expr.h"
#include "core/session/render.h"
#include "tui/prompt/shell.h"

enum { STACK_DEPTH = 10, GROUP_MEMBERS = 5, GROUPS = 50 };

enum subject {
	BY_NOTHING,
	BY_PLACE,
	BY_LABEL,
	BY_RUNNING,
	BY_USER,
	BY_CHAN,
};

/* -with and -without; -group has no value. */
struct condition {
	enum subject subject;
	enum goroutine_place place;
	const char *text; /* part of the place, or key=value */
	uint64_t chan;	  /* address of its runtime.hchan */
	bool negated;
};

enum { CONDITIONS_MAX = 8 };

struct list_request {
	struct shell *shell;
	enum goroutine_place place;
	struct condition conditions[CONDITIONS_MAX];
	unsigned condition_count;
	struct condition group;
	uint32_t depth; /* of stacks; 0 none */
	bool labels, maps;
	const char *command; /* to run on each; NULL none */
	struct goroutine_maps map_index;
	struct shell_words_list words;
	uint32_t next; /* word */
};

static const char *const place_flags[] = {"-u", "-r", "-g", "-s"};
static const char *const place_names[] = {"userloc", "curloc", "goloc",
					  "startloc"};
static const char *const place_titles[] = {"User", "Runtime", "Go", "Start"};

static const char *take(struct list_request *r)
{
	return r->next < r->words.count ? r->words.list[r->next++] : NULL;
}

static struct error *bad_flag(const char *flag)
{
	return error_hint(
		error_new(ERROR_USAGE, "goroutines has no '%s'", flag),
		"goroutines [-u|-r|-g|-s] [-t [depth]] [-l] [-maps] "
		"[-with|-without userloc|curloc|goloc|startloc TEXT, "
		"label KEY[=VALUE], running, user] "
		"[-group userloc|curloc|goloc|startloc|label "
		"KEY|running|user] [-chan EXPR] [-exec COMMAND]");
}

/* What the words behind -with, -without or -group name. */
static struct error *parse_condition(struct list_request *r, bool value,
				     struct condition *ret)
{
	const char *what = take(r);
	size_t i;

	if (!what)
		return bad_flag("");
	for (i = 0; i < ARRAY_LEN(place_names); i++) {
		if (strcmp(what, place_names[i]) != 0)
			continue;
		ret->subject = BY_PLACE;
		ret->place = (enum goroutine_place)i;
		ret->text = value ? take(r) : "";
		return ret->text ? NULL : bad_flag(what);
	}
	if (!strcmp(what, "running")) {
		ret->subject = BY_RUNNING;
	} else if (!strcmp(what, "user")) {
		ret->subject = BY_USER;
	} else if (!strcmp(what, "label")) {
		ret->subject = BY_LABEL;
		ret->text = take(r);
		return ret->text ? NULL : bad_flag(what);
	} else {
		return bad_flag(what);
	}
	return NULL;
}

static struct error *parse_with(struct list_request *r, bool negated)
{
	struct condition *c = &r->conditions[r->condition_count];

	if (r->condition_count >= CONDITIONS_MAX)
		return error_new(ERROR_USAGE, "too many conditions");
	r->condition_count++;
	c->negated = negated;
	return parse_condition(r, true, c);
}

/* delve's: those that wait on the channel that an expression is. */
static struct error *parse_chan(struct list_request *r)
{
	struct condition *c = &r->conditions[r->condition_count];
	struct shell *shell = r->shell;
	struct expr_context *context;
	struct expr_value value;
	struct error *err;
	const char *text = take(r);

	if (!text || r->condition_count >= CONDITIONS_MAX)
		return bad_flag("-chan");
	context = expr_context_new(shell->session, shell->goroutine,
				   shell->frame);
	err = expr_eval(context, text, &value);
	if (!err && !expr_address(context, &value, &c->chan))
		err = error_new(ERROR_USAGE, "'%s' is no channel", text);
	expr_context_free(context);
	if (err)
		return err;
	c->subject = BY_CHAN;
	r->condition_count++;
	return NULL;
}

/* The rest of the line is the command. */
static struct error *parse_exec(struct list_request *r, const char *args)
{
	const char *at = strstr(args, "-exec ");

	if (!at || !at[strspn(at + 6, " \t") + 6])
		return bad_flag("-exec");
	r->command = at + 6 + strspn(at + 6, " \t");
	r->next = r->words.count;
	return NULL;
}

static struct error *parse_flag(struct list_request *r, const char *flag)
{
	uint64_t depth;
	size_t i;

	for (i = 0; i < ARRAY_LEN(place_flags); i++) {
		if (!strcmp(flag, place_flags[i])) {
			r->place = (enum goroutine_place)i;
			return NULL;
		}
	}
	if (!strcmp(flag, "-l") || !strcmp(flag, "-maps")) {
		*(flag[1] == 'l' ? &r->labels : &r->maps) = true;
		return NULL;
	}
	if (!strcmp(flag, "-t")) {
		r->depth = STACK_DEPTH;
		if (r->next < r->words.count &&
		    shell_number(r->words.list[r->next], &depth)) {
			r->depth = depth < UINT32_MAX ? (uint32_t)depth : 0;
			r->next++;
		}
		return NULL;
	}
	if (!strcmp(flag, "-w"))
		flag = "-with";
	if (!strcmp(flag, "-wo"))
		flag = "-without";
	if (!strcmp(flag, "-with") || !strcmp(flag, "-without"))
		return parse_with(r, flag[5] != 0);
	if (!strcmp(flag, "-group"))
		return parse_condition(r, false, &r->group);
	if (!strcmp(flag, "-chan"))
		return parse_chan(r);
	return bad_flag(flag);
}

static bool has_label(const struct session *session, uint32_t index,
		      const char *wanted)
{
	struct goroutine_labels labels;
	size_t n = strcspn(wanted, "=");
	bool found = false;
	uint32_t i;

	session_goroutine_labels(session, index, &labels);
	for (i = 0; i < labels.count && !found; i++)
		found = strlen(labels.keys[i]) == n &&
			!memcmp(labels.keys[i], wanted, n) &&
			(!wanted[n] ||
			 !strcmp(labels.values[i], wanted + n + 1));
	goroutine_labels_deinit(&labels);
	return found;
}

static bool place_has(const struct session *session, uint32_t index,
		      const struct condition *c)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	struct code_place place;

	if (!session_goroutine_place(session, index, c->place, &place))
		return false;
	shell_add_place(&text, &place);
	return strstr(buf_str(&text), c->text) != NULL;
}

static bool holds(const struct session *session, uint32_t index,
		  const struct condition *c)
{
	struct goroutine_row row;
	bool yes;

	session_goroutine(session, index, &row);
	switch (c->subject) {
	case BY_PLACE:
		yes = place_has(session, index, c);
		break;
	case BY_LABEL:
		yes = has_label(session, index, c->text);
		break;
	case BY_RUNNING:
		yes = row.thread != 0;
		break;
	case BY_CHAN:
		yes = c->chan &&
		      session_goroutine_waits_on(session, index, c->chan);
		break;
	default:
		yes = !row.system;
		break;
	}
	return yes != c->negated;
}

static void add_labels(const struct list_request *r, uint32_t index)
{
	struct buf *out = &r->shell->out;
	struct goroutine_labels labels;
	uint32_t i;

	session_goroutine_labels(r->shell->session, index, &labels);
	for (i = 0; i < labels.count; i++) {
		buf_adds(out, i ? ", \"" : "\tLabels: \"");
		text_quote(out, labels.keys[i], strlen(labels.keys[i]));
		buf_adds(out, "\":\"");
		if (r->shell->limits.redact)
			buf_adds(out, "(redacted)");
		else
			text_quote(out, labels.values[i],
				   strlen(labels.values[i]));
		buf_addc(out, '"');
	}
	if (labels.count)
		buf_addc(out, '\n');
	goroutine_labels_deinit(&labels);
}

static void add_maps(const struct list_request *r, uint32_t index)
{
	const struct session *session = r->shell->session;
	const struct goroutine_maps *maps = &r->map_index;
	struct buf *out = &r->shell->out;
	const struct map_row *rows;
	uint32_t count, i;

	rows = session_maps(session, &count);
	for (i = goroutine_maps_first(maps, index);
	     i < maps->count && maps->list[i].goroutine == index; i++) {
		const struct map_row *row = &rows[maps->list[i].map];
		const char *type = map_row_type(session, row);
		const char *owner = map_row_owner(session, row);

		buf_printf(out, "\tMap: 0x%" PRIx64 " ", row->addr);
		text_plain(out, type ? type : "?", strlen(type ? type : "?"));
		buf_printf(out, " len %" PRIu64 " ", row->count);
		text_plain(out, owner, strlen(owner));
		buf_addc(out, '\n');
	}
}

static struct error *add_stack(struct shell *shell, uint32_t index,
			       uint32_t depth)
{
	struct frame_row frame;
	uint32_t i;

	for (i = 0;
	     i < depth && session_frame(shell->session, index, i, &frame);
	     i++) {
		buf_printf(&shell->out, "\t%2u  0x%016" PRIx64 " in ", i,
			   frame.place.pc);
		text_plain(&shell->out, frame.place.function,
			   strlen(frame.place.function));
		buf_adds(&shell->out, "\n\t     at ");
		text_plain(&shell->out, frame.place.file,
			   strlen(frame.place.file));
		buf_printf(&shell->out, ":%u\n", frame.place.line);
	}
	return shell_flush(shell);
}

/* What fails on one goroutine may be right on the next. */
static struct error *run_command(const struct list_request *r, uint32_t index)
{
	struct shell *shell = r->shell;
	uint32_t goroutine = shell->goroutine, frame = shell->frame;
	struct error *err;

	shell->goroutine = index;
	shell->frame = 0;
	shell->on_each++;
	err = shell_run(shell, r->command);
	shell->on_each--;
	shell->goroutine = goroutine;
	shell->frame = frame;
	if (!err || err->code == ERROR_CANCELLED || err->code == ERROR_OS)
		return err;
	text_plain(&shell->out, err->message, strlen(err->message));
	buf_addc(&shell->out, '\n');
	error_free(err);
	return NULL;
}

static struct error *add_row(const struct list_request *r, uint32_t index,
			     const char *indent)
{
	struct error *err;
	const struct session *session = r->shell->session;
	struct buf *out = &r->shell->out;
	struct goroutine_row row;
	struct code_place place;

	session_goroutine(session, index, &row);
	session_goroutine_place(session, index, r->place, &place);
	buf_printf(out, "%s%c Goroutine %" PRId64 " - %s: ", indent,
		   index == r->shell->goroutine ? '*' : ' ', row.id,
		   place_titles[r->place]);
	shell_add_place(out, &place);
	buf_printf(out, " (0x%" PRIx64 ")", place.pc);
	buf_addc(out, ' ');
	shell_add_state(out, &row);
	buf_addc(out, '\n');
	if (r->labels)
		add_labels(r, index);
	if (r->maps)
		add_maps(r, index);
	if ((err = add_stack(r->shell, index, r->depth)) || !r->command)
		return err;
	return run_command(r, index);
}

static void json_labels(struct json *json, const struct list_request *r,
			uint32_t index)
{
	struct goroutine_labels labels;
	uint32_t i;

	session_goroutine_labels(r->shell->session, index, &labels);
	json_open(json, "labels", '[');
	for (i = 0; i < labels.count; i++) {
		json_open(json, NULL, '{');
		json_string(json, "key", labels.keys[i]);
		json_string(json, "value",
			    r->shell->limits.redact ? NULL : labels.values[i]);
		json_close(json, '}');
	}
	json_close(json, ']');
	goroutine_labels_deinit(&labels);
}

static void json_maps(struct json *json, const struct list_request *r,
		      uint32_t index)
{
	const struct goroutine_maps *maps = &r->map_index;
	const struct map_row *rows;
	uint32_t count, i;

	rows = session_maps(r->shell->session, &count);
	json_open(json, "maps", '[');
	for (i = goroutine_maps_first(maps, index);
	     i < maps->count && maps->list[i].goroutine == index; i++)
		json_address(json, NULL, rows[maps->list[i].map].addr);
	json_close(json, ']');
}

static void json_stack(struct json *json, const struct list_request *r,
		       uint32_t index)
{
	struct frame_row frame;
	uint32_t i;

	json_open(json, "stack", '[');
	for (i = 0;
	     i < r->depth && session_frame(r->shell->session, index, i, &frame);
	     i++) {
		json_open(json, NULL, '{');
		json_string(json, "function", frame.place.function);
		json_string(json, "file", frame.place.file);
		json_u64(json, "line", frame.place.line);
		json_address(json, "pc", frame.place.pc);
		json_bool(json, "inlined", frame.inlined);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void json_row(struct json *json, const struct list_request *r,
		     uint32_t index)
{
	static const char *const keys[] = {"user", "current", "go", "start"};
	const struct session *session = r->shell->session;
	struct goroutine_row row;
	struct code_place place;
	size_t i;

	session_goroutine(session, index, &row);
	json_open(json, NULL, '{');
	json_i64(json, "id", row.id);
	json_address(json, "addr", row.addr);
	json_string(json, "status", row.status);
	json_string(json, "wait_reason",
		    *row.wait_reason ? row.wait_reason : NULL);
	json_u64_or_null(json, "wait_ns", row.wait_ns);
	json_i64(json, "thread", row.thread);
	json_i64(json, "parent", row.parent);
	json_bool(json, "system", row.system);
	json_bool(json, "complete", !row.incomplete);
	json_u64(json, "frames", row.frames);
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		if (session_goroutine_place(session, index,
					    (enum goroutine_place)i, &place))
			shell_json_place(json, keys[i], &place);
		else
			json_null(json, keys[i]);
	}
	json_labels(json, r, index);
	json_maps(json, r, index);
	json_stack(json, r, index);
	json_close(json, '}');
}

/* The name of the group that a goroutine belongs to. */
static void group_name(const struct list_request *r, uint32_t index,
		       struct buf *out)
{
	const struct session *session = r->shell->session;
	struct goroutine_labels labels;
	struct code_place place;
	struct goroutine_row row;
	uint32_t i;

	session_goroutine(session, index, &row);
	switch (r->group.subject) {
	case BY_PLACE:
		session_goroutine_place(session, index, r->group.place, &place);
		shell_add_place(out, &place);
		return;
	case BY_RUNNING:
		buf_printf(out, "running=%s", row.thread ? "true" : "false");
		return;
	case BY_USER:
		buf_printf(out, "user=%s", row.system ? "false" : "true");
		return;
	default:
		break;
	}
	session_goroutine_labels(session, index, &labels);
	buf_printf(out, "%s=", r->group.text);
	for (i = 0; i < labels.count; i++)
		if (!strcmp(labels.keys[i], r->group.text))
			text_plain(out, labels.values[i],
				   strlen(labels.values[i]));
	goroutine_labels_deinit(&labels);
}

struct chosen {
	uint32_t *list;
	uint32_t *group; /* parallel: number of the name */
	uint32_t count;
	int64_t *ids; /* parallel, for sorting */
};

static struct error *print_group(struct list_request *r,
				 const struct chosen *chosen, const char *name,
				 uint32_t group)
{
	uint32_t i, members = 0;
	struct error *err = NULL;

	text_plain(&r->shell->out, name, strlen(name));
	buf_addc(&r->shell->out, '\n');
	for (i = 0; i < chosen->count && !err; i++) {
		if (chosen->group[i] != group || members++ >= GROUP_MEMBERS)
			continue;
		err = add_row(r, chosen->list[i], "\t");
	}
	if (members > GROUP_MEMBERS)
		buf_adds(&r->shell->out, "\t  ...\n");
	buf_printf(&r->shell->out, "\tTotal: %u\n", members);
	return err;
}

static struct error *print_groups(struct list_request *r, struct chosen *chosen)
{
	struct intern names = {0};
	struct error *err = NULL;
	uint32_t i;

	chosen->group = xcalloc(chosen->count + 1, sizeof(*chosen->group));
	for (i = 0; i < chosen->count; i++) {
		CLEANUP(buf_deinit) struct buf name = {0};

		group_name(r, chosen->list[i], &name);
		chosen->group[i] = intern_add(&names, buf_str(&name));
	}
	for (i = 0; i < names.count && i < GROUPS && !err; i++)
		err = print_group(r, chosen, names.strings[i], i);
	if (i < names.count)
		buf_printf(&r->shell->out, "... and %u more groups\n",
			   names.count - i);
	intern_deinit(&names);
	return err;
}

static int by_id(const void *a, const void *b, void *arg)
{
	const int64_t *ids = arg;
	int64_t x = ids[*(const uint32_t *)a], y = ids[*(const uint32_t *)b];

	return x < y ? -1 : x > y;
}

static void choose(struct list_request *r, struct chosen *ret)
{
	const struct session *session = r->shell->session;
	uint32_t count = session_goroutine_count(session), i, k;

	ret->list = xcalloc(count + 1, sizeof(*ret->list));
	ret->ids = xcalloc(count + 1, sizeof(*ret->ids));
	for (i = 0; i < count; i++) {
		struct goroutine_row row;

		for (k = 0; k < r->condition_count; k++)
			if (!holds(session, i, &r->conditions[k]))
				break;
		session_goroutine(session, i, &row);
		ret->ids[i] = row.id;
		if (k == r->condition_count)
			ret->list[ret->count++] = i;
	}
	qsort_r(ret->list, ret->count, sizeof(*ret->list), by_id, ret->ids);
}

static struct error *print_json(struct list_request *r,
				const struct chosen *chosen)
{
	CLEANUP(json_deinit) struct json json = {0};
	struct error *err = NULL;
	uint32_t i;

	render_begin(&json, r->shell->session, "goroutines",
		     r->shell->limits.redact);
	json_open(&json, "goroutines", '[');
	for (i = 0; i < chosen->count && !err; i++) {
		json_row(&json, r, chosen->list[i]);
		buf_add(&r->shell->out, json.out.data, json.out.len);
		buf_clear(&json.out);
		err = shell_flush(r->shell);
	}
	json_close(&json, ']');
	render_end(&json);
	buf_add(&r->shell->out, json.out.data, json.out.len);
	return err;
}

static struct error *print_list(struct list_request *r, struct chosen *chosen)
{
	struct error *err = NULL;
	uint32_t i;

	if (r->maps || r->shell->json)
		session_goroutine_maps(r->shell->session, &r->map_index);
	if (r->shell->json)
		return print_json(r, chosen);
	if (r->group.subject)
		err = print_groups(r, chosen);
	for (i = 0; !r->group.subject && i < chosen->count && !err; i++)
		err = add_row(r, chosen->list[i], "");
	buf_printf(&r->shell->out, "[%u goroutines]\n", chosen->count);
	return err;
}

struct error *shell_goroutines(struct shell *shell, const char *args)
{
	struct list_request r = {.shell = shell};
	struct chosen chosen = {0};
	struct error *err = NULL;
	const char *flag;

	shell_split(args, &r.words);
	while (!err && (flag = take(&r)))
		err = strcmp(flag, "-exec") ? parse_flag(&r, flag)
					    : parse_exec(&r, args);
	if (!err) {
		choose(&r, &chosen);
		err = print_list(&r, &chosen);
	}
	free(chosen.list);
	free(chosen.ids);
	free(chosen.group);
	goroutine_maps_deinit(&r.map_index);
	shell_words_deinit(&r.words);
	return err;
}
