/* SPDX-License-Identifier: Apache-2.0 */
/* The script for fish: one "complete" per command, subcommand and option. */
#include "ds/compat.h"

#include "ds/buf.h"

#include "cmd_internal.h"

static bool
is_end(const struct cmd_option *o)
{
	return o == NULL || (o->letter == 0 && o->name == NULL);
}

/* Within '...' fish knows \' and \\ alone. */
static void
add_quoted(struct ds_buf *b, const char *s)
{
	ds_buf_addc(b, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			ds_buf_addc(b, '\\');
		ds_buf_addc(b, *s);
	}
	ds_buf_addc(b, '\'');
}

/* What to offer for a value or an argument. */
static void
add_action(struct ds_buf *b, enum cmd_hint hint)
{
	switch (hint) {
	case CMD_PATH:
		ds_buf_adds(b, " -F");
		break;
	case CMD_FOLDER:
		ds_buf_adds(b, " -x -a '(__fish_complete_directories)'");
		break;
	case CMD_ITEM:
		ds_buf_adds(b, " -x -a '(__datasync_ask items)'");
		break;
	case CMD_KEY:
		ds_buf_adds(b, " -x -a '(__datasync_ask keys)'");
		break;
	case CMD_COMMAND:
		ds_buf_adds(b, " -x -a \"$__datasync_commands\"");
		break;
	case CMD_SHELL:
		ds_buf_adds(b, " -x -a 'bash zsh fish'");
		break;
	case CMD_ANY:
	case CMD_REV:
		ds_buf_adds(b, " -x");
		break;
	}
}

static void
add_words(struct ds_buf *b, const char *words)
{
	ds_buf_adds(b, " -x -a '");
	for (; *words != '\0'; words++)
		ds_buf_addc(b, *words == '|' ? ' ' : *words);
	ds_buf_addc(b, '\'');
}

static void
add_options(struct ds_buf *b, const char *when, const struct cmd_option *o)
{
	for (; !is_end(o); o++) {
		ds_buf_addf(b, "complete -c datasync%s", when);
		if (o->letter != 0)
			ds_buf_addf(b, " -s %c", o->letter);
		if (o->name != NULL)
			ds_buf_addf(b, " -l %s", o->name);
		ds_buf_adds(b, " -d ");
		add_quoted(b, o->help);
		if (o->arg != NULL)
			ds_buf_adds(b, " -r");
		if (opt_arg_is_words(o))
			add_words(b, o->arg);
		else if (o->arg != NULL)
			add_action(b, o->hint);
		ds_buf_addc(b, '\n');
	}
}

/* The options of which a value follows, for finding the command. */
static void
add_with_value(struct ds_buf *b, const struct cmd_option *o)
{
	for (; !is_end(o); o++) {
		if (o->arg == NULL)
			continue;
		if (o->letter != 0)
			ds_buf_addf(b, " -%c", o->letter);
		if (o->name != NULL)
			ds_buf_addf(b, " --%s", o->name);
	}
}

static void
add_head(struct ds_buf *b)
{
	const struct cmd *const *c;

	ds_buf_adds(b,
	    "# Completion of datasync for fish, "
	    "printed by \"datasync completion fish\".\n\n"
	    "set -g __datasync_commands");
	for (c = commands; *c != NULL; c++)
		ds_buf_addf(b, " %s", (*c)->name);
	ds_buf_adds(b,
	    "\n\n"
	    "function __datasync_ask\n"
	    "	command datasync completion $argv 2>/dev/null\n"
	    "end\n\n"
	    "# Is the command on the line $argv[1] (\"\": none yet)?\n"
	    "function __datasync_is\n"
	    "	set -l cmd ''\n"
	    "	set -l skip 0\n"
	    "	for word in (commandline -opc)[2..-1]\n"
	    "		if test $skip -eq 1\n"
	    "			set skip 0\n"
	    "		else if contains -- $word");
	add_with_value(b, global_first);
	add_with_value(b, global_any);
	ds_buf_adds(b,
	    "\n"
	    "			set skip 1\n"
	    "		else if not string match -q -- '-*' $word\n"
	    "			set cmd $word\n"
	    "			break\n"
	    "		end\n"
	    "	end\n"
	    "	test \"$cmd\" = \"$argv[1]\"\n"
	    "end\n\n"
	    "complete -c datasync -f\n");
}

static void
add_command(struct ds_buf *b, const struct cmd *cmd)
{
	struct ds_buf when = DS_BUF_INIT;
	const char *const *w;

	ds_buf_addf(b,
	    "\ncomplete -c datasync -n '__datasync_is \"\"' -a %s -d ",
	    cmd->name);
	add_quoted(b, cmd->help);
	ds_buf_addc(b, '\n');
	ds_buf_addf(&when, " -n '__datasync_is %s'", cmd->name);
	if (ds_buf_check(&when) < 0)
		return;
	add_options(b, when.data, cmd->options);
	for (w = cmd->words; w != NULL && *w != NULL; w++)
		ds_buf_addf(b, "complete -c datasync%s -a %s\n", when.data, *w);
	if (cmd->hint != CMD_ANY && cmd->hint != CMD_REV) {
		ds_buf_addf(b, "complete -c datasync%s", when.data);
		add_action(b, cmd->hint);
		ds_buf_addc(b, '\n');
	}
	ds_buf_release(&when);
}

void
complete_fish(struct ds_buf *b)
{
	const struct cmd *const *c;

	add_head(b);
	add_options(b, " -n '__datasync_is \"\"'", global_first);
	add_options(b, "", global_any);
	for (c = commands; *c != NULL; c++)
		add_command(b, *c);
}
