#include "core/session/session.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/xalloc.h"
#include "core/session/series.h"
#include "core/session/session_priv.h"
#include "core/session/stored.h"
#include "core/target/preflight.h"
#include "core/target/rival.h"
#include "core/target/procfs.h"

enum { STOP_RETRIES = 3 };

static const char DELETED[] = " (deleted)";

struct session_options session_options_default(void)
{
	return (struct session_options){
		.freeze = SESSION_COPY,
		.max_stop_ns = 1000000000,
		.max_age_ns = 60000000000,
		.thresholds =
			{
#define THRESHOLD_VALUE(field, key, value, help) .field = (value),
				THRESHOLD_TABLE(THRESHOLD_VALUE)
#undef THRESHOLD_VALUE
			},
	};
}

struct session *session_new(const struct session_options *options)
{
	struct session *session = xcalloc(1, sizeof(*session));

	session->options = *options;
	session->options.like = NULL;
	session->command = xcalloc(1, sizeof(*session->command));
	pthread_mutex_init(&session->lazy_lock, NULL);
	return session;
}

void session_ask(const struct session *session, bool (*ask)(void *arg),
		 void *arg)
{
	job_ask(session->command, ask, arg);
}

bool session_ended(const struct session *session)
{
	return job_cancelled(session->command);
}

struct job *session_job(const struct session *session)
{
	return session->command;
}

void session_free(struct session *session)
{
	if (!session || atomic_fetch_sub(&session->holds, 1))
		return;
	heap_reverse_free(session->reverse);
	heap_dom_tree_free(session->dom_tree);
	session_type_names_free(session);
	pthread_mutex_destroy(&session->lazy_lock);
	findings_free(session);
	stored_free(session->stored);
	if (session->series)
		series_deinit(session->series);
	free(session->series);
	resident_deinit(&session->resident);
	free(session->rows);
	intern_deinit(&session->owners);
	free(session->heap_maps);
	heap_free(session->heap);
	go_runtime_free(session->rt);
	sample_free(session->sample);
	go_program_close(session->program);
	free(session->name);
	free(session->command);
	free(session);
}

const struct series_set *session_series(const struct session *session)
{
	return session->series;
}

void session_hold(struct session *session)
{
	atomic_fetch_add(&session->holds, 1);
}

static void session_cleanup(struct session **session)
{
	session_free(*session);
}

static void set_name(struct session *session)
{
	const char *exe = sample_info(session->sample)->exe;
	const char *slash = exe ? strrchr(exe, '/') : NULL;
	char *name = xstrdup(slash ? slash + 1 : exe ? exe : "?");
	char *end = strstr(name, DELETED);

	/* What the kernel adds to a file that was removed or replaced. */
	if (end && end != name && !end[sizeof(DELETED) - 1])
		*end = 0;
	session->name = name;
}

static struct error *find_maps(struct session *session, struct job *job)
{
	const struct session_options *options = &session->options;
	const struct heap_search search = {
		.how = options->all ? HEAP_FIND_GARBAGE : 0,
		.is_header = untyped_is_header,
		.arg = session,
		.shape_bytes = MAP_HEADER_BYTES,
	};
	struct heap_found found;
	struct error *err;

	err = heap_find_maps(session->heap, &search, options->threads, job,
			     &found);
	if (err)
		return err;
	session->heap_maps = found.maps;
	session->heap_map_count = found.count;
	session->nil_maps = found.nils;
	return NULL;
}

/** Time since @p mark, which is now. */
static uint64_t lap(uint64_t *mark)
{
	uint64_t since = *mark;

	*mark = clock_now();
	return *mark - since;
}

/* Objects, their references and owners, maps, what each keeps alive. */
static struct error *analyse_heap(struct session *session, struct job *job)
{
	struct session_times *times = &session->times;
	unsigned threads = session->options.threads;
	uint64_t mark = clock_now();
	struct error *err;

	err = go_runtime_load(session->program, session->sample, threads, job,
			      &session->rt);
	times->runtime_ns = lap(&mark);
	if (!err)
		err = heap_load(session->rt, threads, job, &session->heap);
	times->mark_ns = lap(&mark);
	if (!err)
		err = find_maps(session, job);
	times->references_ns = lap(&mark);
	if (!err && !session->options.no_retained)
		err = heap_dominators(session->heap, threads, job);
	times->dominators_ns = lap(&mark);
	return err;
}

