/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two states side by side.  Both folders of a pair are sorted by name, so one
 * pass pairs them; where tree and .meta are the same on both sides nothing
 * beneath is read.
 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/buf.h"
#include "ds/cancel.h"
#include "ds/err.h"
#include "ds/path.h"
#include "ds/state.h"
#include "ds/store.h"

static const struct ds_node no_node = { .e = { .kind = DS_KIND_NONE } };

struct diff {
	struct ds_store *s;
	struct ds_changes *out;
	struct ds_buf path; /* of the folder at hand, with '/' at the end */
	const char *scope;
	unsigned depth;
};

static int diff_dirs(struct diff *, const struct ds_roots *,
    const struct ds_roots *);

/* Is ${path} the scope, in it, or on the way to it? */
static bool
in_scope(const struct diff *d, const char *path)
{
	size_t n = strlen(path), m = strlen(d->scope);

	if (n >= m)
		return m == 0 ||
		    (memcmp(path, d->scope, m) == 0 &&
			(path[m] == '/' || path[m] == '\0'));
	return memcmp(path, d->scope, n) == 0 && d->scope[n] == '/';
}

/* On the way to the scope folders are passed through, not compared. */
static bool
is_above_scope(const struct diff *d, const char *path)
{
	return strlen(path) < strlen(d->scope);
}

static int
emit(struct diff *d, const struct ds_entry *old, const struct ds_entry *new)
{
	if (is_above_scope(d, d->path.data))
		return 0;
	if (ds_entry_same(old, new) &&
	    (old->kind != DS_KIND_DIR || old->mtime == new->mtime))
		return 0;
	return ds_changes_add(d->out, d->path.data, old, new);
}

static int
self_of(struct ds_entry *e, struct diff *d, const struct ds_node *n)
{
	struct ds_node root;
	int rc;

	*e = n->e;
	if (n->e.kind != DS_KIND_DIR)
		return 0;
	rc = ds_state_find(&root, d->s, &n->roots, "");
	if (rc == 0)
		*e = root.e;
	e->kind = DS_KIND_DIR;
	return rc;
}

static bool
same_roots(const struct ds_roots *a, const struct ds_roots *b)
{
	return git_oid_equal(&a->tree, &b->tree) &&
	    git_oid_equal(&a->meta, &b->meta);
}

static int
diff_nodes(struct diff *d, const struct ds_node *old, const struct ds_node *new)
{
	const char *name = old->name != NULL ? old->name : new->name;
	struct ds_entry a, b;
	size_t len = d->path.len;
	int rc = 0;

	if (old->e.kind == DS_KIND_DIR && new->e.kind == DS_KIND_DIR &&
	    same_roots(&old->roots, &new->roots))
		return 0;
	ds_buf_adds(&d->path, name);
	rc = ds_buf_check(&d->path);
	if (rc < 0)
		return rc;
	if (!in_scope(d, d->path.data))
		goto out;
	rc = ds_cancel_check();
	if (rc < 0)
		goto out;
	rc = self_of(&a, d, old);
	if (rc == 0)
		rc = self_of(&b, d, new);
	if (rc == 0)
		rc = emit(d, &a, &b);
	if (rc == 0 &&
	    (old->e.kind == DS_KIND_DIR || new->e.kind == DS_KIND_DIR)) {
		ds_buf_addc(&d->path, '/');
		rc = ds_buf_check(&d->path);
		if (rc == 0)
			rc = diff_dirs(d, &old->roots, &new->roots);
	}
out:
	ds_buf_cut(&d->path, len);
	return rc;
}

static int
diff_dirs(struct diff *d, const struct ds_roots *old,
    const struct ds_roots *new)
{
	struct ds_dir a, b = { .n = 0 };
	size_t i = 0, j = 0;
	int rc;

	if (d->depth == DS_STATE_DEPTH_MAX)
		return ds_err(DS_EDAMAGED,
		    "'%.60s...' is too deep: more than "
		    "%d folders",
		    d->path.data, DS_STATE_DEPTH_MAX);
	d->depth++;
	rc = ds_dir_read(&a, d->s, old);
	if (rc == 0)
		rc = ds_dir_read(&b, d->s, new);
	while (rc == 0 && (i < a.n || j < b.n)) {
		int c = 1;

		if (i < a.n)
			c = j < b.n ? strcmp(a.v[i].name, b.v[j].name) : -1;
		rc = diff_nodes(d, c <= 0 ? &a.v[i] : &no_node,
		    c >= 0 ? &b.v[j] : &no_node);
		i += c <= 0;
		j += c >= 0;
	}
	d->depth--;
	ds_dir_release(&b);
	ds_dir_release(&a);
	return rc;
}

/* The item's own folder, whose path is "". */
static int
diff_selves(struct diff *d, const struct ds_roots *old,
    const struct ds_roots *new)
{
	struct ds_node a, b;
	int rc;

	ds_buf_adds(&d->path, "");
	rc = ds_buf_check(&d->path);
	if (rc == 0)
		rc = ds_state_find(&a, d->s, old, "");
	if (rc == 0)
		rc = ds_state_find(&b, d->s, new, "");
	if (rc == 0)
		rc = emit(d, &a.e, &b.e);
	return rc;
}

int
ds_state_diff(struct ds_changes *out, struct ds_store *s,
    const struct ds_roots *old, const struct ds_roots *new, const char *scope)
{
	struct diff d = { s, out, DS_BUF_INIT, scope, 0 };
	int rc = 0;

	if (!same_roots(old, new)) {
		rc = diff_selves(&d, old, new);
		if (rc == 0)
			rc = diff_dirs(&d, old, new);
	}
	ds_buf_release(&d.path);
	if (rc == 0)
		ds_changes_sort(out);
	return rc;
}

int
ds_state_list(struct ds_changes *out, struct ds_store *s,
    const struct ds_roots *roots, const char *scope)
{
	struct ds_roots none;

	memset(&none, 0, sizeof(none));
	return ds_state_diff(out, s, &none, roots, scope);
}
