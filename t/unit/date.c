/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "ds/buf.h"
#include "ds/date.h"
#include "ds/err.h"

#include "tap.h"

/* Thursday, 2026-11-05 12:34:56 UTC. */
#define NOW INT64_C(1793882096)

/* Spelled out, so that the tests need no zone files. */
#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define ST_JOHNS "NST3:30NDT,M3.2.0,M11.1.0"
#define SAO_PAULO "<-03>3<-02>,M11.1.0/0,M2.3.0/0"

static void
zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static const char *
shown(void (*show)(struct ds_buf *, int64_t), int64_t t)
{
	static char out[100];
	struct ds_buf b = DS_BUF_INIT;

	show(&b, t);
	snprintf(out, sizeof(out), "%s", b.data);
	ds_buf_release(&b);
	return out;
}

static const char *
parsed(const char *text, int end)
{
	int64_t t;

	if (ds_date_parse(&t, text, NOW, end) != 0)
		return "none";
	return shown(ds_date_rfc3339, t);
}

struct example {
	const char *text;
	const char *start;
	const char *end; /* NULL: the same */
};

static void
try_all(const struct example *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		is_str(parsed(v[i].text, 0), v[i].start, v[i].text);
		is_str(parsed(v[i].text, 1),
		    v[i].end != NULL ? v[i].end : v[i].start, "as an end");
	}
}

static void
test_utc(void)
{
	static const struct example v[] = {
		{ "2026-11-01", "2026-11-01T00:00:00Z",
		    "2026-11-01T23:59:59Z" },
		{ " 2026-11-01 ", "2026-11-01T00:00:00Z",
		    "2026-11-01T23:59:59Z" },
		{ "2026-11-01 18:00", "2026-11-01T18:00:00Z", NULL },
		{ "2026-11-01 9:05:07", "2026-11-01T09:05:07Z", NULL },
		{ "2026-11-01 noon", "2026-11-01T12:00:00Z", NULL },
		{ "2026-11-01T18:00:30", "2026-11-01T18:00:30Z", NULL },
		{ "2026-11-01T18:00:30Z", "2026-11-01T18:00:30Z", NULL },
		{ "2026-11-01t18:00:30z", "2026-11-01T18:00:30Z", NULL },
		{ "2026-11-01T18:00:30+02:00", "2026-11-01T16:00:30Z", NULL },
		{ "2026-11-01 18:00:30 -0530", "2026-11-01T23:30:30Z", NULL },
		{ "2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", NULL },
		{ "2024-02-29", "2024-02-29T00:00:00Z",
		    "2024-02-29T23:59:59Z" },
		{ "2000-02-29 00:00", "2000-02-29T00:00:00Z", NULL },
		{ "1969-12-31 23:59:59", "1969-12-31T23:59:59Z", NULL },
		{ "now", "2026-11-05T12:34:56Z", NULL },
		{ "NOW", "2026-11-05T12:34:56Z", NULL },
		{ "today", "2026-11-05T00:00:00Z", "2026-11-05T23:59:59Z" },
		{ "today 8:00", "2026-11-05T08:00:00Z", NULL },
		{ "yesterday", "2026-11-04T00:00:00Z", "2026-11-04T23:59:59Z" },
		{ "Yesterday 18:00", "2026-11-04T18:00:00Z", NULL },
		{ "yesterday noon", "2026-11-04T12:00:00Z", NULL },
		{ "noon", "2026-11-05T12:00:00Z", NULL },
		{ "12:34", "2026-11-05T12:34:00Z", NULL },
		{ "12:34:56", "2026-11-05T12:34:56Z", NULL },
		{ "12:34:57", "2026-11-04T12:34:57Z", NULL },
		{ "18:00", "2026-11-04T18:00:00Z", NULL },
		{ "monday", "2026-11-02T00:00:00Z", "2026-11-02T23:59:59Z" },
		{ "last monday", "2026-11-02T00:00:00Z",
		    "2026-11-02T23:59:59Z" },
		{ "monday 9:30", "2026-11-02T09:30:00Z", NULL },
		{ "Thursday 9:30", "2026-10-29T09:30:00Z", NULL },
		{ "friday 9:30", "2026-10-30T09:30:00Z", NULL },
		{ "sunday noon", "2026-11-01T12:00:00Z", NULL },
		{ "1 second ago", "2026-11-05T12:34:55Z", NULL },
		{ "90 minutes ago", "2026-11-05T11:04:56Z", NULL },
		{ "an hour ago", "2026-11-05T11:34:56Z", NULL },
		{ "2 days ago", "2026-11-03T12:34:56Z", NULL },
		{ "a week ago", "2026-10-29T12:34:56Z", NULL },
		{ "3 months ago", "2026-08-05T12:34:56Z", NULL },
		{ "11 Months  ago", "2025-12-05T12:34:56Z", NULL },
		{ "1 year ago", "2025-11-05T12:34:56Z", NULL },
		{ "0 days ago", "2026-11-05T12:34:56Z", NULL },
		{ "3d", "2026-11-02T12:34:56Z", NULL },
		{ "12h", "2026-11-05T00:34:56Z", NULL },
		{ "2w", "2026-10-22T12:34:56Z", NULL },
		{ "5min", "2026-11-05T12:29:56Z", NULL },
		{ "2mon", "2026-09-05T12:34:56Z", NULL },
		{ "1y", "2025-11-05T12:34:56Z", NULL },
		{ "30s", "2026-11-05T12:34:26Z", NULL },
		{ "@1700000000", "2023-11-14T22:13:20Z", NULL },
		{ "@0", "1970-01-01T00:00:00Z", NULL },
		{ "@253402300799", "9999-12-31T23:59:59Z", NULL },
		{ "2000 years ago", "0026-11-05T12:34:56Z", NULL },
	};

	zone("UTC");
	try_all(v, ds_nitems(v));
}

