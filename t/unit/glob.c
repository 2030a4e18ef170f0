/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/glob.h"

#include "tap.h"

static const struct {
	const char *pattern;
	const char *text;
	bool want;
} cases[] = {
	{ "", "", true },
	{ "", "a", false },
	{ "a", "", false },
	{ "abc", "abc", true },
	{ "abc", "ab", false },
	{ "ab", "abc", false },
	/* One byte. */
	{ "?", "a", true },
	{ "?", "/", false },
	{ "?", "\xff", true },
	{ "??", "a", false },
	/* Quotes. */
	{ "\\*", "*", true },
	{ "\\*", "a", false },
	{ "\\\\", "\\", true },
	{ "\\a", "a", true },
	{ "a\\", "a", false },
	{ "a\\", "a\\", false },
	{ "*\\", "a\\", false },
	/* One star. */
	{ "*", "", true },
	{ "*", "abc", true },
	{ "*", "a/b", false },
	{ "a*", "a", true },
	{ "a*b*c", "aXbYbZc", true },
	{ "a*b*c", "aXbYbZ", false },
	{ "*/b", "a/b", true },
	{ "*/b", "a/a/b", false },
	{ "a/*", "a/b", true },
	{ "a/*", "a/b/c", false },
	{ "*.c", ".c", true },
	{ "a*/*b", "ax/yb", true },
	{ "*a/b*c", "xa/bbc", true },
	/* Two stars. */
	{ "**", "", true },
	{ "**", "a/b/c", true },
	{ "**/a", "a", true },
	{ "**/a", "x/y/a", true },
	{ "**/a", "xa", false },
	{ "**/a", "x/ya", false },
	{ "a/**", "a/", true },
	{ "a/**", "a/b/c", true },
	{ "a/**", "a", false },
	{ "a/**/b", "a/b", true },
	{ "a/**/b", "a/x/b", true },
	{ "a/**/b", "a/x/y/b", true },
	{ "a/**/b", "a/xb", false },
	{ "a/**/b", "ab", false },
	{ "a/**/b/**/c", "a/b/b/x/c", true },
	{ "a/**/b/**/c", "a/x/c/b/c/c", true },
	{ "a/**/b/**/c", "a/x/c", false },
	{ "**/*a/*b", "x/ya/a/zb", true },
	{ "**/a/*.c", "x/a/y/a/z.c", true },
	{ "***/a", "x/y/a", true },
	{ "**\\/a", "x/a", true },
	{ "**\\/a", "a", false },
	/* Stars that fill no component are one star. */
	{ "a**", "ab", true },
	{ "a**", "a/b", false },
	{ "a**/b", "ax/b", true },
	{ "a**/b", "a/x/b", false },
	{ "**a", "x/a", false },
	{ "**a", "xa", true },
	{ "a**b", "axxb", true },
	{ "a**b", "a/b", false },
	/* Sets. */
	{ "[abc]", "b", true },
	{ "[abc]", "d", false },
	{ "[a-c]", "b", true },
	{ "[c-a]", "b", false },
	{ "[!a-c]", "d", true },
	{ "[!a-c]", "b", false },
	{ "[^a]", "b", true },
	{ "[^a]", "a", false },
	{ "[]]", "]", true },
	{ "[]-a]", "^", true },
	{ "[!]a]", "b", true },
	{ "[!]a]", "]", false },
	{ "[a-]", "-", true },
	{ "[-a]", "-", true },
	{ "[a\\]b]", "]", true },
	{ "[a\\-c]", "b", false },
	{ "[a-\\c]", "b", true },
	{ "[a-c-e]", "d", false },
	{ "[a-c-e]", "-", true },
	{ "[/]", "/", false },
	{ "[!a]", "/", false },
	{ "[,-0]", "/", false },
	{ "[a", "a", false },
	{ "[a", "[a", false },
	{ "[]", "]", false },
	{ "[!", "!", false },
	{ "[\\", "\\", false },
	{ "[a-\\", "a", false },
	{ "*[", "a[", false },
	{ "[\x80-\xff]", "\xe4", true },
	/* Classes. */
	{ "[[:alpha:]]", "a", true },
	{ "[[:alpha:]]", "1", false },
	{ "[[:digit:][:upper:]]", "A", true },
	{ "[[:digit:][:upper:]]", "a", false },
	{ "[![:space:]]", "a", true },
	{ "[[:digit:]-z]", "-", true },
	{ "[[:digit:]-z]", "b", false },
	{ "[[:no:]a]", "a", false },
	{ "[[::]a]", "a", false },
	{ "[[:alpha:]", "a", false },
	{ "[[:alpha]", "p", true },
	{ "[[:alpha]", "[", true },
	{ "[[:]", ":", true },
	{ "[[:]]", "[]", true },
	{ "[[:alpha:", "a", false },
	{ "[[:alpha:]]", "\xe4", false },
};

