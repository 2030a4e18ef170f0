/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modes and times.  Those of folders are set when all is done in them, deepest
 * first.
 *
 * A folder that we must write to and may not is made writable for the time.
 * So that its mode survives a kill, a note is left before: a symlink in
 * the root, made in one step, whose target is "<octal mode> <path>".  Notes
 * go when all modes are set again.
 */
#include "ds/compat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "ds/apply.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/path.h"
#include "ds/report.h"
#include "apply_internal.h"

#define NOTE ".mode"
#define SECOND INT64_C(1000000000)

/* What an O_PATH descriptor can't do itself is done through its name. */
static const char *
proc_name(char out[32], int fd)
{
	snprintf(out, 32, "/proc/self/fd/%d", fd);
	return out;
}

static int
chmod_fd(int fd, unsigned mode)
{
	char name[32];

	if (fchmod(fd, mode) == 0)
		return 0;
	return errno == EBADF ? chmod(proc_name(name, fd), mode) : -1;
}

void
ds_apply__times(struct timespec out[2], int64_t mtime)
{
	bool before = mtime % SECOND < 0;

	out[0].tv_sec = 0;
	out[0].tv_nsec = UTIME_OMIT;
	out[1].tv_sec = (time_t)(mtime / SECOND - before);
	out[1].tv_nsec = (long)(mtime % SECOND + (before ? SECOND : 0));
}

static int
set_time(int fd, int64_t mtime)
{
	struct timespec ts[2];
	char name[32];

	ds_apply__times(ts, mtime);
	if (futimens(fd, ts) == 0)
		return 0;
	return errno == EBADF ?
	    utimensat(AT_FDCWD, proc_name(name, fd), ts, 0) :
	    -1;
}

static int
not_set(struct ds_apply__run *r, const char *path)
{
	ds_report(r->job->report, DS_REPORT_NOT_SET, r->job->item, path,
	    strerror(errno));
	return -1;
}

int
ds_apply__set(struct ds_apply__run *r, const char *path, int fd,
    const struct stat *st, const struct ds_entry *e)
{
	struct timespec ts[2];
	int set = 0, saved;

	if ((e->mode & DS_MODE_UNKNOWN) == 0 &&
	    (st->st_mode & 07777) != e->mode) {
		set = 1;
		if (chmod_fd(fd, e->mode) < 0) {
			saved = errno;
			/* Better without its special bits than without any. */
			if ((e->mode & 07000) != 0)
				(void)chmod_fd(fd, e->mode & 0777);
			errno = saved;
			set = not_set(r, path);
		}
	}
	ds_apply__times(ts, e->mtime);
	if (set >= 0 && e->mtime != DS_MTIME_UNKNOWN &&
	    (st->st_mtim.tv_sec != ts[1].tv_sec ||
		st->st_mtim.tv_nsec != ts[1].tv_nsec))
		set = set_time(fd, e->mtime) < 0 ? not_set(r, path) : 1;
	return set;
}

static int
add(struct ds_changes *to, const char *path, unsigned mode, int64_t mtime)
{
	struct ds_entry none = { .kind = DS_KIND_NONE };
	struct ds_entry e = { .kind = DS_KIND_DIR };

	e.mode = mode;
	e.mtime = mtime;
	return ds_changes_add(to, path, &none, &e);
}

int
ds_apply__final(struct ds_apply__run *r, const struct ds_change *c)
{
	return add(&r->finals, c->path, c->new.mode, c->new.mtime);
}

static int
write_note(struct ds_apply__run *r, const char *path, unsigned mode)
{
	char note[DS_APPLY__TEMPORARY], text[PATH_MAX];
	int n;

	ds_apply__temporary(note, path, NOTE);
	n = snprintf(text, sizeof(text), "%04o %s", mode, path);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (symlinkat(text, r->root, note) < 0 && errno != EEXIST)
		return -1;
	r->notes = true;
	return 0;
}

/*
 * Give us all permissions on one folder, if it is ours and lacks them.  What
 * does not work here fails at the next step, which tells it.
 */
static int
unlock(struct ds_apply__run *r, const char *path)
{
	struct stat st;
	unsigned mode;
	int fd, rc = 0;

	fd = ds_file_open_beneath(r->root, path, O_PATH | O_DIRECTORY, 0);
	if (fd < 0) {
		ds_err_clear();
		return fd == DS_ENOMEM ? fd : 0;
	}
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() ||
	    (st.st_mode & 0700) == 0700)
		goto out;
	mode = st.st_mode & 07777;
	/* The root's own note can only be written after. */
	if (path[0] != '\0') {
		rc = unlock(r, "");
		if (rc < 0 || write_note(r, path, mode) < 0)
			goto out;
	}
	if (chmod_fd(fd, mode | 0700) == 0) {
		if (path[0] == '\0')
			(void)write_note(r, path, mode);
		rc = add(&r->unlocked, path, mode, DS_MTIME_UNKNOWN);
	}
out:
	close(fd);
	return rc;
}

