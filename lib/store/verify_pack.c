/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs.  Each is opened as an object database of its own, so that a damaged
 * copy is found also where another of the same object is good.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <git2.h>
#include <git2/sys/odb_backend.h>

#include "ds/cancel.h"
#include "ds/crypto.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/store.h"

#include "verify_internal.h"

enum { SUM = 20, FANOUT_LAST = 8 + 255 * 4 };

static int
add_range(struct ds_hash *h, int fd, off_t n, const char *name)
{
	static _Thread_local char buf[64 << 10];
	int rc = 0;

	while (n > 0 && rc == 0) {
		size_t want = n < (off_t)sizeof(buf) ? (size_t)n : sizeof(buf);
		ssize_t got = read(fd, buf, want);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ds_err_sys("cannot read '%s'", name);
		if (got == 0)
			return ds_err(DS_EDAMAGED, "it became shorter");
		rc = ds_hash_add(h, buf, (size_t)got);
		if (rc == 0)
			rc = ds_cancel_check();
		n -= got;
	}
	return rc;
}

/*
 * A pack and its idx end with the SHA-1 of all before it.  ${tail} gets the
 * last 40 bytes: in an idx the pack's sum comes before its own.
 */
static int
check_sum(int fd, unsigned char tail[2 * SUM], const char *name)
{
	unsigned char sum[SUM];
	struct ds_hash *h;
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return ds_err_sys("cannot look at '%s'", name);
	if (st.st_size < 2 * SUM)
		return ds_err(DS_EDAMAGED, "it is cut short");
	rc = ds_hash_open(&h, DS_HASH_SHA1);
	if (rc < 0)
		return rc;
	rc = add_range(h, fd, st.st_size - SUM, name);
	if (rc == 0)
		rc = ds_hash_finish(h, sum);
	ds_hash_close(h);
	if (rc < 0)
		return rc;
	if (pread(fd, tail, 2 * SUM, st.st_size - 2 * SUM) != 2 * SUM)
		return ds_err(DS_ESYS, "cannot read the end of '%s'", name);
	if (memcmp(sum, tail + SUM, SUM) != 0)
		return ds_err(DS_EDAMAGED, "its checksum is wrong");
	return 0;
}

