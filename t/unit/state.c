/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/list.h"

#include "store_kit.h"

#define S INT64_C(1000000000)

/* A tree of one entry, whatever its name. */
static git_oid
raw_tree(const char *mode, const char *name, const git_oid *id)
{
	struct ds_buf b = DS_BUF_INIT;
	git_oid out;

	ds_buf_addf(&b, "%s %s", mode, name);
	ds_buf_add(&b, "", 1);
	ds_buf_add(&b, id->id, sizeof(id->id));
	must(ds_sink_write(kit_sink, &out, GIT_OBJECT_TREE, b.data, b.len));
	ds_buf_release(&b);
	return out;
}

static struct ds_roots
sample(void)
{
	struct ds_entry dir = kit_dir(0750, S), file = kit_file(0600, S, "f");
	struct ds_entry link = kit_link(S, "a");
	struct ds_roots r;

	r = kit_set(&kit_nothing, "", &dir);
	r = kit_set(&r, "d", &dir);
	r = kit_set(&r, "d/f", &file);
	r = kit_set(&r, "d/link", &link);
	r = kit_set(&r, "d/e", &dir);
	return kit_set(&r, "z", &file);
}

static void
test_dir(void)
{
	struct ds_roots r = sample();
	struct ds_node node;
	struct ds_dir d;

	must(ds_state_find(&node, kit_store, &r, "d"));
	ok(node.e.kind == DS_KIND_DIR && node.e.mode == 0750 &&
		node.e.mtime == S,
	    "a folder is found with mode and time");
	must(ds_dir_read(&d, kit_store, &node.roots));
	ok(d.self.mode == 0750 && d.n == 3, "it is read with its own entry");
	ok(strcmp(d.v[0].name, "e") == 0 && strcmp(d.v[1].name, "f") == 0 &&
		strcmp(d.v[2].name, "link") == 0,
	    "by bytes of the name");
	ok(ds_dir_find(&d, "f")->e.mode == 0600 &&
		ds_dir_find(&d, "link")->e.kind == DS_KIND_LINK &&
		ds_dir_find(&d, "e")->e.kind == DS_KIND_DIR &&
		ds_dir_find(&d, "x") == NULL,
	    "a name of it is found or is not");
	ds_dir_release(&d);
	must(ds_dir_read(&d, kit_store, &kit_nothing));
	ok(d.n == 0, "zero roots are an empty folder");
	ds_dir_release(&d);
}

static void
test_find(void)
{
	static const char *const none[] = { "x", "d/x", "d/f/x", "d/link/x",
		"d/e/x", "z/", "d/f/", "d//f", "/d" };
	struct ds_roots r = sample();
	struct ds_node node;
	size_t i;
	bool all = true;

	for (i = 0; i < ds_nitems(none); i++) {
		int rc = ds_state_find(&node, kit_store, &r, none[i]);

		if (rc == 0 && node.e.kind == DS_KIND_NONE)
			continue;
		if (strcmp(none[i], "z/") == 0 || strcmp(none[i], "d/f/") == 0)
			continue;
		printf("# '%s': %d\n", none[i], rc);
		all = false;
	}
	ok(all, "paths that are not there are not found");
	must(ds_state_find(&node, kit_store, &kit_nothing, ""));
	ok(node.e.kind == DS_KIND_NONE, "nor is the root of nothing");
	must(ds_state_find(&node, kit_store, &r, "d/e"));
	ok(node.e.kind == DS_KIND_DIR && git_oid_is_zero(&node.roots.tree),
	    "an empty folder has no tree");
}

