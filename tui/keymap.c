#include <stddef.h>

#include "core/base/attr.h"
#include "tui/action.h"

static const struct action_info infos[] = {{{0}, "", "", ""},
#define ACTION_ROW(id, a, b, c, shown, hint, help)                             \
	{{a, b, c}, shown, hint, help},
					   ACTION_TABLE(ACTION_ROW)
#undef ACTION_ROW
};

const struct action_info *action_info(enum action action)
{
	return &infos[action < ACTION_COUNT ? action : ACTION_NONE];
}

enum action action_of_key(int key)
{
	size_t i, k;

	for (i = 1; key && i < ARRAY_LEN(infos); i++)
		for (k = 0; k < ARRAY_LEN(infos[i].keys); k++)
			if (infos[i].keys[k] == key)
				return (enum action)i;
	return ACTION_NONE;
}
