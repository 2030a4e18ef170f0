/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <git2.h>

#include "ds/apply.h"
#include "ds/buf.h"
#include "ds/commit.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/lock.h"
#include "ds/report.h"
#include "ds/sink.h"
#include "ds/store.h"
#include "ds/trace.h"
#include "ds/tree.h"
#include "restore_internal.h"

#define NS INT64_C(1000000000)
#define TRIES 100

int
ds_move__open_root(int *fd, const struct ds_item *item, bool make)
{
	char *fsid = NULL;
	int rc;

	/* private until its mode is set */
	if (make) {
		rc = ds_file_mkdirs(item->path, 0700);
		if (rc < 0)
			return rc;
	}
	*fd = open(item->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return ds_err_sys("cannot open '%s'", item->path);
	rc = ds_item_fsid(&fsid, *fd);
	if (rc == 0 && item->fsid != NULL && strcmp(item->fsid, fsid) != 0)
		rc = ds_err_hint(
		    ds_err(DS_EBRAKE,
			"the folder '%s' of item "
			"'%s' lies on another file system than before",
			item->path, item->name),
		    "is a disk not mounted? if the "
		    "move is meant, run 'datasync items enable %s %s'",
		    item->name, item->shown);
	free(fsid);
	if (rc < 0) {
		close(*fd);
		*fd = -1;
	}
	return rc;
}

void
ds_move__set_root(int fd, const struct ds_entry *e, struct ds_report *report,
    const char *item)
{
	struct timespec t[2] = { { .tv_nsec = UTIME_OMIT } };
	struct stat st;

	if (e->kind != DS_KIND_DIR)
		return;
	/* the folder may be another user's, and right as it is */
	if ((e->mode & DS_MODE_UNKNOWN) == 0 &&
	    (fstat(fd, &st) < 0 || (st.st_mode & 07777) != e->mode) &&
	    fchmod(fd, e->mode) < 0) {
		ds_report(report, DS_REPORT_NOT_SET, item, "", strerror(errno));
		return;
	}
	if (e->mtime == DS_MTIME_UNKNOWN)
		return;
	t[1].tv_sec = (time_t)(e->mtime / NS);
	t[1].tv_nsec = (long)(e->mtime % NS);
	if (t[1].tv_nsec < 0) {
		t[1].tv_nsec += NS;
		t[1].tv_sec--;
	}
	if (futimens(fd, t) < 0)
		ds_report(report, DS_REPORT_NOT_SET, item, "", strerror(errno));
}

void
ds_move__take_root(struct ds_entry *out, struct ds_changes *c)
{
	memset(out, 0, sizeof(*out));
	if (c->n == 0 || c->v[0].path[0] != '\0')
		return;
	*out = c->v[0].new;
	free(c->v[0].path);
	memmove(c->v, c->v + 1, (c->n - 1) * sizeof(*c->v));
	c->n--;
}

/* What comes into a folder changes its time; with it comes the folder. */
static int
add_folder_of(struct ds_changes *out, const struct ds_changes *all,
    const struct ds_list *paths, const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct ds_change *c;
	char *folder;
	int rc = 0;

	folder = strndup(path, slash != NULL ? (size_t)(slash - path) : 0);
	if (folder == NULL)
		return ds_err_nomem();
	c = ds_changes_find(all, folder);
	if (c != NULL &&
	    c->new.kind == DS_KIND_DIR &&ds_move__asked(paths, folder))
		rc = ds_changes_add(out, folder, &c->new, &c->new);
	free(folder);
	return rc;
}

int
ds_move__paths(struct ds_list *out, const struct move *m, const char *item)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < m->n; i++)
		if (strcmp(m->v[i].item, item) == 0)
			rc = ds_list_add(out, m->v[i].path);
	ds_list_sort(out);
	return rc;
}

static int
by_start(const void *key, const void *member)
{
	const struct ds_buf *start = key;
	const char *path = *(char *const *)member;
	int c = strncmp(start->data, path, start->len);

	return c != 0 || path[start->len] == '\0' ? c : -1;
}

bool
ds_move__asked(const struct ds_list *paths, const char *path)
{
	struct ds_buf start = { .data = (char *)(uintptr_t)path };
	size_t n = 0;

	if (paths->n > 0 && paths->v[0][0] == '\0')
		return true;
	while (path[n] != '\0') {
		n += path[n] == '/';
		n += strcspn(path + n, "/");
		start.len = n;
		if (paths->n > 0 &&
		    bsearch(&start, paths->v, paths->n, sizeof(*paths->v),
			by_start) != NULL)
			return true;
	}
	return false;
}

