#include "core/go/text_refs.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"

enum {
	LEA = 7,   /* bytes of lea disp32(%rip), %reg */
	STORE = 7, /* bytes of mov %reg, disp32(%rip) */
	CALL = 5,  /* bytes of call rel32 */
	MOV = 5,   /* bytes of mov imm32, %reg */
	LEA_CODE = 0x8d,
	STORE_CODE = 0x89,
	PADDING_MAX = 9,
	REACH = 32, /* from the call to the load of the function */
	SITE = LEA + 2 * MOV + PADDING_MAX + CALL + REACH + LEA + 3,
	BLOCK = 16,
	REFS_MAX = 1 << 22,
};

static const uint64_t ONES = 0x0101010101010101;

void text_refs_deinit(struct text_refs *refs)
{
	free(refs->sites);
	free(refs->stores);
	*refs = (struct text_refs){0};
}

/** Where an operand relative to rip of an instruction of 7 bytes leads. */
static uint64_t operand(const uint8_t *code, uint64_t addr)
{
	int32_t displacement;

	memcpy(&displacement, code + 3, 4);
	return addr + 7 + (uint64_t)(int64_t)displacement;
}

/** The target of a load of an address relative to rip; 0 if it is none. */
static uint64_t lea_target(const uint8_t *code, uint64_t addr,
			   unsigned *reg_ret)
{
	if ((code[0] != 0x48 && code[0] != 0x4c) || code[1] != LEA_CODE ||
	    (code[2] & 0xc7) != 0x05)
		return 0;
	*reg_ret = (code[2] >> 3 & 7) | (code[0] == 0x4c ? 8 : 0);
	return operand(code, addr);
}

/** mov %reg, (%rax) */
static bool stores_to_rax(const uint8_t *code, unsigned reg)
{
	return code[0] == (reg & 8 ? 0x4c : 0x48) && code[1] == STORE_CODE &&
	       code[2] == (reg & 7) << 3;
}

/** Bytes of the no-operation that aligns the call behind it; 0: none. */
static unsigned padding(const uint8_t *code)
{
	static const uint8_t modrm_bytes[][2] = {
		{0x00, 3}, {0x40, 4}, {0x44, 5}, {0x80, 7}, {0x84, 8}};
	unsigned prefix = code[0] == 0x66, i;

	if (code[prefix] == 0x90)
		return prefix + 1;
	if (code[prefix] != 0x0f || code[prefix + 1] != 0x1f)
		return 0;
	for (i = 0; i < ARRAY_LEN(modrm_bytes); i++)
		if (code[prefix + 2] == modrm_bytes[i][0])
			return prefix + modrm_bytes[i][1];
	return 0;
}

/**
 * Is it a lea of the type and then a call? Returns the bytes up to the call's
 * end, else 0.
 */
static unsigned site_length(const uint8_t *code)
{
	unsigned n = LEA;

	if (code[0] != 0x48 || code[1] != LEA_CODE ||
	    (code[2] != 0x05 && code[2] != 0x1d)) /* %rax, %rbx */
		return 0;
	/* mov $imm32, %eax or %ecx */
	while (code[2] == 0x1d && n < LEA + 2 * MOV &&
	       (code[n] == 0xb8 || code[n] == 0xb9))
		n += MOV;
	n += padding(code + n);
	return code[n] == 0xe8 ? n + CALL : 0;
}

static void add_site(struct text_refs *refs, const uint8_t *code, uint64_t addr)
{
	unsigned length = site_length(code), reg = 0, i;
	uint64_t function;

	for (i = length; length && i < length + REACH; i++) {
		function = lea_target(code + i, addr + i, &reg);
		if (function && !reg) /* rax is the next call's */
			return;
		if (function - refs->low >= refs->high - refs->low ||
		    !stores_to_rax(code + i + LEA, reg))
			continue;
		if (refs->site_count >= REFS_MAX)
			return;
		GROW_ARRAY(refs->sites, refs->site_count, refs->site_cap);
		refs->sites[refs->site_count++] =
			(struct text_site){function, operand(code, addr)};
		return;
	}
}

/** mov %reg, disp32(%rip): 48 or 4c, 89, mod 0 and rm 5. */
static void add_store(struct text_refs *refs, const uint8_t *code,
		      uint64_t addr)
{
	if ((code[0] & 0xfb) != 0x48 || (code[2] & 0xc7) != 0x05 ||
	    refs->store_count >= REFS_MAX)
		return;
	GROW_ARRAY(refs->stores, refs->store_count, refs->store_cap);
	refs->stores[refs->store_count++] =
		(struct text_store){addr, operand(code, addr)};
}

/** The instruction whose second byte is code[1]. */
static void add_ref(struct text_refs *refs, const uint8_t *code, uint64_t addr,
		    uint64_t len)
{
	if (code[1] == LEA_CODE && len >= SITE)
		add_site(refs, code, addr);
	else if (code[1] == STORE_CODE && len >= STORE)
		add_store(refs, code, addr);
}

/**
 * 16 bytes are asked at once whether they are the second of an instruction that
 * may matter: few are.
 */
static void add_block(struct text_refs *refs, const uint8_t *code,
		      uint64_t addr, uint64_t len)
{
	uint8_t __attribute__((vector_size(BLOCK))) v, w;
	uint64_t hits[2], i;

	memcpy(&v, code + 1, BLOCK);
	memcpy(&w, code + 2, BLOCK);
	v = ((v == LEA_CODE) & ((w == 0x05) | (w == 0x1d))) |
	    ((v == STORE_CODE) & ((w & 0xc7) == 0x05));
	memcpy(hits, &v, BLOCK);
	for (hits[0] &= ONES; hits[0]; hits[0] &= hits[0] - 1) {
		i = (unsigned)__builtin_ctzll(hits[0]) / 8;
		add_ref(refs, code + i, addr + i, len - i);
	}
	for (hits[1] &= ONES; hits[1]; hits[1] &= hits[1] - 1) {
		i = 8 + (unsigned)__builtin_ctzll(hits[1]) / 8;
		add_ref(refs, code + i, addr + i, len - i);
	}
}

void text_refs_add(struct text_refs *refs, const uint8_t *code, uint64_t addr,
		   uint64_t len, uint64_t own)
{
	uint64_t at = 0;

	if (len < STORE)
		return;
	if (own > len - STORE + 1)
		own = len - STORE + 1;
	for (; own - at >= BLOCK && len - at >= BLOCK + 2; at += BLOCK)
		add_block(refs, code + at, addr + at, len - at);
	for (; at < own; at++)
		add_ref(refs, code + at, addr + at, len - at);
}

static int by_function(const void *a, const void *b)
{
	const struct text_site *x = a, *y = b;

	if (x->function != y->function)
		return x->function < y->function ? -1 : 1;
	return x->rtype < y->rtype ? -1 : x->rtype > y->rtype;
}

void text_refs_sort(struct text_refs *refs)
{
	if (refs->site_count)
		qsort(refs->sites, refs->site_count, sizeof(*refs->sites),
		      by_function);
}
