/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_HISTORY_H
#define DS_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <git2/oid.h>

#include "ds/compat.h"
#include "ds/list.h"

struct ds_changes;
struct ds_store;

/* Commits as people read them, and walking them. */

struct ds_record {
	git_oid id;
	git_oid *parents;
	size_t n_parents;
	int64_t time;
	char *author; /* the device's name then */
	char *subject;
	char *body;    /* without subject and trailers; may be "" */
	char *device;  /* id, or "" (plain git) */
	char *trigger; /* "manual", "save"..., or "" */
};

int ds_record_load(struct ds_record *, struct ds_store *, const git_oid *);
void ds_record_release(struct ds_record *);

/* The value of a trailer "Key: value" in ${message}; NULL if it is not there.
 * The caller frees.  DS_ENOMEM. */
int ds_history_trailer(char **out, const char *message, const char *key);

struct ds_history_options {
	git_oid from;		     /* zero: the line's head */
	int64_t since;		     /* INT64_MIN: no bound */
	int64_t until;		     /* INT64_MAX: no bound */
	const char *device;	     /* name or start of the id; or NULL */
	const struct ds_list *paths; /* only commits that touch one */
	bool first_parent;
};

/* Newest first, children before parents. */
struct ds_history;
int ds_history_open(struct ds_history **out, struct ds_store *,
    const struct ds_history_options *);
/* 1: ${r} is filled in and the caller's; 0: that was all; or a code. */
int ds_history_next(struct ds_record *r, struct ds_history *);
void ds_history_close(struct ds_history *);

/* The changes of one item that a commit made against its first parent. */
struct ds_touched {
	char *item;
	struct ds_changes *changes;
};

/*
 * All items that differ between two commits (zero: nothing is there), with
 * their changes; ${scopes} NULL or paths as in ds_restore.  The rules of
 * .datasync are no item.
 */
struct ds_comparison {
	struct ds_touched *v; /* by item */
	size_t n;
	size_t cap;
};
int ds_compare(struct ds_comparison *out, struct ds_store *, const git_oid *old,
    const git_oid *new, const struct ds_list *paths);
void ds_comparison_release(struct ds_comparison *);

/* Files of these changes by what became of them. */
struct ds_counts {
	size_t added, modified, deleted;
};
void ds_count(struct ds_counts *, const struct ds_changes *);

#endif
