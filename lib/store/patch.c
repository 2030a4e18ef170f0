/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/patch.h"

#define TEXT_MAX ((size_t)64 << 20)
#define LOOK ((size_t)8000)

static bool
is_binary(struct ds_side s)
{
	if (s.data == NULL || s.len == 0)
		return false;
	return s.len > TEXT_MAX ||
	    memchr(s.data, '\0', s.len < LOOK ? s.len : LOOK) != NULL;
}

static int
add_line(const git_diff_delta *d, const git_diff_hunk *h,
    const git_diff_line *l, void *arg)
{
	struct ds_buf *out = arg;

	(void)d;
	(void)h;
	if (l->origin == GIT_DIFF_LINE_FILE_HDR)
		return 0;
	if (l->origin == GIT_DIFF_LINE_CONTEXT ||
	    l->origin == GIT_DIFF_LINE_ADDITION ||
	    l->origin == GIT_DIFF_LINE_DELETION)
		ds_buf_addc(out, l->origin);
	ds_buf_add(out, l->content, l->content_len);
	return 0;
}

int
ds_patch_make(struct ds_buf *out, struct ds_patch *p, struct ds_side old,
    struct ds_side new)
{
	git_diff_options o;
	git_patch *patch = NULL;
	int rc;

	memset(p, 0, sizeof(*p));
	p->binary = is_binary(old) || is_binary(new);
	if (p->binary)
		return 0;
	git_diff_options_init(&o, GIT_DIFF_OPTIONS_VERSION);
	o.flags |= GIT_DIFF_FORCE_TEXT;
	rc = git_patch_from_buffers(&patch, old.data != NULL ? old.data : "",
	    old.len, NULL, new.data != NULL ? new.data : "", new.len, NULL, &o);
	if (rc < 0)
		return ds_err_git(rc, "cannot compare");
	rc = git_patch_line_stats(NULL, &p->added, &p->removed, patch);
	if (rc == 0 && out != NULL)
		rc = git_patch_print(patch, add_line, out);
	git_patch_free(patch);
	if (rc < 0)
		return ds_err_git(rc, "cannot compare");
	return out != NULL ? ds_buf_check(out) : 0;
}
