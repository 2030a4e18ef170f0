/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message and its hint belong to the thread and have a fixed size, so that
 * an error can be told when there is no memory.  Names from a disk or a remote
 * reach a terminal through here: control bytes never do.  A new text is built
 * beside the old one, which may be among its own arguments.
 */
#include "ds/compat.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "ds/err.h"

#define TEXT_MAX 2048

static _Thread_local char text[TEXT_MAX];
static _Thread_local char hint[TEXT_MAX];

static const struct {
	int code;
	const char *word;
} words[] = {
	{ DS_OK, "ok" },
	{ DS_ENOMEM, "memory" },
	{ DS_ESYS, "system" },
	{ DS_EGIT, "git" },
	{ DS_ENOTFOUND, "not_found" },
	{ DS_EEXISTS, "exists" },
	{ DS_EINVAL, "invalid" },
	{ DS_EUSAGE, "usage" },
	{ DS_EPART, "partial" },
	{ DS_ECONFLICT, "conflict" },
	{ DS_EOFFLINE, "offline" },
	{ DS_EBRAKE, "held" },
	{ DS_ENOSTORE, "no_store" },
	{ DS_ELOCKED, "locked" },
	{ DS_EAUTH, "auth" },
	{ DS_EDAMAGED, "damaged" },
	{ DS_ECANCEL, "cancelled" },
	{ DS_EMOVED, "moved" },
};

/*
 * Some terminals obey U+0080 to U+009F, which UTF-8 writes as c2 80 to c2 9f,
 * as they obey the control bytes of ASCII.
 */
static void
one_line(char *s)
{
	unsigned char *p;

	for (p = (unsigned char *)s; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
			p[0] = p[1] = '?';
	}
}

/* A text that was cut may end within a character of UTF-8: drop its start. */
static void
drop_torn(char *s, size_t n)
{
	size_t i = n;

	while (i > 0 && n - i < 3 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i > 0 && (unsigned char)s[i - 1] >= 0xc0)
		s[i - 1] = '\0';
}

/*
 * Take out the middle of what is longer than ${max}: a message begins with
 * what was tried and ends with the cause.
 */
static void
shorten(char *s, size_t max)
{
	static const char gap[] = "...";
	size_t n = strlen(s);
	const char *tail;
	size_t head;

	if (n <= max)
		return;
	s[max / 2] = '\0';
	tail = s + n - (max - max / 2 - strlen(gap));
	drop_torn(s, max / 2);
	while (((unsigned char)*tail & 0xc0) == 0x80)
		tail++;
	head = strlen(s);
	memcpy(s + head, gap, strlen(gap));
	memmove(s + head + strlen(gap), tail, strlen(tail) + 1);
}

/* Write "${s}: ${more}", and shorten ${s} where the whole is too long. */
static void
append(char *s, const char *more)
{
	size_t n;

	shorten(s, TEXT_MAX - strlen(": ") - strlen(more) - 1);
	n = strlen(s);
	memcpy(s + n, ": ", 2);
	memcpy(s + n + 2, more, strlen(more) + 1);
}

static void DS_PRINTF(2, 0) format(char *s, const char *fmt, va_list ap)
{
	int n = vsnprintf(s, TEXT_MAX, fmt, ap);

	if (n < 0)
		s[0] = '\0';
	else if (n >= TEXT_MAX)
		drop_torn(s, TEXT_MAX - 1);
}

static void
publish(char *to, char *s)
{
	one_line(s);
	memcpy(to, s, strlen(s) + 1);
}

int
ds_err(int code, const char *fmt, ...)
{
	char s[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(s, fmt, ap);
	va_end(ap);
	publish(text, s);
	hint[0] = '\0';
	return code;
}

int
ds_err_sys(const char *fmt, ...)
{
	char s[TEXT_MAX];
	va_list ap;
	int saved = errno;

	va_start(ap, fmt);
	format(s, fmt, ap);
	va_end(ap);
	append(s, strerror(saved));
	publish(text, s);
	hint[0] = '\0';
	errno = saved;
	return DS_ESYS;
}

int
ds_err_nomem(void)
{
	return ds_err(DS_ENOMEM, "out of memory");
}

int
ds_err_in(int code, const char *fmt, ...)
{
	char s[TEXT_MAX];
	char inner[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(s, fmt, ap);
	va_end(ap);
	memcpy(inner, ds_err_text(), strlen(ds_err_text()) + 1);
	shorten(inner, TEXT_MAX * 3 / 4);
	append(s, inner);
	publish(text, s);
	return code;
}

int
ds_err_hint(int code, const char *fmt, ...)
{
	char s[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	format(s, fmt, ap);
	va_end(ap);
	publish(hint, s);
	return code;
}

const char *
ds_err_text(void)
{
	return text[0] != '\0' ? text : "unknown error";
}

const char *
ds_err_hint_text(void)
{
	return hint[0] != '\0' ? hint : NULL;
}

void
ds_err_clear(void)
{
	text[0] = '\0';
	hint[0] = '\0';
}

const char *
ds_err_word(int code)
{
	size_t i;

	for (i = 0; i < ds_nitems(words); i++)
		if (words[i].code == code)
			return words[i].word;
	return "system";
}
