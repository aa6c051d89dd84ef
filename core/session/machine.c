#include "core/session/machine_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/target/fork_check.h"
#include "core/target/preflight.h"
#include "core/target/process_list.h"
#include "dwarf/elf_file.h"

static const char *guess_impl(const char *go)
{
	int minor = 0;

	if (sscanf(go, "go1.%d", &minor) != 1)
		return NULL;
	return minor <= 23				 ? "classic"
	       : strstr(go, "noswissmap") && minor <= 25 ? "classic"
							 : "swiss";
}

static bool has_dwarf(pid_t pid)
{
	struct elf_file *elf;
	char path[64];
	struct error *err;
	bool found;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	err = elf_file_open(path, &elf);
	if (err) {
		error_free(err);
		return false;
	}
	found = elf_file_find_section(elf, ".debug_info") != NULL;
	elf_file_close(elf);
	return found;
}

static void copy_process(const struct process_entry *from,
			 struct machine_process *to)
{
	const char *impl = from->go ? guess_impl(from->go) : NULL;

	*to = (struct machine_process){
		.pid = from->pid,
		.user = xstrdup(from->user),
		.name = xstrdup(from->name),
		.exe = xstrdup(from->exe),
		.go = from->go ? xstrdup(from->go) : NULL,
		.map_impl = impl ? xstrdup(impl) : NULL,
		.dwarf = from->is_go && has_dwarf(from->pid),
		.rss = from->rss,
		.attachable = from->attachable,
		.why_not = from->why_not ? xstrdup(from->why_not) : NULL,
	};
}

struct error *machine_processes(bool all, struct machine_process **ret,
				size_t *count_ret)
{
	CLEANUP(process_list_deinit) struct process_list list = {0};
	struct error *err = process_list_load(!all, &list);
	size_t i;

	if (err)
		return err;
	*ret = xcalloc(list.n, sizeof(**ret));
	*count_ret = list.n;
	for (i = 0; i < list.n; i++)
		copy_process(&list.v[i], &(*ret)[i]);
	return NULL;
}

void machine_processes_free(struct machine_process *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(list[i].user);
		free(list[i].name);
		free(list[i].exe);
		free(list[i].go);
		free(list[i].map_impl);
		free(list[i].why_not);
	}
	free(list);
}

struct machine_check *machine_check_add(struct machine_checks *checks,
					const char *name, bool ok)
{
	GROW_ARRAY(checks->list, checks->count, checks->cap);
	checks->list[checks->count] =
		(struct machine_check){.name = name, .ok = ok};
	return &checks->list[checks->count++];
}

static void check_machine(struct machine_checks *checks)
{
	static const char *const scopes[] = {
		"any process of yours", "only children of ours, or root",
		"root (CAP_SYS_PTRACE) only", "nobody"};
	struct preflight_facts facts;
	struct machine_check *c;

	preflight_facts(&facts);
	c = machine_check_add(checks, "ptrace_scope",
			      facts.yama_scope <= 0 || (facts.ptrace_capable &&
							facts.yama_scope < 3));
	c->message = facts.yama_scope < 0 || facts.yama_scope > 3
			     ? xstrdup("no Yama: the usual rules hold")
			     : xasprintf("%d: %s", facts.yama_scope,
					 scopes[facts.yama_scope]);
	if (!c->ok)
		c->hint = xstrdup("sudo sysctl kernel.yama.ptrace_scope=0, or "
				  "run as root");
	c = machine_check_add(checks, "capability", true);
	c->message = xstrdup(facts.ptrace_capable
				     ? "we have CAP_SYS_PTRACE"
				     : "no CAP_SYS_PTRACE: only processes of "
				       "this user");
	if (!facts.ptrace_capable)
		c->hint = xstrdup("sudo setcap cap_sys_ptrace+ep mapscope");
	c = machine_check_add(checks, "ptrace", facts.ptrace_works);
	c->message =
		xstrdup(facts.ptrace_works ? "works on a child of ours"
					   : "is refused, by seccomp perhaps");
	if (!c->ok)
		c->hint = xstrdup("docker run --cap-add SYS_PTRACE; "
				  "kubectl debug --profile=general "
				  "--target=CONTAINER");
	c = machine_check_add(checks, "process_vm_readv", facts.vm_readv_works);
	c->message = xstrdup(facts.vm_readv_works ? "works" : "is refused");
}

/* A fork that is not to be had is no failure: other modes do without. */
static void check_fork(struct machine_checks *checks, pid_t pid)
{
	struct fork_forecast forecast;
	struct error *err = fork_check(pid, &forecast);
	struct machine_check *c =
		machine_check_add(checks, "--freeze=fork", true);

	if (err) {
		c->message = xasprintf("no: %s", err->message);
		c->hint = err->hint ? xstrdup(err->hint) : NULL;
		error_free(err);
		return;
	}
	c->message = xasprintf("can be used; %" PRIu64
			       " MiB may be copied on write (--max-cow)",
			       forecast.max_cow >> 20);
	if (forecast.huge_pages)
		c->hint = xasprintf("%" PRIu64
				    " MiB in huge pages: each is split when "
				    "the target first writes to it",
				    forecast.huge_pages >> 20);
}

struct machine_check *machine_doctor(pid_t pid, size_t *count_ret)
{
	struct machine_checks checks = {0};
	struct machine_check *c;
	struct error *err;
	char exe[64];

	check_machine(&checks);
	if (pid) {
		err = preflight_attach(pid);
		c = machine_check_add(&checks, "attach", !err);
		c->message = xstrdup(err ? err->message
					 : "nothing speaks against it");
		c->hint = err && err->hint ? xstrdup(err->hint) : NULL;
		error_free(err);
		check_fork(&checks, pid);
		snprintf(exe, sizeof(exe), "/proc/%d/exe", (int)pid);
		machine_check_binary(&checks, exe, NULL);
	}
	*count_ret = checks.count;
	return checks.list;
}

void machine_checks_free(struct machine_check *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		free(list[i].message);
		free(list[i].hint);
	}
	free(list);
}
