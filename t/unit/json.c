/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/json.h"
#include "ds/text.h"

#include "tap.h"

/* Printed on one line; borrowed until the next call. */
static const char *
text(const struct ds_json *j)
{
	static char out[512];
	struct ds_buf b = DS_BUF_INIT;

	if (ds_json_print(&b, j, false) < 0)
		ds_buf_adds(&b, "failed");
	snprintf(out, sizeof(out), "%s", b.data);
	ds_buf_release(&b);
	return out;
}

static void
test_build(void)
{
	struct ds_json *j = ds_json_object(), *a;
	struct ds_buf b = DS_BUF_INIT;

	ds_json_str(j, "s", "a\"\n");
	ds_json_str(j, "none", NULL);
	ds_json_bool(j, "b", true);
	a = ds_json_add_array(j, "a");
	ds_json_int(a, NULL, -1);
	ds_json_int(a, NULL, 1000000000000000);
	ds_json_int(a, NULL, 9007199254740992);
	ds_json_int(a, NULL, 9007199254740993);
	ds_json_int(a, NULL, INT64_MIN);
	ds_json_null(ds_json_add_object(a, NULL), "n");
	is_str(text(j),
	    "{\"s\":\"a\\\"\\n\",\"none\":null,\"b\":true,\"a\":"
	    "[-1,1000000000000000,9007199254740992,\"9007199254740993\","
	    "\"-9223372036854775808\",{\"n\":null}]}",
	    "a document is printed as it was built");
	ok(ds_json_get_int(ds_json_at(ds_json_get(j, "a"), 4), NULL, 0) ==
		INT64_MIN,
	    "an integer past 2^53 comes back from its string");
	ok(ds_json_print(&b, j, true) == 0 && strchr(b.data, '\n') != NULL,
	    "pretty means on many lines");
	ds_buf_release(&b);
	ds_json_free(j);
}

static void
test_null(void)
{
	struct ds_buf b = DS_BUF_INIT;

	ds_json_str(NULL, "a", "b");
	ds_json_int(NULL, "a", 1);
	ds_json_bool(NULL, "a", true);
	ds_json_null(NULL, "a");
	ok(ds_json_add_object(NULL, "a") == NULL &&
		ds_json_add_array(NULL, NULL) == NULL,
	    "building into NULL does nothing");
	ok(ds_json_print(&b, NULL, false) == DS_ENOMEM,
	    "what could not be made cannot be printed");
	ds_json_free(NULL);
	ds_buf_release(&b);
}

static void
test_utf8(void)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "a\xff"
		  "b",
		    "a\xef\xbf\xbd"
		    "b" },
		{ "\xc3", "\xef\xbf\xbd" },
		{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf4\x90\x80\x80",
		    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};
	struct ds_json *j;
	size_t i;

	for (i = 0; i < ds_nitems(t); i++) {
		j = ds_json_object();
		ds_json_str(j, t[i].in, t[i].in);
		ok(ds_json_get_str(j, t[i].out) != NULL &&
			strcmp(ds_json_get_str(j, t[i].out), t[i].out) == 0,
		    "bytes that are no UTF-8 become U+FFFD");
		ok(ds_text_is_utf8(t[i].in) == (strcmp(t[i].in, t[i].out) == 0),
		    "what is UTF-8 is known");
		ds_json_free(j);
	}
}

static void
test_parse(void)
{
	static const char in[] =
	    " {\"a\": [1, -2.0, 2.5, 1e300, \"7\"],"
	    " \"s\": \"\\u00e4\", \"o\": {}, \"B\": 5} \r\n";
	const struct ds_json *a;
	struct ds_json *j;

	ok(ds_json_parse(&j, in, strlen(in)) == 0, "a document is parsed");
	a = ds_json_get(j, "a");
	ok(ds_json_len(a) == 5 && ds_json_at(a, 5) == NULL,
	    "an array knows its length");
	ok(ds_json_get_int(ds_json_at(a, 0), NULL, 9) == 1 &&
		ds_json_get_int(ds_json_at(a, 1), NULL, 9) == -2 &&
		ds_json_get_int(ds_json_at(a, 4), NULL, 9) == 7,
	    "integers are read");
	ok(ds_json_get_int(ds_json_at(a, 2), NULL, 9) == 9 &&
		ds_json_get_int(ds_json_at(a, 3), NULL, 9) == 9 &&
		ds_json_get_int(j, "o", 9) == 9 &&
		ds_json_get_int(j, "z", 9) == 9,
	    "what is no integer is the default");
	is_str(ds_json_get_str(j, "s"), "\xc3\xa4", "escapes are decoded");
	ok(ds_json_get_str(j, "a") == NULL && ds_json_get_str(j, "b") == NULL,
	    "another type and another case are not there");
	ok(ds_json_get(NULL, "a") == NULL && ds_json_get(a, "a") == NULL &&
		ds_json_get_str(NULL, "a") == NULL && ds_json_len(NULL) == 0,
	    "getters accept NULL and arrays");
	ds_json_free(j);
}

/* ${what} says why the ${n} bytes are refused, at ${where}. */
static void
refused(const char *in, size_t n, const char *where, const char *what)
{
	struct ds_json *j;

	ok(ds_json_parse(&j, in, n) == DS_EINVAL && j == NULL &&
		strstr(ds_err_text(), where) != NULL,
	    what);
	ds_json_free(j);
}

static void
test_refuse(void)
{
	char deep[200];
	struct ds_json *j;
	char *big;

	refused("", 0, "byte 0", "nothing at all");
	refused("{\"a\":1", 6, "byte ", "an end that is missing");
	refused("{} x", 4, "byte 2", "garbage after the value");
	refused("{}\0", 3, "byte 2", "a NUL after the value");
	refused("[\"a\0b\"]", 7, "byte 3", "a NUL in a string");
	refused("[\"\\u0000\"]", 10, "byte 2", "an escaped NUL");
	refused("[\"\n\"]", 5, "byte 2", "a newline in a string");
	refused("[\"\xff\"]", 5, "byte 2", "bytes that are no UTF-8");
	refused("[\"\\ud800\"]", 10, "byte", "half of a surrogate pair");
	refused("[\v1]", 4, "byte 1", "white space of another kind");
	refused("\xef\xbb\xbf{}", 5, "byte 0", "a byte order mark");
	refused("\"\\", 2, "byte", "an escape that is cut off");
	memset(deep, '[', 64);
	memset(deep + 64, ']', 64);
	ok(ds_json_parse(&j, deep, 128) == 0, "64 levels are fine");
	ds_json_free(j);
	memset(deep, '[', 65);
	memset(deep + 65, ']', 65);
	refused(deep, 130, "byte 64", "65 levels");
	big = malloc(((size_t)16 << 20) + 1);
	if (big == NULL)
		return;
	memset(big, ' ', ((size_t)16 << 20) + 1);
	refused(big, ((size_t)16 << 20) + 1, "16 MiB", "more than 16 MiB");
	free(big);
}

int
main(void)
{
	test_build();
	test_null();
	test_utf8();
	test_parse();
	test_refuse();
	return tap_done();
}
