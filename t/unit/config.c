/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/list.h"

#include "tap.h"

static struct ds_config *
parse(const char *text)
{
	struct ds_config *c;

	if (ds_config_parse(&c, text, strlen(text), "rules") < 0)
		printf("# %s\n", ds_err_text());
	return c;
}

static void
test_types(void)
{
	struct ds_config *c =
	    parse("[core]\n"
		  "\tlockTimeout = 500ms\n\tmaxDelete = 5\n\tfsync = some\n"
		  "[log]\n\tfold\n[item \"a.b\"]\n\tPath = ~/x # no\n"
		  "\tenabled = off\n\tinclude = one\n\tinclude = two\n");
	struct ds_list l = DS_LIST_INIT;
	const char *level;
	int64_t n;
	char *s;
	bool b;

	ok(ds_config_ms(&n, c, "core.lockTimeout") == 0 && n == 500,
	    "a time has a unit");
	ok(ds_config_int(&n, c, "core.maxdelete") == 0 && n == 5,
	    "names do not count case");
	ok(ds_config_string(&s, c, "core.fsync") == DS_EINVAL && s == NULL,
	    "a word that is not allowed is refused");
	is_str(ds_err_text(), "'core.fsync' must be all or none, not 'some'",
	    "the error says what is allowed");
	ok(ds_config_bool(&b, c, "log.fold") == 0 && b,
	    "a key without '=' is true");
	ok(ds_config_bool(&b, c, "item.a.b.enabled") == 0 && !b,
	    "a middle part may have dots");
	ok(ds_config_string(&s, c, "item.a.b.path") == 0, "a string is read");
	is_str(s, "~/x", "without the comment behind it");
	free(s);
	ok(ds_config_string(&s, c, "item.A.b.path") == 0 && s == NULL,
	    "the middle part counts case");
	ok(ds_config_bool(&b, c, "item.z.enabled") == 0 && !b,
	    "what is not set has its default");
	ok(ds_config_string(&s, c, "core.nothing") == DS_EINVAL,
	    "a key that is not in the table cannot be read");
	ok(ds_config_all(&l, c, "item.a.b.include") == 0 && l.n == 2 &&
		strcmp(l.v[1], "two") == 0,
	    "all values come in their order");
	ds_list_release(&l);
	ok(ds_config_all(&l, c, "item.z.include") == 0 && l.n == 0,
	    "or none at all");
	ok(ds_config_level(&level, c, "log.fold") == 0 &&
		strcmp(level, "state") == 0,
	    "a value knows its level");
	ok(ds_config_level(&level, c, "color.ui") == 0 &&
		strcmp(level, "default") == 0,
	    "a default is a level");
	ok(ds_config_level(&level, c, "core.pager") == 0 && level == NULL,
	    "no value has none");
	ds_config_close(c);
}

static void
test_names(void)
{
	struct ds_config *c =
	    parse("[item \"b\"]\n\tpath = 1\n"
		  "[item]\n\tpath = 2\n[item \"a\"]\n\tpath = 3\n\tonly = 4\n"
		  "[items \"c\"]\n\tpath = 5\n[item \"empty\"]\n");
	struct ds_list l = DS_LIST_INIT;

	ok(ds_config_names(&l, c, "item") == 0 && l.n == 2 &&
		strcmp(l.v[0], "a") == 0 && strcmp(l.v[1], "b") == 0,
	    "names come once each, sorted");
	ds_list_release(&l);
	ds_config_close(c);
}

