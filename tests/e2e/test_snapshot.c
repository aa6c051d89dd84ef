/*
 * Snapshots of real Go processes: what is opened again answers as the process
 * did; what is damaged, foreign or in the way ends in a message.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glob.h>
#include <jansson.h>
#include <sqlite3.h>

#include "core/base/xalloc.h"
#include "core/session/snapshot.h"
#include "tests/support/folder.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

#if PATIENCE > 1
enum { KILLS = 20, FLIPS = 60 };
#else
enum { KILLS = 100, FLIPS = 60 };
#endif

static struct go_target newest;

static int run(const char *text, const char *what, json_t **answer)
{
	CLEANUP(free_cleanup) char *out = NULL;
	int code = program_run(text, what, &out);

	if (answer)
		*answer = json_loads(out, JSON_DISABLE_EOF_CHECK, NULL);
	return code;
}

static bool file_exists(const char *name)
{
	CLEANUP(free_cleanup) char *path = test_path(name);

	return !access(path, F_OK);
}

static void query(const char *name, const char *sql, const char *expected)
{
	CLEANUP(free_cleanup) char *path = test_path(name);
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
			 SQLITE_OK);
	if (expected) {
		assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
		assert_string_equal((const char *)sqlite3_column_text(stmt, 0),
				    expected);
	} else {
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

static char *read_all(const char *name, size_t *size_ret)
{
	CLEANUP(free_cleanup) char *path = test_path(name);
	FILE *f = fopen(path, "re");
	char *bytes = xmalloc(64 << 20);

	assert_non_null(f);
	*size_ret = fread(bytes, 1, 64 << 20, f);
	fclose(f);
	return bytes;
}

static void write_all(const char *name, const char *bytes, size_t size)
{
	CLEANUP(free_cleanup) char *path = test_path(name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	fclose(f);
}

static void change(const char *name, const char *sql)
{
	CLEANUP(free_cleanup) char *path = test_path(name);
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* The answers without what belongs to the act of asking. */
static json_t *ask(const char *text, const char *what)
{
	json_t *answer = NULL, *stats, *row;
	size_t i;
	int code = run(text, what, &answer);

	if (code)
		print_message("%s on %s: exit code %d\n", text, what, code);
	assert_int_equal(code, 0);
	assert_non_null(answer);
	json_object_del(answer, "target");
	json_object_del(answer, "sample");
	json_object_del(answer, "redaction");
	json_array_foreach(json_object_get(answer, "goroutines"), i, row)
		json_object_del(row, "wait_ns");
	stats = json_object_get(answer, "stats");
	if (stats) {
		json_object_del(stats, "timing");
		/*
		 * Of the system, at that moment: no part of the sample. It
		 * takes pages away from a process that stands.
		 */
		json_object_del(stats, "resident");
		if (json_is_integer(json_object_get(stats, "rss")))
			json_object_set_new(stats, "rss", json_true());
	}
	return answer;
}

static void show_difference(const json_t *a, const json_t *b, const char *key)
{
	const char *k;
	json_t *v;
	size_t i;

	if (json_equal(a, b))
		return;
	if (json_is_object(a) && json_is_object(b)) {
		json_object_foreach((json_t *)(uintptr_t)a, k, v)
			show_difference(v, json_object_get(b, k), k);
	} else if (json_is_array(a) && json_is_array(b) &&
		   json_array_size(a) == json_array_size(b)) {
		json_array_foreach(a, i, v)
			show_difference(v, json_array_get(b, i), key);
	} else {
		char *x = json_dumps(a, JSON_ENCODE_ANY);
		char *y = json_dumps(b, JSON_ENCODE_ANY);

		print_message("%s: %.300s is not %.300s\n", key, x ? x : "-",
			      y ? y : "-");
		free(x);
		free(y);
	}
}

static void same_answers(const char *const *questions, pid_t pid,
			 const char *file)
{
	char target[32];

	snprintf(target, sizeof(target), "%d", (int)pid);
	for (; *questions; questions++) {
		json_t *live = ask(*questions, target);
		json_t *saved = ask(*questions, file);

		if (!json_equal(live, saved)) {
			print_message("%s differs\n", *questions);
			show_difference(live, saved, "");
		}
		assert_true(json_equal(live, saved));
		json_decref(live);
		json_decref(saved);
	}
}

