/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes onto trees, against a model: a state is a flat map from path to
 * entry, and every round of random edits must leave the trees that the model
 * leaves, whichever way they are put on.
 */
#include "ds/compat.h"

#include <inttypes.h>

#include "ds/commit.h"
#include "ds/list.h"
#include "ds/meta.h"
#include "ds/path.h"

#include "store_kit.h"

#define S INT64_C(1000000000)

/* A map is a sorted list of which only ->path and ->new count. */
static uint64_t seed = UINT64_C(88172645463325252);

static unsigned
dice(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % n);
}

static struct ds_entry *
map_find(const struct ds_changes *m, const char *path)
{
	struct ds_change *c = ds_changes_find(m, path);

	return c != NULL ? &c->new : NULL;
}

static void
map_set(struct ds_changes *m, const char *path, const struct ds_entry *e)
{
	must(ds_changes_add(m, path, &kit_none, e));
	ds_changes_sort(m);
}

/* ${path} and all beneath it. */
static void
map_remove(struct ds_changes *m, const char *path)
{
	size_t i, n = 0, len = strlen(path);

	for (i = 0; i < m->n; i++) {
		const char *p = m->v[i].path;

		if (len == 0 ||
		    (strncmp(p, path, len) == 0 &&
			(p[len] == '\0' || p[len] == '/')))
			free(m->v[i].path);
		else
			m->v[n++] = m->v[i];
	}
	m->n = n;
}

static void
map_copy(struct ds_changes *out, const struct ds_changes *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		must(
		    ds_changes_add(out, m->v[i].path, &kit_none, &m->v[i].new));
}

/* ${e} at ${path}, with folders on the way to it. */
static void
map_put(struct ds_changes *m, const char *path, const struct ds_entry *e)
{
	const struct ds_entry *is;
	struct ds_entry dir;
	char up[512];
	size_t i;

	for (i = 0; path[i] != '\0'; i++) {
		if (i > 0 && path[i] != '/')
			continue;
		snprintf(up, sizeof(up), "%.*s", (int)i, path);
		is = map_find(m, up);
		if (is != NULL && is->kind == DS_KIND_DIR)
			continue;
		map_remove(m, up);
		dir = kit_dir(0700 + dice(64), (int64_t)dice(1000) * S);
		map_set(m, up, &dir);
	}
	is = map_find(m, path);
	/* another time alone is no change of a file */
	if (is != NULL && e->kind != DS_KIND_DIR && ds_entry_same(is, e))
		return;
	if (is == NULL || is->kind != DS_KIND_DIR || e->kind != DS_KIND_DIR)
		map_remove(m, path);
	map_set(m, path, e);
}

static bool
differ(const struct ds_entry *a, const struct ds_entry *b)
{
	return !ds_entry_same(a, b) ||
	    (a->kind == DS_KIND_DIR && a->mtime != b->mtime);
}

/* What a diff of the two has to say. */
static void
map_diff(struct ds_changes *out, const struct ds_changes *a,
    const struct ds_changes *b)
{
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		int c = 1;

		if (i < a->n)
			c = j < b->n ? ds_path_cmp(a->v[i].path, b->v[j].path) :
				       -1;
		const struct ds_entry *x = c <= 0 ? &a->v[i].new : &kit_none;
		const struct ds_entry *y = c >= 0 ? &b->v[j].new : &kit_none;

		if (differ(x, y))
			must(ds_changes_add(out,
			    c <= 0 ? a->v[i].path : b->v[j].path, x, y));
		i += c <= 0;
		j += c >= 0;
	}
}

/* What went and came back as it was is no change, and has its old time. */
static void
keep_times(struct ds_changes *m, const struct ds_changes *old)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		struct ds_entry *is = &m->v[i].new;
		const struct ds_entry *was = map_find(old, m->v[i].path);

		if (was != NULL && is->kind != DS_KIND_DIR &&
		    ds_entry_same(is, was))
			is->mtime = was->mtime;
	}
}

static bool
same_entry(const struct ds_entry *a, const struct ds_entry *b)
{
	return ds_entry_same(a, b) &&
	    (a->kind == DS_KIND_NONE ||
		(a->mode == b->mode && a->mtime == b->mtime));
}

