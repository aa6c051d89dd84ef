/* heapprofile: who allocated; refprofile: who holds. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/profile.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum { DEFAULT_DEPTH = 256, TOP_ROWS = 20 };
static const double TREE_LEAST = 0.01;
static const char COLUMNS[] = "flat,flat%,sum%,cum,cum%,name";

static void render_stack(struct json *json, const struct profile *p,
			 const struct profile_sample *s)
{
	uint32_t i, k;

	json_open(json, "stack", '[');
	for (i = 0; i < s->count; i++) {
		const struct profile_location *l =
			&p->locations[p->stacks[s->first + i]];

		for (k = 0; k < l->count; k++) {
			const struct profile_frame *f =
				&p->frames[l->first + k];

			json_open(json, NULL, '{');
			json_string(json, "function",
				    p->strings.strings[f->name]);
			json_string(json, "file", p->strings.strings[f->file]);
			json_u64(json, "line", f->line);
			json_address(json, "pc", l->addr);
			json_close(json, '}');
		}
	}
	json_close(json, ']');
}

static struct error *print_json(const struct cli *cli,
				const struct session *session, const char *name,
				const struct profile *p)
{
	CLEANUP(json_deinit) struct json json = {0};
	struct error *err;
	uint32_t i, k;

	render_begin(&json, session, name, cli_redact(cli));
	json_i64(&json, "period", p->period);
	json_open(&json, "samples", '[');
	for (i = 0; i < p->sample_count; i++) {
		const struct profile_sample *s = &p->samples[i];

		json_open(&json, NULL, '{');
		for (k = 0; k < PROFILE_VALUES; k++)
			json_u64(&json, p->types[k], s->values[k]);
		if (s->bytes) {
			json_open(&json, "sampled", '{');
			for (k = 0; k < PROFILE_VALUES; k++)
				json_u64(&json, p->types[k], s->raw[k]);
			json_u64(&json, "size", s->bytes);
			json_close(&json, '}');
		}
		if (s->root)
			json_string(&json, "root", p->strings.strings[s->root]);
		render_stack(&json, p, s);
		json_close(&json, '}');
		if ((err = output_flush_if_full(&json.out)))
			return err;
	}
	json_close(&json, ']');
	render_end(&json);
	return output_write(&json.out);
}

static struct error *print_top(const struct cli *cli, const struct profile *p,
			       unsigned type)
{
	CLEANUP(profile_top_deinit) struct profile_top top = {0};
	CLEANUP(list_deinit) struct list list = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	const struct options *o = &cli->options;
	struct cli limited = *cli;
	struct error *err;

	if ((err = profile_top_load(p, type, o->focus, o->ignore, &top)))
		return err;
	list_init(&list, profile_list_kind(p, type), &top);
	if ((o->filter && (err = list_filter(&list, o->filter))) ||
	    (o->sort && (err = list_sort_by(&list, o->sort))))
		return err;
	buf_printf(&out, "%s, total ", p->types[type]);
	if (!strcmp(p->units[type], "bytes"))
		text_size(&out, top.total);
	else
		text_count(&out, top.total);
	buf_printf(&out, ", %" PRIu32 " samples\n", p->sample_count);
	if ((err = output_write(&out)))
		return err;
	if (!o->limit && !o->top)
		limited.options.limit = "20";
	return output_list(&limited, &list, COLUMNS);
}

static struct error *print_profile(const struct cli *cli,
				   const struct session *session,
				   const char *name, const struct profile *p)
{
	const struct options *o = &cli->options;
	CLEANUP(buf_deinit) struct buf out = {0};
	int type = (int)p->default_type;
	struct error *err;

	if (o->sample_index && (type = profile_type(p, o->sample_index)) < 0)
		return error_hint(error_new(ERROR_USAGE, "no sample type '%s'",
					    o->sample_index),
				  "%s, %s, %s or %s", p->types[0], p->types[1],
				  p->types[2], p->types[3]);
	if (o->output) {
		err = profile_write(p, o->output, o->force != NULL);
		if (err)
			return err;
		buf_printf(&out, "%s: %" PRIu32 " samples; go tool pprof %s\n",
			   o->output, p->sample_count, o->output);
		return output_write(&out);
	}
	if (o->json)
		return print_json(cli, session, name, p);
	if (o->peek) {
		err = profile_peek(p, (unsigned)type, o->peek, &out);
		return err ? err : output_write(&out);
	}
	if (!o->tree)
		return print_top(cli, p, (unsigned)type);
	profile_tree(p, (unsigned)type, TREE_LEAST, &out);
	return output_write(&out);
}

static struct error *print_heap(struct cli *cli, const struct session *session,
				const char *unused)
{
	CLEANUP(profile_deinit) struct profile profile = {0};
	struct error *err = heap_profile_load(session, &profile);

	(void)unused;
	return err ? err : print_profile(cli, session, "heapprofile", &profile);
}

static struct error *print_refs(struct cli *cli, const struct session *session,
				const char *unused)
{
	CLEANUP(profile_deinit) struct profile profile = {0};
	double depth = DEFAULT_DEPTH;
	struct error *err;

	(void)unused;
	if (cli->options.max_depth &&
	    (!parse_quantity(cli->options.max_depth, &depth) || depth < 1 ||
	     depth > 100000))
		return error_new(ERROR_USAGE, "'%s' is no depth",
				 cli->options.max_depth);
	err = ref_profile_load(session, (uint32_t)depth, &profile);
	return err ? err : print_profile(cli, session, "refprofile", &profile);
}

static int run_heap(struct cli *cli)
{
	return cli_run_on(cli, NULL, print_heap);
}

static int run_refs(struct cli *cli)
{
	return cli_run_on(cli, NULL, print_refs);
}

const struct command heapprofile_entry = {
	.name = "heapprofile",
	.usage = "heapprofile TARGET [-o heap.pb.gz] [--tree] [--peek RE] "
		 "[--sample-index T]",
	.help = "the heap profile that the program keeps: who allocated",
	.run = run_heap,
};

const struct command refprofile_entry = {
	.name = "refprofile",
	.usage = "refprofile TARGET [-o refs.pb.gz] [--tree] [--max-depth N]",
	.help = "a profile of references: who holds the live heap",
	.run = run_refs,
};
