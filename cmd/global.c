/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <unistd.h>

#include "ds/err.h"

#include "cmd_internal.h"

struct global global;

const struct cmd_option global_first[] = {
	{ 'C', NULL, "DIR", CMD_STRING, CMD_FOLDER, &global.folder,
	    "go to this folder first" },
	{ 0, "version", NULL, CMD_FLAG, CMD_ANY, &global.version,
	    "print the version" },
	CMD_END,
};

const struct cmd_option global_any[] = {
	{ 0, "store", "DIR", CMD_STRING, CMD_FOLDER, &global.store,
	    "use the store in this folder" },
	{ 0, "json", NULL, CMD_FLAG, CMD_ANY, &global.json,
	    "print JSON for programs" },
	{ 'q', "quiet", NULL, CMD_FLAG, CMD_ANY, &global.quiet,
	    "print neither warnings nor progress" },
	{ 'v', "verbose", NULL, CMD_FLAG, CMD_ANY, &global.verbose,
	    "say more" },
	{ 0, "no-progress", NULL, CMD_FLAG, CMD_ANY, &global.no_progress,
	    "show no progress" },
	{ 0, "progress", "json", CMD_STRING, CMD_ANY, &global.progress,
	    "print progress as JSON Lines on stderr" },
	{ 0, "color", "auto|always|never", CMD_STRING, CMD_ANY, &global.color,
	    "when to print colours" },
	{ 'h', "help", NULL, CMD_FLAG, CMD_ANY, &global.help,
	    "print this help" },
	CMD_END,
};

int
global_enter(void)
{
	if (global.folder == NULL)
		return 0;
	if (chdir(global.folder) == -1)
		return ds_err_sys("cannot go to '%s'", global.folder);
	return 0;
}

static int
apply_color(void)
{
	const char *when = global.color;

	if (when == NULL)
		out_set_color(COLOR_CONFIG);
	else if (strcmp(when, "auto") == 0)
		out_set_color(COLOR_AUTO);
	else if (strcmp(when, "always") == 0)
		out_set_color(COLOR_ALWAYS);
	else if (strcmp(when, "never") == 0)
		out_set_color(COLOR_NEVER);
	else
		return ds_err(DS_EUSAGE,
		    "'--color' is auto, always or never, not '%s'", when);
	return 0;
}

int
global_apply(struct cli *cli)
{
	bool json = false;
	int rc;

	cli->json = global.json;
	cli->quiet = global.quiet;
	cli->verbose = global.verbose;
	if (global.quiet && global.verbose)
		return ds_err(DS_EUSAGE, "'-q' and '-v' exclude each other");
	if (global.progress != NULL) {
		json = strcmp(global.progress, "json") == 0;
		if (!json)
			return ds_err(DS_EUSAGE,
			    "'--progress' is json, not '%s'", global.progress);
	}
	rc = apply_color();
	if (rc < 0)
		return rc;
	if (!global.no_progress && (json || !global.quiet))
		bar_begin(cli, json);
	return 0;
}
