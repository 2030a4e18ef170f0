/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/entry.h"
#include "ds/report.h"

#include "tap.h"

static struct ds_entry
entry(enum ds_kind kind, unsigned mode, unsigned char id)
{
	struct ds_entry e = { .kind = kind, .mode = mode };

	e.mtime = id;
	memset(&e.id, id, sizeof(e.id));
	return e;
}

static bool
same(struct ds_entry a, struct ds_entry b)
{
	return ds_entry_same(&a, &b) && ds_entry_same(&b, &a);
}

static void
sameness(void)
{
	struct ds_entry f = entry(DS_KIND_FILE, 0644, 1), later = f;

	later.mtime++;
	later.size = 9;
	ok(same(f, later), "times and sizes do not count");
	ok(!same(f, entry(DS_KIND_FILE, 0600, 1)), "modes do");
	ok(!same(f, entry(DS_KIND_FILE, 0644, 2)), "so do contents");
	ok(!same(f, entry(DS_KIND_LINK, 0644, 1)), "and kinds");
	ok(same(f, entry(DS_KIND_FILE, 0644 | DS_MODE_UNKNOWN, 1)),
	    "an unknown mode is its default");
	ok(!same(entry(DS_KIND_FILE, 0600, 1),
	       entry(DS_KIND_FILE, 0644 | DS_MODE_UNKNOWN, 1)),
	    "and no other");
	ok(same(entry(DS_KIND_LINK, 0777, 1), entry(DS_KIND_LINK, 0755, 1)),
	    "a link has no mode");
	ok(same(entry(DS_KIND_DIR, 0755, 1), entry(DS_KIND_DIR, 0755, 2)),
	    "a folder has no content");
	ok(!same(entry(DS_KIND_DIR, 0755, 1), entry(DS_KIND_DIR, 0700, 1)),
	    "but a mode");
	ok(same(entry(DS_KIND_NONE, 1, 1), entry(DS_KIND_NONE, 2, 2)),
	    "nothing is nothing");
	later.mode = 0;
	ok(ds_entry_same_content(&f, &later), "the same content alone");
}

static void
add(struct ds_changes *l, const char *path, unsigned mode)
{
	struct ds_entry none = entry(DS_KIND_NONE, 0, 0);
	struct ds_entry e = entry(DS_KIND_FILE, mode, 1);

	if (ds_changes_add(l, path, &none, &e) < 0)
		ok(false, "a change is added");
}

static void
order(void)
{
	static const char *const paths[] = { "b", "a-b", "a/b", "a", "b", "a" };
	struct ds_changes l = DS_CHANGES_INIT;
	size_t i;

	ok(ds_changes_find(&l, "a") == NULL, "nothing is in an empty list");
	ds_changes_sort(&l);
	for (i = 0; i < ds_nitems(paths); i++)
		add(&l, paths[i], (unsigned)i);
	ds_changes_sort(&l);
	ok(l.n == 4, "each path is there once");
	is_str(l.v[0].path, "a", "a folder is first");
	is_str(l.v[1].path, "a/b", "then what is in it");
	is_str(l.v[2].path, "a-b", "then its neighbours");
	is_str(l.v[3].path, "b", "in order");
	ok(l.v[0].new.mode == 5 && l.v[3].new.mode == 4,
	    "of equal paths the last added stays");
	add(&l, "a", 9);
	ds_changes_sort(&l);
	ok(l.n == 4 && ds_changes_find(&l, "a")->new.mode == 9,
	    "also when it is added after sorting");
	ok(ds_changes_find(&l, "a-b")->new.mode == 1 &&
		ds_changes_find(&l, "c") == NULL,
	    "changes are found by path");
	ds_changes_release(&l);
	ok(l.n == 0 && l.v == NULL, "a released list is empty");
}

static void
count(enum ds_report_kind kind, const char *item, const char *path,
    const char *why, void *arg)
{
	int *n = arg;

	if (kind == DS_REPORT_KEPT && item == NULL && why == NULL &&
	    strcmp(path, "p") == 0)
		(*n)++;
}

static void
reports(void)
{
	int n = 0;
	struct ds_report r = { .cb = count, .arg = &n };

	ds_report(NULL, DS_REPORT_KEPT, NULL, "p", NULL);
	ds_report(&r, DS_REPORT_KEPT, NULL, "p", NULL);
	r.cb = NULL;
	ds_report(&r, DS_REPORT_KEPT, NULL, "p", NULL);
	ok(n == 1 && r.count[DS_REPORT_KEPT] == 2 &&
		r.count[DS_REPORT_HELD] == 0,
	    "reports are told and counted");
}

int
main(void)
{
	sameness();
	order();
	reports();
	return tap_done();
}
