/*
 * Operator precedence by Go's five levels; selectors, indices, assertions and
 * conversions behind an operand. Types are parsed as expressions: what is a
 * type is known only when names are looked up.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/expr_tree.h"

struct parser {
	struct expr_tree *tree;
	size_t at; /* token */
	unsigned depth, chain;
};

static struct error *parse_binary(struct parser *p, unsigned level,
				  uint32_t *ret) MUST_CHECK;
static struct error *parse_unary(struct parser *p, uint32_t *ret) MUST_CHECK;
static struct error *parse_type(struct parser *p, uint32_t *ret) MUST_CHECK;

static const struct expr_token *peek(const struct parser *p)
{
	return &p->tree->tokens.list[p->at];
}

static bool is_op(const struct parser *p, enum expr_op op)
{
	return peek(p)->kind == TOKEN_OP && peek(p)->op == op;
}

static bool is_word(const struct parser *p, const char *word)
{
	return peek(p)->kind == TOKEN_NAME && !strcmp(peek(p)->text, word);
}

static bool take_op(struct parser *p, enum expr_op op)
{
	if (!is_op(p, op))
		return false;
	p->at++;
	return true;
}

static struct error *unexpected(const struct parser *p, const char *wanted)
{
	const struct expr_token *t = peek(p);

	if (t->kind == TOKEN_END)
		return error_new(ERROR_USAGE,
				 "the expression ends where %s should be",
				 wanted);
	return error_new(ERROR_USAGE, "'%.*s' at %zu where %s should be",
			 (int)(t->end - t->at), p->tree->text + t->at,
			 t->at + 1, wanted);
}

static struct error *expect(struct parser *p, enum expr_op op)
{
	char wanted[8];

	if (take_op(p, op))
		return NULL;
	wanted[0] = '\'';
	wanted[1] = *expr_op_text(op);
	wanted[2] = '\'';
	wanted[3] = 0;
	return unexpected(p, wanted);
}

static uint32_t new_node(struct parser *p, enum expr_node_kind kind, size_t at)
{
	struct expr_tree *tree = p->tree;

	GROW_ARRAY(tree->nodes, tree->count, tree->cap);
	tree->nodes[tree->count] = (struct expr_node){
		.kind = (uint8_t)kind,
		.at = at,
		.end = at,
	};
	return tree->count++;
}

static struct expr_node *node(struct parser *p, uint32_t id)
{
	return &p->tree->nodes[id];
}

/* The node ends where the last token that was taken does. */
static uint32_t done(struct parser *p, uint32_t id)
{
	if (p->at)
		node(p, id)->end = p->tree->tokens.list[p->at - 1].end;
	return id;
}

static struct error *enter(struct parser *p)
{
	if (++p->depth > EXPR_DEPTH_MAX)
		return error_new(ERROR_USAGE, "the expression is too deep");
	return NULL;
}

/* Parameters, fields or methods: everything between brackets. */
static void skip_brackets(struct parser *p)
{
	size_t open = 0;

	while (peek(p)->kind != TOKEN_END) {
		bool opens = is_op(p, OP_LPAREN) || is_op(p, OP_LBRACE) ||
			     is_op(p, OP_LBRACKET);
		bool closes = is_op(p, OP_RPAREN) || is_op(p, OP_RBRACE) ||
			      is_op(p, OP_RBRACKET);

		if (!open && !opens)
			break;
		p->at++;
		open += opens;
		open -= closes;
		if (!open)
			break;
	}
}

/* chan, func, struct and interface types: their text, and what a chan is of. */
static struct error *parse_raw_type(struct parser *p, uint32_t *ret)
{
	struct expr_token *first = &p->tree->tokens.list[p->at];
	bool is_chan = is_word(p, "chan"), is_func = is_word(p, "func");
	struct error *err = NULL;
	size_t from = first->at;
	uint32_t elem = 0;

	*ret = new_node(p, NODE_RAW_TYPE, from);
	p->at++;
	if (is_chan)
		err = parse_type(p, &elem);
	else
		skip_brackets(p);
	/* One result; several are in brackets, which a conversion has too. */
	if (is_func && (peek(p)->kind == TOKEN_NAME || is_op(p, OP_MUL) ||
			is_op(p, OP_LBRACKET)))
		err = parse_type(p, &elem);
	if (err)
		return err;
	done(p, *ret);
	free(first->text);
	first->len = node(p, *ret)->end - from;
	first->text = xstrndup(p->tree->text + from, first->len);
	node(p, *ret)->text = first->text;
	node(p, *ret)->len = first->len;
	node(p, *ret)->a = is_chan ? elem : 0;
	return NULL;
}

