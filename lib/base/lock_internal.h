/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_LOCK_INTERNAL_H
#define DS_LOCK_INTERNAL_H

#include <stdint.h>

#include "ds/compat.h"

/*
 * Waiting for another process: ask, pause, ask again.  Pauses grow from one
 * millisecond to fifty and are jittered, so that many who wait for one lock
 * do not ask in step.
 */
struct ds_lock__wait {
	int64_t end; /* milliseconds of the monotonic clock */
	int64_t pause;
	uint64_t seed;
};

void ds_lock__wait_begin(struct ds_lock__wait *, int ms);

/* Pause.  DS_ELOCKED, without a message, at the end; DS_ECANCEL. */
int ds_lock__wait_more(struct ds_lock__wait *);

/*
 * ds_lock_replace_if(); ${link} is link(2), or fails as where that is
 * missing, and ${check} may be NULL.
 */
int ds_lock__replace(const char *target, const char *tmp, int ms,
    int (*link)(const char *, const char *), int (*check)(void *), void *arg);

#endif
