/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_SECRET_H
#define DS_SECRET_H

#include <stddef.h>

#include "ds/compat.h"

/*
 * Does this look like a private key or a token?  Says what it looks like
 * ("a private key"), or NULL.  Looks at the first MiB.  Knows the forms that
 * have a mark of their own; a password in a sentence is not found.
 */
const char *ds_secret_find(const void *, size_t);

#endif
