#include "core/base/near.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/text.h"

enum { NAME_MAX_BYTES = 63 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned near_distance(const char *a, const char *b, unsigned max)
{
	unsigned rows[3][NAME_MAX_BYTES + 1];
	size_t la = strlen(a), lb = strlen(b), i, k;
	unsigned best;

	if (la > NAME_MAX_BYTES || lb > NAME_MAX_BYTES ||
	    (la > lb ? la - lb : lb - la) > max)
		return max + 1;
	for (k = 0; k <= lb; k++)
		rows[0][k] = (unsigned)k;
	for (i = 1; i <= la; i++) {
		unsigned *now = rows[i % 3], *up = rows[(i + 2) % 3],
			 *up2 = rows[(i + 1) % 3];

		now[0] = best = (unsigned)i;
		for (k = 1; k <= lb; k++) {
			bool same = a[i - 1] == b[k - 1];

			now[k] = least(up[k] + 1, now[k - 1] + 1,
				       up[k - 1] + !same);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1] && up2[k - 2] + 1 < now[k])
				now[k] = up2[k - 2] + 1;
			best = now[k] < best ? now[k] : best;
		}
		if (best > max)
			return max + 1;
	}
	return rows[la % 3][lb] > max ? max + 1 : rows[la % 3][lb];
}

void near_offer(struct near_names *names, const char *name)
{
	unsigned max = (unsigned)strlen(names->wanted) / 3 + 1, d, i, k;

	d = near_distance(names->wanted, name, max);
	if (d > max)
		return;
	for (i = 0; i < names->count; i++) {
		if (!strcmp(names->best[i].name, name))
			return;
		if (names->best[i].distance > d)
			break;
	}
	if (i >= NEAR_NAMES)
		return;
	if (names->count < NEAR_NAMES)
		names->count++;
	for (k = names->count - 1; k > i; k--)
		names->best[k] = names->best[k - 1];
	names->best[i].name = name;
	names->best[i].distance = d;
}

void near_text(const struct near_names *names, struct buf *out)
{
	unsigned count = names->count, i;

	/* What is much farther than the best is noise. */
	while (count &&
	       names->best[count - 1].distance > names->best[0].distance + 1)
		count--;
	for (i = 0; i < count; i++) {
		buf_adds(out, !i ? "" : i + 1 == count ? " or " : ", ");
		text_plain(out, names->best[i].name,
			   strlen(names->best[i].name));
	}
}
