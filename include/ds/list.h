/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_LIST_H
#define DS_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "ds/compat.h"

/* A list of strings that it owns, in the order of their adding. */
struct ds_list {
	char **v; /* borrowed until the next change */
	size_t n;
	size_t cap;
};

#define DS_LIST_INIT                                                           \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

/* Append a copy.  DS_ENOMEM. */
int ds_list_add(struct ds_list *, const char *);
int ds_list_addn(struct ds_list *, const char *, size_t);

bool ds_list_has(const struct ds_list *, const char *);

/* By bytes; equal strings once. */
void ds_list_sort(struct ds_list *);

void ds_list_release(struct ds_list *);

/*
 * Make room for one more in an array of any type: ${*v} holds ${n} of
 * ${cap} elements of ${size} bytes.  DS_ENOMEM.
 */
int ds_list_grow(void *v, size_t n, size_t *cap, size_t size);

/*
 * The nearest of ${words} to ${word} by edit distance, for "did you mean";
 * NULL where none is near.
 */
const char *ds_list_nearest(const struct ds_list *words, const char *word);

#endif
