/*
 * Where a string occurs in memory, or what a regular expression matches: of
 * that, within runs of bytes that are text.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/session/objects.h"
#include "core/session/session_priv.h"

enum { BEFORE = 16, AFTER = 64, MAX_MATCHES = 1 << 20, RUN_MAX = 1 << 16 };

struct matches {
	struct found *rows;
	size_t count, cap;
};

struct hunt {
	const struct session *session;
	const char *text;
	size_t len;
	regex_t *regexes;	 /* one a worker; NULL: the text itself */
	struct matches *matches; /* by worker */
};

static bool is_text(char c)
{
	return (unsigned char)c >= ' ' && c != 0x7f;
}

/* The end of the run of text that begins at @p at. */
static uint64_t run_end(const char *mem, uint64_t at, uint64_t end)
{
	end = end - at > RUN_MAX ? at + RUN_MAX : end;
	while (at < end && is_text(mem[at]))
		at++;
	return at;
}

/* The next hit in [at, end) of @p mem; false if there is none. */
static bool next_hit(const struct hunt *hunt, unsigned worker, const char *mem,
		     uint64_t at, uint64_t end, uint64_t *hit_ret,
		     size_t *len_ret)
{
	const char *hit;
	uint64_t to;

	if (!hunt->regexes) {
		hit = memmem(mem + at, end - at, hunt->text, hunt->len);
		*hit_ret = hit ? (uint64_t)(hit - mem) : 0;
		*len_ret = hunt->len;
		return hit != NULL;
	}
	for (; at < end; at = to + 1) {
		regmatch_t match = {.rm_so = 0};

		to = run_end(mem, at, end);
		match.rm_eo = (regoff_t)(to - at);
		if (to == at ||
		    regexec(&hunt->regexes[worker], mem + at, 1, &match,
			    REG_STARTEND) ||
		    match.rm_eo == match.rm_so)
			continue;
		*hit_ret = at + (uint64_t)match.rm_so;
		*len_ret = (size_t)(match.rm_eo - match.rm_so);
		return true;
	}
	return false;
}

static void add_match(struct matches *m, uint64_t addr, uint32_t object,
		      const char *mem, uint64_t at, uint64_t size, size_t len)
{
	uint64_t from = at > BEFORE ? at - BEFORE : 0;
	uint64_t to = size - at > len + AFTER ? at + len + AFTER : size;
	CLEANUP(buf_deinit) struct buf text = {0};

	if (m->count >= MAX_MATCHES)
		return;
	/* strings of the runtime have no end: stop at what is no text */
	while (from < at && memchr(mem + from, 0, at - from))
		from++;
	if (memchr(mem + at + len, 0, to - at - len))
		to = (uint64_t)((const char *)memchr(mem + at + len, 0,
						     to - at - len) -
				mem);
	text_quote(&text, mem + from, to - from);
	GROW_ARRAY(m->rows, m->count, m->cap);
	m->rows[m->count++] = (struct found){
		.addr = addr, .object = object, .text = buf_steal(&text)};
}

/* All at once: most slots have no hit, and are short. */
static void hunt_text(struct hunt *hunt, unsigned worker,
		      const struct go_span *span, uint64_t size)
{
	const char *mem = (const char *)span->mem;
	uint64_t at = 0, offset;
	size_t len;

	while (at < size &&
	       next_hit(hunt, worker, mem, at, size, &offset, &len)) {
		uint64_t index = offset / span->elem_size;
		uint64_t start = index * span->elem_size, end;
		uint32_t object = span->first + (uint32_t)index;

		end = start + span->elem_size < size ? start + span->elem_size
						     : size;
		at = offset + 1;
		if (index >= span->slots || offset + len > end ||
		    !heap_bit(hunt->session->rt->allocated, object))
			continue;
		add_match(&hunt->matches[worker], span->base + offset, object,
			  mem + start, offset - start, end - start, len);
	}
}

/* What matches does not go on in the next slot. */
static void hunt_regex(struct hunt *hunt, unsigned worker,
		       const struct go_span *span, uint64_t size)
{
	uint64_t start, end, at, hit;
	uint32_t i;
	size_t len;

	for (i = 0; i < span->slots && i * span->elem_size < size; i++) {
		const char *mem = (const char *)span->mem + i * span->elem_size;

		if (!heap_bit(hunt->session->rt->allocated, span->first + i))
			continue;
		start = i * span->elem_size;
		end = size - start < span->elem_size ? size - start
						     : span->elem_size;
		for (at = 0; at < end &&
			     next_hit(hunt, worker, mem, at, end, &hit, &len);
		     at = hit + len)
			add_match(&hunt->matches[worker],
				  span->base + start + hit, span->first + i,
				  mem, hit, end, len);
	}
}

