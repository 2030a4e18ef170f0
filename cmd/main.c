/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the command line to a command and from its result to the exit status.
 * The first SIGINT, SIGTERM or SIGHUP asks the work to stop where nothing is
 * lost; the second SIGINT kills.  SIGPIPE is ignored: out.c sees EPIPE.
 */
#include "ds/compat.h"

#include <sys/resource.h>

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/cancel.h"
#include "ds/err.h"
#include "ds/git.h"
#include "ds/report.h"
#include "ds/spawn.h"
#include "ds/store.h"
#include "ds/trace.h"

#include "cmd_internal.h"

/* Every code that is not here is 1. */
static const struct {
	int code;
	int status;
} statuses[] = {
	{ DS_OK, 0 },
	{ DS_EUSAGE, 2 },
	{ DS_EPART, 3 },
	{ DS_ECONFLICT, 4 },
	{ DS_EOFFLINE, 5 },
	{ DS_EBRAKE, 6 },
	{ DS_ENOSTORE, 10 },
	{ DS_ELOCKED, 11 },
	{ DS_EAUTH, 12 },
	{ DS_EDAMAGED, 13 },
	{ DS_ECANCEL, 130 },
};

static int
exit_status(int rc)
{
	size_t i;

	for (i = 0; i < ds_nitems(statuses); i++)
		if (statuses[i].code == rc)
			return statuses[i].status;
	return 1;
}

static volatile sig_atomic_t interrupted;

static void
on_signal(int sig)
{
	ds_cancel_request();
	if (sig != SIGINT)
		return;
	/* The pager outlives ^C, so we must too: the terminal is its. */
	if (interrupted && !pager_is_on()) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
	interrupted = 1;
}

/* What our parent ignores (nohup, a background job) stays ignored. */
static void
catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { 0 }, old;
	size_t i;

	action.sa_handler = on_signal;
	action.sa_flags = SA_RESTART;
	sigemptyset(&action.sa_mask);
	for (i = 0; i < ds_nitems(signals); i++)
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* A closed 0, 1 or 2 would become the next file, and take our output. */
static void
fill_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

/* Packs and folders stand open by the hundred; select() is not used here. */
static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int
cli_store(struct ds_store **out, struct cli *cli)
{
	char *path;
	int rc;

	*out = cli->store;
	if (cli->store != NULL)
		return 0;
	rc = ds_store_find(&path, cli->store_path);
	if (rc < 0)
		return rc;
	rc = ds_store_open(&cli->store, path);
	free(path);
	*out = cli->store;
	return rc;
}

/* The usage line as hint, unless there is a better one. */
static int
hint_usage(const struct cmd *cmd, int rc)
{
	struct ds_buf b = DS_BUF_INIT;

	if (rc != DS_EUSAGE || ds_err_hint_text() != NULL)
		return rc;
	usage_line(&b, cmd);
	if (ds_buf_check(&b) == 0)
		ds_err_hint(rc, "usage: %s", b.data);
	ds_buf_release(&b);
	return rc;
}

int
cli_usage(struct cli *cli, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return ds_err_nomem();
	ds_err(DS_EUSAGE, "%s", text);
	free(text);
	return hint_usage(cli->cmd, DS_EUSAGE);
}

/*
 * The store's place is made absolute at once, since it is relative to the
 * folder that we are in now.  Commands without a store need no place for one.
 */
static void
set_store_path(struct cli *cli)
{
	static char *path;

	cli->store_path = global.store;
	if (ds_store_find(&path, global.store) == 0)
		cli->store_path = path;
	else
		ds_err_clear();
}

/*
 * Become datasync-NAME.  It gets what follows its name, and --store in the
 * environment.
 */
