/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ds/err.h"
#include "ds/list.h"

/* Longer words are not compared: nobody mistypes them by hand. */
#define WORD_MAX 64

int
ds_list_grow(void *v, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap;
	void *p;

	if (n < *cap)
		return 0;
	want = want > 0 ? want : 8;
	while (want <= n && want <= SIZE_MAX / 2)
		want *= 2;
	if (want <= n || want > SIZE_MAX / 2 / size)
		return ds_err_nomem();
	/* ${v} points at a pointer of the caller's own type. */
	memcpy(&p, v, sizeof(p));
	p = realloc(p, want * size);
	if (p == NULL)
		return ds_err_nomem();
	memcpy(v, &p, sizeof(p));
	*cap = want;
	return 0;
}

int
ds_list_addn(struct ds_list *l, const char *s, size_t n)
{
	char *copy;
	int rc;

	rc = ds_list_grow(&l->v, l->n, &l->cap, sizeof(*l->v));
	if (rc < 0)
		return rc;
	if (n == SIZE_MAX)
		return ds_err_nomem();
	copy = malloc(n + 1);
	if (copy == NULL)
		return ds_err_nomem();
	if (n > 0)
		memcpy(copy, s, n);
	copy[n] = '\0';
	l->v[l->n++] = copy;
	return 0;
}

int
ds_list_add(struct ds_list *l, const char *s)
{
	return ds_list_addn(l, s, strlen(s));
}

bool
ds_list_has(const struct ds_list *l, const char *s)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

static int
by_bytes(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

void
ds_list_sort(struct ds_list *l)
{
	size_t i;
	size_t n = 0;

	if (l->n < 2)
		return;
	qsort(l->v, l->n, sizeof(*l->v), by_bytes);
	for (i = 0; i < l->n; i++) {
		if (n > 0 && strcmp(l->v[n - 1], l->v[i]) == 0)
			free(l->v[i]);
		else
			l->v[n++] = l->v[i];
	}
	l->n = n;
}

void
ds_list_release(struct ds_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Bytes to change, insert, drop or swap with their neighbour.  Row ${i} of the
 * table needs the two above it alone.
 */
static size_t
distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t row[3][WORD_MAX + 1];
	size_t i;
	size_t j;

	for (j = 0; j <= m; j++)
		row[0][j] = j;
	for (i = 1; i <= n; i++) {
		size_t *cur = row[i % 3];
		const size_t *up = row[(i + 2) % 3];
		const size_t *up2 = row[(i + 1) % 3];

		cur[0] = i;
		for (j = 1; j <= m; j++) {
			size_t change = up[j - 1] + (a[i - 1] != b[j - 1]);

			cur[j] = least(least(up[j], cur[j - 1]) + 1, change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				cur[j] = least(cur[j], up2[j - 2] + 1);
		}
	}
	return row[n % 3][m];
}

const char *
ds_list_nearest(const struct ds_list *words, const char *word)
{
	const char *best = NULL;
	size_t n = strlen(word);
	size_t near = (n + 2) / 3 + 1; /* what is found must lie below */
	size_t i;

	if (n == 0 || n > WORD_MAX)
		return NULL;
	for (i = 0; i < words->n; i++) {
		size_t m = strlen(words->v[i]);
		size_t d;

		if (m > WORD_MAX)
			continue;
		d = distance(word, n, words->v[i], m);
		/* A word with nothing in common is no answer. */
		if (d < near && d < (n > m ? n : m)) {
			near = d;
			best = words->v[i];
		}
	}
	return best;
}
