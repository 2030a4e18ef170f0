/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line for a commit.  A run of saves by one device is held back until it
 * ends, and becomes one line.
 */
#include "ds/compat.h"

#include <time.h>

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/date.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/history.h"
#include "ds/item.h"
#include "ds/json.h"
#include "ds/list.h"
#include "ds/store.h"

#include "cmd.h"
#include "common.h"
#include "differ.h"
#include "graph.h"

static bool oneline, graph_on, all, stat_on, patch_on;
static int64_t most = INT64_MAX;
static const char *since, *until, *device;

static const struct cmd_option options[] = {
	{ 0, "oneline", NULL, CMD_FLAG, CMD_ANY, &oneline,
	    "id and subject alone" },
	{ 0, "graph", NULL, CMD_FLAG, CMD_ANY, &graph_on,
	    "draw beside it who came from whom" },
	{ 'n', "max-count", "N", CMD_NUMBER, CMD_ANY, &most,
	    "at most so many entries" },
	{ 0, "since", "DATE", CMD_STRING, CMD_ANY, &since, "nothing older" },
	{ 0, "until", "DATE", CMD_STRING, CMD_ANY, &until, "nothing younger" },
	{ 0, "device", "D", CMD_STRING, CMD_ANY, &device,
	    "only commits of this device (name or start of its id)" },
	{ 0, "all", NULL, CMD_FLAG, CMD_ANY, &all,
	    "each save on a line of its own" },
	{ 0, "stat", NULL, CMD_FLAG, CMD_ANY, &stat_on,
	    "with a line and a bar for each file" },
	{ 'p', "patch", NULL, CMD_FLAG, CMD_ANY, &patch_on,
	    "with the text of each change" },
	CMD_END,
};

/* A run of saves that is not printed yet; the newest is kept whole. */
struct run {
	struct ds_record newest;
	int64_t from;
	size_t n;
};

struct logger {
	struct cli *cli;
	struct ds_store *s;
	bool fold;
	int64_t left;
	struct run run;
	struct graph graph;
};

static void
print_when(struct cli *cli, int64_t when)
{
	struct ds_buf b = DS_BUF_INIT;

	ds_date_local(&b, when);
	if (b.data != NULL)
		out_text(cli, "%.16s", b.data);
	ds_buf_release(&b);
}

static void
print_record(struct cli *cli, const struct ds_record *r)
{
	out_text(cli, "%s%s%s ", out_color(cli, OUT_YELLOW),
	    common_short(&r->id), out_color(cli, OUT_PLAIN));
	if (!oneline) {
		print_when(cli, r->time);
		out_text(cli, "  %s%-10s%s  ", out_color(cli, OUT_CYAN),
		    r->author, out_color(cli, OUT_PLAIN));
	}
	out_text(cli, "%s\n", r->subject);
}

static void
flush_run(struct logger *l)
{
	struct run *run = &l->run;
	struct ds_buf from = DS_BUF_INIT, to = DS_BUF_INIT;
	struct ds_buf day = DS_BUF_INIT;
	struct cli *cli = l->cli;

	if (run->n == 1) {
		print_record(cli, &run->newest);
	} else if (run->n > 1) {
		ds_date_local(&day, run->from);
		ds_date_clock(&from, run->from);
		ds_date_local(&to, run->newest.time);
		/* the day only where it is another one */
		if (day.data != NULL && to.data != NULL &&
		    strncmp(day.data, to.data, 10) == 0) {
			ds_buf_cut(&to, 0);
			ds_date_clock(&to, run->newest.time);
		} else if (to.data != NULL) {
			ds_buf_cut(&to, 16);
		}
		out_text(cli, "%s%s%s ", out_color(cli, OUT_YELLOW),
		    common_short(&run->newest.id), out_color(cli, OUT_PLAIN));
		if (!oneline) {
			print_when(cli, run->from);
			out_text(cli, "  %s%-10s%s  ", out_color(cli, OUT_CYAN),
			    run->newest.author, out_color(cli, OUT_PLAIN));
		}
		out_text(cli, "%zu saves, %s to %s\n", run->n,
		    from.data != NULL ? from.data : "",
		    to.data != NULL ? to.data : "");
	}
	ds_record_release(&run->newest);
	run->n = 0;
	ds_buf_release(&day);
	ds_buf_release(&to);
	ds_buf_release(&from);
}

static bool
continues_run(const struct logger *l, const struct ds_record *r)
{
	return l->run.n > 0 && strcmp(r->trigger, "save") == 0 &&
	    strcmp(r->device, l->run.newest.device) == 0;
}

static int
json_record(const struct ds_record *r, struct ds_json *to)
{
	struct ds_buf when = DS_BUF_INIT;
	struct ds_json *parents;
	size_t i;
	int rc;

	ds_date_rfc3339(&when, r->time);
	rc = ds_buf_check(&when);
	ds_json_str(to, "id", ds_git_hex(&r->id));
	parents = ds_json_add_array(to, "parents");
	for (i = 0; i < r->n_parents; i++)
		ds_json_str(parents, NULL, ds_git_hex(&r->parents[i]));
	ds_json_str(to, "time", when.data != NULL ? when.data : "");
	ds_json_str(to, "device", r->author);
	ds_json_str(to, "device_id", r->device);
	ds_json_str(to, "trigger", r->trigger);
	ds_json_str(to, "subject", r->subject);
	ds_json_str(to, "body", r->body);
	ds_buf_release(&when);
	return rc;
}

