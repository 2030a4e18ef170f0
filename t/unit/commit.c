/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/commit.h"
#include "ds/git.h"
#include "ds/history.h"
#include "ds/item.h"
#include "ds/list.h"
#include "ds/report.h"

#include "store_kit.h"

static struct ds_commit_result r;
static struct ds_report report;
static bool allow_delete, keep;

static int
commit(const char *message, const char *path)
{
	struct ds_list paths = DS_LIST_INIT;
	struct ds_commit_options o = { .message = message,
		.trigger = "manual",
		.paths = &paths,
		.allow_delete = allow_delete,
		.keep = keep,
		.report = &report };
	int rc;

	memset(&report, 0, sizeof(report));
	ds_commit_result_release(&r);
	must(ds_store_reload(kit_store));
	if (path != NULL)
		must(ds_list_add(&paths, path));
	rc = ds_commit_run(&r, kit_store, &o);
	ds_list_release(&paths);
	return rc;
}

static bool
is_head(const git_oid *id)
{
	git_oid head;

	must(ds_store_head(&head, kit_store));
	return git_oid_equal(&head, id);
}

static void
track(const char *path)
{
	struct ds_item_add add = { .path = path };
	char *name;

	must(ds_item_track(&name, kit_store, &add));
	free(name);
}

static void
test_plain(void)
{
	kit_write("w/a", "a\n");
	kit_write("w/d/b", "b\n");
	kit_write("v/c", "c\n");
	ok(commit(NULL, NULL) == 0 && !r.made && git_oid_is_zero(&r.id),
	    "without items there is nothing to commit");
	track("w");
	track("v");
	ok(commit(NULL, NULL) == 0 && r.made && is_head(&r.id), "a commit");
	is_str(r.subject, "v: c; w: a, b", "says what is in it");
	ok(r.n == 2 && r.v[0].added == 1 && r.v[1].added == 2 && r.files == 3 &&
		r.bytes == 6 && r.objects > 3,
	    "and counts");
	ok(commit(NULL, NULL) == 0 && !r.made && is_head(&r.id),
	    "there is nothing to do then");
	kit_write("w/a", "A\n");
	kit_write("v/c", "C\n");
	ok(commit(NULL, "w/a") == 0 && r.made && r.n == 1 &&
		r.v[0].modified == 1,
	    "one path is committed alone");
	is_str(r.subject, "w: a", "and named");
	ok(commit("mine\n\nwhy", NULL) == 0 && r.n == 1 &&
		strcmp(r.v[0].name, "v") == 0,
	    "then the rest");
	ok(kit_sh("git --git-dir=store.git log -1 --format=%B | head -3 | "
		  "tr '\\n' '|' | grep -x 'mine||why|'") == 0,
	    "as the user said");
	ok(commit(NULL, "/etc/passwd") == DS_ENOTFOUND,
	    "a path of no item is refused");
	ok(commit(NULL, "nowhere") == DS_ENOTFOUND, "a path of nobody too");
}

static void
test_subjects(void)
{
	unsigned i;
	char name[64];

	for (i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "w/many/a-name-that-is-long-%u",
		    i);
		kit_write(name, "x");
	}
	must(commit(NULL, NULL));
	is_str(r.subject, "w: 30 files", "many files are counted");
	must(ds_file_mkdirs("w/only/a/folder", 0755));
	must(commit(NULL, NULL));
	is_str(r.subject, "w: only, a, folder",
	    "folders where no file changed");
	ok(kit_sh("printf x >\"w/$(printf 'a\\nb\\033')\"") == 0, "a name");
	must(commit(NULL, NULL));
	is_str(r.subject, "w: a?b?", "of any bytes is one line");
	ok(kit_sh("chmod 700 w/a") == 0 && commit(NULL, NULL) == 0 && r.made &&
		r.v[0].modified == 1,
	    "a mode is a change");
}

