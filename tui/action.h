#ifndef TUI_ACTION_H
#define TUI_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

/**
 * What a person can ask a screen to do. One line gives the enum, the keys, the
 * hint and the help text. To add one: a line here; screens act on it by name.
 *
 * ACTION(id, key, key, key, "keys as shown", "hint", "help")
 */
enum term_key { /* above every code point */
		TKEY_UP = 0x200000,
		TKEY_DOWN,
		TKEY_LEFT,
		TKEY_RIGHT,
		TKEY_PAGE_UP,
		TKEY_PAGE_DOWN,
		TKEY_HOME,
		TKEY_END,
		TKEY_BACKSPACE,
		TKEY_DELETE,
		TKEY_ENTER,
		TKEY_ESCAPE,
		TKEY_TAB,
		TKEY_BACKTAB,
		TKEY_F1,
		TKEY_F4,
		TKEY_F5,
		TKEY_F6,
		TKEY_F7,
		TKEY_F8,
		TKEY_F9,
		TKEY_F10,
		TKEY_RESIZE,
		TKEY_CLICK,
		TKEY_WHEEL_UP,
		TKEY_WHEEL_DOWN,
		TKEY_CTRL = 0x210000, /* + letter */
};

#define ACTION_TABLE(A)                                                        \
	A(UP, TKEY_UP, 'k', 0, "Up k", "", "one row up")                       \
	A(DOWN, TKEY_DOWN, 'j', 0, "Down j", "", "one row down")               \
	A(PAGE_UP, TKEY_PAGE_UP, TKEY_CTRL + 'b', TKEY_CTRL + 'u',             \
	  "PgUp ^B ^U", "", "a page up")                                       \
	A(PAGE_DOWN, TKEY_PAGE_DOWN, TKEY_CTRL + 'f', TKEY_CTRL + 'd',         \
	  "PgDn ^F ^D", "", "a page down")                                     \
	A(HOME, TKEY_HOME, 0, 0, "Home", "", "first row")                      \
	A(END, TKEY_END, 'G', 0, "End G", "", "last row")                      \
	A(OPEN, TKEY_ENTER, 0, 0, "Enter", "open",                             \
	  "open the selected row, or what the grid's cursor is on")            \
	A(BACK, TKEY_BACKSPACE, 0, 0, "Bksp", "back",                          \
	  "back to the view before")                                           \
	A(RIGHT, TKEY_RIGHT, 'l', 0, "Right l", "",                            \
	  "open; in a grid: a cell to the right")                              \
	A(LEFT, TKEY_LEFT, 'h', 0, "Left h", "",                               \
	  "back; in a grid: a cell to the left")                               \
	A(ESCAPE, TKEY_ESCAPE, 0, 0, "Esc", "", "clear the filter, or back")   \
	A(CLOSE, 'q', 0, 0, "q", "back", "close the view; at the top: quit")   \
	A(QUIT, 'Q', TKEY_F10, 0, "Q F10", "quit", "quit at once")             \
	A(OVERVIEW, '1', 0, 0, "1", "overview", "Overview")                    \
	A(MAPS, '2', 0, 0, "2", "maps", "Maps")                                \
	A(TYPES, '3', 0, 0, "3", "types", "Types")                             \
	A(DOMINATORS, '4', 0, 0, "4", "dominators", "Dominators")              \
	A(GOROUTINES, '5', 0, 0, "5", "goroutines", "Goroutines")              \
	A(PROFILE, '6', 0, 0, "6", "profile",                                  \
	  "Profile: who allocated, who holds")                                 \
	A(MEMORY, '7', 0, 0, "7", "memory", "Memory and GC")                   \
	A(CONTAINERS, 'o', 0, 0, "o", "containers",                            \
	  "Containers: sync.Map, lists, channels; Map: the old table")         \
	A(DIFF, '8', 0, 0, "8", "diff", "Diff: what changed since the base")   \
	A(WATCH, '9', 0, 0, "9", "watch", "Watch: figures over the samples")   \
	A(LOG, '0', 0, 0, "0", "log", "Log: warnings of the sample")           \
	A(NEXT_SCREEN, TKEY_TAB, 0, 0, "Tab", "next",                          \
	  "the next top screen; References: paths, in, out; Help: parts")      \
	A(PREVIOUS_SCREEN, TKEY_BACKTAB, 0, 0, "S-Tab", "",                    \
	  "the previous top screen")                                           \
	A(SEARCH, '/', 0, 0, "/", "find", "search (regex)")                    \
	A(SEARCH_NEXT, 'n', 0, 0, "n", "", "next match")                       \
	A(SEARCH_BACK, 'N', 0, 0, "N", "", "previous match")                   \
	A(FILTER, '\\', TKEY_F4, 0, "\\ F4", "filter",                         \
	  "filter while you type: entries>1000 load<10% word")                 \
	A(SORT, 's', TKEY_F6, 0, "s F6", "sort", "choose the sort column")     \
	A(REVERSE, 'S', 0, 0, "S", "", "reverse the order")                    \
	A(SORT_LEFT, '<', 0, 0, "<", "", "sort by the column to the left")     \
	A(SORT_RIGHT, '>', 0, 0, ">", "", "sort by the column to the right")   \
	A(GROUP, ',', TKEY_F7, 0, ", F7", "group",                             \
	  "group by owner, type, package, none; Entries: value, key prefix")   \
	A(STD, 'H', 0, 0, "H", "std",                                          \
	  "what the standard library has: hide, dim, show; Dominators: skip; " \
	  "Containers: empty ones")                                            \
	A(LEAST, 'L', 0, 0, "L", "least",                                      \
	  "Dominators: only what retains a share of the heap; Watch: NDJSON")  \
	A(KEY_TYPE, 'K', 0, 0, "K", "",                                        \
	  "Maps: only those whose key's type matches")                         \
	A(ENTRIES, 'e', TKEY_F9, 0, "e F9", "entries",                         \
	  "keys and values of the map")                                        \
	A(UNITS, 'b', 0, 0, "b", "buckets", "buckets or groups, slot by slot") \
	A(REFS, 'r', TKEY_F8, 0, "r F8", "refs",                               \
	  "references: all paths from roots to the row's object")              \
	A(DOMINATED, 'd', 0, 0, "d", "dominated",                              \
	  "what the row's object keeps alive alone")                           \
	A(VALUE, 'v', 0, 0, "v", "value", "the row's object as a value")       \
	A(MORE, 'm', 0, 0, "m", "more",                                        \
	  "more rows or paths; Diff: unchanged too")                           \
	A(CLASSES, 'c', 0, 0, "c", "cycle",                                    \
	  "Map: chart; Memory: parts, size classes, spans; Profile: sample "   \
	  "type; Diff: subject")                                               \
	A(DELTA, 'a', 0, 0, "a", "abs/delta/%",                                \
	  "Diff: the change, both sides, the change in percent")               \
	A(PREVIOUS, '[', 0, 0, "[", "prev",                                    \
	  "the list's previous map; previous bucket or group; Diff: base")     \
	A(NEXT, ']', 0, 0, "]", "next",                                        \
	  "the list's next map; next bucket or group; Diff: base")             \
	A(TABLE_BACK, '{', 0, 0, "{", "", "previous table (current array)")    \
	A(TABLE_NEXT, '}', 0, 0, "}", "table", "next table (old array)")       \
	A(TREE, 't', TKEY_F5, 0, "t F5", "tree",                               \
	  "unfold a group into its maps, and fold it; Profile: a tree")        \
	A(EXPAND, '+', 0, 0, "+", "", "unfold the row")                        \
	A(COLLAPSE, '-', 0, 0, "-", "", "fold the row")                        \
	A(EXPAND_ALL, '*', 0, 0, "*", "", "unfold or fold all rows")           \
	A(TAG, ' ', 0, 0, "Space", "mark", "mark the row")                     \
	A(UNTAG, 'U', 0, 0, "U", "", "take all marks away")                    \
	A(COMPARE, '=', 0, 0, "=", "", "compare the two marked rows")          \
	A(INFO, 'i', 0, 0, "i", "info", "all columns of the row, explained")   \
	A(BARS, 'g', 0, 0, "g", "",                                            \
	  "bars of the sorted column, shares, both, none")                     \
	A(UNIT_STYLE, 'u', 0, 0, "u", "", "sizes by 1024, by 1000, in bytes")  \
	A(ANOMALIES, 'A', 0, 0, "A", "", "only maps with a flag")              \
	A(ACCEPT, 'F', 0, 0, "F", "",                                          \
	  "Overview: accept the finding, it is not shown again")               \
	A(DUPLICATES, 'D', 0, 0, "D", "twins",                                 \
	  "Entries: values that more than one entry has")                      \
	A(JUMP, 'J', 0, 0, "J", "odd one",                                     \
	  "Buckets: the next one with a long chain or deleted slots")          \
	A(GO_TO, '#', 0, 0, "#", "number", "Buckets, Entries: go to a number") \
	A(PROFILE_FILE, 'P', 0, 0, "P", "write",                               \
	  "Profile: write it for go tool pprof")                               \
	A(FOCUS, 'f', 0, 0, "f", "focus",                                      \
	  "Profile: only stacks with a name; Entries: find a key")             \
	A(IGNORE, 'I', 0, 0, "I", "ignore",                                    \
	  "References: no paths through the row's type; Profile: no stacks")   \
	A(EXCLUDE, 'X', 0, 0, "X", "", "References: leave out what matches")   \
	A(FOLLOW, '@', 0, 0, "@", "follow", "Value: what the row refers to")   \
	A(EXPRESSION, 'p', 0, 0, "p", "",                                      \
	  "Value: copy delve's expression; Memory: spans; Profile: peek")      \
	A(HEX, 'x', 0, 0, "x", "hex", "the row's bytes")                       \
	A(SAVE, 'W', 0, 0, "W", "save", "write a snapshot")                    \
	A(REPORT, 'B', 0, 0, "B", "report", "write a bug report")              \
	A(EXPORT, 'E', 0, 0, "E", "",                                          \
	  "write the view: .csv .tsv .md .json .txt")                          \
	A(MAXIMISE, 'O', 0, 0, "O", "",                                        \
	  "wide terminals: one pane, or panes for the row beside it")          \
	A(RESAMPLE, 'R', 0, 0, "R", "resample", "take a new sample")           \
	A(BASE, 'M', 0, 0, "M", "base", "make this sample the base of Diff")   \
	A(WATCH_ROW, 'w', 0, 0, "w", "watch",                                  \
	  "watch the row's owner; on Watch: a metric")                         \
	A(WATCH_RUN, 'Z', 0, 0, "Z", "run/pause",                              \
	  "take samples by themselves, or not")                                \
	A(WATCH_FASTER, '(', 0, 0, "(", "faster", "twice as many samples")     \
	A(WATCH_SLOWER, ')', 0, 0, ")", "", "half as many samples")            \
	A(WATCH_LIMIT, 'T', 0, 0, "T", "threshold",                            \
	  "say when a figure passes: rss>1G | entries/s>10")                   \
	A(REDACT, 'z', 0, 0, "z", "redact", "hide keys and values")            \
	A(YANK, 'y', 0, 0, "y", "", "copy the address of the row")             \
	A(COMMAND, 'Y', 0, 0, "Y", "", "copy the command for this view")       \
	A(PROMPT, ':', '`', 0, ": `", "",                                      \
	  "the prompt: delve's commands; Esc leaves it")                       \
	A(HELP, '?', TKEY_F1, 0, "? F1", "help", "this help")                  \
	A(REDRAW, TKEY_CTRL + 'l', 0, 0, "^L", "", "draw the screen again")

enum action {
	ACTION_NONE,
#define ACTION_ID(id, ...) ACTION_##id,
	ACTION_TABLE(ACTION_ID)
#undef ACTION_ID
		ACTION_COUNT
};

struct action_info {
	int keys[3];
	const char *shown, *hint, *help;
};

const struct action_info *action_info(enum action action);
/**
 * By how many rows it moves a cursor, past any end for Home and End; @p page
 * is what PgDn moves by. False if it moves none.
 */
bool action_moves(enum action action, int64_t page, int64_t *step_ret);
enum action action_of_key(int key);
/** "unit-style": the name in the configuration. */
void action_name(enum action action, struct buf *out);
/** ACTION_NONE if there is no such name. */
enum action action_of_name(const char *name);
/**
 * @p keys as help shows them, "t F5": at most three, which other actions lose.
 * False if they are no keys; nothing changes unless @p apply.
 */
bool action_set_keys(enum action action, const char *keys, bool apply);

#endif
