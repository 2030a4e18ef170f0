/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_FILE_INTERNAL_H
#define DS_FILE_INTERNAL_H

#include <sys/types.h>

#include <stdbool.h>

#include "ds/compat.h"

/* How the components of a path are resolved. */
enum ds_file__way {
	DS_FILE__FOLLOW, /* as open(2) does */
	DS_FILE__KERNEL, /* openat2(2) refuses symlinks */
	DS_FILE__STEPS	 /* we refuse them, one component at a time */
};

/* A piece of a path that one system call takes, with its NUL. */
#define DS_FILE__PIECE 4096

/*
 * Copy what one call can resolve of ${path} to ${piece}: all, or up to a '/',
 * or with ${one} its first component.  Returns the rest, "" after the last,
 * NULL with ENAMETOOLONG if a component is too long.
 */
const char *ds_file__cut(char piece[DS_FILE__PIECE], const char *path,
    bool one);

/*
 * openat(2) for a ${path} of any length.  Returns a descriptor, or -1 and
 * errno.
 */
int ds_file__open(enum ds_file__way, int dir, const char *path, int flags,
    mode_t mode);

/* A folder, only to go on from: it need not be readable. */
int ds_file__open_folder(int dir, const char *path);

/* ds_file_open_beneath(), with openat2(2) or as where that is missing. */
int ds_file__open_beneath(bool kernel, int root, const char *path, int flags,
    mode_t mode);

#endif
