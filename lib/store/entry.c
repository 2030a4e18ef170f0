/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/entry.h"
#include "ds/err.h"
#include "ds/list.h"
#include "ds/path.h"

bool
ds_entry_same_content(const struct ds_entry *a, const struct ds_entry *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == DS_KIND_NONE || a->kind == DS_KIND_DIR ||
	    git_oid_equal(&a->id, &b->id);
}

bool
ds_entry_same(const struct ds_entry *a, const struct ds_entry *b)
{
	if (!ds_entry_same_content(a, b))
		return false;
	return a->kind == DS_KIND_NONE || a->kind == DS_KIND_LINK ||
	    ((a->mode ^ b->mode) & 07777) == 0;
}

int
ds_changes_add(struct ds_changes *l, const char *path,
    const struct ds_entry *old, const struct ds_entry *new)
{
	struct ds_change *c;
	int rc;

	rc = ds_list_grow(&l->v, l->n, &l->cap, sizeof(*l->v));
	if (rc < 0)
		return rc;
	c = l->v + l->n;
	c->path = strdup(path);
	if (c->path == NULL)
		return ds_err_nomem();
	c->old = *old;
	c->new = *new;
	c->order = l->n++;
	return 0;
}

static int
by_path(const void *a, const void *b)
{
	const struct ds_change *x = a, *y = b;
	int d;

	d = ds_path_cmp(x->path, y->path);
	if (d != 0)
		return d;
	return x->order < y->order ? -1 : x->order > y->order;
}

void
ds_changes_sort(struct ds_changes *l)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		l->v[i].order = i;
	if (l->n > 1)
		qsort(l->v, l->n, sizeof(*l->v), by_path);
	for (i = 0; i < l->n; i++) {
		if (i + 1 < l->n && strcmp(l->v[i].path, l->v[i + 1].path) == 0)
			free(l->v[i].path);
		else
			l->v[n++] = l->v[i];
	}
	l->n = n;
}

static int
path_of(const void *key, const void *member)
{
	const struct ds_change *c = member;

	return ds_path_cmp(key, c->path);
}

struct ds_change *
ds_changes_find(const struct ds_changes *l, const char *path)
{
	if (l->n == 0)
		return NULL;
	return bsearch(path, l->v, l->n, sizeof(*l->v), path_of);
}

void
ds_changes_release(struct ds_changes *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i].path);
	free(l->v);
	memset(l, 0, sizeof(*l));
}
