/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and links are written beside their targets, many of them, then
 * flushed together, and only then put in place: so the disk is asked to
 * flush few times, and nothing ever has a name before it has its bytes.
 */
#include "ds/compat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <git2.h>

#include "ds/apply.h"
#include "ds/cancel.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/progress.h"
#include "ds/report.h"
#include "apply_internal.h"

#define BATCH_BYTES (64u << 20)

/* Of files that are written and not flushed, so many are open. */
enum { BATCH_FILES = 1000, BATCH_OPEN = 128 };

struct staged {
	const struct ds_change *c;
	enum ds_apply__is was;
	bool pending; /* in place, and what was there aside */
	int fd;	      /* -1: flushed, or a link */
	struct stat st;
};

struct ds_apply__batch {
	struct ds_apply__run *r;
	size_t n;
	size_t flushed; /* those before it are */
	size_t open;
	size_t bytes;
	struct staged v[BATCH_FILES];
};

int
ds_apply__batch_open(struct ds_apply__batch **out, struct ds_apply__run *r)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return ds_err_nomem();
	(*out)->r = r;
	return 0;
}

/* Damage ends the run only after all that is sound was written. */
static int
read_content(struct ds_apply__run *r, const struct ds_change *c,
    git_odb_object **out)
{
	int rc;

	rc = git_odb_read(out, r->job->odb, &c->new.id);
	if (rc == 0 && git_odb_object_type(*out) == GIT_OBJECT_BLOB)
		return DS_APPLY__DONE;
	if (rc == 0)
		rc = ds_err(DS_EDAMAGED, "object %s of '%s' is no blob",
		    ds_git_hex(&c->new.id), c->path);
	else
		rc = ds_err_git(rc, "cannot read object %s of '%s'",
		    ds_git_hex(&c->new.id), c->path);
	git_odb_object_free(*out);
	*out = NULL;
	if (rc == DS_ENOMEM)
		return rc;
	if (!r->only_damage)
		ds_apply__error(r, DS_EDAMAGED);
	r->only_damage = r->rc == DS_EDAMAGED;
	ds_report(r->job->report, DS_REPORT_NOT_WRITTEN, r->job->item, c->path,
	    "its content is damaged or missing");
	ds_err_clear();
	return DS_APPLY__REPORTED;
}

static void
set_link_time(struct ds_apply__run *r, const char *name,
    const struct ds_change *c)
{
	struct timespec ts[2];

	if (c->new.mtime == DS_MTIME_UNKNOWN)
		return;
	ds_apply__times(ts, c->new.mtime);
	if (utimensat(r->dir, name, ts, AT_SYMLINK_NOFOLLOW) < 0)
		ds_report(r->job->report, DS_REPORT_NOT_SET, r->job->item,
		    c->path, strerror(errno));
}

static int
write_link(struct ds_apply__run *r, const char *name, struct staged *s,
    const char *target, size_t len)
{
	if (len == 0 || len >= PATH_MAX || memchr(target, '\0', len) != NULL) {
		ds_report(r->job->report, DS_REPORT_NOT_WRITTEN, r->job->item,
		    s->c->path, "its content is not a symlink's");
		return DS_APPLY__REPORTED;
	}
	if (symlinkat(target, r->dir, name) < 0)
		return ds_apply__failed(r, s->c->path);
	set_link_time(r, name, s->c);
	/* Its inode is how it is known again. */
	if (fstatat(r->dir, name, &s->st, AT_SYMLINK_NOFOLLOW) < 0) {
		(void)unlinkat(r->dir, name, 0);
		return ds_apply__failed(r, s->c->path);
	}
	return DS_APPLY__DONE;
}