static void
test_brakes(void)
{
	git_oid before;

	must(commit(NULL, NULL));
	before = r.id;
	ok(kit_sh("mkdir w2 && rm -r w/many") == 0, "most files go");
	ok(commit(NULL, NULL) == DS_EBRAKE && !r.made && r.v[0].held != NULL &&
		strstr(r.v[0].held, "30 of its") != NULL && is_head(&before),
	    "which is held back, with the reason");
	kit_write("v/c", "other\n");
	ok(commit(NULL, NULL) == DS_EBRAKE && r.made && r.n == 2,
	    "the other item is committed");
	keep = true;
	kit_write("w/new", "new\n");
	ok(commit(NULL, NULL) == 0 && r.made, "kept: all but the deletions");
	ok(kit_sh("git --git-dir=store.git ls-tree -r main w | grep -c many | "
		  "grep -x 30 && git --git-dir=store.git show main:w/new") == 0,
	    "which stay");
	keep = false;
	allow_delete = true;
	ok(commit(NULL, NULL) == 0 && r.made && r.v[0].deleted == 30,
	    "allowed: all of it");
	ok(kit_sh("git --git-dir=store.git log -1 --format=%B | "
		  "grep -x 'Datasync-Deletes: w 30'") == 0,
	    "with a trailer");
	allow_delete = false;
	ok(kit_sh("mv w x") == 0 && commit(NULL, NULL) == DS_EBRAKE &&
		strstr(r.v[0].held, "missing") != NULL,
	    "a folder is missing");
	allow_delete = true;
	ok(commit(NULL, NULL) == DS_EBRAKE, "which nothing allows");
	allow_delete = false;
	ok(kit_sh("mkdir w") == 0 && commit(NULL, NULL) == DS_EBRAKE &&
		strstr(r.v[0].held, "empty") != NULL,
	    "a folder is empty");
	ok(kit_sh("rmdir w && mv x w") == 0 && commit(NULL, NULL) == 0 &&
		!r.made,
	    "and back");
}

/* Files that moved are not gone. */
static void
test_moved(void)
{
	unsigned i;
	char name[32], text[32];

	for (i = 0; i < 25; i++) {
		snprintf(name, sizeof(name), "v/old/%u", i);
		snprintf(text, sizeof(text), "content %u", i);
		kit_write(name, text);
	}
	must(commit(NULL, NULL));
	ok(kit_sh("mv v/old v/new && rm v/c") == 0 && commit(NULL, NULL) == 0 &&
		r.made && r.v[0].deleted == 26,
	    "a folder of files that moves");
}

static void
test_preview(void)
{
	struct ds_changes c = DS_CHANGES_INIT;
	struct ds_items items;
	struct ds_item *w;
	git_oid head, state;
	char *held;

	must(ds_store_head(&head, kit_store));
	must(ds_state_of_commit(&state, kit_store, &head));
	must(ds_items_load(&items, kit_store, &state));
	must(ds_items_find(&w, &items, "w"));
	kit_write("w/preview", "p\n");
	must(ds_commit_preview(&c, &held, kit_store, &state, w, "", false, NULL,
	    NULL));
	ok(held == NULL && ds_changes_find(&c, "preview") != NULL &&
		is_head(&head),
	    "a preview tells and writes nothing");
	ok(!git_odb_exists(kit_store->odb,
	       &ds_changes_find(&c, "preview")->new.id),
	    "not even the content");
	ds_changes_release(&c);
	ds_items_release(&items);
}

/* Another commit lands between our scan and our lock: both are kept. */
static void
test_moved_line(void)
{
	git_oid head, state, mine;
	struct ds_roots roots;
	struct ds_tree_item item = { .name = "w" };
	struct ds_entry e;

	kit_flush();
	must(commit(NULL, NULL));
	must(ds_store_head(&head, kit_store));
	must(ds_state_of_commit(&state, kit_store, &head));
	must(ds_state_item(&roots, kit_store, &state, "w"));
	e = kit_file(0644, 1, "theirs\n");
	item.roots = kit_set(&roots, "theirs", &e);
	must(ds_tree_compose(&state, kit_sink, kit_store, &state, &item, 1,
	    NULL));
	must(ds_commit_write(&mine, kit_store, kit_sink, &state, &head,
	    "theirs\n"));
	ds_sink_close(kit_sink);
	kit_open_sink();
	kit_write("w/mine", "mine\n");
	must(commit(NULL, NULL));
	ok(ds_commit_land(kit_store, &mine, &head, "late") == DS_EMOVED &&
		is_head(&r.id),
	    "the line moves only from what was seen");
}

static void
test_message(void)
{
	struct ds_buf b = DS_BUF_INIT;
	char *value;

	ds_commit_message(&b, kit_store, "subject", "save", "Key: value\n");
	must(ds_history_trailer(&value, b.data, "Datasync-Device"));
	ok(value != NULL && strlen(value) == 32, "a message names the device");
	free(value);
	must(ds_history_trailer(&value, b.data, "Datasync-Trigger"));
	is_str(value, "save", "and why");
	free(value);
	must(ds_history_trailer(&value, b.data, "Key"));
	is_str(value, "value", "and more");
	free(value);
	ds_buf_release(&b);
}

int
main(void)
{
	kit_begin();
	test_plain();
	test_subjects();
	test_brakes();
	test_moved();
	test_preview();
	test_moved_line();
	test_message();
	ok(kit_sh("git --git-dir=store.git fsck --strict --no-dangling") == 0,
	    "git finds nothing amiss");
	ds_commit_result_release(&r);
	return kit_end();
}
