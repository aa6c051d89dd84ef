/*
 * The runtime's lists in a binary without symbols: operands of the code of a
 * function that uses the list, whose targets read like it.
 */
#include <string.h>

#include "core/base/limits.h"
#include "core/go/find.h"
#include "core/go/runtime_priv.h"

enum {
	CODE_MAX = 4096,
	LOOK_AT = 16,
	IN_HEAP = 16,
	LINK_FIRST = 304,
	LINK_LAST = 384
};

typedef bool meaning_fn(const struct go_runtime *rt, uint64_t addr);

static bool looks_like_g(const struct go_runtime *rt, uint64_t g)
{
	uint64_t stack = g + (uint32_t)priv_of(rt)->layout.off[L_G_STACK];
	uint64_t lo, hi;

	if (!g || g % 8 || !sample_u64(rt->sample, stack, &lo) ||
	    !sample_u64(rt->sample, stack + 8, &hi))
		return false;
	/* A dead goroutine may have given its stack back. */
	return lo <= hi && hi - lo <= 1ULL << 32 &&
	       (rt_field32(rt, g, L_G_STATUS) & ~(uint32_t)STATUS_SCAN) <=
		       GSTATUS_DEADEXTRA &&
	       rt_field(rt, g, L_G_GOID) < 1ULL << 56;
}

/* A slice of goroutines that begins with the main one. */
static bool is_allgs(const struct go_runtime *rt, uint64_t addr)
{
	uint64_t list = rt_word(rt->sample, addr), i;
	uint64_t n = rt_word(rt->sample, addr + 8);
	uint64_t cap = rt_word(rt->sample, addr + 16);

	if (!n || n > cap || cap > LIMIT_GOROUTINES || list % 8 ||
	    rt_field(rt, rt_word(rt->sample, list), L_G_GOID) != 1)
		return false;
	for (i = 0; i < n && i < LOOK_AT; i++)
		if (!looks_like_g(rt, rt_word(rt->sample, list + i * 8)))
			return false;
	return true;
}

static bool is_thread(const struct go_runtime *rt, uint64_t tid)
{
	const struct sample_thread *threads;
	size_t count, i;

	threads = sample_threads(rt->sample, &count);
	for (i = 0; i < count; i++)
		if ((uint64_t)threads[i].tid == tid)
			return true;
	return false;
}

/* How many Ms follow one another by the link at @p link; 0: not all are Ms. */
static uint32_t chain_length(const struct go_runtime *rt, uint64_t m,
			     uint64_t link)
{
	uint32_t threads = 0, length = 0;

	while (m && length++ < LIMIT_THREADS) {
		if (m % 8 || !looks_like_g(rt, rt_field(rt, m, L_M_GSIGNAL)))
			return 0;
		threads += is_thread(rt, rt_field(rt, m, L_M_PROCID));
		m = rt_word(rt->sample, m + link);
	}
	return !m && threads && threads * 2 >= length ? length : 0;
}

/*
 * Where m.alllink is: patch releases have moved it. Other links between Ms
 * tie some of them, this one ties all.
 */
static uint32_t best_link(const struct go_runtime *rt, uint64_t m,
			  int32_t *link_ret)
{
	int32_t link = *link_ret;
	uint32_t best = chain_length(rt, m, (uint32_t)link), length;

	if (priv_of(rt)->layout.from_dwarf)
		return best;
	for (link = LINK_FIRST; link <= LINK_LAST; link += 8) {
		length = chain_length(rt, m, (uint32_t)link);
		if (length <= best)
			continue;
		best = length;
		*link_ret = link;
	}
	return best;
}

/* A list of Ms, and they are the process's threads. */
static bool is_allm(const struct go_runtime *rt, uint64_t addr)
{
	int32_t link = priv_of(rt)->layout.off[L_M_ALLLINK];

	return best_link(rt, rt_word(rt->sample, addr), &link) > 0;
}

/* Strings, the first empty, the second the first reason of all releases. */
static bool is_wait_reasons(const struct go_runtime *rt, uint64_t addr)
{
	static const char first[] = "GC assist marking";
	uint64_t data = rt_word(rt->sample, addr + 16), len;
	const char *s;

	if (!sample_u64(rt->sample, addr + 8, &len) || len ||
	    !sample_u64(rt->sample, addr + 24, &len) ||
	    len != sizeof(first) - 1)
		return false;
	s = sample_view(rt->sample, data, len);
	return s && !memcmp(s, first, len);
}

/*
 * mod 00, rm 101 is [rip + disp32]; instructions that carry an immediate
 * behind it are not among those that load or store a pointer.
 */
static uint64_t scan(const struct go_runtime *rt, const uint8_t *code,
		     uint64_t len, uint64_t pc, meaning_fn *means)
{
	uint64_t i, target;
	int32_t disp;

	for (i = 0; i + 7 <= len; i++) {
		uint8_t op = code[i + 1];

		if ((code[i] != 0x48 && code[i] != 0x4c) ||
		    (op != 0x8d && op != 0x8b && op != 0x89) ||
		    (code[i + 2] & 0xc7) != 0x05)
			continue;
		memcpy(&disp, code + i + 3, 4);
		target = pc + i + 7 + (uint64_t)(int64_t)disp;
		if (means(rt, target))
			return target;
	}
	return 0;
}