/* []T, [N]T and map[K]V. */
static struct error *parse_list_type(struct parser *p, uint32_t *ret)
{
	size_t at = peek(p)->at;
	uint32_t a = 0, b = 0;
	struct error *err;
	bool is_map = is_word(p, "map");

	p->at += is_map;
	if ((err = expect(p, OP_LBRACKET)))
		return err;
	if (is_map) {
		*ret = new_node(p, NODE_MAP_TYPE, at);
		if ((err = parse_type(p, &a)) ||
		    (err = expect(p, OP_RBRACKET)) || (err = parse_type(p, &b)))
			return err;
	} else if (take_op(p, OP_RBRACKET)) {
		*ret = new_node(p, NODE_SLICE_TYPE, at);
		if ((err = parse_type(p, &a)))
			return err;
	} else {
		*ret = new_node(p, NODE_ARRAY_TYPE, at);
		if ((err = parse_binary(p, 1, &b)) ||
		    (err = expect(p, OP_RBRACKET)) || (err = parse_type(p, &a)))
			return err;
	}
	node(p, *ret)->a = a;
	node(p, *ret)->b = b;
	done(p, *ret);
	return NULL;
}

static bool is_type_word(const struct parser *p)
{
	return is_word(p, "chan") || is_word(p, "func") ||
	       is_word(p, "struct") || is_word(p, "interface");
}

static struct error *parse_name(struct parser *p, uint32_t *ret)
{
	const struct expr_token *t = peek(p);

	*ret = new_node(p, t->kind == TOKEN_STRING ? NODE_STRING : NODE_NAME,
			t->at);
	node(p, *ret)->text = t->text;
	node(p, *ret)->len = t->len;
	p->at++;
	done(p, *ret);
	return NULL;
}

static struct error *parse_list(struct parser *p, enum expr_op end, bool types,
				uint32_t *ret);

/* name, "path".name, pkg.Name, pkg.Name[T, ...] */
static struct error *parse_named_type(struct parser *p, uint32_t *ret)
{
	struct error *err;
	uint32_t outer, list;

	if (peek(p)->kind != TOKEN_NAME && peek(p)->kind != TOKEN_STRING)
		return unexpected(p, "a type");
	if ((err = parse_name(p, ret)))
		return err;
	if (take_op(p, OP_DOT)) {
		if (peek(p)->kind != TOKEN_NAME)
			return unexpected(p, "a name");
		outer = new_node(p, NODE_SELECT, node(p, *ret)->at);
		node(p, outer)->a = *ret;
		node(p, outer)->text = peek(p)->text;
		node(p, outer)->len = peek(p)->len;
		p->at++;
		*ret = done(p, outer);
	}
	if (take_op(p, OP_LBRACKET)) {
		outer = new_node(p, NODE_INDEX, node(p, *ret)->at);
		node(p, outer)->a = *ret;
		if ((err = parse_list(p, OP_RBRACKET, true, &list)))
			return err;
		node(p, outer)->b = list;
		*ret = done(p, outer);
	}
	return NULL;
}

static struct error *parse_type(struct parser *p, uint32_t *ret)
{
	size_t at = peek(p)->at;
	struct error *err;
	uint32_t inner = 0;

	if ((err = enter(p)))
		return err;
	if (take_op(p, OP_MUL)) {
		*ret = new_node(p, NODE_DEREF, at);
		err = parse_type(p, &inner);
		node(p, *ret)->a = inner;
		done(p, *ret);
	} else if (take_op(p, OP_LPAREN)) {
		err = parse_type(p, ret);
		if (!err)
			err = expect(p, OP_RPAREN);
	} else if (is_op(p, OP_LBRACKET) || is_word(p, "map")) {
		err = parse_list_type(p, ret);
	} else if (is_type_word(p)) {
		err = parse_raw_type(p, ret);
	} else {
		err = parse_named_type(p, ret);
	}
	p->depth--;
	return err;
}

static struct error *parse_element(struct parser *p, bool types, uint32_t *ret)
{
	struct error *err;
	uint32_t pair, value = 0;

