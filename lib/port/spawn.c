/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "ds/err.h"
#include "ds/list.h"
#include "ds/spawn.h"

extern char **environ;

/* Bytes that mean nothing to a shell, wherever they stand in a word. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./,:@% ";

/* exec's parameters lack a const that its contract has. */
static char *const *
words(const char *const *argv)
{
	return (char *const *)(const void *)argv;
}

static int
failed(const char *name, int error)
{
	errno = error;
	if (error == ENOENT)
		return ds_err(DS_ENOTFOUND, "cannot run '%s': %s", name,
		    strerror(error));
	return ds_err_sys("cannot run '%s'", name);
}

static int
set_descriptors(posix_spawn_file_actions_t *actions, const struct ds_spawn *s)
{
	const int fd[] = { s->in, s->out, s->err };
	int i, error;

	for (i = 0; i < 3; i++) {
		if (fd[i] == -1)
			continue;
		error = posix_spawn_file_actions_adddup2(actions, fd[i], i);
		if (error != 0)
			return error;
	}
	return 0;
}

static int
set_signals(posix_spawnattr_t *attr)
{
	sigset_t ignored, none;
	int error;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	error = posix_spawnattr_setsigdefault(attr, &ignored);
	if (error == 0)
		error = posix_spawnattr_setsigmask(attr, &none);
	if (error == 0)
		error = posix_spawnattr_setflags(attr,
		    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	return error;
}

static int
start(pid_t *out, const struct ds_spawn *s, const char *const *argv)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	pid_t pid = -1;
	int error;

	error = posix_spawn_file_actions_init(&actions);
	if (error != 0)
		return failed(argv[0], error);
	error = posix_spawnattr_init(&attr);
	if (error != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return failed(argv[0], error);
	}
	error = set_descriptors(&actions, s);
	if (error == 0)
		error = set_signals(&attr);
	if (error == 0)
		error = posix_spawnp(&pid, argv[0], &actions, &attr,
		    words(argv), environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		return failed(argv[0], error);
	*out = pid;
	return 0;
}

int
ds_spawn_start(pid_t *out, const struct ds_spawn *s)
{
	*out = -1;
	return start(out, s, s->argv);
}

int
ds_spawn_wait(int *status, pid_t pid)
{
	int raw;
	pid_t got;

	*status = 0;
	do
		got = waitpid(pid, &raw, 0);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return ds_err_sys("cannot wait for process %ld", (long)pid);
	if (WIFSIGNALED(raw))
		*status = 128 + WTERMSIG(raw);
	else
		*status = WEXITSTATUS(raw);
	return 0;
}

int
ds_spawn_run(int *status, const struct ds_spawn *s)
{
	pid_t pid;
	int rc;

	*status = 0;
	rc = ds_spawn_start(&pid, s);
	if (rc < 0)
		return rc;
	return ds_spawn_wait(status, pid);
}

static int
split(struct ds_list *out, const char *line)
{
	size_t n;
	int rc;

	for (line += strspn(line, " "); *line != '\0';
	     line += strspn(line, " ")) {
		n = strcspn(line, " ");
		rc = ds_list_addn(out, line, n);
		if (rc < 0)
			return rc;
		line += n;
	}
	return 0;
}

static int
start_words(pid_t *out, const struct ds_spawn *s, const struct ds_list *list)
{
	const char **argv;
	size_t i;
	int rc;

	argv = calloc(list->n + 1, sizeof(*argv));
	if (argv == NULL)
		return ds_err_nomem();
	for (i = 0; i < list->n; i++)
		argv[i] = list->v[i];
	rc = start(out, s, argv);
	free(argv);
	return rc;
}

int
ds_spawn_line(pid_t *out, const struct ds_spawn *s, const char *line)
{
	const char *const shell[] = { "/bin/sh", "-c", line, NULL };
	struct ds_list list = DS_LIST_INIT;
	int rc;

	*out = -1;
	if (line[strspn(line, plain)] != '\0')
		return start(out, s, shell);
	rc = split(&list, line);
	if (rc == 0 && list.n == 0)
		rc = ds_err(DS_ENOTFOUND, "no program is named");
	if (rc == 0)
		rc = start_words(out, s, &list);
	ds_list_release(&list);
	return rc;
}

int
ds_spawn_become(const char *const *argv)
{
	void (*old)(int) = signal(SIGPIPE, SIG_DFL);
	int error;

	execvp(argv[0], words(argv));
	error = errno;
	signal(SIGPIPE, old);
	return failed(argv[0], error);
}

int
ds_spawn_pipe(int fd[2])
{
	if (pipe2(fd, O_CLOEXEC) == -1)
		return ds_err_sys("cannot make a pipe");
	return 0;
}
