/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/item.h"

#include "store_kit.h"

static struct ds_items items;

static void
load(void)
{
	git_oid head, state;

	ds_items_release(&items);
	must(ds_store_reload(kit_store));
	must(ds_store_head(&head, kit_store));
	must(ds_state_of_commit(&state, kit_store, &head));
	must(ds_items_load(&items, kit_store, &state));
}

static int
track(const char *path, const char *name)
{
	struct ds_item_add add = { .path = path, .name = name };
	char *out = NULL;
	int rc;

	rc = ds_item_track(&out, kit_store, &add);
	if (rc == 0)
		load();
	free(out);
	return rc;
}

/* Item and path of it, as "ITEM:path"; or NULL. */
static const char *
located(const char *path)
{
	static char text[PATH_MAX];
	struct ds_item *it;
	char *rel;

	if (ds_items_locate(&it, &rel, &items, path) < 0)
		return NULL;
	snprintf(text, sizeof(text), "%s:%s", it->name, rel);
	free(rel);
	return text;
}

static void
test_track(void)
{
	struct ds_item *it;

	kit_write("a/x", "x");
	kit_write("a/deep/y", "y");
	kit_write("b c/z", "z");
	ok(track("a", NULL) == 0 && items.n == 1 &&
		strcmp(items.v[0].name, "a") == 0,
	    "an item has its folder's name");
	is_str(items.v[0].shown, "~/a", "and a path for all devices");
	ok(items.v[0].enabled && items.v[0].path[0] == '/', "and one for here");
	ok(track("b c", NULL) == 0 && ds_items_find(&it, &items, "b-c") == 0,
	    "a name is made from any path");
	ok(track("a", "other") == DS_EEXISTS ||
		track("a", "other") == DS_EINVAL,
	    "a folder is tracked once");
	ok(track("a/deep", NULL) == DS_EINVAL, "items do not overlap");
	ok(track("nowhere", NULL) == DS_ENOTFOUND, "a path must be there");
	ok(track("store.git", NULL) == DS_EINVAL, "the store is no item");
	ok(track(".", NULL) == DS_EINVAL, "nor is what items are in");
	kit_write("c/x", "x");
	ok(track("c", "a") == DS_EINVAL, "a name is given once");
	ok(track("c", "../c") == DS_EINVAL && track("c", ".c") == DS_EINVAL &&
		track("c", "") == DS_EINVAL,
	    "and is a safe one");
	ok(track("c", "sea") == 0 && items.n == 3, "it may be any other");
}

static void
test_single(void)
{
	struct ds_item *it;

	kit_write(".rc", "x");
	kit_write("dir/one", "x");
	kit_write("dir/two", "x");
	ok(track(".rc", NULL) == 0 && ds_items_find(&it, &items, "home") == 0,
	    "a single file joins the item 'home'");
	ok(it->only.n == 1 && strcmp(it->only.v[0], ".rc") == 0 &&
		strcmp(it->shown, "~") == 0,
	    "as one of its paths");
	ok(track("dir/one", NULL) == 0 &&
		ds_items_find(&it, &items, "home") == 0 &&
		ds_item_holds(it, "dir/one"),
	    "so does another");
	ok(ds_item_holds(it, ""), "it holds its folder");
	ok(ds_item_holds(it, "dir") && ds_item_holds(it, "dir/one/x"),
	    "the folders on the way, and what is beneath");
	ok(!ds_item_holds(it, "dir/two") && !ds_item_holds(it, "di"),
	    "and no others");
	ok(ds_item_holds(&items.v[0], "any/thing"), "others hold everything");
}

static void
test_locate(void)
{
	char path[PATH_MAX + 32];

	is_str(located("a/x"), "a:x", "a path below the working folder");
	snprintf(path, sizeof(path), "%s/../a/./deep/../x", kit_path);
	is_str(located(path), "a:x", "an absolute path, cleaned");
	is_str(located("a"), "a:", "an item's own folder");
	is_str(located("a/nowhere/z"), "a:nowhere/z", "one that is not there");
	is_str(located("sea/x"), "sea:x", "one by the item's name");
	is_str(located("sea/"), "sea:", "or the item alone");
	is_str(located("dir/one"), "home:dir/one", "a single file");
	is_str(located("dir/two"), NULL, "but not its neighbour");
	is_str(located("/etc/passwd"), NULL, "nor a path of nobody");
	is_str(located("sea/../../x"), NULL, "nor one that leads out");
	ok(symlink("a", "alias") == 0, "a symlink to an item");
	is_str(located("alias/x"), "a:x", "leads to it");
	ok(chdir("a/deep") == 0, "from inside");
	is_str(located("y"), "a:deep/y", "paths are relative");
	is_str(located("../x"), "a:x", "upwards, too");
	ok(chdir("../..") == 0, "and back");
}

