/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_VIEW_H
#define CONFIG_VIEW_H

#include <stdbool.h>

#include "ds/config.h"

#include "cmd.h"

/* The settings that are in force: files, and with a store its rules. */
struct config_view {
	struct ds_config *config;
	struct ds_config *rules; /* NULL without a store */
	struct ds_store *store;
};

int config_view_open(struct config_view *, struct cli *);
void config_view_close(struct config_view *);

/* Which of the two has the say about ${key}, and where its value is from. */
int config_view_pick(struct ds_config **out, const char **level,
    const struct config_view *, const struct ds_config_key *, const char *key);

/* All that "datasync config --list" prints. */
int config_list(struct cli *);

#endif
