/* Sizes in the units that a person chose. */
#include <inttypes.h>
#include <stdatomic.h>

#include "core/base/text.h"

/* How a person reads sizes is one choice for every thread and screen. */
static atomic_int chosen;

void text_set_units(enum text_units units)
{
	atomic_store(&chosen, (int)units);
}

enum text_units text_units(void)
{
	return (enum text_units)atomic_load(&chosen);
}

const char *text_units_name(enum text_units units)
{
	static const char *const names[] = {"iec", "si", "bytes"};

	return units < TEXT_UNITS_COUNT ? names[units] : "?";
}

static void add_scaled(struct buf *out, uint64_t bytes, double base,
		       double limit, const char *suffix)
{
	static const char units[] = "\0KMGTPE";
	double v = (double)bytes;
	int unit = 0;

	while (v >= limit && unit < 6) {
		v /= base;
		unit++;
	}
	if (!unit)
		buf_printf(out, "%" PRIu64, bytes);
	else if (v < 9.995)
		buf_printf(out, "%.2f%c%s", v, units[unit], suffix);
	else if (v < 99.95)
		buf_printf(out, "%.1f%c%s", v, units[unit], suffix);
	else
		buf_printf(out, "%.0f%c%s", v, units[unit], suffix);
}

void text_size_iec(struct buf *out, uint64_t bytes)
{
	add_scaled(out, bytes, 1024, 1023.5, "");
}

void text_count_short(struct buf *out, uint64_t n)
{
	add_scaled(out, n, 1000, 999.5, "");
}

void text_size(struct buf *out, uint64_t bytes)
{
	switch (text_units()) {
	case TEXT_SI:
		add_scaled(out, bytes, 1000, 999.5, "B");
		break;
	case TEXT_BYTES:
		buf_printf(out, "%" PRIu64, bytes);
		break;
	default:
		text_size_iec(out, bytes);
		break;
	}
}

void text_size_if_known(struct buf *out, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		buf_addc(out, '?');
	else
		text_size(out, bytes);
}
