/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/item.h"
#include "ds/list.h"
#include "ds/report.h"
#include "ds/scan.h"

#include "store_kit.h"

static struct ds_item item = { .enabled = true };
static struct ds_roots now;
static struct ds_changes changes;
static struct ds_report report;
static bool empty, missing, ignored;
static size_t kept;

/* What the disk differs in, as "+a ~b -c ", folders with a '/'. */
static const char *
scan_path(const char *path)
{
	static char text[4096];
	struct ds_scan s = { .store = kit_store,
		.item = &item,
		.old = now,
		.sink = kit_sink,
		.report = &report };
	size_t i, n = 0;

	ds_changes_release(&changes);
	memset(&report, 0, sizeof(report));
	text[0] = '\0';
	if (ds_scan_run(&changes, &s, path) < 0)
		return ds_err_text();
	for (i = 0; i < changes.n; i++) {
		const struct ds_change *c = &changes.v[i];
		bool dir =
		    c->new.kind == DS_KIND_DIR || c->old.kind == DS_KIND_DIR;

		if (ds_entry_same(&c->old, &c->new))
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s ",
		    c->old.kind == DS_KIND_NONE	    ? "+" :
			c->new.kind == DS_KIND_NONE ? "-" :
						      "~",
		    c->path, dir ? "/" : "");
	}
	empty = s.empty;
	missing = s.missing;
	ignored = s.ignored;
	kept = s.kept;
	ds_scan_release(&s);
	return text;
}

/* The state follows the disk. */
static void
settle(void)
{
	scan_path("");
	now = kit_edit(&now, &changes);
}

static void
is_scan(const char *want, const char *title)
{
	is_str(scan_path(""), want, title);
}

static void
test_first(void)
{
	kit_write("w/a", "a");
	kit_write("w/d/b", "b");
	ok(kit_sh("mkdir w/e w/d/e && ln -s a w/l && mkfifo w/p && "
		  "chmod 600 w/a") == 0,
	    "a folder of all kinds");
	is_scan("+/ +a +d/ +d/b +d/e/ +e/ +l ", "all of it is new");
	ok(report.count[DS_REPORT_SPECIAL] == 1, "but a fifo, which is told");
	ok(changes.v[1].new.mode == 0600 && changes.v[1].new.size == 1 &&
		changes.v[1].new.mtime > 0,
	    "with mode, size and time");
	settle();
	is_scan("", "nothing is new then");
	ok(kept == 3 && changes.n == 0, "all three files are found");
}

static void
test_edits(void)
{
	ok(kit_sh("touch w/a") == 0, "a time");
	is_scan("", "alone is no change");
	ok(kit_sh("chmod 640 w/a && rm w/d/b && echo c >w/d/c") == 0, "edits");
	is_scan("~a -d/b +d/c ", "are told");
	settle();
	ok(kit_sh("rm -r w/d && echo x >w/d && rm w/l && mkdir w/l && "
		  "echo y >w/l/y") == 0,
	    "kinds that change");
	is_scan("~d/ -d/c -d/e/ ~l/ +l/y ", "are told with all beneath");
	settle();
	ok(kit_sh("rm w/d w/a && mkdir w/a && ln -s x w/d") == 0, "again");
	is_scan("~a/ ~d ", "and back");
	settle();
	is_scan("", "nothing is left to tell");
}

static void
test_path(void)
{
	ok(kit_sh("mkdir -p w/p1/p2 && echo x >w/p1/p2/x && echo y >w/p1/y && "
		  "echo z >w/z") == 0,
	    "a few files");
	is_str(scan_path("p1/p2/x"), "+p1/ +p1/p2/ +p1/p2/x ",
	    "one path, with the folders on its way");
	is_str(scan_path("z"), "+z ", "another");
	is_str(scan_path("p1"), "+p1/ +p1/p2/ +p1/p2/x +p1/y ", "a folder");
	is_str(scan_path("nowhere"), "", "one that is not there");
	is_str(scan_path("p1/nowhere/x"), "", "nor its folder");
	is_str(scan_path("z/x"), "+z ", "a file on the way is told itself");
	settle();
	ok(kit_sh("rm -r w/p1") == 0, "a folder that goes");
	is_str(scan_path("p1/p2/x"), "-p1/ -p1/p2/ -p1/p2/x -p1/y ",
	    "is told by a path in it");
	settle();
}

