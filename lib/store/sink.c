/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects are held in memory until it is clear whether they are few.  Only
 * then are they deflated, once, since a loose object's stream has a header
 * in it that a packed one's has not.
 */
#include "ds/compat.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <git2.h>

#include "ds/deflate.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/trace.h"

#include "sink_internal.h"

enum { MEND_AGE = 3600 };

int
ds_sink__tmp(char **path, int *fd, const char *dir)
{
	char *p;
	int rc;

	if (asprintf(&p, "%s/" DS_SINK__TMP "XXXXXX", dir) < 0)
		return ds_err_nomem();
	*fd = mkostemp(p, O_CLOEXEC);
	if (*fd < 0) {
		rc = ds_err_sys("cannot make a file in '%s'", dir);
		free(p);
		return rc;
	}
	*path = p;
	/* Where a file system knows no locks, the age alone protects. */
	(void)flock(*fd, LOCK_EX | LOCK_NB);
	if (fchmod(*fd, 0400) < 0)
		return ds_err_sys("cannot set the mode of '%s'", p);
	return 0;
}

void
ds_sink__tmp_drop(char **path, int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	if (*path != NULL)
		unlink(*path);
	free(*path);
	*path = NULL;
}

int
ds_sink_open(struct ds_sink **out, struct git_odb *odb, const char *objects)
{
	struct ds_sink *s;
	int rc;

	*out = NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ds_err_nomem();
	s->odb = odb;
	s->objects = strdup(objects);
	rc = s->objects != NULL ? 0 : ds_err_nomem();
	if (rc == 0)
		rc = ds_deflate_open(&s->deflate, DS_DEFLATE_LEVEL);
	if (rc < 0)
		goto out;
	*out = s;
	s = NULL;
out:
	ds_sink_close(s);
	return rc;
}

static void
drop_held(struct ds_sink *s)
{
	size_t i;

	for (i = 0; i < s->held_n; i++)
		free(s->held[i].raw);
	s->held_n = 0;
	s->held_bytes = 0;
}

static int
hold(struct ds_sink *s, git_object_t type, const void *data, size_t len)
{
	struct ds_sink__held *h = &s->held[s->held_n];
	char head[32];
	int n;

	n = snprintf(head, sizeof(head), "%s %zu", git_object_type2string(type),
	    len);
	h->head = (size_t)n + 1;
	h->raw = malloc(h->head + len);
	if (h->raw == NULL)
		return ds_err_nomem();
	memcpy(h->raw, head, h->head);
	if (len > 0)
		memcpy(h->raw + h->head, data, len);
	h->len = len;
	h->type = type;
	s->held_n++;
	s->held_bytes += len;
	s->bytes += len;
	return 0;
}

/* They are many after all. */
static int
start_pack(struct ds_sink *s)
{
	size_t i;
	int rc;

	rc = ds_sink__pack_open(&s->pack, s->objects);
	for (i = 0; i < s->held_n && rc == 0; i++) {
		struct ds_sink__held *h = &s->held[i];

		rc = ds_sink__pack_add(s->pack, s->deflate, h->type,
		    h->raw + h->head, h->len);
	}
	drop_held(s);
	return rc;
}

static int
keep(struct ds_sink *s, git_object_t type, const void *data, size_t len)
{
	int rc = 0;

	if (s->pack == NULL &&
	    (s->held_n == DS_SINK_LOOSE_MAX ||
		len > DS_SINK_HOLD_MAX - s->held_bytes))
		rc = start_pack(s);
	if (rc < 0)
		return rc;
	if (s->pack == NULL)
		return hold(s, type, data, len);
	return ds_sink__pack_add(s->pack, s->deflate, type, data, len);
}

int
ds_sink_write(struct ds_sink *s, git_oid *out, git_object_t type,
    const void *data, size_t len)
{
	bool fresh;
	int rc;

	assert(!s->finished);
	if (s->failed < 0)
		return ds_err(s->failed, "an object could not be written");
	rc = git_odb_hash(out, data, len, type);
	if (rc < 0)
		return ds_err_git(rc, "cannot hash an object");
	if (ds_oidset_has(&s->ids, out))
		return 0;
	/* A pack that came meanwhile is not looked for: twice does no harm. */
	if (git_odb_exists_ext(s->odb, out, GIT_ODB_LOOKUP_NO_REFRESH) == 1)
		return 0;
	rc = keep(s, type, data, len);
	if (rc == 0)
		rc = ds_oidset_add(&s->ids, out, &fresh);
	s->failed = rc;
	return rc;
}

