#ifndef CORE_SESSION_SNAPSHOT_COLUMNS_H
#define CORE_SESSION_SNAPSHOT_COLUMNS_H

/**
 * Columns that the writer and the reader of a snapshot share, each with the
 * field it comes from and goes to.
 */

/** Numbers of table `shape`: of struct map_detail. */
#define SHAPE_COLUMNS(X)                                                       \
	X(swiss, row.swiss)                                                    \
	X(typed, typed)                                                        \
	X(count, row.count)                                                    \
	X(live, row.live)                                                      \
	X(slots, row.slots)                                                    \
	X(storage_bytes, row.storage_bytes)                                    \
	X(waste_bytes, row.waste_bytes)                                        \
	X(tombstones, row.tombstones)                                          \
	X(old_bytes, row.old_bytes)                                            \
	X(severity, row.severity)                                              \
	X(b, row.b)                                                            \
	X(tables, tables)                                                      \
	X(chain_max, chain_max)                                                \
	X(chain_p99, chain_p99)                                                \
	X(chain_at, chain_longest_index)                                       \
	X(slot_bytes, slot_bytes)                                              \
	X(unit_bytes, unit_bytes)                                              \
	X(buckets, buckets)                                                    \
	X(overflow_buckets, overflow_buckets)                                  \
	X(noverflow, noverflow)                                                \
	X(old_buckets, old_buckets)                                            \
	X(evacuated, evacuated)                                                \
	X(same_size_grow, same_size_grow)                                      \
	X(writing, hash_writing)                                               \
	X(iterators, iterators)                                                \
	X(directory, directory)                                                \
	X(global_depth, global_depth)                                          \
	X(groups, groups)                                                      \
	X(full_groups, full_groups)                                            \
	X(growth_left, growth_left)

/** Rows of table `stat`: of struct session_totals. */
#define STAT_ROWS(X)                                                           \
	X(maps)                                                                \
	X(map_owners)                                                          \
	X(std_maps)                                                            \
	X(nil_maps)                                                            \
	X(entries)                                                             \
	X(slots)                                                               \
	X(storage_bytes)                                                       \
	X(waste_bytes)                                                         \
	X(tombstones)                                                          \
	X(growing)                                                             \
	X(old_bytes)                                                           \
	X(writing)                                                             \
	X(torn)                                                                \
	X(heap_live_bytes)                                                     \
	X(heap_objects)                                                        \
	X(heap_garbage_bytes)                                                  \
	X(heap_alloc)                                                          \
	X(heap_inuse)                                                          \
	X(heap_idle)                                                           \
	X(heap_released)                                                       \
	X(heap_sys)                                                            \
	X(next_gc)                                                             \
	X(num_gc)                                                              \
	X(last_pause_ns)                                                       \
	X(last_gc_ns)                                                          \
	X(stack_inuse)                                                         \
	X(mallocs)                                                             \
	X(frees)                                                               \
	X(total_alloc)                                                         \
	X(sys)                                                                 \
	X(stack_sys)                                                           \
	X(pause_total_ns)                                                      \
	X(num_forced_gc)                                                       \
	X(mspan_sys)                                                           \
	X(mcache_sys)                                                          \
	X(gc_sys)                                                              \
	X(mspan_inuse)                                                         \
	X(mcache_inuse)                                                        \
	X(buckhash_sys)                                                        \
	X(other_sys)                                                           \
	X(gc_cpu_ppb)                                                          \
	X(gogc)                                                                \
	X(memory_limit)                                                        \
	X(goroutines)                                                          \
	X(user_goroutines)                                                     \
	X(threads)                                                             \
	X(rss)

#endif