/* Files of ${paths} in the target that are not on this disk. */
static int
add_missing(struct ds_changes *out, struct ds_store *s, int root,
    const struct ds_roots *target, const struct ds_list *paths)
{
	struct ds_changes all = DS_CHANGES_INIT;
	struct stat st;
	size_t i;
	int rc;

	/* one listing serves many paths */
	rc = ds_state_list(&all, s, target, paths->n == 1 ? paths->v[0] : "");
	for (i = 0; rc == 0 && i < all.n; i++) {
		const struct ds_change *c = &all.v[i];

		if (c->path[0] == '\0' || !ds_move__asked(paths, c->path) ||
		    (root >= 0 &&
			fstatat(root, c->path, &st, AT_SYMLINK_NOFOLLOW) == 0))
			continue;
		/* a path too long to ask for is for ds_apply_run() to see */
		if (root >= 0 && errno != ENOENT && errno != ENAMETOOLONG)
			continue;
		rc = ds_changes_add(out, c->path, &c->new, &c->new);
		if (rc == 0)
			rc = add_folder_of(out, &all, paths, c->path);
	}
	ds_changes_release(&all);
	return rc;
}

/* Changes whose path is in ${have} already stay as they are there. */
static int
unite(struct ds_changes *have, struct ds_changes *more)
{
	size_t i, n = have->n;
	int rc = 0;

	for (i = 0; rc == 0 && i < more->n; i++) {
		struct ds_changes sorted = { have->v, n, 0 };

		if (ds_changes_find(&sorted, more->v[i].path) == NULL)
			rc = ds_changes_add(have, more->v[i].path,
			    &more->v[i].old, &more->v[i].new);
	}
	ds_changes_sort(have);
	return rc;
}

static int
roots_of(struct ds_roots *out, struct ds_store *s, const git_oid *commit,
    const char *item)
{
	git_oid state;
	int rc;

	rc = ds_state_of_commit(&state, s, commit);
	if (rc == 0)
		rc = ds_state_item(out, s, &state, item);
	return rc;
}

int
ds_move__plan(struct ds_changes *out, struct ds_store *s, const struct move *m,
    const struct ds_item *item)
{
	struct ds_changes missing = DS_CHANGES_INIT;
	struct ds_list paths = DS_LIST_INIT;
	struct ds_roots old, target;
	int root = -1, rc;

	rc = roots_of(&old, s, &m->old, item->name);
	if (rc == 0)
		rc = roots_of(&target, s, &m->target, item->name);
	if (rc == 0)
		rc = ds_state_diff(out, s, &old, &target, "");
	if (rc < 0)
		return rc;
	root = open(item->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = ds_move__paths(&paths, m, item->name);
	if (rc == 0 && paths.n > 0)
		rc = add_missing(&missing, s, root, &target, &paths);
	ds_changes_sort(&missing);
	if (rc == 0)
		rc = unite(out, &missing);
	ds_changes_release(&missing);
	ds_list_release(&paths);
	if (root >= 0)
		close(root);
	return rc;
}

static bool
is_whole(const struct move *m, const struct ds_item *item)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->v[i].item, item->name) == 0 &&
		    m->v[i].path[0] == '\0')
			return item->only.n == 0;
	return false;
}

/*
 * What the item's own folder should be: as the changes say; else, where the
 * whole item was asked for or we had to make it, as the target has it.
 */
static int
wanted_root(struct ds_entry *self, struct ds_store *s, const struct move *m,
    const struct ds_item *item, bool made)
{
	struct ds_roots roots;
	struct ds_node node;
	int rc;

	if (self->kind == DS_KIND_DIR || !(made || is_whole(m, item)))
		return 0;
	rc = roots_of(&roots, s, &m->target, item->name);
	if (rc == 0)
		rc = ds_state_find(&node, s, &roots, "");
	if (rc < 0)
		return rc;
	*self = node.e;
	return 0;
}

/*
 * Its folder can't be had, and waiting does not help (a file in its place, no
 * permission): DS_EINVAL, so that the move is given up.  Else it would stand in
 * the way of every later one.
 */
static int
open_or_refuse(int *fd, const struct ds_item *item)
{
	char *text;
	int e, rc;

	errno = 0;
	rc = ds_move__open_root(fd, item, true);
	e = errno;
	if (rc != DS_ESYS || e == ENOSPC || e == EDQUOT || e == EIO ||
	    e == EMFILE || e == ENFILE || e == ENOMEM)
		return rc;
	text = strdup(ds_err_text());
	if (text == NULL)
		return ds_err_nomem();
	rc = ds_err(DS_EINVAL, "%s", text);
	free(text);
	return rc;
}

