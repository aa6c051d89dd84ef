#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/escape.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum { SHORT_VALUE = 60 };

struct stream {
	const struct cli *cli;
	const struct session *session;
	struct entries *entries;
	struct json json; /* text output collects in json.out as well */
	uint32_t row;
	uint64_t from, to, shown, limit;
	regex_t match;
	bool have_match, values, redact, machine, lines;
	size_t most;	/* code points of a value; 0 all */
	char separator; /* of CSV or TSV; NUL none */
};

static struct error *parse_match(const char *text, struct stream *s)
{
	if (!text)
		return NULL;
	if (regcomp(&s->match, text, REG_EXTENDED | REG_NOSUB))
		return error_new(ERROR_USAGE, "bad regex '%s'", text);
	s->have_match = true;
	return NULL;
}

static void add_text(const struct stream *s, const struct entry *entry,
		     struct buf *out)
{
	CLEANUP(buf_deinit) struct buf value = {0};

	entry_key_text(s->entries, entry, s->redact, out);
	if (!s->values)
		return;
	buf_adds(out, " = ");
	entry_value_text(s->entries, entry, s->redact, &value);
	text_plain_short(out, buf_str(&value), value.len, s->most);
}

static struct error *parse_values(const char *text, struct stream *s)
{
	static const char *const words[] = {"full", "short", "none"};
	size_t i;

	for (i = 0; text && i < ARRAY_LEN(words); i++)
		if (!strcmp(words[i], text))
			break;
	if (i == ARRAY_LEN(words))
		return error_new(ERROR_USAGE,
				 "--values is none, short or full");
	s->values = i != 2;
	s->most = i == 1 ? SHORT_VALUE : 0;
	return NULL;
}

/* Key, value, and where they are: bucket and place in its chain, or table and
 * group. */
static void add_cells(struct stream *s, const struct entry *entry)
{
	CLEANUP(buf_deinit) struct buf key = {0}, value = {0};
	struct buf *out = &s->json.out;

	entry_key_text(s->entries, entry, s->redact, &key);
	if (s->values)
		entry_value_text(s->entries, entry, s->redact, &value);
	text_csv(out, buf_str(&key), key.len, s->separator);
	buf_addc(out, s->separator);
	text_csv(out, buf_str(&value), value.len, s->separator);
	buf_printf(out, "%c%" PRIu64 "%c%" PRIu64 "%c%" PRIu32 "%c%u%c%s\n",
		   s->separator, entry->table, s->separator, entry->unit,
		   s->separator, entry->chain, s->separator,
		   (unsigned)entry->slot, s->separator,
		   entry->old ? "yes" : "no");
}

static struct error *emit(struct stream *s, const struct entry *entry)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	if (!s->machine || s->have_match)
		add_text(s, entry, &text);
	if (s->have_match &&
	    regexec(&s->match, buf_str(&text), 0, NULL, 0) != 0)
		return NULL;
	s->shown++;
	if (s->separator) {
		add_cells(s, entry);
		return output_flush_if_full(&s->json.out);
	}
	if (!s->machine) {
		buf_add(&s->json.out, text.data, text.len);
		buf_addc(&s->json.out, '\n');
		return output_flush_if_full(&s->json.out);
	}
	render_entry(&s->json, s->session, s->row, s->entries, entry,
		     s->redact);
	if (s->lines) {
		buf_addc(&s->json.out, '\n');
		s->json.comma = 0;
	}
	return output_flush_if_full(&s->json.out);
}

static struct error *walk(struct stream *s)
{
	struct error *err = NULL;
	struct entry entry;
	uint64_t i;

	for (i = s->from; i < s->to && s->shown < s->limit; i++) {
		if ((err = entries_get(s->entries, i, &entry)) ||
		    (err = emit(s, &entry)))
			break;
	}
	error_catch(&err, ERROR_NOT_FOUND);
	return err;
}

static struct error *print_stream(struct stream *s, const char *which)
{
	const struct options *o = &s->cli->options;
	bool whole;
	struct error *err;

	s->lines = o->ndjson != NULL;
	s->machine = o->json || s->lines;
	s->redact = cli_redact(s->cli);
	s->limit = output_limit(s->cli);
	whole = s->machine && !s->lines;
	s->separator = o->csv ? ',' : o->tsv ? '\t' : '\0';
	if ((err = parse_values(o->values, s)) ||
	    (err = cli_parse_range(o->range, &s->from, &s->to)) ||
	    (err = parse_match(o->match, s)) ||
	    (err = session_find_map(s->session, which, &s->row)))
		return err;
	if (o->sort || o->group || o->filter || o->columns || o->md)
		return entries_print_order(s->cli, s->session, s->row);
	s->entries = entries_open(s->session, s->row);
	if (whole) {
		render_begin(&s->json, s->session, "entries", s->redact);
		json_open(&s->json, "entries", '[');
	}
	if (s->separator && !o->no_header)
		buf_printf(&s->json.out,
			   "key%cvalue%ctable%cunit%cchain%cslot%cold\n",
			   s->separator, s->separator, s->separator,
			   s->separator, s->separator, s->separator);
	err = walk(s);
	if (whole && !err) {
		json_close(&s->json, ']');
		render_end(&s->json);
	}
	return err ? err : output_write(&s->json.out);
}

static struct error *print_entries(struct cli *cli,
				   const struct session *session,
				   const char *which)
{
	struct stream stream = {.cli = cli, .session = session};
	struct error *err = print_stream(&stream, which);

	entries_close(stream.entries);
	json_deinit(&stream.json);
	if (stream.have_match)
		regfree(&stream.match);
	return err;
}

static int run(struct cli *cli)
{
	return cli_run_on(cli, "which map? an owner or an address",
			  print_entries);
}

const struct command entries_entry = {
	.name = "entries",
	.usage = "entries TARGET OWNER|ADDR [--range A:B] [--match RE] "
		 "[--sort KEY] [--group value|prefix]",
	.help = "stream the entries of one map",
	.run = run,
};
