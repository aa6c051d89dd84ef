#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <inttypes.h>

#include "core/base/attr.h"
#include "core/base/buf.h"
#include "core/session/expr_tree.h"

/* The tree as an S-expression. */
static void dump(const struct expr_tree *tree, uint32_t id, struct buf *out);

static void dump_list(const struct expr_tree *tree, uint32_t id,
		      struct buf *out)
{
	for (; id; id = tree->nodes[id].next) {
		buf_addc(out, ' ');
		dump(tree, id, out);
	}
}

static void dump(const struct expr_tree *tree, uint32_t id, struct buf *out)
{
	static const char *const names[] = {
		[NODE_SELECT] = "select",    [NODE_INDEX] = "index",
		[NODE_SLICE] = "slice",	     [NODE_ASSERT] = "assert",
		[NODE_CALL] = "call",	     [NODE_DEREF] = "star",
		[NODE_ADDRESS] = "address",  [NODE_UNARY] = "unary",
		[NODE_BINARY] = "binary",    [NODE_LITERAL] = "literal",
		[NODE_PAIR] = "pair",	     [NODE_SLICE_TYPE] = "slicetype",
		[NODE_ARRAY_TYPE] = "array", [NODE_MAP_TYPE] = "map",
		[NODE_RAW_TYPE] = "raw",
	};
	const struct expr_node *n = &tree->nodes[id];

	switch (n->kind) {
	case NODE_NAME:
		buf_adds(out, n->text);
		return;
	case NODE_STRING:
		buf_printf(out, "\"%s\"", n->text);
		return;
	case NODE_INT:
	case NODE_CHAR:
		buf_printf(out, "%" PRIu64, n->u);
		return;
	case NODE_FLOAT:
		buf_printf(out, "%g", n->f);
		return;
	default:
		break;
	}
	buf_printf(out, "(%s",
		   n->kind == NODE_UNARY || n->kind == NODE_BINARY
			   ? expr_op_text((enum expr_op)n->op)
			   : names[n->kind]);
	dump_list(tree, n->a, out);
	dump_list(tree, n->b, out);
	dump_list(tree, n->c, out);
	if (n->text)
		buf_printf(out, " %s", n->text);
	buf_addc(out, ')');
}

static void expect(const char *text, const char *want)
{
	CLEANUP(expr_tree_deinit) struct expr_tree tree = {0};
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err = expr_parse(text, &tree);

	if (err)
		buf_printf(&out, "<%s>", err->message);
	else
		dump(&tree, tree.root, &out);
	error_free(err);
	assert_string_equal(buf_str(&out), want);
}

static void operators_bind_as_in_go(void **state)
{
	(void)state;
	expect("1 + 2 * 3", "(+ 1 (* 2 3))");
	expect("(1 + 2) * 3", "(* (+ 1 2) 3)");
	expect("1 - 2 - 3", "(- (- 1 2) 3)");
	expect("a || b && c == d", "(|| a (&& b (== c d)))");
	expect("1 << 2 + 3", "(+ (<< 1 2) 3)");
	expect("a &^ b | c", "(| (&^ a b) c)");
	expect("-a * !b", "(* (- a) (! b))");
	expect("^1 ^ 2", "(^ (^ 1) 2)");
	expect("a <= b != c > d", "(> (!= (<= a b) c) d)");
	expect("--a", "(- (- a))");
}

static void operands_chain_to_the_right(void **state)
{
	(void)state;
	expect("main.a.b", "(select (select main a) b)");
	expect("a[1][2:3].x", "(select (slice (index a 1) 2 3) x)");
	expect("a[:]", "(slice a)");
	expect("a[1:]", "(slice a 1)");
	expect("a[:2]", "(slice a 2)");
	expect("*a.b", "(star (select a b))");
	expect("(*a).b", "(select (star a) b)");
	expect("&a[1]", "(address (index a 1))");
	expect("a.(*main.T).x", "(select (assert a (star (select main T))) x)");
	expect("len(a.b)", "(call len (select a b))");
	expect("a[\"k\"].Items[3]", "(index (select (index a \"k\") Items) 3)");
}

