/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_STORE_H
#define DS_STORE_H

#include <stdbool.h>

#include <git2/oid.h>

#include "ds/compat.h"

struct ds_config;
struct ds_device;
struct ds_lock;
struct git_odb;
struct git_repository;

/*
 * One bare git repository plus the private folder datasync/ inside it (see
 * datasync-format(5)).  The struct is shared by the modules of lib/store, which
 * may look inside; others use the functions.
 */
struct ds_store {
	char *path; /* absolute, without '/' at the end */
	char *home; /* what "~" means */
	struct git_repository *repo;
	struct git_odb *odb;
	struct ds_config *config;
	struct ds_device *device;
	int lock_ms; /* core.lockTimeout */
};

/* The line of this device. */
#define DS_STORE_LINE "refs/heads/main"

/*
 * Where the store is: ${path} (absolute or below the working folder) if not
 * NULL, else $DATASYNC_STORE, else $XDG_DATA_HOME/datasync/store.git, else
 * ~/.local/share/datasync/store.git.
 */
int ds_store_find(char **out, const char *path);

/*
 * Make a store at ${path} (mode 0700) with a new device.  DS_EEXISTS if one
 * is there already, DS_EINVAL if something else is.  A killed init is
 * finished by the next.
 */
int ds_store_init(const char *path, const char *device_name);

/* DS_ENOSTORE where there is none, DS_EDAMAGED where it is broken. */
int ds_store_open(struct ds_store **out, const char *path);

/* NULL is welcome. */
void ds_store_close(struct ds_store *);

/* Read the config again after a change. */
int ds_store_reload(struct ds_store *);

/* The store's lock: held while refs, config or the intent change. */
int ds_store_lock(struct ds_lock **out, struct ds_store *);

/* "<store>/datasync/<name>" or, with ${inside} false, "<store>/<name>". */
int ds_store_path(char **out, const struct ds_store *, bool inside,
    const char *name);

/* The newest commit of the line; zero where nothing is committed yet. */
int ds_store_head(git_oid *out, struct ds_store *);

#endif
