/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <stdlib.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/meta.h"

#include "tap.h"

#define HEAD "datasync-meta 1\nD 0755 1.000000000\n"

static int
parse(struct ds_meta *m, const char *text)
{
	memset(m, 0, sizeof(*m));
	return ds_meta_parse(m, text, strlen(text));
}

static char *
print(const struct ds_meta *m)
{
	struct ds_buf b = DS_BUF_INIT;
	char *out = NULL;

	ds_meta_print_self(&b, m);
	ds_meta_print_lines(&b, m);
	ds_buf_take(&out, &b);
	return out;
}

static void
test_round_trip(void)
{
	static const char text[] = "datasync-meta 1\n"
				   "D 0755 1700000000.123456789\n"
				   "F 0600 -1.250000000 a\n"
				   "F 7777 ? a b\n"
				   "L 0777 0.000000001 back\\\\slash\n"
				   "F 0644 1.000000000 new\\nline\n"
				   "F 0644 1.000000000 \xff\n";
	struct ds_meta m;
	char *out;

	ok(parse(&m, text) == 0, "a text is parsed");
	ok(m.known && !m.empty && m.mode == 0755 &&
		m.mtime == INT64_C(1700000000123456789),
	    "with its folder");
	ok(m.n == 5, "and its lines");
	out = print(&m);
	is_str(out, text, "it is printed as it was");
	free(out);
	ok(ds_meta_find(&m, "a")->mtime == -INT64_C(750000000),
	    "a time before 1970 counts up to the next second");
	ok(ds_meta_find(&m, "a b")->mtime == DS_MTIME_UNKNOWN &&
		ds_meta_find(&m, "a b")->mode == 07777,
	    "a '?' is no time");
	ok(ds_meta_find(&m, "new\nline") != NULL &&
		ds_meta_find(&m, "back\\slash")->kind == DS_KIND_LINK,
	    "escapes are names");
	ok(ds_meta_find(&m, "b") == NULL, "what is not there is not found");
	ds_meta_release(&m);
	ok(m.n == 0 && m.v == NULL, "released is empty");
	ok(parse(&m, "datasync-meta 1\nE 1700 1.000000000\n") == 0 && m.empty &&
		m.mode == 01700,
	    "an empty folder says so");
	ds_meta_release(&m);
}

static void
test_bad(void)
{
	static const char *const bad[] = { "datasync-meta 2\n",
		"D 0755 1.000000000", HEAD "F 0644 1.000000000 a",
		HEAD "F 0644 1.000000000\n", HEAD "F 0644 1.000000000 \n",
		HEAD "F 0644 1.00000000 a\n", HEAD "F 0644 1.0000000000 a\n",
		HEAD "F 10000 1.000000000 a\n", HEAD "F 000644 1.000000000 a\n",
		HEAD "F 0648 1.000000000 a\n", HEAD "F 0644 -? a\n",
		HEAD "F 0644 99999999999.000000000 a\n",
		HEAD "F 0644 1.000000000 a\\\n", HEAD "\n",
		HEAD "F 0644 1.000000000 a\\t\n", HEAD "X 0644 1.000000000 a\n",
		HEAD "F  0644 1.000000000 a\n", HEAD "F 0644\t1.000000000 a\n",
		HEAD "datasync-meta 1\n", HEAD "D 0755 1.000000000 a\n", "\n" };
	struct ds_meta m;
	bool all = true;
	size_t i;
	int rc;

	for (i = 0; i < ds_nitems(bad); i++) {
		if (parse(&m, bad[i]) != DS_EDAMAGED) {
			printf("# taken: %s\n", bad[i]);
			all = false;
		}
		ds_meta_release(&m);
	}
	ok(all, "nonsense is damage");
	ok(parse(&m, HEAD "F 0644 1.000000000 a\nF\n") == DS_EDAMAGED &&
		strstr(ds_err_text(), "line 4") != NULL,
	    "which names the line");
	ds_meta_release(&m);
	memset(&m, 0, sizeof(m));
	rc = ds_meta_parse(&m, HEAD "F 0644 1.000000000 a\0b\n",
	    sizeof(HEAD "F 0644 1.000000000 a\0b\n") - 1);
	ok(rc == DS_EDAMAGED, "a name holds no NUL");
	ds_meta_release(&m);
	ok(parse(&m, "") == 0 && !m.known && m.n == 0, "nothing is nothing");
	ds_meta_release(&m);
	ok(parse(&m,
	       HEAD "F 0644 1.000000000 b\nF 0600 2.000000000 a\n"
		    "L 0777 3.000000000 b\n") == 0 &&
		m.n == 2 && strcmp(m.v[0].name, "a") == 0 &&
		m.v[1].kind == DS_KIND_LINK,
	    "lines out of order are sorted, the last of a name counts");
	ds_meta_release(&m);
}

