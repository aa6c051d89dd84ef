#include "core/go/moduledata.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"

/*
 * The start of moduledata is the same in every release since 1.18:
 * pcHeader, funcnametab, cutab, filetab, pctab, pclntable, ftab (slices),
 * findfunctab, minpc, maxpc, text, etext, noptrdata ... enoptrbss.
 */
enum {
	MD_FUNCNAMETAB = 8,
	MD_CUTAB = 32,
	MD_FILETAB = 56,
	MD_PCTAB = 80,
	MD_PCLNTABLE = 104,
	MD_FTAB = 128,
	MD_TEXT = 176,
	MD_FIXED = 256,
};

static uint64_t word_at(const struct sample *sample, uint64_t addr)
{
	uint64_t v;

	sample_u64(sample, addr, &v);
	return v;
}

static struct go_slice slice_at(const struct sample *sample, uint64_t addr)
{
	return (struct go_slice){word_at(sample, addr),
				 word_at(sample, addr + 8)};
}

static uint64_t field(const struct sample *sample, uint64_t addr,
		      const struct go_layout *layout, enum layout_id id)
{
	return layout->off[id] < 0
		       ? 0
		       : word_at(sample, addr + (uint64_t)layout->off[id]);
}

static void load_mask(const struct sample *sample, uint64_t addr,
		      uint64_t *bytes, uint64_t *bits)
{
	uint32_t n = 0;

	if (sample_u32(sample, addr, &n) && (int32_t)n > 0)
		*bits = n;
	*bytes = word_at(sample, addr + 8);
}

static void load_sections(const struct sample *sample, struct go_module *m)
{
	uint64_t *const words[] = {
		&m->text,     &m->etext,     &m->noptrdata, &m->enoptrdata,
		&m->data,     &m->edata,     &m->bss,	    &m->ebss,
		&m->noptrbss, &m->enoptrbss,
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		*words[i] = word_at(sample, m->addr + MD_TEXT + 8 * i);
}

static bool load_module(const struct sample *sample, uint64_t addr,
			const struct go_layout *layout, struct go_module *m)
{
	*m = (struct go_module){.addr = addr};
	if (!sample_view(sample, addr, MD_FIXED))
		return false;
	m->funcnametab = slice_at(sample, addr + MD_FUNCNAMETAB);
	m->cutab = slice_at(sample, addr + MD_CUTAB);
	m->filetab = slice_at(sample, addr + MD_FILETAB);
	m->pctab = slice_at(sample, addr + MD_PCTAB);
	m->pclntable = slice_at(sample, addr + MD_PCLNTABLE);
	m->ftab = slice_at(sample, addr + MD_FTAB);
	load_sections(sample, m);
	m->types = field(sample, addr, layout, L_MD_TYPES);
	m->etypes = field(sample, addr, layout, L_MD_ETYPES);
	m->rodata = field(sample, addr, layout, L_MD_RODATA);
	m->gofunc = field(sample, addr, layout, L_MD_GOFUNC);
	m->typedesclen = field(sample, addr, layout, L_MD_TYPEDESCLEN);
	if (layout->off[L_MD_TYPELINKS] >= 0) {
		struct go_slice links = slice_at(
			sample, addr + (uint64_t)layout->off[L_MD_TYPELINKS]);

		m->typelinks = links.data;
		m->typelink_count = links.len;
	}
	load_mask(sample, addr + (uint64_t)layout->off[L_MD_GCDATAMASK],
		  &m->data_mask, &m->data_mask_bits);
	load_mask(sample, addr + (uint64_t)layout->off[L_MD_GCBSSMASK],
		  &m->bss_mask, &m->bss_mask_bits);
	return m->text < m->etext && m->types < m->etypes;
}

static const struct elf_section *pclntab_section(const struct elf_file *elf)
{
	const struct elf_section *s = elf_file_find_section(elf, ".gopclntab");

	return s ? s : elf_file_find_section(elf, ".data.rel.ro.gopclntab");
}

/* Without symbols: the data word that points to the pclntab header and is
 * followed by the table's own function names. */
static uint64_t scan_for_module(const struct go_program *program,
				const struct sample *sample, uint64_t bias)
{
	static const char *const names[] = {".noptrdata", ".data",
					    ".data.rel.ro", ".go.module"};
	const struct elf_section *pclntab = pclntab_section(program->elf), *s;
	uint64_t off, header, value, names_off;
	size_t i;

	if (!pclntab)
		return 0;
	header = pclntab->addr + bias;
	if (!sample_u64(sample, header + 32, &names_off))
		return 0;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		s = elf_file_find_section(program->elf, names[i]);
		for (off = 0; s && off + MD_FIXED <= s->size; off += 8) {
			uint64_t at = s->addr + bias + off;

			if (sample_u64(sample, at, &value) && value == header &&
			    sample_u64(sample, at + 8, &value) &&
			    value == header + names_off)
				return at;
		}
	}
	return 0;
}

static uint64_t first_module(const struct go_program *program,
			     const struct sample *sample, uint64_t bias)
{
	uint64_t addr = go_symbol(program, "runtime.firstmoduledata");
	const struct elf_section *section;

	if (addr)
		return addr + bias;
	section = elf_file_find_section(program->elf, ".go.module");
	if (section)
		return section->addr + bias;
	return scan_for_module(program, sample, bias);
}

struct error *go_modules_load(const struct go_program *program,
			      const struct sample *sample, uint64_t bias,
			      const struct go_layout *layout,
			      struct go_modules *ret)
{
	uint64_t addr = first_module(program, sample, bias);
	struct go_module module;
	uint32_t cap = 0;

	*ret = (struct go_modules){0};
	if (!addr)
		return error_new(ERROR_NOT_FOUND,
				 "cannot find runtime.firstmoduledata");
	while (addr && ret->count < LIMIT_MODULES) {
		if (!load_module(sample, addr, layout, &module))
			break;
		GROW_ARRAY(ret->modules, ret->count, cap);
		ret->modules[ret->count++] = module;
		addr = field(sample, addr, layout, L_MD_NEXT);
	}
	if (!ret->count)
		return error_new(ERROR_CORRUPT,
				 "runtime.firstmoduledata makes no sense");
	return NULL;
}

void go_modules_deinit(struct go_modules *modules)
{
	free(modules->modules);
	*modules = (struct go_modules){0};
}

const struct go_module *go_module_of_type(const struct go_modules *modules,
					  uint64_t rtype)
{
	uint32_t i;

	for (i = 0; i < modules->count; i++)
		if (rtype >= modules->modules[i].types &&
		    rtype < modules->modules[i].etypes)
			return &modules->modules[i];
	return NULL;
}

const struct go_module *go_module_of_pc(const struct go_modules *modules,
					uint64_t pc)
{
	uint32_t i;

	for (i = 0; i < modules->count; i++)
		if (pc >= modules->modules[i].text &&
		    pc < modules->modules[i].etext)
			return &modules->modules[i];
	return NULL;
}
