/*
 * Where text comes from: the program's own out of its file, once, in pieces
 * that overlap; that of plugins out of the sample.
 */
#include <elf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/job.h"
#include "core/base/xalloc.h"
#include "core/go/text_refs.h"

enum { PIECE = 1 << 18, OVERLAP = 256 };

struct program_text {
	pthread_mutex_t lock;
	bool loaded, readable;
	struct text_refs refs;
};

struct program_text *program_text_new(void)
{
	struct program_text *text = xcalloc(1, sizeof(*text));

	pthread_mutex_init(&text->lock, NULL);
	return text;
}

void program_text_free(struct program_text *text)
{
	if (!text)
		return;
	pthread_mutex_destroy(&text->lock);
	text_refs_deinit(&text->refs);
	free(text);
}

struct text_load {
	const struct elf_file *elf;
	const struct elf_segment *segment;
	struct text_refs *pieces;
	uint8_t **buffers; /* by worker */
};

static void load_range(void *arg, unsigned worker, uint64_t begin, uint64_t end)
{
	struct text_load *load = arg;
	const struct elf_segment *segment = load->segment;

	if (!load->buffers[worker])
		load->buffers[worker] = xreallocarray(NULL, PIECE + OVERLAP, 1);
	for (; begin < end; begin++) {
		uint64_t from = begin * PIECE, left = segment->file_size - from;
		uint64_t len = left < PIECE + OVERLAP ? left : PIECE + OVERLAP;
		struct error *err;

		err = elf_file_read(load->elf, segment->offset + from,
				    load->buffers[worker], len);
		load->pieces[begin].low = segment->vaddr;
		load->pieces[begin].high = segment->vaddr + segment->file_size;
		if (!err)
			text_refs_add(&load->pieces[begin],
				      load->buffers[worker],
				      segment->vaddr + from, len, PIECE);
		error_free(err);
	}
}

/** Move the lists of @p piece to the end of those of @p refs. */
static void append(struct text_refs *refs, struct text_refs *piece)
{
	uint32_t i;

	for (i = 0; i < piece->site_count; i++) {
		GROW_ARRAY(refs->sites, refs->site_count, refs->site_cap);
		refs->sites[refs->site_count++] = piece->sites[i];
	}
	for (i = 0; i < piece->store_count; i++) {
		GROW_ARRAY(refs->stores, refs->store_count, refs->store_cap);
		refs->stores[refs->store_count++] = piece->stores[i];
	}
	text_refs_deinit(piece);
}

static void load_segment(const struct elf_file *elf,
			 const struct elf_segment *segment,
			 struct text_refs *refs)
{
	uint64_t pieces = (segment->file_size + PIECE - 1) / PIECE, i;
	unsigned threads = job_threads(0), k;
	struct text_load load = {.elf = elf, .segment = segment};

	load.pieces = xcalloc(pieces, sizeof(*load.pieces));
	load.buffers = xcalloc(threads, sizeof(*load.buffers));
	job_parallel(NULL, threads, pieces, 1, load_range, &load);
	for (i = 0; i < pieces; i++)
		append(refs, &load.pieces[i]);
	for (k = 0; k < threads; k++)
		free(load.buffers[k]);
	free(load.buffers);
	free(load.pieces);
}

/** NULL: the file has no text. */
static const struct text_refs *program_refs(const struct go_program *program)
{
	struct program_text *text = program->text;
	const struct elf_file *elf = program->elf;
	uint64_t left;
	size_t i;

	if (!text || !elf)
		return NULL;
	/* each byte once: a file may claim it in thousands of segments */
	left = elf_file_size(elf);
	pthread_mutex_lock(&text->lock);
	for (i = 0; !text->loaded && i < elf_file_segment_count(elf); i++) {
		const struct elf_segment *s = elf_file_segment(elf, i);

		if (!(s->flags & PF_X) || !s->file_size ||
		    s->offset > elf_file_size(elf) ||
		    s->file_size > elf_file_size(elf) - s->offset ||
		    s->file_size > left)
			continue;
		left -= s->file_size;
		load_segment(elf, s, &text->refs);
		text->readable = true;
	}
	if (!text->loaded)
		text_refs_sort(&text->refs);
	text->loaded = true;
	pthread_mutex_unlock(&text->lock);
	return text->readable ? &text->refs : NULL;
}

static void load_sample(const struct sample *sample, uint64_t from, uint64_t to,
			struct text_refs *refs)
{
	refs->low = from;
	refs->high = to;
	while (from < to) {
		uint64_t len = sample_extent(sample, from, to - from);
		const uint8_t *code =
			len ? sample_view(sample, from, len) : NULL;

		if (!code)
			break;
		text_refs_add(refs, code, from, len, len);
		from += len;
	}
	text_refs_sort(refs);
}

void module_text_open(const struct go_program *program,
		      const struct sample *sample,
		      const struct go_modules *modules, uint32_t index,
		      uint64_t bias, struct module_text *ret)
{
	const struct go_module *module = &modules->modules[index];

	*ret = (struct module_text){.bias = bias};
	ret->refs = index ? NULL : program_refs(program);
	if (ret->refs)
		return;
	ret->bias = 0;
	ret->refs = &ret->own;
	load_sample(sample, module->text, module->etext, &ret->own);
}

void module_text_close(struct module_text *text)
{
	text_refs_deinit(&text->own);
}
