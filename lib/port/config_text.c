/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Config text as tokens: one key's are replaced, all others keep their bytes.
 * config_edit.c proves each result.
 */
#include "ds/compat.h"

#include <strings.h>

#include "ds/buf.h"
#include "ds/config.h"
#include "ds/err.h"
#include "ds/list.h"

#include "config_internal.h"

/* Tokens follow each other without a gap and are the whole text. */
struct token {
	enum { HEADER, VAR, OTHER } kind;
	struct ds_config__span text;
	bool hit; /* it is the key's header or variable */
};

struct tokens {
	struct token *v;
	size_t n;
	size_t cap;
};

static bool
is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t
word_len(const char *s)
{
	size_t n = 0;

	while (is_key_char(s[n]))
		n++;
	return n;
}

static bool
is_word(const struct ds_config__span *p)
{
	return p->n > 0 && word_len(p->s) >= p->n;
}

bool
ds_config__same_word(const struct ds_config__span *p, const char *s, size_t n)
{
	return p->s != NULL && p->n == n && strncasecmp(p->s, s, n) == 0;
}

int
ds_config__split(struct ds_config__key *t, const char *key)
{
	const char *first = strchr(key, '.');
	const char *last = strrchr(key, '.');

	memset(t, 0, sizeof(*t));
	if (first != NULL) {
		t->section.s = key;
		t->section.n = (size_t)(first - key);
		t->name.s = last + 1;
		t->name.n = strlen(last + 1);
	}
	if (first != last) {
		t->sub.s = first + 1;
		t->sub.n = (size_t)(last - first) - 1;
	}
	if (first == NULL || !is_word(&t->section) || !is_word(&t->name) ||
	    (t->name.s[0] >= '0' && t->name.s[0] <= '9') ||
	    t->name.s[0] == '-' ||
	    (t->sub.s != NULL && memchr(t->sub.s, '\n', t->sub.n) != NULL))
		return ds_err(DS_EINVAL, "'%s' is not a key", key);
	return 0;
}

static size_t
blanks(const char *s)
{
	return strspn(s, " \t\r\f\v");
}

/* Compare the quoted ${s} with a middle part; ${end} is after. */
static bool
same_quoted(const char **end, const struct ds_config__span *sub, const char *s)
{
	bool same = sub->s != NULL;
	size_t i = 0;

	for (; *s != '\0' && *s != '"' && *s != '\n'; s++, i++) {
		if (s[0] == '\\' && s[1] != '\0')
			s++;
		same = same && i < sub->n && sub->s[i] == *s;
	}
	*end = s;
	return same && i == sub->n;
}

/* "[section.Sub]", where the middle part counts as if in lower case. */
static bool
same_dotted(const struct ds_config__span *sub, const char *s, size_t n)
{
	size_t i;

	if (sub->s == NULL || sub->n != n)
		return false;
	for (i = 0; i < n; i++) {
		if (sub->s[i] != lower(s[i]))
			return false;
	}
	return true;
}

/* The length of the header at ${s}, which starts with '['; 0 if it is none. */
static size_t
scan_header(bool *hit, const char *s, const struct ds_config__key *t)
{
	const char *p = s + 1;
	size_t n = word_len(p), m;
	bool same;

	same = ds_config__same_word(&t->section, p, n);
	p += n;
	*hit = same && t->sub.s == NULL;
	if (*p == '.') {
		m = strcspn(p + 1, "] \t\n");
		*hit = same && same_dotted(&t->sub, p + 1, m);
		p += m + 1;
	} else if (*p != ']') {
		p += blanks(p);
		if (*p != '"')
			return 0;
		*hit = same_quoted(&p, &t->sub, p + 1) && same;
		if (*p != '"')
			return 0;
		p++;
		p += blanks(p);
	}
	return *p == ']' ? (size_t)(p - s) + 1 : 0;
}

/* How long the line at ${s} is, with those that it goes on in. */
static size_t
scan_value(const char *s)
{
	bool quoted = false;
	size_t i;

	for (i = 0; s[i] != '\0' && s[i] != '\n'; i++) {
		if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '#' || s[i] == ';'))
			return i + strcspn(s + i, "\n") + 1;
		else if (s[i] == '\\' && s[i + 1] == '\r' && s[i + 2] == '\n')
			i += 2;
		else if (s[i] == '\\' && s[i + 1] != '\0')
			i++;
	}
	return i + 1;
}

/* The token at ${s}; ${inside}: after the key's header. */
static void
scan_token(struct token *tok, const char *s, const struct ds_config__key *t,
    bool inside)
{
	size_t skip = blanks(s), n = 0;
	const char *p = s + skip;

	tok->kind = OTHER;
	tok->hit = false;
	tok->text.s = s;
	if (*p == '[') {
		n = scan_header(&tok->hit, p, t);
		tok->kind = n > 0 ? HEADER : OTHER;
		tok->hit = tok->hit && n > 0;
	} else if (is_key_char(*p)) {
		tok->kind = VAR;
		tok->hit =
		    inside && ds_config__same_word(&t->name, p, word_len(p));
		n = scan_value(p);
	}
	if (n == 0)
		n = strcspn(p, "\n") + 1;
	tok->text.n = strnlen(s, skip + n);
}

