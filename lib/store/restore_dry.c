/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A restore commits what the disk has, changes from there to what is wanted,
 * and writes what is missing.  This says the same without the first step: the
 * disk's own changes stand for the commit that is not made.
 */
#include "ds/compat.h"

#include <unistd.h>

#include "ds/commit.h"
#include "ds/store.h"
#include "restore_internal.h"

static const struct ds_entry nothing = { .kind = DS_KIND_NONE };

/* One item: its states and its disk, in the scopes asked for. */
struct dry {
	struct ds_store *s;
	const struct ds_restore_options *o;
	const struct ds_item *item;
	git_oid state; /* of the newest commit */
	struct ds_roots now;
	struct ds_roots wanted;
	struct ds_changes disk; /* from now to the disk */
	struct ds_changes want; /* from now to what is wanted */
	struct ds_changes all;	/* of a folder that is gone: all of now */
	bool held;		/* files that are gone count as there */
};

static int
look_at_scope(struct dry *d, const struct scope *sc,
    struct ds_progress *progress)
{
	char *held = NULL;
	int rc;

	rc = ds_restore__check(d->s, &d->wanted, sc, d->o);
	if (rc == 0)
		rc = ds_commit_preview(&d->disk, &held, d->s, &d->state,
		    d->item, sc->path, false, NULL, progress);
	d->held = d->held || held != NULL;
	free(held);
	if (rc == 0 &&
	    (sc->path[0] != '\0' || ds_restore__has_item(&d->wanted)))
		rc = ds_state_diff(&d->want, d->s, &d->now, &d->wanted,
		    sc->path);
	if (rc == 0 && access(d->item->path, F_OK) < 0)
		rc = ds_state_list(&d->all, d->s, &d->now, sc->path);
	return rc;
}

/*
 * ${path} is ${was} in the newest commit, ${is} on the disk, and shall be
 * ${to}.
 */
static int
add(struct ds_changes *out, const struct dry *d, const char *path,
    const struct ds_entry *was, const struct ds_entry *is,
    const struct ds_entry *to)
{
	/* a brake keeps the deletion out of history: what was is missing */
	bool missing =
	    d->held && is->kind == DS_KIND_NONE && was->kind != DS_KIND_NONE;

	if (!missing)
		return ds_entry_same(is, to) ?
		    0 :
		    ds_changes_add(out, path, is, to);
	if (to->kind == DS_KIND_NONE && !d->o->delete_extra)
		to = was;
	return ds_changes_add(out, path, ds_entry_same(was, to) ? to : was, to);
}

static int
plan(struct ds_changes *out, const struct dry *d)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < d->want.n; i++) {
		const struct ds_change *w = &d->want.v[i];
		const struct ds_change *k = ds_changes_find(&d->disk, w->path);
		const struct ds_entry *is = &w->old;

		if (k != NULL)
			is = &k->new;
		else if (d->all.n > 0)
			is = &nothing;
		rc = add(out, d, w->path, &w->old, is, &w->new);
	}
	for (i = 0; rc == 0 && i < d->disk.n; i++) {
		const struct ds_change *k = &d->disk.v[i];

		if (ds_changes_find(&d->want, k->path) == NULL)
			rc = add(out, d, k->path, &k->old, &k->new, &k->old);
	}
	for (i = 0; rc == 0 && i < d->all.n; i++) {
		const struct ds_change *a = &d->all.v[i];

		if (ds_changes_find(&d->want, a->path) == NULL)
			rc = add(out, d, a->path, &a->new, &nothing, &a->new);
	}
	ds_changes_sort(out);
	if (rc == 0 && !d->o->delete_extra)
		rc = ds_restore__keep_extras(out, d->o->report, d->item->name);
	return rc;
}

static int
dry_item(struct ds_changes *out, struct dry *d, const struct move *m,
    struct ds_progress *progress)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < m->n; i++)
		if (strcmp(m->v[i].item, d->item->name) == 0)
			rc = look_at_scope(d, &m->v[i], progress);
	ds_changes_sort(&d->disk);
	ds_changes_sort(&d->want);
	ds_changes_sort(&d->all);
	if (rc == 0)
		rc = plan(out, d);
	ds_changes_release(&d->all);
	ds_changes_release(&d->want);
	ds_changes_release(&d->disk);
	return rc;
}

int
ds_restore__dry_run(struct ds_restore_result *out, struct mover *mv,
    const struct move *m, const struct ds_items *items,
    const struct ds_restore_options *o)
{
	git_oid state, wanted;
	size_t i;
	int rc;

	rc = ds_state_of_commit(&state, mv->s, &m->old);
	if (rc == 0)
		rc = ds_state_of_commit(&wanted, mv->s, &o->from);
	for (i = 0; rc == 0 && i < items->n; i++) {
		struct dry d = {
			.s = mv->s,
			.o = o,
			.item = &items->v[i],
			.state = state,
		};
		struct ds_changes c = DS_CHANGES_INIT;

		if (!d.item->enabled || d.item->path == NULL)
			continue;
		rc = ds_state_item(&d.now, mv->s, &state, d.item->name);
		if (rc == 0)
			rc = ds_state_item(&d.wanted, mv->s, &wanted,
			    d.item->name);
		if (rc == 0)
			rc = dry_item(&c, &d, m, mv->progress);
		if (rc == 0 && c.n > 0)
			rc = ds_restore__note(out, d.item->name, &c);
		ds_changes_release(&c);
	}
	return rc;
}
