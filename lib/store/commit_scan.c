/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a commit would take, and the brakes: an item whose files vanish in a way
 * that looks like an accident is left as it was last committed.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/err.h"
#include "ds/path.h"
#include "ds/progress.h"
#include "ds/report.h"
#include "ds/scan.h"
#include "ds/store.h"
#include "commit_internal.h"

#define FEW 20

/* What the brakes look at. */
struct look {
	struct ds_store *s;
	const struct ds_item *item;
	const struct ds_scan *scan;
	const struct ds_changes *changes;
	bool whole;
	size_t removed;
	size_t total;
};

static bool
is_leaf(const struct ds_entry *e)
{
	return e->kind == DS_KIND_FILE || e->kind == DS_KIND_LINK;
}

static int
by_id(const void *a, const void *b)
{
	return git_oid_cmp(a, b);
}

/* Contents that appear somewhere in these changes, sorted. */
static int
new_contents(git_oid **out, size_t *n, const struct ds_changes *changes)
{
	size_t i;

	*n = 0;
	*out = calloc(changes->n + 1, sizeof(**out));
	if (*out == NULL)
		return ds_err_nomem();
	for (i = 0; i < changes->n; i++)
		if (is_leaf(&changes->v[i].new))
			(*out)[(*n)++] = changes->v[i].new.id;
	qsort(*out, *n, sizeof(**out), by_id);
	return 0;
}

/* Files that go; one whose content lives on elsewhere has moved. */
static int
count_removed(struct look *l)
{
	git_oid *ids;
	size_t i, n;
	int rc;

	rc = new_contents(&ids, &n, l->changes);
	if (rc < 0)
		return rc;
	for (i = 0; i < l->changes->n; i++) {
		const struct ds_change *c = &l->changes->v[i];

		if (!is_leaf(&c->old) || is_leaf(&c->new))
			continue;
		l->removed +=
		    bsearch(&c->old.id, ids, n, sizeof(*ids), by_id) == NULL;
	}
	free(ids);
	return 0;
}

/* How many files the item had. */
static int
count_total(struct look *l)
{
	struct ds_changes all = DS_CHANGES_INIT;
	size_t i;
	int rc;

	rc = ds_state_list(&all, l->s, &l->scan->old, "");
	for (i = 0; i < all.n; i++)
		l->total += is_leaf(&all.v[i].new);
	ds_changes_release(&all);
	return rc;
}

static int DS_PRINTF(2, 3) say(char **reason, const char *text, ...)
{
	va_list ap;
	int n;

	va_start(ap, text);
	n = vasprintf(reason, text, ap);
	va_end(ap);
	if (n >= 0)
		return 0;
	*reason = NULL;
	return ds_err_nomem();
}

static int
look_at_share(char **reason, struct look *l)
{
	int64_t max;
	int rc;

	rc = ds_config_int(&max, l->s->config, "core.maxDelete");
	if (rc == 0)
		rc = count_total(l);
	if (rc == 0 && l->removed * 100 > l->total * (uint64_t)max)
		rc = say(reason, "%zu of its %zu files are gone", l->removed,
		    l->total);
	return rc;
}

/* The reason to hold the item, or NULL. */
static int
look_at_brakes(char **reason, struct look *l)
{
	const char *last = l->item->fsid;
	int rc;

	*reason = NULL;
	if (l->scan->missing)
		return say(reason, "its folder '%s' is missing", l->item->path);
	rc = count_removed(l);
	if (rc < 0)
		return rc;
	if (l->removed > 0 && l->whole && l->scan->empty)
		return say(reason, "its folder '%s' is empty", l->item->path);
	if (l->removed > 0 && last != NULL && l->scan->fsid != NULL &&
	    strcmp(last, l->scan->fsid) != 0)
		return say(reason,
		    "its folder '%s' lies on another file "
		    "system than before, and files are gone",
		    l->item->path);
	if (l->removed > FEW)
		return look_at_share(reason, l);
	return 0;
}

