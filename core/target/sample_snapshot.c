#include "core/target/sample_store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <zlib.h>
#include <zstd.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/target/sample_priv.h"

enum { MAX_ROWS = 1 << 20, MAX_RUN = 1 << 24, PAGE_MASK = SAMPLE_PAGE - 1 };

struct load {
	struct sample *sample;
	struct db *db;
	struct db_query *pages;
	struct job *job;
	int exe_fd;
	pthread_mutex_t lock; /* of pages, end and err */
	bool end;
	struct error *err;
};

static void load_deinit(struct load *load)
{
	db_query_free(load->pages);
	sample_free(load->sample);
	pthread_mutex_destroy(&load->lock);
}

static struct error *damaged(const char *what, uint64_t addr)
{
	return error_new(ERROR_CORRUPT,
			 "the snapshot is damaged: %s at 0x%" PRIx64, what,
			 addr);
}

static struct error *load_mappings(struct load *load)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct sample *s = load->sample;
	struct error *err;
	size_t cap = 0;
	bool more;

	if ((err = db_prepare(load->db,
			      "SELECT start,end,perms,offset,anonymous,path "
			      "FROM mapping ORDER BY start",
			      &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		const char *perms = db_text(q, 2);
		char p[4];

		if (s->mapping_count >= MAX_ROWS || strlen(perms) != 4)
			return damaged("a mapping", (uint64_t)db_int(q, 0));
		memcpy(p, perms, sizeof(p));
		GROW_ARRAY(s->mappings, s->mapping_count, cap);
		s->mappings[s->mapping_count++] = (struct sample_mapping){
			.start = (uint64_t)db_int(q, 0),
			.end = (uint64_t)db_int(q, 1),
			.readable = p[0] == 'r',
			.writable = p[1] == 'w',
			.executable = p[2] == 'x',
			.shared = p[3] == 's',
			.file_offset = (uint64_t)db_int(q, 3),
			.anonymous = db_int(q, 4) != 0,
			.path = xstrdup(db_text(q, 5)),
		};
	}
	return err;
}

static struct error *load_threads(struct load *load)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct sample *s = load->sample;
	struct error *err;
	size_t cap = 0;
	bool more;

	if ((err = db_prepare(load->db,
			      "SELECT tid,pc,sp,bp,fs_base,registers "
			      "FROM thread ORDER BY id",
			      &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		struct sample_thread *t;
		const void *regs;
		size_t size;

		if (s->thread_count >= LIMIT_THREADS)
			return damaged("the list of threads", 0);
		GROW_ARRAY(s->threads, s->thread_count, cap);
		t = &s->threads[s->thread_count++];
		*t = (struct sample_thread){.tid = (pid_t)db_int(q, 0)};
		regs = db_blob(q, 5, &size);
		if (size != sizeof(t->regs))
			continue;
		t->pc = (uint64_t)db_int(q, 1);
		t->sp = (uint64_t)db_int(q, 2);
		t->bp = (uint64_t)db_int(q, 3);
		t->fs_base = (uint64_t)db_int(q, 4);
		memcpy(t->regs, regs, size);
		t->have_regs = true;
	}
	return err;
}

static struct error *add_one(struct load *load, struct db_query *q)
{
	uint64_t start = (uint64_t)db_int(q, 0), end = (uint64_t)db_int(q, 1);
	uint64_t offset = (uint64_t)db_int(q, 3);
	struct segment seg;
	struct error *err = segment_reserve(start, end, -1, 0, &seg);

	if (err)
		return error_wrap(err, "the snapshot is damaged");
	if (db_int(q, 2) && load->exe_fd >= 0 &&
	    offset <= INT64_MAX - (end - start)) {
		seg.source = SOURCE_FILE;
		seg.fd = load->exe_fd;
		seg.file_offset = offset;
		seg.file_bytes = end - start;
	}
	if (sample_add_segment(load->sample, &seg))
		return NULL;
	segment_deinit(&seg);
	return damaged("overlapping memory", start);
}

static struct error *load_segments(struct load *load)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	bool more;

	if ((err = db_prepare(load->db,
			      "SELECT start,end,exe,offset FROM segment", &q)))
		return err;
	while (!(err = db_next(q, &more)) && more) {
		if (load->sample->segment_count >= MAX_ROWS)
			return damaged("the list of segments", 0);
		if ((err = add_one(load, q)))
			return err;
	}
	return err;
}

struct run {
	uint64_t start, len;
	uint32_t crc;
	uint8_t *data; /* owned */
	size_t size, cap;
};

/* The next row, copied out; false at the end or after an error. */
static bool take_run(struct load *load, struct run *run)
{
	const void *data;
	bool more = false;
	struct error *err = NULL;

	pthread_mutex_lock(&load->lock);
	if (!load->end)
		err = db_next(load->pages, &more);
	if (more) {
		run->start = (uint64_t)db_int(load->pages, 0);
		run->len = (uint64_t)db_int(load->pages, 1);
		run->crc = (uint32_t)db_int(load->pages, 2);
		data = db_blob(load->pages, 3, &run->size);
		if (run->size > run->cap) {
			run->cap = run->size;
			run->data = xrealloc(run->data, run->cap);
		}
		if (run->size)
			memcpy(run->data, data, run->size);
	}
	load->end |= !more;
	if (err)
		load->err = err;
	pthread_mutex_unlock(&load->lock);
	return more;
}

/* What is as long as it should become is not compressed. */
static bool unpack(ZSTD_DCtx *context, const struct run *run, uint8_t *to)
{
	size_t n;

	if (run->size == run->len) {
		memcpy(to, run->data, run->len);
		return true;
	}
	n = ZSTD_decompressDCtx(context, to, run->len, run->data, run->size);
	return !ZSTD_isError(n) && n == run->len;
}

static struct error *place_run(struct load *load, ZSTD_DCtx *context,
			       const struct run *run)
{
	struct segment *seg = sample_segment(load->sample, run->start);
	uint8_t *to;

	if (!seg || !run->len || run->len > MAX_RUN ||
	    ((run->start | run->len) & PAGE_MASK) ||
	    seg->end - run->start < run->len ||
	    segment_page_present(seg, run->start))
		return damaged("a page", run->start);
	to = seg->base + (run->start - seg->start);
	if (run->size && (!unpack(context, run, to) ||
			  crc32(0, to, (uInt)run->len) != run->crc))
		return damaged("the bytes", run->start);
	segment_set_present(seg, run->start, run->start + run->len);
	return NULL;
}

static void load_pages(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	struct load *load = arg;
	ZSTD_DCtx *context = ZSTD_createDCtx();
	struct run run = {0};
	struct error *err = NULL;

	(void)worker;
	(void)begin;
	(void)end;
	while (!err && !job_cancelled(load->job) && take_run(load, &run)) {
		err = place_run(load, context, &run);
		job_advance(load->job, 1);
	}
	if (err) {
		pthread_mutex_lock(&load->lock);
		load->end = true;
		if (load->err)
			error_free(err);
		else
			load->err = err;
		pthread_mutex_unlock(&load->lock);
	}
	free(run.data);
	ZSTD_freeDCtx(context);
}

static struct error *count_pages(struct load *load, uint64_t *ret)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	struct error *err;
	bool more;

	*ret = 0;
	if ((err = db_prepare(load->db, "SELECT count(*) FROM page", &q)) ||
	    (err = db_next(q, &more)))
		return err;
	*ret = more ? (uint64_t)db_int(q, 0) : 0;
	return NULL;
}

