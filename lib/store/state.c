/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/list.h"
#include "ds/meta.h"
#include "ds/name.h"
#include "ds/path.h"
#include "ds/state.h"
#include "ds/store.h"

#include "state_internal.h"

int
ds_state__tree(git_tree **out, struct ds_store *s, const git_oid *id)
{
	int rc;

	*out = NULL;
	if (git_oid_is_zero(id))
		return 0;
	rc = git_tree_lookup(out, s->repo, id);
	if (rc == GIT_ENOTFOUND)
		return ds_err(DS_EDAMAGED, "tree %s is missing or no tree",
		    ds_git_hex(id));
	if (rc < 0)
		return ds_err_git(rc, "cannot read tree %s", ds_git_hex(id));
	return 0;
}

/* The subtree ${name} of ${id}; zero where it is not there. */
static int
subtree(git_oid *out, struct ds_store *s, const git_oid *id, const char *name)
{
	const git_tree_entry *e;
	git_tree *t;
	int rc;

	rc = ds_state__tree(&t, s, id);
	memset(out, 0, sizeof(*out));
	if (rc < 0 || t == NULL)
		return rc;
	e = git_tree_entry_byname(t, name);
	if (e != NULL && git_tree_entry_type(e) == GIT_OBJECT_TREE)
		*out = *git_tree_entry_id(e);
	git_tree_free(t);
	return 0;
}

int
ds_state_of_commit(git_oid *state, struct ds_store *s, const git_oid *commit)
{
	git_commit *c;
	int rc;

	memset(state, 0, sizeof(*state));
	if (git_oid_is_zero(commit))
		return 0;
	rc = git_commit_lookup(&c, s->repo, commit);
	if (rc < 0)
		return ds_err_git(rc, "cannot read commit %s",
		    ds_git_hex(commit));
	*state = *git_commit_tree_id(c);
	git_commit_free(c);
	return 0;
}

int
ds_state_item(struct ds_roots *out, struct ds_store *s, const git_oid *state,
    const char *item)
{
	git_oid id;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = subtree(&out->tree, s, state, item);
	if (rc == 0)
		rc = subtree(&id, s, state, ".datasync");
	if (rc == 0)
		rc = subtree(&id, s, &id, "meta");
	if (rc == 0)
		rc = subtree(&out->meta, s, &id, item);
	return rc;
}

static int
add_items(struct ds_list *out, struct ds_store *s, const git_oid *id)
{
	git_tree *t;
	size_t i;
	int rc;

	rc = ds_state__tree(&t, s, id);
	if (rc < 0 || t == NULL)
		return rc;
	for (i = 0; rc == 0 && i < git_tree_entrycount(t); i++) {
		const git_tree_entry *e = git_tree_entry_byindex(t, i);
		const char *name = git_tree_entry_name(e);

		if (git_tree_entry_type(e) == GIT_OBJECT_TREE &&
		    strcmp(name, ".datasync") != 0)
			rc = ds_list_add(out, name);
	}
	git_tree_free(t);
	return rc;
}

int
ds_state_items(struct ds_list *out, struct ds_store *s, const git_oid *state)
{
	git_oid id;
	int rc;

	rc = add_items(out, s, state);
	if (rc == 0)
		rc = subtree(&id, s, state, ".datasync");
	if (rc == 0)
		rc = subtree(&id, s, &id, "meta");
	if (rc == 0)
		rc = add_items(out, s, &id);
	ds_list_sort(out);
	return rc;
}

int
ds_state_blob(void **data, size_t *len, struct ds_store *s, const git_oid *id)
{
	git_odb_object *o;
	int rc;

	*data = NULL;
	*len = 0;
	rc = git_odb_read(&o, s->odb, id);
	if (rc == GIT_ENOTFOUND)
		return ds_err(DS_EDAMAGED, "blob %s is missing",
		    ds_git_hex(id));
	if (rc < 0)
		return ds_err_git(rc, "cannot read blob %s", ds_git_hex(id));
	*data = malloc(git_odb_object_size(o) + 1);
	if (*data == NULL) {
		rc = ds_err_nomem();
	} else {
		*len = git_odb_object_size(o);
		memcpy(*data, git_odb_object_data(o), *len);
		((char *)*data)[*len] = '\0';
	}
	git_odb_object_free(o);
	return rc;
}

