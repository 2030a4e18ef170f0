/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TREEBUILD_H
#define TREEBUILD_H

#include <stddef.h>

#include <git2/oid.h>
#include <git2/types.h>

#include "ds/compat.h"

struct ds_sink;
struct ds_store;

/*
 * One tree object, changed: an old tree and what is set or removed by name.
 * Setting costs nothing by the size of the tree; writing is one pass.
 */
struct treebuild {
	git_tree *base; /* may be NULL */
	struct tb_edit *v;
	size_t n;
	size_t cap;
};

int tb_open(struct treebuild *, struct ds_store *, const git_oid *base);
const git_tree_entry *tb_base(const struct treebuild *, const char *name);
/* ${mode} as in a tree: 0100644, 0100755, 0120000, 040000.  0: remove. */
int tb_set(struct treebuild *, const char *name, unsigned mode,
    const git_oid *);
/* How many trees are in it now. */
int tb_trees(size_t *out, struct treebuild *);
/* Zero where nothing is in it.  Counts what is in it but trees. */
int tb_write(git_oid *out, size_t *files, struct treebuild *, struct ds_sink *);
void tb_release(struct treebuild *);

#endif
