/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_JSON_H
#define DS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ds/compat.h"

struct ds_buf;

/*
 * JSON documents of our own (cJSON).  Users' JSON never passes through here:
 * cJSON keeps neither comments nor numbers.  Building calls remember
 * failure; it is reported once, by ds_json_print().
 */
struct ds_json;

/* NULL if there is no memory, which ds_json_print() reports too. */
struct ds_json *ds_json_object(void);
struct ds_json *ds_json_array(void);
void ds_json_free(struct ds_json *);

/*
 * Add to an object (${key}) or, with ${key} NULL, to an array.  A NULL
 * container is welcome and nothing happens.  Bytes that are not UTF-8 become
 * U+FFFD; a NULL string is null.  The containers returned belong to their
 * parent.
 */
void ds_json_str(struct ds_json *, const char *key, const char *);
/* Past 2^53 either way: a string. */
void ds_json_int(struct ds_json *, const char *key, int64_t);
void ds_json_bool(struct ds_json *, const char *key, bool);
void ds_json_null(struct ds_json *, const char *key);
struct ds_json *ds_json_add_object(struct ds_json *, const char *key);
struct ds_json *ds_json_add_array(struct ds_json *, const char *key);

/* On one line, or indented; without a newline at the end.  DS_ENOMEM. */
int ds_json_print(struct ds_buf *, const struct ds_json *, bool pretty);

/* At most 16 MiB and depth 64; DS_EINVAL with the offset. */
int ds_json_parse(struct ds_json **out, const char *text, size_t len);

/*
 * Borrowed; NULL (or the given default) where it is absent or of another
 * type.  ${key} NULL reads the value itself, as for elements of an array.
 * An integer may be a number or a string.
 */
const char *ds_json_get_str(const struct ds_json *, const char *key);
int64_t ds_json_get_int(const struct ds_json *, const char *key, int64_t);
const struct ds_json *ds_json_get(const struct ds_json *, const char *key);
size_t ds_json_len(const struct ds_json *);
const struct ds_json *ds_json_at(const struct ds_json *, size_t);

#endif
