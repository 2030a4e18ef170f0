/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CANCEL_H
#define DS_CANCEL_H

#include <stdbool.h>

#include "ds/compat.h"

/*
 * The user's wish to stop.  Long loops ask ds_cancel_check() at points where
 * stopping loses nothing.
 */

/* Safe in a signal handler. */
void ds_cancel_request(void);

/* DS_ECANCEL once asked, else 0. */
int ds_cancel_check(void);

#endif
