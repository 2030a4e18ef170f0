/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APPLY_KIT_H
#define APPLY_KIT_H

/*
 * What the tests of apply share: a repository for contents and a folder to
 * apply to, both in a folder of their own; changes made of words; a disk
 * looked at by words, too.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <unistd.h>

#include <git2.h>

#include "ds/apply.h"
#include "ds/buf.h"
#include "ds/cancel.h"
#include "ds/entry.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/report.h"

#include "../../lib/store/apply_internal.h"
#include "tap.h"

#define KIT_TIME INT64_C(1234567890123456789)

struct kit {
	char top[PATH_MAX / 2];
	git_repository *repo;
	git_odb *odb;
	int disk;
	struct ds_changes changes;
	struct ds_report report;
	char told[8192]; /* "KEPT path: why" lines */
	bool stop;	 /* cancel at the first of them */
};

static struct kit kit;

static const struct ds_entry none = { .kind = DS_KIND_NONE };

static inline void
kit_told(enum ds_report_kind kind, const char *item DS_UNUSED, const char *path,
    const char *why, void *arg DS_UNUSED)
{
	size_t n = strlen(kit.told);

	if (kit.stop)
		ds_cancel_request();
	snprintf(kit.told + n, sizeof(kit.told) - n, "%s %s: %s\n",
	    kind == DS_REPORT_KEPT	      ? "KEPT" :
		kind == DS_REPORT_NOT_WRITTEN ? "NOT_WRITTEN" :
		kind == DS_REPORT_NOT_SET     ? "NOT_SET" :
						"?",
	    path, why != NULL ? why : "");
}

static inline int
kit_remove_one(const char *path, const struct stat *st DS_UNUSED,
    int type DS_UNUSED, struct FTW *ftw DS_UNUSED)
{
	return remove(path);
}

static inline int
kit_give_away(const char *path, const struct stat *st DS_UNUSED,
    int type DS_UNUSED, struct FTW *ftw DS_UNUSED)
{
	return lchown(path, 65534, 65534);
}

static inline int
kit_open_up(const char *path, const struct stat *st, int type,
    struct FTW *ftw DS_UNUSED)
{
	if (type == FTW_D || type == FTW_DNR)
		(void)chmod(path, (st->st_mode & 07777) | 0700);
	return 0;
}

