/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GRAPH_H
#define GRAPH_H

#include <stddef.h>

#include "ds/compat.h"

struct ds_buf;
struct ds_record;

/*
 * The lines beside a log that show who came from whom.  Commits are given
 * children first; a column stands for a commit that is still to come.
 */
struct graph {
	struct column *v;
	size_t n;
	size_t cap;
};

/* The marks before ${r}'s own line ("| * "), and the lines after it that lead
 * to its parents, each with a newline. */
int graph_commit(struct ds_buf *before, struct ds_buf *after, struct graph *,
    const struct ds_record *);

void graph_release(struct graph *);

#endif
