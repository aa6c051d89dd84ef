/*
 * Bands of a map's figures: which flags it carries and how bad that is. A Swiss
 * probe run is judged against what its load makes likely as well.
 */
#include <math.h>

#include "core/container/chain_expect.h"
#include "core/session/session_priv.h"

static void raise(struct map_row *row, enum severity severity)
{
	if (row->severity < severity)
		row->severity = (uint8_t)severity;
}

static void judge_fill(const struct thresholds *t, struct map_row *row)
{
	double fill = row->load_max > 0 ? (double)row->load / row->load_max : 0;

	if (row->slots <= 8) {
		if (row->count * 4 <= row->slots || !row->slots)
			row->flags |= MAP_TINY;
		return;
	}
	if (fill < t->fill_high &&
	    (double)row->storage_bytes >= t->fill_high_bytes) {
		row->flags |= MAP_SPARSE;
		raise(row, SEVERITY_HIGH);
	} else if (fill < t->fill_warn &&
		   (double)row->storage_bytes >= t->fill_warn_bytes) {
		row->flags |= MAP_SPARSE;
		raise(row, SEVERITY_WARN);
	}
}

static void judge_tombstones(const struct thresholds *t, struct map_row *row)
{
	double share =
		row->slots ? (double)row->tombstones / (double)row->slots : 0;

	if (share < t->tombstones_warn)
		return;
	row->flags |= MAP_TOMBSTONES;
	/* A few dead slots in a map of one table cost nobody anything. */
	if (row->slots <= 1024)
		raise(row, SEVERITY_INFO);
	else
		raise(row, share > t->tombstones_high ? SEVERITY_HIGH
						      : SEVERITY_WARN);
}

static void judge_growth(const struct thresholds *t,
			 const struct map_figures *f, struct map_row *row)
{
	if (!(f->flags & CONTAINER_GROWING))
		return;
	row->flags |= MAP_GROWING | MAP_OLD_BUCKETS;
	raise(row, (double)row->old_bytes >= t->old_bytes ? SEVERITY_WARN
							  : SEVERITY_INFO);
}

static void judge_classic_chain(const struct thresholds *t, struct map_row *row)
{
	if (row->chain_max >= t->chain_high) {
		row->flags |= MAP_LONG_CHAIN;
		raise(row, SEVERITY_HIGH);
	} else if (row->chain_max >= t->chain_warn) {
		row->flags |= MAP_CHAIN_WARN;
		raise(row, SEVERITY_WARN);
	}
}

static void judge_swiss_chain(const struct thresholds *t,
			      const struct map_figures *f, struct map_row *row)
{
	uint32_t likely = chain_expect_p99(true, (double)row->load,
					   f->groups ? f->groups : 1);

	if (row->slots <= 64 || row->chain_p99 < t->chain_warn ||
	    row->chain_p99 * 2 <= likely * 3)
		return;
	if (row->chain_p99 >= t->chain_high) {
		row->flags |= MAP_LONG_CHAIN;
		raise(row, SEVERITY_HIGH);
	} else {
		row->flags |= MAP_CHAIN_WARN;
		raise(row, SEVERITY_WARN);
	}
}

void map_row_judge(const struct session *session, const struct map_figures *f,
		   struct map_row *row)
{
	const struct thresholds *t = &session->options.thresholds;

	judge_fill(t, row);
	judge_tombstones(t, row);
	judge_growth(t, f, row);
	if (row->swiss)
		judge_swiss_chain(t, f, row);
	else
		judge_classic_chain(t, row);
	if (f->flags & CONTAINER_WRITING)
		row->flags |= MAP_WRITING;
	if (f->flags & (CONTAINER_TORN | CONTAINER_CORRUPT)) {
		row->flags |= MAP_TORN;
		raise(row, SEVERITY_INFO);
	}
	if (f->flags & CONTAINER_UNREADABLE) {
		row->flags |= MAP_UNREADABLE;
		raise(row, SEVERITY_INFO);
	}
}

static const struct {
	uint32_t flag;
	uint8_t position;
	char letter;
} letters[] = {
	{MAP_SPARSE, 0, 'S'},	    {MAP_TOMBSTONES, 1, 'T'},
	{MAP_TINY, 2, 'E'},	    {MAP_GROWING, 3, 'G'},
	{MAP_OLD_BUCKETS, 4, 'O'},  {MAP_CHAIN_WARN, 5, 'c'},
	{MAP_LONG_CHAIN, 5, 'C'},   {MAP_WRITING, 6, 'w'},
	{MAP_TORN, 6, 'W'},	    {MAP_UNTYPED, 7, '?'},
	{MAP_CONSERVATIVE, 7, '?'}, {MAP_UNREADABLE, 7, '!'},
};

uint32_t map_flags_parse(const char *text)
{
	uint32_t flags = 0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(letters); i++)
		if (strchr(text, letters[i].letter))
			flags |= letters[i].flag;
	return flags;
}

void map_flags_text(uint32_t flags, char ret[MAP_FLAG_TEXT])
{
	size_t i;

	for (i = 0; i < 8; i++)
		ret[i] = '.';
	ret[8] = '\0';
	for (i = 0; i < ARRAY_LEN(letters); i++)
		if (flags & letters[i].flag)
			ret[letters[i].position] = letters[i].letter;
}
