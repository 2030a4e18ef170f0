/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <fcntl.h>
#include <unistd.h>

#include "ds/err.h"
#include "ds/spawn.h"

#include "tap.h"

/* What the child wrote to its stdout, at most one short line. */
static const char *
output(int *status, const char *const *argv, const char *line)
{
	static char text[256];
	struct ds_spawn s = DS_SPAWN_INIT;
	pid_t pid;
	ssize_t n;
	size_t len = 0;
	int fd[2], rc;

	text[0] = '\0';
	*status = -1;
	if (ds_spawn_pipe(fd) < 0)
		return "no pipe";
	s.argv = argv;
	s.out = fd[1];
	rc = line == NULL ? ds_spawn_start(&pid, &s) :
			    ds_spawn_line(&pid, &s, line);
	close(fd[1]);
	while (rc == 0 && len < sizeof(text) - 1) {
		n = read(fd[0], text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	close(fd[0]);
	if (rc == 0)
		ds_spawn_wait(status, pid);
	return text;
}

static void
test_start(void)
{
	const char *const echo[] = { "echo", "a b", "$HOME", NULL };
	const char *const exits[] = { "sh", "-c", "exit 7", NULL };
	const char *const killed[] = { "sh", "-c", "kill -9 $$", NULL };
	const char *const none[] = { "no-such-program-here", NULL };
	const char *const folder[] = { "/", NULL };
	const char *const open3[] = {
		"sh",
		"-c",
		"test ! -e /dev/fd/9 && echo closed",
		NULL,
	};
	struct ds_spawn s = DS_SPAWN_INIT;
	int status, fd[2];

	is_str(output(&status, echo, NULL), "a b $HOME\n",
	    "arguments reach the program as they are");
	ok(status == 0, "success is 0");
	s.argv = exits;
	ok(ds_spawn_run(&status, &s) == 0 && status == 7,
	    "the exit status comes back");
	s.argv = killed;
	ok(ds_spawn_run(&status, &s) == 0 && status == 128 + 9,
	    "a killed child counts as shells count");
	s.argv = none;
	ok(ds_spawn_run(&status, &s) == DS_ENOTFOUND,
	    "a program that is not there is told apart");
	s.argv = folder;
	ok(ds_spawn_run(&status, &s) == DS_ESYS, "a folder can't be run");
	ok(ds_spawn_become(none) == DS_ENOTFOUND,
	    "becoming a program that is not there returns");
	ok(ds_spawn_pipe(fd) == 0 && dup3(fd[0], 9, O_CLOEXEC) == 9,
	    "a descriptor stands open, close-on-exec");
	is_str(output(&status, open3, NULL), "closed\n",
	    "a child gets none of our descriptors");
}

static void
test_line(void)
{
	int status;

	is_str(output(&status, NULL, "  echo one   two "), "one two\n",
	    "plain words are split at spaces");
	is_str(output(&status, NULL, "echo 'a  b' | tr a c"), "c  b\n",
	    "anything else goes to the shell");
	is_str(output(&status, NULL, "A=1 sh -c 'echo $A'"), "1\n",
	    "an assignment goes to the shell");
	is_str(output(&status, NULL, "   "), "", "no word runs nothing");
	ok(status == -1, "and is an error");
}

int
main(void)
{
	test_start();
	test_line();
	return tap_done();
}
