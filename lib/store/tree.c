/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes onto the two trees of an item at once, folder by folder.  The
 * changes are in path order, so those of a folder are one run of them, and
 * of a name the change of itself stands before those beneath it.
 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/name.h"
#include "ds/sink.h"
#include "ds/store.h"
#include "ds/tree.h"
#include "state_internal.h"
#include "treebuild.h"

/* A run of changes beneath one folder. */
struct run {
	const struct ds_change *v;
	size_t n;
	size_t skip; /* bytes of each path that name the folder */
};

struct edit {
	struct ds_sink *sink;
	struct ds_store *s;
};

/* One folder while it is changed. */
struct folder {
	struct treebuild tree;
	struct treebuild meta;
	struct ds_changes lines;      /* files and links right in it */
	const struct ds_change *self; /* may be NULL */
	bool was;		      /* it is there in the old state */
};

static int edit_dir(struct edit *, struct ds_roots *out, bool *exists,
    const struct ds_roots *old, bool was, struct run,
    const struct ds_change *self);

/*
 * The two names that a file may be stored under: ${use} as it is now, ${other}
 * (NULL where it is the same) as it may have been.
 */
static int
stored_names(char **use, char **other, struct edit *e,
    const struct ds_entry *new, const char *name)
{
	char *plain, *marked = NULL;
	void *data = NULL;
	size_t len;
	bool ok = new->kind == DS_KIND_FILE;
	int rc;

	*use = *other = NULL;
	rc = ds_name_encode(&plain, name, true);
	if (rc == 0)
		rc = ds_name_encode(&marked, name, false);
	if (rc == 0 && strcmp(plain, marked) == 0) {
		free(marked);
		*use = plain;
		return 0;
	}
	if (rc == 0 && ok) {
		rc = ds_sink_read(e->sink, &data, &len, NULL, &new->id);
		ok = rc == 0 && ds_name_content_ok(name, data, len);
		free(data);
	}
	if (rc < 0) {
		free(plain);
		free(marked);
		return rc;
	}
	*use = ok ? plain : marked;
	*other = ok ? marked : plain;
	return 0;
}

static unsigned
tree_mode(const struct ds_entry *e)
{
	if (e->kind == DS_KIND_LINK)
		return GIT_FILEMODE_LINK;
	return (e->mode & 0100) != 0 ? GIT_FILEMODE_BLOB_EXECUTABLE :
				       GIT_FILEMODE_BLOB;
}

static int
set_twin(struct folder *f, const char *stored, const git_oid *meta)
{
	char *name;
	int rc;

	rc = ds_name_encode_meta(&name, stored);
	if (rc == 0)
		rc = tb_set(&f->meta, name,
		    meta != NULL ? GIT_FILEMODE_TREE : 0, meta);
	free(name);
	return rc;
}

/* A file or link comes, changes or (kind NONE) goes. */
static int
edit_leaf(struct edit *e, struct folder *f, const char *name,
    const struct ds_entry *new)
{
	char *use, *other;
	int rc;

	rc = stored_names(&use, &other, e, new, name);
	if (rc < 0)
		goto out;
	if (new->kind == DS_KIND_NONE)
		rc = tb_set(&f->tree, use, 0, NULL);
	else
		rc = tb_set(&f->tree, use, tree_mode(new), &new->id);
	if (rc == 0 && other != NULL)
		rc = tb_set(&f->tree, other, 0, NULL);
	if (rc == 0)
		rc = set_twin(f, use, NULL);
	if (rc == 0 && other != NULL)
		rc = set_twin(f, other, NULL);
	if (rc == 0)
		rc = ds_changes_add(&f->lines, name, new, new);
out:
	free(other);
	free(use);
	return rc;
}

