/*
 * Reports of real Go processes: what is in them, what must not be, and that
 * they come complete or not at all.
 */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/buf.h"
#include "core/base/xalloc.h"
#include "tests/support/program.h"
#include "tests/support/target.h"
#include "tests/support/terminal.h"

enum { MAX_FILES = 16, FILE_BYTES = 64 << 20, KILLS = 20 };

static char *folder;
static struct go_target newest, classic;
static const char *const targets[] = {"newest", "classic"};

static const char *const file_names[] = {
	"README.txt",	"report.md",  "report.html", "report.json",
	"sample.msnap", "heap.pb.gz", "refs.pb.gz",
};

static char *in_folder(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static bool exists(const char *name)
{
	CLEANUP(free_cleanup) char *path = in_folder(name);

	return !access(path, F_OK);
}

/* The bytes of a file; gunzipped if its name says so. */
static char *read_all(const char *name, size_t *size_ret)
{
	CLEANUP(free_cleanup) char *path = in_folder(name);
	gzFile f = gzopen(path, "rbe");
	char *bytes = xmalloc(FILE_BYTES);
	int n;

	assert_non_null(f);
	n = gzread(f, bytes, FILE_BYTES - 1);
	gzclose(f);
	assert_true(n >= 0);
	bytes[n] = '\0';
	*size_ret = (size_t)n;
	return bytes;
}

static void write_text(const char *name, const char *text)
{
	CLEANUP(free_cleanup) char *path = in_folder(name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static bool holds(const char *bytes, size_t size, const char *word)
{
	size_t i, n = strlen(word);

	for (i = 0; i + n <= size; i++)
		if (bytes[i] == *word && !memcmp(bytes + i, word, n))
			return true;
	return false;
}

static void has_none(const char *what, const char *bytes, size_t size,
		     const char *const *words)
{
	for (; *words; words++)
		if (holds(bytes, size, *words))
			fail_msg("%s holds '%s'", what, *words);
}

static void report_has_none(const char *report, const char *const *words)
{
	size_t i, size;

	for (i = 0; i < ARRAY_LEN(file_names); i++) {
		CLEANUP(free_cleanup)
		char *name = xasprintf("%s/%s", report, file_names[i]);
		CLEANUP(free_cleanup) char *bytes = NULL;

		bytes = read_all(name, &size);
		assert_true(size > 0);
		has_none(name, bytes, size, words);
	}
}

static void make(const char *arguments, pid_t pid)
{
	char target[32];

	snprintf(target, sizeof(target), "%d", (int)pid);
	assert_true(program_ends(folder, arguments, target, 0));
}

/* Data of every kind, and the names below: in none at its level. */
static const char *const secrets[] = {"S3CRET", NULL};
static const char *const names[] = {"S3CRET",  "okapi",	 "zebra", "ebraSession",
				    "uagga",   "Quagga", "ibex",  "bexWorker",
				    "secrets", NULL};

static void no_level_lets_data_out(void **state)
{
	static const char *const levels[] = {"basic", "names", "full"};
	size_t i, k;

	(void)state;
	for (k = 0; k < ARRAY_LEN(targets); k++) {
		for (i = 0; i < ARRAY_LEN(levels); i++) {
			CLEANUP(free_cleanup)
			char *report =
				xasprintf("r-%s-%s", targets[k], levels[i]);
			CLEANUP(free_cleanup)
			char *arguments =
				xasprintf("report {} --yes -o %s --redact %s",
					  report, levels[i]);

			make(arguments, k ? classic.pid : newest.pid);
			report_has_none(report, i ? names : secrets);
		}
	}
}

/* Nothing that could not be found without redaction is searched for. */
static void without_redaction_they_are_there(void **state)
{
	CLEANUP(free_cleanup) char *md = NULL;
	CLEANUP(free_cleanup) char *json = NULL;
	CLEANUP(free_cleanup) char *msnap = NULL;
	size_t size;

	(void)state;
	make("report {} --yes -o r-none --redact none", newest.pid);
	md = read_all("r-none/report.md", &size);
	assert_true(holds(md, size, "S3CRET-argument"));
	assert_true(holds(md, size, "okapiSessions"));
	assert_false(holds(md, size, "S3CRET-environment"));
	json = read_all("r-none/report.json", &size);
	assert_true(holds(json, size, "S3CRET-key"));
	assert_false(holds(json, size, "S3CRET-environment"));
	/* level maps has no data at any redaction */
	msnap = read_all("r-none/sample.msnap", &size);
	assert_false(holds(msnap, size, "S3CRET"));
	assert_true(holds(msnap, size, "okapiSessions"));
}

static void snapshots_lose_names_too(void **state)
{
	static const char *const levels[] = {"stats", "maps"};
	size_t i, size;

	(void)state;
	for (i = 0; i < ARRAY_LEN(levels); i++) {
		CLEANUP(free_cleanup)
		char *first = xasprintf("snapshot {} -o s.msnap --force "
					"--redact names --level %s",
					levels[i]);
		CLEANUP(free_cleanup)
		char *later = xasprintf("snapshot plain.msnap -o s.msnap "
					"--force --redact full --level %s",
					levels[i]);
		CLEANUP(free_cleanup) char *a = NULL;
		CLEANUP(free_cleanup) char *b = NULL;

		make(first, newest.pid);
		a = read_all("s.msnap", &size);
		has_none("a snapshot", a, size, names);
		make("snapshot {} -o plain.msnap --force", newest.pid);
		make(later, 0);
		b = read_all("s.msnap", &size);
		has_none("a snapshot of a snapshot", b, size, names);
		make("findings s.msnap --json", 0);
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in @p report, sorted; how many. */
static size_t list_files(const char *report, char *ret[MAX_FILES])
{
	CLEANUP(free_cleanup) char *path = in_folder(report);
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) && n < MAX_FILES)
		if (*entry->d_name != '.')
			ret[n++] = xstrdup(entry->d_name);
	closedir(dir);
	qsort(ret, n, sizeof(*ret), compare_names);
	return n;
}

static void same_reports(const char *a, const char *b)
{
	char *names_a[MAX_FILES], *names_b[MAX_FILES];
	size_t i, n = list_files(a, names_a), size_a, size_b;

	assert_int_equal(n, list_files(b, names_b));
	assert_true(n >= 5);
	for (i = 0; i < n; i++) {
		CLEANUP(free_cleanup)
		char *path_a = xasprintf("%s/%s", a, names_a[i]);
		CLEANUP(free_cleanup)
		char *path_b = xasprintf("%s/%s", b, names_b[i]);
		CLEANUP(free_cleanup) char *x = read_all(path_a, &size_a);
		CLEANUP(free_cleanup) char *y = read_all(path_b, &size_b);

		assert_string_equal(names_a[i], names_b[i]);
		if (size_a != size_b || memcmp(x, y, size_a))
			fail_msg("%s and %s differ", path_a, path_b);
		free(names_a[i]);
		free(names_b[i]);
	}
}

static void the_same_snapshot_gives_the_same_bytes(void **state)
{
	static const char *const levels[] = {"stats", "maps", "full"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(levels); i++) {
		CLEANUP(free_cleanup)
		char *take =
			xasprintf("snapshot {} -o same-%s.msnap --level %s",
				  levels[i], levels[i]);
		CLEANUP(free_cleanup)
		char *once = xasprintf("report same-%s.msnap -o once-%s --yes",
				       levels[i], levels[i]);
		CLEANUP(free_cleanup)
		char *again = xasprintf(
			"report same-%s.msnap -o again-%s --yes --threads 1",
			levels[i], levels[i]);
		CLEANUP(free_cleanup) char *a = xasprintf("once-%s", levels[i]);
		CLEANUP(free_cleanup)
		char *b = xasprintf("again-%s", levels[i]);

		make(take, newest.pid);
		make(once, 0);
		make(again, 0);
		same_reports(a, b);
	}
}

static json_t *load(const char *text, size_t size)
{
	json_t *json = json_loadb(text, size, JSON_DISABLE_EOF_CHECK, NULL);

	assert_non_null(json);
	return json;
}

static json_t *ask(const char *arguments)
{
	CLEANUP(free_cleanup) char *out = NULL;

	assert_int_equal(program_run(folder, arguments, "", &out), 0);
	return load(out, strlen(out));
}

static json_t *row_of(const json_t *rows, const char *key, const json_t *value)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (json_equal(json_object_get(row, key), value))
			return row;
	}
	return NULL;
}

static void same_rows(const json_t *report, const char *part, const char *key,
		      const char *question)
{
	json_t *answer = ask(question), *row;
	const json_t *rows = json_object_get(report, part);
	size_t i;

	assert_true(json_array_size(rows) > 3);
	json_array_foreach(rows, i, row)
	{
		const json_t *other = row_of(json_object_get(answer, "maps"),
					     key, json_object_get(row, key));

		assert_true(json_equal(row, other));
	}
	json_decref(answer);
}

static void its_figures_are_those_of_the_commands(void **state)
{
	CLEANUP(free_cleanup) char *text = NULL;
	json_t *report, *stats;
	size_t size;

	(void)state;
	make("snapshot {} -o figures.msnap", newest.pid);
	make("report figures.msnap -o figures --yes", 0);
	text = read_all("figures/report.json", &size);
	report = load(text, size);
	same_rows(report, "maps", "addr",
		  "maps figures.msnap --group none --json");
	same_rows(report, "owners", "owner", "maps figures.msnap --json");
	stats = ask("stats figures.msnap --json");
	json_object_del(json_object_get(stats, "stats"), "timing");
	json_object_del(json_object_get(report, "stats"), "timing");
	assert_true(json_equal(json_object_get(stats, "stats"),
			       json_object_get(report, "stats")));
	json_decref(stats);
	json_decref(report);
}

static void a_base_gives_growth(void **state)
{
	CLEANUP(free_cleanup) char *md = NULL;
	CLEANUP(free_cleanup) char *html = NULL;
	size_t size;

	(void)state;
	make("snapshot {} -o base.msnap", newest.pid);
	make("report {} --base base.msnap -o grown --yes", newest.pid);
	md = read_all("grown/report.md", &size);
	assert_true(holds(md, size, "\n## Growth\n"));
	html = read_all("grown/report.html", &size);
	assert_true(holds(html, size, "id=\"growth\""));
	assert_true(program_ends(folder,
				 "report {} --base /dev/null -o x --yes",
				 "base.msnap", 6));
	assert_false(exists("x"));
}

/* What was watched is in the snapshot, and so in the report of it. */
static void a_series_is_shown(void **state)
{
	static const char *const levels[] = {"basic", "full"};
	size_t i, size;

	(void)state;
	make("watch {} rss --metric main.okapiSessions.entries "
	     "--every 10ms --max-duty 50% --count 4 -o w.msnap",
	     newest.pid);
	for (i = 0; i < ARRAY_LEN(levels); i++) {
		CLEANUP(free_cleanup)
		char *arguments =
			xasprintf("report w.msnap -o w-%s --yes --redact %s",
				  levels[i], levels[i]);
		CLEANUP(free_cleanup)
		char *name = xasprintf("w-%s/report.md", levels[i]);
		CLEANUP(free_cleanup)
		char *page = xasprintf("w-%s/report.html", levels[i]);
		CLEANUP(free_cleanup) char *md = NULL;
		CLEANUP(free_cleanup) char *html = NULL;

		make(arguments, 0);
		md = read_all(name, &size);
		assert_true(holds(md, size, "4 samples."));
		assert_true(holds(md, size, i ? "main.n" : "okapiSessions"));
		if (i)
			has_none(name, md, size, names);
		html = read_all(page, &size);
		assert_true(holds(html, size, "<polyline"));
	}
}

static void files_are_for_their_owner_only(void **state)
{
	size_t i;

	(void)state;
	make("report {} -o modes --yes", newest.pid);
	for (i = 0; i < ARRAY_LEN(file_names); i++) {
		CLEANUP(free_cleanup)
		char *path = xasprintf("%s/modes/%s", folder, file_names[i]);
		struct stat st;

		assert_return_code(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
}

static void what_is_there_is_kept(void **state)
{
	char pid[32];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	make("report {} -o kept --yes", newest.pid);
	assert_true(program_ends(folder, "report {} -o kept --yes", pid, 2));
	make("report {} -o kept --yes --force --format md", newest.pid);
	assert_false(exists("kept/report.html"));
	assert_true(exists("kept/report.md"));
	/* a folder with other files is no report, whatever is forced */
	write_text("kept/mine.txt", "mine\n");
	assert_true(program_ends(folder, "report {} -o kept --yes --force", pid,
				 2));
	assert_true(exists("kept/mine.txt"));
	make("report {} -o kept.zip --yes", newest.pid);
	assert_true(
		program_ends(folder, "report {} -o kept.zip --yes", pid, 2));
	make("report {} -o kept.zip --yes --force", newest.pid);
	assert_true(
		program_ends(folder, "report {} -o no/where --yes", pid, 1));
}

static uint32_t le(const unsigned char *p, unsigned bytes)
{
	return bytes ? p[0] | le(p + 1, bytes - 1) << 8 : 0;
}

/* Members of an archive, unpacked one after the other. */
static char *unzip(const char *name, size_t *size_ret, unsigned *count_ret)
{
	CLEANUP(free_cleanup) char *bytes = read_all(name, size_ret);
	unsigned char *p = (unsigned char *)bytes, *end = p + *size_ret;
	char *all = xmalloc(FILE_BYTES);
	size_t at = 0;

	*count_ret = 0;
	while (p + 30 < end && le(p, 4) == 0x04034b50) {
		unsigned char *data = p + 30 + le(p + 26, 2);
		uint32_t packed = le(p + 18, 4);
		z_stream z = {.next_in = data,
			      .avail_in = packed,
			      .next_out = (unsigned char *)all + at,
			      .avail_out = (uInt)(FILE_BYTES - at)};

		if (le(p + 8, 2)) {
			assert_int_equal(inflateInit2(&z, -MAX_WBITS), Z_OK);
			assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
			at += z.total_out;
			inflateEnd(&z);
		} else {
			memcpy(all + at, data, packed);
			at += packed;
		}
		(*count_ret)++;
		p = data + packed;
	}
	*size_ret = at;
	return all;
}

static void an_archive_holds_the_same(void **state)
{
	CLEANUP(free_cleanup) char *all = NULL;
	unsigned count;
	size_t size;

	(void)state;
	make("report {} -o a.zip --yes --redact names", newest.pid);
	all = unzip("a.zip", &size, &count);
	assert_int_equal(count, ARRAY_LEN(file_names));
	has_none("the archive", all, size, names);
	assert_true(holds(all, size, "\n## Findings\n"));
	/* what the names were goes beside it */
	assert_true(exists("a.zip.names.txt"));
	free(all);
	all = read_all("a.zip.names.txt", &size);
	assert_true(holds(all, size, "= okapiSessions\n"));
}

/* Tags match, nothing runs, nothing is fetched. */
static void is_harmless_html(const char *html)
{
	static const char *const void_tags[] = {"meta", "br", "rect",
						"polyline", "!DOCTYPE"};
	static const char *const banned[] = {
		"<script", "<iframe", "<object",     "<embed", "<link",
		"<img",	   "<form",   "<base",	     "http:",  "https:",
		"url(",	   "@import", "javascript:", "onload", "onerror",
		"onclick", "srcset",  NULL};
	char stack[64][32];
	const char *p = html;
	size_t depth = 0, i;

	has_none("the page", html, strlen(html), banned);
	assert_non_null(strstr(html, "content=\"default-src 'none'; "));
	while ((p = strchr(p, '<'))) {
		const char *name = p + 1 + (p[1] == '/');
		size_t n = strcspn(name, " />\n");
		const char *end = strchr(p, '>');
		bool empty = false;

		assert_non_null(end);
		assert_true(n && n < sizeof(*stack));
		for (i = 0; i < ARRAY_LEN(void_tags); i++)
			empty |= strlen(void_tags[i]) == n &&
				 !strncmp(void_tags[i], name, n);
		if (p[1] == '/') {
			assert_true(depth > 0);
			depth--;
			assert_int_equal(strlen(stack[depth]), n);
			assert_memory_equal(stack[depth], name, n);
		} else if (!empty) {
			assert_true(depth < 64 && end[-1] != '/');
			memcpy(stack[depth], name, n);
			stack[depth++][n] = '\0';
		} else if (*name != '!') {
			assert_int_equal(end[-1], '/');
		}
		p = end;
	}
	assert_int_equal(depth, 0);
}

static void the_page_runs_and_fetches_nothing(void **state)
{
	static const char *const reports[] = {"modes", "r-newest-full",
					      "grown"};
	size_t i, size;

	(void)state;
	for (i = 0; i < ARRAY_LEN(reports); i++) {
		CLEANUP(free_cleanup)
		char *name = xasprintf("%s/report.html", reports[i]);
		CLEANUP(free_cleanup) char *html = read_all(name, &size);

		is_harmless_html(html);
		assert_true(size < 1000000);
	}
}

/* Where there is a browser: it draws the page and has nothing to say. */
static void a_browser_shows_it_without_complaint(void **state)
{
	CLEANUP(free_cleanup) char *shot = in_folder("shot.png");
	CLEANUP(free_cleanup) char *said = NULL;
	CLEANUP(free_cleanup)
	char *command = xasprintf(
		"command -v chromium >/dev/null || exit 77; HOME='%s' timeout "
		"60 chromium --headless --no-sandbox --disable-gpu "
		"--window-size=1200,2000 --enable-logging=stderr "
		"--screenshot='%s' 'file://%s/grown/report.html' "
		">'%s/said' 2>&1",
		folder, shot, folder, folder);
	int status = system(command); /* the shell looks for it */
	struct stat st;
	size_t size;

	(void)state;
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_return_code(stat(shot, &st), 0);
	assert_true(st.st_size > 20000);
	said = read_all("said", &size);
	assert_false(holds(said, size, "CONSOLE"));
	assert_false(holds(said, size, "Content Security Policy"));
}

static struct terminal *open_program(const char *before, const char *arguments)
{
	const char *program = getenv("MAPSCOPE");
	CLEANUP(free_cleanup)
	char *line =
		xasprintf("cd %s && TERM=xterm-256color exec %s %s %d %s",
			  folder, program, before, (int)newest.pid, arguments);
	char *const argv[] = {(char *)(uintptr_t) "sh",
			      (char *)(uintptr_t) "-c", line, NULL};

	return terminal_open(argv, 24, 100);
}

static struct terminal *open_report(const char *arguments)
{
	return open_program("report", arguments);
}

static void a_person_is_asked(void **state)
{
	struct terminal *t = open_report("-o asked");

	(void)state;
	assert_true(terminal_wait_for(t, "These files would leave", 60000));
	assert_true(terminal_wait_for(t, "Redaction: basic", 1000));
	assert_true(terminal_wait_for(t, "Write it?", 1000));
	terminal_send(t, "n\n");
	assert_int_equal(terminal_wait_exit(t, 10000), 0);
	terminal_close(t);
	assert_false(exists("asked"));
	t = open_report("-o asked");
	assert_true(terminal_wait_for(t, "Write it?", 60000));
	terminal_send(t, "y\n");
	assert_int_equal(terminal_wait_exit(t, 10000), 0);
	terminal_close(t);
	assert_true(exists("asked/report.md"));
	/* not about what is not redacted */
	t = open_report("-o asked-none --redact none");
	assert_true(terminal_wait_for(t, "WARNING", 60000));
	assert_int_equal(terminal_wait_exit(t, 10000), 2);
	terminal_close(t);
	assert_false(exists("asked-none"));
}

static void nobody_is_asked_without_a_terminal(void **state)
{
	CLEANUP(free_cleanup) char *err = NULL;
	char pid[32];
	size_t size;

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)newest.pid);
	assert_true(program_ends(folder, "report {} -o unasked", pid, 2));
	assert_false(exists("unasked"));
	err = read_all("err", &size);
	assert_true(holds(err, size, "sample.msnap"));
	assert_true(holds(err, size, "--yes"));
	assert_true(program_ends(folder, "report {} --format x --yes", pid, 2));
	assert_true(program_ends(folder, "report {} --redact x --yes", pid, 2));
	assert_true(program_ends(folder, "report {} --top 0 --yes", pid, 2));
}

static void killing_it_leaves_the_old_or_the_new(void **state)
{
	const char *program = getenv("MAPSCOPE");
	int i;

	(void)state;
	make("report figures.msnap -o killed --yes", 0);
	for (i = 0; i < KILLS; i++) {
		pid_t pid = fork();
		int status;

		assert_return_code(pid, 0);
		if (!pid) {
			if (chdir(folder) ||
			    !freopen("/dev/null", "w", stderr) ||
			    !freopen("/dev/null", "w", stdout))
				_exit(126);
			execl(program, program, "report", "figures.msnap", "-o",
			      "killed", "--yes", "--force", (char *)NULL);
			_exit(127);
		}
		usleep((unsigned)(i * 7919 % 120) * 1000);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		same_reports("figures", "killed");
	}
}

static void wait_for(struct terminal *t, const char *text)
{
	if (!terminal_wait_for(t, text, 60000))
		fail_msg("no '%s' on\n%s", text, terminal_dump(t));
}

static void the_interface_saves_snapshots(void **state)
{
	struct terminal *t = open_program("", "");

	(void)state;
	wait_for(t, "[1Over]");
	terminal_send(t, "W");
	wait_for(t, "Save a snapshot");
	wait_for(t, ".msnap");
	terminal_send(t, "\x15no/where.msnap\r");
	wait_for(t, "cannot write 'no/where.msnap'");
	/* the form is still there, and so is the sample */
	terminal_send(t, "\x15typed.msnap\t\033OC");
	wait_for(t, "< full >");
	terminal_send(t, "\033OD");
	wait_for(t, "< maps >");
	terminal_send(t, "\t\033OC");
	wait_for(t, "< names >");
	terminal_send(t, "\r");
	wait_for(t, "wrote typed.msnap");
	assert_true(exists("typed.msnap"));
	terminal_send(t, "W\x15typed.msnap\r");
	wait_for(t, "'typed.msnap' exists");
	terminal_send(t, "\x03");
	wait_for(t, "[1Over]");
	terminal_send(t, "2");
	wait_for(t, "okapiSessions");
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, 10000), 0);
	terminal_close(t);
	make("findings typed.msnap", 0);
}