/* Are two lists of changes the same, to the last time? */
static bool
same_changes(const struct ds_changes *got, const struct ds_changes *want)
{
	size_t i, n = got->n < want->n ? got->n : want->n;

	for (i = 0; i < n; i++) {
		const struct ds_change *g = &got->v[i], *w = &want->v[i];

		if (strcmp(g->path, w->path) == 0 &&
		    same_entry(&g->old, &w->old) &&
		    same_entry(&g->new, &w->new))
			continue;
		printf("# got '%s' (%d %o %" PRId64 ", %d %o %" PRId64
		       "), want '%s' (%d %o %" PRId64 ", %d %o %" PRId64 ")\n",
		    g->path, g->old.kind, g->old.mode, g->old.mtime,
		    g->new.kind, g->new.mode, g->new.mtime, w->path,
		    w->old.kind, w->old.mode, w->old.mtime, w->new.kind,
		    w->new.mode, w->new.mtime);
		return false;
	}
	if (got->n != want->n)
		printf("# %zu changes, want %zu, more: '%s'\n", got->n, want->n,
		    (got->n > n ? got : want)->v[n].path);
	return got->n == want->n;
}

static void
random_path(char *out, size_t size)
{
	static const char *const names[] = {
		"a",
		"a-b",
		"a.b",
		"a0",
		"a",
		"b",
		".git",
		".meta",
		".meta%",
		".gitattributes",
		".gitattributes%",
		".gitmodules",
		".gitmodules%",
		".GITATTRIBUTES",
		".gitignore",
		".mailmap",
		"git~1",
		".GIT",
		"50%",
		"new\nline",
		"\\",
		"\xff\xfe",
		"self",
		"ff",
		"items",
		".datasync",
		"gitmod~1",
		"x\\.gitmodules",
	};
	unsigned depth = 1 + dice(3);

	*out = '\0';
	while (depth-- > 0) {
		size_t n = strlen(out);

		snprintf(out + n, size - n, "%s%s", n > 0 ? "/" : "",
		    names[dice(dice(3) > 0 ? 6 : ds_nitems(names))]);
	}
}

static struct ds_entry
random_file(const char *path)
{
	static char lines[3000];
	unsigned mode = dice(2) > 0 ? 0600 : 0755;
	char text[16];

	memset(lines, 'x', sizeof(lines) - 1);
	snprintf(text, sizeof(text), "%u\n", dice(6));
	if (strcasestr(path, "gitattributes") != NULL && dice(2) > 0)
		return kit_file(mode, (int64_t)dice(9) * S, lines);
	return kit_file(mode, (int64_t)dice(9) * S + dice(9), text);
}

static void
random_edit(struct ds_changes *m)
{
	const struct ds_entry *is;
	struct ds_entry e;
	char path[512];

	random_path(path, sizeof(path));
	if (m->n > 1 && dice(3) > 0)
		snprintf(path, sizeof(path), "%s",
		    m->v[dice((unsigned)m->n)].path);
	is = map_find(m, path);
	switch (dice(path[0] != '\0' && m->n < 60 ? 6 : 2)) {
	case 0: /* away with it, or as it is with another mode */
		if (path[0] != '\0') {
			map_remove(m, path);
			return;
		}
		e = kit_dir(0700 + dice(8), (int64_t)dice(9) * S);
		break;
	case 1:
		if (is == NULL)
			return;
		e = *is;
		e.mode = e.kind == DS_KIND_LINK ? 0777 : dice(010000);
		e.mtime += S;
		break;
	case 2:
		e = kit_dir(0700 + dice(8), (int64_t)dice(9) * S);
		break;
	case 3:
		e = kit_link(dice(9), dice(2) > 0 ? "a" : "../b");
		break;
	default:
		e = random_file(path);
	}
	map_put(m, path, &e);
}

/*
 * What goes is taken away first, from the bottom; the rest comes in any
 * order, each change alone.
 */
