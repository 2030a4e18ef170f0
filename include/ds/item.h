/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_ITEM_H
#define DS_ITEM_H

#include <stdbool.h>
#include <stddef.h>

#include <git2/oid.h>

#include "ds/compat.h"
#include "ds/list.h"

struct ds_store;

/*
 * What is tracked.  The rules of all items travel in the state's
 * .datasync/items; what is this device's own (another path, not enabled, the
 * file system that the root was seen on) stands in the store's config.
 */
struct ds_item {
	char *name;
	char *path;  /* absolute, on this device; NULL: none here */
	char *shown; /* the same for people: "~/..." */
	char *fsid;  /* file system last seen, or NULL */
	bool enabled;
	bool git_dirs;		/* nested .git are kept, not skipped */
	struct ds_list only;	/* if not empty: just these in it */
	struct ds_list include; /* if not empty: files must match one */
	struct ds_list exclude;
};

struct ds_items {
	struct ds_item *v; /* by name */
	size_t n;
	size_t cap;
};

#define DS_ITEMS_INIT                                                          \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

/* The items of ${state} as they are on this device. */
int ds_items_load(struct ds_items *out, struct ds_store *,
    const git_oid *state);
void ds_items_release(struct ds_items *);

/* DS_ENOTFOUND, with the nearest name as a hint. */
int ds_items_find(struct ds_item **out, const struct ds_items *,
    const char *name);

/*
 * Which item ${path} belongs to: by its place on this disk, else as
 * "ITEM/path".  ${rel} is "" for the item itself; the caller frees it.
 * DS_ENOTFOUND if none does.
 */
int ds_items_locate(struct ds_item **out, char **rel, const struct ds_items *,
    const char *path);

/* Is ${rel} within what ->only names (or is there no such rule)? */
bool ds_item_holds(const struct ds_item *, const char *rel);

/*
 * Do .git folders of the item come to this disk?  That is this device's to
 * say (item.NAME.gitDirs), for git runs what it finds in them.
 */
int ds_item_git_dirs(bool *out, struct ds_store *, const char *item);

/* DS_EINVAL if ${path} (absolute) is the store or lies in it. */
int ds_item_check_place(const struct ds_store *, const char *path);

/* The file system that ${fd} lies on, as text that survives a reboot. */
int ds_item_fsid(char **out, int fd);

/*
 * What "track" adds.  ${name} NULL: made from the path.  Of a single file
 * outside every item: the item "home" (beneath $HOME) or "root" gets it as one
 * more ->only.  DS_EINVAL with the reason for what can't be; ${name} of the
 * item comes back in ${out}, also with DS_EEXISTS: it is tracked already.
 * What untrack took out of an item comes back to it.  Writes a commit.
 */
struct ds_item_add {
	const char *path;
	const char *name;
	const struct ds_list *include;
	const struct ds_list *exclude;
	const struct ds_list *only;
};
int ds_item_track(char **out, struct ds_store *, const struct ds_item_add *);

/*
 * Take an item, or with ${rel} not "" a path of it, out of the state; nothing
 * on disk is touched.  The last path of an item of single paths takes the item
 * with it.  DS_ENOTFOUND for a path that is neither tracked nor on disk.
 * Writes a commit.
 */
int ds_item_untrack(struct ds_store *, const char *item, const char *rel);

/* Switch an item on or off here, with another path if not NULL. */
int ds_item_enable(struct ds_store *, const char *item, bool on,
    const char *path);

#endif