static int
copy_out(void **data, size_t *len, const void *from, size_t n)
{
	char *p = n < SIZE_MAX ? malloc(n + 1) : NULL;

	if (p == NULL)
		return ds_err_nomem();
	if (n > 0)
		memcpy(p, from, n);
	p[n] = '\0';
	*data = p;
	*len = n;
	return 0;
}

static int
read_store(struct ds_sink *s, void **data, size_t *len, git_object_t *type,
    const git_oid *id)
{
	git_odb_object *o;
	int rc;

	rc = git_odb_read(&o, s->odb, id);
	if (rc < 0)
		return ds_err_git(rc, "cannot read object %s", ds_git_hex(id));
	*type = git_odb_object_type(o);
	rc =
	    copy_out(data, len, git_odb_object_data(o), git_odb_object_size(o));
	git_odb_object_free(o);
	return rc;
}

int
ds_sink_read(struct ds_sink *s, void **data, size_t *len, git_object_t *type,
    const git_oid *id)
{
	size_t number = ds_oidset_find(&s->ids, id);
	git_object_t unused;

	*data = NULL;
	*len = 0;
	if (type == NULL)
		type = &unused;
	if (s->failed < 0)
		return ds_err(s->failed, "an object could not be written");
	if (number < s->held_n) {
		struct ds_sink__held *h = &s->held[number];

		*type = h->type;
		return copy_out(data, len, h->raw + h->head, h->len);
	}
	if (number != DS_OIDSET_NONE && s->pack != NULL)
		return ds_sink__pack_read(s->pack, s->deflate, data, len, type,
		    number);
	return read_store(s, data, len, type, id);
}

bool
ds_sink_has(const struct ds_sink *s, const git_oid *id)
{
	return ds_oidset_has(&s->ids, id);
}

size_t
ds_sink_count(const struct ds_sink *s)
{
	return s->ids.n;
}

uint64_t
ds_sink_bytes(const struct ds_sink *s)
{
	return s->pack != NULL ? ds_sink__pack_bytes(s->pack) : s->bytes;
}

int
ds_sink_finish(struct ds_sink *s)
{
	bool packed = s->pack != NULL;
	int rc = 0;

	assert(!s->finished);
	if (s->failed < 0)
		return ds_err(s->failed, "an object could not be written");
	if (packed) {
		rc = ds_sink__pack_finish(s->pack, s->ids.v, s->ids.n);
		s->bytes = ds_sink__pack_bytes(s->pack);
	} else if (s->held_n > 0) {
		rc = ds_sink__loose_write(s);
	}
	s->failed = rc;
	if (rc < 0)
		return rc;
	s->finished = true;
	ds_sink__pack_close(s->pack);
	s->pack = NULL;
	drop_held(s);
	ds_trace("object", "finish", "%zu objects, %s", s->ids.n,
	    packed ? "packed" : "loose");
	if (packed && git_odb_refresh(s->odb) < 0)
		return ds_err_git(GIT_ERROR, "cannot read '%s' anew",
		    s->objects);
	return 0;
}

void
ds_sink_close(struct ds_sink *s)
{
	if (s == NULL)
		return;
	ds_sink__pack_close(s->pack);
	drop_held(s);
	ds_oidset_release(&s->ids);
	ds_deflate_close(s->deflate);
	free(s->objects);
	free(s);
}

/* Remove ${name} if it is old and its writer is gone. */
static void
mend_file(int dir, const char *name, time_t now)
{
	struct stat st;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_mtime < now - MEND_AGE && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    unlinkat(dir, name, 0) == 0)
		ds_trace("object", "mend", "%s", name);
	close(fd);
}

static void
mend_folder(const char *path)
{
	time_t now = time(NULL);
	struct dirent *e;
	DIR *d = opendir(path);

	if (d == NULL)
		return;
	for (e = readdir(d); e != NULL; e = readdir(d))
		if (strncmp(e->d_name, DS_SINK__TMP, strlen(DS_SINK__TMP)) == 0)
			mend_file(dirfd(d), e->d_name, now);
	closedir(d);
}

void
ds_sink_mend(const char *objects)
{
	char *packs;

	mend_folder(objects);
	if (asprintf(&packs, "%s/pack", objects) < 0)
		return;
	mend_folder(packs);
	free(packs);
}
