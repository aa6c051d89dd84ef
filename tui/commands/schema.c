/*
 * JSON Schemas of the answers, made from a compact notation: `name:type`
 * (`name=type` where the field depends on what was asked), with `?` for "or
 * null", `[]` for an array, `A|B` for one of two forms, `{a,b}` for one of
 * these words, and types that begin with an upper-case letter named below.
 * Names are added, never changed, within a schema version.
 */
#include <ctype.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/json.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

struct shape {
	const char *name;
	const char *fields;
};

#define SEVERITY "{ok,info,warn,high}"
#define ROOT                                                                   \
	"{global,stack,register,finalizer,cleanup,timer,runtime,unreachable,"  \
	"unknown}"
/* Fields of a list's rows, and of one map. */
#define MAP_FIELDS                                                             \
	"addr:hex type:string? impl:{classic,swiss} count:uint live:uint "     \
	"slots:uint load:number load_max:number classic:Classic? "             \
	"swiss:Swiss? chain:Chain? storage_bytes:uint waste_bytes:uint "       \
	"keys_bytes:uint? values_bytes:uint? "                                 \
	"retained_bytes:uint? retained_exact:bool owner:string root:" ROOT     \
	" path:string[] goroutine:int? holders:uint "                          \
	"flags:{sparse,tombstones,tiny,growing,old_buckets,long_chain,"        \
	"chain_warn,writing,torn,nil,unreadable,untyped,conservative,std}[] "  \
	"severity:" SEVERITY
#define GROUP_FIELDS                                                           \
	"type:string? maps:uint entries:uint slots:uint storage_bytes:uint "   \
	"waste_bytes:uint keys_bytes:uint? values_bytes:uint? "                \
	"sizes_exact:bool retained_bytes:uint? retained_exact:bool "           \
	"tombstones:uint old_bytes:uint chain:uint flags:string[] "            \
	"severity:" SEVERITY " addresses:hex[] addresses_truncated:bool"
#define PLACE "function:string file:string line:uint pc:hex"
#define VARIABLE                                                               \
	"name:string type:string kind:string shadowed:bool escaped:bool "      \
	"line:uint why:string? value:Value?"

