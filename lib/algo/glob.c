/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A star that fails is tried again one byte further on, and only the last
 * star is ever tried again: whatever an earlier one could still swallow, the
 * last can swallow too.  Two kinds nest: "*" stays within a component, and
 * around it a "**" moves from one component to the next.  So there are two
 * places to go back to, no recursion, and no blow-up.
 */
#include "ds/compat.h"

#include <string.h>

#include "ds/glob.h"

enum {
	UPPER = 1,
	LOWER = 2,
	DIGIT = 4,
	HEX = 8,
	PUNCT = 16,
	CNTRL = 32,
	SPACE = 64,
	BLANK = 128,
	SP = 256,
	GRAPH = UPPER | LOWER | DIGIT | PUNCT
};

static const struct {
	const char *name;
	unsigned mask;
} classes[] = {
	{ "alnum", UPPER | LOWER | DIGIT },
	{ "alpha", UPPER | LOWER },
	{ "blank", BLANK },
	{ "cntrl", CNTRL },
	{ "digit", DIGIT },
	{ "graph", GRAPH },
	{ "lower", LOWER },
	{ "print", GRAPH | SP },
	{ "punct", PUNCT },
	{ "space", SPACE },
	{ "upper", UPPER },
	{ "xdigit", HEX },
};

/* ASCII alone, whatever the locale says. */
static unsigned
kinds_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return UPPER | (c <= 'F' ? HEX : 0);
	if (c >= 'a' && c <= 'z')
		return LOWER | (c <= 'f' ? HEX : 0);
	if (c >= '0' && c <= '9')
		return DIGIT | HEX;
	if (c == ' ')
		return SP | SPACE | BLANK;
	if (c == '\t')
		return CNTRL | SPACE | BLANK;
	if (c == '\n' || c == '\r')
		return CNTRL | SPACE;
	if (c < ' ' || c == 0x7f)
		return CNTRL;
	return c < 0x7f ? PUNCT : 0;
}

/* 0 where there is no such class. */
static unsigned
class_mask(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ds_nitems(classes); i++) {
		if (strlen(classes[i].name) == len &&
		    memcmp(classes[i].name, name, len) == 0)
			return classes[i].mask;
	}
	return 0;
}

/* A "[...]" being read: where, what it is asked for, what it has said. */
struct set {
	const char *p;
	unsigned char c;
	unsigned char low; /* what a '-' would start from, or 0 */
	bool hit;
};

/*
 * "[:alpha:]" at ->p: 1 if it was one, 0 if the '[' is just a member, and
 * -1 if it spoils the whole set.
 */
static int
take_class(struct set *s)
{
	const char *name = s->p + 2;
	size_t len = strcspn(name, "]");
	unsigned mask;

	if (name[len] == '\0')
		return -1;
	if (len == 0 || name[len - 1] != ':')
		return 0;
	mask = class_mask(name, len - 1);
	if (mask == 0)
		return -1;
	if ((kinds_of(s->c) & mask) != 0)
		s->hit = true;
	s->low = 0;
	s->p = name + len + 1;
	return 1;
}

/* The byte at ->p, perhaps quoted; false at the end of the pattern. */
static bool
take_byte(struct set *s, unsigned char *out)
{
	if (*s->p == '\\')
		s->p++;
	*out = (unsigned char)*s->p;
	if (*out == '\0')
		return false;
	s->p++;
	return true;
}

/* One member or range of the set; false if the set is spoilt. */
static bool
take_member(struct set *s)
{
	unsigned char c;
	int rc;

	if (*s->p == '-' && s->low != 0 && s->p[1] != '\0' && s->p[1] != ']') {
		s->p++;
		if (!take_byte(s, &c))
			return false;
		if (s->c >= s->low && s->c <= c)
			s->hit = true;
		s->low = 0;
		return true;
	}
	if (s->p[0] == '[' && s->p[1] == ':') {
		rc = take_class(s);
		if (rc != 0)
			return rc > 0;
	}
	if (!take_byte(s, &c))
		return false;
	if (c == s->c)
		s->hit = true;
	s->low = c;
	return true;
}