static struct ds_roots
one_by_one(const struct ds_roots *old, const struct ds_changes *all)
{
	struct ds_roots at = *old;
	size_t i, k, left = 0;
	char *done = calloc(all->n + 1, 1);

	for (i = all->n; i-- > 0;)
		if (all->v[i].new.kind == DS_KIND_NONE) {
			struct ds_changes one = { all->v + i, 1, 0 };

			at = kit_edit(&at, &one);
			done[i] = 1;
		} else {
			left++;
		}
	for (; left > 0; left--) {
		struct ds_changes one = { NULL, 1, 0 };

		k = dice((unsigned)left);
		for (i = 0; done[i] != 0 || k-- > 0; i++)
			;
		one.v = all->v + i;
		at = kit_edit(&at, &one);
		done[i] = 1;
	}
	free(done);
	return at;
}

/* Every path alone, and some that are not there. */
static bool
finds(const struct ds_roots *roots, const struct ds_changes *m)
{
	struct ds_node node;
	char path[512];
	size_t i;

	for (i = 0; i < m->n; i++) {
		must(ds_state_find(&node, kit_store, roots, m->v[i].path));
		if (!same_entry(&node.e, &m->v[i].new)) {
			printf("# '%s' is found as %d %o\n", m->v[i].path,
			    node.e.kind, node.e.mode);
			return false;
		}
	}
	for (i = 0; i < 5; i++) {
		const struct ds_entry *is;

		random_path(path, sizeof(path));
		is = map_find(m, path);
		must(ds_state_find(&node, kit_store, roots, path));
		if (!same_entry(&node.e, is != NULL ? is : &kit_none)) {
			printf("# '%s' is found as %d\n", path, node.e.kind);
			return false;
		}
	}
	return true;
}

/* A diff that is asked for one path tells of it and what is beneath. */
static bool
scopes(const struct ds_roots *a, const struct ds_roots *b,
    const struct ds_changes *diff)
{
	struct ds_changes got, want;
	char path[512];
	size_t i, k;
	bool good = true;

	for (i = 0; good && i < 4; i++) {
		memset(&got, 0, sizeof(got));
		memset(&want, 0, sizeof(want));
		random_path(path, sizeof(path));
		if (diff->n > 0 && i % 2 == 0)
			snprintf(path, sizeof(path), "%s",
			    diff->v[dice((unsigned)diff->n)].path);
		must(ds_state_diff(&got, kit_store, a, b, path));
		for (k = 0; k < diff->n; k++) {
			const struct ds_change *c = &diff->v[k];
			size_t n = strlen(path);

			if (n == 0 ||
			    (strncmp(c->path, path, n) == 0 &&
				(c->path[n] == '\0' || c->path[n] == '/')))
				must(ds_changes_add(&want, c->path, &c->old,
				    &c->new));
		}
		good = same_changes(&got, &want);
		if (!good)
			printf("# of '%s'\n", path);
		ds_changes_release(&got);
		ds_changes_release(&want);
	}
	return good;
}

static bool
lists(const struct ds_roots *roots, const struct ds_changes *m)
{
	struct ds_changes got = DS_CHANGES_INIT;
	bool good;

	must(ds_state_list(&got, kit_store, roots, ""));
	good = same_changes(&got, m);
	ds_changes_release(&got);
	return good;
}

static bool
diffs(const struct ds_roots *a, const struct ds_roots *b,
    const struct ds_changes *want)
{
	struct ds_changes got = DS_CHANGES_INIT;
	bool good;

	must(ds_state_diff(&got, kit_store, a, b, ""));
	good = same_changes(&got, want);
	ds_changes_release(&got);
	return good;
}

/* What must hold of a round, in one bit each. */
enum {
	LISTS = 1,
	DIFFS = 2,
	AGAIN = 4,
	ALONE = 8,
	SCRATCH = 16,
	FINDS = 32,
	SCOPES = 64,
	FACTS = 7
};

