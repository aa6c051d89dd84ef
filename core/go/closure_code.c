/*
 * What a closure captures, from the code that makes it. The compiler gives
 * each closure object a struct type of its own, to the allocator only; the
 * debug information does not tell which function it belongs to, the code does:
 *
 *	lea  type(%rip), %rax
 *	call runtime.newobject
 *	lea  function(%rip), %reg
 *	mov  %reg, (%rax)
 *
 * Since Go 1.27 the size class has an allocator of its own, whose arguments are
 * the size in %eax, the type in %rbx and 1 in %ecx.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/go_types_priv.h"

enum {
	LEA = 7,  /* bytes of lea disp32(%rip), %reg */
	CALL = 5, /* bytes of call rel32 */
	MOV = 5,  /* bytes of mov imm32, %reg */
	PADDING_MAX = 9,
	REACH = 32,
	SITES_MAX = 1 << 22,
};

struct site {
	uint64_t function, rtype;
};

struct closure_sites {
	struct site *list;
	uint32_t count, cap;
};

/* The target of a load of an address relative to rip; 0 if it is none. */
static uint64_t lea_target(const uint8_t *code, uint64_t addr,
			   unsigned *reg_ret)
{
	int32_t displacement;

	if ((code[0] != 0x48 && code[0] != 0x4c) || code[1] != 0x8d ||
	    (code[2] & 0xc7) != 0x05)
		return 0;
	*reg_ret = (code[2] >> 3 & 7) | (code[0] == 0x4c ? 8 : 0);
	memcpy(&displacement, code + 3, 4);
	return addr + LEA + (uint64_t)(int64_t)displacement;
}

/* mov %reg, (%rax) */
static bool stores_to_rax(const uint8_t *code, unsigned reg)
{
	return code[0] == (reg & 8 ? 0x4c : 0x48) && code[1] == 0x89 &&
	       code[2] == (reg & 7) << 3;
}

/* Bytes of the no-operation that aligns the call behind it; 0: none. */
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

/*
 * Is it a lea of the type and then a call? Returns the bytes up to the call's
 * end, else 0.
 */
static unsigned site_length(const uint8_t *code)
{
	unsigned n = LEA;

	if (code[0] != 0x48 || code[1] != 0x8d ||
	    (code[2] != 0x05 && code[2] != 0x1d)) /* %rax, %rbx */
		return 0;
	/* mov $imm32, %eax or %ecx */
	while (code[2] == 0x1d && n < LEA + 2 * MOV &&
	       (code[n] == 0xb8 || code[n] == 0xb9))
		n += MOV;
	n += padding(code + n);
	return code[n] == 0xe8 ? n + CALL : 0;
}

static void read_site(const struct go_types *types, const uint8_t *code,
		      uint64_t addr, unsigned length,
		      struct closure_sites *sites)
{
	unsigned reg = 0, i;
	uint64_t rtype = lea_target(code, addr, &reg), function;

	if (!go_module_of_type(&types->modules, rtype))
		return;
	for (i = length; i < length + REACH; i++) {
		function = lea_target(code + i, addr + i, &reg);
		if (function && !reg) /* rax is the next call's */
			return;
		if (!function || !stores_to_rax(code + i + LEA, reg) ||
		    !go_module_of_pc(&types->modules, function))
			continue;
		if (sites->count >= SITES_MAX)
			return;
		GROW_ARRAY(sites->list, sites->count, sites->cap);
		sites->list[sites->count++] = (struct site){function, rtype};
		return;
	}
}

/*
 * Every lea of the text; its second byte is rare where the first, that of all
 * 64-bit operations, is the commonest there is.
 */
static void read_code(const struct go_types *types, const uint8_t *code,
		      uint64_t addr, uint64_t len, struct closure_sites *sites)
{
	const uint64_t whole =
		LEA + 2 * MOV + PADDING_MAX + CALL + REACH + LEA + 3;
	const uint8_t *p = code + 1, *end;
	unsigned site;

	if (len < whole)
		return;
	end = code + len - whole + 2;
	while (p < end && (p = memchr(p, 0x8d, (size_t)(end - p)))) {
		const uint8_t *at = p++ - 1;

		if ((site = site_length(at)))
			read_site(types, at, addr + (uint64_t)(at - code), site,
				  sites);
	}
}

static void read_text(const struct go_types *types, uint64_t from, uint64_t to,
		      struct closure_sites *sites)
{
	const uint8_t *code;
	uint64_t len;

	while (from < to) {
		len = sample_extent(types->sample, from, to - from);
		code = len ? sample_view(types->sample, from, len) : NULL;
		if (!code)
			return;
		read_code(types, code, from, len, sites);
		from += len;
	}
}

static int by_function(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	if (x->function != y->function)
		return x->function < y->function ? -1 : 1;
	return x->rtype < y->rtype ? -1 : x->rtype > y->rtype;
}

static struct closure_sites *load_sites(const struct go_types *types)
{
	struct closure_sites *sites = xcalloc(1, sizeof(*sites));
	uint32_t i;

	for (i = 0; i < types->modules.count; i++)
		read_text(types, types->modules.modules[i].text,
			  types->modules.modules[i].etext, sites);
	if (sites->count)
		qsort(sites->list, sites->count, sizeof(*sites->list),
		      by_function);
	return sites;
}

uint64_t closure_rtype(struct go_types *types, uint64_t pc)
{
	const struct closure_sites *sites;
	uint32_t low = 0, high;
	uint64_t rtype;

	if (!types->sites)
		types->sites = load_sites(types);
	sites = types->sites;
	high = sites->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (sites->list[middle].function < pc)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == sites->count || sites->list[low].function != pc)
		return 0;
	rtype = sites->list[low].rtype;
	for (; low < sites->count && sites->list[low].function == pc; low++)
		if (sites->list[low].rtype != rtype)
			return 0;
	return rtype;
}

void closure_sites_free(struct go_types *types)
{
	if (types->sites)
		free(types->sites->list);
	free(types->sites);
}
