/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_STATE_H
#define DS_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include <git2/oid.h>

#include "ds/compat.h"
#include "ds/entry.h"

struct ds_buf;
struct ds_list;
struct ds_store;

/*
 * Reading states.  A state is the tree of a commit:
 *
 *	<item>/...                          files and symlinks
 *	.datasync/items                   rules, git-config text
 *	.datasync/meta/<item>/<dir...>/.meta    modes, times, empty folders
 *
 * A folder of an item is thus a pair of trees, read side by side.  Zero ids
 * mean "none".  What the tree says of existence, type and x bit wins over
 * .meta; names come out decoded (ds/name.h).
 */
enum {
	DS_STATE_DEPTH_MAX = 900
}; /* folders in one another: a scan has
					 * a descriptor open for each */

struct ds_roots {
	git_oid tree;
	git_oid meta;
};

struct ds_node {
	char *name;
	struct ds_entry e;     /* folders: mode and time are not filled in */
	struct ds_roots roots; /* of a folder */
};

struct ds_dir {
	struct ds_entry self; /* of the folder itself */
	struct ds_node *v;    /* by bytes of the name */
	size_t n;
	size_t cap;
};

/* The tree of a commit; zero for the zero commit. */
int ds_state_of_commit(git_oid *state, struct ds_store *,
    const git_oid *commit);

/* The roots of ${item} in ${state}; zero where it is not in there. */
int ds_state_item(struct ds_roots *out, struct ds_store *, const git_oid *state,
    const char *item);

/* Names of all items that have files or .meta in ${state}. */
int ds_state_items(struct ds_list *out, struct ds_store *,
    const git_oid *state);

/*
 * The text of .datasync/items.  Where plain git took it away, that of the
 * newest commit of the line that has one; empty where none has.
 */
int ds_state_rules(struct ds_buf *out, struct ds_store *, const git_oid *state);

/* One folder.  DS_EDAMAGED if a name is none that a folder can hold (".."),
 * occurs twice, or .meta can't be read. */
int ds_dir_read(struct ds_dir *out, struct ds_store *, const struct ds_roots *);
void ds_dir_release(struct ds_dir *);

/* The node of ${name}, or NULL. */
const struct ds_node *ds_dir_find(const struct ds_dir *, const char *name);

/*
 * One name of a folder, without reading the others.  Kind NONE if it is not
 * there; a folder's mode and time are filled in.  ${out}->name stays NULL.
 */
int ds_state_child(struct ds_node *out, struct ds_store *,
    const struct ds_roots *, const char *name);

/* The same for a path; "" is the root itself.  Reads O(depth) objects. */
int ds_state_find(struct ds_node *out, struct ds_store *,
    const struct ds_roots *, const char *path);

/*
 * What changes from ${old} to ${new}, in order, by reading only what differs.
 * ${scope}: this path and all beneath it; "" for all.  Folders are in it
 * when they come, go or change their mode or time; the item's own folder has
 * the path "".  DS_EDAMAGED where folders are deeper than DS_STATE_DEPTH_MAX.
 */
int ds_state_diff(struct ds_changes *out, struct ds_store *,
    const struct ds_roots *old, const struct ds_roots *new, const char *scope);

/* All of ${roots} beneath ${scope} as additions. */
int ds_state_list(struct ds_changes *out, struct ds_store *,
    const struct ds_roots *, const char *scope);

/* Content of a file or link; the caller frees.  NUL-ended. */
int ds_state_blob(void **data, size_t *len, struct ds_store *, const git_oid *);

#endif
