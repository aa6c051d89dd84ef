#include "core/target/sample_store.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "core/base/xalloc.h"
#include "core/target/sample_priv.h"

enum {
	RUN_BYTES = 256 << 10, /* at most, of one row of `page` */
};

const char sample_store_schema[] =
	"CREATE TABLE mapping(start INTEGER PRIMARY KEY, end INTEGER NOT NULL,"
	" perms TEXT NOT NULL, offset INTEGER NOT NULL,"
	" anonymous INTEGER NOT NULL, path TEXT NOT NULL);"
	"CREATE TABLE segment(start INTEGER PRIMARY KEY, end INTEGER NOT NULL,"
	" exe INTEGER NOT NULL, offset INTEGER NOT NULL);"
	"CREATE TABLE thread(id INTEGER PRIMARY KEY, tid INTEGER NOT NULL,"
	" pc INTEGER, sp INTEGER, bp INTEGER, fs_base INTEGER,"
	" registers BLOB);"
	"CREATE TABLE page(start INTEGER PRIMARY KEY, length INTEGER NOT NULL,"
	" crc INTEGER NOT NULL, data BLOB);";

struct run {
	uint64_t start, len;
	int64_t file_offset; /* in the executable, -1: not from there */
};

struct store {
	const struct sample *sample;
	struct db *db;
	struct db_query *insert;
	int exe_fd, level;
	struct run *runs;
	size_t run_count, run_cap;
	ZSTD_CCtx **contexts; /* one a worker */
	uint8_t **buffers;    /* compressed, one a worker */
	uint8_t **compare;    /* of the executable, one a worker */
	unsigned workers;
	struct job *job;
	pthread_mutex_t lock; /* of insert and err */
	struct error *err;
};

static const struct sample_mapping *mapping_at(const struct sample *s,
					       uint64_t addr)
{
	size_t low = 0, high = s->mapping_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->mappings[mid].end <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == s->mapping_count || s->mappings[low].start > addr)
		return NULL;
	return &s->mappings[low];
}

static bool is_exe(const struct sample *s, const struct sample_mapping *m)
{
	const char *exe = s->info.exe;
	size_t n = exe ? strlen(exe) : 0;

	return n && m && !strncmp(m->path, exe, n) &&
	       (!m->path[n] || !strcmp(m->path + n, " (deleted)"));
}

static struct error *store_mappings(struct store *st)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	const struct sample *s = st->sample;
	struct error *err;
	size_t i;

	if ((err = db_prepare(st->db, "INSERT INTO mapping VALUES(?,?,?,?,?,?)",
			      &q)))
		return err;
	for (i = 0; i < s->mapping_count; i++) {
		const struct sample_mapping *m = &s->mappings[i];
		const char perms[] = {
			m->readable ? 'r' : '-', m->writable ? 'w' : '-',
			m->executable ? 'x' : '-', m->shared ? 's' : 'p', '\0'};

		err = db_put(q, "xxtxit", m->start, m->end, perms,
			     m->file_offset, (int64_t)m->anonymous, m->path);
		if (err)
			return err;
	}
	return NULL;
}

static struct error *store_threads(struct store *st)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	const struct sample *s = st->sample;
	struct error *err;
	size_t i;

	if ((err = db_prepare(st->db,
			      "INSERT INTO thread VALUES(?,?,?,?,?,?,?)", &q)))
		return err;
	for (i = 0; i < s->thread_count; i++) {
		const struct sample_thread *t = &s->threads[i];

		if (t->have_regs)
			err = db_put(q, "iixxxxb", (int64_t)i, (int64_t)t->tid,
				     t->pc, t->sp, t->bp, t->fs_base, t->regs,
				     sizeof(t->regs));
		else
			err = db_put(q, "ii", (int64_t)i, (int64_t)t->tid);
		if (err)
			return err;
	}
	return NULL;
}

/* Is the segment code of a file? Then its bytes are in that file. */
static bool is_code(const struct sample_mapping *m)
{
	return m && m->executable && !m->writable && m->path[0] == '/';
}

static void add_run(struct store *st, uint64_t start, uint64_t len,
		    const struct sample_mapping *m)
{
	bool exe = is_exe(st->sample, m) && !m->writable;

	GROW_ARRAY(st->runs, st->run_count, st->run_cap);
	st->runs[st->run_count++] = (struct run){
		.start = start,
		.len = len,
		.file_offset =
			exe ? (int64_t)(start - m->start + m->file_offset) : -1,
	};
}

/* Where the next page that may be here begins: absent ones cost nothing. */
static uint64_t skip_absent(const struct segment *seg, uint64_t at)
{
	uint64_t page = (at - seg->start) >> SAMPLE_PAGE_SHIFT;

	if (!seg->present || seg->source != SOURCE_NONE || page % 64 ||
	    atomic_load(&seg->present[page / 64]))
		return at;
	return at + ((uint64_t)64 << SAMPLE_PAGE_SHIFT);
}

static void plan_segment(struct store *st, const struct segment *seg)
{
	uint64_t at = seg->start, next, n;

	while (at < seg->end && !job_cancelled(st->job)) {
		const struct sample_mapping *m = mapping_at(st->sample, at);
		uint64_t limit = m && m->end < seg->end ? m->end : seg->end;

		if (is_code(m)) {
			at = limit;
			continue;
		}
		next = skip_absent(seg, at);
		if (next != at) {
			at = next;
			continue;
		}
		n = limit - at < RUN_BYTES ? limit - at : RUN_BYTES;
		n = sample_extent(st->sample, at, n);
		if (n)
			add_run(st, at, n, m);
		at += n ? n : SAMPLE_PAGE;
	}
}

