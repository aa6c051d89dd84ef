#ifndef CORE_GO_HASH_MEM_H
#define CORE_GO_HASH_MEM_H

/**
 * The runtime's hashes of plain memory on amd64: by AES rounds, or without AES
 * the mixing of wyhash. Both depend on secrets of the process.
 */
#include <stdbool.h>
#include <stdint.h>

enum { HASH_ROUND_KEYS = 8, HASH_BLOCK = 16 };

struct hash_secrets {
	bool aes;
	uint8_t round_keys[HASH_ROUND_KEYS][HASH_BLOCK];
	uint64_t k[4]; /* without AES; up to Go 1.22 constants but for k[0] */
};

/** runtime.memhash. @p p may be NULL if @p n is 0. */
uint64_t hash_mem(const struct hash_secrets *secrets, const uint8_t *p,
		  uint64_t n, uint64_t seed);
/** runtime.memhash64 and memhash32: not what hash_mem() gives for 8 or 4. */
uint64_t hash_mem64(const struct hash_secrets *secrets, const uint8_t *p,
		    uint64_t seed);
uint64_t hash_mem32(const struct hash_secrets *secrets, const uint8_t *p,
		    uint64_t seed);

/** One round of AES encryption of @p block, in software. */
void hash_aes_round(uint8_t block[HASH_BLOCK], const uint8_t key[HASH_BLOCK]);

#endif