/* What cannot be read because it is absent is no damage of the target. */
static struct error *explain_absence(const struct session *session,
				     struct error *err)
{
	const struct sample_info *info = sample_info(session->sample);
	CLEANUP(error_cleanup) struct error *cause = NULL;

	if (!err || info->complete ||
	    (err->code != ERROR_CORRUPT && err->code != ERROR_FAULT &&
	     err->code != ERROR_NOT_FOUND))
		return err;
	cause = err;
	if (info->kind == SAMPLE_CORE)
		return error_hint(error_new(ERROR_CORRUPT,
					    "the core is truncated: %s",
					    cause->message),
				  "write it again: is the disk full, or "
				  "`ulimit -c` too low?");
	return error_hint(error_new(ERROR_LIMIT,
				    "the stop was too short to copy what is "
				    "needed: %s",
				    cause->message),
			  "give a longer --max-stop, or --freeze=nonstop");
}

static struct error *analyse(struct session *session, struct job *job)
{
	uint64_t start = clock_now();
	struct error *err;

	set_name(session);
	if ((err = analyse_heap(session, job)))
		return err;
	if ((err = map_table_build(session, job)))
		return err;
	err = go_memstats_load(session->rt, &session->stats);
	session->have_stats = !err;
	if (err)
		sample_warn(session->sample, "statistics: %s", err->message);
	error_free(err);
	if ((err = findings_build(session)))
		return err;
	session->analysis_ns = clock_now() - start;
	log_info(LOG_PART_ANALYSIS, "%" PRIu32 " maps in %.3f s",
		 session->row_count, (double)session->analysis_ns / 1e9);
	return job_check(job);
}

/* From the sample to rows and findings: the same for every kind of target. */
struct error *session_analyse(struct session *session, struct job *job)
{
	return explain_absence(session, analyse(session, job));
}

struct error *session_reverse(const struct session *session,
			      const struct heap_reverse **ret)
{
	/* a cache: what it holds follows from the rest of the session */
	struct session *cache = (struct session *)(uintptr_t)session;
	struct error *err = NULL;

	if (!session->heap)
		return session_needs_memory(session);
	pthread_mutex_lock(&cache->lazy_lock);
	if (!cache->reverse)
		err = heap_reverse_load(session->heap, session->options.threads,
					session->command, &cache->reverse);
	*ret = cache->reverse;
	pthread_mutex_unlock(&cache->lazy_lock);
	return err;
}

struct error *session_dom_tree(const struct session *session,
			       const struct heap_dom_tree **ret)
{
	struct session *cache = (struct session *)(uintptr_t)session;

	if (!session->heap)
		return session_needs_memory(session);
	if (!session->heap->idom)
		return error_hint(
			error_new(ERROR_USAGE, "retained sizes are not known"),
			"leave out --no-retained");
	pthread_mutex_lock(&cache->lazy_lock);
	if (!cache->dom_tree)
		cache->dom_tree = heap_dom_tree_new(session->heap);
	*ret = cache->dom_tree;
	pthread_mutex_unlock(&cache->lazy_lock);
	return NULL;
}

struct error *session_open_program(struct session *session, const char *exe,
				   struct job *job)
{
	struct error *err;

	job_phase(job, "read the binary", 0);
	err = go_program_open(exe, session->options.debug_dir, job,
			      &session->program);
	if (!err)
		session->index_ns = session->program->index_ns;
	return err;
}

static uint64_t resident_bytes(pid_t pid)
{
	struct proc_status status = {0};
	struct error *err = procfs_status(pid, &status);

	error_free(err);
	return err ? 0 : status.rss_bytes;
}

static void log_sample(const struct session *session)
{
	const struct sample_info *info = sample_info(session->sample);

	log_info(LOG_PART_TARGET,
		 "process %d stopped %.3f ms in %u attempts, %" PRIu64
		 " bytes copied in %.3f s%s",
		 (int)info->pid, (double)info->stop_ns / 1e6, info->attempts,
		 info->copied_bytes, (double)session->copy_ns / 1e9,
		 info->complete ? "" : ", not complete");
}

static struct error *take_sample(struct session *session, pid_t pid,
				 struct job *job)
{
	static const enum sample_freeze freeze[] = {
		[SESSION_COPY] = FREEZE_COPY,
		[SESSION_STOP] = FREEZE_STOP,
		[SESSION_NONSTOP] = FREEZE_NONSTOP,
		[SESSION_FORK] = FREEZE_FORK,
	};
	const struct session_options *o = &session->options;
	struct sample_options options = {
		.freeze = freeze[o->freeze],
		.max_stop_ns = o->max_stop_ns,
		.max_mem = o->max_mem,
		.threads = o->threads,
		.retries = STOP_RETRIES,
		.max_cow = o->max_cow,
		.max_age_ns = o->max_age_ns,
	};
	struct go_sample_plan *go_plan;
	struct sample_plan plan;
	uint64_t start = clock_now();
	struct error *err;

