/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/lock.h"
#include "ds/name.h"
#include "ds/path.h"
#include "ds/scan.h"
#include "ds/sink.h"
#include "ds/state.h"
#include "ds/store.h"
#include "track_internal.h"

/* "~/.config/Code/User" becomes "User"; ".vim" "vim"; "a b" "a-b". */
static int
name_of_path(char **out, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct ds_buf b = DS_BUF_INIT;
	const char *p;

	for (p = slash + 1; *p != '\0'; p++) {
		bool good = (*p >= 'a' && *p <= 'z') ||
		    (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');

		if (good || (b.len > 0 && strchr("._-", *p) != NULL))
			ds_buf_addc(&b, *p);
		else if (b.len > 0)
			ds_buf_addc(&b, '-');
	}
	if (b.len == 0)
		ds_buf_adds(&b, "root");
	return ds_buf_take(out, &b);
}

/* What "track" works with. */
struct track {
	struct ds_store *s;
	const struct ds_item_add *add;
	struct ds_items items;
	struct edits rules;
	struct edits config;
	char *path; /* absolute */
	char *shown;
	char *name;
	struct ds_list only; /* relative to path */
};

static int
look_at_path(struct track *t, struct stat *st)
{
	char *cwd = getcwd(NULL, 0);
	int rc;

	if (t->add->path[0] == '\0') {
		free(cwd);
		return ds_err(DS_EINVAL, "the path is empty");
	}
	if (cwd == NULL && t->add->path[0] != '/')
		return ds_err_sys("cannot tell the working folder");
	rc = ds_path_absolute(&t->path, cwd != NULL ? cwd : "/", t->add->path);
	free(cwd);
	if (rc < 0)
		return rc;
	if (stat(t->path, st) < 0 &&
	    (errno != ENOENT || lstat(t->path, st) < 0)) {
		if (errno == ENOENT)
			return ds_err(DS_ENOTFOUND, "'%s' does not exist",
			    t->add->path);
		return ds_err_sys("cannot look at '%s'", t->add->path);
	}
	rc = ds_item_check_place(t->s, t->path);
	if (rc == DS_EINVAL)
		rc = ds_err(rc, "'%s' is the store itself", t->add->path);
	return rc;
}

/* ${file} of --only, relative to the item's folder. */
static int
add_only(struct track *t, const char *file)
{
	struct stat st;
	char *full;
	const char *rel;
	int rc;

	rc = ds_path_absolute(&full, t->path, file);
	if (rc < 0)
		return rc;
	rel = ds_path_beneath(t->path, full);
	if (rel == NULL || rel[0] == '\0')
		rc = ds_err(DS_EINVAL, "'%s' is not in '%s'", file,
		    t->add->path);
	else if (lstat(full, &st) < 0 && errno == ENOENT)
		rc = ds_err(DS_ENOTFOUND, "'%s' does not exist", full);
	else
		rc = ds_track__check_overlap(&t->items, full, t->name);
	if (rc == 0)
		rc = ds_list_add(&t->only, rel);
	free(full);
	return rc;
}

/* Tracked already ${how} ("as", "in") an item, whose name the caller gets. */
static int
is_there(struct track *t, const struct ds_item *it, const char *how)
{
	free(t->name);
	t->name = strdup(it->name);
	if (t->name == NULL)
		return ds_err_nomem();
	return ds_err(DS_EEXISTS, "'%s' is tracked already, %s item '%s'",
	    t->add->path, how, it->name);
}

/* It lies in ${it}, but a rule may leave it out. */
static int
is_within(struct track *t, const git_oid *state, const struct ds_item *it,
    const char *rel)
{
	struct ds_scan scan = { .store = t->s, .item = it };
	struct ds_changes changes = DS_CHANGES_INIT;
	int rc;

	rc = ds_state_item(&scan.old, t->s, state, it->name);
	if (rc == 0)
		rc = ds_scan_run(&changes, &scan, rel);
	if (rc == 0 && scan.ignored)
		rc = ds_err_hint(ds_err(DS_EINVAL,
				     "'%s' is left out by a "
				     "rule of item '%s'",
				     t->add->path, it->name),
		    "rules are in 'datasync items' and in .datasyncignore "
		    "files");
	else if (rc == 0)
		rc = is_there(t, it, "in");
	ds_changes_release(&changes);
	ds_scan_release(&scan);
	return rc;
}

/* The rules of ${it} without the exclusion of ${rel}, if there is one. */
static int
take_back(struct track *t, const struct ds_item *it, const char *rel,
    bool *done)
{
	char *pattern;
	size_t i;
	int rc;

	*done = false;
	if (rel[0] == '\0' || strchr(rel, '\n') != NULL)
		return 0;
	rc = ds_track__pattern(&pattern, rel);
	if (rc < 0 || !ds_list_has(&it->exclude, pattern))
		goto out;
	*done = true;
	rc = ds_track__add(&t->rules, it->name, "exclude", NULL, false);
	for (i = 0; rc == 0 && i < it->exclude.n; i++)
		if (strcmp(it->exclude.v[i], pattern) != 0)
			rc = ds_track__add(&t->rules, it->name, "exclude",
			    it->exclude.v[i], true);
	t->name = strdup(it->name);
	if (rc == 0 && t->name == NULL)
		rc = ds_err_nomem();
out:
	free(pattern);
	return rc;
}

/* What untrack took out of an item comes back to it. */
static int
track_again(struct track *t, bool *done)
{
	struct ds_item *it;
	char *rel;
	int rc;

	*done = false;
	rc = ds_items_locate(&it, &rel, &t->items, t->path);
	if (rc == DS_ENOTFOUND) {
		ds_err_clear();
		return 0;
	}
	if (rc == 0 && t->add->name == NULL)
		rc = take_back(t, it, rel, done);
	free(rel);
	return rc;
}

/* A folder, or files in it, as an item of its own. */
static int
track_folder(struct track *t)
{
	const struct ds_list *only = t->add->only;
	size_t i;
	int rc;

	if (t->add->name != NULL)
		t->name = strdup(t->add->name);
	else if (name_of_path(&t->name, t->path) < 0)
		return DS_ENOMEM;
	if (t->name == NULL)
		return ds_err_nomem();
	rc = ds_name_check_item(t->name);
	for (i = 0; rc == 0 && i < t->items.n; i++) {
		const struct ds_item *it = &t->items.v[i];

		if (it->path != NULL && strcmp(it->path, t->path) == 0 &&
		    it->only.n == 0)
			rc = is_there(t, it, "as");
		else if (strcmp(it->name, t->name) == 0)
			rc = ds_err_hint(ds_err(DS_EINVAL,
					     "there is an item "
					     "'%s' already, at '%s'",
					     t->name, it->shown),
			    "give this one another name with --name");
	}
	if (rc == 0 && (only == NULL || only->n == 0))
		rc = ds_track__check_overlap(&t->items, t->path, "");
	for (i = 0; rc == 0 && only != NULL && i < only->n; i++)
		rc = add_only(t, only->v[i]);
	if (rc == 0)
		rc = ds_track__add(&t->rules, t->name, "path", t->shown, false);
	if (rc == 0)
		rc = ds_track__add_all(&t->rules, t->name, "only", &t->only);
	if (rc == 0)
		rc = ds_track__add_all(&t->rules, t->name, "include",
		    t->add->include);
	if (rc == 0)
		rc = ds_track__add_all(&t->rules, t->name, "exclude",
		    t->add->exclude);
	return rc;
}

/* A single file joins the item of its kind: "home", else "root". */
static int
track_file(struct track *t, const git_oid *state)
{
	const char *rel = ds_path_beneath(t->s->home, t->path);
	const char *name = rel != NULL ? "home" : "root";
	struct ds_item *in;
	char *place;
	int rc;

	if (t->add->name != NULL ||
	    (t->add->only != NULL && t->add->only->n > 0) ||
	    (t->add->include != NULL && t->add->include->n > 0) ||
	    (t->add->exclude != NULL && t->add->exclude->n > 0))
		return ds_err_hint(ds_err(DS_EINVAL, "'%s' is a single file",
				       t->add->path),
		    "to make an item of it, track its folder "
		    "with --only");
	rc = ds_items_locate(&in, &place, &t->items, t->path);
	if (rc == 0)
		rc = is_within(t, state, in, place);
	free(place);
	if (rc != DS_ENOTFOUND)
		return rc;
	ds_err_clear();
	free(t->name);
	t->name = strdup(name);
	if (t->name == NULL)
		return ds_err_nomem();
	if (rel == NULL)
		rel = t->path + 1;
	rc = ds_items_find(&in, &t->items, name);
	if (rc == 0 && in->only.n == 0)
		return ds_err_hint(ds_err(DS_EINVAL,
				       "item '%s' is not for "
				       "single files",
				       name),
		    "track its folder with --only and "
		    "--name");
	if (rc == DS_ENOTFOUND) {
		ds_err_clear();
		rc = ds_track__add(&t->rules, name, "path",
		    strcmp(name, "home") == 0 ? "~" : "/", false);
	}
	if (rc == 0)
		rc = ds_track__add(&t->rules, name, "only", rel, true);
	return rc;
}

static int
prepare(struct track *t, const git_oid *state)
{
	struct stat st;
	bool again = false;
	int rc;

	rc = ds_items_load(&t->items, t->s, state);
	if (rc == 0)
		rc = look_at_path(t, &st);
	if (rc == 0)
		rc = ds_path_contract(&t->shown, t->s->home, t->path);
	if (rc == 0)
		rc = ds_track__add(&t->rules, NULL, "datasync.engine", "1",
		    false);
	if (rc == 0)
		rc = track_again(t, &again);
	if (rc < 0)
		return rc;
	if (!again && S_ISDIR(st.st_mode))
		rc = track_folder(t);
	else if (!again && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)))
		rc = track_file(t, state);
	else if (!again)
		rc = ds_err(DS_EINVAL, "'%s' is neither file nor folder",
		    t->add->path);
	/* the name is freed with ${t}, which the analyzer loses sight of */
	if (rc == 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		rc = ds_track__add(&t->config, t->name, "enabled", "true",
		    false);
	return rc;
}

