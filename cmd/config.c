/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <strings.h>

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/item.h"
#include "ds/json.h"
#include "ds/list.h"
#include "ds/lock.h"
#include "ds/name.h"
#include "ds/path.h"
#include "ds/rules.h"
#include "ds/store.h"

#include "cmd.h"
#include "common.h"
#include "config_view.h"

static bool want_global, want_unset, want_add, want_list;

static const struct cmd_option options[] = {
	{ 0, "global", NULL, CMD_FLAG, CMD_ANY, &want_global,
	    "change the user's file instead of the store's" },
	{ 0, "add", NULL, CMD_FLAG, CMD_ANY, &want_add,
	    "add a value to those that are there" },
	{ 0, "unset", NULL, CMD_FLAG, CMD_ANY, &want_unset,
	    "take the key out of the file" },
	{ 'l', "list", NULL, CMD_FLAG, CMD_ANY, &want_list,
	    "list all keys with their values and where they come from" },
	CMD_END
};

/* The table's row, or an error that names the key that was meant. */
static int
find_row(const struct ds_config_key **row, const char *key)
{
	char *near = NULL;
	int rc;

	*row = ds_config_find(key);
	if (*row != NULL)
		return 0;
	rc = ds_config_suggest(&near, key);
	if (rc < 0)
		return rc;
	rc = ds_err(DS_EINVAL, "unknown key '%s'", key);
	if (near != NULL)
		ds_err_hint(rc, "did you mean '%s'?", near);
	else
		ds_err_hint(rc, "'datasync config --list' lists the keys");
	free(near);
	return rc;
}

/* NAME of "item.NAME.path", or NULL for keys of no item. */
static int
item_of(char **out, const char *key)
{
	const char *first = strchr(key, '.');
	const char *last = strrchr(key, '.');

	*out = NULL;
	if (first == NULL || first == last ||
	    strncasecmp(key, "item.", strlen("item.")) != 0)
		return 0;
	*out = strndup(first + 1, (size_t)(last - first) - 1);
	return *out == NULL ? ds_err_nomem() : ds_name_check_item(*out);
}

static int
show_values(struct cli *cli, struct ds_config *config, const char *key)
{
	struct ds_json *list = ds_json_add_array(out_doc(cli), "values");
	struct ds_list values = DS_LIST_INIT;
	size_t i;
	int rc;

	rc = ds_config_all(&values, config, key);
	if (rc == 0 && values.n == 0)
		rc = ds_err(DS_ENOTFOUND, "'%s' is not set", key);
	for (i = 0; rc == 0 && i < values.n; i++) {
		out_text(cli, "%s\n", values.v[i]);
		ds_json_str(list, NULL, values.v[i]);
	}
	ds_list_release(&values);
	return rc;
}

static int
show_value(struct cli *cli, struct ds_config *config, const char *key)
{
	char *value;
	int rc;

	rc = ds_config_string(&value, config, key);
	if (rc == 0 && value == NULL)
		rc = ds_err(DS_ENOTFOUND, "'%s' is not set and has no default",
		    key);
	if (rc == 0) {
		out_text(cli, "%s\n", value);
		ds_json_str(out_doc(cli), "value", value);
	}
	free(value);
	return rc;
}

static int
get(struct cli *cli, const char *key)
{
	const struct ds_config_key *row;
	struct ds_config *config;
	const char *level;
	struct config_view v;
	int rc;

	rc = find_row(&row, key);
	if (rc < 0)
		return rc;
	rc = config_view_open(&v, cli);
	if (rc == 0)
		rc = config_view_pick(&config, &level, &v, row, key);
	if (rc == 0) {
		ds_json_str(out_doc(cli), "key", key);
		ds_json_str(out_doc(cli), "from", level);
		rc = row->many ? show_values(cli, config, key) :
				 show_value(cli, config, key);
	}
	config_view_close(&v);
	return rc;
}

