/* What all formats of a report show, collected once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/report_priv.h"
#include "core/session/stored.h"
#include "core/target/procfs.h"

enum { MAX_ARGUMENTS = 4096 };

static void add_fact(struct report *r, enum fact_section section,
		     const char *label, struct buf *value)
{
	GROW_ARRAY(r->facts, r->fact_count, r->fact_cap);
	r->facts[r->fact_count++] = (struct fact){
		.section = section,
		.label = label,
		.value = buf_steal_or(value, "unknown"),
	};
}

static void add_text(struct report *r, enum fact_section section,
		     const char *label, const char *text)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	buf_adds(&b, text ? text : "");
	add_fact(r, section, label, &b);
}

void report_size(struct buf *out, uint64_t bytes, bool exact)
{
	if (bytes == UINT64_MAX) {
		buf_addc(out, '-');
		return;
	}
	buf_adds(out, exact ? "" : ">=");
	text_size(out, bytes);
}

void report_load(struct buf *out, uint64_t entries, uint64_t slots)
{
	if (slots)
		buf_printf(out, "%.1f%%",
			   100.0 * (double)entries / (double)slots);
	else
		buf_addc(out, '-');
}

static void add_size(struct report *r, const char *label, uint64_t bytes)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	report_size(&b, bytes, true);
	if (bytes != UINT64_MAX)
		buf_printf(&b, " (%" PRIu64 ")", bytes);
	add_fact(r, FACT_MEMORY, label, &b);
}

static void measured_facts(struct report *r)
{
	const struct session_info *i = &r->info;
	CLEANUP(buf_deinit) struct buf b = {0};

	add_text(r, FACT_MEASURED, "Tool", "mapscope " MAPSCOPE_VERSION);
	text_time(&b, i->time_ns);
	add_fact(r, FACT_MEASURED, "Sample", &b);
	buf_printf(&b, "%s, --freeze=%s", i->kind, i->freeze);
	add_fact(r, FACT_MEASURED, "Taken from", &b);
	if (i->stop_ns) {
		buf_adds(&b, "The target was stopped for ");
		text_duration(&b, i->stop_ns);
		buf_adds(&b, " in total.");
		add_fact(r, FACT_MEASURED, "Stop", &b);
	}
	if (i->complete)
		buf_adds(&b, "complete");
	else
		buf_adds(&b, "PARTIAL: figures are lower bounds");
	if (i->unreadable_bytes) {
		buf_adds(&b, ", unreadable: ");
		text_size(&b, i->unreadable_bytes);
	}
	add_fact(r, FACT_MEASURED, "Result", &b);
	buf_printf(&b, "%zu", i->warning_count);
	add_fact(r, FACT_MEASURED, "Warnings", &b);
	add_text(r, FACT_MEASURED, "Redaction", r->redaction);
}

/* Build settings that tell nothing of the machine that built it. */
static void build_facts(struct report *r)
{
	static const char *const keys[] = {
		"vcs",	     "vcs.revision", "vcs.time",  "vcs.modified",
		"-tags",     "-race",	     "-msan",	  "-asan",
		"-trimpath", "-buildmode",   "-compiler", "CGO_ENABLED",
		"GOAMD64",
	};
	const struct go_program *program = r->original->program;
	CLEANUP(buf_deinit) struct buf b = {0};
	size_t i;

	if (!program || r->redactor.level >= REDACT_NAMES)
		return;
	buf_adds(&b, program->build.module);
	if (b.len && *program->build.module_version)
		buf_printf(&b, "@%s", program->build.module_version);
	add_fact(r, FACT_TARGET, "Module", &b);
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		const char *value =
			build_info_setting(&program->build, keys[i]);

		if (value)
			buf_printf(&b, "%s%s=%s", b.len ? " " : "", keys[i],
				   value);
	}
	add_fact(r, FACT_TARGET, "Build", &b);
}

