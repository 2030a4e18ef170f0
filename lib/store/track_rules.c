/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules are text in the state, so a change of them is a commit like any
 * other, made under the lock.
 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/commit.h"
#include "ds/err.h"
#include "ds/lock.h"
#include "ds/path.h"
#include "ds/sink.h"
#include "ds/state.h"
#include "ds/store.h"
#include "track_internal.h"

void
ds_track__release(struct edits *e)
{
	size_t i;

	for (i = 0; i < e->n; i++) {
		free((void *)(uintptr_t)e->v[i].key);
		free((void *)(uintptr_t)e->v[i].value);
	}
	free(e->v);
}

int
ds_track__add(struct edits *e, const char *item, const char *last,
    const char *value, bool add)
{
	struct ds_buf key = DS_BUF_INIT;
	char *k = NULL, *v = NULL;
	int rc;

	rc = ds_list_grow(&e->v, e->n, &e->cap, sizeof(*e->v));
	if (rc < 0)
		return rc;
	if (item != NULL)
		ds_buf_addf(&key, "item.%s.%s", item, last);
	else
		ds_buf_adds(&key, last);
	rc = ds_buf_take(&k, &key);
	if (rc < 0)
		return rc;
	if (value != NULL) {
		v = strdup(value);
		if (v == NULL) {
			free(k);
			return ds_err_nomem();
		}
	}
	e->v[e->n++] = (struct ds_config_edit){ k, v, add };
	return 0;
}

int
ds_track__add_all(struct edits *e, const char *item, const char *last,
    const struct ds_list *values)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && values != NULL && i < values->n; i++)
		rc = ds_track__add(e, item, last, values->v[i], true);
	return rc;
}

static int
new_rules(char **out, struct ds_store *s, const git_oid *state,
    const struct change *c)
{
	struct ds_buf text = DS_BUF_INIT;
	char *edited = NULL;
	int rc;

	*out = NULL;
	rc = ds_state_rules(&text, s, state);
	if (rc == 0)
		rc = ds_config_rewrite(&edited,
		    text.data != NULL ? text.data : "", c->edits->v,
		    c->edits->n);
	if (rc == 0 && c->drop != NULL)
		rc = ds_config_rewrite_drop(out, edited, "item", c->drop);
	else if (rc == 0) {
		*out = edited;
		edited = NULL;
	}
	free(edited);
	ds_buf_release(&text);
	return rc;
}

int
ds_track__commit(struct ds_store *s, const git_oid *head, const git_oid *state,
    struct ds_sink *sink, const struct change *c)
{
	struct ds_tree_item gone = { .name = c->drop };
	const struct ds_tree_item *item = c->drop != NULL ? &gone : c->item;
	struct ds_buf message = DS_BUF_INIT;
	git_oid new, commit;
	char *rules;
	int rc;

	rc = new_rules(&rules, s, state, c);
	if (rc == 0)
		rc = ds_tree_compose(&new, sink, s, state, item,
		    item != NULL ? 1 : 0, rules);
	if (rc < 0 || git_oid_equal(&new, state))
		goto out;
	ds_commit_message(&message, s, c->subject, "track", NULL);
	rc = ds_buf_check(&message);
	if (rc == 0)
		rc =
		    ds_commit_write(&commit, s, sink, &new, head, message.data);
	if (rc == 0)
		rc = ds_commit_land(s, &commit, head, c->subject);
out:
	ds_buf_release(&message);
	free(rules);
	return rc;
}

int
ds_track__open_sink(struct ds_sink **out, struct ds_store *s)
{
	char *objects;
	int rc;

	*out = NULL;
	rc = ds_store_path(&objects, s, false, "objects");
	if (rc == 0)
		rc = ds_sink_open(out, s->odb, objects);
	free(objects);
	return rc;
}

int
ds_track__write_config(struct ds_store *s, const struct edits *e)
{
	char *file;
	int rc;

	rc = ds_store_path(&file, s, false, "config");
	if (rc == 0)
		rc = ds_config_write(file, e->v, e->n, s->lock_ms);
	if (rc == 0)
		rc = ds_store_reload(s);
	free(file);
	return rc;
}

static int
overlap(const struct ds_item *it, const char *path)
{
	int rc = ds_err(DS_EINVAL, "'%s' overlaps item '%s' at '%s'", path,
	    it->name, it->shown);

	return ds_err_hint(rc, "'datasync untrack %s' lets it go first",
	    it->name);
}

static bool
crosses(const char *a, const char *b)
{
	return ds_path_beneath(a, b) != NULL || ds_path_beneath(b, a) != NULL;
}

/* As written, or as the disk knows them: a symlink may lead into an item. */
static bool
crosses_on_disk(const char *a, const char *b)
{
	char *real_a = realpath(a, NULL), *real_b = realpath(b, NULL);
	bool yes =
	    crosses(real_a != NULL ? real_a : a, real_b != NULL ? real_b : b);

	free(real_b);
	free(real_a);
	return yes || crosses(a, b);
}

int
ds_track__check_overlap(const struct ds_items *items, const char *path,
    const char *except)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; rc == 0 && i < items->n; i++) {
		const struct ds_item *it = &items->v[i];
		char *full;

		if (it->path == NULL || strcmp(it->name, except) == 0)
			continue;
		if (it->only.n == 0 && crosses_on_disk(it->path, path))
			return overlap(it, path);
		for (k = 0; rc == 0 && k < it->only.n; k++) {
			rc = ds_path_join(&full,
			    strcmp(it->path, "/") == 0 ? "" : it->path,
			    it->only.v[k]);
			if (rc == 0 && crosses_on_disk(full, path))
				rc = overlap(it, path);
			free(full);
		}
	}
	return rc;
}

int
ds_track__head(git_oid *head, git_oid *state, struct ds_store *s)
{
	int rc = ds_store_head(head, s);

	if (rc == 0)
		rc = ds_state_of_commit(state, s, head);
	return rc;
}
