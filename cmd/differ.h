/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DIFFER_H
#define DIFFER_H

#include <stddef.h>

#include "ds/entry.h"

#include "cmd.h"

/* Changes as people and programs read them: for diff, show and log. */

struct ds_history_options;
struct ds_comparison;

enum differ_form { DIFFER_PATCH, DIFFER_STAT, DIFFER_NAMES, DIFFER_NONE };

/* What --name-only and --stat ask for, else ${other}. */
enum differ_form differ_form(bool names, bool stat, enum differ_form other);

struct differ {
	struct cli *cli;
	struct ds_store *store;
	enum differ_form form;
	const char *disk;	 /* the item's folder where the new side is the
				 * disk; NULL: both sides are in the store */
	struct ds_json *changes; /* array to fill; NULL without --json */
	size_t files;		 /* totals, for the last line of --stat */
	size_t added;
	size_t removed;
};

/* All changes of one item. */
int differ_item(struct differ *, const char *item, const struct ds_changes *);

/* All of a comparison of two commits; into an array "items" of ${to}. */
int differ_all(struct differ *, struct ds_json *to,
    const struct ds_comparison *);

/* "3 files, 12 lines added, 1 removed", with --stat alone. */
void differ_end(const struct differ *);

#endif