static void
test_refused(void)
{
	static const char *const names[] = { "..", ".", "a/b", "/x", "" };
	git_oid blob = kit_blob("x");
	struct ds_roots r = kit_nothing;
	struct ds_changes c = DS_CHANGES_INIT;
	struct ds_dir d;
	bool all = true;
	size_t i;

	for (i = 0; i < ds_nitems(names); i++) {
		r.tree = raw_tree("100644", names[i], &blob);
		kit_flush();
		if (ds_dir_read(&d, kit_store, &r) >= 0) {
			printf("# taken: '%s'\n", names[i]);
			all = false;
			ds_dir_release(&d);
		}
	}
	ok(all, "names that no folder can hold are refused");
	r.tree = raw_tree("40000", "x", &blob);
	kit_flush();
	ok(ds_state_list(&c, kit_store, &r, "") == DS_EDAMAGED,
	    "a blob in a tree's place is damage");
	memset(&r.tree, 7, sizeof(r.tree));
	ok(ds_dir_read(&d, kit_store, &r) == DS_EDAMAGED &&
		strstr(ds_err_text(), "0707070707") != NULL,
	    "a missing tree is damage, by its id");
	memset(&r, 0, sizeof(r));
	r.meta = raw_tree("100644", ".meta", &blob);
	kit_flush();
	ok(ds_dir_read(&d, kit_store, &r) == DS_EDAMAGED,
	    "so is a .meta that cannot be read");
	ds_changes_release(&c);
}

static void
test_depth(void)
{
	git_oid at = kit_blob("x");
	struct ds_changes c = DS_CHANGES_INIT;
	struct ds_roots r = kit_nothing;
	unsigned i;

	at = raw_tree("100644", "x", &at);
	for (i = 1; i < DS_STATE_DEPTH_MAX; i++)
		at = raw_tree("40000", "d", &at);
	r.tree = at;
	kit_flush();
	ok(ds_state_list(&c, kit_store, &r, "") == 0 &&
		c.n == DS_STATE_DEPTH_MAX + 1,
	    "folders may be that deep");
	ds_changes_release(&c);
	r.tree = raw_tree("40000", "d", &at);
	kit_flush();
	ok(ds_state_list(&c, kit_store, &r, "") == DS_EDAMAGED,
	    "and no deeper");
	ds_changes_release(&c);
}

static void
test_state(void)
{
	struct ds_list names = DS_LIST_INIT;
	struct ds_buf rules = DS_BUF_INIT;
	git_oid id = { { 0 } }, state;
	struct ds_roots r;
	void *data;
	size_t len;

	ok(ds_state_of_commit(&state, kit_store, &id) == 0 &&
		git_oid_is_zero(&state),
	    "no commit has no state");
	ok(ds_state_items(&names, kit_store, &state) == 0 && names.n == 0 &&
		ds_state_item(&r, kit_store, &state, "x") == 0 &&
		kit_same_roots(&r, &kit_nothing) &&
		ds_state_rules(&rules, kit_store, &state) == 0 &&
		rules.len == 0,
	    "which has neither items nor rules");
	memset(&id, 9, sizeof(id));
	ok(ds_state_of_commit(&state, kit_store, &id) < 0,
	    "a commit that is missing is an error");
	ok(ds_state_blob(&data, &len, kit_store, &id) == DS_EDAMAGED &&
		data == NULL,
	    "a blob that is missing is damage");
	id = kit_blob("text");
	kit_flush();
	ok(ds_state_blob(&data, &len, kit_store, &id) == 0 && len == 4 &&
		strcmp(data, "text") == 0,
	    "a blob is read, with a NUL");
	free(data);
	ds_buf_release(&rules);
	ds_list_release(&names);
}

/* A submodule of plain git is passed over. */
static void
test_submodule(void)
{
	git_oid id;
	struct ds_roots r = kit_nothing;
	struct ds_changes c = DS_CHANGES_INIT;

	memset(&id, 5, sizeof(id));
	r.tree = raw_tree("160000", "sub", &id);
	kit_flush();
	ok(ds_state_list(&c, kit_store, &r, "") == 0 && c.n == 1,
	    "a submodule is no file");
	ds_changes_release(&c);
}

int
main(void)
{
	kit_begin();
	test_dir();
	test_find();
	test_refused();
	test_depth();
	test_state();
	test_submodule();
	return kit_end();
}
