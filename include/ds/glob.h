/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_GLOB_H
#define DS_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "ds/compat.h"

/*
 * git's wildmatch with WM_PATHNAME: "*" and "?" stop at '/', "**" as a whole
 * component crosses it, "[a-z]", "[!a]", "[[:alpha:]]", '\\' quotes.  Works on
 * bytes; the classes are ASCII's.  Never exponential.
 */
bool ds_glob_match(const char *pattern, const char *text);

/* The same for the first ${len} bytes of ${text}. */
bool ds_glob_match_len(const char *pattern, const char *text, size_t len);

#endif
