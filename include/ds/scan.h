/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_SCAN_H
#define DS_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "ds/compat.h"
#include "ds/state.h"

struct ds_item;
struct ds_progress;
struct ds_report;
struct ds_sink;
struct ds_store;

/*
 * The disk against a state.  Walks an item's folder in sorted order beside the
 * old trees and lists what differs; contents are read, hashed and, with a sink,
 * kept.  Symlinks are never followed, also not on the way.
 */
enum ds_scan_secrets {	  /* commit.secrets */
	DS_SECRETS_WARN,  /* reported when first seen in a file */
	DS_SECRETS_ERROR, /* and the file keeps its old entry */
	DS_SECRETS_IGNORE
};

struct ds_scan {
	struct ds_store *store;
	const struct ds_item *item;
	struct ds_roots old;
	struct ds_sink *sink;	      /* NULL: hash only */
	enum ds_scan_secrets secrets; /* with a sink */
	struct ds_report *report;
	struct ds_progress *progress;

	/* what came of it */
	size_t files; /* seen on disk */
	uint64_t bytes;
	size_t kept;	/* of old files: found */
	size_t refused; /* left out for a secret */
	bool missing;	/* the root is not there */
	bool empty;	/* nothing at all is in the root */
	bool ignored;	/* the path asked for is not taken: a
					 * rule ignores it */
	char *fsid;	/* of the root */
};

/*
 * Add what differs to ${out}, sorted.  ${path}: this and all beneath it, or ""
 * for the whole item.  Files that can't be read keep their old entry and are
 * reported.  A missing root is no error: ->missing, and no changes.
 */
int ds_scan_run(struct ds_changes *out, struct ds_scan *, const char *path);

void ds_scan_release(struct ds_scan *);

#endif
