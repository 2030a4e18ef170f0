/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <stdatomic.h>

#include "ds/cancel.h"
#include "ds/err.h"

/* Lock-free, as a signal handler needs it. */
static atomic_bool asked;
_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "a signal handler sets it");

void
ds_cancel_request(void)
{
	atomic_store(&asked, true);
}

int
ds_cancel_check(void)
{
	return atomic_load(&asked) ? ds_err(DS_ECANCEL, "interrupted") : 0;
}