	if (types)
		return parse_type(p, ret);
	if ((err = parse_binary(p, 1, ret)) || !take_op(p, OP_COLON))
		return err;
	pair = new_node(p, NODE_PAIR, node(p, *ret)->at);
	node(p, pair)->a = *ret;
	if ((err = parse_binary(p, 1, &value)))
		return err;
	node(p, pair)->b = value;
	*ret = done(p, pair);
	return NULL;
}

/* Behind the opening bracket, up to and with the closing one. */
static struct error *parse_list(struct parser *p, enum expr_op end, bool types,
				uint32_t *ret)
{
	uint32_t last = 0, one;
	struct error *err;

	*ret = 0;
	while (!take_op(p, end)) {
		if ((err = parse_element(p, types, &one)))
			return err;
		if (last)
			node(p, last)->next = one;
		else
			*ret = one;
		last = one;
		if (!take_op(p, OP_COMMA))
			return expect(p, end);
	}
	return NULL;
}

static struct error *parse_operand(struct parser *p, uint32_t *ret)
{
	const struct expr_token *t = peek(p);
	struct error *err;

	if (is_op(p, OP_LBRACKET) || is_word(p, "map"))
		return parse_list_type(p, ret);
	if (is_type_word(p))
		return parse_raw_type(p, ret);
	if (take_op(p, OP_LPAREN)) {
		if ((err = parse_binary(p, 1, ret)))
			return err;
		return expect(p, OP_RPAREN);
	}
	switch (t->kind) {
	case TOKEN_NAME:
	case TOKEN_STRING:
		return parse_name(p, ret);
	case TOKEN_INT:
	case TOKEN_CHAR:
		*ret = new_node(p, t->kind == TOKEN_INT ? NODE_INT : NODE_CHAR,
				t->at);
		node(p, *ret)->u = t->u;
		break;
	case TOKEN_FLOAT:
		*ret = new_node(p, NODE_FLOAT, t->at);
		node(p, *ret)->f = t->f;
		break;
	default:
		return unexpected(p, "a value");
	}
	p->at++;
	done(p, *ret);
	return NULL;
}

/* Behind "[": an index, a slice, or the arguments of a generic type. */
static struct error *parse_brackets(struct parser *p, uint32_t outer)
{
	struct error *err;
	uint32_t from = 0, to = 0, last, more;

	if (!is_op(p, OP_COLON) && (err = parse_binary(p, 1, &from)))
		return err;
	if (take_op(p, OP_COLON)) {
		node(p, outer)->kind = NODE_SLICE;
		if (!is_op(p, OP_RBRACKET) && (err = parse_binary(p, 1, &to)))
			return err;
	} else {
		node(p, outer)->kind = NODE_INDEX;
		for (last = from; take_op(p, OP_COMMA); last = more) {
			if ((err = parse_binary(p, 1, &more)))
				return err;
			node(p, last)->next = more;
		}
	}
	node(p, outer)->b = from;
	node(p, outer)->c = to;
	return expect(p, OP_RBRACKET);
}

/* Behind ".": a name, or the type of an assertion. */
static struct error *parse_dot(struct parser *p, uint32_t outer)
{
	const struct expr_token *t = peek(p);
	struct error *err;
	uint32_t type = 0;

	if (take_op(p, OP_LPAREN)) {
		node(p, outer)->kind = NODE_ASSERT;
		if ((err = parse_type(p, &type)))
			return err;
		node(p, outer)->b = type;
		return expect(p, OP_RPAREN);
	}
	if (t->kind != TOKEN_NAME)
		return unexpected(p, "a name");
	node(p, outer)->kind = NODE_SELECT;
	node(p, outer)->text = t->text;
	node(p, outer)->len = t->len;
	p->at++;
	return NULL;
}

/* Composite literals are of types; what is a type looks like one. */
static bool may_be_type(struct parser *p, uint32_t id)
{
	switch (node(p, id)->kind) {
	case NODE_NAME:
	case NODE_SELECT:
	case NODE_INDEX:
	case NODE_SLICE_TYPE:
	case NODE_ARRAY_TYPE:
	case NODE_MAP_TYPE:
		return true;
	default:
		return false;
	}
}

static struct error *parse_postfix(struct parser *p, uint32_t *ret)
{
	struct error *err = parse_operand(p, ret);
	unsigned links = 0;

