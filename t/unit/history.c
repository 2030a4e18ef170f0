/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <time.h>

#include "ds/commit.h"
#include "ds/device.h"
#include "ds/git.h"
#include "ds/history.h"
#include "ds/list.h"

#include "store_kit.h"

static struct ds_roots roots;
static git_oid head;

/* The next commit: ${path} of the item "w" is ${text} (NULL: removed). */
static void
commit(const char *path, const char *text, const char *message)
{
	struct ds_tree_item item = { .name = "w" };
	struct ds_entry e = kit_none;
	git_oid state, next;

	if (text != NULL)
		e = kit_file(0644, 1, text);
	roots = kit_set(&roots, path, &e);
	item.roots = roots;
	must(ds_state_of_commit(&state, kit_store, &head));
	must(ds_tree_compose(&state, kit_sink, kit_store, &state, &item, 1,
	    NULL));
	must(
	    ds_tree_commit(&next, kit_sink, kit_store, &state, &head, message));
	kit_flush();
	must(ds_commit_land(kit_store, &next, &head, message));
	head = next;
}

static void
test_trailers(void)
{
	static const struct {
		const char *message, *want;
	} cases[] = {
		{ "subject\n\nK: v\n", "v" },
		{ "subject\n\nK: v", "v" },
		{ "subject\n\nbody\n\nA: b\nK: v\n\n\n", "v" },
		{ "K: v\n", NULL },
		{ "subject\nK: v\n", NULL },
		{ "subject\n\nK: v\nno trailer\n", NULL },
		{ "subject\n\nK: v\n\nlast paragraph\n", NULL },
		{ "subject\n\nKK: v\n", NULL },
		{ "", NULL },
		{ "\n", NULL },
		{ "\n\n\n", NULL },
		{ "subject\n\nK:v\n", NULL },
		{ "subject\n\nK: \n", NULL },
		{ "subject\n\nK: a: b\n", "a: b" },
		{ "subject\n\nK: 1\nK: 2\n", "1" },
		{ "\n\nK: v\n", "v" },
	};
	char *out;
	size_t i;

	for (i = 0; i < ds_nitems(cases); i++) {
		must(ds_history_trailer(&out, cases[i].message, "K"));
		is_str(out, cases[i].want, "a trailer, or none");
		free(out);
	}
}

static void
test_record(void)
{
	struct ds_record r;
	git_oid none;

	commit("a", "1\n",
	    "subject\n\nfirst\n\nsecond\n\n"
	    "Datasync-Device: 0123\nDatasync-Trigger: save\n");
	must(ds_record_load(&r, kit_store, &head));
	is_str(r.subject, "subject", "a subject");
	is_str(r.body, "first\n\nsecond", "a body without trailers");
	is_str(r.device, "0123", "a device");
	is_str(r.trigger, "save", "a trigger");
	is_str(r.author, "test", "an author");
	ok(r.n_parents == 0 && git_oid_equal(&r.id, &head) &&
		r.time > 1600000000,
	    "id, time and no parent");
	ds_record_release(&r);
	commit("b", "1\n", "plain");
	must(ds_record_load(&r, kit_store, &head));
	ok(strcmp(r.body, "") == 0 && strcmp(r.device, "") == 0 &&
		strcmp(r.trigger, "") == 0 && r.n_parents == 1,
	    "what is not there is empty");
	ds_record_release(&r);
	memset(&none, 3, sizeof(none));
	ok(ds_record_load(&r, kit_store, &none) < 0, "a commit must be there");
}

/* Subjects of a walk, joined. */
static const char *
walk(const struct ds_history_options *o)
{
	static char text[512];
	struct ds_history *h;
	struct ds_record r;
	size_t n = 0;
	int rc;

	text[0] = '\0';
	must(ds_history_open(&h, kit_store, o));
	for (;;) {
		rc = ds_history_next(&r, h);
		if (rc <= 0)
			break;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ",
		    r.subject);
		ds_record_release(&r);
	}
	ds_history_close(h);
	return rc < 0 ? ds_err_text() : text;
}