static inline void
kit_remove(const char *path)
{
	(void)nftw(path, kit_open_up, 16, FTW_PHYS);
	(void)nftw(path, kit_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
kit_open_disk(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/disk", kit.top);
	(void)mkdir(path, 0755);
	kit.disk = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (kit.disk < 0)
		exit(99);
}

/* ${top}: a folder that exists, or NULL for a new one. */
static inline void
kit_open(const char *top)
{
	const char *tmp = getenv("TMPDIR");
	char path[PATH_MAX];

	if (top != NULL)
		snprintf(kit.top, sizeof(kit.top), "%s", top);
	else
		snprintf(kit.top, sizeof(kit.top), "%s/apply-XXXXXX",
		    tmp != NULL ? tmp : "/tmp");
	if (top == NULL && mkdtemp(kit.top) == NULL)
		exit(99);
	umask(022);
	if (ds_git_init() < 0)
		exit(99);
	snprintf(path, sizeof(path), "%s/repo", kit.top);
	if (git_repository_open(&kit.repo, path) < 0 &&
	    git_repository_init(&kit.repo, path, 1) < 0)
		exit(99);
	if (git_repository_odb(&kit.odb, kit.repo) < 0)
		exit(99);
	kit_open_disk();
}

static inline void
kit_close(bool all)
{
	close(kit.disk);
	ds_changes_release(&kit.changes);
	git_odb_free(kit.odb);
	git_repository_free(kit.repo);
	if (all)
		kit_remove(kit.top);
}

/* An empty disk and no changes. */
static inline void
kit_reset(void)
{
	char path[PATH_MAX];

	close(kit.disk);
	snprintf(path, sizeof(path), "%s/disk", kit.top);
	kit_remove(path);
	kit_open_disk();
	ds_changes_release(&kit.changes);
}

static inline struct ds_entry
kit_content(enum ds_kind kind, const char *text, unsigned mode)
{
	struct ds_entry e = { .kind = kind, .mode = mode };

	e.mtime = KIT_TIME;
	if (git_odb_hash(&e.id, text, strlen(text), GIT_OBJECT_BLOB) < 0 ||
	    (!git_odb_exists(kit.odb, &e.id) &&
		git_odb_write(&e.id, kit.odb, text, strlen(text),
		    GIT_OBJECT_BLOB) < 0))
		exit(99);
	return e;
}

static inline struct ds_entry
kit_file(const char *text)
{
	return kit_content(DS_KIND_FILE, text, 0640);
}

static inline struct ds_entry
kit_link(const char *target)
{
	return kit_content(DS_KIND_LINK, target, 0777);
}

static inline struct ds_entry
kit_dir(unsigned mode)
{
	struct ds_entry e = { .kind = DS_KIND_DIR, .mode = mode };

	e.mtime = KIT_TIME;
	return e;
}

static inline void
kit_change(const char *path, struct ds_entry old, struct ds_entry new)
{
	if (ds_changes_add(&kit.changes, path, &old, &new) < 0)
		exit(99);
}

/* Apply the changes as they are. */
static inline int
kit_apply_as(struct ds_apply a)
{
	a.odb = kit.odb;
	a.item = "item";
	a.report = &kit.report;
	memset(&kit.report, 0, sizeof(kit.report));
	kit.report.cb = kit_told;
	kit.told[0] = '\0';
	return ds_apply_run(&a, kit.disk, &kit.changes);
}

/* In order, and not fresh. */
static inline int
kit_apply(void)
{
	struct ds_apply a = { .fresh = false };

	ds_changes_sort(&kit.changes);
	return kit_apply_as(a);
}

static inline size_t
kit_count(void)
{
	size_t i, n = 0;

	for (i = 0; i < ds_nitems(kit.report.count); i++)
		n += kit.report.count[i];
	return n;
}

/* Applied, and nothing to report. */
static inline bool
kit_applied(void)
{
	int rc = kit_apply();

	if (rc < 0)
		printf("# %s\n", ds_err_text());
	if (kit_count() > 0)
		printf("# %s", kit.told);
	return rc == 0 && kit_count() == 0;
}

static inline void
kit_write(const char *path, const char *text)
{
	int fd = openat(kit.disk, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		exit(99);
	close(fd);
}

/*
 * What a path holds: "=text", "->target", "/" for a folder, "|" for a fifo,
 * "" for nothing.
 */
static inline const char *
kit_at(const char *path)
{
	static char out[4][PATH_MAX];
	static unsigned next;
	char *o = out[next++ % 4];
	struct stat st;
	ssize_t n = 0;
	int fd;

	o[0] = '\0';
	if (fstatat(kit.disk, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return o;
	if (S_ISDIR(st.st_mode) || S_ISFIFO(st.st_mode)) {
		snprintf(o, PATH_MAX, S_ISDIR(st.st_mode) ? "/" : "|");
	} else if (S_ISLNK(st.st_mode)) {
		n = readlinkat(kit.disk, path, o + 2, PATH_MAX - 3);
		memcpy(o, "->", 2);
		o[2 + (n > 0 ? n : 0)] = '\0';
	} else {
		fd = openat(kit.disk, path, O_RDONLY);
		n = fd < 0 ? -1 : read(fd, o + 1, PATH_MAX - 2);
		if (fd >= 0)
			close(fd);
		o[0] = '=';
		o[1 + (n > 0 ? n : 0)] = '\0';
	}
	return o;
}

static inline unsigned
kit_mode(const char *path)
{
	struct stat st;

	if (fstatat(kit.disk, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return st.st_mode & 07777;
}

static inline bool
kit_time_is_set(const char *path)
{
	struct stat st;

	return fstatat(kit.disk, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_mtim.tv_sec == KIT_TIME / 1000000000 &&
	    st.st_mtim.tv_nsec == KIT_TIME % 1000000000;
}

static size_t kit_temporaries_n, kit_files_n;

static inline int
kit_count_one(const char *path, const struct stat *st DS_UNUSED,
    int type DS_UNUSED, struct FTW *ftw)
{
	kit_files_n++;
	if (ds_apply_is_temporary(path + ftw->base))
		kit_temporaries_n++;
	return 0;
}

/* How many names the disk has, the root not counted. */
static inline size_t
kit_files(void)
{
	char path[PATH_MAX];

	kit_files_n = kit_temporaries_n = 0;
	snprintf(path, sizeof(path), "%s/disk", kit.top);
	(void)nftw(path, kit_count_one, 16, FTW_PHYS);
	return kit_files_n - 1;
}

static inline size_t
kit_temporaries(void)
{
	(void)kit_files();
	return kit_temporaries_n;
}

/*
 * One set of changes that has all in it: lines of path, old and new kind, for
 * "old PATH" and "new PATH" as contents.  "mode" changes its mode alone,
 * "user" is edited, and the folder "r" is not writable and does not change.
 */
static const struct kit_line {
	const char *path;
	enum ds_kind old;
	enum ds_kind new;
} kit_lines[] = {
	{ "add", DS_KIND_NONE, DS_KIND_FILE },
	{ "add-link", DS_KIND_NONE, DS_KIND_LINK },
	{ "d", DS_KIND_DIR, DS_KIND_DIR },
	{ "d/gone", DS_KIND_FILE, DS_KIND_NONE },
	{ "d/keep", DS_KIND_FILE, DS_KIND_FILE },
	{ "e", DS_KIND_DIR, DS_KIND_FILE },
	{ "e/f", DS_KIND_FILE, DS_KIND_NONE },
	{ "e/g", DS_KIND_LINK, DS_KIND_NONE },
	{ "f", DS_KIND_FILE, DS_KIND_DIR },
	{ "f/a", DS_KIND_NONE, DS_KIND_FILE },
	{ "f/b", DS_KIND_NONE, DS_KIND_DIR },
	{ "l", DS_KIND_LINK, DS_KIND_FILE },
	{ "m", DS_KIND_FILE, DS_KIND_LINK },
	{ "mode", DS_KIND_FILE, DS_KIND_FILE },
	{ "n", DS_KIND_LINK, DS_KIND_LINK },
	{ "r/x", DS_KIND_FILE, DS_KIND_FILE },
	{ "user", DS_KIND_FILE, DS_KIND_FILE },
};

static inline const char *
kit_text(const struct kit_line *l, bool new)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s %s",
	    new &&strcmp(l->path, "mode") != 0 ? "new" : "old", l->path);
	return text;
}

static inline struct ds_entry
kit_entry(const struct kit_line *l, bool new)
{
	switch (new ? l->new : l->old) {
	case DS_KIND_FILE:
		return kit_content(DS_KIND_FILE, kit_text(l, new),
		    new ? 0600 : 0644);
	case DS_KIND_LINK:
		return kit_link(kit_text(l, new));
	case DS_KIND_DIR:
		return kit_dir(new ? 0511 : 0755);
	default:
		return none;
	}
}

static inline void
kit_make_old(const struct kit_line *l)
{
	if (l->old == DS_KIND_FILE)
		kit_write(l->path,
		    strcmp(l->path, "user") == 0 ? "edited" :
						   kit_text(l, false));
	else if (l->old == DS_KIND_LINK)
		(void)!symlinkat(kit_text(l, false), kit.disk, l->path);
	else if (l->old == DS_KIND_DIR)
		(void)mkdirat(kit.disk, l->path, 0755);
}

static inline void
kit_scene_changes(void)
{
	size_t i;

	ds_changes_release(&kit.changes);
	for (i = 0; i < ds_nitems(kit_lines); i++)
		kit_change(kit_lines[i].path, kit_entry(&kit_lines[i], false),
		    kit_entry(&kit_lines[i], true));
	ds_changes_sort(&kit.changes);
}

static inline void
kit_scene(void)
{
	size_t i;

	kit_reset();
	(void)mkdirat(kit.disk, "r", 0755);
	for (i = 0; i < ds_nitems(kit_lines); i++)
		kit_make_old(&kit_lines[i]);
	(void)fchmodat(kit.disk, "r", 0555, 0);
	kit_scene_changes();
}

static inline bool
kit_line_done(const struct kit_line *l)
{
	struct ds_entry e = kit_entry(l, true);
	const char *at = kit_at(l->path);

	if (strcmp(l->path, "user") == 0)
		return strcmp(at, "=edited") == 0;
	if (l->new == DS_KIND_NONE)
		return at[0] == '\0';
	if (kit_mode(l->path) != e.mode || !kit_time_is_set(l->path))
		return false;
	return strcmp(at +
		       strspn(at,
			   l->new == DS_KIND_FILE     ? "=" :
			       l->new == DS_KIND_LINK ? "->" :
							"/"),
		   l->new == DS_KIND_DIR ? "" : kit_text(l, true)) == 0;
}

/* The changes are on the disk, and nothing else is. */
static inline bool
kit_scene_done(void)
{
	size_t i, n = 1;

	for (i = 0; i < ds_nitems(kit_lines); i++) {
		n += kit_lines[i].new != DS_KIND_NONE;
		if (!kit_line_done(&kit_lines[i])) {
			printf("# '%s' is '%s', mode %o\n", kit_lines[i].path,
			    kit_at(kit_lines[i].path),
			    kit_mode(kit_lines[i].path));
			return false;
		}
	}
	if (kit_files() == n && kit_temporaries() == 0 && kit_mode("r") == 0555)
		return true;
	printf("# %zu files, not %zu; %zu temporaries; mode of 'r': %o\n",
	    kit_files(), n, kit_temporaries(), kit_mode("r"));
	return false;
}

/* The name of a temporary, in the folder of ${path}. */
static inline const char *
kit_temporary(const char *path, const char *suffix)
{
	static char out[PATH_MAX];
	char name[DS_APPLY__TEMPORARY];
	const char *slash = strrchr(path, '/');
	int n = slash == NULL ? 0 : (int)(slash + 1 - path);

	ds_apply__temporary(name, slash == NULL ? path : slash + 1, suffix);
	snprintf(out, sizeof(out), "%.*s%s", n, path, name);
	return out;
}

#endif