static void
test_cases(void)
{
	char what[160];
	size_t i;

	for (i = 0; i < ds_nitems(cases); i++) {
		snprintf(what, sizeof(what), "'%s' %s '%s'", cases[i].pattern,
		    cases[i].want ? "takes" : "does not take", cases[i].text);
		ok(ds_glob_match(cases[i].pattern, cases[i].text) ==
			cases[i].want,
		    what);
	}
}

/*
 * The meaning, spelled out and slow: what a star may swallow is tried length
 * by length.
 */
static bool
slow_match(const char *whole, const char *p, const char *t)
{
	size_t run = strspn(p, "*");
	const char *after = p + run;
	bool deep = run > 1 && (p == whole || p[-1] == '/') &&
	    (*after == '\0' || *after == '/');

	if (*p == '\0')
		return *t == '\0';
	if (run == 0)
		return *t != '\0' && (*p == *t || (*p == '?' && *t != '/')) &&
		    slow_match(whole, p + 1, t + 1);
	if (deep && *after == '/' && slow_match(whole, after + 1, t))
		return true;
	for (;; t++) {
		if (slow_match(whole, after, t))
			return true;
		if (*t == '\0' || (*t == '/' && !deep))
			return false;
	}
}

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

static void
random_string(char *out, size_t max, const char *letters, unsigned *seed)
{
	size_t len = next_random(seed) % max;
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = letters[next_random(seed) % strlen(letters)];
	out[len] = '\0';
}

static void
test_random(void)
{
	char pattern[12], text[12];
	unsigned seed = 1;
	int differ = 0, hits = 0;
	bool want;
	int i;

	for (i = 0; i < 200000; i++) {
		random_string(pattern, sizeof(pattern), "ab**/*/?", &seed);
		random_string(text, sizeof(text), "ab/ab", &seed);
		want = slow_match(pattern, pattern, text);
		hits += want;
		if (ds_glob_match(pattern, text) != want && differ++ < 5)
			printf("# '%s' on '%s'\n", pattern, text);
	}
	ok(hits > 1000, "random patterns match now and then");
	ok(differ == 0, "random patterns mean what they say");
}

static void
test_no_blow_up(void)
{
	static char text[5000], pattern[5000];
	size_t i;

	memset(text, 'a', sizeof(text) - 1);
	ok(!ds_glob_match("a*a*a*a*a*a*b", text), "many stars end soon");
	for (i = 0; i < 1000; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[1000] = 'b';
	ok(!ds_glob_match(pattern, text), "very many stars end soon");
	for (i = 1; i < sizeof(text) - 1; i += 2)
		text[i] = '/';
	ok(!ds_glob_match("**/a/**/a/**/a/**/a/**/a/**/b", text),
	    "many deep stars end soon");
	ok(!ds_glob_match("**/*a*/*a*/*a*/*a*/*a*/*b", text),
	    "stars within deep stars end soon");
	ok(ds_glob_match("**/a/**/a/**/a/**/a/**/a/**", text),
	    "deep stars cross thousands of folders");
}

int
main(void)
{
	test_cases();
	test_random();
	test_no_blow_up();
	ok(ds_glob_match_len("a*", "abc/d", 3), "a length ends the text");
	ok(!ds_glob_match_len("a*", "abc/d", 4), "and not before");
	return tap_done();
}
