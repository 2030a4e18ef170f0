/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/err.h"
#include "ds/entry.h"
#include "ds/history.h"
#include "ds/item.h"
#include "ds/list.h"
#include "ds/state.h"
#include "ds/store.h"

void
ds_comparison_release(struct ds_comparison *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		free(c->v[i].item);
		ds_changes_release(c->v[i].changes);
		free(c->v[i].changes);
	}
	free(c->v);
	memset(c, 0, sizeof(*c));
}

static int
add_item(struct ds_comparison *out, const char *item, struct ds_changes *taken)
{
	struct ds_touched *t;
	int rc;

	rc = ds_list_grow(&out->v, out->n, &out->cap, sizeof(*out->v));
	if (rc < 0)
		return rc;
	t = &out->v[out->n];
	t->item = strdup(item);
	t->changes = malloc(sizeof(*t->changes));
	if (t->item == NULL || t->changes == NULL) {
		free(t->item);
		free(t->changes);
		return ds_err_nomem();
	}
	*t->changes = *taken;
	memset(taken, 0, sizeof(*taken));
	out->n++;
	return 0;
}

/* What is asked for of one item: a list of paths in it; ${all}: everything. */
static int
paths_in(struct ds_list *out, bool *all, const struct ds_items *items,
    const char *item, const struct ds_list *paths)
{
	size_t i;
	int rc = 0;

	*all = paths == NULL || paths->n == 0;
	for (i = 0; !*all && rc == 0 && i < paths->n; i++) {
		const char *p = paths->v[i];
		size_t n = strlen(item);
		struct ds_item *it;
		char *rel;

		rc = ds_items_locate(&it, &rel, items, p);
		if (rc == 0) {
			if (strcmp(it->name, item) == 0)
				rc = ds_list_add(out, rel);
			free(rel);
		} else if (rc == DS_ENOTFOUND && strncmp(p, item, n) == 0 &&
		    (p[n] == '/' || p[n] == '\0')) {
			/* an item that is tracked no more */
			ds_err_clear();
			rc = ds_list_add(out, p + n + (p[n] == '/'));
		} else if (rc == DS_ENOTFOUND) {
			ds_err_clear();
			rc = 0;
		}
	}
	return rc;
}

static int
compare_item(struct ds_comparison *out, struct ds_store *s, const git_oid *old,
    const git_oid *new, const struct ds_items *items, const char *item,
    const struct ds_list *paths)
{
	struct ds_changes c = DS_CHANGES_INIT;
	struct ds_list in = DS_LIST_INIT;
	struct ds_roots a, b;
	bool all;
	size_t i;
	int rc;

	rc = ds_state_item(&a, s, old, item);
	if (rc == 0)
		rc = ds_state_item(&b, s, new, item);
	if (rc == 0)
		rc = paths_in(&in, &all, items, item, paths);
	if (rc == 0 && all)
		rc = ds_state_diff(&c, s, &a, &b, "");
	for (i = 0; rc == 0 && i < in.n; i++)
		rc = ds_state_diff(&c, s, &a, &b, in.v[i]);
	ds_changes_sort(&c);
	if (rc == 0 && c.n > 0)
		rc = add_item(out, item, &c);
	ds_list_release(&in);
	ds_changes_release(&c);
	return rc;
}

int
ds_compare(struct ds_comparison *out, struct ds_store *s, const git_oid *old,
    const git_oid *new, const struct ds_list *paths)
{
	struct ds_items items = DS_ITEMS_INIT;
	struct ds_list names = DS_LIST_INIT;
	git_oid a, b, head, now;
	size_t i;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = ds_state_of_commit(&a, s, old);
	if (rc == 0)
		rc = ds_state_of_commit(&b, s, new);
	if (rc == 0 && paths != NULL && paths->n > 0) {
		rc = ds_store_head(&head, s);
		if (rc == 0)
			rc = ds_state_of_commit(&now, s, &head);
		if (rc == 0)
			rc = ds_items_load(&items, s, &now);
	}
	if (rc == 0)
		rc = ds_state_items(&names, s, &a);
	if (rc == 0)
		rc = ds_state_items(&names, s, &b);
	for (i = 0; rc == 0 && i < names.n; i++)
		rc = compare_item(out, s, &a, &b, &items, names.v[i], paths);
	ds_list_release(&names);
	ds_items_release(&items);
	if (rc < 0)
		ds_comparison_release(out);
	return rc;
}

void
ds_count(struct ds_counts *n, const struct ds_changes *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct ds_entry *old = &c->v[i].old, *new = &c->v[i].new;
		bool was =
		    old->kind == DS_KIND_FILE || old->kind == DS_KIND_LINK;
		bool is =
		    new->kind == DS_KIND_FILE || new->kind == DS_KIND_LINK;

		if (ds_entry_same(old, new))
			continue;
		if (was && !is)
			n->deleted++;
		else if (!was && is)
			n->added++;
		else if (is || old->kind == new->kind)
			n->modified++;
	}
}