static void hunt_span(struct hunt *hunt, unsigned worker,
		      const struct go_span *span)
{
	uint64_t size = span->limit - span->base;

	if (!span->mem || span->limit < span->base ||
	    span->limit > span->base + span->bytes)
		return;
	if (hunt->regexes)
		hunt_regex(hunt, worker, span, size);
	else
		hunt_text(hunt, worker, span, size);
}

static void hunt_range(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	struct hunt *hunt = arg;

	for (; begin < end; begin++)
		hunt_span(hunt, worker, &hunt->session->rt->spans[begin]);
}

/** Literals and package variables: what the executable maps. */
static void hunt_mapping(struct hunt *hunt, const struct sample_mapping *m)
{
	uint64_t addr = m->start, n, at, hit;
	const char *mem;
	size_t len;

	for (; addr < m->end && !session_ended(hunt->session); addr += n) {
		n = sample_extent(hunt->session->sample, addr, m->end - addr);
		mem = n ? sample_view(hunt->session->sample, addr, n) : NULL;
		if (!mem) {
			n = 4096;
			continue;
		}
		for (at = 0;
		     at < n && next_hit(hunt, 0, mem, at, n, &hit, &len) &&
		     !session_ended(hunt->session);
		     at = hit + (hunt->regexes ? len : 1))
			add_match(&hunt->matches[0], addr + hit, UINT32_MAX,
				  mem, hit, n, len);
	}
}

static void hunt_mappings(struct hunt *hunt)
{
	const char *exe = sample_info(hunt->session->sample)->exe;
	size_t count, i;
	const struct sample_mapping *mappings =
		sample_mappings(hunt->session->sample, &count);

	for (i = 0; i < count; i++)
		if (exe && mappings[i].readable && !mappings[i].executable &&
		    !strcmp(mappings[i].path, exe))
			hunt_mapping(hunt, &mappings[i]);
}

/* What somebody holds, what nobody does, constants and package variables. */
static int rank(const struct session *session, const struct found *found)
{
	if (found->object == UINT32_MAX)
		return 2;
	return !heap_bit(session->heap->reached, found->object);
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct found *x = a, *y = b;
	int order = rank(arg, x) - rank(arg, y);

	if (order)
		return order;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static bool is_regex(const char *text, size_t len)
{
	return len > 2 && text[0] == '/' && text[len - 1] == '/';
}

static void free_regexes(struct hunt *hunt, unsigned count)
{
	unsigned i;

	for (i = 0; hunt->regexes && i < count; i++)
		regfree(&hunt->regexes[i]);
	free(hunt->regexes);
	hunt->regexes = NULL;
}

/* One is one worker's at a time: they have a lock in them. */
static struct error *compile(struct hunt *hunt, unsigned count)
{
	CLEANUP(free_cleanup)
	char *pattern = xstrndup(hunt->text + 1, hunt->len - 2);
	unsigned i;

	hunt->regexes = xcalloc(count, sizeof(*hunt->regexes));
	for (i = 0; i < count; i++) {
		if (!regcomp(&hunt->regexes[i], pattern, REG_EXTENDED))
			continue;
		free_regexes(hunt, i);
		return error_new(ERROR_USAGE, "'%s' is no regular expression",
				 pattern);
	}
	return NULL;
}

struct error *session_find(const struct session *session, const char *text,
			   uint32_t max, struct found_set *ret)
{
	unsigned threads = job_threads(session->options.threads), t;
	struct hunt hunt = {
		.session = session, .text = text, .len = strlen(text)};
	struct matches all = {0};
	struct error *err;
	size_t i;

	*ret = (struct found_set){.complete = true};
	if (!hunt.len)
		return error_new(ERROR_USAGE, "nothing to look for");
	if (is_regex(text, hunt.len) && (err = compile(&hunt, threads)))
		return err;
	hunt.matches = xcalloc(threads, sizeof(*hunt.matches));
	hunt_mappings(&hunt);
	job_parallel(session->command, threads, session->rt->span_count, 16,
		     hunt_range, &hunt);
	for (t = 0; t < threads; t++) {
		struct matches *m = &hunt.matches[t];

		ret->complete &= m->count < MAX_MATCHES;
		for (i = 0; i < m->count; i++) {
			GROW_ARRAY(all.rows, all.count, all.cap);
			all.rows[all.count++] = m->rows[i];
		}
		free(m->rows);
	}
	free(hunt.matches);
	free_regexes(&hunt, threads);
	if (all.count)
		qsort_r(all.rows, all.count, sizeof(*all.rows), compare,
			(void *)(uintptr_t)session);
	for (i = max; i < all.count; i++) {
		free(all.rows[i].text);
		ret->complete = false;
	}
	ret->rows = all.rows;
	ret->count = all.count < max ? (uint32_t)all.count : max;
	return job_check(session->command);
}

void found_set_deinit(struct found_set *set)
{
	uint32_t i;

	for (i = 0; i < set->count; i++)
		free(set->rows[i].text);
	free(set->rows);
	*set = (struct found_set){0};
}