	err = go_sample_plan_new(session->program, &go_plan, &plan);
	if (err)
		return err;
	job_phase(job, "copy", 0);
	err = sample_take_live(pid, &options, &plan, job, &session->sample);
	go_sample_plan_free(go_plan);
	session->index_ns = session->program->index_ns;
	session->copy_ns = clock_now() - start;
	if (!err)
		log_sample(session);
	return err;
}

/** Who reads without a stop needs no tracee of its own. */
static struct error *check_target(pid_t pid,
				  const struct session_options *options)
{
	if (options->freeze == SESSION_NONSTOP)
		return preflight_check(pid);
	return rival_preflight(pid);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/** A process that is executing or ending has no executable for a moment. */
static struct error *open_program_of(struct session *session,
				     const struct session *like, pid_t pid,
				     struct job *job)
{
	const char *given = session->options.exe;
	char exe[64];
	struct error *err;

	snprintf(exe, sizeof(exe), "/proc/%d/exe", (int)pid);
	if (like && like->program &&
	    same_text(like->options.debug_dir, session->options.debug_dir))
		session->program =
			go_program_share(like->program, given ? given : exe);
	if (session->program)
		return NULL;
	job_phase(job, "read the binary", 0);
	/* The debug information is read while the copy is prepared. */
	err = go_program_start(given ? given : exe, session->options.debug_dir,
			       job, &session->program);
	if (!given && err && err->code == ERROR_PERMISSION)
		return preflight_explain(pid, err);
	if (given || !err || err->sys_errno != ENOENT)
		return err;
	error_free(err);
	return error_hint(error_new(ERROR_NO_TARGET,
				    "process %d ends or executes another "
				    "program",
				    (int)pid),
			  "try again");
}

/** What a program says that another has replaced means nothing. */
static struct error *judge(struct error *err, pid_t pid,
			   const struct proc_stat *before)
{
	struct proc_stat now = {0};

	if (err->code == ERROR_CANCELLED || err->code == ERROR_NO_TARGET)
		return err;
	error_free(procfs_stat(pid, 0, &now));
	if (now.start_code == before->start_code &&
	    now.start_stack == before->start_stack)
		return err;
	error_free(err);
	return error_hint(error_new(ERROR_NO_TARGET,
				    "process %d ended or executed another "
				    "program while it was read",
				    (int)pid),
			  "try again");
}

static void *load_process(void *arg)
{
	struct session *session = arg;
	const struct sample_info *info = sample_info(session->sample);

	session->rss = resident_bytes(info->pid);
	error_free(resident_load(info->pid, info->exe, &session->resident));
	surroundings_load(info->pid, &session->around);
	return NULL;
}

/* The kernel walks all page tables for that: it is done beside the analysis. */
static struct error *analyse_live(struct session *session, struct job *job)
{
	pthread_t thread;
	bool beside = !pthread_create(&thread, NULL, load_process, session);
	struct error *err;

	if (!beside)
		load_process(session);
	err = session_analyse(session, job);
	if (beside)
		pthread_join(thread, NULL);
	session->stats.rss = session->rss;
	return err;
}

static struct error *read_live(struct session *session,
			       const struct session *like, pid_t pid,
			       struct job *job)
{
	struct error *err;

	if ((err = open_program_of(session, like, pid, job)) ||
	    (err = job_check(job)) || (err = take_sample(session, pid, job)))
		return err;
	if (like && session->program == like->program)
		session->index_ns = 0;
	return analyse_live(session, job);
}

struct error *session_open_live(pid_t pid,
				const struct session_options *options,
				struct job *job, struct session **ret)
{
	CLEANUP(session_cleanup) struct session *session = NULL;
	struct proc_stat before = {0};
	struct error *err;

	session = session_new(options);
	if ((err = check_target(pid, options)))
		return err;
	error_free(procfs_stat(pid, 0, &before));
	if ((err = read_live(session, options->like, pid, job)))
		return judge(err, pid, &before);
	*ret = session;
	session = NULL;
	return NULL;
}

struct error *session_open_core(const char *exe, const char *core,
				const struct session_options *options,
				struct job *job, struct session **ret)
{
	CLEANUP(session_cleanup) struct session *session = NULL;
	const char *found;
	struct error *err;

	session = session_new(options);
	job_phase(job, "read the core", 0);
	if ((err = sample_open_core(core, exe, &session->sample)))
		return err;
	found = exe ? exe : sample_info(session->sample)->exe;
	if (!found || !*found)
		return error_hint(error_new(ERROR_NOT_FOUND,
					    "'%s' names no executable", core),
				  "mapscope core EXE CORE");
	if ((err = session_open_program(session, found, job)))
		return err;
	if ((err = session_analyse(session, job)))
		return err;
	*ret = session;
	session = NULL;
	return NULL;
}

bool session_continue(struct session *session)
{
	struct error *err;

	if (!session->sample || sample_state(session->sample) != TARGET_STOPPED)
		return false;
	err = sample_resume(session->sample);
	error_free(err);
	return !err;
}

bool session_has_memory(const struct session *session)
{
	return session->stored == NULL;
}

bool session_is_brief(const struct session *session)
{
	return session->stored && session->stored->brief;
}

struct error *session_check_maps(const struct session *session)
{
	if (!session->stored || session->stored->meta.level != SNAPSHOT_STATS)
		return NULL;
	return error_hint(error_new(ERROR_USAGE,
				    "the snapshot is of level 'stats': it "
				    "lists no maps"),
			  "`stats` and `findings` answer from it");
}

struct error *session_needs_memory(const struct session *session)
{
	if (session->stored->meta.level == SNAPSHOT_FULL)
		return error_hint(
			error_new(ERROR_USAGE, "the snapshot's memory is "
					       "closed: its binary is not "
					       "here"),
			"name it with --exe, or put it beside the snapshot");
	return error_hint(
		error_new(ERROR_USAGE,
			  "the snapshot is of level '%s': it holds no memory",
			  snapshot_level_name(session->stored->meta.level)),
		"only `mapscope snapshot --level full` keeps it");
}

void session_info(const struct session *session, struct session_info *ret)
{
	static const char *const kinds[] = {"live", "core", "snapshot", "fake"};
	static const char *const freezes[] = {"copy", "stop", "nonstop",
					      "fork"};
	const struct go_program *program = session->program;
	const struct sample_info *info;

	if (session->stored) {
		stored_info(session, ret);
		return;
	}
	info = sample_info(session->sample);
	*ret = (struct session_info){
		.kind = kinds[info->kind],
		.pid = info->pid,
		.exe = info->exe ? info->exe : "",
		.name = session->name,
		.go = program->build.version,
		.experiments = program->build.experiments,
		.arch = "amd64",
		.map_impl = map_impl_name(program->map_impl),
		.build_id = elf_file_build_id(program->elf),
		.freeze = freezes[info->freeze],
		.dwarf = !program->dbg			   ? "no"
			 : dbg_separate_path(program->dbg) ? "separate"
							   : "yes",
		.time_ns = info->time_ns,
		.stop_ns = info->stop_ns,
		.copied_bytes = info->copied_bytes,
		.unreadable_bytes = info->unreadable_bytes,
		.image_ns = info->image_ns,
		.cow_bytes = info->cow_bytes,
		.reap_ns = info->reap_ns,
		.open_ns = info->open_ns,
		.complete = info->complete,
		.stopped = sample_state(session->sample) == TARGET_STOPPED,
		.warnings = (const char *const *)info->warnings,
		.warning_count = info->warning_count,
	};
}

const char *session_module(const struct session *session)
{
	return session->stored ? session->stored->meta.module
			       : session->program->build.module;
}

/* Owners whose maps are the runtime's or the standard library's. */
static uint64_t count_std_owners(const struct session *session)
{
	CLEANUP(free_cleanup)
	uint8_t *seen = xcalloc(session->owners.count + 1, 1);
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < session->row_count; i++) {
		const struct map_row *row = &session->rows[i];

		if (!(row->flags & MAP_STD) ||
		    row->owner >= session->owners.count || seen[row->owner])
			continue;
		seen[row->owner] = 1;
		n++;
	}
	return n;
}

