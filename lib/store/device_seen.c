/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <git2.h>

#include "ds/device.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/list.h"
#include "ds/store.h"

/* The device that a message names, "" where it names none. */
static int
find_trailer(char out[65], const char *message)
{
	git_message_trailer_array all = { NULL, 0, NULL };
	const char *value;
	size_t i, len;
	int rc;

	out[0] = '\0';
	rc = git_message_trailers(&all, message);
	if (rc < 0)
		return ds_err_git(rc, "cannot read a message");
	for (i = 0; i < all.count; i++) {
		value = all.trailers[i].value;
		len = strspn(value, "0123456789abcdef");
		if (strcmp(all.trailers[i].key, "Datasync-Device") == 0 &&
		    len > 0 && len < 65 && value[len] == '\0')
			memcpy(out, value, len + 1);
	}
	git_message_trailer_array_free(&all);
	return 0;
}

/* The device's place in the list, made where it is new. */
static int
find_device(struct ds_device_seen **out, struct ds_device_list *l,
    const char *id)
{
	size_t i;
	int rc;

	for (i = 0; i < l->n && strcmp(l->v[i].id, id) != 0; i++)
		continue;
	if (i == l->n) {
		rc = ds_list_grow(&l->v, l->n, &l->cap, sizeof(*l->v));
		if (rc < 0)
			return rc;
		memset(&l->v[i], 0, sizeof(l->v[i]));
		memcpy(l->v[i].id, id, strlen(id) + 1);
		l->n++;
	}
	*out = &l->v[i];
	return 0;
}

static int
add_commit(struct ds_device_list *l, const git_commit *c)
{
	const git_signature *who = git_commit_author(c);
	struct ds_device_seen *d;
	char id[65];
	char *name;
	int rc;

	rc = find_trailer(id, git_commit_message(c));
	if (rc < 0 || id[0] == '\0')
		return rc;
	rc = find_device(&d, l, id);
	if (rc < 0)
		return rc;
	d->commits++;
	if (d->name != NULL && git_commit_time(c) <= d->time)
		return 0;
	name = strdup(who->name);
	if (name == NULL)
		return ds_err_nomem();
	free(d->name);
	d->name = name;
	d->time = git_commit_time(c);
	return 0;
}

static int
by_time(const void *a, const void *b)
{
	const struct ds_device_seen *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? 1 : -1;
	return strcmp(x->id, y->id);
}

static int
walk(struct ds_device_list *out, struct ds_store *s, git_revwalk *w)
{
	git_commit *c;
	git_oid id;
	int rc;

	for (;;) {
		rc = git_revwalk_next(&id, w);
		if (rc == GIT_ITEROVER)
			return 0;
		if (rc < 0)
			return ds_err_git(rc, "cannot walk the history");
		rc = git_commit_lookup(&c, s->repo, &id);
		if (rc < 0)
			return ds_err_git(rc, "cannot read commit '%s'",
			    ds_git_hex(&id));
		rc = add_commit(out, c);
		git_commit_free(c);
		if (rc < 0)
			return rc;
	}
}

int
ds_device_seen(struct ds_device_list *out, struct ds_store *s)
{
	git_revwalk *w = NULL;
	git_oid head;
	int rc;

	rc = ds_store_head(&head, s);
	if (rc < 0 || git_oid_is_zero(&head))
		return rc;
	rc = git_revwalk_new(&w, s->repo);
	if (rc == 0)
		rc = git_revwalk_push(w, &head);
	if (rc < 0)
		rc = ds_err_git(rc, "cannot walk the history");
	else
		rc = walk(out, s, w);
	git_revwalk_free(w);
	if (out->n > 0)
		qsort(out->v, out->n, sizeof(*out->v), by_time);
	return rc;
}

void
ds_device_list_release(struct ds_device_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
	memset(l, 0, sizeof(*l));
}
