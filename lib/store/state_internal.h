/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STATE_INTERNAL_H
#define STATE_INTERNAL_H

#include <git2/types.h>

#include "ds/meta.h"
#include "ds/state.h"

/* What state.c, state_diff.c and tree.c share. */

/* NULL for the zero id.  DS_EDAMAGED where the tree is missing. */
int ds_state__tree(git_tree **out, struct ds_store *, const git_oid *);

/* The folder's .meta in its twin ${meta} (may be NULL): all lines, the
 * folder's own alone, or also those of one bucket (0 to 255). */
enum { DS_META_ALL = -1, DS_META_SELF = -2 };
int ds_state__meta(struct ds_meta *, struct ds_store *, git_tree *meta,
    int bucket);

/* A folder's entry from its .meta. */
void ds_state__folder(struct ds_entry *, const struct ds_meta *);

/* The entry that holds ${name}, in whichever form it is stored; or NULL. */
int ds_state__entry(const git_tree_entry **out, git_tree *, const char *name);

#endif
