/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <unistd.h>

#include "ds/err.h"
#include "ds/item.h"
#include "ds/json.h"
#include "ds/path.h"
#include "ds/store.h"

#include "cmd.h"
#include "common.h"

static const struct cmd_option options[] = { CMD_END };
static const char *const words[] = { "enable", "disable", "list", NULL };

static void
json_list(struct ds_json *to, const char *key, const struct ds_list *list)
{
	struct ds_json *a = ds_json_add_array(to, key);
	size_t i;

	for (i = 0; i < list->n; i++)
		ds_json_str(a, NULL, list->v[i]);
}

static void
show_rules(struct cli *cli, const char *what, const struct ds_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		out_text(cli, "    %s %s\n", what, out_name(list->v[i]));
}

static void
show_item(struct cli *cli, struct ds_json *to, const struct ds_item *it)
{
	struct ds_json *one = ds_json_add_object(to, NULL);

	out_text(cli, "%s%-16s%s %s%s\n", out_color(cli, OUT_BOLD), it->name,
	    out_color(cli, OUT_PLAIN), it->shown != NULL ? it->shown : "-",
	    it->enabled ? "" : "  (not enabled here)");
	show_rules(cli, "only", &it->only);
	show_rules(cli, "include", &it->include);
	show_rules(cli, "exclude", &it->exclude);
	ds_json_str(one, "name", it->name);
	if (it->path != NULL)
		out_path(one, "path", it->path);
	else
		ds_json_null(one, "path");
	ds_json_bool(one, "enabled", it->enabled);
	json_list(one, "only", &it->only);
	json_list(one, "include", &it->include);
	json_list(one, "exclude", &it->exclude);
}

static int
list(struct cli *cli, struct ds_store *s)
{
	struct ds_json *to = ds_json_add_array(out_doc(cli), "items");
	struct ds_items items;
	size_t i;
	int rc;

	rc = common_items(&items, s);
	if (rc < 0)
		return rc;
	for (i = 0; i < items.n; i++)
		show_item(cli, to, &items.v[i]);
	if (items.n == 0)
		out_hint(cli,
		    "nothing is tracked; 'datasync track PATH' adds "
		    "an item");
	ds_items_release(&items);
	return 0;
}

static int
enable(struct cli *cli, struct ds_store *s, int argc, char **argv)
{
	bool on = strcmp(argv[0], "enable") == 0;
	char *cwd = NULL, *path = NULL;
	int rc = 0;

	if (argc < 2 || (!on && argc > 2))
		return cli_usage(cli, "'items %s' takes %s", argv[0],
		    on ? "an item and perhaps a path" : "one item");
	if (argc == 3) {
		cwd = getcwd(NULL, 0);
		if (argv[2][0] == '\0')
			rc = cli_usage(cli, "the path is empty");
		else if (cwd == NULL && argv[2][0] != '/')
			rc = ds_err_sys("cannot tell the working folder");
		else
			rc = ds_path_absolute(&path, cwd != NULL ? cwd : "/",
			    argv[2]);
	}
	if (rc == 0)
		rc = ds_item_enable(s, argv[1], on, path);
	if (rc == 0) {
		out_text(cli, "item '%s' is %s\n", argv[1],
		    on ?
			"enabled on this device" :
			"disabled on this device; nothing on disk was touched");
		ds_json_str(out_doc(cli), "item", argv[1]);
		ds_json_bool(out_doc(cli), "enabled", on);
		if (path != NULL)
			out_path(out_doc(cli), "path", path);
	}
	free(path);
	free(cwd);
	return rc;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_store *s;
	int rc;

	rc = cli_store(&s, cli);
	if (rc < 0)
		return rc;
	if (argc == 0 || (argc == 1 && strcmp(argv[0], "list") == 0))
		return list(cli, s);
	if (strcmp(argv[0], "enable") == 0 || strcmp(argv[0], "disable") == 0)
		return enable(cli, s, argc, argv);
	return cli_usage(cli, "'items' knows no '%s'", argv[0]);
}

const struct cmd cmd_items = {
	.name = "items",
	.group = "start",
	.args = "[list | enable ITEM [PATH] | disable ITEM]",
	.help = "list what is tracked; switch it on or off here",
	.hint = CMD_ITEM,
	.min_args = 0,
	.max_args = 3,
	.options = options,
	.words = words,
	.run = run,
};
