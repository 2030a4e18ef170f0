/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CONFIG_H
#define DS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ds/compat.h"

struct ds_list;

/*
 * Settings in git-config syntax.  From the lowest: /etc/datasync/config,
 * $XDG_CONFIG_HOME/datasync/config, the store's config.  One table in
 * config_keys.c names every key with its type, default and meaning; getters
 * take their defaults from there, so a key that is not in it can't be read.
 */
struct ds_config;

/*
 * ${store} is the store's config file or NULL; missing files are fine.
 * DS_EINVAL names file and line of a syntax error.  Later changes of the
 * files are not seen.
 */
int ds_config_open(struct ds_config **out, const char *store);

/*
 * From at most 1 MiB in memory instead of files; for .datasync/items.
 * ${what} stands for the file's name in errors.  Other devices wrote the
 * text, so [include] and [includeIf] in it read no file.
 */
int ds_config_parse(struct ds_config **out, const char *text, size_t len,
    const char *what);

void ds_config_close(struct ds_config *);

/*
 * The user's own file, $XDG_CONFIG_HOME/datasync/config or
 * ~/.config/datasync/config; DS_ENOTFOUND where neither variable is set.
 */
int ds_config_global(char **out);

/*
 * Typed values of known keys.  Key patterns in the table have "*" for the
 * middle part: "item.*.path".  DS_EINVAL names key and value when the value
 * does not fit its type.  Strings are the caller's; NULL where neither value
 * nor default is.
 */
int ds_config_string(char **out, struct ds_config *, const char *key);
int ds_config_bool(bool *out, struct ds_config *, const char *key);
/* k, m and g suffixes as git's. */
int ds_config_int(int64_t *out, struct ds_config *, const char *key);
/* "10s", "500ms", "2m", "1h", "14d"; a bare number is seconds. */
int ds_config_ms(int64_t *out, struct ds_config *, const char *key);

/* All values of a multi-valued key, in file order, lowest level first. */
int ds_config_all(struct ds_list *out, struct ds_config *, const char *key);

/* The middle parts that occur, sorted: of "item" the names of items. */
int ds_config_names(struct ds_list *out, struct ds_config *,
    const char *section);

/*
 * Where the value of ${key} comes from: "system", "global", "store", "state"
 * (ds_config_parse), "default" or, where it has no value, NULL.
 */
int ds_config_level(const char **out, struct ds_config *, const char *key);

/* Every "key=value" line that is set, lowest level first.  What the callback
 * returns below 0 ends the walk and is returned. */
typedef int (*ds_config_cb)(const char *key, const char *value,
    const char *level, void *arg);
int ds_config_each(struct ds_config *, ds_config_cb, void *arg);

/*
 * As above, for keys that look like ours but are not in the table:
 * "core.lokTimeout".  ${nearest} is the one that was meant, or NULL.  git's
 * own keys, which share the store's config, are not among them.
 */
typedef int (*ds_config_unknown_cb)(const char *key, const char *nearest,
    const char *level, void *arg);
int ds_config_unknown(struct ds_config *, ds_config_unknown_cb, void *arg);

/*
 * Edits of one file, all at once: changed in memory, put in place by
 * ds_lock_replace() with ${file}.new beside it as its temporary.  The file
 * and its folder are made where they are missing; a symlink is followed.
 * Comments and the order of lines stay.  ${value} NULL unsets, which is no
 * error where nothing is set.  With ${add} a value is added to those that
 * are there.  Call it under the store's lock.  DS_EINVAL for a key or value
 * that the syntax can't hold, and for a syntax error in the file.
 */
struct ds_config_edit {
	const char *key;
	const char *value;
	bool add;
};
int ds_config_write(const char *file, const struct ds_config_edit *, size_t n,
    int ms);

/* As above in memory: the new text of ${text}; for .datasync/items. */
int ds_config_rewrite(char **out, const char *text,
    const struct ds_config_edit *, size_t n);

/*
 * Remove a whole section, "item" "name", with its comments, in memory.
 * ${name} NULL: the section without a name.
 */
int ds_config_rewrite_drop(char **out, const char *text, const char *section,
    const char *name);

/* The table, for help, man page, completion and "config --list". */
struct ds_config_key {
	const char *name;  /* "core.lockTimeout", "item.*.path" */
	const char *type;  /* "bool", "int", "percent", "size", "time",
			    * "path" (absolute or below ~), "string",
			    * or "a|b|c" */
	const char *value; /* default as text, or NULL */
	bool many;	   /* may be given several times */
	bool rule;	   /* stands in the state, not in a file here */
	const char *help;
};
const struct ds_config_key *ds_config_keys(size_t *n);

/* The table's row of a concrete key, or NULL; names do not count case in
 * section and last part. */
const struct ds_config_key *ds_config_find(const char *key);

/* The known key that is nearest to ${key}, its middle part kept; NULL where
 * none is near. */
int ds_config_suggest(char **out, const char *key);

/* Check ${value} against the row's type.  DS_EINVAL says what is allowed. */
int ds_config_check(const char *key, const char *value);

#endif
