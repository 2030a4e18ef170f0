/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_OIDSET_H
#define DS_OIDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <git2/oid.h>

#include "ds/compat.h"

/*
 * A set of ids that remembers their order: each has a number, counted from 0
 * as they were added, which also serves as an index into tables beside it.
 * About 30 bytes per id.
 */
struct ds_oidset {
	git_oid *v; /* in the order of their adding */
	size_t n;
	size_t cap;
	uint32_t *slots; /* number + 1; 0 is free */
	size_t slots_n;	 /* a power of two, or 0 */
};

#define DS_OIDSET_INIT                                                         \
	{                                                                      \
		NULL, 0, 0, NULL, 0                                            \
	}

/* What ds_oidset_find() says of an id that is not in the set. */
#define DS_OIDSET_NONE SIZE_MAX

/* ${fresh}, if not NULL: was it not there yet?  DS_ENOMEM. */
int ds_oidset_add(struct ds_oidset *, const git_oid *, bool *fresh);

/* The number of the id, or DS_OIDSET_NONE. */
size_t ds_oidset_find(const struct ds_oidset *, const git_oid *);

bool ds_oidset_has(const struct ds_oidset *, const git_oid *);

void ds_oidset_release(struct ds_oidset *);

#endif
