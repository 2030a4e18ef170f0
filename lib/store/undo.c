/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An undo is a restore whose target is made by three-way choice, file by
 * file: what the undone commit changed goes back, unless it was changed again
 * since.  It is a commit of its own, so it travels, and undoing it redoes.
 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/buf.h"
#include "ds/commit.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/history.h"
#include "ds/report.h"
#include "ds/sink.h"
#include "ds/store.h"
#include "ds/tree.h"
#include "restore_internal.h"

static bool
is_undoable(const char *trigger)
{
	static const char *const words[] = {
		"restore",
		"undo",
		"pull",
		"merge",
		"rollback",
		"switch",
		"resolve",
	};
	size_t i;

	for (i = 0; i < ds_nitems(words); i++)
		if (strcmp(trigger, words[i]) == 0)
			return true;
	return false;
}

/* The newest commit of the line that undo speaks of. */
static int
find_last(git_oid *out, struct ds_store *s)
{
	struct ds_history_options o = {
		.since = INT64_MIN,
		.until = INT64_MAX,
		.first_parent = true,
	};
	struct ds_history *h;
	struct ds_record r;
	bool found = false;
	int rc;

	rc = ds_history_open(&h, s, &o);
	if (rc < 0)
		return rc;
	while (!found) {
		rc = ds_history_next(&r, h);
		if (rc <= 0)
			break;
		found = is_undoable(r.trigger);
		*out = r.id;
		ds_record_release(&r);
	}
	ds_history_close(h);
	if (found)
		return 0;
	if (rc == 0)
		rc = ds_err_hint(ds_err(DS_ENOTFOUND,
				     "there is nothing to "
				     "undo"),
		    "'datasync undo REV' takes back any commit");
	return rc;
}

/* Turn ${c} (what the commit did) round, where nobody changed it since. */
static int
turn_round(struct ds_changes *out, struct ds_store *s,
    const struct ds_roots *now, const struct ds_changes *c,
    struct ds_report *report, const char *item)
{
	struct ds_node node;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n; i++) {
		const struct ds_change *x = &c->v[i];

		rc = ds_state_find(&node, s, now, x->path);
		if (rc < 0 || ds_entry_same(&node.e, &x->old))
			continue;
		if (ds_entry_same(&node.e, &x->new))
			rc = ds_changes_add(out, x->path, &x->new, &x->old);
		else
			ds_report(report, DS_REPORT_KEPT, item, x->path,
			    "it was changed since");
	}
	ds_changes_sort(out);
	return rc;
}

/*
 * The state of m->old without what ${undone} did; ${r} tells what becomes
 * different.  Without a sink that is all.
 */
static int
state_without(git_oid *out, struct ds_restore_result *r, struct ds_sink *sink,
    struct ds_store *s, const struct move *m,
    const struct ds_comparison *undone, struct ds_report *report)
{
	struct ds_tree_item *items = calloc(undone->n + 1, sizeof(*items));
	git_oid now;
	size_t i, k = 0;
	int rc = items != NULL ? 0 : ds_err_nomem();

	if (rc == 0)
		rc = ds_state_of_commit(&now, s, &m->old);
	for (i = 0; rc == 0 && i < undone->n; i++) {
		const struct ds_touched *t = &undone->v[i];
		struct ds_changes c = DS_CHANGES_INIT;
		struct ds_roots roots;

		rc = ds_state_item(&roots, s, &now, t->item);
		if (rc == 0)
			rc = turn_round(&c, s, &roots, t->changes, report,
			    t->item);
		if (rc == 0 && c.n > 0 && sink != NULL) {
			items[k].name = t->item;
			rc = ds_tree_edit(&items[k++].roots, sink, s, &roots,
			    &c);
		}
		if (rc == 0 && c.n > 0)
			rc = ds_restore__note(r, t->item, &c);
		ds_changes_release(&c);
	}
	if (rc == 0 && k > 0)
		rc = ds_tree_compose(out, sink, s, &now, items, k, NULL);
	free(items);
	return rc;
}

