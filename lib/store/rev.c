/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <time.h>

#include <git2.h>

#include "ds/buf.h"
#include "ds/date.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/history.h"
#include "ds/rev.h"
#include "ds/store.h"

static int
at_time(git_oid *out, struct ds_store *s, int64_t when, const char *rev)
{
	struct ds_history_options o = {
		.since = INT64_MIN,
		.until = when,
		.first_parent = true,
	};
	struct ds_history *h;
	struct ds_record r;
	int rc;

	rc = ds_history_open(&h, s, &o);
	if (rc < 0)
		return rc;
	rc = ds_history_next(&r, h);
	if (rc == 1) {
		*out = r.id;
		ds_record_release(&r);
		rc = 0;
	} else if (rc == 0) {
		struct ds_buf text = DS_BUF_INIT;

		ds_date_local(&text, when);
		rc = ds_err(DS_ENOTFOUND, "nothing is as old as '%s' (%s)", rev,
		    text.data != NULL ? text.data : "?");
		ds_buf_release(&text);
	}
	ds_history_close(h);
	return rc;
}

int
ds_rev_commit(git_oid *out, struct ds_store *s, const char *rev)
{
	git_object *o = NULL, *c = NULL;
	int64_t when;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = git_revparse_single(&o, s->repo, rev);
	if (rc == 0) {
		rc = git_object_peel(&c, o, GIT_OBJECT_COMMIT);
		if (rc == 0)
			*out = *git_object_id(c);
		else
			rc = ds_err(DS_EINVAL, "'%s' is no commit", rev);
		git_object_free(c);
		git_object_free(o);
		return rc;
	}
	/* a disk that fails is no reason to take the name for a time */
	if (rc <= DS_ENOMEM && rc >= DS_EMOVED)
		return rc;
	if (ds_date_parse(&when, rev, (int64_t)time(NULL), 1) == 0)
		return at_time(out, s, when, rev);
	ds_err_clear();
	if (rc == GIT_EAMBIGUOUS)
		return ds_err(DS_EINVAL, "'%s' is the start of several ids",
		    rev);
	if (rc == GIT_ENOTFOUND || rc == GIT_EINVALIDSPEC)
		return ds_err_hint(ds_err(DS_ENOTFOUND,
				       "'%s' names no commit "
				       "and no time",
				       rev),
		    "'datasync log' lists the commits");
	return ds_err_git(rc, "cannot find '%s'", rev);
}
