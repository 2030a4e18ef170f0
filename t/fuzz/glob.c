/* SPDX-License-Identifier: Apache-2.0 */
/* A pattern, a NUL, a text. */
#include "ds/compat.h"

#include "ds/glob.h"

#include "fuzz.h"

/* A text with every byte quoted is a pattern that takes it. */
static void
check_quoted(const char *text, size_t len)
{
	char *pattern = malloc(2 * len + 1);
	size_t i;

	if (pattern == NULL)
		abort();
	for (i = 0; i < len; i++) {
		pattern[2 * i] = '\\';
		pattern[2 * i + 1] = text[i];
	}
	pattern[2 * len] = '\0';
	if (!ds_glob_match(pattern, text))
		abort();
	free(pattern);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t n = fuzz_head(data, len);
	size_t rest = n < len ? n + 1 : n;
	char *pattern = fuzz_string(data, n);
	char *text = fuzz_string(data + rest, len - rest);

	(void)ds_glob_match_len(pattern, text, len - rest);
	if (ds_glob_match(pattern, text) !=
	    ds_glob_match_len(pattern, text, strlen(text)))
		abort();
	check_quoted(text, strlen(text));
	if (!ds_glob_match("**", text))
		abort();
	free(pattern);
	free(text);
	return 0;
}
