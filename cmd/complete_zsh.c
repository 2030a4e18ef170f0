/* SPDX-License-Identifier: Apache-2.0 */
/* The script for zsh: one call of _arguments per command. */
#include "ds/compat.h"

#include "ds/buf.h"

#include "cmd_internal.h"

static const char head[] =
    "#compdef datasync\n"
    "# Completion of datasync for zsh, "
    "printed by \"datasync completion zsh\".\n"
    "\n"
    "_datasync_items()\n"
    "{\n"
    "	local -a items\n"
    "	items=(${(f)\"$(command datasync completion items 2>/dev/null)\"})\n"
    "	compadd -- $items\n"
    "}\n"
    "\n"
    "_datasync_keys()\n"
    "{\n"
    "	local -a keys\n"
    "	keys=(${(f)\"$(command datasync completion keys 2>/dev/null)\"})\n"
    "	compadd -- $keys\n"
    "}\n"
    "\n";

static const char tail[] =
    "# Loaded from $fpath it is called at once, sourced compinit hears of it.\n"
    "if [[ $funcstack[1] == _datasync ]]; then\n"
    "	_datasync \"$@\"\n"
    "else\n"
    "	compdef _datasync datasync\n"
    "fi\n";

static bool
is_end(const struct cmd_option *o)
{
	return o == NULL || (o->letter == 0 && o->name == NULL);
}

/* Text within '...' and within a specification's brackets and colons. */
static void
add_quoted(struct ds_buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			ds_buf_adds(b, "'\\''");
		else if (strchr("[]:\\", *s) != NULL)
			ds_buf_addf(b, "\\%c", *s);
		else
			ds_buf_addc(b, *s);
	}
}

static void
add_words(struct ds_buf *b, const char *words)
{
	ds_buf_addc(b, '(');
	for (; *words != '\0'; words++)
		ds_buf_addc(b, *words == '|' ? ' ' : *words);
	ds_buf_addc(b, ')');
}

static void
add_action(struct ds_buf *b, enum cmd_hint hint)
{
	static const char *const actions[] = {
		[CMD_ANY] = " ",
		[CMD_PATH] = "_files",
		[CMD_FOLDER] = "_directories",
		[CMD_REV] = " ",
		[CMD_ITEM] = "_datasync_items",
		[CMD_COMMAND] = "_datasync_commands",
		[CMD_KEY] = "_datasync_keys",
		[CMD_SHELL] = "(bash zsh fish)",
	};

	ds_buf_adds(b, actions[hint]);
}

/* "[help]" and, where it takes one, ":MSG:action" of an option. */
static void
add_rest(struct ds_buf *b, const struct cmd_option *o)
{
	ds_buf_addc(b, '[');
	add_quoted(b, o->help);
	ds_buf_addc(b, ']');
	if (o->arg == NULL)
		return;
	ds_buf_addc(b, ':');
	add_quoted(b, opt_arg_is_words(o) ? o->name : o->arg);
	ds_buf_addc(b, ':');
	if (opt_arg_is_words(o))
		add_words(b, o->arg);
	else
		add_action(b, o->hint);
}

static void
add_options(struct ds_buf *b, const struct cmd_option *o, const char *indent)
{
	const char *many;

	for (; !is_end(o); o++) {
		many = o->type == CMD_LIST ? "*" : "";
		if (o->letter != 0) {
			ds_buf_addf(b, "%s'%s-%c%s", indent, many, o->letter,
			    o->arg != NULL ? "+" : "");
			add_rest(b, o);
			ds_buf_adds(b, "'\n");
		}
		if (o->name != NULL) {
			ds_buf_addf(b, "%s'%s--%s%s", indent, many, o->name,
			    o->arg != NULL ? "=" : "");
			add_rest(b, o);
			ds_buf_adds(b, "'\n");
		}
	}
}

static void
add_commands(struct ds_buf *b)
{
	const struct cmd *const *c;

	ds_buf_adds(b, "_datasync_commands()\n{\n	local -a commands=(\n");
	for (c = commands; *c != NULL; c++) {
		ds_buf_addf(b, "		'%s:", (*c)->name);
		add_quoted(b, (*c)->help);
		ds_buf_adds(b, "'\n");
	}
	ds_buf_adds(b,
	    "	)\n"
	    "	_describe -t commands 'datasync command' commands\n"
	    "}\n\n");
}

/* Its words first, then whatever its arguments are. */
static void
add_arguments(struct ds_buf *b, const struct cmd *cmd)
{
	const char *const *w;

	if (cmd->words != NULL) {
		ds_buf_adds(b, "			'1:what:");
		ds_buf_adds(b, cmd->hint != CMD_ANY ? "{compadd --" : "(");
		for (w = cmd->words; *w != NULL; w++)
			ds_buf_addf(b, "%s%s",
			    w == cmd->words && cmd->hint == CMD_ANY ? "" : " ",
			    *w);
		if (cmd->hint != CMD_ANY) {
			ds_buf_adds(b, "; ");
			add_action(b, cmd->hint);
			ds_buf_addc(b, '}');
		} else {
			ds_buf_addc(b, ')');
		}
		ds_buf_adds(b, "'\n");
	}
	if (cmd->args != NULL) {
		ds_buf_adds(b, "			'*:argument:");
		add_action(b, cmd->hint);
		ds_buf_adds(b, "'\n");
	}
}

static void
add_command(struct ds_buf *b, const struct cmd *cmd)
{
	ds_buf_addf(b, "	%s)\n		specs+=(\n", cmd->name);
	add_options(b, cmd->options, "			");
	add_arguments(b, cmd);
	ds_buf_adds(b, "		) ;;\n");
}

void
complete_zsh(struct ds_buf *b)
{
	const struct cmd *const *c;

	ds_buf_adds(b, head);
	add_commands(b);
	ds_buf_adds(b,
	    "_datasync()\n{\n"
	    "	local curcontext=$curcontext state line ret=1\n"
	    "	local -A opt_args\n"
	    "	local -a first=(\n");
	add_options(b, global_first, "		");
	ds_buf_adds(b, "	) specs=(\n");
	add_options(b, global_any, "		");
	ds_buf_adds(b,
	    "	)\n\n"
	    "	_arguments -C -S $first $specs '1:command:->command' "
	    "'*::argument:->rest' && ret=0\n"
	    "	case $state in\n"
	    "	command)\n		_datasync_commands && ret=0\n"
	    "		return ret ;;\n"
	    "	rest) ;;\n"
	    "	*)\n		return ret ;;\n"
	    "	esac\n"
	    "	curcontext=${curcontext%:*:*}:datasync-$words[1]:\n"
	    "	case $words[1] in\n");
	for (c = commands; *c != NULL; c++)
		add_command(b, *c);
	ds_buf_adds(b,
	    "	*)\n		specs+=('*:file:_files') ;;\n"
	    "	esac\n	_arguments -S $specs && ret=0\n"
	    "	return ret\n}\n\n");
	ds_buf_adds(b, tail);
}
