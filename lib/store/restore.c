/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <git2.h>

#include "ds/apply.h"
#include "ds/buf.h"
#include "ds/commit.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/path.h"
#include "ds/report.h"
#include "ds/sink.h"
#include "ds/store.h"
#include "ds/tree.h"
#include "restore_internal.h"

#define MANY 16

void
ds_restore_result_release(struct ds_restore_result *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		free(r->v[i].name);
		ds_changes_release(&r->v[i].changes);
	}
	free(r->v);
	free(r->undone_subject);
	memset(r, 0, sizeof(*r));
}

int
ds_restore__note(struct ds_restore_result *r, const char *item,
    struct ds_changes *taken)
{
	struct ds_restore_item *it;
	int rc;

	rc = ds_list_grow(&r->v, r->n, &r->cap, sizeof(*r->v));
	if (rc < 0)
		return rc;
	it = &r->v[r->n];
	it->name = strdup(item);
	if (it->name == NULL)
		return ds_err_nomem();
	it->changes = *taken;
	memset(taken, 0, sizeof(*taken));
	r->n++;
	return 0;
}

int
ds_restore__keep(git_oid *kept, struct mover *mv, const struct ds_list *paths,
    const char *why)
{
	struct ds_commit_options o = {
		.message = why,
		.trigger = "keep",
		.paths = paths,
		.keep = true,
		.report = mv->report,
		.progress = mv->progress,
	};
	struct ds_commit_result r;
	int rc;

	memset(kept, 0, sizeof(*kept));
	rc = ds_commit_run(&r, mv->s, &o);
	/* what can't be read is not replaced; the verdict knows of it */
	if (rc == DS_EPART) {
		ds_err_clear();
		rc = 0;
	}
	if (rc == 0 && r.made)
		*kept = r.id;
	ds_commit_result_release(&r);
	return rc;
}

/* The paths asked for, as items and paths in them. */
static int
select_scope(struct move *m, const struct ds_items *items,
    const struct ds_restore_options *o)
{
	size_t i;
	int rc = 0;

	for (i = 0; o->paths != NULL && rc == 0 && i < o->paths->n; i++) {
		struct ds_item *item;
		char *rel;

		rc = ds_items_locate(&item, &rel, items, o->paths->v[i]);
		if (rc < 0)
			return ds_err_hint(rc,
			    "'datasync items' lists what "
			    "is tracked");
		if (!item->enabled || item->path == NULL)
			rc = ds_err_hint(ds_err(DS_EINVAL,
					     "item '%s' is not "
					     "enabled on this device",
					     item->name),
			    "with "
			    "--to DIR its files come there");
		if (rc == 0)
			rc = ds_move__scope(m, item->name, rel);
		free(rel);
	}
	if (m->n > 0 || rc < 0)
		return rc;
	for (i = 0; rc == 0 && i < items->n; i++)
		if (items->v[i].enabled && items->v[i].path != NULL)
			rc = ds_move__scope(m, items->v[i].name, "");
	return rc;
}

bool
ds_restore__has_item(const struct ds_roots *roots)
{
	return !git_oid_is_zero(&roots->tree) || !git_oid_is_zero(&roots->meta);
}

int
ds_restore__check(struct ds_store *s, const struct ds_roots *roots,
    const struct scope *sc, const struct ds_restore_options *o)
{
	struct ds_node node;
	int rc;

	if (sc->path[0] == '\0' && o->paths != NULL && o->paths->n > 0 &&
	    !ds_restore__has_item(roots))
		return ds_err(DS_ENOTFOUND, "'%s' is not in '%s'", sc->item,
		    o->label);
	if (sc->path[0] == '\0' || o->delete_extra)
		return 0;
	rc = ds_state_find(&node, s, roots, sc->path);
	if (rc == 0 && node.e.kind == DS_KIND_NONE)
		rc = ds_err(DS_ENOTFOUND, "'%s/%s' is not in '%s'", sc->item,
		    sc->path, o->label);
	return rc;
}

