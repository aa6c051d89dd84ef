#ifndef CORE_GO_LAYOUT_H
#define CORE_GO_LAYOUT_H

/**
 * Offsets of the runtime structures' fields that we read: the one table of
 * them. With debug information they come from there, by name; the columns are
 * for binaries without it, as read from the debug information of each release
 * (1.20 is read as 1.21; -1 = the release has no such field).
 *
 * LAYOUT_FIELD(id, "type", "field", 1.19, 1.21, 1.22, 1.23, 1.24, 1.25, 1.26,
 *              1.27)
 */
#include <stdbool.h>
#include <stdint.h>

#include "core/go/program.h"

/* clang-format off */
#define LAYOUT_TABLE(F) \
	F(MHEAP_SWEEPGEN, "runtime.mheap", "sweepgen", 65848, 65856, 65856, 65856, 65856, 65856, 65856, 65856) \
	F(MHEAP_ALLSPANS, "runtime.mheap", "allspans", 65856, 65864, 65864, 65864, 65864, 65864, 65864, 65864) \
	F(MHEAP_ARENAS, "runtime.mheap", "arenas", 65936, 65944, 66008, 66008, 66008, 66008, 66008, 66008) \
	F(MHEAP_SPANALLOC, "runtime.mheap", "spanalloc", 92224, 92232, 92296, 92296, 92296, 92320, 92320, 92320) \
	F(MHEAP_CACHEALLOC, "runtime.mheap", "cachealloc", 92296, 92304, 92368, 92368, 92368, 92392, 92464, 92464) \
	F(ARENA_BITMAP, "runtime.heapArena", "bitmap", 0, 0, -1, -1, -1, -1, -1, -1) \
	F(ARENA_NOMOREPTRS, "runtime.heapArena", "noMorePtrs", -1, 1048576, -1, -1, -1, -1, -1, -1) \
	F(SPAN_START, "runtime.mspan", "startAddr", 24, 24, 24, 24, 24, 24, 24, 24) \
	F(SPAN_NPAGES, "runtime.mspan", "npages", 32, 32, 32, 32, 32, 32, 32, 32) \
	F(SPAN_FREEINDEX, "runtime.mspan", "freeindex", 48, 48, 48, 48, 48, 48, 48, 48) \
	F(SPAN_NELEMS, "runtime.mspan", "nelems", 56, 56, 50, 50, 50, 50, 50, 50) \
	F(SPAN_ALLOCBITS, "runtime.mspan", "allocBits", 72, 72, 64, 64, 64, 64, 64, 64) \
	F(SPAN_MARKBITS, "runtime.mspan", "gcmarkBits", 80, 80, 72, 72, 72, 72, 72, 72) \
	F(SPAN_SWEEPGEN, "runtime.mspan", "sweepgen", 88, 96, 88, 88, 88, 88, 88, 88) \
	F(SPAN_ALLOCCOUNT, "runtime.mspan", "allocCount", 96, 104, 96, 96, 96, 96, 96, 96) \
	F(SPAN_CLASS, "runtime.mspan", "spanclass", 98, 106, 98, 98, 98, 98, 98, 98) \
	F(SPAN_STATE, "runtime.mspan", "state", 99, 107, 99, 99, 99, 99, 99, 99) \
	F(SPAN_USERARENA, "runtime.mspan", "isUserArenaChunk", -1, 109, 101, 101, 101, 101, 101, 101) \
	F(SPAN_COUNTBEFORE, "runtime.mspan", "allocCountBeforeCache", 102, 110, 102, 102, 102, 102, 102, 102) \
	F(SPAN_ELEMSIZE, "runtime.mspan", "elemsize", 104, 112, 104, 104, 104, 104, 104, 104) \
	F(SPAN_LIMIT, "runtime.mspan", "limit", 112, 120, 112, 112, 112, 112, 112, 112) \
	F(SPAN_SPECIALS, "runtime.mspan", "specials", 128, 136, 128, 128, 128, 128, 128, 128) \
	F(SPAN_LARGETYPE, "runtime.mspan", "largeType", -1, -1, 152, 152, 152, 152, 152, 152) \
	F(MCACHE_TINYALLOCS, "runtime.mcache", "tinyAllocs", 32, 32, 32, 32, 40, 40, 40, 40) \
	F(MCACHE_ALLOC, "runtime.mcache", "alloc", 40, 40, 40, 40, 48, 48, 48, 48) \
	F(SPECIAL_NEXT, "runtime.special", "next", 0, 0, 0, 0, 0, 0, 0, 0) \
	F(SPECIAL_OFFSET, "runtime.special", "offset", 8, 8, 8, 8, 8, 8, 8, 8) \
	F(SPECIAL_KIND, "runtime.special", "kind", 10, 10, 10, 10, 16, 16, 16, 16) \
	F(G_STACK, "runtime.g", "stack", 0, 0, 0, 0, 0, 0, 0, 0) \
	F(G_DEFER, "runtime.g", "_defer", 40, 40, 40, 40, 40, 40, 40, 40) \
	F(G_M, "runtime.g", "m", 48, 48, 48, 48, 48, 48, 48, 48) \
	F(G_SCHED, "runtime.g", "sched", 56, 56, 56, 56, 56, 56, 56, 56) \
	F(G_SYSCALLSP, "runtime.g", "syscallsp", 112, 112, 112, 112, 112, 104, 104, 104) \
	F(G_SYSCALLPC, "runtime.g", "syscallpc", 120, 120, 120, 120, 120, 112, 112, 112) \
	F(G_STATUS, "runtime.g", "atomicstatus", 144, 144, 144, 152, 152, 144, 144, 144) \
	F(G_GOID, "runtime.g", "goid", 152, 152, 152, 160, 160, 152, 152, 152) \
	F(G_WAITSINCE, "runtime.g", "waitsince", 168, 168, 168, 176, 176, 168, 168, 168) \
	F(G_WAITREASON, "runtime.g", "waitreason", 176, 176, 176, 184, 184, 176, 176, 176) \
	F(G_PARENT, "runtime.g", "parentGoid", -1, 272, 272, 280, 280, 272, 280, 280) \
	F(G_GOPC, "runtime.g", "gopc", 296, 280, 280, 288, 288, 280, 288, 288) \
	F(G_STARTPC, "runtime.g", "startpc", 312, 296, 296, 304, 304, 296, 304, 304) \
	F(G_LABELS, "runtime.g", "labels", 360, 344, 344, 352, 352, 344, 352, 352) \
	F(G_WAITING, "runtime.g", "waiting", 328, 312, 312, 320, 320, 312, 320, 320) \
	F(SUDOG_ELEM, "runtime.sudog", "elem", 24, 24, 24, 24, 24, 24, 24, 24) \
	F(SUDOG_WAITLINK, "runtime.sudog", "waitlink", 64, 64, 64, 64, 64, 64, 72, 72) \
	F(SUDOG_C, "runtime.sudog", "c", 80, 80, 80, 80, 80, 80, 88, 88) \
	F(HCHAN_ELEMTYPE, "runtime.hchan", "elemtype", 32, 32, 32, 40, 40, 40, 40, 40) \
	F(G_XREGS, "runtime.g", "xRegs", -1, -1, -1, -1, -1, -1, 400, 400) \
	F(GOBUF_SP, "runtime.gobuf", "sp", 0, 0, 0, 0, 0, 0, 0, 0) \
	F(GOBUF_PC, "runtime.gobuf", "pc", 8, 8, 8, 8, 8, 8, 8, 8) \
	F(GOBUF_CTXT, "runtime.gobuf", "ctxt", 24, 24, 24, 24, 24, 24, 24, 24) \
	F(M_PROCID, "runtime.m", "procid", 72, 72, 72, 72, 72, 64, 64, 64) \
	F(M_GSIGNAL, "runtime.m", "gsignal", 80, 80, 80, 80, 80, 72, 72, 72) \
	F(M_CURG, "runtime.m", "curg", 192, 192, 192, 192, 192, 184, 184, 184) \
	F(M_MALLOCING, "runtime.m", "mallocing", 240, 240, 240, 240, 240, 232, 240, 240) \
	F(M_ALLLINK, "runtime.m", "alllink", 336, 336, 328, 352, 352, 344, 352, 352) \
	F(P_MCACHE, "runtime.p", "mcache", 64, 64, 64, 56, 56, 56, 56, 56) \
	F(SCHED_NGSYS, "runtime.schedt", "ngsys", 72, 72, 72, 72, 72, 80, 96, 96) \
	F(G_ANCESTORS, "runtime.g", "ancestors", 304, 288, 288, 296, 296, 288, 296, 296) \
	F(ANCESTOR_PCS, "runtime.ancestorInfo", "pcs", 0, 0, 0, 0, 0, 0, 0, 0) \
	F(ANCESTOR_GOID, "runtime.ancestorInfo", "goid", 24, 24, 24, 24, 24, 24, 24, 24) \
	F(DEFER_STARTED, "runtime._defer", "started", 0, 0, -1, -1, -1, -1, -1, -1) \
	F(DEFER_OPEN, "runtime._defer", "openDefer", 2, 2, -1, -1, -1, -1, -1, -1) \
	F(DEFER_RANGE, "runtime._defer", "rangefunc", -1, -1, 1, 1, 1, 1, 1, 1) \
	F(DEFER_SP, "runtime._defer", "sp", 8, 8, 8, 8, 8, 8, 8, 8) \
	F(DEFER_PC, "runtime._defer", "pc", 16, 16, 16, 16, 16, 16, 16, 16) \
	F(DEFER_HEAD, "runtime._defer", "head", -1, -1, 40, 40, 40, 40, 40, 40) \
	F(DEFER_HEAP, "runtime._defer", "heap", 1, 1, 0, 0, 0, 0, 0, 0) \
	F(DEFER_FN, "runtime._defer", "fn", 24, 24, 24, 24, 24, 24, 24, 24) \
	F(DEFER_LINK, "runtime._defer", "link", 40, 40, 32, 32, 32, 32, 32, 32) \
	F(MD_GCDATAMASK, "runtime.moduledata", "gcdatamask", 496, 536, 536, 536, 536, 536, 544, 520) \
	F(MD_GCBSSMASK, "runtime.moduledata", "gcbssmask", 512, 552, 552, 552, 552, 552, 560, 536) \
	F(MD_TYPES, "runtime.moduledata", "types", 280, 296, 296, 296, 296, 296, 296, 296) \
	F(MD_ETYPES, "runtime.moduledata", "etypes", 288, 304, 304, 304, 304, 304, 304, 312) \
	F(MD_RODATA, "runtime.moduledata", "rodata", 296, 312, 312, 312, 312, 312, 312, 336) \
	F(MD_GOFUNC, "runtime.moduledata", "gofunc", 304, 320, 320, 320, 320, 320, 320, 344) \
	F(MD_NEXT, "runtime.moduledata", "next", 544, 584, 584, 576, 576, 576, 584, 560) \
	F(MD_TYPELINKS, "runtime.moduledata", "typelinks", 336, 352, 352, 352, 352, 352, 360, -1) \
	F(MD_TYPEDESCLEN, "runtime.moduledata", "typedesclen", -1, -1, -1, -1, -1, -1, -1, 304) \
	F(GCC_GCPERCENT, "runtime.gcControllerState", "gcPercent", 0, 0, 0, 0, 0, 0, 0, 0) \
	F(GCC_MEMLIMIT, "runtime.gcControllerState", "memoryLimit", 8, 8, 8, 8, 8, 8, 8, 8) \
	F(GCC_HEAPGOAL, "runtime.gcControllerState", "gcPercentHeapGoal", 104, 72, 72, 72, 72, 72, 72, 72) \
	F(GCC_SWEEPDIST, "runtime.gcControllerState", "sweepDistMinTrigger", 112, 80, 80, 80, 80, 80, 80, 80) \
	F(GCC_TRIGGERED, "runtime.gcControllerState", "triggered", 120, 88, 88, 88, 88, 88, 88, 88) \
	F(GCC_HEAPMARKED, "runtime.gcControllerState", "heapMarked", 184, 152, 152, 152, 152, 152, 152, 152) \
	F(GCC_HEAPINUSE, "runtime.gcControllerState", "heapInUse", 304, 272, 272, 272, 272, 272, 272, 272) \
	F(GCC_HEAPRELEASED, "runtime.gcControllerState", "heapReleased", 312, 280, 280, 280, 280, 280, 280, 280) \
	F(GCC_HEAPFREE, "runtime.gcControllerState", "heapFree", 320, 288, 288, 288, 288, 288, 288, 288) \
	F(GCC_TOTALALLOC, "runtime.gcControllerState", "totalAlloc", 328, 296, 296, 296, 296, 296, 296, 296) \
	F(GCC_TOTALFREE, "runtime.gcControllerState", "totalFree", 336, 304, 304, 304, 304, 304, 304, 304) \
	F(GCC_MAPPEDREADY, "runtime.gcControllerState", "mappedReady", 344, 312, 312, 312, 312, 312, 312, 312) \
	F(MS_STACKSSYS, "runtime.mstats", "stacks_sys", 3544, 3544, 3544, 3544, 3544, 3520, 3520, 3520) \
	F(MS_MSPANSYS, "runtime.mstats", "mspan_sys", 3552, 3552, 3552, 3552, 3552, 3528, 3528, 3528) \
	F(MS_MCACHESYS, "runtime.mstats", "mcache_sys", 3560, 3560, 3560, 3560, 3560, 3536, 3536, 3536) \
	F(MS_BUCKHASHSYS, "runtime.mstats", "buckhash_sys", 3568, 3568, 3568, 3568, 3568, 3544, 3544, 3544) \
	F(MS_GCMISCSYS, "runtime.mstats", "gcMiscSys", 3576, 3576, 3576, 3576, 3576, 3552, 3552, 3552) \
	F(MS_OTHERSYS, "runtime.mstats", "other_sys", 3584, 3584, 3584, 3584, 3584, 3560, 3560, 3560) \
	F(MS_LASTGC, "runtime.mstats", "last_gc_unix", 3592, 3592, 3592, 3592, 3592, 3568, 3568, 3568) \
	F(MS_PAUSETOTAL, "runtime.mstats", "pause_total_ns", 3600, 3600, 3600, 3600, 3600, 3576, 3576, 3576) \
	F(MS_PAUSENS, "runtime.mstats", "pause_ns", 3608, 3608, 3608, 3608, 3608, 3584, 3584, 3584) \
	F(MS_PAUSEEND, "runtime.mstats", "pause_end", 5656, 5656, 5656, 5656, 5656, 5632, 5632, 5632) \
	F(MS_CPUFRACTION, "runtime.mstats", "gc_cpu_fraction", 7712, 7712, 7712, 7712, 7712, 7688, 7688, 7688) \
	F(MS_NUMGC, "runtime.mstats", "numgc", 7704, 7704, 7704, 7704, 7704, 7680, 7680, 7680) \
	F(MS_NUMFORCED, "runtime.mstats", "numforcedgc", 7708, 7708, 7708, 7708, 7708, 7684, 7684, 7684) \
	F(HS_INSTACKS, "runtime.heapStatsDelta", "inStacks", 24, 24, 24, 24, 24, 24, 24, 24) \
	F(HS_INWORKBUFS, "runtime.heapStatsDelta", "inWorkBufs", 32, 32, 32, 32, 32, 32, 32, 32) \
	F(HS_INPTRBITS, "runtime.heapStatsDelta", "inPtrScalarBits", 40, 40, 40, 40, 40, -1, -1, -1) \
	F(HS_TINYCOUNT, "runtime.heapStatsDelta", "tinyAllocCount", 48, 48, 48, 48, 48, 40, 40, 40) \
	F(HS_LARGEALLOC, "runtime.heapStatsDelta", "largeAlloc", 56, 56, 56, 56, 56, 48, 48, 48) \
	F(HS_LARGECOUNT, "runtime.heapStatsDelta", "largeAllocCount", 64, 64, 64, 64, 64, 56, 56, 56) \
	F(HS_SMALLCOUNT, "runtime.heapStatsDelta", "smallAllocCount", 72, 72, 72, 72, 72, 64, 64, 64) \
	F(HS_LARGEFREE, "runtime.heapStatsDelta", "largeFree", 616, 616, 616, 616, 616, 608, 608, 608) \
	F(HS_LARGEFREECOUNT, "runtime.heapStatsDelta", "largeFreeCount", 624, 624, 624, 624, 624, 616, 616, 616) \
	F(HS_SMALLFREE, "runtime.heapStatsDelta", "smallFreeCount", 632, 632, 632, 632, 632, 624, 624, 624)
/* clang-format on */

enum layout_id {
#define LAYOUT_ID(id, ...) L_##id,
	LAYOUT_TABLE(LAYOUT_ID)
#undef LAYOUT_ID
		LAYOUT_COUNT
};

struct go_layout {
	int32_t off[LAYOUT_COUNT];   /* -1: no such field */
	uint32_t size[LAYOUT_COUNT]; /* 0 unknown */
	uint64_t heap_stats_size;    /* of runtime.heapStatsDelta */
	uint64_t special_size;	     /* of runtime.special */
	bool wide_nelems;	     /* nelems, freeindex take 8 bytes */
	bool from_dwarf;
};

/** Does the table know the release, so that it can do without the rest? */
bool go_layout_has_release(const struct build_info *build);
void go_layout_load(const struct go_program *program, struct go_layout *ret);

/**
 * Link-time address of a runtime variable: debug information, else .symtab;
 * 0 if neither knows it.
 */
uint64_t go_symbol(const struct go_program *program, const char *name);

#endif