/* Only without redaction: arguments are where passwords are. */
static void argument_facts(struct report *r)
{
	CLEANUP(free_cleanup) char *text = NULL;
	CLEANUP(buf_deinit) struct buf b = {0};
	struct error *err;
	size_t i, len = 0;

	if (r->redactor.level != REDACT_NONE || !r->info.pid ||
	    strcmp(r->info.kind, "live") != 0)
		return;
	err = procfs_read(r->info.pid, "cmdline", &text, &len);
	if (err) {
		error_free(err);
		return;
	}
	for (i = 0; i < len && i < MAX_ARGUMENTS; i++)
		buf_addc(&b, text[i] ? text[i] : ' ');
	add_fact(r, FACT_TARGET, "Arguments", &b);
}

static void gc_facts(struct report *r)
{
	const struct session_totals *t = &r->totals;
	CLEANUP(buf_deinit) struct buf b = {0};

	buf_adds(&b, "GOGC ");
	pacing_add_gogc(&b, t);
	buf_adds(&b, ", limit ");
	pacing_add_limit(&b, t);
	if (t->num_gc != UINT64_MAX)
		buf_printf(&b, ", %" PRIu64 " collections", t->num_gc);
	add_fact(r, FACT_TARGET, "Collector", &b);
	buf_printf(&b, "%" PRIu64 " (%" PRIu64 " user), threads %" PRIu64,
		   t->goroutines, t->user_goroutines, t->threads);
	add_fact(r, FACT_TARGET, "Goroutines", &b);
}

static void add_limit(struct report *r, const struct surroundings *a)
{
	CLEANUP(buf_deinit) struct buf b = {0};

	if (a->memory_limit == UINT64_MAX) {
		buf_adds(&b, "none");
	} else {
		text_size(&b, a->memory_limit);
		buf_printf(&b, " (%" PRIu64 "), used ", a->memory_limit);
		text_size(&b, a->memory_used);
		if (a->memory_limit)
			buf_printf(&b, ", %.0f%%",
				   100.0 * (double)a->memory_used /
					   (double)a->memory_limit);
	}
	add_fact(r, FACT_TARGET, "Memory limit of its control group", &b);
}

/* A container has a PID namespace of its own, more often than not a limit. */
static void place_facts(struct report *r)
{
	const struct surroundings *a = &r->source->around;
	CLEANUP(buf_deinit) struct buf b = {0};

	if (!a->known)
		return;
	if (a->uptime_ns != UINT64_MAX) {
		text_duration(&b, a->uptime_ns);
		add_fact(r, FACT_TARGET, "Uptime", &b);
	}
	add_limit(r, a);
	if (a->ns_pid)
		buf_printf(&b, "its own, where it is %d", (int)a->ns_pid);
	else
		buf_adds(&b, "that of mapscope");
	add_fact(r, FACT_TARGET, "PID namespace", &b);
	if (r->redactor.level == REDACT_NONE && *a->hostname)
		add_text(r, FACT_TARGET, "Hostname", a->hostname);
}

static void target_facts(struct report *r)
{
	const struct session_info *i = &r->info;

	add_text(r, FACT_TARGET, "Program", i->name);
	if (r->redactor.level < REDACT_NAMES && *i->exe)
		add_text(r, FACT_TARGET, "Executable", i->exe);
	add_text(r, FACT_TARGET, "Go", i->go);
	if (*i->experiments)
		add_text(r, FACT_TARGET, "GOEXPERIMENT", i->experiments);
	add_text(r, FACT_TARGET, "Platform",
		 !strcmp(i->arch, "amd64") ? "linux/amd64" : i->arch);
	add_text(r, FACT_TARGET, "Maps are", i->map_impl);
	add_text(r, FACT_TARGET, "Debug information", i->dwarf);
	if (i->build_id)
		add_text(r, FACT_TARGET, "Build id", i->build_id);
	build_facts(r);
	argument_facts(r);
	place_facts(r);
	gc_facts(r);
}

