#ifndef CORE_BASE_LIMITS_H
#define CORE_BASE_LIMITS_H

/**
 * Bounds on what the target may claim. Every loop over target data ends at one
 * of these or at something already checked against one of them. They are far
 * beyond any real process and exist so that garbage ends in a message.
 */
#include <stdint.h>

static const uint64_t LIMIT_STRING = 1ULL << 30;    /* bytes of one string */
static const uint64_t LIMIT_NAME = 1ULL << 16;	    /* bytes of one name */
static const uint64_t LIMIT_MAP_B = 40;		    /* log2 of buckets */
static const uint64_t LIMIT_MAP_SLOTS = 1ULL << 38; /* slots of one map */
static const uint64_t LIMIT_SWISS_DIR = 1ULL << 30; /* directory entries */
static const uint64_t LIMIT_CHAIN = 1ULL << 20;	    /* buckets of a chain */
static const uint64_t LIMIT_SPANS = 1ULL << 26;
/* of all spans: 2 TiB, whose table takes 1 GiB */
static const uint64_t LIMIT_PAGES = 1ULL << 28;
static const uint64_t LIMIT_SLOTS = 0xfffffff0ULL; /* object numbers are u32 */
static const uint64_t LIMIT_GOROUTINES = 1ULL << 24;
static const uint64_t LIMIT_THREADS = 1ULL << 18;
static const uint64_t LIMIT_FRAMES = 1ULL << 20; /* of one stack */
static const uint64_t LIMIT_MODULES = 1024;
static const uint64_t LIMIT_TYPE_FIELDS = 1ULL << 16;
static const uint64_t LIMIT_TYPE_DEPTH = 64;
static const uint64_t LIMIT_LIST = 1ULL << 28; /* any linked list */

#endif
