/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_BUF_H
#define DS_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "ds/compat.h"

/*
 * A growing run of bytes, always followed by a NUL.  Appending never
 * returns an error: the first failure empties the buffer and sticks, and
 * is reported once, by ds_buf_take() or ds_buf_check().
 */
struct ds_buf {
	char *data; /* NULL until the first append */
	size_t len;
	size_t cap;
	bool failed;
};

#define DS_BUF_INIT                                                            \
	{                                                                      \
		NULL, 0, 0, false                                              \
	}

void ds_buf_add(struct ds_buf *, const void *, size_t);
void ds_buf_adds(struct ds_buf *, const char *);
void ds_buf_addc(struct ds_buf *, char);
void ds_buf_addf(struct ds_buf *, const char *, ...) DS_PRINTF(2, 3);

/*
 * Room for ${n} more bytes at the end, for read(2) and the like; NULL on
 * failure.  The caller adds what it wrote to ->len and ends it with a NUL.
 */
char *ds_buf_room(struct ds_buf *, size_t n);

/* Cut to ${len}, which is at most ->len; the memory stays. */
void ds_buf_cut(struct ds_buf *, size_t len);

/* DS_ENOMEM if an append failed, else 0. */
int ds_buf_check(const struct ds_buf *);

/* Move the bytes to ${out}, which the caller must free(). */
int ds_buf_take(char **out, struct ds_buf *);

void ds_buf_release(struct ds_buf *);

#endif