static const struct shape shapes[] = {
	{"Classic", "b:uint buckets:uint overflow_buckets:uint noverflow:uint "
		    "old_buckets:uint evacuated:uint same_size_grow:bool "
		    "hash_writing:bool iterators:bool old_bytes:uint"},
	{"Swiss", "directory:uint global_depth:uint tables:uint groups:uint "
		  "full_groups:uint tombstones:uint growth_left:uint "
		  "writing:bool"},
	{"Chain", "metric:{buckets,miss_groups,hit_groups} max:uint p99:uint "
		  "mean:number histogram:uint[]"},
	{"Chart", "kind:{hit,miss,fill,old} counts:uint[]"},
	{"Longest", "index:uint length:uint"},
	{"Map", MAP_FIELDS},
	{"Group", GROUP_FIELDS " owner=string package=string"},
	{"MapDetail",
	 MAP_FIELDS " key_type:string? elem_type:string? slot_bytes:uint "
		    "unit_bytes:uint occupancy:uint[] charts=Chart[] "
		    "longest:Longest "
		    "why:string fix:string"},
	{"ClassicEntry", "key:Value value:Value bucket:uint chain_index:uint "
			 "slot:uint old:bool"},
	{"SwissEntry", "key:Value value:Value table:uint group:uint slot:uint"},
	{"KeyPlace", "found:bool hash:hex? h2=uint tophash=uint old=bool "
		     "home_table=uint home_unit=uint way=uint[] alike=uint "
		     "entry=SwissEntry|ClassicEntry would_go_to=string"},
	{"EntryGroup", "count:uint size_bytes:uint value=Value prefix=string?"},
	{"Value", "type:string ..."},
	{"Finding", "rule:{sparse,tombstones,tiny,long_chain,old_buckets,share}"
		    " severity:" SEVERITY " bytes:uint owner:string "
		    "title:string evidence:string why:string action:string "
		    "accepted:bool addr:hex"},
	{"Root", "kind:" ROOT " name:string addr:hex? goroutine:int? "
		 "function:string? file:string? line:uint?"},
	{"Step", "addr:hex type:string? field:string? retained_bytes:uint?"},
	{"Path", "root:Root steps:Step[] distance:uint merged:uint "
		 "strong:bool conservative:bool"},
	{"RefObject", "addr:hex type:string? bytes:uint retained_bytes:uint? "
		      "holders:uint"},
	{"Reference",
	 "addr:hex? target:hex kind:string holder:hex? "
	 "type:string? field:string? retained_bytes:uint? level:uint"},
	{"Retained", "addr:hex type:string? owner:string? shallow_bytes:uint "
		     "retained_bytes:uint? retained_exact:bool "
		     "dominated:uint?"},
	{"Object", "addr:hex type:string? bytes:uint retained_bytes:uint? "
		   "count:uint len:uint? cap:uint? used_bytes:uint? "
		   "reachable:bool"},
	{"Type", "type=string? package=string count:uint shallow_bytes:uint "
		 "retained_bytes:uint? retained_exact:bool"},
	{"Address",
	 "addr:hex state:{reachable,garbage,free,stack,data,text,"
	 "mapped,unmapped} object:hex? bytes:uint? "
	 "type:string? name:string? place:string? "
	 "retained_bytes:uint? goroutine:int? span:hex? "
	 "size_class:uint? span_bytes:uint? slot_bytes:uint? noscan:bool?"},
	{"Place", PLACE},
	{"Sampled", "alloc_objects:uint alloc_space:uint inuse_objects:uint "
		    "inuse_space:uint size:uint"},
	{"HeapSample", "alloc_objects:uint alloc_space:uint inuse_objects:uint "
		       "inuse_space:uint sampled=Sampled stack:Place[]"},
	{"RefSample", "inuse_objects:uint inuse_space:uint map_storage:uint "
		      "map_waste:uint root:string stack:Place[]"},
	{"Container", "kind:string addr:hex owner:string type:string "
		      "entries:uint entries_exact:bool capacity:uint? "
		      "storage_bytes:uint retained_bytes:uint? depth:uint"},
	{"Found", "addr:hex heap:bool text:string?"},
	{"Timing",
	 "index_ns:uint copy_ns:uint analysis_ns:uint runtime_ns:uint "
	 "mark_ns:uint references_ns:uint dominators_ns:uint"},
	{"Stats",
	 "heap_alloc:uint? heap_inuse:uint? heap_idle:uint? "
	 "heap_released:uint? heap_sys:uint? heap_objects:uint? "
	 "stack_inuse:uint? stack_sys:uint? mspan_sys:uint? mcache_sys:uint? "
	 "gc_sys:uint? mspan_inuse:uint? mcache_inuse:uint? "
	 "buckhash_sys:uint? other_sys:uint? gc_cpu_ppb:uint? sys:uint? "
	 "mallocs:uint? frees:uint? total_alloc:uint? "
	 "next_gc:uint? num_gc:uint? num_forced_gc:uint? last_gc_ns:uint? "
	 "last_pause_ns:uint? pause_total_ns:uint? gc_phase:string gogc:int "
	 "memory_limit:int? live_objects:uint? live_bytes:uint? "
	 "garbage_bytes:uint? goroutines:uint threads:uint rss:uint? maps:uint "
	 "map_owners:uint nil_maps:uint map_entries:uint map_slots:uint "
	 "map_storage_bytes:uint map_waste_bytes:uint map_tombstones:uint "
	 "maps_growing:uint map_old_bytes:uint resident:Resident? "
	 "pauses:Pause[] "
	 "by_size:BySize[] timing:Timing"},
	{"Part", "name:string depth:uint bytes:uint? note:string"},
	{"SizeClass", "class:uint size:uint? spans:uint bytes:uint slots:uint "
		      "objects:uint live:uint free_bytes:uint tail_bytes:uint "
		      "mallocs:uint? frees:uint?"},
	{"SpanClass", "class:uint noscan:bool size:uint? spans:uint slots:uint "
		      "objects:uint live:uint bytes:uint used_bytes:uint "
		      "waste_bytes:uint"},
	{"Resident", "all:uint heap:uint metadata:uint binary:uint files:uint "
		     "c:uint swap:uint"},
	{"Pause", "pause_ns:uint end_ns:uint"},
	{"BySize", "size:uint mallocs:uint frees:uint"},
	{"Label", "key:string value:string?"},
	{"Call", PLACE " inlined:bool"},
	{"Goroutine",
	 "id:int addr:hex status:string wait_reason:string? wait_ns:uint? "
	 "thread:int? parent:int system:bool complete:bool frames:uint "
	 "user:Place? current:Place? go:Place? start:Place? labels:Label[] "
	 "maps:hex[] stack:Call[]"},
	{"Frame", "frame:uint " PLACE " sp:hex cfa:hex? inlined:bool "
		  "variables=Variable[] deferred=Deferred[]"},
	{"Deferred", PLACE " calls:string? kind:{open-coded,stack,heap,range} "
			   "closure:hex? deferred_at:Place?"},
	{"Ancestor", "goroutine:int frames:Place[]"},
	{"Variable", VARIABLE},
	{"Process", "pid:int user:string name:string? exe:string? go:string? "
		    "map_impl:string? dwarf:bool? rss:uint attachable:bool "
		    "why_not:string?"},
	{"Check", "name:string ok:bool message:string hint:string?"},
	{"Source", "target:Target sample:Sample"},
	{"DiffTotals", "d_live_bytes:int? d_live_objects:int? d_rss:int? "
		       "d_maps:int? d_entries:int? d_storage:int? "
		       "d_tombstones:int? d_goroutines:int?"},
	{"TypeChange", "type:string a:uint b:uint d_count:int d_bytes:int"},
	{"GoroutineChange", "place:string a:uint b:uint d_count:int"},
	{"Side", "maps:uint entries:uint slots:uint storage_bytes:uint "
		 "tombstones:uint retained_bytes:uint? retained_exact:bool"},
	{"Change", "state:string d_maps:int d_entries:int d_storage:int "
		   "d_retained:int? d_load:number d_tombstones:int "
		   "matched:uint? new:uint? gone:uint? a:Side? b:Side?"},
	{"Fact", "name:string value:string"},
	{"File", "name:string bytes:uint sha256:string"},
	{"SuspectPath", "root:string goroutine:int strong:bool like_it:uint "
			"steps:string[]"},
	{"Site", "function:string file:string line:uint objects:uint"},
	{"Suspect", "map:MapDetail finding:string? paths:SuspectPath[] "
		    "sampled_objects:uint allocated_in:Site[]"},
	{"Owner", "owner:string type:string? maps:uint entries:uint slots:uint "
		  "storage_bytes:uint waste_bytes:uint keys_bytes:uint? "
		  "values_bytes:uint? sizes_exact:bool retained_bytes:uint? "
		  "retained_exact:bool tombstones:uint old_bytes:uint "
		  "chain:uint flags:string[] severity:string addresses:hex[] "
		  "addresses_truncated:bool"},
	{"GoroutineGroup", "count:uint place:string created:string "
			   "state:string wait_ns:uint? maps:uint first_id:int"},
	{"GrowthSide", "maps:uint entries:uint slots:uint storage_bytes:uint "
		       "retained_bytes:uint? tombstones:uint"},
	{"GrowthOwner", "owner:string state:string base:GrowthSide "
			"now:GrowthSide"},
	{"GrowthType", "type:string base_objects:uint objects:uint "
		       "base_bytes:uint bytes:uint"},
	{"Watched", "memory_limit:string? headroom_bytes:uint? points:Point[] "
		    "series:Series[]"},
	{"Growth", "base_time:string verdict:string[] owners:GrowthOwner[] "
		   "types:GrowthType[]"},
	{"Values", " ..."},
	{"Point", "time:string stop_ns:uint"},
	{"Series",
	 "metric:string unit:string values:number?[] known:uint first:number? "
	 "now:number? min:number? max:number? mean:number? "
	 "slope_per_s:number? r2:number? forecast_s:number?"},
	{"Tool", "name:string version:string"},
	{"Library", "name:string version:string"},
	{"GoReleases", "oldest_minor:int newest_minor:int"},
	{"Target", "kind:{live,core,snapshot} pid:int? exe:string go:string "
		   "experiments:string arch:string map_impl:{classic,swiss} "
		   "build_id:string? dwarf:{yes,separate,no}"},
	{"Sample", "time:string freeze:string stop_ns:uint image_ns=uint "
		   "cow_bytes=uint reap_ns=uint complete:bool "
		   "copied_bytes:uint unreadable_bytes:uint warnings:string[]"},
};

