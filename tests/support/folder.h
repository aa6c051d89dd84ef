#ifndef TESTS_SUPPORT_FOLDER_H
#define TESTS_SUPPORT_FOLDER_H

/** The folder below /tmp that the tests of one program have for themselves. */

/** cmocka's set-up of a group; says why if there is none. */
int test_folder_make(void **state);
/** Its tear-down: removes the folder with all that is in it. */
int test_folder_remove(void **state);
/** The same for tests that clear away: what is left there is a failure. */
int test_folder_remove_empty(void **state);
/** Its name, borrowed; NULL before it was made. */
const char *test_folder(void);
/** A file in it; owned. */
char *test_path(const char *name);

#endif
