/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_ENTRY_H
#define DS_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <git2/oid.h>

#include "ds/compat.h"

/*
 * One thing in a state or on a disk, and what became of it.  These two
 * structs are what scanning, committing, comparing and applying hand to
 * each other.
 */
enum ds_kind {
	DS_KIND_NONE, /* not there */
	DS_KIND_FILE,
	DS_KIND_LINK, /* a symlink; its content is the target */
	DS_KIND_DIR
};

/* A mode or a time that nobody recorded (a commit made by plain git). */
#define DS_MODE_UNKNOWN 010000u
#define DS_MTIME_UNKNOWN INT64_MIN

struct ds_entry {
	enum ds_kind kind;
	unsigned mode; /* 07777 at most; links: 0777.  Where
				 * DS_MODE_UNKNOWN is set, a default */
	int64_t mtime; /* ns since 1970, or DS_MTIME_UNKNOWN */
	uint64_t size; /* bytes; 0 for folders; in entries that
				 * were read from a state: 0, not known */
	git_oid id;    /* the content; zero for folders */
};

/*
 * Same kind, content and mode; times do not count, nor a link's mode.  A mode
 * that nobody recorded is the default that it stands for.
 */
bool ds_entry_same(const struct ds_entry *, const struct ds_entry *);

/* Same kind and content. */
bool ds_entry_same_content(const struct ds_entry *, const struct ds_entry *);

struct ds_change {
	char *path;	     /* relative to the item's root */
	struct ds_entry old; /* kind NONE: added */
	struct ds_entry new; /* kind NONE: removed */
	size_t order;	     /* of adding; for ds_changes_sort() alone */
};

/* Changes of one item, ordered by ds_path_cmp(), each path once. */
struct ds_changes {
	struct ds_change *v;
	size_t n;
	size_t cap;
};

#define DS_CHANGES_INIT                                                        \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

/* Append; the path is copied.  DS_ENOMEM. */
int ds_changes_add(struct ds_changes *, const char *path,
    const struct ds_entry *old, const struct ds_entry *new);

/* Put in order; of equal paths the last added stays. */
void ds_changes_sort(struct ds_changes *);

/* The change of ${path}, or NULL. */
struct ds_change *ds_changes_find(const struct ds_changes *, const char *path);

void ds_changes_release(struct ds_changes *);

#endif
