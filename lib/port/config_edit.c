/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Editing.  libgit2 can edit a file too, but 1.5 repeats a variable that
 * stands on its header's line, and crashes on one without a value.  So the
 * text is changed by config_text.c, and libgit2 has the last word: it reads
 * the text before and after, and unless exactly that key has changed, the
 * edit fails.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/list.h"
#include "ds/lock.h"

#include "config_internal.h"

#define RULES "items' rules"

/* What libgit2 reads: values of one key or section, and all the rest. */
struct reading {
	const struct ds_config__key *t;
	struct ds_list mine;
	struct ds_list rest;
};

static bool
is_mine(const struct ds_config__key *t, const char *key)
{
	struct ds_config__key k;

	if (ds_config__split(&k, key) < 0) {
		ds_err_clear();
		return false;
	}
	if (!ds_config__same_word(&t->section, k.section.s, k.section.n) ||
	    (t->name.s != NULL &&
		!ds_config__same_word(&t->name, k.name.s, k.name.n)))
		return false;
	if (t->sub.s == NULL || k.sub.s == NULL)
		return t->sub.s == NULL && k.sub.s == NULL;
	return t->sub.n == k.sub.n && memcmp(t->sub.s, k.sub.s, k.sub.n) == 0;
}

static int
note(const char *key, const char *value, const char *level DS_UNUSED, void *arg)
{
	struct reading *r = arg;
	struct ds_buf b = DS_BUF_INIT;
	char *line;
	int rc;

	if (is_mine(r->t, key))
		return ds_list_add(&r->mine, value);
	ds_buf_addf(&b, "%s=%s", key, value);
	rc = ds_buf_take(&line, &b);
	if (rc == 0)
		rc = ds_list_add(&r->rest, line);
	free(line);
	return rc;
}

static int
read_all(struct reading *r, const struct ds_config__key *t, const char *text,
    const char *what)
{
	struct ds_config *c;
	int rc;

	memset(r, 0, sizeof(*r));
	r->t = t;
	rc = ds_config_parse(&c, text, strlen(text), what);
	if (rc == 0)
		rc = ds_config_each(c, note, r);
	ds_config_close(c);
	return rc;
}

static void
forget(struct reading *r)
{
	ds_list_release(&r->mine);
	ds_list_release(&r->rest);
}

static bool
same_list(const struct ds_list *a, const struct ds_list *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++) {
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	}
	return a->n == b->n;
}

/* Turn the values that were there into those that ${e} wants. */
static int
expect(struct ds_list *values, const struct ds_config_edit *e)
{
	if (e == NULL || !e->add)
		ds_list_release(values);
	if (e == NULL || e->value == NULL)
		return 0;
	return ds_list_add(values, e->value);
}

/* Is ${new} what ${old} becomes by ${e}?  ${e} NULL: the section goes. */
static int
prove(const char *old, const char *new, const struct ds_config__key *t,
    const struct ds_config_edit *e, const char *what)
{
	struct reading before, after = { NULL, DS_LIST_INIT, DS_LIST_INIT };
	int rc;

	rc = read_all(&before, t, old, what);
	if (rc == 0)
		rc = read_all(&after, t, new, what);
	if (rc == 0)
		rc = expect(&before.mine, e);
	if (rc == 0 &&
	    (!same_list(&before.mine, &after.mine) ||
		!same_list(&before.rest, &after.rest)))
		rc = ds_err(DS_EINVAL, "cannot change '%s' in '%s'",
		    e == NULL ? t->section.s : e->key, what);
	forget(&before);
	forget(&after);
	return rc;
}

/* The text after ${e}, or without the section where that is NULL. */
static int
edit_one(char **out, const char *text, const struct ds_config__key *t,
    const struct ds_config_edit *e, const char *what)
{
	struct ds_buf b = DS_BUF_INIT;
	char *new = NULL;
	int rc;

	*out = NULL;
	rc = ds_config__apply(&b, text, t, e);
	if (rc == 0)
		rc = ds_buf_take(&new, &b);
	if (rc == 0)
		rc = prove(text, new, t, e, what);
	if (rc == 0) {
		*out = new;
		new = NULL;
	}
	ds_buf_release(&b);
	free(new);
	return rc;
}

