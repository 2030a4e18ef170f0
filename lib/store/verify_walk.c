/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connectivity.  Every object was read already, so blobs need only be there;
 * commits, tags and trees are followed, and the blobs beneath .datasync/meta
 * are read for their sense.  The same tree may be a state's .meta and
 * somebody's files, so the two are kept apart.
 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/cancel.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/list.h"
#include "ds/meta.h"
#include "ds/progress.h"
#include "ds/store.h"

#include "verify_internal.h"

/* What an object is to its state. */
enum role {
	PLAIN,
	STATE, /* the tree of a commit */
	OWN,   /* .datasync in it */
	META   /* .datasync/meta and all beneath */
};

struct step {
	git_oid id;
	enum role role;
};

struct walk {
	struct ds_verify__run *run;
	struct ds_oidset seen;	  /* as PLAIN */
	struct ds_oidset special; /* as anything else */
	struct step *stack;
	size_t n;
	size_t cap;
};

/* Who names an object: "tree 1234...", "ref 'x'". */
struct namer {
	const char *kind;
	const char *name;
};

/* The type of an object that is there, or of one that came meanwhile. */
static git_object_t
type_of(struct walk *w, const git_oid *id)
{
	size_t number = ds_oidset_find(&w->run->good, id), len;
	git_object_t type;

	if (number != DS_OIDSET_NONE)
		return (git_object_t)w->run->types[number];
	if (ds_oidset_has(&w->run->bad, id) ||
	    git_odb_read_header(&len, &type, w->run->store->odb, id) < 0)
		return GIT_OBJECT_INVALID;
	return type;
}

/* ${want} may be ANY. */
static int
visit(struct walk *w, const git_oid *id, git_object_t want, enum role role,
    const struct namer *by)
{
	struct ds_oidset *seen = role == PLAIN ? &w->seen : &w->special;
	git_object_t type = type_of(w, id);
	bool fresh;
	int rc;

	if (type == GIT_OBJECT_INVALID)
		return ds_verify__tell_object(w->run, DS_VERIFY_MISSING, id,
		    "%s %s names it", by->kind, by->name);
	if (want != GIT_OBJECT_ANY && type != want)
		return ds_verify__tell_object(w->run, DS_VERIFY_OBJECT, id,
		    "it is a %s, but %s %s names it as a %s",
		    git_object_type2string(type), by->kind, by->name,
		    git_object_type2string(want));
	rc = ds_oidset_add(seen, id, &fresh);
	if (rc < 0 || !fresh)
		return rc;
	if (role == PLAIN || !ds_oidset_has(&w->seen, id)) {
		w->run->result->reached++;
		ds_progress_add(w->run->progress, 1, 0);
	}
	if (type == GIT_OBJECT_BLOB && role != META)
		return 0;
	rc = ds_list_grow(&w->stack, w->n, &w->cap, sizeof(*w->stack));
	if (rc == 0)
		w->stack[w->n++] = (struct step){ *id, role };
	return rc;
}

static enum role
role_beneath(enum role role, const char *name)
{
	if (role == STATE && strcmp(name, ".datasync") == 0)
		return OWN;
	if (role == OWN && strcmp(name, "meta") == 0)
		return META;
	return role == META ? META : PLAIN;
}

static int
follow_tree(struct walk *w, const struct step *at, git_object *o)
{
	struct namer by = { "tree", ds_git_hex(&at->id) };
	const git_tree *tree = (git_tree *)o;
	size_t i, n = git_tree_entrycount(tree);
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		const git_tree_entry *e = git_tree_entry_byindex(tree, i);
		git_object_t type = git_tree_entry_type(e);

		/* A commit in a tree is another repository's. */
		if (type == GIT_OBJECT_COMMIT)
			continue;
		by.name = ds_git_hex(&at->id);
		rc = visit(w, git_tree_entry_id(e), type,
		    role_beneath(at->role, git_tree_entry_name(e)), &by);
	}
	return rc;
}

static int
follow_commit(struct walk *w, const struct step *at, git_object *o)
{
	struct namer by = { "commit", ds_git_hex(&at->id) };
	const git_commit *c = (git_commit *)o;
	unsigned i, n = git_commit_parentcount(c);
	int rc;

	rc = visit(w, git_commit_tree_id(c), GIT_OBJECT_TREE, STATE, &by);
	for (i = 0; i < n && rc == 0; i++)
		rc = visit(w, git_commit_parent_id(c, i), GIT_OBJECT_COMMIT,
		    PLAIN, &by);
	return rc;
}