static unsigned
round_of_edits(struct ds_changes *model, struct ds_roots *at)
{
	struct ds_changes old = DS_CHANGES_INIT, want = DS_CHANGES_INIT;
	struct ds_changes empty = DS_CHANGES_INIT;
	struct ds_roots new, other;
	unsigned good = 0, n = 1 + dice(10);

	map_copy(&old, model);
	while (n-- > 0)
		random_edit(model);
	keep_times(model, &old);
	map_diff(&want, &old, model);
	new = kit_edit(at, &want);
	good |= lists(&new, model) ? LISTS : 0;
	good |= diffs(at, &new, &want) ? DIFFS : 0;
	other = kit_edit(&new, &want);
	good |= kit_same_roots(&other, &new) ? AGAIN : 0;
	other = kit_edit(&new, &empty);
	good &= ~(kit_same_roots(&other, &new) ? 0u : AGAIN);
	other = one_by_one(at, &want);
	good |= kit_same_roots(&other, &new) ? ALONE : 0;
	other = kit_edit(&kit_nothing, model);
	good |= kit_same_roots(&other, &new) ? SCRATCH : 0;
	good |= finds(&new, model) ? FINDS : 0;
	good |= scopes(at, &new, &want) ? SCOPES : 0;
	*at = new;
	ds_changes_release(&want);
	ds_changes_release(&old);
	return good;
}

static void
make_line(const struct ds_roots *roots)
{
	struct ds_tree_item item = { "item", *roots };
	git_oid state, zero = { { 0 } }, commit;

	must(ds_tree_compose(&state, kit_sink, kit_store, &zero, &item, 1,
	    "[item \"item\"]\n\tpath = ~/item\n"));
	must(ds_tree_commit(&commit, kit_sink, kit_store, &state, &zero,
	    "all\n"));
	kit_flush();
	must(ds_store_head(&zero, kit_store));
	must(ds_commit_land(kit_store, &commit, &zero, "all"));
}

static void
test_random(void)
{
	static const char *const titles[FACTS] = {
		"a random edit leaves what the model says",
		"the difference is the model's",
		"editing again, or with nothing, changes no id",
		"each change alone leaves the same ids",
		"so does all of it put into nothing",
		"each path is found alone",
		"the difference of one path is that of all, filtered"
	};
	struct ds_changes model = DS_CHANGES_INIT;
	struct ds_entry root = kit_dir(0755, S);
	struct ds_roots at = kit_set(&kit_nothing, "", &root);
	unsigned good = (1 << FACTS) - 1, i;

	map_set(&model, "", &root);
	for (i = 0; i < 120; i++) {
		unsigned now = round_of_edits(&model, &at);

		if (now != (1 << FACTS) - 1)
			printf("# round %u: facts %x\n", i, now);
		good &= now;
	}
	for (i = 0; i < FACTS; i++)
		ok((good >> i & 1) != 0, titles[i]);
	make_line(&at);
	ds_changes_release(&model);
}

/* How many blobs or trees stand in the twin's .meta; -1: it is one blob. */
static int
split_of(const struct ds_roots *r)
{
	const git_tree_entry *e;
	git_tree *t, *split = NULL;
	int n = -1;

	must(git_tree_lookup(&t, kit_store->repo, &r->meta));
	e = git_tree_entry_byname(t, ".meta");
	if (git_tree_entry_type(e) == GIT_OBJECT_TREE) {
		must(git_tree_lookup(&split, kit_store->repo,
		    git_tree_entry_id(e)));
		n = (int)git_tree_entrycount(split);
	}
	git_tree_free(split);
	git_tree_free(t);
	return n;
}

static void
flat(struct ds_changes *m, unsigned n)
{
	struct ds_entry e = kit_dir(0755, S);
	char name[32];
	unsigned i;

	must(ds_changes_add(m, "", &kit_none, &e));
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "file%04u", i);
		e = kit_file(0600, S * i, name);
		must(ds_changes_add(m, name, &kit_none, &e));
	}
}

/* From ${from} files to ${to} by one edit: as if made at once. */
static bool
grows(unsigned from, unsigned to)
{
	struct ds_changes a = DS_CHANGES_INIT, b = DS_CHANGES_INIT;
	struct ds_changes d = DS_CHANGES_INIT;
	struct ds_roots x, y, z;
	bool good;

	flat(&a, from);
	flat(&b, to);
	x = kit_edit(&kit_nothing, &a);
	y = kit_edit(&kit_nothing, &b);
	map_diff(&d, &a, &b);
	z = kit_edit(&x, &d);
	good = kit_same_roots(&y, &z) && lists(&z, &b) && diffs(&x, &z, &d);
	ds_changes_release(&a);
	ds_changes_release(&b);
	ds_changes_release(&d);
	return good;
}

