/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/device.h"
#include "ds/err.h"
#include "ds/json.h"
#include "ds/store.h"

#include "cmd.h"

static const char *name;

static const struct cmd_option options[] = {
	{ 0, "name", "DEVICE", CMD_STRING, CMD_ANY, &name,
	    "call this device so, not by the host's name" },
	CMD_END
};

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_store *s;
	char *path;
	bool made;
	int rc;

	(void)argc;
	(void)argv;
	rc = ds_store_find(&path, cli->store_path);
	if (rc < 0)
		return rc;
	rc = ds_store_init(path, name);
	made = rc == 0;
	if (rc == DS_EEXISTS) {
		ds_err_clear();
		rc = 0;
	}
	if (rc == 0)
		rc = cli_store(&s, cli);
	if (rc == 0) {
		out_text(cli, "%s store %s for device '%s'\n",
		    made ? "made" : "there is already the", path,
		    s->device->name);
		ds_json_bool(out_doc(cli), "made", made);
		out_path(out_doc(cli), "store", path);
		ds_json_str(out_doc(cli), "device", s->device->name);
		ds_json_str(out_doc(cli), "device_id", s->device->id);
	}
	free(path);
	return rc;
}

const struct cmd cmd_init = {
	.name = "init",
	.group = "start",
	.args = NULL,
	.help = "make a store on this device",
	.options = options,
	.run = run,
};
