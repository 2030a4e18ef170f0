/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading: libgit2 parses, we give types.  A configuration is a snapshot, so
 * what one command reads fits together.
 *
 * libgit2 cannot be told to leave [include] alone, and the text of a state
 * comes from other devices.  So every "[include" in it gets a random word,
 * the mark, put in after the bracket before libgit2 sees it: as a header it
 * then opens a section that means nothing.  The mark is taken out of all
 * that is read, so values that merely contain these letters stay whole.
 */
#include "ds/compat.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/err.h"
#include "ds/file.h"

#include "config_internal.h"

#define SYSTEM_FILE "/etc/datasync/config"
#define INCLUDE "[include"

/* Each variable is kept under its whole name, so headers are bounded. */
#define MAX_HEADER 512

int
ds_config__failed(const char *what)
{
	const git_error *e = git_error_last();

	return ds_err(DS_EGIT, "cannot read '%s': %s", what,
	    e == NULL ? "unknown error" : e->message);
}

/*
 * As above, after a parse of ${path}, which people know as ${what}.  libgit2
 * says "failed to parse config file: WHY (in FILE:LINE, column N)"; FILE is
 * another one where that is included.
 */
static int
parse_failed(const char *path, const char *what)
{
	static const char start[] = "failed to parse config file: ";
	const git_error *e = git_error_last();
	const char *why, *in, *colon;
	size_t len;

	if (e == NULL || strncmp(e->message, start, strlen(start)) != 0)
		return ds_config__failed(what);
	why = e->message + strlen(start);
	in = strstr(why, " (in ");
	colon = strrchr(why, ':');
	if (in == NULL || colon == NULL || colon < in)
		return ds_err(DS_EINVAL, "'%s': %s", what, why);
	len = (size_t)(colon - in) - strlen(" (in ");
	if (len == strlen(path) && strncmp(colon - len, path, len) == 0) {
		path = what;
		len = strlen(what);
	} else {
		path = colon - len;
	}
	return ds_err(DS_EINVAL, "'%.*s' line %lu: %.*s", (int)len, path,
	    strtoul(colon + 1, NULL, 10), (int)(in - why), why);
}

/* Once for the process: starting libgit2 takes longer than a save may. */
static int
start(void)
{
	static atomic_bool done;

	if (!atomic_load(&done) && git_libgit2_init() < 0)
		return ds_config__failed("the configuration");
	atomic_store(&done, true);
	return 0;
}

static int
config_new(struct ds_config **out)
{
	struct ds_config *c;
	int rc;

	*out = NULL;
	rc = start();
	if (rc < 0)
		return rc;
	c = calloc(1, sizeof(*c));
	if (c == NULL || git_config_new(&c->git) < 0) {
		free(c);
		return ds_err_nomem();
	}
	*out = c;
	return 0;
}

void
ds_config_close(struct ds_config *c)
{
	if (c == NULL)
		return;
	git_config_free(c->git);
	free(c);
}

static int
add_file(struct ds_config *c, const char *path, git_config_level_t level,
    const char *what)
{
	if (git_config_add_file_ondisk(c->git, path, level, NULL, 0) < 0)
		return parse_failed(path, what);
	return 0;
}

/* Let go of the files. */
static int
freeze(struct ds_config *c)
{
	git_config *snapshot;

	if (git_config_snapshot(&snapshot, c->git) < 0)
		return ds_config__failed("the configuration");
	git_config_free(c->git);
	c->git = snapshot;
	return 0;
}

int
ds_config_global(char **out)
{
	struct ds_buf b = DS_BUF_INIT;
	const char *dir = getenv("XDG_CONFIG_HOME");

	*out = NULL;
	if (dir != NULL && dir[0] == '/') {
		ds_buf_addf(&b, "%s/datasync/config", dir);
		return ds_buf_take(out, &b);
	}
	dir = getenv("HOME");
	if (dir == NULL || dir[0] != '/')
		return ds_err(DS_ENOTFOUND,
		    "neither XDG_CONFIG_HOME nor HOME is set");
	ds_buf_addf(&b, "%s/.config/datasync/config", dir);
	return ds_buf_take(out, &b);
}

int
ds_config_open(struct ds_config **out, const char *store)
{
	struct ds_config *c;
	char *global = NULL;
	int rc;

	*out = NULL;
	rc = config_new(&c);
	if (rc < 0)
		return rc;
	rc = ds_config_global(&global);
	if (rc == DS_ENOTFOUND) {
		ds_err_clear();
		rc = 0;
	}
	if (rc == 0)
		rc = add_file(c, SYSTEM_FILE, GIT_CONFIG_LEVEL_SYSTEM,
		    SYSTEM_FILE);
	if (rc == 0 && global != NULL)
		rc = add_file(c, global, GIT_CONFIG_LEVEL_XDG, global);
	if (rc == 0 && store != NULL)
		rc = add_file(c, store, GIT_CONFIG_LEVEL_LOCAL, store);
	if (rc == 0)
		rc = freeze(c);
	if (rc < 0)
		goto out;
	*out = c;
	c = NULL;
out:
	free(global);
	ds_config_close(c);
	return rc;
}

