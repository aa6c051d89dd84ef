#ifndef CORE_TARGET_SAMPLE_STORE_H
#define CORE_TARGET_SAMPLE_STORE_H

/**
 * A sample in a database: mappings, segments, threads with their registers,
 * and the memory as checksummed runs of pages, most of them compressed. Code is
 * not stored, nor what the executable's file holds unchanged: opening needs
 * that file.
 */
#include "core/base/db.h"
#include "core/target/sample.h"

/** SQL that makes the tables: mapping, segment, thread, page. */
extern const char sample_store_schema[];

/**
 * Write @p sample. @p exe_fd is the executable's file, to leave out what it
 * holds (-1: nothing is left out but code). Runs that zstd at @p level makes
 * no shorter are stored as they are; level 0: all of them.
 */
struct error *sample_store(const struct sample *sample, struct db *db,
			   int exe_fd, int level, unsigned threads,
			   struct job *job) MUST_CHECK;

/**
 * The way back, into a sample of kind SAMPLE_SNAPSHOT whose info is the
 * caller's to fill through @p info (strings are copied). @p exe is the
 * executable's path now, NULL: none.
 */
struct error *sample_open_store(struct db *db, const struct sample_info *info,
				const char *exe, unsigned threads,
				struct job *job,
				struct sample **ret) MUST_CHECK;

#endif
