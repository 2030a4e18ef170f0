/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <git2.h>

#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/ignore.h"
#include "ds/item.h"
#include "ds/progress.h"
#include "ds/secret.h"
#include "ds/sink.h"
#include "ds/store.h"
#include "scan_internal.h"

#define NS INT64_C(1000000000)
#define TRIES 3

/* Longer than any kernel's: 100 Hz is the slowest. */
#define TICK (20 * INT64_C(1000000))

int64_t
ds_scan__mtime(const struct stat *st)
{
	int64_t sec = st->st_mtim.tv_sec;

	/* 292 years on either side of 1970 are enough for a file */
	if (sec >= INT64_MAX / NS)
		return INT64_MAX;
	if (sec <= INT64_MIN / NS)
		return INT64_MIN + 1;
	return sec * NS + st->st_mtim.tv_nsec;
}

void
ds_scan__forget(struct ds_changes *c, size_t from)
{
	while (c->n > from)
		free(c->v[--c->n].path);
}

static int
push_list(struct ds_ignore *ignore, const struct ds_list *rules)
{
	struct ds_buf text = DS_BUF_INIT;
	size_t i;
	int rc;

	for (i = 0; i < rules->n; i++)
		ds_buf_addf(&text, "%s\n", rules->v[i]);
	rc = ds_buf_check(&text);
	if (rc == 0 && text.len > 0)
		rc = ds_ignore_push(ignore, "", text.data, text.len);
	ds_buf_release(&text);
	return rc;
}

int
ds_scan__begin(struct walk *w, int *fd)
{
	const struct ds_item *item = w->scan->item;
	struct stat st;
	int e, rc;

	*fd = open(item->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	e = errno;
	if (*fd < 0 && (e == ENOENT || e == ENOTDIR)) {
		w->scan->missing = true;
		return 0;
	}
	ds_buf_adds(&w->path, "");
	rc = ds_buf_check(&w->path);
	if (rc < 0)
		return rc;
	errno = e;
	if (*fd < 0 && (e == EMFILE || e == ENFILE || e == ENOMEM))
		return ds_err_sys("cannot open '%s'", item->path);
	/* one item that can't be had is no reason to leave out the others */
	if (*fd < 0)
		return ds_scan__told(w, DS_REPORT_UNREADABLE, strerror(e));
	if (ds_item_check_place(w->scan->store, item->path) < 0) {
		ds_err_clear();
		close(*fd);
		*fd = -1;
		return ds_scan__told(w, DS_REPORT_UNREADABLE,
		    "its folder is the store itself");
	}
	if (stat(w->scan->store->path, &st) == 0) {
		w->store_dev = st.st_dev;
		w->store_ino = st.st_ino;
	}
	rc = ds_item_fsid(&w->scan->fsid, *fd);
	if (rc == 0)
		rc = ds_ignore_new(&w->ignore);
	if (rc == 0)
		rc = push_list(w->ignore, &item->exclude);
	if (rc == 0 && item->include.n > 0) {
		rc = ds_ignore_new(&w->include);
		if (rc == 0)
			rc = push_list(w->include, &item->include);
	}
	return rc;
}

void
ds_scan__end(struct walk *w, int fd)
{
	if (fd >= 0)
		close(fd);
	ds_ignore_free(w->include);
	ds_ignore_free(w->ignore);
	ds_buf_release(&w->content);
	ds_buf_release(&w->path);
}

static bool
same_stat(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_ino == b->st_ino &&
	    a->st_dev == b->st_dev && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/*
 * Two writes within a tick of the kernel's clock look like one, so what was
 * just written may have changed unseen while it was read.
 */
static bool
is_fresh(const struct stat *st)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME_COARSE, &now) < 0)
		return true;
	return (int64_t)(now.tv_sec - st->st_ctim.tv_sec) * NS +
	    (now.tv_nsec - st->st_ctim.tv_nsec) <
	    TICK;
}

/* What was read is there still; else DS_EMOVED. */
static int
read_again(struct walk *w, int fd)
{
	char part[16384];
	size_t at = 0;
	ssize_t n;

	do {
		do {
			n = pread(fd, part, sizeof(part), (off_t)at);
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			return ds_err_sys("cannot read");
		if ((size_t)n > w->content.len - at ||
		    (n > 0 &&
			memcmp(part, w->content.data + at, (size_t)n) != 0))
			return DS_EMOVED;
		at += (size_t)n;
	} while (n > 0);
	return at == w->content.len ? 0 : DS_EMOVED;
}

/*
 * A file is held whole, and deflated beside it: one that would take more than
 * half of the machine is reported, so that the others are committed.
 */
static bool
is_too_large(const struct stat *st)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 && st->st_size / size > (off_t)(pages / 4);
}

/* The content as it was at one moment.  DS_EMOVED if it would not hold still;
 * DS_ENOTFOUND if it is no file any more. */
