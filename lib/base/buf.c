/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ds/buf.h"
#include "ds/err.h"

static void
fail(struct ds_buf *b)
{
	ds_buf_release(b);
	b->failed = true;
}

/* Make room for ${more} bytes and the NUL. */
static bool
grow(struct ds_buf *b, size_t more)
{
	size_t cap = b->cap > 0 ? b->cap : 64;
	char *data;

	if (b->failed)
		return false;
	if (more >= SIZE_MAX / 2 - b->len) {
		fail(b);
		return false;
	}
	while (cap < b->len + more + 1)
		cap *= 2;
	if (cap == b->cap)
		return true;
	data = realloc(b->data, cap);
	if (data == NULL) {
		fail(b);
		return false;
	}
	data[b->len] = '\0';
	b->data = data;
	b->cap = cap;
	return true;
}

void
ds_buf_add(struct ds_buf *b, const void *p, size_t n)
{
	if (!grow(b, n))
		return;
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
ds_buf_adds(struct ds_buf *b, const char *s)
{
	ds_buf_add(b, s, strlen(s));
}

void
ds_buf_addc(struct ds_buf *b, char c)
{
	ds_buf_add(b, &c, 1);
}

void
ds_buf_addf(struct ds_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		fail(b);
	if (n < 0 || !grow(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

char *
ds_buf_room(struct ds_buf *b, size_t n)
{
	return grow(b, n) ? b->data + b->len : NULL;
}

void
ds_buf_cut(struct ds_buf *b, size_t len)
{
	/* A buffer that failed is shorter than its user knows. */
	if (b->data == NULL)
		return;
	assert(len <= b->len);
	b->len = len;
	b->data[len] = '\0';
}

int
ds_buf_check(const struct ds_buf *b)
{
	return b->failed ? ds_err_nomem() : 0;
}

int
ds_buf_take(char **out, struct ds_buf *b)
{
	*out = NULL;
	ds_buf_add(b, "", 0);
	if (b->failed)
		return ds_err_nomem();
	*out = b->data;
	b->data = NULL;
	ds_buf_release(b);
	return 0;
}

void
ds_buf_release(struct ds_buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}
