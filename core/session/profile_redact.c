#include "core/session/profile.h"

#include <string.h>

static uint32_t add_name(struct profile *p, struct intern *to,
			 struct redactor *redactor, uint32_t string)
{
	CLEANUP(buf_deinit) struct buf name = {0};

	redact_name(redactor, p->strings.strings[string], &name);
	return intern_add(to, buf_str(&name));
}

static uint32_t add_file(struct profile *p, struct intern *to,
			 const struct redactor *redactor,
			 const struct profile_frame *frame)
{
	CLEANUP(buf_deinit) struct buf file = {0};

	redact_file(redactor, p->strings.strings[frame->file],
		    p->strings.strings[frame->name], &file);
	return intern_add(to, buf_str(&file));
}

static void redact_values(struct profile *p, const struct redactor *redactor)
{
	uint32_t i, k;

	for (i = 0; i < p->sample_count; i++) {
		struct profile_sample *s = &p->samples[i];

		for (k = 0; k < PROFILE_VALUES; k++) {
			s->values[k] = redact_size(redactor, s->values[k]);
			s->raw[k] = redact_size(redactor, s->raw[k]);
		}
		s->bytes = redact_size(redactor, s->bytes);
	}
	for (i = 0; redactor->level >= REDACT_FULL && i < p->location_count;
	     i++)
		p->locations[i].addr = 0;
}

/* A new set of strings: none of the old ones stays behind. */
void profile_redact(struct profile *p, struct redactor *redactor)
{
	struct intern strings = {0};
	uint32_t i;

	if (redactor->level == REDACT_NONE)
		return;
	intern_add(&strings, "");
	for (i = 0; i < p->frame_count; i++) {
		struct profile_frame *f = &p->frames[i];
		uint32_t file = add_file(p, &strings, redactor, f);

		f->name = add_name(p, &strings, redactor, f->name);
		f->file = file;
	}
	for (i = 0; i < p->sample_count; i++) /* "global", "stack" */
		p->samples[i].root = intern_add(
			&strings, p->strings.strings[p->samples[i].root]);
	intern_deinit(&p->strings);
	p->strings = strings;
	redact_values(p, redactor);
}