static void memory_facts(struct report *r)
{
	const struct session_totals *t = &r->totals;
	CLEANUP(buf_deinit) struct buf b = {0};

	add_size(r, "RSS", t->rss);
	add_size(r, "Heap live", t->heap_live_bytes);
	add_size(r, "Heap garbage", t->heap_garbage_bytes);
	add_size(r, "Heap idle", t->heap_idle);
	add_size(r, "Heap released", t->heap_released);
	if (pacing_has_next(t)) {
		add_size(r, "Next collection at", t->next_gc);
	} else {
		pacing_add_next(&b, t);
		add_fact(r, FACT_MEMORY, "Next collection at", &b);
	}
	add_size(r, "Stacks", t->stack_inuse);
	add_size(r, "Map storage", t->storage_bytes);
	if (t->heap_live_bytes) {
		buf_printf(&b, "%.1f%% of the live heap",
			   100.0 * (double)t->storage_bytes /
				   (double)t->heap_live_bytes);
		add_fact(r, FACT_MEMORY, "Share of maps", &b);
	}
	buf_printf(&b, "%" PRIu64 " of %" PRIu64 " owners, entries %" PRIu64,
		   t->maps, t->map_owners, t->entries);
	add_fact(r, FACT_MEMORY, "Maps", &b);
}

/* Findings come worst first. */
static const struct finding *finding_on(const struct session *session,
					uint32_t row)
{
	uint32_t i, count;
	const struct finding *findings = session_findings(session, &count);

	for (i = 0; i < count; i++)
		if (findings[i].row == row)
			return &findings[i];
	return NULL;
}

static struct error *load_details(struct report *r,
				  const struct suspect_rows *rows)
{
	struct suspect_more *more =
		xcalloc((size_t)rows->count + 1, sizeof(*more));
	struct error *err = suspects_load(
		r->source, rows, r->redactor.level != REDACT_NONE, more);
	uint32_t i;

	r->suspects = xcalloc((size_t)rows->count + 1, sizeof(*r->suspects));
	for (i = 0; i < rows->count; i++) {
		struct suspect *s = &r->suspects[r->suspect_count++];

		s->row = rows->rows[i];
		s->more = more[i];
		s->finding = finding_on(r->source, s->row);
		if (!err)
			err = map_detail_load(r->source, s->row, &s->detail);
	}
	free(more);
	return err;
}

static struct error *load_suspects(struct report *r)
{
	struct suspect_rows rows;

	suspect_rows_load(r->source, &r->options.suspects, &rows);
	if (!r->options.suspects.count && rows.count > r->options.top)
		rows.count = r->options.top;
	return load_details(r, &rows);
}

static struct error *load_maps(struct report *r)
{
	struct error *err = session_check_maps(r->source);

	if (error_catch(&err, ERROR_USAGE))
		return NULL;
	if (err ||
	    (err = map_groups_load(r->source, GROUP_OWNER, NULL, &r->groups)))
		return err;
	list_init(&r->owners, &map_group_list_kind, &r->groups);
	list_init(&r->rows, &map_list_kind, r->source);
	r->maps = true;
	if (!no_goroutines(r))
		goroutine_table_load(r->source, GOROUTINES_BY_USER, false,
				     &r->goroutines);
	if ((err = type_table_load(r->source, false, &r->types)))
		return err;
	return load_suspects(r);
}

static void round_side(const struct report *r, struct diff_side *side)
{
	uint64_t *const sizes[] = {
		&side->entries,	   &side->slots,	  &side->storage_bytes,
		&side->tombstones, &side->retained_bytes,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(sizes); i++)
		*sizes[i] = redact_size(&r->redactor, *sizes[i]);
}

static char *redacted_name(struct report *r, const char *name)
{
	struct buf out = {0};

	redact_name(&r->redactor, name, &out);
	return buf_steal(&out);
}