static void
test_check(void)
{
	static const struct {
		const char *key, *good, *bad;
	} t[] = {
		{ "core.lockTimeout", "2m", "10 s" },
		{ "core.lockTimeout", "14d", "-1" },
		{ "core.lockTimeout", "0", "9223372036854775807h" },
		{ "core.maxDelete", "100", "101" },
		{ "core.maxDelete", "0", "-1" },
		{ "core.maxDelete", "0", "99999999999999999999" },
		{ "log.fold", "Yes", "maybe" },
		{ "color.ui", "auto", "Auto" },
		{ "color.ui", "never", "" },
		{ "item.x.gitDirs", "keep", "skip|keep" },
		{ "item.x.path", "~/a", "~a" },
		{ "item.x.path", "/", "a/b" },
	};
	size_t i;

	for (i = 0; i < ds_nitems(t); i++) {
		ok(ds_config_check(t[i].key, t[i].good) == 0, t[i].good);
		ok(ds_config_check(t[i].key, t[i].bad) == DS_EINVAL, t[i].bad);
	}
	ok(ds_config_check("core.pager", "") == 0, "a string may be empty");
	ok(ds_config_check("core.nothing", "") == DS_EINVAL,
	    "an unknown key has no good value");
}

static int
list_unknown(const char *key, const char *nearest, const char *level DS_UNUSED,
    void *arg)
{
	ds_buf_addf(arg, "%s>%s ", key, nearest == NULL ? "-" : nearest);
	return 0;
}

static void
test_unknown(void)
{
	struct ds_config *c = parse(
	    "[core]\n\tlokTimeout = 1\n\tbare = true\n"
	    "\tfsync = all\n[item \"x.y\"]\n\tpth = 1\n[user]\n\tnme = 1\n"
	    "[datasync]\n\tqqqqqqqqqq = 1\n[remote \"r\"]\n\turl = 1\n"
	    "[gc]\n\tauto = 0\n[extensions]\n\tx = 1\n");
	struct ds_buf b = DS_BUF_INIT;
	char *s;

	ok(ds_config_unknown(c, list_unknown, &b) == 0, "the walk succeeds");
	is_str(b.data,
	    "core.loktimeout>core.lockTimeout "
	    "item.x.y.pth>item.x.y.path datasync.qqqqqqqqqq>- ",
	    "unknown keys of ours are told from git's own");
	ok(ds_config_suggest(&s, "item.path") == 0, "a suggestion is made");
	is_str(s, "item.*.path", "also where the name is missing");
	free(s);
	ds_buf_release(&b);
	ds_config_close(c);
}

/* ${text} is refused for ${why}. */
static void
refused(const char *text, size_t n, const char *why)
{
	struct ds_config *c;

	ok(ds_config_parse(&c, text, n, "rules") == DS_EINVAL && c == NULL,
	    why);
	is_str(ds_err_text(), why, "with that reason");
}

static void
test_refuse(void)
{
	static const char nul[] = "[a]\n\tb = 1\0";
	char *big = calloc(1, 2 << 20);

	refused("[a]\nb = 1\n[c\n", 13,
	    "'rules' line 3: missing ']' in section header");
	refused(nul, sizeof(nul) - 1, "'rules' has a NUL byte");
	if (big == NULL)
		return;
	memset(big, '\n', 2 << 20);
	refused(big, 2 << 20, "'rules' has more than 1 MiB");
	memset(big, 'a', 1000);
	big[0] = '[';
	big[999] = ']';
	refused(big, 1001, "'rules' has a section with too long a name");
	free(big);
}

static int
list_all(const char *key, const char *value, const char *level, void *arg)
{
	ds_buf_addf(arg, "%s=%s@%s ", key, value, level);
	return 0;
}