static void
test_flat(void)
{
	static const struct {
		unsigned n;
		bool split;
	} cases[] = {
		{ 999, false },
		{ 1000, false },
		{ 1001, true },
		{ 5000, true },
	};
	size_t i;

	for (i = 0; i < ds_nitems(cases); i++) {
		struct ds_changes m = DS_CHANGES_INIT;
		struct ds_roots r;
		char title[64];

		flat(&m, cases[i].n);
		r = kit_edit(&kit_nothing, &m);
		snprintf(title, sizeof(title), "%u files: listed as put",
		    cases[i].n);
		ok(lists(&r, &m), title);
		snprintf(title, sizeof(title), "%u files: .meta %s split",
		    cases[i].n, cases[i].split ? "is" : "is not");
		ok((split_of(&r) >= 0) == cases[i].split, title);
		if (cases[i].n == 5000)
			make_line(&r);
		ds_changes_release(&m);
	}
	ok(grows(1000, 1001), "one more file splits");
	ok(grows(1001, 1000), "one less joins again");
	ok(grows(999, 5000), "many more split");
	ok(grows(5000, 999), "many less join again");
	ok(grows(5000, 5100), "a split folder grows by few");
	ok(grows(5000, 4900), "and shrinks by few");
	ok(grows(5000, 4000), "and shrinks by many");
}

/* A single file of a split folder: one bucket is rewritten. */
static void
test_bucket(void)
{
	struct ds_changes m = DS_CHANGES_INIT, d = DS_CHANGES_INIT;
	struct ds_roots r, s;
	struct ds_entry e;
	size_t n;

	flat(&m, 5000);
	r = kit_edit(&kit_nothing, &m);
	e = kit_file(0640, 7, "other");
	must(ds_changes_add(&d, "file0042", map_find(&m, "file0042"), &e));
	kit_flush();
	must(ds_tree_edit(&s, kit_sink, kit_store, &r, &d));
	n = ds_sink_count(kit_sink);
	kit_flush();
	ok(diffs(&r, &s, &d), "one of 5000 files is changed");
	ok(n <= 4, "by its bucket, the split, its folder and its tree alone");
	ds_changes_release(&d);
	ds_changes_release(&m);
}

static void
test_plain_git(void)
{
	struct ds_roots r, s;
	struct ds_entry e = kit_dir(0750, S);
	struct ds_node node;

	r = kit_set(&kit_nothing, "", &e);
	e = kit_file(0600, S, "a");
	r = kit_set(&r, "d/a", &e);
	e = kit_file(0755, S, "x");
	r = kit_set(&r, "d/x", &e);
	s = r;
	memset(&s.meta, 0, sizeof(s.meta));
	must(ds_state_find(&node, kit_store, &s, "d/a"));
	ok(node.e.mode == (0644 | DS_MODE_UNKNOWN) &&
		node.e.mtime == DS_MTIME_UNKNOWN,
	    "without .meta a file has a mode that nobody recorded");
	must(ds_state_find(&node, kit_store, &s, "d/x"));
	ok(node.e.mode == (0755 | DS_MODE_UNKNOWN), "as the x bit has it");
	must(ds_state_find(&node, kit_store, &s, "d"));
	ok(node.e.kind == DS_KIND_DIR && (node.e.mode & DS_MODE_UNKNOWN) != 0,
	    "a folder too");
	/* the tree of a commit that lacks a file, with the old .meta */
	e = kit_none;
	s = kit_set(&r, "d/a", &e);
	s.meta = r.meta;
	must(ds_state_find(&node, kit_store, &s, "d/a"));
	ok(node.e.kind == DS_KIND_NONE, "a line without an entry is nothing");
	e = kit_file(0600, S, "y");
	r = kit_set(&r, "d/y", &e);
	s = kit_set(&s, "d/y", &e);
	e = kit_none;
	r = kit_set(&r, "d/a", &e);
	ok(kit_same_roots(&r, &s), "and dropped by the next edit beside it");
}

