#include "core/go/map_hash.h"

#include "tests/unit/map_world.h"

static void a_round_is_the_one_of_the_standard(void **state)
{
	/* FIPS 197, appendix B: the first round. */
	static const uint8_t start[] = {0x19, 0x3d, 0xe3, 0xbe, 0xa0, 0xf4,
					0xe2, 0x2b, 0x9a, 0xc6, 0x8d, 0x2a,
					0xe9, 0xf8, 0x48, 0x08};
	static const uint8_t key[] = {0xa0, 0xfa, 0xfe, 0x17, 0x88, 0x54,
				      0x2c, 0xb1, 0x23, 0xa3, 0x39, 0x39,
				      0x2a, 0x6c, 0x76, 0x05};
	static const uint8_t after[] = {0xa4, 0x9c, 0x7f, 0xf2, 0x68, 0x9f,
					0x35, 0x2b, 0x6b, 0x5b, 0xea, 0x43,
					0x02, 0x6a, 0x50, 0x49};
	uint8_t block[HASH_BLOCK];

	(void)state;
	memcpy(block, start, sizeof(block));
	hash_aes_round(block, key);
	assert_memory_equal(block, after, sizeof(block));
}

static struct hash_secrets secrets(bool aes)
{
	struct hash_secrets s = {.aes = aes, .k = {1001, 1003, 1005, 1007}};
	unsigned i, k;

	for (i = 0; i < HASH_ROUND_KEYS; i++)
		for (k = 0; k < HASH_BLOCK; k++)
			s.round_keys[i][k] = (uint8_t)(37 * i + 11 * k + 5);
	return s;
}

/* The processor's instruction, where there is one, computes the same. */
static void words_are_three_rounds(void **state)
{
	const struct hash_secrets s = secrets(true);
	uint64_t key = 0x123456789abcdef0, seed = 0xfeedface, want;
	uint8_t block[HASH_BLOCK];
	unsigned i;

	(void)state;
	memcpy(block, &seed, 8);
	memcpy(block + 8, &key, 8);
	for (i = 0; i < 3; i++)
		hash_aes_round(block, s.round_keys[i]);
	memcpy(&want, block, 8);
	assert_int_equal(
		hash_mem64(&s, (const uint8_t *)(const void *)&key, seed),
		want);
}

static void every_byte_and_the_length_count(void **state)
{
	uint8_t bytes[300] = {0};
	unsigned aes, n, i;

	(void)state;
	for (aes = 0; aes < 2; aes++) {
		const struct hash_secrets s = secrets(aes);

		for (n = 1; n <= sizeof(bytes); n++) {
			uint64_t h = hash_mem(&s, bytes, n, 1);

			assert_int_not_equal(h, hash_mem(&s, bytes, n - 1, 1));
			assert_int_not_equal(h, hash_mem(&s, bytes, n, 2));
			for (i = 0; i < n; i++) {
				bytes[i] ^= 0x40;
				assert_int_not_equal(h,
						     hash_mem(&s, bytes, n, 1));
				bytes[i] ^= 0x40;
			}
		}
	}
}

static struct map_hasher hasher_of(const struct map_world *w, const char *name)
{
	struct map_hasher h = {.types = w->view.types,
			       .sample = w->sample,
			       .secrets = secrets(true),
			       .key = MAP_WORLD_KEY};

	assert_true(map_hasher_named(name, 24, &h));
	return h;
}

static void key_type(struct map_world *w, enum go_kind kind, uint64_t size)
{
	w->types[MAP_WORLD_KEY] = (struct go_type){
		.id = MAP_WORLD_KEY, .kind = kind, .name = "K", .size = size};
}

static void names_of_functions_say_how_keys_are_hashed(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);

	assert_int_equal(hasher_of(w, "runtime.memhash0").kind, MAP_HASH_NONE);
	assert_int_equal(hasher_of(w, "runtime.memhash8").n, 1);
	assert_int_equal(hasher_of(w, "runtime.memhash128").n, 16);
	assert_int_equal(hasher_of(w, "runtime.memhash_varlen").n, 24);
	assert_int_equal(hasher_of(w, "runtime.strhash").kind, MAP_HASH_TYPED);
	assert_int_equal(hasher_of(w, "type..hash.main.T").kind,
			 MAP_HASH_TYPED);
	assert_int_equal(hasher_of(w, "type:.hash.[2]string").kind,
			 MAP_HASH_TYPED);
	assert_int_equal(hasher_of(w, "type:.hash.M8S[2M8S]").kind,
			 MAP_HASH_SIGNATURE);
	assert_int_equal(hasher_of(w, "reflect.MapOf.func1").kind,
			 MAP_HASH_REFLECT);
	struct map_hasher h = {0};
	assert_false(map_hasher_named("main.hash", 0, &h));
	assert_false(map_hasher_named("", 0, &h));
}

static void zeros_are_one_key_and_nan_is_none(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(8, 8);
	struct map_hasher h = hasher_of(w, "runtime.f64hash");
	double values[] = {0.0, -0.0, 0.0 / 0.0};
	uint64_t a, b;

	key_type(w, GO_FLOAT64, 8);
	assert_true(
		map_hash(&h, (const uint8_t *)(const void *)&values[0], 7, &a));
	assert_true(
		map_hash(&h, (const uint8_t *)(const void *)&values[1], 7, &b));
	assert_int_equal(a, b);
	assert_false(
		map_hash(&h, (const uint8_t *)(const void *)&values[2], 7, &b));
}