static const char *const everything[] = {
	"maps {} --json --group none --all",
	"maps {} --json",
	"maps {} --json --group type",
	"maps {} --json --group package --filter 'entries>0'",
	"findings {} --json",
	"stats {} --json",
	"goroutines {} --json",
	"map {} main.outer --json",
	"entries {} main.hinted --json",
	NULL,
};

/* What the tables answer; keys in paths are redacted there. */
static const char *const tables[] = {
	"maps {} --json --group none --redact basic",
	"maps {} --json",
	"maps {} --json --group type",
	"maps {} --json --group package --filter 'entries>0'",
	"findings {} --json",
	"stats {} --json",
	"types {} --json",
	"goroutines {} --json",
	"map {} main.outer --json --redact basic",
	"map {} main.hinted --json --redact basic",
	NULL,
};

static void write_snapshot(pid_t pid, const char *arguments)
{
	char target[32];

	snprintf(target, sizeof(target), "%d", (int)pid);
	assert_true(program_ends(arguments, target, 0));
}

static void compare_one(const char *path)
{
	struct go_target target;

	assert_true(go_target_start(&target, path));
	kill(target.pid, SIGSTOP);
	write_snapshot(target.pid, "snapshot {} -o full.msnap --level full "
				   "--force");
	query("full.msnap", "PRAGMA integrity_check", "ok");
	query("full.msnap", "PRAGMA foreign_key_check", NULL);
	same_answers(everything, target.pid, "full.msnap");
	write_snapshot(target.pid, "snapshot {} -o maps.msnap --force "
				   "--redact none");
	query("maps.msnap", "PRAGMA integrity_check", "ok");
	query("maps.msnap", "PRAGMA foreign_key_check", NULL);
	same_answers(tables, target.pid, "maps.msnap");
	kill(target.pid, SIGCONT);
	assert_int_equal(go_target_stop(&target), 0);
}

static void a_full_snapshot_answers_as_the_process_did(void **state)
{
	CLEANUP(free_cleanup)
	char *pattern = xasprintf("%s/holders-*", getenv("MAPSCOPE_TARGETS"));
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++)
		compare_one(found.gl_pathv[i]);
	globfree(&found);
}

static const char *const memory[] = {
	"maps {} --json --group none --all",
	"maps {} --json",
	"findings {} --json",
	"map {} main.outer --json",
	"entries {} main.hinted --json",
	"types {} --json",
	NULL,
};

static void an_elf_core_answers_as_the_process_did(void **state)
{
	(void)state;
	kill(newest.pid, SIGSTOP);
	write_snapshot(newest.pid, "snapshot {} -o elf.core --elf");
	same_answers(memory, newest.pid, "elf.core");
	kill(newest.pid, SIGCONT);
}

/* Without its binary a full snapshot still has its tables. */
static void a_snapshot_opens_without_the_binary(void **state)
{
	json_t *answer = NULL, *sample;

	(void)state;
	write_snapshot(newest.pid, "snapshot {} -o far.msnap --level full");
	change("far.msnap", "UPDATE meta SET value='00' WHERE key='build_id'");
	assert_int_equal(run("maps {} --json", "far.msnap", &answer), 0);
	sample = json_object_get(answer, "sample");
	assert_int_equal(json_array_size(json_object_get(sample, "warnings")),
			 1);
	json_decref(answer);
	assert_true(program_ends("entries {} main.outer", "far.msnap", 2));
	assert_true(program_ends("maps {} --exe /bin/true", "far.msnap", 2));
}