static void types_are_parsed_where_values_are(void **state)
{
	(void)state;
	expect("*(*main.T)(0xc000)",
	       "(star (call (star (select main T)) 49152))");
	expect("(*\"net/http.Server\")(16)",
	       "(call (star \"net/http.Server\") 16)");
	expect("[]byte(a)", "(call (slicetype byte) a)");
	expect("[2]int{3, 4}", "(literal (array int 2) 3 4)");
	expect("a[main.P{1, Y: 2}]",
	       "(index a (literal (select main P) 1 (pair Y 2)))");
	expect("(*map[string]*main.T)(8)",
	       "(call (star (map string (star (select main T)))) 8)");
	expect("x.(map[string][]int)",
	       "(assert x (map string (slicetype int)))");
	expect("x.(struct { A int })", "(assert x (raw struct { A int }))");
	expect("x.(chan int)", "(assert x (raw int chan int))");
	expect("x.(func(int) error)", "(assert x (raw func(int) error))");
	expect("(func())(0)", "(call (raw func()) 0)");
	expect("x.(interface{})", "(assert x (raw interface{}))");
}

static void literals_are_those_of_go(void **state)
{
	(void)state;
	expect("0x_ff + 0b11 + 0o17 + 017 + 1_000", "(+ (+ (+ (+ 255 3) 15) 15)"
						    " 1000)");
	expect("1.5e3", "1500");
	expect(".5", "0.5");
	expect("'a'", "97");
	expect("'\\n'", "10");
	expect("'\\u00e9'", "233");
	expect("'é'", "233");
	expect("\"a\\x41\\101\\\\\"", "\"aAA\\\"");
	expect("`a\\n`", "\"a\\n\"");
	expect("18446744073709551615", "18446744073709551615");
	expect("18446744073709551616",
	       "<'18446744073709551616' is no number of 64 bits>");
}

static void errors_say_where(void **state)
{
	(void)state;
	expect("", "<the expression ends where a value should be>");
	expect("a b", "<'b' at 3 where the end should be>");
	expect("a[1", "<the expression ends where ']' should be>");
	expect("a.(", "<the expression ends where a type should be>");
	expect("a ? b", "<'?' at 3 means nothing here>");
	expect("\"abc", "<quoted text at 1 is not closed or has a bad escape>");
	expect("a.1", "<'.1' at 2 where the end should be>");
}

static void depth_and_length_are_bounded(void **state)
{
	CLEANUP(buf_deinit) struct buf deep = {0}, wide = {0}, types = {0};
	int i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		buf_addc(&deep, "(-*&"[i % 4]);
		buf_adds(&wide, "a+");
		buf_adds(&types, "[]");
	}
	expect(buf_str(&deep), "<the expression is too deep>");
	expect(buf_str(&wide), "<the expression is too long>");
	expect(buf_str(&types), "<the expression is too deep>");
	for (i = 0; i < 100000; i++)
		buf_addc(&wide, 'a');
	expect(buf_str(&wide), "<the expression is too long>");
}

/* No text makes the parser read past its tokens or loop. */
static void any_bytes_end_in_a_tree_or_a_message(void **state)
{
	static const char alphabet[] = "a1.\"'`()[]{}*&|^<>=!+-/%:, \\x";
	uint32_t seed = 1;
	int i, k;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct expr_tree tree = {0};
		char text[24];

		for (k = 0; k < 23; k++) {
			seed = seed * 1103515245 + 12345;
			/* NUL among them: shorter */
			text[k] = alphabet[(seed >> 16) % sizeof(alphabet)];
		}
		text[23] = 0;
		error_free(expr_parse(text, &tree));
		expr_tree_deinit(&tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_bind_as_in_go),
		cmocka_unit_test(operands_chain_to_the_right),
		cmocka_unit_test(types_are_parsed_where_values_are),
		cmocka_unit_test(literals_are_those_of_go),
		cmocka_unit_test(errors_say_where),
		cmocka_unit_test(depth_and_length_are_bounded),
		cmocka_unit_test(any_bytes_end_in_a_tree_or_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
