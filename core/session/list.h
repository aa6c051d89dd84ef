#ifndef CORE_SESSION_LIST_H
#define CORE_SESSION_LIST_H

/**
 * Lists that front ends show: rows of one kind described by columns. The same
 * description gives a screen's header, `--columns`, `--sort`, the filter
 * language, CSV, and the help text. A list seeks in its model; it never copies
 * rows. Order and filter are an index of row numbers.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"

enum column_kind {
	COLUMN_TEXT,
	COLUMN_COUNT,	    /* u */
	COLUMN_BYTES,	    /* u */
	COLUMN_PERCENT,	    /* f, 0..1 */
	COLUMN_NUMBER,	    /* f */
	COLUMN_ADDRESS,	    /* u */
	COLUMN_FLAGS,	    /* text: row flags, fixed positions */
	COLUMN_SEVERITY,    /* u: enum severity */
	COLUMN_DELTA,	    /* f, with its sign */
	COLUMN_DELTA_BYTES, /* f, with its sign */
	COLUMN_TIME,	    /* u: seconds; "41s", "12m" */
};

enum severity { SEVERITY_OK, SEVERITY_INFO, SEVERITY_WARN, SEVERITY_HIGH };
/** "ok", "info", "warn", "high". */
const char *severity_name(enum severity severity);

struct cell {
	uint64_t u; /* of texts: sorts before the text does; usually 0 */
	double f;
	const char *text; /* life of the model */
	bool known;	  /* false: show "-" (text) or null (JSON) */
	bool exact;	  /* false: a lower bound, ">=" */
	bool dim;	  /* small number where a fraction is meaningless */
};

static inline void cell_put_known(struct cell *ret, uint64_t u)
{
	ret->u = u;
	ret->known = ret->exact = true;
}

/** UINT64_MAX stands for what is not known. */
static inline void cell_put(struct cell *ret, uint64_t u)
{
	cell_put_known(ret, u);
	ret->known = u != UINT64_MAX;
}

/** NULL stands for what is not known. */
static inline void cell_put_text(struct cell *ret, const char *s)
{
	ret->text = s;
	ret->known = s != NULL;
	ret->exact = true;
}

struct column {
	const char *key;   /* "entries": filter, --columns, --sort */
	const char *title; /* "ENTRIES" */
	const char *help;  /* one line */
	uint8_t kind;	   /* enum column_kind */
	uint8_t width;	   /* preferred; text columns take what is left */
	uint8_t min_width;
	uint8_t priority; /* screens drop the highest first */
	char letter;	  /* in the sort panel, 0 none */
	void (*get)(const void *model, uint32_t row, struct cell *ret);
};

struct list_kind {
	const char *name; /* "maps" */
	const struct column *columns;
	uint32_t column_count;
	const char *default_sort; /* "retained-desc" */
	const char *bare;	  /* column that a bare filter word matches */
	uint32_t (*count)(const void *model);
	/** Stable across samples of one process, to keep a selection. */
	uint64_t (*identity)(const void *model, uint32_t row);
	/**
	 * Trees of two levels: the row it is unfolded under, UINT32_MAX for
	 * rows of the first level. count() counts both. NULL: no tree.
	 */
	uint32_t (*parent)(const void *model, uint32_t row);
	bool (*has_children)(const void *model, uint32_t row);
	/** NULL, or whether the row is of less interest than others. */
	bool (*minor)(const void *model, uint32_t row);
	/** NULL, or whether to give up: the list then stays as it was. */
	bool (*ended)(const void *model);
};

/** Identities of rows, ascending. */
struct id_set {
	uint64_t *ids; /* owned */
	uint32_t count, cap;
};
bool id_set_has(const struct id_set *set, uint64_t id);
void id_set_put(struct id_set *set, uint64_t id, bool in);

struct list {
	const struct list_kind *kind;
	const void *model; /* borrowed */
	uint32_t *order;   /* owned: row numbers after filter and sort */
	uint32_t count;	   /* rows that pass the filter */
	uint32_t total;	   /* rows of the model */
	int sort_column;
	bool descending;
	char *filter; /* owned; "" none */
	struct id_set tags, unfolded;
	bool unfold_all; /* then `unfolded` holds what is folded */
};

/** At row @p i of work on the list: is it to end? */
bool list_ended(const struct list *list, uint32_t i);
void list_init(struct list *list, const struct list_kind *kind,
	       const void *model);
void list_deinit(struct list *list);
/** Another model of the same kind; filter and order are applied again. */
void list_set_model(struct list *list, const void *model);
int list_find_column(const struct list_kind *kind, const char *key);
/** ERROR_USAGE that names the columns there are. */
struct error *list_no_column(const struct list_kind *kind,
			     const char *key) MUST_CHECK;
/**
 * @p spec is "key", "key-asc" or "key-desc". ERROR_USAGE names the keys;
 * ERROR_CANCELLED: its kind gave up.
 */
struct error *list_sort_by(struct list *list, const char *spec) MUST_CHECK;
/** False if its kind gave up. */
bool list_sort(struct list *list, int column, bool descending);
/**
 * The filter language: `entries>1000 load<10% retained:1M..10M flag=S
 * type~^map owner!~testing word`; space = and, `|` = or, `!` = not. On error
 * the old filter stays; ERROR_CANCELLED: its kind gave up.
 */
struct error *list_filter(struct list *list, const char *expression) MUST_CHECK;
void list_cell(const struct list *list, uint32_t position, int column,
	       struct cell *ret);
uint32_t list_row(const struct list *list, uint32_t position);
/** An identity for rows that keep their name from sample to sample. */
uint64_t list_name_identity(const char *name);
/** Position of the row with @p identity, or @p list->count. */
uint32_t list_position(const struct list *list, uint64_t identity);
enum list_branch { LIST_LEAF, LIST_FOLDED, LIST_UNFOLDED, LIST_CHILD };
enum list_branch list_branch(const struct list *list, uint32_t position);
/** Show or hide what is under the row at @p position. */
void list_unfold(struct list *list, uint32_t position, bool open);
void list_unfold_all(struct list *list, bool open);
/** Order the rows shown, whatever their level; false if its kind gave up. */
bool list_sort_rows(struct list *list);
/** Keep only rows of the first level; children under them again. */
void list_tree_prune(struct list *list);
bool list_tree_grow(struct list *list);
/** Mark the row at @p position, or take the mark away. */
void list_tag(struct list *list, uint32_t position);
bool list_is_tagged(const struct list *list, uint32_t position);
/** A cell as text the way screens and text output show it, no padding. */
void cell_text(struct buf *out, const struct column *column,
	       const struct cell *cell);
/**
 * A number in at most @p width columns: in full, else with a unit ("1.67M") or
 * fewer places, else '#' all over, so that no digits are lost unseen. Texts
 * and flags as above.
 */
void cell_text_fit(struct buf *out, const struct column *column,
		   const struct cell *cell, size_t width);
/** "10M", "64KiB", "10%", "1000" -> number; false if it is none. */
bool parse_quantity(const char *text, double *ret);

#endif
