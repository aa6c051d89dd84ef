/*
 * A leak in a control group of little memory: the forecast names the limit and
 * the time, live, in the snapshot that keeps the series, and in its report.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/xalloc.h"
#include "core/target/procfs.h"
#include "tests/support/answer.h"
#include "tests/support/artefacts.h"
#include "tests/support/control_group.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/target.h"

enum { LIMIT = 268435456, STEPS = 1000, STEP_US = 250000 };

static struct go_target target;
static char group[CONTROL_GROUP_DIR];
static pid_t driver;

static bool enter_group(void)
{
	return control_group_limit("memory", "memory.limit_in_bytes",
				   "268435456", target.pid, group) ||
	       control_group_limit("memory", "memory.max", "268435456",
				   target.pid, group);
}

/* However slowly it is watched, the kernel must not end it for its memory. */
static bool has_room(void)
{
	struct proc_status status = {0};

	error_free(procfs_status(target.pid, &status));
	return status.rss_bytes < LIMIT / 4;
}

/* A line to the target makes it leak; the driver writes one now and then. */
static int set_up(void **state)
{
	CLEANUP(free_cleanup) char *path = go_target_newest("leak");
	int i;

	if (program_set_up(state) || !path || !go_target_start(&target, path))
		return -1;
	if (!enter_group()) {
		group[0] = '\0';
		return 0;
	}
	driver = fork();
	for (i = 0; !driver && i < STEPS; i++) {
		if (has_room() && write(target.in, "\n", 1) != 1)
			break;
		usleep(STEP_US * PATIENCE);
	}
	if (!driver)
		_exit(0);
	return driver > 0 ? 0 : -1;
}

static void end_driver(void)
{
	if (driver <= 0)
		return;
	kill(driver, SIGKILL);
	waitpid(driver, NULL, 0);
	driver = 0;
}

static int tear_down(void **state)
{
	end_driver();
	kill(target.pid, SIGKILL);
	go_target_stop(&target);
	if (group[0])
		control_group_remove(group);
	return program_tear_down(state);
}

static const json_t *series_named(const json_t *answer, const char *metric)
{
	return answer_row(answer, "series", "metric", metric);
}

/* What is left over the growth a second, for the metric that grows. */
static void check_forecast(const json_t *answer)
{
	const json_t *rss = series_named(answer, "rss");
	double room = json_number_value(
		       json_object_get(answer, "headroom_bytes")),
	       slope = json_number_value(json_object_get(rss, "slope_per_s")),
	       left = json_number_value(json_object_get(rss, "forecast_s"));

	assert_string_equal(
		json_string_value(json_object_get(answer, "memory_limit")),
		"cgroup");
	assert_true(room > 0 && room < LIMIT);
	assert_true(slope > 0);
	assert_true(left > 0.99 * room / slope && left < 1.01 * room / slope);
}

static void the_forecast_names_the_limit_and_the_time(void **state)
{
	CLEANUP(free_cleanup) char *text = NULL;
	CLEANUP(free_cleanup) char *json = NULL;
	CLEANUP(free_cleanup) char *md = NULL;
	char pid[16];
	json_t *answer;
	size_t size;

	(void)state;
	if (!group[0]) {
		print_message("no memory control group can be made here\n");
		skip();
	}
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	assert_int_equal(program_run("watch {} rss heap_live "
				     "main.sessions.entries --every 300ms "
				     "--count 6 --max-duty 100% -o w.msnap",
				     pid, &text),
			 0);
	end_driver();
	assert_non_null(strstr(text, "\ncgroup leaves "));
	assert_non_null(
		strstr(text, "; at the slope of rss it is used up in "));
	assert_non_null(strstr(text, ", at 20"));
	assert_int_equal(
		program_run("report {} -o r --yes -q", "w.msnap", NULL), 0);
	json = artefact_read("r/report.json", &size);
	answer = json_loads(json, 0, NULL);
	assert_non_null(answer);
	check_forecast(json_object_get(answer, "watched"));
	json_decref(answer);
	md = artefact_read("r/report.md", &size);
	assert_non_null(md);
	assert_true(artefact_holds(md, size, "`cgroup leaves "));
	assert_true(artefact_holds(md, size,
				   "at the slope of rss it is used "
				   "up in "));
	/* The group is one of the facts too. */
	assert_true(artefact_holds(md, size,
				   "control group: `256M "
				   "(268435456), used "));
}

/* Pseudonyms of a series are those of the owners beside it. */
static void redacted_metrics_name_the_owners_of_the_file(void **state)
{
	CLEANUP(free_cleanup) char *owners = NULL;
	CLEANUP(free_cleanup) char *json = NULL;
	CLEANUP(free_cleanup) char *owner = NULL;
	CLEANUP(free_cleanup) char *names = NULL;
	CLEANUP(free_cleanup) char *filter = NULL;
	const char *metric;
	json_t *report, *series;
	size_t size;
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)target.pid);
	assert_int_equal(program_run("watch {} main.sessions.entries "
				     "--every 50ms --count 3 --max-duty 100% "
				     "-o plain.msnap --force -q",
				     pid, NULL),
			 0);
	assert_int_equal(program_run("report {} -o n --yes -q --redact names",
				     "plain.msnap", NULL),
			 0);
	json = artefact_read("n/report.json", &size);
	report = json_loads(json, 0, NULL);
	series = json_array_get(
		json_object_get(json_object_get(report, "watched"), "series"),
		0);
	metric = json_string_value(json_object_get(series, "metric"));
	assert_null(strstr(metric, "sessions"));
	assert_non_null(strstr(metric, ".entries"));
	owner = xstrndup(metric, strlen(metric) - strlen(".entries"));
	json_decref(report);
	filter = xasprintf("maps {} --csv --no-header --columns owner "
			   "--filter 'owner=\"%s\"'",
			   owner);
	assert_int_equal(program_run(filter, "n/sample.msnap", &owners), 0);
	assert_non_null(strstr(owners, owner));
	/* Who has the list of names can read the metric. */
	names = artefact_read("n.names.txt", &size);
	assert_non_null(names);
	assert_true(artefact_holds(names, size, " = sessions\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_forecast_names_the_limit_and_the_time),
		cmocka_unit_test(redacted_metrics_name_the_owners_of_the_file),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