/* Summer time ends on 2026-10-25 at 03:00, begins on 2026-03-29 at 02:00. */
static void
test_berlin(void)
{
	static const struct example v[] = {
		{ "2026-07-01", "2026-06-30T22:00:00Z",
		    "2026-07-01T21:59:59Z" },
		{ "2026-12-01", "2026-11-30T23:00:00Z",
		    "2026-12-01T22:59:59Z" },
		{ "2026-10-25", "2026-10-24T22:00:00Z",
		    "2026-10-25T22:59:59Z" },
		{ "2026-03-29", "2026-03-28T23:00:00Z",
		    "2026-03-29T21:59:59Z" },
		{ "2026-10-25 01:59:59", "2026-10-24T23:59:59Z", NULL },
		{ "2026-10-25 02:30", "2026-10-25T01:30:00Z", NULL },
		{ "2026-10-25 03:00", "2026-10-25T02:00:00Z", NULL },
		{ "2026-03-29 01:59:59", "2026-03-29T00:59:59Z", NULL },
		{ "2026-03-29 02:30", "2026-03-29T01:30:00Z", NULL },
		{ "2026-03-29 03:00", "2026-03-29T01:00:00Z", NULL },
		{ "2026-10-25 02:30 +0200", "2026-10-25T00:30:00Z", NULL },
		{ "12 days ago", "2026-10-24T11:34:56Z", NULL },
		{ "288 hours ago", "2026-10-24T12:34:56Z", NULL },
		{ "4 months ago", "2026-07-05T11:34:56Z", NULL },
		{ "13:34", "2026-11-05T12:34:00Z", NULL },
		{ "13:35", "2026-11-04T12:35:00Z", NULL },
	};

	zone(BERLIN);
	try_all(v, ds_nitems(v));
	is_str(shown(ds_date_local, 1793882096), "2026-11-05 13:34:56 +0100",
	    "winter, for people");
	is_str(shown(ds_date_local, 1782864000), "2026-07-01 02:00:00 +0200",
	    "summer, for people");
	is_str(shown(ds_date_clock, 1782864000), "02:00", "the clock");
	ok(ds_date_offset(1793882096) == 60, "the offset in winter");
	ok(ds_date_offset(1782864000) == 120, "the offset in summer");
	zone(ST_JOHNS);
	is_str(shown(ds_date_local, 1793882096), "2026-11-05 09:04:56 -0330",
	    "half an hour west");
	zone(SAO_PAULO);
	is_str(parsed("2018-11-04", 0), "2018-11-04T03:00:00Z",
	    "a day that begins at one");
}

static void
test_month_ends(void)
{
	int64_t t = 0, now;

	zone("UTC");
	ok(ds_date_parse(&now, "2026-03-31T10:00:00Z", NOW, 0) == 0 &&
		ds_date_parse(&t, "1 month ago", now, 0) == 0,
	    "a short month");
	is_str(shown(ds_date_rfc3339, t), "2026-02-28T10:00:00Z",
	    "gives its last day");
	ok(ds_date_parse(&now, "2024-02-29T10:00:00Z", NOW, 0) == 0 &&
		ds_date_parse(&t, "a year ago", now, 0) == 0,
	    "no leap day");
	is_str(shown(ds_date_rfc3339, t), "2023-02-28T10:00:00Z",
	    "gives the day before");
	ok(ds_date_parse(&now, "2026-01-01T00:00:00Z", NOW, 0) == 0 &&
		ds_date_parse(&t, "yesterday", now, 1) == 0,
	    "new year's day");
	is_str(shown(ds_date_rfc3339, t), "2025-12-31T23:59:59Z",
	    "follows another year");
}