static void
test_kinds(void)
{
	struct ds_entry file = kit_file(0600, S, "f"), dir = kit_dir(0700, S);
	struct ds_changes c = DS_CHANGES_INIT;
	struct ds_node node;
	struct ds_roots r, s;

	r = kit_set(&kit_nothing, "", &dir);
	r = kit_set(&r, "d/e/f", &file);
	s = kit_set(&r, "d/e/f", &kit_none);
	must(ds_state_find(&node, kit_store, &s, "d/e"));
	ok(node.e.kind == DS_KIND_DIR,
	    "a folder that loses its last file stays");
	s = kit_set(&r, "", &kit_none);
	must(ds_state_find(&node, kit_store, &s, "d/e/f"));
	ok(node.e.kind == DS_KIND_FILE,
	    "a folder that is removed stays while something is in it");
	/* the old entry of a change may be wrong */
	must(ds_changes_add(&c, "d", &dir, &file));
	s = kit_edit(&kit_nothing, &c);
	must(ds_state_find(&node, kit_store, &s, "d"));
	ok(node.e.kind == DS_KIND_FILE, "a file comes where nothing was");
	s = kit_edit(&r, &c);
	must(ds_state_find(&node, kit_store, &s, "d/e/f"));
	ok(node.e.kind == DS_KIND_NONE, "a file takes the place of a folder");
	c.v[0].old = file;
	c.v[0].new = dir;
	s = kit_edit(&s, &c);
	must(ds_state_find(&node, kit_store, &s, "d"));
	ok(node.e.kind == DS_KIND_DIR, "and a folder that of a file");
	ds_changes_release(&c);
	r = kit_set(&kit_nothing, "", &dir);
	r = kit_set(&r, "", &kit_none);
	ok(kit_same_roots(&r, &kit_nothing),
	    "nothing is left of a root that goes");
}

static void
test_compose(void)
{
	struct ds_entry file = kit_file(0600, S, "f");
	struct ds_list names = DS_LIST_INIT;
	struct ds_buf rules = DS_BUF_INIT;
	struct ds_tree_item items[2];
	struct ds_roots r, got;
	git_oid zero = { { 0 } }, a, b;

	r = kit_set(&kit_nothing, "x", &file);
	items[0].name = "one";
	items[0].roots = r;
	items[1].name = "two";
	items[1].roots = r;
	must(ds_tree_compose(&a, kit_sink, kit_store, &zero, items, 2,
	    "[item]\n"));
	kit_flush();
	must(ds_state_items(&names, kit_store, &a));
	ok(names.n == 2 && strcmp(names.v[0], "one") == 0 &&
		strcmp(names.v[1], "two") == 0,
	    "a state has the items put in");
	must(ds_state_rules(&rules, kit_store, &a));
	is_str(rules.data, "[item]\n", "and the rules");
	must(ds_state_item(&got, kit_store, &a, "two"));
	ok(kit_same_roots(&got, &r), "an item comes back as it was");
	memset(&items[0].roots, 0, sizeof(items[0].roots));
	must(ds_tree_compose(&b, kit_sink, kit_store, &a, items, 1, NULL));
	kit_flush();
	must(ds_state_item(&got, kit_store, &b, "one"));
	ok(kit_same_roots(&got, &kit_nothing), "zero roots take it away");
	must(ds_tree_compose(&b, kit_sink, kit_store, &a, items, 0, NULL));
	kit_flush();
	ok(git_oid_equal(&a, &b), "with nothing to do the state is the same");
	ds_buf_release(&rules);
	ds_list_release(&names);
}

int
main(void)
{
	kit_begin();
	test_random();
	test_flat();
	test_bucket();
	test_plain_git();
	test_kinds();
	test_compose();
	ok(kit_sh("git --git-dir=store.git fsck --strict --no-dangling") == 0,
	    "git finds nothing amiss in any of it");
	return kit_end();
}
