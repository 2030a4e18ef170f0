/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/ioctl.h>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "ds/tty.h"

#include "tap.h"

static void
test_width(void)
{
	struct winsize size = { .ws_row = 20, .ws_col = 61 };
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	unsetenv("COLUMNS");
	if (fd == -1 || grantpt(fd) == -1 || unlockpt(fd) == -1) {
		ok(1, "# skip no terminal to be had");
		return;
	}
	ok(ioctl(fd, TIOCSWINSZ, &size) == 0 && ds_tty_width(fd) == 61,
	    "a terminal says how wide it is");
	setenv("COLUMNS", "100", 1);
	ok(ds_tty_width(fd) == 100, "$COLUMNS goes first");
	setenv("COLUMNS", "100x", 1);
	ok(ds_tty_width(fd) == 61, "unless it is no number");
	setenv("COLUMNS", "99999999999999999999", 1);
	ok(ds_tty_width(fd) == 61, "or one out of all bounds");
	close(fd);
}

static void
test_kind(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ok(!ds_tty_is(fd), "/dev/null is no terminal");
	unsetenv("COLUMNS");
	ok(ds_tty_width(fd) == 0, "and has no width");
	close(fd);
}

static void
test_color(void)
{
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	ok(ds_tty_color_wanted(), "colour is wanted on a usual terminal");
	setenv("NO_COLOR", "", 1);
	ok(ds_tty_color_wanted(), "an empty NO_COLOR says nothing");
	setenv("NO_COLOR", "1", 1);
	ok(!ds_tty_color_wanted(), "NO_COLOR is obeyed");
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	ok(!ds_tty_color_wanted() && !ds_tty_can_move(),
	    "a dumb terminal has neither colour nor a cursor");
	unsetenv("TERM");
	ok(!ds_tty_can_move(), "nor has one without a name");
}

int
main(void)
{
	test_width();
	test_kind();
	test_color();
	return tap_done();
}
