#ifndef CORE_SESSION_EXPR_TREE_H
#define CORE_SESSION_EXPR_TREE_H

/**
 * Expressions as text, tokens and tree. The language is that of delve, which is
 * Go's: names, selectors, indices, slices, dereference, address-of, type
 * assertion, conversion, operators; and composite literals, which keys of maps
 * need. No calls.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

enum {
	EXPR_TEXT_MAX = 1 << 16, /* bytes of an expression */
	EXPR_DEPTH_MAX = 256,	 /* nesting of parentheses and operators */
	EXPR_CHAIN_MAX = 4096,	 /* selectors and indices in a row */
};

enum expr_token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_INT,
	TOKEN_FLOAT,
	TOKEN_CHAR,
	TOKEN_STRING,
	TOKEN_OP,
};

enum expr_op {
	OP_NONE,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_REM,
	OP_AND,
	OP_OR,
	OP_XOR,
	OP_ANDNOT,
	OP_SHL,
	OP_SHR,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_LAND,
	OP_LOR,
	OP_NOT,
	OP_DOT,
	OP_COMMA,
	OP_COLON,
	OP_LPAREN,
	OP_RPAREN,
	OP_LBRACKET,
	OP_RBRACKET,
	OP_LBRACE,
	OP_RBRACE,
};
/** "+" ... */
const char *expr_op_text(enum expr_op op);

struct expr_token {
	enum expr_token_kind kind;
	enum expr_op op;
	size_t at, end; /* bytes of the text */
	char *text;	/* NAME, STRING: decoded, owned */
	size_t len;	/* of it */
	uint64_t u;	/* INT, CHAR */
	double f;	/* FLOAT */
};
struct expr_tokens {
	struct expr_token *list; /* ends with TOKEN_END */
	size_t count, cap;
};
/** ERROR_USAGE says what is wrong and where. */
struct error *expr_lex(const char *text, struct expr_tokens *ret) MUST_CHECK;
void expr_tokens_deinit(struct expr_tokens *tokens);

enum expr_node_kind {
	NODE_NAME,    /* text */
	NODE_INT,     /* u */
	NODE_FLOAT,   /* f */
	NODE_CHAR,    /* u */
	NODE_STRING,  /* text */
	NODE_SELECT,  /* a.text */
	NODE_INDEX,   /* a[b]; generic types: a[b, ...] by next */
	NODE_SLICE,   /* a[b:c], b and c may be 0 */
	NODE_ASSERT,  /* a.(b) */
	NODE_CALL,    /* a(b, ...): conversion, len, cap */
	NODE_DEREF,   /* *a: dereference or pointer type */
	NODE_ADDRESS, /* &a */
	NODE_UNARY,   /* op a */
	NODE_BINARY,  /* a op b */
	NODE_LITERAL, /* a{b, ...}; an element is a NODE_PAIR or a value */
	NODE_PAIR,    /* a: b */
	/* types that only types look like */
	NODE_SLICE_TYPE, /* []a */
	NODE_ARRAY_TYPE, /* [b]a */
	NODE_MAP_TYPE,	 /* map[a]b */
	NODE_RAW_TYPE,	 /* text: chan, func, struct, interface */
};

struct expr_node {
	uint8_t kind, op;
	uint32_t a, b, c; /* nodes; 0 = none */
	uint32_t next;	  /* the next of a list */
	const char *text; /* of the tokens */
	size_t len;
	uint64_t u;
	double f;
	size_t at, end; /* what of the text it is */
};
struct expr_tree {
	char *text; /* the expression */
	struct expr_tokens tokens;
	struct expr_node *nodes; /* node 0 is none */
	uint32_t count, cap;
	uint32_t root;
};
struct error *expr_parse(const char *text, struct expr_tree *ret) MUST_CHECK;
void expr_tree_deinit(struct expr_tree *tree);

#endif
