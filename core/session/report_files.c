/*
 * The files of a report: made in a temporary folder beside the final place,
 * then renamed, or packed into an archive.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/new_file.h"
#include "core/base/text.h"
#include "core/base/xalloc.h"
#include "core/base/zip.h"
#include "core/session/profile.h"
#include "core/session/report_priv.h"
#include "core/session/snapshot.h"

enum { PROFILE_DEPTH = 256 };
static const uint64_t MAX_FILE = 1ULL << 31;

static const struct {
	const char *name, *about;
} known_files[] = {
	{"README.txt", "what is in these files"},
	{"report.md", "the body of an issue"},
	{"report.html", "the same, to look at"},
	{"report.json", "the same figures, more rows"},
	{"sample.msnap", "lists and figures as a database, opens in mapscope"},
	{"heap.pb.gz", "the program's heap profile: who allocated"},
	{"refs.pb.gz", "profile of references: who holds"},
};

static const char *about_file(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(known_files); i++)
		if (!strcmp(known_files[i].name, name))
			return known_files[i].about;
	return NULL;
}

static struct error *read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error *err = NULL;
	struct stat st;
	ssize_t n = 1;

	if (fd < 0)
		return error_os(errno, "cannot open '%s'", path);
	if (fstat(fd, &st))
		err = error_os(errno, "cannot read '%s'", path);
	else if ((uint64_t)st.st_size > MAX_FILE)
		err = error_new(ERROR_LIMIT, "'%s' is too large", path);
	while (!err && n > 0) {
		n = read(fd, buf_reserve(out, 1 << 16), 1 << 16);
		if (n > 0)
			buf_commit(out, (size_t)n);
		else if (n < 0 && errno != EINTR)
			err = error_os(errno, "cannot read '%s'", path);
		else if (n < 0)
			n = 1;
	}
	close(fd);
	return err;
}

static void note_file(struct report *r, const char *name, const void *bytes,
		      size_t len)
{
	struct report_file *f;

	GROW_ARRAY(r->files, r->file_count, r->file_cap);
	f = &r->files[r->file_count++];
	*f = (struct report_file){
		.name = xstrdup(name), .about = about_file(name), .bytes = len};
	sha256_text(bytes, len, f->sha256);
}

static struct error *put_file(struct report *r, const char *name,
			      const struct buf *content)
{
	CLEANUP(free_cleanup) char *path = xasprintf("%s/%s", r->folder, name);
	struct error *err;

	err = new_file_put(path, buf_str(content), content->len, false);
	if (!err)
		note_file(r, name, buf_str(content), content->len);
	return err;
}

/* What all else is made from. */
static struct error *make_snapshot(struct report *r, struct job *job)
{
	CLEANUP(free_cleanup)
	char *path = xasprintf("%s/sample.msnap", r->folder);
	CLEANUP(buf_deinit) struct buf bytes = {0};
	struct session_options options = session_options_default();
	struct snapshot_options snapshot = {.level = SNAPSHOT_MAPS,
					    .redactor = &r->redactor,
					    .suspects = &r->options.suspects,
					    .no_goroutines = no_goroutines(r)};
	struct session_info info;
	struct error *err;

	session_info(r->original, &info);
	snapshot.written_ns = info.time_ns;
	err = session_check_maps(r->original);
	if (error_catch(&err, ERROR_USAGE))
		snapshot.level = SNAPSHOT_STATS;
	if (err || (err = snapshot_write(r->original, path, &snapshot, job)))
		return err;
	if (r->redactor.level != REDACT_NONE) {
		err = session_open_snapshot(path, &options, job, &r->opened);
		if (err)
			return err;
		session_job(r->opened)->parent = job;
		r->source = r->opened;
	}
	if (!(r->options.parts & REPORT_SNAPSHOT)) {
		/* an open database needs no name */
		if (unlink(path))
			return error_os(errno, "cannot delete '%s'", path);
		return NULL;
	}
	if ((err = read_file(path, &bytes)))
		return err;
	note_file(r, "sample.msnap", bytes.data, bytes.len);
	return NULL;
}

static struct error *make_profile(struct report *r, const char *name,
				  struct error *err, struct profile *profile)
{
	CLEANUP(buf_deinit) struct buf bytes = {0};

