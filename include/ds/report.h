/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_REPORT_H
#define DS_REPORT_H

#include "ds/compat.h"

/*
 * What happens to single files while the whole goes on: lib tells, cmd
 * prints.  A report is never the reason for stopping.
 */
enum ds_report_kind {
	DS_REPORT_UNREADABLE,  /* kept as it was last committed; exit 3 */
	DS_REPORT_CHANGING,    /* kept changing while read; likewise */
	DS_REPORT_SPECIAL,     /* a socket, fifo or device: skipped */
	DS_REPORT_NESTED,      /* a .git inside: skipped */
	DS_REPORT_STORE,       /* the store itself: skipped */
	DS_REPORT_SECRET,      /* looks like a private key or token */
	DS_REPORT_HELD,	       /* an item held by a brake; exit 6 */
	DS_REPORT_KEPT,	       /* edited meanwhile: the user's file stays */
	DS_REPORT_NOT_WRITTEN, /* could not be put on disk; exit 3 */
	DS_REPORT_NOT_SET      /* mode or time could not be set; exit 3 */
};

/* ${item} may be NULL; ${path} is relative to it; ${why} may be NULL. */
typedef void (*ds_report_cb)(enum ds_report_kind, const char *item,
    const char *path, const char *why, void *arg);

struct ds_report {
	ds_report_cb cb; /* NULL: count only */
	void *arg;
	size_t count[DS_REPORT_NOT_SET + 1];
};

/* Count and tell.  ${r} may be NULL. */
void ds_report(struct ds_report *r, enum ds_report_kind, const char *item,
    const char *path, const char *why);

#endif
