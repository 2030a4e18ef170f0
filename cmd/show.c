/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/date.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/history.h"
#include "ds/item.h"
#include "ds/json.h"
#include "ds/list.h"
#include "ds/path.h"
#include "ds/rev.h"
#include "ds/state.h"
#include "ds/store.h"

#include "cmd.h"
#include "common.h"
#include "differ.h"

static bool stat_only, name_only;

static const struct cmd_option options[] = {
	{ 0, "stat", NULL, CMD_FLAG, CMD_ANY, &stat_only,
	    "a line and a bar for each file instead of the text" },
	{ 0, "name-only", NULL, CMD_FLAG, CMD_ANY, &name_only,
	    "the names alone" },
	CMD_END
};

static void
show_head(struct cli *cli, const struct ds_record *r)
{
	struct ds_json *doc = out_doc(cli), *parents;
	struct ds_buf when = DS_BUF_INIT;
	size_t i;

	ds_date_local(&when, r->time);
	out_text(cli, "%scommit %s%s\n", out_color(cli, OUT_YELLOW),
	    ds_git_hex(&r->id), out_color(cli, OUT_PLAIN));
	out_text(cli, "Device:  %s\nDate:    %s\n", r->author,
	    when.data != NULL ? when.data : "");
	if (r->trigger[0] != '\0')
		out_text(cli, "Trigger: %s\n", r->trigger);
	out_text(cli, "\n    %s\n", r->subject);
	if (r->body[0] != '\0')
		out_text(cli, "\n    %s\n", r->body);
	out_text(cli, "\n");
	ds_buf_cut(&when, 0);
	ds_date_rfc3339(&when, r->time);
	ds_json_str(doc, "id", ds_git_hex(&r->id));
	parents = ds_json_add_array(doc, "parents");
	for (i = 0; i < r->n_parents; i++)
		ds_json_str(parents, NULL, ds_git_hex(&r->parents[i]));
	ds_json_str(doc, "time", when.data != NULL ? when.data : "");
	ds_json_str(doc, "device", r->author);
	ds_json_str(doc, "device_id", r->device);
	ds_json_str(doc, "trigger", r->trigger);
	ds_json_str(doc, "subject", r->subject);
	ds_json_str(doc, "body", r->body);
	ds_buf_release(&when);
}

static int
show_commit(struct cli *cli, struct ds_store *s, const git_oid *id)
{
	static const git_oid none;
	struct differ d = {
		.cli = cli,
		.store = s,
		.form = differ_form(name_only, stat_only, DIFFER_PATCH),
	};
	struct ds_comparison c;
	struct ds_record r;
	int rc;

	rc = ds_record_load(&r, s, id);
	if (rc < 0)
		return rc;
	out_page(cli);
	show_head(cli, &r);
	rc = ds_compare(&c, s, r.n_parents > 0 ? &r.parents[0] : &none, id,
	    NULL);
	if (rc == 0) {
		rc = differ_all(&d, out_doc(cli), &c);
		differ_end(&d);
		ds_comparison_release(&c);
	}
	ds_record_release(&r);
	return rc;
}

static int
list_folder(struct cli *cli, struct ds_store *s, const struct ds_roots *r)
{
	struct ds_json *names, *one;
	struct ds_dir dir;
	size_t i;
	int rc;

	rc = ds_dir_read(&dir, s, r);
	if (rc < 0)
		return rc;
	names = ds_json_add_array(out_doc(cli), "names");
	for (i = 0; i < dir.n; i++) {
		bool folder = dir.v[i].e.kind == DS_KIND_DIR;

		out_text(cli, "%s%s\n", out_name(dir.v[i].name),
		    folder ? "/" : "");
		one = ds_json_add_object(names, NULL);
		out_path(one, "name", dir.v[i].name);
		ds_json_bool(one, "folder", folder);
	}
	ds_dir_release(&dir);
	return 0;
}

static int
print_node(struct cli *cli, struct ds_store *s, const struct ds_node *n)
{
	void *data;
	size_t len;
	int rc;

	if (n->e.kind == DS_KIND_DIR)
		return list_folder(cli, s, &n->roots);
	rc = ds_state_blob(&data, &len, s, &n->e.id);
	if (rc == 0)
		out_bytes(cli, data, len);
	free(data);
	return rc;
}

/* Which item and path: by place, by name, or an item of that time. */
static int
find_path(char **item, char **rel, struct ds_store *s, const char *path)
{
	struct ds_items items;
	struct ds_item *it;
	size_t n = strcspn(path, "/");
	int rc;

	*item = *rel = NULL;
	rc = common_items(&items, s);
	if (rc < 0)
		return rc;
	rc = ds_items_locate(&it, rel, &items, path);
	if (rc == 0)
		*item = strdup(it->name);
	ds_items_release(&items);
	if (rc == DS_ENOTFOUND) {
		ds_err_clear();
		*item = strndup(path, n);
		*rel = strdup(path + n + (path[n] == '/'));
		rc = *rel != NULL ? 0 : ds_err_nomem();
	}
	return rc == 0 && *item == NULL ? ds_err_nomem() : rc;
}

static int
show_path(struct cli *cli, struct ds_store *s, const git_oid *id,
    const char *rev, const char *path)
{
	char *item = NULL, *rel = NULL;
	struct ds_roots roots;
	struct ds_node node;
	git_oid state;
	int rc;

	rc = find_path(&item, &rel, s, path);
	if (rc == 0)
		rc = ds_state_of_commit(&state, s, id);
	if (rc == 0)
		rc = ds_state_item(&roots, s, &state, item);
	if (rc == 0)
		rc = ds_state_find(&node, s, &roots, rel);
	if (rc == 0 && node.e.kind == DS_KIND_NONE)
		rc = ds_err(DS_ENOTFOUND, "'%s' is not in '%s'", path, rev);
	if (rc == 0)
		rc = print_node(cli, s, &node);
	free(rel);
	free(item);
	return rc;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	const char *arg = argc > 0 ? argv[0] : "HEAD", *colon;
	struct ds_store *s;
	git_oid id;
	char *rev;
	int rc;

	rc = cli_store(&s, cli);
	if (rc < 0)
		return rc;
	/* a time has colons too: 18:00 */
	rc = ds_rev_commit(&id, s, arg);
	if (rc == 0)
		return show_commit(cli, s, &id);
	for (colon = strchr(arg, ':'); colon != NULL;
	     colon = strchr(colon + 1, ':')) {
		rev = colon == arg ? strdup("HEAD") :
				     strndup(arg, (size_t)(colon - arg));
		if (rev == NULL)
			return ds_err_nomem();
		rc = ds_rev_commit(&id, s, rev);
		if (rc == 0) {
			rc = show_path(cli, s, &id, rev, colon + 1);
			free(rev);
			return rc;
		}
		free(rev);
	}
	/* what was wrong with the whole is what the user wants to know */
	return ds_rev_commit(&id, s, arg);
}

const struct cmd cmd_show = {
	.name = "show",
	.group = "work",
	.args = "[REV[:PATH]]",
	.help = "show a commit, or a file as it was in it",
	.hint = CMD_REV,
	.min_args = 0,
	.max_args = 1,
	.options = options,
	.run = run,
};
