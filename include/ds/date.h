/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_DATE_H
#define DS_DATE_H

#include <stdint.h>

#include "ds/compat.h"

struct ds_buf;

/* Times as people write them.  Seconds count from 1970 in UTC. */

/*
 * Understand ${text}, said at ${now}, in the local zone:
 *   2026-11-01   2026-11-01 18:00[:30]   2026-11-01T18:00:30Z (or +02:00)
 *   now   today   yesterday [18:00]   noon   18:00 (the last one)
 *   N second|minute|hour|day|week|month|year[s] ago   "a week ago"
 *   3d  12h  2w: the same, short (s, min, h, d, w, mon, y)
 *   [last] monday [9:30]: the last one before today
 *   @1700000000
 * A date alone means its end (23:59:59) when ${end} is not 0, else its
 * start: as a revision it names the state at the end of that day.  A time
 * that the clock shows twice in a night is the later one.  DS_EINVAL if it
 * is no time, or none in the years 1 to 9999.
 */
int ds_date_parse(int64_t *out, const char *text, int64_t now, int end);

/*
 * RFC 3339 in UTC: 2026-11-01T18:00:30Z.  Here and below, a time outside the
 * years 1 to 9999 is shown as the nearest one in them.
 */
void ds_date_rfc3339(struct ds_buf *, int64_t);

/* Local, for people: "2026-11-01 18:00:30 +0100". */
void ds_date_local(struct ds_buf *, int64_t);

/* Local wall time only: "18:00". */
void ds_date_clock(struct ds_buf *, int64_t);

/* "3 minutes ago", "2 days ago"; "now"; "in the future". */
void ds_date_age(struct ds_buf *, int64_t, int64_t now);

/* The zone's offset in minutes at that time, as a commit records it. */
int ds_date_offset(int64_t);

#endif