int
ds_config__mark(char **out, const struct ds_config *c, const char *s)
{
	struct ds_buf b = DS_BUF_INIT;
	const char *p;

	for (; c->mark[0] != '\0'; s = p + 1) {
		p = strcasestr(s, INCLUDE);
		if (p == NULL)
			break;
		ds_buf_add(&b, s, (size_t)(p - s) + 1);
		ds_buf_adds(&b, c->mark);
	}
	ds_buf_adds(&b, s);
	return ds_buf_take(out, &b);
}

void
ds_config__unmark(char *s, const struct ds_config *c)
{
	size_t len = strlen(c->mark);
	char *p = s;

	while (len > 0 && p != NULL) {
		p = strstr(p, c->mark);
		if (p != NULL)
			memmove(p, p + len, strlen(p + len) + 1);
	}
}

static int
choose_mark(struct ds_config *c, const char *text)
{
	unsigned char random[8];
	uint64_t v;

	if (strcasestr(text, INCLUDE) == NULL)
		return 0;
	if (getentropy(random, sizeof(random)) < 0)
		return ds_err_sys("cannot get random bytes");
	memcpy(&v, random, sizeof(v));
	snprintf(c->mark, sizeof(c->mark), "x%016" PRIx64, v);
	if (strcasestr(text, c->mark) != NULL)
		return ds_err(DS_EINVAL, "the text holds our random bytes");
	return 0;
}

/*
 * An open file that nobody else sees, and a path that opens it.  libgit2
 * takes a file that is not there for an empty one, so the path is tried
 * first: without /proc it leads nowhere.
 */
static int
scratch_file(int *fd, char *path, size_t size)
{
	const char *dir = getenv("TMPDIR");
	int n;

	*fd = memfd_create("datasync-config", MFD_CLOEXEC);
	snprintf(path, size, "/proc/self/fd/%d", *fd);
	if (*fd >= 0 && access(path, R_OK) == 0)
		return 0;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	if (dir == NULL || dir[0] == '\0')
		dir = "/tmp";
	n = snprintf(path, size, "%s/datasync-XXXXXX", dir);
	if (n < 0 || (size_t)n >= size)
		return ds_err(DS_EINVAL, "the path in TMPDIR is too long");
	*fd = mkostemp(path, O_CLOEXEC);
	if (*fd < 0)
		return ds_err_sys("cannot make '%s'", path);
	return 0;
}

/* Has the text headers of a sane length only? */
static int
check_headers(const char *text, const char *what)
{
	const char *end, *close;

	for (; *text != '\0'; text = end + (*end == '\n')) {
		end = text + strcspn(text, "\n");
		text += strspn(text, " \t\r\f\v\xef\xbb\xbf");
		if (text >= end || *text != '[')
			continue;
		close = memrchr(text, ']', (size_t)(end - text));
		if (close != NULL && close - text > MAX_HEADER)
			return ds_err(DS_EINVAL,
			    "'%s' has a section with too long a name", what);
	}
	return 0;
}

/* Read the text into ${c}; it is ended by a NUL and has no other. */
static int
parse_text(struct ds_config *c, const char *text, const char *what)
{
	char path[PATH_MAX];
	char *marked = NULL;
	int fd = -1;
	int rc;

	rc = check_headers(text, what);
	if (rc == 0)
		rc = choose_mark(c, text);
	if (rc == 0)
		rc = ds_config__mark(&marked, c, text);
	if (rc == 0)
		rc = scratch_file(&fd, path, sizeof(path));
	if (rc == 0)
		rc = ds_file_write_fd(fd, marked, strlen(marked), path);
	if (rc == 0)
		rc = add_file(c, path, GIT_CONFIG_LEVEL_APP, what);
	if (rc == 0)
		rc = freeze(c);
	if (fd >= 0 && strncmp(path, "/proc/", 6) != 0)
		unlink(path);
	if (fd >= 0)
		close(fd);
	free(marked);
	return rc;
}

int
ds_config_parse(struct ds_config **out, const char *text, size_t len,
    const char *what)
{
	struct ds_config *c = NULL;
	char *copy = NULL;
	int rc;

	*out = NULL;
	if (len > DS_CONFIG_MAX)
		return ds_err(DS_EINVAL, "'%s' has more than 1 MiB", what);
	if (len > 0 && memchr(text, '\0', len) != NULL)
		return ds_err(DS_EINVAL, "'%s' has a NUL byte", what);
	copy = strndup(len > 0 ? text : "", len);
	if (copy == NULL)
		return ds_err_nomem();
	rc = config_new(&c);
	if (rc < 0)
		goto out;
	rc = parse_text(c, copy, what);
	if (rc < 0)
		goto out;
	*out = c;
	c = NULL;
out:
	ds_config_close(c);
	free(copy);
	return rc;
}
