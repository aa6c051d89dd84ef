#include "core/go/pclntab.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"

/*
 * type _func struct {	// 40 bytes up to Go 1.19, then 44
 *	entryOff uint32; nameOff int32; args int32; deferreturn uint32
 *	pcsp, pcfile, pcln, npcdata, cuOffset uint32
 *	startLine int32	// since Go 1.20
 *	funcID, flag, pad, nfuncdata uint8 }
 */
enum {
	FUNC_FIXED = 36,
	FUNCTAB_ENTRY = 8,
	NO_DATA = -1,
	TABLE_MAX = 1 << 30,
};

static uint32_t u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

/*
 * In a position independent executable the tables lie in data, and the border
 * between what is and what is not read-only after relocation cuts them.
 */
static const uint8_t *view(const struct sample *sample, struct go_slice slice,
			   struct pcln_module *module, uint64_t *len_ret)
{
	struct error *err;
	uint8_t *copy;

	*len_ret = sample_extent(sample, slice.data, slice.len);
	if (*len_ret < slice.len && slice.len <= TABLE_MAX &&
	    module->joined_count < PCLN_TABLES) {
		copy = xreallocarray(NULL, slice.len, 1);
		err = sample_read(sample, slice.data, copy, slice.len);
		if (!err) {
			module->joined[module->joined_count++] = copy;
			*len_ret = slice.len;
			return copy;
		}
		error_free(err);
		free(copy);
	}
	return *len_ret ? sample_view(sample, slice.data, *len_ret) : NULL;
}

static void open_module(const struct sample *sample,
			const struct go_module *module, struct pcln_module *ret)
{
	struct go_slice ftab = {module->ftab.data,
				module->ftab.len * FUNCTAB_ENTRY};
	struct go_slice cutab = {module->cutab.data, module->cutab.len * 4};

	*ret = (struct pcln_module){.module = module};
	ret->ftab = view(sample, ftab, ret, &ret->nftab);
	ret->nftab /= FUNCTAB_ENTRY;
	ret->funcs = view(sample, module->pclntable, ret, &ret->funcs_len);
	ret->names = view(sample, module->funcnametab, ret, &ret->names_len);
	ret->pctab = view(sample, module->pctab, ret, &ret->pctab_len);
	ret->files = view(sample, module->filetab, ret, &ret->files_len);
	ret->cutab = view(sample, cutab, ret, &ret->cutab_len);
	ret->cutab_len /= 4;
}

void pclntab_init(struct pclntab *tab, const struct sample *sample,
		  const struct go_modules *modules, int minor)
{
	uint32_t i;

	*tab = (struct pclntab){
		.sample = sample,
		.count = modules->count,
		.has_start_line = minor >= 20,
		.modules = xcalloc(modules->count, sizeof(*tab->modules)),
	};
	for (i = 0; i < modules->count; i++)
		open_module(sample, &modules->modules[i], &tab->modules[i]);
}

void pclntab_deinit(struct pclntab *tab)
{
	uint32_t i, j;

	for (i = 0; i < tab->count; i++)
		for (j = 0; j < tab->modules[i].joined_count; j++)
			free(tab->modules[i].joined[j]);
	free(tab->modules);
	*tab = (struct pclntab){0};
}

static bool load_func(const struct pclntab *tab, const struct pcln_module *m,
		      uint64_t entry, uint32_t off, struct pcln_func *ret)
{
	uint64_t fixed = FUNC_FIXED + (tab->has_start_line ? 4u : 0u);
	const uint8_t *p;
	uint64_t tail;

	if (!m->funcs || off > m->funcs_len || m->funcs_len - off < fixed + 4)
		return false;
	p = m->funcs + off;
	*ret = (struct pcln_func){
		.module = m,
		.entry = entry,
		.name_off = u32(p + 4),
		.args = u32(p + 8),
		.deferreturn = u32(p + 12),
		.pcsp = u32(p + 16),
		.pcfile = u32(p + 20),
		.pcln = u32(p + 24),
		.npcdata = u32(p + 28),
		.cu = u32(p + 32),
		.func_id = p[fixed],
		.flag = p[fixed + 1],
		.nfuncdata = p[fixed + 3],
		.tail = p + fixed + 4,
	};
	tail = 4ULL * ret->npcdata + 4ULL * ret->nfuncdata;
	return ret->npcdata < 256 && m->funcs_len - off - fixed - 4 >= tail;
}

static bool find_in(const struct pclntab *tab, const struct pcln_module *m,
		    uint64_t pc, struct pcln_func *ret)
{
	uint64_t low = 0, high = m->nftab, off;
	const uint8_t *entry;

	if (!m->ftab || pc < m->module->text || pc >= m->module->etext)
		return false;
	off = pc - m->module->text;
	/* The last entry only ends the last function. */
	while (low + 1 < high) {
		uint64_t middle = (low + high) / 2;

		if (u32(m->ftab + middle * FUNCTAB_ENTRY) <= off)
			low = middle;
		else
			high = middle;
	}
	if (low + 1 >= m->nftab)
		return false;
	entry = m->ftab + low * FUNCTAB_ENTRY;
	return u32(entry) <= off &&
	       load_func(tab, m, m->module->text + u32(entry), u32(entry + 4),
			 ret);
}

bool pclntab_find(const struct pclntab *tab, uint64_t pc, struct pcln_func *ret)
{
	uint32_t i;

	for (i = 0; i < tab->count; i++)
		if (find_in(tab, &tab->modules[i], pc, ret))
			return true;
	return false;
}

