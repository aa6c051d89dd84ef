#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/expr_priv.h"

struct expr_context *expr_context_new(const struct session *session,
				      uint32_t goroutine, uint32_t frame)
{
	struct expr_context *context = xcalloc(1, sizeof(*context));

	context->session = session;
	if (session->stored)
		return context;
	context->types = session->rt->types;
	context->memory = sample_new_overlay(session->sample);
	context->goroutine = goroutine;
	context->frame = frame;
	context->have_frame = goroutine < session->rt->goroutine_count;
	return context;
}

void expr_context_deferred(struct expr_context *context,
			   const struct deferred_row *deferred)
{
	context->deferred = deferred;
}

void expr_context_free(struct expr_context *context)
{
	size_t i;

	if (!context)
		return;
	frame_variables_deinit(&context->variables);
	sample_free(context->memory);
	for (i = 0; i < context->string_count; i++)
		free(context->strings[i]);
	free(context->strings);
	free(context);
}

const struct expr_node *expr_node(const struct expr_context *context,
				  uint32_t id)
{
	return &context->tree->nodes[id];
}

int expr_node_len(const struct expr_context *context, uint32_t id)
{
	const struct expr_node *node = expr_node(context, id);

	return node->end - node->at > 200 ? 200 : (int)(node->end - node->at);
}

const char *expr_node_text(const struct expr_context *context, uint32_t id)
{
	return context->tree->text + expr_node(context, id)->at;
}

void expr_place(uint32_t type, uint64_t addr, struct expr_value *ret)
{
	*ret = (struct expr_value){
		.form = EXPR_TYPED,
		.type = type,
		.addr = addr,
		.addressable = addr < SAMPLE_OVERLAY,
	};
}

void expr_make(struct expr_context *context, uint32_t type, const void *bytes,
	       size_t len, struct expr_value *ret)
{
	expr_place(type, sample_overlay_add(context->memory, bytes, len), ret);
}

void expr_make_bool(bool value, struct expr_value *ret)
{
	*ret = (struct expr_value){.form = EXPR_BOOL, .u = value};
}

const char *expr_keep(struct expr_context *context, const char *text,
		      size_t len)
{
	char *copy = xcalloc(1, len + 1);

	if (len)
		memcpy(copy, text, len);
	GROW_ARRAY(context->strings, context->string_count,
		   context->string_cap);
	context->strings[context->string_count++] = copy;
	return copy;
}

/* pkg.name, or a field of a value. */
static struct error *eval_select(struct expr_context *context, uint32_t id,
				 struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	const struct expr_node *of = expr_node(context, node->a);
	struct error *err;
	bool found;

	if ((err = expr_eval_qualified(context, id, &found, ret)) || found)
		return err;
	err = expr_eval_node(context, node->a, ret);
	if (err && err->code == ERROR_NOT_FOUND && of->kind == NODE_NAME &&
	    !expr_is_variable(context, of->text)) {
		CLEANUP(free_cleanup) char *name = NULL;

		error_free(err);
		name = xasprintf("%s.%s", of->text, node->text);
		return expr_no_variable(context, name);
	}
	if (err)
		return err;
	return expr_select(context, id, ret);
}

static struct error *eval_address(struct expr_context *context, uint32_t id,
				  struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	struct error *err;
	uint32_t type;
	uint64_t addr;

	if ((err = expr_eval_node(context, node->a, ret)))
		return err;
	if (ret->form != EXPR_TYPED || !ret->addressable)
		return error_new(ERROR_USAGE, "'%.*s' has no address",
				 expr_node_len(context, node->a),
				 expr_node_text(context, node->a));
	addr = ret->addr;
	type = go_type_compose(context->types, GO_POINTER, ret->type, 0);
	if (!type)
		return error_new(ERROR_LIMIT, "too many types");
	expr_make(context, type, &addr, sizeof(addr), ret);
	return NULL;
}

static struct error *eval_constant(const struct expr_node *node,
				   struct expr_value *ret)
{
	*ret = (struct expr_value){
		.form = node->kind == NODE_FLOAT    ? EXPR_FLOAT
			: node->kind == NODE_STRING ? EXPR_STRING
						    : EXPR_INT,
		.u = node->u,
		.f = node->f,
		.text = node->text,
		.len = node->len,
	};
	return NULL;
}

struct error *expr_eval_node(struct expr_context *context, uint32_t id,
			     struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	struct error *err;

	switch (node->kind) {
	case NODE_NAME:
		return expr_eval_name(context, id, ret);
	case NODE_INT:
	case NODE_CHAR:
	case NODE_FLOAT:
		return eval_constant(node, ret);
	case NODE_STRING:
		(void)eval_constant(node, ret);
		ret->text = expr_keep(context, node->text, node->len);
		return NULL;
	case NODE_SELECT:
		return eval_select(context, id, ret);
	case NODE_INDEX:
		return expr_index(context, id, ret);
	case NODE_SLICE:
		return expr_slice(context, id, ret);
	case NODE_ASSERT:
		return expr_assert_type(context, id, ret);
	case NODE_CALL:
		return expr_call(context, id, ret);
	case NODE_DEREF:
		err = expr_eval_node(context, node->a, ret);
		return err ? err : expr_deref(context, ret);
	case NODE_ADDRESS:
		return eval_address(context, id, ret);
	case NODE_UNARY:
		return expr_unary(context, id, ret);
	case NODE_BINARY:
		return expr_binary(context, id, ret);
	case NODE_LITERAL:
		return expr_literal(context, id, ret);
	default:
		return error_new(ERROR_USAGE, "'%.*s' is a type, not a value",
				 expr_node_len(context, id),
				 expr_node_text(context, id));
	}
}

/* With @p or_type the text may as well be a type. */
static struct error *eval_text(struct expr_context *context, const char *text,
			       bool or_type, struct expr_value *ret)
{
	CLEANUP(expr_tree_deinit) struct expr_tree tree = {0};
	struct error *err;
	uint32_t type;

	*ret = (struct expr_value){.form = EXPR_NIL};
	if (context->session->stored)
		return session_needs_memory(context->session);
	if ((err = expr_parse(text, &tree)))
		return err;
	context->tree = &tree;
	err = expr_eval_node(context, tree.root, ret);
	if (err && or_type) {
		struct error *other =
			expr_resolve_type(context, tree.root, &type);

		/* What is neither is told of as a value. */
		if (!other) {
			error_free(err);
			err = NULL;
			*ret = (struct expr_value){.form = EXPR_TYPE,
						   .type = type};
		}
		error_free(other);
	}
	context->tree = NULL;
	return err;
}

struct error *expr_eval(struct expr_context *context, const char *text,
			struct expr_value *ret)
{
	return eval_text(context, text, false, ret);
}

struct error *expr_eval_type(struct expr_context *context, const char *text,
			     struct expr_value *ret)
{
	return eval_text(context, text, true, ret);
}

struct error *session_eval_address(const struct session *session,
				   const char *text, uint64_t *ret)
{
	struct expr_context *context = expr_context_new(session, UINT32_MAX, 0);
	struct expr_value value;
	struct error *err = expr_eval(context, text, &value);

	if (!err && !expr_address(context, &value, ret)) {
		*ret = value.addr;
		if (value.form != EXPR_TYPED || !value.addressable)
			err = error_new(ERROR_USAGE, "'%s' has no address",
					text);
	}
	if (!err && !*ret)
		err = error_new(ERROR_NOT_FOUND, "'%s' is nil", text);
	expr_context_free(context);
	return err;
}
