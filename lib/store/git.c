/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include <git2.h>

#include "ds/err.h"
#include "ds/git.h"

/*
 * Whoever has a mistake in ~/.gitconfig still has a good store, so libgit2
 * reads no config but the store's.
 */
static int
leave_config(void)
{
	static const int levels[] = {
		GIT_CONFIG_LEVEL_PROGRAMDATA,
		GIT_CONFIG_LEVEL_SYSTEM,
		GIT_CONFIG_LEVEL_XDG,
		GIT_CONFIG_LEVEL_GLOBAL,
	};
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ds_nitems(levels); i++)
		rc = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
	return rc < 0 ? ds_err_git(rc, "cannot start libgit2") : 0;
}

int
ds_git_init(void)
{
	static atomic_bool done;
	int rc;

	if (atomic_load(&done))
		return 0;
	rc = git_libgit2_init();
	if (rc < 0)
		return ds_err_git(rc, "cannot start libgit2");
	rc = leave_config();
	if (rc < 0)
		return rc;
	/* A read of an object always checks its hash: damage is found here. */
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
	atomic_store(&done, true);
	return 0;
}

static int
code_of(int rc)
{
	switch (rc) {
	case GIT_ENOTFOUND:
		return DS_ENOTFOUND;
	case GIT_EEXISTS:
		return DS_EEXISTS;
	case GIT_EAMBIGUOUS:
	case GIT_EINVALIDSPEC:
		return DS_EINVAL;
	case GIT_ELOCKED:
		return DS_ELOCKED;
	case GIT_EMODIFIED:
		return DS_EMOVED;
	case GIT_EMISMATCH:
		return DS_EDAMAGED;
	default:
		return DS_EGIT;
	}
}

int
ds_err_git(int rc, const char *fmt, ...)
{
	const git_error *e = git_error_last();
	char what[512];
	va_list ap;
	int code;

	if (rc <= DS_ENOMEM && rc >= DS_EMOVED)
		return rc;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	code = code_of(rc);
	if (code == DS_EGIT && e != NULL && e->klass == GIT_ERROR_NOMEMORY)
		code = DS_ENOMEM;
	if (code == DS_EGIT && e != NULL && e->klass == GIT_ERROR_OS)
		code = DS_ESYS;
	if (code == DS_EGIT && e != NULL &&
	    (e->klass == GIT_ERROR_ZLIB || e->klass == GIT_ERROR_ODB ||
		e->klass == GIT_ERROR_OBJECT || e->klass == GIT_ERROR_TREE ||
		e->klass == GIT_ERROR_SHA))
		code = DS_EDAMAGED;
	return ds_err(code, "%s: %s", what,
	    e != NULL && e->message != NULL ? e->message : "unknown error");
}

const char *
ds_git_hex(const git_oid *id)
{
	static _Thread_local char hex[4][GIT_OID_HEXSZ + 1];
	static _Thread_local unsigned next;
	char *out = hex[next++ % 4];

	git_oid_tostr(out, GIT_OID_HEXSZ + 1, id);
	return out;
}
