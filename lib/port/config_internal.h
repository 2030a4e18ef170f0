/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_INTERNAL_H
#define CONFIG_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <git2.h>

#include "ds/compat.h"

struct ds_buf;
struct ds_config_edit;

struct ds_config {
	git_config *git;
	char mark[20]; /* "" where nothing is marked */
};

/* No config file is longer. */
#define DS_CONFIG_MAX ((size_t)1 << 20)

/* The last error of libgit2, about ${what}, as ours. */
int ds_config__failed(const char *what);

/* A copy of ${s} with the mark put into each "[include". */
int ds_config__mark(char **out, const struct ds_config *, const char *s);

/* Take it out again. */
void ds_config__unmark(char *s, const struct ds_config *);

/*
 * A value by its type, without a message: false if it does not fit.  NULL is
 * a key without "=", which is true as a bool.
 */
bool ds_config__bool(bool *out, const char *value);
bool ds_config__int(int64_t *out, const char *value);
bool ds_config__ms(int64_t *out, const char *value);

/* DS_EINVAL unless ${value} fits ${type}; ${key} as the message has it. */
int ds_config__check(const char *type, const char *key, const char *value);

/* Does this key belong to a section of ours without being in the table, and
 * is not one of git's? */
bool ds_config__is_unknown(const char *key);

struct ds_config__span {
	const char *s; /* NULL: there is no such part */
	size_t n;
};

/* A key in its parts; without a name it stands for the section. */
struct ds_config__key {
	struct ds_config__span section;
	struct ds_config__span sub;
	struct ds_config__span name;
};

/* DS_EINVAL for what is no key.  The parts are borrowed from ${key}. */
int ds_config__split(struct ds_config__key *, const char *key);
bool ds_config__same_word(const struct ds_config__span *, const char *s,
    size_t n);

/* ${text} after ${edit}, or without the section where that is NULL. */
int ds_config__apply(struct ds_buf *out, const char *text,
    const struct ds_config__key *, const struct ds_config_edit *edit);

#endif
