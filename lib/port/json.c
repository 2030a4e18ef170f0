/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A struct ds_json is a cJSON item under another name, so nothing is kept
 * beside the tree.  A container that could not take a member turns into
 * cJSON_Invalid, which cJSON can free but refuses to print: so the tree
 * itself remembers that something is missing.
 *
 * cJSON parses more than RFC 8259 allows: every byte up to 32 is white space
 * to it, "\u0000" ends a string early, and what follows the value is the
 * caller's business.  check_text() refuses those first.
 */
#include "ds/compat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/json.h"
#include "ds/text.h"

#define MAX_TEXT ((size_t)16 << 20)
#define MAX_DEPTH 64

/* Every integer up to here is a double too. */
#define MAX_EXACT ((int64_t)1 << 53)

static cJSON *
item(struct ds_json *j)
{
	return (cJSON *)(void *)j;
}

static const cJSON *
const_item(const struct ds_json *j)
{
	return (const cJSON *)(const void *)j;
}

static struct ds_json *
json(cJSON *c)
{
	return (struct ds_json *)(void *)c;
}

static const struct ds_json *
const_json(const cJSON *c)
{
	return (const struct ds_json *)(const void *)c;
}

/* cJSON has one NULL for what is no JSON and for what it had no memory for. */
static _Thread_local bool starved;

static void *
get_memory(size_t n)
{
	void *p = malloc(n);

	starved = starved || p == NULL;
	return p;
}

static void
watch_memory(void)
{
	static atomic_bool done;
	cJSON_Hooks hooks = { .malloc_fn = get_memory, .free_fn = free };

	if (!atomic_exchange(&done, true))
		cJSON_InitHooks(&hooks);
	starved = false;
}

/* A copy in which each byte that is not UTF-8 is U+FFFD; NULL if no memory. */
static char *
clean_copy(const char *s)
{
	struct ds_buf b = DS_BUF_INIT;
	size_t left = strlen(s), n;
	char *copy;

	ds_buf_adds(&b, "");
	while (left > 0) {
		n = ds_text_char_len(s, left);
		if (n > 0) {
			ds_buf_add(&b, s, n);
		} else {
			ds_buf_adds(&b, "\xef\xbf\xbd");
			n = 1;
		}
		s += n;
		left -= n;
	}
	if (ds_buf_take(&copy, &b) < 0)
		ds_err_clear();
	return copy;
}

struct ds_json *
ds_json_object(void)
{
	return json(cJSON_CreateObject());
}

struct ds_json *
ds_json_array(void)
{
	return json(cJSON_CreateArray());
}

void
ds_json_free(struct ds_json *j)
{
	cJSON_Delete(item(j));
}

/* Give ${child} to ${parent}; returns it, or NULL and the parent is spoilt. */
static cJSON *
attach(struct ds_json *parent, const char *key, cJSON *child)
{
	cJSON *to = item(parent);
	cJSON_bool added = false;
	char *name;

	if (child != NULL && key != NULL) {
		name = clean_copy(key);
		if (name != NULL)
			added = cJSON_AddItemToObject(to, name, child);
		free(name);
	} else if (child != NULL) {
		added = cJSON_AddItemToArray(to, child);
	}
	if (added)
		return child;
	cJSON_Delete(child);
	to->type = cJSON_Invalid;
	return NULL;
}

void
ds_json_str(struct ds_json *j, const char *key, const char *s)
{
	cJSON *child = NULL;
	char *copy;

	if (j == NULL)
		return;
	if (s == NULL) {
		ds_json_null(j, key);
		return;
	}
	copy = clean_copy(s);
	if (copy != NULL)
		child = cJSON_CreateString(copy);
	free(copy);
	attach(j, key, child);
}

/* Raw, since cJSON prints a number of 16 digits as "1e+15". */
void
ds_json_int(struct ds_json *j, const char *key, int64_t v)
{
	char text[24];

	if (j == NULL)
		return;
	snprintf(text, sizeof(text), "%" PRId64, v);
	if (v > MAX_EXACT || v < -MAX_EXACT)
		attach(j, key, cJSON_CreateString(text));
	else
		attach(j, key, cJSON_CreateRaw(text));
}

void
ds_json_bool(struct ds_json *j, const char *key, bool v)
{
	if (j != NULL)
		attach(j, key, cJSON_CreateBool(v));
}

void
ds_json_null(struct ds_json *j, const char *key)
{
	if (j != NULL)
		attach(j, key, cJSON_CreateNull());
}

struct ds_json *
ds_json_add_object(struct ds_json *j, const char *key)
{
	if (j == NULL)
		return NULL;
	return json(attach(j, key, cJSON_CreateObject()));
}

