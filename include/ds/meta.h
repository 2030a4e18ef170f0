/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_META_H
#define DS_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ds/compat.h"
#include "ds/entry.h"

struct ds_buf;

/*
 * What git does not record: the text of one folder's .meta blob.
 *
 *	datasync-meta 1
 *	D 0755 1700000000.123456789
 *	F 0644 1700000001.000000000 settings.json
 *	L 0777 1700000002.000000000 current
 *
 * The first letter of the second line is D, or E for a folder that holds
 * nothing else; the rest is one line for each file (F) and symlink (L) right in
 * it, by bytes of the name.  In a name, "\\" is a backslash and "\n" a newline.
 * A folder of more than DS_META_SPLIT_MAX such lines has its first two lines in
 * ".meta/self" and the others in ".meta/00" to ".meta/ff", by ds_meta_bucket(),
 * each a run of lines alone.
 */
enum { DS_META_SPLIT_MAX = 1000, DS_META_BUCKETS = 256 };

struct ds_meta_line {
	char *name;
	enum ds_kind kind;
	unsigned mode;
	int64_t mtime;
};

struct ds_meta {
	bool known; /* there was a line of the folder itself */
	bool empty; /* it was E */
	unsigned mode;
	int64_t mtime;
	struct ds_meta_line *v; /* by bytes of the name, each once */
	size_t n;
	size_t cap;
};

/* Add what ${text} holds.  DS_EDAMAGED names the line. */
int ds_meta_parse(struct ds_meta *, const char *text, size_t len);

/* The line of ${name}, or NULL. */
struct ds_meta_line *ds_meta_find(const struct ds_meta *, const char *name);

/* Replace or add; with kind NONE, take away.  DS_ENOMEM. */
int ds_meta_set(struct ds_meta *, const char *name, const struct ds_entry *);

/* Header and the folder's own line; then the lines, all or one bucket's. */
void ds_meta_print_self(struct ds_buf *, const struct ds_meta *);
void ds_meta_print_lines(struct ds_buf *, const struct ds_meta *);
void ds_meta_print_bucket(struct ds_buf *, const struct ds_meta *,
    unsigned bucket);

/* Where a name's line is kept in a split folder: the low byte of FNV-1a. */
unsigned ds_meta_bucket(const char *name);

void ds_meta_release(struct ds_meta *);

#endif
