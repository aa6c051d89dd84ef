/*
 * What deserves a person's attention, worst first. One owner gives at most one
 * finding of a rule: the maps of an owner are judged together, so that 50,000
 * maps in one struct field are one line.
 *
 * To add a rule: write one function over a group, list it in `rules`.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/session_priv.h"

struct builder {
	struct session *session;
	const struct map_groups *groups;
	const struct map_group *group;
	uint32_t cap;
};

typedef void rule_fn(struct builder *b);

static struct finding *add(struct builder *b, const char *rule,
			   enum severity severity, uint64_t bytes)
{
	struct session *s = b->session;
	const struct map_row *row;
	struct finding *f;

	GROW_ARRAY(s->findings, s->finding_count, b->cap);
	f = &s->findings[s->finding_count++];
	row = &s->rows[b->groups->rows[b->group->first]];
	*f = (struct finding){
		.rule = rule,
		.severity = (uint8_t)severity,
		.bytes = bytes,
		.owner = xstrdup(b->group->name),
		.addr = row->addr,
		.row = b->groups->rows[b->group->first],
	};
	return f;
}

/* printf into an owned string; the owner's name is made harmless by the
 * surface and the text writers, not here. */
static char *PRINTF_LIKE(1, 2) say(const char *format, ...)
{
	va_list args;
	char *s;

	va_start(args, format);
	s = xvasprintf(format, args);
	va_end(args);
	return s;
}

static char *size_text(uint64_t bytes)
{
	struct buf b = {0};

	text_size(&b, bytes);
	return buf_steal(&b);
}

static uint64_t percent(uint64_t part, uint64_t whole)
{
	return whole ? (part * 100 + whole / 2) / whole : 0;
}

/* The maps of the group that carry @p flag; the worst one's row. */
struct flagged {
	uint64_t maps, entries, slots, storage, waste, tombstones, old;
	enum severity severity;
	const struct map_row *worst;
	uint32_t worst_row;
};

static const struct thresholds *limits(const struct builder *b)
{
	return &b->session->options.thresholds;
}

static struct flagged flagged_maps(const struct builder *b, uint32_t flag)
{
	struct flagged sum = {0};
	uint64_t i;

	for (i = 0; i < b->group->maps; i++) {
		uint32_t n = b->groups->rows[b->group->first + i];
		const struct map_row *row = &b->session->rows[n];

		if (!(row->flags & flag))
			continue;
		sum.maps++;
		sum.entries += row->count;
		sum.slots += row->slots;
		sum.storage += row->storage_bytes;
		sum.waste += row->waste_bytes;
		sum.tombstones += row->tombstones;
		sum.old += row->old_bytes;
		if (row->severity > sum.severity)
			sum.severity = row->severity;
		if (!sum.worst ||
		    row->storage_bytes > sum.worst->storage_bytes) {
			sum.worst = row;
			sum.worst_row = n;
		}
	}
	return sum;
}

static void point_at(struct finding *f, const struct flagged *sum)
{
	f->addr = sum->worst->addr;
	f->row = sum->worst_row;
}

static void rule_sparse(struct builder *b)
{
	struct flagged sum = flagged_maps(b, MAP_SPARSE);
	uint64_t fill = percent(sum.entries, sum.slots);
	CLEANUP(buf_deinit) struct buf title = {0};
	struct finding *f;

	if (!sum.maps)
		return;
	f = add(b, "sparse", sum.severity, sum.waste);
	point_at(f, &sum);
	buf_printf(&title, "%s %" PRIu64 "%% full", b->group->name, fill);
	if (sum.tombstones)
		buf_printf(&title, ", %" PRIu64 "%% tombstones",
			   percent(sum.tombstones, sum.slots));
	buf_adds(&title, ", cannot shrink");
	f->title = buf_steal(&title);
	f->evidence = say("%" PRIu64 " entries in %" PRIu64 " slots, %" PRIu64
			  " deleted slots, %" PRIu64 " bytes of storage",
			  sum.entries, sum.slots, sum.tombstones, sum.storage);
	f->why = say("Go never shrinks a map: after mass deletes its arrays "
		     "keep their largest size (golang/go#20135).");
	f->action = say("copy the live entries into a new map and drop this "
			"one");
	f->verb = "rebuild";
}

