/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <unistd.h>

#include "ds/commit.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/history.h"
#include "ds/item.h"
#include "ds/json.h"
#include "ds/rev.h"
#include "ds/state.h"
#include "ds/store.h"

#include "cmd.h"
#include "common.h"
#include "differ.h"

static bool stat_only, name_only;

static const struct cmd_option options[] = {
	{ 0, "stat", NULL, CMD_FLAG, CMD_ANY, &stat_only,
	    "a line and a bar for each file instead of the text" },
	{ 0, "name-only", NULL, CMD_FLAG, CMD_ANY, &name_only,
	    "the names alone" },
	CMD_END
};

/* What the arguments say: up to two commits, then paths. */
struct ask {
	git_oid rev[2];
	int revs;
	struct ds_list paths;
};

/*
 * An argument is a commit if it names one and is nothing on disk; once there
 * was a path, paths follow.
 */
static int
read_args(struct ask *a, struct ds_store *s, int argc, char **argv)
{
	int i, rc = 0;

	for (i = 0; rc == 0 && i < argc; i++) {
		bool may =
		    a->revs < 2 && a->paths.n == 0 && access(argv[i], F_OK) < 0;

		if (may) {
			rc = ds_rev_commit(&a->rev[a->revs], s, argv[i]);
			if (rc == 0) {
				a->revs++;
				continue;
			}
			if (rc != DS_ENOTFOUND)
				return rc;
		}
		rc = ds_list_add(&a->paths, argv[i]);
	}
	return rc;
}

/* A word that is neither commit nor path is an error, not an empty answer. */
static int
check_paths(const struct ask *a, const struct ds_items *items)
{
	struct ds_item *it;
	size_t i;
	char *rel;
	int rc = 0;

	for (i = 0; rc == 0 && i < a->paths.n; i++) {
		rc = ds_items_locate(&it, &rel, items, a->paths.v[i]);
		free(rel);
		if (rc == DS_ENOTFOUND)
			ds_err_hint(ds_err(rc,
					"'%s' is no commit, no time "
					"and no path of an item",
					a->paths.v[i]),
			    "'datasync items' lists what is tracked");
	}
	return rc;
}

/* One item of the disk, or one path of it. */
static int
disk_item(struct differ *d, struct ds_json *items, const git_oid *state,
    const struct ds_item *it, const char *path)
{
	struct ds_changes c = DS_CHANGES_INIT;
	struct ds_counts n = { 0, 0, 0 };
	struct ds_json *one;
	char *held = NULL;
	int rc;

	if (!it->enabled || it->path == NULL)
		return 0;
	rc = ds_commit_preview(&c, &held, d->store, state, it, path, true,
	    d->cli->report, d->cli->progress);
	if (rc == 0 && c.n > 0) {
		one = ds_json_add_object(items, NULL);
		ds_count(&n, &c);
		ds_json_str(one, "item", it->name);
		ds_json_int(one, "added", (int64_t)n.added);
		ds_json_int(one, "modified", (int64_t)n.modified);
		ds_json_int(one, "deleted", (int64_t)n.deleted);
		d->changes = ds_json_add_array(one, "changes");
		d->disk = it->path;
		rc = differ_item(d, it->name, &c);
	}
	free(held);
	ds_changes_release(&c);
	return rc;
}

static int
against_disk(struct differ *d, struct ask *a, const struct ds_items *items)
{
	struct ds_json *to = ds_json_add_array(out_doc(d->cli), "items");
	struct ds_item *it;
	git_oid state;
	size_t i;
	char *rel;
	int rc;

	rc = ds_state_of_commit(&state, d->store, &a->rev[0]);
	for (i = 0; rc == 0 && i < a->paths.n; i++) {
		rc = ds_items_locate(&it, &rel, items, a->paths.v[i]);
		if (rc == 0)
			rc = disk_item(d, to, &state, it, rel);
		free(rel);
	}
	for (i = 0; a->paths.n == 0 && rc == 0 && i < items->n; i++)
		rc = disk_item(d, to, &state, &items->v[i], "");
	return rc;
}

static int
between(struct differ *d, struct ask *a)
{
	struct ds_comparison c;
	int rc;

	rc = ds_compare(&c, d->store, &a->rev[0], &a->rev[1], &a->paths);
	if (rc == 0) {
		rc = differ_all(d, out_doc(d->cli), &c);
		ds_comparison_release(&c);
	}
	return rc;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	struct differ d = {
		.cli = cli,
		.form = differ_form(name_only, stat_only, DIFFER_PATCH),
	};
	struct ds_items items = DS_ITEMS_INIT;
	struct ask a = { .revs = 0 };
	int rc;

	rc = common_look(&d.store, cli);
	if (rc == 0)
		rc = read_args(&a, d.store, argc, argv);
	if (rc == 0)
		rc = common_items(&items, d.store);
	if (rc == 0)
		rc = check_paths(&a, &items);
	if (rc < 0)
		goto out;
	if (a.revs == 0)
		rc = ds_store_head(&a.rev[0], d.store);
	out_page(cli);
	if (rc == 0 && a.revs == 2)
		rc = between(&d, &a);
	else if (rc == 0)
		rc = against_disk(&d, &a, &items);
	if (rc == 0)
		differ_end(&d);
out:
	ds_items_release(&items);
	ds_list_release(&a.paths);
	return rc;
}

const struct cmd cmd_diff = {
	.name = "diff",
	.group = "work",
	.args = "[REV [REV]] [PATH...]",
	.help = "show what differs: disk and commit, or two commits",
	.hint = CMD_PATH,
	.min_args = 0,
	.max_args = -1,
	.options = options,
	.run = run,
};
