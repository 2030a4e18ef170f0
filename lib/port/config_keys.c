/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every key that datasync reads.  datasync-config(5) describes the same; a
 * test compares the two.
 */
#include "ds/compat.h"

#include <errno.h>
#include <strings.h>

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/err.h"
#include "ds/list.h"

#include "config_internal.h"

static const struct ds_config_key keys[] = {
	{ "core.lockTimeout", "time", "10s", false, false,
	    "how long to wait for another datasync" },
	{ "core.fsync", "all|none", "all", false, false,
	    "flush what is written to the disk before going on" },
	{ "core.maxDelete", "percent", "50", false, false,
	    "share of an item's files that may vanish at once" },
	{ "core.pager", "string", NULL, false, false,
	    "the program that shows long output on a terminal" },
	{ "color.ui", "auto|always|never", "auto", false, false,
	    "colour in what is printed" },
	{ "commit.secrets", "warn|error|ignore", "warn", false, false,
	    "what to do with files that look like keys or tokens" },
	{ "log.fold", "bool", "true", false, false,
	    "show a run of saves as one line" },
	{ "item.*.path", "path", NULL, false, false,
	    "where the item lies on this device" },
	{ "item.*.enabled", "bool", "false", false, false,
	    "whether this device takes part" },
	{ "item.*.include", "string", NULL, true, true,
	    "pattern of files that belong to the item" },
	{ "item.*.exclude", "string", NULL, true, true,
	    "pattern of files that do not" },
	{ "item.*.only", "string", NULL, true, true,
	    "file that the item consists of" },
	{ "item.*.gitDirs", "skip|keep", "skip", false, false,
	    "what to do with the .git of nested repositories" },
	{ "item.*.fsid", "string", NULL, false, false,
	    "the file system the item lies on; kept by datasync" },
	{ "datasync.engine", "int", "1", false, true,
	    "version of the merge rules that a state needs" },
};

/*
 * git's own keys in sections that we share with it.  They may stand in the
 * store's config, for it is a git repository's.
 */
static const char *const git_keys[] = {
	"color.advice",
	"color.branch",
	"color.decorate",
	"color.diff",
	"color.grep",
	"color.interactive",
	"color.pager",
	"color.push",
	"color.remote",
	"color.showbranch",
	"color.status",
	"color.transport",
	"commit.cleanup",
	"commit.gpgsign",
	"commit.status",
	"commit.template",
	"commit.verbose",
	"core.abbrev",
	"core.attributesfile",
	"core.autocrlf",
	"core.bare",
	"core.bigfilethreshold",
	"core.compression",
	"core.editor",
	"core.excludesfile",
	"core.filemode",
	"core.fsyncmethod",
	"core.fsyncobjectfiles",
	"core.hookspath",
	"core.ignorecase",
	"core.logallrefupdates",
	"core.loosecompression",
	"core.precomposeunicode",
	"core.quotepath",
	"core.repositoryformatversion",
	"core.sharedrepository",
	"core.sshcommand",
	"core.symlinks",
	"core.worktree",
	"log.abbrevcommit",
	"log.date",
	"log.decorate",
	"log.diffmerges",
	"log.excludedecoration",
	"log.follow",
	"log.graphcolors",
	"log.initialdecorationset",
	"log.mailmap",
	"log.showroot",
	"log.showsignature",
};

/* Sections that nobody else uses: whatever is in them is meant for us. */
static const char *const own_sections[] = { "datasync.", "item." };

const struct ds_config_key *
ds_config_keys(size_t *n)
{
	*n = ds_nitems(keys);
	return keys;
}

/* Does ${key} fit the pattern?  ${key} is as long as two dots demand. */
static bool
matches(const char *pattern, const char *key)
{
	const char *star = strchr(pattern, '*');
	size_t head, tail, len = strlen(key);

	if (star == NULL)
		return strcasecmp(pattern, key) == 0;
	head = (size_t)(star - pattern);
	tail = strlen(star + 1);
	return len > head + tail && strncasecmp(pattern, key, head) == 0 &&
	    strcasecmp(star + 1, key + len - tail) == 0;
}

