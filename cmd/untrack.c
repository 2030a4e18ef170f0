/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/err.h"
#include "ds/item.h"
#include "ds/json.h"
#include "ds/state.h"
#include "ds/store.h"

#include "cmd.h"
#include "common.h"

static const struct cmd_option options[] = { CMD_END };

/* "ITEM", or a path by its place on this disk. */
static int
locate(char **item, char **rel, struct ds_store *s, const char *arg)
{
	struct ds_items items;
	struct ds_item *it;
	int rc;

	*item = *rel = NULL;
	rc = common_items(&items, s);
	if (rc < 0)
		return rc;
	rc = strchr(arg, '/') == NULL ? ds_items_find(&it, &items, arg) :
					DS_ENOTFOUND;
	if (rc == 0) {
		*rel = strdup("");
	} else {
		rc = ds_items_locate(&it, rel, &items, arg);
		if (rc == DS_ENOTFOUND && strchr(arg, '/') == NULL)
			rc = ds_items_find(&it, &items, arg);
	}
	if (rc == 0) {
		*item = strdup(it->name);
		if (*item == NULL || *rel == NULL)
			rc = ds_err_nomem();
	}
	ds_items_release(&items);
	return rc;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	char *item, *rel;
	struct ds_store *s;
	int rc;

	(void)argc;
	rc = common_store(&s, cli);
	if (rc < 0)
		return rc;
	rc = locate(&item, &rel, s, argv[0]);
	if (rc == 0)
		rc = ds_item_untrack(s, item, rel);
	if (rc == 0) {
		out_text(cli,
		    "%s%s%s is tracked no more; nothing on disk "
		    "was touched\n",
		    item, *rel != '\0' ? "/" : "",
		    *rel != '\0' ? out_name(rel) : "");
		ds_json_str(out_doc(cli), "item", item);
		out_path(out_doc(cli), "path", rel);
	}
	free(rel);
	free(item);
	return rc;
}

const struct cmd cmd_untrack = {
	.name = "untrack",
	.group = "start",
	.args = "ITEM|PATH",
	.help = "let an item or a path go; the disk stays as it is",
	.hint = CMD_ITEM,
	.min_args = 1,
	.max_args = 1,
	.options = options,
	.run = run,
};