static int
scan(struct tokens *out, const char *text, const struct ds_config__key *t)
{
	static const char bom[] = "\xef\xbb\xbf";
	bool inside = false, first = true;
	struct token *tok;
	int rc;

	for (; *text != '\0'; text += tok->text.n, first = false) {
		rc = ds_list_grow(&out->v, out->n, &out->cap, sizeof(*out->v));
		if (rc < 0)
			return rc;
		tok = &out->v[out->n++];
		scan_token(tok, text, t, inside);
		if (first && strncmp(text, bom, strlen(bom)) == 0) {
			tok->text.n = strlen(bom);
			tok->kind = OTHER;
		}
		if (tok->kind == HEADER)
			inside = tok->hit;
	}
	return 0;
}

static void
end_line(struct ds_buf *b)
{
	if (b->len > 0 && b->data[b->len - 1] != '\n')
		ds_buf_addc(b, '\n');
}

/* Quoted text, in the escapes that values know. */
static void
add_escaped(struct ds_buf *b, const char *s, size_t n)
{
	for (; n > 0; s++, n--) {
		if (*s == '\n')
			ds_buf_adds(b, "\\n");
		else if (*s == '\t')
			ds_buf_adds(b, "\\t");
		else if (*s == '\b')
			ds_buf_adds(b, "\\b");
		else if (*s == '"' || *s == '\\')
			ds_buf_addf(b, "\\%c", *s);
		else
			ds_buf_addc(b, *s);
	}
}

static void
add_header(struct ds_buf *b, const struct ds_config__key *t)
{
	size_t i;

	end_line(b);
	ds_buf_addc(b, '[');
	ds_buf_add(b, t->section.s, t->section.n);
	if (t->sub.s != NULL) {
		ds_buf_adds(b, " \"");
		for (i = 0; i < t->sub.n; i++) {
			if (strchr("\"\\", t->sub.s[i]) != NULL)
				ds_buf_addc(b, '\\');
			ds_buf_addc(b, t->sub.s[i]);
		}
		ds_buf_addc(b, '"');
	}
	ds_buf_adds(b, "]\n");
}

static void
add_line(struct ds_buf *b, const struct ds_config__key *t, const char *value)
{
	size_t len = strlen(value);
	const char *quote = "";

	if (len == 0 || strpbrk(value, "#;\r\f\v") != NULL || value[0] == ' ' ||
	    value[len - 1] == ' ')
		quote = "\"";
	end_line(b);
	ds_buf_addc(b, '\t');
	ds_buf_add(b, t->name.s, t->name.n);
	ds_buf_addf(b, " = %s", quote);
	add_escaped(b, value, len);
	ds_buf_addf(b, "%s\n", quote);
}

/*
 * After which token a new line goes: the last variable of its
 * last section, else the rest of the header's line.  ->n where there is none.
 */
static size_t
place(const struct tokens *t)
{
	bool inside = false;
	size_t at = t->n, i;

	for (i = 0; i < t->n; i++) {
		if (t->v[i].kind == HEADER)
			inside = t->v[i].hit;
		if (inside &&
		    (t->v[i].kind != OTHER ||
			(at + 1 == i && t->v[at].kind == HEADER)))
			at = i;
	}
	return at;
}

static void
replace(struct ds_buf *out, const struct tokens *toks,
    const struct ds_config__key *t, const struct ds_config_edit *e)
{
	bool todo = e->value != NULL;
	size_t at = toks->n, i;
	bool any = false;

	for (i = 0; i < toks->n; i++)
		any = any || (toks->v[i].kind == VAR && toks->v[i].hit);
	if (e->add || !any)
		at = place(toks);
	for (i = 0; i < toks->n; i++) {
		if (toks->v[i].kind != VAR || !toks->v[i].hit || e->add)
			ds_buf_add(out, toks->v[i].text.s, toks->v[i].text.n);
		else if (todo)
			add_line(out, t, e->value);
		else
			end_line(out);
		if (toks->v[i].kind == VAR && toks->v[i].hit && !e->add)
			todo = false;
		if (todo && i == at) {
			add_line(out, t, e->value);
			todo = false;
		}
	}
	if (todo) {
		add_header(out, t);
		add_line(out, t, e->value);
	}
}

/* All tokens but those of the key's section. */
static void
leave_out(struct ds_buf *out, const struct tokens *toks)
{
	bool inside = false;
	size_t i;

	for (i = 0; i < toks->n; i++) {
		if (toks->v[i].kind == HEADER)
			inside = toks->v[i].hit;
		if (!inside)
			ds_buf_add(out, toks->v[i].text.s, toks->v[i].text.n);
		else
			end_line(out);
	}
}

int
ds_config__apply(struct ds_buf *out, const char *text,
    const struct ds_config__key *t, const struct ds_config_edit *e)
{
	struct tokens toks = { NULL, 0, 0 };
	int rc;

	rc = scan(&toks, text, t);
	if (rc == 0 && e != NULL)
		replace(out, &toks, t, e);
	else if (rc == 0)
		leave_out(out, &toks);
	free(toks.v);
	return rc;
}
