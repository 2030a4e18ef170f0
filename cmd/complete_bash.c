/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script for bash: three functions that are tables, and one that reads the
 * line.  It needs nothing of the package bash-completion.  bash splits the line
 * at '=', so "--color=al" comes as three words.
 */
#include "ds/compat.h"

#include "ds/buf.h"

#include "cmd_internal.h"

static const char tail[] =
    "# Offer the words of $1 (one per line) that begin with $2.\n"
    "_datasync_offer()\n"
    "{\n"
    "	local word\n"
    "	while IFS= read -r word; do\n"
    "		if [[ -n $word && $word == \"$2\"* ]]; then\n"
    "			COMPREPLY+=(\"$word\")\n"
    "		fi\n"
    "	done <<<\"$1\"\n"
    "}\n"
    "\n"
    "# Offer what is of kind $1 and begins with $2.\n"
    "_datasync_offer_kind()\n"
    "{\n"
    "	case $1 in\n"
    "	path)\n"
    "		compopt -o filenames 2>/dev/null\n"
    "		_datasync_offer \"$(compgen -f -- \"$2\")\" '' ;;\n"
    "	folder)\n"
    "		compopt -o filenames 2>/dev/null\n"
    "		_datasync_offer \"$(compgen -d -- \"$2\")\" '' ;;\n"
    "	item)\n"
    "		_datasync_offer \"$(command datasync completion items \\\n"
    "		    2>/dev/null)\" \"$2\" ;;\n"
    "	key)\n"
    "		_datasync_offer \"$(command datasync completion keys \\\n"
    "		    2>/dev/null)\" \"$2\" ;;\n"
    "	command)\n"
    "		_datasync_offer \"${_datasync_commands// /$'\\n'}\" \"$2\" ;;\n"
    "	=*)\n"
    "		local words=${1#=}\n"
    "		_datasync_offer \"${words//|/$'\\n'}\" \"$2\" ;;\n"
    "	esac\n"
    "}\n"
    "\n"
    "_datasync()\n"
    "{\n"
    "	local cur=${COMP_WORDS[COMP_CWORD]}\n"
    "	local cmd='' kind='' wait='' only='' word words options i n=0\n"
    "\n"
    "	COMPREPLY=()\n"
    "	[[ $cur == = ]] && cur=\n"
    "	for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "		word=${COMP_WORDS[i]}\n"
    "		if [[ $word == = ]]; then\n"
    "			continue\n"
    "		elif [[ -n $wait ]]; then\n"
    "			wait=\n"
    "		elif [[ -z $only && $word == -- ]]; then\n"
    "			only=1\n"
    "		elif [[ -z $only && $word == -* ]]; then\n"
    "			_datasync_value \"$cmd\" \"$word\"\n"
    "			wait=$kind\n"
    "		elif [[ -z $cmd ]]; then\n"
    "			cmd=$word\n"
    "		else\n"
    "			n=$((n + 1))\n"
    "		fi\n"
    "	done\n"
    "	if [[ -n $wait ]]; then\n"
    "		_datasync_offer_kind \"$wait\" \"$cur\"\n"
    "	elif [[ -z $only && $cur == -* ]]; then\n"
    "		_datasync_options \"$cmd\"\n"
    "		_datasync_offer \"${options// /$'\\n'}\" \"$cur\"\n"
    "	elif [[ -z $cmd ]]; then\n"
    "		_datasync_offer_kind command \"$cur\"\n"
    "	else\n"
    "		_datasync_arguments \"$cmd\"\n"
    "		if ((n == 0)) && [[ -n $words ]]; then\n"
    "			_datasync_offer_kind \"=$words\" \"$cur\"\n"
    "		fi\n"
    "		_datasync_offer_kind \"$kind\" \"$cur\"\n"
    "	fi\n"
    "}\n"
    "\n"
    "complete -F _datasync datasync\n";

static bool
is_end(const struct cmd_option *o)
{
	return o == NULL || (o->letter == 0 && o->name == NULL);
}

