#include "core/base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void (*out_of_memory_hook)(void);

void xalloc_set_hook(void (*hook)(void))
{
	out_of_memory_hook = hook;
}

static _Noreturn void out_of_memory(void)
{
	static const char text[] = "mapscope: out of memory\n";

	if (out_of_memory_hook)
		out_of_memory_hook();
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	abort();
}

static void *checked(void *p)
{
	if (!p)
		out_of_memory();
	return p;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
	return checked(realloc(p, size ? size : 1));
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	return checked(reallocarray(p, n ? n : 1, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

char *xvasprintf(const char *format, va_list args)
{
	char *s;

	if (vasprintf(&s, format, args) < 0)
		out_of_memory();
	return s;
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *s;

	va_start(args, format);
	s = xvasprintf(format, args);
	va_end(args);
	return s;
}

void *big_alloc(uint64_t bytes)
{
	void *p = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		out_of_memory();
	if (bytes >= 4 << 20)
		madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

void big_free(void *p, uint64_t bytes)
{
	if (p)
		munmap(p, bytes ? bytes : 1);
}

void free_cleanup(void *pp)
{
	free(*(void **)pp);
}
