/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/config.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/json.h"
#include "ds/report.h"
#include "ds/restore.h"
#include "ds/state.h"
#include "ds/store.h"

#include "common.h"

int
common_warn_unknown(const char *key, const char *nearest, const char *level,
    void *arg)
{
	if (nearest != NULL)
		out_warn(arg,
		    "unknown key '%s' in the %s's config, did you "
		    "mean '%s'?",
		    key, level, nearest);
	else
		out_warn(arg, "unknown key '%s' in the %s's config", key,
		    level);
	return 0;
}

static int
open_store(struct ds_store **out, struct cli *cli, bool wait)
{
	bool finished;
	int rc;

	rc = cli_store(out, cli);
	if (rc == 0)
		rc =
		    ds_config_unknown((*out)->config, common_warn_unknown, cli);
	if (rc < 0)
		return rc;
	rc = ds_restore_finish(&finished, *out, wait, cli->report,
	    cli->progress);
	if (rc == DS_ELOCKED || rc == DS_ECANCEL)
		return rc;
	/* it stays for a later command; this one goes on from the old commit */
	if (rc < 0) {
		out_warn(cli, "%s", ds_err_text());
		ds_err_clear();
	} else if (finished) {
		out_warn(cli, "finished a restore that was cut short");
	}
	return 0;
}

int
common_store(struct ds_store **out, struct cli *cli)
{
	return open_store(out, cli, true);
}

int
common_look(struct ds_store **out, struct cli *cli)
{
	return open_store(out, cli, false);
}

int
common_items(struct ds_items *out, struct ds_store *s)
{
	git_oid head, state;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = ds_store_head(&head, s);
	if (rc == 0)
		rc = ds_state_of_commit(&state, s, &head);
	if (rc == 0)
		rc = ds_items_load(out, s, &state);
	return rc;
}

const char *
common_status(const struct ds_change *c)
{
	if (ds_entry_same(&c->old, &c->new))
		return "";
	if (c->old.kind == DS_KIND_NONE)
		return "A";
	if (c->new.kind == DS_KIND_NONE)
		return "D";
	return c->old.kind != c->new.kind ? "T" : "M";
}

enum out_color
common_status_color(const char *status)
{
	switch (status[0]) {
	case 'A':
		return OUT_GREEN;
	case 'D':
		return OUT_RED;
	default:
		return OUT_YELLOW;
	}
}

static const char *
kind_word(enum ds_kind kind)
{
	static const char *const words[] = {
		[DS_KIND_NONE] = "none",
		[DS_KIND_FILE] = "file",
		[DS_KIND_LINK] = "link",
		[DS_KIND_DIR] = "folder",
	};

	return words[kind];
}

static void
json_side(struct ds_json *to, const char *key, const struct ds_entry *e)
{
	struct ds_json *side;
	char mode[8];

	if (to == NULL || e->kind == DS_KIND_NONE) {
		ds_json_null(to, key);
		return;
	}
	side = ds_json_add_object(to, key);
	ds_json_str(side, "kind", kind_word(e->kind));
	snprintf(mode, sizeof(mode), "%04o", e->mode & 07777u);
	ds_json_str(side, "mode", mode);
	if (e->kind != DS_KIND_DIR)
		ds_json_str(side, "id", ds_git_hex(&e->id));
}

void
common_json_change(struct ds_json *to, const struct ds_change *c)
{
	out_path(to, "path", c->path);
	ds_json_str(to, "status", common_status(c));
	json_side(to, "old", &c->old);
	json_side(to, "new", &c->new);
}

const char *
common_short(const git_oid *id)
{
	static char text[4][12];
	static unsigned next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof(text[0]), "%.10s", ds_git_hex(id));
	return out;
}

/* What a restore did to files, and to folders as such. */
struct tally {
	size_t files;
	size_t folders;
};

static void
restored_item(struct cli *cli, const struct ds_restore_item *it,
    struct ds_json *to, bool show, struct tally *tally)
{
	struct ds_json *list, *one = ds_json_add_object(to, NULL);
	size_t i;

	ds_json_str(one, "item", it->name);
	list = ds_json_add_array(one, "changes");
	for (i = 0; i < it->changes.n; i++) {
		const struct ds_change *c = &it->changes.v[i];
		const char *st = common_status(c);
		bool folder = c->old.kind != DS_KIND_FILE &&
		    c->old.kind != DS_KIND_LINK &&
		    c->new.kind != DS_KIND_FILE && c->new.kind != DS_KIND_LINK;

		if (st[0] == '\0' && folder)
			continue;
		/* the same on both sides: it was missing on this disk */
		if (st[0] == '\0')
			st = "A";
		tally->files += !folder;
		tally->folders += folder;
		common_json_change(ds_json_add_object(list, NULL), c);
		if (show)
			out_text(cli, "%s%s%s %s/%s\n",
			    out_color(cli, common_status_color(st)), st,
			    out_color(cli, OUT_PLAIN), it->name,
			    out_name(c->path));
	}
}

static void
json_id(struct ds_json *to, const char *key, const git_oid *id)
{
	if (git_oid_is_zero(id))
		ds_json_null(to, key);
	else
		ds_json_str(to, key, ds_git_hex(id));
}

/* "3 files", "1 folder", "3 files and 1 folder" */
static void
say_tally(struct cli *cli, const struct tally *t)
{
	if (t->files > 0)
		out_text(cli, "%zu %s", t->files,
		    out_plural(t->files, "file", "files"));
	if (t->files > 0 && t->folders > 0)
		out_text(cli, " and ");
	if (t->folders > 0)
		out_text(cli, "%zu %s", t->folders,
		    out_plural(t->folders, "folder", "folders"));
	out_text(cli, "\n");
}

void
common_restored(struct cli *cli, const struct ds_restore_result *r,
    bool dry_run)
{
	struct ds_json *doc = out_doc(cli);
	struct ds_json *items = ds_json_add_array(doc, "items");
	size_t left = cli->report->count[DS_REPORT_KEPT] +
	    cli->report->count[DS_REPORT_NOT_WRITTEN];
	struct tally t = { 0, 0 };
	size_t i;

	for (i = 0; i < r->n; i++)
		restored_item(cli, &r->v[i], items, dry_run || cli->verbose,
		    &t);
	ds_json_bool(doc, "dry_run", dry_run);
	ds_json_bool(doc, "made", r->made);
	json_id(doc, "id", &r->id);
	json_id(doc, "kept", &r->kept);
	ds_json_int(doc, "files", (int64_t)t.files);
	ds_json_int(doc, "folders", (int64_t)t.folders);
	if (!git_oid_is_zero(&r->kept))
		out_text(cli, "kept what was there as %s\n",
		    common_short(&r->kept));
	if (t.files + t.folders == 0) {
		out_text(cli, "nothing to restore\n");
		return;
	}
	if (r->made && !dry_run)
		out_text(cli, "%s: ", common_short(&r->id));
	out_text(cli, dry_run ? "would restore " : "restored ");
	if (!dry_run && left > 0)
		out_text(cli, "all but %zu of ", left);
	say_tally(cli, &t);
}
