/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of refs, from the files themselves: libgit2's own lists leave
 * out a ref whose file is damaged.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <stdio.h>

#include <git2.h>

#include "ds/err.h"
#include "ds/git.h"
#include "ds/store.h"

#include "verify_internal.h"

enum { DEPTH_MAX = 64 };

static bool
is_lock(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".lock") == 0;
}

static int list_beneath(struct ds_list *out, const struct ds_store *,
    const char *folder, size_t skip, int depth);

static int
list_one(struct ds_list *out, const struct ds_store *s, const char *name,
    size_t skip, int depth)
{
	struct stat st;
	char *path;
	int rc;

	rc = ds_store_path(&path, s, false, name);
	if (rc < 0)
		return rc;
	if (lstat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			rc = list_beneath(out, s, name, skip, depth + 1);
		else if (!is_lock(name))
			rc = ds_list_add(out, name + skip);
	}
	free(path);
	return rc;
}

/* All files beneath ${folder}, without the first ${skip} bytes. */
static int
list_beneath(struct ds_list *out, const struct ds_store *s, const char *folder,
    size_t skip, int depth)
{
	struct ds_list names = DS_LIST_INIT;
	size_t i;
	int rc;

	if (depth > DEPTH_MAX)
		return 0;
	rc = ds_verify__list(&names, s, folder, "");
	for (i = 0; i < names.n && rc == 0; i++) {
		char *name;

		if (strcmp(names.v[i], ".") == 0 ||
		    strcmp(names.v[i], "..") == 0)
			continue;
		if (asprintf(&name, "%s/%s", folder, names.v[i]) < 0) {
			rc = ds_err_nomem();
			break;
		}
		rc = list_one(out, s, name, skip, depth);
		free(name);
	}
	ds_list_release(&names);
	return rc;
}

/* Those in packed-refs, and again those in files, where they are good. */
static int
add_packed(struct ds_verify__run *v, struct ds_list *out)
{
	git_strarray names = { NULL, 0 };
	size_t i;
	int rc;

	rc = git_reference_list(&names, v->store->repo);
	if (rc < 0) {
		rc = ds_verify__serious(ds_err_git(rc, "cannot list refs"));
		if (rc == 0)
			ds_verify__tell(v, DS_VERIFY_REF, "packed-refs", "%s",
			    ds_err_text());
		return rc;
	}
	for (i = 0; i < names.count && rc == 0; i++)
		rc = ds_list_add(out, names.strings[i]);
	git_strarray_dispose(&names);
	return rc;
}

int
ds_verify__refs(struct ds_verify__run *v, struct ds_list *out)
{
	int rc;

	rc = ds_list_add(out, "HEAD");
	if (rc == 0)
		rc = list_beneath(out, v->store, "refs", 0, 0);
	if (rc == 0)
		rc = add_packed(v, out);
	ds_list_sort(out);
	return rc;
}

int
ds_verify__logs(struct ds_verify__run *v, struct ds_list *out)
{
	return list_beneath(out, v->store, "logs", strlen("logs/"), 0);
}
