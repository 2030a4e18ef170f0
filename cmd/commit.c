/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/commit.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/json.h"
#include "ds/list.h"
#include "ds/report.h"
#include "ds/report.h"
#include "ds/store.h"

#include "cmd.h"
#include "common.h"

static const char *message;
static bool on_save, allow_delete;

static const struct cmd_option options[] = {
	{ 'm', "message", "MSG", CMD_STRING, CMD_ANY, &message,
	    "what the commit says, instead of a summary" },
	{ 0, "on-save", NULL, CMD_FLAG, CMD_ANY, &on_save,
	    "for editors: quick, quiet, never asks; untracked is fine" },
	{ 0, "allow-delete", NULL, CMD_FLAG, CMD_ANY, &allow_delete,
	    "commit also deletions that a brake holds back" },
	CMD_END
};

static void
json_item(struct ds_json *to, const struct ds_commit_item *it)
{
	struct ds_json *one = ds_json_add_object(to, NULL);

	ds_json_str(one, "item", it->name);
	ds_json_int(one, "added", (int64_t)it->added);
	ds_json_int(one, "modified", (int64_t)it->modified);
	ds_json_int(one, "deleted", (int64_t)it->deleted);
	if (it->held != NULL)
		ds_json_str(one, "held", it->held);
	else
		ds_json_null(one, "held");
}

static void
json_result(struct cli *cli, const struct ds_commit_result *r, size_t skipped)
{
	struct ds_json *doc = out_doc(cli), *items, *ignored;
	size_t i;

	ds_json_bool(doc, "made", r->made);
	if (!git_oid_is_zero(&r->id))
		ds_json_str(doc, "id", ds_git_hex(&r->id));
	else
		ds_json_null(doc, "id");
	if (r->made)
		ds_json_str(doc, "subject", r->subject);
	else
		ds_json_null(doc, "subject");
	items = ds_json_add_array(doc, "items");
	for (i = 0; i < r->n; i++)
		json_item(items, &r->v[i]);
	ignored = ds_json_add_array(doc, "ignored");
	for (i = 0; i < r->ignored.n; i++)
		ds_json_str(ignored, NULL, r->ignored.v[i]);
	ds_json_int(doc, "files_read", (int64_t)r->files);
	ds_json_int(doc, "bytes_read", (int64_t)r->bytes);
	ds_json_int(doc, "skipped", (int64_t)skipped);
	ds_json_int(doc, "objects", (int64_t)r->objects);
	ds_json_int(doc, "bytes_stored", (int64_t)r->stored);
}

static void
text_result(struct cli *cli, const struct ds_commit_result *r, size_t skipped)
{
	size_t added = 0, modified = 0, deleted = 0, i;

	for (i = 0; i < r->ignored.n; i++)
		out_text(cli, "'%s' is ignored by a rule\n",
		    out_name(r->ignored.v[i]));
	if (!r->made) {
		if (r->n == 0 && r->ignored.n == 0)
			out_text(cli, "nothing to commit\n");
		return;
	}
	for (i = 0; i < r->n; i++) {
		if (r->v[i].held != NULL)
			continue;
		added += r->v[i].added;
		modified += r->v[i].modified;
		deleted += r->v[i].deleted;
	}
	out_text(cli, "%s%s%s %s\n", out_color(cli, OUT_YELLOW),
	    common_short(&r->id), out_color(cli, OUT_PLAIN), r->subject);
	out_text(cli, "%zu added, %zu modified, %zu deleted; %s stored\n",
	    added, modified, deleted, out_size(r->stored));
	if (skipped > 0)
		out_text(cli, "%zu %s skipped: no file, folder or link\n",
		    skipped, out_plural(skipped, "path", "paths"));
}

static int
gather(struct ds_list *paths, int argc, char **argv)
{
	int i, rc = 0;

	for (i = 0; rc == 0 && i < argc; i++)
		rc = ds_list_add(paths, argv[i]);
	return rc;
}

