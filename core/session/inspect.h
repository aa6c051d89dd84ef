#ifndef CORE_SESSION_INSPECT_H
#define CORE_SESSION_INSPECT_H

/**
 * Values opened step by step: the parts of a struct, the elements of an array
 * or slice, the entries of a map, what a pointer or interface refers to.
 */
#include "core/session/goroutines.h"
#include "core/session/print.h"

struct value_part {
	char *name; /* ".field", "[3]", "[\"key\"]", "*"; owned */
	char *text; /* the value in one line; owned */
	const char *type;
	uint32_t type_id;
	uint64_t addr;	 /* of the value */
	uint64_t target; /* what it refers to; 0 nothing */
	bool opens;	 /* it has parts of its own */
};
struct value_parts {
	struct value_part *list;
	uint32_t count;
	bool complete; /* no parts behind the last */
};

/**
 * Fill @p ret with what is at @p addr, a value of type @p type_id (0: as the
 * heap object or package variable there says). ERROR_NOT_FOUND if that is not
 * known. @p memory NULL: the session's own.
 */
struct error *value_part_load(const struct session *session,
			      struct sample *memory, uint32_t type_id,
			      uint64_t addr, const struct print_limits *limits,
			      struct value_part *ret) MUST_CHECK;
/** The parts of a value, at most @p max. */
struct error *value_parts_load(const struct session *session,
			       struct sample *memory, uint32_t type_id,
			       uint64_t addr, uint32_t max,
			       const struct print_limits *limits,
			       struct value_parts *ret) MUST_CHECK;
/** The type of the elements of map number @p row; 0 unknown. */
uint32_t map_value_type(const struct session *session, uint32_t row);
void value_part_deinit(struct value_part *part);
void value_parts_deinit(struct value_parts *parts);

#endif
