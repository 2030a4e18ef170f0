/* SPDX-License-Identifier: Apache-2.0 */
/* The zone's clock, and times written out; date_parse.c reads them. */
#include "ds/compat.h"

#include <time.h>

#include "ds/buf.h"
#include "ds/date.h"

#include "date_internal.h"

static void
local(struct tm *tm, int64_t t)
{
	time_t tt = (time_t)t;

	memset(tm, 0, sizeof(*tm));
	(void)localtime_r(&tt, tm);
}

static long
offset_at(int64_t t)
{
	struct tm tm;

	local(&tm, t);
	return tm.tm_gmtoff;
}

struct ds_date__wall
ds_date__to_wall(int64_t t)
{
	struct tm tm;

	local(&tm, t);
	return (struct ds_date__wall){
		tm.tm_year + 1900,
		tm.tm_mon + 1,
		tm.tm_mday,
		tm.tm_hour,
		tm.tm_min,
		tm.tm_sec,
		tm.tm_wday,
	};
}

int64_t
ds_date__utc(const struct ds_date__wall *w)
{
	struct tm tm = { 0 };

	tm.tm_year = w->year - 1900;
	tm.tm_mon = w->month - 1;
	tm.tm_mday = w->day;
	tm.tm_hour = w->hour;
	tm.tm_min = w->minute;
	tm.tm_sec = w->second;
	return timegm(&tm);
}

int64_t
ds_date__from_wall(const struct ds_date__wall *w)
{
	int64_t flat = ds_date__utc(w);
	long before = offset_at(flat - DAY);
	long after = offset_at(flat + DAY);

	if (offset_at(flat - after) == after)
		return flat - after;
	return flat - before;
}

int
ds_date__days_in(int year, int month)
{
	static const int days[] = {
		31,
		28,
		31,
		30,
		31,
		30,
		31,
		31,
		30,
		31,
		30,
		31,
	};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static int64_t
clamp(int64_t t)
{
	if (t < DATE_MIN)
		return DATE_MIN;
	return t > DATE_MAX ? DATE_MAX : t;
}

void
ds_date_rfc3339(struct ds_buf *b, int64_t t)
{
	time_t tt = (time_t)clamp(t);
	struct tm tm;

	(void)gmtime_r(&tt, &tm);
	ds_buf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
ds_date_local(struct ds_buf *b, int64_t t)
{
	struct ds_date__wall w = ds_date__to_wall(clamp(t));
	int off = ds_date_offset(t);

	ds_buf_addf(b, "%04d-%02d-%02d %02d:%02d:%02d %c%02d%02d", w.year,
	    w.month, w.day, w.hour, w.minute, w.second, off < 0 ? '-' : '+',
	    abs(off) / 60, abs(off) % 60);
}

void
ds_date_clock(struct ds_buf *b, int64_t t)
{
	struct ds_date__wall w = ds_date__to_wall(clamp(t));

	ds_buf_addf(b, "%02d:%02d", w.hour, w.minute);
}

void
ds_date_age(struct ds_buf *b, int64_t t, int64_t now)
{
	/* Each unit serves until two of the next one are near. */
	static const struct {
		uint64_t below;
		uint64_t size;
		const char *name;
	} ages[] = {
		{ 90, 1, "second" },
		{ 90 * 60, 60, "minute" },
		{ 36 * 3600, 3600, "hour" },
		{ 14 * DAY, DAY, "day" },
		{ 70 * DAY, 7 * DAY, "week" },
		{ 365 * DAY, 30 * DAY, "month" },
		{ 0, 365 * DAY, "year" },
	};
	uint64_t age = (uint64_t)now - (uint64_t)t;
	size_t i = 0;

	if (t >= now) {
		ds_buf_adds(b, t > now ? "in the future" : "now");
		return;
	}
	while (i + 1 < ds_nitems(ages) && age >= ages[i].below)
		i++;
	age = age / ages[i].size + (age % ages[i].size * 2 >= ages[i].size);
	ds_buf_addf(b, "%llu %s%s ago", (unsigned long long)age, ages[i].name,
	    age == 1 ? "" : "s");
}

int
ds_date_offset(int64_t t)
{
	return (int)(offset_at(clamp(t)) / 60);
}
