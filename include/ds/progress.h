/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_PROGRESS_H
#define DS_PROGRESS_H

#include <stdint.h>

#include "ds/compat.h"

/*
 * How far long work is.  The work counts, a callback shows; nothing here
 * draws.  NULL is welcome everywhere and means that nobody looks.
 */
struct ds_progress {
	const char *what; /* "scanning", "writing": a literal */
	uint64_t done;	  /* files */
	uint64_t total;	  /* 0 where unknown */
	uint64_t bytes;
	uint64_t bytes_total; /* 0 where unknown */
	void (*show)(const struct ds_progress *, void *arg);
	void *arg;
	int64_t shown; /* when; milliseconds, our own business */
};

/* A new phase: zero counts, totals as given.  It is shown at once. */
void ds_progress_begin(struct ds_progress *, const char *what, uint64_t total,
    uint64_t bytes_total);

/* Count; shown at most 20 times a second.  Nothing between phases. */
void ds_progress_add(struct ds_progress *, uint64_t files, uint64_t bytes);

/*
 * The phase is over: show it as complete, with what was done as its totals;
 * what becomes NULL after.
 */
void ds_progress_end(struct ds_progress *);

#endif
