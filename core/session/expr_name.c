/* Names: of the frame, of its package, of others, and Go's own. */
#include <inttypes.h>
#include <string.h>

#include "core/base/near.h"
#include "core/base/xalloc.h"
#include "core/session/expr_priv.h"

static const struct frame_variables *variables(struct expr_context *context)
{
	struct error *err;

	if (!context->have_variables && context->have_frame) {
		err = context->deferred
			      ? session_deferred_variables(context->session,
							   context->deferred,
							   &context->variables)
			      : session_frame_variables(
					context->session, context->goroutine,
					context->frame, &context->variables);
		error_free(err);
	}
	context->have_variables = true;
	return &context->variables;
}

const char *expr_function(const struct expr_context *context)
{
	struct frame_row frame;

	if (context->deferred)
		return context->deferred->place.function;
	if (!context->have_frame ||
	    !session_frame(context->session, context->goroutine, context->frame,
			   &frame))
		return NULL;
	return frame.place.function;
}

/* The innermost of that name. */
static const struct variable_row *find_local(struct expr_context *context,
					     const char *name)
{
	const struct frame_variables *v = variables(context);
	uint32_t i;

	for (i = 0; i < v->count; i++)
		if (!v->list[i].shadowed && !strcmp(v->list[i].name, name))
			return &v->list[i];
	return NULL;
}

bool expr_is_variable(struct expr_context *context, const char *name)
{
	return find_local(context, name) != NULL;
}

static struct error *use_local(struct expr_context *context,
			       const struct variable_row *row,
			       struct expr_value *ret)
{
	uint64_t size = expr_type(context, row->type_id)->size;
	const void *bytes;

	if (row->why)
		return error_new(ERROR_NOT_FOUND, "'%s' is %s here", row->name,
				 row->why);
	if (row->addr < SAMPLE_OVERLAY) {
		expr_place(row->type_id, row->addr, ret);
		return NULL;
	}
	bytes = sample_view(context->variables.memory, row->addr, size);
	if (!bytes)
		return error_fault(row->addr, size);
	expr_make(context, row->type_id, bytes, size, ret);
	return NULL;
}

static bool use_global(struct expr_context *context, const char *name,
		       struct expr_value *ret)
{
	const struct session *session = context->session;
	const struct dbg *dbg = session->program->dbg;
	const struct dbg_global *g = dbg ? dbg_find_global(dbg, name) : NULL;
	int64_t constant;

	if (g) {
		expr_place(go_type_from_dbg(context->types, g->type),
			   g->addr + session->rt->bias, ret);
		return true;
	}
	if (dbg && dbg_constant(dbg, name, &constant)) {
		*ret = (struct expr_value){
			.form = EXPR_INT,
			.negative = constant < 0,
			.u = constant < 0 ? -(uint64_t)constant
					  : (uint64_t)constant,
		};
		return true;
	}
	return false;
}

/* "http.DefaultClient" is "net/http.DefaultClient" if only one is. */
static struct error *use_short(struct expr_context *context, const char *name,
			       bool *found, struct expr_value *ret)
{
	const struct dbg *dbg = context->session->program->dbg;
	size_t count = dbg ? dbg_global_count(dbg) : 0, i;
	const char *first = NULL;

	for (i = 0; i < count; i++) {
		const char *own = dbg_global(dbg, i)->name;

		if (!go_is_short_name(own, name))
			continue;
		if (first)
			return error_hint(
				error_new(ERROR_USAGE,
					  "'%s' is both '%s' and '%s'", name,
					  first, own),
				"quote the path: \"net/http\".DefaultClient");
		first = own;
	}
	*found = first && use_global(context, first, ret);
	return NULL;
}

static bool use_builtin(const char *name, struct expr_value *ret)
{
	if (!strcmp(name, "nil"))
		*ret = (struct expr_value){.form = EXPR_NIL};
	else if (!strcmp(name, "true") || !strcmp(name, "false"))
		expr_make_bool(*name == 't', ret);
	else
		return false;
	return true;
}

static bool in_package(struct expr_context *context, const char *package,
		       size_t len, const char *name, struct expr_value *ret)
{
	CLEANUP(buf_deinit) struct buf full = {0};

	buf_printf(&full, "%.*s.%s", (int)len, package, name);
	return use_global(context, buf_str(&full), ret);
}

struct error *expr_no_variable(struct expr_context *context, const char *name)
{
	const struct dbg *dbg = context->session->program->dbg;
	size_t count = dbg ? dbg_global_count(dbg) : 0, i;
	const struct frame_variables *v = variables(context);
	struct near_names near = {.wanted = name};
	CLEANUP(buf_deinit) struct buf text = {0};

	for (i = 0; i < v->count; i++)
		near_offer(&near, v->list[i].name);
	for (i = 0; i < count; i++)
		near_offer(&near, dbg_global(dbg, i)->name);
	near_text(&near, &text);
	return error_hint(error_new(ERROR_NOT_FOUND, "no variable '%s'", name),
			  "%s%s%s",
			  !dbg	     ? "the binary has no debug information"
			  : text.len ? "did you mean "
				     : "vars, locals and args list them",
			  buf_str(&text), text.len ? "?" : "");
}

struct error *expr_eval_name(struct expr_context *context, uint32_t id,
			     struct expr_value *ret)
{
	const char *name = expr_node(context, id)->text, *package;
	const struct variable_row *row = find_local(context, name);
	const char *function = expr_function(context);

	if (row)
		return use_local(context, row, ret);
	if (use_builtin(name, ret))
		return NULL;
	if (function) {
		size_t n = owner_package(function, &package);

		if (in_package(context, package, n, name, ret))
			return NULL;
	}
	if (in_package(context, "main", 4, name, ret))
		return NULL;
	return expr_no_variable(context, name);
}

struct error *expr_eval_qualified(struct expr_context *context, uint32_t id,
				  bool *found, struct expr_value *ret)
{
	const struct expr_node *node = expr_node(context, id);
	const struct expr_node *package = expr_node(context, node->a);
	CLEANUP(buf_deinit) struct buf full = {0};

	*found = false;
	if (package->kind == NODE_NAME && find_local(context, package->text))
		return NULL;
	if (package->kind != NODE_NAME && package->kind != NODE_STRING)
		return NULL;
	buf_printf(&full, "%s.%s", package->text, node->text);
	*found = use_global(context, buf_str(&full), ret);
	if (*found)
		return NULL;
	return use_short(context, buf_str(&full), found, ret);
}
