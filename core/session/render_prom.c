#include "core/session/render_prom.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"

/* So many owners are worth a time series each. */
enum { MAX_OWNERS = 50 };

/* In a label's value only these three are escaped. */
static void add_label(struct buf *out, const char *name, const char *value)
{
	CLEANUP(buf_deinit) struct buf plain = {0};
	const char *p;

	text_plain(&plain, value, strlen(value));
	buf_printf(out, "%s=\"", name);
	for (p = buf_str(&plain); *p; p++) {
		if (*p == '\\' || *p == '"')
			buf_addc(out, '\\');
		buf_addc(out, *p);
	}
	buf_addc(out, '"');
}

static void add_head(struct buf *out, const char *name, const char *type,
		     const char *help)
{
	buf_printf(out, "# HELP mapscope_%s %s\n# TYPE mapscope_%s %s\n", name,
		   help, name, type);
}

static void add_process(struct buf *out, const struct session_info *info)
{
	buf_printf(out, "pid=\"%d\",", (int)info->pid);
	add_label(out, "exe", info->name);
}

static void add(struct buf *out, const struct session_info *info,
		const char *name, const char *type, uint64_t value,
		const char *help)
{
	if (value == UINT64_MAX)
		return;
	add_head(out, name, type, help);
	buf_printf(out, "mapscope_%s{", name);
	add_process(out, info);
	buf_printf(out, "} %" PRIu64 "\n", value);
}

static void add_info(struct buf *out, const struct session_info *info)
{
	add_head(out, "target_info", "gauge", "What was sampled.");
	buf_adds(out, "mapscope_target_info{");
	add_process(out, info);
	buf_addc(out, ',');
	add_label(out, "go", info->go);
	buf_addc(out, ',');
	add_label(out, "map_impl", info->map_impl);
	buf_adds(out, "} 1\n");
}

static void add_seconds(struct buf *out, const struct session_info *info,
			const char *name, uint64_t ns, const char *help)
{
	if (ns == UINT64_MAX)
		return;
	add_head(out, name, "gauge", help);
	buf_printf(out, "mapscope_%s{", name);
	add_process(out, info);
	buf_printf(out, "} %" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000,
		   ns % 1000000000);
}

#define PROM_TOTALS(X)                                                         \
	X("resident_bytes", "gauge", rss, "Resident memory.")                  \
	X("heap_alloc_bytes", "gauge", heap_alloc,                             \
	  "Bytes of allocated heap objects.")                                  \
	X("heap_live_bytes", "gauge", heap_live_bytes,                         \
	  "Bytes of objects that a root reaches.")                             \
	X("heap_garbage_bytes", "gauge", heap_garbage_bytes,                   \
	  "Bytes of objects that no root reaches.")                            \
	X("heap_live_objects", "gauge", heap_objects,                          \
	  "Objects that a root reaches.")                                      \
	X("heap_inuse_bytes", "gauge", heap_inuse, "Bytes of spans in use.")   \
	X("heap_idle_bytes", "gauge", heap_idle, "Bytes of idle spans.")       \
	X("heap_released_bytes", "gauge", heap_released,                       \
	  "Bytes given back to the system.")                                   \
	X("heap_sys_bytes", "gauge", heap_sys, "Bytes taken for the heap.")    \
	X("stack_inuse_bytes", "gauge", stack_inuse, "Bytes of stacks.")       \
	X("next_gc_bytes", "gauge", next_gc, "Heap size of the next cycle.")   \
	X("gc_cycles_total", "counter", num_gc, "Finished cycles.")            \
	X("mallocs_total", "counter", mallocs, "Allocated objects so far.")    \
	X("frees_total", "counter", frees, "Freed objects so far.")            \
	X("alloc_bytes_total", "counter", total_alloc,                         \
	  "Allocated bytes so far.")                                           \
	X("goroutines", "gauge", goroutines, "Goroutines.")                    \
	X("threads", "gauge", threads, "Threads.")                             \
	X("maps", "gauge", maps, "Maps.")                                      \
	X("map_owners", "gauge", map_owners, "Owners of maps.")                \
	X("map_entries", "gauge", entries, "Entries of all maps.")             \
	X("map_slots", "gauge", slots, "Slots of all maps.")                   \
	X("map_storage_bytes", "gauge", storage_bytes, "Storage of all maps.") \
	X("map_waste_bytes", "gauge", waste_bytes,                             \
	  "Bytes of slots without an entry.")                                  \
	X("map_tombstones", "gauge", tombstones, "Deleted slots.")             \
	X("map_old_bucket_bytes", "gauge", old_bytes,                          \
	  "Bytes that growths keep.")