static bool
is_beneath_kept(const struct ds_changes *kept, const char *path)
{
	const struct ds_change *last;

	if (kept->n == 0)
		return false;
	last = &kept->v[kept->n - 1];
	return last->path[0] != '\0' && last->old.kind == DS_KIND_DIR &&
	    last->new.kind != DS_KIND_DIR &&ds_path_beneath(last->path, path) !=
	    NULL;
}

int
ds_restore__keep_extras(struct ds_changes *c, struct ds_report *report,
    const char *item)
{
	struct ds_changes out = DS_CHANGES_INIT, blocked = DS_CHANGES_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n; i++) {
		const struct ds_change *x = &c->v[i];

		if (x->old.kind == DS_KIND_DIR &&
		    (x->new.kind == DS_KIND_FILE ||
			x->new.kind == DS_KIND_LINK)) {
			ds_report(report, DS_REPORT_NOT_WRITTEN, item, x->path,
			    "a folder is in its place; --delete removes it");
			rc =
			    ds_changes_add(&blocked, x->path, &x->old, &x->new);
			continue;
		}
		if (x->new.kind == DS_KIND_NONE ||
		    is_beneath_kept(&blocked, x->path))
			continue;
		rc = ds_changes_add(&out, x->path, &x->old, &x->new);
	}
	ds_changes_release(&blocked);
	ds_changes_release(c);
	*c = out;
	return rc;
}

/* What has to change in ${sc} to go from ${now} to ${wanted}. */
static int
wanted_changes(struct ds_changes *out, struct ds_store *s, const git_oid *now,
    const git_oid *wanted, const struct scope *sc,
    const struct ds_restore_options *o)
{
	struct ds_roots a, b;
	int rc;

	rc = ds_state_item(&a, s, now, sc->item);
	if (rc == 0)
		rc = ds_state_item(&b, s, wanted, sc->item);
	if (rc == 0)
		rc = ds_restore__check(s, &b, sc, o);
	if (sc->path[0] == '\0' && !ds_restore__has_item(&b))
		return rc;
	if (rc == 0)
		rc = ds_state_diff(out, s, &a, &b, sc->path);
	if (rc == 0 && !o->delete_extra)
		rc = ds_restore__keep_extras(out, o->report, sc->item);
	return rc;
}

/* Times of folders alone are nothing to restore. */
static bool
is_worth_it(const struct ds_changes *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (!ds_entry_same(&c->v[i].old, &c->v[i].new))
			return true;
	return false;
}

/* Many paths of one item: the two states are compared once, as a whole. */
static int
changes_of_many(struct ds_changes *out, struct ds_store *s, const git_oid *now,
    const git_oid *wanted, const char *item, const struct ds_list *paths,
    const struct ds_restore_options *o)
{
	struct ds_changes all = DS_CHANGES_INIT, there = DS_CHANGES_INIT;
	struct ds_roots a, b;
	size_t i;
	int rc;

	rc = ds_state_item(&a, s, now, item);
	if (rc == 0)
		rc = ds_state_item(&b, s, wanted, item);
	if (rc == 0)
		rc = ds_state_list(&there, s, &b, "");
	for (i = 0; rc == 0 && !o->delete_extra && i < paths->n; i++)
		if (ds_changes_find(&there, paths->v[i]) == NULL)
			rc = ds_err(DS_ENOTFOUND, "'%s/%s' is not in '%s'",
			    item, paths->v[i], o->label);
	if (rc == 0)
		rc = ds_state_diff(&all, s, &a, &b, "");
	for (i = 0; rc == 0 && i < all.n; i++)
		if (ds_move__asked(paths, all.v[i].path))
			rc = ds_changes_add(out, all.v[i].path, &all.v[i].old,
			    &all.v[i].new);
	if (rc == 0 && !o->delete_extra)
		rc = ds_restore__keep_extras(out, o->report, item);
	ds_changes_release(&there);
	ds_changes_release(&all);
	return rc;
}

