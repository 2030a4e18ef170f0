/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_H
#define CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ds/compat.h"

/*
 * The shape of a command.  main.c parses the options before the command's
 * name, finds it in commands.h, lets opt.c parse the rest by the command's
 * table and calls run() with the arguments that are left.  What run() returns
 * (0 or a ds_code) becomes the exit status in main.c and nowhere else.
 */
struct cli;

enum cmd_type {
	CMD_FLAG,   /* bool *: true when given */
	CMD_STRING, /* const char **: borrowed from argv */
	CMD_NUMBER, /* int64_t *: a decimal number, at least 0 */
	CMD_LIST    /* struct ds_list *: may be given several times */
};

/* What an option's value or an argument is, for completion. */
enum cmd_hint {
	CMD_ANY,
	CMD_PATH,
	CMD_FOLDER,
	CMD_REV,
	CMD_ITEM,
	CMD_COMMAND,
	CMD_KEY,
	CMD_SHELL
};

struct cmd_option {
	char letter;	  /* 0: none */
	const char *name; /* without "--"; NULL: a letter alone */
	const char *arg;  /* "REV"; "a|b" are all its values; NULL: flag */
	enum cmd_type type;
	enum cmd_hint hint;
	void *value;	  /* a static of the command's file */
	const char *help; /* one line, no capital, no full stop */
};

#define CMD_END                                                                \
	{                                                                      \
		0, NULL, NULL, CMD_FLAG, CMD_ANY, NULL, NULL                   \
	}

struct cmd {
	const char *name;
	const char *group;  /* "start", "work", "keep", "look after" */
	const char *args;   /* "[REV [REV]] [PATH...]"; NULL: none */
	const char *help;   /* one line for "datasync help" */
	enum cmd_hint hint; /* of its arguments */
	int min_args;
	int max_args; /* -1: any number */
	const struct cmd_option *options;
	const char *const *words; /* subcommands, ends with NULL; or NULL */
	int (*run)(struct cli *, int argc, char **argv);
};

/*
 * Where there are words and the hint is CMD_ANY, the first argument must be
 * one of them; the command need not check.
 */
extern const struct cmd *const commands[]; /* ends with NULL */

/*
 * What the whole command line shares.  cli_store() opens the store at the first
 * call (DS_ENOSTORE with a hint) and main.c closes it.
 */
struct ds_store;
struct ds_config;
struct ds_progress;
struct ds_report;
struct ds_json;

struct cli {
	const char *store_path; /* what ds_store_find() says of --store */
	bool json;
	bool quiet;
	bool verbose;
	const struct cmd *cmd;
	struct ds_progress *progress; /* bar or JSON on stderr; may be NULL */
	struct ds_report *report;     /* prints each report as a warning line */
	struct ds_store *store;
};

int cli_store(struct ds_store **out, struct cli *);

/* A usage error: ds_err(DS_EUSAGE) with the command's usage line as hint. */
int cli_usage(struct cli *, const char *, ...) DS_PRINTF(2, 3);

/*
 * Output.  Text for people goes to stdout through out_text(), and to nowhere
 * with --json.  Data for programs is built as one document (out_doc()),
 * printed at the end by main.c, or as JSON Lines (out_line_begin()).  All
 * ds_json_* calls accept NULL, and out_doc() is NULL without --json, so that a
 * command says both without asking which.
 *
 * With --json one document says how the command ended.  Where run() returns 0
 * it is the command's own.  DS_EPART, DS_ECONFLICT, DS_EOFFLINE, DS_EBRAKE and
 * DS_EDAMAGED come after work that was done: the own document, if one was
 * begun, gets "exit" and "error", an object.  After any other code what was
 * begun is dropped and {"type":"error",...} printed instead; after lines it is
 * the last one.
 *
 * Where the reader of stdout has gone, a command that pages, prints lines or
 * raw bytes is cancelled (ds_cancel_check()), for it does nothing but show;
 * any other one finishes its work.  Neither is an error.
 */
void out_text(struct cli *, const char *, ...) DS_PRINTF(2, 3);

/* Raw bytes, also with --json. */
void out_bytes(struct cli *, const void *, size_t);

/* The command's document, an object; NULL without --json. */
struct ds_json *out_doc(struct cli *);

/* A fresh object for a line, NULL without --json; printed and freed. */
struct ds_json *out_line_begin(struct cli *);
void out_line_end(struct cli *, struct ds_json *);

/* A path under ${key}; if it is no UTF-8, all bytes under "<key>_hex" too. */
void out_path(struct ds_json *, const char *key, const char *path);

/* The name quoted for a terminal as git does: control bytes and quotes escaped
 * in "...", others as they are.  Borrowed until the fourth next call. */
const char *out_name(const char *path);

/* "datasync: warning: ..." on stderr unless -q; never on stdout. */
void out_warn(struct cli *, const char *, ...) DS_PRINTF(2, 3);
void out_hint(struct cli *, const char *, ...) DS_PRINTF(2, 3);

/* An escape sequence, or "" where colour is off. */
enum out_color {
	OUT_PLAIN,
	OUT_BOLD,
	OUT_DIM,
	OUT_RED,
	OUT_GREEN,
	OUT_YELLOW,
	OUT_BLUE,
	OUT_CYAN
};
const char *out_color(struct cli *, enum out_color);

/* Columns of the terminal; 80 where there is none. */
int out_width(void);

/* From here on stdout goes through the pager, if stdout is a terminal. */
void out_page(struct cli *);

/* Bytes for people: "12 B", "3.4 MiB".  Borrowed until the fourth next call. */
const char *out_size(uint64_t);

/* "file" or "files".  ("%zu %s", n, out_plural(n, "file", "files")) */
const char *out_plural(uint64_t n, const char *one, const char *many);

#endif