static void take_growth(struct report *r, const struct diff *d)
{
	uint32_t i;

	r->growth = xcalloc((size_t)d->count + 1, sizeof(*r->growth));
	for (i = 0; i < d->count; i++) {
		struct growth *g = &r->growth[r->growth_count++];

		*g = (struct growth){
			.name = redacted_name(r, d->rows[i].name),
			.state = (enum diff_state)d->rows[i].state,
			.a = d->rows[i].a,
			.b = d->rows[i].b,
		};
		round_side(r, &g->a);
		round_side(r, &g->b);
	}
	r->type_growth =
		xcalloc((size_t)d->type_count + 1, sizeof(*r->type_growth));
	for (i = 0; i < d->type_count; i++) {
		struct growth *g = &r->type_growth[r->type_growth_count++];
		const struct diff_count *c = &d->types[i];

		*g = (struct growth){
			.name = redacted_name(r, c->name),
			.a = {.entries = c->a, .storage_bytes = c->a_bytes},
			.b = {.entries = c->b, .storage_bytes = c->b_bytes},
		};
		round_side(r, &g->a);
		round_side(r, &g->b);
	}
}

/* Sentences name several owners: they are for those who may see names. */
static void take_sentences(struct report *r, const struct diff *d)
{
	uint32_t i;

	if (r->redactor.level >= REDACT_NAMES)
		return;
	r->sentences =
		xcalloc((size_t)d->sentence_count + 1, sizeof(*r->sentences));
	for (i = 0; i < d->sentence_count; i++)
		r->sentences[r->sentence_count++] = xstrdup(d->sentences[i]);
}

static struct error *load_growth(struct report *r)
{
	CLEANUP(diff_deinit) struct diff diff = {0};
	struct session_info info;
	struct error *err;

	if (!r->options.base)
		return NULL;
	if ((err = diff_load(r->options.base, r->original, GROUP_OWNER, &diff)))
		return error_wrap(err, "cannot compare with the base");
	session_info(r->options.base, &info);
	r->base_time_ns = info.time_ns;
	r->compared = true;
	diff_keep(&diff, ~(1u << DIFF_SAME), 0, false);
	take_growth(r, &diff);
	take_sentences(r, &diff);
	return NULL;
}

static const char *redaction_of(const struct report *r)
{
	const struct stored *stored = r->source->stored;

	return stored ? stored->meta.redaction
		      : redact_level_name(r->redactor.level);
}

struct error *report_model_load(struct report *r)
{
	struct session_info info;
	struct error *err;

	session_info(r->original, &info);
	session_info(r->source, &r->info);
	r->info.kind = info.kind;
	session_totals(r->source, &r->totals);
	r->redaction = redaction_of(r);
	measured_facts(r);
	target_facts(r);
	memory_facts(r);
	r->series = session_series(r->source);
	if (r->series)
		series_table_load(r->series, true, &r->trends);
	err = load_maps(r);
	return err ? err : load_growth(r);
}

static void growth_free(struct growth *list, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		free(list[i].name);
	free(list);
}

void report_model_deinit(struct report *r)
{
	size_t i;

	for (i = 0; i < r->fact_count; i++)
		free(r->facts[i].value);
	free(r->facts);
	for (i = 0; i < r->suspect_count; i++) {
		map_detail_deinit(&r->suspects[i].detail);
		suspect_more_deinit(&r->suspects[i].more);
	}
	free(r->suspects);
	growth_free(r->growth, r->growth_count);
	growth_free(r->type_growth, r->type_growth_count);
	for (i = 0; i < r->sentence_count; i++)
		free(r->sentences[i]);
	free(r->sentences);
	series_table_deinit(&r->trends);
	if (!r->maps)
		return;
	list_deinit(&r->owners);
	list_deinit(&r->rows);
	map_groups_deinit(&r->groups);
	goroutine_table_deinit(&r->goroutines);
	type_table_deinit(&r->types);
}
