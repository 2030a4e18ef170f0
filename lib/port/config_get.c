/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration says: by key with its type, or all of it. */
#include "ds/compat.h"

#include <strings.h>

#include "ds/config.h"
#include "ds/err.h"
#include "ds/list.h"

#include "config_internal.h"

/* A copy for the caller, or NULL for NULL. */
static int
copy_value(char **out, const struct ds_config *c, const char *value)
{
	*out = NULL;
	if (value == NULL)
		return 0;
	*out = strdup(value);
	if (*out == NULL)
		return ds_err_nomem();
	ds_config__unmark(*out, c);
	return 0;
}

/* The entry that counts, or NULL where there is none. */
static int
find_entry(git_config_entry **out, struct ds_config *c, const char *key)
{
	char *marked;
	int rc;

	*out = NULL;
	rc = ds_config__mark(&marked, c, key);
	if (rc < 0)
		return rc;
	rc = git_config_get_entry(out, c->git, marked);
	free(marked);
	if (rc == GIT_ENOTFOUND)
		return 0;
	return rc < 0 ? ds_config__failed(key) : 0;
}

/*
 * The text of a value, checked against its type, else the default.  A key
 * without "=" is "true" where that is a bool, else "".
 */
static int
get(char **out, const struct ds_config_key **row, struct ds_config *c,
    const char *key)
{
	git_config_entry *e = NULL;
	const char *value;
	int rc;

	*out = NULL;
	*row = ds_config_find(key);
	if (*row == NULL)
		return ds_err(DS_EINVAL, "unknown key '%s'", key);
	rc = find_entry(&e, c, key);
	if (rc < 0)
		return rc;
	value = e == NULL ? (*row)->value : e->value;
	if (e != NULL && value == NULL)
		value = strcmp((*row)->type, "bool") == 0 ? "true" : "";
	if (value != NULL)
		rc = ds_config__check((*row)->type, key, value);
	if (rc == 0)
		rc = copy_value(out, c, value);
	git_config_entry_free(e);
	return rc;
}

int
ds_config_string(char **out, struct ds_config *c, const char *key)
{
	const struct ds_config_key *row;

	return get(out, &row, c, key);
}

int
ds_config_bool(bool *out, struct ds_config *c, const char *key)
{
	const struct ds_config_key *row;
	char *value;
	int rc;

	*out = false;
	rc = get(&value, &row, c, key);
	if (rc == 0 && value != NULL && !ds_config__bool(out, value))
		rc = ds_config__check("bool", key, value);
	free(value);
	return rc;
}

int
ds_config_int(int64_t *out, struct ds_config *c, const char *key)
{
	const struct ds_config_key *row;
	char *value;
	int rc;

	*out = 0;
	rc = get(&value, &row, c, key);
	if (rc == 0 && value != NULL && !ds_config__int(out, value))
		rc = ds_config__check("int", key, value);
	free(value);
	return rc;
}

int
ds_config_ms(int64_t *out, struct ds_config *c, const char *key)
{
	const struct ds_config_key *row;
	char *value;
	int rc;

	*out = 0;
	rc = get(&value, &row, c, key);
	if (rc == 0 && value != NULL && !ds_config__ms(out, value))
		rc = ds_config__check("time", key, value);
	free(value);
	return rc;
}

int
ds_config_all(struct ds_list *out, struct ds_config *c, const char *key)
{
	git_config_iterator *it = NULL;
	git_config_entry *e;
	char *marked, *value;
	int rc;

	rc = ds_config__mark(&marked, c, key);
	if (rc < 0)
		return rc;
	rc = git_config_multivar_iterator_new(&it, c->git, marked, NULL);
	free(marked);
	while (rc == 0) {
		rc = git_config_next(&e, it);
		if (rc < 0)
			break;
		rc = copy_value(&value, c, e->value == NULL ? "" : e->value);
		if (rc == 0)
			rc = ds_list_add(out, value);
		free(value);
	}
	git_config_iterator_free(it);
	if (rc == GIT_ITEROVER || rc == GIT_ENOTFOUND)
		return 0;
	return rc == DS_ENOMEM ? rc : ds_config__failed(key);
}

static const char *
level_name(git_config_level_t level)
{
	switch (level) {
	case GIT_CONFIG_LEVEL_SYSTEM:
		return "system";
	case GIT_CONFIG_LEVEL_XDG:
		return "global";
	case GIT_CONFIG_LEVEL_LOCAL:
		return "store";
	default:
		return "state";
	}
}

int
ds_config_level(const char **out, struct ds_config *c, const char *key)
{
	const struct ds_config_key *row = ds_config_find(key);
	git_config_entry *e;
	int rc;

	*out = NULL;
	rc = find_entry(&e, c, key);
	if (rc < 0)
		return rc;
	if (e != NULL)
		*out = level_name(e->level);
	else if (row != NULL && row->value != NULL)
		*out = "default";
	git_config_entry_free(e);
	return 0;
}

static int
report(const struct ds_config *c, const git_config_entry *e, ds_config_cb cb,
    void *arg)
{
	char *key, *value;
	int rc;

	rc = copy_value(&key, c, e->name);
	if (rc < 0)
		return rc;
	rc = copy_value(&value, c, e->value == NULL ? "true" : e->value);
	if (rc == 0)
		rc = cb(key, value, level_name(e->level), arg);
	free(value);
	free(key);
	return rc < 0 ? rc : 0;
}

int
ds_config_each(struct ds_config *c, ds_config_cb cb, void *arg)
{
	git_config_iterator *it;
	git_config_entry *e;
	int rc = 0;

	if (git_config_iterator_new(&it, c->git) < 0)
		return ds_config__failed("the configuration");
	while (rc == 0) {
		rc = git_config_next(&e, it);
		if (rc == GIT_ITEROVER) {
			rc = 0;
			break;
		}
		if (rc < 0)
			rc = ds_config__failed("the configuration");
		else
			rc = report(c, e, cb, arg);
	}
	git_config_iterator_free(it);
	return rc;
}

struct names {
	struct ds_list *out;
	const char *section;
};

static int
add_name(const char *key, const char *value DS_UNUSED,
    const char *level DS_UNUSED, void *arg)
{
	struct names *n = arg;
	const char *first = strchr(key, '.');
	const char *last = strrchr(key, '.');
	size_t len = strlen(n->section);

	if (first == NULL || first == last || (size_t)(first - key) != len ||
	    strncasecmp(key, n->section, len) != 0)
		return 0;
	return ds_list_addn(n->out, first + 1, (size_t)(last - first) - 1);
}

int
ds_config_names(struct ds_list *out, struct ds_config *c, const char *section)
{
	struct names n = { out, section };
	int rc;

	rc = ds_config_each(c, add_name, &n);
	ds_list_sort(out);
	return rc;
}

struct unknown {
	ds_config_unknown_cb cb;
	void *arg;
};

static int
check_known(const char *key, const char *value DS_UNUSED, const char *level,
    void *arg)
{
	struct unknown *u = arg;
	char *nearest;
	int rc;

	if (!ds_config__is_unknown(key))
		return 0;
	rc = ds_config_suggest(&nearest, key);
	if (rc < 0)
		return rc;
	rc = u->cb(key, nearest, level, u->arg);
	free(nearest);
	return rc;
}

int
ds_config_unknown(struct ds_config *c, ds_config_unknown_cb cb, void *arg)
{
	struct unknown u = { cb, arg };

	return ds_config_each(c, check_known, &u);
}
