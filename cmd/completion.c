/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion scripts, written from the tables.  What only a store knows the
 * scripts ask for at run time: "completion items" prints it without a word of
 * complaint.  "completion options" prints the tables themselves, one line per
 * command, subcommand and option, its fields parted by tabs; t0003 reads it.
 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/err.h"
#include "ds/list.h"
#include "ds/name.h"
#include "ds/store.h"

#include "cmd_internal.h"

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

static void
dump_options(struct ds_buf *b, const char *cmd, const struct cmd_option *o)
{
	static const char *const types[] = {
		[CMD_FLAG] = "flag",
		[CMD_STRING] = "string",
		[CMD_NUMBER] = "number",
		[CMD_LIST] = "list",
	};

	for (; o != NULL && (o->letter != 0 || o->name != NULL); o++) {
		ds_buf_addf(b, "option\t%s\t", cmd);
		if (o->letter != 0)
			ds_buf_addc(b, o->letter);
		ds_buf_addf(b, "\t%s\t%s\t%s\t%s\n", text(o->name),
		    text(o->arg), types[o->type], text(o->help));
	}
}

static int
dump_tables(struct ds_buf *b, struct cli *cli)
{
	const struct cmd *const *c;
	const char *const *w;

	(void)cli;
	dump_options(b, "datasync", global_first);
	dump_options(b, "datasync", global_any);
	for (c = commands; *c != NULL; c++) {
		ds_buf_addf(b, "command\t%s\t%s\t%s\t%s\n", (*c)->name,
		    (*c)->group, text((*c)->args), (*c)->help);
		for (w = (*c)->words; w != NULL && *w != NULL; w++)
			ds_buf_addf(b, "word\t%s\t%s\n", (*c)->name, *w);
		dump_options(b, (*c)->name, (*c)->options);
	}
	return 0;
}

static int
dump_keys(struct ds_buf *b, struct cli *cli)
{
	const struct ds_config_key *keys;
	size_t i, n;

	(void)cli;
	keys = ds_config_keys(&n);
	for (i = 0; i < n; i++)
		ds_buf_addf(b, "%s\n", keys[i].name);
	return 0;
}

/* Names with which a shell could do no harm. */
static int
dump_items(struct ds_buf *b, struct cli *cli)
{
	struct ds_list names = DS_LIST_INIT;
	struct ds_store *store;
	size_t i;

	if (cli_store(&store, cli) == 0 &&
	    ds_config_names(&names, store->config, "item") == 0)
		for (i = 0; i < names.n; i++)
			if (ds_name_check_item(names.v[i]) == 0)
				ds_buf_addf(b, "%s\n", names.v[i]);
	ds_list_release(&names);
	ds_err_clear();
	return 0;
}

static int
write_bash(struct ds_buf *b, struct cli *cli)
{
	(void)cli;
	complete_bash(b);
	return 0;
}

static int
write_zsh(struct ds_buf *b, struct cli *cli)
{
	(void)cli;
	complete_zsh(b);
	return 0;
}

static int
write_fish(struct ds_buf *b, struct cli *cli)
{
	(void)cli;
	complete_fish(b);
	return 0;
}

static const struct {
	const char *name;
	int (*write)(struct ds_buf *, struct cli *);
} writers[] = {
	{ "bash", write_bash },
	{ "zsh", write_zsh },
	{ "fish", write_fish },
	{ "options", dump_tables },
	{ "keys", dump_keys },
	{ "items", dump_items },
};

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_buf b = DS_BUF_INIT;
	size_t i;
	int rc;

	(void)argc;
	for (i = 0; i < ds_nitems(writers); i++)
		if (strcmp(argv[0], writers[i].name) == 0)
			break;
	if (i == ds_nitems(writers))
		return cli_usage(cli,
		    "no completion for '%s'; there is bash, zsh and fish",
		    argv[0]);
	rc = writers[i].write(&b, cli);
	if (rc == 0)
		rc = ds_buf_check(&b);
	if (rc == 0 && b.len > 0)
		out_bytes(cli, b.data, b.len);
	ds_buf_release(&b);
	return rc;
}

const struct cmd cmd_completion = {
	.name = "completion",
	.group = "look after",
	.args = "bash|zsh|fish",
	.help = "print the completion script of a shell",
	.hint = CMD_SHELL,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
