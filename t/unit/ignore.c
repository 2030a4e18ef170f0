/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without arguments: tests.  With a folder: answers, one line for each of the
 * paths on standard input (each ended by a NUL), by the .gitignore files of
 * that folder, for the comparison with git in t1001.
 */
#include "ds/compat.h"

#include <stdio.h>
#include <sys/stat.h>

#include "ds/ignore.h"

#include "tap.h"

static struct ds_ignore *
rules(const char *text)
{
	struct ds_ignore *ig;

	if (ds_ignore_new(&ig) < 0 ||
	    ds_ignore_push(ig, "", text, strlen(text)) < 0)
		exit(99);
	return ig;
}

static enum ds_ignore_answer
answer(const char *text, const char *path)
{
	struct ds_ignore *ig = rules(text);
	size_t len = strlen(path);
	bool is_dir = path[len - 1] == '/';
	enum ds_ignore_answer a;
	char copy[100];

	snprintf(copy, sizeof(copy), "%.*s", (int)(is_dir ? len - 1 : len),
	    path);
	a = ds_ignore_match(ig, copy, is_dir);
	ds_ignore_free(ig);
	return a;
}

#define YES DS_IGNORE_YES
#define NO DS_IGNORE_NO
#define NONE DS_IGNORE_NONE

static const struct {
	const char *text;
	const char *path; /* a folder's ends in '/' */
	enum ds_ignore_answer want;
} cases[] = {
	{ "", "a", NONE },
	{ "a", "a", YES },
	{ "a", "x/a", YES },
	{ "a", "ab", NONE },
	{ "a", "A", NONE },
	{ "#a", "#a", NONE },
	{ "\\#a", "#a", YES },
	{ " #a", " #a", YES },
	{ "!a", "a", NO },
	{ "\\!a", "!a", YES },
	{ "a\n!a", "a", NO },
	{ "!a\na", "a", YES },
	{ "a  ", "a", YES },
	{ "a\\ ", "a ", YES },
	{ "a\\  ", "a ", YES },
	{ "a \\ ", "a  ", YES },
	{ "a\t", "a", NONE },
	{ "a\t", "a\t", YES },
	{ " ", " ", NONE },
	{ " a", "a", NONE },
	{ "a\r\nb\r\n", "a", YES },
	{ "a\r\nb\r\n", "b", YES },
	{ "a\r", "a", YES },
	{ "a\r\r\n", "a\r", YES },
	{ "\xef\xbb\xbfz", "z", YES },
	{ "b\n\xef\xbb\xbfz", "z", NONE },
	{ "a/", "a", NONE },
	{ "a/", "a/", YES },
	{ "a/", "x/a/", YES },
	{ "/a", "a", YES },
	{ "/a", "x/a", NONE },
	{ "a/b", "a/b", YES },
	{ "a/b", "x/a/b", NONE },
	{ "a/b/", "a/b/", YES },
	{ "a/b/", "a/b", NONE },
	{ "a//b", "a/b", NONE },
	{ "/", "a", NONE },
	{ "!", "a", NONE },
	{ "*", "a/b", YES },
	{ "/*", "a/b", NONE },
	{ "*.o", "x/y.o", YES },
	{ "*.o", ".o", YES },
	{ "*.o", "o", NONE },
	{ "*.o/", "y.o/", YES },
	{ "doc/*.txt", "doc/a.txt", YES },
	{ "doc/*.txt", "doc/x/a.txt", NONE },
	{ "**/a", "a", YES },
	{ "**/a", "x/y/a", YES },
	{ "**/a/b", "x/a/b", YES },
	{ "a/**", "a/b/c", YES },
	{ "a/**", "a/", NONE },
	{ "a/**/b", "a/b", YES },
	{ "a/**/b", "a/x/y/b", YES },
	{ "a/**/b", "x/a/b", NONE },
	{ "/a**/b", "a/b", YES },
	{ "/a**/b", "ab", YES },
	{ "/a**/b", "ax/y/b", YES },
	{ "foo[12].[!c]", "foo1.d", YES },
	{ "foo[12].[!c]", "foo1.c", NONE },
	{ "\\a", "a", YES },
	{ "a\\", "a\\", NONE },
};

static void
test_cases(void)
{
	static const char *const words[] = {
		"is silent on",
		"takes",
		"takes back",
	};
	char what[160];
	size_t i;
	char *p;

	for (i = 0; i < ds_nitems(cases); i++) {
		snprintf(what, sizeof(what), "'%s' %s '%s'", cases[i].text,
		    words[cases[i].want], cases[i].path);
		for (p = what; *p != '\0'; p++) {
			if ((unsigned char)*p < ' ' || *p == '#')
				*p = '_';
		}
		ok(answer(cases[i].text, cases[i].path) == cases[i].want, what);
	}
}