static int
check_message(struct cli *cli)
{
	const char *p;

	if (message == NULL)
		return 0;
	for (p = message; *p == ' ' || *p == '\n' || *p == '\t'; p++)
		;
	return *p != '\0' ? 0 : cli_usage(cli, "the message is empty");
}

/* A save says at most one line: what could not be read, else what is secret. */
struct save {
	char *name;
	char *why;
	enum ds_report_kind kind;
};

static void
remember(enum ds_report_kind kind, const char *item, const char *path,
    const char *why, void *arg)
{
	struct save *save = arg;

	if (save->name != NULL || kind == DS_REPORT_SPECIAL ||
	    kind == DS_REPORT_NESTED || kind == DS_REPORT_STORE)
		return;
	save->kind = kind;
	if (asprintf(&save->name, "%s/%s", item, path) < 0)
		save->name = NULL;
	if (why != NULL)
		save->why = strdup(why);
}

/* The one line, as the error or as a warning; ${rc} without its hint. */
static int
say_save(struct cli *cli, const struct save *save, int rc)
{
	const char *why = save->why != NULL ? save->why : "it keeps changing";

	if (rc == 0 && save->name != NULL && save->kind == DS_REPORT_SECRET)
		out_warn(cli, "'%s' looks like %s", out_name(save->name), why);
	if (rc == DS_EPART && save->name != NULL)
		return ds_err(rc, "'%s' is not committed: %s",
		    out_name(save->name), why);
	return rc < 0 ? ds_err(rc, "%s", ds_err_text()) : rc;
}

/* What commit does for an editor: no bar, no questions, no hints. */
static int
run_save(struct cli *cli, struct ds_store *s,
    const struct ds_commit_options *given)
{
	struct ds_commit_options o = *given;
	struct save save = { NULL, NULL, DS_REPORT_SECRET };
	struct ds_report report = { .cb = remember, .arg = &save };
	struct ds_commit_result r;
	int rc;

	o.trigger = "save";
	o.quiet_untracked = true;
	o.report = &report;
	o.progress = NULL;
	rc = ds_commit_run(&r, s, &o);
	if (rc == 0 || rc == DS_EPART || rc == DS_EBRAKE)
		json_result(cli, &r, report.count[DS_REPORT_SPECIAL]);
	rc = say_save(cli, &save, rc);
	ds_commit_result_release(&r);
	free(save.name);
	free(save.why);
	return rc;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_list paths = DS_LIST_INIT;
	struct ds_commit_options o = {
		.message = message,
		.trigger = "manual",
		.paths = &paths,
		.allow_delete = allow_delete,
		.report = cli->report,
		.progress = cli->progress,
	};
	struct ds_commit_result r;
	struct ds_store *s;
	size_t skipped;
	int rc;

	rc = check_message(cli);
	if (rc == 0 && on_save && argc == 0)
		rc = cli_usage(cli,
		    "'--on-save' takes the file that was "
		    "saved");
	/* a save goes onto the old head, whatever a restore is about */
	if (rc == 0)
		rc = on_save ? cli_store(&s, cli) : common_store(&s, cli);
	if (rc == 0)
		rc = gather(&paths, argc, argv);
	if (rc == 0 && on_save)
		rc = run_save(cli, s, &o);
	if (rc < 0 || on_save)
		goto out;
	rc = ds_commit_run(&r, s, &o);
	if (rc == 0 || rc == DS_EPART || rc == DS_EBRAKE) {
		skipped = cli->report->count[DS_REPORT_SPECIAL];
		json_result(cli, &r, skipped);
		text_result(cli, &r, skipped);
	}
	ds_commit_result_release(&r);
out:
	ds_list_release(&paths);
	return rc;
}

const struct cmd cmd_commit = {
	.name = "commit",
	.group = "work",
	.args = "[PATH...]",
	.help = "record the present state of what is tracked",
	.hint = CMD_PATH,
	.min_args = 0,
	.max_args = -1,
	.options = options,
	.run = run,
};
