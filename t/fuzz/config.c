/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text, a NUL, a value.  The text reads no other file; where it parses, the
 * value can be set in it, is read back as it was, and goes again.
 */
#include "ds/compat.h"

#include "ds/config.h"
#include "ds/list.h"

#include "fuzz.h"

#define KEY "item.x.fsid"

static int
visit(const char *key, const char *value, const char *level, void *arg)
{
	(void)arg;
	/* What an included file would bring; see corpus/config/include. */
	if (strstr(value, "root:x:0") != NULL || strcmp(level, "state") != 0)
		abort();
	return strlen(key) > 0 ? 0 : -1;
}

static int
visit_unknown(const char *key, const char *nearest, const char *level,
    void *arg)
{
	return visit(key, nearest != NULL ? nearest : "", level, arg);
}

static void
read_all(struct ds_config *c)
{
	struct ds_list names = DS_LIST_INIT;
	char *value;
	int64_t n;
	bool yes;

	if (ds_config_each(c, visit, NULL) < 0 ||
	    ds_config_unknown(c, visit_unknown, NULL) < 0 ||
	    ds_config_names(&names, c, "item") < 0 ||
	    ds_config_all(&names, c, "item.x.include") < 0)
		abort();
	if (ds_config_string(&value, c, "core.fsync") == 0)
		free(value);
	(void)ds_config_bool(&yes, c, "log.fold");
	(void)ds_config_int(&n, c, "core.maxDelete");
	(void)ds_config_ms(&n, c, "core.lockTimeout");
	ds_list_release(&names);
}

/* An edit may be refused, but is never wrong. */
static void
edit(const char *text, const char *value, bool add)
{
	struct ds_config_edit e = { KEY, value, add };
	struct ds_config *c;
	char *new, *gone, *back;

	if (ds_config_rewrite(&new, text, &e, 1) < 0)
		return;
	if (ds_config_parse(&c, new, strlen(new), "new") < 0 ||
	    ds_config_string(&back, c, KEY) < 0 || strcmp(back, value) != 0)
		abort();
	free(back);
	ds_config_close(c);
	e.value = NULL;
	e.add = false;
	if (ds_config_rewrite(&gone, new, &e, 1) == 0) {
		if (ds_config_parse(&c, gone, strlen(gone), "gone") < 0 ||
		    ds_config_string(&back, c, KEY) < 0 || back != NULL)
			abort();
		ds_config_close(c);
		free(gone);
	}
	if (ds_config_rewrite_drop(&gone, new, "item", "x") == 0)
		free(gone);
	free(new);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t n = fuzz_head(data, len);
	size_t rest = n < len ? n + 1 : n;
	char *text = fuzz_string(data, n);
	char *value = fuzz_string(data + rest, len - rest);
	struct ds_config *c;

	if (ds_config_parse(&c, text, n, "text") == 0) {
		read_all(c);
		ds_config_close(c);
	}
	edit(text, value, false);
	edit(text, value, true);
	(void)ds_config_check(KEY, value);
	(void)ds_config_check("core.lockTimeout", value);
	(void)ds_config_check("core.maxDelete", value);
	free(text);
	free(value);
	return 0;
}
