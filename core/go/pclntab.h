#ifndef CORE_GO_PCLNTAB_H
#define CORE_GO_PCLNTAB_H

/**
 * Functions, lines, frame sizes and liveness out of the runtime's own tables,
 * which every Go binary keeps, stripped or not. Layouts since Go 1.18.
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/go/moduledata.h"

enum pcdata_index { PCDATA_STACKMAP = 1, PCDATA_INLTREE = 2 };
enum funcdata_index {
	FUNCDATA_ARGS = 0,
	FUNCDATA_LOCALS = 1,
	FUNCDATA_STACKOBJECTS = 2,
	FUNCDATA_INLTREE = 3,
	FUNCDATA_OPENDEFER = 4,
};
enum func_flag { FUNC_TOPFRAME = 1, FUNC_SPWRITE = 2, FUNC_ASM = 4 };

enum { PCLN_TABLES = 6 };

struct pcln_module {
	const struct go_module *module; /* borrowed */
	const uint8_t *ftab;		/* functab entries of 8 bytes */
	uint64_t nftab;
	const uint8_t *funcs, *names, *pctab, *files;
	uint64_t funcs_len, names_len, pctab_len, files_len;
	const uint8_t *cutab;
	uint64_t cutab_len;	   /* entries of 4 bytes */
	void *joined[PCLN_TABLES]; /* copies of tables in several pieces */
	uint32_t joined_count;
};

struct pclntab {
	const struct sample *sample;
	struct pcln_module *modules;
	uint32_t count;
	bool has_start_line; /* since Go 1.20 */
};

struct pcln_func {
	const struct pcln_module *module;
	uint64_t entry;
	uint32_t name_off, deferreturn, pcsp, pcfile, pcln, cu;
	uint32_t args;
	uint32_t npcdata;
	uint8_t func_id, flag, nfuncdata;
	const uint8_t *tail; /* pcdata, then funcdata offsets */
};

void pclntab_init(struct pclntab *tab, const struct sample *sample,
		  const struct go_modules *modules, int minor);
void pclntab_deinit(struct pclntab *tab);
bool pclntab_find(const struct pclntab *tab, uint64_t pc,
		  struct pcln_func *ret);
/** Function number @p n in order of address; false past the last. */
bool pclntab_nth(const struct pclntab *tab, uint64_t n, struct pcln_func *ret);
/** "?" if the table is damaged. */
const char *pcln_name(const struct pcln_func *func);
/** Name at an offset of the function name table. */
const char *pcln_name_at(const struct pcln_module *module, uint32_t off);
int32_t pcln_sp_delta(const struct pcln_func *func, uint64_t pc);
const char *pcln_file(const struct pcln_func *func, uint64_t pc);
uint32_t pcln_line(const struct pcln_func *func, uint64_t pc);
/** -1 if there is no such table. */
int32_t pcln_pcdata(const struct pcln_func *func, unsigned index, uint64_t pc);
/** Address in the process, 0 if none. */
uint64_t pcln_funcdata(const struct pcln_func *func, unsigned index);

/** A logical frame: inlined functions first, the physical one last. */
struct pcln_inline {
	const char *name;
	const char *file;
	uint32_t line;
	bool inlined;
};
enum { PCLN_INLINE_MAX = 32 };
/** Frames of @p pc (already the pc to look up); at least 1. */
uint32_t pcln_inline_frames(const struct pclntab *tab,
			    const struct pcln_func *func, uint64_t pc,
			    struct pcln_inline *ret, uint32_t max);

#endif
