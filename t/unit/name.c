/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without arguments: tests.  With "encode" or "encode-plain": the stored form
 * of each of the names on standard input (each ended by a NUL), ended by a
 * NUL, for the comparison with git in t1002; with "content", whether a file
 * called ".gitattributes" may hold what is there.
 */
#include "ds/compat.h"

#include <stdio.h>

#include "ds/err.h"
#include "ds/name.h"

#include "tap.h"

#define ZWNJ "\xe2\x80\x8c"
#define BOM "\xef\xbb\xbf"

static char *
encode(const char *name, bool plain)
{
	char *out;

	if (ds_name_encode(&out, name, plain) < 0)
		exit(99);
	return out;
}

static char *
decode(const char *stored)
{
	char *out;

	if (ds_name_decode(&out, stored) < 0)
		exit(99);
	return out;
}

static const struct {
	const char *name;
	const char *plain; /* the stored form of a harmless file */
	const char *other; /* and of all else; NULL: the same */
} cases[] = {
	{ "a", "a", NULL },
	{ "", "", NULL },
	{ "%", "%", NULL },
	{ "a%", "a%", NULL },
	{ ".", ".", NULL },
	{ "git", "git", NULL },
	{ ".gi", ".gi", NULL },
	{ ".gitx", ".gitx", NULL },
	{ ".github", ".github", NULL },
	{ ".git", ".git%", NULL },
	{ ".git%", ".git%%", NULL },
	{ ".git%%%", ".git%%%%", NULL },
	{ ".git%x", ".git%x", NULL },
	{ ".GiT", ".GiT%", NULL },
	{ ".git ", ".git %", NULL },
	{ ".git. .", ".git. .%", NULL },
	{ ".git .x", ".git .x", NULL },
	{ " .git", " .git", NULL },
	{ ".git:", ".git%:", NULL },
	{ ".git::$INDEX", ".git%::$INDEX", NULL },
	{ ".git%::$INDEX", ".git%%::$INDEX", NULL },
	{ ".git .:x", ".git .%:x", NULL },
	{ "git~1", "git~1%", NULL },
	{ "GIT~1 ", "GIT~1 %", NULL },
	{ "git~2", "git~2", NULL },
	{ "git~10", "git~10", NULL },
	{ ".git\\x", ".git%\\x", NULL },
	{ "x\\.git", "x\\.git%", NULL },
	{ "x\\y\\.git%\\.git", "x\\y\\.git%%\\.git%", NULL },
	{ "\\", "\\", NULL },
	{ "\\\\.git\\", "\\\\.git%\\", NULL },
	{ "x:.git", "x:.git", NULL },
	{ ZWNJ ".g" ZWNJ "it", ZWNJ ".g" ZWNJ "it%", NULL },
	{ ".git" BOM, ".git" BOM "%", NULL },
	{ ".git" BOM " ", ".git" BOM " ", NULL },
	{ ".git\xe2\x80\x8b", ".git\xe2\x80\x8b", NULL },
	{ ".git\xff", ".git%\xff", NULL },
	{ ".git\xffoo", ".git%\xffoo", NULL },
	{ ".git%\xffoo", ".git%%\xffoo", NULL },
	{ ".git\xc3\xa4", ".git\xc3\xa4", NULL },
	{ ".git\xc0\x80", ".git%\xc0\x80", NULL },
	{ ".git\xe2\x80", ".git%\xe2\x80", NULL },
	{ ".git\xed\xa0\x80", ".git%\xed\xa0\x80", NULL },
	{ ".git\xef\xbf\xbf", ".git%\xef\xbf\xbf", NULL },
	{ ".git\xf4\x90\x80\x80", ".git%\xf4\x90\x80\x80", NULL },
	{ ".git\xf0\x9f\x98\x80", ".git\xf0\x9f\x98\x80", NULL },
	{ ".gitmodules", ".gitmodules%", NULL },
	{ ".GITMODULES .", ".GITMODULES .%", NULL },
	{ ".gitmodules:x", ".gitmodules%:x", NULL },
	{ "gitmod~1", "gitmod~1%", NULL },
	{ "gitmod~4", "gitmod~4%", NULL },
	{ "gitmod~5", "gitmod~5", NULL },
	{ "gi7eba~1", "gi7eba~1%", NULL },
	{ "GI7EB~10", "GI7EB~10%", NULL },
	{ "g~123456", "g~123456%", NULL },
	{ "~1000000", "~1000000%", NULL },
	{ "gi7eba~0", "gi7eba~0", NULL },
	{ "gi7eba~12", "gi7eba~12", NULL },
	{ "gi7e~01x", "gi7e~01x", NULL },
	{ ".gitattributes", ".gitattributes", ".gitattributes%" },
	{ ".gitattributes%", ".gitattributes%%", NULL },
	{ ".gitATTRibutes .", ".gitATTRibutes .", ".gitATTRibutes .%" },
	{ "gitatt~1", "gitatt~1", "gitatt~1%" },
	{ "gi7d29~1", "gi7d29~1", "gi7d29~1%" },
	{ ".gitignore", ".gitignore", ".gitignore%" },
	{ ".gitignore%", ".gitignore%%", NULL },
	{ "gitign~3", "gitign~3", "gitign~3%" },
	{ "gi250a~1", "gi250a~1", "gi250a~1%" },
	{ ".mailmap", ".mailmap", ".mailmap%" },
	{ "mailma~1:", "mailma~1:", "mailma~1%:" },
	{ "maba30~9", "maba30~9", "maba30~9%" },
	{ "x\\.mailmap", "x\\.mailmap", "x\\.mailmap%" },
	{ ".gitignored", ".gitignored", NULL },
	{ ".meta", ".meta", NULL },
};