static void count_rows(const struct session *session,
		       struct session_totals *ret)
{
	uint32_t i;

	for (i = 0; i < session->row_count; i++) {
		const struct map_row *row = &session->rows[i];

		ret->maps++;
		ret->std_maps += (row->flags & MAP_STD) != 0;
		ret->entries += row->count;
		ret->slots += row->slots;
		ret->storage_bytes += row->storage_bytes;
		ret->waste_bytes += row->waste_bytes;
		ret->tombstones += row->tombstones;
		ret->old_bytes += row->old_bytes;
		ret->growing += (row->flags & MAP_GROWING) != 0;
		ret->writing += (row->flags & MAP_WRITING) != 0;
		ret->torn += (row->flags & MAP_TORN) != 0;
	}
}

static void copy_stats(const struct session *session,
		       struct session_totals *ret)
{
	const struct go_memstats *s = &session->stats;

	ret->heap_alloc = s->heap_alloc;
	ret->heap_inuse = s->heap_inuse;
	ret->heap_idle = s->heap_idle;
	ret->heap_released = s->heap_released;
	ret->heap_sys = s->heap_sys;
	ret->next_gc = s->next_gc;
	ret->num_gc = s->num_gc;
	ret->num_forced_gc = s->num_forced_gc;
	ret->last_pause_ns = s->last_pause_ns;
	ret->last_gc_ns = s->last_gc_ns;
	ret->pause_total_ns = s->pause_total_ns;
	ret->stack_inuse = s->stack_inuse;
	ret->stack_sys = s->stack_sys;
	ret->mallocs = s->mallocs;
	ret->frees = s->frees;
	ret->total_alloc = s->total_alloc;
	ret->sys = s->sys;
	ret->mspan_sys = s->mspan_sys;
	ret->mcache_sys = s->mcache_sys;
	ret->gc_sys = s->gc_sys;
	ret->mspan_inuse = s->mspan_inuse;
	ret->mcache_inuse = s->mcache_inuse;
	ret->buckhash_sys = s->buckhash_sys;
	ret->other_sys = s->other_sys;
	/* Any bytes may be there. */
	ret->gc_cpu_ppb = s->gc_cpu_fraction >= 0 && s->gc_cpu_fraction <= 1
				  ? (uint64_t)(s->gc_cpu_fraction * 1e9)
				  : UINT64_MAX;
	ret->gogc = s->gogc;
	ret->memory_limit = s->memory_limit;
	ret->gc_phase = s->gc_phase;
	ret->rss = s->rss ? s->rss : UINT64_MAX;
	ret->heap_garbage_bytes =
		s->heap_alloc > session->heap->reached_bytes
			? s->heap_alloc - session->heap->reached_bytes
			: 0;
}

