/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Git's protocol: who makes "target.lock" may replace target, by renaming the
 * one over the other.  git and libgit2 make it with O_EXCL, so one that is left
 * by a kill looks like one in use.  We make it with link(2) from ${tmp}, and
 * two names of one file are proof of whose it is.  What a kill leaves:
 *
 *   before the link      tmp alone
 *   before the rename    tmp and target.lock, one file: the lock is ours
 *   before the unlink    tmp and target, one file: it is done but for tmp
 *
 * In the last case a rename(2) would succeed, do nothing and leave both names,
 * so it must not come to that.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/lock.h"
#include "ds/trace.h"

#include "lock_internal.h"

/* Nobody holds a lock of git's for so long; seconds. */
#define STALE 60

/* What a lock may copy where there is no link(2). */
#define COPY_MAX (64 << 20)

/*
 * Two names of one file.  The count guards against file systems that number
 * all files alike.
 */
static bool
is_same(const char *a, const char *b)
{
	struct stat x;
	struct stat y;

	return lstat(a, &x) == 0 && lstat(b, &y) == 0 && S_ISREG(x.st_mode) &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino && x.st_nlink > 1;
}

static int
remove_file(const char *path)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return ds_err_sys("cannot remove '%s'", path);
	return 0;
}

static int
name_lock(char **out, const char *target)
{
	struct ds_buf b = DS_BUF_INIT;

	ds_buf_addf(&b, "%s.lock", target);
	return ds_buf_take(out, &b);
}

static int
flush_folder(const char *target)
{
	const char *slash = strrchr(target, '/');
	char *folder;
	int rc;

	if (slash == NULL)
		return ds_file_sync_dir(AT_FDCWD, ".");
	folder = strndup(target, (size_t)(slash - target + 1));
	if (folder == NULL)
		return ds_err_nomem();
	rc = ds_file_sync_dir(AT_FDCWD, folder);
	free(folder);
	return rc;
}

/*
 * The lock as a copy, for file systems without links.  A kill leaves one
 * that nobody can tell from git's.  1 if made, 0 if the name is taken.
 */
static int
make_copy(const char *lock, const char *tmp)
{
	struct ds_buf b = DS_BUF_INIT;
	struct stat st;
	int fd = -1;
	int rc;

	rc = ds_file_read(&b, AT_FDCWD, tmp, COPY_MAX);
	if (rc < 0)
		goto out;
	if (stat(tmp, &st) < 0) {
		rc = ds_err_sys("cannot open '%s'", tmp);
		goto out;
	}
	fd = open(lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    st.st_mode & 07777);
	if (fd < 0) {
		rc = errno == EEXIST ? 0 : ds_err_sys("cannot make '%s'", lock);
		goto out;
	}
	rc = ds_file_write_fd(fd, b.data, b.len, lock);
	if (rc == 0)
		rc = ds_file_sync(fd, lock);
	if (close(fd) < 0 && rc == 0)
		rc = ds_err_sys("cannot write '%s'", lock);
	if (rc < 0)
		(void)unlink(lock);
	else
		rc = 1;
out:
	ds_buf_release(&b);
	return rc;
}

/* 1 if the lock is ours now, 0 if it is somebody else's. */
static int
make_lock(const char *lock, const char *tmp,
    int (*make_link)(const char *, const char *))
{
	if (make_link(tmp, lock) == 0)
		return 1;
	switch (errno) {
	case EEXIST:
		return is_same(lock, tmp);
	case EMLINK:
	case ENOSYS:
	case EOPNOTSUPP:
	case EPERM:
		return make_copy(lock, tmp);
	default:
		return ds_err_sys("cannot make '%s'", lock);
	}
}

/* 1 if a lock that a killed git left was removed, 0 if it may be in use. */
static int
remove_stale(const char *lock)
{
	struct stat st;
	int rc;

	if (lstat(lock, &st) < 0 || time(NULL) - st.st_mtime <= STALE)
		return 0;
	ds_trace("lock", "stale", "%s", lock);
	rc = remove_file(lock);
	return rc < 0 ? rc : 1;
}

static int
take_lock(const char *lock, const char *tmp, int ms,
    int (*make_link)(const char *, const char *))
{
	struct ds_lock__wait w;
	int again = 0;
	int rc;

	ds_lock__wait_begin(&w, ms);
	while (again >= 0) {
		rc = make_lock(lock, tmp, make_link);
		if (rc != 0)
			return rc < 0 ? rc : 0;
		again = remove_stale(lock);
		if (again == 0)
			again = ds_lock__wait_more(&w);
	}
	if (again == DS_ELOCKED)
		ds_err(again, "another process holds '%s'", lock);
	return again;
}

int
ds_lock__replace(const char *target, const char *tmp, int ms,
    int (*make_link)(const char *, const char *), int (*check)(void *),
    void *arg)
{
	char *lock = NULL;
	int rc;

	rc = name_lock(&lock, target);
	if (rc < 0)
		return rc;
	if (is_same(tmp, target)) {
		rc = is_same(tmp, lock) ? remove_file(lock) : 0;
		goto flush;
	}
	rc = take_lock(lock, tmp, ms, make_link);
	if (rc < 0)
		goto out;
	if (check != NULL)
		rc = check(arg);
	if (rc < 0) {
		(void)unlink(lock);
		goto out;
	}
	if (rename(lock, target) < 0) {
		rc = ds_err_sys("cannot replace '%s'", target);
		(void)unlink(lock);
		goto out;
	}
	ds_trace("lock", "replaced", "%s", target);
flush:
	/* The new name first: without tmp, nothing proves a lock ours. */
	if (rc == 0)
		rc = flush_folder(target);
	if (rc == 0)
		rc = remove_file(tmp);
out:
	free(lock);
	return rc;
}

int
ds_lock_replace(const char *target, const char *tmp, int ms)
{
	return ds_lock__replace(target, tmp, ms, link, NULL, NULL);
}

int
ds_lock_replace_if(const char *target, const char *tmp, int ms,
    int (*check)(void *), void *arg)
{
	return ds_lock__replace(target, tmp, ms, link, check, arg);
}

int
ds_lock_mend(const char *target, const char *tmp)
{
	char *lock = NULL;
	int rc;

	rc = name_lock(&lock, target);
	if (rc < 0)
		return rc;
	/* The lock first: tmp is what proves it ours. */
	if (is_same(tmp, lock)) {
		ds_trace("lock", "mended", "%s", lock);
		rc = remove_file(lock);
	}
	if (rc == 0)
		rc = remove_file(tmp);
	free(lock);
	return rc;
}
