/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <string.h>

#include "ds/buf.h"
#include "ds/path.h"

static int
rank(char c)
{
	if (c == '\0')
		return 0;
	return c == '/' ? 1 : 1 + (unsigned char)c;
}

int
ds_path_cmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

/* Drop the last component of what is written so far. */
static void
go_up(struct ds_buf *b)
{
	size_t n = b->len;

	while (n > 0 && b->data[--n] != '/')
		;
	ds_buf_cut(b, n);
}

/* Append each component of ${path} behind a "/"; the root is "" here. */
static void
walk(struct ds_buf *b, const char *path)
{
	const char *end;

	for (; *path != '\0'; path = end + (*end == '/')) {
		size_t n;

		end = strchr(path, '/');
		if (end == NULL)
			end = path + strlen(path);
		n = (size_t)(end - path);
		if (n == 0 || (n == 1 && path[0] == '.'))
			continue;
		if (n == 2 && path[0] == '.' && path[1] == '.') {
			go_up(b);
			continue;
		}
		ds_buf_addc(b, '/');
		ds_buf_add(b, path, n);
	}
}

int
ds_path_absolute(char **out, const char *cwd, const char *path)
{
	struct ds_buf b = DS_BUF_INIT;

	if (path[0] != '/')
		walk(&b, cwd);
	walk(&b, path);
	if (b.len == 0)
		ds_buf_addc(&b, '/');
	return ds_buf_take(out, &b);
}

const char *
ds_path_beneath(const char *root, const char *path)
{
	size_t n = strlen(root);

	/* "/" is followed by its own children. */
	while (n > 0 && root[n - 1] == '/')
		n--;
	if (strncmp(root, path, n) != 0)
		return NULL;
	if (path[n] == '\0')
		return path + n;
	return path[n] == '/' ? path + n + 1 : NULL;
}

int
ds_path_join(char **out, const char *a, const char *b)
{
	struct ds_buf buf = DS_BUF_INIT;

	ds_buf_adds(&buf, a);
	if (a[0] != '\0' && b[0] != '\0' && a[strlen(a) - 1] != '/')
		ds_buf_addc(&buf, '/');
	ds_buf_adds(&buf, b);
	return ds_buf_take(out, &buf);
}

static int
copy(char **out, const char *s)
{
	return ds_path_join(out, s, "");
}

/* Without a home, or with a relative one, "~" is a name like others. */
static bool
is_home(const char *home)
{
	return home != NULL && home[0] == '/';
}

int
ds_path_expand(char **out, const char *home, const char *path)
{
	if (!is_home(home) || path[0] != '~' ||
	    (path[1] != '\0' && path[1] != '/'))
		return copy(out, path);
	path++;
	while (*path == '/')
		path++;
	return ds_path_join(out, home, path);
}

int
ds_path_contract(char **out, const char *home, const char *path)
{
	const char *rest = NULL;

	if (is_home(home))
		rest = ds_path_beneath(home, path);
	return rest == NULL ? copy(out, path) : ds_path_join(out, "~", rest);
}

bool
ds_path_is_name(const char *s)
{
	return s[0] != '\0' && strcmp(s, ".") != 0 && strcmp(s, "..") != 0 &&
	    strchr(s, '/') == NULL;
}

static bool
is_name_n(const char *s, size_t n)
{
	return n > 0 && !(n == 1 && s[0] == '.') &&
	    !(n == 2 && s[0] == '.' && s[1] == '.');
}

bool
ds_path_is_safe(const char *s)
{
	const char *slash;

	for (slash = strchr(s, '/'); slash != NULL; slash = strchr(s, '/')) {
		if (!is_name_n(s, (size_t)(slash - s)))
			return false;
		s = slash + 1;
	}
	return is_name_n(s, strlen(s));
}
