/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_TRACE_H
#define DS_TRACE_H

#include <stdbool.h>

#include "ds/compat.h"

/*
 * For finding out what happened: DATASYNC_TRACE=area[,area] or "all" writes
 * a JSON line per event to stderr, or to the absolute path that follows a
 * colon at the end (DATASYNC_TRACE=scan,ref:/tmp/log).  Areas: main, lock,
 * ref, scan, object, apply, config.  No secret is ever traced.  A path that
 * cannot be opened is stderr.  Neither errno nor the error message changes.
 */
bool ds_trace_on(const char *area);

/* {"t":seconds since the first,"pid":...,"area":...,"event":...,"text":...}. */
void ds_trace(const char *area, const char *event, const char *, ...)
    DS_PRINTF(3, 4);

#endif
