/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_GIT_H
#define DS_GIT_H

#include <git2/oid.h>

#include "ds/compat.h"

/* What every caller of libgit2 needs.  For lib/store and its peers only. */

/* git_libgit2_init() with the options that we rely on, once. */
int ds_git_init(void);

/*
 * ${die}, which does not return, is called where memory runs out within
 * libgit2, as that does not survive it.  Before any other use of libgit2.
 */
int ds_git_on_nomem(void (*die)(void));

/*
 * Turn a failed call (${rc} < 0) into a code of ours with libgit2's words.  A
 * code of ours, left by a callback of our own, comes back as it is, with the
 * message that it left.
 */
int ds_err_git(int rc, const char *, ...) DS_PRINTF(2, 3);

/* 40 hex digits; borrowed until the fourth next call in this thread. */
const char *ds_git_hex(const git_oid *);

#endif
