/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_TREE_H
#define DS_TREE_H

#include <stddef.h>

#include <git2/oid.h>

#include "ds/compat.h"
#include "ds/entry.h"
#include "ds/state.h"

struct ds_sink;
struct ds_store;

/* Writing states: changes onto trees. */

/*
 * Put ${changes} (sorted) onto the item ${old}, whatever was at their paths
 * before: only their ->new counts.  Reads and writes the folders on their way
 * and no others.  A folder that loses its last file stays, empty, unless a
 * change removes it.  ${out} is zero when nothing is left.
 */
int ds_tree_edit(struct ds_roots *out, struct ds_sink *, struct ds_store *,
    const struct ds_roots *old, const struct ds_changes *changes);

/* A state ${base} with some items and, unless NULL, the rules replaced. */
struct ds_tree_item {
	const char *name;
	struct ds_roots roots; /* zero: the item goes */
};
int ds_tree_compose(git_oid *out, struct ds_sink *, struct ds_store *,
    const git_oid *base, const struct ds_tree_item *, size_t n,
    const char *rules);

/*
 * A commit of ${state} onto ${parent} (zero: the first).  Its time is
 * the later of now and its parent's; author and committer are the device.
 * ${message} ends with its trailers.
 */
int ds_tree_commit(git_oid *out, struct ds_sink *, struct ds_store *,
    const git_oid *state, const git_oid *parent, const char *message);

#endif
