/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCAN_INTERNAL_H
#define SCAN_INTERNAL_H

#include <sys/stat.h>

#include "ds/buf.h"
#include "ds/report.h"
#include "ds/scan.h"

/* scan.c walks folders, scan_file.c reads what is in them. */

struct walk {
	struct ds_scan *scan;
	struct ds_changes *out;
	struct ds_ignore *ignore;
	struct ds_ignore *include; /* NULL: everything */
	struct ds_buf path;	   /* of what is looked at */
	struct ds_buf content;	   /* of one file, used again */
	dev_t store_dev;
	ino_t store_ino;
	unsigned depth; /* folders that it is in */
	size_t made;	/* new folders on the way to a path */
	bool skipped;	/* a rule ignored something */
};

/* Open the root and load the item's rules; ->missing if it is not there. */
int ds_scan__begin(struct walk *, int *fd);
void ds_scan__end(struct walk *, int fd);

/* A file or link at w->path; ${old} of any kind. */
int ds_scan__file(struct walk *, int dir, const char *name, const struct stat *,
    const struct ds_node *old);

/* Report what is at w->path; 0. */
int ds_scan__told(struct walk *, enum ds_report_kind, const char *why);

/* Take the last changes back, from ${from} on. */
void ds_scan__forget(struct ds_changes *, size_t from);

int64_t ds_scan__mtime(const struct stat *);

#endif
