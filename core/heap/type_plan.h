#ifndef CORE_HEAP_TYPE_PLAN_H
#define CORE_HEAP_TYPE_PLAN_H

/**
 * The slots of a type as the search wants them. They are those of
 * go_type_slots(), except that unsafe pointers of known library types get the
 * target that their type's parameters name: sync/atomic.Pointer[T], and the
 * entries of sync.Map before Go 1.21.
 */
#include "core/heap/typing.h"

/** @p any_type is the id of interface {}, 0 if unknown. */
void type_plan_init(struct type_plan *plan, struct go_types *types,
		    uint32_t type, uint32_t any_type);
void type_plan_deinit(struct type_plan *plan);

#endif