static const struct {
	const char *name, *fields;
} answers[] = {
	{"maps", "schema:string tool:Tool target:Target sample:Sample "
		 "redaction:string maps:Map|Group[]"},
	{"map", "schema:string tool:Tool target:Target sample:Sample "
		"redaction:string map=MapDetail key=KeyPlace"},
	{"entries", "schema:string tool:Tool target:Target sample:Sample "
		    "redaction:string entries=SwissEntry|ClassicEntry[] "
		    "groups=EntryGroup[] entries_seen=uint rows_kept=uint "
		    "entries_of_other_groups=uint"},
	{"overview", "schema:string tool:Tool target:Target sample:Sample "
		     "redaction:string stats:Stats findings:Finding[] "
		     "owners:Group[]"},
	{"findings", "schema:string tool:Tool target:Target sample:Sample "
		     "redaction:string findings:Finding[]"},
	{"refs", "schema:string tool:Tool target:Target sample:Sample "
		 "redaction:string object=RefObject paths=Path[] strong=uint "
		 "excluded=uint ignored=uint weak_pointer=bool finalizer=bool "
		 "cleanup=bool all_paths=bool verdict=string "
		 "incoming=Reference[] outgoing=Reference[] all_rows=bool"},
	{"retained", "schema:string tool:Tool target:Target sample:Sample "
		     "redaction:string retained:Retained[]"},
	{"objects", "schema:string tool:Tool target:Target sample:Sample "
		    "redaction:string objects:Object[]"},
	{"types", "schema:string tool:Tool target:Target sample:Sample "
		  "redaction:string types:Type[] objects:uint bytes:uint"},
	{"heapprofile", "schema:string tool:Tool target:Target sample:Sample "
			"redaction:string period:int samples:HeapSample[]"},
	{"refprofile", "schema:string tool:Tool target:Target sample:Sample "
		       "redaction:string period:int samples:RefSample[]"},
	{"containers", "schema:string tool:Tool target:Target sample:Sample "
		       "redaction:string containers:Container[]"},
	{"addr", "schema:string tool:Tool target:Target sample:Sample "
		 "redaction:string addr:Address"},
	{"find", "schema:string tool:Tool target:Target sample:Sample "
		 "redaction:string found:Found[] all_rows:bool"},
	{"stats", "schema:string tool:Tool target:Target sample:Sample "
		  "redaction:string stats:Stats"},
	{"parts", "schema:string tool:Tool target:Target sample:Sample "
		  "redaction:string parts:Part[]"},
	{"classes", "schema:string tool:Tool target:Target sample:Sample "
		    "redaction:string classes:SizeClass[]"},
	{"spans", "schema:string tool:Tool target:Target sample:Sample "
		  "redaction:string spans:SpanClass[]"},
	{"goroutines", "schema:string tool:Tool target:Target sample:Sample "
		       "redaction:string goroutines:Goroutine[]"},
	{"stack", "schema:string tool:Tool target:Target sample:Sample "
		  "redaction:string goroutine:int frames:Frame[] "
		  "ancestors=Ancestor[]"},
	{"locals", "schema:string tool:Tool target:Target sample:Sample "
		   "redaction:string locals:Variable[]"},
	{"args", "schema:string tool:Tool target:Target sample:Sample "
		 "redaction:string args:Variable[]"},
	{"print", "schema:string tool:Tool target:Target sample:Sample "
		  "redaction:string expr:string addr:hex? value:Value"},
	{"whatis", "schema:string tool:Tool target:Target sample:Sample "
		   "redaction:string expr:string type:string size:uint?"},
	{"examinemem", "schema:string tool:Tool target:Target sample:Sample "
		       "redaction:string addr:hex size:uint values:hex[]"},
	{"vars", "schema:string tool:Tool target:Target sample:Sample "
		 "redaction:string vars:Variable[]"},
	{"report",
	 "schema:string tool:Tool target:Target sample:Sample "
	 "redaction:string title:string verdict:string facts:Fact[] "
	 "stats:Stats findings:Finding[] "
	 "findings_truncated:bool owners:Owner[] owners_truncated:bool "
	 "maps:Map[] maps_truncated:bool suspects:Suspect[] "
	 "goroutines:GoroutineGroup[] types:Type[] growth:Growth? "
	 "watched:Watched? "
	 "files:File[]"},
	{"reportfiles", "schema:string tool:Tool target:Target sample:Sample "
			"redaction:string path:string names:string? "
			"files:File[]"},
	{"watch", "schema:string tool:Tool target:Target sample:Sample "
		  "redaction:string memory_limit:string? headroom_bytes:uint? "
		  "points:Point[] series:Series[] failed:bool?"},
	{"watch_sample", "schema:string time:string stop_ns:uint "
			 "values:Values"},
	{"diff", "schema:string tool:Tool target:Target sample:Sample "
		 "redaction:string base:Source same_process:bool "
		 "elapsed_ns:int verdict:string[] totals:DiffTotals "
		 "types:TypeChange[] goroutines:GoroutineChange[] "
		 "rows:Change[]"},
	{"ps", "schema:string tool:Tool processes:Process[]"},
	{"doctor", "schema:string tool:Tool checks:Check[]"},
	{"version", "schema:string tool:Tool build_id:string? commit:string? "
		    "compiler:string snapshot_version:int go:GoReleases "
		    "libraries:Library[]"},
	{"error", "schema:string code:int message:string hint:string?"},
};

