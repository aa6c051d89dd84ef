#ifndef CORE_HEAP_MARK_H
#define CORE_HEAP_MARK_H

/** The search itself; heap_load() prepares its arrays. */
#include "core/heap/heap.h"

/** Fill reached, type, parent, from_root and the counts. */
struct error *heap_mark(struct heap *heap, unsigned threads,
			struct job *job) MUST_CHECK;
/** Give types to allocated objects that were not reached. */
struct error *heap_type_garbage(struct heap *heap, unsigned threads,
				struct job *job) MUST_CHECK;

#endif
