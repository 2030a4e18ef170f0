/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOOSE_INTERNAL_H
#define LOOSE_INTERNAL_H

#include <stddef.h>

#include <git2/types.h>

#include "ds/compat.h"

struct ds_deflate;
struct git_odb_backend;

/* Loose objects, read by us. */

/*
 * The object in ${n} bytes of a loose file: ${*out} (to be freed) has
 * ${*start} bytes of header, then ${*size} of content, then a NUL.
 * DS_EDAMAGED without the name: cut, longer than it should be, or nonsense.
 */
int ds_loose__unpack(char **out, size_t *start, git_object_t *type,
    size_t *size, struct ds_deflate *, const void *, size_t n);

/* For libgit2: the loose objects of ${objects}, an absolute path. */
int ds_loose__backend(struct git_odb_backend **out, const char *objects);

#endif
