/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/stat.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/lock.h"
#include "ds/path.h"
#include "ds/sink.h"
#include "ds/state.h"
#include "ds/store.h"
#include "track_internal.h"

int
ds_track__pattern(char **out, const char *path)
{
	struct ds_buf b = DS_BUF_INIT;

	*out = NULL;
	if (strchr(path, '\n') != NULL)
		return ds_err(DS_EINVAL,
		    "a path with a newline can't be "
		    "excluded by a rule");
	ds_buf_addc(&b, '/');
	for (; *path != '\0'; path++) {
		if (strchr("\\*?[", *path) != NULL ||
		    (*path == ' ' && path[1] == '\0'))
			ds_buf_addc(&b, '\\');
		ds_buf_addc(&b, *path);
	}
	return ds_buf_take(out, &b);
}

/* How many paths of "only" are ${rel} or beneath it? */
static size_t
count_only(const struct ds_item *item, const char *rel)
{
	size_t i, n = 0;

	for (i = 0; i < item->only.n; i++)
		n += ds_path_beneath(rel, item->only.v[i]) != NULL;
	return n;
}

/* A rule for what was never there would only hide a slip of the pen. */
static int
check_there(struct ds_store *s, const git_oid *state,
    const struct ds_item *item, const char *rel)
{
	struct ds_roots roots;
	struct ds_node node = { .name = NULL };
	struct stat st;
	char *full = NULL;
	int rc;

	rc = ds_state_item(&roots, s, state, item->name);
	if (rc == 0)
		rc = ds_state_find(&node, s, &roots, rel);
	if (rc < 0 || node.e.kind != DS_KIND_NONE || count_only(item, rel) > 0)
		return rc;
	if (item->path != NULL)
		rc = ds_path_join(&full, item->path, rel);
	if (rc == 0 && (full == NULL || lstat(full, &st) < 0))
		rc = ds_err(DS_ENOTFOUND,
		    "'%s/%s' is not tracked and does "
		    "not exist",
		    item->name, rel);
	free(full);
	return rc;
}

/* The rules without ${rel}: no more "only", else one more "exclude". */
static int
rules_without(struct edits *e, const struct ds_item *item, const char *rel)
{
	char *pattern = NULL;
	size_t i;
	int rc;

	if (count_only(item, rel) == 0) {
		rc = ds_track__pattern(&pattern, rel);
		if (rc == 0)
			rc = ds_track__add(e, item->name, "exclude", pattern,
			    true);
		free(pattern);
		return rc;
	}
	rc = ds_track__add(e, item->name, "only", NULL, false);
	for (i = 0; rc == 0 && i < item->only.n; i++)
		if (ds_path_beneath(rel, item->only.v[i]) == NULL)
			rc = ds_track__add(e, item->name, "only",
			    item->only.v[i], true);
	return rc;
}

static int
untrack_path(struct ds_store *s, const git_oid *head, const git_oid *state,
    struct ds_sink *sink, const struct ds_item *item, const char *rel)
{
	static const struct ds_entry none = { .kind = DS_KIND_NONE };
	struct ds_changes all = DS_CHANGES_INIT, out = DS_CHANGES_INIT;
	struct ds_tree_item to = { .name = item->name };
	struct edits e = { NULL, 0, 0 };
	struct change c = { .edits = &e, .item = &to };
	struct ds_roots old;
	char *subject = NULL;
	size_t i;
	int rc;

	rc = check_there(s, state, item, rel);
	if (rc == 0)
		rc = rules_without(&e, item, rel);
	if (rc == 0)
		rc = ds_state_item(&old, s, state, item->name);
	if (rc == 0)
		rc = ds_state_list(&all, s, &old, rel);
	for (i = 0; rc == 0 && i < all.n; i++)
		rc = ds_changes_add(&out, all.v[i].path, &all.v[i].new, &none);
	if (rc == 0)
		rc = ds_tree_edit(&to.roots, sink, s, &old, &out);
	if (rc == 0 &&
	    asprintf(&subject, "untrack %s: %s", item->name, rel) < 0) {
		subject = NULL;
		rc = ds_err_nomem();
	}
	c.subject = subject;
	if (rc == 0)
		rc = ds_track__commit(s, head, state, sink, &c);
	free(subject);
	ds_track__release(&e);
	ds_changes_release(&out);
	ds_changes_release(&all);
	return rc;
}

