/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of an apply: what is removed goes first, deepest first, which makes
 * room for folders that become files; then folders are made, then files and
 * links are written and put in place, and at last folders get their modes and
 * times.  Removing first also serves file systems where "A" and "a" are one.
 */
#include "ds/compat.h"

#include <errno.h>
#include <unistd.h>

#include "ds/apply.h"
#include "ds/cancel.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/name.h"
#include "ds/path.h"
#include "ds/progress.h"
#include "ds/report.h"
#include "ds/trace.h"
#include "apply_internal.h"

/* What became of a change so far. */
enum fate {
	OPEN,
	BLOCKED, /* reported; nothing more is to be done */
	ASIDE	 /* the old entry is under its temporary's name */
};

const char *
ds_apply__name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

int
ds_apply__failed(struct ds_apply__run *r, const char *path)
{
	switch (errno) {
	case EDQUOT:
	case EIO:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOSPC:
		return ds_err_sys("cannot write '%s'", path);
	default:
		ds_report(r->job->report, DS_REPORT_NOT_WRITTEN, r->job->item,
		    path, strerror(errno));
		return DS_APPLY__REPORTED;
	}
}

int
ds_apply__kept(struct ds_apply__run *r, const char *path, const char *why)
{
	ds_trace("apply", "kept", "%s: %s", path, why);
	ds_report(r->job->report, DS_REPORT_KEPT, r->job->item, path, why);
	return DS_APPLY__REPORTED;
}

void
ds_apply__error(struct ds_apply__run *r, int rc)
{
	if (rc >= 0 || (r->rc < 0 && !r->only_damage))
		return;
	r->rc = rc;
	r->only_damage = false;
	snprintf(r->text, sizeof(r->text), "%s", ds_err_text());
}

static bool
is_leaf(enum ds_kind kind)
{
	return kind == DS_KIND_FILE || kind == DS_KIND_LINK;
}

static int
check_names(const struct ds_apply *a, const char *path)
{
	char name[256];
	const char *end;

	for (; *path != '\0'; path = end + (*end == '/')) {
		end = path + strcspn(path, "/");
		/* Longer ones no disk takes; they are told as they fail. */
		if ((size_t)(end - path) >= sizeof(name))
			continue;
		memcpy(name, path, (size_t)(end - path));
		name[end - path] = '\0';
		if (ds_apply_is_temporary(name))
			return ds_err(DS_EDAMAGED,
			    "'%s' is a name of datasync's own", name);
		if (!a->git_dirs && ds_name_is_git(name))
			return ds_err(DS_EDAMAGED,
			    "'%s' would be a git repository's", name);
	}
	return 0;
}

static int
check_one(const struct ds_apply *a, const struct ds_change *c)
{
	if (c->path[0] == '\0') {
		if (is_leaf(c->new.kind) || is_leaf(c->old.kind))
			return ds_err(DS_EDAMAGED, "a file without a name");
		return 0;
	}
	if (!ds_path_is_safe(c->path))
		return ds_err(DS_EDAMAGED, "'%s' leads out of its folder",
		    c->path);
	return check_names(a, c->path);
}

/* Nothing may be put beneath what the same changes make a file or link. */
static int
check_all(const struct ds_apply *a, const struct ds_changes *l)
{
	const char *leaf = NULL;
	size_t i, n = 0;
	int rc;

	for (i = 0; i < l->n; i++) {
		const struct ds_change *c = &l->v[i];

		rc = check_one(a, c);
		if (rc < 0)
			return rc;
		if (i > 0 && ds_path_cmp(l->v[i - 1].path, c->path) >= 0)
			return ds_err(DS_EINVAL, "'%s' is out of order",
			    c->path);
		if (leaf != NULL && strncmp(leaf, c->path, n) == 0 &&
		    c->path[n] == '/') {
			if (c->new.kind != DS_KIND_NONE)
				return ds_err(DS_EDAMAGED,
				    "'%s' lies beneath a file", c->path);
			continue;
		}
		leaf = is_leaf(c->new.kind) ? c->path : NULL;
		n = strlen(c->path);
	}
	return 0;
}

/* Must it go before something else can come? */
static bool
goes(const struct ds_change *c)
{
	if (c->path[0] == '\0' || c->old.kind == DS_KIND_NONE)
		return false;
	return c->new.kind == DS_KIND_NONE ||
	    is_leaf(c->old.kind) != is_leaf(c->new.kind);
}

/* Take a file aside. */
static int
remove_file(struct ds_apply__run *r, const struct ds_change *c)
{
	int rc;

	rc = ds_apply__enter(r, c->path, false);
	if (rc == DS_APPLY__DONE)
		rc = ds_apply__recover(r, c);
	if (rc == DS_APPLY__DONE)
		rc = ds_apply__take_away(r, c);
	return rc == DS_APPLY__ABSENT ? DS_APPLY__DONE : rc;
}

/* Drop a file that is aside, or remove a folder. */
static int
finish_removal(struct ds_apply__run *r, const struct ds_change *c)
{
	int rc;

	rc = ds_apply__enter(r, c->path, false);
	if (rc == DS_APPLY__ABSENT)
		return DS_APPLY__DONE;
	if (rc != DS_APPLY__DONE)
		return rc;
	return c->old.kind == DS_KIND_DIR ? ds_apply__rmdir(r, c) :
					    ds_apply__drop(r, c);
}

