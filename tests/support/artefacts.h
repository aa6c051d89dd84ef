#ifndef TESTS_SUPPORT_ARTEFACTS_H
#define TESTS_SUPPORT_ARTEFACTS_H

/** Files that the program left in the tests' folder (folder.h). */
#include <stdbool.h>
#include <stddef.h>

bool artefact_exists(const char *name);
/** Its bytes, gunzipped if need be, and a NUL; owned; NULL if there is none. */
char *artefact_read(const char *name, size_t *size_ret);
/** The same; fails the test if there is none. */
char *artefact_get(const char *name, size_t *size_ret);
bool artefact_write(const char *name, const char *text);
bool artefact_holds(const char *bytes, size_t size, const char *word);
/** The first of @p words (ends with NULL) that occurs, or NULL. */
const char *artefact_find(const char *bytes, size_t size,
			  const char *const *words);
/** Fails the test if one of them occurs in @p what, these bytes. */
void artefact_has_none(const char *what, const char *bytes, size_t size,
		       const char *const *words);
/** Two folders in it: the same files; else says which differ. */
bool artefacts_same(const char *a, const char *b);

#endif
