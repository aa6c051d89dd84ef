#ifndef DWARF_BUILD_INFO_PARSE_H
#define DWARF_BUILD_INFO_PARSE_H

/** The pure half of build_info.h, for tests. */
#include "dwarf/build_info.h"

/** Of the bytes that begin with the magic; they may run beyond its end. */
struct error *build_info_parse(const void *bytes, size_t len,
			       struct build_info *ret) MUST_CHECK;

#endif
