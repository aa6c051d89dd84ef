#ifndef TUI_COMMANDS_COMMANDS_H
#define TUI_COMMANDS_COMMANDS_H

/**
 * One file a command, one `const struct command` each. To add one: write
 * tui/commands/NAME.c, declare its entry here and list it in registry.c. Its
 * help, man page and completions follow from the entry and tui/options.h.
 */
#include "tui/cli.h"

extern const struct command attach_entry, core_entry, maps_entry, map_entry,
	entries_entry, findings_entry, refs_entry, retained_entry, types_entry,
	objects_entry, find_entry, addr_entry, stats_entry, ps_entry,
	doctor_entry, schema_entry, completion_entry, man_entry, version_entry,
	help_entry;

extern const struct command containers_entry, heapprofile_entry,
	refprofile_entry;

extern const struct command snapshot_entry, open_entry, diff_entry, watch_entry;

extern const struct command report_entry;

extern const struct command goroutines_entry, stack_entry, locals_entry,
	args_entry, vars_entry, print_entry, whatis_entry, examinemem_entry,
	prompt_entry, eval_entry;

extern const struct command config_entry;

struct refs;
/** The paths for Graphviz, to the file @p path; "-" is stdout. */
struct error *refs_dot(const struct refs *refs, const char *path) MUST_CHECK;
/** The same for go tool pprof, to a new file (or @p force). */
struct error *refs_pprof(const struct refs *refs, const char *path,
			 bool force) MUST_CHECK;
/** Entries of map number @p map in the order or groups the options ask for. */
struct error *entries_print_order(const struct cli *cli,
				  const struct session *session,
				  uint32_t map) MUST_CHECK;
/** Where --key of map number @p map is. */
struct error *map_print_key(const struct cli *cli,
			    const struct session *session,
			    uint32_t map) MUST_CHECK;
/** The Overview as text, for a stdout that is no terminal. */
struct error *overview_print(const struct cli *cli,
			     const struct session *session) MUST_CHECK;

#endif