static void unknown_stats(struct session_totals *ret)
{
	uint64_t *const fields[] = {
		&ret->heap_alloc,
		&ret->heap_inuse,
		&ret->heap_idle,
		&ret->heap_released,
		&ret->heap_sys,
		&ret->next_gc,
		&ret->num_gc,
		&ret->num_forced_gc,
		&ret->last_pause_ns,
		&ret->last_gc_ns,
		&ret->pause_total_ns,
		&ret->stack_inuse,
		&ret->stack_sys,
		&ret->mallocs,
		&ret->frees,
		&ret->total_alloc,
		&ret->sys,
		&ret->mspan_sys,
		&ret->mcache_sys,
		&ret->gc_sys,
		&ret->mspan_inuse,
		&ret->mcache_inuse,
		&ret->buckhash_sys,
		&ret->other_sys,
		&ret->gc_cpu_ppb,
		&ret->rss,
		&ret->heap_garbage_bytes,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(fields); i++)
		*fields[i] = UINT64_MAX;
	ret->gogc = -1;
	ret->memory_limit = INT64_MAX;
	ret->gc_phase = "?";
}

void session_totals(const struct session *session, struct session_totals *ret)
{
	size_t threads;
	uint32_t i;

	if (session->stored) {
		*ret = session->stored->totals;
		if (session_is_brief(session))
			return;
		ret->std_owners = session->row_count ? count_std_owners(session)
						     : UINT64_MAX;
		return;
	}
	*ret = (struct session_totals){
		.map_owners = session->owners.count,
		.std_owners = count_std_owners(session),
		.nil_maps = session->nil_maps,
		.heap_live_bytes = session->heap->reached_bytes,
		.heap_objects = session->heap->reached_objects,
		.analysis_ns = session->analysis_ns,
		.index_ns = session->index_ns,
		.copy_ns = session->copy_ns,
		.times = session->times,
	};
	count_rows(session, ret);
	if (session->have_stats)
		copy_stats(session, ret);
	else
		unknown_stats(ret);
	for (i = 0; i < session->rt->goroutine_count; i++) {
		ret->goroutines++;
		ret->user_goroutines += !session->rt->goroutines[i].system;
	}
	sample_threads(session->sample, &threads);
	ret->threads = threads;
}
