/* Types that expressions name or make: by name, by part of it, composed. */
#include <inttypes.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/go/go_types_priv.h"

static const struct {
	const char *name;
	enum go_kind kind;
	uint8_t size;
} basic[] = {
	{"bool", GO_BOOL, 1},
	{"int", GO_INT, 8},
	{"int8", GO_INT8, 1},
	{"int16", GO_INT16, 2},
	{"int32", GO_INT32, 4},
	{"int64", GO_INT64, 8},
	{"uint", GO_UINT, 8},
	{"uint8", GO_UINT8, 1},
	{"uint16", GO_UINT16, 2},
	{"uint32", GO_UINT32, 4},
	{"uint64", GO_UINT64, 8},
	{"uintptr", GO_UINTPTR, 8},
	{"float32", GO_FLOAT32, 4},
	{"float64", GO_FLOAT64, 8},
	{"complex64", GO_COMPLEX64, 8},
	{"complex128", GO_COMPLEX128, 16},
	{"string", GO_STRING, 16},
	{"unsafe.Pointer", GO_UNSAFE_POINTER, 8},
};

/* Among the types that were made after the debug information was read. */
static uint32_t find_made(const struct go_types *types, const char *name)
{
	uint32_t i, n = go_type_count(types);

	for (i = types->base_count; i < n; i++)
		if (!strcmp(type_at(types, i)->name, name))
			return i;
	return 0;
}

static uint32_t enter(struct go_types *types, const struct go_type *type)
{
	uint32_t id;

	pthread_mutex_lock(&types->lock);
	id = find_made(types, type->name);
	if (!id && (id = type_new(types))) {
		struct go_type *to = type_at(types, id);
		const char *name = arena_string(&types->arena, type->name,
						strlen(type->name));

		*to = *type;
		to->id = id;
		to->name = name;
		type_finish(types, to);
	}
	pthread_mutex_unlock(&types->lock);
	return id;
}

uint32_t go_type_named(struct go_types *types, const char *name)
{
	uint32_t id = go_type_find(types, name);
	size_t i;

	if (id)
		return id;
	pthread_mutex_lock(&types->lock);
	id = find_made(types, name);
	pthread_mutex_unlock(&types->lock);
	for (i = 0; !id && i < ARRAY_LEN(basic); i++) {
		if (!strcmp(basic[i].name, name)) {
			const struct go_type type = {
				.kind = basic[i].kind,
				.name = name,
				.size = basic[i].size,
			};

			id = enter(types, &type);
		}
	}
	return id;
}

/* "v2": no package is called so, but the element before it. */
static bool is_version(const char *s, size_t len)
{
	return len > 1 && *s == 'v' && strspn(s + 1, "0123456789") >= len - 1;
}

bool go_is_short_name(const char *full, const char *name)
{
	size_t own = strlen(full), len = strlen(name), package, n;
	const char *slash = strrchr(full, '/'), *element, *dot, *escape;

	if (own > len && full[own - len - 1] == '/' &&
	    !strcmp(full + own - len, name))
		return true;
	package = strcspn(name, ".");
	element = slash ? slash + 1 : full;
	dot = strchr(element, '.');
	if (!slash || !dot || strcmp(dot, name + package) != 0)
		return false;
	escape = strstr(element, "%2e");
	n = (size_t)(dot - element);
	if (escape && escape < dot &&
	    is_version(escape + 3, (size_t)(dot - escape) - 3))
		return (size_t)(escape - element) == package &&
		       !strncmp(element, name, package);
	return is_version(element, n) && (size_t)(slash - full) > package &&
	       slash[-(ptrdiff_t)package - 1] == '/' &&
	       !strncmp(slash - package, name, package);
}

uint32_t go_type_short_named(const struct go_types *types, const char *name,
			     uint32_t *count_ret)
{
	uint32_t i, n = go_type_count(types), found = 0;

	*count_ret = 0;
	for (i = 1; i < n; i++) {
		const struct go_type *type = type_at(types, i);

		if (type->id != i || strpbrk(type->name, "*[ ({") ||
		    !go_is_short_name(type->name, name))
			continue;
		if (!found || strcmp(type_at(types, found)->name, type->name))
			(*count_ret)++;
		found = i;
	}
	return found;
}

uint32_t go_type_compose(struct go_types *types, enum go_kind kind,
			 uint32_t elem, uint64_t len)
{
	CLEANUP(buf_deinit) struct buf name = {0};
	const struct go_type *of = go_type(types, elem);
	struct go_type type = {
		.kind = kind,
		.elem = elem,
		.len = kind == GO_ARRAY ? len : 0,
		.size = kind == GO_POINTER ? 8
			: kind == GO_SLICE ? 24
					   : 0,
	};
	uint32_t id;

	if (kind == GO_ARRAY &&
	    __builtin_mul_overflow(of->size, len, &type.size))
		return 0;
	if (kind == GO_ARRAY)
		buf_printf(&name, "[%" PRIu64 "]%s", len, of->name);
	else
		buf_printf(&name, "%s%s", kind == GO_POINTER ? "*" : "[]",
			   of->name);
	if (name.len > LIMIT_NAME)
		return 0;
	id = go_type_named(types, buf_str(&name));
	if (id)
		return id;
	type.name = buf_str(&name);
	return enter(types, &type);
}
