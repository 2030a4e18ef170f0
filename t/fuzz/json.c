/* SPDX-License-Identifier: Apache-2.0 */
/* What is parsed can be printed, and parses again to the same text. */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/json.h"
#include "ds/text.h"

#include "fuzz.h"

/* Every getter on every node. */
static void
visit(const struct ds_json *j)
{
	size_t i, n = ds_json_len(j);

	(void)ds_json_get(j, "a");
	(void)ds_json_get_str(j, "a");
	(void)ds_json_get_str(j, NULL);
	(void)ds_json_get_int(j, "a", 0);
	(void)ds_json_get_int(j, NULL, 0);
	for (i = 0; i < n && i < 8; i++)
		visit(ds_json_at(j, i));
}

/* A string of any bytes makes a document that parses. */
static void
check_string(const char *text)
{
	struct ds_json *j = ds_json_object(), *back;
	struct ds_buf b = DS_BUF_INIT;

	ds_json_str(j, text, text);
	if (ds_json_print(&b, j, true) < 0 ||
	    ds_json_parse(&back, b.data, b.len) < 0 || ds_json_len(back) != 1)
		abort();
	if (ds_text_is_utf8(text) &&
	    strcmp(ds_json_get_str(back, text), text) != 0)
		abort();
	ds_json_free(back);
	ds_json_free(j);
	ds_buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ds_buf b = DS_BUF_INIT, c = DS_BUF_INIT;
	char *text = fuzz_string(data, len);
	struct ds_json *j, *again;

	if (ds_json_parse(&j, text, len) == 0) {
		visit(j);
		if (ds_json_print(&b, j, false) < 0 ||
		    ds_json_parse(&again, b.data, b.len) < 0 ||
		    ds_json_print(&c, again, false) < 0 ||
		    strcmp(b.data, c.data) != 0)
			abort();
		ds_json_free(again);
		ds_json_free(j);
	}
	check_string(text);
	ds_buf_release(&b);
	ds_buf_release(&c);
	free(text);
	return 0;
}
