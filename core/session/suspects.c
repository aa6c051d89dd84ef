#include "core/session/suspects.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/mem_profile.h"
#include "core/session/references.h"
#include "core/session/stored.h"

static bool add_row(struct suspect_rows *list, uint32_t row, uint32_t max)
{
	uint32_t i;

	for (i = 0; i < list->count; i++)
		if (list->rows[i] == row)
			return true;
	if (list->count >= max || list->count >= SUSPECTS_MAX)
		return false;
	list->rows[list->count++] = row;
	return true;
}

static void add_findings(const struct session *session,
			 struct suspect_rows *ret)
{
	uint32_t i, count;
	const struct finding *findings = session_findings(session, &count);

	for (i = 0; i < count; i++)
		if (findings[i].row < session->row_count &&
		    !add_row(ret, findings[i].row, SUSPECTS_BY_FINDING))
			return;
}

static void add_owners(const struct session *session, struct suspect_rows *ret)
{
	CLEANUP(map_groups_deinit) struct map_groups groups = {0};
	CLEANUP(list_deinit) struct list list = {0};
	struct error *err;
	uint32_t i;

	err = map_groups_load(session, GROUP_OWNER, "std=no", &groups);
	error_free(err);
	if (err)
		return;
	list_init(&list, &map_group_list_kind, &groups);
	for (i = 0; i < list.count; i++) {
		uint32_t group = list_row(&list, i);

		if (group >= groups.count || !groups.groups[group].maps)
			continue;
		if (!add_row(ret, groups.rows[groups.groups[group].first],
			     SUSPECTS_AT_LEAST))
			return;
	}
}

void suspect_rows_load(const struct session *session,
		       const struct suspect_rows *chosen,
		       struct suspect_rows *ret)
{
	uint32_t i;

	*ret = (struct suspect_rows){0};
	for (i = 0; chosen && i < chosen->count; i++)
		if (chosen->rows[i] < session->row_count)
			add_row(ret, chosen->rows[i], SUSPECTS_MAX);
	if (ret->count)
		return;
	add_findings(session, ret);
	if (ret->count < SUSPECTS_AT_LEAST)
		add_owners(session, ret);
}

/* Commas inside brackets and quotes are part of a name. */
static size_t name_length(const char *list)
{
	int depth = 0;
	char quote = 0;
	size_t i;

	for (i = 0; list[i]; i++) {
		if (quote)
			quote = list[i] == quote ? 0 : quote;
		else if (list[i] == '"' || list[i] == '`')
			quote = list[i];
		else if (strchr("[({", list[i]))
			depth++;
		else if (strchr("])}", list[i]))
			depth--;
		else if (list[i] == ',' && depth <= 0)
			break;
	}
	return i;
}

struct error *suspect_rows_parse(const struct session *session,
				 const char *list, struct suspect_rows *ret)
{
	*ret = (struct suspect_rows){0};
	while (*list) {
		size_t n = name_length(list);
		CLEANUP(free_cleanup) char *name = xstrndup(list, n);
		struct error *err;
		uint32_t row;

		list += n + (list[n] == ',');
		if (!n)
			continue;
		if ((err = session_find_map(session, name, &row)))
			return err;
		if (!add_row(ret, row, SUSPECTS_MAX))
			return error_new(ERROR_USAGE, "more than %d suspects",
					 SUSPECTS_MAX);
	}
	if (!ret->count)
		return error_new(ERROR_USAGE, "no suspect is named");
	return NULL;
}

static void take_path(const struct ref_path *from, struct suspect_path *ret)
{
	uint32_t i;

	*ret = (struct suspect_path){
		.root = xstrdup(from->kind),
		.goroutine = from->goroutine,
		.merged = from->merged,
		.strong = from->strong,
	};
	ret->steps = xcalloc((size_t)from->step_count + 1, sizeof(char *));
	ret->steps[ret->step_count++] = xstrdup(from->name);
	for (i = 0; i < from->step_count; i++)
		if (*from->steps[i].text)
			ret->steps[ret->step_count++] =
				xstrdup(from->steps[i].text);
}

static void load_paths(const struct session *session, uint32_t row, bool redact,
		       struct suspect_more *ret)
{
	struct refs refs = {0};
	struct error *err;
	uint32_t i;

	/* Without a path the map's own page still has the shortest one. */
	err = refs_load_as(session, session->rows[row].addr, SUSPECT_PATHS,
			   true, NULL, redact, &refs);
	error_free(err);
	if (err)
		return;
	for (i = 0; i < refs.count && i < SUSPECT_PATHS; i++)
		take_path(&refs.paths[i], &ret->paths[ret->path_count++]);
	refs_deinit(&refs);
}

enum { NOBODY = 1, SUSPECT = 2 }; /* else unknown */

struct sites {
	const struct session *session;
	uint32_t *memo;	   /* by object: SUSPECT + number, or NOBODY */
	uint64_t *buckets; /* of samples of suspects */
	uint32_t *suspects;
	uint32_t count;
	size_t bucket_cap, suspect_cap;
};

