#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/expr_tree.h"

static const struct {
	const char *text;
	enum expr_op op;
} ops[] = {
	/* longer ones first */
	{"&^", OP_ANDNOT}, {"<<", OP_SHL},     {">>", OP_SHR},
	{"==", OP_EQ},	   {"!=", OP_NE},      {"<=", OP_LE},
	{">=", OP_GE},	   {"&&", OP_LAND},    {"||", OP_LOR},
	{"+", OP_ADD},	   {"-", OP_SUB},      {"*", OP_MUL},
	{"/", OP_DIV},	   {"%", OP_REM},      {"&", OP_AND},
	{"|", OP_OR},	   {"^", OP_XOR},      {"<", OP_LT},
	{">", OP_GT},	   {"!", OP_NOT},      {".", OP_DOT},
	{",", OP_COMMA},   {":", OP_COLON},    {"(", OP_LPAREN},
	{")", OP_RPAREN},  {"[", OP_LBRACKET}, {"]", OP_RBRACKET},
	{"{", OP_LBRACE},  {"}", OP_RBRACE},
};

const char *expr_op_text(enum expr_op op)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(ops); i++)
		if (ops[i].op == op)
			return ops[i].text;
	return "?";
}

struct lexer {
	const char *text;
	size_t at;
	struct expr_tokens *ret;
};

static struct expr_token *add_token(struct lexer *l, enum expr_token_kind kind)
{
	struct expr_tokens *ret = l->ret;

	GROW_ARRAY(ret->list, ret->count, ret->cap);
	ret->list[ret->count] = (struct expr_token){.kind = kind, .at = l->at};
	return &ret->list[ret->count++];
}

static bool is_name_byte(char c, bool first)
{
	unsigned char u = (unsigned char)c;

	/* Letters of other scripts are names in Go too. */
	return u == '_' || u == '~' || u >= 0x80 || isalpha(u) ||
	       (!first && isdigit(u));
}

static void lex_name(struct lexer *l)
{
	struct expr_token *t = add_token(l, TOKEN_NAME);
	size_t n = 0;

	while (is_name_byte(l->text[l->at + n], !n))
		n++;
	t->text = xstrndup(l->text + l->at, n);
	t->len = n;
	l->at += n;
}

/* 0x, 0b, 0o and an old-style leading 0, which *@p digits is moved past. */
static unsigned number_base(const char **digits)
{
	const char *p = *digits;

	if (p[0] != '0' || !p[1])
		return 10;
	switch (tolower((unsigned char)p[1])) {
	case 'x':
		*digits += 2;
		return 16;
	case 'b':
		*digits += 2;
		return 2;
	case 'o':
		*digits += 2;
		return 8;
	default:
		return 8;
	}
}

static bool parse_int(const char *digits, uint64_t *ret)
{
	unsigned base = number_base(&digits);

	*ret = 0;
	if (!*digits)
		return false;
	for (; *digits; digits++) {
		unsigned char c = (unsigned char)*digits;
		unsigned v = isdigit(c)	   ? (unsigned)(c - '0')
			     : isxdigit(c) ? (unsigned)(tolower(c) - 'a' + 10)
					   : 99;

		if (v >= base || __builtin_mul_overflow(*ret, base, ret) ||
		    __builtin_add_overflow(*ret, v, ret))
			return false;
	}
	return true;
}

static bool is_number_byte(const char *text, size_t i, bool hex)
{
	unsigned char c = (unsigned char)text[i];

	if (isalnum(c) || c == '_')
		return true;
	if (c == '.')
		return !hex;
	return (c == '+' || c == '-') && !hex && i &&
	       (text[i - 1] == 'e' || text[i - 1] == 'E');
}

static struct error *lex_number(struct lexer *l)
{
	struct expr_token *t = add_token(l, TOKEN_INT);
	const char *from = l->text + l->at;
	CLEANUP(buf_deinit) struct buf digits = {0};
	bool hex = from[0] == '0' && (from[1] == 'x' || from[1] == 'X');
	size_t n;
	char *end;

	for (n = 0; from[n] && is_number_byte(from, n, hex); n++)
		if (from[n] != '_')
			buf_addc(&digits, from[n]);
	l->at += n;
	if (!hex && strpbrk(buf_str(&digits), ".eE")) {
		t->kind = TOKEN_FLOAT;
		t->f = strtod(buf_str(&digits), &end);
		if (*end)
			return error_new(ERROR_USAGE, "'%.*s' is no number",
					 (int)n, from);
		return NULL;
	}
	if (!parse_int(buf_str(&digits), &t->u))
		return error_new(ERROR_USAGE, "'%.*s' is no number of 64 bits",
				 (int)n, from);
	return NULL;
}

