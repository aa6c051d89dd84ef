/*
 * Maps grouped by owner, type or package: 50,000 maps in one struct field are
 * one row. Groups are made by one counting pass over interned names.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/stored.h"

static const char *const by_names[] = {"owner", "type", "package", "none"};

const char *map_group_by_name(enum map_group_by by)
{
	return by < ARRAY_LEN(by_names) ? by_names[by] : "?";
}

struct error *map_group_by_parse(const char *name, enum map_group_by *ret)
{
	size_t i;

	*ret = GROUP_OWNER;
	for (i = 0; name && i < ARRAY_LEN(by_names); i++) {
		if (!strcmp(name, by_names[i])) {
			*ret = (enum map_group_by)i;
			return NULL;
		}
	}
	return name ? error_hint(
			      error_new(ERROR_USAGE, "no grouping '%s'", name),
			      "--group is owner, type, package or none")
		    : NULL;
}

static const char *group_name(const struct session *session,
			      enum map_group_by by, const struct map_row *row,
			      struct intern *names)
{
	const char *owner = map_row_owner(session, row), *start, *type;
	CLEANUP(free_cleanup) char *package = NULL;
	uint32_t number;
	size_t n;

	switch (by) {
	case GROUP_TYPE:
		type = map_row_type(session, row);
		return type ? type : "?";
	case GROUP_PACKAGE:
		n = owner_package(owner, &start);
		package = xstrndup(start, n);
		/* Adding may move the strings: number first, then look. */
		number = intern_add(names, package);
		return names->strings[number];
	default:
		return owner;
	}
}

/* Group number of each chosen row; names are numbered by first use. */
static uint32_t *assign(const struct session *session, enum map_group_by by,
			const struct list *chosen, struct intern *names)
{
	uint32_t *group = xcalloc(chosen->count, sizeof(*group)), i;
	struct intern scratch = {0};

	for (i = 0; i < chosen->count; i++) {
		const struct map_row *row = &session->rows[chosen->order[i]];

		group[i] = intern_add(names,
				      group_name(session, by, row, &scratch));
	}
	intern_deinit(&scratch);
	return group;
}

static const char *common_type(const struct session *session,
			       const struct map_group *group,
			       const struct map_row *row)
{
	const char *type = map_row_type(session, row);

	if (!group->maps)
		return type;
	return type && group->type && !strcmp(group->type, type) ? type : NULL;
}

/* UINT64_MAX is what is not known: of all maps before, or of this one. */
static void add_known(uint64_t *sum, uint64_t bytes, bool *exact)
{
	uint64_t before = *sum == UINT64_MAX ? 0 : *sum;

	if (bytes == UINT64_MAX ||
	    __builtin_add_overflow(before, bytes, &bytes))
		*exact = false;
	else
		*sum = bytes;
}

static void add_sizes(const struct session *session, struct map_group *group,
		      const struct map_row *row)
{
	uint64_t keys, elems;

	if (!group->maps) {
		group->keys_bytes = group->elems_bytes = UINT64_MAX;
		group->sizes_exact = true;
	}
	map_row_sizes(session, row, &keys, &elems);
	add_known(&group->keys_bytes, keys, &group->sizes_exact);
	add_known(&group->elems_bytes, elems, &group->sizes_exact);
	group->growth = map_growth_most(group->growth, row->growth);
}

static void add_row(const struct session *session, struct map_group *group,
		    const struct map_row *row)
{
	bool same_root = !group->maps || group->root == row->root;

	group->type = common_type(session, group, row);
	group->root = same_root ? row->root : UINT8_MAX;
	add_sizes(session, group, row);
	group->maps++;
	group->entries += row->count;
	group->slots += row->slots;
	group->storage_bytes += row->storage_bytes;
	group->waste_bytes += row->waste_bytes;
	group->tombstones += row->tombstones;
	group->old_bytes += row->old_bytes;
	group->flags |= row->flags & ~(uint32_t)MAP_STD;
	if (row->flags & MAP_STD)
		group->flags |= MAP_STD;
	if ((row->swiss ? row->chain_p99 : row->chain_max) > group->chain_max)
		group->chain_max = row->swiss ? row->chain_p99 : row->chain_max;
	if (row->severity > group->severity)
		group->severity = row->severity;
}

enum { DOMINATOR_STEPS = 4096 };

/*
 * Who dominates whom, by what struct map_row calls its object; the number of
 * those. A snapshot without memory keeps the maps of the dominator tree.
 */
static uint32_t dominators(const struct session *session, const uint32_t **ret)
{
	*ret = session->stored ? session->stored->parents : session->heap->idom;
	return session->stored ? session->row_count : session->heap->count;
}

static bool know_retained(const struct session *session)
{
	return session->stored ? session->stored->meta.retained
			       : session->heap->retained != NULL;
}

/* Is @p row inside what another chosen map of its group retains? */
static bool dominated(const struct session *session, const struct map_row *row,
		      const uint64_t *members, bool *sure)
{
	const uint32_t *idom;
	uint32_t object = row->object, count = dominators(session, &idom);
	int steps;

	/* A snapshot may give a size to what it says is no object. */
	if (object >= count)
		return false;
	for (steps = 0; steps < DOMINATOR_STEPS; steps++) {
		object = idom[object];
		if (object >= count)
			return false;
		if (members[object / 64] >> object % 64 & 1)
			return true;
	}
	*sure = false;
	return false;
}

