/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/err.h"
#include "ds/json.h"
#include "ds/restore.h"
#include "ds/rev.h"
#include "ds/store.h"

#include "cmd.h"
#include "common.h"

static const char *from, *to;
static bool delete_extra, dry_run;

static const struct cmd_option options[] = {
	{ 'f', "from", "REV", CMD_STRING, CMD_REV, &from,
	    "the state of this commit or time (default: the newest)" },
	{ 't', "to", "DIR", CMD_STRING, CMD_FOLDER, &to,
	    "write DIR/ITEM/... and leave the items alone" },
	{ 0, "delete", NULL, CMD_FLAG, CMD_ANY, &delete_extra,
	    "also remove what that state does not have" },
	{ 'n', "dry-run", NULL, CMD_FLAG, CMD_ANY, &dry_run,
	    "only say what would be done" },
	CMD_END
};

static int
find_from(git_oid *out, struct ds_store *s)
{
	int rc;

	if (from != NULL)
		return ds_rev_commit(out, s, from);
	rc = ds_store_head(out, s);
	if (rc == 0 && git_oid_is_zero(out))
		rc = ds_err(DS_ENOTFOUND, "there is no commit yet");
	return rc;
}

static void
show(struct cli *cli, const struct ds_restore_result *r)
{
	if (to != NULL)
		ds_json_str(out_doc(cli), "to", to);
	common_restored(cli, r, dry_run);
}

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_list paths = DS_LIST_INIT;
	struct ds_restore_options o = {
		.label = from != NULL ? from : "the newest commit",
		.paths = &paths,
		.delete_extra = delete_extra,
		.dry_run = dry_run,
		.report = cli->report,
		.progress = cli->progress,
	};
	struct ds_restore_result r;
	struct ds_store *s;
	int i, rc;

	if (to != NULL && delete_extra)
		return cli_usage(cli,
		    "'--delete' and '--to' exclude each "
		    "other");
	if (to != NULL && to[0] == '\0')
		return cli_usage(cli, "the folder of '--to' is empty");
	rc = cli_store(&s, cli);
	if (rc == 0)
		rc = find_from(&o.from, s);
	for (i = 0; rc == 0 && i < argc; i++)
		rc = ds_list_add(&paths, argv[i]);
	if (rc < 0)
		goto out;
	if (to != NULL)
		rc = ds_restore_to(&r, s, &o, to);
	else
		rc = ds_restore_run(&r, s, &o);
	if (rc == 0 || rc == DS_EPART)
		show(cli, &r);
	else if (rc == DS_ECANCEL && to == NULL)
		ds_err_hint(rc,
		    "the next datasync command finishes what was "
		    "begun");
	ds_restore_result_release(&r);
out:
	ds_list_release(&paths);
	return rc;
}

const struct cmd cmd_restore = {
	.name = "restore",
	.group = "work",
	.args = "[PATH...]",
	.help = "bring files back from any commit or time",
	.hint = CMD_PATH,
	.min_args = 0,
	.max_args = -1,
	.options = options,
	.run = run,
};
