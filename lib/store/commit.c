/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From changes to a commit.  All that is slow is done first and without the
 * lock.  If the line has moved when the lock is had, the changes go onto the
 * new head under the lock: that costs by what changed, not by what is there.
 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/device.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/item.h"
#include "ds/lock.h"
#include "ds/ref.h"
#include "ds/report.h"
#include "ds/sink.h"
#include "ds/state.h"
#include "ds/store.h"
#include "ds/tree.h"

#include "commit_internal.h"

#define TRIES 100

void
ds_commit_message(struct ds_buf *out, const struct ds_store *s,
    const char *subject, const char *trigger, const char *more)
{
	ds_buf_adds(out, subject);
	ds_buf_addf(out, "\n\nDatasync-Device: %s\nDatasync-Trigger: %s\n",
	    s->device->id, trigger);
	if (more != NULL)
		ds_buf_adds(out, more);
}

int
ds_commit_write(git_oid *out, struct ds_store *s, struct ds_sink *sink,
    const git_oid *state, const git_oid *parent, const char *message)
{
	int rc;

	rc = ds_tree_commit(out, sink, s, state, parent, message);
	if (rc == 0)
		rc = ds_sink_finish(sink);
	return rc;
}

int
ds_commit_land(struct ds_store *s, const git_oid *new, const git_oid *old,
    const char *why)
{
	struct ds_buf who = DS_BUF_INIT, line = DS_BUF_INIT;
	char mail[64];
	int rc;

	ds_device_mail(mail, s->device);
	ds_buf_addf(&who, "%s <%s>", s->device->name, mail);
	ds_buf_addf(&line, "commit: %.*s", (int)strcspn(why, "\n"), why);
	rc = ds_buf_check(&who);
	if (rc == 0)
		rc = ds_buf_check(&line);
	if (rc == 0)
		rc = ds_ref_update(s, DS_STORE_LINE, new, old, who.data,
		    line.data);
	ds_buf_release(&line);
	ds_buf_release(&who);
	return rc;
}

void
ds_commit_result_release(struct ds_commit_result *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		free(r->v[i].name);
		free(r->v[i].held);
	}
	free(r->v);
	free(r->subject);
	ds_list_release(&r->ignored);
	memset(r, 0, sizeof(*r));
}

static int
load(struct job *j)
{
	int rc;

	rc = ds_store_head(&j->head, j->s);
	if (rc == 0)
		rc = ds_state_of_commit(&j->state, j->s, &j->head);
	if (rc == 0)
		rc = ds_items_load(&j->items, j->s, &j->state);
	return rc;
}

static int
part_of(struct part **out, struct job *j, struct ds_item *item)
{
	struct part *p;
	size_t i;
	int rc;

	for (i = 0; i < j->n; i++)
		if (j->v[i].item == item) {
			*out = &j->v[i];
			return 0;
		}
	rc = ds_list_grow(&j->v, j->n, &j->cap, sizeof(*j->v));
	if (rc < 0)
		return rc;
	p = *out = &j->v[j->n++];
	memset(p, 0, sizeof(*p));
	p->item = item;
	return ds_state_item(&p->old, j->s, &j->state, item->name);
}

/* One path that the caller named. */
static int
select_path(struct job *j, const char *path)
{
	struct ds_item *item;
	struct part *p;
	char *rel;
	int rc;

	rc = ds_items_locate(&item, &rel, &j->items, path);
	if (rc == DS_ENOTFOUND && j->o->quiet_untracked) {
		ds_err_clear();
		return 0;
	}
	if (rc < 0)
		return ds_err_hint(rc, "'datasync track PATH' adds it");
	if (!item->enabled || item->path == NULL)
		rc = j->o->quiet_untracked ?
		    0 :
		    ds_err_hint(ds_err(DS_EINVAL,
				    "item '%s' is not enabled on this device",
				    item->name),
			"'datasync items enable %s' does that", item->name);
	else {
		rc = part_of(&p, j, item);
		if (rc == 0)
			rc = ds_list_add(&p->paths, rel);
	}
	free(rel);
	return rc;
}

