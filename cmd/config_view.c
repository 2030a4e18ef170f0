/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/json.h"
#include "ds/list.h"
#include "ds/rules.h"
#include "ds/store.h"

#include "common.h"
#include "config_view.h"

int
config_view_open(struct config_view *v, struct cli *cli)
{
	int rc;

	memset(v, 0, sizeof(*v));
	rc = cli_store(&v->store, cli);
	if (rc == 0) {
		v->config = v->store->config;
		return ds_rules_open(&v->rules, v->store);
	}
	if (rc != DS_ENOSTORE)
		return rc;
	ds_err_clear();
	v->store = NULL;
	return ds_config_open(&v->config, NULL);
}

void
config_view_close(struct config_view *v)
{
	if (v->store == NULL)
		ds_config_close(v->config);
	ds_config_close(v->rules);
}

int
config_view_pick(struct ds_config **out, const char **level,
    const struct config_view *v, const struct ds_config_key *row,
    const char *key)
{
	const char *state = NULL;
	bool overridden;
	int rc;

	*out = v->config;
	rc = ds_config_level(level, v->config, key);
	/* Of the keys that are no rules, a state can say the path alone. */
	if (rc < 0 || (!row->rule && strcmp(row->type, "path") != 0))
		return rc;
	overridden = !row->rule && *level != NULL;
	if (v->rules != NULL && !overridden) {
		*out = v->rules;
		rc = ds_config_level(&state, v->rules, key);
		*level = state;
	}
	return rc;
}

static void
list_key(struct cli *cli, struct ds_json *to, const struct ds_config_key *row,
    const char *key, const char *value, const char *level)
{
	struct ds_json *j = ds_json_add_object(to, NULL);
	struct ds_buf b = DS_BUF_INIT;

	ds_json_str(j, "key", key);
	ds_json_str(j, "value", value);
	ds_json_str(j, "from", level);
	ds_json_str(j, "type", row->type);
	ds_json_str(j, "default", row->value);
	ds_json_str(j, "help", row->help);
	if (cli->verbose)
		out_text(cli, "%s# %s (%s)%s\n", out_color(cli, OUT_DIM),
		    row->help, row->type, out_color(cli, OUT_PLAIN));
	ds_buf_addf(&b, "%s=%s", key, value == NULL ? "" : value);
	if (ds_buf_check(&b) == 0)
		out_text(cli, "%-40s %s%s%s\n", b.data, out_color(cli, OUT_DIM),
		    level == NULL ? "-" : level, out_color(cli, OUT_PLAIN));
	ds_buf_release(&b);
}

static int
list_values(struct cli *cli, struct ds_json *to, struct ds_config *config,
    const struct ds_config_key *row, const char *key, const char *level)
{
	struct ds_list values = DS_LIST_INIT;
	size_t i;
	int rc;

	rc = ds_config_all(&values, config, key);
	for (i = 0; rc == 0 && i < values.n; i++)
		list_key(cli, to, row, key, values.v[i], level);
	ds_list_release(&values);
	return rc;
}

/* A concrete key; of an item, those without a value are passed over. */
static int
list_one(struct cli *cli, struct ds_json *to, const struct config_view *v,
    const struct ds_config_key *row, const char *key)
{
	struct ds_config *config;
	const char *level;
	char *value = NULL;
	int rc;

	rc = config_view_pick(&config, &level, v, row, key);
	if (rc < 0 || (level == NULL && row->name != key))
		return rc;
	if (row->many)
		return list_values(cli, to, config, row, key, level);
	rc = ds_config_string(&value, config, key);
	if (rc == DS_EINVAL) {
		out_warn(cli, "%s", ds_err_text());
		ds_err_clear();
		rc = 0;
	}
	if (rc == 0)
		list_key(cli, to, row, key, value, level);
	free(value);
	return rc;
}

static int
list_item(struct cli *cli, struct ds_json *to, const struct config_view *v,
    const char *name)
{
	static const char head[] = "item.*.";
	const struct ds_config_key *rows;
	struct ds_buf key = DS_BUF_INIT;
	size_t i, n;
	int rc = 0;

	rows = ds_config_keys(&n);
	for (i = 0; i < n && rc == 0; i++) {
		if (strncmp(rows[i].name, head, strlen(head)) != 0)
			continue;
		ds_buf_cut(&key, 0);
		ds_buf_addf(&key, "item.%s.%s", name,
		    rows[i].name + strlen(head));
		rc = ds_buf_check(&key);
		if (rc == 0)
			rc = list_one(cli, to, v, &rows[i], key.data);
	}
	ds_buf_release(&key);
	return rc;
}

static int
list_items(struct cli *cli, struct ds_json *to, const struct config_view *v)
{
	struct ds_list items = DS_LIST_INIT;
	size_t i;
	int rc;

	rc = ds_config_names(&items, v->config, "item");
	if (rc == 0 && v->rules != NULL)
		rc = ds_config_names(&items, v->rules, "item");
	for (i = 0; i < items.n && rc == 0; i++)
		rc = list_item(cli, to, v, items.v[i]);
	ds_list_release(&items);
	return rc;
}

int
config_list(struct cli *cli)
{
	struct ds_json *to = ds_json_add_array(out_doc(cli), "settings");
	const struct ds_config_key *rows;
	struct config_view v;
	size_t i, n;
	int rc;

	rows = ds_config_keys(&n);
	rc = config_view_open(&v, cli);
	if (rc == 0)
		out_page(cli);
	for (i = 0; i < n && rc == 0; i++) {
		if (strchr(rows[i].name, '*') == NULL)
			rc = list_one(cli, to, &v, &rows[i], rows[i].name);
	}
	if (rc == 0)
		rc = list_items(cli, to, &v);
	if (rc == 0)
		rc = ds_config_unknown(v.config, common_warn_unknown, cli);
	if (rc == 0 && v.rules != NULL)
		rc = ds_config_unknown(v.rules, common_warn_unknown, cli);
	config_view_close(&v);
	return rc;
}