/* A title without what TAP would trip over. */
static const char *
printable(const char *name)
{
	static char out[100];
	size_t i;

	for (i = 0; i < sizeof(out) - 1 && name[i] != '\0'; i++)
		out[i] = name[i] > ' ' && name[i] < 0x7f && name[i] != '#' ?
		    name[i] :
		    '_';
	out[i] = '\0';
	return out;
}

static void
test_case(size_t i)
{
	const char *other = cases[i].other;
	char *a = encode(cases[i].name, true);
	char *b = encode(cases[i].name, false);
	char *c = decode(a);
	char *d = decode(b);

	is_str(a, cases[i].plain, printable(cases[i].name));
	is_str(b, other != NULL ? other : cases[i].plain, "as a folder");
	ok(strcmp(c, cases[i].name) == 0 && strcmp(d, cases[i].name) == 0,
	    "and back");
	free(a);
	free(b);
	free(c);
	free(d);
}

static const char *const blocks[] = {
	".git",
	".git",
	"git~1",
	".gitmodules",
	".gitattributes",
	".gitignore",
	".mailmap",
	"gitmod~1",
	"gi7eba~1",
	"gi250a~2",
	"maba30~1",
	"g~123456",
	".GIT",
	".",
	" ",
	":",
	"%",
	"%",
	"%%",
	"\\",
	"\\",
	"\xff",
	"\xe2\x80",
	"\xe2\x80\x8c",
	"\xef\xbb\xbf",
	"\xc3\xa4",
	"\xc0",
	"a",
	"~1",
	"g",
	"it",
};

static void
random_name(char *out, unsigned *seed)
{
	size_t n, len = 0;
	const char *block;

	*seed = *seed * 1103515245u + 12345u;
	for (n = (*seed >> 16) % 6; n > 0; n--) {
		*seed = *seed * 1103515245u + 12345u;
		block = blocks[(*seed >> 16) % ds_nitems(blocks)];
		memcpy(out + len, block, strlen(block));
		len += strlen(block);
	}
	out[len] = '\0';
}

/* One more '%' at most for each word, and nothing else. */
static bool
only_longer(const char *name, const char *stored)
{
	while (*stored != '\0') {
		if (*name == *stored)
			name++;
		else if (*stored != '%')
			return false;
		stored++;
	}
	return *name == '\0';
}

static void
test_random(void)
{
	enum { N = 40000 };
	unsigned seed = 7;
	int longer = 0, lost = 0, spoilt = 0;
	char name[100];
	char *stored, *back;
	int i;

	for (i = 0; i < N; i++) {
		random_name(name, &seed);
		stored = encode(name, i % 2 == 0);
		back = decode(stored);
		longer += strlen(stored) > strlen(name);
		spoilt += !only_longer(name, stored);
		lost += strcmp(back, name) != 0;
		free(stored);
		free(back);
	}
	ok(longer > N / 10, "many random names are special");
	ok(spoilt == 0, "encoding adds '%'s and nothing else");
	ok(lost == 0, "every name comes back, so no two are stored alike");
}