static void
test_include(void)
{
	static const char *const texts[] = {
		"[include]\n\tpath",
		"  [InClude]path",
		"\xef\xbb\xbf[include]\n\tpath",
		"[a][include]\n\tpath",
		"[includeIf \"gitdir:/\"]\n\tpath",
		"[include \"\"]\n\tpath",
	};
	struct ds_buf b = DS_BUF_INIT;
	struct ds_config *c;
	char text[256], fifo[64];
	size_t i;
	char *s;

	snprintf(fifo, sizeof(fifo), "%s/fifo", getenv("HOME"));
	ok(mkfifo(fifo, 0600) == 0, "a fifo would block who opens it");
	for (i = 0; i < ds_nitems(texts); i++) {
		snprintf(text, sizeof(text), "%s = %s\n", texts[i], fifo);
		c = NULL;
		ok(ds_config_parse(&c, text, strlen(text), "rules") == 0 ||
			i == 3,
		    "an include in a state reads no file");
		ds_config_close(c);
	}
	ds_err_clear();
	c = parse("[item \"x\"]\n\tfsid = [include]\n\tonly = \"a\\\n"
		  "[include]\\\npath = /\"\n[Include]\n\tpath = /etc/passwd\n");
	ok(ds_config_string(&s, c, "item.x.fsid") == 0, "a value with it");
	is_str(s, "[include]", "comes back whole");
	free(s);
	ok(ds_config_each(c, list_all, &b) == 0, "all can be listed");
	ok(strstr(b.data, "root") == NULL &&
		strstr(b.data, "only=a[include]path = /@state") != NULL,
	    "nothing came in");
	ds_buf_release(&b);
	ds_config_close(c);
}

/* ${in} with one edit is ${out}. */
static void
edit(const char *in, const char *key, const char *value, bool add,
    const char *out, const char *what)
{
	struct ds_config_edit e = { key, value, add };
	char *text;

	if (ds_config_rewrite(&text, in, &e, 1) < 0)
		printf("# %s\n", ds_err_text());
	is_str(text, out, what);
	free(text);
}

static void
test_edit(void)
{
	static const char in[] =
	    "# top\n[core]\n\t; note\n\tfsync = all # x\n"
	    "\n[item \"a\"]\n\tinclude = 1\n\tinclude = 2\n# end";

	edit("", "core.maxDelete", "5", false, "[core]\n\tmaxDelete = 5\n",
	    "an empty text gets its section");
	edit(in, "core.FSYNC", "none", false,
	    "# top\n[core]\n\t; note\n"
	    "\tFSYNC = none\n\n[item \"a\"]\n\tinclude = 1\n\tinclude = 2\n"
	    "# end",
	    "a value is replaced in its place");
	edit(in, "core.fsync", NULL, false,
	    "# top\n[core]\n\t; note\n\n"
	    "[item \"a\"]\n\tinclude = 1\n\tinclude = 2\n# end",
	    "a line is taken out");
	edit(in, "item.a.include", "3", true,
	    "# top\n[core]\n\t; note\n"
	    "\tfsync = all # x\n\n[item \"a\"]\n\tinclude = 1\n"
	    "\tinclude = 2\n\tinclude = 3\n# end",
	    "a value is added last");
	edit(in, "item.a.include", "3", false,
	    "# top\n[core]\n\t; note\n"
	    "\tfsync = all # x\n\n[item \"a\"]\n\tinclude = 3\n# end",
	    "one value takes the place of several");
	edit(in, "item.b.path", "x", false,
	    "# top\n[core]\n\t; note\n"
	    "\tfsync = all # x\n\n[item \"a\"]\n\tinclude = 1\n"
	    "\tinclude = 2\n# end\n[item \"b\"]\n\tpath = x\n",
	    "a new section comes last");
	edit(in, "core.pager", NULL, false, in, "nothing to unset is fine");
	edit("[a] b = 1\n\tc = 2\n", "a.b", "3", false,
	    "[a]\n\tb = 3\n\tc = 2\n", "a value on its header's line");
	edit("[a] b = 1\n\tc = 2\n", "a.b", NULL, false, "[a]\n\tc = 2\n",
	    "and without it");
	edit("[a]\n\tb\n\tb = 2\n", "a.b", "3", true,
	    "[a]\n\tb\n\tb = 2\n\tb = 3\n", "beside one without a value");
	edit("[a]\n\tb = 1 \\\n[a]\n[b]\n", "a.c", "3", false,
	    "[a]\n\tb = 1 \\\n[a]\n\tc = 3\n[b]\n",
	    "a value of several lines stays whole");
	edit("[a] # note\n[b]\n\tc = 1\n", "a.c", "2", false,
	    "[a] # note\n\tc = 2\n[b]\n\tc = 1\n",
	    "an empty section is filled");
	edit("\xef\xbb\xbf[a]\n\tb = 1\n", "a.b", "2", false,
	    "\xef\xbb\xbf[a]\n\tb = 2\n", "a byte order mark stays");
	edit("[include]\n\tpath = /dev/stdin\n", "a.b", "1", false,
	    "[include]\n\tpath = /dev/stdin\n[a]\n\tb = 1\n",
	    "an include stays and is not followed");
	edit("[item.x]\n\tpath = 1\n", "item.x.path", "2", false,
	    "[item.x]\n\tpath = 2\n", "the old way of naming a section");
}

