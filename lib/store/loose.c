/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backend through which libgit2 reads loose objects.  Its own inflates a
 * file that is cut short for ever, believes whatever size a damaged one names,
 * and stops reading when it has the bytes it wants.
 */
#include "ds/compat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <git2.h>
#include <git2/sys/odb_backend.h>

#include "ds/buf.h"
#include "ds/deflate.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"

#include "loose_internal.h"

/* The most that zlib can shrink: 1032 to 1 (zlib.net/zlib_tech.html). */
enum { RATIO_MAX = 1032, HEAD_MAX = 32, NAME_LEN = GIT_OID_HEXSZ - 2 };

struct loose {
	git_odb_backend parent;
	struct ds_deflate *inflate;
	int dir;
};

/* "blob 12" and NUL: the bytes of it, or 0 if it is something else. */
static size_t
parse_head(const char *head, size_t n, git_object_t *type, size_t *size)
{
	const char *end = memchr(head, '\0', n), *p;
	char name[HEAD_MAX + 1];

	p = memchr(head, ' ', n);
	if (end == NULL || p == NULL || p > end || p + 1 == end)
		return 0;
	memcpy(name, head, (size_t)(p - head));
	name[p - head] = '\0';
	*type = git_object_string2type(name);
	if (!git_object_typeisloose(*type))
		return 0;
	for (*size = 0, p++; p < end; p++) {
		if (*p < '0' || *p > '9' || *size > SIZE_MAX / 100)
			return 0;
		*size = *size * 10 + (size_t)(*p - '0');
	}
	return (size_t)(end - head) + 1;
}

static int
read_head(size_t *start, git_object_t *type, size_t *size, struct ds_deflate *d,
    const void *in, size_t n)
{
	char head[HEAD_MAX];
	size_t len;
	int rc;

	rc = ds_deflate_peek(d, head, sizeof(head), &len, in, n);
	if (rc < 0)
		return rc;
	*start = parse_head(head, len, type, size);
	if (*start == 0)
		return ds_err(DS_EDAMAGED, "it has no header");
	/* a damaged size must not ask for all memory */
	if (*size / RATIO_MAX > n)
		return ds_err(DS_EDAMAGED, "it can't have its size");
	return 0;
}

int
ds_loose__unpack(char **out, size_t *start, git_object_t *type, size_t *size,
    struct ds_deflate *d, const void *in, size_t n)
{
	size_t used;
	char *raw;
	int rc;

	*out = NULL;
	rc = read_head(start, type, size, d, in, n);
	if (rc < 0)
		return rc;
	raw = malloc(*start + *size + 1);
	if (raw == NULL)
		return ds_err_nomem();
	raw[*start + *size] = '\0';
	rc = ds_deflate_unpack(d, raw, *start + *size, in, n, &used);
	if (rc == 0 && used != n)
		rc = ds_err(DS_EDAMAGED, "%zu bytes follow its end", n - used);
	if (rc < 0)
		free(raw);
	else
		*out = raw;
	return rc;
}

/* "12/34..." */
static void
name_of(char out[GIT_OID_HEXSZ + 2], const git_oid *id)
{
	const char *hex = ds_git_hex(id);

	snprintf(out, GIT_OID_HEXSZ + 2, "%.2s/%s", hex, hex + 2);
}

/* The file of an object.  GIT_ENOTFOUND sends libgit2 to look elsewhere. */
static int
load(struct ds_buf *in, struct loose *l, const git_oid *id)
{
	char name[GIT_OID_HEXSZ + 2];
	int rc = 0;

	name_of(name, id);
	if (l->inflate == NULL)
		rc = ds_deflate_open(&l->inflate, DS_DEFLATE_LEVEL);
	if (rc == 0)
		rc = ds_file_read(in, l->dir, name, SIZE_MAX / 2);
	if (rc == DS_ENOTFOUND) {
		ds_err_clear();
		return GIT_ENOTFOUND;
	}
	if (rc == 0 && in->len == 0)
		rc = ds_err(DS_EDAMAGED, "object %s is empty", ds_git_hex(id));
	return rc;
}

