/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/statvfs.h>

#include <errno.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/err.h"
#include "ds/item.h"
#include "ds/name.h"
#include "ds/path.h"
#include "ds/state.h"
#include "ds/store.h"

static void
item_release(struct ds_item *i)
{
	ds_list_release(&i->exclude);
	ds_list_release(&i->include);
	ds_list_release(&i->only);
	free(i->fsid);
	free(i->shown);
	free(i->path);
	free(i->name);
	memset(i, 0, sizeof(*i));
}

void
ds_items_release(struct ds_items *items)
{
	size_t i;

	for (i = 0; i < items->n; i++)
		item_release(&items->v[i]);
	free(items->v);
	memset(items, 0, sizeof(*items));
}

/* "item.<name>.<last>" into ${key}. */
static const char *
key_of(struct ds_buf *key, const char *name, const char *last)
{
	ds_buf_cut(key, 0);
	ds_buf_addf(key, "item.%s.%s", name, last);
	return key->data != NULL ? key->data : "";
}

static int
load_path(struct ds_item *i, struct ds_store *s, struct ds_config *rules,
    struct ds_buf *key)
{
	int rc;

	rc = ds_config_string(&i->shown, s->config,
	    key_of(key, i->name, "path"));
	if (rc == 0 && i->shown == NULL)
		rc = ds_config_string(&i->shown, rules, key->data);
	if (rc == 0 && i->shown != NULL)
		rc = ds_path_expand(&i->path, s->home, i->shown);
	if (rc == 0 && i->path != NULL && i->path[0] != '/')
		rc = ds_err(DS_EINVAL,
		    "the path of item '%s' is not "
		    "absolute: '%s'",
		    i->name, i->path);
	return rc;
}

int
ds_item_git_dirs(bool *out, struct ds_store *s, const char *item)
{
	struct ds_buf key = DS_BUF_INIT;
	char *value = NULL;
	int rc;

	*out = false;
	rc = ds_config_string(&value, s->config, key_of(&key, item, "gitDirs"));
	if (rc == 0)
		*out = value != NULL && strcmp(value, "keep") == 0;
	free(value);
	ds_buf_release(&key);
	return rc;
}

static int
load_item(struct ds_item *i, struct ds_store *s, struct ds_config *rules)
{
	struct ds_buf key = DS_BUF_INIT;
	int rc;

	rc = load_path(i, s, rules, &key);
	if (rc == 0)
		rc = ds_config_all(&i->only, rules,
		    key_of(&key, i->name, "only"));
	if (rc == 0)
		rc = ds_config_all(&i->include, rules,
		    key_of(&key, i->name, "include"));
	if (rc == 0)
		rc = ds_config_all(&i->exclude, rules,
		    key_of(&key, i->name, "exclude"));
	if (rc == 0)
		rc = ds_config_bool(&i->enabled, s->config,
		    key_of(&key, i->name, "enabled"));
	if (rc == 0)
		rc = ds_item_git_dirs(&i->git_dirs, s, i->name);
	if (rc == 0)
		rc = ds_config_string(&i->fsid, s->config,
		    key_of(&key, i->name, "fsid"));
	ds_buf_release(&key);
	return rc;
}

static int
load_all(struct ds_items *out, struct ds_store *s, struct ds_config *rules,
    const struct ds_list *names)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < names->n; i++) {
		struct ds_item *item;

		rc = ds_list_grow(&out->v, out->n, &out->cap, sizeof(*out->v));
		if (rc < 0)
			break;
		item = &out->v[out->n++];
		memset(item, 0, sizeof(*item));
		/* the name becomes a path in trees and on disks */
		rc = ds_name_check_item(names->v[i]);
		if (rc < 0)
			break;
		item->name = strdup(names->v[i]);
		if (item->name == NULL)
			rc = ds_err_nomem();
		else
			rc = load_item(item, s, rules);
	}
	return rc;
}

int
ds_items_load(struct ds_items *out, struct ds_store *s, const git_oid *state)
{
	struct ds_list names = DS_LIST_INIT;
	struct ds_buf text = DS_BUF_INIT;
	struct ds_config *rules = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = ds_state_rules(&text, s, state);
	if (rc == 0)
		rc = ds_config_parse(&rules, text.data != NULL ? text.data : "",
		    text.len, ".datasync/items");
	if (rc == 0)
		rc = ds_config_names(&names, rules, "item");
	ds_list_sort(&names);
	if (rc == 0)
		rc = load_all(out, s, rules, &names);
	if (rc < 0)
		ds_items_release(out);
	ds_config_close(rules);
	ds_list_release(&names);
	ds_buf_release(&text);
	return rc;
}

int
ds_items_find(struct ds_item **out, const struct ds_items *items,
    const char *name)
{
	struct ds_list names = DS_LIST_INIT;
	const char *near = NULL;
	size_t i;
	int rc = 0;

	*out = NULL;
	for (i = 0; i < items->n; i++)
		if (strcmp(items->v[i].name, name) == 0) {
			*out = &items->v[i];
			return 0;
		}
	for (i = 0; rc == 0 && i < items->n; i++)
		rc = ds_list_add(&names, items->v[i].name);
	if (rc == 0)
		near = ds_list_nearest(&names, name);
	rc = ds_err(DS_ENOTFOUND, "there is no item '%s'", name);
	if (near != NULL)
		ds_err_hint(rc, "did you mean '%s'?", near);
	else if (items->n > 0)
		ds_err_hint(rc, "'datasync items' lists what is tracked");
	else
		ds_err_hint(rc, "'datasync track PATH' adds one");
	ds_list_release(&names);
	return rc;
}