static void
test_set(void)
{
	struct ds_meta m = { .known = true, .mode = 0755, .mtime = 0 };
	struct ds_entry e = { .kind = DS_KIND_FILE,
		.mode = 0100644,
		.mtime = 5 };
	char name[8];
	unsigned i;
	bool sorted = true;

	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "%u", i * 7919 % 300);
		ds_meta_set(&m, name, &e);
	}
	for (i = 1; i < m.n; i++)
		sorted = sorted && strcmp(m.v[i - 1].name, m.v[i].name) < 0;
	ok(m.n == 300 && sorted, "lines set in any order stand in order");
	ok(m.v[0].mode == 0644, "a mode is its last twelve bits");
	e.mode = 0600;
	ds_meta_set(&m, "42", &e);
	ok(m.n == 300 && ds_meta_find(&m, "42")->mode == 0600,
	    "a line is replaced");
	e.kind = DS_KIND_NONE;
	ds_meta_set(&m, "42", &e);
	ds_meta_set(&m, "nowhere", &e);
	ok(m.n == 299 && ds_meta_find(&m, "42") == NULL,
	    "a line is taken away, and one that is not there");
	ds_meta_release(&m);
}

static void
test_buckets(void)
{
	struct ds_meta m = { .known = true, .mode = 0755, .mtime = 0 };
	struct ds_meta back = { .known = false };
	struct ds_entry e = { .kind = DS_KIND_FILE, .mode = 0644, .mtime = 5 };
	struct ds_buf b = DS_BUF_INIT;
	char name[8], *one, *two;
	unsigned i;

	ok(ds_meta_bucket("") == 0xc5 && ds_meta_bucket("a") == 0x2c &&
		ds_meta_bucket("foobar") == 0x68,
	    "buckets are FNV-1a's low byte");
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "f%u", i);
		ds_meta_set(&m, name, &e);
	}
	ds_meta_print_self(&b, &m);
	ds_meta_parse(&back, b.data, b.len);
	for (i = 0; i < DS_META_BUCKETS; i++) {
		ds_buf_cut(&b, 0);
		ds_meta_print_bucket(&b, &m, i);
		ds_meta_parse(&back, b.data, b.len);
	}
	one = print(&m);
	two = print(&back);
	is_str(two, one, "all buckets together are all lines");
	free(one);
	free(two);
	ds_buf_release(&b);
	ds_meta_release(&back);
	ds_meta_release(&m);
}

static void
test_times(void)
{
	static const int64_t times[] = { 0, 1, -1, INT64_C(-999999999),
		INT64_C(-1000000000), INT64_C(-1000000001), INT64_C(999999999),
		INT64_C(9000000000000000000), INT64_C(-9000000000000000000),
		DS_MTIME_UNKNOWN };
	bool all = true;
	size_t i;

	for (i = 0; i < ds_nitems(times); i++) {
		struct ds_meta m = { .known = true, .mtime = times[i] }, back;
		char *text = print(&m);

		if (parse(&back, text) < 0 || back.mtime != times[i]) {
			printf("# %s", text);
			all = false;
		}
		free(text);
		ds_meta_release(&back);
	}
	ok(all, "every time comes back as it was");
}

int
main(void)
{
	test_round_trip();
	test_bad();
	test_set();
	test_buckets();
	test_times();
	return tap_done();
}