static int
apply_item(struct mover *mv, const struct move *m, const struct ds_item *item)
{
	bool made = access(item->path, F_OK) < 0;
	struct ds_changes changes = DS_CHANGES_INIT;
	struct ds_apply apply = {
		.odb = mv->s->odb,
		.item = item->name,
		.report = mv->report,
		.progress = mv->progress,
		.git_dirs = item->git_dirs,
	};
	struct ds_entry self;
	int fd = -1, rc;

	rc = ds_move__plan(&changes, mv->s, m, item);
	if (rc < 0 || changes.n == 0)
		goto out;
	rc = open_or_refuse(&fd, item);
	ds_move__take_root(&self, &changes);
	if (rc == 0)
		rc = ds_apply_run(&apply, fd, &changes);
	if (rc == 0)
		rc = wanted_root(&self, mv->s, m, item, made);
	if (rc == 0)
		ds_move__set_root(fd, &self, mv->report, item->name);
	if (rc == 0)
		rc = ds_file_sync(fd, item->path);
out:
	if (fd >= 0)
		close(fd);
	ds_changes_release(&changes);
	return rc;
}

static int
apply_all(struct mover *mv, const struct move *m)
{
	struct ds_items items;
	git_oid state;
	size_t i;
	int rc;

	rc = ds_state_of_commit(&state, mv->s, &m->target);
	if (rc == 0)
		rc = ds_items_load(&items, mv->s, &state);
	if (rc < 0)
		return rc;
	for (i = 0; rc == 0 && i < items.n; i++)
		if (items.v[i].enabled && items.v[i].path != NULL)
			rc = apply_item(mv, m, &items.v[i]);
	ds_items_release(&items);
	return rc;
}

/* One item of ${head} with what the move changes put onto it. */
static int
graft_item(struct ds_tree_item *it, bool *changed, struct ds_sink *sink,
    struct ds_store *s, const git_oid state[3])
{
	struct ds_changes c = DS_CHANGES_INIT;
	struct ds_roots old, target, on;
	int rc;

	rc = ds_state_item(&old, s, &state[0], it->name);
	if (rc == 0)
		rc = ds_state_item(&target, s, &state[1], it->name);
	if (rc == 0)
		rc = ds_state_item(&on, s, &state[2], it->name);
	if (rc == 0)
		rc = ds_state_diff(&c, s, &old, &target, "");
	*changed = c.n > 0;
	if (rc == 0 && c.n > 0)
		rc = ds_tree_edit(&it->roots, sink, s, &on, &c);
	ds_changes_release(&c);
	return rc;
}

/* The state of ${head} with what the move changes put onto it. */
static int
graft(git_oid *out, struct ds_sink *sink, struct ds_store *s,
    const struct move *m, const git_oid *head)
{
	struct ds_list names = DS_LIST_INIT;
	struct ds_tree_item *items = NULL;
	git_oid state[3]; /* old, target, head */
	size_t i, n = 0;
	bool changed;
	int rc;

	rc = ds_state_of_commit(&state[0], s, &m->old);
	if (rc == 0)
		rc = ds_state_of_commit(&state[1], s, &m->target);
	if (rc == 0)
		rc = ds_state_of_commit(&state[2], s, head);
	if (rc == 0)
		rc = ds_state_items(&names, s, &state[0]);
	if (rc == 0)
		rc = ds_state_items(&names, s, &state[1]);
	if (rc == 0) {
		items = calloc(names.n + 1, sizeof(*items));
		rc = items != NULL ? 0 : ds_err_nomem();
	}
	for (i = 0; rc == 0 && i < names.n; i++) {
		items[n].name = names.v[i];
		rc = graft_item(&items[n], &changed, sink, s, state);
		n += changed;
	}
	if (rc == 0)
		rc = ds_tree_compose(out, sink, s, &state[2], items, n, NULL);
	free(items);
	ds_list_release(&names);
	return rc;
}

/* A commit came in between: the target is made again on top of it. */
static int
land_on(git_oid *landed, struct ds_store *s, const struct move *m,
    const git_oid *head)
{
	struct ds_sink *sink = NULL;
	char *objects;
	git_oid state;
	int rc;

	rc = ds_store_path(&objects, s, false, "objects");
	if (rc == 0)
		rc = ds_sink_open(&sink, s->odb, objects);
	if (rc == 0)
		rc = graft(&state, sink, s, m, head);
	if (rc == 0)
		rc = ds_commit_write(landed, s, sink, &state, head, m->message);
	if (rc == 0)
		rc = ds_commit_land(s, landed, head, m->message);
	ds_sink_close(sink);
	free(objects);
	return rc;
}