static void
test_values(void)
{
	static const char *const values[] = {
		"",
		" ",
		" a ",
		"a;b",
		"a#b",
		"\"",
		"\\",
		"a\\",
		"a\nb",
		"\t",
		"\ta\t",
		"a\tb",
		"[include]",
		"a = b",
		"\xff\xfe",
		"true",
		"~/.config/Code - OSS/User",
		"a  b",
		"\\n",
		"\x01\x02",
		"\b",
		"*.[ch]",
		"a\\\nb",
		"'a'",
		"a\f",
		"\va",
	};
	struct ds_config_edit e = { "item.x-1.fsid", NULL, false };
	struct ds_config *c;
	char *text, *back;
	size_t i;
	bool same;

	for (i = 0; i < ds_nitems(values); i++) {
		e.value = values[i];
		same = false;
		if (ds_config_rewrite(&text, "[a]\n\tb = 1\n", &e, 1) == 0) {
			c = parse(text);
			same = ds_config_string(&back, c, e.key) == 0 &&
			    strcmp(back, values[i]) == 0;
			free(back);
			ds_config_close(c);
		}
		ok(same, "any value comes back as it was set");
		free(text);
	}
	e.value = "1";
	e.key = "item.a\"b\\c]d#e [include].path";
	ok(ds_config_rewrite(&text, "[include]\n", &e, 1) == 0,
	    "a name of any bytes");
	edit(text, e.key, "2", false,
	    "[include]\n"
	    "[item \"a\\\"b\\\\c]d#e [include]\"]\n\tpath = 2\n",
	    "is found again");
	free(text);
}

static void
test_bad_edit(void)
{
	static const char *const bad[] = {
		"",
		"core",
		".path",
		"core.",
		"core.a b",
		"core.1a",
		"co re.a",
		"item.a\nb.path",
		"core.-a",
		"c_re.a",
	};
	struct ds_config_edit e = { NULL, "1", false };
	char *text;
	size_t i;

	for (i = 0; i < ds_nitems(bad); i++) {
		e.key = bad[i];
		ok(ds_config_rewrite(&text, "", &e, 1) == DS_EINVAL &&
			text == NULL,
		    "what is no key is refused");
	}
	e.key = "core.a";
	ok(ds_config_rewrite(&text, "[a\n", &e, 1) == DS_EINVAL && text == NULL,
	    "a text that is broken is left alone");
}

static void
drop(const char *in, const char *name, const char *out, const char *what)
{
	char *text;

	if (ds_config_rewrite_drop(&text, in, "item", name) < 0)
		printf("# %s\n", ds_err_text());
	is_str(text, out, what);
	free(text);
}

static void
test_drop(void)
{
	drop("# 1\n[Item \"a\"]\n\tb = 1\n# 2\n[item \"A\"]\n\tb = 2\n"
	     "[item \"a\"] c = 3\n",
	    "a", "# 1\n[item \"A\"]\n\tb = 2\n",
	    "a section goes wherever it is");
	drop("[item]\n\tb = 1\n[item \"a\"]\n\tb = 2\n", NULL,
	    "[item \"a\"]\n\tb = 2\n", "or the one without a name");
	drop("[b]\n\tc = 1\n", "a", "[b]\n\tc = 1\n", "none to drop is fine");
}

