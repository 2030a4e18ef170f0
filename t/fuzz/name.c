/* SPDX-License-Identifier: Apache-2.0 */
/* A file's name. */
#include "ds/compat.h"

#include "ds/name.h"

#include "fuzz.h"

static void
check(const char *name, bool plain)
{
	char *stored, *back;

	if (ds_name_encode(&stored, name, plain) < 0 ||
	    ds_name_decode(&back, stored) < 0)
		abort();
	if (strcmp(back, name) != 0 || strlen(stored) > 2 * strlen(name) + 1)
		abort();
	free(stored);
	free(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *name = fuzz_string(data, fuzz_head(data, len));
	char *out;

	check(name, true);
	check(name, false);
	if (ds_name_decode(&out, name) < 0 || strlen(out) > strlen(name))
		abort();
	free(out);
	if (ds_name_encode_meta(&out, name) < 0)
		abort();
	free(out);
	(void)ds_name_content_ok(name, data, len);
	(void)ds_name_content_ok(".gitattributes", data, len);
	(void)ds_name_check_item(name);
	free(name);
	return 0;
}