/* DS_EMOVED: plain git, which our lock does not stop, was quicker. */
static int
land_once(git_oid *landed, struct ds_store *s, const struct move *m)
{
	git_oid head;
	int rc, on;

	*landed = m->target;
	if (git_oid_equal(&m->old, &m->target))
		return 0;
	rc = ds_store_head(&head, s);
	if (rc < 0)
		return rc;
	on = git_oid_equal(&head, &m->target) ?
	    1 :
	    git_graph_descendant_of(s->repo, &head, &m->target);
	if (on < 0)
		rc = ds_err_git(on, "cannot compare commits");
	else if (on == 0 && git_oid_equal(&head, &m->old))
		rc = ds_commit_land(s, &m->target, &m->old, m->message);
	else if (on == 0)
		rc = land_on(landed, s, m, &head);
	return rc;
}

static int
land(git_oid *landed, struct ds_store *s, const struct move *m)
{
	struct ds_lock *lock;
	int rc, tries;

	rc = ds_store_lock(&lock, s);
	if (rc < 0)
		return rc;
	rc = land_once(landed, s, m);
	for (tries = 0; rc == DS_EMOVED && tries < TRIES; tries++) {
		ds_err_clear();
		rc = land_once(landed, s, m);
	}
	if (rc == 0)
		rc = ds_intent__remove(s);
	ds_lock_drop(lock);
	return rc;
}

/*
 * Damage and brakes do not mend themselves: the move is given up where it
 * stands. What is on disk by then differs from the line like any edit.  A full
 * disk or a signal leaves the intent for the next command.
 */
static int
give_up(struct ds_store *s, int rc)
{
	if (rc == DS_EDAMAGED || rc == DS_EBRAKE || rc == DS_EINVAL)
		(void)ds_intent__remove(s);
	return rc;
}

static int
carry_out(git_oid *landed, struct mover *mv, const struct move *m)
{
	int rc;

	ds_trace("apply", "begin", "%s -> %s", ds_git_hex(&m->old),
	    ds_git_hex(&m->target));
	rc = apply_all(mv, m);
	if (rc == 0)
		rc = land(landed, mv->s, m);
	ds_trace("apply", "end", "%d", rc);
	return rc < 0 ? give_up(mv->s, rc) : 0;
}

int
ds_move__run(git_oid *landed, struct mover *mv, const struct move *m)
{
	int rc;

	rc = ds_intent__write(mv->s, m);
	if (rc == 0)
		rc = carry_out(landed, mv, m);
	return rc;
}

int
ds_move__begin(struct mover *mv, struct ds_store *s, struct ds_report *report,
    struct ds_progress *progress, int ms, bool *finished)
{
	struct move m;
	git_oid landed;
	char *path;
	int rc;

	memset(mv, 0, sizeof(*mv));
	mv->s = s;
	mv->report = report;
	mv->progress = progress;
	*finished = false;
	rc = ds_store_path(&path, s, true, "apply.lock");
	if (rc == 0)
		rc = ds_lock_take(&mv->lock, path, ms);
	free(path);
	if (rc < 0)
		return rc;
	rc = ds_intent__read(&m, s);
	if (rc == DS_ENOTFOUND) {
		ds_err_clear();
		return 0;
	}
	if (rc == 0) {
		rc = carry_out(&landed, mv, &m);
		*finished = rc == 0;
		ds_move__release(&m);
	}
	if (rc < 0) {
		ds_err_in(rc, "cannot finish an earlier restore");
		ds_move__end(mv);
	}
	return rc;
}

void
ds_move__end(struct mover *mv)
{
	ds_lock_drop(mv->lock);
	mv->lock = NULL;
}

int
ds_restore_finish(bool *finished, struct ds_store *s, bool wait,
    struct ds_report *report, struct ds_progress *progress)
{
	struct mover mv;
	struct stat st;
	char *path;
	int rc;

	*finished = false;
	rc = ds_store_path(&path, s, true, "apply");
	if (rc < 0)
		return rc;
	rc = stat(path, &st);
	free(path);
	if (rc < 0)
		return 0;
	rc = ds_move__begin(&mv, s, report, progress, wait ? s->lock_ms : 0,
	    finished);
	if (rc == DS_ELOCKED && !wait) {
		ds_err_clear();
		return 0;
	}
	if (rc == 0)
		ds_move__end(&mv);
	return rc;
}
