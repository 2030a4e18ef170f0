/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/text.h"

size_t
ds_text_char_len(const char *s, size_t n)
{
	unsigned char c;
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (n == 0)
		return 0;
	c = (unsigned char)s[0];
	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	for (i = 1; i < len; i++) {
		c = (unsigned char)s[i];
		if (c < low || c > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

bool
ds_text_is_utf8(const char *s)
{
	size_t left = strlen(s), n;

	for (; left > 0; left -= n, s += n) {
		n = ds_text_char_len(s, left);
		if (n == 0)
			return false;
	}
	return true;
}

void
ds_text_hex(struct ds_buf *b, const char *s)
{
	ds_buf_adds(b, "");
	for (; *s != '\0'; s++)
		ds_buf_addf(b, "%02x", (unsigned)(unsigned char)*s);
}
