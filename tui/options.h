#ifndef TUI_OPTIONS_H
#define TUI_OPTIONS_H

/**
 * Every command-line option once: the parser, --help, the man page and the
 * shell completions are made from this table. To add one: a line here; its
 * value is options->NAME (a string, or "1" for a switch).
 *
 * OPTION(field, "long", short or 0, "ARG" or NULL for a switch or "[=ARG]",
 *        without which it is a switch whose value is "all",
 *        "commands it is for" ("*" = all), "help")
 */
#define OPTION_TABLE(OPTION)                                                   \
	OPTION(help, "help", 'h', NULL, "*", "show help")                      \
	OPTION(version, "version", 0, NULL, "*", "show the version")           \
	OPTION(json, "json", 0, NULL, "*", "one JSON object on stdout")        \
	OPTION(ndjson, "ndjson", 0, NULL,                                      \
	       "maps entries findings objects ps watch",                       \
	       "one JSON object a line")                                       \
	OPTION(csv, "csv", 0, NULL,                                            \
	       "maps entries findings objects types retained containers diff", \
	       "comma-separated values")                                       \
	OPTION(tsv, "tsv", 0, NULL,                                            \
	       "maps entries findings objects types retained containers diff", \
	       "tab-separated values")                                         \
	OPTION(md, "md", 0, NULL,                                              \
	       "maps entries findings objects types retained containers diff", \
	       "a Markdown table")                                             \
	OPTION(no_header, "no-header", 0, NULL,                                \
	       "maps entries findings objects types retained containers diff " \
	       "ps",                                                           \
	       "no header line")                                               \
	OPTION(columns, "columns", 0, "LIST",                                  \
	       "maps entries findings objects types retained containers diff", \
	       "columns, by comma")                                            \
	OPTION(sort, "sort", 's', "KEY",                                       \
	       "maps entries findings objects types retained containers diff", \
	       "sort key, with -asc or -desc")                                 \
	OPTION(limit, "limit", 'n', "N",                                       \
	       "maps entries findings objects types retained containers refs " \
	       "find diff",                                                    \
	       "at most N rows")                                               \
	OPTION(filter, "filter", 'f', "EXPR",                                  \
	       "maps entries findings objects types retained containers diff", \
	       "only rows that match, see `help filters`")                     \
	OPTION(group, "group", 'g', "BY", "maps entries types diff",           \
	       "maps: owner, type, package or none; types: type or package; "  \
	       "entries: value or prefix of the key")                          \
	OPTION(hist, "hist", 0, NULL, "maps map",                              \
	       "histogram of chain lengths; map: of hits, misses, fill, too")  \
	OPTION(fail_on, "fail-on", 0, "EXPR", "maps findings diff watch",      \
	       "exit 10 if any row matches; watch: if METRIC>VALUE holds")     \
	OPTION(every, "every", 0, "TIME", "watch attach",                      \
	       "time between samples, 10s; interface: samples by themselves")  \
	OPTION(count, "count", 0, "N", "watch", "end after N samples")         \
	OPTION(duration, "for", 0, "TIME", "watch", "end after TIME")          \
	OPTION(metric, "metric", 0, "LIST", "watch",                           \
	       "metrics, by comma: rss, main.cache.entries")                   \
	OPTION(max_duty, "max-duty", 0, "SHARE", "watch",                      \
	       "stop the target for at most this share of time, default 1%")   \
	OPTION(prom, "prom", 0, NULL, "stats", "Prometheus text format")       \
	OPTION(parts, "parts", 0, NULL, "stats",                               \
	       "where the memory is, and why RSS is not the heap")             \
	OPTION(classes, "classes", 0, NULL, "stats", "size classes")           \
	OPTION(spans, "spans", 0, NULL, "stats",                               \
	       "spans by size class, with and without pointers: use, waste")   \
	OPTION(all, "all", 0, NULL, "*",                                       \
	       "unreachable memory too; refs: do not merge paths; ps: all")    \
	OPTION(runtime, "runtime", 0, NULL, "maps findings diff",              \
	       "maps of the runtime and standard library too")                 \
	OPTION(entries, "entries", 0, "[N]", "map", "show N entries, 20")      \
	OPTION(buckets, "buckets", 0, NULL, "map", "show buckets or groups")   \
	OPTION(anomalies, "anomalies", 0, NULL, "map",                         \
	       "show long chains, groups with deleted slots")                  \
	OPTION(key, "key", 0, "EXPR", "map",                                   \
	       "where this key is or would be, and how a lookup gets there")   \
	OPTION(expect, "expect", 0, NULL, "map",                               \
	       "beside the chain lengths those that a good hash gives")        \
	OPTION(range, "range", 0, "A:B", "entries map",                        \
	       "entries, or buckets, A up to B")                               \
	OPTION(match, "match", 0, "RE", "entries",                             \
	       "only entries whose key or value matches")                      \
	OPTION(values, "values", 0, "HOW", "entries",                          \
	       "none, short or full (default)")                                \
	OPTION(paths, "paths", 0, "N", "refs",                                 \
	       "at most N paths to roots (10)")                                \
	OPTION(exclude, "exclude", 0, "RE", "refs",                            \
	       "no paths through types, from roots that match")                \
	OPTION(dot, "dot", 0, "FILE", "refs",                                  \
	       "write the paths as a graph for Graphviz")                      \
	OPTION(pprof, "pprof", 0, "FILE", "refs",                              \
	       "write the paths as a profile for go tool pprof")               \
	OPTION(depth, "depth", 0, "N", "refs",                                 \
	       "only paths of at most N objects; --in, --out: N levels")       \
	OPTION(in, "in", 0, NULL, "refs", "references to the object")          \
	OPTION(out, "out", 0, NULL, "refs", "references from the object")      \
	OPTION(type, "type", 0, "RE", "objects", "only types that match")      \
	OPTION(min_size, "min-size", 0, "SIZE", "objects",                     \
	       "only objects of at least SIZE")                                \
	OPTION(unreachable, "unreachable", 0, NULL, "objects",                 \
	       "only objects that nothing refers to")                          \
	OPTION(by, "by", 0, "WHAT", "retained",                                \
	       "object (default), type or package: the tops added up")         \
	OPTION(skip, "skip", 0, "RE|std", "retained",                          \
	       "instead of objects of types that match what they dominate")    \
	OPTION(threshold, "threshold", 0, "SIZE", "retained",                  \
	       "only what retains so much; 1% of the live heap, 10M")          \
	OPTION(tree, "tree", 0, NULL, "heapprofile refprofile",                \
	       "an indented tree instead of the top")                          \
	OPTION(sample_index, "sample-index", 0, "TYPE",                        \
	       "heapprofile refprofile",                                       \
	       "inuse_space (default), inuse_objects, alloc_space, ...")       \
	OPTION(focus, "focus", 0, "RE", "heapprofile refprofile",              \
	       "only stacks in which a name matches")                          \
	OPTION(ignore, "ignore", 0, "RE", "heapprofile refprofile",            \
	       "no stacks in which a name matches")                            \
	OPTION(peek, "peek", 0, "RE", "heapprofile refprofile",                \
	       "callers and callees of what matches")                          \
	OPTION(max_depth, "max-depth", 0, "N", "refprofile",                   \
	       "steps of a path (256)")                                        \
	OPTION(freeze, "freeze", 0, "MODE", "*",                               \
	       "copy (default), stop, nonstop or fork")                        \
	OPTION(max_stop, "max-stop", 0, "TIME", "*",                           \
	       "longest stop of the target, default 1s")                       \
	OPTION(max_mem, "max-mem", 0, "SIZE", "*",                             \
	       "copy past SIZE goes to a temporary file")                      \
	OPTION(max_cow, "max-cow", 0, "SIZE", "*",                             \
	       "fork: memory the target may copy on write")                    \
	OPTION(max_age, "max-age", 0, "TIME", "*",                             \
	       "fork: life of an image, 60s; interface 10m; copying: 10x")     \
	OPTION(threads, "threads", 0, "N", "*", "worker threads, default all") \
	OPTION(no_retained, "no-retained", 0, NULL, "*",                       \
	       "skip retained sizes")                                          \
	OPTION(redact, "redact", 0, "LEVEL", "*",                              \
	       "none, basic (no keys, values), names, full")                   \
	OPTION(debug_dir, "debug-info-dir", 0, "DIR", "*",                     \
	       "where separate debug files are")                               \
	OPTION(exe, "exe", 0, "FILE", "*", "the target's binary")              \
	OPTION(output, "output", 'o', "FILE",                                  \
	       "snapshot report heapprofile refprofile watch", "write FILE")   \
	OPTION(format, "format", 0, "LIST", "report",                          \
	       "of md, html, json, heap, refs, msnap; dir or zip")             \
	OPTION(include, "include", 0, "LIST", "report",                        \
	       "of heapprofile, refs, goroutines, or none; default all")       \
	OPTION(base, "base", 0, "SNAPSHOT", "report",                          \
	       "an earlier snapshot to compare with")                          \
	OPTION(suspect, "suspect", 0, "LIST", "report",                        \
	       "maps to tell most of: addresses, owners, expressions")         \
	OPTION(title, "title", 0, "TEXT", "report", "title of the report")     \
	OPTION(top, "top", 0, "[N]", "report types heapprofile refprofile",    \
	       "rows of a table, 20; types: as --limit")                       \
	OPTION(yes, "yes", 'y', NULL, "report", "write without asking")        \
	OPTION(level, "level", 0, "LEVEL", "snapshot",                         \
	       "stats, maps (default) or full")                                \
	OPTION(compress, "compress", 0, "HOW", "snapshot",                     \
	       "of level full: zstd (default), 1 to 19 as its level, none")    \
	OPTION(only, "only", 0, "STATES", "diff",                              \
	       "of new,gone,grew,shrank,churned,same")                         \
	OPTION(min, "min", 0, "SIZE", "diff",                                  \
	       "only changes of at least SIZE retained or stored")             \
	OPTION(elf, "elf", 0, NULL, "snapshot",                                \
	       "an ELF core for gdb and delve instead")                        \
	OPTION(force, "force", 0, NULL,                                        \
	       "snapshot report heapprofile refprofile refs",                  \
	       "replace an existing file")                                     \
	OPTION(init, "init", 0, "FILE", "attach core open",                    \
	       "commands of the prompt to begin with")                         \
	OPTION(waitfor, "waitfor", 0, "PREFIX", "*",                           \
	       "no TARGET: wait for a command line that begins so")            \
	OPTION(waitfor_interval, "waitfor-interval", 0, "TIME", "*",           \
	       "look every TIME (a number: milliseconds), 10ms")               \
	OPTION(waitfor_duration, "waitfor-duration", 0, "TIME", "*",           \
	       "give up after TIME (a number: seconds)")                       \
	OPTION(units, "units", 0, "UNITS", "*",                                \
	       "of sizes: iec (default), si or bytes")                         \
	OPTION(color, "color", 0, "WHEN", "*", "auto, always or never")        \
	OPTION(ascii, "ascii", 0, NULL, "*", "no Unicode on screens")          \
	OPTION(fix_hints, "fix-hints", 0, NULL, "doctor",                      \
	       "print commands that would help")                               \
	OPTION(config, "config", 0, "FILE", "*",                               \
	       "read FILE instead of the user's configuration")                \
	OPTION(no_config, "no-config", 0, NULL, "*", "read no configuration")  \
	OPTION(accepted, "accepted", 0, NULL, "findings",                      \
	       "those too that were accepted")                                 \
	OPTION(quiet, "quiet", 'q', NULL, "*", "no progress on stderr")        \
	OPTION(verbose, "verbose", 'v', NULL, "*", "log more (twice: debug)")  \
	OPTION(log, "log", 0, "[=LIST]", "*",                                  \
	       "log what is done, of command, phase, target, binary, "         \
	       "analysis, file, ui")                                           \
	OPTION(log_dest, "log-dest", 0, "FILE", "*",                           \
	       "log to FILE or file descriptor, else to stderr")

struct options {
#define OPTION(field, name, letter, arg, commands, help) const char *field;
	OPTION_TABLE(OPTION)
#undef OPTION
};

#endif
