/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_SINK_H
#define DS_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <git2/oid.h>
#include <git2/types.h>

#include "ds/compat.h"

/*
 * Objects on their way into the store.  A few become loose objects; more than
 * DS_SINK_LOOSE_MAX, or of more than DS_SINK_HOLD_MAX bytes, one pack
 * with its idx.  Either way nothing is visible to others before
 * ds_sink_finish(), and everything is on the disk after it.  What the store
 * has already is not written again.  Memory: DS_SINK_HOLD_MAX or the largest
 * object deflated, besides some 50 bytes per object.
 */
struct ds_sink;

enum { DS_SINK_LOOSE_MAX = 64, DS_SINK_HOLD_MAX = 8 << 20 };

struct git_odb;

/*
 * ${objects} is the path of the objects folder that ${odb} reads; ${odb}
 * outlives the sink.  New files are 0400, new folders 0700.
 */
int ds_sink_open(struct ds_sink **out, struct git_odb *odb,
    const char *objects);

/*
 * Hash, and keep unless the store or this sink has it.  After a failure the
 * sink can only be closed.
 */
int ds_sink_write(struct ds_sink *, git_oid *out, git_object_t, const void *,
    size_t);

/*
 * Read back what this sink or the store holds; the caller frees ${data},
 * which has a NUL after ${len} bytes.  ${type} may be NULL.  DS_ENOTFOUND,
 * DS_EDAMAGED.
 */
int ds_sink_read(struct ds_sink *, void **data, size_t *len, git_object_t *type,
    const git_oid *);

/* Does this sink hold it, or held it before it was finished? */
bool ds_sink_has(const struct ds_sink *, const git_oid *);

/* How many objects, and bytes, are new; exact (deflated) once finished. */
size_t ds_sink_count(const struct ds_sink *);
uint64_t ds_sink_bytes(const struct ds_sink *);

/*
 * Make all of it visible and durable, in an order that a crash can't hurt.
 * Afterwards the sink can be read, counted and closed.
 */
int ds_sink_finish(struct ds_sink *);

/* Abandon what was not finished.  NULL is welcome. */
void ds_sink_close(struct ds_sink *);

/*
 * Take away what killed sinks left in ${objects}: their temporary files that
 * no process has open and that are older than an hour.  Failures are
 * passed over: the next call comes.
 */
void ds_sink_mend(const char *objects);

#endif
