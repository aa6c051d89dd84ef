#ifndef TESTS_SUPPORT_PATIENCE_H
#define TESTS_SUPPORT_PATIENCE_H

/** How much longer a wait may take: a sanitizer makes all slower. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PATIENCE 6
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#undef PATIENCE
#define PATIENCE 6
#endif
#ifndef PATIENCE
#define PATIENCE 1
#endif

#endif
