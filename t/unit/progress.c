/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <string.h>
#include <time.h>

#include "ds/progress.h"

#include "tap.h"

/* What was shown. */
static struct ds_progress last;
static int shown;
static int64_t shown_at;
static int64_t least;

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
show(const struct ds_progress *p, void *arg)
{
	int64_t now = now_ms();

	ok(arg == &last, "the argument comes along");
	if (shown > 0 && now - shown_at < least)
		least = now - shown_at;
	shown_at = now;
	last = *p;
	shown++;
}

static void
nobody_looks(void)
{
	struct ds_progress p;

	memset(&p, 0, sizeof(p));
	ds_progress_begin(NULL, "x", 1, 2);
	ds_progress_add(NULL, 1, 2);
	ds_progress_end(NULL);
	ds_progress_begin(&p, "x", 0, 0);
	ds_progress_add(&p, 1, 10);
	ok(p.done == 1 && p.bytes == 10, "it counts without a callback");
	ds_progress_end(&p);
	ok(p.what == NULL, "and ends");
}

static void
a_phase(void)
{
	struct ds_progress p;
	uint64_t n = 0;
	int before;

	memset(&p, 0, sizeof(p));
	p.show = show;
	p.arg = &last;
	ds_progress_add(&p, 1, 1);
	ok(shown == 0 && p.done == 0, "nothing counts before a phase");
	ds_progress_begin(&p, "scanning", 0, 1000);
	ok(shown == 1, "the begin is shown");
	is_str(last.what, "scanning", "with its word");
	ok(last.done == 0 && last.bytes_total == 1000, "and totals");
	least = 1000;
	while (shown < 4) {
		ds_progress_add(&p, 1, 3);
		n++;
	}
	ok(n > 100 && least >= 49, "at most 20 times a second");
	ok(last.done == n && last.bytes == 3 * n, "with what is done");
	ds_progress_add(&p, 1, 3);
	before = shown;
	ds_progress_end(&p);
	ok(shown == before + 1, "the end is shown");
	ok(last.what != NULL && last.done == n + 1 && last.total == n + 1 &&
		last.bytes_total == 3 * (n + 1),
	    "as complete");
	ds_progress_end(&p);
	ok(shown == before + 1 && p.what == NULL, "once");
	ds_progress_begin(&p, "writing", 5, 0);
	ok(last.done == 0 && last.total == 5 && last.bytes == 0,
	    "the next phase begins at nothing");
}

int
main(void)
{
	nobody_looks();
	a_phase();
	return tap_done();
}