/* ${what} names the text in errors. */
static int
rewrite(char **out, const char *text, const struct ds_config_edit *edits,
    size_t n, const char *what)
{
	struct ds_config__key t;
	char *now, *next;
	size_t i;
	int rc = 0;

	*out = NULL;
	now = strdup(text);
	if (now == NULL)
		return ds_err_nomem();
	for (i = 0; i < n; i++) {
		rc = ds_config__split(&t, edits[i].key);
		if (rc != 0)
			goto out;
		rc = edit_one(&next, now, &t, &edits[i], what);
		if (rc != 0)
			goto out;
		free(now);
		now = next;
	}
	*out = now;
	now = NULL;
out:
	free(now);
	return rc;
}

int
ds_config_rewrite(char **out, const char *text,
    const struct ds_config_edit *edits, size_t n)
{
	return rewrite(out, text, edits, n, RULES);
}

int
ds_config_rewrite_drop(char **out, const char *text, const char *section,
    const char *name)
{
	struct ds_config__key t;

	memset(&t, 0, sizeof(t));
	t.section.s = section;
	t.section.n = strlen(section);
	t.sub.s = name;
	t.sub.n = name == NULL ? 0 : strlen(name);
	return edit_one(out, text, &t, NULL, RULES);
}

/* What is in ${file} and its mode; "" where it does not exist. */
static int
read_file(struct ds_buf *out, mode_t *mode, const char *file)
{
	struct stat st;
	int rc;

	ds_buf_adds(out, "");
	rc = ds_file_read(out, AT_FDCWD, file, DS_CONFIG_MAX);
	if (rc == DS_ENOTFOUND) {
		ds_err_clear();
		return 0;
	}
	if (rc < 0)
		return rc;
	if (stat(file, &st) < 0)
		return ds_err_sys("cannot look at '%s'", file);
	*mode = st.st_mode & 0777;
	if (strlen(out->data) != out->len)
		return ds_err(DS_EINVAL, "'%s' has a NUL byte", file);
	return 0;
}

static int
write_new(const char *tmp, const char *text, mode_t mode)
{
	int fd, rc;

	if (unlink(tmp) < 0 && errno != ENOENT)
		return ds_err_sys("cannot remove '%s'", tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return ds_err_sys("cannot make '%s'", tmp);
	rc = ds_file_write_fd(fd, text, strlen(text), tmp);
	if (rc == 0 && fchmod(fd, mode) < 0)
		rc = ds_err_sys("cannot set the mode of '%s'", tmp);
	if (rc == 0)
		rc = ds_file_sync(fd, tmp);
	close(fd);
	return rc;
}

/* Where ${file} really lies, its folder made if need be. */
static int
resolve(char **out, const char *file)
{
	const char *slash = strrchr(file, '/');
	char *dir = NULL;
	int rc = 0;

	*out = realpath(file, NULL);
	if (*out != NULL)
		return 0;
	if (errno != ENOENT)
		return ds_err_sys("cannot open '%s'", file);
	if (slash != NULL && slash != file) {
		dir = strndup(file, (size_t)(slash - file));
		if (dir == NULL)
			return ds_err_nomem();
		rc = ds_file_mkdirs(dir, 0700);
	}
	free(dir);
	if (rc < 0)
		return rc;
	*out = strdup(file);
	return *out == NULL ? ds_err_nomem() : 0;
}

int
ds_config_write(const char *file, const struct ds_config_edit *edits, size_t n,
    int ms)
{
	struct ds_buf old = DS_BUF_INIT, tmp = DS_BUF_INIT;
	char *target = NULL, *new = NULL;
	mode_t mode = 0600;
	int rc;

	rc = resolve(&target, file);
	if (rc < 0)
		goto out;
	ds_buf_addf(&tmp, "%s.new", target);
	rc = ds_buf_check(&tmp);
	if (rc == 0)
		rc = ds_lock_mend(target, tmp.data);
	if (rc == 0)
		rc = read_file(&old, &mode, target);
	if (rc == 0)
		rc = rewrite(&new, old.data, edits, n, file);
	if (rc != 0 || strcmp(new, old.data) == 0)
		goto out;
	rc = write_new(tmp.data, new, mode);
	if (rc == 0)
		rc = ds_lock_replace(target, tmp.data, ms);
	if (rc < 0)
		(void)ds_lock_mend(target, tmp.data);
out:
	ds_buf_release(&old);
	ds_buf_release(&tmp);
	free(new);
	free(target);
	return rc;
}
