/* types, funcs, packages, sources: names that a regular expression finds. */
#include <string.h>

#include "core/base/text.h"
#include "core/session/render.h"
#include "core/session/symbols.h"
#include "tui/prompt/shell.h"

static struct error *print_names(struct shell *shell, enum symbol_kind kind,
				 const char *match, const char *schema)
{
	CLEANUP(symbol_list_deinit) struct symbol_list list = {0};
	CLEANUP(json_deinit) struct json json = {0};
	struct error *err;
	uint32_t i;

	err = session_symbols(shell->session, kind, *match ? match : NULL,
			      &list);
	if (err)
		return err;
	if (shell->json) {
		render_begin(&json, shell->session, schema,
			     shell->limits.redact);
		json_open(&json, schema, '[');
		for (i = 0; i < list.count; i++)
			json_string(&json, NULL, list.names[i]);
		json_close(&json, ']');
		render_end(&json);
		buf_add(&shell->out, json.out.data, json.out.len);
		return NULL;
	}
	for (i = 0; i < list.count && !err; i++) {
		text_plain(&shell->out, list.names[i], strlen(list.names[i]));
		buf_addc(&shell->out, '\n');
		err = shell_flush(shell);
	}
	return err;
}

struct error *shell_types(struct shell *shell, const char *args)
{
	return print_names(shell, SYMBOL_TYPE, args, "type_names");
}

struct error *shell_funcs(struct shell *shell, const char *args)
{
	return print_names(shell, SYMBOL_FUNCTION, args, "funcs");
}

struct error *shell_packages(struct shell *shell, const char *args)
{
	return print_names(shell, SYMBOL_PACKAGE, args, "packages");
}

struct error *shell_sources(struct shell *shell, const char *args)
{
	return print_names(shell, SYMBOL_SOURCE, args, "sources");
}
