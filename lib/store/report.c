/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/report.h"

void
ds_report(struct ds_report *r, enum ds_report_kind kind, const char *item,
    const char *path, const char *why)
{
	if (r == NULL)
		return;
	r->count[kind]++;
	if (r->cb != NULL)
		r->cb(kind, item, path, why, r->arg);
}
