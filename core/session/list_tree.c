/* Lists of two levels, and rows that a person marked. */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/list.h"

/* Where @p id is or belongs. */
static uint32_t place_of(const struct id_set *set, uint64_t id)
{
	uint32_t low = 0, high = set->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (set->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool id_set_has(const struct id_set *set, uint64_t id)
{
	uint32_t at = place_of(set, id);

	return at < set->count && set->ids[at] == id;
}

void id_set_put(struct id_set *set, uint64_t id, bool in)
{
	uint32_t at = place_of(set, id);

	if (id_set_has(set, id) == in)
		return;
	if (in) {
		GROW_ARRAY(set->ids, set->count, set->cap);
		memmove(set->ids + at + 1, set->ids + at,
			(set->count - at) * sizeof(*set->ids));
		set->ids[at] = id;
		set->count++;
		return;
	}
	set->count--;
	memmove(set->ids + at, set->ids + at + 1,
		(set->count - at) * sizeof(*set->ids));
}

static uint32_t parent_of(const struct list *list, uint32_t row)
{
	return list->kind->parent ? list->kind->parent(list->model, row)
				  : UINT32_MAX;
}

static bool is_unfolded(const struct list *list, uint32_t row)
{
	uint64_t id = list->kind->identity(list->model, row);

	return id_set_has(&list->unfolded, id) != list->unfold_all;
}

enum list_branch list_branch(const struct list *list, uint32_t position)
{
	uint32_t row = list_row(list, position);

	if (!list->kind->parent || row == UINT32_MAX)
		return LIST_LEAF;
	if (parent_of(list, row) != UINT32_MAX)
		return LIST_CHILD;
	if (!list->kind->has_children(list->model, row))
		return LIST_LEAF;
	return is_unfolded(list, row) ? LIST_UNFOLDED : LIST_FOLDED;
}

void list_tree_prune(struct list *list)
{
	uint32_t i, kept = 0;

	for (i = 0; list->kind->parent && i < list->count; i++)
		if (parent_of(list, list->order[i]) == UINT32_MAX)
			list->order[kept++] = list->order[i];
	if (list->kind->parent)
		list->count = kept;
}

/*
 * All rows under unfolded ones that are shown, in the list's order, and how
 * many each has in @p counts (by row of the first level).
 */
static struct list children(const struct list *list, uint32_t *counts,
			    bool *sorted_ret)
{
	uint32_t row, rows = list->kind->count(list->model), i;
	uint8_t *open = xcalloc(rows, 1);
	struct list ret = *list;

	for (i = 0; i < list->count; i++)
		open[list->order[i]] = is_unfolded(list, list->order[i]);
	ret.order = xreallocarray(NULL, rows, sizeof(*ret.order));
	ret.count = 0;
	for (row = 0; row < rows; row++) {
		uint32_t parent = parent_of(list, row);

		if (parent == UINT32_MAX || !open[parent] ||
		    !list->kind->has_children(list->model, parent))
			continue;
		counts[parent]++;
		ret.order[ret.count++] = row;
	}
	free(open);
	*sorted_ret = list_sort_rows(&ret);
	return ret;
}

bool list_tree_grow(struct list *list)
{
	uint32_t i, to = 0, rows, *at;
	struct list under;
	bool sorted;

	if (!list->kind->parent || (!list->unfold_all && !list->unfolded.count))
		return true;
	rows = list->kind->count(list->model);
	at = xcalloc(rows, sizeof(*at));
	under = children(list, at, &sorted);
	/* The heads move apart, from the last one on; then each child takes
	 * the next place behind its head. */
	to = list->count + under.count;
	list->count = to;
	for (i = to - under.count; i-- > 0;) {
		uint32_t row = list->order[i];

		to -= at[row] + 1;
		at[row] = to + 1;
		list->order[to] = row;
	}
	for (i = 0; i < under.count; i++) {
		uint32_t row = under.order[i];

		list->order[at[parent_of(list, row)]++] = row;
	}
	free(under.order);
	free(at);
	return sorted;
}

static void arrange(struct list *list)
{
	list_tree_prune(list);
	list_tree_grow(list);
}

void list_unfold(struct list *list, uint32_t position, bool open)
{
	uint32_t row = list_row(list, position);

	if (row == UINT32_MAX || !list->kind->parent)
		return;
	id_set_put(&list->unfolded, list->kind->identity(list->model, row),
		   open != list->unfold_all);
	arrange(list);
}

void list_unfold_all(struct list *list, bool open)
{
	list->unfolded.count = 0;
	list->unfold_all = open;
	if (list->kind->parent)
		arrange(list);
}

void list_tag(struct list *list, uint32_t position)
{
	uint32_t row = list_row(list, position);
	uint64_t id;

	if (row == UINT32_MAX)
		return;
	id = list->kind->identity(list->model, row);
	id_set_put(&list->tags, id, !id_set_has(&list->tags, id));
}

bool list_is_tagged(const struct list *list, uint32_t position)
{
	uint32_t row = list_row(list, position);

	return list->tags.count && row != UINT32_MAX &&
	       id_set_has(&list->tags, list->kind->identity(list->model, row));
}