/* The rules right in ${state}, if it has any. */
static int
own_rules(struct ds_buf *out, bool *found, struct ds_store *s,
    const git_oid *state)
{
	const git_tree_entry *e;
	git_oid id;
	git_tree *t = NULL;
	void *data = NULL;
	size_t len;
	int rc;

	*found = false;
	rc = subtree(&id, s, state, ".datasync");
	if (rc == 0)
		rc = ds_state__tree(&t, s, &id);
	if (rc < 0 || t == NULL)
		return rc;
	e = git_tree_entry_byname(t, "items");
	if (e != NULL && git_tree_entry_type(e) == GIT_OBJECT_BLOB) {
		rc = ds_state_blob(&data, &len, s, git_tree_entry_id(e));
		if (rc == 0)
			ds_buf_add(out, data, len);
		*found = true;
	}
	free(data);
	git_tree_free(t);
	return rc < 0 ? rc : ds_buf_check(out);
}

/* Those of the newest commit of the line that has any. */
static int
last_rules(struct ds_buf *out, struct ds_store *s)
{
	git_revwalk *walk;
	git_oid id, state;
	bool found = false;
	int rc;

	rc = git_revwalk_new(&walk, s->repo);
	if (rc < 0)
		return ds_err_git(rc, "cannot walk the history");
	git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
	rc = ds_store_head(&id, s);
	if (rc == 0 && !git_oid_is_zero(&id) && git_revwalk_push(walk, &id) < 0)
		rc = ds_err_git(GIT_ERROR, "cannot walk the history");
	while (rc == 0 && !found) {
		rc = git_revwalk_next(&id, walk);
		if (rc < 0 && rc != GIT_ITEROVER)
			rc = ds_err_git(rc, "cannot walk the history");
		if (rc == 0)
			rc = ds_state_of_commit(&state, s, &id);
		if (rc == 0)
			rc = own_rules(out, &found, s, &state);
	}
	git_revwalk_free(walk);
	return rc == GIT_ITEROVER ? 0 : rc;
}

int
ds_state_rules(struct ds_buf *out, struct ds_store *s, const git_oid *state)
{
	bool found;
	int rc;

	if (git_oid_is_zero(state))
		return 0;
	rc = own_rules(out, &found, s, state);
	if (rc == 0 && !found)
		rc = last_rules(out, s);
	return rc;
}

static int
parse_blob(struct ds_meta *m, struct ds_store *s, const git_oid *id)
{
	void *data;
	size_t len;
	int rc;

	rc = ds_state_blob(&data, &len, s, id);
	if (rc == 0)
		rc = ds_meta_parse(m, data, len);
	free(data);
	return rc;
}

/* A split .meta: "self" and, unless ${bucket} names one, all buckets. */
static int
parse_split(struct ds_meta *m, struct ds_store *s, const git_oid *id,
    int bucket)
{
	char want[4] = "";
	git_tree *t;
	size_t i;
	int rc;

	rc = ds_state__tree(&t, s, id);
	if (rc < 0 || t == NULL)
		return rc;
	if (bucket >= 0)
		snprintf(want, sizeof(want), "%02x", (unsigned)bucket & 0xff);
	for (i = 0; rc == 0 && i < git_tree_entrycount(t); i++) {
		const git_tree_entry *e = git_tree_entry_byindex(t, i);
		const char *name = git_tree_entry_name(e);

		if (git_tree_entry_type(e) == GIT_OBJECT_BLOB &&
		    (bucket == DS_META_ALL || strcmp(name, "self") == 0 ||
			strcmp(name, want) == 0))
			rc = parse_blob(m, s, git_tree_entry_id(e));
	}
	git_tree_free(t);
	return rc;
}