static void
test_content(void)
{
	static char data[5000];

	memset(data, 'a', sizeof(data));
	ok(ds_name_content_ok(".gitattributes", NULL, 0), "an empty file");
	ok(ds_name_content_ok(".gitattributes", data, 2047), "2047 bytes");
	ok(!ds_name_content_ok(".gitattributes", data, 2048), "not 2048");
	data[2047] = '\n';
	ok(ds_name_content_ok(".gitattributes", data, 2048), "a line of 2047");
	ok(ds_name_content_ok(".gitattributes", data, 2048 + 2047), "and two");
	ok(!ds_name_content_ok("gitatt~1", data, 2048 + 2048), "a longer one");
	data[2048] = '\0';
	ok(ds_name_content_ok(".gitattributes", data, sizeof(data)),
	    "git stops at a NUL");
	data[2047] = 'a';
	ok(!ds_name_content_ok(".GITATTRIBUTES", data, sizeof(data)),
	    "which is too late here");
	ok(ds_name_content_ok(".gitignore", data, sizeof(data)),
	    "other names may hold anything");
	ok(ds_name_content_ok("gitattributes", data, sizeof(data)),
	    "so may those without the dot");
}

static void
test_meta(void)
{
	static const char *const pairs[][2] = {
		{ ".meta", ".meta%" },
		{ ".meta%", ".meta%%" },
		{ ".metal", ".metal" },
		{ "meta", "meta" },
		{ ".meta%x", ".meta%x" },
		{ ".META", ".META" },
		{ ".git%", ".git%" },
	};
	char *out;
	size_t i;

	for (i = 0; i < ds_nitems(pairs); i++) {
		ok(ds_name_encode_meta(&out, pairs[i][0]) == 0, pairs[i][0]);
		is_str(out, pairs[i][1], "among the metadata");
		free(out);
	}
}

static void
test_item(void)
{
	char name[102];

	ok(ds_name_check_item("vscode") == 0, "a name of an item");
	ok(ds_name_check_item("0.a_b-C") == 0, "digits and marks");
	ok(ds_name_check_item("lock") == 0, "lock");
	ok(ds_name_check_item("") == DS_EINVAL, "none");
	ok(ds_name_check_item(".a") == DS_EINVAL, "a dot in front");
	ok(ds_name_check_item("-a") == DS_EINVAL, "a dash in front");
	ok(ds_name_check_item("a/b") == DS_EINVAL, "a slash");
	ok(ds_name_check_item("\xc3\xa4") == DS_EINVAL, "no ASCII");
	ok(ds_name_check_item("a b") == DS_EINVAL, "a blank");
	ok(ds_name_check_item("a.lock") == DS_EINVAL, "a lock");
	is_str(ds_err_text(), "item name 'a.lock' must not end in '.lock'",
	    "the reason is told");
	memset(name, 'a', sizeof(name));
	name[100] = '\0';
	ok(ds_name_check_item(name) == 0, "100 bytes");
	name[100] = 'a';
	name[101] = '\0';
	ok(ds_name_check_item(name) == DS_EINVAL, "101 bytes");
}

static int
encode_all(bool plain)
{
	size_t cap = 0;
	char *name = NULL;
	char *out;

	while (getdelim(&name, &cap, '\0', stdin) > 0) {
		out = encode(name, plain);
		fwrite(out, 1, strlen(out) + 1, stdout);
		free(out);
	}
	free(name);
	return 0;
}

static int
judge_content(void)
{
	size_t cap = (size_t)128 << 20;
	char *data = malloc(cap);
	size_t len;

	if (data == NULL)
		return 99;
	len = fread(data, 1, cap, stdin);
	puts(ds_name_content_ok(".gitattributes", data, len) ? "yes" : "no");
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	size_t i;

	if (argc > 1 && strcmp(argv[1], "content") == 0)
		return judge_content();
	if (argc > 1)
		return encode_all(strcmp(argv[1], "encode-plain") == 0);
	for (i = 0; i < ds_nitems(cases); i++)
		test_case(i);
	test_random();
	test_content();
	test_meta();
	test_item();
	ok(ds_name_is_git(".git"), ".git is a repository's");
	ok(!ds_name_is_git(".GIT") && !ds_name_is_git("git~1"),
	    "other spellings are folders like any other");
	return tap_done();
}