static int
select_parts(struct job *j)
{
	const struct ds_list *paths = j->o->paths;
	struct part *p;
	size_t i;
	int rc = 0;

	if (paths != NULL && paths->n > 0) {
		for (i = 0; rc == 0 && i < paths->n; i++)
			rc = select_path(j, paths->v[i]);
		return rc;
	}
	for (i = 0; rc == 0 && i < j->items.n; i++) {
		struct ds_item *item = &j->items.v[i];

		if (!item->enabled || item->path == NULL)
			continue;
		rc = part_of(&p, j, item);
		if (rc == 0)
			rc = ds_list_add(&p->paths, "");
	}
	return rc;
}

static size_t
changed(const struct job *j)
{
	size_t i, n = 0;

	for (i = 0; i < j->n; i++)
		n += j->v[i].changes.n;
	return n;
}

/* The commit of all parts onto j->head, with its objects on the disk. */
static int
build(struct job *j, const char *message)
{
	struct ds_tree_item *items;
	git_oid state;
	size_t i, n = 0;
	int rc = 0;

	items = calloc(j->n + 1, sizeof(*items));
	if (items == NULL)
		return ds_err_nomem();
	for (i = 0; rc == 0 && i < j->n; i++) {
		struct part *p = &j->v[i];

		if (p->changes.n == 0)
			continue;
		items[n].name = p->item->name;
		rc = ds_tree_edit(&items[n++].roots, j->sink, j->s, &p->old,
		    &p->changes);
	}
	if (rc == 0)
		rc = ds_tree_compose(&state, j->sink, j->s, &j->state, items, n,
		    NULL);
	if (rc == 0)
		rc = ds_commit_write(&j->out->id, j->s, j->sink, &state,
		    &j->head, message);
	if (rc == 0) {
		j->out->objects += ds_sink_count(j->sink);
		j->out->stored += ds_sink_bytes(j->sink);
	}
	free(items);
	return rc;
}

/*
 * The line has moved: what the other commit touched is read again, so that
 * the later content wins; the rest stands.
 */
static int
rebase_part(struct job *j, struct part *p)
{
	struct ds_changes theirs = DS_CHANGES_INIT, mine = p->changes;
	struct ds_roots now;
	size_t i;
	int rc;

	memset(&p->changes, 0, sizeof(p->changes));
	rc = ds_state_item(&now, j->s, &j->state, p->item->name);
	if (rc == 0)
		rc = ds_state_diff(&theirs, j->s, &p->old, &now, "");
	p->old = now;
	for (i = 0; rc == 0 && i < mine.n; i++) {
		const struct ds_change *c = &mine.v[i];

		if (ds_changes_find(&theirs, c->path) == NULL)
			rc = ds_changes_add(&p->changes, c->path, &c->old,
			    &c->new);
		else if (c->path[0] != '\0')
			rc = ds_commit__scan_path(j, p, c->path);
	}
	ds_changes_sort(&p->changes);
	ds_changes_release(&theirs);
	ds_changes_release(&mine);
	return rc;
}

static int
rebase(struct job *j)
{
	size_t i;
	int rc;

	ds_sink_close(j->sink);
	j->sink = NULL;
	rc = ds_sink_open(&j->sink, j->s->odb, j->objects);
	if (rc == 0)
		rc = ds_store_head(&j->head, j->s);
	if (rc == 0)
		rc = ds_state_of_commit(&j->state, j->s, &j->head);
	for (i = 0; rc == 0 && i < j->n; i++)
		rc = rebase_part(j, &j->v[i]);
	return rc;
}

/*
 * Our lock keeps other datasyncs out, but not plain git: the line may move
 * again and again.
 */
static int
land(struct job *j, const char *message)
{
	struct ds_lock *lock;
	int rc, tries;

	rc = ds_store_lock(&lock, j->s);
	if (rc < 0)
		return rc;
	rc = ds_commit_land(j->s, &j->out->id, &j->head, message);
	for (tries = 0; rc == DS_EMOVED && tries < TRIES; tries++) {
		ds_err_clear();
		rc = rebase(j);
		if (rc == 0 && changed(j) == 0) {
			j->out->id = j->head;
			goto out;
		}
		if (rc == 0)
			rc = build(j, message);
		if (rc == 0)
			rc = ds_commit_land(j->s, &j->out->id, &j->head,
			    message);
	}
	if (rc == 0)
		j->out->made = true;
	if (rc == 0)
		rc = ds_commit__remember(j);
	if (j->out->objects > DS_SINK_LOOSE_MAX)
		ds_sink_mend(j->objects);
out:
	ds_lock_drop(lock);
	return rc;
}