static int
write_file(struct ds_apply__run *r, const char *name, struct staged *s,
    const struct ds_entry *e, const void *data, size_t len)
{
	bool known = (e->mode & DS_MODE_UNKNOWN) == 0;
	int rc, saved;

	s->fd = openat(r->dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    known ? 0600 : e->mode & 0755);
	if (s->fd < 0)
		return ds_apply__failed(r, s->c->path);
	rc = ds_file_write_fd(s->fd, data, len, s->c->path);
	if (rc == 0 && fstat(s->fd, &s->st) == 0) {
		(void)ds_apply__set(r, s->c->path, s->fd, &s->st, e);
		if (r->durable && !r->job->fresh) {
			/* Have the disk begin, so that the flush waits less. */
			(void)sync_file_range(s->fd, 0, 0,
			    SYNC_FILE_RANGE_WRITE);
			return DS_APPLY__DONE;
		}
		close(s->fd);
		s->fd = -1;
		return DS_APPLY__DONE;
	}
	saved = errno;
	ds_err_clear();
	close(s->fd);
	s->fd = -1;
	(void)unlinkat(r->dir, name, 0);
	errno = saved;
	return ds_apply__failed(r, s->c->path);
}

static int
flush_files(struct ds_apply__batch *b)
{
	int rc = 0;

	for (; rc == 0 && b->flushed < b->n; b->flushed++) {
		struct staged *s = &b->v[b->flushed];

		if (s->fd < 0)
			continue;
		rc = ds_file_sync(s->fd, s->c->path);
		close(s->fd);
		s->fd = -1;
		b->open--;
	}
	return rc;
}

/* A mode that nobody recorded leaves what is there but for the x bits. */
static void
wanted(struct ds_entry *e, const struct ds_change *c,
    const struct ds_apply__seen *seen)
{
	*e = c->new;
	if ((e->mode & DS_MODE_UNKNOWN) == 0 || seen->is == DS_APPLY__NOTHING ||
	    !S_ISREG(seen->st.st_mode))
		return;
	if ((e->mode & 0100) == 0)
		e->mode = seen->st.st_mode & 07666;
	else if ((seen->st.st_mode & 0100) != 0)
		e->mode = seen->st.st_mode & 07777;
	else
		e->mode = (seen->st.st_mode & 07777) |
		    ((seen->st.st_mode & 0444) >> 2);
}

/* Write ${c} as ${name}; it is the next of the batch. */
static int
stage(struct ds_apply__batch *b, const struct ds_change *c, const char *name,
    const struct ds_apply__seen *seen)
{
	struct staged *s = &b->v[b->n];
	git_odb_object *o;
	struct ds_entry e;
	int rc;

	memset(s, 0, sizeof(*s));
	s->c = c;
	s->was = seen->is;
	s->fd = -1;
	wanted(&e, c, seen);
	rc = read_content(b->r, c, &o);
	if (rc != DS_APPLY__DONE)
		return rc;
	if (c->new.kind == DS_KIND_LINK)
		rc = write_link(b->r, name, s, git_odb_object_data(o),
		    git_odb_object_size(o));
	else
		rc = write_file(b->r, name, s, &e, git_odb_object_data(o),
		    git_odb_object_size(o));
	if (rc == DS_APPLY__DONE) {
		b->n++;
		b->open += s->fd >= 0;
		b->bytes += git_odb_object_size(o);
		ds_progress_add(b->r->job->progress, 0, git_odb_object_size(o));
	}
	git_odb_object_free(o);
	if (rc == DS_APPLY__DONE && b->open == BATCH_OPEN)
		rc = flush_files(b);
	return rc;
}

