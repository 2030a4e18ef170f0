/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_APPLY_H
#define DS_APPLY_H

#include <stdbool.h>

#include "ds/compat.h"

struct ds_changes;
struct ds_progress;
struct ds_report;
struct git_odb;

/*
 * Put changes on a disk, file by file, without ever losing what a program
 * saves there meanwhile.  For each change the disk is looked at first:
 *
 *   it holds the new entry    done already; mode and time are set
 *   it holds the old entry    replaced: the new one is written and flushed
 *                             beside it, exchanged with it, and what comes
 *                             out is compared with the old entry; if it
 *                             differs, or a program has it open for writing,
 *                             it is put back and reported as KEPT
 *   it is not there           written, with the folders on its way
 *   anything else             the user's: stays, reported as KEPT
 *
 * "Holds" means kind and content; an old content that ${odb} does not have
 * counts as the user's.  Where the user saves while we exchange, his newest
 * save ends under the real name, and an earlier one that no history has is
 * kept beside it as "NAME.datasync-kept", which the report names.
 *
 * A folder is removed only when empty (else KEPT; NOT_WRITTEN where a file
 * should take its place); its mode and time are set after all that is in it.
 * One that is not writable is made so for the time.  Everything is resolved
 * beneath the root and no symlink is followed.  Names are checked first: one
 * that is not safe ends the whole with DS_EDAMAGED before the disk is
 * touched, as does a path beneath a file or link of the same changes.
 *
 * What fails for one path alone is reported as NOT_WRITTEN or NOT_SET, and
 * the others go on.  So does a content that can't be read from ${odb}, but
 * then the whole ends with DS_EDAMAGED.  A full or failing disk ends it at
 * once; what was written and not yet put in place is taken away.
 *
 * Killed at any moment and called again with the same changes it ends in the
 * same state.  What it finds of an earlier run it puts back or removes by its
 * content; the names, where 16 hex digits stand for the name they belong to:
 *
 *   .datasync-<16 hex>.new    being written
 *   .datasync-<16 hex>        on its way out: the old entry, or a user's
 *   .datasync-<16 hex>.mode   in the root: the mode of a folder made writable
 */
struct ds_apply {
	struct git_odb *odb;	      /* where contents are */
	const char *item;	      /* for reports; may be NULL */
	struct ds_report *report;     /* may be NULL */
	struct ds_progress *progress; /* may be NULL */
	bool fresh;		      /* the target is a new folder: files are
					 * written under their own names, and
					 * what exists is KEPT; killed, it
					 * leaves torn ones */
	bool git_dirs;		      /* folders called ".git" are welcome */
};

/*
 * ${root} is an open folder; the changes are in order (ds_changes_sort()).
 * 0 also where paths were reported.  DS_ECANCEL leaves a good state.
 */
int ds_apply_run(const struct ds_apply *, int root, const struct ds_changes *);

/* Is this the name of a temporary file of ds_apply_run()? */
bool ds_apply_is_temporary(const char *name);

#endif