int
ds_state__meta(struct ds_meta *m, struct ds_store *s, git_tree *meta,
    int bucket)
{
	const git_tree_entry *e;
	int rc = 0;

	memset(m, 0, sizeof(*m));
	m->mtime = DS_MTIME_UNKNOWN;
	if (meta == NULL)
		return 0;
	e = git_tree_entry_byname(meta, ".meta");
	if (e == NULL)
		return 0;
	if (git_tree_entry_type(e) == GIT_OBJECT_BLOB)
		rc = parse_blob(m, s, git_tree_entry_id(e));
	else if (git_tree_entry_type(e) == GIT_OBJECT_TREE)
		rc = parse_split(m, s, git_tree_entry_id(e), bucket);
	if (rc < 0)
		ds_meta_release(m);
	return rc;
}

void
ds_state__folder(struct ds_entry *e, const struct ds_meta *m)
{
	memset(e, 0, sizeof(*e));
	e->kind = DS_KIND_DIR;
	e->mode = m->known ? m->mode : (0755 | DS_MODE_UNKNOWN);
	e->mtime = m->known ? m->mtime : DS_MTIME_UNKNOWN;
}

/* A file or link: what the tree says, with mode and time of its line. */
static void
file_entry(struct ds_entry *e, const git_tree_entry *te,
    const struct ds_meta_line *l)
{
	git_filemode_t mode = git_tree_entry_filemode(te);
	bool x = mode == GIT_FILEMODE_BLOB_EXECUTABLE;

	memset(e, 0, sizeof(*e));
	e->id = *git_tree_entry_id(te);
	e->mtime = DS_MTIME_UNKNOWN;
	if (mode == GIT_FILEMODE_LINK) {
		e->kind = DS_KIND_LINK;
		e->mode = 0777;
		if (l != NULL && l->kind == DS_KIND_LINK)
			e->mtime = l->mtime;
		return;
	}
	e->kind = DS_KIND_FILE;
	e->mode = (x ? 0755 : 0644) | DS_MODE_UNKNOWN;
	if (l == NULL || l->kind != DS_KIND_FILE)
		return;
	e->mtime = l->mtime;
	if (((l->mode & 0100) != 0) == x)
		e->mode = l->mode;
}

static int
add_node(struct ds_dir *d, struct ds_node **out, const char *stored)
{
	int rc;

	rc = ds_list_grow(&d->v, d->n, &d->cap, sizeof(*d->v));
	if (rc < 0)
		return rc;
	*out = d->v + d->n;
	memset(*out, 0, sizeof(**out));
	rc = ds_name_decode(&(*out)->name, stored);
	if (rc < 0)
		return rc;
	d->n++;
	/* git writes none such, and a disk would be led astray by it */
	if (!ds_path_is_name((*out)->name))
		rc = ds_err(DS_EDAMAGED, "a tree holds the name '%s'",
		    (*out)->name);
	return rc;
}

/* The tree's twin in .meta, by the stored name of the folder. */
static int
meta_twin(git_oid *out, git_tree *meta, const char *stored)
{
	const git_tree_entry *e = NULL;
	char *name;
	int rc;

	memset(out, 0, sizeof(*out));
	if (meta == NULL)
		return 0;
	rc = ds_name_encode_meta(&name, stored);
	if (rc < 0)
		return rc;
	e = git_tree_entry_byname(meta, name);
	if (e != NULL && git_tree_entry_type(e) == GIT_OBJECT_TREE)
		*out = *git_tree_entry_id(e);
	free(name);
	return 0;
}

static int
node_of(struct ds_node *n, const git_tree_entry *te, git_tree *meta,
    const struct ds_meta *m, const char *decoded)
{
	git_object_t type = git_tree_entry_type(te);

	if (type == GIT_OBJECT_BLOB) {
		file_entry(&n->e, te, ds_meta_find(m, decoded));
		return 0;
	}
	if (type != GIT_OBJECT_TREE)
		return 0;
	n->e.kind = DS_KIND_DIR;
	n->roots.tree = *git_tree_entry_id(te);
	return meta_twin(&n->roots.meta, meta, git_tree_entry_name(te));
}

