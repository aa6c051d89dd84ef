/* print, whatis and examinemem. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/session/expr.h"
#include "core/session/render.h"
#include "tui/prompt/shell.h"

enum { EXAMINE_MAX = 1 << 16 }; /* bytes */

static void context_cleanup(struct expr_context **context)
{
	expr_context_free(*context);
}

static struct expr_context *context_of(const struct shell *shell)
{
	struct expr_context *context = expr_context_new(
		shell->session, shell->goroutine, shell->frame);

	expr_context_deferred(context, shell->deferred);
	return context;
}

static struct error *no_expression(const char *usage)
{
	return error_hint(error_new(ERROR_USAGE, "no expression"), "%s", usage);
}

static struct error *print_value(struct shell *shell, const char *text,
				 const char *format)
{
	CLEANUP(context_cleanup) struct expr_context *context = NULL;
	CLEANUP(json_deinit) struct json json = {0};
	struct expr_value value;
	struct error *err;

	context = context_of(shell);
	if ((err = expr_eval(context, text, &value)))
		return err;
	if (shell->json) {
		render_begin(&json, shell->session, "print",
			     shell->limits.redact);
		json_string(&json, "expr", text);
		if (value.form == EXPR_TYPED && value.addressable)
			json_address(&json, "addr", value.addr);
		else
			json_null(&json, "addr");
		json_raw(&json, "value");
		expr_json(context, &value, &shell->limits, &json.out);
		render_end(&json);
		buf_add(&shell->out, json.out.data, json.out.len);
		return NULL;
	}
	if (*format)
		err = expr_format(context, &value, format, &shell->limits,
				  &shell->out);
	else
		expr_text(context, &value, &shell->limits, &shell->out);
	if (!err)
		buf_addc(&shell->out, '\n');
	return err;
}

struct error *shell_print(struct shell *shell, const char *args)
{
	CLEANUP(free_cleanup) char *format = NULL;
	size_t n = *args == '%' ? strcspn(args, " \t") : 0;

	format = xstrndup(args, n);
	args += n;
	args += strspn(args, " \t");
	if (!*args)
		return no_expression("print [%format] expression");
	return print_value(shell, args, format);
}

static void add_location(const struct expr_value *value, struct buf *out)
{
	if (value->addr < SAMPLE_OVERLAY)
		buf_printf(out, "location: 0x%" PRIx64 "\n", value->addr);
	else
		buf_adds(out, "location: none in memory\n");
}

struct error *shell_whatis(struct shell *shell, const char *args)
{
	CLEANUP(context_cleanup) struct expr_context *context = NULL;
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(buf_deinit) struct buf type = {0};
	struct expr_value value;
	struct error *err;
	uint64_t size;

	if (!*args)
		return no_expression("whatis expression or type");
	context = context_of(shell);
	if ((err = expr_eval_type(context, args, &value)))
		return err;
	expr_type_text(context, &value, &type);
	if (!shell->json) {
		buf_printf(&shell->out, "%s\n", buf_str(&type));
		if (shell->show_location && value.form == EXPR_TYPED)
			add_location(&value, &shell->out);
		return NULL;
	}
	render_begin(&json, shell->session, "whatis", shell->limits.redact);
	json_string(&json, "expr", args);
	json_string(&json, "type", buf_str(&type));
	if (expr_size(context, &value, &size))
		json_u64(&json, "size", size);
	else
		json_null(&json, "size");
	render_end(&json);
	buf_add(&shell->out, json.out.data, json.out.len);
	return NULL;
}

struct examine {
	struct shell *shell;
	char format; /* x d o b: first letter of delve's names */
	uint64_t count, size, addr;
	bool by_expression;
};

static struct error *parse_format(const char *text, char *ret)
{
	static const char *const names[] = {"hex",     "hexadecimal", "dec",
					    "decimal", "oct",	      "octal",
					    "bin",     "binary",      "raw"};
	static const char letters[] = "xxddoobbr";
	size_t i;

	for (i = 0; text && i < ARRAY_LEN(names); i++) {
		if (!strcmp(text, names[i])) {
			*ret = letters[i];
			return NULL;
		}
	}
	return error_new(ERROR_USAGE,
			 "-fmt is hex, dec, oct, bin or raw, not '%s'",
			 text ? text : "");
}

/* Flags in front; what is left is the address or expression. */
static struct error *parse_examine(struct examine *e, const char **args)
{
	const char *p = *args;