static struct error *load_memory(struct load *load, unsigned threads)
{
	struct error *err;
	uint64_t count;

	if ((err = count_pages(load, &count)) ||
	    (err = db_prepare(load->db,
			      "SELECT start,length,crc,data FROM page",
			      &load->pages)))
		return err;
	job_phase(load->job, "read memory", count);
	job_parallel(load->job, threads, job_threads(threads), 1, load_pages,
		     load);
	err = load->err;
	load->err = NULL;
	return err ? err : job_check(load->job);
}

static void copy_info(struct sample *s, const struct sample_info *info)
{
	size_t i;

	s->info.freeze = info->freeze;
	s->info.pid = info->pid;
	s->info.exe = xstrdup(info->exe ? info->exe : "");
	s->info.time_ns = info->time_ns;
	s->info.mono_ns = info->mono_ns;
	s->info.stop_ns = info->stop_ns;
	s->info.copied_bytes = info->copied_bytes;
	s->info.unreadable_bytes = info->unreadable_bytes;
	s->info.attempts = info->attempts;
	s->info.score = info->score;
	s->info.complete = info->complete;
	for (i = 0; i < info->warning_count; i++)
		sample_warn(s, "%s", info->warnings[i]);
}

static void open_exe(struct load *load, const char *exe)
{
	struct stat st;

	load->exe_fd = exe ? open(exe, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	if (load->exe_fd < 0)
		return;
	sample_own_fd(load->sample, load->exe_fd);
	if (fstat(load->exe_fd, &st) || !S_ISREG(st.st_mode))
		load->exe_fd = -1;
}

struct error *sample_open_store(struct db *db, const struct sample_info *info,
				const char *exe, unsigned threads,
				struct job *job, struct sample **ret)
{
	CLEANUP(load_deinit) struct load load = {.db = db, .job = job};
	struct error *err;

	*ret = NULL;
	pthread_mutex_init(&load.lock, NULL);
	load.sample = sample_new(SAMPLE_SNAPSHOT);
	copy_info(load.sample, info);
	open_exe(&load, exe);
	if ((err = load_mappings(&load)) || (err = load_threads(&load)) ||
	    (err = load_segments(&load)) || (err = load_memory(&load, threads)))
		return err;
	*ret = load.sample;
	load.sample = NULL;
	return NULL;
}