bool pclntab_nth(const struct pclntab *tab, uint64_t n, struct pcln_func *ret)
{
	uint32_t i;

	for (i = 0; i < tab->count; i++) {
		const struct pcln_module *m = &tab->modules[i];
		uint64_t count = m->ftab && m->nftab ? m->nftab - 1 : 0;
		const uint8_t *entry;

		if (n >= count) {
			n -= count;
			continue;
		}
		entry = m->ftab + n * FUNCTAB_ENTRY;
		/* What cannot be read keeps its number, without a name. */
		if (!load_func(tab, m, m->module->text + u32(entry),
			       u32(entry + 4), ret))
			*ret = (struct pcln_func){.module = m,
						  .name_off = UINT32_MAX};
		return true;
	}
	return false;
}

const char *pcln_name_at(const struct pcln_module *module, uint32_t off)
{
	const char *s;

	if (!module->names || off >= module->names_len)
		return "?";
	s = (const char *)module->names + off;
	return memchr(s, 0, module->names_len - off) ? s : "?";
}

const char *pcln_name(const struct pcln_func *func)
{
	return pcln_name_at(func->module, func->name_off);
}

static bool varint(const struct pcln_module *m, uint64_t *at, uint32_t *ret)
{
	unsigned shift;

	*ret = 0;
	for (shift = 0; shift < 35 && *at < m->pctab_len; shift += 7) {
		uint8_t byte = m->pctab[(*at)++];

		*ret |= (uint32_t)(byte & 0x7f) << (shift & 31);
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* Pairs of (value delta, zigzag; pc delta), value from -1 on. */
static int32_t pcvalue(const struct pcln_func *func, uint32_t off, uint64_t pc)
{
	const struct pcln_module *m = func->module;
	uint64_t at = off, here = func->entry;
	uint32_t raw, step, value = UINT32_MAX; /* -1; damage may wrap it */
	bool first = true;

	if (!off || !m->pctab)
		return -1;
	while (varint(m, &at, &raw)) {
		if (!raw && !first)
			return -1;
		first = false;
		value += raw & 1 ? ~(raw >> 1) : raw >> 1;
		if (!varint(m, &at, &step))
			return -1;
		here += step;
		if (pc < here)
			return (int32_t)value;
	}
	return -1;
}

int32_t pcln_sp_delta(const struct pcln_func *func, uint64_t pc)
{
	return pcvalue(func, func->pcsp, pc);
}

static const char *file_name(const struct pcln_func *func, int32_t index)
{
	const struct pcln_module *m = func->module;
	uint64_t at = (uint64_t)func->cu + (uint32_t)index;
	uint32_t off;

	if (index < 0 || at >= m->cutab_len || !m->cutab)
		return "";
	off = u32(m->cutab + at * 4);
	if (!m->files || off >= m->files_len ||
	    !memchr(m->files + off, 0, m->files_len - off))
		return "";
	return (const char *)m->files + off;
}

const char *pcln_file(const struct pcln_func *func, uint64_t pc)
{
	return file_name(func, pcvalue(func, func->pcfile, pc));
}

uint32_t pcln_line(const struct pcln_func *func, uint64_t pc)
{
	int32_t line = pcvalue(func, func->pcln, pc);

	return line < 0 ? 0 : (uint32_t)line;
}

int32_t pcln_pcdata(const struct pcln_func *func, unsigned index, uint64_t pc)
{
	if (index >= func->npcdata)
		return NO_DATA;
	return pcvalue(func, u32(func->tail + 4ULL * index), pc);
}

uint64_t pcln_funcdata(const struct pcln_func *func, unsigned index)
{
	uint32_t off;

	if (index >= func->nfuncdata)
		return 0;
	off = u32(func->tail + 4ULL * func->npcdata + 4ULL * index);
	return off == UINT32_MAX ? 0 : func->module->module->gofunc + off;
}

/*
 * The inline tree: entries { funcID, nameOff, parentPc, startLine } of 16
 * bytes since Go 1.20, 20 bytes before. Emit the innermost call, go to the pc
 * of its parent, repeat; the physical function comes last.
 */
uint32_t pcln_inline_frames(const struct pclntab *tab,
			    const struct pcln_func *func, uint64_t pc,
			    struct pcln_inline *ret, uint32_t max)
{
	uint64_t tree = pcln_funcdata(func, FUNCDATA_INLTREE);
	uint64_t stride = tab->has_start_line ? 16 : 20;
	uint64_t name_at = tab->has_start_line ? 4 : 12;
	uint64_t parent_at = tab->has_start_line ? 8 : 16;
	uint32_t n = 0;

	while (tree && n + 1 < max) {
		int32_t index = pcln_pcdata(func, PCDATA_INLTREE, pc);
		const uint8_t *entry;

		if (index < 0)
			break;
		entry = sample_view(tab->sample,
				    tree + (uint32_t)index * stride, stride);
		if (!entry)
			break;
		ret[n++] = (struct pcln_inline){
			.name = pcln_name_at(func->module,
					     u32(entry + name_at)),
			.file = pcln_file(func, pc),
			.line = pcln_line(func, pc),
			.inlined = true,
		};
		pc = func->entry + u32(entry + parent_at);
	}
	ret[n++] = (struct pcln_inline){
		.name = pcln_name(func),
		.file = pcln_file(func, pc),
		.line = pcln_line(func, pc),
	};
	return n;
}
