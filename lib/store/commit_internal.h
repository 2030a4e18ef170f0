/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMIT_INTERNAL_H
#define COMMIT_INTERNAL_H

#include "ds/commit.h"
#include "ds/entry.h"
#include "ds/item.h"
#include "ds/state.h"

/* commit.c brings changes onto the line, commit_scan.c finds them and decides
 * on the brakes, commit_text.c says what they are. */

/* One item of a commit. */
struct part {
	struct ds_item *item;
	struct ds_roots old;
	struct ds_list paths; /* "": all of it */
	struct ds_changes changes;
	char *fsid;	    /* to be remembered, or NULL */
	size_t let_through; /* deletions that a brake would hold */
};

struct job {
	struct ds_store *s;
	const struct ds_commit_options *o;
	struct ds_commit_result *out;
	char *objects;
	struct ds_sink *sink;
	git_oid head;
	git_oid state;
	struct ds_items items;
	struct part *v;
	size_t n;
	size_t cap;
};

/* Fill in the changes of all parts; held items lose theirs. */
int ds_commit__scan(struct job *);

/* Add one path's changes to a part. */
int ds_commit__scan_path(struct job *, struct part *, const char *path);

/* Record file systems that were seen for the first time.  Under the lock. */
int ds_commit__remember(struct job *);

/* out->subject. */
int ds_commit__subject(struct job *);

/* The Datasync-Deletes trailers. */
void ds_commit__deletes(struct ds_buf *, const struct job *);

#endif
