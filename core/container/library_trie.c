/*
 * internal/sync.HashTrieMap (sync.Map since Go 1.24, unique since 1.23): nodes
 * of 16 children by four bits of the hash, entries at the leaves, entries with
 * equal hashes in a chain.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/container/library.h"

enum {
	CHILDREN = 16,
	MAX_DEPTH = 17, /* 64 bits of hash, four a level */
	MAX_NODES = 1 << 26,
	MAX_CHAIN = 1 << 16,
};

static const char MARK[] = "HashTrieMap[";

struct trie {
	const struct library_view *view;
	const struct go_type *indirect, *entry;
	uint64_t children; /* offset in a node */
	struct library_figures *ret;
};

static bool is_trie(const struct go_types *types, const struct go_type *type)
{
	const char *mark = strstr(type->name, MARK);

	(void)types;
	return type->kind == GO_STRUCT && mark && mark > type->name &&
	       mark[-1] == '.' && !strncmp(type->name, "internal/", 9);
}

/** The type of a part: "internal/sync.entry[...]" of the map's own name. */
static const struct go_type *part(const struct library_view *view,
				  const char *name)
{
	const char *mark = strstr(view->type->name, MARK);
	CLEANUP(free_cleanup) char *full = NULL;

	full = xasprintf("%.*s%s[%s", (int)(mark - view->type->name),
			 view->type->name, name, mark + sizeof(MARK) - 1);
	return go_type(view->types, go_type_find(view->types, full));
}

static void count_entries(const struct trie *t, uint64_t entry)
{
	unsigned i;

	for (i = 0; entry && i < MAX_CHAIN; i++) {
		t->ret->entries++;
		library_add_storage(t->view, entry, t->ret);
		entry = library_word(t->view, t->entry, entry, "overflow");
	}
	t->ret->damaged |= entry != 0;
}

static void walk(const struct trie *t, uint64_t node, uint32_t depth)
{
	unsigned i;

	if (depth > t->ret->depth)
		t->ret->depth = depth;
	library_add_storage(t->view, node, t->ret);
	if (depth > MAX_DEPTH || t->ret->nodes > MAX_NODES) {
		t->ret->damaged = true;
		return;
	}
	for (i = 0; i < CHILDREN; i++) {
		uint64_t child = 0;
		uint8_t is_entry = 0;

		sample_u64(t->view->sample, node + t->children + 8 * i, &child);
		if (!child)
			continue;
		if (!sample_u8(t->view->sample, child, &is_entry)) {
			t->ret->damaged = true;
			continue;
		}
		if (is_entry)
			count_entries(t, child);
		else
			walk(t, child, depth + 1);
	}
}

static void figures(const struct library_view *view,
		    struct library_figures *ret)
{
	struct trie t = {.view = view, .ret = ret};
	uint64_t root = library_word(view, view->type, view->addr, "root");
	const struct go_field *children;

	ret->capacity = UINT64_MAX;
	t.indirect = part(view, "indirect");
	t.entry = part(view, "entry");
	children = go_type_field(t.indirect, "children");
	if (!root)
		return;
	if (!children) {
		ret->damaged = true;
		return;
	}
	t.children = children->offset;
	walk(&t, root, 1);
}

const struct library_kind library_trie = {
	.name = "sync.Map",
	.is = is_trie,
	.figures = figures,
};
