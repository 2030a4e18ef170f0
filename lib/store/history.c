/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/buf.h"
#include "ds/cancel.h"
#include "ds/entry.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/history.h"
#include "ds/item.h"
#include "ds/state.h"
#include "ds/store.h"

/* Where the last paragraph begins, if it is one of trailers; else the end. */
static const char *
trailers_of(const char *message)
{
	const char *end = message + strlen(message), *p, *line;

	while (end > message && end[-1] == '\n')
		end--;
	for (p = end; p > message; p--)
		if (p[-1] == '\n' && (p - 1 == message || p[-2] == '\n'))
			break;
	if (p == message)
		return message + strlen(message);
	for (line = p; line < end; line = strchr(line, '\n') + 1) {
		size_t n = strcspn(line, ":\n");

		if (n == 0 || line[n] != ':' || line[n + 1] != ' ' ||
		    memchr(line, ' ', n) != NULL)
			return message + strlen(message);
		if (strchr(line, '\n') == NULL)
			break;
	}
	return p;
}

int
ds_history_trailer(char **out, const char *message, const char *key)
{
	const char *line = trailers_of(message);
	size_t n = strlen(key);

	*out = NULL;
	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		if (len > n + 2 && strncmp(line, key, n) == 0 &&
		    line[n] == ':' && line[n + 1] == ' ') {
			*out = strndup(line + n + 2, len - n - 2);
			return *out != NULL ? 0 : ds_err_nomem();
		}
		line += len + (line[len] == '\n');
	}
	return 0;
}

void
ds_record_release(struct ds_record *r)
{
	/* the analyzer does not see that loading clears the record first */
	/* NOLINTBEGIN(clang-analyzer-unix.Malloc) */
	free(r->parents);
	free(r->author);
	free(r->subject);
	free(r->body);
	free(r->device);
	free(r->trigger);
	/* NOLINTEND(clang-analyzer-unix.Malloc) */
	*r = (struct ds_record){ .n_parents = 0 };
}

static int
trailer_or_empty(char **out, const char *message, const char *key)
{
	int rc = ds_history_trailer(out, message, key);

	if (rc == 0 && *out == NULL) {
		*out = strdup("");
		rc = *out != NULL ? 0 : ds_err_nomem();
	}
	return rc;
}

static int
split_message(struct ds_record *r, const char *message)
{
	const char *end = trailers_of(message), *p;
	size_t n = strcspn(message, "\n");

	if (end < message + n)
		end = message + n;
	for (p = message + n; p < end && *p == '\n'; p++)
		;
	while (end > p && end[-1] == '\n')
		end--;
	r->subject = strndup(message, n);
	r->body = strndup(p, (size_t)(end - p));
	return r->subject != NULL && r->body != NULL ? 0 : ds_err_nomem();
}

static int
fill(struct ds_record *r, git_commit *c)
{
	const char *message = git_commit_message(c);
	unsigned i, n = git_commit_parentcount(c);
	int rc;

	r->id = *git_commit_id(c);
	r->time = git_commit_time(c);
	r->parents = calloc(n + 1, sizeof(*r->parents));
	r->author = strdup(git_commit_author(c)->name);
	if (r->parents == NULL || r->author == NULL)
		return ds_err_nomem();
	for (i = 0; i < n; i++)
		r->parents[r->n_parents++] = *git_commit_parent_id(c, i);
	rc = split_message(r, message);
	if (rc == 0)
		rc = trailer_or_empty(&r->device, message, "Datasync-Device");
	if (rc == 0)
		rc = trailer_or_empty(&r->trigger, message, "Datasync-Trigger");
	return rc;
}

int
ds_record_load(struct ds_record *r, struct ds_store *s, const git_oid *id)
{
	git_commit *c;
	int rc;

	*r = (struct ds_record){ .n_parents = 0 };
	rc = git_commit_lookup(&c, s->repo, id);
	if (rc < 0)
		return ds_err_git(rc, "cannot read commit %s", ds_git_hex(id));
	rc = fill(r, c);
	git_commit_free(c);
	if (rc < 0)
		ds_record_release(r);
	return rc;
}

struct ds_history {
	struct ds_store *s;
	struct ds_history_options o;
	git_revwalk *walk;
};

int
ds_history_open(struct ds_history **out, struct ds_store *s,
    const struct ds_history_options *o)
{
	struct ds_history *h = calloc(1, sizeof(*h));
	int rc;

	*out = NULL;
	if (h == NULL)
		return ds_err_nomem();
	h->s = s;
	h->o = *o;
	rc = git_revwalk_new(&h->walk, s->repo);
	if (rc < 0) {
		rc = ds_err_git(rc, "cannot walk the history");
		goto out;
	}
	git_revwalk_sorting(h->walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
	if (o->first_parent)
		git_revwalk_simplify_first_parent(h->walk);
	if (git_oid_is_zero(&h->o.from))
		rc = ds_store_head(&h->o.from, s);
	if (rc == 0 && !git_oid_is_zero(&h->o.from)) {
		rc = git_revwalk_push(h->walk, &h->o.from);
		if (rc < 0)
			rc = ds_err_git(rc, "cannot walk the history");
	}
	if (rc == 0) {
		*out = h;
		h = NULL;
	}
out:
	ds_history_close(h);
	return rc;
}

void
ds_history_close(struct ds_history *h)
{
	if (h == NULL)
		return;
	git_revwalk_free(h->walk);
	free(h);
}

static int
touches(struct ds_history *h, const struct ds_record *r)
{
	static const git_oid none;
	struct ds_comparison c;
	int rc;

	rc = ds_compare(&c, h->s, r->n_parents > 0 ? &r->parents[0] : &none,
	    &r->id, h->o.paths);
	if (rc < 0)
		return rc;
	rc = c.n > 0;
	ds_comparison_release(&c);
	return rc;
}

/* 1: the caller wants it. */
static int
wanted(struct ds_history *h, const struct ds_record *r)
{
	const char *d = h->o.device;

	if (r->time < h->o.since || r->time > h->o.until)
		return 0;
	if (d != NULL && strcmp(r->author, d) != 0 &&
	    (strlen(d) < 4 || strncmp(r->device, d, strlen(d)) != 0))
		return 0;
	if (h->o.paths != NULL && h->o.paths->n > 0)
		return touches(h, r);
	return 1;
}

int
ds_history_next(struct ds_record *r, struct ds_history *h)
{
	git_oid id;
	int rc;

	for (;;) {
		rc = git_revwalk_next(&id, h->walk);
		if (rc == GIT_ITEROVER)
			return 0;
		if (rc < 0)
			return ds_err_git(rc, "cannot walk the history");
		rc = ds_cancel_check();
		if (rc < 0)
			return rc;
		rc = ds_record_load(r, h->s, &id);
		if (rc < 0)
			return rc;
		rc = wanted(h, r);
		if (rc != 0)
			break;
		ds_record_release(r);
	}
	if (rc < 0)
		ds_record_release(r);
	return rc;
}
