/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Progress for people, one line that is drawn over itself, or for programs, a
 * line of JSON each time.  Either goes to stderr at most ten times a second.
 * People see it only when the work takes longer than half a second.
 */
#include "ds/compat.h"

#include <inttypes.h>
#include <time.h>

#include "ds/buf.h"
#include "ds/json.h"
#include "ds/progress.h"
#include "ds/tty.h"

#include "cmd_internal.h"

#define PERIOD_MS 100
#define PATIENCE_MS 500
/* Before this, a rate or the time left would be a guess. */
#define GUESS_MS 1000

static struct {
	struct ds_progress progress;
	struct ds_progress last; /* ->what NULL: none */
	bool json;
	bool drawn;    /* the line stands on the terminal */
	bool pending;  /* last was not told yet */
	bool over;     /* nothing may be drawn any more */
	int64_t begun; /* the first phase; 0: not yet */
	int64_t phase; /* this one */
	int64_t told;
} bar;

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* How much of the phase is done, 0 to 1; -1 where its end is unknown. */
static double
fraction(const struct ds_progress *p)
{
	double f = -1;

	if (p->bytes_total > 0)
		f = (double)p->bytes / (double)p->bytes_total;
	else if (p->total > 0)
		f = (double)p->done / (double)p->total;
	return f > 1 ? 1 : f;
}

static void
add_time_left(struct ds_buf *b, double f, int64_t elapsed)
{
	int64_t left;

	if (f <= 0 || elapsed < GUESS_MS)
		return;
	left = (int64_t)((double)elapsed * (1 - f) / f / 1000);
	if (left >= 3600)
		ds_buf_addf(b, ", %" PRId64 ":%02d:%02d left", left / 3600,
		    (int)(left / 60 % 60), (int)(left % 60));
	else
		ds_buf_addf(b, ", %d:%02d left", (int)(left / 60),
		    (int)(left % 60));
}

/*
 * "writing: 42% (420 of 1000), 1.2 GiB of 3.0 GiB, 34.5 MiB/s, 0:52 left".
 * ${brief}: without the numbers of files.
 */
static void
line(struct ds_buf *b, const struct ds_progress *p, int64_t elapsed, bool brief)
{
	double f = fraction(p);

	ds_buf_addf(b, "%s:", p->what);
	if (f >= 0)
		ds_buf_addf(b, " %d%%", (int)(f * 100));
	if (p->total > 0 && !brief)
		ds_buf_addf(b, " (%" PRIu64 " of %" PRIu64 ")", p->done,
		    p->total);
	else if (p->done > 0 && f < 0)
		ds_buf_addf(b, " %" PRIu64, p->done);
	if (p->bytes_total > 0)
		ds_buf_addf(b, ", %s of %s", out_size(p->bytes),
		    out_size(p->bytes_total));
	else if (p->bytes > 0)
		ds_buf_addf(b, ", %s", out_size(p->bytes));
	if (p->bytes > 0 && elapsed >= GUESS_MS)
		ds_buf_addf(b, ", %s/s",
		    out_size(
			(uint64_t)((double)p->bytes * 1000 / (double)elapsed)));
	add_time_left(b, f, elapsed);
}

static void
draw(const struct ds_progress *p, int64_t now)
{
	struct ds_buf b = DS_BUF_INIT;
	int width = ds_tty_width(2);
	size_t limit = (size_t)(width > 1 ? width : 80) - 1;

	ds_buf_addc(&b, '\r');
	line(&b, p, now - bar.phase, false);
	if (ds_buf_check(&b) == 0 && b.len > limit + 1) {
		ds_buf_cut(&b, 1);
		line(&b, p, now - bar.phase, true);
	}
	if (ds_buf_check(&b) == 0 && b.len > limit + 1)
		ds_buf_cut(&b, limit + 1);
	ds_buf_adds(&b, "\033[K");
	if (ds_buf_check(&b) == 0) {
		fwrite(b.data, 1, b.len, stderr);
		bar.drawn = true;
	}
	ds_buf_release(&b);
}

static void
print_line(const struct ds_progress *p)
{
	struct ds_json *json = ds_json_object();
	struct ds_buf b = DS_BUF_INIT;

	ds_json_str(json, "type", "progress");
	ds_json_str(json, "what", p->what);
	ds_json_int(json, "done", (int64_t)p->done);
	ds_json_int(json, "total", (int64_t)p->total);
	ds_json_int(json, "bytes", (int64_t)p->bytes);
	ds_json_int(json, "bytes_total", (int64_t)p->bytes_total);
	if (ds_json_print(&b, json, false) == 0)
		ds_buf_addc(&b, '\n');
	if (ds_buf_check(&b) == 0 && b.len > 0)
		fwrite(b.data, 1, b.len, stderr);
	ds_buf_release(&b);
	ds_json_free(json);
}

static void
tell(const struct ds_progress *p, int64_t now)
{
	if (bar.json)
		print_line(p);
	else if (now - bar.begun >= PATIENCE_MS)
		draw(p, now);
	bar.told = now;
	bar.pending = false;
}

/* The end of a phase, for programs; people see the next one. */
static void
end_phase(int64_t now)
{
	if (bar.pending && bar.json)
		tell(&bar.last, now);
	bar.pending = false;
	bar.last.what = NULL;
}

static void
show(const struct ds_progress *p, void *arg)
{
	int64_t now;

	(void)arg;
	if (bar.over && !bar.json)
		return;
	now = now_ms();
	if (bar.last.what != NULL &&
	    (p->what == NULL || strcmp(p->what, bar.last.what) != 0 ||
		p->done < bar.last.done))
		end_phase(now);
	if (p->what == NULL)
		return;
	if (bar.begun == 0)
		bar.begun = now;
	if (bar.last.what == NULL)
		bar.phase = now;
	else if (!bar.pending && p->done == bar.last.done &&
	    p->bytes == bar.last.bytes && p->total == bar.last.total)
		return;
	bar.last = *p;
	bar.pending = true;
	if (now - bar.told >= PERIOD_MS)
		tell(p, now);
}

void
bar_begin(struct cli *cli, bool json)
{
	if (!json && (!ds_tty_is(2) || !ds_tty_can_move()))
		return;
	bar.json = json;
	bar.progress.show = show;
	cli->progress = &bar.progress;
}

void
bar_clear(void)
{
	if (!bar.drawn)
		return;
	fputs("\r\033[K", stderr);
	bar.drawn = false;
}

void
bar_end(void)
{
	bar_clear();
	end_phase(now_ms());
	bar.over = true;
}
