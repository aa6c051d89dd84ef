/* Sentences that all formats of a report share. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/report_priv.h"

const char report_blanks[] = "What did you do?\0"
			     "What did you expect to see?\0"
			     "What did you see instead?\0"
			     "Does it happen with the latest release of Go "
			     "and of the module?\0";

const char report_glossary[] =
	"storage\0what a map allocates: header, buckets or tables and groups, "
	"overflow and old arrays\0"
	"retained\0what the garbage collector would free if the map died; >= "
	"is a lower bound\0"
	"load\0live entries per allocated slot\0"
	"tombstone\0a deleted slot that a probe may not stop at (Swiss maps)\0"
	"chain\0classic maps: buckets of the longest chain; Swiss maps: groups "
	"that a probe visits\0"
	"owner\0the shortest path of references to the map, by name\0";

const char report_privacy[] =
	"No environment, no register, no memory page is in these files. "
	"Lengths, counts and sizes are, and may tell something by themselves. "
	"Level none: keys in paths, arguments and paths are there. Level "
	"basic: no byte of a key or value, no argument, no home folder. Level "
	"names: what is not Go's own is a pseudonym, paths are left out. Level "
	"full: sizes are rounded to two digits, addresses are offsets.";

void report_verdict(const struct report *r, struct buf *out)
{
	uint32_t count;
	const struct finding *f = session_findings(r->source, &count);

	if (count) {
		buf_printf(out, "%s: %s",
			   severity_name((enum severity)f->severity), f->title);
		if (f->bytes) {
			buf_adds(out, ", ");
			text_size(out, f->bytes);
		}
	} else {
		buf_adds(out, "ok: no findings");
	}
	if (!r->info.complete)
		buf_adds(out, " (of a partial sample)");
}

void report_slots(const struct map_detail *d, struct buf *out)
{
	if (!d->slot_bytes)
		return;
	buf_printf(out,
		   "slot %" PRIu64 " B (key %" PRIu64 ", element %" PRIu64
		   "), %s %" PRIu64 " B",
		   d->slot_bytes, d->key_bytes, d->elem_bytes,
		   d->row.swiss ? "group" : "bucket", d->unit_bytes);
	if (d->row.storage_bytes)
		buf_printf(out, ", waste %.0f%% of the storage",
			   100.0 * (double)d->row.waste_bytes /
				   (double)d->row.storage_bytes);
}

const char *report_command(const struct report *r, size_t i)
{
	static const struct {
		unsigned part;
		const char *line;
	} lines[] = {
		{REPORT_SNAPSHOT, "mapscope open sample.msnap"},
		{REPORT_SNAPSHOT, "mapscope maps sample.msnap --group none"},
		{REPORT_SNAPSHOT, "mapscope findings sample.msnap"},
		{REPORT_SNAPSHOT,
		 "sqlite3 sample.msnap 'select * from top_owners'"},
		{REPORT_HEAP, "go tool pprof -top heap.pb.gz"},
		{REPORT_REFS, "go tool pprof -top refs.pb.gz"},
	};
	size_t k;

	for (k = 0; k < ARRAY_LEN(lines); k++)
		if (r->options.parts & lines[k].part && !i--)
			return lines[k].line;
	return NULL;
}

void report_shape(const struct map_detail *d, struct buf *out)
{
	if (d->row.swiss)
		buf_printf(out,
			   "directory %" PRIu64 ", tables %" PRIu64
			   ", groups %" PRIu64 " (%" PRIu64
			   " full), growth left %" PRIu64
			   ", tombstones %" PRIu64,
			   d->directory, d->tables, d->groups, d->full_groups,
			   d->growth_left, d->row.tombstones);
	else
		buf_printf(out,
			   "B %u, buckets %" PRIu64 ", overflow %" PRIu64
			   ", old buckets %" PRIu64 " (%" PRIu64 " evacuated)",
			   d->row.b, d->buckets, d->overflow_buckets,
			   d->old_buckets, d->evacuated);
	if (d->same_size_grow)
		buf_adds(out, ", same-size growth");
	if (d->hash_writing)
		buf_adds(out, ", being written");
}

uint32_t report_stacks(const struct suspect *suspect,
		       int64_t ret[SUSPECT_PATHS])
{
	const struct suspect_more *m = &suspect->more;
	uint32_t i, k, count = 0;

	if (!m->path_count)
		ret[count++] = suspect->detail.goroutine;
	for (i = 0; i < m->path_count; i++) {
		for (k = 0; k < count && ret[k] != m->paths[i].goroutine; k++)
			;
		if (k == count)
			ret[count++] = m->paths[i].goroutine;
	}
	return count;
}

void report_site(const struct suspect_more *more, uint32_t site,
		 struct buf *out)
{
	const struct suspect_site *s = &more->sites[site];

	buf_printf(out, "%" PRIu64 " of %" PRIu64 " sampled objects",
		   s->objects, more->sampled);
}

void report_path_kind(const struct suspect_path *path, struct buf *out)
{
	text_plain(out, path->root, strlen(path->root));
	if (!path->strong)
		buf_adds(out, ", not strong");
	if (path->merged > 1)
		buf_printf(out, ", %" PRIu32 " like it", path->merged);
}