/*
 * Does the set at ${p}, behind its '[', hold ${c}?  Returns what follows the
 * set if so, else NULL; so a set that is never closed holds nothing.
 */
static const char *
match_set(const char *p, char c)
{
	struct set s = { p, (unsigned char)c, 0, false };
	bool negated = *p == '!' || *p == '^';

	if (negated)
		s.p++;
	/* A ']' in the first place is a member. */
	do {
		if (!take_member(&s))
			return NULL;
	} while (*s.p != ']');
	return s.hit != negated && c != '/' ? s.p + 1 : NULL;
}

/* What follows the first element of ${p} if it takes ${c}, else NULL. */
static const char *
match_one(const char *p, char c)
{
	switch (*p) {
	case '\0':
		return NULL;
	case '?':
		return c != '/' ? p + 1 : NULL;
	case '[':
		return match_set(p + 1, c);
	case '\\':
		p++;
		break;
	default:
		break;
	}
	/* A '\' that quotes nothing takes nothing. */
	return *p == c && *p != '\0' ? p + 1 : NULL;
}

struct walk {
	const char *pattern;
	const char *p; /* what is left of the pattern */
	const char *t; /* and of the text */
	const char *end;
	const char *star;   /* behind the last "*", or NULL */
	const char *star_t; /* where its swallowing ends */
	const char *deep;   /* the same for the last deep one */
	const char *deep_t;
};

/* Let the deep star swallow one more component. */
static bool
retry_deep(struct walk *w)
{
	const char *slash;

	if (w->deep == NULL || w->deep_t == w->end)
		return false;
	slash = memchr(w->deep_t, '/', (size_t)(w->end - w->deep_t));
	if (slash == NULL)
		return false;
	w->deep_t = slash + 1;
	w->star = NULL;
	w->p = w->deep;
	w->t = w->deep_t;
	return true;
}

static bool
retry(struct walk *w)
{
	if (w->star == NULL || w->star_t == w->end || *w->star_t == '/')
		return retry_deep(w);
	w->star_t++;
	w->p = w->star;
	w->t = w->star_t;
	return true;
}

/*
 * Pass a run of stars.  Two or more that fill a component are deep: before a
 * '/' they may also stand for nothing at all, unless that '/' is quoted.
 * Returns false where nothing can match any more.
 */
static bool
take_stars(struct walk *w)
{
	const char *after = w->p + strspn(w->p, "*");
	bool deep = after - w->p > 1 && (w->p == w->pattern || w->p[-1] == '/');
	size_t quoted = *after == '\\' ? 1 : 0;

	if (deep && *after == '\0') {
		w->p = after;
		w->t = w->end;
		return true;
	}
	if (deep && after[quoted] == '/') {
		w->star = NULL;
		w->deep = after + quoted + 1;
		w->deep_t = w->t;
		w->p = w->deep;
		return quoted == 0 || retry_deep(w);
	}
	w->star = after;
	w->star_t = w->t;
	w->p = after;
	return true;
}

bool
ds_glob_match_len(const char *pattern, const char *text, size_t len)
{
	struct walk w = { .pattern = pattern, .p = pattern, .t = text };
	const char *next;

	w.end = text + len;
	for (;;) {
		if (*w.p == '*') {
			if (!take_stars(&w))
				return false;
			continue;
		}
		if (*w.p == '\0' && w.t == w.end)
			return true;
		next = w.t < w.end ? match_one(w.p, *w.t) : NULL;
		if (next != NULL) {
			w.p = next;
			w.t++;
		} else if (!retry(&w)) {
			return false;
		}
	}
}

bool
ds_glob_match(const char *pattern, const char *text)
{
	return ds_glob_match_len(pattern, text, strlen(text));
}