static void rule_tombstones(struct builder *b)
{
	struct flagged sum = flagged_maps(b, MAP_TOMBSTONES);
	struct finding *f;

	/* A sparse map names its tombstones itself. */
	if (!sum.maps || sum.severity < SEVERITY_WARN ||
	    sum.worst->flags & MAP_SPARSE)
		return;
	f = add(b, "tombstones", sum.severity, sum.waste);
	point_at(f, &sum);
	f->title = say("%s %" PRIu64 "%% tombstones slow every miss",
		       b->group->name, percent(sum.tombstones, sum.slots));
	f->evidence = say("%" PRIu64 " deleted of %" PRIu64 " slots",
			  sum.tombstones, sum.slots);
	f->why = say("deleted slots of full groups keep probe runs alive: a "
		     "miss costs what it cost before the deletes");
	f->action = say("rebuild the map after mass deletes");
	f->verb = "rebuild";
}

static void rule_tiny(struct builder *b)
{
	const struct map_group *g = b->group;
	uint64_t live = b->session->heap->reached_bytes;
	enum severity severity = SEVERITY_INFO;
	struct finding *f;

	if ((double)g->maps < limits(b)->tiny_maps || !g->slots ||
	    g->entries * 4 > g->slots)
		return;
	if ((double)g->waste_bytes >= limits(b)->tiny_bytes)
		severity = SEVERITY_WARN;
	if (g->waste_bytes * 2 >= live)
		severity = SEVERITY_HIGH;
	f = add(b, "tiny", severity, g->storage_bytes);
	f->title = say("%" PRIu64 " maps hold %" PRIu64 " entries in %" PRIu64
		       " slots: %s",
		       g->maps, g->entries, g->slots, g->name);
	f->evidence = say("mean %.2f entries a map, %" PRIu64
			  "%% of the slots used, %" PRIu64 " bytes wasted",
			  (double)g->entries / (double)g->maps,
			  percent(g->entries, g->slots), g->waste_bytes);
	f->why = say("the smallest map allocates eight slots, whatever it "
		     "holds");
	f->action = say("use struct fields or a slice of pairs for so few "
			"entries, or allocate the map on first use");
	f->verb = "re-type";
}

static void rule_chain(struct builder *b)
{
	struct flagged sum = flagged_maps(b, MAP_LONG_CHAIN | MAP_CHAIN_WARN);
	struct finding *f;

	if (!sum.maps)
		return;
	f = add(b, "long_chain", sum.severity, 0);
	point_at(f, &sum);
	f->title = say("%s has %s of %" PRIu32 " %s", b->group->name,
		       sum.worst->swiss ? "probe runs" : "a bucket chain",
		       sum.worst->swiss ? sum.worst->chain_p99
					: sum.worst->chain_max,
		       sum.worst->swiss ? "groups (p99)" : "buckets");
	f->evidence = say("%" PRIu64 " maps; worst at 0x%" PRIx64
			  " with mean %.2f, longest %" PRIu32,
			  sum.maps, sum.worst->addr,
			  (double)sum.worst->chain_mean, sum.worst->chain_max);
	f->why = say("such runs do not arise by chance at this load: keys "
		     "hash alike, or deletes left their marks");
	f->action = say("look at the keys of the longest chain; rebuild the "
			"map after mass deletes");
	f->verb = "review";
}