static const char *const garbage[] = {
	"",
	" ",
	"x",
	"main",
	"HEAD",
	"2026",
	"2026-11",
	"2026-11-",
	"2026-13-01",
	"2026-00-01",
	"2026-11-31",
	"2026-11-00",
	"2025-02-29",
	"1900-02-29",
	"0000-01-01",
	"10000-01-01",
	"26-11-01",
	"2026-1-1",
	"2026/11/01",
	"2026-11-01x",
	"2026-11-01T",
	"2026-11-01T ",
	"2026-11-01 T18:00",
	"2026-11-01noon",
	"2026-11-01 24:00",
	"2026-11-01 18:60",
	"2026-11-01 18",
	"2026-11-01 18:0",
	"2026-11-01 18:00:61",
	"2026-11-01T18:00:30+2",
	"2026-11-01T18:00:30+02:0",
	"2026-11-01T18:00:30+24:00",
	"2026-11-01T18:00:30+0260",
	"2026-11-01T18:00:30+020",
	"2026-11-01T18:00:30Zx",
	"18:00x",
	"2026-11-01 +02:00",
	"2026-11-01 18:00 CET",
	"@",
	"@-1",
	"@1x",
	"@ 1",
	"@253402300800",
	"@99999999999999999999",
	"-1 day ago",
	"1",
	"1 day",
	"day ago",
	"1 dayago",
	"a",
	"an",
	"ago",
	"1 fortnight ago",
	"1 daysx ago",
	"2 days ago now",
	"5m",
	"3dd",
	"3 d",
	"3d ago",
	"ad",
	"a d",
	"1.5 days ago",
	"last",
	"last x",
	"last yesterday",
	"mond",
	"mondays",
	"monday tuesday",
	"now now",
	"nowx",
	"noon 18:00",
	"18:00 19:00",
	"123:00",
	"3000 years ago",
	"99999999999999999 seconds ago",
	"999999999999999999 weeks ago",
	"99999999999 days ago",
	"9999999999999999999 years ago",
	"99999999999 months ago",
};

static void
test_garbage(void)
{
	size_t i;

	for (i = 0; i < ds_nitems(garbage); i++) {
		is_str(parsed(garbage[i], 0), "none",
		    *garbage[i] != '\0' ? garbage[i] : "an empty text");
	}
	is_str(ds_err_text(), "'99999999999 months ago' is no date or time",
	    "the reason is told");
}

static void
try_round_trip(const char *name)
{
	unsigned seed = 3;
	int64_t t, back;
	int lost = 0;
	int i;

	zone(name);
	for (i = 0; i < 20000; i++) {
		seed = seed * 1103515245u + 12345u;
		t = INT64_C(-62135596800) + (int64_t)seed * 73;
		if (ds_date_parse(&back, shown(ds_date_rfc3339, t), NOW, 0) !=
			0 ||
		    back != t)
			lost++;
		/* Long ago, zones had offsets in seconds. */
		t = (int64_t)seed - 1000000000;
		if (ds_date_parse(&back, shown(ds_date_local, t), NOW, 1) !=
			0 ||
		    back != t)
			lost++;
	}
	ok(lost == 0, name);
}

static void
test_ages(void)
{
	static const struct {
		int64_t age;
		const char *want;
	} v[] = {
		{ -1, "in the future" },
		{ 0, "now" },
		{ 1, "1 second ago" },
		{ 89, "89 seconds ago" },
		{ 90, "2 minutes ago" },
		{ 180, "3 minutes ago" },
		{ 5399, "90 minutes ago" },
		{ 5400, "2 hours ago" },
		{ 129599, "36 hours ago" },
		{ 129600, "2 days ago" },
		{ 172800, "2 days ago" },
		{ 14 * 86400, "2 weeks ago" },
		{ 70 * 86400, "2 months ago" },
		{ 365 * 86400, "1 year ago" },
		{ 800 * 86400, "2 years ago" },
	};
	struct ds_buf b = DS_BUF_INIT;
	size_t i;

	for (i = 0; i < ds_nitems(v); i++) {
		ds_buf_cut(&b, 0);
		ds_date_age(&b, NOW - v[i].age, NOW);
		is_str(b.data, v[i].want, v[i].want);
	}
	ds_buf_cut(&b, 0);
	ds_date_age(&b, INT64_MIN, INT64_MAX);
	is_str(b.data, "584942417355 years ago", "as long ago as can be");
	ds_buf_release(&b);
}

static void
test_edges(void)
{
	int64_t t = 1;

	zone("UTC");
	is_str(shown(ds_date_rfc3339, INT64_MIN), "0001-01-01T00:00:00Z",
	    "before all years");
	is_str(shown(ds_date_rfc3339, INT64_MAX), "9999-12-31T23:59:59Z",
	    "after all years");
	is_str(shown(ds_date_local, INT64_MAX), "9999-12-31 23:59:59 +0000",
	    "the same locally");
	is_str(shown(ds_date_clock, INT64_MIN), "00:00", "and on the clock");
	ok(ds_date_offset(INT64_MAX) == 0, "with an offset");
	ok(ds_date_parse(&t, "now", INT64_MAX, 0) == DS_EINVAL && t == 0,
	    "no now outside all years");
	ok(ds_date_parse(&t, "1 day ago", INT64_MIN, 0) == DS_EINVAL,
	    "and nothing before it");
}

int
main(void)
{
	test_utc();
	test_berlin();
	test_month_ends();
	test_garbage();
	test_ages();
	test_edges();
	try_round_trip("UTC");
	try_round_trip(BERLIN);
	try_round_trip(ST_JOHNS);
	try_round_trip("Europe/Berlin");
	return tap_done();
}
