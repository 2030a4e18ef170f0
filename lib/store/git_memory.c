/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libgit2 looks at few of its allocations and then goes on with what it has
 * not got.  So where a small one fails the process ends, which loses no more
 * than a kill does.  A large one is for the content of an object, which
 * libgit2 does look at, and whose size may be a lie of a damaged file.
 */
#include "ds/compat.h"

#include <stdint.h>

#include <git2.h>
#include <git2/sys/alloc.h>

#include "ds/err.h"
#include "ds/git.h"

#define SMALL ((size_t)1 << 20)

static void (*on_nomem)(void);

static void *
check(void *p, size_t n)
{
	if (p == NULL && n <= SMALL)
		on_nomem();
	return p;
}

static void *
get(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return check(malloc(n > 0 ? n : 1), n);
}

static void *
resize(void *old, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return check(realloc(old, n > 0 ? n : 1), n);
}

#if LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 7
static void *
get_zeroed(size_t n, size_t size, const char *file, int line)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	(void)file;
	(void)line;
	return p != NULL || n > SMALL || size > SMALL ? p : check(p, n * size);
}

static void *
resize_array(void *old, size_t n, size_t size, const char *file, int line)
{
	if (size > 0 && n > SIZE_MAX / size)
		return NULL;
	return resize(old, n * size, file, line);
}

static void *
get_array(size_t n, size_t size, const char *file, int line)
{
	return resize_array(NULL, n, size, file, line);
}

/* ${n} bytes of ${s} and a NUL. */
static char *
copy(const char *s, size_t n, const char *file, int line)
{
	char *p = n < SIZE_MAX ? get(n + 1, file, line) : NULL;

	if (p == NULL)
		return NULL;
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

static char *
copy_string(const char *s, const char *file, int line)
{
	return copy(s, strlen(s), file, line);
}

static char *
copy_start(const char *s, size_t n, const char *file, int line)
{
	return copy(s, strnlen(s, n), file, line);
}
#endif

int
ds_git_on_nomem(void (*die)(void))
{
	git_allocator a = {
		.gmalloc = get,
		.grealloc = resize,
		.gfree = free,
#if LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 7
		.gcalloc = get_zeroed,
		.gstrdup = copy_string,
		.gstrndup = copy_start,
		.gsubstrdup = copy,
		.greallocarray = resize_array,
		.gmallocarray = get_array
#endif
	};
	int rc;

	on_nomem = die;
	rc = git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &a);
	return rc < 0 ? ds_err_git(rc, "cannot start libgit2") : 0;
}
