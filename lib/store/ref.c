/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git's files backend, the little of it that an update needs: a loose ref is
 * 40 hex digits and a newline, the reflog a line per update.  The reflog
 * goes first: a crash in between leaves a line too many, which git allows,
 * and never a state that no log can find.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <git2.h>

#include "ds/buf.h"
#include "ds/date.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/lock.h"
#include "ds/ref.h"
#include "ds/store.h"
#include "ds/trace.h"

int
ds_ref_read(git_oid *out, struct ds_store *s, const char *name)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = git_reference_name_to_id(out, s->repo, name);
	if (rc == GIT_ENOTFOUND)
		return ds_err(DS_ENOTFOUND, "there is no '%s'", name);
	if (rc < 0)
		return ds_err_git(rc, "cannot read '%s'", name);
	return 0;
}

/* The folder that holds ${path}, made if need be. */
static int
make_parent(const char *path)
{
	char *dir = strdup(path);
	int rc;

	if (dir == NULL)
		return ds_err_nomem();
	*strrchr(dir, '/') = '\0';
	rc = ds_file_mkdirs(dir, 0700);
	free(dir);
	return rc;
}

static int
append_log(struct ds_store *s, const char *name, const git_oid *new,
    const git_oid *old, const char *who, const char *why)
{
	struct ds_buf line = DS_BUF_INIT;
	char *log = NULL, *path = NULL;
	int64_t now = (int64_t)time(NULL);
	int fd = -1, off = ds_date_offset(now), rc;

	ds_buf_addf(&line, "%s %s %s %" PRId64 " %c%02d%02d\t%s\n",
	    ds_git_hex(old), ds_git_hex(new), who, now, off < 0 ? '-' : '+',
	    abs(off) / 60, abs(off) % 60, why);
	rc = ds_buf_check(&line);
	if (rc < 0)
		goto out;
	if (asprintf(&log, "logs/%s", name) < 0) {
		log = NULL;
		rc = ds_err_nomem();
		goto out;
	}
	rc = ds_store_path(&path, s, false, log);
	if (rc < 0)
		goto out;
	rc = make_parent(path);
	if (rc < 0)
		goto out;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		rc = ds_err_sys("cannot open '%s'", path);
		goto out;
	}
	rc = ds_file_write_fd(fd, line.data, line.len, path);
out:
	if (fd >= 0)
		close(fd);
	free(path);
	free(log);
	ds_buf_release(&line);
	return rc;
}

/* The new value in a file of its own, flushed, ready to be linked. */
static int
write_value(const char *tmp, const git_oid *id)
{
	char text[GIT_OID_HEXSZ + 2];
	int fd, rc;

	snprintf(text, sizeof(text), "%s\n", ds_git_hex(id));
	if (unlink(tmp) < 0 && errno != ENOENT)
		return ds_err_sys("cannot remove '%s'", tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return ds_err_sys("cannot make '%s'", tmp);
	rc = ds_file_write_fd(fd, text, strlen(text), tmp);
	if (rc == 0)
		rc = ds_file_sync(fd, tmp);
	if (close(fd) < 0 && rc == 0)
		rc = ds_err_sys("cannot close '%s'", tmp);
	return rc;
}

/* What an update is about, for the check under git's lock. */
struct update {
	struct ds_store *s;
	const char *name;
	const git_oid *new;
	const git_oid *old;
	const char *who;
	const char *why;
};

static int
check_and_log(void *arg)
{
	struct update *u = arg;
	git_oid now;
	int rc;

	rc = ds_ref_read(&now, u->s, u->name);
	if (rc < 0 && rc != DS_ENOTFOUND)
		return rc;
	if (!git_oid_equal(&now, u->old))
		return ds_err(DS_EMOVED, "'%s' has moved", u->name);
	return append_log(u->s, u->name, u->new, u->old, u->who, u->why);
}

/* "datasync/ref:refs:heads:main", for a ref's name holds no colon. */
static int
name_tmp(char **out, struct ds_store *s, const char *name)
{
	struct ds_buf b = DS_BUF_INIT;
	char *p;
	int rc;

	ds_buf_addf(&b, "ref:%s", name);
	rc = ds_buf_check(&b);
	for (p = b.data; rc == 0 && *p != '\0'; p++)
		if (*p == '/')
			*p = ':';
	if (rc == 0)
		rc = ds_store_path(out, s, true, b.data);
	ds_buf_release(&b);
	return rc;
}

int
ds_ref_update(struct ds_store *s, const char *name, const git_oid *new,
    const git_oid *old, const char *who, const char *why)
{
	struct update u = { s, name, new, old, who, why };
	char *path = NULL, *tmp = NULL;
	int rc;

	rc = ds_store_path(&path, s, false, name);
	if (rc == 0)
		rc = name_tmp(&tmp, s, name);
	if (rc == 0)
		rc = make_parent(path);
	if (rc == 0)
		rc = ds_lock_mend(path, tmp);
	if (rc == 0)
		rc = write_value(tmp, new);
	if (rc == 0)
		rc = ds_lock_replace_if(path, tmp, s->lock_ms, check_and_log,
		    &u);
	if (rc == 0)
		ds_trace("ref", "update", "%s %s -> %s", name, ds_git_hex(old),
		    ds_git_hex(new));
	else if (tmp != NULL)
		(void)unlink(tmp);
	if (rc < 0)
		ds_err_in(rc, "cannot update '%s'", name);
	free(tmp);
	free(path);
	return rc;
}