/* The nearest suspect above; every object passed remembers the answer. */
static uint32_t suspect_of(struct sites *s, uint32_t object)
{
	const struct heap *heap = s->session->heap;
	uint32_t at = object, answer;

	while (!s->memo[at] && heap->idom[at] < heap->count)
		at = heap->idom[at];
	answer = s->memo[at] ? s->memo[at] : NOBODY;
	for (at = object; !s->memo[at]; at = heap->idom[at]) {
		s->memo[at] = answer;
		if (heap->idom[at] >= heap->count)
			break;
	}
	return answer;
}

static void note_sample(void *arg, uint32_t object, uint64_t bucket)
{
	struct sites *s = arg;
	const struct heap *heap = s->session->heap;
	uint32_t suspect;
	size_t count = s->count;

	if (object >= heap->count ||
	    !(heap->reached[object / 64] >> object % 64 & 1))
		return;
	suspect = suspect_of(s, object);
	if (suspect < SUSPECT)
		return;
	GROW_ARRAY(s->buckets, count, s->bucket_cap);
	GROW_ARRAY(s->suspects, count, s->suspect_cap);
	s->buckets[s->count] = bucket;
	s->suspects[s->count++] = suspect - SUSPECT;
}

/* Places are few: each is looked for in a list of them. */
struct place_list {
	struct suspect_site *sites;
	size_t count, cap;
};

static void count_place(struct place_list *list, const struct go_place *place)
{
	struct suspect_site *site;
	size_t i;

	for (i = 0; i < list->count; i++) {
		site = &list->sites[i];
		if (site->line == place->line &&
		    !strcmp(site->function, place->function) &&
		    !strcmp(site->file, place->file)) {
			site->objects++;
			return;
		}
	}
	GROW_ARRAY(list->sites, list->count, list->cap);
	list->sites[list->count++] = (struct suspect_site){
		.function = xstrdup(place->function),
		.file = xstrdup(place->file),
		.line = place->line,
		.objects = 1,
	};
}

static int by_objects(const void *a, const void *b)
{
	const struct suspect_site *x = a, *y = b;
	int order;

	if (x->objects != y->objects)
		return x->objects > y->objects ? -1 : 1;
	order = strcmp(x->function, y->function);
	if (order)
		return order;
	return x->line < y->line ? -1 : x->line > y->line;
}

static void site_free(struct suspect_site *site)
{
	free(site->function);
	free(site->file);
}

static void take_sites(const struct sites *s, uint32_t suspect,
		       struct suspect_more *ret)
{
	struct place_list list = {0};
	struct go_place place;
	uint32_t i;
	size_t k;

	for (i = 0; i < s->count; i++) {
		if (s->suspects[i] != suspect)
			continue;
		ret->sampled++;
		if (go_bucket_place(s->session->rt, s->buckets[i], &place))
			count_place(&list, &place);
	}
	if (list.count)
		qsort(list.sites, list.count, sizeof(*list.sites), by_objects);
	for (k = 0; k < list.count; k++) {
		if (ret->site_count < SUSPECT_SITES)
			ret->sites[ret->site_count++] = list.sites[k];
		else
			site_free(&list.sites[k]);
	}
	free(list.sites);
}

static void load_sites(const struct session *session,
		       const struct suspect_rows *rows,
		       struct suspect_more *ret)
{
	const struct heap *heap = session->heap;
	uint64_t bytes = (uint64_t)heap->count * sizeof(uint32_t);
	struct sites s = {.session = session};
	uint32_t i;

	if (!heap->idom || !heap->count)
		return;
	s.memo = big_alloc(bytes);
	for (i = 0; i < rows->count; i++) {
		uint32_t object = session->rows[rows->rows[i]].object;

		if (object < heap->count)
			s.memo[object] = SUSPECT + i;
	}
	go_sampled_objects(session->rt, note_sample, &s);
	for (i = 0; i < rows->count; i++)
		take_sites(&s, i, &ret[i]);
	big_free(s.memo, bytes);
	free(s.buckets);
	free(s.suspects);
}

struct error *suspects_load(const struct session *session,
			    const struct suspect_rows *rows, bool redact,
			    struct suspect_more *ret)
{
	uint32_t i;

	memset(ret, 0, rows->count * sizeof(*ret));
	if (session->stored)
		return stored_suspects(session, rows, ret);
	for (i = 0; i < rows->count; i++)
		load_paths(session, rows->rows[i], redact, &ret[i]);
	load_sites(session, rows, ret);
	return NULL;
}

void suspect_more_deinit(struct suspect_more *more)
{
	uint32_t i, k;

	for (i = 0; i < more->path_count; i++) {
		struct suspect_path *path = &more->paths[i];

		for (k = 0; k < path->step_count; k++)
			free(path->steps[k]);
		free(path->steps);
		free(path->root);
	}
	for (i = 0; i < more->site_count; i++)
		site_free(&more->sites[i]);
	*more = (struct suspect_more){0};
}
