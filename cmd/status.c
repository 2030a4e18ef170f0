/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <time.h>

#include "ds/buf.h"
#include "ds/commit.h"
#include "ds/date.h"
#include "ds/device.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/history.h"
#include "ds/item.h"
#include "ds/json.h"
#include "ds/report.h"
#include "ds/state.h"
#include "ds/store.h"

#include "cmd.h"
#include "common.h"

static const struct cmd_option options[] = { CMD_END };

/* What all items come to. */
struct sum {
	struct ds_json *items;
	size_t changes;
	size_t held;
	size_t tracked;
};

static void
show_head(struct cli *cli, struct ds_store *s, const git_oid *head)
{
	struct ds_buf age = DS_BUF_INIT;
	struct ds_record r;

	ds_json_str(out_doc(cli), "device", s->device->name);
	if (git_oid_is_zero(head)) {
		out_text(cli, "device '%s', nothing committed yet\n",
		    s->device->name);
		ds_json_null(out_doc(cli), "head");
		return;
	}
	ds_json_str(out_doc(cli), "head", ds_git_hex(head));
	if (ds_record_load(&r, s, head) < 0) {
		ds_err_clear();
		return;
	}
	ds_date_age(&age, r.time, (int64_t)time(NULL));
	out_text(cli, "device '%s', last commit %s, %s: %s\n", s->device->name,
	    common_short(head), age.data != NULL ? age.data : "", r.subject);
	ds_buf_release(&age);
	ds_record_release(&r);
}

static void
show_changes(struct cli *cli, struct ds_json *to, const struct ds_changes *c,
    struct sum *sum)
{
	struct ds_json *list = ds_json_add_array(to, "changes");
	size_t i;

	for (i = 0; i < c->n; i++) {
		const char *st = common_status(&c->v[i]);

		if (st[0] == '\0')
			continue;
		sum->changes++;
		common_json_change(ds_json_add_object(list, NULL), &c->v[i]);
		out_text(cli, "  %s%s%s %s\n",
		    out_color(cli, common_status_color(st)), st,
		    out_color(cli, OUT_PLAIN),
		    c->v[i].path[0] != '\0' ? out_name(c->v[i].path) : ".");
	}
}

static int
show_item(struct cli *cli, struct ds_store *s, const git_oid *state,
    const struct ds_item *it, const char *path, struct sum *sum)
{
	struct ds_json *one = ds_json_add_object(sum->items, NULL);
	struct ds_changes c = DS_CHANGES_INIT;
	char *held = NULL;
	int rc = 0;

	ds_json_str(one, "item", it->name);
	ds_json_bool(one, "enabled", it->enabled);
	if (it->path != NULL)
		out_path(one, "path", it->path);
	else
		ds_json_null(one, "path");
	sum->tracked++;
	if (!it->enabled || it->path == NULL) {
		ds_json_null(one, "held");
		ds_json_add_array(one, "changes");
		if (cli->verbose)
			out_text(cli, "%s: not enabled here\n", it->name);
		return 0;
	}
	rc = ds_commit_preview(&c, &held, s, state, it, path, false,
	    cli->report, cli->progress);
	if (rc < 0)
		goto out;
	if (c.n > 0 || held != NULL || cli->verbose)
		out_text(cli, "%s%s%s  %s\n", out_color(cli, OUT_BOLD),
		    it->name, out_color(cli, OUT_PLAIN), it->shown);
	if (held != NULL) {
		out_text(cli, "  %sheld back: %s%s\n", out_color(cli, OUT_RED),
		    held, out_color(cli, OUT_PLAIN));
		ds_json_str(one, "held", held);
		sum->held++;
	} else {
		ds_json_null(one, "held");
	}
	show_changes(cli, one, &c, sum);
out:
	free(held);
	ds_changes_release(&c);
	return rc;
}

static int
show_paths(struct cli *cli, struct ds_store *s, const git_oid *state,
    const struct ds_items *items, char **argv, int argc, struct sum *sum)
{
	struct ds_item *it;
	char *rel;
	int i, rc = 0;

	for (i = 0; rc == 0 && i < argc; i++) {
		rc = ds_items_locate(&it, &rel, items, argv[i]);
		if (rc == 0)
			rc = show_item(cli, s, state, it, rel, sum);
		free(rel);
	}
	return rc;
}

static int
verdict(struct cli *cli, const struct sum *sum)
{
	size_t bad = cli->report->count[DS_REPORT_UNREADABLE] +
	    cli->report->count[DS_REPORT_CHANGING];

	ds_json_bool(out_doc(cli), "clean", sum->changes + sum->held == 0);
	if (sum->tracked == 0)
		out_text(cli, "nothing is tracked\n");
	else if (sum->changes + sum->held == 0)
		out_text(cli, "nothing changed\n");
	if (bad > 0)
		return ds_err(DS_EPART, "%zu %s could not be read", bad,
		    out_plural(bad, "path", "paths"));
	return 0;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	struct sum sum = { .changes = 0 };
	struct ds_items items = DS_ITEMS_INIT;
	git_oid head, state;
	struct ds_store *s;
	size_t i;
	int rc;

	rc = common_look(&s, cli);
	if (rc == 0)
		rc = ds_store_head(&head, s);
	if (rc == 0)
		rc = ds_state_of_commit(&state, s, &head);
	if (rc == 0)
		rc = ds_items_load(&items, s, &state);
	if (rc < 0)
		return rc;
	show_head(cli, s, &head);
	sum.items = ds_json_add_array(out_doc(cli), "items");
	if (argc > 0)
		rc = show_paths(cli, s, &state, &items, argv, argc, &sum);
	for (i = 0; argc == 0 && rc == 0 && i < items.n; i++)
		rc = show_item(cli, s, &state, &items.v[i], "", &sum);
	if (rc == 0)
		rc = verdict(cli, &sum);
	ds_items_release(&items);
	return rc;
}

const struct cmd cmd_status = {
	.name = "status",
	.group = "work",
	.args = "[PATH...]",
	.help = "what changed since the last commit, and what is held back",
	.hint = CMD_PATH,
	.min_args = 0,
	.max_args = -1,
	.options = options,
	.run = run,
};
