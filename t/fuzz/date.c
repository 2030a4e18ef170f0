/* SPDX-License-Identifier: Apache-2.0 */
/* A time as people write it. */
#include "ds/compat.h"

#include <time.h>

#include "ds/buf.h"
#include "ds/date.h"

#include "fuzz.h"

#define NOW INT64_C(1793882096)

static void
check(const char *text, int end)
{
	struct ds_buf b = DS_BUF_INIT;
	int64_t t, back;

	if (ds_date_parse(&t, text, NOW, end) < 0)
		return;
	ds_date_rfc3339(&b, t);
	if (ds_date_parse(&back, b.data, 0, 0) < 0 || back != t)
		abort();
	ds_date_local(&b, t);
	ds_date_clock(&b, t);
	ds_date_age(&b, t, NOW);
	ds_buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = fuzz_string(data, fuzz_head(data, len));

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	check(text, 0);
	check(text, 1);
	free(text);
	return 0;
}
