/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that is printed.  Writing never fails where it is called: the first
 * error of stdout is kept and told once, by out_end(); what comes after it is
 * dropped.  A reader that has gone (EPIPE; SIGPIPE is ignored) is no error, but
 * a reason to stop for a command that does nothing but show: those page, write
 * lines or raw bytes.  Others finish their work, so a hook whose output nobody
 * reads still saves.
 */
#include "ds/compat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>

#include "ds/buf.h"
#include "ds/cancel.h"
#include "ds/config.h"
#include "ds/err.h"
#include "ds/json.h"
#include "ds/store.h"
#include "ds/tty.h"

#include "cmd_internal.h"

/* How many results of out_size() live at a time. */
#define RING 4

static struct {
	struct ds_json *doc;
	int error;	       /* of stdout: the first errno */
	bool shows;	       /* the command does nothing but show */
	bool stopped;	       /* because nobody reads */
	enum color_mode color; /* of the option */
	bool color_known;      /* has_color was decided */
	bool has_color;
	int width; /* 0: not looked yet */
} out;

static void
check_stdout(void)
{
	int error = errno;

	if (ferror(stdout) == 0 || out.error != 0)
		return;
	out.error = error != 0 ? error : EIO;
	if (out.error == EPIPE && out.shows) {
		out.stopped = true;
		ds_cancel_request();
	}
}

void
out_text(struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->json || out.error != 0)
		return;
	bar_clear();
	va_start(ap, fmt);
	vfprintf(stdout, fmt, ap);
	va_end(ap);
	check_stdout();
}

static void
write_bytes(const void *data, size_t len)
{
	if (len == 0 || out.error != 0)
		return;
	bar_clear();
	fwrite(data, 1, len, stdout);
	check_stdout();
}

void
out_bytes(struct cli *cli, const void *data, size_t len)
{
	(void)cli;
	out.shows = true;
	write_bytes(data, len);
}

struct ds_json *
out_doc(struct cli *cli)
{
	if (cli->json && out.doc == NULL)
		out.doc = ds_json_object();
	return out.doc;
}

static int
print_json(const struct ds_json *json, bool pretty)
{
	struct ds_buf b = DS_BUF_INIT;
	int rc;

	rc = ds_json_print(&b, json, pretty);
	if (rc == 0) {
		ds_buf_addc(&b, '\n');
		rc = ds_buf_check(&b);
	}
	if (rc == 0)
		write_bytes(b.data, b.len);
	ds_buf_release(&b);
	return rc;
}

struct ds_json *
out_line_begin(struct cli *cli)
{
	out.shows = true;
	return cli->json ? ds_json_object() : NULL;
}

void
out_line_end(struct cli *cli, struct ds_json *line)
{
	if (cli->json && print_json(line, false) < 0 && out.error == 0)
		out.error = ENOMEM;
	ds_json_free(line);
}

/* What is left where there is no memory for a line. */
static void
say_bytes(const char *p)
{
	for (; *p != '\0'; p++)
		fputc((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p,
		    stderr);
}

/* One write per line, so that the lines of parallel hooks stay whole. */
void
out_say(const char *prefix, const char *text)
{
	struct ds_buf b = DS_BUF_INIT;
	size_t i;

	ds_buf_addf(&b, "%s%s", prefix, text);
	if (ds_buf_check(&b) < 0) {
		say_bytes(prefix);
		say_bytes(text);
		fputc('\n', stderr);
		ds_buf_release(&b);
		return;
	}
	for (i = 0; i < b.len; i++)
		if ((unsigned char)b.data[i] < 0x20 || b.data[i] == 0x7f)
			b.data[i] = '?';
	ds_buf_addc(&b, '\n');
	if (ds_buf_check(&b) == 0) {
		fflush(stdout);
		check_stdout();
		bar_clear();
		fwrite(b.data, 1, b.len, stderr);
	}
	ds_buf_release(&b);
}

static void say_formatted(const char *prefix, const char *fmt, va_list)
    DS_PRINTF(2, 0);

static void
say_formatted(const char *prefix, const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) == -1)
		return;
	out_say(prefix, text);
	free(text);
}

void
out_warn(struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->quiet)
		return;
	va_start(ap, fmt);
	say_formatted("datasync: warning: ", fmt, ap);
	va_end(ap);
}

void
out_hint(struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->quiet)
		return;
	va_start(ap, fmt);
	say_formatted("hint: ", fmt, ap);
	va_end(ap);
}

void
out_set_color(enum color_mode mode)
{
	out.color = mode;
}

char *
out_setting(const struct cli *cli, const char *key)
{
	char *value = NULL;

	if (cli->store == NULL)
		return NULL;
	if (ds_config_string(&value, cli->store->config, key) < 0)
		ds_err_clear();
	return value;
}

