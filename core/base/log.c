#include "core/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/base/clock.h"

static FILE *log_file;
static enum log_level log_level;

struct error *log_open(const char *path, enum log_level level)
{
	if (log_file)
		fclose(log_file);
	log_file = NULL;
	log_level = LOG_OFF;
	if (!path)
		return NULL;
	log_file = fopen(path, "ae");
	if (!log_file)
		return error_os(errno, "cannot open log '%s'", path);
	log_level = level;
	return NULL;
}

static void PRINTF_LIKE(2, 0)
	log_line(const char *level, const char *format, va_list args)
{
	flockfile(log_file);
	fprintf(log_file, "%.6f %s ", (double)clock_now() / 1e9, level);
	vfprintf(log_file, format, args);
	fputc('\n', log_file);
	fflush(log_file);
	funlockfile(log_file);
}

void log_warn(const char *format, ...)
{
	va_list args;

	if (log_level < LOG_WARN)
		return;
	va_start(args, format);
	log_line("warn", format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	if (log_level < LOG_INFO)
		return;
	va_start(args, format);
	log_line("info", format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	if (log_level < LOG_DEBUG)
		return;
	va_start(args, format);
	log_line("debug", format, args);
	va_end(args);
}
