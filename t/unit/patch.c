/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <stdlib.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/patch.h"

#include "tap.h"

static struct ds_patch p;

static struct ds_side
side(const char *text)
{
	struct ds_side s = { text, text != NULL ? strlen(text) : 0 };

	return s;
}

static void
is_patch(const char *old, const char *new, const char *want, const char *title)
{
	struct ds_buf b = DS_BUF_INIT;
	int rc = ds_patch_make(&b, &p, side(old), side(new));

	if (rc < 0)
		printf("# %s\n", ds_err_text());
	is_str(rc < 0 ? NULL : b.data != NULL ? b.data : "", want, title);
	ds_buf_release(&b);
}

static void
test_text(void)
{
	is_patch("a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n",
	    "a line that changes");
	ok(p.added == 1 && p.removed == 1 && !p.binary, "is counted");
	is_patch(NULL, "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n", "a new file");
	ok(p.added == 2 && p.removed == 0, "is counted");
	is_patch("a\n", NULL, "@@ -1 +0,0 @@\n-a\n", "a file that goes");
	is_patch("a\n", "a\n", "", "equal sides");
	is_patch(NULL, NULL, "", "nothing on both");
	is_patch("", "", "", "empty on both");
	is_patch(NULL, "", "", "an empty file that comes");
	is_patch("a\n", "a",
	    "@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n",
	    "a newline that goes");
	is_patch("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n6\n7\n8\n9\n",
	    "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n",
	    "three lines stand around");
	is_patch("\xff\xfe\n", "\xff\n", "@@ -1 +1 @@\n-\xff\xfe\n+\xff\n",
	    "bytes are text");
	is_patch("a\r\n", "b\r\n", "@@ -1 +1 @@\n-a\r\n+b\r\n",
	    "a carriage return stays");
}

static void
test_binary(void)
{
	static char big[10000];
	struct ds_side s = { big, sizeof(big) };
	struct ds_buf b = DS_BUF_INIT;

	ok(ds_patch_make(&b, &p, side("a\n"), s) == 0 && p.binary &&
		b.len == 0 && p.added == 0,
	    "a NUL makes it binary");
	memset(big, 'x', sizeof(big));
	big[7999] = '\0';
	ok(ds_patch_make(&b, &p, s, side("a\n")) == 0 && p.binary,
	    "up to byte 8000");
	big[7999] = 'x';
	big[8000] = '\0';
	ok(ds_patch_make(&b, &p, s, side("a\n")) == 0 && !p.binary,
	    "and not behind it");
	ds_buf_release(&b);
}

static void
test_count(void)
{
	ok(ds_patch_make(NULL, &p, side("a\nb\n"), side("b\nc\nd\n")) == 0 &&
		p.added == 2 && p.removed == 1,
	    "lines are counted without text");
}

int
main(void)
{
	ds_git_init();
	test_text();
	test_binary();
	test_count();
	return tap_done();
}