/* What is aside is seen to also after the error ${rc}. */
static int
finish_removals(struct ds_apply__run *r, const struct ds_changes *l,
    enum fate *fate, int rc)
{
	bool waited = false;
	size_t i;
	int e;

	for (i = l->n; i-- > 0;) {
		const struct ds_change *c = &l->v[i];

		if (fate[i] != ASIDE &&
		    (rc < 0 || !goes(c) || c->old.kind != DS_KIND_DIR))
			continue;
		if (fate[i] == ASIDE && !waited) {
			ds_apply__barrier();
			waited = true;
		}
		e = finish_removal(r, c);
		fate[i] = e > 0 ? BLOCKED : OPEN;
		if (rc >= 0 && e < 0)
			rc = e;
		ds_apply__error(r, rc);
	}
	return rc < 0 ? rc : 0;
}

static int
remove_all(struct ds_apply__run *r, const struct ds_changes *l, enum fate *fate)
{
	size_t i;
	int rc = 0;

	for (i = l->n; rc >= 0 && i-- > 0;) {
		const struct ds_change *c = &l->v[i];

		if (!goes(c))
			continue;
		rc = ds_cancel_check();
		if (rc == 0 && c->old.kind != DS_KIND_DIR)
			rc = remove_file(r, c);
		fate[i] = rc == DS_APPLY__PENDING ? ASIDE :
		    rc == DS_APPLY__REPORTED	  ? BLOCKED :
						    OPEN;
		if (c->new.kind == DS_KIND_NONE)
			ds_progress_add(r->job->progress, 1, 0);
	}
	ds_apply__error(r, rc);
	rc = finish_removals(r, l, fate, rc);
	return rc < 0 ? rc : ds_apply__flush(r);
}

static int
make_folders(struct ds_apply__run *r, const struct ds_changes *l,
    const enum fate *fate)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < l->n; i++) {
		if (l->v[i].new.kind != DS_KIND_DIR)
			continue;
		rc = ds_cancel_check();
		if (rc == 0 && fate[i] != BLOCKED)
			rc = ds_apply__mkdir(r, &l->v[i]);
		ds_progress_add(r->job->progress, 1, 0);
	}
	return rc < 0 ? rc : ds_apply__flush(r);
}

static int
write_files(struct ds_apply__run *r, const struct ds_changes *l,
    const enum fate *fate)
{
	struct ds_apply__batch *b;
	size_t i;
	int rc;

	rc = ds_apply__batch_open(&b, r);
	for (i = 0; rc >= 0 && i < l->n; i++) {
		if (!is_leaf(l->v[i].new.kind))
			continue;
		rc = ds_cancel_check();
		if (rc == 0 && fate[i] != BLOCKED)
			rc = ds_apply__batch_add(b, &l->v[i]);
		ds_progress_add(r->job->progress, 1, 0);
	}
	if (rc >= 0)
		rc = ds_apply__batch_put(b);
	ds_apply__error(r, rc);
	ds_apply__batch_close(b);
	return rc;
}

static int
apply_all(struct ds_apply__run *r, const struct ds_changes *l, enum fate *fate)
{
	int rc = 0;

	if (!r->job->fresh)
		rc = ds_apply__read_notes(r);
	if (rc == 0 && !r->job->fresh)
		rc = remove_all(r, l, fate);
	if (rc == 0)
		rc = make_folders(r, l, fate);
	if (rc == 0)
		rc = write_files(r, l, fate);
	return rc;
}

/* ds_file_sync() looks at no descriptor where nothing is to be flushed. */
static bool
is_durable(void)
{
	bool yes = ds_file_sync(-1, "") < 0;

	if (yes)
		ds_err_clear();
	return yes;
}

/* A fresh target's files are all new: one flush costs less than theirs. */
static int
flush_fresh(struct ds_apply__run *r)
{
	if (r->rc < 0 || !r->durable || !r->job->fresh)
		return 0;
	return syncfs(r->root) < 0 ? ds_err_sys("cannot flush the folder") : 0;
}

int
ds_apply_run(const struct ds_apply *a, int root, const struct ds_changes *l)
{
	struct ds_apply__run r = { .job = a, .root = root, .dir = -1 };
	enum fate *fate;
	int rc;

	rc = check_all(a, l);
	if (rc == 0)
		rc = ds_git_init();
	if (rc < 0)
		return rc;
	fate = calloc(l->n + 1, sizeof(*fate));
	if (fate == NULL)
		return ds_err_nomem();
	r.durable = is_durable();
	ds_trace("apply", "begin", "%zu changes", l->n);
	ds_progress_begin(a->progress, "writing", l->n, 0);
	ds_apply__error(&r, apply_all(&r, l, fate));
	/* Also after an error: no folder stays as we needed it. */
	ds_apply__error(&r, ds_apply__finish_folders(&r));
	ds_apply__error(&r, ds_apply__flush(&r));
	ds_apply__error(&r, flush_fresh(&r));
	ds_progress_end(a->progress);
	ds_list_release(&r.touched);
	ds_changes_release(&r.finals);
	ds_changes_release(&r.unlocked);
	free(fate);
	ds_trace("apply", "end", "%d", r.rc);
	return r.rc < 0 ? ds_err(r.rc, "%s", r.text) : 0;
}