static void
test_walk(void)
{
	struct ds_list paths = DS_LIST_INIT;
	struct ds_history_options o = { .since = INT64_MIN,
		.until = INT64_MAX };
	int64_t now = (int64_t)time(NULL);

	commit("d/c", "1\n", "three");
	commit("a", NULL, "four");
	is_str(walk(&o), "four three plain subject ", "newest first");
	o.since = now + 1000;
	is_str(walk(&o), "", "nothing is newer than now");
	o.since = INT64_MIN;
	o.until = 1000;
	is_str(walk(&o), "", "nor that old");
	o.until = INT64_MAX;
	must(ds_list_add(&paths, "w/a"));
	o.paths = &paths;
	is_str(walk(&o), "four subject ", "of one path, also when it went");
	ds_list_release(&paths);
	must(ds_list_add(&paths, "w/d"));
	is_str(walk(&o), "three ", "of a folder");
	ds_list_release(&paths);
	must(ds_list_add(&paths, "w"));
	is_str(walk(&o), "four three plain subject ", "of an item");
	ds_list_release(&paths);
	o.paths = NULL;
	o.device = "0123";
	is_str(walk(&o), "subject ", "of a device by its id");
	o.device = "test";
	is_str(walk(&o), "four three plain subject ", "or its name");
	o.device = "other";
	is_str(walk(&o), "", "or none");
	o.device = NULL;
	memset(&o.from, 3, sizeof(o.from));
	{
		struct ds_history *h;

		ok(ds_history_open(&h, kit_store, &o) < 0 && h == NULL,
		    "a walk begins at a commit");
	}
}

static void
test_compare(void)
{
	static const git_oid none;
	struct ds_comparison c;
	struct ds_counts n = { 0, 0, 0 };

	must(ds_compare(&c, kit_store, &none, &head, NULL));
	ok(c.n == 1 && strcmp(c.v[0].item, "w") == 0, "items that differ");
	ds_count(&n, c.v[0].changes);
	ok(n.added == 2 && n.modified == 0 && n.deleted == 0,
	    "files are counted, not folders");
	ds_comparison_release(&c);
	must(ds_compare(&c, kit_store, &head, &head, NULL));
	ok(c.n == 0, "a commit is the same as itself");
	ds_comparison_release(&c);
	must(ds_compare(&c, kit_store, &head, &none, NULL));
	memset(&n, 0, sizeof(n));
	ds_count(&n, c.v[0].changes);
	ok(n.deleted == 2, "the other way round");
	ds_comparison_release(&c);
	must(ds_compare(&c, kit_store, &none, &none, NULL));
	ok(c.n == 0, "nothing is nothing");
	ds_comparison_release(&c);
}

/* A commit is never older than its parent, whatever the clock says. */
static void
test_time(void)
{
	git_oid state, future, next;
	struct ds_record r;
	struct ds_buf b = DS_BUF_INIT;
	char mail[64];

	ds_device_mail(mail, kit_store->device);
	must(ds_state_of_commit(&state, kit_store, &head));
	ds_buf_addf(&b,
	    "tree %s\nauthor a <%s> 4000000000 +0000\n"
	    "committer a <%s> 4000000000 +0000\n\nfuture\n",
	    ds_git_hex(&state), mail, mail);
	must(
	    ds_sink_write(kit_sink, &future, GIT_OBJECT_COMMIT, b.data, b.len));
	kit_flush();
	must(ds_tree_commit(&next, kit_sink, kit_store, &state, &future,
	    "next\n"));
	kit_flush();
	must(ds_record_load(&r, kit_store, &next));
	ok(r.time == INT64_C(4000000000), "time does not go back");
	ds_record_release(&r);
	ds_buf_release(&b);
}

int
main(void)
{
	kit_begin();
	test_trailers();
	test_record();
	test_walk();
	test_compare();
	test_time();
	return kit_end();
}
