/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/history.h"
#include "ds/list.h"

#include "graph.h"

struct column {
	git_oid id;
};

static size_t
find(const struct graph *g, const git_oid *id)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (git_oid_equal(&g->v[i].id, id))
			break;
	return i;
}

static int
append(struct graph *g, const git_oid *id)
{
	int rc;

	rc = ds_list_grow(&g->v, g->n, &g->cap, sizeof(*g->v));
	if (rc == 0)
		g->v[g->n++].id = *id;
	return rc;
}

static void
drop(struct graph *g, size_t i)
{
	memmove(g->v + i, g->v + i + 1, (g->n - i - 1) * sizeof(*g->v));
	g->n--;
}

/* "| " for each column up to ${to}. */
static void
bars(struct ds_buf *b, size_t to)
{
	size_t i;

	for (i = 0; i < to; i++)
		ds_buf_adds(b, "| ");
}

/*
 * Column ${from} joins column ${to} at its left: the marks move one place
 * leftward per line until they meet.
 */
static void
join(struct ds_buf *b, size_t from, size_t to, size_t n)
{
	size_t at;

	for (at = from; at > to; at--) {
		bars(b, at - 1);
		ds_buf_adds(b, "|/");
		if (at == from && from + 1 < n) {
			ds_buf_addc(b, ' ');
			bars(b, n - from - 1);
		}
		ds_buf_addc(b, '\n');
	}
}

int
graph_commit(struct ds_buf *before, struct ds_buf *after, struct graph *g,
    const struct ds_record *r)
{
	size_t at = find(g, &r->id), i, k;
	int rc = 0;

	if (at == g->n)
		rc = append(g, &r->id);
	if (rc < 0)
		return rc;
	bars(before, at);
	ds_buf_adds(before, "* ");
	bars(before, g->n - at - 1);
	for (i = 1; rc == 0 && i < r->n_parents; i++) {
		if (find(g, &r->parents[i]) < g->n)
			continue;
		bars(after, at);
		ds_buf_adds(after, "|\\");
		for (k = at + 1; k < g->n; k++)
			ds_buf_adds(after, " \\");
		ds_buf_addc(after, '\n');
		rc = append(g, &r->parents[i]);
	}
	if (rc < 0)
		return rc;
	if (r->n_parents == 0) {
		drop(g, at);
		return 0;
	}
	k = find(g, &r->parents[0]);
	if (k == g->n) {
		g->v[at].id = r->parents[0];
	} else if (k != at) {
		size_t left = k < at ? k : at, right = k < at ? at : k;

		join(after, right, left, g->n);
		g->v[left].id = r->parents[0];
		drop(g, right);
	}
	return 0;
}

void
graph_release(struct graph *g)
{
	free(g->v);
	memset(g, 0, sizeof(*g));
}
