/* SPDX-License-Identifier: Apache-2.0 */
/* A state into a folder of its own, beside the items. */
#include "ds/compat.h"

#include <fcntl.h>
#include <unistd.h>

#include "ds/apply.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/name.h"
#include "ds/path.h"
#include "ds/report.h"
#include "ds/store.h"
#include "restore_internal.h"

/* "ITEM" or "ITEM/path": by name in the state, or by place on this disk. */
static int
scope_of(struct move *m, struct ds_store *s, const git_oid *state,
    const struct ds_items *items, const char *path)
{
	size_t n = strcspn(path, "/");
	struct ds_item *item;
	struct ds_roots roots;
	char *name, *rel;
	int rc;

	rc = ds_items_locate(&item, &rel, items, path);
	if (rc == 0) {
		rc = ds_move__scope(m, item->name, rel);
		free(rel);
		return rc;
	}
	if (rc != DS_ENOTFOUND || n == 0)
		return rc;
	name = strndup(path, n);
	if (name == NULL)
		return ds_err_nomem();
	path += n + (path[n] == '/');
	rc = ds_state_item(&roots, s, state, name);
	if (rc == 0 && git_oid_is_zero(&roots.tree) &&
	    git_oid_is_zero(&roots.meta))
		rc = ds_err(DS_ENOTFOUND, "'%s' belongs to no item", name);
	if (rc == 0 && path[0] != '\0' && !ds_path_is_safe(path))
		rc = ds_err(DS_EINVAL, "'%s' is not a path of an item", path);
	if (rc == 0)
		rc = ds_move__scope(m, name, path);
	free(name);
	return rc;
}

static int
scopes(struct move *m, struct ds_store *s, const git_oid *state,
    const struct ds_restore_options *o)
{
	struct ds_list names = DS_LIST_INIT;
	struct ds_items items;
	size_t i;
	int rc;

	rc = ds_items_load(&items, s, state);
	if (rc < 0)
		return rc;
	for (i = 0; o->paths != NULL && rc == 0 && i < o->paths->n; i++)
		rc = scope_of(m, s, state, &items, o->paths->v[i]);
	if (rc == 0 && m->n == 0) {
		rc = ds_state_items(&names, s, state);
		for (i = 0; rc == 0 && i < names.n; i++)
			rc = ds_move__scope(m, names.v[i], "");
	}
	ds_list_release(&names);
	ds_items_release(&items);
	return rc;
}

static int
open_target(int *fd, const char *dir, const char *item)
{
	char *path;
	int rc;

	*fd = -1;
	/* a hostile state may hold any name */
	rc = ds_name_check_item(item);
	if (rc < 0)
		return ds_err_in(DS_EDAMAGED, "item '%s'", item);
	rc = ds_path_join(&path, dir, item);
	if (rc == 0)
		rc = ds_file_mkdirs(path, 0755);
	if (rc == 0) {
		*fd =
		    open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (*fd < 0)
			rc = ds_err_sys("cannot open '%s'", path);
	}
	free(path);
	return rc;
}

static int
write_scope(struct ds_restore_result *out, struct ds_store *s,
    const git_oid *state, const struct scope *sc,
    const struct ds_restore_options *o, const char *dir)
{
	struct ds_apply apply = {
		.odb = s->odb,
		.item = sc->item,
		.report = o->report,
		.progress = o->progress,
		.fresh = true,
	};
	struct ds_changes c = DS_CHANGES_INIT;
	struct ds_entry self = { .kind = DS_KIND_NONE };
	struct ds_roots roots;
	int fd = -1, rc;

	rc = ds_state_item(&roots, s, state, sc->item);
	if (rc == 0)
		rc = ds_state_list(&c, s, &roots, sc->path);
	if (rc == 0 && c.n == 0 && sc->path[0] != '\0')
		rc = ds_err(DS_ENOTFOUND, "'%s/%s' is not in '%s'", sc->item,
		    sc->path, o->label);
	if (rc < 0 || o->dry_run)
		goto out;
	rc = ds_item_git_dirs(&apply.git_dirs, s, sc->item);
	if (rc == 0)
		rc = open_target(&fd, dir, sc->item);
	ds_move__take_root(&self, &c);
	if (rc == 0)
		rc = ds_apply_run(&apply, fd, &c);
	if (rc == 0)
		ds_move__set_root(fd, &self, o->report, sc->item);
out:
	if (rc == 0)
		rc = ds_restore__note(out, sc->item, &c);
	if (fd >= 0)
		close(fd);
	ds_changes_release(&c);
	return rc;
}

int
ds_restore_to(struct ds_restore_result *out, struct ds_store *s,
    const struct ds_restore_options *o, const char *dir)
{
	size_t before = ds_restore__undone(o->report), i;
	struct move m;
	git_oid state;
	int rc;

	memset(out, 0, sizeof(*out));
	memset(&m, 0, sizeof(m));
	rc = ds_state_of_commit(&state, s, &o->from);
	if (rc == 0)
		rc = scopes(&m, s, &state, o);
	for (i = 0; rc == 0 && i < m.n; i++)
		rc = write_scope(out, s, &state, &m.v[i], o, dir);
	if (rc == 0)
		rc = ds_restore__verdict(o->report, before);
	ds_move__release(&m);
	return rc;
}
