/* SPDX-License-Identifier: Apache-2.0 */
/* The top of a state, and the commit above it. */
#include "ds/compat.h"

#include <inttypes.h>
#include <time.h>

#include <git2.h>

#include "ds/buf.h"
#include "ds/date.h"
#include "ds/device.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/sink.h"
#include "ds/store.h"
#include "ds/tree.h"
#include "state_internal.h"
#include "treebuild.h"

static int
sub_of(struct treebuild *out, struct ds_store *s, const struct treebuild *top,
    const char *name)
{
	const git_tree_entry *e = tb_base(top, name);
	git_oid id = { { 0 } };

	if (e != NULL && git_tree_entry_type(e) == GIT_OBJECT_TREE)
		id = *git_tree_entry_id(e);
	return tb_open(out, s, &id);
}

/* Close ${sub} into ${top} under ${name}. */
static int
close_sub(struct treebuild *top, const char *name, struct treebuild *sub,
    struct ds_sink *sink)
{
	git_oid id;
	int rc;

	rc = tb_write(&id, NULL, sub, sink);
	if (rc == 0)
		rc = tb_set(top, name,
		    git_oid_is_zero(&id) ? 0 : GIT_FILEMODE_TREE, &id);
	return rc;
}

static int
set_root(struct treebuild *t, const char *name, const git_oid *id)
{
	return tb_set(t, name, git_oid_is_zero(id) ? 0 : GIT_FILEMODE_TREE, id);
}

/* The rules as they shall be; those that plain git took away come back. */
static int
set_rules(struct treebuild *own, struct ds_sink *sink, struct ds_store *s,
    const git_oid *base, const char *rules)
{
	struct ds_buf last = DS_BUF_INIT;
	git_oid id;
	int rc = 0;

	if (rules == NULL && tb_base(own, "items") == NULL) {
		rc = ds_state_rules(&last, s, base);
		rules = last.data;
	}
	if (rc == 0 && rules != NULL)
		rc = ds_sink_write(sink, &id, GIT_OBJECT_BLOB, rules,
		    strlen(rules));
	if (rc == 0 && rules != NULL)
		rc = tb_set(own, "items", GIT_FILEMODE_BLOB, &id);
	ds_buf_release(&last);
	return rc;
}

int
ds_tree_compose(git_oid *out, struct ds_sink *sink, struct ds_store *s,
    const git_oid *base, const struct ds_tree_item *items, size_t n,
    const char *rules)
{
	struct treebuild top, own = { .base = NULL }, meta = { .base = NULL };
	size_t i;
	int rc;

	rc = tb_open(&top, s, base);
	if (rc == 0)
		rc = sub_of(&own, s, &top, ".datasync");
	if (rc == 0)
		rc = sub_of(&meta, s, &own, "meta");
	for (i = 0; rc == 0 && i < n; i++) {
		rc = set_root(&top, items[i].name, &items[i].roots.tree);
		if (rc == 0)
			rc = set_root(&meta, items[i].name,
			    &items[i].roots.meta);
	}
	if (rc == 0)
		rc = set_rules(&own, sink, s, base, rules);
	if (rc == 0)
		rc = close_sub(&own, "meta", &meta, sink);
	if (rc == 0)
		rc = close_sub(&top, ".datasync", &own, sink);
	if (rc == 0)
		rc = tb_write(out, NULL, &top, sink);
	tb_release(&meta);
	tb_release(&own);
	tb_release(&top);
	return rc;
}

static int
time_of(int64_t *out, struct ds_store *s, const git_oid *parent)
{
	git_commit *c;
	int rc;

	*out = (int64_t)time(NULL);
	if (git_oid_is_zero(parent))
		return 0;
	rc = git_commit_lookup(&c, s->repo, parent);
	if (rc < 0)
		return ds_err_git(rc, "cannot read commit %s",
		    ds_git_hex(parent));
	if (git_commit_time(c) > *out)
		*out = git_commit_time(c);
	git_commit_free(c);
	return 0;
}

int
ds_tree_commit(git_oid *out, struct ds_sink *sink, struct ds_store *s,
    const git_oid *state, const git_oid *parent, const char *message)
{
	struct ds_buf text = DS_BUF_INIT;
	git_oid tree = *state;
	char mail[64], who[16];
	int64_t when;
	int off, rc;

	rc = time_of(&when, s, parent);
	if (rc == 0 && git_oid_is_zero(&tree))
		rc = ds_sink_write(sink, &tree, GIT_OBJECT_TREE, "", 0);
	if (rc < 0)
		return rc;
	off = ds_date_offset(when);
	snprintf(who, sizeof(who), "%c%02d%02d", off < 0 ? '-' : '+',
	    abs(off) / 60 % 100, abs(off) % 60);
	ds_device_mail(mail, s->device);
	ds_buf_addf(&text, "tree %s\n", ds_git_hex(&tree));
	if (!git_oid_is_zero(parent))
		ds_buf_addf(&text, "parent %s\n", ds_git_hex(parent));
	ds_buf_addf(&text, "author %s <%s> %" PRId64 " %s\n", s->device->name,
	    mail, when, who);
	ds_buf_addf(&text, "committer %s <%s> %" PRId64 " %s\n\n",
	    s->device->name, mail, when, who);
	ds_buf_adds(&text, message);
	rc = ds_buf_check(&text);
	if (rc == 0)
		rc = ds_sink_write(sink, out, GIT_OBJECT_COMMIT, text.data,
		    text.len);
	ds_buf_release(&text);
	return rc;
}
