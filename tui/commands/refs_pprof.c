/* refs --pprof: the paths as a profile, roots first, the object the leaf. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/session/profile.h"
#include "core/session/references.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

enum value { PATHS, DISTANCE, BYTES, RETAINED };

static uint32_t add_place(struct profile *p, const char *name, const char *file,
			  uint32_t line)
{
	uint32_t i;

	/* One location a name: pprof draws what paths share once. */
	for (i = 0; i < p->location_count; i++) {
		const struct profile_frame *f =
			&p->frames[p->locations[i].first];

		if (!strcmp(p->strings.strings[f->name], name))
			return i;
	}
	i = profile_add_location(p, 0);
	profile_add_frame(p, name, file, line);
	return i;
}

/* ".sessions (*main.Session)": how the step before leads to this object. */
static uint32_t add_step(struct profile *p, const struct ref_path *path,
			 uint32_t step)
{
	const struct ref_step *s = &path->steps[step];
	const char *text = step ? path->steps[step - 1].text : "";
	CLEANUP(free_cleanup)
	char *name = xasprintf("%s%s(%s)", text, *text ? " " : "",
			       s->type ? s->type : "?");

	return add_place(p, name, "", 0);
}

static uint32_t add_root(struct profile *p, const struct ref_path *path)
{
	CLEANUP(free_cleanup)
	char *name = path->goroutine
			     ? xasprintf("%s (%s g%" PRId64 ")", path->name,
					 path->kind, path->goroutine)
			     : xasprintf("%s (%s)", path->name, path->kind);

	return add_place(p, name, path->file ? path->file : "", path->line);
}

static void add_path(struct profile *p, const struct refs *refs,
		     const struct ref_path *path)
{
	uint32_t *stack = xcalloc((size_t)path->step_count + 1, sizeof(*stack));
	uint32_t n = 0, i, root = add_root(p, path);
	struct profile_sample *sample;

	for (i = path->step_count; i > 0; i--)
		stack[n++] = add_step(p, path, i - 1);
	stack[n++] = root;
	sample = profile_add_sample(p, stack, n);
	sample->root = intern_add(&p->strings, path->kind);
	sample->values[PATHS] = path->merged;
	sample->values[DISTANCE] = path->distance;
	sample->values[BYTES] = refs->bytes;
	if (refs->retained_bytes != UINT64_MAX)
		sample->values[RETAINED] = refs->retained_bytes;
	free(stack);
}

struct error *refs_pprof(const struct refs *refs, const char *path, bool force)
{
	CLEANUP(profile_deinit)
	struct profile p = {
		.types = {"paths", "distance", "bytes", "retained"},
		.units = {"count", "count", "bytes", "bytes"},
		.default_type = PATHS,
	};
	CLEANUP(buf_deinit) struct buf out = {0};
	struct error *err;
	uint32_t i;

	intern_add(&p.strings, "");
	for (i = 0; i < refs->count; i++)
		add_path(&p, refs, &refs->paths[i]);
	if ((err = profile_write(&p, path, force)))
		return err;
	buf_printf(&out, "%s: %" PRIu32 " path%s; go tool pprof %s\n", path,
		   p.sample_count, p.sample_count == 1 ? "" : "s", path);
	return output_write(&out);
}