	while (*p == '-' && isalpha((unsigned char)p[1])) {
		CLEANUP(free_cleanup) char *flag = NULL, *value = NULL;
		size_t n = strcspn(p, " \t");
		struct error *err = NULL;

		flag = xstrndup(p, n);
		p += n;
		p += strspn(p, " \t");
		if (!strcmp(flag, "-x")) {
			e->by_expression = true;
			break;
		}
		n = strcspn(p, " \t");
		value = xstrndup(p, n);
		p += n;
		p += strspn(p, " \t");
		if (!strcmp(flag, "-fmt"))
			err = parse_format(value, &e->format);
		else if ((strcmp(flag, "-count") && strcmp(flag, "-len") &&
			  strcmp(flag, "-size")) ||
			 !shell_number(value,
				       flag[1] == 's' ? &e->size : &e->count))
			err = error_new(ERROR_USAGE,
					"examinemem has no '%s %s'", flag,
					value);
		if (err)
			return err;
	}
	*args = p;
	return NULL;
}

static void add_binary(struct buf *out, uint64_t v, unsigned bits)
{
	while (bits--)
		buf_addc(out, v >> bits & 1 ? '1' : '0');
}

static void add_word(struct buf *out, const struct examine *e, uint64_t v)
{
	unsigned bits = (unsigned)e->size * 8;

	switch (e->format) {
	case 'd':
		buf_printf(out, "%*" PRIu64, (int)(bits / 3 + 1), v);
		break;
	case 'o':
		buf_printf(out, "0%0*" PRIo64, (int)(bits / 3 + 1), v);
		break;
	case 'b':
		add_binary(out, v, bits);
		break;
	default:
		buf_printf(out, "0x%0*" PRIx64, (int)e->size * 2, v);
		break;
	}
}

static void examine_text(const struct examine *e, const uint8_t *bytes)
{
	struct buf *out = &e->shell->out;
	uint64_t i, line = e->format == 'b' ? 4 : e->size == 1 ? 8 : 4;

	if (e->format == 'r') {
		buf_add(out, bytes, e->count * e->size);
		return;
	}
	for (i = 0; i < e->count; i++) {
		uint64_t v = 0;

		memcpy(&v, bytes + i * e->size, e->size);
		if (i % line == 0)
			buf_printf(out, "%s0x%" PRIx64 ":  ", i ? "\n" : "",
				   e->addr + i * e->size);
		else
			buf_adds(out, "  ");
		add_word(out, e, v);
	}
	buf_addc(out, '\n');
}

static void examine_json(const struct examine *e, const uint8_t *bytes)
{
	CLEANUP(json_deinit) struct json json = {0};
	uint64_t i;

	render_begin(&json, e->shell->session, "examinemem",
		     e->shell->limits.redact);
	json_address(&json, "addr", e->addr);
	json_u64(&json, "size", e->size);
	json_open(&json, "values", '[');
	for (i = 0; i < e->count; i++) {
		uint64_t v = 0;

		memcpy(&v, bytes + i * e->size, e->size);
		json_address(&json, NULL, v);
	}
	json_close(&json, ']');
	render_end(&json);
	buf_add(&e->shell->out, json.out.data, json.out.len);
}

static struct error *examine(const struct examine *e)
{
	CLEANUP(free_cleanup) uint8_t *bytes = NULL;
	struct error *err;

	if (e->shell->limits.redact)
		return error_new(ERROR_USAGE,
				 "bytes of the target are not shown while "
				 "redacting");
	if (!e->size || e->size > 8 || !e->count ||
	    e->count > EXAMINE_MAX / e->size)
		return error_new(ERROR_USAGE,
				 "-size is 1 to 8 bytes, all together up to "
				 "64 KiB");
	bytes = xcalloc(e->count, e->size);
	err = session_read(e->shell->session, e->addr, bytes,
			   e->count * e->size);
	if (err)
		return err;
	if (e->shell->json)
		examine_json(e, bytes);
	else
		examine_text(e, bytes);
	return NULL;
}

struct error *shell_examine(struct shell *shell, const char *args)
{
	CLEANUP(context_cleanup) struct expr_context *context = NULL;
	struct examine e = {
		.shell = shell,
		.format = 'x',
		.count = 1,
		.size = 1,
	};
	struct expr_value value;
	struct error *err;

	if ((err = parse_examine(&e, &args)))
		return err;
	if (!*args)
		return no_expression("examinemem [-fmt hex|dec|oct|bin|raw] "
				     "[-count N] [-size N] ADDR or -x EXPR");
	context = context_of(shell);
	if ((err = expr_eval(context, args, &value)))
		return err;
	/* A value that is no address stands for its own place. */
	if (!expr_address(context, &value, &e.addr)) {
		if (value.form != EXPR_TYPED || !value.addressable)
			return error_new(ERROR_USAGE, "'%s' has no address",
					 args);
		e.addr = value.addr;
	}
	return examine(&e);
}
