/*
 * Expressions as they may be typed: the parser on any bytes, without a program.
 * What it accepts must be a tree whose nodes lie in it, without cycles.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/expr_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 4096 };

/* Every node has at most one parent, so there are no more visits than nodes. */
static void visit(const struct expr_tree *tree, uint32_t id, uint32_t *left)
{
	for (; id; id = tree->nodes[id].next) {
		const struct expr_node *node;

		if (id >= tree->count || !(*left)--)
			abort();
		node = &tree->nodes[id];
		if (node->at > node->end || node->end > strlen(tree->text))
			abort();
		visit(tree, node->a, left);
		visit(tree, node->b, left);
		visit(tree, node->c, left);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct expr_tree tree = {0};
	struct error *err;
	uint32_t left;
	char *text;

	if (size > TEXT_MAX)
		return 0;
	text = xcalloc(size + 1, 1);
	if (size)
		memcpy(text, data, size);
	err = expr_parse(text, &tree);
	left = tree.count;
	if (!err)
		visit(&tree, tree.root, &left);
	error_free(err);
	expr_tree_deinit(&tree);
	free(text);
	return 0;
}
