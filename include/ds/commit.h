/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_COMMIT_H
#define DS_COMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <git2/oid.h>

#include "ds/compat.h"
#include "ds/list.h"

struct ds_buf;
struct ds_progress;
struct ds_report;
struct ds_sink;
struct ds_store;

/*
 * The disk into the store.  Scanning, hashing and writing run without the lock;
 * it is held only while the ref moves.  Where another commit came first, the
 * paths that it touched are read again and the rest is put onto it.
 */
struct ds_commit_options {
	const char *message;	     /* NULL: a summary is made */
	const char *trigger;	     /* "manual", "save", "keep"... */
	const struct ds_list *paths; /* NULL or empty: all items */
	bool allow_delete;	     /* brakes let through */
	bool keep;		     /* an item under a brake is committed
					 * but for its deletions */
	bool quiet_untracked;	     /* a path of no item is passed over */
	struct ds_report *report;
	struct ds_progress *progress;
};

/* What became of one item. */
struct ds_commit_item {
	char *name;
	size_t added, modified, deleted;
	char *held;   /* the brake's reason, or NULL */
	bool missing; /* it has no folder: nothing to allow */
};

struct ds_commit_result {
	git_oid id; /* the commit, or the head as it is */
	bool made;
	char *subject;		  /* first line of its message */
	struct ds_commit_item *v; /* items that changed or are held */
	size_t n;
	size_t cap;
	size_t refused; /* files that commit.secrets left out */
	size_t files;	/* read */
	uint64_t bytes;
	size_t objects;		/* new in the store */
	uint64_t stored;	/* their bytes, deflated */
	struct ds_list ignored; /* "ITEM/path": a rule ignores it */
};

/*
 * Commit.  0 also where there was nothing to do.  DS_EPART: made, but some
 * files could not be read, or are secrets that commit.secrets refuses;
 * DS_EBRAKE: made, but some item is held.  Both leave a message for people;
 * ${out} is filled in for them as well.
 */
int ds_commit_run(struct ds_commit_result *out, struct ds_store *,
    const struct ds_commit_options *);
void ds_commit_result_release(struct ds_commit_result *);

/*
 * The changes of one item on disk against the state ${state}, as a commit
 * would take them, for "status" and "diff".  Nothing is written.
 */
struct ds_item;
struct ds_changes;
int ds_commit_preview(struct ds_changes *out, char **held, struct ds_store *,
    const git_oid *state, const struct ds_item *, const char *path,
    bool allow_delete, struct ds_report *, struct ds_progress *);

/* "subject" and the trailers Datasync-Device and Datasync-Trigger, then ${more}
 * ("Key: value\n"... or NULL). */
void ds_commit_message(struct ds_buf *out, const struct ds_store *,
    const char *subject, const char *trigger, const char *more);

/*
 * For those who have a state already: commit ${state} onto ${parent} and
 * finish the sink.  The ref does not move.
 */
int ds_commit_write(git_oid *out, struct ds_store *, struct ds_sink *,
    const git_oid *state, const git_oid *parent, const char *message);

/* Move the line from ${old} to ${new}.  Under the lock.  DS_EMOVED. */
int ds_commit_land(struct ds_store *, const git_oid *new, const git_oid *old,
    const char *why);

#endif
