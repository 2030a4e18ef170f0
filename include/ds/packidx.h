/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_PACKIDX_H
#define DS_PACKIDX_H

#include <stddef.h>

#include "ds/compat.h"
#include "ds/pack.h"

/*
 * git's index of a pack, version 2: a fan-out over the first byte, then ids in
 * order, CRC-32s, offsets, and a second table for offsets past 2 GiB.
 */

/*
 * Write the idx of the pack whose trailer is ${trailer} to ${fd}.
 * ${ids} (DS_PACK_HASH bytes each) and ${places} hold ${n} objects, in any
 * order; DS_EEXISTS if an id is there twice.
 */
int ds_packidx_write(int fd, const char *name, const struct ds_pack_sums *sums,
    const unsigned char *ids, const struct ds_pack_place *places, size_t n,
    const unsigned char trailer[DS_PACK_HASH]);

#endif
