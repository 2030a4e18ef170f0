/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRACK_INTERNAL_H
#define TRACK_INTERNAL_H

#include <git2/oid.h>

#include "ds/config.h"
#include "ds/item.h"
#include "ds/tree.h"

struct ds_sink;
struct ds_store;

/* What track.c, untrack.c and rules.c share: changing what is tracked. */

/* Edits of the rules or of the config; keys and values are its own. */
struct edits {
	struct ds_config_edit *v;
	size_t n;
	size_t cap;
};

/* "item.<item>.<last>", or ${last} alone where ${item} is NULL. */
int ds_track__add(struct edits *, const char *item, const char *last,
    const char *value, bool add);
int ds_track__add_all(struct edits *, const char *item, const char *last,
    const struct ds_list *values);
void ds_track__release(struct edits *);

/* A gitignore line that means just this path of an item. */
int ds_track__pattern(char **out, const char *path);

/* A change of the state that is no change of files. */
struct change {
	const struct edits *edits;	 /* of the rules */
	const char *drop;		 /* this item goes */
	const struct ds_tree_item *item; /* or becomes this */
	const char *subject;
};

/* The newest commit and its state. */
int ds_track__head(git_oid *head, git_oid *state, struct ds_store *);

int ds_track__open_sink(struct ds_sink **out, struct ds_store *);

/* Commit onto ${head}; the lock is held. */
int ds_track__commit(struct ds_store *, const git_oid *head,
    const git_oid *state, struct ds_sink *, const struct change *);

/* Edit this device's own config; the lock is held. */
int ds_track__write_config(struct ds_store *, const struct edits *);

/* No file may belong to two items: DS_EINVAL if ${path} (absolute) does to one
 * other than ${except}. */
int ds_track__check_overlap(const struct ds_items *, const char *path,
    const char *except);

#endif
