/*
 * What a closure captures, from the code that makes it: the debug information
 * does not tell which function an allocated struct belongs to.
 */
#include <stdlib.h>

#include "core/base/xalloc.h"
#include "core/go/go_types_priv.h"

static void load_texts(struct go_types *types)
{
	uint32_t i;

	types->texts = xcalloc(types->modules.count, sizeof(*types->texts));
	for (i = 0; i < types->modules.count; i++)
		module_text_open(types->program, types->sample, &types->modules,
				 i, types->bias, &types->texts[i]);
}

/* Index of the first site of @p function or one after it. */
static uint32_t first_site(const struct text_refs *refs, uint64_t function)
{
	uint32_t low = 0, high = refs->site_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (refs->sites[middle].function < function)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* False: sites disagree. *@p rtype_ret (0 none yet) is what they agree on. */
static bool agree(const struct go_types *types, const struct module_text *text,
		  uint64_t pc, uint64_t *rtype_ret)
{
	uint32_t i = first_site(text->refs, pc - text->bias);

	for (; i < text->refs->site_count; i++) {
		const struct text_site *site = &text->refs->sites[i];
		uint64_t rtype = site->rtype + text->bias;

		if (site->function != pc - text->bias)
			break;
		if (!go_module_of_type(&types->modules, rtype))
			continue;
		if (*rtype_ret && *rtype_ret != rtype)
			return false;
		*rtype_ret = rtype;
	}
	return true;
}

uint64_t closure_rtype(struct go_types *types, uint64_t pc)
{
	uint64_t rtype = 0;
	uint32_t i;

	if (!types->texts)
		load_texts(types);
	for (i = 0; i < types->modules.count; i++)
		if (!agree(types, &types->texts[i], pc, &rtype))
			return 0;
	return rtype;
}

void closure_texts_free(struct go_types *types)
{
	uint32_t i;

	for (i = 0; types->texts && i < types->modules.count; i++)
		module_text_close(&types->texts[i]);
	free(types->texts);
}
