/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of a tree are ordered as if a folder's name ended in '/'.  The
 * edits are brought into that order and merged with the old entries.
 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/list.h"
#include "ds/sink.h"
#include "state_internal.h"
#include "treebuild.h"

struct tb_edit {
	char *name;
	unsigned mode; /* 0: remove */
	bool dir;      /* of what is set or removed: its place */
	size_t seq;
	git_oid id;
};

int
tb_open(struct treebuild *t, struct ds_store *s, const git_oid *base)
{
	memset(t, 0, sizeof(*t));
	return ds_state__tree(&t->base, s, base);
}

const git_tree_entry *
tb_base(const struct treebuild *t, const char *name)
{
	return t->base != NULL ? git_tree_entry_byname(t->base, name) : NULL;
}

static int
add_edit(struct treebuild *t, const char *name, unsigned mode, bool dir,
    const git_oid *id)
{
	struct tb_edit *e;
	int rc;

	rc = ds_list_grow(&t->v, t->n, &t->cap, sizeof(*t->v));
	if (rc < 0)
		return rc;
	e = t->v + t->n;
	memset(e, 0, sizeof(*e));
	e->name = strdup(name);
	if (e->name == NULL)
		return ds_err_nomem();
	e->mode = mode;
	e->dir = dir;
	e->seq = t->n++;
	if (id != NULL)
		e->id = *id;
	return 0;
}

int
tb_set(struct treebuild *t, const char *name, unsigned mode, const git_oid *id)
{
	const git_tree_entry *old = tb_base(t, name);
	bool dir = mode == GIT_FILEMODE_TREE, was;
	int rc = 0;

	if (old != NULL) {
		was = git_tree_entry_filemode(old) == GIT_FILEMODE_TREE;
		if (mode == 0 || was != dir)
			rc = add_edit(t, name, 0, was, NULL);
	}
	if (rc == 0 && mode != 0)
		rc = add_edit(t, name, mode, dir, id);
	return rc;
}

/* git's order: base_name_compare() of its own source. */
static int
compare(const char *a, bool a_dir, const char *b, bool b_dir)
{
	size_t n = strlen(a), m = strlen(b), min = n < m ? n : m;
	int c = memcmp(a, b, min);
	unsigned char x, y;

	if (c != 0)
		return c;
	x = a[min] == '\0' && a_dir ? '/' : (unsigned char)a[min];
	y = b[min] == '\0' && b_dir ? '/' : (unsigned char)b[min];
	return x < y ? -1 : x > y;
}

static int
edit_order(const void *a, const void *b)
{
	const struct tb_edit *x = a, *y = b;
	int c = compare(x->name, x->dir, y->name, y->dir);

	if (c != 0)
		return c;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

struct writer {
	struct ds_buf raw;
	size_t entries;
	size_t files;
};

static void
put(struct writer *w, const char *name, unsigned mode, const git_oid *id)
{
	ds_buf_addf(&w->raw, "%o %s", mode, name);
	ds_buf_addc(&w->raw, '\0');
	ds_buf_add(&w->raw, id->id, sizeof(id->id));
	w->entries++;
	w->files += mode != GIT_FILEMODE_TREE;
}

static void
put_base(struct writer *w, const git_tree_entry *e)
{
	put(w, git_tree_entry_name(e), git_tree_entry_filemode_raw(e),
	    git_tree_entry_id(e));
}

static void
merge(struct writer *w, const struct treebuild *t)
{
	size_t i = 0, j = 0;
	size_t n = t->base != NULL ? git_tree_entrycount(t->base) : 0;

	while (i < n || j < t->n) {
		const git_tree_entry *e = NULL;
		int c = 1;

		/* of several edits of one place the last counts */
		if (j + 1 < t->n &&
		    compare(t->v[j].name, t->v[j].dir, t->v[j + 1].name,
			t->v[j + 1].dir) == 0) {
			j++;
			continue;
		}
		if (i < n)
			e = git_tree_entry_byindex(t->base, i);
		if (e != NULL && j == t->n)
			c = -1;
		else if (e != NULL)
			c = compare(git_tree_entry_name(e),
			    git_tree_entry_type(e) == GIT_OBJECT_TREE,
			    t->v[j].name, t->v[j].dir);
		if (c < 0)
			put_base(w, e);
		else if (t->v[j].mode != 0)
			put(w, t->v[j].name, t->v[j].mode, &t->v[j].id);
		i += c <= 0;
		j += c >= 0;
	}
}

static void
sort(struct treebuild *t)
{
	if (t->n > 1)
		qsort(t->v, t->n, sizeof(*t->v), edit_order);
}

int
tb_trees(size_t *out, struct treebuild *t)
{
	struct writer w = { DS_BUF_INIT, 0, 0 };
	int rc;

	sort(t);
	merge(&w, t);
	rc = ds_buf_check(&w.raw);
	*out = w.entries - w.files;
	ds_buf_release(&w.raw);
	return rc;
}

int
tb_write(git_oid *out, size_t *files, struct treebuild *t, struct ds_sink *sink)
{
	struct writer w = { DS_BUF_INIT, 0, 0 };
	int rc;

	memset(out, 0, sizeof(*out));
	sort(t);
	merge(&w, t);
	rc = ds_buf_check(&w.raw);
	if (rc == 0 && w.entries > 0)
		rc = ds_sink_write(sink, out, GIT_OBJECT_TREE, w.raw.data,
		    w.raw.len);
	if (files != NULL)
		*files = w.files;
	ds_buf_release(&w.raw);
	return rc;
}

void
tb_release(struct treebuild *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free(t->v[i].name);
	free(t->v);
	git_tree_free(t->base);
	memset(t, 0, sizeof(*t));
}
