/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_APPLY_INTERNAL_H
#define DS_APPLY_INTERNAL_H

#include <sys/stat.h>
#include <sys/types.h>

#include <time.h>

#include "ds/compat.h"
#include "ds/entry.h"
#include "ds/list.h"

/*
 * What the files of apply share: apply.c leads, apply_batch.c writes,
 * apply_swap.c puts in place and takes away, apply_look.c tells what is on the
 * disk, apply_folder.c and apply_mode.c see to folders.
 *
 * Functions that serve one path return DONE, REPORTED (the report has it, go
 * on with others) or ABSENT (its folder is not there), else a negative code
 * that ends the run.
 */
enum ds_apply__result {
	DS_APPLY__DONE,
	DS_APPLY__REPORTED,
	DS_APPLY__ABSENT,
	DS_APPLY__PENDING
};

struct ds_apply;

struct ds_apply__run {
	const struct ds_apply *job;
	int root;
	bool durable;		       /* flush; fresh: once, at the end */
	char *folder;		       /* the one that is open, or NULL */
	int dir;		       /* its descriptor, or -1 */
	struct ds_list touched;	       /* folders to flush */
	struct ds_changes finals;      /* folders of the changes, to set last */
	struct ds_changes unlocked;    /* folders made writable, as they were */
	bool notes;		       /* there are notes */
	const struct ds_change *sized; /* whose contents' sizes these are */
	uint64_t old_size;
	uint64_t new_size;
	int rc; /* the first error, its words */
	char text[512];
	bool only_damage; /* it does not end the run, a next does */
};

/* --- apply.c */

/*
 * A system call failed for ${path}: report it, or, where more of the kind would
 * follow, make an error of it.  errno says which.
 */
int ds_apply__failed(struct ds_apply__run *, const char *path);

/* The user's file stays. */
int ds_apply__kept(struct ds_apply__run *, const char *path, const char *why);

/* Remember the first error; what follows it must not hide it. */
void ds_apply__error(struct ds_apply__run *, int rc);

/* The last component. */
const char *ds_apply__name(const char *path);

/* --- apply_look.c */

enum { DS_APPLY__TEMPORARY = 40 };

/* Names of temporaries for ${name}; ${suffix}: "", ".new", ".mode". */
void ds_apply__temporary(char out[DS_APPLY__TEMPORARY], const char *name,
    const char *suffix);

enum ds_apply__is {
	DS_APPLY__NOTHING,
	DS_APPLY__NEW, /* kind and content of the new entry */
	DS_APPLY__OLD,
	DS_APPLY__OTHER
};

struct ds_apply__seen {
	enum ds_apply__is is;
	bool busy; /* a program has it open for writing */
	bool leased;
	int fd; /* a file that was read, else -1 */
	struct stat st;
};

/*
 * What is ${name} in the open folder?  With ${lease} it is also found out
 * whether a program writes to it, and, as long as ${seen} is not released, none
 * can begin to.  0, or -1 with errno; release it either way.
 */
int ds_apply__look(struct ds_apply__seen *, struct ds_apply__run *,
    const char *name, const struct ds_change *, bool lease);
void ds_apply__unsee(struct ds_apply__seen *);

/* May it be removed: history has its content and nobody writes to it? */
bool ds_apply__is_spare(const struct ds_apply__seen *);

/* --- apply_folder.c */

/*
 * Open the folder of ${path}, for r->dir.  With ${make}, those that are missing
 * are made, else ABSENT.
 */
int ds_apply__enter(struct ds_apply__run *, const char *path, bool make);
void ds_apply__leave(struct ds_apply__run *);

/* The open folder's entries changed. */
int ds_apply__touch(struct ds_apply__run *);
int ds_apply__flush(struct ds_apply__run *);

/* Make the folder that ${c} brings, or take away the one that it removes. */
int ds_apply__mkdir(struct ds_apply__run *, const struct ds_change *);
int ds_apply__rmdir(struct ds_apply__run *, const struct ds_change *);

/* A descriptor, or a code with errno; if need be it is unlocked. */
int ds_apply__open_folder(struct ds_apply__run *, const char *path);

/* --- apply_mode.c */

/*
 * Mode and time of an open file or folder; ${st} is how it is now.  1 if
 * something was set, 0 if all was so, -1 if it can't be, which is reported.
 */
int ds_apply__set(struct ds_apply__run *, const char *path, int fd,
    const struct stat *st, const struct ds_entry *);

/* For utimensat(2): this time of change, none of access. */
void ds_apply__times(struct timespec out[2], int64_t mtime);

/*
 * Give us all permissions on a folder that is ours and lacks them; with ${way},
 * on those above it too.  What does not work here fails at the next step, which
 * tells it.
 */
int ds_apply__unlock(struct ds_apply__run *, const char *path, bool way);

/* Mode and time of this folder are set at the end. */
int ds_apply__final(struct ds_apply__run *, const struct ds_change *);

/* Find the notes of a run that was killed. */
int ds_apply__read_notes(struct ds_apply__run *);

/* Set the modes and times of folders. */
int ds_apply__finish_folders(struct ds_apply__run *);

/* --- apply_batch.c */

/*
 * Files and links: given one by one, in order, written and put in place in
 * batches.  What was added and not put is taken away by close.
 */
struct ds_apply__batch;

int ds_apply__batch_open(struct ds_apply__batch **out, struct ds_apply__run *);
int ds_apply__batch_add(struct ds_apply__batch *, const struct ds_change *);
int ds_apply__batch_put(struct ds_apply__batch *);
void ds_apply__batch_close(struct ds_apply__batch *);

/* --- apply_swap.c */

/* Take away or put back what a killed run left for this change. */
int ds_apply__recover(struct ds_apply__run *, const struct ds_change *);

/*
 * Put what is written as ".new" in place.  PENDING: what was there is aside;
 * see to it by settle, after a barrier.  ${ours} is the inode that was put.
 */
int ds_apply__put(struct ds_apply__run *, const struct ds_change *,
    enum ds_apply__is was);
int ds_apply__settle(struct ds_apply__run *, const struct ds_change *,
    const struct stat *ours);

/* Take the old entry away.  PENDING: it is aside; drop it after a barrier. */
int ds_apply__take_away(struct ds_apply__run *, const struct ds_change *);
int ds_apply__drop(struct ds_apply__run *, const struct ds_change *);

/* Calls of others that began before have found what they looked for. */
void ds_apply__barrier(void);

/* For tests: do as where renameat2 has no flags, or without the barrier. */
extern bool ds_apply__plain_rename;
extern bool ds_apply__no_barrier;

#endif