static void
put(const char *path, const char *text)
{
	if (ds_file_replace(AT_FDCWD, path, text, strlen(text), 0640) < 0)
		printf("# %s\n", ds_err_text());
}

static void
is_file(const char *path, const char *want, const char *what)
{
	struct ds_buf b = DS_BUF_INIT;

	if (ds_file_read(&b, AT_FDCWD, path, 4096) < 0)
		printf("# %s\n", ds_err_text());
	is_str(b.data, want, what);
	ds_buf_release(&b);
}

static void
test_files(void)
{
	struct ds_config_edit e = { "core.maxDelete", "7", false };
	struct ds_buf b = DS_BUF_INIT;
	struct ds_config *c;
	struct stat st;
	int64_t n;
	char *global;

	ok(ds_config_open(&c, "no/such/file") == 0, "no file is fine");
	ds_config_close(c);
	ok(ds_config_global(&global) == 0, "the user has a file");
	ok(ds_config_write(global, &e, 1, 0) == 0,
	    "it is made with its folder");
	is_file(global, "[core]\n\tmaxDelete = 7\n", "and has the value");
	ok(stat(global, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "it is private");
	put("store", "[core]\n\tmaxDelete = 9\n[include]\n\tpath = more\n");
	put("more", "[core]\n\tlockTimeout = 1s\n");
	ok(ds_config_open(&c, "store") == 0 &&
		ds_config_int(&n, c, "core.maxDelete") == 0 && n == 9,
	    "the store's file has the last word");
	ok(ds_config_ms(&n, c, "core.lockTimeout") == 0 && n == 1000,
	    "a user's own file may include others");
	ok(ds_config_each(c, list_all, &b) == 0, "all values");
	is_str(b.data,
	    "core.maxdelete=7@global core.maxdelete=9@store "
	    "include.path=more@store core.locktimeout=1s@store ",
	    "come from the lowest level up");
	ds_buf_release(&b);
	ds_config_close(c);
	put("more", "[core\n");
	ok(ds_config_open(&c, "store") == DS_EINVAL && c == NULL &&
		strstr(ds_err_text(), "more' line 1: missing") != NULL,
	    "an error names the file that was included");
	ok(symlink("store", "link") == 0, "a symlink");
	put("store.new", "left");
	e.value = NULL;
	ok(ds_config_write("link", &e, 1, 0) == 0, "is followed");
	is_file("store", "[core]\n[include]\n\tpath = more\n",
	    "when what it leads to is changed");
	ok(stat("store", &st) == 0 && (st.st_mode & 0777) == 0640,
	    "which keeps its mode");
	ok(lstat("link", &st) == 0 && S_ISLNK(st.st_mode), "it stays");
	ok(access("store.new", F_OK) < 0 && access("store.lock", F_OK) < 0,
	    "nothing is left beside it");
	free(global);
}

int
main(void)
{
	static const char *const files[] = {
		"fifo",
		"link",
		"more",
		"store",
		".config/datasync/config",
		".config/datasync",
		".config",
	};
	char dir[] = "/tmp/datasync-t.XXXXXX";
	size_t i;

	if (mkdtemp(dir) == NULL || chdir(dir) < 0)
		return 1;
	setenv("HOME", dir, 1);
	unsetenv("XDG_CONFIG_HOME");
	test_types();
	test_names();
	test_check();
	test_unknown();
	test_refuse();
	test_include();
	test_edit();
	test_values();
	test_bad_edit();
	test_drop();
	test_files();
	for (i = 0; i < ds_nitems(files); i++)
		ok(remove(files[i]) == 0, "only what was asked for is there");
	ok(rmdir(dir) == 0, "and nothing else");
	return tap_done();
}