static int
check_meta(struct walk *w, const struct step *at, git_object *o)
{
	const git_blob *b = (git_blob *)o;
	struct ds_meta meta = { .known = false };
	int rc;

	rc = ds_meta_parse(&meta, git_blob_rawcontent(b),
	    (size_t)git_blob_rawsize(b));
	ds_meta_release(&meta);
	if (rc < 0)
		rc = ds_verify__serious(rc) < 0 ?
		    rc :
		    ds_verify__tell_object(w->run, DS_VERIFY_META, &at->id,
			"%s", ds_err_text());
	return rc;
}

static int
follow_tag(struct walk *w, const struct step *at, git_object *o)
{
	struct namer by = { "tag", ds_git_hex(&at->id) };
	const git_tag *t = (git_tag *)o;

	return visit(w, git_tag_target_id(t), git_tag_target_type(t), PLAIN,
	    &by);
}

static int
follow(struct walk *w, const struct step *at)
{
	git_object *o;
	int rc;

	rc =
	    git_object_lookup(&o, w->run->store->repo, &at->id, GIT_OBJECT_ANY);
	if (rc < 0) {
		rc = ds_verify__serious(ds_err_git(rc, "cannot read it"));
		return rc < 0 ? rc :
				ds_verify__tell_object(w->run, DS_VERIFY_OBJECT,
				    &at->id, "%s", ds_err_text());
	}
	switch (git_object_type(o)) {
	case GIT_OBJECT_COMMIT:
		rc = follow_commit(w, at, o);
		break;
	case GIT_OBJECT_TREE:
		rc = follow_tree(w, at, o);
		break;
	case GIT_OBJECT_TAG:
		rc = follow_tag(w, at, o);
		break;
	default:
		rc = check_meta(w, at, o);
		break;
	}
	git_object_free(o);
	return rc;
}

static int
drain(struct walk *w)
{
	int rc = 0;

	while (w->n > 0 && rc == 0) {
		struct step at = w->stack[--w->n];

		rc = follow(w, &at);
		if (rc == 0)
			rc = ds_cancel_check();
	}
	return rc;
}

static int
walk_ref(struct walk *w, const char *name)
{
	struct namer by = { "ref", name };
	git_oid id;
	int rc;

	w->run->result->refs++;
	rc = git_reference_name_to_id(&id, w->run->store->repo, name);
	if (rc == GIT_ENOTFOUND && strcmp(name, "HEAD") == 0)
		return 0; /* nothing is committed yet */
	if (rc < 0) {
		rc = ds_verify__serious(ds_err_git(rc, "cannot read it"));
		if (rc == 0)
			ds_verify__tell(w->run, DS_VERIFY_REF, name, "%s",
			    ds_err_text());
		return rc;
	}
	rc = visit(w, &id,
	    strncmp(name, "refs/heads/", 11) == 0 ? GIT_OBJECT_COMMIT :
						    GIT_OBJECT_ANY,
	    PLAIN, &by);
	return rc < 0 ? rc : drain(w);
}

static int
walk_entry(struct walk *w, const git_oid *id, const struct namer *by)
{
	if (git_oid_is_zero(id))
		return 0;
	return visit(w, id, GIT_OBJECT_ANY, PLAIN, by);
}

static int
walk_log(struct walk *w, const char *name)
{
	struct namer by = { "the reflog of", name };
	git_reflog *log;
	size_t i, n;
	int rc;

	w->run->result->refs++;
	rc = git_reflog_read(&log, w->run->store->repo, name);
	if (rc < 0) {
		rc = ds_verify__serious(ds_err_git(rc, "cannot read its log"));
		if (rc == 0)
			ds_verify__tell(w->run, DS_VERIFY_REF, name, "%s",
			    ds_err_text());
		return rc;
	}
	n = git_reflog_entrycount(log);
	for (i = 0; i < n && rc == 0; i++) {
		const git_reflog_entry *e = git_reflog_entry_byindex(log, i);

		rc = walk_entry(w, git_reflog_entry_id_new(e), &by);
		if (rc == 0)
			rc = walk_entry(w, git_reflog_entry_id_old(e), &by);
		if (rc == 0)
			rc = drain(w);
	}
	git_reflog_free(log);
	return rc;
}

int
ds_verify__walk(struct ds_verify__run *v)
{
	struct ds_list refs = DS_LIST_INIT, logs = DS_LIST_INIT;
	struct walk w = { .run = v };
	size_t i;
	int rc;

	rc = ds_verify__refs(v, &refs);
	if (rc == 0)
		rc = ds_verify__logs(v, &logs);
	for (i = 0; i < refs.n && rc == 0; i++)
		rc = walk_ref(&w, refs.v[i]);
	for (i = 0; i < logs.n && rc == 0; i++)
		rc = walk_log(&w, logs.v[i]);
	ds_list_release(&refs);
	ds_list_release(&logs);
	ds_oidset_release(&w.seen);
	ds_oidset_release(&w.special);
	free(w.stack);
	return rc;
}