/* All wanted changes of one item, of every scope that names it. */
static int
item_changes(struct ds_changes *out, struct ds_store *s, const git_oid *now,
    const git_oid *wanted, const struct move *m, const char *item,
    const struct ds_restore_options *o)
{
	struct ds_list paths = DS_LIST_INIT;
	size_t i;
	int rc;

	rc = ds_move__paths(&paths, m, item);
	if (rc == 0 && paths.n > MANY)
		rc = changes_of_many(out, s, now, wanted, item, &paths, o);
	for (i = 0; rc == 0 && paths.n <= MANY && i < paths.n; i++) {
		const struct scope one = {
			(char *)(uintptr_t)item,
			paths.v[i],
		};

		rc = wanted_changes(out, s, now, wanted, &one, o);
	}
	ds_list_release(&paths);
	ds_changes_sort(out);
	if (rc == 0 && !is_worth_it(out))
		ds_changes_release(out);
	return rc;
}

static bool
first_of_item(const struct move *m, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(m->v[k].item, m->v[i].item) == 0)
			return false;
	return true;
}

/* The target's state: ${now} with all wanted changes.  ${n}: how many. */
static int
target_state(git_oid *out, size_t *n, struct ds_sink *sink, struct ds_store *s,
    const git_oid *now, const git_oid *wanted, const struct move *m,
    const struct ds_restore_options *o)
{
	struct ds_tree_item *items = calloc(m->n + 1, sizeof(*items));
	struct ds_roots old;
	size_t i, k = 0;
	int rc = items != NULL ? 0 : ds_err_nomem();

	*n = 0;
	for (i = 0; rc == 0 && i < m->n; i++) {
		struct ds_changes c = DS_CHANGES_INIT;

		if (!first_of_item(m, i))
			continue;
		items[k].name = m->v[i].item;
		rc = item_changes(&c, s, now, wanted, m, items[k].name, o);
		if (rc == 0 && c.n > 0) {
			*n += c.n;
			rc = ds_state_item(&old, s, now, items[k].name);
			if (rc == 0)
				rc = ds_tree_edit(&items[k++].roots, sink, s,
				    &old, &c);
		}
		ds_changes_release(&c);
	}
	if (rc == 0)
		rc = ds_tree_compose(out, sink, s, now, items, k, NULL);
	free(items);
	return rc;
}

/* Make the target commit of ${m} on top of m->old; the same if no change. */
static int
make_target(struct move *m, struct ds_store *s,
    const struct ds_restore_options *o)
{
	struct ds_buf subject = DS_BUF_INIT, message = DS_BUF_INIT;
	struct ds_sink *sink = NULL;
	git_oid now, wanted, state;
	char *objects = NULL;
	size_t n;
	int rc;

	ds_buf_addf(&subject, "restore from %s", o->label);
	ds_commit_message(&message, s,
	    subject.data != NULL ? subject.data : "restore", "restore", NULL);
	rc = ds_buf_take(&m->message, &message);
	if (rc == 0)
		rc = ds_state_of_commit(&now, s, &m->old);
	if (rc == 0)
		rc = ds_state_of_commit(&wanted, s, &o->from);
	if (rc == 0)
		rc = ds_store_path(&objects, s, false, "objects");
	if (rc == 0)
		rc = ds_sink_open(&sink, s->odb, objects);
	if (rc == 0)
		rc = target_state(&state, &n, sink, s, &now, &wanted, m, o);
	m->target = m->old;
	if (rc == 0 && n > 0)
		rc = ds_commit_write(&m->target, s, sink, &state, &m->old,
		    m->message);
	ds_sink_close(sink);
	free(objects);
	ds_buf_release(&subject);
	return rc;
}