bool
ds_item_holds(const struct ds_item *item, const char *rel)
{
	size_t i;

	for (i = 0; i < item->only.n; i++)
		if (ds_path_beneath(item->only.v[i], rel) != NULL ||
		    ds_path_beneath(rel, item->only.v[i]) != NULL)
			return true;
	/* the item's own folder is on the way to all of them */
	return item->only.n == 0 || rel[0] == '\0';
}

/* ${path} beneath the root of ${it}; ${real}: as the disk knows the root. */
static const char *
beneath_root(const struct ds_item *it, const char *path, bool real)
{
	char *root;
	const char *r;

	if (it->path == NULL || !real)
		return it->path != NULL ? ds_path_beneath(it->path, path) :
					  NULL;
	root = realpath(it->path, NULL);
	r = root != NULL ? ds_path_beneath(root, path) : NULL;
	free(root);
	return r;
}

/* The item whose root is nearest above ${path}. */
static struct ds_item *
nearest_root(const char **rel, const struct ds_items *items, const char *path,
    bool real)
{
	struct ds_item *best = NULL;
	size_t i;

	*rel = NULL;
	for (i = 0; i < items->n; i++) {
		struct ds_item *it = &items->v[i];
		const char *r = beneath_root(it, path, real);

		if (r == NULL || !ds_item_holds(it, r))
			continue;
		if (best != NULL && strlen(best->path) > strlen(it->path))
			continue;
		best = it;
		*rel = r;
	}
	return best;
}

/*
 * ${path} with its folder as the disk knows it: a project may be tracked
 * under one name and reached through a symlink by another, or the other way
 * round.
 */
static int
resolve_parent(char **out, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *parent, *real;
	int rc;

	*out = NULL;
	parent = strndup(path, slash > path ? (size_t)(slash - path) : 1);
	if (parent == NULL)
		return ds_err_nomem();
	real = realpath(parent, NULL);
	free(parent);
	if (real == NULL)
		return 0;
	rc = ds_path_join(out, strcmp(real, "/") == 0 ? "" : real, slash + 1);
	if (rc == 0 && (*out)[0] != '/') {
		free(real);
		real = *out;
		*out = NULL;
		if (asprintf(out, "/%s", real) < 0) {
			*out = NULL;
			rc = ds_err_nomem();
		}
	}
	free(real);
	return rc;
}

static struct ds_item *
by_item_name(const char **rel, const struct ds_items *items, const char *path)
{
	size_t n = strcspn(path, "/"), i;

	for (i = 0; i < items->n; i++) {
		if (strlen(items->v[i].name) != n ||
		    strncmp(items->v[i].name, path, n) != 0)
			continue;
		*rel = path + n + (path[n] == '/');
		return &items->v[i];
	}
	return NULL;
}

int
ds_items_locate(struct ds_item **out, char **rel, const struct ds_items *items,
    const char *path)
{
	char *cwd, *full = NULL, *real = NULL;
	const char *r = NULL;
	size_t n;
	int rc;

	*out = NULL;
	*rel = NULL;
	/* a script's empty variable is not the working folder */
	if (path[0] == '\0')
		return ds_err(DS_EINVAL, "the path is empty");
	cwd = getcwd(NULL, 0);
	if (cwd == NULL && path[0] != '/')
		return ds_err_sys("cannot tell the working folder");
	rc = ds_path_absolute(&full, cwd != NULL ? cwd : "/", path);
	if (rc < 0)
		goto out;
	*out = nearest_root(&r, items, full, false);
	if (*out == NULL) {
		rc = resolve_parent(&real, full);
		if (rc == 0 && real != NULL)
			*out = nearest_root(&r, items, real, false);
		if (rc == 0 && real != NULL && *out == NULL)
			*out = nearest_root(&r, items, real, true);
	}
	/* an editor names the link that its user opened */
	if (rc == 0 && *out == NULL) {
		free(real);
		real = realpath(full, NULL);
		if (real != NULL)
			*out = nearest_root(&r, items, real, true);
	}
	if (rc == 0 && *out == NULL)
		*out = by_item_name(&r, items, path);
	if (rc == 0 && *out == NULL)
		rc = ds_err(DS_ENOTFOUND, "'%s' belongs to no item", path);
	if (rc < 0)
		goto out;
	n = strlen(r);
	while (n > 0 && r[n - 1] == '/')
		n--;
	*rel = strndup(r, n);
	if (*rel == NULL)
		rc = ds_err_nomem();
	else if (n > 0 && !ds_path_is_safe(*rel))
		rc = ds_err(DS_EINVAL, "'%s' is not a path of an item", path);
out:
	if (rc < 0) {
		free(*rel);
		*rel = NULL;
		*out = NULL;
	}
	free(real);
	free(full);
	free(cwd);
	return rc;
}

int
ds_item_check_place(const struct ds_store *s, const char *path)
{
	char *real = NULL, *store = NULL;
	int rc = 0;

	if (ds_path_beneath(s->path, path) == NULL) {
		real = realpath(path, NULL);
		store = realpath(s->path, NULL);
	}
	/* in it lie the secret keys of this device */
	if (ds_path_beneath(s->path, path) != NULL ||
	    (real != NULL && store != NULL &&
		ds_path_beneath(store, real) != NULL))
		rc = ds_err(DS_EINVAL, "'%s' is the store itself", path);
	free(store);
	free(real);
	return rc;
}

int
ds_item_fsid(char **out, int fd)
{
	struct statvfs fs;

	*out = NULL;
	if (fstatvfs(fd, &fs) < 0)
		return ds_err_sys("cannot tell the file system");
	if (asprintf(out, "%lx", (unsigned long)fs.f_fsid) < 0) {
		*out = NULL;
		return ds_err_nomem();
	}
	return 0;
}
