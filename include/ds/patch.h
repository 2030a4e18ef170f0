/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_PATCH_H
#define DS_PATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "ds/compat.h"

struct ds_buf;

/* One side of a comparison; ${data} NULL: the file is not there. */
struct ds_side {
	const void *data;
	size_t len;
};

/* What a comparison counts. */
struct ds_patch {
	bool binary;  /* a NUL in the first 8000 bytes, as git's rule,
				 * or more than 64 MiB: no text is made */
	size_t added; /* lines */
	size_t removed;
};

/*
 * The hunks of a unified diff ("@@ ..." and lines), three lines of context;
 * empty for equal or binary sides.  ${out} NULL: count only.
 */
int ds_patch_make(struct ds_buf *out, struct ds_patch *, struct ds_side old,
    struct ds_side new);

#endif
