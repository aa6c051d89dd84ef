#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/attr.h"
#include "core/base/xalloc.h"
#include "tui/action.h"

enum { KEYS = 3, SHOWN = 32 };

/* The keys of the program; a configuration may change them at the start. */
static struct action_info infos[] = {{{0}, "", "", ""},
#define ACTION_ROW(id, a, b, c, shown, hint, help)                             \
	{{a, b, c}, shown, hint, help},
				     ACTION_TABLE(ACTION_ROW)
#undef ACTION_ROW
};
static char own_shown[ACTION_COUNT][SHOWN];

static const char *const ids[] = {"NONE",
#define ACTION_NAME(id, ...) #id,
				  ACTION_TABLE(ACTION_NAME)
#undef ACTION_NAME
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

void action_name(enum action action, struct buf *out)
{
	const char *p;

	for (p = ids[action < ACTION_COUNT ? action : 0]; *p; p++)
		buf_addc(out, *p == '_' ? '-' : (char)tolower(*p));
}

enum action action_of_name(const char *name)
{
	int i;

	for (i = 1; i < ACTION_COUNT; i++) {
		CLEANUP(buf_deinit) struct buf b = {0};

		action_name((enum action)i, &b);
		if (!strcmp(buf_str(&b), name))
			return (enum action)i;
	}
	return ACTION_NONE;
}

bool action_moves(enum action action, int64_t page, int64_t *step_ret)
{
	const int64_t far = INT64_MAX / 2; /* may be added to any row */

	switch (action) {
	case ACTION_UP:
	case ACTION_DOWN:
		*step_ret = action == ACTION_DOWN ? 1 : -1;
		return true;
	case ACTION_PAGE_UP:
	case ACTION_PAGE_DOWN:
		*step_ret = action == ACTION_PAGE_DOWN ? page : -page;
		return true;
	case ACTION_HOME:
	case ACTION_END:
		*step_ret = action == ACTION_END ? far : -far;
		return true;
	default:
		return false;
	}
}

static int key_of_name(const char *name)
{
	static const struct {
		const char *name;
		int key;
	} names[] = {
		{"Up", TKEY_UP},	  {"Down", TKEY_DOWN},
		{"Left", TKEY_LEFT},	  {"Right", TKEY_RIGHT},
		{"PgUp", TKEY_PAGE_UP},	  {"PgDn", TKEY_PAGE_DOWN},
		{"Home", TKEY_HOME},	  {"End", TKEY_END},
		{"Bksp", TKEY_BACKSPACE}, {"Del", TKEY_DELETE},
		{"Enter", TKEY_ENTER},	  {"Esc", TKEY_ESCAPE},
		{"Tab", TKEY_TAB},	  {"S-Tab", TKEY_BACKTAB},
		{"Space", ' '},		  {"F1", TKEY_F1},
		{"F4", TKEY_F4},	  {"F5", TKEY_F5},
		{"F6", TKEY_F6},	  {"F7", TKEY_F7},
		{"F8", TKEY_F8},	  {"F9", TKEY_F9},
		{"F10", TKEY_F10},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].key;
	if (name[0] == '^' && isalpha((unsigned char)name[1]) && !name[2])
		return TKEY_CTRL + tolower(name[1]);
	return name[0] > ' ' && name[0] < 127 && !name[1] ? name[0] : 0;
}

/* Another action had that key. */
static void release(int key)
{
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(infos); i++)
		for (k = 0; k < KEYS; k++)
			if (infos[i].keys[k] == key)
				infos[i].keys[k] = 0;
}

bool action_set_keys(enum action action, const char *keys, bool apply)
{
	CLEANUP(free_cleanup) char *copy = xstrdup(keys);
	int parsed[KEYS] = {0}, n = 0, i;
	char *save, *word;

	for (word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (n == KEYS || !(parsed[n] = key_of_name(word)))
			return false;
		n++;
	}
	if (!action || !n || strlen(keys) >= SHOWN)
		return false;
	if (!apply)
		return true;
	for (i = 0; i < n; i++)
		release(parsed[i]);
	memcpy(infos[action].keys, parsed, sizeof(parsed));
	memcpy(own_shown[action], keys, strlen(keys) + 1);
	infos[action].shown = own_shown[action];
	return true;
}
