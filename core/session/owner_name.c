#include <string.h>

#include "core/session/session_priv.h"

size_t owner_package(const char *owner, const char **start_ret)
{
	size_t i, slash, end;

	while (*owner == '*' || *owner == '(' || *owner == '[' || *owner == ']')
		owner++;
	*start_ret = owner;
	/* Type arguments hold paths of their own: main.Cache[net/http.X]. */
	end = strcspn(owner, "[{ ");
	for (i = slash = 0; i < end; i++)
		if (owner[i] == '/')
			slash = i;
	for (i = slash; i < end && owner[i] != '.'; i++)
		;
	return i;
}

bool owner_is_std(const char *owner, const char *module)
{
	size_t n, first, len = strlen(module);
	const char *start;

	/* "(finalizer)", "(unnamed data)" may be anybody's */
	if (*owner == '(' && owner[1] != '*')
		return !strncmp(owner, "(runtime)", 9);
	n = owner_package(owner, &start);
	if (!n || *start == '?' || *start == '<')
		return false;
	if (len && n >= len && !strncmp(start, module, len) &&
	    (n == len || start[len] == '/'))
		return false;
	first = strcspn(start, "/");
	first = first < n ? first : n;
	/* Only the standard library has paths whose first element has no dot.
	 */
	if (memchr(start, '.', first))
		return false;
	return n != 4 || strncmp(start, "main", 4) != 0;
}
