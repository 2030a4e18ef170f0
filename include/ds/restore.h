/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_RESTORE_H
#define DS_RESTORE_H

#include <stdbool.h>
#include <stddef.h>

#include <git2/oid.h>

#include "ds/compat.h"
#include "ds/entry.h"
#include "ds/list.h"

struct ds_progress;
struct ds_report;
struct ds_store;

/*
 * States back onto the disk.  What is on disk and in no commit is committed
 * first (trigger "keep"), the target is a commit before the disk is touched,
 * and an intent file names both: whoever finds it after a crash finishes it.
 * Disk first, ref last.
 */
struct ds_restore_options {
	git_oid from;		     /* the commit whose state is wanted */
	const char *label;	     /* how the user named it */
	const struct ds_list *paths; /* NULL or empty: all items */
	bool delete_extra;	     /* what ${from} has not goes */
	bool dry_run;
	struct ds_report *report;
	struct ds_progress *progress;
};

/* What was done, or would be, to one item. */
struct ds_restore_item {
	char *name;
	struct ds_changes changes; /* ->old: the disk; ->new: wanted */
};

struct ds_restore_result {
	git_oid id;	/* the line's commit afterwards */
	git_oid kept;	/* made before it; zero: none */
	git_oid undone; /* by undo: this commit */
	char *undone_subject;
	bool made; /* a commit was made */
	struct ds_restore_item *v;
	size_t n;
	size_t cap;
};

/*
 * In place.  DS_EPART: done but for what was reported.  DS_EBRAKE: an item's
 * folder lies on another file system than it used to.
 */
int ds_restore_run(struct ds_restore_result *out, struct ds_store *,
    const struct ds_restore_options *);

/* Into ${dir}/ITEM/..., which is made; the line and the items stay alone. */
int ds_restore_to(struct ds_restore_result *out, struct ds_store *,
    const struct ds_restore_options *, const char *dir);

/*
 * Take back what ${commit} did (zero: the last restore, undo, pull, merge,
 * rollback, switch or resolve), keeping every edit since: where both speak of
 * one file the edit stays and is reported.  DS_ENOTFOUND: there is none.
 */
int ds_restore_undo(struct ds_restore_result *out, struct ds_store *,
    const git_oid *commit, bool dry_run, struct ds_report *,
    struct ds_progress *);

/*
 * Finish what a killed restore began; ${finished} says whether there was any.
 * Where another process is at it: waits for it, or with ${wait} false returns
 * 0.
 */
int ds_restore_finish(bool *finished, struct ds_store *, bool wait,
    struct ds_report *, struct ds_progress *);

void ds_restore_result_release(struct ds_restore_result *);

#endif
