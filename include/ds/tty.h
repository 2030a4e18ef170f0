/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_TTY_H
#define DS_TTY_H

#include <stdbool.h>

#include "ds/compat.h"

/* What is known about the terminal behind a descriptor, if there is one. */

bool ds_tty_is(int fd);

/* Its columns: $COLUMNS, else what it says itself; 0 where neither does. */
int ds_tty_width(int fd);

/*
 * May a program write colours that nobody asked for?  Not with NO_COLOR in
 * the environment (no-color.org: set and not empty) or a dumb terminal.
 */
bool ds_tty_color_wanted(void);

/* Can it move the cursor?  Not with TERM unset or "dumb". */
bool ds_tty_can_move(void);

#endif