static int
read_still(struct walk *w, int dir, const char *name, struct stat *st)
{
	struct stat after;
	int fd, i, rc = DS_EMOVED;

	for (i = 0; i < TRIES && rc == DS_EMOVED; i++) {
		fd = openat(dir, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 && (errno == ENOENT || errno == ELOOP))
			return DS_ENOTFOUND;
		if (fd < 0)
			return ds_err_sys("cannot open");
		ds_buf_cut(&w->content, 0);
		if (fstat(fd, st) < 0)
			rc = ds_err_sys("cannot read");
		else if (!S_ISREG(st->st_mode))
			rc = DS_ENOTFOUND;
		else if (is_too_large(st))
			rc = ds_err(DS_ESYS, "too large to hold in memory");
		else
			rc = ds_file_read_fd(&w->content, fd, SIZE_MAX / 4,
			    name);
		if (rc == 0 && is_fresh(st))
			rc = read_again(w, fd);
		if (rc == 0 && fstat(fd, &after) < 0)
			rc = ds_err_sys("cannot read");
		if (rc == 0 &&
		    (!same_stat(st, &after) ||
			(uint64_t)st->st_size != w->content.len))
			rc = DS_EMOVED;
		close(fd);
	}
	return rc;
}

static int
read_link(struct walk *w, int dir, const char *name, const struct stat *st)
{
	size_t room = (size_t)(st->st_size > 0 ? st->st_size : 0) + 256;
	ssize_t n;
	char *p;

	ds_buf_cut(&w->content, 0);
	for (;; room *= 2) {
		p = ds_buf_room(&w->content, room);
		if (p == NULL)
			return ds_err_nomem();
		n = readlinkat(dir, name, p, room);
		if (n < 0 && (errno == ENOENT || errno == EINVAL))
			return DS_ENOTFOUND;
		if (n < 0)
			return ds_err_sys("cannot read the link");
		if ((size_t)n < room)
			break;
	}
	w->content.len = (size_t)n;
	w->content.data[n] = '\0';
	return 0;
}

/* A secret that the old content does not hold yet. */
static const char *
new_secret(struct walk *w, const struct ds_entry *old)
{
	const char *what = ds_secret_find(w->content.data, w->content.len);
	void *data;
	size_t len;

	if (what == NULL || old->kind != DS_KIND_FILE)
		return what;
	if (ds_state_blob(&data, &len, w->scan->store, &old->id) < 0) {
		ds_err_clear();
		return what;
	}
	if (ds_secret_find(data, len) != NULL)
		what = NULL;
	free(data);
	return what;
}

static int
hash(struct walk *w, git_oid *id, const struct ds_entry *old)
{
	struct ds_sink *sink = w->scan->sink;
	const char *data = w->content.data != NULL ? w->content.data : "";
	int rc;

	if (sink == NULL || old->kind != DS_KIND_NONE) {
		rc = git_odb_hash(id, data, w->content.len, GIT_OBJECT_BLOB);
		if (rc < 0)
			return ds_err_git(rc, "cannot hash '%s'", w->path.data);
		if (sink == NULL ||
		    (old->kind != DS_KIND_DIR && git_oid_equal(id, &old->id)))
			return 0;
	}
	return ds_sink_write(sink, id, GIT_OBJECT_BLOB, data, w->content.len);
}

/* What can't be had keeps its old entry. */
static int
not_had(struct walk *w, int rc, const struct ds_node *old)
{
	static const struct ds_entry none = { .kind = DS_KIND_NONE };

	if (rc == DS_ENOMEM)
		return rc;
	if (rc == DS_EMOVED)
		return ds_scan__told(w, DS_REPORT_CHANGING, NULL);
	if (rc != DS_ENOTFOUND)
		return ds_scan__told(w, DS_REPORT_UNREADABLE, ds_err_text());
	if (old->e.kind == DS_KIND_NONE || old->e.kind == DS_KIND_DIR)
		return 0;
	return ds_changes_add(w->out, w->path.data, &old->e, &none);
}

int
ds_scan__file(struct walk *w, int dir, const char *name,
    const struct stat *seen, const struct ds_node *old)
{
	struct ds_entry new = { .kind = DS_KIND_FILE };
	struct stat st = *seen;
	const char *secret = NULL;
	int rc;

	if (S_ISLNK(seen->st_mode)) {
		new.kind = DS_KIND_LINK;
		rc = read_link(w, dir, name, &st);
	} else {
		rc = read_still(w, dir, name, &st);
	}
	if (rc < 0)
		return not_had(w, rc, old);
	new.mode = new.kind == DS_KIND_LINK ? 0777 : st.st_mode & 07777;
	new.mtime = ds_scan__mtime(&st);
	new.size = w->content.len;
	rc = hash(w, &new.id, &old->e);
	if (rc < 0)
		return rc;
	w->scan->files++;
	w->scan->bytes += new.size;
	ds_progress_add(w->scan->progress, 1, new.size);
	if (ds_entry_same(&old->e, &new))
		return 0;
	if (w->scan->sink != NULL && new.kind == DS_KIND_FILE &&
	    w->scan->secrets != DS_SECRETS_IGNORE &&
	    !git_oid_equal(&new.id, &old->e.id))
		secret = new_secret(w, &old->e);
	if (secret != NULL) {
		ds_scan__told(w, DS_REPORT_SECRET, secret);
		if (w->scan->secrets == DS_SECRETS_ERROR) {
			w->scan->refused++;
			return 0;
		}
	}
	return ds_changes_add(w->out, w->path.data, &old->e, &new);
}
