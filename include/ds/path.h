/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_PATH_H
#define DS_PATH_H

#include <stdbool.h>

#include "ds/compat.h"

/* Paths as text; nothing here looks at a disk.  Paths are bytes. */

/*
 * Order by component: '/' sorts before every other byte, so a folder is
 * followed by all that is in it: "a", "a/b", "a-b".
 */
int ds_path_cmp(const char *, const char *);

/*
 * ${path} as an absolute path without ".", "..", "//" or a "/" at its end
 * ("/" itself stays), resolved by text alone against ${cwd}.
 */
int ds_path_absolute(char **out, const char *cwd, const char *path);

/*
 * What follows ${root} in ${path}: "" for the root itself, NULL if the
 * path is not beneath it.  Both are absolute and normal; borrowed.
 */
const char *ds_path_beneath(const char *root, const char *path);

/* "a" and "b": "a/b"; either may be "", which adds nothing. */
int ds_path_join(char **out, const char *, const char *);

/* "~" and "~/x" to below ${home} and back; others are copied. */
int ds_path_expand(char **out, const char *home, const char *path);
int ds_path_contract(char **out, const char *home, const char *path);

/* A name that one folder may hold: not "", ".", "..", without '/'. */
bool ds_path_is_name(const char *);

/* A relative path of such names. */
bool ds_path_is_safe(const char *);

#endif
