#ifndef CORE_SESSION_EXPR_PRIV_H
#define CORE_SESSION_EXPR_PRIV_H

/** The inside of expressions; for core/session/expr_*.c only. */
#include "core/session/deferred.h"
#include "core/session/expr.h"
#include "core/session/expr_tree.h"
#include "core/session/print_priv.h"
#include "core/session/session_priv.h"

struct expr_context {
	const struct session *session;
	struct go_types *types; /* borrowed */
	struct sample *memory;	/* owned overlay */
	uint32_t goroutine, frame;
	bool have_frame;
	const struct deferred_row *deferred; /* instead of the frame, or NULL */
	struct frame_variables variables;    /* of the frame; loaded once */
	bool have_variables;
	const struct expr_tree *tree; /* the one that is evaluated */
	char **strings;		      /* owned texts of constants */
	size_t string_count, string_cap;
};

/** 128 bits hold every sum and product that is checked afterwards. */
struct expr_wide {
	__extension__ __int128 v;
};

const struct expr_node *expr_node(const struct expr_context *context,
				  uint32_t id);
/** "main.cache.x": what the node is in the text. */
int expr_node_len(const struct expr_context *context, uint32_t id);
const char *expr_node_text(const struct expr_context *context, uint32_t id);

/* expr_eval.c */
struct error *expr_eval_node(struct expr_context *context, uint32_t id,
			     struct expr_value *ret) MUST_CHECK;
/** @p len bytes in the overlay as a value of @p type. */
void expr_make(struct expr_context *context, uint32_t type, const void *bytes,
	       size_t len, struct expr_value *ret);
void expr_make_bool(bool value, struct expr_value *ret);
void expr_place(uint32_t type, uint64_t addr, struct expr_value *ret);
/** A copy that lives as long as the context. */
const char *expr_keep(struct expr_context *context, const char *text,
		      size_t len);

/* expr_name.c */
/** The function that names belong to; NULL if no frame is selected. */
const char *expr_function(const struct expr_context *context);
struct error *expr_eval_name(struct expr_context *context, uint32_t id,
			     struct expr_value *ret) MUST_CHECK;
/** Is it in the frame, even without a value? */
bool expr_is_variable(struct expr_context *context, const char *name);
/** The error that names near ones. */
struct error *expr_no_variable(struct expr_context *context,
			       const char *name) MUST_CHECK;
/** `pkg.name` or "path".name; *@p found false if it is neither. */
struct error *expr_eval_qualified(struct expr_context *context, uint32_t id,
				  bool *found,
				  struct expr_value *ret) MUST_CHECK;

/* expr_type.c */
/** The type that a node spells; ERROR_NOT_FOUND if it spells none. */
struct error *expr_resolve_type(struct expr_context *context, uint32_t id,
				uint32_t *ret) MUST_CHECK;
const struct go_type *expr_type(const struct expr_context *context,
				uint32_t id);

/* expr_access.c */
struct error *expr_select(struct expr_context *context, uint32_t id,
			  struct expr_value *value) MUST_CHECK;
struct error *expr_index(struct expr_context *context, uint32_t id,
			 struct expr_value *ret) MUST_CHECK;
struct error *expr_slice(struct expr_context *context, uint32_t id,
			 struct expr_value *ret) MUST_CHECK;
struct error *expr_deref(struct expr_context *context,
			 struct expr_value *value) MUST_CHECK;
/** The dynamic value of an interface; others stay. ERROR_NOT_FOUND: nil. */
struct error *expr_dynamic(struct expr_context *context,
			   struct expr_value *value) MUST_CHECK;
struct error *expr_assert_type(struct expr_context *context, uint32_t id,
			       struct expr_value *ret) MUST_CHECK;

/* expr_load.c: values out of memory */
struct error *expr_word(const struct expr_context *context, uint64_t addr,
			uint64_t *ret) MUST_CHECK;
bool expr_is_int(const struct expr_context *context,
		 const struct expr_value *value);
bool expr_is_float(const struct expr_context *context,
		   const struct expr_value *value);
bool expr_is_string(const struct expr_context *context,
		    const struct expr_value *value);
struct error *expr_load_int(const struct expr_context *context,
			    const struct expr_value *value,
			    struct expr_wide *ret) MUST_CHECK;
struct error *expr_load_float(const struct expr_context *context,
			      const struct expr_value *value,
			      double *ret) MUST_CHECK;
/** Bytes of a string; valid as long as the context. */
struct error *expr_load_string(const struct expr_context *context,
			       const struct expr_value *value, const char **ret,
			       size_t *len_ret) MUST_CHECK;
struct error *expr_load_bool(const struct expr_context *context,
			     const struct expr_value *value,
			     bool *ret) MUST_CHECK;
/** Cut to the type's size, as Go does in conversions and arithmetic. */
void expr_store_int(struct expr_context *context, uint32_t type,
		    struct expr_wide value, struct expr_value *ret);
void expr_store_float(struct expr_context *context, uint32_t type, double value,
		      struct expr_value *ret);
void expr_store_string(struct expr_context *context, const char *text,
		       size_t len, struct expr_value *ret);
struct error *expr_store_bool(struct expr_context *context, bool value,
			      struct expr_value *ret) MUST_CHECK;
/** An untyped constant; ERROR_USAGE if it needs more than 64 bits. */
struct error *expr_const_int(struct expr_wide value,
			     struct expr_value *ret) MUST_CHECK;
/** An untyped constant becomes a value of @p type if that can hold it. */
struct error *expr_convert_const(struct expr_context *context, uint32_t type,
				 struct expr_value *value) MUST_CHECK;
/** Of its default type: int, float64, string, bool. */
struct error *expr_default_type(struct expr_context *context,
				struct expr_value *value) MUST_CHECK;

/* expr_ops.c */
struct error *expr_unary(struct expr_context *context, uint32_t id,
			 struct expr_value *ret) MUST_CHECK;
struct error *expr_binary(struct expr_context *context, uint32_t id,
			  struct expr_value *ret) MUST_CHECK;
/* expr_equal.c */
/** Go's == on two values of one type at two addresses. */
struct error *expr_equal(const struct expr_context *context, uint32_t type,
			 uint64_t a, uint64_t b, bool *ret) MUST_CHECK;
/** The element of a map under a key. */
struct error *expr_map_find(struct expr_context *context,
			    const struct expr_value *map,
			    const struct expr_value *key,
			    struct expr_value *ret) MUST_CHECK;
/**
 * The bytes that @p wanted has as a key of map type @p map, pointers into the
 * context's memory; owned by the caller.
 */
struct error *expr_map_key(struct expr_context *context, uint32_t map,
			   const struct expr_value *wanted,
			   uint8_t **ret) MUST_CHECK;
/** Header of the map value; 0 if it is nil. */
struct error *expr_map_view(const struct expr_context *context,
			    const struct expr_value *map,
			    struct map_view *ret) MUST_CHECK;

/* expr_call.c */
struct error *expr_call(struct expr_context *context, uint32_t id,
			struct expr_value *ret) MUST_CHECK;
struct error *expr_literal(struct expr_context *context, uint32_t id,
			   struct expr_value *ret) MUST_CHECK;
/** T(x) */
struct error *expr_convert(struct expr_context *context, uint32_t type,
			   struct expr_value *value) MUST_CHECK;

#endif
