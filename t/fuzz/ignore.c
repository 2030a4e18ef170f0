/* SPDX-License-Identifier: Apache-2.0 */
/* A path, a NUL, the text of a list of rules. */
#include "ds/compat.h"

#include "ds/ignore.h"

#include "fuzz.h"

static void
check(const struct ds_ignore *ig, const char *path, bool is_dir)
{
	if (ds_ignore_match(ig, path, is_dir) == DS_IGNORE_YES &&
	    !ds_ignore_covers(ig, path, is_dir))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t n = fuzz_head(data, len);
	size_t rest = n < len ? n + 1 : n;
	char *path = fuzz_string(data, n);
	char *text = fuzz_string(data + rest, len - rest);
	struct ds_ignore *ig;

	if (ds_ignore_new(&ig) < 0 ||
	    ds_ignore_push(ig, "", text, len - rest) < 0 ||
	    ds_ignore_push(ig, "a", text, len - rest) < 0)
		abort();
	check(ig, path, true);
	check(ig, path, false);
	ds_ignore_pop(ig);
	check(ig, path, false);
	ds_ignore_free(ig);
	free(path);
	free(text);
	return 0;
}
