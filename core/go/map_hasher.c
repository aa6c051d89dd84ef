/* How a process hashes: what it chose at its start, and by which function. */
#include <string.h>

#include "core/go/find.h"
#include "core/go/map_hash.h"
#include "core/go/runtime_priv.h"

/* The variables moved to another package in Go 1.27. */
static uint64_t variable(const struct go_runtime *rt, const char *before,
			 const char *now)
{
	uint64_t addr = rt_symbol(rt, before);

	return addr ? addr : rt_symbol(rt, now);
}

/* aesenc xmm0, [rip + disp32] with the first round key. */
static uint64_t keys_of_code(const struct go_runtime *rt, const char *name)
{
	static const uint8_t aesenc[] = {0x66, 0x0f, 0x38, 0xdc, 0x05};
	uint64_t pc, len = 0;
	const uint8_t *code = find_code(rt, name, &pc, &len), *at;
	int32_t disp;

	if (!code)
		return 0;
	at = memmem(code, len, aesenc, sizeof(aesenc));
	if (!at || (uint64_t)(at - code) + 9 > len)
		return 0;
	memcpy(&disp, at + sizeof(aesenc), 4);
	return pc + (uint64_t)(at - code) + 9 + (uint64_t)(int64_t)disp;
}

static uint64_t find_round_keys(const struct go_runtime *rt)
{
	static const char *const users[] = {
		"runtime.memhash64", "internal/runtime/maps.memHash64AES",
		"runtime.memhash64.abi0", NULL};
	uint64_t addr = variable(rt, "runtime.aeskeysched",
				 "internal/runtime/maps.aeskeysched");
	unsigned i;

	for (i = 0; !addr && users[i]; i++)
		addr = keys_of_code(rt, users[i]);
	return addr;
}

static bool load_mix_keys(const struct go_runtime *rt, struct hash_secrets *ret)
{
	/* Up to Go 1.22 all but one were constants. */
	static const uint64_t constants[4] = {
		0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3,
		0x589965cc75374cc3};
	uint64_t addr = variable(rt, "runtime.hashkey",
				 "internal/runtime/maps.hashkey");

	const void *bytes =
		addr ? sample_view(rt->sample, addr, sizeof(ret->k)) : NULL;

	if (!bytes)
		return false;
	memcpy(ret->k, bytes, sizeof(ret->k));
	if (priv_of(rt)->minor <= 22) {
		uint64_t first = ret->k[0];

		memcpy(ret->k, constants, sizeof(ret->k));
		ret->k[0] ^= first;
	}
	return true;
}

bool hash_secrets_load(const struct go_runtime *rt, struct hash_secrets *ret)
{
	uint64_t in_use = variable(rt, "runtime.useAeshash",
				   "internal/runtime/maps.UseAeshash");
	uint64_t keys = find_round_keys(rt);
	const void *bytes =
		keys ? sample_view(rt->sample, keys, sizeof(ret->round_keys))
		     : NULL;
	uint8_t aes = 1;

	*ret = (struct hash_secrets){0};
	if (in_use)
		sample_u8(rt->sample, in_use, &aes);
	if (!aes)
		return load_mix_keys(rt, ret);
	ret->aes = true;
	if (bytes)
		memcpy(ret->round_keys, bytes, sizeof(ret->round_keys));
	return bytes != NULL;
}

bool map_hasher_load(const struct go_runtime *rt, const struct go_type *type,
		     struct map_hasher *ret)
{
	const char *name, *file;
	uint64_t pc, n = 0;
	uint32_t line;

	*ret = (struct map_hasher){
		.types = rt->types, .sample = rt->sample, .key = type->key};
	if (type->kind != GO_MAP || !type->key || !type->layout ||
	    !sample_u64(rt->sample, type->layout->hasher, &pc) ||
	    !go_pc_lookup(rt, pc, &name, &file, &line))
		return false;
	sample_u64(rt->sample, type->layout->hasher + 8, &n);
	return map_hasher_named(name, n, ret) &&
	       hash_secrets_load(rt, &ret->secrets);
}