const struct ds_config_key *
ds_config_find(const char *key)
{
	size_t i;

	for (i = 0; i < ds_nitems(keys); i++) {
		if (matches(keys[i].name, key))
			return &keys[i];
	}
	return NULL;
}

/* ${pattern} with the middle part of ${key} where its star is. */
static int
fill_in(char **out, const char *pattern, const char *key)
{
	struct ds_buf b = DS_BUF_INIT;
	const char *star = strchr(pattern, '*');
	const char *first = strchr(key, '.');
	const char *last = strrchr(key, '.');

	if (star == NULL || first == NULL || first == last) {
		ds_buf_adds(&b, pattern);
		return ds_buf_take(out, &b);
	}
	ds_buf_add(&b, pattern, (size_t)(star - pattern));
	ds_buf_add(&b, first + 1, (size_t)(last - first) - 1);
	ds_buf_adds(&b, star + 1);
	return ds_buf_take(out, &b);
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++) {
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
	}
}

/* All keys of the table as ${key} could mean them, in its order. */
static int
candidates(struct ds_list *out, const char *key)
{
	char *name;
	size_t i;
	int rc = 0;

	for (i = 0; i < ds_nitems(keys) && rc == 0; i++) {
		rc = fill_in(&name, keys[i].name, key);
		if (rc == 0) {
			lower(name);
			rc = ds_list_add(out, name);
		}
		free(name);
	}
	return rc;
}

int
ds_config_suggest(char **out, const char *key)
{
	struct ds_list words = DS_LIST_INIT;
	const char *near;
	char *word;
	size_t i;
	int rc;

	*out = NULL;
	word = strdup(key);
	if (word == NULL)
		return ds_err_nomem();
	lower(word);
	rc = candidates(&words, key);
	if (rc < 0)
		goto out;
	near = ds_list_nearest(&words, word);
	for (i = 0; i < words.n && near != NULL; i++) {
		if (strcmp(words.v[i], near) == 0) {
			rc = fill_in(out, keys[i].name, key);
			break;
		}
	}
out:
	ds_list_release(&words);
	free(word);
	return rc;
}

bool
ds_config__is_unknown(const char *key)
{
	const char *dot = strchr(key, '.');
	size_t i, len;

	if (dot == NULL || ds_config_find(key) != NULL)
		return false;
	for (i = 0; i < ds_nitems(own_sections); i++) {
		if (strncasecmp(key, own_sections[i],
			strlen(own_sections[i])) == 0)
			return true;
	}
	for (i = 0; i < ds_nitems(git_keys); i++) {
		if (strcasecmp(key, git_keys[i]) == 0)
			return false;
	}
	len = (size_t)(dot - key) + 1;
	for (i = 0; i < ds_nitems(keys); i++) {
		if (strncasecmp(key, keys[i].name, len) == 0)
			return true;
	}
	return false;
}

bool
ds_config__bool(bool *out, const char *value)
{
	static const char *const words[][2] = {
		{ "true", "false" },
		{ "yes", "no" },
		{ "on", "off" },
		{ "1", "0" },
	};
	size_t i;

	*out = value == NULL;
	if (value == NULL || value[0] == '\0')
		return true;
	for (i = 0; i < ds_nitems(words); i++) {
		*out = strcasecmp(value, words[i][0]) == 0;
		if (*out || strcasecmp(value, words[i][1]) == 0)
			return true;
	}
	return false;
}

/* A decimal number; ${end} is what follows it. */
static bool
number(int64_t *out, const char **end, const char *value)
{
	const char *digits = value;
	char *rest;

	*out = 0;
	if (value == NULL)
		return false;
	if (digits[0] == '-')
		digits++;
	if (digits[0] < '0' || digits[0] > '9')
		return false;
	errno = 0;
	*out = strtoll(value, &rest, 10);
	*end = rest;
	return errno == 0;
}

static bool
times(int64_t *v, int64_t factor)
{
	if (*v > INT64_MAX / factor || *v < INT64_MIN / factor)
		return false;
	*v *= factor;
	return true;
}

