/* print %x and its like: one number, or a string's bytes, by a verb. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/session/expr_priv.h"

static void add_binary(uint64_t u, struct buf *out)
{
	int bit = 63;

	while (bit && !(u >> bit & 1))
		bit--;
	for (; bit >= 0; bit--)
		buf_addc(out, u >> bit & 1 ? '1' : '0');
}

static void add_int(char verb, struct expr_wide n, struct buf *out)
{
	uint64_t u = (uint64_t)(n.v < 0 ? -n.v : n.v);

	if (n.v < 0 && verb != 'c' && verb != 'U' && verb != 'q')
		buf_addc(out, '-');
	switch (verb) {
	case 'x':
		buf_printf(out, "%" PRIx64, u);
		break;
	case 'X':
		buf_printf(out, "%" PRIX64, u);
		break;
	case 'o':
		buf_printf(out, "%" PRIo64, u);
		break;
	case 'b':
		add_binary(u, out);
		break;
	case 'U':
		buf_printf(out, "U+%04" PRIX64, u);
		break;
	case 'c':
	case 'q':
		if (u >= 0x20 && u < 0x7f)
			buf_printf(out, verb == 'q' ? "'%c'" : "%c", (int)u);
		else
			buf_printf(out, "'\\u%04" PRIx64 "'", u);
		break;
	default:
		buf_printf(out, "%" PRIu64, u);
		break;
	}
}

static void add_bytes(char verb, const char *s, size_t len, struct buf *out)
{
	size_t i;

	if (verb == 'x' || verb == 'X') {
		for (i = 0; i < len; i++)
			buf_printf(out, verb == 'x' ? "%02x" : "%02X",
				   (unsigned)(unsigned char)s[i]);
		return;
	}
	buf_adds(out, verb == 'q' ? "\"" : "");
	text_quote(out, s, len);
	buf_adds(out, verb == 'q' ? "\"" : "");
}

struct error *expr_format(struct expr_context *context,
			  const struct expr_value *value, const char *format,
			  const struct print_limits *limits, struct buf *out)
{
	char verb = *format ? format[strlen(format) - 1] : 0;
	struct expr_wide n;
	struct error *err;
	const char *text;
	size_t len;
	double f;

	if (limits->redact && value->form == EXPR_TYPED) {
		buf_adds(out, "(redacted)");
		return NULL;
	}
	if (expr_is_int(context, value) && strchr("xXobdcqUv", verb)) {
		if ((err = expr_load_int(context, value, &n)))
			return err;
		add_int(verb, n, out);
		return NULL;
	}
	if (expr_is_string(context, value) && strchr("xXqsv", verb)) {
		if ((err = expr_load_string(context, value, &text, &len)))
			return err;
		add_bytes(verb, text,
			  len < limits->string ? len : limits->string, out);
		return NULL;
	}
	if (expr_is_float(context, value) && strchr("efgv", verb)) {
		if ((err = expr_load_float(context, value, &f)))
			return err;
		buf_printf(out,
			   verb == 'e'	 ? "%e"
			   : verb == 'f' ? "%f"
					 : "%g",
			   f);
		return NULL;
	}
	return error_hint(
		error_new(ERROR_USAGE, "no '%s' for that value", format),
		"numbers: %%x %%X %%o %%b %%d %%c %%q %%U; strings: "
		"%%x %%X %%q %%s; floats: %%e %%f %%g");
}
