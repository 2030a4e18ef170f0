/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As git: $DATASYNC_PAGER, else core.pager, else $PAGER, else less.  stdout
 * becomes a pipe to it, and the last thing we do is to wait until the user has
 * left it.
 */
#include "ds/compat.h"

#include <fcntl.h>
#include <unistd.h>

#include "ds/err.h"
#include "ds/spawn.h"

#include "cmd_internal.h"

/* What a shell says when it does not find the program. */
#define NOT_FOUND 127

static pid_t pager = -1;
static char *line;

static char *
find_line(const struct cli *cli)
{
	const char *value = getenv("DATASYNC_PAGER");
	char *setting;

	if (value != NULL)
		return strdup(value);
	setting = out_setting(cli, "core.pager");
	if (setting != NULL)
		return setting;
	value = getenv("PAGER");
	return strdup(value != NULL ? value : "less");
}

static int
start(void)
{
	struct ds_spawn s = DS_SPAWN_INIT;
	int fd[2], rc;

	rc = ds_spawn_pipe(fd);
	if (rc < 0)
		return rc;
	/* Stay only if there is more than a screen, let colours through. */
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	s.in = fd[0];
	rc = ds_spawn_line(&pager, &s, line);
	if (rc == 0 && dup2(fd[1], STDOUT_FILENO) == -1)
		rc = ds_err_sys("cannot write to the pager");
	close(fd[0]);
	close(fd[1]);
	return rc;
}

bool
pager_begin(struct cli *cli)
{
	if (pager != -1)
		return false;
	free(line);
	line = find_line(cli);
	if (line == NULL || *line == '\0' || strcmp(line, "cat") == 0)
		return false;
	if (start() < 0) {
		out_warn(cli, "%s", ds_err_text());
		ds_err_clear();
		return false;
	}
	return true;
}

bool
pager_is_on(void)
{
	return pager != -1;
}

int
pager_end(void)
{
	int rc = 0, status = 0, nowhere;

	if (pager == -1)
		goto out;
	/* Its end of file: the pipe must be closed, 1 must not be free. */
	nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (nowhere != -1) {
		dup2(nowhere, STDOUT_FILENO);
		close(nowhere);
	} else {
		close(STDOUT_FILENO);
	}
	rc = ds_spawn_wait(&status, pager);
	pager = -1;
	if (rc == 0 && status == NOT_FOUND)
		rc = ds_err(DS_ENOTFOUND, "cannot run the pager '%s'", line);
out:
	free(line);
	line = NULL;
	return rc;
}
