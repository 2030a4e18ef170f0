/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pack of a sink.  It grows in a temporary file while objects arrive, and
 * gets its name, then its idx, when it is complete and on the disk: git
 * looks for an idx first, so it never sees one without the other.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <git2.h>

#include "ds/crypto.h"
#include "ds/deflate.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/list.h"
#include "ds/pack.h"
#include "ds/packidx.h"

#include "sink_internal.h"

struct ds_sink__pack {
	char *dir;
	char *tmp;
	int fd;
	char *tmp_idx;
	int fd_idx;
	struct ds_hash *hash;
	struct ds_pack_sums sums;
	struct ds_pack *out;
	struct ds_pack_place *places;
	size_t n;
	size_t cap;
};

static int
sum_add(void *arg, const void *p, size_t n)
{
	return ds_hash_add(arg, p, n);
}

static int
sum_finish(void *arg, unsigned char out[DS_PACK_HASH])
{
	return ds_hash_finish(arg, out);
}

static int
make_folder(char **dir, const char *objects)
{
	if (asprintf(dir, "%s/pack", objects) < 0) {
		*dir = NULL;
		return ds_err_nomem();
	}
	if (mkdir(*dir, 0700) == 0)
		return ds_file_sync_dir(AT_FDCWD, objects);
	return errno == EEXIST ? 0 : ds_err_sys("cannot make '%s'", *dir);
}

int
ds_sink__pack_open(struct ds_sink__pack **out, const char *objects)
{
	struct ds_sink__pack *p;
	int rc;

	*out = NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ds_err_nomem();
	p->fd = p->fd_idx = -1;
	rc = make_folder(&p->dir, objects);
	if (rc == 0)
		rc = ds_sink__tmp(&p->tmp, &p->fd, p->dir);
	if (rc == 0)
		rc = ds_hash_open(&p->hash, DS_HASH_SHA1);
	if (rc < 0)
		goto out;
	p->sums = (struct ds_pack_sums){
		.crc = ds_deflate_crc,
		.add = sum_add,
		.finish = sum_finish,
		.arg = p->hash,
	};
	rc = ds_pack_open(&p->out, p->fd, p->tmp, &p->sums);
	if (rc < 0)
		goto out;
	*out = p;
	p = NULL;
out:
	ds_sink__pack_close(p);
	return rc;
}

void
ds_sink__pack_close(struct ds_sink__pack *p)
{
	if (p == NULL)
		return;
	ds_pack_close(p->out);
	ds_sink__tmp_drop(&p->tmp, &p->fd);
	ds_sink__tmp_drop(&p->tmp_idx, &p->fd_idx);
	ds_hash_close(p->hash);
	free(p->places);
	free(p->dir);
	free(p);
}

/* git numbers its types alike in packs and in memory. */
int
ds_sink__pack_add(struct ds_sink__pack *p, struct ds_deflate *d,
    git_object_t type, const void *data, size_t len)
{
	const void *z;
	size_t n;
	int rc;

	rc = ds_list_grow(&p->places, p->n, &p->cap, sizeof(*p->places));
	if (rc == 0)
		rc = ds_deflate_pack(d, &z, &n, data, len);
	if (rc == 0)
		rc = ds_pack_add(p->out, &p->places[p->n],
		    (enum ds_pack_type)type, len, z, n);
	if (rc == 0)
		p->n++;
	return rc;
}

