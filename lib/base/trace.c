/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each event leaves by one write(2) to a file opened for appending, so that
 * lines of several processes and threads do not mix.  Tracing changes nothing
 * for its caller: errno and the error message stay, and what fails is lost.
 */
#include "ds/compat.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/trace.h"

#define TEXT_MAX 8192

/* Set once, by begin(). */
static char *areas;
static int out = STDERR_FILENO;
static struct timespec start;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
begin(void)
{
	const char *value = getenv("DATASYNC_TRACE");
	char *path;
	int fd;

	if (value == NULL || *value == '\0')
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	areas = strdup(value);
	path = areas == NULL ? NULL : strstr(areas, ":/");
	if (path == NULL)
		return;
	*path = '\0';
	fd = open(path + 1,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd >= 0)
		out = fd;
}

static bool
is_listed(const char *area)
{
	size_t n = strlen(area);
	const char *p;

	for (p = areas; *p != '\0'; p += *p == ',') {
		size_t m = strcspn(p, ",");

		if ((m == n && strncmp(p, area, n) == 0) ||
		    (m == 3 && strncmp(p, "all", 3) == 0))
			return true;
		p += m;
	}
	return false;
}

bool
ds_trace_on(const char *area)
{
	int saved = errno;

	(void)pthread_once(&once, begin);
	errno = saved;
	return areas != NULL && is_listed(area);
}

/*
 * The length of the character of UTF-8 (RFC 3629, 4) at ${s}, 0 if it is
 * none.
 */
static size_t
utf8_length(const unsigned char *s)
{
	size_t n = 0;
	size_t i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Forms that are too long, surrogates, beyond U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* A JSON string; bytes that are not UTF-8 become U+FFFD. */
static void
add_string(struct ds_buf *b, const char *s)
{
	ds_buf_addc(b, '"');
	while (*s != '\0') {
		size_t n = utf8_length((const unsigned char *)s);

		if (n == 0)
			ds_buf_adds(b, "\\ufffd");
		else if (*s == '"' || *s == '\\')
			ds_buf_addf(b, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			ds_buf_addf(b, "\\u%04x", (unsigned int)*s);
		else
			ds_buf_add(b, s, n);
		s += n > 0 ? n : 1;
	}
	ds_buf_addc(b, '"');
}

static void
add_head(struct ds_buf *b, const char *area, const char *event)
{
	struct timespec now;
	long s;
	long ns;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	s = (long)(now.tv_sec - start.tv_sec);
	ns = now.tv_nsec - start.tv_nsec;
	if (ns < 0) {
		s--;
		ns += 1000000000;
	}
	ds_buf_addf(b, "{\"t\":%ld.%06ld,\"pid\":%ld,\"area\":", s, ns / 1000,
	    (long)getpid());
	add_string(b, area);
	ds_buf_adds(b, ",\"event\":");
	add_string(b, event);
}

void
ds_trace(const char *area, const char *event, const char *fmt, ...)
{
	struct ds_buf b = DS_BUF_INIT;
	char text[TEXT_MAX];
	int saved = errno;
	ssize_t written;
	va_list ap;

	if (!ds_trace_on(area))
		return;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	add_head(&b, area, event);
	ds_buf_adds(&b, ",\"text\":");
	add_string(&b, text);
	ds_buf_adds(&b, "}\n");
	do {
		written = b.failed ? 0 : write(out, b.data, b.len);
	} while (written < 0 && errno == EINTR);
	ds_buf_release(&b);
	errno = saved;
}