static int
run_other(struct cli *cli, char **argv)
{
	char *name = NULL, *command = argv[0];
	int rc;

	if (strchr(command, '/') != NULL || *command == '-')
		return command_unknown(command);
	if (asprintf(&name, "datasync-%s", command) == -1)
		return ds_err_nomem();
	if (global.store != NULL && cli->store_path != NULL)
		setenv("DATASYNC_STORE", cli->store_path, 1);
	argv[0] = name;
	rc = ds_spawn_become((const char *const *)(void *)argv);
	argv[0] = command;
	free(name);
	return rc == DS_ENOTFOUND ? command_unknown(command) : rc;
}

static int
print_help(struct cli *cli, const struct cmd *cmd)
{
	struct ds_buf b = DS_BUF_INIT;
	int rc;

	usage_text(&b, cmd);
	rc = ds_buf_check(&b);
	if (rc == 0)
		out_bytes(cli, b.data, b.len);
	ds_buf_release(&b);
	return rc;
}

/* argv[0] is the command's name. */
static int
run_command(struct cli *cli, int argc, char **argv)
{
	const struct cmd_option *const tables[] = {
		cli->cmd->options != NULL ? cli->cmd->options : global_any,
		global_any,
		NULL,
	};
	int rc;

	catch_signals();
	rc = opt_parse(&argc, argv, tables, cli->cmd->name, false);
	if (rc == 0 && global.help)
		return print_help(cli, cli->cmd);
	if (rc == 0)
		rc = opt_check_args(cli->cmd, argc, argv + 1);
	if (rc == 0)
		rc = global_apply(cli);
	if (rc < 0)
		return hint_usage(cli->cmd, rc);
	set_store_path(cli);
	raise_file_limit();
	ds_trace("main", "start", "%s", cli->cmd->name);
	return cli->cmd->run(cli, argc, argv + 1);
}

static int
run(struct cli *cli, int argc, char **argv)
{
	static const struct cmd_option *const tables[] = {
		global_first,
		global_any,
		NULL,
	};
	static char help[] = "help", version[] = "version";
	char **rest = argv + 1;
	int rc;

	rc = opt_parse(&argc, argv, tables, "datasync", true);
	if (rc == 0)
		rc = global_enter();
	if (rc < 0)
		return rc;
	if (global.version || global.help) {
		rest = argv;
		rest[0] = global.version ? version : help;
		argc++;
		global.help = false;
	}
	if (argc == 0)
		return ds_err_hint(ds_err(DS_EUSAGE, "no command is given"),
		    "'datasync help' lists the commands");
	cli->cmd = command_find(rest[0]);
	if (cli->cmd != NULL)
		return run_command(cli, argc, rest);
	set_store_path(cli);
	return run_other(cli, rest);
}

/* Where parsing failed before it came to "--json". */
static bool
asks_json(char **argv)
{
	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++)
		if (strcmp(*argv, "--json") == 0)
			return true;
	return false;
}

static void
print_error(const struct cli *cli, int rc)
{
	if (rc == 0)
		return;
	out_say("datasync: ", out_error_text(rc));
	if (!cli->quiet && ds_err_hint_text() != NULL)
		out_say("hint: ", ds_err_hint_text());
}

/* Straight out: nothing that could need memory. */
static void
die_of_memory(void)
{
	static const char text[] = "datasync: out of memory\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(exit_status(DS_ENOMEM));
}

int
main(int argc, char **argv)
{
	static struct cli cli;
	static struct ds_report report = { .cb = report_print, .arg = &cli };
	bool json = asks_json(argv);
	int rc;

	fill_descriptors();
	cli.report = &report;
	rc = ds_git_on_nomem(die_of_memory);
	if (rc == 0)
		rc = run(&cli, argc, argv);
	if (global.json || (rc == DS_EUSAGE && json))
		cli.json = true;
	ds_trace("main", "end", "%d", exit_status(rc));
	ds_store_close(cli.store);
	cli.store = NULL;
	rc = out_end(&cli, rc, exit_status(rc));
	print_error(&cli, rc);
	return exit_status(rc);
}