int
ds_apply__unlock(struct ds_apply__run *r, const char *path, bool way)
{
	char *up;
	char *slash;
	int rc = 0;

	if (!way)
		return unlock(r, path);
	up = strdup(path);
	if (up == NULL)
		return ds_err_nomem();
	rc = unlock(r, "");
	for (slash = strchr(up, '/'); rc == 0 && slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		rc = unlock(r, up);
		*slash = '/';
	}
	if (rc == 0 && path[0] != '\0')
		rc = unlock(r, path);
	free(up);
	return rc;
}

static int
read_note(struct ds_apply__run *r, const char *name)
{
	char text[PATH_MAX], *path;
	unsigned long mode;
	ssize_t n;

	n = readlinkat(r->root, name, text, sizeof(text) - 1);
	if (n < 0)
		return 0;
	text[n] = '\0';
	mode = strtoul(text, &path, 8);
	if (path == text || *path != ' ' || mode > 07777)
		return 0;
	path++;
	if (path[0] != '\0' && !ds_path_is_safe(path))
		return 0;
	r->notes = true;
	return add(&r->unlocked, path, (unsigned)mode, DS_MTIME_UNKNOWN);
}

int
ds_apply__read_notes(struct ds_apply__run *r)
{
	struct dirent *d;
	DIR *dir;
	int fd, rc = 0;

	fd = ds_apply__open_folder(r, "");
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return fd < 0 ? fd : ds_err_sys("cannot read the folder");
	}
	while (rc == 0) {
		errno = 0;
		d = readdir(dir);
		if (d == NULL)
			break;
		if (ds_apply_is_temporary(d->d_name) &&
		    strstr(d->d_name, NOTE) != NULL)
			rc = read_note(r, d->d_name);
	}
	if (rc == 0 && errno != 0)
		rc = ds_err_sys("cannot read the folder");
	closedir(dir);
	return rc;
}

/* An O_PATH descriptor serves for all but flushing. */
static int
open_to_set(struct ds_apply__run *r, const char *path, bool *whole)
{
	int fd;

	*whole = true;
	fd = ds_file_open_beneath(r->root, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd != DS_ESYS || errno != EACCES)
		return fd;
	*whole = false;
	return ds_file_open_beneath(r->root, path, O_PATH | O_DIRECTORY, 0);
}

/* REPORTED: not set. */
static int
finish_one(struct ds_apply__run *r, const struct ds_change *c)
{
	struct stat st;
	bool whole;
	int fd, set = -1, rc = 0;

	fd = open_to_set(r, c->path, &whole);
	if (fd == DS_ENOTFOUND || fd == DS_EINVAL) {
		/* Gone, by us or the user. */
		ds_err_clear();
		return DS_APPLY__DONE;
	}
	if (fd < 0 && fd != DS_ESYS)
		return fd;
	if (fd < 0) {
		(void)not_set(r, c->path);
		ds_err_clear();
		return DS_APPLY__REPORTED;
	}
	if (fstat(fd, &st) == 0)
		set = ds_apply__set(r, c->path, fd, &st, &c->new);
	else
		(void)not_set(r, c->path);
	if (set > 0 && whole && !r->job->fresh)
		rc = ds_file_sync(fd, c->path[0] != '\0' ? c->path : ".");
	close(fd);
	return rc == 0 && set < 0 ? DS_APPLY__REPORTED : rc;
}

static void
drop_note(struct ds_apply__run *r, const char *path)
{
	char note[DS_APPLY__TEMPORARY];

	ds_apply__temporary(note, path, NOTE);
	if (r->notes)
		(void)unlinkat(r->root, note, 0);
}

/* Those made writable join; a mode of the changes wins over an old one. */
static int
gather(struct ds_apply__run *r)
{
	struct ds_changes sorted;
	struct ds_change *c;
	size_t i, n;
	int rc = 0;

	ds_changes_sort(&r->finals);
	ds_changes_sort(&r->unlocked);
	n = r->finals.n;
	for (i = 0; rc == 0 && i < r->unlocked.n; i++) {
		const struct ds_change *u = &r->unlocked.v[i];

		sorted = r->finals;
		sorted.n = n;
		c = ds_changes_find(&sorted, u->path);
		if (c == NULL)
			rc =
			    add(&r->finals, u->path, u->new.mode, u->new.mtime);
		else if ((c->new.mode &DS_MODE_UNKNOWN) != 0)
			c->new.mode = u->new.mode;
	}
	ds_changes_sort(&r->finals);
	return rc;
}

int
ds_apply__finish_folders(struct ds_apply__run *r)
{
	size_t i;
	int rc, e;

	ds_apply__leave(r);
	rc = gather(r);
	for (i = r->finals.n; i-- > 0;) {
		const struct ds_change *c = &r->finals.v[i];

		/* The root is last, and may not be writable after. */
		if (c->path[0] == '\0')
			drop_note(r, c->path);
		e = finish_one(r, c);
		if (e == DS_APPLY__DONE && c->path[0] != '\0')
			drop_note(r, c->path);
		if (e != DS_APPLY__DONE && c->path[0] == '\0' && r->notes)
			(void)write_note(r, c->path, c->new.mode & 07777);
		if (rc == 0 && e < 0)
			rc = e;
	}
	return rc;
}
