/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RESTORE_INTERNAL_H
#define RESTORE_INTERNAL_H

#include "ds/item.h"
#include "ds/restore.h"
#include "ds/state.h"

/* restore.c and undo.c decide what is wanted (restore_dry.c only says it),
 * move.c brings the disk there, intent.c remembers it meanwhile. */

/* A path of an item that the user spoke of; "" for all of it. */
struct scope {
	char *item;
	char *path;
};

/* From one commit to another, on disk. */
struct move {
	git_oid old;	/* holds all that is on disk */
	git_oid target; /* its child, or the same commit */
	char *message;	/* of target, should it be made again */
	struct scope *v;
	size_t n;
	size_t cap;
};

int ds_move__scope(struct move *, const char *item, const char *path);
void ds_move__release(struct move *);

/* Who moves the disk, and with whom he talks. */
struct mover {
	struct ds_store *s;
	struct ds_report *report;
	struct ds_progress *progress;
	struct ds_lock *lock; /* "apply.lock": held all the time */
};

/* Take the lock and finish what an earlier one left.  ${ms}: how long to
 * wait for another one that is alive; DS_ELOCKED. */
int ds_move__begin(struct mover *, struct ds_store *, struct ds_report *,
    struct ds_progress *, int ms, bool *finished);
void ds_move__end(struct mover *);

/* Intent, disk, ref, in this order.  ${landed}: the line's commit after it. */
int ds_move__run(git_oid *landed, struct mover *, const struct move *);

/* What ds_move__run() would do to an item: changes between the commits, and
 * files of the scope that the disk does not have. */
int ds_move__plan(struct ds_changes *out, struct ds_store *,
    const struct move *, const struct ds_item *);

/* The item's folder, open; made if ${make}.  Checks the file system. */
int ds_move__open_root(int *fd, const struct ds_item *, bool make);

/* Mode and time of an item's own folder; what can't be set is reported. */
void ds_move__set_root(int fd, const struct ds_entry *, struct ds_report *,
    const char *item);

/* Take the change of "" out; ${out} is its new entry (kind NONE: none). */
void ds_move__take_root(struct ds_entry *out, struct ds_changes *);

/* The paths of one item that were asked for, sorted; "" is all of it. */
int ds_move__paths(struct ds_list *out, const struct move *, const char *item);

/* Is ${path} one of them, or beneath one? */
bool ds_move__asked(const struct ds_list *paths, const char *path);

/* The intent file: DS_ENOTFOUND if there is none. */
int ds_intent__write(struct ds_store *, const struct move *);
int ds_intent__read(struct move *, struct ds_store *);
int ds_intent__remove(struct ds_store *);

int ds_restore__note(struct ds_restore_result *, const char *item,
    struct ds_changes *taken);

/*
 * An item that was tracked only later, or not any more, is not in a state at
 * all; that is no reason to empty its folder.
 */
bool ds_restore__has_item(const struct ds_roots *);

/* DS_ENOTFOUND if the scope is not in the state of ${roots}. */
int ds_restore__check(struct ds_store *, const struct ds_roots *,
    const struct scope *, const struct ds_restore_options *);

/*
 * Without --delete nothing is taken away: removals go out of the changes, and
 * so does a file that a folder with something in it stands in the way of.
 */
int ds_restore__keep_extras(struct ds_changes *, struct ds_report *,
    const char *item);

/* What restoring ${m}'s scopes would do, and nothing is written. */
int ds_restore__dry_run(struct ds_restore_result *out, struct mover *,
    const struct move *, const struct ds_items *,
    const struct ds_restore_options *);

/* Paths reported that are not as wanted; DS_EPART if there are more now. */
size_t ds_restore__undone(const struct ds_report *);
int ds_restore__verdict(const struct ds_report *, size_t before);

/* Commit what the disk has and history has not; ${kept} zero if nothing. */
int ds_restore__keep(git_oid *kept, struct mover *, const struct ds_list *,
    const char *why);

#endif
