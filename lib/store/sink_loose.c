/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loose objects.  All of them are written and on their way to the disk before
 * the first is waited for, so the waits overlap; all are on the disk
 * before the first gets its name; and a folder is flushed once, however many
 * came into it.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ds/deflate.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"

#include "sink_internal.h"

struct loose {
	char *tmp;
	int fd;
};

static int
write_one(struct loose *l, struct ds_sink *s, const struct ds_sink__held *h)
{
	const void *z;
	size_t n;
	int rc;

	rc = ds_sink__tmp(&l->tmp, &l->fd, s->objects);
	if (rc == 0)
		rc = ds_deflate_pack(s->deflate, &z, &n, h->raw,
		    h->head + h->len);
	if (rc == 0)
		rc = ds_file_write_fd(l->fd, z, n, l->tmp);
	if (rc < 0)
		return rc;
	s->bytes += n;
#ifdef SYNC_FILE_RANGE_WRITE
	/* Only a beginning: what fails here fails again in the flush. */
	(void)sync_file_range(l->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
	return 0;
}

static int
flush_one(struct loose *l)
{
	int rc = ds_file_sync(l->fd, l->tmp);

	if (close(l->fd) < 0 && rc == 0)
		rc = ds_err_sys("cannot close '%s'", l->tmp);
	l->fd = -1;
	return rc;
}

static int
fanout_path(char **out, const struct ds_sink *s, unsigned byte)
{
	if (asprintf(out, "%s/%02x", s->objects, byte) < 0) {
		*out = NULL;
		return ds_err_nomem();
	}
	return 0;
}

static int
make_fanout(struct ds_sink *s, unsigned byte, bool *made)
{
	char *path;
	int rc;

	rc = fanout_path(&path, s, byte);
	if (rc < 0)
		return rc;
	if (mkdir(path, 0700) == 0)
		*made = true;
	else if (errno != EEXIST)
		rc = ds_err_sys("cannot make '%s'", path);
	free(path);
	return rc;
}

/* Give it its name.  Tried anew where a gc takes away the empty folder. */
static int
name_one(struct loose *l, struct ds_sink *s, const git_oid *id, bool *made)
{
	const char *hex = ds_git_hex(id);
	char *path;
	int rc, tries = 0;

	if (asprintf(&path, "%s/%.2s/%s", s->objects, hex, hex + 2) < 0)
		return ds_err_nomem();
	for (;;) {
		rc = rename(l->tmp, path);
		if (rc == 0 || errno != ENOENT || tries++ == 3)
			break;
		rc = make_fanout(s, id->id[0], made);
		if (rc < 0)
			goto out;
	}
	if (rc < 0) {
		rc = ds_err_sys("cannot rename '%s' to '%s'", l->tmp, path);
		goto out;
	}
	free(l->tmp);
	l->tmp = NULL;
out:
	free(path);
	return rc;
}

static int
flush_folders(struct ds_sink *s, bool made)
{
	bool touched[256] = { false };
	unsigned byte;
	size_t i;
	int rc = 0;

	for (i = 0; i < s->held_n; i++)
		touched[s->ids.v[i].id[0]] = true;
	for (byte = 0; byte < 256 && rc == 0; byte++) {
		char *path;

		if (!touched[byte])
			continue;
		rc = fanout_path(&path, s, byte);
		if (rc == 0)
			rc = ds_file_sync_dir(AT_FDCWD, path);
		free(path);
	}
	if (rc == 0 && made)
		rc = ds_file_sync_dir(AT_FDCWD, s->objects);
	return rc;
}

int
ds_sink__loose_write(struct ds_sink *s)
{
	struct loose l[DS_SINK_LOOSE_MAX];
	size_t i;
	bool made = false;
	int rc = 0;

	for (i = 0; i < s->held_n; i++)
		l[i] = (struct loose){ NULL, -1 };
	s->bytes = 0;
	for (i = 0; i < s->held_n && rc == 0; i++)
		rc = write_one(&l[i], s, &s->held[i]);
	for (i = 0; i < s->held_n && rc == 0; i++)
		rc = flush_one(&l[i]);
	for (i = 0; i < s->held_n && rc == 0; i++)
		rc = name_one(&l[i], s, &s->ids.v[i], &made);
	if (rc == 0)
		rc = flush_folders(s, made);
	for (i = 0; i < s->held_n; i++)
		ds_sink__tmp_drop(&l[i].tmp, &l[i].fd);
	return rc;
}
