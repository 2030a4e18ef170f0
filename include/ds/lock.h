/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_LOCK_H
#define DS_LOCK_H

#include "ds/compat.h"

/*
 * One process at a time.  The lock is flock(2) on a file that stays: the
 * kernel drops it with its holder, so it is never stale.
 */
struct ds_lock;

/*
 * Wait up to ${ms} milliseconds.  DS_ELOCKED after that, naming the process
 * that holds it where that is known; DS_ECANCEL if the user stops it.
 */
int ds_lock_take(struct ds_lock **out, const char *path, int ms);

/* NULL is welcome. */
void ds_lock_drop(struct ds_lock *);

/*
 * Put a new file in place of ${target} as git does, so that git's own
 * processes wait for us and we for them: ${tmp}, already written and flushed,
 * becomes "${target}.lock" by link(2), and then ${target} by rename(2).
 * A lock left by a killed process of ours is still linked to its ${tmp}, so
 * it is known for certain and taken away at once; any other is waited for
 * (${ms}) and removed when older than 60 s.  Call it under the store's lock,
 * with a ${tmp} in the same file system that always has the same name for the
 * same target, and is no other target's.  It is gone after success; otherwise
 * it stays, for the caller or ds_lock_mend().  Without link(2) a copy does.
 * DS_ELOCKED if somebody else holds it, DS_ECANCEL if the user stops it.
 */
int ds_lock_replace(const char *target, const char *tmp, int ms);

/* The same, but once git's lock is had ${check} is asked; below 0, nothing is
 * replaced and that is what comes back. */
int ds_lock_replace_if(const char *target, const char *tmp, int ms,
    int (*check)(void *), void *arg);

/*
 * Take away what a killed ds_lock_replace() left behind, if anything, ${tmp}
 * included.  Call it before ${tmp} is written: it may still be ${target} by
 * another name, or all that tells our lock from git's.
 */
int ds_lock_mend(const char *target, const char *tmp);

#endif
