/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATE_INTERNAL_H
#define DATE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "ds/compat.h"

/* The first and the last second of the years 1 to 9999. */
#define DATE_MIN INT64_C(-62135596800)
#define DATE_MAX INT64_C(253402300799)

#define DAY 86400

/* What a calendar and a clock on the wall show. */
struct ds_date__wall {
	int year, month, day; /* month and day count from 1 */
	int hour, minute, second;
	int weekday; /* from 0, Sunday; not read back */
};

struct ds_date__wall ds_date__to_wall(int64_t);

/*
 * Days may run over their month's ends.  A time that comes twice means the
 * later one; one that is left out means as long after the jump as it would
 * have been before.
 */
int64_t ds_date__from_wall(const struct ds_date__wall *);

/* The same as if the wall showed UTC. */
int64_t ds_date__utc(const struct ds_date__wall *);

int ds_date__days_in(int year, int month);

#endif
