/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/lock.h"
#include "ds/rules.h"
#include "ds/sink.h"
#include "ds/state.h"
#include "ds/store.h"
#include "track_internal.h"

int
ds_rules_open(struct ds_config **out, struct ds_store *s)
{
	struct ds_buf text = DS_BUF_INIT;
	git_oid head, state;
	int rc;

	*out = NULL;
	rc = ds_track__head(&head, &state, s);
	if (rc == 0)
		rc = ds_state_rules(&text, s, &state);
	if (rc == 0)
		rc = ds_config_parse(out, text.data != NULL ? text.data : "",
		    text.len, ".datasync/items");
	ds_buf_release(&text);
	return rc;
}

static int
commit_edit(struct ds_store *s, const char *item, const struct edits *edits)
{
	struct ds_items items = DS_ITEMS_INIT;
	struct change c = { .edits = edits };
	struct ds_sink *sink = NULL;
	struct ds_item *found;
	git_oid head, state;
	char *subject = NULL;
	int rc;

	rc = ds_track__head(&head, &state, s);
	if (rc == 0)
		rc = ds_items_load(&items, s, &state);
	if (rc == 0)
		rc = ds_items_find(&found, &items, item);
	if (rc == 0 && asprintf(&subject, "rules of %s", item) < 0) {
		subject = NULL;
		rc = ds_err_nomem();
	}
	c.subject = subject;
	if (rc == 0)
		rc = ds_track__open_sink(&sink, s);
	if (rc == 0)
		rc = ds_track__commit(s, &head, &state, sink, &c);
	ds_sink_close(sink);
	free(subject);
	ds_items_release(&items);
	return rc;
}

int
ds_rules_edit(struct ds_store *s, const char *item,
    const struct ds_config_edit *edit, size_t n)
{
	struct edits edits = { NULL, 0, 0 };
	struct ds_lock *lock;
	size_t i;
	int rc;

	rc = ds_store_lock(&lock, s);
	if (rc < 0)
		return rc;
	for (i = 0; rc == 0 && i < n; i++)
		rc = ds_track__add(&edits, NULL, edit[i].key, edit[i].value,
		    edit[i].add);
	if (rc == 0)
		rc = commit_edit(s, item, &edits);
	ds_track__release(&edits);
	ds_lock_drop(lock);
	return rc;
}
