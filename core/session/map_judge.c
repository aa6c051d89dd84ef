/*
 * Bands of a map's figures: which flags it carries and how bad that is. Why
 * these numbers: a map that has just grown is at least half full, so less than
 * 45 % of the maximum means deletes or an oversized hint; a classic chain is
 * never longer than three buckets by chance; a Swiss probe run is judged
 * against what its load makes likely.
 */
#include <math.h>

#include "core/container/chain_expect.h"
#include "core/session/session_priv.h"

static const uint64_t SPARSE_WARN_BYTES = 64 << 10;
static const uint64_t SPARSE_HIGH_BYTES = 1 << 20;
static const uint64_t OLD_WARN_BYTES = 64 << 10;

static void raise(struct map_row *row, enum severity severity)
{
	if (row->severity < severity)
		row->severity = (uint8_t)severity;
}

static void judge_fill(struct map_row *row)
{
	double fill = row->load_max > 0 ? (double)row->load / row->load_max : 0;

	if (row->slots <= 8) {
		if (row->count * 4 <= row->slots || !row->slots)
			row->flags |= MAP_TINY;
		return;
	}
	if (fill < 0.10 && row->storage_bytes >= SPARSE_HIGH_BYTES) {
		row->flags |= MAP_SPARSE;
		raise(row, SEVERITY_HIGH);
	} else if (fill < 0.20 && row->storage_bytes >= SPARSE_WARN_BYTES) {
		row->flags |= MAP_SPARSE;
		raise(row, SEVERITY_WARN);
	}
}

static void judge_tombstones(struct map_row *row)
{
	double share =
		row->slots ? (double)row->tombstones / (double)row->slots : 0;

	if (share < 0.10)
		return;
	row->flags |= MAP_TOMBSTONES;
	/* A few dead slots in a map of one table cost nobody anything. */
	if (row->slots <= 1024)
		raise(row, SEVERITY_INFO);
	else
		raise(row, share > 0.25 ? SEVERITY_HIGH : SEVERITY_WARN);
}

static void judge_growth(const struct map_figures *f, struct map_row *row)
{
	if (!(f->flags & CONTAINER_GROWING))
		return;
	row->flags |= MAP_GROWING | MAP_OLD_BUCKETS;
	raise(row,
	      row->old_bytes >= OLD_WARN_BYTES ? SEVERITY_WARN : SEVERITY_INFO);
}

static void judge_classic_chain(struct map_row *row)
{
	if (row->chain_max >= 8) {
		row->flags |= MAP_LONG_CHAIN;
		raise(row, SEVERITY_HIGH);
	} else if (row->chain_max >= 4) {
		row->flags |= MAP_CHAIN_WARN;
		raise(row, SEVERITY_WARN);
	}
}

static void judge_swiss_chain(const struct map_figures *f, struct map_row *row)
{
	uint32_t likely = chain_expect_p99(true, (double)row->load,
					   f->groups ? f->groups : 1);

	if (row->slots <= 64 || row->chain_p99 <= 3 ||
	    row->chain_p99 * 2 <= likely * 3)
		return;
	if (row->chain_p99 >= 8) {
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
	(void)session;
	judge_fill(row);
	judge_tombstones(row);
	judge_growth(f, row);
	if (row->swiss)
		judge_swiss_chain(f, row);
	else
		judge_classic_chain(row);
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

void map_flags_text(uint32_t flags, char ret[MAP_FLAG_TEXT])
{
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
	size_t i;

	for (i = 0; i < 8; i++)
		ret[i] = '.';
	ret[8] = '\0';
	for (i = 0; i < ARRAY_LEN(letters); i++)
		if (flags & letters[i].flag)
			ret[letters[i].position] = letters[i].letter;
}