static int
untrack_item(struct ds_store *s, const git_oid *head, const git_oid *state,
    struct ds_sink *sink, const struct ds_item *item)
{
	struct edits none = { NULL, 0, 0 }, own = { NULL, 0, 0 };
	struct change c = { .edits = &none, .drop = item->name };
	char *subject;
	int rc;

	if (asprintf(&subject, "untrack %s", item->name) < 0)
		return ds_err_nomem();
	c.subject = subject;
	rc = ds_track__commit(s, head, state, sink, &c);
	if (rc == 0)
		rc = ds_track__add(&own, item->name, "enabled", NULL, false);
	if (rc == 0)
		rc = ds_track__add(&own, item->name, "fsid", NULL, false);
	if (rc == 0)
		rc = ds_track__add(&own, item->name, "path", NULL, false);
	if (rc == 0)
		rc = ds_track__write_config(s, &own);
	ds_track__release(&own);
	free(subject);
	return rc;
}

int
ds_item_untrack(struct ds_store *s, const char *name, const char *rel)
{
	struct ds_items items = DS_ITEMS_INIT;
	struct ds_sink *sink = NULL;
	struct ds_item *item = NULL;
	struct ds_lock *lock;
	git_oid head, state;
	int rc;

	rc = ds_store_lock(&lock, s);
	if (rc < 0)
		return rc;
	rc = ds_track__head(&head, &state, s);
	if (rc == 0)
		rc = ds_items_load(&items, s, &state);
	if (rc == 0)
		rc = ds_items_find(&item, &items, name);
	if (rc == 0)
		rc = ds_track__open_sink(&sink, s);
	/* without any "only" left the item would be the whole folder */
	if (rc == 0 && rel[0] != '\0' &&
	    (item->only.n == 0 || count_only(item, rel) < item->only.n))
		rc = untrack_path(s, &head, &state, sink, item, rel);
	else if (rc == 0)
		rc = untrack_item(s, &head, &state, sink, item);
	ds_sink_close(sink);
	ds_items_release(&items);
	ds_lock_drop(lock);
	return rc;
}

int
ds_item_enable(struct ds_store *s, const char *name, bool on, const char *path)
{
	struct ds_items items = DS_ITEMS_INIT;
	struct edits own = { NULL, 0, 0 };
	struct ds_item *item = NULL;
	struct ds_lock *lock;
	git_oid head, state;
	char *shown = NULL;
	int rc;

	rc = ds_store_lock(&lock, s);
	if (rc < 0)
		return rc;
	rc = ds_track__head(&head, &state, s);
	if (rc == 0)
		rc = ds_items_load(&items, s, &state);
	if (rc == 0)
		rc = ds_items_find(&item, &items, name);
	if (rc == 0 && path != NULL) {
		rc = ds_item_check_place(s, path);
		if (rc == 0)
			rc = ds_track__check_overlap(&items, path, name);
		if (rc == 0)
			rc = ds_path_contract(&shown, s->home, path);
		if (rc == 0)
			rc = ds_track__add(&own, name, "path", shown, false);
		if (rc == 0)
			rc = ds_track__add(&own, name, "fsid", NULL, false);
	}
	if (rc == 0)
		rc = ds_track__add(&own, name, "enabled", on ? "true" : "false",
		    false);
	if (rc == 0)
		rc = ds_track__write_config(s, &own);
	free(shown);
	ds_track__release(&own);
	ds_items_release(&items);
	ds_lock_drop(lock);
	return rc;
}
