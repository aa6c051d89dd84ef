#include "core/session/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "core/base/text.h"

void json_deinit(struct json *json)
{
	buf_deinit(&json->out);
	*json = (struct json){0};
}

void json_raw(struct json *json, const char *key)
{
	uint64_t bit = 1ULL << json->depth;

	if (json->comma & bit)
		buf_addc(&json->out, ',');
	json->comma |= bit;
	if (!key)
		return;
	text_json(&json->out, key, strlen(key));
	buf_addc(&json->out, ':');
}

void json_open(struct json *json, const char *key, char bracket)
{
	json_raw(json, key);
	buf_addc(&json->out, bracket);
	json->depth++;
	json->comma &= ~(1ULL << json->depth);
}

void json_close(struct json *json, char bracket)
{
	json->depth--;
	buf_addc(&json->out, bracket);
}

void json_string(struct json *json, const char *key, const char *s)
{
	json_raw(json, key);
	if (s)
		text_json(&json->out, s, strlen(s));
	else
		buf_adds(&json->out, "null");
}

void json_u64(struct json *json, const char *key, uint64_t v)
{
	json_raw(json, key);
	buf_printf(&json->out, "%" PRIu64, v);
}

void json_u64_or_null(struct json *json, const char *key, uint64_t v)
{
	if (v == UINT64_MAX)
		json_null(json, key);
	else
		json_u64(json, key, v);
}

void json_i64(struct json *json, const char *key, int64_t v)
{
	json_raw(json, key);
	buf_printf(&json->out, "%" PRId64, v);
}

void json_double(struct json *json, const char *key, double v)
{
	json_raw(json, key);
	if (isfinite(v))
		/* Enough for means of sizes, without noise in shares. */
		buf_printf(&json->out, "%.10g", v);
	else
		buf_adds(&json->out, "null");
}

void json_bool(struct json *json, const char *key, bool v)
{
	json_raw(json, key);
	buf_adds(&json->out, v ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
	json_raw(json, key);
	buf_adds(&json->out, "null");
}

void json_address(struct json *json, const char *key, uint64_t addr)
{
	json_raw(json, key);
	buf_printf(&json->out, "\"0x%" PRIx64 "\"", addr);
}

void json_time(struct json *json, const char *key, uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / 1000000000);
	char text[40];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	json_raw(json, key);
	buf_printf(&json->out, "\"%s.%03uZ\"", text,
		   (unsigned)(wall_ns % 1000000000 / 1000000));
}