static void the_interface_shows_a_report_before_it_writes(void **state)
{
	struct terminal *t = open_program("", "");

	(void)state;
	wait_for(t, "[1Over]");
	terminal_send(t, "B");
	wait_for(t, "Bug report");
	terminal_send(t, "\x15tui-report\r");
	wait_for(t, "These files would leave");
	wait_for(t, "y writes it");
	assert_false(exists("tui-report"));
	terminal_send(t, "n");
	wait_for(t, "nothing was written");
	terminal_send(t, "\t\033OC");
	wait_for(t, "< zip >");
	terminal_send(t, "\t\033OD");
	wait_for(t, "< none >");
	terminal_send(t, "\r");
	wait_for(t, "WARNING");
	terminal_send(t, "y");
	wait_for(t, "not redacted");
	assert_false(exists("tui-report"));
	terminal_send(t, "Y");
	wait_for(t, "wrote tui-report");
	assert_true(exists("tui-report"));
	terminal_send(t, "B\x15tui-report\r");
	wait_for(t, "'tui-report' exists");
	/* leaving in the middle of it is no harm */
	terminal_send(t, "\x15other-report\r");
	terminal_send(t, "\x03");
	wait_for(t, "nothing was written");
	terminal_send(t, "\x03");
	wait_for(t, "[1Over]");
	terminal_send(t, "Q");
	assert_int_equal(terminal_wait_exit(t, 10000), 0);
	terminal_close(t);
	assert_false(exists("other-report"));
}

