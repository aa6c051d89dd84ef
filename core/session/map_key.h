#ifndef CORE_SESSION_MAP_KEY_H
#define CORE_SESSION_MAP_KEY_H

/** Where one key of a map is, or would be, and how a lookup gets there. */
#include "core/container/map_probe.h"
#include "core/session/session.h"

struct map_key {
	bool found;
	struct entry entry; /* if found */
	/**
	 * How the map hashes is known and agrees with its entries; else only
	 * `found` and `entry` are true, found by comparing every key.
	 */
	bool hashed;
	struct map_probe probe;
	uint64_t tables, units; /* of the map, of the home table */
	bool swiss;
};

/**
 * @p text is an expression: "id-17", 42, main.key{A: 1}. ERROR_USAGE if that
 * is no key of map number @p row.
 */
struct error *map_key_load(const struct session *session, uint32_t row,
			   const char *text, struct map_key *ret) MUST_CHECK;
/**
 * The way of a lookup to the key at @p key_addr of map number @p row. False:
 * how the map hashes is not known, or the key is not where its hash leads.
 */
bool map_slot_probe(const struct session *session, uint32_t row,
		    uint64_t key_addr, struct map_probe *ret);
/** "into table 17 group 39 slot 4", "the table grows first". */
void map_key_place(const struct map_key *key, struct buf *out);

#endif
