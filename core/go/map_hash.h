#ifndef CORE_GO_MAP_HASH_H
#define CORE_GO_MAP_HASH_H

/**
 * Hashes of map keys as the target's own runtime computes them: by the name of
 * the map type's hash function and the secrets of the process. Nothing here is
 * certain until it was compared with the control bytes of a map; see
 * map_hash_verify() in core/container.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/go/go_type.h"
#include "core/go/hash_mem.h"

struct go_runtime;
struct sample;

enum map_hash_kind {
	MAP_HASH_UNKNOWN,
	MAP_HASH_MEM,	/* runtime.memhash of n bytes */
	MAP_HASH_MEM32, /* its forms for one word */
	MAP_HASH_MEM64,
	MAP_HASH_NONE,	    /* zero-size keys */
	MAP_HASH_TYPED,	    /* as the key's type tells, as a map's key */
	MAP_HASH_REFLECT,   /* as the key's type tells, as reflection does */
	MAP_HASH_SIGNATURE, /* since Go 1.27: the function's name tells */
};

struct map_hasher {
	struct hash_secrets secrets;
	struct go_types *types;	     /* borrowed, as the next two */
	const struct sample *sample; /* of the strings that keys point to */
	const char *signature;
	enum map_hash_kind kind;
	uint32_t key; /* type */
	uint64_t n;   /* MAP_HASH_MEM */
};

/** The secrets of the process; false if they cannot be found. */
bool hash_secrets_load(const struct go_runtime *rt, struct hash_secrets *ret);

/** How keys of map type @p type are hashed; false if that is unknown. */
bool map_hasher_load(const struct go_runtime *rt, const struct go_type *type,
		     struct map_hasher *ret);
/** The same by the hash function's name; @p n is of memhash_varlen. */
bool map_hasher_named(const char *name, uint64_t n, struct map_hasher *ret);

/**
 * Hash of the key whose bytes are at @p key (ours, of the key type's size).
 * False: unreadable, or no such thing (NaN hashes at random).
 */
bool map_hash(const struct map_hasher *hasher, const uint8_t *key,
	      uint64_t seed, uint64_t *ret);
/** Hash of a string key whose bytes are here. */
uint64_t map_hash_string(const struct map_hasher *hasher, const char *s,
			 uint64_t len, uint64_t seed);

#endif