static bool start(struct go_target *target, char *program)
{
	CLEANUP(free_cleanup) char *script = in_folder("script");
	CLEANUP(free_cleanup)
	char *text = xasprintf("#!/bin/sh\nexec %s --token=S3CRET-argument\n",
			       program);
	bool started;

	write_text("script", text);
	if (!program || chmod(script, 0700))
		return false;
	setenv("APP_PASSWORD", "S3CRET-environment", 1);
	started = go_target_start(target, script);
	unsetenv("APP_PASSWORD");
	return started;
}

static int set_up(void **state)
{
	CLEANUP(free_cleanup) char *swiss = go_target_newest("secrets");
	CLEANUP(free_cleanup) char *old = go_target_newest_classic("secrets");

	(void)state;
	folder = program_folder_new();
	if (!folder || !start(&newest, swiss) || !start(&classic, old))
		return -1;
	return 0;
}

static int tear_down(void **state)
{
	int bad = go_target_stop(&newest) | go_target_stop(&classic);

	(void)state;
	program_folder_remove(folder);
	return bad ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_level_lets_data_out),
		cmocka_unit_test(without_redaction_they_are_there),
		cmocka_unit_test(snapshots_lose_names_too),
		cmocka_unit_test(the_same_snapshot_gives_the_same_bytes),
		cmocka_unit_test(its_figures_are_those_of_the_commands),
		cmocka_unit_test(a_base_gives_growth),
		cmocka_unit_test(a_series_is_shown),
		cmocka_unit_test(files_are_for_their_owner_only),
		cmocka_unit_test(what_is_there_is_kept),
		cmocka_unit_test(an_archive_holds_the_same),
		cmocka_unit_test(the_page_runs_and_fetches_nothing),
		cmocka_unit_test(a_browser_shows_it_without_complaint),
		cmocka_unit_test(a_person_is_asked),
		cmocka_unit_test(nobody_is_asked_without_a_terminal),
		cmocka_unit_test(the_interface_saves_snapshots),
		cmocka_unit_test(the_interface_shows_a_report_before_it_writes),
		cmocka_unit_test(killing_it_leaves_the_old_or_the_new),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