static void
test_stack(void)
{
	struct ds_ignore *ig = rules("*.log\n/top\n");

	ok(ds_ignore_push(ig, "a/b", "!keep.log\n/c\nd/\n", 17) == 0,
	    "a second list can be pushed");
	ok(ds_ignore_match(ig, "a/b/keep.log", false) == NO,
	    "the later list wins");
	ok(ds_ignore_match(ig, "a/keep.log", false) == YES,
	    "but only beneath its base");
	ok(ds_ignore_match(ig, "a/bb/keep.log", false) == YES,
	    "a base ends at a '/'");
	ok(ds_ignore_match(ig, "a/b/other.log", false) == YES,
	    "where it is silent the earlier one speaks");
	ok(ds_ignore_match(ig, "a/b/c", false) == YES, "'/' means its base");
	ok(ds_ignore_match(ig, "a/b/x/c", false) == NONE, "and no other");
	ok(ds_ignore_match(ig, "a/b", true) == NONE,
	    "a list does not speak of its own base");
	ds_ignore_pop(ig);
	ok(ds_ignore_match(ig, "a/b/keep.log", false) == YES,
	    "a list can be taken away");
	ds_ignore_pop(ig);
	ds_ignore_pop(ig);
	ok(ds_ignore_match(ig, "a.log", false) == NONE, "an empty stack");
	ds_ignore_free(ig);
	ds_ignore_free(NULL);
}

static void
test_covers(void)
{
	struct ds_ignore *ig = rules("a/\n!a/b\nx/*\n!x/keep\n");

	ok(ds_ignore_covers(ig, "a", true), "the folder itself");
	ok(!ds_ignore_covers(ig, "a", false), "but not a file of its name");
	ok(ds_ignore_match(ig, "a/b", false) == NO, "a rule takes it back");
	ok(ds_ignore_covers(ig, "a/b", false),
	    "but nothing in an ignored folder is taken back");
	ok(ds_ignore_covers(ig, "a/c/d", false), "at any depth");
	ok(!ds_ignore_covers(ig, "x", true), "contents without their folder");
	ok(!ds_ignore_covers(ig, "x/keep", true), "taken back");
	ok(!ds_ignore_covers(ig, "x/keep/y", false), "and all in it");
	ok(ds_ignore_covers(ig, "x/other/y", false), "the rest is not");
	ds_ignore_free(ig);
}

static void
test_odd_texts(void)
{
	struct ds_ignore *ig;
	bool good;

	good = ds_ignore_new(&ig) == 0 &&
	    ds_ignore_push(ig, "", NULL, 0) == 0 &&
	    ds_ignore_push(ig, "", "a\0b\nc", 5) == 0;
	ok(good, "an empty text and a NUL are no error");
	ok(ds_ignore_match(ig, "a", false) == YES, "a NUL ends its line");
	ok(ds_ignore_match(ig, "b", false) == NONE, "unread");
	ok(ds_ignore_match(ig, "c", false) == YES, "the next line counts");
	ds_ignore_free(ig);
}

/* Push the rules of ${dir}/${base}, if there are any. */
static void
push_file(struct ds_ignore *ig, const char *dir, const char *base)
{
	static char text[100000];
	char path[4096];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s%s.gitignore", dir, base,
	    *base != '\0' ? "/" : "");
	f = fopen(path, "r");
	if (f == NULL)
		return;
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (ds_ignore_push(ig, base, text, len) < 0)
		exit(99);
}

static const char *
ask(const char *dir, char *path)
{
	struct ds_ignore *ig;
	enum ds_ignore_answer a;
	char full[4096];
	struct stat st;
	bool is_dir, covered;
	char *slash;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	is_dir = lstat(full, &st) == 0 && S_ISDIR(st.st_mode);
	if (ds_ignore_new(&ig) < 0)
		exit(99);
	push_file(ig, dir, "");
	for (slash = strchr(path, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		push_file(ig, dir, path);
		*slash = '/';
	}
	a = ds_ignore_match(ig, path, is_dir);
	covered = ds_ignore_covers(ig, path, is_dir);
	ds_ignore_free(ig);
	if (covered)
		return "yes";
	return a == YES ? "uncovered" : a == NO ? "no" : "none";
}

static int
answer_all(const char *dir)
{
	size_t cap = 0;
	char *path = NULL;

	while (getdelim(&path, &cap, '\0', stdin) > 0)
		puts(ask(dir, path));
	free(path);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return answer_all(argv[1]);
	test_cases();
	test_stack();
	test_covers();
	test_odd_texts();
	return tap_done();
}
