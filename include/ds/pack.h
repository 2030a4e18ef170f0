/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_PACK_H
#define DS_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "ds/compat.h"

/*
 * git's pack file, version 2 (gitformat-pack(5)), written as a stream of whole
 * objects without deltas.  How many there are is in the header but known
 * only at the end, so the end writes the header anew and reads the file
 * once more for its hash.
 */
struct ds_pack;

enum ds_pack_type {
	DS_PACK_COMMIT = 1,
	DS_PACK_TREE = 2,
	DS_PACK_BLOB = 3,
	DS_PACK_TAG = 4
};

enum { DS_PACK_HASH = 20 };

/* The sums that packs and their idx hold; computed by the caller's library. */
struct ds_pack_sums {
	uint32_t (*crc)(uint32_t crc, const void *, size_t);
	/* SHA-1 over all that is added, and begun anew by finish. */
	int (*add)(void *arg, const void *, size_t);
	int (*finish)(void *arg, unsigned char out[DS_PACK_HASH]);
	void *arg;
};

/* Where an object is in its pack, and the CRC-32 of its bytes there. */
struct ds_pack_place {
	uint64_t offset;
	uint32_t crc;
};

/*
 * Begin at the start of ${fd}, open for reading and writing and empty; it stays
 * the caller's.  ${name}, for errors, and ${sums} outlive the pack.
 */
int ds_pack_open(struct ds_pack **out, int fd, const char *name,
    const struct ds_pack_sums *sums);

/*
 * Append an object of ${size} bytes, given as its zlib stream.  After a
 * failure every further call fails.
 */
int ds_pack_add(struct ds_pack *, struct ds_pack_place *out, enum ds_pack_type,
    uint64_t size, const void *deflated, size_t n);

/* Bytes so far: where the next object will be. */
uint64_t ds_pack_size(const struct ds_pack *);

/* Hand to the system what is still in memory, so that pread(2) finds it. */
int ds_pack_flush(struct ds_pack *);

/*
 * Read an object's header in the first ${n} bytes at its place.  ${*used} is
 * where its zlib stream begins.  DS_EDAMAGED.
 */
int ds_pack_header(enum ds_pack_type *, uint64_t *size, size_t *used,
    const unsigned char *, size_t n);

/* Longest header of an object. */
enum { DS_PACK_HEADER_MAX = 10 };

/* Complete the file and tell its trailer, which also names it.  Not flushed. */
int ds_pack_finish(struct ds_pack *, unsigned char trailer[DS_PACK_HASH]);

/* Abandon; the file is the caller's.  NULL is welcome. */
void ds_pack_close(struct ds_pack *);

#endif