static int
add_stored(struct ds_dir *d, git_tree *tree, git_tree *meta,
    const struct ds_meta *m)
{
	size_t i, n = tree != NULL ? git_tree_entrycount(tree) : 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		const git_tree_entry *te = git_tree_entry_byindex(tree, i);
		struct ds_node *node;

		/* submodules of a plain git's commit are not ours */
		if (git_tree_entry_type(te) == GIT_OBJECT_COMMIT)
			continue;
		rc = add_node(d, &node, git_tree_entry_name(te));
		if (rc == 0)
			rc = node_of(node, te, meta, m, node->name);
	}
	return rc;
}

/* The name in the item's tree of a folder in .meta. */
static int
stored_of_meta(char **out, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(name, ".meta%", 6) == 0 && strspn(name + 5, "%") == n - 5)
		n--;
	*out = strndup(name, n);
	return *out != NULL ? 0 : ds_err_nomem();
}

/* A folder that has no tree is there if its own line says that it is empty. */
static int
add_if_empty(struct ds_dir *d, struct ds_store *s, const char *stored,
    const git_oid *id)
{
	struct ds_node *node;
	struct ds_meta m;
	git_tree *t;
	int rc;

	rc = ds_state__tree(&t, s, id);
	if (rc < 0)
		return rc;
	rc = ds_state__meta(&m, s, t, DS_META_SELF);
	if (rc == 0 && m.known && m.empty)
		rc = add_node(d, &node, stored);
	if (rc == 0 && m.known && m.empty) {
		node->e.kind = DS_KIND_DIR;
		node->roots.meta = *id;
	}
	ds_meta_release(&m);
	git_tree_free(t);
	return rc;
}

static int
add_empty(struct ds_dir *d, struct ds_store *s, git_tree *tree, git_tree *meta)
{
	size_t i, n = meta != NULL ? git_tree_entrycount(meta) : 0;
	char *stored;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		const git_tree_entry *te = git_tree_entry_byindex(meta, i);
		const char *name = git_tree_entry_name(te);

		if (git_tree_entry_type(te) != GIT_OBJECT_TREE ||
		    strcmp(name, ".meta") == 0)
			continue;
		rc = stored_of_meta(&stored, name);
		if (rc < 0)
			break;
		if (tree == NULL || git_tree_entry_byname(tree, stored) == NULL)
			rc = add_if_empty(d, s, stored, git_tree_entry_id(te));
		free(stored);
	}
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	const struct ds_node *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int
ds_dir_read(struct ds_dir *d, struct ds_store *s, const struct ds_roots *r)
{
	git_tree *tree = NULL, *meta = NULL;
	struct ds_meta m = { .known = false };
	size_t i;
	int rc;

	memset(d, 0, sizeof(*d));
	rc = ds_state__tree(&tree, s, &r->tree);
	if (rc == 0)
		rc = ds_state__tree(&meta, s, &r->meta);
	if (rc == 0)
		rc = ds_state__meta(&m, s, meta, DS_META_ALL);
	if (rc == 0) {
		ds_state__folder(&d->self, &m);
		rc = add_stored(d, tree, meta, &m);
	}
	if (rc == 0)
		rc = add_empty(d, s, tree, meta);
	if (rc == 0 && d->n > 0)
		qsort(d->v, d->n, sizeof(*d->v), by_name);
	for (i = 1; rc == 0 && i < d->n; i++)
		if (strcmp(d->v[i - 1].name, d->v[i].name) == 0)
			rc = ds_err(DS_EDAMAGED,
			    "'%s' occurs twice in tree "
			    "%s",
			    d->v[i].name, ds_git_hex(&r->tree));
	ds_meta_release(&m);
	git_tree_free(meta);
	git_tree_free(tree);
	if (rc < 0)
		ds_dir_release(d);
	return rc;
}

void
ds_dir_release(struct ds_dir *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		free(d->v[i].name);
	free(d->v);
	memset(d, 0, sizeof(*d));
}

