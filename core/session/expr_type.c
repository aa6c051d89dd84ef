/* Types that an expression spells. */
#include <ctype.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/expr_priv.h"

const struct go_type *expr_type(const struct expr_context *context, uint32_t id)
{
	return go_type(context->types, id);
}

/* Append "pkg.Name" with the whole path, if only one such type is known. */
static struct error *find_name(struct expr_context *context, const char *name,
			       uint32_t *ret)
{
	uint32_t count, whole;

	*ret = go_type_named(context->types, name);
	if (*ret)
		return NULL;
	*ret = go_type_short_named(context->types, name, &count);
	if (count > 1)
		return error_hint(error_new(ERROR_USAGE,
					    "several packages have a type '%s'",
					    name),
				  "quote the path: \"net/http.Server\"");
	if (!*ret)
		return error_new(ERROR_NOT_FOUND, "no type '%s'", name);
	/* Of several with that name the one that is whole. */
	whole = go_type_named(context->types, expr_type(context, *ret)->name);
	if (whole)
		*ret = whole;
	return NULL;
}

/* A name alone is a basic type, or one of the frame's package. */
static struct error *find_local(struct expr_context *context, const char *name,
				uint32_t *ret)
{
	CLEANUP(buf_deinit) struct buf full = {0};
	const char *function = expr_function(context), *start;

	if (!strcmp(name, "byte"))
		name = "uint8";
	else if (!strcmp(name, "rune"))
		name = "int32";
	else if (!strcmp(name, "any"))
		name = "interface {}";
	*ret = go_type_named(context->types, name);
	if (*ret)
		return NULL;
	if (function) {
		size_t n = owner_package(function, &start);

		buf_printf(&full, "%.*s.%s", (int)n, start, name);
		*ret = go_type_named(context->types, buf_str(&full));
	}
	if (*ret)
		return NULL;
	buf_clear(&full);
	buf_printf(&full, "main.%s", name);
	*ret = go_type_named(context->types, buf_str(&full));
	return *ret ? NULL : error_new(ERROR_NOT_FOUND, "no type '%s'", name);
}

/* "*net/http.Server" between quotes. */
static struct error *find_quoted(struct expr_context *context, const char *name,
				 uint32_t *ret)
{
	struct error *err;

	if (*name != '*')
		return find_name(context, name, ret);
	if ((err = find_quoted(context, name + 1, ret)))
		return err;
	*ret = go_type_compose(context->types, GO_POINTER, *ret, 0);
	return NULL;
}

static struct error *find_selected(struct expr_context *context,
				   const struct expr_node *node, uint32_t *ret)
{
	const struct expr_node *package = expr_node(context, node->a);
	CLEANUP(buf_deinit) struct buf name = {0};

	if (package->kind != NODE_NAME && package->kind != NODE_STRING)
		return error_new(ERROR_NOT_FOUND, "that is no type");
	buf_printf(&name, "%s.%s", package->text, node->text);
	return find_name(context, buf_str(&name), ret);
}

/* main.Pair[string, int] is called main.Pair[string,int]. */
static struct error *find_instance(struct expr_context *context,
				   const struct expr_node *node, uint32_t *ret)
{
	const struct expr_node *of = expr_node(context, node->a);
	CLEANUP(buf_deinit) struct buf name = {0};
	struct error *err;
	uint32_t arg, id;

	if (of->kind == NODE_SELECT &&
	    (expr_node(context, of->a)->kind == NODE_NAME ||
	     expr_node(context, of->a)->kind == NODE_STRING))
		buf_printf(&name, "%s.%s[", expr_node(context, of->a)->text,
			   of->text);
	else if (of->kind == NODE_NAME)
		buf_printf(&name, "%s[", of->text);
	else
		return error_new(ERROR_NOT_FOUND, "that is no type");
	for (arg = node->b; arg; arg = expr_node(context, arg)->next) {
		if ((err = expr_resolve_type(context, arg, &id)))
			return err;
		buf_printf(&name, "%s%s", arg == node->b ? "" : ",",
			   expr_type(context, id)->name);
	}
	buf_addc(&name, ']');
	return of->kind == NODE_NAME ? find_local(context, buf_str(&name), ret)
				     : find_name(context, buf_str(&name), ret);
}

static struct error *compose(struct expr_context *context, enum go_kind kind,
			     const struct expr_node *node, uint32_t *ret)
{
	struct expr_value len = {0};
	struct error *err;

	if (kind == GO_ARRAY) {
		if ((err = expr_eval_node(context, node->b, &len)))
			return err;
		if (len.form != EXPR_INT || len.negative || len.u >> 32)
			return error_new(ERROR_USAGE,
					 "an array's length is a constant");
	}
	if ((err = expr_resolve_type(context, node->a, ret)))
		return err;
	*ret = go_type_compose(context->types, kind, *ret, len.u);
	return *ret ? NULL : error_new(ERROR_LIMIT, "too many types");
}

static struct error *find_map(struct expr_context *context,
			      const struct expr_node *node, uint32_t *ret)
{
	CLEANUP(buf_deinit) struct buf name = {0};
	struct error *err;
	uint32_t key, elem;

	if ((err = expr_resolve_type(context, node->a, &key)) ||
	    (err = expr_resolve_type(context, node->b, &elem)))
		return err;
	buf_printf(&name, "map[%s]%s", expr_type(context, key)->name,
		   expr_type(context, elem)->name);
	*ret = go_type_named(context->types, buf_str(&name));
	return *ret ? NULL
		    : error_new(ERROR_NOT_FOUND, "the program has no type '%s'",
				buf_str(&name));
}

static struct error *find_raw(struct expr_context *context,
			      const struct expr_node *node, uint32_t *ret)
{
	CLEANUP(buf_deinit) struct buf name = {0};
	struct error *err;
	uint32_t elem;

	if (node->a) {
		if ((err = expr_resolve_type(context, node->a, &elem)))
			return err;
		buf_printf(&name, "chan %s", expr_type(context, elem)->name);
	} else if (!strcmp(node->text, "interface{}")) {
		buf_adds(&name, "interface {}");
	} else {
		buf_adds(&name, node->text);
	}
	*ret = go_type_named(context->types, buf_str(&name));
	return *ret ? NULL
		    : error_new(ERROR_NOT_FOUND, "the program has no type '%s'",
				buf_str(&name));
}

struct error *expr_resolve_type(struct expr_context *context, uint32_t id,
				uint32_t *ret)
{
	const struct expr_node *node = expr_node(context, id);

	*ret = 0;
	switch (node->kind) {
	case NODE_NAME:
		return find_local(context, node->text, ret);
	case NODE_STRING:
		return find_quoted(context, node->text, ret);
	case NODE_SELECT:
		return find_selected(context, node, ret);
	case NODE_INDEX:
		return find_instance(context, node, ret);
	case NODE_DEREF:
		return compose(context, GO_POINTER, node, ret);
	case NODE_SLICE_TYPE:
		return compose(context, GO_SLICE, node, ret);
	case NODE_ARRAY_TYPE:
		return compose(context, GO_ARRAY, node, ret);
	case NODE_MAP_TYPE:
		return find_map(context, node, ret);
	case NODE_RAW_TYPE:
		return find_raw(context, node, ret);
	default:
		return error_new(ERROR_NOT_FOUND, "that is no type");
	}
}