const uint8_t *find_code(const struct go_runtime *rt, const char *name,
			 uint64_t *pc_ret, uint64_t *len_ret)
{
	const struct pclntab *tab = &priv_of(rt)->pclntab;
	const struct pcln_module *m = tab->count ? &tab->modules[0] : NULL;
	struct pcln_func func;
	uint32_t off, next;
	uint64_t i, pc;

	for (i = 0; m && i + 1 < m->nftab; i++) {
		memcpy(&off, m->ftab + i * 8, 4);
		memcpy(&next, m->ftab + i * 8 + 8, 4);
		pc = m->module->text + off;
		if (next <= off || !pclntab_find(tab, pc, &func) ||
		    strcmp(pcln_name(&func), name) != 0)
			continue;
		*pc_ret = pc;
		*len_ret = next - off < CODE_MAX ? next - off : CODE_MAX;
		return sample_view(rt->sample, pc, *len_ret);
	}
	return NULL;
}

static uint64_t find_in(const struct go_runtime *rt, const char *name,
			meaning_fn *means)
{
	uint64_t pc, len;
	const uint8_t *code = find_code(rt, name, &pc, &len);

	return code ? scan(rt, code, len, pc, means) : 0;
}

static uint64_t find(const struct go_runtime *rt, const char *symbol,
		     const char *const *functions, meaning_fn *means)
{
	uint64_t addr = *symbol ? rt_symbol(rt, symbol) : 0;

	for (; !addr && *functions; functions++)
		addr = find_in(rt, *functions, means);
	return addr;
}

uint64_t find_allgs(const struct go_runtime *rt)
{
	static const char *const users[] = {"runtime.allgadd",
					    "runtime.newproc1", NULL};

	return find(rt, "runtime.allgs", users, is_allgs);
}

uint64_t find_allm(const struct go_runtime *rt)
{
	static const char *const users[] = {"runtime.mcommoninit",
					    "runtime.allocm",
					    "runtime.checkdead", NULL};

	uint64_t addr = find(rt, "runtime.allm", users, is_allm);

	best_link(rt, rt_word(rt->sample, addr),
		  &priv_of(rt)->layout.off[L_M_ALLLINK]);
	return addr;
}

uint64_t find_wait_reasons(const struct go_runtime *rt)
{
	static const char *const users[] = {"runtime.waitReason.String",
					    "runtime.goroutineheader",
					    "runtime.casGToWaiting", NULL};

	return find(rt, "runtime.waitReasonStrings", users, is_wait_reasons);
}

/* Bytes of all spans in use, which the runtime counts too. */
static uint64_t span_bytes(const struct go_runtime *rt)
{
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < rt->span_count; i++)
		bytes += rt->spans[i].bytes;
	return bytes;
}

static bool is_heap_in_use(const struct go_runtime *rt, uint64_t addr)
{
	uint64_t bytes;

	return addr % 8 == 0 && sample_u64(rt->sample, addr, &bytes) && bytes &&
	       bytes == span_bytes(rt);
}

/* The three deltas that memstats begins with add up to the spans in use. */
static bool is_memstats(const struct go_runtime *rt, uint64_t addr)
{
	uint64_t size = priv_of(rt)->layout.heap_stats_size, bytes = 0, i;

	for (i = 0; i < 3; i++)
		bytes += rt_word(rt->sample, addr + i * size + IN_HEAP);
	return addr % 8 == 0 && bytes && bytes == span_bytes(rt);
}

/* A slice of Ps, each with a cache of spans. */
static bool is_allp(const struct go_runtime *rt, uint64_t addr)
{
	uint64_t list = rt_word(rt->sample, addr), i;
	uint64_t n = rt_word(rt->sample, addr + 8);
	uint32_t id, caches = 0;

	if (!n || n > rt_word(rt->sample, addr + 16) || n > LIMIT_THREADS)
		return false;
	for (i = 0; i < n; i++) {
		uint64_t p = rt_word(rt->sample, list + i * 8);

		/* p.id is the first field */
		if (!p || !sample_u32(rt->sample, p, &id) || id != i)
			return false;
		caches += rt_field(rt, p, L_P_MCACHE) != 0;
	}
	return caches == n;
}

uint64_t find_gc_controller(const struct go_runtime *rt)
{
	static const char *const users[] = {
		"runtime.readmemstats_m", "runtime.(*mheap).allocSpan",
		"runtime.(*mheap).freeSpanLocked", NULL};
	uint64_t addr = rt_symbol(rt, "runtime.gcController"), off;
	int32_t in_use = priv_of(rt)->layout.off[L_GCC_HEAPINUSE];

	if (addr || in_use < 0)
		return addr;
	off = (uint32_t)in_use;
	addr = find(rt, "", users, is_heap_in_use);
	return addr > off ? addr - off : 0;
}

uint64_t find_memstats(const struct go_runtime *rt)
{
	static const char *const users[] = {
		"runtime.readmemstats_m", "runtime.(*mheap).allocSpan",
		"runtime.(*mheap).freeSpanLocked", NULL};

	return find(rt, "runtime.memstats", users, is_memstats);
}

uint64_t find_allp(const struct go_runtime *rt)
{
	static const char *const users[] = {"runtime.procresize",
					    "runtime.flushallmcaches",
					    "runtime.schedtrace", NULL};

	return find(rt, "runtime.allp", users, is_allp);
}