/* What the move will do, for the caller to show. */
static int
note_plan(struct ds_restore_result *out, struct ds_store *s,
    const struct move *m, const struct ds_items *items)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < items->n; i++) {
		struct ds_changes c = DS_CHANGES_INIT;

		if (!items->v[i].enabled || items->v[i].path == NULL)
			continue;
		rc = ds_move__plan(&c, s, m, &items->v[i]);
		if (rc == 0 && c.n > 0)
			rc = ds_restore__note(out, items->v[i].name, &c);
		ds_changes_release(&c);
	}
	return rc;
}

/* An item's disk may have been swapped for an empty mount point. */
static int
check_roots(const struct ds_store *s, const struct ds_items *items,
    const struct move *m)
{
	struct stat st;
	size_t i, k;
	int fd, rc = 0;

	for (i = 0; rc == 0 && i < items->n; i++)
		for (k = 0; k < m->n; k++) {
			if (strcmp(items->v[i].name, m->v[k].item) != 0 ||
			    lstat(items->v[i].path, &st) < 0)
				continue;
			rc = ds_item_check_place(s, items->v[i].path);
			if (rc < 0)
				break;
			rc = ds_move__open_root(&fd, &items->v[i], false);
			if (rc == 0)
				close(fd);
			break;
		}
	return rc;
}

static int
restore_here(struct ds_restore_result *out, struct mover *mv, struct move *m,
    const struct ds_items *items, const struct ds_restore_options *o)
{
	int rc;

	rc = check_roots(mv->s, items, m);
	if (rc == 0)
		rc = ds_restore__keep(&out->kept, mv, o->paths,
		    "before restore");
	if (rc == 0)
		rc = ds_store_head(&m->old, mv->s);
	if (rc == 0)
		rc = make_target(m, mv->s, o);
	if (rc == 0)
		rc = note_plan(out, mv->s, m, items);
	if (rc < 0)
		return rc;
	out->id = m->old;
	if (out->n == 0)
		return 0;
	rc = ds_move__run(&out->id, mv, m);
	out->made = rc == 0 && !git_oid_equal(&out->id, &m->old);
	return rc;
}

size_t
ds_restore__undone(const struct ds_report *r)
{
	if (r == NULL)
		return 0;
	return r->count[DS_REPORT_KEPT] + r->count[DS_REPORT_NOT_WRITTEN] +
	    r->count[DS_REPORT_NOT_SET] + r->count[DS_REPORT_UNREADABLE] +
	    r->count[DS_REPORT_CHANGING];
}

int
ds_restore__verdict(const struct ds_report *r, size_t before)
{
	if (ds_restore__undone(r) == before)
		return 0;
	return ds_err(DS_EPART, "not everything could be restored as wanted");
}

int
ds_restore_run(struct ds_restore_result *out, struct ds_store *s,
    const struct ds_restore_options *o)
{
	size_t before = ds_restore__undone(o->report);
	struct ds_items items = DS_ITEMS_INIT;
	struct move m;
	struct mover mv;
	git_oid state;
	bool finished;
	int rc;

	memset(out, 0, sizeof(*out));
	memset(&m, 0, sizeof(m));
	rc = ds_move__begin(&mv, s, o->report, o->progress, s->lock_ms,
	    &finished);
	if (rc < 0)
		return rc;
	rc = ds_store_head(&m.old, s);
	if (rc == 0)
		rc = ds_state_of_commit(&state, s, &m.old);
	if (rc == 0)
		rc = ds_items_load(&items, s, &state);
	if (rc == 0)
		rc = select_scope(&m, &items, o);
	if (rc == 0 && o->dry_run)
		rc = ds_restore__dry_run(out, &mv, &m, &items, o);
	else if (rc == 0)
		rc = restore_here(out, &mv, &m, &items, o);
	if (rc == 0)
		rc = ds_restore__verdict(o->report, before);
	ds_items_release(&items);
	ds_move__release(&m);
	ds_move__end(&mv);
	return rc;
}