	/* Programs without a profile are reported without. */
	if (error_catch(&err, ERROR_UNSUPPORTED) ||
	    error_catch(&err, ERROR_USAGE) ||
	    error_catch(&err, ERROR_NOT_FOUND)) {
		r->options.parts &=
			~(unsigned)(!strcmp(name, "heap.pb.gz") ? REPORT_HEAP
								: REPORT_REFS);
		return NULL;
	}
	if (err)
		return err;
	profile_redact(profile, &r->redactor);
	if ((err = profile_encode(profile, &bytes)))
		return err;
	return put_file(r, name, &bytes);
}

static struct error *make_profiles(struct report *r)
{
	CLEANUP(profile_deinit) struct profile heap = {0};
	CLEANUP(profile_deinit) struct profile refs = {0};
	struct error *err = NULL;

	if (!session_has_memory(r->original))
		r->options.parts &= ~(unsigned)(REPORT_HEAP | REPORT_REFS);
	if (r->options.parts & REPORT_HEAP)
		err = make_profile(r, "heap.pb.gz",
				   heap_profile_load(r->original, &heap),
				   &heap);
	if (!err && r->options.parts & REPORT_REFS)
		err = make_profile(
			r, "refs.pb.gz",
			ref_profile_load(r->original, PROFILE_DEPTH, &refs),
			&refs);
	return err;
}

static void add_readme(const struct report *r, struct buf *out)
{
	const char *line;
	size_t i;

	buf_adds(out,
		 "A report made by mapscope " MAPSCOPE_VERSION ". Redaction: ");
	buf_printf(out, "%s.\n\n", r->redaction);
	for (i = 0; i < r->file_count; i++)
		buf_printf(out, "%-14s %s\n", r->files[i].name,
			   r->files[i].about);
	buf_adds(out, "\nPaste report.md into the issue and attach the rest. "
		      "To look into it:\n\n");
	for (i = 0; (line = report_command(r, i)); i++)
		buf_printf(out, "  %s\n", line);
	buf_printf(out, "\n%s\n", report_privacy);
}

static struct error *make_texts(struct report *r)
{
	CLEANUP(buf_deinit) struct buf json = {0};
	CLEANUP(buf_deinit) struct buf md = {0};
	CLEANUP(buf_deinit) struct buf html = {0};
	CLEANUP(buf_deinit) struct buf readme = {0};
	unsigned parts = r->options.parts;
	struct error *err = NULL;

	if (parts & REPORT_JSON && !(err = report_json(r, &json)))
		err = put_file(r, "report.json", &json);
	if (err)
		return err;
	/* Both list the same attachments, neither itself. */
	if (parts & REPORT_MD)
		report_markdown(r, &md);
	if (parts & REPORT_HTML)
		report_html(r, &html);
	if (parts & REPORT_MD && (err = put_file(r, "report.md", &md)))
		return err;
	if (parts & REPORT_HTML && (err = put_file(r, "report.html", &html)))
		return err;
	add_readme(r, &readme);
	return put_file(r, "README.txt", &readme);
}

static char *usual_path(const struct report *r)
{
	CLEANUP(buf_deinit) struct buf stamp = {0};
	struct session_info info;

	session_info(r->original, &info);
	text_stamp(&stamp, info.time_ns);
	return xasprintf("mapscope-report-%s-%s%s",
			 r->redactor.level < REDACT_NAMES ? info.name
							  : "target",
			 buf_str(&stamp), r->options.zip ? ".zip" : "");
}

static char *make_path(const struct report *r)
{
	char *path = r->options.path ? xstrdup(r->options.path) : usual_path(r);
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	return path;
}

/* Only what a report holds may be replaced. */
static struct error *check_folder(const char *path)
{
	struct error *err = NULL;
	struct dirent *entry;
	bool report = false;
	DIR *dir;

	dir = opendir(path);
	if (!dir)
		return error_os(errno, "cannot open '%s'", path);
	while (!err && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (!about_file(entry->d_name))
			err = error_new(ERROR_USAGE,
					"'%s' holds '%s', which is no file of "
					"a report: not replaced",
					path, entry->d_name);
		report |= !strcmp(entry->d_name, "README.txt");
	}
	closedir(dir);
	if (!err && !report)
		err = error_new(ERROR_USAGE, "'%s' is a folder, not a report",
				path);
	return err;
}

static struct error *check_path(const struct report *r)
{
	struct stat st;

	if (lstat(r->path, &st))
		return errno == ENOENT
			       ? NULL
			       : error_os(errno, "cannot write '%s'", r->path);
	if (!r->options.force)
		return error_hint(
			error_new(ERROR_USAGE, "'%s' exists", r->path),
			"--force replaces it once the new report is complete");
	if (r->options.zip)
		return S_ISDIR(st.st_mode)
			       ? error_new(ERROR_USAGE, "'%s' is a folder",
					   r->path)
			       : NULL;
	if (!S_ISDIR(st.st_mode))
		return error_new(ERROR_USAGE, "'%s' is no folder", r->path);
	return check_folder(r->path);
}