static const char *find_shape(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(shapes); i++)
		if (strlen(shapes[i].name) == len &&
		    !memcmp(shapes[i].name, name, len))
			return shapes[i].fields;
	return "";
}

static void add_object(struct json *json, const char *fields);

static bool is_word(const char *type, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(word, type, len);
}

static const char *json_type(const char *type, size_t len)
{
	static const char *const plain[][2] = {
		{"string", "string"}, {"bool", "boolean"},  {"int", "integer"},
		{"uint", "integer"},  {"number", "number"}, {"hex", "string"},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(plain); i++)
		if (is_word(type, len, plain[i][0]))
			return plain[i][1];
	return *type == '{' ? "string" : "object";
}

/* "{a,b}" */
static void add_words(struct json *json, const char *type, size_t len)
{
	const char *p = type + 1, *end = type + len - 1;

	json_open(json, "enum", '[');
	while (p < end) {
		size_t n = strcspn(p, ",}");
		CLEANUP(free_cleanup) char *word = xstrndup(p, n);

		json_string(json, NULL, word);
		p += n + 1;
	}
	json_close(json, ']');
}

/* "A|B" */
static void add_forms(struct json *json, const char *type, size_t len)
{
	const char *p = type, *end = type + len;

	json_open(json, "anyOf", '[');
	while (p < end) {
		size_t n = strcspn(p, "|");

		n = n < (size_t)(end - p) ? n : (size_t)(end - p);
		json_open(json, NULL, '{');
		json_string(json, "type", "object");
		add_object(json, find_shape(p, n));
		json_close(json, '}');
		p += n + 1;
	}
	json_close(json, ']');
}