/* Digits of an escape: @p n of base 16 or 8. */
static bool escape_digits(struct lexer *l, unsigned n, unsigned base,
			  uint32_t *ret)
{
	*ret = 0;
	while (n--) {
		unsigned char c = (unsigned char)l->text[l->at];
		unsigned v = isdigit(c)	   ? (unsigned)(c - '0')
			     : isxdigit(c) ? (unsigned)(tolower(c) - 'a' + 10)
					   : 99;

		if (v >= base)
			return false;
		*ret = *ret * base + v;
		l->at++;
	}
	return true;
}

/* Behind a backslash. @p is_byte: the value is a byte, not a code point. */
static bool escape(struct lexer *l, uint32_t *ret, bool *is_byte)
{
	static const char letters[] = "abfnrtv\\'\"";
	static const char values[] = "\a\b\f\n\r\t\v\\'\"";
	char c = l->text[l->at];
	const char *letter = c ? strchr(letters, c) : NULL;

	*is_byte = false;
	if (letter) {
		*ret = (unsigned char)values[letter - letters];
		l->at++;
		return true;
	}
	if (c >= '0' && c <= '7') {
		*is_byte = true;
		return escape_digits(l, 3, 8, ret) && *ret < 256;
	}
	l->at += c != 0;
	*is_byte = c == 'x';
	return c == 'x'	  ? escape_digits(l, 2, 16, ret)
	       : c == 'u' ? escape_digits(l, 4, 16, ret)
	       : c == 'U' ? escape_digits(l, 8, 16, ret) && *ret <= 0x10ffff
			  : false;
}

static struct error *bad_quote(const struct expr_token *t)
{
	return error_new(ERROR_USAGE,
			 "quoted text at %zu is not closed or has "
			 "a bad escape",
			 t->at + 1);
}

static struct error *lex_string(struct lexer *l)
{
	struct expr_token *t = add_token(l, TOKEN_STRING);
	CLEANUP(buf_deinit) struct buf out = {0};
	char quote = l->text[l->at++], c;
	bool is_byte;
	uint32_t v;

	while ((c = l->text[l->at]) && c != quote) {
		l->at++;
		if (c != '\\' || quote == '`') {
			buf_addc(&out, c);
			continue;
		}
		if (!escape(l, &v, &is_byte))
			return bad_quote(t);
		if (is_byte)
			buf_addc(&out, (char)v);
		else
			text_encode(&out, v);
	}
	if (!c)
		return bad_quote(t);
	l->at++;
	t->len = out.len;
	t->text = buf_steal(&out);
	return NULL;
}

static struct error *lex_char(struct lexer *l)
{
	struct expr_token *t = add_token(l, TOKEN_CHAR);
	bool is_byte;
	uint32_t v = 0;
	size_t n;

	l->at++;
	if (l->text[l->at] == '\\') {
		l->at++;
		if (!escape(l, &v, &is_byte))
			return bad_quote(t);
	} else {
		n = text_decode(l->text + l->at, strlen(l->text + l->at), &v);
		l->at += n;
	}
	t->u = v;
	if (l->text[l->at] != '\'')
		return bad_quote(t);
	l->at++;
	return NULL;
}

static struct error *lex_op(struct lexer *l)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(ops); i++) {
		size_t n = strlen(ops[i].text);

		if (strncmp(l->text + l->at, ops[i].text, n) != 0)
			continue;
		add_token(l, TOKEN_OP)->op = ops[i].op;
		l->at += n;
		return NULL;
	}
	return error_new(ERROR_USAGE, "'%c' at %zu means nothing here",
			 isprint((unsigned char)l->text[l->at]) ? l->text[l->at]
								: '?',
			 l->at + 1);
}

static struct error *lex_one(struct lexer *l)
{
	const char *p = l->text + l->at;

	if (is_name_byte(*p, true)) {
		lex_name(l);
		return NULL;
	}
	if (isdigit((unsigned char)*p) ||
	    (*p == '.' && isdigit((unsigned char)p[1])))
		return lex_number(l);
	if (*p == '"' || *p == '`')
		return lex_string(l);
	if (*p == '\'')
		return lex_char(l);
	return lex_op(l);
}

struct error *expr_lex(const char *text, struct expr_tokens *ret)
{
	struct lexer l = {.text = text, .ret = ret};
	struct error *err;

	*ret = (struct expr_tokens){0};
	if (strlen(text) > EXPR_TEXT_MAX)
		return error_new(ERROR_USAGE, "the expression is too long");
	for (;;) {
		while (isspace((unsigned char)text[l.at]))
			l.at++;
		if (!text[l.at])
			break;
		if ((err = lex_one(&l)))
			return err;
		ret->list[ret->count - 1].end = l.at;
	}
	add_token(&l, TOKEN_END)->end = l.at;
	return NULL;
}

void expr_tokens_deinit(struct expr_tokens *tokens)
{
	size_t i;

	for (i = 0; i < tokens->count; i++)
		free(tokens->list[i].text);
	free(tokens->list);
	*tokens = (struct expr_tokens){0};
}
