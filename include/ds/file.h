/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_FILE_H
#define DS_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "ds/compat.h"

struct ds_buf;

/*
 * Files.  ${dir} is an open folder or AT_FDCWD; ${path} is relative to it, or
 * absolute, of any bytes and any length.  Errors name ${path}.  Descriptors are
 * always close-on-exec.
 */

/* With false, ds_file_sync() does nothing: core.fsync=none. */
void ds_file_set_durable(bool);

/* Flush a file or folder to the disk.  ${what} names it in the error. */
int ds_file_sync(int fd, const char *what);

/* As above, for a folder by its path. */
int ds_file_sync_dir(int dir, const char *path);

/* All bytes from where ${fd} stands; DS_EINVAL if more than ${max}. */
int ds_file_read_fd(struct ds_buf *, int fd, size_t max, const char *what);

/* The whole file.  DS_ENOTFOUND if it does not exist. */
int ds_file_read(struct ds_buf *, int dir, const char *path, size_t max);

/* Write all, through short writes and EINTR. */
int ds_file_write_fd(int fd, const void *, size_t, const char *what);

/*
 * Replace or make ${path}: written beside it, flushed, renamed over it, its
 * folder flushed.  Whoever reads sees the old bytes or the new.  The file gets
 * ${mode} less the umask.  A kill can leave ".datasync-<16 hex>.new" behind.
 */
int ds_file_replace(int dir, const char *path, const void *, size_t,
    mode_t mode);

/*
 * mkdir -p; an existing folder is fine.  New ones get ${mode} less the umask.
 * Nothing is flushed: ds_file_sync_dir() does that where it matters.
 */
int ds_file_mkdirs(const char *path, mode_t mode);

/*
 * Open ${path} beneath the folder ${root}: no component may be "..", a
 * symlink or a mount that leads out, the last one included.  "" opens the root
 * again; else the path is one that ds_path_is_safe() accepts, or DS_EINVAL.
 * ELOOP, EXDEV and ENOTDIR come as DS_EINVAL, ENOENT as DS_ENOTFOUND, EEXIST
 * as DS_EEXISTS.  Returns the descriptor or a code.
 */
int ds_file_open_beneath(int root, const char *path, int flags, mode_t mode);

#endif
