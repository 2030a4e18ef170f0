/* SPDX-License-Identifier: Apache-2.0 */
/* Loose objects, each read whole and hashed. */
#include "ds/compat.h"

#include <fcntl.h>
#include <stdio.h>

#include <git2.h>

#include "ds/buf.h"
#include "ds/cancel.h"
#include "ds/deflate.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/store.h"

#include "loose_internal.h"
#include "verify_internal.h"

static int
check_hash(const git_oid *id, git_object_t type, const char *data, size_t size)
{
	git_oid got;
	int rc = git_odb_hash(&got, data, size, type);

	if (rc < 0)
		return ds_err_git(rc, "cannot hash");
	if (!git_oid_equal(&got, id))
		return ds_err(DS_EDAMAGED, "its content has the hash %s",
		    ds_git_hex(&got));
	return 0;
}

static int
check_loose(struct ds_deflate *d, const git_oid *id, const struct ds_buf *in,
    git_object_t *type, size_t *size)
{
	size_t start;
	char *raw;
	int rc;

	rc = ds_loose__unpack(&raw, &start, type, size, d, in->data, in->len);
	if (rc == 0)
		rc = check_hash(id, *type, raw + start, *size);
	free(raw);
	return rc;
}

/* ${name} is "objects/12/34..." */
static int
read_loose(struct ds_verify__run *v, struct ds_deflate *d, const char *name,
    const git_oid *id)
{
	struct ds_buf in = DS_BUF_INIT;
	git_object_t type = GIT_OBJECT_INVALID;
	size_t size = 0;
	char *path;
	int rc;

	rc = ds_store_path(&path, v->store, false, name);
	if (rc < 0)
		return rc;
	rc = ds_file_read(&in, AT_FDCWD, path, SIZE_MAX / 2);
	if (rc == 0)
		rc = check_loose(d, id, &in, &type, &size);
	if (rc == DS_ENOTFOUND)
		rc = 0; /* packed meanwhile */
	else if (rc == 0)
		rc = ds_verify__good(v, id, type, size);
	else if (ds_verify__serious(rc) == 0)
		rc = ds_verify__tell_object(v, DS_VERIFY_OBJECT, id,
		    "loose: %s", ds_err_text());
	ds_buf_release(&in);
	free(path);
	return rc;
}

static int
read_fanout(struct ds_verify__run *v, struct ds_deflate *d, unsigned byte)
{
	struct ds_list names = DS_LIST_INIT;
	char folder[16];
	size_t i;
	int rc;

	snprintf(folder, sizeof(folder), "objects/%02x", byte & 0xff);
	rc = ds_verify__list(&names, v->store, folder, "");
	for (i = 0; i < names.n && rc == 0; i++) {
		char name[64], hex[GIT_OID_HEXSZ + 1];
		git_oid id;

		if (strlen(names.v[i]) != GIT_OID_HEXSZ - 2)
			continue;
		snprintf(name, sizeof(name), "%s/%.38s", folder, names.v[i]);
		snprintf(hex, sizeof(hex), "%02x%.38s", byte & 0xff,
		    names.v[i]);
		if (git_oid_fromstr(&id, hex) == 0)
			rc = read_loose(v, d, name, &id);
		if (rc == 0)
			rc = ds_cancel_check();
	}
	ds_list_release(&names);
	return rc;
}

int
ds_verify__loose(struct ds_verify__run *v)
{
	struct ds_deflate *d;
	unsigned byte;
	int rc;

	rc = ds_deflate_open(&d, DS_DEFLATE_LEVEL);
	for (byte = 0; byte < 256 && rc == 0; byte++)
		rc = read_fanout(v, d, byte);
	ds_deflate_close(d);
	return rc;
}
