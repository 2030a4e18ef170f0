/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manual of a command: from the source tree that the program was built in,
 * else from where it was installed, else wherever man(1) knows it; and where
 * there is no man, what -h prints.
 */
#include "ds/compat.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/json.h"
#include "ds/spawn.h"

#include "cmd_internal.h"

struct page {
	char file[64];	    /* "datasync-commit.1" */
	const char *folder; /* in the source tree */
};

/* Pages that belong to no command. */
static const struct {
	const char *topic;
	struct page page;
} topics[] = {
	{ "datasync", { "datasync.1", "cmd" } },
	{ "format", { "datasync-format.5", "lib/store" } },
};

static bool
find_page(struct page *out, const char *topic)
{
	size_t i;

	for (i = 0; i < ds_nitems(topics); i++) {
		if (strcmp(topics[i].topic, topic) != 0)
			continue;
		*out = topics[i].page;
		return true;
	}
	if (command_find(topic) == NULL)
		return false;
	snprintf(out->file, sizeof(out->file), "datasync-%s.1", topic);
	out->folder = "cmd";
	return true;
}

/* The folder of this program, without '/' at its end. */
static bool
own_folder(char *out, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", out, size - 1);
	char *slash;

	if (n <= 0)
		return false;
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

static bool
is_build_folder(const char *folder)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/config.status", folder);
	return access(path, R_OK) == 0;
}

/* The page's file in ${out}, if there is one. */
static bool
find_file(struct ds_buf *out, const struct page *p)
{
	char folder[PATH_MAX];
	const char *source = NULL;
	char section = p->file[strlen(p->file) - 1];
	int i;

	if (!own_folder(folder, sizeof(folder)))
		return false;
	if (is_build_folder(folder))
		source = folder;
	for (i = 0; i < 4; i++) {
		ds_buf_cut(out, 0);
		if (i == 0 && source != NULL)
			ds_buf_addf(out, "%s/%s/%s", source, p->folder,
			    p->file);
		if (i == 1 && source != NULL)
			ds_buf_addf(out, "%s/%s/%s", DS_SRCDIR, p->folder,
			    p->file);
		if (i >= 2)
			ds_buf_addf(out, "%s/man%c/%s%s", DS_MANDIR, section,
			    p->file, i == 3 ? ".gz" : "");
		if (ds_buf_check(out) == 0 && out->len > 0 &&
		    access(out->data, R_OK) == 0)
			return true;
	}
	return false;
}

/* Does man(1) itself know the page? */
static bool
man_knows(const char *section, const char *name)
{
	const char *const argv[] = { "man", "-w", section, name, NULL };
	struct ds_spawn s = { argv, -1, -1, -1 };
	int status = 1;
	bool known;

	s.out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	s.err = s.out;
	known = ds_spawn_run(&status, &s) == 0 && status == 0;
	if (s.out != -1)
		close(s.out);
	return known;
}

/* Become man(1); returns where that can't be. */
static void
open_page(const struct page *p)
{
	struct ds_buf path = DS_BUF_INIT;
	const char *local[] = { "man", "-l", NULL, NULL };
	const char *known[] = { "man", NULL, NULL, NULL };
	char name[sizeof(p->file)], *dot;

	snprintf(name, sizeof(name), "%s", p->file);
	dot = strrchr(name, '.');
	if (find_file(&path, p)) {
		local[2] = path.data;
		ds_spawn_become(local);
	} else if (dot != NULL) {
		*dot = '\0';
		known[1] = dot + 1;
		known[2] = name;
		if (man_knows(known[1], known[2]))
			ds_spawn_become(known);
	}
	ds_buf_release(&path);
	ds_err_clear();
}

static int
print(struct cli *cli, const struct cmd *cmd)
{
	struct ds_buf b = DS_BUF_INIT;
	int rc;

	if (cmd != NULL)
		usage_text(&b, cmd);
	else
		usage_overview(&b);
	rc = ds_buf_check(&b);
	if (rc == 0)
		out_text(cli, "%s", b.data);
	ds_buf_release(&b);
	return rc;
}

static void
describe_options(struct ds_json *list, const struct cmd_option *o)
{
	struct ds_json *one;
	char letter[2] = "";

	for (; o != NULL && (o->letter != 0 || o->name != NULL); o++) {
		one = ds_json_add_object(list, NULL);
		letter[0] = o->letter;
		if (o->letter != 0)
			ds_json_str(one, "letter", letter);
		if (o->name != NULL)
			ds_json_str(one, "name", o->name);
		if (o->arg != NULL)
			ds_json_str(one, "arg", o->arg);
		ds_json_bool(one, "many", o->type == CMD_LIST);
		ds_json_str(one, "help", o->help);
	}
}

static void
describe(struct ds_json *json, const struct cmd *cmd)
{
	struct ds_buf b = DS_BUF_INIT;

	usage_line(&b, cmd);
	ds_json_str(json, "name", cmd->name);
	ds_json_str(json, "group", cmd->group);
	ds_json_str(json, "help", cmd->help);
	if (ds_buf_check(&b) == 0)
		ds_json_str(json, "usage", b.data);
	describe_options(ds_json_add_array(json, "options"), cmd->options);
	ds_buf_release(&b);
}

static void
describe_all(struct ds_json *doc)
{
	struct ds_json *list = ds_json_add_array(doc, "commands");
	const struct cmd *const *c;

	for (c = commands; *c != NULL; c++)
		describe(ds_json_add_object(list, NULL), *c);
	list = ds_json_add_array(doc, "options");
	describe_options(list, global_first);
	describe_options(list, global_any);
}

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_json *doc = out_doc(cli);
	const struct cmd *cmd = NULL;
	struct page page;

	if (argc > 0) {
		cmd = command_find(argv[0]);
		if (!find_page(&page, argv[0]))
			return command_unknown(argv[0]);
	}
	if (doc != NULL && cmd != NULL)
		describe(doc, cmd);
	else if (doc != NULL)
		describe_all(doc);
	else if (argc > 0)
		open_page(&page);
	return print(cli, cmd);
}

const struct cmd cmd_help = {
	.name = "help",
	.group = "look after",
	.args = "[COMMAND]",
	.help = "list the commands or open the manual of one",
	.hint = CMD_COMMAND,
	.max_args = 1,
	.run = run,
};
