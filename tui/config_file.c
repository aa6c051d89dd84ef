/* Reading configuration files into lines. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/near.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "tui/config_priv.h"

enum { LINES_MAX = 10000 };
static const char SYSTEM_FILE[] = "/etc/mapscope.conf";

void config_complain(struct config *config, const char *origin,
		     const char *what, const char *name,
		     const struct near_names *near)
{
	CLEANUP(buf_deinit) struct buf text = {0};

	buf_printf(&text, "%s '", what);
	text_plain(&text, name, strlen(name));
	buf_addc(&text, '\'');
	if (near && near->count) {
		buf_adds(&text, "; did you mean ");
		near_text(near, &text);
		buf_addc(&text, '?');
	}
	fprintf(stderr, "mapscope: %s: %s\n", origin, buf_str(&text));
	config->complaints++;
}

/* Blanks at both ends go; in place. */
static char *trim(char *s)
{
	char *end = s + strlen(s);

	while (isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

static char *unquote(char *s)
{
	size_t n = strlen(s);

	if (n < 2 || s[0] != '"' || s[n - 1] != '"')
		return s;
	s[n - 1] = '\0';
	return s + 1;
}

static void add(struct config *config, const char *section, const char *key,
		const char *value, const char *origin)
{
	if (config->count >= LINES_MAX)
		return;
	GROW_ARRAY(config->lines, config->count, config->cap);
	config->lines[config->count++] = (struct config_line){
		.section = xstrdup(section),
		.key = xstrdup(key),
		.value = xstrdup(value),
		.origin = xstrdup(origin),
	};
}

static void read_line(struct config *config, char *line, char **section,
		      const char *origin)
{
	char *text = trim(line), *equals = strchr(text, '=');

	if (!*text || *text == '#' || *text == ';')
		return;
	if (*text == '[' && text[strlen(text) - 1] == ']') {
		text[strlen(text) - 1] = '\0';
		free(*section);
		*section = xstrdup(trim(text + 1));
		return;
	}
	if (!equals) {
		config_complain(config, origin, "no 'key = value':", text,
				NULL);
		return;
	}
	*equals = '\0';
	add(config, *section, trim(text), unquote(trim(equals + 1)), origin);
}

/* False if there is no such file. */
static bool read_file(struct config *config, const char *path,
		      const char *section)
{
	CLEANUP(free_cleanup) char *line = NULL, *in = xstrdup(section);
	FILE *f = fopen(path, "re");
	size_t room = 0;
	unsigned n = 0;

	if (!f)
		return false;
	while (n < LINES_MAX && getline(&line, &room, f) > 0) {
		CLEANUP(free_cleanup)
		char *origin = xasprintf("%s:%u", path, ++n);

		read_line(config, line, &in, origin);
	}
	fclose(f);
	return true;
}

char *config_path(const char *name)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (base && *base == '/')
		return xasprintf("%s/mapscope/%s", base, name);
	if (home && *home == '/')
		return xasprintf("%s/.config/mapscope/%s", home, name);
	return NULL;
}

void config_load(struct config *config, const struct options *options)
{
	CLEANUP(free_cleanup) char *own = config_path("config");
	CLEANUP(free_cleanup) char *accepted = config_path("accepted");
	const char *named =
		options->config ? options->config : getenv("MAPSCOPE_CONFIG");

	config->none = options->no_config != NULL;
	config->named = named && *named ? named : NULL;
	if (config->none)
		return;
	read_file(config, SYSTEM_FILE, "");
	if (config->named) {
		if (!read_file(config, named, ""))
			config_complain(config, named, strerror(errno),
					"configuration", NULL);
	} else if (own) {
		read_file(config, own, "");
	}
	if (accepted)
		read_file(config, accepted, "accepted");
	config_check(config);
}

void config_deinit(struct config *config)
{
	uint32_t i;

	for (i = 0; i < config->count; i++) {
		free(config->lines[i].section);
		free(config->lines[i].key);
		free(config->lines[i].value);
		free(config->lines[i].origin);
	}
	free(config->lines);
	*config = (struct config){0};
}