static struct error *plan(struct store *st)
{
	CLEANUP(db_query_cleanup) struct db_query *q = NULL;
	const struct sample *s = st->sample;
	struct error *err;
	size_t i;

	if ((err = db_prepare(st->db, "INSERT INTO segment VALUES(?,?,?,?)",
			      &q)))
		return err;
	for (i = 0; i < s->segment_count; i++) {
		const struct segment *seg = &s->segments[i];
		const struct sample_mapping *m = mapping_at(s, seg->start);
		bool exe = is_exe(s, m) && !m->writable && m->end >= seg->end;

		err = db_put(q, "xxix", seg->start, seg->end, (int64_t)exe,
			     exe ? seg->start - m->start + m->file_offset
				 : (uint64_t)0);
		if (err)
			return err;
		plan_segment(st, seg);
	}
	return job_check(st->job);
}

static bool all_zero(const uint8_t *p, uint64_t len)
{
	return !*p && !memcmp(p, p + 1, len - 1);
}

static bool in_file(const struct store *st, unsigned worker,
		    const struct run *run, const uint8_t *bytes)
{
	uint8_t *buffer = st->compare[worker];

	return st->exe_fd >= 0 && run->file_offset >= 0 &&
	       pread(st->exe_fd, buffer, run->len, run->file_offset) ==
		       (ssize_t)run->len &&
	       !memcmp(buffer, bytes, run->len);
}

static void fail(struct store *st, struct error *err)
{
	if (st->err)
		error_free(err);
	else
		st->err = err;
}

/* What the row is to hold, compressed if that is shorter; an error of zstd. */
static size_t squeeze(struct store *st, unsigned worker, const struct run *run,
		      const uint8_t *bytes, const uint8_t **ret)
{
	size_t size = run->len;

	*ret = st->buffers[worker];
	if (st->level)
		size = ZSTD_compressCCtx(st->contexts[worker],
					 st->buffers[worker],
					 ZSTD_compressBound(RUN_BYTES), bytes,
					 run->len, st->level);
	if (ZSTD_isError(size) || size < run->len)
		return size;
	*ret = bytes;
	return run->len;
}

static void store_run(struct store *st, unsigned worker, const struct run *run)
{
	const uint8_t *bytes = sample_view(st->sample, run->start, run->len);
	const uint8_t *data = NULL;
	size_t size = 0;
	struct error *err;
	uint32_t crc;

	if (!bytes || in_file(st, worker, run, bytes))
		return;
	crc = (uint32_t)crc32(0, bytes, (uInt)run->len);
	if (!all_zero(bytes, run->len))
		size = squeeze(st, worker, run, bytes, &data);
	pthread_mutex_lock(&st->lock);
	if (ZSTD_isError(size))
		err = error_new(ERROR_LIMIT, "cannot compress: %s",
				ZSTD_getErrorName(size));
	else if (size)
		err = db_put(st->insert, "xiib", run->start, (int64_t)run->len,
			     (int64_t)crc, data, size);
	else
		err = db_put(st->insert, "xiin", run->start, (int64_t)run->len,
			     (int64_t)crc);
	if (err)
		fail(st, err);
	pthread_mutex_unlock(&st->lock);
}

static void store_runs(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	struct store *st = arg;

	for (; begin < end; begin++) {
		bool stop;

		pthread_mutex_lock(&st->lock);
		stop = st->err != NULL;
		pthread_mutex_unlock(&st->lock);
		if (stop)
			return;
		store_run(st, worker, &st->runs[begin]);
		job_advance(st->job, 1);
	}
}

static void store_deinit(struct store *st)
{
	unsigned i;

	for (i = 0; i < st->workers; i++) {
		ZSTD_freeCCtx(st->contexts[i]);
		free(st->buffers[i]);
		free(st->compare[i]);
	}
	free(st->contexts);
	free(st->buffers);
	free(st->compare);
	free(st->runs);
	db_query_free(st->insert);
	pthread_mutex_destroy(&st->lock);
}

static void make_workers(struct store *st, unsigned threads)
{
	unsigned i;

	st->workers = job_threads(threads);
	st->contexts = xcalloc(st->workers, sizeof(*st->contexts));
	st->buffers = xcalloc(st->workers, sizeof(*st->buffers));
	st->compare = xcalloc(st->workers, sizeof(*st->compare));
	for (i = 0; i < st->workers; i++) {
		st->contexts[i] = ZSTD_createCCtx();
		st->buffers[i] = xmalloc(ZSTD_compressBound(RUN_BYTES));
		st->compare[i] = xmalloc(RUN_BYTES);
	}
}

struct error *sample_store(const struct sample *sample, struct db *db,
			   int exe_fd, int level, unsigned threads,
			   struct job *job)
{
	CLEANUP(store_deinit)
	struct store st = {.sample = sample,
			   .db = db,
			   .exe_fd = exe_fd,
			   .level = level,
			   .job = job};
	struct error *err;

	pthread_mutex_init(&st.lock, NULL);
	if ((err = store_mappings(&st)) || (err = store_threads(&st)) ||
	    (err = plan(&st)) ||
	    (err = db_prepare(db, "INSERT INTO page VALUES(?,?,?,?)",
			      &st.insert)))
		return err;
	make_workers(&st, threads);
	job_phase(job, "write memory", st.run_count);
	job_parallel(job, threads, st.run_count, 4, store_runs, &st);
	return st.err ? st.err : job_check(job);
}
