/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, in the order in which help lists them. */
#include "ds/compat.h"

#include "ds/err.h"
#include "ds/list.h"

#include "cmd_internal.h"

extern const struct cmd cmd_commit, cmd_completion, cmd_config, cmd_device,
    cmd_diff, cmd_help, cmd_init, cmd_items, cmd_log, cmd_restore, cmd_show,
    cmd_status, cmd_track, cmd_undo, cmd_untrack, cmd_verify, cmd_version;

const struct cmd *const commands[] = {
	/* start */
	&cmd_init,
	&cmd_track,
	&cmd_untrack,
	&cmd_items,
	&cmd_config,
	&cmd_device,
	/* work */
	&cmd_status,
	&cmd_commit,
	&cmd_log,
	&cmd_diff,
	&cmd_show,
	&cmd_restore,
	&cmd_undo,
	/* keep */
	&cmd_verify,
	/* look after */
	&cmd_completion,
	&cmd_version,
	&cmd_help,
	NULL,
};

const struct cmd *
command_find(const char *name)
{
	const struct cmd *const *c;

	for (c = commands; *c != NULL; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

void
command_names(struct ds_list *out)
{
	const struct cmd *const *c;

	for (c = commands; *c != NULL; c++)
		(void)ds_list_add(out, (*c)->name);
}

int
command_unknown(const char *name)
{
	struct ds_list names = DS_LIST_INIT;
	const char *near;
	int rc;

	command_names(&names);
	near = ds_list_nearest(&names, name);
	rc = ds_err(DS_EUSAGE, "'%s' is no datasync command", name);
	if (near != NULL)
		ds_err_hint(rc, "did you mean '%s'?", near);
	else
		ds_err_hint(rc, "'datasync help' lists the commands");
	ds_list_release(&names);
	return rc;
}