/* What the user asked for, from the option down; then the terminal. */
static bool
decide_color(const struct cli *cli)
{
	enum color_mode mode = out.color;
	char *value = NULL;

	if (mode == COLOR_CONFIG && ds_tty_color_wanted())
		value = out_setting(cli, "color.ui");
	if (value != NULL && strcmp(value, "always") == 0)
		mode = COLOR_ALWAYS;
	else if (value != NULL && strcmp(value, "never") == 0)
		mode = COLOR_NEVER;
	free(value);
	if (mode == COLOR_ALWAYS || mode == COLOR_NEVER)
		return mode == COLOR_ALWAYS;
	return (pager_is_on() || ds_tty_is(1)) && ds_tty_color_wanted();
}

static bool
has_color(const struct cli *cli)
{
	if (!out.color_known)
		out.has_color = decide_color(cli);
	out.color_known = true;
	return out.has_color;
}

const char *
out_color(struct cli *cli, enum out_color color)
{
	static const char *const sequences[] = {
		[OUT_PLAIN] = "\033[m",
		[OUT_BOLD] = "\033[1m",
		[OUT_DIM] = "\033[2m",
		[OUT_RED] = "\033[31m",
		[OUT_GREEN] = "\033[32m",
		[OUT_YELLOW] = "\033[33m",
		[OUT_BLUE] = "\033[34m",
		[OUT_CYAN] = "\033[36m",
	};

	return !cli->json && has_color(cli) ? sequences[color] : "";
}

int
out_width(void)
{
	if (out.width == 0)
		out.width = ds_tty_width(1);
	if (out.width == 0)
		out.width = 80;
	return out.width;
}

void
out_page(struct cli *cli)
{
	out.shows = true;
	if (cli->json || !ds_tty_is(1))
		return;
	/* Behind the pager, stdout is a terminal no more. */
	out_width();
	fflush(stdout);
	check_stdout();
	if (pager_begin(cli))
		bar_end();
}

const char *
out_size(uint64_t n)
{
	static const char *const units[] = {
		"B",
		"KiB",
		"MiB",
		"GiB",
		"TiB",
		"PiB",
		"EiB",
	};
	static char ring[RING][32];
	static size_t next;
	char *text = ring[next++ % RING];
	double value = (double)n;
	size_t unit = 0;

	if (n < 1024) {
		snprintf(text, sizeof(ring[0]), "%" PRIu64 " B", n);
		return text;
	}
	/* What would print as 1024.0 is one of the next unit. */
	while (value >= 1023.95 && unit + 1 < ds_nitems(units)) {
		value /= 1024;
		unit++;
	}
	snprintf(text, sizeof(ring[0]), "%.1f %s", value, units[unit]);
	return text;
}

const char *
out_plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

const char *
out_error_text(int rc)
{
	const char *text = ds_err_text();

	if (strcmp(text, "unknown error") != 0)
		return text;
	switch (rc) {
	case DS_EPART:
		return "not everything could be done";
	case DS_ECONFLICT:
		return "conflicts wait";
	case DS_EBRAKE:
		return "something is held back";
	case DS_ECANCEL:
		return "cancelled";
	default:
		return "failed";
	}
}

/* Work that was done, if not in all: the document says what. */
static bool
keeps_document(int rc)
{
	switch (rc) {
	case DS_OK:
	case DS_EPART:
	case DS_ECONFLICT:
	case DS_EOFFLINE:
	case DS_EBRAKE:
	case DS_EDAMAGED:
		return true;
	default:
		return false;
	}
}

static void
add_error(struct ds_json *json, int rc)
{
	ds_json_str(json, "code", ds_err_word(rc));
	ds_json_str(json, "message", out_error_text(rc));
	if (ds_err_hint_text() != NULL)
		ds_json_str(json, "hint", ds_err_hint_text());
}

static int
print_error(int rc, int status)
{
	struct ds_json *json = ds_json_object();
	int failed;

	ds_json_str(json, "type", "error");
	ds_json_int(json, "exit", status);
	add_error(json, rc);
	failed = print_json(json, ds_tty_is(1));
	ds_json_free(json);
	return failed < 0 ? failed : rc;
}

static int
print_document(int rc, int status)
{
	int failed;

	if (rc < 0) {
		ds_json_int(out.doc, "exit", status);
		add_error(ds_json_add_object(out.doc, "error"), rc);
	}
	failed = print_json(out.doc, ds_tty_is(1));
	return failed < 0 ? failed : rc;
}

/* Of one command one document, or its lines and then the error. */
static int
print_result(struct cli *cli, int rc, int status)
{
	if (!cli->json || (rc == 0 && out.doc == NULL))
		return rc;
	if (out.doc != NULL && keeps_document(rc))
		return print_document(rc, status);
	return print_error(rc, status);
}

int
out_end(struct cli *cli, int rc, int status)
{
	int paged;

	bar_end();
	if (!out.stopped)
		rc = print_result(cli, rc, status);
	ds_json_free(out.doc);
	out.doc = NULL;
	if (fflush(stdout) != 0)
		check_stdout();
	if (out.stopped && rc == DS_ECANCEL) {
		ds_err_clear();
		rc = 0;
	}
	paged = pager_end();
	if (rc == 0 && paged < 0)
		return paged;
	if (rc == 0 && out.error != 0 && out.error != EPIPE)
		return ds_err(DS_ESYS, "cannot write the output: %s",
		    strerror(out.error));
	return rc;
}