static struct error *make_folder(struct report *r)
{
	char *folder = xasprintf("%s.tmp-XXXXXX", r->path);

	if (!mkdtemp(folder)) { /* 0700 */
		int e = errno;

		free(folder);
		return error_os(e, "cannot write '%s'", r->path);
	}
	r->folder = folder;
	return NULL;
}

static struct error *make_all(struct report *r, struct job *job)
{
	struct error *err;

	if ((err = check_path(r)) || (err = make_folder(r)))
		return err;
	job_phase(job, "write the snapshot", 0);
	if ((err = make_snapshot(r, job)))
		return err;
	job_phase(job, "profiles", 0);
	if ((err = make_profiles(r)) || (err = job_check(job)))
		return err;
	job_phase(job, "report", 0);
	if ((err = report_model_load(r)) || (err = make_texts(r)))
		return err;
	return job_check(job);
}

struct error *report_prepare(const struct session *session,
			     const struct report_options *options,
			     struct job *job, struct report **ret)
{
	CLEANUP(report_cleanup) struct report *r = xcalloc(1, sizeof(*r));
	struct session_info info;
	struct error *err;

	r->options = *options;
	if (!r->options.parts)
		r->options.parts = REPORT_ALL;
	r->options.parts &= ~r->options.without;
	if (!r->options.parts)
		return error_new(ERROR_USAGE,
				 "nothing is left of the report's formats");
	if (!r->options.top)
		r->options.top = REPORT_TOP;
	r->original = r->source = session;
	redactor_init(&r->redactor, options->redact, session_module(session));
	session_info(session, &info);
	r->title = options->title ? xstrdup(options->title)
		   : options->redact < REDACT_NAMES
			   ? xasprintf("Maps of %s (%s)", info.name, info.go)
			   : xasprintf("Maps of a program (%s)", info.go);
	r->path = make_path(r);
	if (options->redact >= REDACT_NAMES)
		r->mapping_path = xasprintf("%s.names.txt", r->path);
	if ((err = make_all(r, job)))
		return err;
	*ret = r;
	r = NULL;
	return NULL;
}

static void delete_folder(const char *folder)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(known_files); i++) {
		CLEANUP(free_cleanup)
		char *path = xasprintf("%s/%s", folder, known_files[i].name);

		unlink(path);
	}
	rmdir(folder);
}

void report_free(struct report *r)
{
	size_t i;

	if (!r)
		return;
	report_model_deinit(r);
	session_free(r->opened);
	if (r->folder)
		delete_folder(r->folder);
	for (i = 0; i < r->file_count; i++)
		free(r->files[i].name);
	free(r->files);
	redactor_deinit(&r->redactor);
	free(r->folder);
	free(r->title);
	free(r->path);
	free(r->mapping_path);
	free(r);
}

void report_cleanup(struct report **report)
{
	report_free(*report);
}

const struct report_file *report_files(const struct report *report,
				       size_t *count_ret)
{
	*count_ret = report->file_count;
	return report->files;
}

const char *report_path(const struct report *report)
{
	return report->path;
}

const char *report_mapping_path(const struct report *report)
{
	return report->mapping_path;
}

void report_preview(const struct report *r, struct buf *out)
{
	uint64_t total = 0;
	size_t i;

	buf_adds(out, "These files would leave the machine:\n");
	for (i = 0; i < r->file_count; i++) {
		const struct report_file *f = &r->files[i];
		CLEANUP(buf_deinit) struct buf size = {0};

		total += f->bytes;
		text_size(&size, f->bytes);
		buf_printf(out, "  %-14s %6s  %s\n", f->name, buf_str(&size),
			   f->about);
	}
	buf_adds(out, "  total          ");
	text_size(out, total);
	buf_printf(out, "\nRedaction: %s. ", r->redaction);
	buf_adds(out,
		 r->redactor.level == REDACT_NONE
			 ? "WARNING: keys in paths, arguments and all "
			   "paths are readable in it."
		 : r->redactor.level == REDACT_BASIC
			 ? "No keys, values, arguments or home folder; names "
			   "of types, fields and functions are in it."
			 : "Names are pseudonyms; what they stand for goes "
			   "into a file beside the report, to be kept.");
	buf_adds(out, "\nTo: ");
	text_plain(out, r->path, strlen(r->path));
	buf_addc(out, '\n');
}