static void strings_are_hashed_where_they_point(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(16, 8);
	struct map_hasher h = hasher_of(w, "runtime.strhash");
	uint64_t key[2] = {map_world_alloc(w, 8), 5}, a;

	key_type(w, GO_STRING, 16);
	memcpy(map_world_at(w, key[0]), "hello", 5);
	assert_true(map_hash(&h, (const uint8_t *)(const void *)key, 7, &a));
	assert_int_equal(a, map_hash_string(&h, "hello", 5, 7));
	key[0] = MAP_WORLD_NOWHERE;
	assert_false(map_hash(&h, (const uint8_t *)(const void *)key, 7, &a));
	key[1] = 0;
	assert_true(map_hash(&h, (const uint8_t *)(const void *)key, 7, &a));
	assert_int_equal(a, map_hash_string(&h, "", 0, 7));
	key[1] = UINT64_MAX;
	assert_false(map_hash(&h, (const uint8_t *)(const void *)key, 7, &a));
	/* A string of eight bytes is no string. */
	key_type(w, GO_STRING, 8);
	assert_false(map_hash(&h, (const uint8_t *)(const void *)key, 7, &a));
}

/* struct { a int64; b int32; _ int32; s float64 } */
static void runs_of_plain_fields_are_hashed_at_once(void **state)
{
	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(24, 8);
	struct map_hasher h = hasher_of(w, "type:.hash.main.T");
	struct map_hasher same = hasher_of(w, "type:.hash.M12K4G");
	const struct go_field fields[] = {
		{.name = "a", .type = 4},
		{.name = "b", .type = 5, .offset = 8},
		{.name = "_", .type = 5, .offset = 12},
		{.name = "s", .type = 6, .offset = 16}};
	uint8_t key[24] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
	double value = 1.5;
	uint64_t a, b, c;

	key_type(w, GO_STRUCT, 24);
	w->types[MAP_WORLD_KEY].fields = fields;
	w->types[MAP_WORLD_KEY].field_count = 4;
	w->types[4] = (struct go_type){.kind = GO_INT64, .size = 8};
	w->types[5] = (struct go_type){.kind = GO_INT32, .size = 4};
	w->types[6] = (struct go_type){.kind = GO_FLOAT64, .size = 8};
	memcpy(key + 16, &value, 8);
	assert_true(map_hash(&h, key, 7, &a));
	assert_true(map_hash(&same, key, 7, &b));
	assert_int_equal(a, b);
	key[13] = 99; /* blank fields do not count */
	assert_true(map_hash(&h, key, 7, &b));
	assert_int_equal(a, b);
	/* Reflection takes the fields one at a time. */
	h = hasher_of(w, "reflect.MapOf.func1");
	same = hasher_of(w, "type:.hash.M8M4K4G");
	assert_true(map_hash(&h, key, 7, &c));
	assert_true(map_hash(&same, key, 7, &b));
	assert_int_equal(c, b);
	assert_int_not_equal(a, c);
}

static void no_name_reads_past_the_key(void **state)
{
	static const char *const names[] = {
		"type:.hash.M25",
		"type:.hash.K99999999999999999999",
		"type:.hash.M8S1",
		"type:.hash.SS",
		"type:.hash.[",
		"type:.hash.[0M8]",
		"type:.hash.[9999999999]",
		"type:.hash.[9999999999M0]",
		"type:.hash.[4M8]",
		"type:.hash.[2M8",
		"type:.hash.M8]",
		"type:.hash.M24E",
		"type:.hash.[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1"
		"[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1[1M1]]]]]]]]]]]]]]]]]]]]]]]"
		"]]]]]]]]]]]]]]]]]]]]",
	};
	uint8_t key[24] = {0};
	uint64_t hash;
	size_t i;

	(void)state;
	CLEANUP(map_world_free) struct map_world *w = swiss_new(24, 8);
	key_type(w, GO_STRUCT, 24);
	for (i = 0; i < ARRAY_LEN(names); i++) {
		struct map_hasher h = hasher_of(w, names[i]);

		assert_false(map_hash(&h, key, 7, &hash));
	}
	/* Nor do types that do not fit into the key. */
	const struct go_field far[] = {{.name = "a", .type = 4, .offset = 20}};
	struct map_hasher h = hasher_of(w, "type:.hash.main.T");

	w->types[MAP_WORLD_KEY].fields = far;
	w->types[MAP_WORLD_KEY].field_count = 1;
	w->types[4] = (struct go_type){.kind = GO_INT64, .size = 8};
	assert_false(map_hash(&h, key, 7, &hash));
	w->types[MAP_WORLD_KEY] = (struct go_type){
		.kind = GO_ARRAY, .size = 24, .len = 4, .elem = 4};
	w->types[4] = (struct go_type){.kind = GO_FLOAT64, .size = 8};
	assert_false(map_hash(&h, key, 7, &hash));
	w->types[MAP_WORLD_KEY].elem = MAP_WORLD_KEY; /* of itself */
	assert_false(map_hash(&h, key, 7, &hash));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_is_the_one_of_the_standard),
		cmocka_unit_test(words_are_three_rounds),
		cmocka_unit_test(every_byte_and_the_length_count),
		cmocka_unit_test(names_of_functions_say_how_keys_are_hashed),
		cmocka_unit_test(zeros_are_one_key_and_nan_is_none),
		cmocka_unit_test(strings_are_hashed_where_they_point),
		cmocka_unit_test(runs_of_plain_fields_are_hashed_at_once),
		cmocka_unit_test(no_name_reads_past_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