static void add_findings(struct buf *out, const struct session *session,
			 const struct session_info *info)
{
	uint32_t i, count, by[SEVERITY_HIGH + 1] = {0};
	const struct finding *list = session_findings(session, &count);

	for (i = 0; i < count; i++)
		if (list[i].severity <= SEVERITY_HIGH)
			by[list[i].severity]++;
	add_head(out, "findings", "gauge", "Findings by severity.");
	for (i = SEVERITY_INFO; i <= SEVERITY_HIGH; i++) {
		buf_adds(out, "mapscope_findings{");
		add_process(out, info);
		buf_printf(out, ",severity=\"%s\"} %u\n",
			   severity_name((enum severity)i), by[i]);
	}
}

static uint64_t owner_maps(const struct map_group *g)
{
	return g->maps;
}

static uint64_t owner_entries(const struct map_group *g)
{
	return g->entries;
}

static uint64_t owner_storage(const struct map_group *g)
{
	return g->storage_bytes;
}

static uint64_t owner_retained(const struct map_group *g)
{
	return g->retained_bytes;
}

static uint64_t owner_tombstones(const struct map_group *g)
{
	return g->tombstones;
}

static const struct {
	const char *name, *help;
	uint64_t (*get)(const struct map_group *group);
} owner_figures[] = {
	{"owner_maps", "Maps of an owner.", owner_maps},
	{"owner_entries", "Entries of an owner's maps.", owner_entries},
	{"owner_storage_bytes", "Storage of an owner's maps.", owner_storage},
	{"owner_retained_bytes", "What an owner's maps keep alive.",
	 owner_retained},
	{"owner_tombstones", "Deleted slots of an owner's maps.",
	 owner_tombstones},
};

/* A metric's lines stay together, as the format wants it. */
static void add_owners(struct buf *out, const struct session_info *info,
		       const struct map_groups *groups, const struct list *list)
{
	size_t k;
	uint32_t i;

	for (k = 0; k < ARRAY_LEN(owner_figures) && list->count; k++) {
		add_head(out, owner_figures[k].name, "gauge",
			 owner_figures[k].help);
		for (i = 0; i < list->count && i < MAX_OWNERS; i++) {
			const struct map_group *g =
				&groups->groups[list_row(list, i)];
			uint64_t v = owner_figures[k].get(g);

			if (v == UINT64_MAX)
				continue;
			buf_printf(out, "mapscope_%s{", owner_figures[k].name);
			add_process(out, info);
			buf_addc(out, ',');
			add_label(out, "owner", g->name);
			buf_printf(out, "} %" PRIu64 "\n", v);
		}
	}
}

struct error *render_prom(const struct session *session, struct buf *out)
{
	CLEANUP(map_groups_deinit) struct map_groups groups = {0};
	CLEANUP(list_deinit) struct list list = {0};
	struct session_totals totals;
	struct session_info info;
	struct error *err;

	session_info(session, &info);
	session_totals(session, &totals);
	add_info(out, &info);
#define X(name, type, field, help)                                             \
	add(out, &info, name, type, totals.field, help);
	PROM_TOTALS(X)
#undef X
	add_seconds(out, &info, "sample_stop_seconds", info.stop_ns,
		    "How long the sample held the target.");
	add_findings(out, session, &info);
	/* A snapshot of level stats has no owners. */
	err = session_check_maps(session);
	if (err) {
		error_free(err);
		return NULL;
	}
	if ((err = map_groups_load(session, GROUP_OWNER, "std=no", &groups)))
		return err;
	list_init(&list, &map_group_list_kind, &groups);
	add_owners(out, &info, &groups, &list);
	return NULL;
}
