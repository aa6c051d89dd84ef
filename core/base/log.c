#include "core/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/text.h"

static FILE *log_file;
static enum log_level log_level;
static unsigned log_parts;

static const char *const names[LOG_PARTS] = {
#define LOG_PART_NAME(id, name, help) name,
	LOG_PART_TABLE(LOG_PART_NAME)
#undef LOG_PART_NAME
};

static struct error *no_part(const char *name, size_t len)
{
	CLEANUP(buf_deinit) struct buf all = {0};
	int i;

	for (i = 0; i < LOG_PARTS; i++)
		buf_printf(&all, "%s, ", names[i]);
	return error_hint(error_new(ERROR_USAGE, "no part of the log '%.*s'",
				    (int)len, name),
			  "--log takes %sby comma, or all", buf_str(&all));
}

struct error *log_parts_parse(const char *list, unsigned *ret)
{
	size_t len;
	int i;

	*ret = 0;
	if (!strcmp(list, "all")) {
		*ret = LOG_ALL;
		return NULL;
	}
	for (; *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		for (i = 0; i < LOG_PARTS; i++)
			if (strlen(names[i]) == len &&
			    !memcmp(names[i], list, len))
				break;
		if (i == LOG_PARTS)
			return no_part(list, len);
		*ret |= 1u << i;
	}
	return NULL;
}

/* A number is a file descriptor, as delve has it. */
static int open_dest(const char *dest)
{
	char *end;
	long fd = strtol(dest, &end, 10);

	if (*dest && !*end && fd >= 0 && fd < 1 << 20)
		return fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
	return open(dest, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

struct error *log_open(const char *dest, enum log_level level, unsigned parts)
{
	int fd;

	if (log_file)
		fclose(log_file);
	log_file = NULL;
	log_level = LOG_OFF;
	if (!dest)
		return NULL;
	fd = open_dest(dest);
	log_file = fd >= 0 ? fdopen(fd, "a") : NULL;
	if (!log_file)
		return error_os(errno, "cannot open log '%s'", dest);
	log_level = level;
	log_parts = parts;
	return NULL;
}

static bool wanted(enum log_part part, enum log_level level)
{
	return log_level >= level && log_parts & 1u << part;
}

static void PRINTF_LIKE(3, 0) log_line(enum log_part part, const char *level,
				       const char *format, va_list args)
{
	CLEANUP(buf_deinit) struct buf raw = {0}, line = {0};
	struct timespec now;
	struct tm tm;
	char time[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(time, sizeof(time), "%FT%T", &tm);
	buf_vprintf(&raw, format, args);
	buf_printf(&line, "%s.%06ldZ %-5s %s: ", time, now.tv_nsec / 1000,
		   level, names[part]);
	/* Names come from the target. */
	text_plain(&line, buf_str(&raw), raw.len);
	buf_addc(&line, '\n');
	flockfile(log_file);
	fwrite(line.data, 1, line.len, log_file);
	fflush(log_file);
	funlockfile(log_file);
}

void log_warn(enum log_part part, const char *format, ...)
{
	va_list args;

	if (!wanted(part, LOG_WARN))
		return;
	va_start(args, format);
	log_line(part, "warn", format, args);
	va_end(args);
}

void log_info(enum log_part part, const char *format, ...)
{
	va_list args;

	if (!wanted(part, LOG_INFO))
		return;
	va_start(args, format);
	log_line(part, "info", format, args);
	va_end(args);
}

void log_debug(enum log_part part, const char *format, ...)
{
	va_list args;

	if (!wanted(part, LOG_DEBUG))
		return;
	va_start(args, format);
	log_line(part, "debug", format, args);
	va_end(args);
}
