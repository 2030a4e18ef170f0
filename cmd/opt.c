/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options by table, through getopt_long().  It is told to return arguments in
 * their order ("-") or to stop at the first ("+"), so it never moves anything
 * in argv and $POSIXLY_CORRECT changes nothing.  It would take any unique
 * beginning for a long option: take_long() refuses that, since a script that
 * says "--ver" would break with the next release.
 */
#include "ds/compat.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/list.h"

#include "cmd_internal.h"

/* What getopt_long() returns for a long option: this and its index. */
#define LONG 256

struct parser {
	const char *who;
	const struct cmd_option **all;
	struct option *longs;
	char *letters;
	size_t n;
};

static bool
is_end(const struct cmd_option *o)
{
	return o->letter == 0 && o->name == NULL;
}

static bool
is_taken(const struct parser *p, const struct cmd_option *o)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if ((o->letter != 0 && p->all[i]->letter == o->letter) ||
		    (o->name != NULL && p->all[i]->name != NULL &&
			strcmp(p->all[i]->name, o->name) == 0))
			return true;
	return false;
}

static int
allocate(struct parser *p, const struct cmd_option *const *tables)
{
	size_t n = 0;
	const struct cmd_option *o;

	for (; *tables != NULL; tables++)
		for (o = *tables; !is_end(o); o++)
			n++;
	p->all = calloc(n + 1, sizeof(const struct cmd_option *));
	p->longs = calloc(n + 1, sizeof(*p->longs));
	p->letters = calloc(2 * n + 3, 1);
	if (p->all == NULL || p->longs == NULL || p->letters == NULL)
		return ds_err_nomem();
	return 0;
}

static int
prepare(struct parser *p, const struct cmd_option *const *tables, bool first)
{
	const struct cmd_option *o;
	struct option *l;
	char *s;
	int rc;

	rc = allocate(p, tables);
	if (rc < 0)
		return rc;
	l = p->longs;
	s = p->letters;
	*s++ = first ? '+' : '-';
	*s++ = ':';
	for (; *tables != NULL; tables++) {
		for (o = *tables; !is_end(o); o++) {
			if (is_taken(p, o))
				continue;
			if (o->name != NULL) {
				l->name = o->name;
				l->has_arg = o->arg != NULL;
				l->val = LONG + (int)p->n;
				l++;
			}
			if (o->letter != 0)
				*s++ = o->letter;
			if (o->letter != 0 && o->arg != NULL)
				*s++ = ':';
			p->all[p->n++] = o;
		}
	}
	return 0;
}

static void
release(struct parser *p)
{
	free(p->all);
	free(p->longs);
	free(p->letters);
}

/* "--name" or "-x" of what getopt_long() returned or left in optopt. */
static const char *
spelled(const struct parser *p, int c)
{
	static char text[64];

	if (c >= LONG)
		snprintf(text, sizeof(text), "--%s", p->all[c - LONG]->name);
	else
		snprintf(text, sizeof(text), "-%c", c);
	return text;
}

/* ${word} is "--name" or "--name=value": an option that begins so is meant,
 * else the nearest. */
static int
unknown_long(const struct parser *p, const char *word)
{
	struct ds_list known = DS_LIST_INIT;
	char option[80];
	const char *near = NULL, *name;
	size_t i;
	int rc;

	snprintf(option, sizeof(option), "%.*s", (int)strcspn(word, "="), word);
	for (i = 0; i < p->n; i++) {
		name = p->all[i]->name;
		if (name == NULL)
			continue;
		(void)ds_list_add(&known, name);
		if (near == NULL &&
		    strncmp(name, option + 2, strlen(option + 2)) == 0)
			near = name;
	}
	if (near == NULL)
		near = ds_list_nearest(&known, option + 2);
	rc = ds_err(DS_EUSAGE, "'%s' has no option '%s'", p->who, option);
	if (near != NULL)
		ds_err_hint(rc, "did you mean '--%s'?", near);
	ds_list_release(&known);
	return rc;
}

/* getopt_long() returned '?'; ${word} is what it looked at. */
static int
refuse(const struct parser *p, const char *word)
{
	if (optopt >= LONG)
		return ds_err(DS_EUSAGE, "'%s %s' takes no value", p->who,
		    spelled(p, optopt));
	if (optopt == 0)
		return unknown_long(p, word);
	if (isprint(optopt))
		return ds_err(DS_EUSAGE, "'%s' has no option '-%c'", p->who,
		    optopt);
	return ds_err(DS_EUSAGE, "'%s' has no option '-\\%03o'", p->who,
	    (unsigned)optopt & 0xff);
}

