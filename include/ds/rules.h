/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_RULES_H
#define DS_RULES_H

#include <stddef.h>

#include "ds/compat.h"

struct ds_config;
struct ds_config_edit;
struct ds_store;

/*
 * The rules of items as text of the state, .datasync/items: what "config"
 * shows and changes of them.  Items as commits see them are ds/item.h.
 */

/* As of the newest commit; to be closed by the caller. */
int ds_rules_open(struct ds_config **out, struct ds_store *);

/*
 * Change rules of ${item} and commit that.  DS_ENOTFOUND if there is no such
 * item.  Takes the store's lock.
 */
int ds_rules_edit(struct ds_store *, const char *item,
    const struct ds_config_edit *, size_t n);

#endif
