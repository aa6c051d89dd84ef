#include "dwarf/dbg_list.h"

#include <string.h>

/*
 * Kinds of entries since DWARF 5. Range lists lack the default location, so
 * their numbers from 5 on are one lower.
 */
enum list_kind {
	LIST_END,
	LIST_BASE_INDEX,
	LIST_START_END_INDEX,
	LIST_START_INDEX_LENGTH,
	LIST_OFFSET_PAIR,
	LIST_DEFAULT,
	LIST_BASE,
	LIST_START_END,
	LIST_START_LENGTH,
};

bool dbg_get_uleb(const uint8_t *data, size_t size, size_t *at, uint64_t *ret)
{
	uint64_t value = 0;
	unsigned shift;

	for (shift = 0; shift < 64 && *at < size; shift += 7) {
		uint8_t byte = data[(*at)++];

		if (shift == 63 && (byte & 0x7e))
			return false;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

bool dbg_get_sleb(const uint8_t *data, size_t size, size_t *at, int64_t *ret)
{
	uint64_t value = 0;
	unsigned shift;

	for (shift = 0; shift < 64 && *at < size; shift += 7) {
		uint8_t byte = data[(*at)++];

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if ((byte & 0x40) && shift + 7 < 64)
			value |= UINT64_MAX << (shift + 7);
		*ret = (int64_t)value;
		return true;
	}
	return false;
}

static bool get_u64(const uint8_t *data, size_t size, size_t *at, uint64_t *ret)
{
	if (*at > size || size - *at < sizeof(*ret))
		return false;
	memcpy(ret, data + *at, sizeof(*ret));
	*at += sizeof(*ret);
	return true;
}

bool dbg_list_address(const struct dbg_list *list, uint64_t index,
		      uint64_t *ret)
{
	uint64_t at;

	if (!list->addrs || __builtin_mul_overflow(index, 8, &at) ||
	    __builtin_add_overflow(at, list->addr_base, &at) ||
	    at > list->addrs_size || list->addrs_size - at < 8)
		return false;
	memcpy(ret, list->addrs + at, sizeof(*ret));
	return true;
}

static bool word(struct dbg_list *l, uint64_t *ret)
{
	return get_u64(l->data, l->size, &l->at, ret);
}

static bool uleb(struct dbg_list *l, uint64_t *ret)
{
	return dbg_get_uleb(l->data, l->size, &l->at, ret);
}

static bool indexed(struct dbg_list *l, uint64_t *ret)
{
	uint64_t index;

	return uleb(l, &index) && dbg_list_address(l, index, ret);
}

static bool take_bytes(struct dbg_list *l, uint64_t len,
		       struct dbg_list_entry *ret)
{
	if (l->at > l->size || len > l->size - l->at || len > UINT32_MAX)
		return false;
	ret->bytes = l->data + l->at;
	ret->len = (uint32_t)len;
	l->at += len;
	return true;
}

/* Pairs relative to the base; (-1, x) sets the base, (0, 0) is the end. */
static bool next_pair(struct dbg_list *l, struct dbg_list_entry *ret)
{
	uint16_t len;

	for (;;) {
		if (!word(l, &ret->low) || !word(l, &ret->high) ||
		    (!ret->low && !ret->high))
			return false;
		if (ret->low != UINT64_MAX)
			break;
		l->base = ret->high;
	}
	ret->low += l->base;
	ret->high += l->base;
	if (!l->is_location)
		return true;
	if (l->size - l->at < sizeof(len))
		return false;
	memcpy(&len, l->data + l->at, sizeof(len));
	l->at += sizeof(len);
	return take_bytes(l, len, ret);
}

static bool get_bounds(struct dbg_list *l, enum list_kind kind,
		       struct dbg_list_entry *ret)
{
	uint64_t len;

	switch (kind) {
	case LIST_START_END_INDEX:
		return indexed(l, &ret->low) && indexed(l, &ret->high);
	case LIST_START_INDEX_LENGTH:
		if (!indexed(l, &ret->low) || !uleb(l, &len))
			return false;
		ret->high = ret->low + len;
		return true;
	case LIST_OFFSET_PAIR:
		if (!uleb(l, &ret->low) || !uleb(l, &ret->high))
			return false;
		ret->low += l->base;
		ret->high += l->base;
		return true;
	case LIST_DEFAULT:
		ret->is_default = true;
		ret->low = 0;
		ret->high = UINT64_MAX;
		return true;
	case LIST_START_END:
		return word(l, &ret->low) && word(l, &ret->high);
	case LIST_START_LENGTH:
		if (!word(l, &ret->low) || !uleb(l, &len))
			return false;
		ret->high = ret->low + len;
		return true;
	default:
		return false;
	}
}

static bool next_kind(struct dbg_list *l, struct dbg_list_entry *ret)
{
	uint64_t len;
	unsigned kind;

	while (l->at < l->size) {
		kind = l->data[l->at++];
		if (!l->is_location && kind >= LIST_DEFAULT)
			kind++;
		if (kind == LIST_BASE_INDEX) {
			if (!indexed(l, &l->base))
				return false;
			continue;
		}
		if (kind == LIST_BASE) {
			if (!word(l, &l->base))
				return false;
			continue;
		}
		if (!get_bounds(l, (enum list_kind)kind, ret))
			return false;
		return !l->is_location ||
		       (uleb(l, &len) && take_bytes(l, len, ret));
	}
	return false;
}

bool dbg_list_next(struct dbg_list *list, struct dbg_list_entry *ret)
{
	*ret = (struct dbg_list_entry){0};
	if (list->at >= list->size)
		return false;
	return list->version >= 5 ? next_kind(list, ret) : next_pair(list, ret);
}
