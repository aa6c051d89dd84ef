/* What a diff means, in sentences: a person reads these and nothing else. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/diff_priv.h"

enum { MAX_OWNERS = 5 };

static const int64_t WORTH_BYTES = 64 << 10;
static const int64_t WORTH_ENTRIES = 1000;

static void say(struct diff *d, struct buf *text)
{
	d->sentences = xreallocarray(d->sentences, d->sentence_count + 1,
				     sizeof(*d->sentences));
	d->sentences[d->sentence_count++] = buf_steal(text);
}

static void add_signed(struct buf *out, int64_t bytes)
{
	buf_addc(out, bytes < 0 ? '-' : '+');
	text_size(out, bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes);
}

static void add_change(struct buf *out, const char *what, uint64_t a,
		       uint64_t b)
{
	bool known;
	int64_t delta = diff_delta(a, b, &known);

	if (!known)
		return;
	buf_printf(out, "%s ", what);
	text_size(out, a);
	buf_adds(out, " -> ");
	text_size(out, b);
	buf_adds(out, " (");
	add_signed(out, delta);
	buf_addc(out, ')');
}

static void say_totals(struct diff *d)
{
	CLEANUP(buf_deinit) struct buf text = {0};
	struct session_totals a, b;
	struct session_info ia, ib;

	session_totals(d->a, &a);
	session_totals(d->b, &b);
	session_info(d->a, &ia);
	session_info(d->b, &ib);
	add_change(&text, "live heap", a.heap_live_bytes, b.heap_live_bytes);
	buf_adds(&text, ", ");
	add_change(&text, "map storage", a.storage_bytes, b.storage_bytes);
	if (d->same_process && ib.time_ns >= ia.time_ns) {
		buf_adds(&text, " in ");
		text_duration(&text, ib.time_ns - ia.time_ns);
	}
	if (!d->same_process)
		buf_adds(&text, "; two processes: owners are matched by name");
	say(d, &text);
}

static int64_t weight(const struct diff_row *r)
{
	bool known;
	uint64_t a = r->a.retained_bytes, b = r->b.retained_bytes;
	int64_t delta;

	if (!r->a.maps)
		a = 0;
	if (!r->b.maps)
		b = 0;
	delta = diff_delta(a, b, &known);
	if (!known)
		delta = diff_delta(r->a.storage_bytes, r->b.storage_bytes,
				   &known);
	return delta < 0 ? -delta : delta;
}

static bool worth_saying(const struct diff_row *r)
{
	bool known;
	int64_t entries = diff_delta(r->a.entries, r->b.entries, &known);

	if (r->std || r->state == DIFF_SAME)
		return false;
	return weight(r) >= WORTH_BYTES || entries >= WORTH_ENTRIES ||
	       entries <= -WORTH_ENTRIES;
}

static int heaviest(const void *p, const void *q)
{
	const struct diff_row *const *x = p, *const *y = q;
	int64_t a = weight(*x), b = weight(*y);

	if (a != b)
		return a > b ? -1 : 1;
	return strcmp((*x)->name, (*y)->name);
}

static void add_entries(struct buf *out, const struct diff_row *r)
{
	bool known;
	int64_t delta = diff_delta(r->a.entries, r->b.entries, &known);

	buf_printf(out, "%+" PRId64 " entries", delta);
	if (r->a.entries)
		buf_printf(out, " (%+.0f%%)",
			   100.0 * (double)delta / (double)r->a.entries);
}

static void add_retained(struct buf *out, const struct diff_row *r)
{
	bool known;
	int64_t delta =
		diff_delta(r->a.retained_bytes, r->b.retained_bytes, &known);

	if (!known || !delta)
		return;
	buf_adds(out, ", retained ");
	add_signed(out, delta);
}

static void add_storage(struct buf *out, const struct diff_row *r)
{
	bool known;
	int64_t delta =
		diff_delta(r->a.storage_bytes, r->b.storage_bytes, &known);

	buf_adds(out, ", storage ");
	add_signed(out, delta);
}

static void add_maps(struct buf *out, const char *what, const char *name,
		     const struct diff_side *side)
{
	buf_printf(out, "%s: %s, %" PRIu64 " map%s with %" PRIu64 " entries",
		   what, name, side->maps, side->maps == 1 ? "" : "s",
		   side->entries);
}

/* Nothing left it: the pattern of a leak, though two samples prove none. */
static bool only_grew(const struct diff *d, const struct diff_row *r)
{
	return d->same_process && r->state == DIFF_GREW &&
	       r->b.tombstones <= r->a.tombstones &&
	       r->b.entries > r->a.entries &&
	       r->b.storage_bytes >= r->a.storage_bytes && !r->vanished;
}

static void say_row(struct diff *d, const struct diff_row *r)
{
	CLEANUP(buf_deinit) struct buf text = {0}, name = {0};

	text_plain(&name, r->name, strlen(r->name));
	switch ((enum diff_state)r->state) {
	case DIFF_NEW:
		add_maps(&text, "NEW", buf_str(&name), &r->b);
		add_storage(&text, r);
		break;
	case DIFF_GONE:
		add_maps(&text, "GONE", buf_str(&name), &r->a);
		add_storage(&text, r);
		break;
	case DIFF_GREW:
		buf_printf(&text, "%s: %s, ",
			   only_grew(d, r) ? "LEAK PATTERN" : "GREW",
			   buf_str(&name));
		add_entries(&text, r);
		add_retained(&text, r);
		if (only_grew(d, r))
			buf_adds(&text, "; nothing was deleted, and the owner "
					"is the same in both: compare a third "
					"sample");
		break;
	case DIFF_CHURNED:
		buf_printf(&text, "CHURN: %s, ", buf_str(&name));
		add_entries(&text, r);
		add_storage(&text, r);
		if (r->b.entries < r->a.entries)
			buf_adds(&text, "; a map keeps its storage after "
					"deletes: rebuild it");
		break;
	default:
		buf_printf(&text, "SHRANK: %s, ", buf_str(&name));
		add_entries(&text, r);
		add_storage(&text, r);
		break;
	}
	say(d, &text);
}

void diff_say(struct diff *d)
{
	const struct diff_row **rows =
		xcalloc((size_t)d->count + 1, sizeof(*rows));
	CLEANUP(buf_deinit) struct buf text = {0};
	uint32_t i, n = 0;

	say_totals(d);
	for (i = 0; i < d->count; i++)
		if (worth_saying(&d->rows[i]))
			rows[n++] = &d->rows[i];
	if (n)
		qsort(rows, n, sizeof(*rows), heaviest);
	for (i = 0; i < n && i < MAX_OWNERS; i++)
		say_row(d, rows[i]);
	if (!n) {
		buf_adds(&text, "no owner of maps changed by 64 KiB or 1000 "
				"entries");
		say(d, &text);
	}
	free(rows);
}
