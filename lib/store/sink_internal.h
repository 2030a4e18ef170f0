/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_SINK_INTERNAL_H
#define STORE_SINK_INTERNAL_H

#include "ds/compat.h"
#include "ds/oidset.h"
#include "ds/sink.h"

struct ds_deflate;
struct ds_sink__pack;

/* An object that is still only in memory, as a loose object has it. */
struct ds_sink__held {
	unsigned char *raw; /* "blob 5", NUL, and the data */
	size_t head;	    /* bytes before the data */
	size_t len;	    /* of the data */
	git_object_t type;
};

struct ds_sink {
	struct git_odb *odb;
	char *objects;
	struct ds_deflate *deflate;
	struct ds_oidset ids; /* of all that is new, as it came */
	struct ds_sink__held held[DS_SINK_LOOSE_MAX];
	size_t held_n; /* the first of ${ids}, or 0 with a pack */
	size_t held_bytes;
	struct ds_sink__pack *pack; /* NULL while objects are held */
	uint64_t bytes;
	int failed;
	bool finished;
};

/* Begins the name of every temporary file; git's own gc knows "tmp_" too. */
#define DS_SINK__TMP "tmp_datasync_"

/*
 * A new temporary file in ${dir}, mode 0400, locked so that ds_sink_mend()
 * knows it is in use.
 */
int ds_sink__tmp(char **path, int *fd, const char *dir);

/* Close and remove; both may be unset (NULL, -1). */
void ds_sink__tmp_drop(char **path, int *fd);

/* Write all that is held as loose objects. */
int ds_sink__loose_write(struct ds_sink *);

/* The pack being written.  Objects have the numbers of their ids. */
int ds_sink__pack_open(struct ds_sink__pack **out, const char *objects);
int ds_sink__pack_add(struct ds_sink__pack *, struct ds_deflate *, git_object_t,
    const void *, size_t);
int ds_sink__pack_read(struct ds_sink__pack *, struct ds_deflate *, void **data,
    size_t *len, git_object_t *type, size_t number);
int ds_sink__pack_finish(struct ds_sink__pack *, const git_oid *ids, size_t n);
uint64_t ds_sink__pack_bytes(const struct ds_sink__pack *);
void ds_sink__pack_close(struct ds_sink__pack *);

#endif
