/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_DEFLATE_H
#define DS_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "ds/compat.h"

/*
 * zlib streams (RFC 1950) of whole buffers: git's objects.  One ds_deflate
 * serves many objects, one after the other, without allocating for each.
 */
struct ds_deflate;

/* Fast first: history is packed anew, with more effort, when it is old. */
enum { DS_DEFLATE_LEVEL = 1 };

/* ${level} is 1 (fast) to 9 (small).  DS_ENOMEM. */
int ds_deflate_open(struct ds_deflate **out, int level);

/*
 * Deflate ${n} bytes into one stream; what does not shrink is stored.
 * ${*out} is borrowed until the next call.  DS_ENOMEM.
 */
int ds_deflate_pack(struct ds_deflate *, const void **out, size_t *len,
    const void *, size_t n);

/*
 * Inflate the stream at the start of ${n} bytes into exactly ${size}
 * bytes.  ${used}, if not NULL, is how many bytes the stream has.
 * DS_EDAMAGED if it is no stream, is cut short, fails its checksum or holds
 * more or less.
 */
int ds_deflate_unpack(struct ds_deflate *, void *out, size_t size, const void *,
    size_t n, size_t *used);

/*
 * As above for a stream that begins with text that tells its size: inflate up
 * to ${size} bytes and be content if there are more.  ${*len} is how many came.
 */
int ds_deflate_peek(struct ds_deflate *, void *out, size_t size, size_t *len,
    const void *, size_t n);

/* NULL is welcome. */
void ds_deflate_close(struct ds_deflate *);

/* CRC-32 as in zlib and in git's idx; begin with 0. */
uint32_t ds_deflate_crc(uint32_t crc, const void *, size_t);

#endif
