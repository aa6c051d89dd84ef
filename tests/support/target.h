#ifndef TESTS_SUPPORT_TARGET_H
#define TESTS_SUPPORT_TARGET_H

/** A Go target of tests/targets: prints its truth, READY, waits on stdin. */
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct go_target {
	pid_t pid;
	int in;
	FILE *out;
	char *truth; /* the line of JSON; owned */
};

/**
 * Run a program with at most one argument (or NULL). It is killed when the
 * thread that started it ends. False if that cannot be done.
 */
bool go_target_spawn(struct go_target *target, const char *path,
		     const char *argument);
/** False if it did not get READY. */
bool go_target_start(struct go_target *target, const char *path);
/** The same, run by @p user and the group of that number. */
bool go_target_start_as(struct go_target *target, const char *path, uid_t user);
/** Closes its stdin and waits: the exit status as of waitpid(). */
int go_target_stop(struct go_target *target);
/** Newest built target NAME-VERSION of $MAPSCOPE_TARGETS; owned, or NULL. */
char *go_target_newest(const char *name);
/** The newest one whose maps are classic: up to Go 1.23. */
char *go_target_newest_classic(const char *name);
/** Finds out what is wrong with the target at @p path: how many things. */
typedef unsigned go_target_check_fn(const char *path, void *arg);
/** Each NAME-VERSION of $MAPSCOPE_TARGETS: the sum; no target is wrong. */
unsigned go_targets_check(const char *name, go_target_check_fn *check,
			  void *arg);
/** True if it is not traced and no thread of it is stopped. */
bool go_target_is_free(pid_t pid);
/**
 * The newest target @p name for a group of tests, its PID as text, and what
 * program_set_up() makes. 0, or -1 as cmocka wants it.
 */
struct go_stage {
	struct go_target target;
	char pid[16];
};
int go_stage_open(struct go_stage *stage, const char *name);
int go_stage_close(struct go_stage *stage);
/** One step of a target that makes one a line and confirms it. */
bool go_target_step(struct go_target *target);
/** Children of @p pid without an exit signal, alive or dead: forks of it. */
unsigned go_target_images(pid_t pid);

#endif
