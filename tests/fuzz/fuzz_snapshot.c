/**
 * libFuzzer entry for snapshots. The first byte chooses: the rest is the file,
 * or it is a list of changes to a good one, tests/fuzz/snapshot.sql: values of
 * cells, rows that go, and bytes of the finished file. What opens is asked
 * everything that a snapshot without memory answers.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "core/session/diff.h"
#include "core/session/goroutine_list.h"
#include "core/session/objects.h"
#include "core/session/series.h"
#include "core/session/snapshot.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_CHANGES = 8, MAX_DETAILS = 16 };

/* SQLite wants a name: in memory, and gone at the end. */
static char path[] = "/dev/shm/mapscope-fuzz-XXXXXX";

static void remove_file(void)
{
	unlink(path);
}

static unsigned char *good;
static sqlite3_int64 good_size;

/* Tables and columns that are changed; by name from the file's own schema. */
static struct {
	char table[64], column[64];
} cells[256];
static size_t cell_count;

static int add_cell(void *arg, int n, char **values, char **names)
{
	(void)arg;
	(void)n;
	(void)names;
	if (cell_count < sizeof(cells) / sizeof(*cells)) {
		snprintf(cells[cell_count].table, 64, "%s", values[0]);
		snprintf(cells[cell_count].column, 64, "%s", values[1]);
		cell_count++;
	}
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	FILE *f = fopen("tests/fuzz/snapshot.sql", "re");
	char *sql = calloc(1, 1 << 20);
	sqlite3 *db;

	(void)argc;
	(void)argv;
	close(mkstemp(path));
	atexit(remove_file);
	if (!f || !fread(sql, 1, (1 << 20) - 1, f) ||
	    sqlite3_open(":memory:", &db) ||
	    sqlite3_exec(db, sql, NULL, NULL, NULL) ||
	    sqlite3_exec(db,
			 "SELECT m.name, c.name FROM sqlite_master m, "
			 "pragma_table_info(m.name) c WHERE m.type='table'",
			 add_cell, NULL, NULL))
		abort();
	good = sqlite3_serialize(db, "main", &good_size, 0);
	sqlite3_close(db);
	fclose(f);
	free(sql);
	return 0;
}

struct input {
	const uint8_t *data;
	size_t size;
};

static uint64_t take(struct input *in, size_t bytes)
{
	uint64_t v = 0;

	for (; bytes && in->size; bytes--, in->size--)
		v = v << 8 | *in->data++;
	return v;
}

/* A number near an edge, any number, a text, a blob, nothing. */
static void add_value(struct input *in, char *out, size_t room)
{
	static const char *const edges[] = {
		"-1",
		"9223372036854775807",
		"-9223372036854775807",
		"4294967295",
		"4294967296",
		"65536",
		"1e308",
		"-0.5",
		"''",
		"NULL",
		"x'00'",
		"randomblob(70000)",
		"printf('%.100000c','[')",
		"'[1,2,3'",
		"'a' || char(27) || '[2J' || char(10)",
	};
	unsigned kind = (unsigned)take(in, 1);

	if (kind % 3)
		snprintf(out, room, "%s",
			 edges[kind % (sizeof(edges) / sizeof(*edges))]);
	else
		snprintf(out, room, "%lld",
			 (long long)(int64_t)take(in, 1 + kind % 8));
}

static void change(sqlite3 *db, struct input *in)
{
	size_t cell = (size_t)take(in, 1) % cell_count;
	unsigned what = (unsigned)take(in, 1), row = (unsigned)take(in, 1);
	char value[256], sql[1024];

	add_value(in, value, sizeof(value));
	if (what % 8 == 0)
		snprintf(sql, sizeof(sql),
			 "DELETE FROM \"%s\" WHERE \"%s\" >= %s",
			 cells[cell].table, cells[cell].column, value);
	else
		snprintf(sql, sizeof(sql),
			 "UPDATE OR IGNORE \"%s\" SET \"%s\" = %s WHERE "
			 "\"%s\" IN (SELECT \"%s\" FROM \"%s\" LIMIT %u "
			 "OFFSET %u)",
			 cells[cell].table, cells[cell].column, value,
			 cells[cell].column, cells[cell].column,
			 cells[cell].table, 1 + what / 64, row % 64);
	sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static unsigned char *changed(struct input *in, sqlite3_int64 *size_ret)
{
	unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)good_size);
	unsigned n = (unsigned)take(in, 1) % (MAX_CHANGES + 1);
	unsigned flips = (unsigned)take(in, 1) % 8;
	sqlite3 *db;

	memcpy(copy, good, (size_t)good_size);
	if (sqlite3_open(":memory:", &db) ||
	    sqlite3_deserialize(db, "main", copy, good_size, good_size,
				SQLITE_DESERIALIZE_FREEONCLOSE |
					SQLITE_DESERIALIZE_RESIZEABLE))
		abort();
	for (; n; n--)
		change(db, in);
	copy = sqlite3_serialize(db, "main", size_ret, 0);
	sqlite3_close(db);
	/* Most changes are in the tables: few files have bytes changed too. */
	for (; flips > 4 && copy; flips--) {
		size_t at = (size_t)take(in, 4) % (size_t)*size_ret;

		copy[at] ^= (unsigned char)take(in, 1);
	}
	return copy;
}

static void ask_maps(const struct session *session)
{
	struct map_groups groups = {0};
	struct type_table types = {0};
	uint32_t count, i;

	session_maps(session, &count);
	error_free(map_groups_load(session, GROUP_OWNER, "std=no", &groups));
	map_groups_deinit(&groups);
	error_free(map_groups_load(session, GROUP_TYPE, NULL, &groups));
	map_groups_deinit(&groups);
	error_free(type_table_load(session, false, &types));
	type_table_deinit(&types);
	for (i = 0; i < count && i < MAX_DETAILS; i++) {
		struct map_detail detail = {0};

		error_free(map_detail_load(session, i, &detail));
		map_detail_deinit(&detail);
	}
}

static void ask_series(const struct session *session)
{
	const struct series_set *set = session_series(session);
	struct series_table table;

	if (!set)
		return;
	series_table_load(set, true, &table);
	series_table_deinit(&table);
}

static void ask(const struct session *session)
{
	struct goroutine_table goroutines;
	struct session_totals totals;
	struct session_info info;
	struct diff diff = {0};
	uint32_t count;

	session_info(session, &info);
	session_totals(session, &totals);
	session_findings(session, &count);
	ask_series(session);
	if (session_has_memory(session))
		return;
	ask_maps(session);
	goroutine_table_load(session, GOROUTINES_BY_USER, true, &goroutines);
	goroutine_table_deinit(&goroutines);
	error_free(diff_load(session, session, GROUP_OWNER, &diff));
	diff_deinit(&diff);
}

static void open_bytes(const void *bytes, size_t size)
{
	struct session_options options = session_options_default();
	struct session *session = NULL;
	struct error *err;
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	options.threads = 1;
	if (write(fd, bytes, size) == (ssize_t)size) {
		err = session_open_snapshot(path, &options, NULL, &session);
		if (!err)
			ask(session);
		error_free(err);
		session_free(session);
	}
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	sqlite3_int64 length = 0;
	unsigned char *file;

	if (!size)
		return 0;
	if (take(&in, 1) % 16 == 0) {
		open_bytes(in.data, in.size);
		return 0;
	}
	file = changed(&in, &length);
	if (file)
		open_bytes(file, (size_t)length);
	sqlite3_free(file);
	return 0;
}
