/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text is tried as one form after the other.  Days, months and years are
 * counted on the wall's calendar, hours and less in seconds.
 */
#include "ds/compat.h"

#include <stdio.h>

#include "ds/date.h"
#include "ds/err.h"

#include "date_internal.h"

/* What is being read, and what is known beside it. */
struct scan {
	const char *p;
	int64_t now;
	bool end;
};

static bool
in_range(int64_t t)
{
	return t >= DATE_MIN && t <= DATE_MAX;
}

static void
skip_blanks(struct scan *s)
{
	while (*s->p == ' ')
		s->p++;
}

static bool
at_end(struct scan *s)
{
	skip_blanks(s);
	return *s->p == '\0';
}

static bool
take(struct scan *s, char c)
{
	if (*s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A whole word, whatever its case, and the blanks before it. */
static bool
take_word(struct scan *s, const char *word)
{
	const char *p = s->p + strspn(s->p, " ");

	for (; *word != '\0'; p++, word++) {
		if (!is_letter(*p) || (*p | 0x20) != *word)
			return false;
	}
	if (is_letter(*p) || is_digit(*p))
		return false;
	s->p = p;
	return true;
}

/* ${least} to ${most} digits, and no digit after them. */
static bool
take_digits(struct scan *s, int least, int most, int64_t *out)
{
	int n;

	*out = 0;
	for (n = 0; is_digit(s->p[n]); n++) {
		if (n == most)
			return false;
		*out = *out * 10 + (s->p[n] - '0');
	}
	s->p += n;
	return n >= least;
}

static bool
take_field(struct scan *s, int digits, int low, int high, int *out)
{
	int64_t n;

	if (!take_digits(s, digits, digits, &n) || n < low || n > high)
		return false;
	*out = (int)n;
	return true;
}

/* "18:00", "18:00:30", "9:30" or "noon".  A leap second is the one before. */
static bool
take_clock(struct scan *s, struct ds_date__wall *w)
{
	int64_t hour;

	w->minute = 0;
	w->second = 0;
	w->hour = 12;
	if (take_word(s, "noon"))
		return true;
	if (!take_digits(s, 1, 2, &hour) || hour > 23 || !take(s, ':') ||
	    !take_field(s, 2, 0, 59, &w->minute))
		return false;
	w->hour = (int)hour;
	if (take(s, ':') && !take_field(s, 2, 0, 60, &w->second))
		return false;
	if (w->second == 60)
		w->second = 59;
	return true;
}

static void
set_day_edge(const struct scan *s, struct ds_date__wall *w)
{
	w->hour = s->end ? 23 : 0;
	w->minute = s->end ? 59 : 0;
	w->second = s->end ? 59 : 0;
}

/* The rest of a text that has named a day: nothing, or a time of day. */
static bool
finish_day(struct scan *s, struct ds_date__wall *w, int64_t *out)
{
	if (at_end(s))
		set_day_edge(s, w);
	else if (!take_clock(s, w) || !at_end(s))
		return false;
	*out = ds_date__from_wall(w);
	return true;
}

/* "Z", "+02:00" or "-0500", in seconds. */
static bool
take_zone(struct scan *s, long *out)
{
	bool west = *s->p == '-';
	const char *digits = s->p + 1;
	int64_t hour;
	int minute;

	*out = 0;
	if (take(s, 'Z') || take(s, 'z'))
		return true;
	if ((!take(s, '+') && !take(s, '-')) || !take_digits(s, 2, 4, &hour))
		return false;
	minute = (int)(hour % 100);
	if (s->p - digits == 4)
		hour /= 100;
	else if (s->p - digits != 2 || !take(s, ':') ||
	    !take_field(s, 2, 0, 59, &minute))
		return false;
	if (hour > 23 || minute > 59)
		return false;
	*out = ((long)hour * 60 + minute) * (west ? -60 : 60);
	return true;
}

/* "2026-11-01", and the blank or 'T' before what follows. */
static bool
take_date(struct scan *s, struct ds_date__wall *w)
{
	if (!take_field(s, 4, 1, 9999, &w->year) || !take(s, '-') ||
	    !take_field(s, 2, 1, 12, &w->month) || !take(s, '-') ||
	    !take_field(s, 2, 1, ds_date__days_in(w->year, w->month), &w->day))
		return false;
	if (take(s, 'T') || take(s, 't'))
		return is_digit(*s->p);
	return *s->p == ' ' || *s->p == '\0';
}

static bool
read_date(struct scan *s, int64_t *out)
{
	struct ds_date__wall w;
	long zone;

	if (!take_date(s, &w))
		return false;
	if (at_end(s)) {
		set_day_edge(s, &w);
		*out = ds_date__from_wall(&w);
		return true;
	}
	if (!take_clock(s, &w))
		return false;
	if (at_end(s)) {
		*out = ds_date__from_wall(&w);
		return true;
	}
	if (!take_zone(s, &zone))
		return false;
	*out = ds_date__utc(&w) - zone;
	return at_end(s);
}

static bool
read_epoch(struct scan *s, int64_t *out)
{
	return take(s, '@') && take_digits(s, 1, 18, out) && at_end(s);
}

static bool
read_now(struct scan *s, int64_t *out)
{
	*out = s->now;
	return take_word(s, "now") && at_end(s);
}

static bool
read_day(struct scan *s, int64_t *out)
{
	struct ds_date__wall w = ds_date__to_wall(s->now);

	if (take_word(s, "yesterday"))
		w.day--;
	else if (!take_word(s, "today"))
		return false;
	return finish_day(s, &w, out);
}

/* The last one before today, with or without the word. */
static bool
read_weekday(struct scan *s, int64_t *out)
{
	static const char *const names[] = {
		"sunday",
		"monday",
		"tuesday",
		"wednesday",
		"thursday",
		"friday",
		"saturday",
	};
	struct ds_date__wall w = ds_date__to_wall(s->now);
	int i;

	(void)take_word(s, "last");
	for (i = 0; i < 7; i++) {
		if (take_word(s, names[i])) {
			w.day -= (w.weekday - i + 6) % 7 + 1;
			return finish_day(s, &w, out);
		}
	}
	return false;
}

/* A time of day: the last that was. */
static bool
read_clock(struct scan *s, int64_t *out)
{
	struct ds_date__wall w = ds_date__to_wall(s->now);

	if (!take_clock(s, &w) || !at_end(s))
		return false;
	*out = ds_date__from_wall(&w);
	if (*out > s->now) {
		w.day--;
		*out = ds_date__from_wall(&w);
	}
	return true;
}

struct unit {
	const char *name;
	const char *brief; /* as in "3d"; "m" could be either of two */
	int seconds;
	int days;
	int months;
};

static const struct unit units[] = {
	{ "second", "s", 1, 0, 0 },
	{ "minute", "min", 60, 0, 0 },
	{ "hour", "h", 3600, 0, 0 },
	{ "day", "d", 0, 1, 0 },
	{ "week", "w", 0, 7, 0 },
	{ "month", "mon", 0, 0, 1 },
	{ "year", "y", 0, 0, 12 },
};

/* The same day of an earlier month, or that month's last. */
static bool
back_months(int64_t now, int64_t n, int64_t *out)
{
	struct ds_date__wall w = ds_date__to_wall(now);
	int64_t month = w.year * INT64_C(12) + w.month - 1 - n;

	if (month < 12)
		return false;
	w.year = (int)(month / 12);
	w.month = (int)(month % 12) + 1;
	if (w.day > ds_date__days_in(w.year, w.month))
		w.day = ds_date__days_in(w.year, w.month);
	*out = ds_date__from_wall(&w);
	return true;
}

static bool
go_back(int64_t now, const struct unit *u, int64_t n, int64_t *out)
{
	struct ds_date__wall w;

	/* No unit is shorter than a second. */
	if (n > DATE_MAX - DATE_MIN)
		return false;
	if (u->months > 0)
		return back_months(now, n * u->months, out);
	if (u->seconds > 0) {
		*out = now - n * u->seconds;
		return true;
	}
	if (n * u->days > (DATE_MAX - DATE_MIN) / DAY)
		return false;
	w = ds_date__to_wall(now);
	w.day -= (int)(n * u->days);
	*out = ds_date__from_wall(&w);
	return true;
}

/* "day" or "days". */
static bool
take_unit(struct scan *s, const char *name)
{
	char plural[16];

	if (take_word(s, name))
		return true;
	(void)snprintf(plural, sizeof(plural), "%ss", name);
	return take_word(s, plural);
}

/* "2 days ago", "a week ago", "3d". */
static bool
read_ago(struct scan *s, int64_t *out)
{
	const char *digits = s->p;
	int64_t n = 1;
	size_t i;

	if (!take_word(s, "a") && !take_word(s, "an") &&
	    !take_digits(s, 1, 18, &n))
		return false;
	for (i = 0; i < ds_nitems(units); i++) {
		if (is_digit(*digits) && *s->p != ' ' &&
		    take_word(s, units[i].brief))
			return at_end(s) && go_back(s->now, &units[i], n, out);
		if (*s->p == ' ' && take_unit(s, units[i].name))
			return take_word(s, "ago") && at_end(s) &&
			    go_back(s->now, &units[i], n, out);
	}
	return false;
}

int
ds_date_parse(int64_t *out, const char *text, int64_t now, int end)
{
	static bool (*const readers[])(struct scan *, int64_t *) = {
		read_date,
		read_epoch,
		read_now,
		read_day,
		read_weekday,
		read_clock,
		read_ago,
	};
	struct scan s;
	size_t i;

	*out = 0;
	for (i = 0; i < ds_nitems(readers) && in_range(now); i++) {
		s = (struct scan){ .p = text, .now = now, .end = end != 0 };
		skip_blanks(&s);
		if (readers[i](&s, out) && in_range(*out))
			return 0;
	}
	*out = 0;
	return ds_err(DS_EINVAL, "'%s' is no date or time", text);
}
