#ifndef CORE_BASE_SHA256_H
#define CORE_BASE_SHA256_H

/** SHA-256 of FIPS 180-4, as `sha256sum` prints it. */
#include <stddef.h>

enum { SHA256_TEXT = 65 };

/** Lower-case hex digits and a NUL. */
void sha256_text(const void *bytes, size_t len, char ret[SHA256_TEXT]);

#endif
