/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <stdlib.h>
#include <string.h>

#include "ds/path.h"

#include "tap.h"

static void
order(void)
{
	static const char *const sorted[] = {
		"",
		"a",
		"a/b",
		"a/b/c",
		"a/b-",
		"a/c",
		"a\001",
		"a-b",
		"a.",
		"aa",
		"a\177",
		"a\377",
		"b",
	};
	size_t i;
	size_t j;
	bool right = true;

	for (i = 0; i < ds_nitems(sorted); i++)
		for (j = 0; j < ds_nitems(sorted); j++) {
			int c = ds_path_cmp(sorted[i], sorted[j]);

			right =
			    right && (c < 0) == (i < j) && (c > 0) == (i > j);
		}
	ok(right, "a folder is followed by all that is in it");
}

static void
absolute_is(const char *cwd, const char *path, const char *want)
{
	char *s;

	ok(ds_path_absolute(&s, cwd, path) == 0, "absolute");
	is_str(s, want, path);
	free(s);
}

static void
absolute(void)
{
	absolute_is("/home/u", "a", "/home/u/a");
	absolute_is("/home/u", "/a//b/./c/", "/a/b/c");
	absolute_is("/home/u", "../x", "/home/x");
	absolute_is("/home/u", "../../../../x", "/x");
	absolute_is("/home/u", "/..", "/");
	absolute_is("/home/u", ".", "/home/u");
	absolute_is("/home/u/", "", "/home/u");
	absolute_is("/", "...", "/...");
	absolute_is("/", "a/..", "/");
	absolute_is("/", "..a/.b", "/..a/.b");
	absolute_is("/x", "\377\n", "/x/\377\n");
}

static void
beneath(void)
{
	is_str(ds_path_beneath("/a", "/a/b/c"), "b/c", "below the root");
	is_str(ds_path_beneath("/a", "/a"), "", "the root itself");
	ok(ds_path_beneath("/a", "/ab") == NULL, "a longer name is not below");
	ok(ds_path_beneath("/a/b", "/a") == NULL, "nor what is above");
	is_str(ds_path_beneath("/", "/a"), "a", "all is below '/'");
	is_str(ds_path_beneath("/", "/"), "", "'/' is '/'");
}

static void
join_is(const char *a, const char *b, const char *want)
{
	char *s;

	ok(ds_path_join(&s, a, b) == 0, "join");
	is_str(s, want, want);
	free(s);
}

static void
home_is(int (*change)(char **, const char *, const char *), const char *home,
    const char *path, const char *want)
{
	char *s;

	ok(change(&s, home, path) == 0, path);
	is_str(s, want, want);
	free(s);
}

static void
join_and_home(void)
{
	join_is("a", "b", "a/b");
	join_is("", "b", "b");
	join_is("a", "", "a");
	join_is("", "", "");
	join_is("/", "b", "/b");
	home_is(ds_path_expand, "/h", "~", "/h");
	home_is(ds_path_expand, "/h", "~/x/y", "/h/x/y");
	home_is(ds_path_expand, "/h/", "~//x", "/h/x");
	home_is(ds_path_expand, "/h", "~user/x", "~user/x");
	home_is(ds_path_expand, "/h", "/a/~", "/a/~");
	home_is(ds_path_expand, NULL, "~/x", "~/x");
	home_is(ds_path_contract, "/h", "/h", "~");
	home_is(ds_path_contract, "/h", "/h/x", "~/x");
	home_is(ds_path_contract, "/h/", "/h/x", "~/x");
	home_is(ds_path_contract, "/h", "/hx", "/hx");
	home_is(ds_path_contract, "", "/h/x", "/h/x");
}

static void
names(void)
{
	ok(ds_path_is_name("a") && ds_path_is_name("...") &&
		ds_path_is_name(".a") && ds_path_is_name("\001\377"),
	    "names");
	ok(!ds_path_is_name("") && !ds_path_is_name(".") &&
		!ds_path_is_name("..") && !ds_path_is_name("a/b") &&
		!ds_path_is_name("/"),
	    "no names");
	ok(ds_path_is_safe("a") && ds_path_is_safe("a/b/..c/d") &&
		ds_path_is_safe("..."),
	    "safe paths");
	ok(!ds_path_is_safe("") && !ds_path_is_safe("/a") &&
		!ds_path_is_safe("a/") && !ds_path_is_safe("a//b"),
	    "an empty component is not safe");
	ok(!ds_path_is_safe("..") && !ds_path_is_safe("../a") &&
		!ds_path_is_safe("a/..") && !ds_path_is_safe("a/../b") &&
		!ds_path_is_safe("./a") && !ds_path_is_safe("a/."),
	    "neither are dots");
}

int
main(void)
{
	order();
	absolute();
	beneath();
	join_and_home();
	names();
	return tap_done();
}