static int
add_fresh(struct ds_apply__batch *b, const struct ds_change *c)
{
	struct ds_apply__seen nothing = { .is = DS_APPLY__NOTHING };
	struct stat st;
	const char *name = ds_apply__name(c->path);

	if (fstatat(b->r->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return ds_apply__kept(b->r, c->path, "exists");
	return stage(b, c, name, &nothing);
}

static int
set_only(struct ds_apply__run *r, const struct ds_change *c,
    const struct ds_apply__seen *seen)
{
	struct ds_entry e;

	if (c->new.kind == DS_KIND_LINK) {
		set_link_time(r, ds_apply__name(c->path), c);
		return 0;
	}
	wanted(&e, c, seen);
	if (ds_apply__set(r, c->path, seen->fd, &seen->st, &e) <= 0)
		return 0;
	return ds_file_sync(seen->fd, c->path);
}

int
ds_apply__batch_add(struct ds_apply__batch *b, const struct ds_change *c)
{
	struct ds_apply__run *r = b->r;
	struct ds_apply__seen seen;
	char new[DS_APPLY__TEMPORARY];
	int rc;

	if (b->n == BATCH_FILES || b->bytes >= BATCH_BYTES) {
		rc = ds_apply__batch_put(b);
		if (rc < 0)
			return rc;
	}
	rc = ds_apply__enter(r, c->path, true);
	if (rc != DS_APPLY__DONE)
		return rc;
	if (r->job->fresh)
		return add_fresh(b, c);
	rc = ds_apply__recover(r, c);
	if (rc != DS_APPLY__DONE)
		return rc;
	rc = ds_apply__look(&seen, r, ds_apply__name(c->path), c, false);
	if (rc < 0)
		rc = ds_apply__failed(r, c->path);
	else if (seen.is == DS_APPLY__NEW)
		rc = set_only(r, c, &seen);
	else if (seen.is == DS_APPLY__OTHER)
		rc = ds_apply__kept(r, c->path, "changed meanwhile");
	ds_apply__unsee(&seen);
	if (rc != DS_APPLY__DONE || seen.is == DS_APPLY__NEW)
		return rc;
	ds_apply__temporary(new, ds_apply__name(c->path), ".new");
	return stage(b, c, new, &seen);
}

static void
discard(struct ds_apply__run *r, const struct ds_change *c)
{
	char new[DS_APPLY__TEMPORARY];

	if (ds_apply__enter(r, c->path, false) != DS_APPLY__DONE)
		return;
	ds_apply__temporary(new, ds_apply__name(c->path), ".new");
	(void)unlinkat(r->dir, new, 0);
}

static int
put_one(struct ds_apply__run *r, struct staged *s)
{
	int rc;

	rc = ds_apply__enter(r, s->c->path, false);
	if (rc == DS_APPLY__ABSENT) {
		ds_report(r->job->report, DS_REPORT_NOT_WRITTEN, r->job->item,
		    s->c->path, "its folder is gone");
		return DS_APPLY__REPORTED;
	}
	if (rc == DS_APPLY__DONE)
		rc = ds_apply__touch(r);
	if (rc == DS_APPLY__DONE && !r->job->fresh)
		rc = ds_apply__put(r, s->c, s->was);
	if (rc == DS_APPLY__REPORTED)
		discard(r, s->c);
	s->pending = rc == DS_APPLY__PENDING;
	return rc;
}

/* The first ${n} are in place.  An error does not keep it from the others. */
static int
settle_all(struct ds_apply__batch *b, size_t n)
{
	bool waited = false;
	size_t i;
	int rc = 0, e;

	for (i = 0; i < n; i++) {
		if (!b->v[i].pending)
			continue;
		if (!waited)
			ds_apply__barrier();
		waited = true;
		e = ds_apply__enter(b->r, b->v[i].c->path, false);
		if (e == DS_APPLY__DONE)
			e = ds_apply__settle(b->r, b->v[i].c, &b->v[i].st);
		if (e < 0 && rc == 0)
			rc = e;
		ds_apply__error(b->r, rc);
	}
	return rc;
}

int
ds_apply__batch_put(struct ds_apply__batch *b)
{
	size_t i;
	int rc, e;

	rc = flush_files(b);
	for (i = 0; rc >= 0 && i < b->n; i++) {
		rc = ds_cancel_check();
		if (rc == 0)
			rc = put_one(b->r, &b->v[i]);
		if (rc < 0)
			break;
	}
	ds_apply__error(b->r, rc);
	e = settle_all(b, i);
	if (rc >= 0 && e >= 0)
		rc = ds_apply__flush(b->r);
	else if (rc >= 0)
		rc = e;
	/* On an error those that were not put are left. */
	memmove(b->v, b->v + i, (b->n - i) * sizeof(*b->v));
	b->n -= i;
	b->flushed = b->open = b->bytes = 0;
	return rc;
}

void
ds_apply__batch_close(struct ds_apply__batch *b)
{
	size_t i;

	for (i = 0; b != NULL && i < b->n; i++) {
		if (b->v[i].fd >= 0)
			close(b->v[i].fd);
		if (!b->r->job->fresh)
			discard(b->r, b->v[i].c);
	}
	free(b);
}
