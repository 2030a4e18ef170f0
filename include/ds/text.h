/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_TEXT_H
#define DS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "ds/compat.h"

struct ds_buf;

/* Bytes that may be UTF-8 (RFC 3629, 4). */

/*
 * How many bytes the character at ${s} has, of which ${n} may be looked at; 0
 * if they are none.
 */
size_t ds_text_char_len(const char *s, size_t n);

bool ds_text_is_utf8(const char *);

/* All bytes of a string as lower-case hex digits, appended. */
void ds_text_hex(struct ds_buf *, const char *);

#endif
