#include "core/container/container.h"

#include <string.h>

#include "core/container/container_priv.h"

const struct container_ops *container_ops_for(const struct go_type *type)
{
	if (type->kind != GO_MAP || !type->layout || type->layout->unit < 8)
		return NULL;
	return type->layout->swiss ? &map_swiss_ops : &map_classic_ops;
}

static struct error *no_layout(const struct map_view *view)
{
	return error_new(ERROR_NOT_FOUND, "'%s' has no known layout",
			 view->type->name);
}

struct error *map_figures_load(const struct map_view *view,
			       struct map_figures *ret)
{
	const struct container_ops *ops = container_ops_for(view->type);

	*ret = (struct map_figures){0};
	return ops ? ops->figures(view, ret) : no_layout(view);
}

struct error *map_next(const struct map_view *view, struct map_cursor *cursor,
		       struct map_entry *ret, bool *more)
{
	const struct container_ops *ops = container_ops_for(view->type);

	*more = false;
	return ops ? ops->next(view, cursor, ret, more) : no_layout(view);
}

struct error *map_units(const struct map_view *view, uint64_t table,
			uint64_t index, bool old, struct map_unit *ret,
			uint32_t max, uint32_t *count_ret)
{
	const struct container_ops *ops = container_ops_for(view->type);

	*count_ret = 0;
	if (!ops)
		return no_layout(view);
	return ops->units(view, table, index, old, ret, max, count_ret);
}

uint8_t map_cell_fill(const struct map_cell *cell)
{
	if (!cell->slots)
		return 0;
	if (cell->live >= cell->slots)
		return UINT8_MAX;
	return (uint8_t)(cell->live * UINT8_MAX / cell->slots);
}

struct error *map_occupancy(const struct map_view *view, bool old,
			    struct map_cell *ret, uint32_t cells,
			    uint32_t *count_ret)
{
	const struct container_ops *ops = container_ops_for(view->type);

	*count_ret = 0;
	if (!ops)
		return no_layout(view);
	return ops->occupancy(view, old, ret, cells, count_ret);
}

uint64_t map_unit_count(const struct map_view *view, uint64_t table)
{
	const struct container_ops *ops = container_ops_for(view->type);

	return ops ? ops->unit_count(view, table) : 0;
}

bool map_seed(const struct map_view *view, uint64_t *ret)
{
	const struct container_ops *ops = container_ops_for(view->type);

	*ret = 0;
	return ops && ops->seed(view, ret);
}

struct error *map_find_by_hash(const struct map_view *view, uint64_t hash,
			       map_same_fn *same, void *arg,
			       struct map_entry *ret, bool *found)
{
	const struct container_ops *ops = container_ops_for(view->type);

	*found = false;
	return ops ? ops->find(view, hash, same, arg, ret, found)
		   : no_layout(view);
}

uint64_t container_storage(const struct map_view *view, uint64_t addr,
			   uint64_t requested)
{
	uint64_t slot =
		view->storage ? view->storage(view->storage_arg, addr) : 0;

	/* On a stack, or inside another object, it costs what it asked for. */
	return slot >= requested ? slot : requested;
}

void container_place(const struct map_view *view, uint64_t unit, unsigned slot,
		     uint64_t *key_ret, uint64_t *elem_ret)
{
	const struct go_map_layout *l = view->type->layout;

	*key_ret = unit + l->keys_off + slot * l->key_stride;
	*elem_ret = unit + l->elems_off + slot * l->elem_stride;
	/* What cannot be followed is shown as unreadable: address 0. */
	if (l->indirect_key)
		sample_u64(view->sample, *key_ret, key_ret);
	if (l->indirect_elem)
		sample_u64(view->sample, *elem_ret, elem_ret);
}

void container_unit(const struct map_view *view, const uint8_t *mem,
		    struct map_unit *unit)
{
	uint64_t bytes = view->type->layout->unit;
	unsigned slot;

	unit->raw_bytes = bytes < MAP_UNIT_RAW ? (uint8_t)bytes : MAP_UNIT_RAW;
	memcpy(unit->raw, mem, unit->raw_bytes);
	memcpy(unit->control, mem, 8);
	for (slot = 0; slot < 8; slot++)
		container_place(view, unit->addr, slot, &unit->key[slot],
				&unit->elem[slot]);
}

void histogram_add(struct map_figures *f, uint64_t length, uint64_t index)
{
	uint64_t cell = length - 1;

	f->histogram[cell < CONTAINER_HISTOGRAM ? cell
						: CONTAINER_HISTOGRAM - 1]++;
	if (length > f->chain_max) {
		f->chain_max = length;
		f->chain_index = index;
	}
}

void histogram_finish(struct map_figures *f, uint64_t sum, uint64_t count)
{
	uint64_t seen = 0, want = count - count / 100;
	unsigned i;

	if (!count)
		return;
	f->chain_mean = (double)sum / (double)count;
	for (i = 0; i < CONTAINER_HISTOGRAM; i++) {
		seen += f->histogram[i];
		if (seen >= want)
			break;
	}
	f->chain_p99 = i + 1;
}
