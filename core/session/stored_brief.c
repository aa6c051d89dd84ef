/*
 * The first screen of a big snapshot, out of the tables that are short: what
 * is long is read while a person looks at it.
 */
#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/session/stored.h"

enum { MAX_OWNERS = 1 << 20, FEW_MAPS = 20000 };

static const uint64_t LITTLE_MEMORY = 64 << 20;

static void take_group(struct stored *s, struct db_query *q,
		       struct map_group *g)
{
	uint64_t severity = db_u64(q, 12);

	*g = (struct map_group){
		.name = stored_word(s, db_text(q, 0)),
		.type = db_is_null(q, 1) ? NULL : stored_word(s, db_text(q, 1)),
		.maps = db_u64(q, 2),
		.entries = db_u64(q, 3),
		.slots = db_u64(q, 4),
		.storage_bytes = db_u64(q, 5),
		.waste_bytes = db_u64(q, 6),
		.retained_bytes = db_u64(q, 7),
		.retained_exact = db_int(q, 8) != 0,
		.tombstones = db_u64(q, 9),
		.old_bytes = db_u64(q, 10),
		.chain_max = (uint32_t)db_int(q, 11),
		.severity = severity > SEVERITY_HIGH ? SEVERITY_HIGH
						     : (uint8_t)severity,
		.flags = map_flags_parse(db_text(q, 13)),
		.root = UINT8_MAX,
		.keys_bytes = UINT64_MAX,
		.elems_bytes = UINT64_MAX,
	};
}

/* Owners of the program's own maps; the others are only counted. */
static struct error *load_groups(struct stored *s)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	size_t cap = 0;
	bool more;

	if ((err = db_prepare(s->db,
			      "SELECT o.name,t.name,maps,entries,slots,"
			      "storage_bytes,waste_bytes,o.retained_bytes,"
			      "o.retained_exact,tombstones,old_bytes,chain,"
			      "severity,flags,std FROM owner o "
			      "LEFT JOIN type t ON t.id=o.type ORDER BY o.id",
			      &q)))
		return err;
	s->totals.std_owners = 0;
	while (!(err = db_next(q, &more)) && more) {
		if (db_int(q, 14)) {
			s->totals.std_owners++;
			continue;
		}
		if (s->group_count >= MAX_OWNERS)
			return stored_damaged("owner", MAX_OWNERS);
		GROW_ARRAY(s->groups, s->group_count, cap);
		take_group(s, q, &s->groups[s->group_count++]);
	}
	return err;
}

static bool is_long(const struct stored *s)
{
	return s->totals.maps > FEW_MAPS ||
	       (s->meta.level == SNAPSHOT_FULL &&
		s->meta.info.copied_bytes > LITTLE_MEMORY);
}

struct error *stored_open_brief(struct session *session, struct db *db,
				struct snapshot_meta *meta)
{
	struct error *err = stored_begin(session, db, meta);
	struct stored *s = session->stored;

	s->brief = true;
	if (err || s->meta.level == SNAPSHOT_STATS || !is_long(s))
		return err;
	if ((err = load_groups(s)))
		return err;
	s->worth = true;
	return stored_load_findings(session);
}

void stored_groups(const struct session *session, struct map_groups *ret)
{
	const struct stored *s = session->stored;
	uint32_t i;

	*ret = (struct map_groups){.session = session, .by = GROUP_OWNER};
	ret->count = s->group_count;
	ret->groups = xcalloc((size_t)ret->count + 1, sizeof(*ret->groups));
	for (i = 0; i < ret->count; i++)
		ret->groups[i] = s->groups[i];
}