struct search {
	const char *key;
	const char *level;
	bool found;
};

/* The same key: the middle part alone counts case. */
static bool
is_same(const char *a, const char *b)
{
	size_t first = strcspn(a, "."), len = strlen(a);
	const char *last = strrchr(a, '.');
	size_t tail = last == NULL ? 0 : (size_t)(last - a);

	return len == strlen(b) && strncasecmp(a, b, first) == 0 &&
	    strncmp(a + first, b + first, tail - first) == 0 &&
	    strcasecmp(a + tail, b + tail) == 0;
}

static int
match(const char *key, const char *value DS_UNUSED, const char *level,
    void *arg)
{
	struct search *s = arg;

	if (strcmp(level, s->level) == 0 && is_same(s->key, key))
		s->found = true;
	return 0;
}

/* Before it is unset: is it set in that file? */
static int
check_set(struct ds_config *c, const char *key, const char *level,
    const char *file)
{
	struct search s = { key, level, false };
	int rc;

	rc = ds_config_each(c, match, &s);
	if (rc == 0 && !s.found)
		rc = ds_err(DS_ENOTFOUND, "'%s' is not set in '%s'", key, file);
	return rc;
}

static int
write_store(struct cli *cli, const struct ds_config_edit *edit)
{
	struct ds_store *store;
	struct ds_lock *lock = NULL;
	char *file = NULL;
	int rc;

	rc = cli_store(&store, cli);
	if (rc == 0)
		rc = ds_store_path(&file, store, false, "config");
	if (rc == 0)
		rc = ds_store_lock(&lock, store);
	if (rc == 0)
		rc = ds_store_reload(store);
	if (rc == 0 && edit->value == NULL)
		rc = check_set(store->config, edit->key, "store", file);
	if (rc == 0)
		rc = ds_config_write(file, edit, 1, store->lock_ms);
	ds_lock_drop(lock);
	free(file);
	return rc;
}

/* The user's file has a lock of its own, for there may be no store. */
static int
lock_global(struct ds_lock **out, const char *file, int ms)
{
	char *path = strdup(file);
	char *slash;
	struct ds_buf lock = DS_BUF_INIT;
	int rc;

	if (path == NULL)
		return ds_err_nomem();
	slash = strrchr(path, '/');
	*slash = '\0';
	rc = ds_file_mkdirs(path, 0700);
	ds_buf_addf(&lock, "%s/lock", path);
	if (rc == 0)
		rc = ds_buf_check(&lock);
	if (rc == 0)
		rc = ds_lock_take(out, lock.data, ms);
	ds_buf_release(&lock);
	free(path);
	return rc;
}

static int
write_global(const struct ds_config_edit *edit)
{
	struct ds_config *c = NULL;
	char *file = NULL;
	struct ds_lock *lock = NULL;
	int64_t ms = 0;
	int rc;

	rc = ds_config_global(&file);
	if (rc == 0)
		rc = ds_config_open(&c, NULL);
	if (rc == 0)
		rc = ds_config_ms(&ms, c, "core.lockTimeout");
	if (ms > INT32_MAX)
		ms = INT32_MAX;
	if (rc == 0 && edit->value == NULL)
		rc = check_set(c, edit->key, "global", file);
	if (rc == 0)
		rc = lock_global(&lock, file, (int)ms);
	if (rc == 0)
		rc = ds_config_write(file, edit, 1, (int)ms);
	ds_lock_drop(lock);
	free(file);
	ds_config_close(c);
	return rc;
}

/* Rules travel with the state; what an item consists of, track alone says. */
static int
refuse_rule(const char *key, const char *item)
{
	const char *last = strrchr(key, '.') + 1;

	if (want_global)
		return ds_err_hint(ds_err(DS_EINVAL,
				       "'%s' cannot be set in the user's file",
				       key),
		    "rules of items belong to the state in the store");
	if (item == NULL || strcasecmp(last, "only") == 0)
		return ds_err_hint(ds_err(DS_EINVAL,
				       "'%s' cannot be set by hand", key),
		    "'datasync track' and 'datasync untrack' do");
	return 0;
}

