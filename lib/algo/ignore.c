/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each list keeps one copy of its text; a rule is a few words that point into
 * it, so memory is linear in what was pushed.  What git does with a rule and
 * gitignore(5) does not say is done too: what stands before the first wildcard
 * is compared and taken off before the glob sees the rest, so that stars right
 * behind it begin a component, and may stand for nothing.
 */
#include "ds/compat.h"

#include <string.h>

#include "ds/err.h"
#include "ds/glob.h"
#include "ds/ignore.h"
#include "ds/list.h"

struct rule {
	const char *pattern; /* without "!", and the '/' at either end */
	size_t len;
	size_t literal; /* bytes before the first wildcard */
	bool negated;
	bool dir_only;
	bool by_name; /* asks the last component alone */
	bool suffix;  /* '*', then nothing special */
};

struct rules {
	char *base;
	size_t base_len;
	char *text;
	struct rule *v;
	size_t n;
	size_t cap;
};

struct ds_ignore {
	struct rules *v;
	size_t n;
	size_t cap;
};

static void
rules_release(struct rules *r)
{
	free(r->base);
	free(r->text);
	free(r->v);
}

/* Cut trailing spaces, but none that a '\\' quotes. */
static void
trim(char *line)
{
	char *end = line;
	char *p = line;

	while (*p != '\0') {
		if (*p == ' ') {
			p++;
			continue;
		}
		if (p[0] == '\\' && p[1] != '\0')
			p++;
		p++;
		end = p;
	}
	*end = '\0';
}

/* Compile the rule of one line, which it cuts to shape. */
static struct rule
compile(char *line)
{
	struct rule r = { .pattern = line };
	char *p = line;

	if (*p == '!') {
		r.negated = true;
		p++;
	}
	r.len = strlen(p);
	if (r.len > 0 && p[r.len - 1] == '/') {
		r.dir_only = true;
		p[--r.len] = '\0';
	}
	r.by_name = strchr(p, '/') == NULL;
	if (*p == '/') {
		p++;
		r.len--;
	}
	r.literal = strcspn(p, "*?[\\");
	r.suffix = *p == '*' && strpbrk(p + 1, "*?[\\") == NULL;
	r.pattern = p;
	return r;
}

static int
add_line(struct rules *r, char *line)
{
	int rc;

	if (*line == '#' || *line == '\0')
		return 0;
	trim(line);
	rc = ds_list_grow(&r->v, r->n, &r->cap, sizeof(*r->v));
	if (rc < 0)
		return rc;
	r->v[r->n++] = compile(line);
	return 0;
}

static int
compile_all(struct rules *r, size_t len)
{
	char *line = r->text;
	char *end = r->text + len;
	char *eol;
	int rc;

	if (len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
		line += 3;
	for (; line < end; line = eol + 1) {
		eol = memchr(line, '\n', (size_t)(end - line));
		if (eol == NULL)
			eol = end;
		*eol = '\0';
		if (eol > line && eol[-1] == '\r')
			eol[-1] = '\0';
		rc = add_line(r, line);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
ds_ignore_new(struct ds_ignore **out)
{
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? 0 : ds_err_nomem();
}

int
ds_ignore_push(struct ds_ignore *ig, const char *base, const char *text,
    size_t len)
{
	struct rules r = { .base_len = strlen(base) };
	int rc;

	rc = ds_list_grow(&ig->v, ig->n, &ig->cap, sizeof(*ig->v));
	if (rc < 0)
		return rc;
	r.base = strdup(base);
	r.text = malloc(len + 1);
	if (r.base == NULL || r.text == NULL) {
		rc = ds_err_nomem();
		goto out;
	}
	if (len > 0)
		memcpy(r.text, text, len);
	r.text[len] = '\0';
	rc = compile_all(&r, len);
	if (rc < 0)
		goto out;
	ig->v[ig->n++] = r;
	r = (struct rules){ .base = NULL };
out:
	rules_release(&r);
	return rc;
}

void
ds_ignore_pop(struct ds_ignore *ig)
{
	if (ig->n > 0)
		rules_release(&ig->v[--ig->n]);
}

/* A path asked about: borrowed, not ended by a NUL. */
struct query {
	const char *path;
	size_t len;
	const char *name; /* its last component */
	bool is_dir;
};

static bool
matches_name(const struct rule *r, const char *name, size_t len)
{
	if (r->literal == r->len)
		return len == r->len && memcmp(name, r->pattern, len) == 0;
	if (r->suffix)
		return len >= r->len - 1 &&
		    memcmp(name + len - (r->len - 1), r->pattern + 1,
			r->len - 1) == 0;
	return ds_glob_match_len(r->pattern, name, len);
}

/* ${path} counts from the list's base. */
static bool
matches_path(const struct rule *r, const char *path, size_t len)
{
	if (len < r->literal || memcmp(path, r->pattern, r->literal) != 0)
		return false;
	return ds_glob_match_len(r->pattern + r->literal, path + r->literal,
	    len - r->literal);
}

static enum ds_ignore_answer
ask_list(const struct rules *l, const struct query *q)
{
	size_t skip = l->base_len > 0 ? l->base_len + 1 : 0;
	const struct rule *r;
	bool hit;
	size_t i;

	if (skip > 0 &&
	    (q->len <= skip || q->path[skip - 1] != '/' ||
		memcmp(q->path, l->base, l->base_len) != 0))
		return DS_IGNORE_NONE;
	for (i = l->n; i > 0; i--) {
		r = &l->v[i - 1];
		if (r->dir_only && !q->is_dir)
			continue;
		if (r->by_name)
			hit = matches_name(r, q->name,
			    q->len - (size_t)(q->name - q->path));
		else
			hit = matches_path(r, q->path + skip, q->len - skip);
		if (hit)
			return r->negated ? DS_IGNORE_NO : DS_IGNORE_YES;
	}
	return DS_IGNORE_NONE;
}

static enum ds_ignore_answer
ask(const struct ds_ignore *ig, const char *path, size_t len, bool is_dir)
{
	struct query q = { .path = path, .len = len, .is_dir = is_dir };
	const char *slash = memrchr(path, '/', len);
	enum ds_ignore_answer answer;
	size_t i;

	q.name = slash != NULL ? slash + 1 : path;
	for (i = ig->n; i > 0; i--) {
		answer = ask_list(&ig->v[i - 1], &q);
		if (answer != DS_IGNORE_NONE)
			return answer;
	}
	return DS_IGNORE_NONE;
}

enum ds_ignore_answer
ds_ignore_match(const struct ds_ignore *ig, const char *path, bool is_dir)
{
	return ask(ig, path, strlen(path), is_dir);
}

bool
ds_ignore_covers(const struct ds_ignore *ig, const char *path, bool is_dir)
{
	const char *slash;

	for (slash = strchr(path, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		if (ask(ig, path, (size_t)(slash - path), true) ==
		    DS_IGNORE_YES)
			return true;
	}
	return ask(ig, path, strlen(path), is_dir) == DS_IGNORE_YES;
}

void
ds_ignore_free(struct ds_ignore *ig)
{
	if (ig == NULL)
		return;
	while (ig->n > 0)
		ds_ignore_pop(ig);
	free(ig->v);
	free(ig);
}