static void what_a_level_does_not_hold_is_an_error(void **state)
{
	static const char *const needs_memory[] = {
		"entries {} main.outer",	 "refs {} main.outer",
		"map {} main.outer --entries 3", "objects {}",
		"types {} --group package",	 "retained {}",
	};
	size_t i;

	(void)state;
	write_snapshot(newest.pid, "snapshot {} -o some.msnap");
	write_snapshot(newest.pid, "snapshot {} -o few.msnap --level stats");
	for (i = 0; i < ARRAY_LEN(needs_memory); i++) {
		assert_true(program_ends(needs_memory[i], "some.msnap", 2));
		assert_true(program_ends(needs_memory[i], "few.msnap", 2));
	}
	assert_true(program_ends("{}", "some.msnap", 0));
	assert_true(program_ends("{}", "few.msnap", 0));
	assert_true(program_ends("findings {}", "few.msnap", 0));
	assert_true(program_ends("maps {}", "few.msnap", 2));
	assert_true(program_ends("map {} main.outer", "few.msnap", 2));
	assert_true(program_ends("types {}", "few.msnap", 2));
	query("few.msnap",
	      "SELECT count(*) FROM sqlite_master WHERE name IN "
	      "('map','goroutine','page','thread')",
	      "0");
	query("some.msnap",
	      "SELECT count(*) FROM sqlite_master WHERE name IN "
	      "('page','thread')",
	      "0");
	query("some.msnap", "SELECT count(*) > 0 FROM top_owners", "1");
	query("some.msnap", "SELECT count(*) >= 0 FROM suspects", "1");
	query("some.msnap",
	      "SELECT count(*) = (SELECT count(*) FROM map) "
	      "FROM maps",
	      "1");
	query("few.msnap", "PRAGMA foreign_key_check", NULL);
}

/* Planted keys, values, arguments and environment are in no artefact. */
static void a_snapshot_of_maps_holds_no_data(void **state)
{
	static const char *const levels[] = {"stats", "maps", "full"};
	CLEANUP(free_cleanup) char *program = go_target_newest("secrets");
	CLEANUP(free_cleanup) char *script = test_path("script");
	CLEANUP(free_cleanup)
	char *text = xasprintf("#!/bin/sh\nexec %s --token=S3CRET-argument\n",
			       program);
	struct go_target target;
	size_t i, size;

	(void)state;
	write_all("script", text, strlen(text));
	assert_return_code(chmod(script, 0700), 0);
	setenv("APP_PASSWORD", "S3CRET-environment", 1);
	assert_true(go_target_start(&target, script));
	unsetenv("APP_PASSWORD");
	for (i = 0; i < ARRAY_LEN(levels); i++) {
		CLEANUP(free_cleanup)
		char *arguments = xasprintf(
			"snapshot {} -o s.msnap --force --level %s", levels[i]);
		CLEANUP(free_cleanup) char *bytes = NULL;

		write_snapshot(target.pid, arguments);
		bytes = read_all("s.msnap", &size);
		if (i < 2)
			assert_null(memmem(bytes, size, "S3CRET", 6));
		else
			assert_non_null(memmem(bytes, size, "S3CRET", 6));
	}
	assert_int_equal(go_target_stop(&target), 0);
}

/* However the memory is kept, the answers are the same. */
static void memory_may_be_compressed_much_or_not_at_all(void **state)
{
	static const char *const ways[] = {"zstd", "none", "19"};
	json_t *answers[ARRAY_LEN(ways)];
	char pid[32];
	size_t i, sizes[ARRAY_LEN(ways)];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	assert_int_equal(run("snapshot {} -o as.msnap --level full", pid, NULL),
			 0);
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		CLEANUP(free_cleanup)
		char *text = xasprintf("snapshot {} -o way-%zu.msnap --level "
				       "full --compress %s",
				       i, ways[i]);
		CLEANUP(free_cleanup)
		char *name = xasprintf("way-%zu.msnap", i);

		assert_int_equal(run(text, "as.msnap", NULL), 0);
		free(read_all(name, &sizes[i]));
		answers[i] = ask("maps {} --group none --json", name);
		assert_true(json_equal(answers[i], answers[0]));
	}
	for (i = 0; i < ARRAY_LEN(ways); i++)
		json_decref(answers[i]);
	assert_true(sizes[1] > 2 * sizes[0]);
	query("way-1.msnap",
	      "SELECT sum(length(data) <> length) || '' FROM page "
	      "WHERE data IS NOT NULL",
	      "0");
	assert_int_equal(
		run("snapshot {} -o w.msnap --compress zstd", pid, NULL), 2);
	assert_int_equal(run("snapshot {} -o w.msnap --level full --compress x",
			     pid, NULL),
			 2);
	assert_false(file_exists("w.msnap"));
}

