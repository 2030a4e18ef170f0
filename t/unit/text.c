/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/text.h"
#include "tap.h"

static void
characters(void)
{
	ok(ds_text_char_len("a", 1) == 1, "ASCII is one byte");
	ok(ds_text_char_len("\xc3\xa4", 2) == 2, "two bytes");
	ok(ds_text_char_len("\xe2\x82\xac", 3) == 3, "three bytes");
	ok(ds_text_char_len("\xf0\x9f\x98\x80", 4) == 4, "four bytes");
	ok(ds_text_char_len("\xe2\x82", 2) == 0, "cut short: none");
	ok(ds_text_char_len("", 0) == 0, "nothing to look at: none");
	ok(ds_text_char_len("\xc0\x80", 2) == 0, "overlong, two bytes");
	ok(ds_text_char_len("\xe0\x80\x80", 3) == 0, "overlong, three");
	ok(ds_text_char_len("\xf0\x80\x80\x80", 4) == 0, "overlong, four");
	ok(ds_text_char_len("\xed\xa0\x80", 3) == 0, "a surrogate");
	ok(ds_text_char_len("\xf4\x90\x80\x80", 4) == 0, "past U+10FFFF");
	ok(ds_text_char_len("\x80", 1) == 0, "a byte that only follows");
}

static void
strings(void)
{
	struct ds_buf b = DS_BUF_INIT;

	ok(ds_text_is_utf8(""), "nothing is UTF-8");
	ok(ds_text_is_utf8("gr\xc3\xbc\xc3\x9f"), "umlauts are");
	ok(!ds_text_is_utf8("gr\xfc\xdf"), "Latin-1 is not");
	ok(!ds_text_is_utf8("a\xc3"), "nor is a cut end");
	ds_text_hex(&b, "a\xff\n");
	ok(ds_buf_check(&b) == 0, "hex digits");
	is_str(b.data, "61ff0a", "of every byte");
	ds_buf_release(&b);
}

int
main(void)
{
	characters();
	strings();
	return tap_done();
}
