/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include <git2.h>

#include "ds/err.h"
#include "ds/git.h"
#include "ds/progress.h"
#include "ds/store.h"

#include "verify_internal.h"

static void DS_PRINTF(4, 0) tell(struct ds_verify__run *v,
    enum ds_verify_kind kind, const char *name, const char *why, va_list ap)
{
	char text[512];

	vsnprintf(text, sizeof(text), why, ap);
	if (kind == DS_VERIFY_MISSING)
		v->result->missing++;
	else
		v->result->damaged++;
	if (v->cb != NULL)
		v->cb(kind, name, text, v->arg);
}

void
ds_verify__tell(struct ds_verify__run *v, enum ds_verify_kind kind,
    const char *name, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	tell(v, kind, name, why, ap);
	va_end(ap);
}

int
ds_verify__tell_object(struct ds_verify__run *v, enum ds_verify_kind kind,
    const git_oid *id, const char *why, ...)
{
	va_list ap;
	bool fresh;
	int rc;

	rc = ds_oidset_add(&v->bad, id, &fresh);
	if (rc < 0 || !fresh)
		return rc;
	va_start(ap, why);
	tell(v, kind, ds_git_hex(id), why, ap);
	va_end(ap);
	return 0;
}

int
ds_verify__serious(int rc)
{
	return rc == DS_ENOMEM || rc == DS_ECANCEL ? rc : 0;
}

int
ds_verify__good(struct ds_verify__run *v, const git_oid *id, git_object_t type,
    size_t size)
{
	bool fresh;
	int rc;

	v->result->objects++;
	v->result->bytes += size;
	ds_progress_add(v->progress, 1, size);
	rc = ds_list_grow(&v->types, v->good.n, &v->types_cap,
	    sizeof(*v->types));
	if (rc == 0)
		rc = ds_oidset_add(&v->good, id, &fresh);
	if (rc < 0)
		return rc;
	if (fresh)
		v->types[v->good.n - 1] = (unsigned char)type;
	return 0;
}

int
ds_verify__list(struct ds_list *out, const struct ds_store *s, const char *name,
    const char *suffix)
{
	struct dirent *e;
	char *path;
	DIR *d;
	int rc;

	rc = ds_store_path(&path, s, false, name);
	if (rc < 0)
		return rc;
	d = opendir(path);
	if (d == NULL && errno != ENOENT)
		rc = ds_err_sys("cannot open '%s'", path);
	free(path);
	if (d == NULL)
		return rc;
	for (e = readdir(d); e != NULL && rc == 0; e = readdir(d)) {
		size_t n = strlen(e->d_name), m = strlen(suffix);

		if (n >= m && strcmp(e->d_name + n - m, suffix) == 0)
			rc = ds_list_add(out, e->d_name);
	}
	closedir(d);
	ds_list_sort(out);
	return rc;
}

/* Packs that nobody reads matter where something is missing. */
static void
tell_loners(struct ds_verify__run *v)
{
	size_t i;

	for (i = 0; i < v->loners.n && v->result->missing > 0; i++)
		ds_verify__tell(v, DS_VERIFY_FILE, v->loners.v[i],
		    "its idx is missing; 'git index-pack' makes it anew");
}

static int
run_all(struct ds_verify__run *v)
{
	int rc;

	rc = ds_verify__packs(v);
	if (rc == 0)
		rc = ds_verify__loose(v);
	ds_progress_end(v->progress);
	if (rc < 0)
		return rc;
	ds_progress_begin(v->progress, "following history", v->good.n, 0);
	rc = ds_verify__walk(v);
	ds_progress_end(v->progress);
	if (rc == 0)
		tell_loners(v);
	return rc;
}

int
ds_verify_run(struct ds_store *s, struct ds_verify_result *result,
    ds_verify_cb cb, void *arg, struct ds_progress *progress)
{
	struct ds_verify__run v = {
		.store = s,
		.result = result,
		.cb = cb,
		.arg = arg,
		.progress = progress,
	};
	int rc;

	memset(result, 0, sizeof(*result));
	ds_progress_begin(progress, "reading objects",
	    ds_verify__pack_total(&v), 0);
	/* What was cached once would not be read from the disk again. */
	git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
	rc = run_all(&v);
	git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 1);
	ds_oidset_release(&v.good);
	ds_oidset_release(&v.bad);
	ds_list_release(&v.loners);
	free(v.types);
	if (rc == 0 && result->damaged + result->missing > 0)
		rc = ds_err(DS_EDAMAGED,
		    "the store '%s' is damaged: %" PRIu64 " damaged, %" PRIu64
		    " missing",
		    s->path, result->damaged, result->missing);
	return rc;
}