static void add_base(struct json *json, const char *type, size_t len,
		     bool nullable)
{
	if (memchr(type, '|', len)) {
		add_forms(json, type, len);
		return;
	}
	if (nullable) {
		json_open(json, "type", '[');
		json_string(json, NULL, json_type(type, len));
		json_string(json, NULL, "null");
		json_close(json, ']');
	} else {
		json_string(json, "type", json_type(type, len));
	}
	if (is_word(type, len, "uint"))
		json_u64(json, "minimum", 0);
	else if (is_word(type, len, "hex"))
		json_string(json, "pattern", "^0x[0-9a-f]+$");
	else if (*type == '{')
		add_words(json, type, len);
	else if (isupper((unsigned char)*type))
		add_object(json, find_shape(type, len));
}

static void add_type(struct json *json, const char *type, size_t len)
{
	bool nullable = len > 1 && type[len - 1] == '?';
	bool array = len > 2 && !memcmp(type + len - 2, "[]", 2);

	if (!array) {
		add_base(json, type, len - nullable, nullable);
		return;
	}
	len -= 2;
	nullable = type[len - 1] == '?';
	json_string(json, "type", "array");
	json_open(json, "items", '{');
	add_base(json, type, len - nullable, nullable);
	json_close(json, '}');
}

static void add_required(struct json *json, const char *fields)
{
	const char *p;

	json_open(json, "required", '[');
	for (p = fields; *p; p += strcspn(p, " "), p += *p == ' ') {
		size_t n = strcspn(p, ":= ");
		CLEANUP(free_cleanup) char *name = xstrndup(p, n);

		if (p[n] == ':')
			json_string(json, NULL, name);
	}
	json_close(json, ']');
}