static void
test_find(void)
{
	struct ds_items none = DS_ITEMS_INIT;
	struct ds_item *it;

	ok(ds_items_find(&it, &items, "sae") == DS_ENOTFOUND && it == NULL &&
		strstr(ds_err_hint_text(), "sea") != NULL,
	    "the nearest name is suggested");
	ok(ds_items_find(&it, &none, "x") == DS_ENOTFOUND &&
		strstr(ds_err_hint_text(), "track") != NULL,
	    "or how to have one");
}

static void
test_change(void)
{
	struct ds_item *it;

	ok(ds_item_enable(kit_store, "sea", false, NULL) == 0, "switched off");
	load();
	ok(ds_items_find(&it, &items, "sea") == 0 && !it->enabled, "it is off");
	kit_write("far/x", "x");
	ok(ds_item_enable(kit_store, "sea", true, "~/far") == 0,
	    "switched on elsewhere");
	load();
	ok(ds_items_find(&it, &items, "sea") == 0 && it->enabled &&
		strcmp(strrchr(it->path, '/'), "/far") == 0,
	    "it is there");
	ok(ds_item_enable(kit_store, "none", true, NULL) == DS_ENOTFOUND,
	    "one that is not there is not");
	ok(ds_item_untrack(kit_store, "home", "dir/one") == 0,
	    "a path is taken out");
	load();
	ok(ds_items_find(&it, &items, "home") == 0 &&
		!ds_item_holds(it, "dir/one") && access("dir/one", F_OK) == 0,
	    "of the item, not of the disk");
	ok(ds_item_untrack(kit_store, "sea", "") == 0, "an item is taken out");
	load();
	ok(ds_items_find(&it, &items, "sea") == DS_ENOTFOUND &&
		access("c/x", F_OK) == 0,
	    "of the state, not of the disk");
	ok(ds_item_untrack(kit_store, "sea", "") == DS_ENOTFOUND,
	    "and not twice");
}

/* Rules come from others, too. */
static void
test_rules(void)
{
	static const char *const bad[] = {
		"[item \"..\"]\n\tpath = /x\n",
		"[item \"a/b\"]\n\tpath = /x\n",
		"[item \"x\"]\n\tpath = relative\n",
		"[item \"x\n",
	};
	git_oid zero = { { 0 } }, state;
	struct ds_items got;
	size_t i;
	bool all = true;

	for (i = 0; i < ds_nitems(bad); i++) {
		must(ds_tree_compose(&state, kit_sink, kit_store, &zero, NULL,
		    0, bad[i]));
		kit_flush();
		if (ds_items_load(&got, kit_store, &state) >= 0) {
			printf("# taken: %s\n", bad[i]);
			all = false;
			ds_items_release(&got);
		}
	}
	ok(all, "bad rules are refused");
	must(ds_tree_compose(&state, kit_sink, kit_store, &zero, NULL, 0,
	    "[item \"b\"]\n\tpath = ~/b\n\tonly = x\n\tonly = y\n"
	    "\texclude = *.o\n[item \"a\"]\n\tonly = z\n"));
	kit_flush();
	must(ds_items_load(&got, kit_store, &state));
	ok(got.n == 2 && strcmp(got.v[0].name, "a") == 0 &&
		got.v[0].path == NULL,
	    "an item without a path has none here");
	ok(got.v[1].only.n == 2 && got.v[1].exclude.n == 1 &&
		got.v[1].include.n == 0,
	    "rules are lists");
	ds_items_release(&got);
}

int
main(void)
{
	kit_begin();
	test_track();
	test_single();
	test_locate();
	test_find();
	test_change();
	test_rules();
	ds_items_release(&items);
	return kit_end();
}
