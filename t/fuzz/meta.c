/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a .meta blob: what is parsed is printed so that it parses to the
 * same, whole or by buckets, and its lines are in order, each name once. */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/meta.h"

#include "fuzz.h"

static void
check_order(const struct ds_meta *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (i > 0 && strcmp(m->v[i - 1].name, m->v[i].name) >= 0)
			abort();
		if (m->v[i].name[0] == '\0' || (m->v[i].mode & ~07777u) != 0 ||
		    ds_meta_find(m, m->v[i].name) != &m->v[i])
			abort();
	}
}

static void
check_same(const struct ds_meta *a, const struct ds_meta *b)
{
	size_t i;

	if (a->n != b->n || a->empty != b->empty || a->mode != b->mode ||
	    a->mtime != b->mtime)
		abort();
	for (i = 0; i < a->n; i++)
		if (strcmp(a->v[i].name, b->v[i].name) != 0 ||
		    a->v[i].kind != b->v[i].kind ||
		    a->v[i].mode != b->v[i].mode ||
		    a->v[i].mtime != b->v[i].mtime)
			abort();
}

static void
check_text(const struct ds_meta *m, const struct ds_buf *text)
{
	struct ds_meta back;

	memset(&back, 0, sizeof(back));
	if (ds_meta_parse(&back, text->data, text->len) < 0)
		abort();
	check_same(m, &back);
	ds_meta_release(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = fuzz_string(data, len);
	struct ds_buf whole = DS_BUF_INIT, parts = DS_BUF_INIT;
	struct ds_meta m;
	unsigned i;

	memset(&m, 0, sizeof(m));
	if (ds_meta_parse(&m, text, len) == 0) {
		check_order(&m);
		ds_meta_print_self(&whole, &m);
		ds_meta_print_lines(&whole, &m);
		ds_meta_print_self(&parts, &m);
		for (i = 0; i < DS_META_BUCKETS; i++)
			ds_meta_print_bucket(&parts, &m, i);
		check_text(&m, &whole);
		check_text(&m, &parts);
	}
	ds_buf_release(&parts);
	ds_buf_release(&whole);
	ds_meta_release(&m);
	free(text);
	return 0;
}