/* The folder ${name} as it is in the old trees. */
static int
old_roots(struct ds_roots *out, bool *was, struct folder *f, const char *stored)
{
	const git_tree_entry *e = tb_base(&f->tree, stored);
	char *twin;
	int rc;

	memset(out, 0, sizeof(*out));
	if (e != NULL && git_tree_entry_type(e) == GIT_OBJECT_TREE)
		out->tree = *git_tree_entry_id(e);
	rc = ds_name_encode_meta(&twin, stored);
	if (rc < 0)
		return rc;
	e = tb_base(&f->meta, twin);
	if (e != NULL && git_tree_entry_type(e) == GIT_OBJECT_TREE)
		out->meta = *git_tree_entry_id(e);
	free(twin);
	*was = !git_oid_is_zero(&out->tree) || !git_oid_is_zero(&out->meta);
	return 0;
}

static int
edit_folder(struct edit *e, struct folder *f, const char *name,
    const struct ds_change *self, struct run beneath)
{
	static const struct ds_entry gone = { .kind = DS_KIND_NONE };
	const git_tree_entry *there;
	struct ds_roots old, new;
	bool was, exists;
	char *stored;
	int rc;

	rc = ds_name_encode(&stored, name, false);
	if (rc < 0)
		return rc;
	rc = old_roots(&old, &was, f, stored);
	if (rc == 0)
		rc = edit_dir(e, &new, &exists, &old, was, beneath, self);
	if (rc == 0)
		rc = ds_state__entry(&there, f->tree.base, name);
	if (rc < 0 || (!exists && !was))
		goto out;
	/* a file of this name makes room */
	if (there != NULL && git_tree_entry_type(there) == GIT_OBJECT_BLOB)
		rc = edit_leaf(e, f, name, &gone);
	if (rc == 0)
		rc = tb_set(&f->tree, stored,
		    git_oid_is_zero(&new.tree) ? 0 : GIT_FILEMODE_TREE,
		    &new.tree);
	if (rc == 0)
		rc = set_twin(f, stored, exists ? &new.meta : NULL);
out:
	free(stored);
	return rc;
}

/* All changes of one name, which is the next of ${r}; ${n}: how many. */
static int
edit_name(struct edit *e, struct folder *f, struct run r, size_t *n)
{
	const char *path = r.v[0].path + r.skip;
	size_t len = strcspn(path, "/");
	const struct ds_change *self = path[len] == '\0' ? &r.v[0] : NULL;
	struct run beneath = { r.v + (self != NULL), 0, r.skip + len + 1 };
	char *name = strndup(path, len);
	int rc;

	if (name == NULL)
		return ds_err_nomem();
	*n = self != NULL;
	while (*n < r.n && strncmp(r.v[*n].path + r.skip, name, len) == 0 &&
	    r.v[*n].path[r.skip + len] == '/')
		beneath.n++, (*n)++;
	if (self != NULL &&
	    (self->new.kind == DS_KIND_FILE || self->new.kind == DS_KIND_LINK))
		rc = edit_leaf(e, f, name, &self->new);
	else if (self != NULL && self->new.kind == DS_KIND_NONE &&
	    self->old.kind != DS_KIND_DIR &&beneath.n == 0)
		rc = edit_leaf(e, f, name, &self->new);
	else
		rc = edit_folder(e, f, name, self, beneath);
	free(name);
	return rc;
}

static int
write_blob(struct edit *e, git_oid *out, struct ds_buf *text)
{
	int rc = ds_buf_check(text);

	if (rc == 0)
		rc = ds_sink_write(e->sink, out, GIT_OBJECT_BLOB, text->data,
		    text->len);
	return rc;
}

static int
set_bucket(struct edit *e, struct treebuild *split, const struct ds_meta *m,
    unsigned bucket)
{
	struct ds_buf text = DS_BUF_INIT;
	char name[8];
	git_oid id;
	int rc = 0;

	snprintf(name, sizeof(name), "%02x", bucket & 0xff);
	ds_meta_print_bucket(&text, m, bucket);
	if (text.failed || text.len > 0)
		rc = write_blob(e, &id, &text);
	if (rc == 0)
		rc = tb_set(split, name, text.len > 0 ? GIT_FILEMODE_BLOB : 0,
		    &id);
	ds_buf_release(&text);
	return rc;
}

