/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names are bytes, but terminals and JSON want characters.  For people a name
 * is quoted as git does with core.quotePath=false, and bytes that are not
 * UTF-8, or would steer the terminal, are escaped too.  For programs all bytes
 * stand beside the text in hex.
 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/json.h"
#include "ds/text.h"

#include "cmd.h"

/* How many results of out_name() live at a time. */
#define RING 4

/* The letter after the backslash, 0 where the byte needs an octal number. */
static char
short_escape(unsigned char c)
{
	static const char from[] = "\a\b\t\n\v\f\r\"\\";
	static const char to[] = "abtnvfr\"\\";
	const char *at = strchr(from, c);

	return c != '\0' && at != NULL ? to[at - from] : 0;
}

/* The bytes at ${s} that may be printed as they are; 0 if the first may not. */
static size_t
plain_len(const unsigned char *s)
{
	const char *c = (const char *)s;
	size_t n = ds_text_char_len(c, strnlen(c, 4));

	if (n == 1 &&
	    (s[0] < 0x20 || s[0] == 0x7f || s[0] == '"' || s[0] == '\\'))
		return 0;
	/* U+0080 to U+009F are control characters, as ESC and a letter. */
	if (n == 2 && s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	return n;
}

static bool
is_plain(const unsigned char *s)
{
	size_t n;

	for (; *s != '\0'; s += n) {
		n = plain_len(s);
		if (n == 0)
			return false;
	}
	return true;
}

static void
add_escaped(struct ds_buf *b, unsigned char c)
{
	char letter = short_escape(c);

	if (letter != 0)
		ds_buf_addf(b, "\\%c", letter);
	else
		ds_buf_addf(b, "\\%03o", (unsigned)c);
}

const char *
out_name(const char *path)
{
	static struct ds_buf ring[RING];
	static size_t next;
	const unsigned char *s = (const unsigned char *)path;
	struct ds_buf *b;
	size_t n;

	if (is_plain(s))
		return path;
	b = &ring[next++ % RING];
	ds_buf_release(b);
	ds_buf_addc(b, '"');
	for (; *s != '\0'; s += n > 0 ? n : 1) {
		n = plain_len(s);
		if (n > 0)
			ds_buf_add(b, s, n);
		else
			add_escaped(b, *s);
	}
	ds_buf_addc(b, '"');
	return ds_buf_check(b) == 0 ? b->data : "?";
}

void
out_path(struct ds_json *json, const char *key, const char *path)
{
	struct ds_buf name = DS_BUF_INIT, hex = DS_BUF_INIT;

	ds_json_str(json, key, path);
	if (json == NULL || ds_text_is_utf8(path))
		return;
	ds_buf_addf(&name, "%s_hex", key);
	ds_text_hex(&hex, path);
	if (ds_buf_check(&name) == 0 && ds_buf_check(&hex) == 0)
		ds_json_str(json, name.data, hex.data);
	ds_buf_release(&name);
	ds_buf_release(&hex);
}