static void
test_links(void)
{
	ok(kit_sh("mkdir -p w/real outside && echo x >w/real/f && "
		  "echo secret >outside/f") == 0,
	    "a folder beside the item");
	settle();
	ok(kit_sh("rm -r w/real && ln -s ../outside w/real") == 0,
	    "a symlink to it");
	is_str(scan_path("real/f"), "~real/ -real/f ", "is not followed");
	ok(changes.v[changes.n - 2].new.kind == DS_KIND_LINK ||
		changes.v[0].new.kind == DS_KIND_LINK,
	    "but is a symlink");
	is_scan("~real/ -real/f ", "nor by a walk");
	settle();
}

static void
test_ignore(void)
{
	must(ds_list_add(&item.exclude, "*.o"));
	ok(kit_sh("mkdir -p w/i/build && echo '/build/' >w/i/.datasyncignore "
		  "&& touch w/i/x.o w/i/x.c w/i/build/y") == 0,
	    "rules");
	is_scan("+i/ +i/.datasyncignore +i/x.c ", "are obeyed");
	is_str(scan_path("i/x.o"), "", "for a path");
	ok(ignored, "which is said");
	is_str(scan_path("i/build/y"), "", "and beneath a folder");
	ok(ignored, "which is said too");
	settle();
	ok(kit_sh("echo '*.c' >>w/i/.datasyncignore") == 0, "a later rule");
	settle();
	ok(kit_sh("echo new >w/i/x.c") == 0, "does not untrack");
	is_scan("~i/x.c ", "what is tracked already");
	settle();
	ds_list_release(&item.exclude);
	must(ds_list_add(&item.include, "*.conf"));
	ok(kit_sh("mkdir w/inc w/none && touch w/inc/a.conf w/inc/b") == 0,
	    "includes");
	is_str(scan_path("inc"), "+inc/ +inc/a.conf ", "take what they name");
	ds_list_release(&item.include);
	settle();
}

static void
test_nested(void)
{
	ok(kit_sh("mkdir -p w/n/.git && touch w/n/.git/x w/n/f") == 0,
	    "a repository in it");
	is_scan("+n/ +n/f ", "is taken without its .git");
	ok(report.count[DS_REPORT_NESTED] == 1, "which is told");
	item.git_dirs = true;
	is_scan("+n/ +n/.git/ +n/.git/x +n/f ",
	    "or with it where that is kept");
	settle();
	item.git_dirs = false;
	ok(kit_sh("touch w/.datasync-0123456789abcdef "
		  "w/.datasync-0123456789abcdef.new w/.datasync-x") == 0,
	    "our own temporary files");
	is_scan("+.datasync-x ", "are none of the user's");
	ok(kit_sh("rm w/.datasync-*") == 0, "gone again");
}

static void
test_only(void)
{
	must(ds_list_add(&item.only, "one"));
	must(ds_list_add(&item.only, "dir/two"));
	now = kit_nothing;
	ok(kit_sh("mkdir -p w/dir && touch w/one w/dir/two w/dir/three") == 0,
	    "an item of single paths");
	is_scan("+/ +dir/ +dir/two +one ", "takes those alone");
	is_str(scan_path("dir/three"), "", "and not their neighbour");
	ds_list_release(&item.only);
}

static void
test_missing(void)
{
	settle();
	ok(kit_sh("mv w away") == 0, "a folder that is missing");
	is_scan("", "has lost nothing");
	ok(missing, "but is missing");
	ok(kit_sh("mkdir w") == 0, "one that is empty");
	scan_path("");
	ok(!missing && empty && kept == 0, "is empty");
	ok(kit_sh("rmdir w && mv away w") == 0, "and back");
}

int
main(void)
{
	char path[PATH_MAX + 8];

	kit_begin();
	snprintf(path, sizeof(path), "%.*s/w",
	    (int)(strlen(kit_path) - strlen("/store.git")), kit_path);
	item.name = strdup("w");
	item.path = path;
	test_first();
	test_edits();
	test_path();
	test_links();
	test_ignore();
	test_nested();
	test_only();
	test_missing();
	ds_changes_release(&changes);
	free(item.name);
	return kit_end();
}