/* Calls itself through add_base(); the notation has no cycles. "..." stands
 * for fields that depend on the value. */
static void add_object(struct json *json, const char *fields)
{
	bool open = strstr(fields, " ...") != NULL;
	const char *p;

	add_required(json, fields);
	json_open(json, "properties", '{');
	for (p = fields; *p; p += strcspn(p, " "), p += *p == ' ') {
		size_t n = strcspn(p, ":= ");
		CLEANUP(free_cleanup) char *name = xstrndup(p, n);

		if (p[n] != ':' && p[n] != '=')
			continue;
		json_open(json, name, '{');
		add_type(json, p + n + 1, strcspn(p + n + 1, " "));
		json_close(json, '}');
	}
	json_close(json, '}');
	if (open)
		json_bool(json, "additionalProperties", true);
}

static int list_schemas(struct cli *cli)
{
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err;
	size_t i;

	for (i = 0; i < ARRAY_LEN(answers); i++)
		buf_printf(&out, "%s\n", answers[i].name);
	err = output_write(&out);
	return err ? cli_fail(cli, err) : EXIT_OK;
}

static int print_schema(struct cli *cli, size_t i)
{
	CLEANUP(json_deinit) struct json json = {0};
	CLEANUP(free_cleanup) char *id = NULL;
	struct error *err;

	id = xasprintf("mapscope/%s/1", answers[i].name);
	json_open(&json, NULL, '{');
	json_string(&json, "$schema",
		    "https://json-schema.org/draft/2020-12/schema");
	json_string(&json, "title", id);
	json_string(&json, "type", "object");
	add_object(&json, answers[i].fields);
	json_close(&json, '}');
	buf_addc(&json.out, '\n');
	err = output_write(&json.out);
	return err ? cli_fail(cli, err) : EXIT_OK;
}

static int run(struct cli *cli)
{
	const char *which = cli_take_arg(cli);
	size_t i;

	if (!which)
		return list_schemas(cli);
	for (i = 0; i < ARRAY_LEN(answers); i++)
		if (!strcmp(answers[i].name, which))
			return print_schema(cli, i);
	return cli_fail(cli,
			error_new(ERROR_NOT_FOUND, "no schema '%s'", which));
}

const struct command schema_entry = {
	.name = "schema",
	.usage = "schema [NAME]",
	.help = "print the JSON Schema of an answer",
	.run = run,
};