static int
set_self(struct edit *e, struct treebuild *to, const char *name,
    const struct ds_meta *m, bool with_lines)
{
	struct ds_buf text = DS_BUF_INIT;
	git_oid id;
	int rc;

	ds_meta_print_self(&text, m);
	if (with_lines)
		ds_meta_print_lines(&text, m);
	rc = write_blob(e, &id, &text);
	if (rc == 0)
		rc = tb_set(to, name, GIT_FILEMODE_BLOB, &id);
	ds_buf_release(&text);
	return rc;
}

static int
apply_lines(struct ds_meta *m, const struct ds_changes *lines)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < lines->n; i++)
		rc = ds_meta_set(m, lines->v[i].path, &lines->v[i].new);
	return rc;
}

/* Lines that no entry of the tree has any more (plain git took it away). */
static int
drop_orphans(struct ds_meta *m, struct folder *f)
{
	static const struct ds_entry gone = { .kind = DS_KIND_NONE };
	size_t i = m->n;
	int rc = 0;

	while (rc == 0 && i-- > 0) {
		const char *name = m->v[i].name;
		const git_tree_entry *te;

		if (ds_changes_find(&f->lines, name) != NULL)
			continue;
		rc = ds_state__entry(&te, f->tree.base, name);
		if (rc == 0 &&
		    (te == NULL || git_tree_entry_type(te) != GIT_OBJECT_BLOB))
			rc = ds_meta_set(m, name, &gone);
	}
	return rc;
}

/* Split before and after: only the buckets that change are read. */
static int
rewrite_buckets(struct edit *e, struct folder *f, struct ds_meta *self,
    const git_oid *old)
{
	struct treebuild split;
	git_oid id;
	size_t i;
	int rc;

	rc = tb_open(&split, e->s, old);
	for (i = 0; rc == 0 && i < f->lines.n; i++) {
		unsigned bucket = ds_meta_bucket(f->lines.v[i].path);
		struct ds_meta m;

		rc = ds_state__meta(&m, e->s, f->meta.base, (int)bucket);
		if (rc == 0)
			rc = apply_lines(&m, &f->lines);
		if (rc == 0)
			rc = set_bucket(e, &split, &m, bucket);
		ds_meta_release(&m);
	}
	if (rc == 0)
		rc = set_self(e, &split, "self", self, false);
	if (rc == 0)
		rc = tb_write(&id, NULL, &split, e->sink);
	if (rc == 0)
		rc = tb_set(&f->meta, ".meta", GIT_FILEMODE_TREE, &id);
	tb_release(&split);
	return rc;
}

static int
rewrite_split(struct edit *e, struct folder *f, const struct ds_meta *m)
{
	struct treebuild split = { .base = NULL };
	unsigned bucket;
	git_oid id;
	int rc;

	rc = set_self(e, &split, "self", m, false);
	for (bucket = 0; rc == 0 && bucket < DS_META_BUCKETS; bucket++)
		rc = set_bucket(e, &split, m, bucket);
	if (rc == 0)
		rc = tb_write(&id, NULL, &split, e->sink);
	if (rc == 0)
		rc = tb_set(&f->meta, ".meta", GIT_FILEMODE_TREE, &id);
	tb_release(&split);
	return rc;
}

/* What the folder's own line says from now on. */
static void
describe_self(struct ds_meta *m, const struct folder *f, bool empty)
{
	if (f->self != NULL && f->self->new.kind == DS_KIND_DIR) {
		m->mode = f->self->new.mode & 07777;
		m->mtime = f->self->new.mtime;
	} else if (!m->known) {
		m->mode = 0755;
		m->mtime = DS_MTIME_UNKNOWN;
	}
	m->known = true;
	m->empty = empty;
}

