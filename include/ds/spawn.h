/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_SPAWN_H
#define DS_SPAWN_H

#include <sys/types.h>

#include "ds/compat.h"

/*
 * Other programs, run without a shell.  A child starts with SIGPIPE as usual
 * (datasync ignores it), an empty signal mask, and none of our descriptors but
 * 0, 1 and 2.
 */
struct ds_spawn {
	const char *const *argv; /* ends with NULL; [0] is found by $PATH */
	int in;			 /* what becomes 0, 1 and 2; -1: as ours */
	int out;
	int err;
};

#define DS_SPAWN_INIT                                                          \
	{                                                                      \
		NULL, -1, -1, -1                                               \
	}

/* Start it.  DS_ENOTFOUND if there is no such program. */
int ds_spawn_start(pid_t *out, const struct ds_spawn *);

/*
 * Wait for its end.  ${status} is what it exited with, or 128 and the signal
 * that killed it, as shells count.
 */
int ds_spawn_wait(int *status, pid_t);

/* Both. */
int ds_spawn_run(int *status, const struct ds_spawn *);

/*
 * As ds_spawn_start() for a command line out of the environment: split at
 * spaces where it holds nothing but plain words, else handed to /bin/sh.
 * ->argv is not looked at.
 */
int ds_spawn_line(pid_t *out, const struct ds_spawn *, const char *line);

/*
 * Become another program.  Returns only if that fails: DS_ENOTFOUND if there
 * is none.
 */
int ds_spawn_become(const char *const *argv);

/* A pipe to read from [0] and write to [1], both close-on-exec. */
int ds_spawn_pipe(int fd[2]);

#endif
