/* Where a string occurs in memory. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/heap/heap_priv.h"
#include "core/session/objects.h"
#include "core/session/session_priv.h"

enum { BEFORE = 16, AFTER = 64, MAX_MATCHES = 1 << 20 };

struct matches {
	struct found *rows;
	size_t count, cap;
};

struct hunt {
	const struct session *session;
	const char *text;
	size_t len;
	struct matches *matches; /* by worker */
};

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

static void hunt_span(struct hunt *hunt, unsigned worker,
		      const struct go_span *span)
{
	uint64_t size = span->limit - span->base, at = 0;
	const char *mem = (const char *)span->mem, *hit;

	if (!mem || span->limit < span->base ||
	    span->limit > span->base + span->bytes)
		return;
	while (at < size &&
	       (hit = memmem(mem + at, size - at, hunt->text, hunt->len))) {
		uint64_t offset = (uint64_t)(hit - mem);
		uint64_t index = offset / span->elem_size;
		uint64_t start = index * span->elem_size, end;
		uint32_t object = span->first + (uint32_t)index;

		end = start + span->elem_size < size ? start + span->elem_size
						     : size;
		at = offset + 1;
		if (index >= span->slots || offset + hunt->len > end ||
		    !heap_bit(hunt->session->rt->allocated, object))
			continue;
		add_match(&hunt->matches[worker], span->base + offset, object,
			  mem + start, offset - start, end - start, hunt->len);
	}
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
	uint64_t addr = m->start, n, at;
	const char *mem, *hit;

	for (; addr < m->end && !session_ended(hunt->session); addr += n) {
		n = sample_extent(hunt->session->sample, addr, m->end - addr);
		mem = n ? sample_view(hunt->session->sample, addr, n) : NULL;
		if (!mem) {
			n = 4096;
			continue;
		}
		for (at = 0; at < n && (hit = memmem(mem + at, n - at,
						     hunt->text, hunt->len));
		     at = (uint64_t)(hit - mem) + 1)
			add_match(&hunt->matches[0],
				  addr + (uint64_t)(hit - mem), UINT32_MAX, mem,
				  (uint64_t)(hit - mem), n, hunt->len);
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

struct error *session_find(const struct session *session, const char *text,
			   uint32_t max, struct found_set *ret)
{
	unsigned threads = job_threads(session->options.threads), t;
	struct hunt hunt = {
		.session = session, .text = text, .len = strlen(text)};
	struct matches all = {0};
	size_t i;

	*ret = (struct found_set){.complete = true};
	if (!hunt.len)
		return error_new(ERROR_USAGE, "nothing to look for");
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
