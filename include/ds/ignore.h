/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_IGNORE_H
#define DS_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "ds/compat.h"

/*
 * gitignore's rules (gitignore(5)), all of them: comments, escapes, trailing
 * spaces, "!", leading and trailing "/", "*", "?", "[...]", "**".  Names are
 * bytes and case counts.  A stack of rule lists: later lists and later lines
 * win; as in git nothing beneath an ignored folder can be taken back.
 */
struct ds_ignore;

int ds_ignore_new(struct ds_ignore **out);

/*
 * Push the lines of ${text} (${len} bytes), which apply beneath ${base}: ""
 * for the item's root, else "a/b".  As in git, a BOM at the start is passed
 * over, a CR right before the end of a line too.
 */
int ds_ignore_push(struct ds_ignore *, const char *base, const char *text,
    size_t len);

/* Take the last list away. */
void ds_ignore_pop(struct ds_ignore *);

enum ds_ignore_answer {
	DS_IGNORE_NONE, /* no rule speaks of it */
	DS_IGNORE_YES,	/* ignored */
	DS_IGNORE_NO	/* taken back by "!" */
};

/*
 * What the rules say of ${path} (relative to the item's root).  Only this
 * path is looked at: a walk asks for each folder before it goes in.
 */
enum ds_ignore_answer ds_ignore_match(const struct ds_ignore *,
    const char *path, bool is_dir);

/* Is ${path}, or a folder that it is in, ignored?  For a single path. */
bool ds_ignore_covers(const struct ds_ignore *, const char *path, bool is_dir);

/* NULL is welcome. */
void ds_ignore_free(struct ds_ignore *);

#endif
