/*
 * Which function a deferred call is about. `defer f(x)` defers a wrapper of
 * the compiler's, which calls f; what it calls is told by the only call in its
 * code, or, where f was inlined, by the table of inlined calls.
 */
#include <string.h>

#include "core/go/defers.h"
#include "core/go/runtime_priv.h"

enum {
	WRAPPER_BYTES = 1024, /* longest that is looked at */
	CALL_BYTES = 5,	      /* call rel32 */
	FUNC_ID_WRAPPER = 21, /* up to Go 1.21 */
};

/* Since Go 1.22 they have a name of their own. */
static bool is_wrapper(const struct go_runtime *rt,
		       const struct pcln_func *func)
{
	if (priv_of(rt)->minor >= 22)
		return strstr(pcln_name(func), ".deferwrap") != NULL;
	return func->func_id == FUNC_ID_WRAPPER;
}

/* What every function may call. */
static bool is_helper(const char *name)
{
	return !strncmp(name, "runtime.morestack", 17) ||
	       !strncmp(name, "runtime.panic", 13) ||
	       !strncmp(name, "runtime.gcWriteBarrier", 22);
}

/* The function that the instruction at @p pc calls; NULL if it calls none. */
static const char *call_at(const struct go_runtime *rt, const uint8_t *code,
			   uint64_t pc)
{
	struct pcln_func callee;
	int32_t distance;
	uint64_t to;

	if (code[0] != 0xe8)
		return NULL;
	memcpy(&distance, code + 1, 4);
	to = pc + CALL_BYTES + (uint64_t)(int64_t)distance;
	if (!pclntab_find(&priv_of(rt)->pclntab, to, &callee) ||
	    callee.entry != to || is_helper(pcln_name(&callee)))
		return NULL;
	return pcln_name(&callee);
}

/* The call of the wrapper's own that @p pc is part of, inlined or not. */
static const char *callee_at(const struct go_runtime *rt,
			     const struct pcln_func *func, const uint8_t *code,
			     uint64_t pc)
{
	struct pcln_inline frames[PCLN_INLINE_MAX];
	uint32_t n;

	if (pcln_pcdata(func, PCDATA_INLTREE, pc) < 0)
		return call_at(rt, code, pc);
	n = pcln_inline_frames(&priv_of(rt)->pclntab, func, pc, frames,
			       PCLN_INLINE_MAX);
	return n > 1 ? frames[n - 2].name : NULL;
}

const char *go_defer_wrapped(const struct go_runtime *rt, uint64_t entry)
{
	const struct pclntab *tab = &priv_of(rt)->pclntab;
	struct pcln_func func, here;
	const char *found = NULL;
	const uint8_t *code;
	uint64_t len, i;

	if (!pclntab_find(tab, entry, &func) || func.entry != entry ||
	    !is_wrapper(rt, &func))
		return NULL;
	len = sample_extent(rt->sample, entry, WRAPPER_BYTES);
	code = len ? sample_view(rt->sample, entry, len) : NULL;
	for (i = 0; code && i + CALL_BYTES <= len; i++) {
		const char *name;

		if (!pclntab_find(tab, entry + i, &here) || here.entry != entry)
			return found;
		name = callee_at(rt, &func, code + i, entry + i);
		if (found && name && strcmp(found, name) != 0)
			return NULL;
		found = name ? name : found;
	}
	return NULL;
}
