#ifndef CORE_SESSION_EXPR_H
#define CORE_SESSION_EXPR_H

/**
 * Expressions over a sample, in delve's language without calls:
 *
 *   main.cache["k"].Items[3]     variables by package, fields through pointers,
 *                                embedded fields and interfaces
 *   m[64:128]                    entries of a map; slices, arrays, strings
 *   *p, &x, x.(T), x.(data)      dereference, address, dynamic value
 *   *(*main.T)(0xc000012340)     any address as any type; paths are quoted:
 *                                (*"net/http.Server")(0x...)
 *   len(x), cap(x), T(x), T{...} conversion, literals for keys of maps
 *   + - * / % & | ^ &^ << >> == != < <= > >= && || !
 *
 * Names are looked up in the selected frame, then in its package, then in
 * package main. A context belongs to one thread; the session is shared.
 */
#include "core/session/print.h"

/**
 * The place that an expression over package variables means: a map's header, a
 * pointer's target, the elements of a slice, else the value's own address.
 */
struct error *session_eval_address(const struct session *session,
				   const char *text, uint64_t *ret) MUST_CHECK;

enum expr_form {
	EXPR_TYPED, /* `type` at `addr` */
	EXPR_INT,   /* untyped constants */
	EXPR_FLOAT,
	EXPR_STRING,
	EXPR_BOOL,
	EXPR_NIL,
	EXPR_ENTRIES, /* entries [from, to) of the map at `addr` */
	EXPR_TYPE,    /* a type, not a value */
};

struct expr_value {
	enum expr_form form;
	uint32_t type;	  /* TYPED, ENTRIES, TYPE */
	uint64_t addr;	  /* above SAMPLE_OVERLAY: not in the target */
	bool addressable; /* & may be taken of it */
	uint64_t from, to;
	/** INT: the magnitude and its sign; BOOL: 0 or 1. */
	uint64_t u;
	bool negative;
	double f;
	const char *text; /* STRING: life of the context */
	size_t len;
};

struct expr_context;
/** @p goroutine UINT32_MAX: no frame is selected. */
struct expr_context *expr_context_new(const struct session *session,
				      uint32_t goroutine, uint32_t frame);
/** Names are those of a call that the frame has deferred; borrowed. */
struct deferred_row;
void expr_context_deferred(struct expr_context *context,
			   const struct deferred_row *deferred);
void expr_context_free(struct expr_context *context);

/**
 * ERROR_USAGE: it is no expression, or types do not fit. ERROR_NOT_FOUND: a
 * name, field, key or index is absent. ERROR_FAULT: memory is unreadable.
 */
struct error *expr_eval(struct expr_context *context, const char *text,
			struct expr_value *ret) MUST_CHECK;
/** Also `main.T` or `*http.Server` alone: EXPR_TYPE. */
struct error *expr_eval_type(struct expr_context *context, const char *text,
			     struct expr_value *ret) MUST_CHECK;

/** As print shows it: `(*main.P)(0xc000012340) -> main.P{x: 1}`. */
void expr_text(struct expr_context *context, const struct expr_value *value,
	       const struct print_limits *limits, struct buf *out);
/** Integers, strings, floats by delve's verbs: %x %o %b %d %c %q %U ... */
struct error *expr_format(struct expr_context *context,
			  const struct expr_value *value, const char *format,
			  const struct print_limits *limits,
			  struct buf *out) MUST_CHECK;
void expr_json(struct expr_context *context, const struct expr_value *value,
	       const struct print_limits *limits, struct buf *out);
/** "int", "untyped string" ...; of an interface, what is in it too. */
void expr_type_text(struct expr_context *context,
		    const struct expr_value *value, struct buf *out);
/** Bytes of the value or type; false for constants. */
bool expr_size(const struct expr_context *context,
	       const struct expr_value *value, uint64_t *ret);
/** The address that a number or a pointer stands for; false if neither. */
bool expr_address(struct expr_context *context, const struct expr_value *value,
		  uint64_t *ret);
/** Names of fields of the value, through pointers; for completion. */
void expr_members(struct expr_context *context, const struct expr_value *value,
		  struct buf *out);
/** Keys of a map as one writes them, at most @p max, by newline. */
void expr_keys(struct expr_context *context, const struct expr_value *value,
	       uint32_t max, struct buf *out);

#endif
