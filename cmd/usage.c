/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of commands and options say, as text in 80 columns. */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/list.h"

#include "cmd_internal.h"

#define WIDTH 80
/* Where the explanations of options begin. */
#define COLUMN 30

static bool
is_end(const struct cmd_option *o)
{
	return o->letter == 0 && o->name == NULL;
}

/* "[-m MSG]", "[--include GLOB]...": the letter where there is one. */
static void
add_option(struct ds_list *words, const struct cmd_option *o)
{
	struct ds_buf b = DS_BUF_INIT;

	ds_buf_addc(&b, '[');
	if (o->letter != 0)
		ds_buf_addf(&b, "-%c", o->letter);
	else
		ds_buf_addf(&b, "--%s", o->name);
	if (o->arg != NULL)
		ds_buf_addf(&b, "%c%s",
		    o->letter == 0 && opt_arg_is_words(o) ? '=' : ' ', o->arg);
	ds_buf_adds(&b, o->type == CMD_LIST ? "]..." : "]");
	if (ds_buf_check(&b) == 0)
		(void)ds_list_add(words, b.data);
	ds_buf_release(&b);
}

/* The parts of the usage line, which may be broken between them. */
static void
usage_words(struct ds_list *words, const struct cmd *cmd)
{
	const struct cmd_option *o;

	for (o = cmd->options; o != NULL && !is_end(o); o++)
		add_option(words, o);
	if (cmd->args != NULL)
		(void)ds_list_add(words, cmd->args);
}

void
usage_line(struct ds_buf *b, const struct cmd *cmd)
{
	struct ds_list words = DS_LIST_INIT;
	size_t i;

	usage_words(&words, cmd);
	ds_buf_addf(b, "datasync %s", cmd->name);
	for (i = 0; i < words.n; i++)
		ds_buf_addf(b, " %s", words.v[i]);
	ds_list_release(&words);
}

/* Add ${word} to a line that is at ${column}; break it if it is full. */
static size_t
add_wrapped(struct ds_buf *b, size_t column, size_t indent, const char *word,
    size_t n)
{
	if (column + 1 + n > WIDTH && column > indent) {
		ds_buf_addf(b, "\n%*s", (int)indent, "");
		column = indent;
	} else if (column > indent) {
		ds_buf_addc(b, ' ');
		column++;
	}
	ds_buf_add(b, word, n);
	return column + n;
}

/* Plain text, word by word, with the line at ${indent} already. */
static void
add_text(struct ds_buf *b, size_t indent, const char *text)
{
	size_t n, column = indent;

	for (text += strspn(text, " "); *text != '\0';
	     text += strspn(text, " ")) {
		n = strcspn(text, " ");
		column = add_wrapped(b, column, indent, text, n);
		text += n;
	}
	ds_buf_addc(b, '\n');
}

static void
add_usage(struct ds_buf *b, const struct cmd *cmd)
{
	struct ds_list words = DS_LIST_INIT;
	size_t i, indent = strlen("usage: datasync ") + strlen(cmd->name) + 1;
	size_t column = indent;

	usage_words(&words, cmd);
	ds_buf_addf(b, "usage: datasync %s%s", cmd->name,
	    words.n > 0 ? " " : "");
	for (i = 0; i < words.n; i++)
		column = add_wrapped(b, column, indent, words.v[i],
		    strlen(words.v[i]));
	ds_buf_addc(b, '\n');
	ds_list_release(&words);
}

static void
add_options(struct ds_buf *b, const struct cmd_option *o)
{
	size_t start;

	for (; !is_end(o); o++) {
		start = b->len;
		if (o->letter != 0)
			ds_buf_addf(b, "  -%c", o->letter);
		else
			ds_buf_adds(b, "    ");
		if (o->name != NULL)
			ds_buf_addf(b, "%s --%s", o->letter != 0 ? "," : " ",
			    o->name);
		if (o->arg != NULL)
			ds_buf_addf(b, "%c%s", opt_arg_is_words(o) ? '=' : ' ',
			    o->arg);
		if (b->len - start > COLUMN - 2)
			ds_buf_addf(b, "\n%*s", COLUMN, "");
		else
			ds_buf_addf(b, "%*s", (int)(COLUMN - (b->len - start)),
			    "");
		add_text(b, COLUMN, o->help);
	}
}

void
usage_text(struct ds_buf *b, const struct cmd *cmd)
{
	add_usage(b, cmd);
	ds_buf_addc(b, '\n');
	add_text(b, 0, cmd->help);
	if (cmd->options != NULL && !is_end(cmd->options)) {
		ds_buf_adds(b, "\noptions\n");
		add_options(b, cmd->options);
	}
	ds_buf_adds(b, "\noptions of every command\n");
	add_options(b, global_any);
	ds_buf_addf(b, "\n'datasync help %s' opens its manual.\n", cmd->name);
}

static bool
is_first_of_group(size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (strcmp(commands[i]->group, commands[at]->group) == 0)
			return false;
	return true;
}

static void
add_group(struct ds_buf *b, const char *group)
{
	const struct cmd *const *c;

	ds_buf_addf(b, "\n%s\n", group);
	for (c = commands; *c != NULL; c++) {
		if (strcmp((*c)->group, group) != 0)
			continue;
		ds_buf_addf(b, "  %-13s ", (*c)->name);
		add_text(b, 16, (*c)->help);
	}
}

void
usage_overview(struct ds_buf *b)
{
	size_t i;

	ds_buf_adds(b, "usage: datasync [OPTION...] COMMAND [ARGUMENT...]\n");
	for (i = 0; commands[i] != NULL; i++)
		if (is_first_of_group(i))
			add_group(b, commands[i]->group);
	ds_buf_adds(b, "\noptions before the command\n");
	add_options(b, global_first);
	ds_buf_adds(b, "\noptions before or after the command\n");
	add_options(b, global_any);
	ds_buf_adds(b,
	    "\n'datasync COMMAND -h' lists the options of one, "
	    "'datasync help COMMAND' opens\nits manual.\n");
}