static struct error *publish_zip(struct report *r)
{
	CLEANUP(zip_cleanup) struct zip *zip = NULL;
	const char *slash = strrchr(r->path, '/');
	CLEANUP(free_cleanup)
	char *root = xstrdup(slash ? slash + 1 : r->path);
	struct error *err;
	size_t i, n = strlen(root);

	if (n > 4 && !strcmp(root + n - 4, ".zip"))
		root[n - 4] = '\0';
	if ((err = zip_create(r->path, r->options.force, &zip)))
		return err;
	for (i = 0; i < r->file_count; i++) {
		CLEANUP(free_cleanup)
		char *from = xasprintf("%s/%s", r->folder, r->files[i].name);
		CLEANUP(free_cleanup)
		char *name = xasprintf("%s/%s", root, r->files[i].name);
		CLEANUP(buf_deinit) struct buf bytes = {0};

		if ((err = read_file(from, &bytes)) ||
		    (err = zip_add(zip, name, buf_str(&bytes), bytes.len,
				   r->info.time_ns)))
			return err;
	}
	return zip_publish(zip);
}

static struct error *publish_folder(struct report *r)
{
	struct error *err;

	if (!renameat2(AT_FDCWD, r->folder, AT_FDCWD, r->path,
		       RENAME_NOREPLACE)) {
		free(r->folder);
		r->folder = NULL;
		return NULL;
	}
	if (errno != EEXIST && errno != ENOTEMPTY)
		return error_os(errno, "cannot write '%s'", r->path);
	/* Looked at once more: the folder may have changed meanwhile. */
	if ((err = check_path(r)))
		return err;
	if (renameat2(AT_FDCWD, r->folder, AT_FDCWD, r->path, RENAME_EXCHANGE))
		return error_os(errno, "cannot replace '%s'", r->path);
	return NULL; /* the old one is deleted under the temporary name */
}

struct error *report_publish(struct report *r)
{
	struct error *err;

	if (r->mapping_path &&
	    (err = redact_write_mapping(&r->redactor, r->mapping_path,
					r->options.force)))
		return err;
	return r->options.zip ? publish_zip(r) : publish_folder(r);
}

struct part_name {
	const char *name;
	unsigned part;
};

/* The first word of a list; NULL if it is none of them. */
static const struct part_name *take_part(const char **text,
					 const struct part_name *parts,
					 size_t count)
{
	size_t i, n = strcspn(*text, ",");

	for (i = 0; i < count; i++) {
		if (strlen(parts[i].name) != n ||
		    strncmp(parts[i].name, *text, n) != 0)
			continue;
		*text += n + ((*text)[n] == ',');
		return &parts[i];
	}
	return NULL;
}

struct error *report_parse_format(const char *text,
				  struct report_options *options)
{
	static const struct part_name parts[] = {
		{"md", REPORT_MD},
		{"html", REPORT_HTML},
		{"json", REPORT_JSON},
		{"heap", REPORT_HEAP},
		{"refs", REPORT_REFS},
		{"msnap", REPORT_SNAPSHOT},
		{"all", REPORT_ALL},
		{"dir", 0},
		{"zip", 0},
	};
	const struct part_name *part;

	while (*text) {
		part = take_part(&text, parts, ARRAY_LEN(parts));
		if (!part)
			return error_hint(
				error_new(ERROR_USAGE, "no format '%.*s'",
					  (int)strcspn(text, ","), text),
				"--format takes md, html, json, heap, refs, "
				"msnap, all, and dir or zip");
		options->parts |= part->part;
		if (!strcmp(part->name, "zip"))
			options->zip = true;
	}
	return NULL;
}

struct error *report_parse_include(const char *text,
				   struct report_options *options)
{
	static const struct part_name parts[] = {
		{"heapprofile", REPORT_HEAP},
		{"refs", REPORT_REFS},
		{"goroutines", REPORT_GOROUTINES},
		{"all", REPORT_HEAP | REPORT_REFS | REPORT_GOROUTINES},
		{"none", 0},
	};
	const struct part_name *part;

	options->without = REPORT_HEAP | REPORT_REFS | REPORT_GOROUTINES;
	while (*text) {
		part = take_part(&text, parts, ARRAY_LEN(parts));
		if (!part)
			return error_hint(
				error_new(ERROR_USAGE,
					  "a report includes no '%.*s'",
					  (int)strcspn(text, ","), text),
				"--include takes heapprofile, refs, "
				"goroutines, all or none");
		options->without &= ~part->part;
	}
	return NULL;
}