static int
land_track(struct track *t, const git_oid *head, const git_oid *state)
{
	struct change c = { .edits = &t->rules };
	struct ds_sink *sink = NULL;
	char *subject = NULL;
	int rc;

	if (asprintf(&subject, "track %s: %s", t->name, t->shown) < 0)
		return ds_err_nomem();
	c.subject = subject;
	rc = ds_track__write_config(t->s, &t->config);
	if (rc == 0)
		rc = ds_track__open_sink(&sink, t->s);
	if (rc == 0)
		rc = ds_track__commit(t->s, head, state, sink, &c);
	ds_sink_close(sink);
	free(subject);
	return rc;
}

int
ds_item_track(char **out, struct ds_store *s, const struct ds_item_add *add)
{
	struct track t = { .s = s, .add = add };
	struct ds_lock *lock;
	git_oid head, state;
	int rc;

	*out = NULL;
	rc = ds_store_lock(&lock, s);
	if (rc < 0)
		return rc;
	rc = ds_track__head(&head, &state, s);
	if (rc == 0)
		rc = prepare(&t, &state);
	if (rc == 0)
		rc = land_track(&t, &head, &state);
	ds_lock_drop(lock);
	if (rc == 0 || rc == DS_EEXISTS) {
		*out = t.name;
		t.name = NULL;
	}
	ds_list_release(&t.only);
	free(t.name);
	free(t.shown);
	free(t.path);
	ds_track__release(&t.config);
	ds_track__release(&t.rules);
	ds_items_release(&t.items);
	return rc;
}
