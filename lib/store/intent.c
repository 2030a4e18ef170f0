/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datasync/apply: a JSON document with two commits and the paths that were
 * asked for (in hex, for names are bytes).  It is there from before the first
 * file is touched until after the ref has moved.
 */
#include "ds/compat.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/json.h"
#include "ds/list.h"
#include "ds/store.h"
#include "ds/text.h"
#include "restore_internal.h"

#define INTENT_MAX ((size_t)64 << 20)

int
ds_move__scope(struct move *m, const char *item, const char *path)
{
	struct scope *s;
	int rc;

	rc = ds_list_grow(&m->v, m->n, &m->cap, sizeof(*m->v));
	if (rc < 0)
		return rc;
	s = &m->v[m->n];
	s->item = strdup(item);
	s->path = strdup(path);
	if (s->item == NULL || s->path == NULL) {
		free(s->item);
		free(s->path);
		return ds_err_nomem();
	}
	m->n++;
	return 0;
}

void
ds_move__release(struct move *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		free(m->v[i].item);
		free(m->v[i].path);
	}
	free(m->v);
	free(m->message);
	memset(m, 0, sizeof(*m));
}

static void
add_hex(struct ds_json *to, const char *key, const char *bytes)
{
	struct ds_buf hex = DS_BUF_INIT;

	ds_text_hex(&hex, bytes);
	/* without memory the document is without the key: not readable,
	 * and so refused below */
	if (hex.data != NULL)
		ds_json_str(to, key, hex.data);
	ds_buf_release(&hex);
}

static int
digit(char c)
{
	const char *digits = "0123456789abcdef", *p = strchr(digits, c);

	return c != '\0' && p != NULL ? (int)(p - digits) : -1;
}

static int
from_hex(char **out, const char *hex)
{
	struct ds_buf b = DS_BUF_INIT;

	*out = NULL;
	ds_buf_adds(&b, "");
	for (; hex != NULL && hex[0] != '\0'; hex += 2) {
		int hi = digit(hex[0]), lo = digit(hex[1]);

		if (hi < 0 || lo < 0 || hi + lo == 0) {
			ds_buf_release(&b);
			return DS_EDAMAGED;
		}
		ds_buf_addc(&b, (char)(hi * 16 + lo));
	}
	if (hex == NULL) {
		ds_buf_release(&b);
		return DS_EDAMAGED;
	}
	return ds_buf_take(out, &b);
}

int
ds_intent__write(struct ds_store *s, const struct move *m)
{
	struct ds_json *doc = ds_json_object(), *scope;
	struct ds_buf text = DS_BUF_INIT;
	char *path = NULL;
	size_t i;
	int rc;

	ds_json_int(doc, "version", 1);
	ds_json_str(doc, "old", ds_git_hex(&m->old));
	ds_json_str(doc, "target", ds_git_hex(&m->target));
	add_hex(doc, "message", m->message);
	scope = ds_json_add_array(doc, "scope");
	for (i = 0; i < m->n; i++) {
		struct ds_json *one = ds_json_add_object(scope, NULL);

		ds_json_str(one, "item", m->v[i].item);
		add_hex(one, "path", m->v[i].path);
	}
	rc = ds_json_print(&text, doc, true);
	if (rc == 0)
		rc = ds_store_path(&path, s, true, "apply");
	if (rc == 0)
		rc = ds_file_replace(AT_FDCWD, path, text.data, text.len, 0600);
	free(path);
	ds_buf_release(&text);
	ds_json_free(doc);
	return rc;
}

static int
parse_scope(struct move *m, const struct ds_json *scope)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ds_json_len(scope); i++) {
		const struct ds_json *one = ds_json_at(scope, i);
		const char *item = ds_json_get_str(one, "item");
		char *path;

		rc = from_hex(&path, ds_json_get_str(one, "path"));
		if (rc == 0 && item == NULL)
			rc = DS_EDAMAGED;
		if (rc == 0)
			rc = ds_move__scope(m, item, path);
		free(path);
	}
	return rc;
}

static int
parse(struct move *m, const struct ds_json *doc)
{
	const char *old = ds_json_get_str(doc, "old");
	const char *target = ds_json_get_str(doc, "target");
	int rc;

	if (ds_json_get_int(doc, "version", 0) != 1 || old == NULL ||
	    target == NULL || git_oid_fromstr(&m->old, old) < 0 ||
	    git_oid_fromstr(&m->target, target) < 0)
		return DS_EDAMAGED;
	rc = from_hex(&m->message, ds_json_get_str(doc, "message"));
	if (rc == 0)
		rc = parse_scope(m, ds_json_get(doc, "scope"));
	return rc;
}

int
ds_intent__read(struct move *m, struct ds_store *s)
{
	struct ds_buf text = DS_BUF_INIT;
	struct ds_json *doc = NULL;
	char *path;
	int rc;

	memset(m, 0, sizeof(*m));
	rc = ds_store_path(&path, s, true, "apply");
	if (rc == 0)
		rc = ds_file_read(&text, AT_FDCWD, path, INTENT_MAX);
	if (rc < 0)
		goto out;
	rc = ds_json_parse(&doc, text.data != NULL ? text.data : "", text.len);
	if (rc == 0)
		rc = parse(m, doc);
	if (rc < 0 && rc != DS_ENOMEM)
		rc = ds_err_hint(ds_err(DS_EDAMAGED, "cannot understand '%s'",
				     path),
		    "it is the note of a restore that was cut short; "
		    "remove it to give that up");
	if (rc < 0)
		ds_move__release(m);
out:
	ds_json_free(doc);
	ds_buf_release(&text);
	free(path);
	return rc;
}

int
ds_intent__remove(struct ds_store *s)
{
	char *path, *dir = NULL;
	int rc;

	rc = ds_store_path(&path, s, true, "apply");
	if (rc == 0 && unlink(path) < 0 && errno != ENOENT)
		rc = ds_err_sys("cannot remove '%s'", path);
	if (rc == 0)
		rc = ds_store_path(&dir, s, false, "datasync");
	if (rc == 0)
		rc = ds_file_sync_dir(AT_FDCWD, dir);
	free(dir);
	free(path);
	return rc;
}
