#include "core/go/hash_mem.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { LANES = 8, ROUNDS = 3 };

struct block {
	uint8_t b[HASH_BLOCK];
};

/* The S-box of FIPS 197. */
static const uint8_t sbox[256] = {
	0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b,
	0xfe, 0xd7, 0xab, 0x76, 0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0,
	0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0, 0xb7, 0xfd, 0x93, 0x26,
	0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
	0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2,
	0xeb, 0x27, 0xb2, 0x75, 0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0,
	0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84, 0x53, 0xd1, 0x00, 0xed,
	0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
	0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f,
	0x50, 0x3c, 0x9f, 0xa8, 0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5,
	0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2, 0xcd, 0x0c, 0x13, 0xec,
	0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
	0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14,
	0xde, 0x5e, 0x0b, 0xdb, 0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c,
	0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79, 0xe7, 0xc8, 0x37, 0x6d,
	0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
	0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f,
	0x4b, 0xbd, 0x8b, 0x8a, 0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e,
	0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e, 0xe1, 0xf8, 0x98, 0x11,
	0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
	0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f,
	0xb0, 0x54, 0xbb, 0x16,
};

static uint8_t twice(uint8_t x)
{
	return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1b : 0));
}

void hash_aes_round(uint8_t block[HASH_BLOCK], const uint8_t key[HASH_BLOCK])
{
	uint8_t s[HASH_BLOCK];
	unsigned c, r;

	/* Row r is rotated by r columns. */
	for (c = 0; c < 4; c++)
		for (r = 0; r < 4; r++)
			s[4 * c + r] = sbox[block[4 * ((c + r) % 4) + r]];
	for (c = 0; c < 4; c++) {
		const uint8_t *in = s + 4 * c;
		uint8_t all = in[0] ^ in[1] ^ in[2] ^ in[3];

		for (r = 0; r < 4; r++)
			block[4 * c + r] =
				(uint8_t)(in[r] ^ all ^
					  twice(in[r] ^ in[(r + 1) % 4]) ^
					  key[4 * c + r]);
	}
}

#ifdef __x86_64__
__attribute__((target("aes"))) static void round_fast(struct block *state,
						      const struct block *key)
{
	__m128i s = _mm_loadu_si128((const __m128i *)(const void *)state->b);
	__m128i k = _mm_loadu_si128((const __m128i *)(const void *)key->b);

	_mm_storeu_si128((__m128i *)(void *)state->b, _mm_aesenc_si128(s, k));
}
#endif

static void round_of(struct block *state, const struct block *key)
{
	struct block copy = *key; /* may be the state itself */

#ifdef __x86_64__
	if (__builtin_cpu_supports("aes")) {
		round_fast(state, &copy);
		return;
	}
#endif
	hash_aes_round(state->b, copy.b);
}

static struct block round_key(const struct hash_secrets *s, unsigned i)
{
	struct block key;

	memcpy(key.b, s->round_keys[i], HASH_BLOCK);
	return key;
}

static void xor_into(struct block *to, const uint8_t *from)
{
	unsigned i;

	for (i = 0; i < HASH_BLOCK; i++)
		to->b[i] ^= from[i];
}

static uint64_t low(const struct block *b)
{
	uint64_t v;

	memcpy(&v, b->b, 8);
	return v;
}

/* The state of lane @p lane before any data. */
static struct block lane_start(const struct hash_secrets *s, uint64_t n,
			       uint64_t seed, unsigned lane)
{
	struct block b;
	unsigned i;

	memcpy(b.b, &seed, 8);
	for (i = 0; i < 4; i++)
		memcpy(b.b + 8 + 2 * i, &(uint16_t){(uint16_t)n}, 2);
	xor_into(&b, s->round_keys[lane]);
	round_of(&b, &b);
	return b;
}

/* Offset of the data of lane @p lane when @p lanes of them cover n bytes. */
static uint64_t lane_offset(uint64_t n, unsigned lanes, unsigned lane)
{
	if (lane < lanes / 2)
		return lane * HASH_BLOCK;
	return n - (uint64_t)(lanes - lane) * HASH_BLOCK;
}

static uint64_t lanes_finish(struct block *lanes, unsigned count)
{
	unsigned i, round;

	for (i = 0; i < count; i++) {
		for (round = 0; round < ROUNDS; round++)
			round_of(&lanes[i], &lanes[i]);
		if (i)
			xor_into(&lanes[0], lanes[i].b);
	}
	return low(&lanes[0]);
}