static int
read_at(const struct ds_sink__pack *p, unsigned char *out, size_t n,
    uint64_t at)
{
	while (n > 0) {
		ssize_t got = pread(p->fd, out, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ds_err_sys("cannot read '%s'", p->tmp);
		if (got == 0)
			return ds_err(DS_EDAMAGED, "'%s' became shorter",
			    p->tmp);
		out += got;
		n -= (size_t)got;
		at += (uint64_t)got;
	}
	return 0;
}

static int
inflate_entry(struct ds_deflate *d, void **data, size_t *len,
    git_object_t *type, const unsigned char *entry, size_t n)
{
	enum ds_pack_type kind;
	uint64_t size;
	size_t head;
	char *out;
	int rc;

	rc = ds_pack_header(&kind, &size, &head, entry, n);
	if (rc < 0)
		return rc;
	out = size < SIZE_MAX ? malloc((size_t)size + 1) : NULL;
	if (out == NULL)
		return ds_err_nomem();
	rc = ds_deflate_unpack(d, out, (size_t)size, entry + head, n - head,
	    NULL);
	if (rc < 0) {
		free(out);
		return rc;
	}
	out[size] = '\0';
	*data = out;
	*len = (size_t)size;
	*type = (git_object_t)kind;
	return 0;
}

int
ds_sink__pack_read(struct ds_sink__pack *p, struct ds_deflate *d, void **data,
    size_t *len, git_object_t *type, size_t number)
{
	uint64_t at = p->places[number].offset;
	uint64_t end = number + 1 < p->n ? p->places[number + 1].offset :
					   ds_pack_size(p->out);
	unsigned char *entry;
	int rc;

	rc = ds_pack_flush(p->out);
	if (rc < 0)
		return rc;
	entry = malloc((size_t)(end - at));
	if (entry == NULL)
		return ds_err_nomem();
	rc = read_at(p, entry, (size_t)(end - at), at);
	if (rc == 0)
		rc = inflate_entry(d, data, len, type, entry,
		    (size_t)(end - at));
	if (rc < 0)
		ds_err_in(rc, "cannot read back from '%s'", p->tmp);
	free(entry);
	return rc;
}

uint64_t
ds_sink__pack_bytes(const struct ds_sink__pack *p)
{
	return ds_pack_size(p->out);
}

/* On the disk, and closed. */
static int
flush_file(int *fd, const char *tmp)
{
	int rc = ds_file_sync(*fd, tmp);

	if (close(*fd) < 0 && rc == 0)
		rc = ds_err_sys("cannot close '%s'", tmp);
	*fd = -1;
	return rc;
}

static int
name_file(struct ds_sink__pack *p, char **tmp, const char *hex,
    const char *suffix)
{
	char *path;
	int rc = 0;

	if (asprintf(&path, "%s/pack-%s.%s", p->dir, hex, suffix) < 0)
		return ds_err_nomem();
	if (rename(*tmp, path) < 0) {
		rc = ds_err_sys("cannot rename '%s' to '%s'", *tmp, path);
	} else {
		free(*tmp);
		*tmp = NULL;
	}
	free(path);
	return rc;
}

static int
write_idx(struct ds_sink__pack *p, const git_oid *ids, size_t n,
    const unsigned char trailer[DS_PACK_HASH])
{
	int rc;

	_Static_assert(sizeof(*ids) == DS_PACK_HASH, "an id is its hash");
	rc = ds_sink__tmp(&p->tmp_idx, &p->fd_idx, p->dir);
	if (rc < 0)
		return rc;
	return ds_packidx_write(p->fd_idx, p->tmp_idx, &p->sums,
	    (const unsigned char *)ids, p->places, n, trailer);
}

int
ds_sink__pack_finish(struct ds_sink__pack *p, const git_oid *ids, size_t n)
{
	git_oid trailer;
	char hex[GIT_OID_HEXSZ + 1];
	int rc;

	rc = ds_pack_finish(p->out, trailer.id);
	if (rc == 0)
		rc = write_idx(p, ids, n, trailer.id);
	if (rc == 0)
		rc = flush_file(&p->fd, p->tmp);
	if (rc == 0)
		rc = flush_file(&p->fd_idx, p->tmp_idx);
	if (rc < 0)
		return rc;
	git_oid_tostr(hex, sizeof(hex), &trailer);
	/*
	 * Should the second rename fail, the pack stays, without a reader: its
	 * name might be that of an equal one that another process made.
	 */
	rc = name_file(p, &p->tmp, hex, "pack");
	if (rc == 0)
		rc = name_file(p, &p->tmp_idx, hex, "idx");
	if (rc == 0)
		rc = ds_file_sync_dir(AT_FDCWD, p->dir);
	return rc;
}
