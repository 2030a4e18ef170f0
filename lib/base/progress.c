/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <time.h>

#include "ds/progress.h"

/* Twenty times a second is as much as anybody can see. */
#define PERIOD_MS 50

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
show(struct ds_progress *p, int64_t now)
{
	p->shown = now;
	if (p->show != NULL)
		p->show(p, p->arg);
}

void
ds_progress_begin(struct ds_progress *p, const char *what, uint64_t total,
    uint64_t bytes_total)
{
	if (p == NULL)
		return;
	p->what = what;
	p->done = 0;
	p->total = total;
	p->bytes = 0;
	p->bytes_total = bytes_total;
	show(p, now_ms());
}

void
ds_progress_add(struct ds_progress *p, uint64_t files, uint64_t bytes)
{
	int64_t now;

	if (p == NULL || p->what == NULL)
		return;
	p->done += files;
	p->bytes += bytes;
	now = now_ms();
	if (now - p->shown >= PERIOD_MS)
		show(p, now);
}

void
ds_progress_end(struct ds_progress *p)
{
	if (p == NULL || p->what == NULL)
		return;
	p->total = p->done;
	p->bytes_total = p->bytes;
	show(p, now_ms());
	p->what = NULL;
}
