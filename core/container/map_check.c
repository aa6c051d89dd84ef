/* Does memory of unknown type look like a map header? */
#include <string.h>

#include "core/base/limits.h"
#include "core/container/container.h"

enum { HEADER_BYTES = 48 };

static bool swiss_plausible(const struct sample *sample, const uint8_t *p)
{
	uint64_t used, dir, dir_len;

	memcpy(&used, p, 8);
	memcpy(&dir, p + 16, 8);
	memcpy(&dir_len, p + 24, 8);
	if (p[34] > 1 || p[35] > 1 || dir % 8)
		return false;
	if (!dir_len)
		return used <= 8 && !p[32] && (!used || dir);
	return p[32] < 32 && dir_len == 1ULL << p[32] && p[33] == 64 - p[32] &&
	       used <= LIMIT_MAP_SLOTS && sample_view(sample, dir, dir_len * 8);
}

static bool classic_plausible(const struct sample *sample, const uint8_t *p)
{
	uint64_t count, buckets, old, nevacuate;

	memcpy(&count, p, 8);
	memcpy(&buckets, p + 16, 8);
	memcpy(&old, p + 24, 8);
	memcpy(&nevacuate, p + 32, 8);
	if (p[8] & ~15 || p[9] > LIMIT_MAP_B || buckets % 8 || old % 8 ||
	    count > LIMIT_MAP_SLOTS || (count && !buckets))
		return false;
	if (!old && p[8] & 8)
		return false;
	if (old && nevacuate > 1ULL << p[9])
		return false;
	return !buckets || sample_view(sample, buckets, 8);
}

bool map_header_plausible(const struct sample *sample, uint64_t header,
			  bool swiss)
{
	const uint8_t *p =
		header % 8 ? NULL : sample_view(sample, header, HEADER_BYTES);

	if (!p)
		return false;
	return swiss ? swiss_plausible(sample, p)
		     : classic_plausible(sample, p);
}
