/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/trace.h"

#include "tap.h"

static char base[] = "/tmp/ds-unit-trace-XXXXXX";

/*
 * The environment is read once, so each case is a process of its own, whose
 * stderr is the file "err".
 */
static int
run(const char *areas, const char *file, int (*body)(void))
{
	struct ds_buf value = DS_BUF_INIT;
	int status = -1;
	int fd;
	pid_t pid;

	ds_buf_addf(&value, "%s%s%s", areas, *file != '\0' ? ":" : "", file);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fd = open("err", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, STDERR_FILENO);
		setenv("DATASYNC_TRACE", value.data, 1);
		_exit(body());
	}
	waitpid(pid, &status, 0);
	ds_buf_release(&value);
	return status;
}

/* The file from its second field on, without the process id. */
static bool
holds(const char *path, const char *want)
{
	struct ds_buf b = DS_BUF_INIT;
	struct ds_buf got = DS_BUF_INIT;
	const char *p;
	bool same;

	if (ds_file_read(&b, AT_FDCWD, path, 100000) < 0)
		return false;
	ds_buf_adds(&got, "");
	for (p = b.data; p != NULL && *p != '\0'; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, "{\"t\":0.", 7) != 0)
			break;
		p = strstr(p, ",\"area\"");
		if (p != NULL)
			ds_buf_add(&got, p, strcspn(p, "\n") + 1);
	}
	same = strcmp(got.data, want) == 0;
	if (!same)
		printf("# %s: %s\n", path, b.data);
	ds_buf_release(&b);
	ds_buf_release(&got);
	return same;
}

static int
two_areas(void)
{
	if (!ds_trace_on("scan") || !ds_trace_on("ref") || ds_trace_on("re") ||
	    ds_trace_on("lock") || ds_trace_on("all") || ds_trace_on(""))
		return 1;
	ds_trace("scan", "begin", "%d files in '%s'", 3, "x");
	ds_trace("lock", "taken", "no");
	ds_trace("ref", "end", "yes");
	return 0;
}

static int
any_area(void)
{
	return ds_trace_on("lock") && ds_trace_on("x") ? 0 : 1;
}

static int
no_area(void)
{
	ds_trace("lock", "x", "y");
	return ds_trace_on("lock") || ds_trace_on("") ? 1 : 0;
}

static int
odd_bytes(void)
{
	ds_trace("scan", "q", "%s", "a\"b\\c\nd\001\177");
	ds_trace("scan", "u", "%s", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	ds_trace("scan", "i", "%s", "\xff \xc3 \xc0\xaf \xed\xa0\x80 \xe2\x82");
	return 0;
}

static int
no_trace_left(void)
{
	ds_err(DS_EINVAL, "ours");
	errno = E2BIG;
	ds_trace("scan", "x", "y");
	return errno == E2BIG && strcmp(ds_err_text(), "ours") == 0 ? 0 : 1;
}

static int
long_text(void)
{
	static char big[20000];

	memset(big, 'x', sizeof(big) - 1);
	ds_trace("scan", "long", "%s", big);
	return 0;
}

static void
cases(void)
{
	static const char two[] =
	    ",\"area\":\"scan\",\"event\":\"begin\","
	    "\"text\":\"3 files in 'x'\"}\n"
	    ",\"area\":\"ref\",\"event\":\"end\",\"text\":\"yes\"}\n";
	struct ds_buf log = DS_BUF_INIT;
	struct ds_buf b = DS_BUF_INIT;

	ds_buf_addf(&log, "%s/log", base);
	ok(run("scan,ref", "", two_areas) == 0, "two areas are on, no other");
	ok(holds("err", two), "a line for each event is on stderr");
	ok(run("scan,ref", log.data, two_areas) == 0, "with a file");
	ok(holds("log", two), "they are there");
	ok(holds("err", ""), "and not on stderr");
	ok(run("ref,scan", "/nowhere/log", two_areas) == 0,
	    "with one that cannot be opened");
	ok(holds("err", two), "they are on stderr");
	ok(run("all", "", any_area) == 0, "'all' is any area");
	ok(run("", "", no_area) == 0, "none is none");
	ok(run("", log.data, no_area) == 0, "a file alone is none, too");
	unlink("log");
	ok(run("scan", log.data, odd_bytes) == 0, "odd bytes");
	ok(holds("log",
	       ",\"area\":\"scan\",\"event\":\"q\","
	       "\"text\":\"a\\\"b\\\\c\\u000ad\\u0001\177\"}\n"
	       ",\"area\":\"scan\",\"event\":\"u\","
	       "\"text\":\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"}\n"
	       ",\"area\":\"scan\",\"event\":\"i\","
	       "\"text\":\"\\ufffd \\ufffd \\ufffd\\ufffd "
	       "\\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\"}\n"),
	    "are JSON all the same");
	ok(run("scan", log.data, no_trace_left) == 0,
	    "errno and the message stay");
	unlink("log");
	ok(run("scan", log.data, long_text) == 0, "a long text");
	ok(ds_file_read(&b, AT_FDCWD, "log", 100000) == 0 && b.len < 16384 &&
		strcmp(b.data + b.len - 3, "\"}\n") == 0,
	    "is cut to a line");
	ds_buf_release(&b);
	ds_buf_release(&log);
}

int
main(void)
{
	if (mkdtemp(base) == NULL || chdir(base) < 0)
		return 1;
	cases();
	unlink("err");
	unlink("log");
	ok(chdir("/") == 0 && rmdir(base) == 0, "no other file is left");
	return tap_done();
}
