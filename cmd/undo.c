/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/err.h"
#include "ds/git.h"
#include "ds/json.h"
#include "ds/restore.h"
#include "ds/rev.h"
#include "ds/store.h"

#include "cmd.h"
#include "common.h"

static bool dry_run;

static const struct cmd_option options[] = {
	{ 'n', "dry-run", NULL, CMD_FLAG, CMD_ANY, &dry_run,
	    "only say what would be taken back" },
	CMD_END
};

static void
show(struct cli *cli, const struct ds_restore_result *r)
{
	ds_json_str(out_doc(cli), "undone", ds_git_hex(&r->undone));
	if (r->undone_subject != NULL)
		out_text(cli, "%s %s %s\n", dry_run ? "would undo" : "undo",
		    common_short(&r->undone), r->undone_subject);
	common_restored(cli, r, dry_run);
}

static int
run(struct cli *cli, int argc, char **argv)
{
	git_oid which = { { 0 } };
	struct ds_restore_result r;
	struct ds_store *s;
	int rc;

	rc = cli_store(&s, cli);
	if (rc == 0 && argc > 0)
		rc = ds_rev_commit(&which, s, argv[0]);
	if (rc < 0)
		return rc;
	rc =
	    ds_restore_undo(&r, s, &which, dry_run, cli->report, cli->progress);
	if (rc == 0 || rc == DS_EPART)
		show(cli, &r);
	ds_restore_result_release(&r);
	return rc;
}

const struct cmd cmd_undo = {
	.name = "undo",
	.group = "work",
	.args = "[REV]",
	.help = "take back the last restore, or what a commit did",
	.hint = CMD_REV,
	.min_args = 0,
	.max_args = 1,
	.options = options,
	.run = run,
};