static enum ds_scan_secrets
secrets_policy(struct ds_store *s)
{
	enum ds_scan_secrets policy = DS_SECRETS_WARN;
	char *value;

	if (ds_config_string(&value, s->config, "commit.secrets") < 0) {
		ds_err_clear();
		return policy;
	}
	if (value != NULL && strcmp(value, "error") == 0)
		policy = DS_SECRETS_ERROR;
	else if (value != NULL && strcmp(value, "ignore") == 0)
		policy = DS_SECRETS_IGNORE;
	free(value);
	return policy;
}

static struct ds_scan
new_scan(struct job *j, const struct part *p)
{
	struct ds_scan scan = {
		.store = j->s,
		.item = p->item,
		.old = p->old,
		.sink = j->sink,
		.secrets = secrets_policy(j->s),
		.report = j->o->report,
		.progress = j->o->progress,
	};

	return scan;
}

int
ds_commit__scan_path(struct job *j, struct part *p, const char *path)
{
	struct ds_scan scan = new_scan(j, p);
	int rc;

	rc = ds_scan_run(&p->changes, &scan, path);
	ds_scan_release(&scan);
	return rc;
}

/* Deletions go out of the changes, and the times that folders got by them. */
static void
drop_removals(struct ds_changes *changes)
{
	size_t i, n = 0;

	for (i = 0; i < changes->n; i++) {
		if (changes->v[i].new.kind == DS_KIND_NONE ||
		    ds_entry_same(&changes->v[i].old, &changes->v[i].new))
			free(changes->v[i].path);
		else
			changes->v[n++] = changes->v[i];
	}
	changes->n = n;
}

static int
note_item(struct job *j, const struct part *p, char *held, bool missing)
{
	struct ds_commit_result *out = j->out;
	struct ds_commit_item *it;
	size_t i;
	int rc;

	rc = ds_list_grow(&out->v, out->n, &out->cap, sizeof(*out->v));
	if (rc < 0)
		return rc;
	it = &out->v[out->n];
	memset(it, 0, sizeof(*it));
	it->name = strdup(p->item->name);
	if (it->name == NULL)
		return ds_err_nomem();
	it->held = held;
	it->missing = missing;
	out->n++;
	for (i = 0; i < p->changes.n; i++) {
		const struct ds_change *c = &p->changes.v[i];

		if (ds_entry_same(&c->old, &c->new))
			continue;
		if (is_leaf(&c->old) && !is_leaf(&c->new))
			it->deleted++;
		else if (!is_leaf(&c->old) && is_leaf(&c->new))
			it->added++;
		else if (is_leaf(&c->new) || c->old.kind == c->new.kind)
			it->modified++;
	}
	return 0;
}

/* Decide on a scanned part. */
static int
decide(struct job *j, struct part *p, struct ds_scan *scan, bool whole)
{
	struct look l = {
		.s = j->s,
		.item = p->item,
		.scan = scan,
		.changes = &p->changes,
		.whole = whole,
	};
	char *held;
	int rc;

	rc = look_at_brakes(&held, &l);
	if (rc < 0)
		return rc;
	if (held != NULL && j->o->allow_delete && !scan->missing) {
		free(held);
		held = NULL;
		p->let_through = l.removed;
	}
	if (held != NULL) {
		ds_report(j->o->report, DS_REPORT_HELD, p->item->name, "",
		    held);
		drop_removals(&p->changes);
		if (!j->o->keep)
			ds_changes_release(&p->changes);
	} else if (whole && scan->fsid != NULL &&
	    (p->item->fsid == NULL || strcmp(p->item->fsid, scan->fsid) != 0)) {
		p->fsid = scan->fsid;
		scan->fsid = NULL;
	}
	if (held == NULL && p->changes.n == 0)
		return 0;
	rc = note_item(j, p, held, scan->missing);
	if (rc < 0)
		free(held);
	return rc;
}