bool
ds_config__int(int64_t *out, const char *value)
{
	const char *end;

	if (!number(out, &end, value))
		return false;
	if (strcasecmp(end, "k") == 0)
		return times(out, 1024);
	if (strcasecmp(end, "m") == 0)
		return times(out, 1024 * 1024);
	if (strcasecmp(end, "g") == 0)
		return times(out, 1024 * 1024 * 1024);
	return *end == '\0';
}

bool
ds_config__ms(int64_t *out, const char *value)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {
		{ "", 1000 },
		{ "ms", 1 },
		{ "s", 1000 },
		{ "m", 60000 },
		{ "h", 3600000 },
		{ "d", 86400000 },
	};
	const char *end;
	size_t i;

	if (!number(out, &end, value) || *out < 0)
		return false;
	for (i = 0; i < ds_nitems(units); i++) {
		if (strcmp(end, units[i].unit) == 0)
			return times(out, units[i].ms);
	}
	return false;
}

static bool
is_path(const char *value)
{
	return value != NULL &&
	    (value[0] == '/' || strcmp(value, "~") == 0 ||
		strncmp(value, "~/", 2) == 0);
}

/* Is ${value} one of "a|b|c"? */
static bool
is_word_of(const char *words, const char *value)
{
	size_t len = strlen(value), n;

	while (*words != '\0') {
		n = strcspn(words, "|");
		if (n == len && memcmp(words, value, n) == 0)
			return true;
		words += n;
		if (*words == '|')
			words++;
	}
	return false;
}

/* "a", "b" and "c" of "a|b|c" as a sentence has them. */
static int
bad_word(const char *words, const char *key, const char *value)
{
	struct ds_buf b = DS_BUF_INIT;
	const char *next;
	int rc;

	for (; words != NULL; words = next) {
		next = strchr(words, '|');
		if (next == NULL) {
			ds_buf_addf(&b, "%s%s", b.len > 0 ? " or " : "", words);
			continue;
		}
		ds_buf_addf(&b, "%s%.*s", b.len > 0 ? ", " : "",
		    (int)(next - words), words);
		next++;
	}
	rc = ds_buf_check(&b);
	if (rc == 0)
		rc = ds_err(DS_EINVAL, "'%s' must be %s, not '%s'", key, b.data,
		    value);
	ds_buf_release(&b);
	return rc;
}

int
ds_config__check(const char *type, const char *key, const char *value)
{
	const char *want = NULL;
	int64_t n;
	bool yes;

	if (strcmp(type, "string") == 0)
		return 0;
	if (strcmp(type, "bool") == 0) {
		if (!ds_config__bool(&yes, value))
			want = "true or false";
	} else if (strcmp(type, "int") == 0) {
		if (!ds_config__int(&n, value))
			want = "a whole number";
	} else if (strcmp(type, "percent") == 0) {
		if (!ds_config__int(&n, value) || n < 0 || n > 100)
			want = "a number from 0 to 100";
	} else if (strcmp(type, "size") == 0) {
		if (!ds_config__int(&n, value) || n < 0)
			want = "a size like 512, 64k, 8m or 1g";
	} else if (strcmp(type, "time") == 0) {
		if (!ds_config__ms(&n, value))
			want = "a time like 500ms, 10s, 2m, 1h or 14d";
	} else if (strcmp(type, "path") == 0) {
		if (!is_path(value))
			want = "a path that begins with '/' or '~/'";
	} else if (value == NULL || !is_word_of(type, value)) {
		return bad_word(type, key, value == NULL ? "" : value);
	}
	if (want == NULL)
		return 0;
	return ds_err(DS_EINVAL, "'%s' must be %s, not '%s'", key, want,
	    value == NULL ? "" : value);
}

int
ds_config_check(const char *key, const char *value)
{
	const struct ds_config_key *row = ds_config_find(key);

	if (row == NULL)
		return ds_err(DS_EINVAL, "unknown key '%s'", key);
	return ds_config__check(row->type, key, value);
}
