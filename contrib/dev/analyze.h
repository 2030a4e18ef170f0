/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read before each file by the clang-tidy of contrib/dev/lint, and by no
 * compiler.  The analyzer sees one file at a time and cannot know that what
 * reports an error returns one; without that it walks paths that do not exist.
 */
#include "ds/err.h"
#include "ds/git.h"

static inline int
analyze_negative(int rc)
{
	if (rc >= 0)
		abort();
	return rc;
}

#define ds_err(...) analyze_negative(ds_err(__VA_ARGS__))
#define ds_err_git(...) analyze_negative(ds_err_git(__VA_ARGS__))
#define ds_err_in(...) analyze_negative(ds_err_in(__VA_ARGS__))
#define ds_err_nomem() analyze_negative(ds_err_nomem())
#define ds_err_sys(...) analyze_negative(ds_err_sys(__VA_ARGS__))
