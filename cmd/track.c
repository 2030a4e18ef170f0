/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/err.h"
#include "ds/item.h"
#include "ds/json.h"
#include "ds/list.h"

#include "cmd.h"
#include "common.h"

static const char *name;
static struct ds_list include, exclude, only;

static const struct cmd_option options[] = {
	{ 'n', "name", "ITEM", CMD_STRING, CMD_ANY, &name,
	    "call the item so, not by its folder's name" },
	{ 'i', "include", "GLOB", CMD_LIST, CMD_ANY, &include,
	    "take only files that match (gitignore's patterns)" },
	{ 'x', "exclude", "GLOB", CMD_LIST, CMD_ANY, &exclude,
	    "leave out what matches" },
	{ 'o', "only", "FILE", CMD_LIST, CMD_PATH, &only,
	    "take just this file or folder of PATH" },
	CMD_END
};

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_item_add add = {
		.path = argv[0],
		.name = name,
		.include = &include,
		.exclude = &exclude,
		.only = &only,
	};
	struct ds_store *s;
	char *item = NULL;
	int rc;

	(void)argc;
	rc = common_store(&s, cli);
	if (rc < 0)
		return rc;
	rc = ds_item_track(&item, s, &add);
	if (rc == DS_EEXISTS) {
		out_text(cli, "%s\n", ds_err_text());
		ds_json_bool(out_doc(cli), "made", false);
		ds_json_str(out_doc(cli), "item", item);
		free(item);
		ds_err_clear();
		return 0;
	}
	if (rc < 0)
		return rc;
	out_text(cli, "item '%s' tracks %s\n", item, out_name(argv[0]));
	out_hint(cli, "'datasync commit' takes its files in");
	ds_json_bool(out_doc(cli), "made", true);
	ds_json_str(out_doc(cli), "item", item);
	free(item);
	return 0;
}

const struct cmd cmd_track = {
	.name = "track",
	.group = "start",
	.args = "PATH",
	.help = "put a folder or file under datasync",
	.hint = CMD_PATH,
	.min_args = 1,
	.max_args = 1,
	.options = options,
	.run = run,
};