/* What the commit did, after its line. */
static int
details(struct logger *l, const struct ds_record *r, struct ds_json *to)
{
	static const git_oid none;
	struct differ d = {
		.cli = l->cli,
		.store = l->s,
		.form = differ_form(false, stat_on && !patch_on,
		    patch_on ? DIFFER_PATCH : DIFFER_NONE),
	};
	struct ds_comparison c;
	int rc;

	if (to == NULL && !patch_on && !stat_on)
		return 0;
	rc = ds_compare(&c, l->s, r->n_parents > 0 ? &r->parents[0] : &none,
	    &r->id, NULL);
	if (rc < 0)
		return rc;
	rc = differ_all(&d, to, &c);
	differ_end(&d);
	ds_comparison_release(&c);
	return rc;
}

static int
print_plain(struct logger *l, const struct ds_record *r)
{
	struct ds_buf before = DS_BUF_INIT, after = DS_BUF_INIT;
	struct ds_json *line = out_line_begin(l->cli);
	int rc = 0;

	if (graph_on)
		rc = graph_commit(&before, &after, &l->graph, r);
	if (rc == 0)
		rc = ds_buf_check(&before);
	if (rc == 0 && before.len > 0)
		out_text(l->cli, "%s", before.data);
	if (rc == 0) {
		print_record(l->cli, r);
		rc = json_record(r, line);
	}
	if (rc == 0)
		rc = details(l, r, line);
	if (rc == 0 && after.len > 0)
		out_text(l->cli, "%s", after.data);
	out_line_end(l->cli, line);
	ds_buf_release(&after);
	ds_buf_release(&before);
	return rc;
}

/* One commit of the walk; ${r} is taken. */
static int
take(struct logger *l, struct ds_record *r)
{
	int rc = 0;

	if (l->fold && continues_run(l, r)) {
		l->run.from = r->time;
		l->run.n++;
		ds_record_release(r);
		return 0;
	}
	if (l->run.n > 0)
		flush_run(l);
	if (l->left == 0) {
		ds_record_release(r);
		return 0;
	}
	l->left--;
	if (l->fold && strcmp(r->trigger, "save") == 0) {
		l->run.newest = *r;
		l->run.from = r->time;
		l->run.n = 1;
		return 0;
	}
	rc = print_plain(l, r);
	ds_record_release(r);
	return rc;
}

static int
parse_bounds(struct ds_history_options *o)
{
	int64_t now = (int64_t)time(NULL);
	int rc = 0;

	if (since != NULL)
		rc = ds_date_parse(&o->since, since, now, 0);
	if (rc == 0 && until != NULL)
		rc = ds_date_parse(&o->until, until, now, 1);
	return rc;
}

static int
walk(struct logger *l, const struct ds_history_options *o)
{
	struct ds_history *h;
	struct ds_record r;
	int rc;

	rc = ds_history_open(&h, l->s, o);
	if (rc < 0)
		return rc;
	while (l->left > 0 || l->run.n > 0) {
		rc = ds_history_next(&r, h);
		if (rc <= 0)
			break;
		rc = take(l, &r);
		if (rc < 0)
			break;
	}
	if (rc >= 0) {
		flush_run(l);
		rc = 0;
	}
	ds_record_release(&l->run.newest);
	ds_history_close(h);
	return rc;
}

static int
check_path(struct ds_store *s, const char *path)
{
	struct ds_items items;
	struct ds_item *it;
	char *rel;
	int rc;

	rc = common_items(&items, s);
	if (rc < 0)
		return rc;
	rc = ds_items_locate(&it, &rel, &items, path);
	free(rel);
	ds_items_release(&items);
	/* with a slash it may be an item of former times */
	if (rc == DS_ENOTFOUND && path[0] != '/' && strchr(path, '/') != NULL) {
		ds_err_clear();
		rc = 0;
	}
	return rc;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_history_options o = {
		.since = INT64_MIN,
		.until = INT64_MAX,
		.device = device,
	};
	struct logger l = { .cli = cli, .left = most };
	struct ds_list paths = DS_LIST_INIT;
	bool fold;
	int i, rc;

	rc = cli_store(&l.s, cli);
	if (rc == 0)
		rc = parse_bounds(&o);
	if (rc == 0)
		rc = ds_config_bool(&fold, l.s->config, "log.fold");
	for (i = 0; rc == 0 && i < argc; i++) {
		rc = check_path(l.s, argv[i]);
		if (rc == 0)
			rc = ds_list_add(&paths, argv[i]);
	}
	if (rc == 0) {
		l.fold = fold && !all && !graph_on && !stat_on && !patch_on &&
		    !cli->json;
		o.paths = &paths;
		out_page(cli);
		rc = walk(&l, &o);
	}
	graph_release(&l.graph);
	ds_list_release(&paths);
	return rc;
}

const struct cmd cmd_log = {
	.name = "log",
	.group = "work",
	.args = "[PATH...]",
	.help = "list the commits, newest first",
	.hint = CMD_PATH,
	.min_args = 0,
	.max_args = -1,
	.options = options,
	.run = run,
};