static int
loose_read(void **out, size_t *size, git_object_t *type, git_odb_backend *b,
    const git_oid *id)
{
	struct loose *l = (struct loose *)(void *)b;
	struct ds_buf in = DS_BUF_INIT;
	char *raw = NULL;
	size_t start;
	int rc;

	*out = NULL;
	rc = load(&in, l, id);
	if (rc < 0)
		goto out;
	rc = ds_loose__unpack(&raw, &start, type, size, l->inflate, in.data,
	    in.len);
	if (rc < 0) {
		ds_err_in(rc, "object %s", ds_git_hex(id));
		goto out;
	}
	*out = git_odb_backend_data_alloc(b, *size + 1);
	if (*out == NULL)
		rc = ds_err_nomem();
	else
		memcpy(*out, raw + start, *size + 1);
out:
	free(raw);
	ds_buf_release(&in);
	return rc;
}

static int
loose_read_header(size_t *size, git_object_t *type, git_odb_backend *b,
    const git_oid *id)
{
	struct loose *l = (struct loose *)(void *)b;
	struct ds_buf in = DS_BUF_INIT;
	size_t start;
	int rc;

	rc = load(&in, l, id);
	if (rc == 0) {
		rc = read_head(&start, type, size, l->inflate, in.data, in.len);
		if (rc < 0)
			ds_err_in(rc, "object %s", ds_git_hex(id));
	}
	ds_buf_release(&in);
	return rc;
}

static int
loose_exists(git_odb_backend *b, const git_oid *id)
{
	struct loose *l = (struct loose *)(void *)b;
	char name[GIT_OID_HEXSZ + 2];

	name_of(name, id);
	return faccessat(l->dir, name, F_OK, 0) == 0;
}

/* The one object of the folder "12" whose name begins so. */
static int
find_in(git_oid *out, DIR *folder, const char *hex, size_t len)
{
	char full[GIT_OID_HEXSZ + 1];
	struct dirent *d;
	bool found = false;

	while ((d = readdir(folder)) != NULL) {
		if (strlen(d->d_name) != NAME_LEN ||
		    strncmp(d->d_name, hex + 2, len - 2) != 0)
			continue;
		snprintf(full, sizeof(full), "%.2s%.*s", hex, (int)NAME_LEN,
		    d->d_name);
		if (found)
			return GIT_EAMBIGUOUS;
		found = git_oid_fromstr(out, full) == 0;
	}
	return found ? 0 : GIT_ENOTFOUND;
}

static int
loose_exists_prefix(git_oid *out, git_odb_backend *b, const git_oid *begin,
    size_t len)
{
	struct loose *l = (struct loose *)(void *)b;
	const char *hex = ds_git_hex(begin);
	char name[3];
	DIR *folder;
	int fd, rc;

	snprintf(name, sizeof(name), "%.2s", hex);
	fd = openat(l->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return GIT_ENOTFOUND;
	folder = fd >= 0 ? fdopendir(fd) : NULL;
	if (folder == NULL) {
		rc = ds_err_sys("cannot list 'objects/%s'", name);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	rc = find_in(out, folder, hex, len);
	closedir(folder);
	return rc;
}

static int
loose_read_prefix(git_oid *id, void **out, size_t *size, git_object_t *type,
    git_odb_backend *b, const git_oid *begin, size_t len)
{
	int rc = loose_exists_prefix(id, b, begin, len);

	return rc == 0 ? loose_read(out, size, type, b, id) : rc;
}

static void
loose_free(git_odb_backend *b)
{
	struct loose *l = (struct loose *)(void *)b;

	if (l->dir >= 0)
		close(l->dir);
	ds_deflate_close(l->inflate);
	free(l);
}

int
ds_loose__backend(git_odb_backend **out, const char *objects)
{
	struct loose *l = calloc(1, sizeof(*l));
	int rc;

	*out = NULL;
	if (l == NULL)
		return ds_err_nomem();
	rc = git_odb_init_backend(&l->parent, GIT_ODB_BACKEND_VERSION);
	if (rc < 0) {
		rc = ds_err_git(rc, "cannot read objects");
		goto fail;
	}
	l->parent.read = loose_read;
	l->parent.read_prefix = loose_read_prefix;
	l->parent.read_header = loose_read_header;
	l->parent.exists = loose_exists;
	l->parent.exists_prefix = loose_exists_prefix;
	l->parent.free = loose_free;
	l->dir = open(objects, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir < 0) {
		rc = ds_err_sys("cannot open '%s'", objects);
		goto fail;
	}
	*out = &l->parent;
	return 0;
fail:
	free(l);
	return rc;
}
