#include "tests/support/target.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/xalloc.h"
#include "core/target/procfs.h"
#include "tests/support/program.h"

static bool read_truth(struct go_target *t, FILE *out)
{
	char *line = NULL;
	size_t room = 0;
	bool ready = false;

	if (getline(&line, &room, out) > 0) {
		t->truth = xstrdup(line);
		ready = getline(&line, &room, out) > 0 &&
			!strcmp(line, "READY\n");
	}
	free(line);
	return ready;
}

static bool spawn(struct go_target *t, const char *path, const char *argument,
		  uid_t user)
{
	int in[2], out[2];

	*t = (struct go_target){.in = -1};
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) ||
	    (t->pid = fork()) < 0)
		return false;
	if (!t->pid) {
		if (user && (setgid(user) || setuid(user)))
			_exit(127);
		/* A Go program ignores alarms, and a busy one would run on. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl(path, path, argument, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	t->in = in[1];
	/* Kept open: a last word to a closed pipe would kill it. */
	t->out = fdopen(out[0], "r");
	return t->out != NULL;
}

bool go_target_spawn(struct go_target *t, const char *path,
		     const char *argument)
{
	return spawn(t, path, argument, 0);
}

bool go_target_start_as(struct go_target *t, const char *path, uid_t user)
{
	return spawn(t, path, NULL, user) && read_truth(t, t->out);
}

bool go_target_start(struct go_target *t, const char *path)
{
	return go_target_spawn(t, path, NULL) && read_truth(t, t->out);
}

int go_target_stop(struct go_target *t)
{
	int status = -1;

	if (t->in >= 0)
		close(t->in);
	if (t->pid > 0)
		waitpid(t->pid, &status, 0);
	if (t->out)
		fclose(t->out);
	free(t->truth);
	*t = (struct go_target){.in = -1};
	return status;
}

static char *newest(const char *name, long most)
{
	const char *dir = getenv("MAPSCOPE_TARGETS");
	size_t n = strlen(name);
	DIR *d = dir ? opendir(dir) : NULL;
	struct dirent *e;
	char *best = NULL;

	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, name, n) || e->d_name[n] != '-' ||
		    strncmp(e->d_name + n, "-1.", 3) ||
		    strtol(e->d_name + n + 3, NULL, 10) > most)
			continue;
		if (best && strcmp(strrchr(best, '/') + 1, e->d_name) >= 0)
			continue;
		free(best);
		best = xasprintf("%s/%s", dir, e->d_name);
	}
	if (d)
		closedir(d);
	return best;
}

char *go_target_newest(const char *name)
{
	return newest(name, LONG_MAX);
}

char *go_target_newest_classic(const char *name)
{
	return newest(name, 23);
}

unsigned go_targets_check(const char *name, go_target_check_fn *check,
			  void *arg)
{
	const char *dir = getenv("MAPSCOPE_TARGETS");
	CLEANUP(free_cleanup)
	char *pattern = xasprintf("%s/%s-*", dir ? dir : "", name);
	unsigned wrong = 0;
	glob_t found = {0};
	size_t i;

	if (glob(pattern, 0, NULL, &found)) {
		fprintf(stderr, "there is no %s\n", pattern);
		wrong++;
	}
	for (i = 0; i < found.gl_pathc; i++)
		wrong += check(found.gl_pathv[i], arg);
	globfree(&found);
	return wrong;
}

int go_stage_open(struct go_stage *stage, const char *name)
{
	CLEANUP(free_cleanup) char *path = go_target_newest(name);

	if (program_set_up(NULL) || !path ||
	    !go_target_start(&stage->target, path))
		return -1;
	snprintf(stage->pid, sizeof(stage->pid), "%d", (int)stage->target.pid);
	return 0;
}

int go_stage_close(struct go_stage *stage)
{
	return program_tear_down(NULL) | go_target_stop(&stage->target);
}

bool go_target_step(struct go_target *t)
{
	char line[16];

	return write(t->in, "\n", 1) == 1 && fgets(line, sizeof(line), t->out);
}

/* "State: t" or "T", or a tracer, in one status file. */
static bool status_is_free(const char *path)
{
	char line[256], state = 0;
	long tracer = 0;
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "State: %c", &state);
		sscanf(line, "TracerPid: %ld", &tracer);
	}
	if (f)
		fclose(f);
	return !f || (!tracer && state != 't' && state != 'T');
}

bool go_target_is_free(pid_t pid)
{
	char path[300];
	struct dirent *e;
	bool is_free = true;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status",
			 (int)pid, e->d_name);
		is_free &= status_is_free(path);
	}
	if (d)
		closedir(d);
	return d && is_free;
}

unsigned go_target_images(pid_t pid)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	unsigned n = 0;

	while (dir && (entry = readdir(dir))) {
		pid_t child = (pid_t)strtol(entry->d_name, NULL, 10);
		struct proc_stat stat = {0};

		if (child > 0)
			error_free(procfs_stat(child, 0, &stat));
		n += child > 0 && stat.state && stat.ppid == pid &&
		     stat.exit_signal == 0;
	}
	if (dir)
		closedir(dir);
	return n;
}