/* ${name} is "objects/pack/...".  What is wrong is told, and gives 0. */
static int
check_file(struct ds_verify__run *v, const char *name,
    unsigned char tail[2 * SUM])
{
	char *path;
	int fd, rc;

	memset(tail, 0, 2 * SUM);
	rc = ds_store_path(&path, v->store, false, name);
	if (rc < 0)
		return rc;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		rc = ds_err_sys("cannot open it");
	else
		rc = check_sum(fd, tail, name);
	if (rc < 0) {
		rc = ds_verify__serious(rc);
		if (rc == 0)
			ds_verify__tell(v, DS_VERIFY_FILE, name, "%s",
			    ds_err_text());
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return rc;
}

/* What libgit2 said, without the words that ds_err_git() puts before. */
static const char *
git_words(void)
{
	const git_error *e = git_error_last();

	return e != NULL && e->message != NULL ? e->message : "unknown error";
}

static int
collect(const git_oid *id, void *arg)
{
	return ds_oidset_add(arg, id, NULL);
}

static int
read_one(struct ds_verify__run *v, git_odb *odb, const git_oid *id,
    const char *name)
{
	git_odb_object *o;
	int rc;

	rc = git_odb_read(&o, odb, id);
	if (rc == 0) {
		rc = ds_verify__good(v, id, git_odb_object_type(o),
		    git_odb_object_size(o));
		git_odb_object_free(o);
		return rc;
	}
	rc = ds_verify__serious(ds_err_git(rc, "cannot read"));
	if (rc == 0)
		rc = ds_verify__tell_object(v, DS_VERIFY_OBJECT, id,
		    "in '%s': %s", name, git_words());
	return rc;
}

static int
read_objects(struct ds_verify__run *v, git_odb *odb, const char *name)
{
	struct ds_oidset ids = DS_OIDSET_INIT;
	size_t i;
	int rc;

	rc = git_odb_foreach(odb, collect, &ids);
	if (rc < 0) {
		rc = ds_verify__serious(ds_err_git(rc, "cannot list"));
		if (rc == 0)
			ds_verify__tell(v, DS_VERIFY_FILE, name, "%s",
			    git_words());
	}
	for (i = 0; i < ids.n && rc == 0; i++) {
		rc = read_one(v, odb, &ids.v[i], name);
		if (rc == 0)
			rc = ds_cancel_check();
	}
	ds_oidset_release(&ids);
	return rc;
}

static int
open_pack(git_odb **out, const char *path)
{
	git_odb_backend *backend = NULL;
	int rc;

	rc = git_odb_new(out);
	if (rc == 0)
		rc = git_odb_backend_one_pack(&backend, path);
	if (rc == 0)
		rc = git_odb_add_backend(*out, backend, 1);
	if (rc < 0 && backend != NULL)
		backend->free(backend);
	if (rc < 0) {
		git_odb_free(*out);
		*out = NULL;
		return ds_err_git(rc, "cannot open '%s'", path);
	}
	return 0;
}

/* ${name} is "objects/pack/pack-....idx". */
static int
read_pack(struct ds_verify__run *v, const char *name)
{
	git_odb *odb = NULL;
	char *path;
	int rc;

	rc = ds_store_path(&path, v->store, false, name);
	if (rc < 0)
		return rc;
	rc = open_pack(&odb, path);
	if (rc == 0) {
		rc = read_objects(v, odb, name);
	} else {
		rc = ds_verify__serious(rc);
		if (rc == 0)
			ds_verify__tell(v, DS_VERIFY_FILE, name, "%s",
			    git_words());
	}
	git_odb_free(odb);
	free(path);
	return rc;
}

static int
check_pack(struct ds_verify__run *v, const char *idx)
{
	unsigned char pack_tail[2 * SUM], idx_tail[2 * SUM];
	char *pack = NULL, *name = NULL;
	int rc = 0;

	if (asprintf(&name, "objects/pack/%s", idx) < 0)
		return ds_err_nomem();
	if (asprintf(&pack, "%.*s.pack", (int)(strlen(name) - 4), name) < 0) {
		pack = NULL;
		rc = ds_err_nomem();
		goto out;
	}
	v->result->packs++;
	rc = check_file(v, pack, pack_tail);
	if (rc == 0)
		rc = check_file(v, name, idx_tail);
	if (rc == 0 && memcmp(pack_tail + SUM, idx_tail, SUM) != 0)
		ds_verify__tell(v, DS_VERIFY_FILE, name,
		    "it is not the idx of its pack");
	if (rc == 0)
		rc = read_pack(v, name);
out:
	free(pack);
	free(name);
	return rc;
}

/* "pack-12.pack" has its idx among ${idxs}. */
static bool
has_idx(const struct ds_list *idxs, const char *pack)
{
	size_t i, n = strlen(pack) - strlen("pack");

	for (i = 0; i < idxs->n; i++)
		if (strncmp(idxs->v[i], pack, n) == 0)
			return true;
	return false;
}

static int
find_loners(struct ds_verify__run *v, const struct ds_list *idxs)
{
	struct ds_list packs = DS_LIST_INIT;
	size_t i;
	int rc;

	rc = ds_verify__list(&packs, v->store, "objects/pack", ".pack");
	for (i = 0; i < packs.n && rc == 0; i++) {
		char *name;

		if (has_idx(idxs, packs.v[i]))
			continue;
		if (asprintf(&name, "objects/pack/%s", packs.v[i]) < 0) {
			rc = ds_err_nomem();
			break;
		}
		rc = ds_list_add(&v->loners, name);
		free(name);
	}
	ds_list_release(&packs);
	return rc;
}

int
ds_verify__packs(struct ds_verify__run *v)
{
	struct ds_list idxs = DS_LIST_INIT;
	size_t i;
	int rc;

	rc = ds_verify__list(&idxs, v->store, "objects/pack", ".idx");
	if (rc == 0)
		rc = find_loners(v, &idxs);
	for (i = 0; i < idxs.n && rc == 0; i++)
		rc = check_pack(v, idxs.v[i]);
	ds_list_release(&idxs);
	return rc;
}

/* The last entry of its fan-out, which is only for showing progress. */
static uint64_t
count_of(const struct ds_store *s, const char *idx)
{
	unsigned char b[4] = { 0 };
	char *path;
	int fd;

	if (asprintf(&path, "%s/objects/pack/%s", s->path, idx) < 0)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return 0;
	if (pread(fd, b, sizeof(b), FANOUT_LAST) != sizeof(b))
		memset(b, 0, sizeof(b));
	close(fd);
	return (uint64_t)b[0] << 24 | (uint64_t)b[1] << 16 |
	    (uint64_t)b[2] << 8 | b[3];
}

uint64_t
ds_verify__pack_total(struct ds_verify__run *v)
{
	struct ds_list idxs = DS_LIST_INIT;
	uint64_t n = 0;
	size_t i;

	if (ds_verify__list(&idxs, v->store, "objects/pack", ".idx") < 0)
		ds_err_clear();
	for (i = 0; i < idxs.n; i++)
		n += count_of(v->store, idxs.v[i]);
	ds_list_release(&idxs);
	return n;
}
