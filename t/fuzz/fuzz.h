/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What each target defines: libFuzzer's entry.  A wrong answer aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A string in memory of exactly its size, so that one byte more is seen. */
static inline char *
fuzz_string(const uint8_t *data, size_t len)
{
	char *s = malloc(len + 1);

	if (s == NULL)
		abort();
	if (len > 0)
		memcpy(s, data, len);
	s[len] = '\0';
	return s;
}

/* The length of what stands before the first NUL, or of all. */
static inline size_t
fuzz_head(const uint8_t *data, size_t len)
{
	const uint8_t *nul = len > 0 ? memchr(data, '\0', len) : NULL;

	return nul != NULL ? (size_t)(nul - data) : len;
}

#endif