/* The word for it in the script; "any" where nothing can be offered. */
static void
add_kind(struct ds_buf *b, enum cmd_hint hint)
{
	static const char *const kinds[] = {
		[CMD_ANY] = "any",
		[CMD_PATH] = "path",
		[CMD_FOLDER] = "folder",
		[CMD_REV] = "any",
		[CMD_ITEM] = "item",
		[CMD_COMMAND] = "command",
		[CMD_KEY] = "key",
		[CMD_SHELL] = "'=bash|zsh|fish'",
	};

	ds_buf_adds(b, kinds[hint]);
}

static void
add_names(struct ds_buf *b, const struct cmd_option *o)
{
	for (; !is_end(o); o++) {
		if (o->name != NULL)
			ds_buf_addf(b, " --%s", o->name);
		if (o->letter != 0)
			ds_buf_addf(b, " -%c", o->letter);
	}
}

static void
add_options(struct ds_buf *b)
{
	const struct cmd *const *c;

	ds_buf_adds(b,
	    "# The options of $1.\n_datasync_options()\n{\n"
	    "	options='");
	add_names(b, global_any);
	ds_buf_adds(b, "'\n	case $1 in\n	'')\n		options+='");
	add_names(b, global_first);
	ds_buf_adds(b, "' ;;\n");
	for (c = commands; *c != NULL; c++) {
		if (is_end((*c)->options))
			continue;
		ds_buf_addf(b, "	%s)\n		options+='",
		    (*c)->name);
		add_names(b, (*c)->options);
		ds_buf_adds(b, "' ;;\n");
	}
	ds_buf_adds(b, "	esac\n}\n\n");
}

/* Cases for the options that take a value. */
static void
add_values(struct ds_buf *b, const char *cmd, const struct cmd_option *o)
{
	for (; !is_end(o); o++) {
		if (o->arg == NULL)
			continue;
		ds_buf_adds(b, "	");
		if (o->letter != 0)
			ds_buf_addf(b, "%s:-%c", cmd, o->letter);
		if (o->letter != 0 && o->name != NULL)
			ds_buf_adds(b, " | ");
		if (o->name != NULL)
			ds_buf_addf(b, "%s:--%s", cmd, o->name);
		ds_buf_adds(b, ") kind=");
		if (opt_arg_is_words(o))
			ds_buf_addf(b, "'=%s'", o->arg);
		else
			add_kind(b, o->hint);
		ds_buf_adds(b, " ;;\n");
	}
}

static void
add_all_values(struct ds_buf *b)
{
	const struct cmd *const *c;

	ds_buf_adds(b,
	    "# What follows option $2 of $1; nothing for a flag.\n"
	    "_datasync_value()\n{\n	kind=\n	case $1:$2 in\n");
	for (c = commands; *c != NULL; c++)
		add_values(b, (*c)->name, (*c)->options);
	add_values(b, "", global_first);
	add_values(b, "*", global_any);
	ds_buf_adds(b, "	esac\n}\n\n");
}

static void
add_arguments(struct ds_buf *b)
{
	const struct cmd *const *c;
	const char *const *w;

	ds_buf_adds(b,
	    "# What the arguments of $1 are.\n"
	    "_datasync_arguments()\n{\n	kind='' words=''\n	case $1 in\n");
	for (c = commands; *c != NULL; c++) {
		if ((*c)->hint == CMD_ANY && (*c)->words == NULL)
			continue;
		ds_buf_addf(b, "	%s) kind=", (*c)->name);
		add_kind(b, (*c)->hint);
		ds_buf_adds(b, " words='");
		for (w = (*c)->words; w != NULL && *w != NULL; w++)
			ds_buf_addf(b, "%s%s", w == (*c)->words ? "" : "|", *w);
		ds_buf_adds(b, "' ;;\n");
	}
	ds_buf_adds(b, "	esac\n}\n\n");
}

void
complete_bash(struct ds_buf *b)
{
	const struct cmd *const *c;

	ds_buf_adds(b,
	    "# Completion of datasync for bash, "
	    "printed by \"datasync completion bash\".\n\n"
	    "_datasync_commands='");
	for (c = commands; *c != NULL; c++)
		ds_buf_addf(b, "%s%s", c == commands ? "" : " ", (*c)->name);
	ds_buf_adds(b, "'\n\n");
	add_options(b);
	add_all_values(b);
	add_arguments(b);
	ds_buf_adds(b, tail);
}
