/* Numbers as Go's own printing writes them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/text.h"

enum {
	DIGITS_MAX = 17,
	DIGITS_MAX_32 = 9,
	EXPONENT_MIN = -4, /* outside these a number has an exponent */
	EXPONENT_MAX = 5,
};

/* @p digits is "-d.ddde-XX" as printf("%e") makes it. */
static void add_digits(struct buf *out, const char *digits)
{
	const char *e = strchr(digits, 'e'), *p = digits;
	long exponent = strtol(e + 1, NULL, 10), i, n = 0;
	char plain[DIGITS_MAX + 1];

	if (exponent < EXPONENT_MIN || exponent > EXPONENT_MAX) {
		buf_adds(out, digits);
		return;
	}
	if (*p == '-')
		buf_addc(out, *p++);
	for (; p < e; p++)
		if (*p != '.' && n < DIGITS_MAX)
			plain[n++] = *p;
	if (exponent < 0)
		buf_adds(out, "0.");
	for (i = exponent; i < -1; i++)
		buf_addc(out, '0');
	for (i = 0; i < n || i <= exponent; i++) {
		if (i && i == exponent + 1)
			buf_addc(out, '.');
		buf_addc(out, i < n ? plain[i] : '0');
	}
}

static void add_float(struct buf *out, double v, bool narrow)
{
	const int most = narrow ? DIGITS_MAX_32 : DIGITS_MAX;
	char digits[40];
	int n;

	if (isnan(v)) {
		buf_adds(out, "NaN");
		return;
	}
	if (isinf(v)) {
		buf_adds(out, v < 0 ? "-Inf" : "+Inf");
		return;
	}
	for (n = 0; n < most; n++) {
		snprintf(digits, sizeof(digits), "%.*e", n, v);
		if (narrow ? (double)strtof(digits, NULL) == v
			   : strtod(digits, NULL) == v)
			break;
	}
	add_digits(out, digits);
}

void text_float(struct buf *out, double v)
{
	add_float(out, v, false);
}

void text_float32(struct buf *out, float v)
{
	add_float(out, (double)v, true);
}

/* @p n / @p unit with as many places as it takes. */
static void add_fraction(struct buf *out, uint64_t n, uint64_t unit,
			 const char *name)
{
	uint64_t rest = n % unit;

	buf_printf(out, "%" PRIu64, n / unit);
	if (rest)
		buf_addc(out, '.');
	while (rest) {
		unit = unit > 10 ? unit / 10 : 1;
		/* never 0: the last one is 1 */
		/* cppcheck-suppress zerodivcond */
		buf_addc(out, (char)('0' + rest / unit));
		rest %= unit;
	}
	buf_adds(out, name);
}

void text_exact_duration(struct buf *out, int64_t ns)
{
	const uint64_t second = 1000000000, minute = 60 * second;
	const uint64_t hour = 60 * minute;
	uint64_t u = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	if (ns < 0)
		buf_addc(out, '-');
	if (!u) {
		buf_adds(out, "0s");
	} else if (u < 1000) {
		add_fraction(out, u, 1, "ns");
	} else if (u < 1000000) {
		add_fraction(out, u, 1000, "µs");
	} else if (u < second) {
		add_fraction(out, u, 1000000, "ms");
	} else {
		if (u >= hour)
			buf_printf(out, "%" PRIu64 "h", u / hour);
		if (u >= minute)
			buf_printf(out, "%" PRIu64 "m", u % hour / minute);
		add_fraction(out, u % minute, second, "s");
	}
}

static struct tm utc(uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / 1000000000);
	struct tm tm = {0};

	gmtime_r(&seconds, &tm);
	tm.tm_year += 1900;
	tm.tm_mon++;
	return tm;
}

void text_clock(struct buf *out, uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / 1000000000);
	struct tm t = {0};

	localtime_r(&seconds, &t);
	buf_printf(out, "%02d:%02d:%02d", t.tm_hour, t.tm_min, t.tm_sec);
}

void text_time(struct buf *out, uint64_t wall_ns)
{
	const struct tm t = utc(wall_ns);

	buf_printf(out, "%04d-%02d-%02d %02d:%02d:%02d.%03u UTC", t.tm_year,
		   t.tm_mon, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
		   (unsigned)(wall_ns % 1000000000 / 1000000));
}

void text_stamp(struct buf *out, uint64_t wall_ns)
{
	const struct tm t = utc(wall_ns);

	buf_printf(out, "%04d%02d%02dT%02d%02d%02dZ", t.tm_year, t.tm_mon,
		   t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}
