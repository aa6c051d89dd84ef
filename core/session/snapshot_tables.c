/* What the tables of a snapshot mean; the man page prints it. */
#include "core/session/snapshot.h"

#include <stddef.h>

const struct snapshot_table snapshot_tables[] = {
	{"top_owners", SNAPSHOT_MAPS,
	 "owner maps entries load_percent tombstones storage_bytes "
	 "waste_bytes retained_bytes chain flags",
	 "view: owners of maps that are the program's own, those that retain "
	 "most first"},
	{"suspects", SNAPSHOT_STATS,
	 "level rule owner title bytes evidence action addr",
	 "view: findings from warn on, the worst first"},
	{"maps", SNAPSHOT_MAPS,
	 "addr type owner entries slots load tombstones storage_bytes "
	 "waste_bytes retained_bytes chain_max chain_p99 old_bytes root path "
	 "map shape",
	 "view: one row a map, with what the tables below spread"},
	{"meta", SNAPSHOT_STATS, "key value",
	 "level, redaction, pid, go, arch, time_ns, stop_ns, uptime_ns, "
	 "memory_limit and memory_used of the control group, other facts"},
	{"warning", SNAPSHOT_STATS, "id text", "what the sample lacks"},
	{"stat", SNAPSHOT_STATS, "name value",
	 "totals by the names of stats --json; NULL is unknown"},
	{"finding", SNAPSHOT_STATS,
	 "id rule severity bytes title owner evidence why action verb addr map",
	 "severity 1 info, 2 warn, 3 high; map is one of map(id)"},
	{"type", SNAPSHOT_MAPS,
	 "id name size key elem objects bytes retained_bytes retained_exact",
	 "types of maps, keys, elements and live objects; key and elem of "
	 "type(id)"},
	{"owner", SNAPSHOT_MAPS,
	 "id name package std type maps entries slots storage_bytes "
	 "waste_bytes retained_bytes retained_exact tombstones old_bytes chain "
	 "severity flags",
	 "who holds maps; std 1 is the standard library"},
	{"map", SNAPSHOT_MAPS,
	 "id addr type owner shape path parent retained_bytes retained_exact "
	 "holders flags root reachable object",
	 "one row a map, by address; parent is the nearest map that retains "
	 "it"},
	{"shape", SNAPSHOT_MAPS,
	 "id swiss typed count live slots storage_bytes waste_bytes tombstones "
	 "old_bytes severity b tables chain_max chain_p99 chain_at slot_bytes "
	 "unit_bytes buckets overflow_buckets noverflow old_buckets evacuated "
	 "same_size_grow writing iterators directory global_depth groups "
	 "full_groups growth_left load load_max chain_mean chain_metric "
	 "histogram occupancy hit_max hit_p99 hit_at hit_mean hit_histogram",
	 "figures that maps may share; histogram is of chain lengths, JSON"},
	{"path", SNAPSHOT_MAPS, "id root goroutine steps",
	 "from a root to a map; steps is a JSON array"},
	{"suspect_path", SNAPSHOT_MAPS,
	 "map number root goroutine steps merged strong",
	 "up to three ways from roots to a map with a finding; merged: how "
	 "many "
	 "are like it"},
	{"allocation", SNAPSHOT_MAPS,
	 "map number function file line objects sampled",
	 "where the heap profile saw objects allocated that such a map keeps "
	 "alive: objects of sampled"},
	{"goroutine", SNAPSHOT_MAPS,
	 "id goid status wait_reason wait_ns thread parent start_pc start "
	 "start_line created_pc created_by created_line system incomplete addr "
	 "stack_lo stack_hi",
	 "start and created_by of function(id)"},
	{"goroutine_map", SNAPSHOT_MAPS, "goroutine map",
	 "which goroutine's frames refer to which map"},
	{"frame", SNAPSHOT_MAPS,
	 "goroutine number pc sp cfa function line inlined",
	 "stacks; number 0 is the innermost"},
	{"function", SNAPSHOT_MAPS, "id name file", "of frames"},
	{"series", SNAPSHOT_STATS, "id metric unit",
	 "only if watch wrote it: what was watched"},
	{"point", SNAPSHOT_STATS,
	 "id time_ns stop_ns headroom_bytes memory_limit",
	 "with series: when it was sampled, and for how long that stopped the "
	 "target"},
	{"value", SNAPSHOT_STATS, "series point value",
	 "with series: a row where a value is known"},
	{"mapping", SNAPSHOT_FULL, "start end perms offset anonymous path",
	 "the address space"},
	{"segment", SNAPSHOT_FULL, "start end exe offset",
	 "what was read, or is in the binary"},
	{"thread", SNAPSHOT_FULL, "id tid pc sp bp fs_base registers",
	 "registers as in struct user_regs_struct"},
	{"page", SNAPSHOT_FULL, "start length crc data",
	 "memory: data NULL is zeros, as long as length it is the bytes, else "
	 "zstd of them; crc is theirs, CRC-32"},
	{NULL, SNAPSHOT_STATS, NULL, NULL},
};
