/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders of an apply: opened one at a time, made, taken away, flushed.
 */
#include "ds/compat.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ds/apply.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/report.h"
#include "apply_internal.h"

#define IN_THE_WAY "a file or symlink is in the way"

/* The folder of ${path}; the caller frees.  NULL without memory. */
static char *
parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strndup(path, slash == NULL ? 0 : (size_t)(slash - path));
}

void
ds_apply__leave(struct ds_apply__run *r)
{
	if (r->dir >= 0)
		close(r->dir);
	r->dir = -1;
	free(r->folder);
	r->folder = NULL;
}

int
ds_apply__open_folder(struct ds_apply__run *r, const char *path)
{
	int fd, rc;

	fd = ds_file_open_beneath(r->root, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd != DS_ESYS || errno != EACCES)
		return fd;
	rc = ds_apply__unlock(r, path, true);
	if (rc < 0)
		return rc;
	return ds_file_open_beneath(r->root, path, O_RDONLY | O_DIRECTORY, 0);
}

/* mkdir -p beneath the root, from where folders are missing. */
static int
make_way(struct ds_apply__run *r, const char *path)
{
	const char *slash = path - 1;
	char *up, *at;
	int fd, rc = 0;

	while (rc == 0 && slash != NULL) {
		slash = strchr(slash + 1, '/');
		at = strndup(path,
		    slash != NULL ? (size_t)(slash - path) : strlen(path));
		up = at != NULL ? parent_of(at) : NULL;
		fd = up != NULL ? ds_apply__open_folder(r, up) : ds_err_nomem();
		rc = fd < 0 ? fd : 0;
		if (rc == 0 && mkdirat(fd, ds_apply__name(at), 0755) == 0)
			rc = ds_list_add(&r->touched, up);
		else if (rc == 0 && errno != EEXIST)
			rc = ds_err_sys("cannot make the folder '%s'", at);
		if (fd >= 0)
			close(fd);
		free(up);
		free(at);
	}
	return rc;
}

/* Why ${path}'s folder can't be opened. */
static int
not_entered(struct ds_apply__run *r, const char *path, int rc, bool make)
{
	if (rc == DS_ENOMEM || rc == DS_ECANCEL)
		return rc;
	ds_err_clear();
	/* Nothing of ours is behind a file or symlink of the user's. */
	if (!make && (rc == DS_ENOTFOUND || rc == DS_EINVAL))
		return DS_APPLY__ABSENT;
	if (rc == DS_ESYS)
		return ds_apply__failed(r, path);
	ds_report(r->job->report, DS_REPORT_NOT_WRITTEN, r->job->item, path,
	    rc == DS_EINVAL ? IN_THE_WAY : "its folder is gone");
	return DS_APPLY__REPORTED;
}

int
ds_apply__enter(struct ds_apply__run *r, const char *path, bool make)
{
	struct stat st;
	char *folder;
	int rc = 0;

	folder = parent_of(path);
	if (folder == NULL)
		return ds_err_nomem();
	if (r->folder != NULL && strcmp(folder, r->folder) == 0) {
		free(folder);
		return DS_APPLY__DONE;
	}
	ds_apply__leave(r);
	r->folder = folder;
	r->dir = ds_apply__open_folder(r, folder);
	if (r->dir == DS_ENOTFOUND && make) {
		rc = make_way(r, folder);
		r->dir = rc < 0 ? rc : ds_apply__open_folder(r, folder);
	}
	if (r->dir >= 0 && fstat(r->dir, &st) == 0 &&
	    (st.st_mode & 0700) != 0700)
		rc = ds_apply__unlock(r, folder, false);
	if (r->dir >= 0 && rc == 0)
		return DS_APPLY__DONE;
	if (r->dir < 0)
		rc = r->dir;
	ds_apply__leave(r);
	return not_entered(r, path, rc, make);
}

int
ds_apply__touch(struct ds_apply__run *r)
{
	if (r->touched.n > 0 &&
	    strcmp(r->touched.v[r->touched.n - 1], r->folder) == 0)
		return 0;
	return ds_list_add(&r->touched, r->folder);
}

int
ds_apply__flush(struct ds_apply__run *r)
{
	size_t i, n;
	int fd, rc = 0;

	ds_list_sort(&r->touched);
	n = r->durable && !r->job->fresh ? r->touched.n : 0;
	for (i = 0; rc == 0 && i < n; i++) {
		const char *path = r->touched.v[i];

		fd = ds_file_open_beneath(r->root, path, O_RDONLY | O_DIRECTORY,
		    0);
		if (fd < 0) {
			/* Taken away, by us or the user. */
			ds_err_clear();
			continue;
		}
		rc = ds_file_sync(fd, path[0] != '\0' ? path : ".");
		close(fd);
	}
	ds_list_release(&r->touched);
	return rc;
}

static int
in_the_way(struct ds_apply__run *r, const char *path)
{
	struct stat st;

	if (fstatat(r->dir, ds_apply__name(path), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return ds_apply__failed(r, path);
	if (S_ISDIR(st.st_mode))
		return r->job->fresh ? ds_apply__kept(r, path, "exists") :
				       DS_APPLY__DONE;
	if (S_ISREG(st.st_mode))
		return ds_apply__kept(r, path, "a file of yours is there");
	ds_report(r->job->report, DS_REPORT_NOT_WRITTEN, r->job->item, path,
	    IN_THE_WAY);
	return DS_APPLY__REPORTED;
}

int
ds_apply__mkdir(struct ds_apply__run *r, const struct ds_change *c)
{
	bool known = (c->new.mode &DS_MODE_UNKNOWN) == 0;
	int rc;

	if (c->path[0] == '\0')
		return ds_apply__final(r, c);
	rc = ds_apply__enter(r, c->path, true);
	if (rc != DS_APPLY__DONE)
		return rc;
	/* Private until all is in it; without a mode, as mkdir(1) does. */
	if (mkdirat(r->dir, ds_apply__name(c->path), known ? 0700 : 0755) == 0)
		rc = ds_apply__touch(r);
	else if (errno == EEXIST)
		rc = in_the_way(r, c->path);
	else
		rc = ds_apply__failed(r, c->path);
	if (rc != DS_APPLY__DONE)
		return rc;
	return ds_apply__final(r, c);
}

int
ds_apply__rmdir(struct ds_apply__run *r, const struct ds_change *c)
{
	const char *name = ds_apply__name(c->path);
	struct stat st;

	if (fstatat(r->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? DS_APPLY__DONE :
					 ds_apply__failed(r, c->path);
	/* What a later step puts here finds out what it is. */
	if (!S_ISDIR(st.st_mode))
		return c->new.kind != DS_KIND_NONE ?
		    DS_APPLY__DONE :
		    ds_apply__kept(r, c->path, "no longer a folder");
	if (unlinkat(r->dir, name, AT_REMOVEDIR) == 0)
		return ds_apply__touch(r);
	if (errno == ENOENT)
		return DS_APPLY__DONE;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return ds_apply__failed(r, c->path);
	if (c->new.kind == DS_KIND_NONE)
		return ds_apply__kept(r, c->path, "not empty");
	ds_report(r->job->report, DS_REPORT_NOT_WRITTEN, r->job->item, c->path,
	    "the folder there is not empty");
	return DS_APPLY__REPORTED;
}