const struct ds_node *
ds_dir_find(const struct ds_dir *d, const char *name)
{
	size_t lo = 0, hi = d->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(d->v[mid].name, name);

		if (c == 0)
			return &d->v[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

int
ds_state__entry(const git_tree_entry **out, git_tree *t, const char *name)
{
	char *stored;
	int plain, rc;

	*out = NULL;
	for (plain = 1; t != NULL && *out == NULL && plain >= 0; plain--) {
		rc = ds_name_encode(&stored, name, plain > 0);
		if (rc < 0)
			return rc;
		*out = git_tree_entry_byname(t, stored);
		free(stored);
	}
	return 0;
}

/* The folder's own line, which lies in the twin of its tree. */
static int
fill_folder(struct ds_node *n, struct ds_store *s)
{
	struct ds_meta m;
	git_tree *t;
	int rc;

	rc = ds_state__tree(&t, s, &n->roots.meta);
	if (rc < 0)
		return rc;
	rc = ds_state__meta(&m, s, t, DS_META_SELF);
	if (rc == 0 && git_oid_is_zero(&n->roots.tree) && !(m.known && m.empty))
		memset(n, 0, sizeof(*n));
	else if (rc == 0)
		ds_state__folder(&n->e, &m);
	ds_meta_release(&m);
	git_tree_free(t);
	return rc;
}

static int
child(struct ds_node *out, struct ds_store *s, git_tree *tree, git_tree *meta,
    const char *name)
{
	const git_tree_entry *te;
	struct ds_meta m = { .known = false };
	char *stored = NULL;
	int rc;

	rc = ds_state__entry(&te, tree, name);
	if (rc < 0)
		return rc;
	if (te != NULL) {
		if (git_tree_entry_type(te) == GIT_OBJECT_BLOB)
			rc = ds_state__meta(&m, s, meta,
			    (int)ds_meta_bucket(name));
		if (rc == 0)
			rc = node_of(out, te, meta, &m, name);
		ds_meta_release(&m);
	} else {
		rc = ds_name_encode(&stored, name, false);
		if (rc == 0)
			rc = meta_twin(&out->roots.meta, meta, stored);
		if (rc == 0 && !git_oid_is_zero(&out->roots.meta))
			out->e.kind = DS_KIND_DIR;
		free(stored);
	}
	if (rc == 0 && out->e.kind == DS_KIND_DIR)
		rc = fill_folder(out, s);
	return rc;
}

int
ds_state_child(struct ds_node *out, struct ds_store *s,
    const struct ds_roots *r, const char *name)
{
	git_tree *tree = NULL, *meta = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = ds_state__tree(&tree, s, &r->tree);
	if (rc == 0)
		rc = ds_state__tree(&meta, s, &r->meta);
	if (rc == 0)
		rc = child(out, s, tree, meta, name);
	git_tree_free(meta);
	git_tree_free(tree);
	return rc;
}

int
ds_state_find(struct ds_node *out, struct ds_store *s, const struct ds_roots *r,
    const char *path)
{
	struct ds_roots at = *r;
	int rc;

	memset(out, 0, sizeof(*out));
	if (*path == '\0') {
		if (git_oid_is_zero(&r->tree) && git_oid_is_zero(&r->meta))
			return 0;
		out->e.kind = DS_KIND_DIR;
		out->roots = *r;
		return fill_folder(out, s);
	}
	while (*path != '\0') {
		size_t n = strcspn(path, "/");
		char *name = strndup(path, n);

		if (name == NULL)
			return ds_err_nomem();
		rc = ds_state_child(out, s, &at, name);
		free(name);
		if (rc < 0)
			return rc;
		path += n + (path[n] == '/');
		if (*path == '\0' || out->e.kind == DS_KIND_NONE)
			return 0;
		if (out->e.kind != DS_KIND_DIR) {
			memset(out, 0, sizeof(*out));
			return 0;
		}
		at = out->roots;
	}
	return 0;
}
