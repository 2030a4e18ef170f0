/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/ioctl.h>

#include <termios.h>
#include <unistd.h>

#include "ds/tty.h"

/* Wider is a mistake in the environment, not a terminal. */
#define MAX_WIDTH 10000

bool
ds_tty_is(int fd)
{
	return isatty(fd) == 1;
}

int
ds_tty_width(int fd)
{
	struct winsize size = { 0 };
	const char *columns = getenv("COLUMNS");
	char *end;
	long n;

	if (columns != NULL && *columns != '\0') {
		n = strtol(columns, &end, 10);
		if (*end == '\0' && n > 0 && n <= MAX_WIDTH)
			return (int)n;
	}
	if (ioctl(fd, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
	return 0;
}

bool
ds_tty_can_move(void)
{
	const char *term = getenv("TERM");

	return term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
}

bool
ds_tty_color_wanted(void)
{
	const char *no = getenv("NO_COLOR");

	return (no == NULL || *no == '\0') && ds_tty_can_move();
}
