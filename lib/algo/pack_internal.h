/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ALGO_PACK_INTERNAL_H
#define ALGO_PACK_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "ds/compat.h"
#include "ds/pack.h"

/*
 * Bytes on their way to a file, gathered into large writes.  The first failure
 * sticks.
 */
struct ds_pack__out {
	int fd;
	const char *name;
	const struct ds_pack_sums *hash; /* NULL: no hash of them */
	uint64_t size;			 /* all bytes, written or not */
	unsigned char *buf;
	size_t used;
	int rc;
};

int ds_pack__out_init(struct ds_pack__out *, int fd, const char *name,
    const struct ds_pack_sums *hash);
int ds_pack__out_add(struct ds_pack__out *, const void *, size_t);
int ds_pack__out_flush(struct ds_pack__out *);
void ds_pack__out_release(struct ds_pack__out *);

/* Big-endian. */
void ds_pack__put32(unsigned char out[4], uint32_t);

#endif
