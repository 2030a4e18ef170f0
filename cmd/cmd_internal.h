/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_INTERNAL_H
#define CMD_INTERNAL_H

#include <stdbool.h>

#include "ds/report.h"

#include "cmd.h"

/* What the files beneath main.c share; commands need cmd.h alone. */

struct ds_buf;
struct ds_list;

/* commands.c */
const struct cmd *command_find(const char *name);
void command_names(struct ds_list *out);

/* DS_EUSAGE, with the nearest name as hint. */
int command_unknown(const char *name);

/*
 * global.c: the options that belong to no command.  Those of global_first
 * stand before the command only, the others also behind it.
 */
struct global {
	const char *store;
	const char *folder;
	const char *progress;
	const char *color;
	bool json;
	bool quiet;
	bool verbose;
	bool no_progress;
	bool help;
	bool version;
};

extern struct global global;
extern const struct cmd_option global_first[];
extern const struct cmd_option global_any[];

/* Go to the folder of -C.  To be called before any path is looked at. */
int global_enter(void);

/* Check the values and bring them into ${cli}. */
int global_apply(struct cli *);

/*
 * opt.c.  Parse argv[1] and what follows by ${tables} (ends with NULL; the
 * first that knows an option has it) and move the arguments to argv[1] on;
 * ${argc} becomes their number.  With ${first} the first argument ends the
 * options, else they may stand anywhere before "--".  ${who} is the subject of
 * errors: DS_EUSAGE.
 */
int opt_parse(int *argc, char **argv, const struct cmd_option *const *tables,
    const char *who, bool first);

/* The number and, where there are subcommands, the first of the arguments. */
int opt_check_args(const struct cmd *, int argc, char **argv);

/* The value's words where they are all known ("auto|always"): a literal. */
bool opt_arg_is_words(const struct cmd_option *);

/* usage.c: "datasync commit [-m MSG] [PATH...]", on one line. */
void usage_line(struct ds_buf *, const struct cmd *);

/* All that -h prints, in 80 columns. */
void usage_text(struct ds_buf *, const struct cmd *);

/* All that "datasync help" prints. */
void usage_overview(struct ds_buf *);

/* out.c */
enum color_mode { COLOR_CONFIG, COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
void out_set_color(enum color_mode);

/* A setting, if the command has opened the store by now; else NULL.  The
 * caller frees it. */
char *out_setting(const struct cli *, const char *key);

/*
 * After the last byte of the command: print its document, or the error
 * (${rc}, ${status}) as one, flush, and wait for the pager.  Returns ${rc}, or
 * what became of it.
 */
int out_end(struct cli *, int rc, int status);

/* "datasync: ${kind}${text}" on stderr in one write, control bytes as '?'. */
void out_say(const char *prefix, const char *text);

/* What failed, also where nobody left a message. */
const char *out_error_text(int rc);

/* bar.c: progress on stderr, if ${cli} is to have any. */
void bar_begin(struct cli *, bool json);
void bar_clear(void);
void bar_end(void);

/* pager.c: false where stdout stays as it is. */
bool pager_begin(struct cli *);
bool pager_is_on(void);
int pager_end(void);

/* report.c: the callback behind cli->report; its argument is the cli. */
void report_print(enum ds_report_kind, const char *item, const char *path,
    const char *why, void *arg);

/* complete_SHELL.c: the whole script. */
void complete_bash(struct ds_buf *);
void complete_zsh(struct ds_buf *);
void complete_fish(struct ds_buf *);

#endif