	while (!err) {
		size_t at = node(p, *ret)->at;
		uint32_t outer, list = 0;
		enum expr_op op =
			peek(p)->kind == TOKEN_OP ? peek(p)->op : OP_NONE;

		if (op != OP_DOT && op != OP_LBRACKET && op != OP_LPAREN &&
		    (op != OP_LBRACE || !may_be_type(p, *ret)))
			break;
		if (++links > EXPR_CHAIN_MAX)
			return error_new(ERROR_USAGE,
					 "the expression is too long");
		p->at++;
		outer = new_node(p, NODE_CALL, at);
		node(p, outer)->a = *ret;
		if (op == OP_DOT) {
			err = parse_dot(p, outer);
		} else if (op == OP_LBRACKET) {
			err = parse_brackets(p, outer);
		} else {
			err = parse_list(
				p, op == OP_LPAREN ? OP_RPAREN : OP_RBRACE,
				false, &list);
			if (op == OP_LBRACE)
				node(p, outer)->kind = NODE_LITERAL;
			node(p, outer)->b = list;
		}
		*ret = done(p, outer);
	}
	return err;
}

static struct error *parse_unary(struct parser *p, uint32_t *ret)
{
	const struct expr_token *t = peek(p);
	uint32_t inner = 0, outer;
	struct error *err;

	if (t->kind != TOKEN_OP)
		return parse_postfix(p, ret);
	switch (t->op) {
	case OP_MUL:
	case OP_AND:
	case OP_ADD:
	case OP_SUB:
	case OP_NOT:
	case OP_XOR:
		break;
	default:
		return parse_postfix(p, ret);
	}
	if ((err = enter(p)))
		return err;
	outer = new_node(p,
			 t->op == OP_MUL   ? NODE_DEREF
			 : t->op == OP_AND ? NODE_ADDRESS
					   : NODE_UNARY,
			 t->at);
	node(p, outer)->op = (uint8_t)t->op;
	p->at++;
	if ((err = parse_unary(p, &inner)))
		return err;
	node(p, outer)->a = inner;
	*ret = done(p, outer);
	p->depth--;
	return NULL;
}

static unsigned level_of(enum expr_op op)
{
	switch (op) {
	case OP_LOR:
		return 1;
	case OP_LAND:
		return 2;
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return 3;
	case OP_ADD:
	case OP_SUB:
	case OP_OR:
	case OP_XOR:
		return 4;
	case OP_MUL:
	case OP_DIV:
	case OP_REM:
	case OP_SHL:
	case OP_SHR:
	case OP_AND:
	case OP_ANDNOT:
		return 5;
	default:
		return 0;
	}
}

static struct error *parse_binary(struct parser *p, unsigned level,
				  uint32_t *ret)
{
	struct error *err;

	if ((err = enter(p)) || (err = parse_unary(p, ret)))
		return err;
	for (;;) {
		const struct expr_token *t = peek(p);
		uint32_t outer, right = 0;
		unsigned own = t->kind == TOKEN_OP ? level_of(t->op) : 0;

		if (!own || own < level)
			break;
		outer = new_node(p, NODE_BINARY, node(p, *ret)->at);
		node(p, outer)->op = (uint8_t)t->op;
		node(p, outer)->a = *ret;
		p->at++;
		if (++p->chain > EXPR_CHAIN_MAX)
			return error_new(ERROR_USAGE,
					 "the expression is too long");
		if ((err = parse_binary(p, own + 1, &right)))
			return err;
		node(p, outer)->b = right;
		*ret = done(p, outer);
	}
	p->depth--;
	return NULL;
}

struct error *expr_parse(const char *text, struct expr_tree *ret)
{
	struct parser p = {.tree = ret};
	struct error *err;

	*ret = (struct expr_tree){.text = xstrdup(text)};
	new_node(&p, NODE_NAME, 0); /* number 0 is none */
	if ((err = expr_lex(text, &ret->tokens)) ||
	    (err = parse_binary(&p, 1, &ret->root)))
		return err;
	if (peek(&p)->kind != TOKEN_END)
		return unexpected(&p, "the end");
	return NULL;
}

void expr_tree_deinit(struct expr_tree *tree)
{
	expr_tokens_deinit(&tree->tokens);
	free(tree->nodes);
	free(tree->text);
	*tree = (struct expr_tree){0};
}