static int
note_ignored(struct job *j, const char *item, const char *path)
{
	char *full;
	int rc;

	rc = ds_path_join(&full, item, path);
	if (rc == 0)
		rc = ds_list_add(&j->out->ignored, full);
	free(full);
	return rc;
}

/* A slip of the pen must not look like a success. */
static int
check_there(struct job *j, const struct part *p, const char *path)
{
	struct ds_node node;
	struct stat st;
	char *full;
	int rc;

	rc = ds_state_find(&node, j->s, &p->old, path);
	if (rc < 0 || node.e.kind != DS_KIND_NONE)
		return rc;
	rc = ds_path_join(&full, p->item->path, path);
	if (rc == 0 && lstat(full, &st) < 0 && errno == ENOENT)
		rc = ds_err(DS_ENOTFOUND,
		    "'%s/%s' is neither tracked nor on "
		    "the disk",
		    p->item->name, path);
	free(full);
	return rc;
}

static int
scan_part(struct job *j, struct part *p)
{
	struct ds_scan scan = new_scan(j, p);
	bool whole = false;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->paths.n; i++) {
		free(scan.fsid);
		scan.fsid = NULL;
		rc = ds_scan_run(&p->changes, &scan, p->paths.v[i]);
		whole = whole || p->paths.v[i][0] == '\0';
		if (rc == 0 && p->changes.n == 0 && !j->o->quiet_untracked &&
		    !j->o->keep && p->paths.v[i][0] != '\0')
			rc = check_there(j, p, p->paths.v[i]);
		if (rc == 0 && scan.ignored)
			rc = note_ignored(j, p->item->name, p->paths.v[i]);
	}
	if (rc == 0)
		rc = decide(j, p, &scan, whole);
	j->out->files += scan.files;
	j->out->bytes += scan.bytes;
	j->out->refused += scan.refused;
	ds_scan_release(&scan);
	return rc;
}

int
ds_commit__scan(struct job *j)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < j->n; i++)
		rc = scan_part(j, &j->v[i]);
	return rc;
}

int
ds_commit__remember(struct job *j)
{
	struct ds_buf key = DS_BUF_INIT;
	char *file = NULL;
	size_t i;
	int rc;

	rc = ds_store_path(&file, j->s, false, "config");
	for (i = 0; rc == 0 && i < j->n; i++) {
		struct ds_config_edit edit = { NULL, j->v[i].fsid, false };

		if (j->v[i].fsid == NULL)
			continue;
		ds_buf_cut(&key, 0);
		ds_buf_addf(&key, "item.%s.fsid", j->v[i].item->name);
		rc = ds_buf_check(&key);
		edit.key = key.data;
		if (rc == 0)
			rc = ds_config_write(file, &edit, 1, j->s->lock_ms);
	}
	free(file);
	ds_buf_release(&key);
	return rc;
}

int
ds_commit_preview(struct ds_changes *out, char **held, struct ds_store *s,
    const git_oid *state, const struct ds_item *item, const char *path,
    bool allow_delete, struct ds_report *report, struct ds_progress *progress)
{
	struct ds_scan scan = {
		.store = s,
		.item = item,
		.report = report,
		.progress = progress,
	};
	struct look l = {
		.s = s,
		.item = item,
		.scan = &scan,
		.changes = out,
		.whole = path[0] == '\0',
	};
	int rc;

	*held = NULL;
	rc = ds_state_item(&scan.old, s, state, item->name);
	if (rc == 0)
		rc = ds_scan_run(out, &scan, path);
	if (rc == 0)
		rc = look_at_brakes(held, &l);
	if (rc == 0 && *held != NULL && allow_delete && !scan.missing) {
		free(*held);
		*held = NULL;
	}
	ds_scan_release(&scan);
	return rc;
}