static int
write_rule(struct cli *cli, const struct ds_config_edit *edit, const char *item)
{
	struct ds_config *rules = NULL;
	struct ds_store *store;
	int rc;

	rc = refuse_rule(edit->key, item);
	if (rc == 0)
		rc = common_store(&store, cli);
	if (rc == 0 && edit->value == NULL)
		rc = ds_rules_open(&rules, store);
	if (rc == 0 && edit->value == NULL)
		rc = check_set(rules, edit->key, "state", "the state");
	if (rc == 0)
		rc = ds_rules_edit(store, item, edit, 1);
	ds_config_close(rules);
	return rc;
}

/* A new place has to be checked, and lies on another file system. */
static int
write_path(struct cli *cli, const char *name, const char *value)
{
	struct ds_items items = DS_ITEMS_INIT;
	struct ds_item *item;
	struct ds_store *store;
	char *path = NULL, *full = NULL;
	int rc;

	rc = common_store(&store, cli);
	if (rc == 0)
		rc = common_items(&items, store);
	if (rc == 0)
		rc = ds_items_find(&item, &items, name);
	if (rc == 0)
		rc = ds_path_expand(&path, store->home, value);
	if (rc == 0)
		rc = ds_path_absolute(&full, "/", path);
	if (rc == 0)
		rc = ds_item_enable(store, name, item->enabled, full);
	free(full);
	free(path);
	ds_items_release(&items);
	return rc;
}

/* The value fits the key, and the options fit both. */
static int
check_change(const struct ds_config_key *row, const char *key,
    const char *value)
{
	if (want_add && !row->many)
		return ds_err_hint(ds_err(DS_EINVAL, "'%s' has one value only",
				       key),
		    "without --add it is replaced");
	return value == NULL ? 0 : ds_config_check(key, value);
}

static int
change(struct cli *cli, const char *key, const char *value)
{
	struct ds_config_edit edit = { key, value, want_add };
	const struct ds_config_key *row;
	char *item = NULL;
	int rc;

	rc = find_row(&row, key);
	if (rc == 0)
		rc = item_of(&item, key);
	if (rc == 0)
		rc = check_change(row, key, value);
	if (rc < 0)
		goto out;
	if (row->rule)
		rc = write_rule(cli, &edit, item);
	else if (want_global)
		rc = write_global(&edit);
	else if (value != NULL && strcmp(row->type, "path") == 0)
		rc = write_path(cli, item, value);
	else
		rc = write_store(cli, &edit);
	if (rc == 0) {
		ds_json_str(out_doc(cli), "key", key);
		ds_json_str(out_doc(cli), "value", value);
		ds_json_str(out_doc(cli), "in",
		    row->rule	    ? "state" :
			want_global ? "global" :
				      "store");
	}
out:
	free(item);
	return rc;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	if (want_add + want_unset + want_list > 1)
		return cli_usage(cli,
		    "--add, --unset and --list exclude each other");
	if (want_list || argc == 0) {
		if (argc > 0 || want_add || want_unset || want_global)
			return cli_usage(cli,
			    want_list ? "--list stands alone" :
					"a key is missing");
		return config_list(cli);
	}
	if (want_unset) {
		if (argc > 1)
			return cli_usage(cli, "--unset takes no value");
		return change(cli, argv[0], NULL);
	}
	if (argc == 2)
		return change(cli, argv[0], argv[1]);
	if (want_add || want_global)
		return cli_usage(cli, "a value is missing");
	return get(cli, argv[0]);
}

const struct cmd cmd_config = {
	.name = "config",
	.group = "start",
	.args = "[KEY [VALUE]]",
	.help = "show and change settings",
	.hint = CMD_KEY,
	.max_args = 2,
	.options = options,
	.run = run,
};
