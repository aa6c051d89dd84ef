#include "core/session/json_parse.h"

#include <jansson.h>

#include "core/base/xalloc.h"

bool json_parse_strings(const char *text, char ***ret, uint32_t *count_ret)
{
	json_t *array = json_loads(text, 0, NULL), *value;
	char **strings = NULL;
	uint32_t count = 0;
	size_t i;

	*ret = NULL;
	*count_ret = 0;
	if (!json_is_array(array)) {
		json_decref(array);
		return false;
	}
	strings = xcalloc(json_array_size(array) + 1, sizeof(*strings));
	json_array_foreach(array, i, value) strings[count++] =
		xstrdup(json_is_string(value) ? json_string_value(value) : "?");
	json_decref(array);
	*ret = strings;
	*count_ret = count;
	return true;
}
