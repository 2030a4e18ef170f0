/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_REV_H
#define DS_REV_H

#include <stdint.h>

#include <git2/oid.h>

#include "ds/compat.h"

struct ds_store;

/*
 * A commit as people name it: anything git understands (HEAD, main~2, an
 * abbreviated id, snapshot/NAME), or a time (ds/date.h), which means the
 * newest commit of the line that is not younger.  A day alone means its end.
 * DS_ENOTFOUND: there is none; DS_EINVAL: ambiguous.
 */
int ds_rev_commit(git_oid *out, struct ds_store *, const char *rev);

#endif