static int
store_number(const struct parser *p, int64_t *out, const char *name,
    const char *text)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0')
		return ds_err(DS_EUSAGE, "'%s %s' needs a number, not '%s'",
		    p->who, name, text);
	if (errno == ERANGE)
		return ds_err(DS_EUSAGE, "'%s %s': '%s' is too large", p->who,
		    name, text);
	*out = n;
	return 0;
}

static int
store(const struct parser *p, const struct cmd_option *o, const char *name)
{
	switch (o->type) {
	case CMD_FLAG:
		*(bool *)o->value = true;
		return 0;
	case CMD_STRING:
		*(const char **)o->value = optarg;
		return 0;
	case CMD_NUMBER:
		return store_number(p, o->value, name, optarg);
	case CMD_LIST:
		return ds_list_add(o->value, optarg);
	}
	return 0;
}

/* Options whose whole name was spelled. */
static int
take_long(const struct parser *p, int c, char **argv)
{
	const struct cmd_option *o = p->all[c - LONG];
	const char *word = argv[optind - 1];

	if (optarg != NULL && optarg == word)
		word = argv[optind - 2];
	if (strcspn(word + 2, "=") != strlen(o->name))
		return unknown_long(p, word);
	return store(p, o, spelled(p, c));
}

static int
take_letter(const struct parser *p, int c)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->all[i]->letter == c)
			return store(p, p->all[i], spelled(p, c));
	return 0;
}

static int
parse(const struct parser *p, int *argc, char **argv)
{
	int c, rc = 0, n = 1;

	opterr = 0;
	optind = 0;
	for (;;) {
		c = getopt_long(*argc, argv, p->letters, p->longs, NULL);
		if (c == -1)
			break;
		if (c == 1)
			argv[n++] = optarg;
		else if (c == '?')
			rc = refuse(p, argv[optind - 1]);
		else if (c == ':')
			rc = ds_err(DS_EUSAGE, "'%s %s' needs a value", p->who,
			    spelled(p, optopt));
		else if (c >= LONG)
			rc = take_long(p, c, argv);
		else
			rc = take_letter(p, c);
		if (rc < 0)
			return rc;
	}
	while (optind < *argc)
		argv[n++] = argv[optind++];
	argv[n] = NULL;
	*argc = n - 1;
	return 0;
}

int
opt_parse(int *argc, char **argv, const struct cmd_option *const *tables,
    const char *who, bool first)
{
	struct parser p = { .who = who };
	int rc;

	rc = prepare(&p, tables, first);
	if (rc == 0)
		rc = parse(&p, argc, argv);
	release(&p);
	return rc;
}

static int
check_word(const struct cmd *cmd, const char *word)
{
	struct ds_list words = DS_LIST_INIT;
	const char *const *w;
	const char *near;
	int rc = 0;

	for (w = cmd->words; *w != NULL; w++)
		(void)ds_list_add(&words, *w);
	if (!ds_list_has(&words, word)) {
		near = ds_list_nearest(&words, word);
		rc = ds_err(DS_EUSAGE, "'%s' has no subcommand '%s'", cmd->name,
		    word);
		if (near != NULL)
			ds_err_hint(rc, "did you mean '%s'?", near);
	}
	ds_list_release(&words);
	return rc;
}

int
opt_check_args(const struct cmd *cmd, int argc, char **argv)
{
	if (argc < cmd->min_args)
		return ds_err(DS_EUSAGE, "'%s' needs %s", cmd->name,
		    cmd->args != NULL ? cmd->args : "an argument");
	if (cmd->max_args >= 0 && argc > cmd->max_args)
		return ds_err(DS_EUSAGE, "'%s' has no use for '%s'", cmd->name,
		    argv[cmd->max_args]);
	if (cmd->words != NULL && cmd->hint == CMD_ANY && argc > 0)
		return check_word(cmd, argv[0]);
	return 0;
}

bool
opt_arg_is_words(const struct cmd_option *o)
{
	return o->arg != NULL && islower((unsigned char)o->arg[0]);
}
