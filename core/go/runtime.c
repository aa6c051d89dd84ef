#include "core/go/runtime.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/bias.h"
#include "core/go/find.h"
#include "core/go/runtime_priv.h"

uint64_t rt_word(const struct sample *sample, uint64_t addr)
{
	uint64_t v;

	sample_u64(sample, addr, &v);
	return v;
}

uint64_t rt_field(const struct go_runtime *rt, uint64_t base, enum layout_id id)
{
	int32_t off = priv_of(rt)->layout.off[id];

	return base && off >= 0 ? rt_word(rt->sample, base + (uint32_t)off) : 0;
}

uint32_t rt_field32(const struct go_runtime *rt, uint64_t base,
		    enum layout_id id)
{
	int32_t off = priv_of(rt)->layout.off[id];
	uint32_t v = 0;

	if (base && off >= 0)
		sample_u32(rt->sample, base + (uint32_t)off, &v);
	return v;
}

uint64_t rt_symbol(const struct go_runtime *rt, const char *name)
{
	uint64_t addr = go_symbol(rt->program, name);

	return addr ? addr + rt->bias : 0;
}

const char *keep_string(struct runtime_priv *priv, const char *s, size_t len)
{
	uint32_t i;

	for (i = 0; i < priv->string_count; i++)
		if (strlen(priv->strings[i]) == len &&
		    !memcmp(priv->strings[i], s, len))
			return priv->strings[i];
	GROW_ARRAY(priv->strings, priv->string_count, priv->string_cap);
	priv->strings[priv->string_count] = xstrndup(s, len);
	return priv->strings[priv->string_count++];
}

void root_add(struct go_runtime *rt, const struct go_root *root)
{
	struct runtime_priv *priv = priv_of(rt);

	if (!go_span_at(rt, root->value))
		return;
	GROW_ARRAY(rt->roots, rt->root_count, priv->root_cap);
	rt->roots[rt->root_count++] = *root;
}

static bool uses_green_tea(const struct go_program *program)
{
	const char *experiments = program->build.experiments;

	if (strstr(experiments, "nogreenteagc"))
		return false;
	return program->build.minor >= 26 ||
	       strstr(experiments, "greenteagc") != NULL;
}

static struct error *open_tables(struct go_runtime *rt)
{
	struct runtime_priv *priv = xcalloc(1, sizeof(*priv));
	struct error *err;

	rt->priv = priv;
	pthread_mutex_init(&priv->mask_lock, NULL);
	priv->masks = big_alloc(sizeof(*priv->masks) << MASK_CACHE_BITS);
	go_layout_load(rt->program, &priv->layout);
	rt->layout = &priv->layout;
	priv->minor = rt->program->build.minor;
	priv->green_tea = uses_green_tea(rt->program);
	err = go_modules_load(rt->program, rt->sample, rt->bias, &priv->layout,
			      &priv->modules);
	if (err)
		return err;
	pclntab_init(&priv->pclntab, rt->sample, &priv->modules, priv->minor);
	priv->mheap = rt_symbol(rt, "runtime.mheap_");
	if (!priv->mheap)
		priv->mheap = find_mheap(rt);
	if (!priv->mheap)
		return error_new(ERROR_NOT_FOUND,
				 "cannot find the heap (runtime.mheap_)");
	return NULL;
}

static void runtime_cleanup(struct go_runtime **rt)
{
	go_runtime_free(*rt);
}

struct error *go_runtime_load(const struct go_program *program,
			      struct sample *sample, unsigned threads,
			      struct job *job, struct go_runtime **ret)
{
	CLEANUP(runtime_cleanup) struct go_runtime *rt = NULL;
	struct error *err;

	rt = xcalloc(1, sizeof(*rt));
	rt->program = program;
	rt->sample = sample;
	rt->bias = go_load_bias(program, sample);
	job_phase(job, "read the runtime", 0);
	if ((err = open_tables(rt)) ||
	    (err = go_types_new(program, sample, rt->bias, &rt->types)))
		return err;
	job_phase(job, "spans", 0);
	if ((err = spans_load(rt, threads, job)))
		return error_wrap(err, "heap");
	globals_load(rt);
	statics_load(rt);
	literals_load(rt);
	roots_load_modules(rt);
	if ((err = goroutines_load(rt, job)))
		return err;
	roots_load_specials(rt);
	*ret = rt;
	rt = NULL;
	return job_check(job);
}

void go_runtime_free(struct go_runtime *rt)
{
	struct runtime_priv *priv;
	uint32_t i;

	if (!rt)
		return;
	priv = priv_of(rt);
	go_types_free(rt->types);
	if (priv) {
		spans_free(rt);
		pclntab_deinit(&priv->pclntab);
		go_modules_deinit(&priv->modules);
		big_free(priv->masks, sizeof(*priv->masks) << MASK_CACHE_BITS);
		pthread_mutex_destroy(&priv->mask_lock);
		for (i = 0; i < priv->string_count; i++)
			free(priv->strings[i]);
		free(priv->strings);
		free(priv);
	}
	free(rt->goroutines);
	free(rt->frames);
	free(rt->variables);
	free(rt->globals);
	free(rt->roots);
	free(rt->stack_maps);
	free(rt);
}

bool go_pc_lookup(const struct go_runtime *rt, uint64_t pc,
		  const char **function_ret, const char **file_ret,
		  uint32_t *line_ret)
{
	struct pcln_func func;

	if (!pclntab_find(&priv_of(rt)->pclntab, pc, &func))
		return false;
	*function_ret = pcln_name(&func);
	*file_ret = pcln_file(&func, pc);
	*line_ret = pcln_line(&func, pc);
	return true;
}

bool go_function_at(const struct go_runtime *rt, uint64_t n,
		    const char **function_ret, const char **file_ret,
		    uint32_t *line_ret, uint64_t *entry_ret)
{
	struct pcln_func func;

	if (!pclntab_nth(&priv_of(rt)->pclntab, n, &func))
		return false;
	*function_ret = pcln_name(&func);
	*file_ret = func.entry ? pcln_file(&func, func.entry) : "";
	*line_ret = func.entry ? pcln_line(&func, func.entry) : 0;
	*entry_ret = func.entry;
	return true;
}

const struct go_global *go_global_at(const struct go_runtime *rt, uint64_t addr)
{
	uint32_t low = 0, high = rt->global_count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (rt->globals[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low ||
	    addr - rt->globals[low - 1].addr >= rt->globals[low - 1].size)
		return NULL;
	return &rt->globals[low - 1];
}

const struct go_global *go_global_find(const struct go_runtime *rt,
				       const char *name)
{
	uint32_t i;

	for (i = 0; i < rt->global_count; i++)
		if (!strcmp(rt->globals[i].name, name))
			return &rt->globals[i];
	return NULL;
}