static void rule_old_buckets(struct builder *b)
{
	struct flagged sum = flagged_maps(b, MAP_OLD_BUCKETS);
	CLEANUP(free_cleanup) char *old = size_text(sum.old);
	struct finding *f;

	if (!sum.maps || (double)sum.old < limits(b)->old_bytes)
		return;
	f = add(b, "old_buckets", SEVERITY_WARN, sum.old);
	point_at(f, &sum);
	f->title = say("%s keeps %s of old buckets", b->group->name, old);
	f->evidence = say("%" PRIu64 " maps are growing, %" PRIu64
			  " bytes in old arrays",
			  sum.maps, sum.old);
	f->why = say("a growth advances only when the map is written; one "
		     "that is only read keeps both arrays");
	f->action = say("if the map is complete, copy it once (maps.Clone "
			"into a sized map)");
	f->verb = "rebuild";
}

static void rule_share(struct builder *b)
{
	const struct map_group *g = b->group;
	uint64_t live = b->session->heap->reached_bytes;
	double share;
	struct finding *f;

	if (g->retained_bytes == UINT64_MAX || !live)
		return;
	share = (double)g->retained_bytes / (double)live;
	/* A tenth of an almost empty heap is nothing. */
	if (share < limits(b)->retained_info ||
	    (double)g->retained_bytes < limits(b)->retained_bytes)
		return;
	f = add(b, "share",
		share >= limits(b)->retained_warn ? SEVERITY_WARN
						  : SEVERITY_INFO,
		g->retained_bytes);
	f->title =
		say("%s retains %.0f%% of the live heap", g->name, share * 100);
	f->evidence =
		say("%" PRIu64 " maps, %" PRIu64 " entries, retained %s%" PRIu64
		    " of %" PRIu64 " live bytes",
		    g->maps, g->entries,
		    g->retained_exact ? "" : ">= ", g->retained_bytes, live);
	f->why = say("all of it dies with the owner's maps; big alone is not "
		     "a defect");
	f->action = say("check that entries leave this map: compare two "
			"samples");
	f->verb = "review";
}

static rule_fn *const rules[] = {
	rule_sparse, rule_tombstones,  rule_tiny,
	rule_chain,  rule_old_buckets, rule_share,
};

static int worst_first(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->owner, y->owner);
}

struct error *findings_build(struct session *session)
{
	CLEANUP(map_groups_deinit) struct map_groups groups = {0};
	struct builder b = {.session = session, .groups = &groups};
	struct error *err;
	uint32_t i;
	size_t rule;

	err = map_groups_load(session, GROUP_OWNER, NULL, &groups);
	if (err)
		return err;
	for (i = 0; i < groups.count; i++) {
		b.group = &groups.groups[i];
		for (rule = 0; rule < ARRAY_LEN(rules); rule++)
			rules[rule](&b);
	}
	if (session->finding_count)
		qsort(session->findings, session->finding_count,
		      sizeof(*session->findings), worst_first);
	return NULL;
}

void findings_free(struct session *session)
{
	uint32_t i;

	for (i = 0; i < session->finding_count; i++) {
		struct finding *f = &session->findings[i];

		free(f->title);
		free(f->owner);
		free(f->evidence);
		free(f->why);
		free(f->action);
	}
	free(session->findings);
	session->findings = NULL;
	session->finding_count = 0;
}

const struct finding *session_findings(const struct session *session,
				       uint32_t *count_ret)
{
	*count_ret = session->finding_count;
	return session->findings;
}

uint32_t session_accepted(const struct session *session)
{
	return session->accepted_count;
}

static bool is_finding(const struct finding *f, const char *rule,
		       const char *owner)
{
	CLEANUP(buf_deinit) struct buf plain = {0};

	text_plain(&plain, f->owner, strlen(f->owner));
	return !strcmp(f->rule, rule) && !strcmp(buf_str(&plain), owner);
}

void session_accept(struct session *session, const char *rule,
		    const char *owner)
{
	uint32_t i, last = session->finding_count;

	for (i = 0; i + session->accepted_count < last; i++) {
		struct finding f = session->findings[i];

		if (!is_finding(&f, rule, owner))
			continue;
		memmove(&session->findings[i], &session->findings[i + 1],
			(last - i - 1) * sizeof(f));
		f.accepted = true;
		session->findings[last - 1] = f;
		session->accepted_count++;
		return;
	}
}
