/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <inttypes.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/list.h"
#include "ds/meta.h"

#define HEADER "datasync-meta 1\n"
#define NS INT64_C(1000000000)

/* A cursor over one line. */
struct text {
	const char *at;
	const char *end;
};

static bool
take_digits(struct text *t, int base, size_t max, uint64_t *out)
{
	size_t n;

	*out = 0;
	for (n = 0;
	     n < max && t->at < t->end && *t->at >= '0' && *t->at < '0' + base;
	     n++, t->at++)
		*out = *out * (uint64_t)base + (uint64_t)(*t->at - '0');
	return n > 0;
}

static bool
take_char(struct text *t, char c)
{
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

/* What lies beyond 64 bits of nanoseconds (1677 to 2262) is their end. */
static int64_t
join_time(bool minus, uint64_t sec, uint64_t nsec)
{
	uint64_t max = INT64_MAX / NS, rest = INT64_MAX % NS;

	if (!minus && (sec > max || (sec == max && nsec > rest)))
		return INT64_MAX;
	if (!minus)
		return (int64_t)(sec * NS + nsec);
	if (sec > max + 1 || (sec == max + 1 && nsec < (uint64_t)NS - rest))
		return -INT64_MAX;
	if (sec == 0)
		return (int64_t)nsec;
	return -(int64_t)(sec - 1) * NS + ((int64_t)nsec - NS);
}

/* "1700000000.123456789", with a '-' before it for times before 1970. */
static bool
take_time(struct text *t, int64_t *out)
{
	uint64_t sec, nsec;
	const char *dot;
	bool minus = take_char(t, '-');

	if (t->at < t->end && *t->at == '?' && !minus) {
		t->at++;
		*out = DS_MTIME_UNKNOWN;
		return true;
	}
	if (!take_digits(t, 10, 10, &sec) || !take_char(t, '.'))
		return false;
	dot = t->at;
	if (!take_digits(t, 10, 9, &nsec) || t->at - dot != 9)
		return false;
	*out = join_time(minus, sec, nsec);
	return true;
}

static bool
take_name(struct text *t, struct ds_buf *name)
{
	for (; t->at < t->end; t->at++) {
		char c = *t->at;

		if (c == '\0')
			return false;
		if (c == '\\') {
			if (++t->at == t->end)
				return false;
			if (*t->at != '\\' && *t->at != 'n')
				return false;
			c = *t->at == 'n' ? '\n' : '\\';
		}
		ds_buf_addc(name, c);
	}
	return name->len > 0;
}

static size_t
lower_bound(const struct ds_meta *m, const char *name)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(m->v[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct ds_meta_line *
ds_meta_find(const struct ds_meta *m, const char *name)
{
	size_t i = lower_bound(m, name);

	if (i == m->n || strcmp(m->v[i].name, name) != 0)
		return NULL;
	return &m->v[i];
}

static void
remove_line(struct ds_meta *m, const char *name)
{
	struct ds_meta_line *l = ds_meta_find(m, name);

	if (l == NULL)
		return;
	free(l->name);
	memmove(l, l + 1, (size_t)(m->v + m->n - (l + 1)) * sizeof(*l));
	m->n--;
}

int
ds_meta_set(struct ds_meta *m, const char *name, const struct ds_entry *e)
{
	struct ds_meta_line *l;
	size_t i;
	char *copy;

	if (e->kind == DS_KIND_NONE) {
		remove_line(m, name);
		return 0;
	}
	i = m->n; /* most lines come in order */
	if (i > 0 && strcmp(m->v[i - 1].name, name) >= 0)
		i = lower_bound(m, name);
	if (i == m->n || strcmp(m->v[i].name, name) != 0) {
		if (ds_list_grow(&m->v, m->n, &m->cap, sizeof(*m->v)) < 0)
			return ds_err_nomem();
		copy = strdup(name);
		if (copy == NULL)
			return ds_err_nomem();
		l = m->v + i;
		memmove(l + 1, l, (m->n - i) * sizeof(*l));
		l->name = copy;
		m->n++;
	}
	l = m->v + i;
	l->kind = e->kind;
	l->mode = e->mode & 07777;
	l->mtime = e->mtime;
	return 0;
}

static int
parse_line(struct ds_meta *m, struct text t)
{
	struct ds_buf name = DS_BUF_INIT;
	struct ds_entry e = { .kind = DS_KIND_NONE };
	uint64_t mode;
	char type = t.at < t.end ? *t.at++ : '\0';
	int rc = DS_EDAMAGED;

	if (!take_char(&t, ' ') || !take_digits(&t, 8, 5, &mode) ||
	    mode > 07777 || !take_char(&t, ' ') || !take_time(&t, &e.mtime))
		goto out;
	e.mode = (unsigned)mode;
	if (type == 'D' || type == 'E') {
		if (t.at != t.end)
			goto out;
		m->known = true;
		m->empty = type == 'E';
		m->mode = e.mode;
		m->mtime = e.mtime;
		rc = 0;
		goto out;
	}
	if (type != 'F' && type != 'L')
		goto out;
	e.kind = type == 'F' ? DS_KIND_FILE : DS_KIND_LINK;
	if (!take_char(&t, ' ') ||
	    (!take_name(&t, &name) && ds_buf_check(&name) == 0))
		goto out;
	rc = ds_buf_check(&name);
	if (rc == 0)
		rc = ds_meta_set(m, name.data, &e);
out:
	ds_buf_release(&name);
	return rc;
}

int
ds_meta_parse(struct ds_meta *m, const char *text, size_t len)
{
	const char *end = text + len;
	size_t line = 0;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		struct text t = { text, nl != NULL ? nl : end };
		bool header;
		int rc;

		line++;
		header = (size_t)(end - text) >= strlen(HEADER) &&
		    memcmp(text, HEADER, strlen(HEADER)) == 0;
		rc = nl == NULL ? DS_EDAMAGED : 0;
		if (rc == 0 && !(line == 1 && header))
			rc = parse_line(m, t);
		if (rc == DS_EDAMAGED)
			return ds_err(rc,
			    "line %zu of a .meta blob is not "
			    "understood",
			    line);
		if (rc < 0)
			return rc;
		text = nl + 1;
	}
	return 0;
}

static void
print_time(struct ds_buf *b, int64_t t)
{
	int64_t sec = t / NS, nsec = t % NS;

	if (t == DS_MTIME_UNKNOWN) {
		ds_buf_adds(b, "?");
		return;
	}
	if (nsec < 0) {
		nsec += NS;
		sec--;
	}
	/* -1.250000000 is a quarter of a second after -1 */
	if (sec < 0)
		ds_buf_addf(b, "-%" PRId64 ".%09" PRId64, -sec, nsec);
	else
		ds_buf_addf(b, "%" PRId64 ".%09" PRId64, sec, nsec);
}

void
ds_meta_print_self(struct ds_buf *b, const struct ds_meta *m)
{
	ds_buf_adds(b, HEADER);
	ds_buf_addf(b, "%c %04o ", m->empty ? 'E' : 'D', m->mode & 07777);
	print_time(b, m->mtime);
	ds_buf_addc(b, '\n');
}

static void
print_line(struct ds_buf *b, const struct ds_meta_line *l)
{
	const char *p;

	ds_buf_addf(b, "%c %04o ", l->kind == DS_KIND_LINK ? 'L' : 'F',
	    l->mode & 07777);
	print_time(b, l->mtime);
	ds_buf_addc(b, ' ');
	for (p = l->name; *p != '\0'; p++) {
		if (*p == '\\')
			ds_buf_adds(b, "\\\\");
		else if (*p == '\n')
			ds_buf_adds(b, "\\n");
		else
			ds_buf_addc(b, *p);
	}
	ds_buf_addc(b, '\n');
}

void
ds_meta_print_lines(struct ds_buf *b, const struct ds_meta *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		print_line(b, &m->v[i]);
}

void
ds_meta_print_bucket(struct ds_buf *b, const struct ds_meta *m, unsigned bucket)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (ds_meta_bucket(m->v[i].name) == bucket)
			print_line(b, &m->v[i]);
}

unsigned
ds_meta_bucket(const char *name)
{
	uint32_t h = UINT32_C(2166136261);

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT32_C(16777619);
	return h & 0xff;
}

void
ds_meta_release(struct ds_meta *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		free(m->v[i].name);
	free(m->v);
	memset(m, 0, sizeof(*m));
}