/*
 * What dies when all maps of a group die: at least what each retains, those
 * that another one retains counted once. Objects that several of them share
 * would die as well, so the sum is exact for a single map only.
 */
static void add_retained(const struct session *session, struct map_group *group,
			 const uint32_t *rows, uint64_t *members)
{
	uint64_t i, unknown = 0;

	group->retained_bytes = 0;
	group->retained_exact = group->maps == 1;
	for (i = 0; i < group->maps; i++) {
		const uint32_t object = session->rows[rows[i]].object;

		if (object != UINT32_MAX)
			members[object / 64] |= 1ULL << object % 64;
	}
	for (i = 0; i < group->maps; i++) {
		const struct map_row *row = &session->rows[rows[i]];

		if (row->retained_bytes == UINT64_MAX) {
			group->retained_exact = false;
			unknown++;
			continue;
		}
		if (group->maps == 1 ||
		    !dominated(session, row, members, &group->retained_exact))
			group->retained_bytes += row->retained_bytes;
	}
	if (unknown == group->maps)
		group->retained_bytes = UINT64_MAX;
	for (i = 0; i < group->maps; i++) {
		const uint32_t object = session->rows[rows[i]].object;

		if (object != UINT32_MAX)
			members[object / 64] &= ~(1ULL << object % 64);
	}
}

static int by_retained(const void *a, const void *b, void *arg)
{
	const struct session *session = arg;
	const struct map_row *x = &session->rows[*(const uint32_t *)a];
	const struct map_row *y = &session->rows[*(const uint32_t *)b];

	if (x->retained_bytes != y->retained_bytes)
		return x->retained_bytes > y->retained_bytes ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void place_rows(const struct session *session, const struct list *chosen,
		       const uint32_t *group, struct map_groups *ret)
{
	uint32_t *at = xcalloc(ret->count + 1, sizeof(*at)), i, sum = 0;
	const uint32_t *idom;
	uint64_t bytes =
		(dominators(session, &idom) / 64 + 1) * sizeof(uint64_t);
	uint64_t *members = big_alloc(bytes);

	for (i = 0; i < ret->count; i++) {
		ret->groups[i].first = at[i] = sum;
		sum += (uint32_t)ret->groups[i].maps;
	}
	ret->rows = xreallocarray(NULL, chosen->count, sizeof(*ret->rows));
	for (i = 0; i < chosen->count; i++)
		ret->rows[at[group[i]]++] = chosen->order[i];
	free(at);
	for (i = 0; i < ret->count; i++) {
		struct map_group *g = &ret->groups[i];

		qsort_r(ret->rows + g->first, g->maps, sizeof(*ret->rows),
			by_retained, (void *)(uintptr_t)session);
		if (know_retained(session))
			add_retained(session, g, ret->rows + g->first, members);
		else
			g->retained_bytes = UINT64_MAX;
	}
	big_free(members, bytes);
}

struct error *map_groups_load(const struct session *session,
			      enum map_group_by by, const char *filter,
			      struct map_groups *ret)
{
	CLEANUP(list_deinit) struct list chosen = {0};
	CLEANUP(free_cleanup) uint32_t *group = NULL;
	struct error *err;
	uint32_t i;

	if (session_is_brief(session)) {
		stored_groups(session, ret);
		return NULL;
	}
	list_init(&chosen, &map_list_kind, session);
	if (filter && (err = list_filter(&chosen, filter)))
		return err;
	*ret = (struct map_groups){.session = session, .by = by};
	list_sort(&chosen, list_find_column(&map_list_kind, "addr"), false);
	if (session_ended(session))
		return job_check(session->command);
	group = assign(session, by, &chosen, &ret->names);
	ret->count = ret->names.count;
	ret->row_count = chosen.count;
	ret->groups = xcalloc(ret->count, sizeof(*ret->groups));
	for (i = 0; i < ret->count; i++)
		ret->groups[i].name = ret->names.strings[i];
	for (i = 0; i < chosen.count; i++)
		add_row(session, &ret->groups[group[i]],
			&session->rows[chosen.order[i]]);
	place_rows(session, &chosen, group, ret);
	return NULL;
}

const struct map_row *map_groups_row(const struct map_groups *groups,
				     uint32_t row,
				     const struct map_group **group_ret)
{
	uint32_t at = row - groups->count, group = row;

	*group_ret = NULL;
	if (row >= groups->count + groups->row_count || !groups->rows)
		return NULL;
	if (row >= groups->count)
		group = map_group_list_kind.parent(groups, row);
	else
		at = groups->groups[row].first;
	*group_ret = &groups->groups[group];
	return &groups->session->rows[groups->rows[at]];
}

void map_groups_deinit(struct map_groups *groups)
{
	free(groups->groups);
	free(groups->rows);
	intern_deinit(&groups->names);
	*groups = (struct map_groups){0};
}
