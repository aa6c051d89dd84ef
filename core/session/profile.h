#ifndef CORE_SESSION_PROFILE_H
#define CORE_SESSION_PROFILE_H

/**
 * Profiles: samples with stacks and four values each. Two kinds: the heap
 * profile that the runtime keeps (who allocated), and the reference profile
 * (who holds). Both are shown as top and tree, and written as gzipped
 * profile.proto, which `go tool pprof` opens.
 */
#include "core/session/redact.h"
#include "core/session/session.h"

enum { PROFILE_VALUES = 4 };

struct profile_frame {
	uint32_t name, file; /* strings */
	uint32_t line;
};
/** A place in the code (or a step of a path) with its inlined frames. */
struct profile_location {
	uint64_t addr;	       /* 0 none */
	uint32_t first, count; /* frames, innermost first */
};
struct profile_sample {
	uint32_t first, count; /* stack: locations, leaf first */
	uint64_t values[PROFILE_VALUES];
	uint64_t raw[PROFILE_VALUES]; /* before scaling; heap profile */
	uint64_t bytes;		      /* size of one object; 0: no such label */
	uint32_t root;		      /* string: kind of the root; 0 none */
};

struct profile {
	const char *types[PROFILE_VALUES]; /* "inuse_space" */
	const char *units[PROFILE_VALUES]; /* "bytes" */
	unsigned default_type;
	int64_t period; /* 0 none */
	uint64_t time_ns;
	struct intern strings; /* number 0 is "" */
	struct profile_frame *frames;
	uint32_t frame_count, frame_cap;
	struct profile_location *locations;
	uint32_t location_count, location_cap;
	uint32_t *stacks;
	uint32_t stack_count, stack_cap;
	struct profile_sample *samples;
	uint32_t sample_count, sample_cap;
	char *comment; /* owned; NULL none */
};

/**
 * The in-process heap profile. ERROR_UNSUPPORTED, with the reason, if the
 * program keeps none.
 */
struct error *heap_profile_load(const struct session *session,
				struct profile *ret) MUST_CHECK;
/** Paths from roots as stacks; deeper ones than @p depth end there. */
struct error *ref_profile_load(const struct session *session, uint32_t depth,
			       struct profile *ret) MUST_CHECK;
void profile_deinit(struct profile *profile);
/** Names and files as the redactor's level wants them; sizes too. */
void profile_redact(struct profile *profile, struct redactor *redactor);

/** Write @p path (0600; a new file, unless @p force). */
struct error *profile_write(const struct profile *profile, const char *path,
			    bool force) MUST_CHECK;
/** The gzipped bytes, for archives. */
struct error *profile_encode(const struct profile *profile,
			     struct buf *out) MUST_CHECK;

/** Number of a sample type by its name; -1 unknown. */
int profile_type(const struct profile *profile, const char *name);

/** One function (or step): its own share and that of all below it. */
struct profile_row {
	const char *name, *file;
	uint32_t line;
	uint64_t flat, cum;
	uint64_t sum; /* of flat, with all rows of more */
};
struct profile_top {
	const struct profile *profile;
	struct profile_row *rows;
	uint32_t count;
	uint64_t total;
};
/** @p focus, @p ignore: regular expressions on names of a stack; or NULL. */
struct error *profile_top_load(const struct profile *profile, unsigned type,
			       const char *focus, const char *ignore,
			       struct profile_top *ret) MUST_CHECK;
void profile_top_deinit(struct profile_top *top);
/** For a struct profile_top of that sample type. */
const struct list_kind *profile_list_kind(const struct profile *profile,
					  unsigned type);

/** An indented tree, roots first, down to @p least of the total. */
void profile_tree(const struct profile *profile, unsigned type, double least,
		  struct buf *out);

enum { PROFILE_PEEK_MAX = 50 };
/**
 * Callers and callees of at most PROFILE_PEEK_MAX functions that match the
 * regular expression. ERROR_NOT_FOUND if none does.
 */
struct error *profile_peek(const struct profile *profile, unsigned type,
			   const char *pattern, struct buf *out) MUST_CHECK;

/**
 * The same tree row by row, roots first, unfolded where a person wants. The
 * model of profile_calls_kind(); rows are numbers of `visible`.
 */
struct profile_call {
	uint32_t name;		      /* string */
	uint32_t parent, child, next; /* 0 none */
	uint32_t depth;
	bool open;
	uint64_t flat, cum;
	char *label; /* made when it is shown; owned */
};
struct profile_calls {
	const struct profile *profile;
	struct profile_call *nodes; /* 0 is above all roots */
	uint32_t count, cap;
	uint32_t *visible;
	uint32_t visible_count;
};
void profile_calls_load(const struct profile *profile, unsigned type,
			struct profile_calls *ret);
void profile_calls_deinit(struct profile_calls *calls);
/**
 * Unfold or fold the row; unfolding goes on through single children. The list
 * over it needs list_set_model() then.
 */
void profile_calls_open(struct profile_calls *calls, uint32_t row, bool open);
void profile_calls_open_all(struct profile_calls *calls, bool open);
const struct list_kind *profile_calls_kind(const struct profile *profile,
					   unsigned type);

/* For those who build profiles. */
uint32_t profile_add_location(struct profile *profile, uint64_t addr);
/** To the location added last. */
void profile_add_frame(struct profile *profile, const char *name,
		       const char *file, uint32_t line);
/** A sample with the stack [@p stack, @p stack + @p count), leaf first. */
struct profile_sample *profile_add_sample(struct profile *profile,
					  const uint32_t *stack,
					  uint32_t count);

#endif