static uint64_t aes_long(const struct hash_secrets *s, const uint8_t *p,
			 uint64_t n, uint64_t seed)
{
	struct block lanes[LANES], data;
	uint64_t left;
	unsigned i;

	for (i = 0; i < LANES; i++) {
		lanes[i] = lane_start(s, n, seed, i);
		xor_into(&lanes[i], p + n - (LANES - i) * HASH_BLOCK);
	}
	for (left = (n - 1) / (LANES * HASH_BLOCK); left; left--) {
		for (i = 0; i < LANES; i++, p += HASH_BLOCK) {
			memcpy(data.b, p, HASH_BLOCK);
			round_of(&lanes[i], &lanes[i]);
			round_of(&lanes[i], &data);
		}
	}
	return lanes_finish(lanes, LANES);
}

static uint64_t aes_mem(const struct hash_secrets *s, const uint8_t *p,
			uint64_t n, uint64_t seed)
{
	unsigned count = n <= 16 ? 1 : n <= 32 ? 2 : n <= 64 ? 4 : LANES, i;
	struct block lanes[LANES];

	if (n > LANES * HASH_BLOCK)
		return aes_long(s, p, n, seed);
	for (i = 0; i < count; i++) {
		uint8_t data[HASH_BLOCK] = {0};

		lanes[i] = lane_start(s, n, seed, i);
		if (count == 1 && n)
			memcpy(data, p, n);
		else if (n)
			memcpy(data, p + lane_offset(n, count, i), HASH_BLOCK);
		xor_into(&lanes[i], data);
	}
	if (!n) {
		round_of(&lanes[0], &lanes[0]);
		return low(&lanes[0]);
	}
	return lanes_finish(lanes, count);
}

static uint64_t aes_word(const struct hash_secrets *s, uint64_t word,
			 uint64_t seed)
{
	struct block state, key;
	unsigned i;

	memcpy(state.b, &seed, 8);
	memcpy(state.b + 8, &word, 8);
	for (i = 0; i < ROUNDS; i++) {
		key = round_key(s, i);
		round_of(&state, &key);
	}
	return low(&state);
}

static const uint64_t M5 = 0x1d8e4e27c47d124f;

static uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = a;

	product *= b;
	return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

static uint64_t load(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return v;
}

static uint64_t mix_blocks(const uint64_t k[4], const uint8_t **p, uint64_t *n,
			   uint64_t s)
{
	uint64_t s1 = s, s2 = s;

	if (*n > 48) {
		for (; *n > 48; *n -= 48, *p += 48) {
			s = mix(load(*p, 8) ^ k[1], load(*p + 8, 8) ^ s);
			s1 = mix(load(*p + 16, 8) ^ k[2],
				 load(*p + 24, 8) ^ s1);
			s2 = mix(load(*p + 32, 8) ^ k[3],
				 load(*p + 40, 8) ^ s2);
		}
		s ^= s1 ^ s2;
	}
	for (; *n > 16; *n -= 16, *p += 16)
		s = mix(load(*p, 8) ^ k[1], load(*p + 8, 8) ^ s);
	return s;
}

static uint64_t mix_mem(const uint64_t k[4], const uint8_t *p, uint64_t n,
			uint64_t seed)
{
	uint64_t s = seed ^ k[0], a, b = 0, left = n;

	if (!n)
		return s;
	if (n < 4) {
		a = p[0] | (uint64_t)p[n >> 1] << 8 | (uint64_t)p[n - 1] << 16;
	} else if (n < 8) {
		a = load(p, 4);
		b = load(p + n - 4, 4);
	} else if (n <= 16) {
		a = load(p, 8);
		b = load(p + n - 8, 8);
	} else {
		s = mix_blocks(k, &p, &left, s);
		a = load(p + left - 16, 8);
		b = load(p + left - 8, 8);
	}
	return mix(M5 ^ n, mix(a ^ k[1], b ^ s));
}

static uint64_t mix_word(const uint64_t k[4], uint64_t word, unsigned n,
			 uint64_t seed)
{
	return mix(M5 ^ n, mix(word ^ k[1], word ^ seed ^ k[0]));
}

uint64_t hash_mem(const struct hash_secrets *secrets, const uint8_t *p,
		  uint64_t n, uint64_t seed)
{
	return secrets->aes ? aes_mem(secrets, p, n, seed)
			    : mix_mem(secrets->k, p, n, seed);
}

uint64_t hash_mem64(const struct hash_secrets *secrets, const uint8_t *p,
		    uint64_t seed)
{
	uint64_t word = load(p, 8);

	return secrets->aes ? aes_word(secrets, word, seed)
			    : mix_word(secrets->k, word, 8, seed);
}

uint64_t hash_mem32(const struct hash_secrets *secrets, const uint8_t *p,
		    uint64_t seed)
{
	uint64_t word = load(p, 4);

	return secrets->aes ? aes_word(secrets, word, seed)
			    : mix_word(secrets->k, word, 4, seed);
}