static int
first_line(char **out, const char *message)
{
	free(*out);
	*out = strndup(message, strcspn(message, "\n"));
	return *out != NULL ? 0 : ds_err_nomem();
}

static int
make(struct job *j)
{
	struct ds_buf message = DS_BUF_INIT, deletes = DS_BUF_INIT;
	int rc;

	rc = ds_commit__subject(j);
	if (rc == 0 && j->o->message != NULL)
		rc = first_line(&j->out->subject, j->o->message);
	ds_commit__deletes(&deletes, j);
	if (rc == 0)
		rc = ds_buf_check(&deletes);
	if (rc == 0) {
		ds_commit_message(&message, j->s,
		    j->o->message != NULL ? j->o->message : j->out->subject,
		    j->o->trigger, deletes.data);
		rc = ds_buf_check(&message);
	}
	if (rc == 0)
		rc = build(j, message.data);
	if (rc == 0)
		rc = land(j, message.data);
	ds_buf_release(&deletes);
	ds_buf_release(&message);
	return rc;
}

static void
job_release(struct job *j)
{
	size_t i;

	for (i = 0; i < j->n; i++) {
		ds_changes_release(&j->v[i].changes);
		ds_list_release(&j->v[i].paths);
		free(j->v[i].fsid);
	}
	free(j->v);
	ds_sink_close(j->sink);
	ds_items_release(&j->items);
	free(j->objects);
}

static int
held_back(const struct ds_commit_result *out, size_t held)
{
	size_t i, missing = 0;
	int rc = ds_err(DS_EBRAKE, "%zu %s held back", held,
	    held == 1 ? "item is" : "items are");

	for (i = 0; i < out->n; i++)
		missing += out->v[i].missing;
	if (missing == held)
		return ds_err_hint(rc,
		    "is a disk not mounted? 'datasync "
		    "restore' brings the files back, 'datasync untrack' lets "
		    "the item go");
	return ds_err_hint(rc,
	    "if that is meant, run 'datasync commit "
	    "--allow-delete'");
}

/* What the caller has to know besides success. */
static int
verdict(struct job *j, size_t unreadable_before)
{
	const struct ds_report *r = j->o->report;
	size_t i, held = 0, bad = 0;
	int rc;

	for (i = 0; i < j->out->n; i++)
		held += j->out->v[i].held != NULL;
	if (r != NULL)
		bad = r->count[DS_REPORT_UNREADABLE] +
		    r->count[DS_REPORT_CHANGING] - unreadable_before;
	if (held > 0 && !j->o->keep)
		return held_back(j->out, held);
	if (bad > 0)
		return ds_err(DS_EPART,
		    "%zu %s could not be read; the rest "
		    "is committed",
		    bad, bad == 1 ? "path" : "paths");
	if (j->out->refused > 0 && !j->o->keep) {
		rc = ds_err(DS_EPART, "%zu left out that %s like a secret",
		    j->out->refused, j->out->refused == 1 ? "looks" : "look");
		return ds_err_hint(rc,
		    "'datasync config commit.secrets' says "
		    "what to do with such files");
	}
	return 0;
}

int
ds_commit_run(struct ds_commit_result *out, struct ds_store *s,
    const struct ds_commit_options *o)
{
	struct job j = { .s = s, .o = o, .out = out };
	size_t before = 0;
	int rc;

	memset(out, 0, sizeof(*out));
	if (o->report != NULL)
		before = o->report->count[DS_REPORT_UNREADABLE] +
		    o->report->count[DS_REPORT_CHANGING];
	rc = load(&j);
	if (rc == 0)
		rc = select_parts(&j);
	if (rc == 0)
		rc = ds_store_path(&j.objects, s, false, "objects");
	if (rc == 0)
		rc = ds_sink_open(&j.sink, s->odb, j.objects);
	if (rc == 0)
		rc = ds_commit__scan(&j);
	if (rc == 0 && changed(&j) > 0)
		rc = make(&j);
	else if (rc == 0)
		out->id = j.head;
	if (rc == 0)
		rc = verdict(&j, before);
	job_release(&j);
	return rc;
}
