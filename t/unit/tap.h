/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TAP_H
#define TAP_H

#include <stdio.h>
#include <string.h>

/*
 * Tests that speak TAP: ok() per fact, tap_done() as main's return value.
 * A title states the fact.  What a failed test saw follows it as "#" lines.
 */
static int tap_n, tap_bad;

static inline int
tap_result(int good, const char *what, const char *file, int line)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_n, what);
	if (!good) {
		tap_bad++;
		printf("# at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

#define ok(cond, what)                                                         \
	do {                                                                   \
		int tap_good = (cond) ? 1 : 0;                                 \
		if (!tap_result(tap_good, what, __FILE__, __LINE__))           \
			printf("# false: %s\n", #cond);                        \
	} while (0)

static inline void
tap_is_str(const char *a, const char *b, const char *what, const char *file,
    int line)
{
	int good = a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);

	if (!tap_result(good, what, file, line))
		printf("#  got: %s\n# want: %s\n", a != NULL ? a : "(NULL)",
		    b != NULL ? b : "(NULL)");
}

/* Both NULL is equal, too. */
#define is_str(a, b, what) tap_is_str((a), (b), (what), __FILE__, __LINE__)

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_n);
	return tap_bad > 0;
}

#endif
