/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_REF_H
#define DS_REF_H

#include <git2/oid.h>

#include "ds/compat.h"

struct ds_store;

/*
 * Refs, read through libgit2 and written by us in git's own files format, so
 * that an update is one flush and a killed process leaves no lock behind
 * (ds_lock_replace).  Every update appends to the reflog.
 */

/* DS_ENOTFOUND if there is none. */
int ds_ref_read(git_oid *out, struct ds_store *, const char *name);

/*
 * Set ${name} to ${new} if it is ${old} (zero: does not exist), else DS_EMOVED.
 * The store's lock is held by the caller.  ${who} is "Name <mail>", ${why} one
 * line for the reflog.  Durable on return.
 */
int ds_ref_update(struct ds_store *, const char *name, const git_oid *new,
    const git_oid *old, const char *who, const char *why);

#endif
