/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_H
#define COMMON_H

#include <git2/oid.h>

#include "ds/entry.h"
#include "ds/item.h"

#include "cmd.h"

/* What several commands do alike. */

struct ds_restore_result;
struct ds_store;

/* The store, with what a killed restore left finished first. */
int common_store(struct ds_store **out, struct cli *);

/* As above for commands that only look: another one's restore is let be. */
int common_look(struct ds_store **out, struct cli *);

/* A ds_config_unknown_cb; ${arg} is the struct cli. */
int common_warn_unknown(const char *key, const char *nearest, const char *level,
    void *arg);

/* The items as of the newest commit. */
int common_items(struct ds_items *out, struct ds_store *);

/* "A", "M", "D", "T" (type), or "" for what is no change to speak of. */
const char *common_status(const struct ds_change *);

/* The colour of such a letter. */
enum out_color common_status_color(const char *status);

/*
 * {"path":...,"status":...,"old_mode"...} into ${to}; what "diff" and others
 * share.
 */
void common_json_change(struct ds_json *to, const struct ds_change *);

/* "1a2b3c4d"; borrowed. */
const char *common_short(const git_oid *);

/* What a restore or undo did, as text and JSON. */
void common_restored(struct cli *, const struct ds_restore_result *,
    bool dry_run);

#endif