static int
rewrite_meta(struct edit *e, struct folder *f, size_t files, bool empty)
{
	const git_tree_entry *old = tb_base(&f->meta, ".meta");
	bool was_split =
	    old != NULL && git_tree_entry_type(old) == GIT_OBJECT_TREE;
	bool split = files > DS_META_SPLIT_MAX;
	struct ds_meta m;
	int rc;

	ds_changes_sort(&f->lines);
	rc = ds_state__meta(&m, e->s, f->meta.base, DS_META_SELF);
	if (rc < 0)
		return rc;
	if (f->lines.n == 0 &&
	    (f->self == NULL || f->self->new.kind != DS_KIND_DIR) && m.known &&
	    m.empty == empty)
		goto out;
	if (was_split && split && f->lines.n < DS_META_BUCKETS) {
		describe_self(&m, f, empty);
		rc = rewrite_buckets(e, f, &m, git_tree_entry_id(old));
		goto out;
	}
	ds_meta_release(&m);
	rc = ds_state__meta(&m, e->s, f->meta.base, DS_META_ALL);
	if (rc < 0)
		return rc;
	describe_self(&m, f, empty);
	rc = apply_lines(&m, &f->lines);
	if (rc == 0)
		rc = drop_orphans(&m, f);
	if (rc == 0 && split)
		rc = rewrite_split(e, f, &m);
	else if (rc == 0)
		rc = set_self(e, &f->meta, ".meta", &m, true);
out:
	ds_meta_release(&m);
	return rc;
}

/* Are there folders in it, which have no tree as they are empty? */
static int
holds_folders(bool *out, struct folder *f)
{
	const git_tree_entry *own = tb_base(&f->meta, ".meta");
	size_t trees;
	int rc;

	rc = tb_trees(&trees, &f->meta);
	if (own != NULL && git_tree_entry_type(own) == GIT_OBJECT_TREE)
		trees--;
	*out = rc == 0 && trees > 0;
	return rc;
}

/* Write the folder's two trees; nothing of it is left where it is gone. */
static int
finish_folder(struct edit *e, struct folder *f, struct ds_roots *out,
    bool *exists)
{
	bool gone = f->self != NULL && f->self->new.kind != DS_KIND_DIR;
	bool made = f->self != NULL && f->self->new.kind == DS_KIND_DIR;
	size_t files;
	bool empty;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = tb_write(&out->tree, &files, &f->tree, e->sink);
	if (rc < 0)
		return rc;
	empty = git_oid_is_zero(&out->tree);
	*exists = !empty || made || (f->was && !gone);
	if (!*exists)
		rc = holds_folders(exists, f);
	if (rc < 0 || !*exists)
		return rc;
	rc = rewrite_meta(e, f, files, empty);
	if (rc == 0)
		rc = tb_write(&out->meta, NULL, &f->meta, e->sink);
	return rc;
}

static int
edit_dir(struct edit *e, struct ds_roots *out, bool *exists,
    const struct ds_roots *old, bool was, struct run r,
    const struct ds_change *self)
{
	struct folder f = { .self = self, .was = was };
	size_t n = 0;
	int rc;

	rc = tb_open(&f.tree, e->s, &old->tree);
	if (rc == 0)
		rc = tb_open(&f.meta, e->s, &old->meta);
	while (rc == 0 && r.n > 0) {
		rc = edit_name(e, &f, r, &n);
		r.v += n;
		r.n -= n;
	}
	if (rc == 0)
		rc = finish_folder(e, &f, out, exists);
	ds_changes_release(&f.lines);
	tb_release(&f.meta);
	tb_release(&f.tree);
	return rc;
}

int
ds_tree_edit(struct ds_roots *out, struct ds_sink *sink, struct ds_store *s,
    const struct ds_roots *old, const struct ds_changes *changes)
{
	struct edit e = { sink, s };
	struct run r = { changes->v, changes->n, 0 };
	const struct ds_change *self = NULL;
	bool exists, was;

	if (r.n > 0 && r.v[0].path[0] == '\0') {
		self = r.v++;
		r.n--;
	}
	was = !git_oid_is_zero(&old->tree) || !git_oid_is_zero(&old->meta);
	return edit_dir(&e, out, &exists, old, was, r, self);
}