static int
message_of(struct move *m, struct ds_store *s, const struct ds_record *r)
{
	struct ds_buf subject = DS_BUF_INIT, more = DS_BUF_INIT;
	struct ds_buf message = DS_BUF_INIT;
	int rc;

	ds_buf_addf(&subject, "undo: %s", r->subject);
	ds_buf_addf(&more, "Datasync-Undo: %s\n", ds_git_hex(&r->id));
	rc = ds_buf_check(&subject);
	if (rc == 0)
		rc = ds_buf_check(&more);
	if (rc == 0) {
		ds_commit_message(&message, s, subject.data, "undo", more.data);
		rc = ds_buf_take(&m->message, &message);
	}
	ds_buf_release(&more);
	ds_buf_release(&subject);
	return rc;
}

static int
make_target(struct ds_restore_result *out, struct move *m, struct mover *mv,
    const struct ds_comparison *undone, bool dry_run)
{
	struct ds_sink *sink = NULL;
	char *objects = NULL;
	git_oid state;
	int rc;

	m->target = m->old;
	if (dry_run)
		return state_without(&state, out, NULL, mv->s, m, undone,
		    mv->report);
	rc = ds_store_path(&objects, mv->s, false, "objects");
	if (rc == 0)
		rc = ds_sink_open(&sink, mv->s->odb, objects);
	if (rc == 0)
		rc = state_without(&state, out, sink, mv->s, m, undone,
		    mv->report);
	if (rc == 0 && out->n > 0)
		rc = ds_commit_write(&m->target, mv->s, sink, &state, &m->old,
		    m->message);
	ds_sink_close(sink);
	free(objects);
	return rc;
}

/* Rules are no files: the commands that changed them change them back. */
static int
check_trigger(const struct ds_record *r)
{
	if (strcmp(r->trigger, "track") != 0)
		return 0;
	return ds_err_hint(ds_err(DS_EINVAL,
			       "'%s' changed what is tracked, "
			       "not files",
			       r->subject),
	    "'datasync track' and 'datasync "
	    "untrack' take that back");
}

static int
undo(struct ds_restore_result *out, struct mover *mv, struct move *m,
    const git_oid *commit, bool dry_run)
{
	static const git_oid none;
	struct ds_comparison undone = { .n = 0 };
	struct ds_record r;
	int rc;

	rc = ds_record_load(&r, mv->s, commit);
	if (rc < 0)
		return rc;
	out->undone = r.id;
	rc = check_trigger(&r);
	if (rc < 0)
		goto out;
	rc = ds_compare(&undone, mv->s, r.n_parents > 0 ? &r.parents[0] : &none,
	    &r.id, NULL);
	if (rc == 0)
		rc = message_of(m, mv->s, &r);
	if (rc == 0 && !dry_run)
		rc = ds_restore__keep(&out->kept, mv, NULL, "before undo");
	if (rc == 0)
		rc = ds_store_head(&m->old, mv->s);
	out->id = m->old;
	if (rc == 0)
		rc = make_target(out, m, mv, &undone, dry_run);
	if (rc == 0 && !dry_run && !git_oid_equal(&m->target, &m->old)) {
		rc = ds_move__run(&out->id, mv, m);
		out->made = rc == 0;
	}
	if (rc == 0) {
		out->undone_subject = r.subject;
		r.subject = NULL;
	}
out:
	ds_comparison_release(&undone);
	ds_record_release(&r);
	return rc;
}

int
ds_restore_undo(struct ds_restore_result *out, struct ds_store *s,
    const git_oid *commit, bool dry_run, struct ds_report *report,
    struct ds_progress *progress)
{
	size_t before = ds_restore__undone(report);
	git_oid which = *commit;
	struct mover mv;
	struct move m;
	bool finished;
	int rc;

	memset(out, 0, sizeof(*out));
	memset(&m, 0, sizeof(m));
	rc = ds_move__begin(&mv, s, report, progress, s->lock_ms, &finished);
	if (rc < 0)
		return rc;
	if (git_oid_is_zero(&which))
		rc = find_last(&which, s);
	if (rc == 0)
		rc = undo(out, &mv, &m, &which, dry_run);
	if (rc == 0)
		rc = ds_restore__verdict(report, before);
	ds_move__release(&m);
	ds_move__end(&mv);
	return rc;
}
