#include "core/container/map_probe.h"

#include "core/container/container_priv.h"

static const uint8_t SWISS_EMPTY = 0x80, SWISS_DELETED = 0xfe;

struct probe {
	const struct map_view *view;
	map_same_fn *same;
	void *arg;
	struct map_probe *ret;
	struct map_entry free; /* where an insert would go */
	bool have_free;
};

/* The key among the slots of a unit with the right mark. */
static bool look(struct probe *p, const struct map_unit *unit,
		 struct map_entry *at)
{
	for (at->slot = 0; at->slot < 8; at->slot++) {
		if (unit->control[at->slot] != p->ret->mark)
			continue;
		at->key = unit->key[at->slot];
		at->elem = unit->elem[at->slot];
		if (p->same(p->arg, at))
			return true;
		p->ret->alike++;
	}
	return false;
}

static void found(struct probe *p, const struct map_entry *at)
{
	p->ret->entry = *at;
	p->ret->found = true;
}

static void remember(struct probe *p, const struct map_unit *unit,
		     const struct map_entry *at, unsigned slot)
{
	if (p->have_free)
		return;
	p->free = *at;
	p->free.slot = (uint8_t)slot;
	p->free.key = unit->key[slot];
	p->free.elem = unit->elem[slot];
	p->have_free = true;
}

static enum map_place place_of(const struct probe *p)
{
	const struct map_home *home = &p->ret->home;

	if (home->old)
		return MAP_PLACE_MOVED;
	if (home->grows)
		return MAP_PLACE_GROWN;
	return p->have_free ? MAP_PLACE_SLOT : MAP_PLACE_OVERFLOW;
}

/* Bucket after bucket; the first empty slot of all is the one. */
static struct error *probe_classic(struct probe *p)
{
	struct map_unit units[MAP_PROBE_STEPS];
	struct map_probe *ret = p->ret;
	uint32_t count, i;
	unsigned slot;
	struct error *err;

	err = map_units(p->view, 0, ret->home.unit, ret->home.old, units,
			MAP_PROBE_STEPS, &count);
	if (err)
		return err;
	for (i = 0; i < count; i++) {
		struct map_entry at = {.unit = ret->home.unit,
				       .chain = i,
				       .old = ret->home.old};

		ret->steps[ret->length++] = i;
		if (look(p, &units[i], &at)) {
			found(p, &at);
			return NULL;
		}
		for (slot = 0; slot < 8; slot++) {
			if (units[i].control[slot] > 1)
				continue;
			remember(p, &units[i], &at, slot);
			if (!units[i].control[slot]) {
				/* The rest of the chain is empty. */
				i = count;
				break;
			}
		}
	}
	ret->place = place_of(p);
	return NULL;
}

/*
 * One group. True: the lookup ends here. As the runtime does it, a deleted slot
 * is taken if the end is reached, an empty slot is the end.
 */
static bool probe_group(struct probe *p, const struct map_unit *unit,
			struct map_entry *at)
{
	unsigned slot;

	if (look(p, unit, at)) {
		found(p, at);
		return true;
	}
	for (slot = 0; slot < 8; slot++)
		if (unit->control[slot] == SWISS_EMPTY ||
		    unit->control[slot] == SWISS_DELETED)
			break;
	if (slot == 8)
		return p->ret->home.small;
	if (unit->control[slot] == SWISS_DELETED) {
		/* That slot is reused: nothing has to grow. */
		p->ret->home.grows &= p->ret->home.small;
		remember(p, unit, at, slot);
		return p->ret->home.small;
	}
	remember(p, unit, at, slot);
	return true;
}

static struct error *probe_swiss(struct probe *p)
{
	struct map_probe *ret = p->ret;
	uint64_t groups = map_unit_count(p->view, ret->home.table);
	uint64_t g = ret->home.unit, n;

	for (n = 1; n <= groups && n <= MAP_PROBE_STEPS; n++) {
		struct map_entry at = {.table = ret->home.table, .unit = g};
		struct map_unit unit;
		uint32_t count;
		struct error *err = map_units(p->view, ret->home.table, g,
					      false, &unit, 1, &count);

		if (err || !count)
			return err;
		ret->steps[ret->length++] = (uint32_t)g;
		if (probe_group(p, &unit, &at)) {
			ret->place = place_of(p);
			return NULL;
		}
		g = (g + n) & (groups - 1);
	}
	ret->place = MAP_PLACE_UNKNOWN; /* no group has an empty slot */
	return NULL;
}

struct error *map_probe(const struct map_view *view, uint64_t hash,
			map_same_fn *same, void *arg, struct map_probe *ret)
{
	const struct container_ops *ops = container_ops_for(view->type);
	struct probe p = {.view = view, .same = same, .arg = arg, .ret = ret};
	struct error *err;
	bool swiss;

	if (!ops)
		return error_new(ERROR_NOT_FOUND, "the map's type is unknown");
	swiss = view->type->layout->swiss;
	*ret = (struct map_probe){
		.hash = hash,
		.mark = swiss ? swiss_h2(hash) : classic_tophash(hash),
		.place = MAP_PLACE_NEW,
	};
	if ((err = ops->home(view, hash, &ret->home)))
		return err;
	if (!ret->home.exists)
		return NULL;
	err = swiss ? probe_swiss(&p) : probe_classic(&p);
	if (!err && !ret->found && p.have_free)
		ret->entry = p.free;
	return err;
}