static void a_snapshot_is_for_its_owner_only(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("mode.msnap");
	struct stat st;

	(void)state;
	write_snapshot(newest.pid, "snapshot {} -o mode.msnap --level full");
	assert_return_code(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void an_existing_file_is_kept(void **state)
{
	CLEANUP(free_cleanup) char *path = test_path("kept");
	char pid[32], line[16] = "";
	FILE *f = fopen(path, "we");

	(void)state;
	assert_non_null(f);
	fputs("mine\n", f);
	fclose(f);
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	assert_true(program_ends("snapshot {} -o kept", pid, 2));
	f = fopen(path, "re");
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	assert_string_equal(line, "mine\n");
	assert_true(program_ends("snapshot {} -o kept --force", pid, 0));
	query("kept", "PRAGMA integrity_check", "ok");
}

static void no_room_is_a_message(void **state)
{
	char pid[32];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	assert_int_equal(
		program_shell(NULL,
			      "trap '' XFSZ; cd '%s'; ulimit -f 16; %s "
			      "snapshot %s -o small.msnap --level full 2>&1",
			      test_folder(), getenv("MAPSCOPE"), pid),
		1);
	assert_false(file_exists("small.msnap"));
	assert_true(program_ends("snapshot {} -o no/where.msnap", pid, 1));
	assert_true(program_ends("snapshot {} -o .", pid, 2));
	assert_true(program_ends("snapshot {} -o x --level most", pid, 2));
	assert_true(program_ends("snapshot {}", pid, 2));
}

static void a_cut_file_is_refused(void **state)
{
	CLEANUP(free_cleanup) char *bytes = NULL;
	size_t size, i;

	(void)state;
	write_snapshot(newest.pid, "snapshot {} -o cut.msnap --level full");
	bytes = read_all("cut.msnap", &size);
	for (i = 1; i < 16; i++) {
		write_all("cut2.msnap", bytes, size * i / 16);
		assert_true(program_ends("maps {}", "cut2.msnap", 6));
	}
	for (i = 0; i < 100; i += 9) {
		write_all("cut2.msnap", bytes, i);
		assert_true(program_ends("maps {}", "cut2.msnap", 6));
	}
}

static void a_damaged_file_crashes_nothing(void **state)
{
	CLEANUP(free_cleanup) char *bytes = NULL;
	size_t size, i, k;

	(void)state;
	write_snapshot(newest.pid, "snapshot {} -o bad.msnap --level full");
	bytes = read_all("bad.msnap", &size);
	srand(1);
	for (i = 0; i < FLIPS; i++) {
		CLEANUP(free_cleanup) char *copy = xmalloc(size);
		int code;

		memcpy(copy, bytes, size);
		for (k = 0; k < 1 + i % 40; k++)
			copy[(size_t)rand() % size] ^= (char)(1 + rand() % 255);
		write_all("bad2.msnap", copy, size);
		code = run("maps {} --json", "bad2.msnap", NULL);
		if (code > 10)
			print_message("flip %zu: exit code %d\n", i, code);
		assert_in_range(code, 0, 10);
	}
}

static void what_is_no_snapshot_of_ours_is_refused(void **state)
{
	static const struct {
		const char *sql;
		int code;
	} changes[] = {
		{"PRAGMA user_version=2", 5},
		{"UPDATE meta SET value='arm64' WHERE key='arch'", 5},
		{"UPDATE meta SET value='half' WHERE key='level'", 6},
		{"UPDATE page SET crc=crc+1 WHERE data IS NOT NULL", 6},
		{"UPDATE page SET length=length+1", 6},
		{"UPDATE page SET start=start+4096", 6},
		{"UPDATE segment SET end=end+4096*1024*1024", 6},
		{"DROP TABLE page", 6},
		{"CREATE TRIGGER t AFTER INSERT ON page BEGIN SELECT 1; END",
		 6},
		{"CREATE VIEW endless AS WITH RECURSIVE r(n) AS (SELECT 1 "
		 "UNION ALL SELECT n FROM r) SELECT n FROM r",
		 6},
		{"PRAGMA application_id=7", 6},
	};
	CLEANUP(free_cleanup) char *bytes = NULL;
	size_t size, i;

	(void)state;
	write_snapshot(newest.pid, "snapshot {} -o ours.msnap --level full");
	bytes = read_all("ours.msnap", &size);
	for (i = 0; i < ARRAY_LEN(changes); i++) {
		int code;

		write_all("theirs.msnap", bytes, size);
		change("theirs.msnap", changes[i].sql);
		code = run("maps {} --json", "theirs.msnap", NULL);
		if (code != changes[i].code)
			print_message("%s: exit code %d\n", changes[i].sql,
				      code);
		assert_int_equal(code, changes[i].code);
	}
	write_all("empty.msnap", "", 0);
	assert_true(program_ends("maps {}", "empty.msnap", 6));
	assert_true(program_ends("maps {}", "absent.msnap", 3));
}

/* The file under its name is the old one or the new one, whole. */
static void killing_the_writer_never_leaves_half_a_file(void **state)
{
	const char *program = getenv("MAPSCOPE");
	CLEANUP(free_cleanup) char *path = test_path("killed.msnap");
	unsigned i, died = 0;
	char pid[32];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	write_snapshot(newest.pid, "snapshot {} -o killed.msnap --level full");
	for (i = 0; i < KILLS; i++) {
		pid_t child = fork();
		int status;

		assert_return_code(child, 0);
		if (!child) {
			execl(program, program, "snapshot", pid, "-q",
			      "--force", "--level", "full", "-o", path,
			      (char *)NULL);
			_exit(127);
		}
		usleep((useconds_t)(i * 1500));
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		died += WIFSIGNALED(status);
		query("killed.msnap", "PRAGMA integrity_check", "ok");
		assert_true(go_target_is_free(newest.pid));
	}
	assert_true(program_ends("maps {}", "killed.msnap", 0));
	assert_true(died > KILLS / 10);
}

static bool has_table(const char *name, const char *table)
{
	CLEANUP(free_cleanup) char *path = test_path(name);
	CLEANUP(free_cleanup)
	char *sql =
		xasprintf("SELECT 1 FROM sqlite_master WHERE name='%s'", table);
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	bool found;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
			 SQLITE_OK);
	found = sqlite3_step(stmt) == SQLITE_ROW;
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return found;
}

/* The man page prints the same table. */
static void every_table_and_column_is_documented(void **state)
{
	static const char *const files[] = {"doc0.msnap", "doc1.msnap",
					    "doc2.msnap"};
	static const char *const texts[] = {
		"snapshot {} -o doc0.msnap --level stats",
		"watch {} rss --count 1 -o doc1.msnap",
		"snapshot {} -o doc2.msnap --level full"};
	static const char *const watched[] = {"series", "point", "value"};
	const struct snapshot_table *t;
	char pid[16];
	int i;

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	for (i = 0; i < 3; i++)
		assert_true(program_ends(texts[i], pid, 0));
	for (t = snapshot_tables; t->name; t++) {
		CLEANUP(free_cleanup)
		char *columns = xasprintf("SELECT group_concat(name,' ') FROM "
					  "pragma_table_info('%s')",
					  t->name);
		bool series = false;

		for (i = 0; i < 3; i++)
			series |= !strcmp(watched[i], t->name);
		query(files[t->level == SNAPSHOT_FULL ? 2 : 1], columns,
		      t->columns);
		for (i = 0; i < 3 && !series; i++)
			assert_int_equal(has_table(files[i], t->name),
					 (int)t->level <= i);
	}
	query("doc2.msnap",
	      "SELECT count(*) FROM sqlite_master WHERE type IN "
	      "('table','view')",
	      "22");
}

/* Names that would command a terminal, a page, a spreadsheet, a database. */
static void hostile_names_stay_text(void **state)
{
	static const char *const commands[] = {
		"maps {}",	   "maps {} --csv",	    "maps {} --tsv",
		"maps {} --md",	   "maps {} --json",	    "findings {}",
		"types {}",	   "goroutines {}",	    "stack {} -g 1",
		"stats {} --prom", "diff hostile.msnap {}", "{}",
	};
	size_t i, size;

	(void)state;
	write_snapshot(newest.pid, "snapshot {} -o hostile.msnap");
	change("hostile.msnap",
	       "UPDATE owner SET name = '=cmd|'' /C calc''!A' || id || "
	       "char(27) || '[2J' || char(10) || '<script>alert(1)</script>' "
	       "|| '''); DROP TABLE map; --', std = 0;"
	       "UPDATE type SET name = name || char(27) || ']0;x' || char(7);"
	       "UPDATE function SET name = name || char(27) || '[2J';"
	       "UPDATE finding SET title = title || char(27) || '[2J',"
	       " owner = '=1+1' || char(27);"
	       "UPDATE meta SET value = '/x' || char(27) || '[2J' "
	       "WHERE key='exe'");
	for (i = 0; i < ARRAY_LEN(commands); i++) {
		CLEANUP(free_cleanup) char *out = NULL;
		CLEANUP(free_cleanup) char *err = NULL;
		int code = program_run(commands[i], "hostile.msnap", &out);

		print_message("%s: exit code %d\n", commands[i], code);
		assert_int_equal(code, 0);
		err = read_all("err", &size);
		assert_null(memchr(err, 27, size));
		assert_null(strchr(out, 27));
		assert_null(strchr(out, 7));
		if (strstr(commands[i], "--csv"))
			assert_null(strstr(out, "\n="));
	}
	/* Written once more, it is still a database with all its maps. */
	assert_true(
		program_ends("snapshot {} -o again.msnap", "hostile.msnap", 0));
	query("again.msnap", "PRAGMA integrity_check", "ok");
	query("again.msnap", "SELECT count(*) > 10 FROM map", "1");
}

/* Root may write anywhere but where there is nothing to write to. */
static void a_folder_that_takes_no_files_is_a_message(void **state)
{
	CLEANUP(free_cleanup) char *closed = test_path("closed");
	CLEANUP(free_cleanup) char *text = NULL, *core = NULL;
	const char *where = geteuid() ? closed : "/proc";
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	assert_return_code(mkdir(closed, 0500), 0);
	text = xasprintf("snapshot {} -o %s/a.msnap", where);
	core = xasprintf("snapshot {} --elf -o %s/a.core", where);
	assert_true(program_ends(text, pid, 1));
	assert_true(program_ends(core, pid, 1));
	assert_false(file_exists("closed/a.msnap"));
	assert_true(go_target_is_free(newest.pid));
}

static int start(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("holders");

	if (!program_set_up(state) && path && go_target_start(&newest, path))
		return 0;
	fprintf(stderr, "no target: %s did not start\n",
		path ? path : "holders");
	return -1;
}

static int stop(void **state)
{
	return program_tear_down(state) | go_target_stop(&newest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_snapshot_answers_as_the_process_did),
		cmocka_unit_test(an_elf_core_answers_as_the_process_did),
		cmocka_unit_test(a_snapshot_opens_without_the_binary),
		cmocka_unit_test(what_a_level_does_not_hold_is_an_error),
		cmocka_unit_test(a_snapshot_of_maps_holds_no_data),
		cmocka_unit_test(memory_may_be_compressed_much_or_not_at_all),
		cmocka_unit_test(a_snapshot_is_for_its_owner_only),
		cmocka_unit_test(an_existing_file_is_kept),
		cmocka_unit_test(no_room_is_a_message),
		cmocka_unit_test(a_cut_file_is_refused),
		cmocka_unit_test(a_damaged_file_crashes_nothing),
		cmocka_unit_test(what_is_no_snapshot_of_ours_is_refused),
		cmocka_unit_test(killing_the_writer_never_leaves_half_a_file),
		cmocka_unit_test(every_table_and_column_is_documented),
		cmocka_unit_test(hostile_names_stay_text),
		cmocka_unit_test(a_folder_that_takes_no_files_is_a_message),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
