#include "tui/background.h"

static void *background_main(void *arg)
{
	struct background *b = arg;

	b->fn(b->arg);
	atomic_store(&b->done, true);
	return NULL;
}

void background_start(struct background *b, void (*fn)(void *arg), void *arg)
{
	*b = (struct background){.fn = fn, .arg = arg, .running = true};
	if (!pthread_create(&b->thread, NULL, background_main, b))
		return;
	b->running = false;
	fn(arg);
	atomic_store(&b->done, true);
}

bool background_ended(struct background *b)
{
	if (!atomic_load(&b->done))
		return false;
	if (b->running)
		pthread_join(b->thread, NULL);
	b->running = false;
	atomic_store(&b->done, false);
	return true;
}

void background_stop(struct background *b)
{
	if (!b->running)
		return;
	atomic_store(&b->job.cancel, true);
	pthread_join(b->thread, NULL);
	b->running = false;
	atomic_store(&b->done, false);
}

void background_progress(const struct background *b, struct buf *out)
{
	const char *phase = atomic_load(&b->job.phase);
	uint64_t total = atomic_load(&b->job.total);
	uint64_t done = atomic_load(&b->job.done);

	buf_adds(out, phase ? phase : "start");
	if (total)
		buf_printf(out, " %.0f%%",
			   100.0 * (double)(done < total ? done : total) /
				   (double)total);
}