struct ds_json *
ds_json_add_array(struct ds_json *j, const char *key)
{
	if (j == NULL)
		return NULL;
	return json(attach(j, key, cJSON_CreateArray()));
}

int
ds_json_print(struct ds_buf *out, const struct ds_json *j, bool pretty)
{
	char *text;

	if (pretty)
		text = cJSON_Print(const_item(j));
	else
		text = cJSON_PrintUnformatted(const_item(j));
	if (text == NULL)
		return ds_err_nomem();
	ds_buf_adds(out, text);
	cJSON_free(text);
	return ds_buf_check(out);
}

/*
 * Where a string that starts at ${i} (after its quote) ends: at its other
 * quote, or at the first byte that may not be in it.
 */
static size_t
skip_string(const char *text, size_t i, size_t len)
{
	size_t n;

	while (i < len && text[i] != '"') {
		n = ds_text_char_len(text + i, len - i);
		if (n == 0 || (unsigned char)text[i] < 0x20)
			break;
		if (text[i] == '\\') {
			if (len - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0)
				break;
			n = len - i >= 2 ? 2 : 1;
		}
		i += n;
	}
	return i;
}

/* Refuse what cJSON would let pass. */
static int
check_text(const char *text, size_t len)
{
	int depth = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '"') {
			i = skip_string(text, i + 1, len);
			if (i == len || text[i] != '"')
				break;
		} else if (text[i] == '{' || text[i] == '[') {
			depth++;
			if (depth > MAX_DEPTH)
				return ds_err(DS_EINVAL,
				    "JSON nested too deeply at byte %zu", i);
		} else if (text[i] == '}' || text[i] == ']') {
			depth--;
		} else if ((unsigned char)text[i] >= 0x7f) {
			break;
		} else if ((unsigned char)text[i] < 0x20 &&
		    memchr("\t\n\r", text[i], 3) == NULL) {
			break;
		}
	}
	if (i < len)
		return ds_err(DS_EINVAL, "not valid JSON at byte %zu", i);
	return 0;
}

static bool
is_space(const char *s, size_t n)
{
	while (n > 0 && memchr(" \t\n\r", s[n - 1], 4) != NULL)
		n--;
	return n == 0;
}

int
ds_json_parse(struct ds_json **out, const char *text, size_t len)
{
	const char *end = text;
	cJSON *c;
	int rc;

	*out = NULL;
	if (len > MAX_TEXT)
		return ds_err(DS_EINVAL, "JSON of more than 16 MiB");
	rc = check_text(text, len);
	if (rc < 0)
		return rc;
	watch_memory();
	c = cJSON_ParseWithLengthOpts(text, len, &end, false);
	if (c != NULL && is_space(end, len - (size_t)(end - text))) {
		*out = json(c);
		return 0;
	}
	cJSON_Delete(c);
	if (starved)
		return ds_err_nomem();
	return ds_err(DS_EINVAL, "not valid JSON at byte %zu",
	    end == NULL ? 0 : (size_t)(end - text));
}

const struct ds_json *
ds_json_get(const struct ds_json *j, const char *key)
{
	const cJSON *c = const_item(j);

	if (!cJSON_IsObject(c))
		return NULL;
	return const_json(cJSON_GetObjectItemCaseSensitive(c, key));
}

const char *
ds_json_get_str(const struct ds_json *j, const char *key)
{
	const cJSON *c = const_item(j);

	if (key != NULL)
		c = const_item(ds_json_get(j, key));
	return cJSON_IsString(c) ? c->valuestring : NULL;
}

/* All of ${text} as a number. */
static int64_t
text_int(const char *text, int64_t none)
{
	long long v;
	char *end;

	if (text[0] != '-' && (text[0] < '0' || text[0] > '9'))
		return none;
	errno = 0;
	v = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' ? v : none;
}

int64_t
ds_json_get_int(const struct ds_json *j, const char *key, int64_t none)
{
	const cJSON *c = const_item(j);
	double d;

	if (key != NULL)
		c = const_item(ds_json_get(j, key));
	if (cJSON_IsString(c) || cJSON_IsRaw(c))
		return text_int(c->valuestring, none);
	if (!cJSON_IsNumber(c))
		return none;
	d = c->valuedouble;
	if (!(d >= -(double)MAX_EXACT && d <= (double)MAX_EXACT))
		return none;
	return (double)(int64_t)d == d ? (int64_t)d : none;
}

size_t
ds_json_len(const struct ds_json *j)
{
	return (size_t)cJSON_GetArraySize(const_item(j));
}

const struct ds_json *
ds_json_at(const struct ds_json *j, size_t i)
{
	if (i >= ds_json_len(j))
		return NULL;
	return const_json(cJSON_GetArrayItem(const_item(j), (int)i));
}
