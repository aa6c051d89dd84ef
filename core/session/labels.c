/*
 * Labels of runtime/pprof: g.labels points to a map[string]string up to Go
 * 1.23, since then to a slice of pairs of strings.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/goroutines.h"
#include "core/session/session_priv.h"

enum { LABELS_MAX = 4096, LABEL_BYTES = 4096, PAIR = 32 };

static char *load_string(const struct session *session, uint64_t addr)
{
	uint64_t data, len;
	const char *s;

	if (!sample_u64(session->sample, addr, &data) ||
	    !sample_u64(session->sample, addr + 8, &len) || len > LABEL_BYTES)
		return xstrdup("?");
	s = sample_view(session->sample, data, len);
	return s ? xstrndup(s, len) : xstrdup(len ? "?" : "");
}

static void add_label(const struct session *session, uint64_t key,
		      uint64_t value, struct goroutine_labels *ret)
{
	uint32_t n = ret->count + 1;

	if (ret->count >= LABELS_MAX)
		return;
	ret->keys = xreallocarray(ret->keys, n, sizeof(*ret->keys));
	ret->values = xreallocarray(ret->values, n, sizeof(*ret->values));
	ret->keys[ret->count] = load_string(session, key);
	ret->values[ret->count] = load_string(session, value);
	ret->count = n;
}

/* labelMap is the name; without debug information any such map will do. */
static uint32_t map_type(struct go_types *types)
{
	static const char *const names[] = {"runtime/pprof.labelMap",
					    "map[string]string"};
	uint32_t i, n = go_type_count(types), id;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if ((id = go_type_find(types, names[i])) &&
		    go_type(types, id)->kind == GO_MAP)
			return id;
	for (i = 1; i < n; i++)
		if (go_type(types, i)->kind == GO_MAP &&
		    !strcmp(go_type(types, i)->name, names[1]))
			return i;
	return 0;
}

static void from_map(const struct session *session, uint64_t header,
		     struct goroutine_labels *ret)
{
	uint32_t id = map_type(session->rt->types);
	struct map_view view = {
		.sample = session->sample,
		.types = session->rt->types,
		.type = go_type(session->rt->types, id),
		.header = header,
	};
	struct map_cursor cursor = {0};
	struct map_entry entry;
	bool more = id && header && view.type->layout;

	while (more) {
		struct error *err = map_next(&view, &cursor, &entry, &more);

		if (err || ret->count >= LABELS_MAX)
			more = false;
		else if (more)
			add_label(session, entry.key, entry.elem, ret);
		error_free(err);
	}
}

static void from_slice(const struct session *session, uint64_t labels,
		       struct goroutine_labels *ret)
{
	uint64_t data, len, i;

	if (!sample_u64(session->sample, labels, &data) ||
	    !sample_u64(session->sample, labels + 8, &len) ||
	    len > LABELS_MAX || !sample_view(session->sample, data, len * PAIR))
		return;
	for (i = 0; i < len; i++)
		add_label(session, data + i * PAIR, data + i * PAIR + 16, ret);
}

void session_goroutine_labels(const struct session *session, uint32_t index,
			      struct goroutine_labels *ret)
{
	uint64_t labels, header;

	*ret = (struct goroutine_labels){0};
	if (session->stored)
		return;
	labels = session->rt->goroutines[index].labels;
	if (!labels)
		return;
	if (session->program->build.minor >= 24)
		from_slice(session, labels, ret);
	else if (sample_u64(session->sample, labels, &header))
		from_map(session, header, ret);
}

void goroutine_labels_deinit(struct goroutine_labels *labels)
{
	uint32_t i;

	for (i = 0; i < labels->count; i++) {
		free(labels->keys[i]);
		free(labels->values[i]);
	}
	free(labels->keys);
	free(labels->values);
	*labels = (struct goroutine_labels){0};
}
