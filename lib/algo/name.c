/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git reads a name in two foreign ways.  As HFS+ does: some code points do
 * not count, and bytes that are no UTF-8 end the name.  As NTFS does: '\\'
 * separates, ':' begins a stream, trailing spaces and dots do not count, and
 * long names have short twins.  So each part between backslashes begins with a
 * word that ends at a ':' or at what is not UTF-8, and only such a word can be
 * special.  No special word holds a '%'; one put at the end of the word
 * breaks every reading of it, and moves no end of any other word.
 */
#include "ds/compat.h"

#include <stdint.h>
#include <string.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/name.h"

/* git's bounds for .gitattributes (attr.h). */
#define ATTR_LINE_MAX 2048
#define ATTR_SIZE_MAX ((size_t)100 * 1024 * 1024)

struct special {
	const char *name; /* without the dot */
	const char *twin; /* how NTFS's hashed short names begin */
	bool always;	  /* whatever it holds */
};

static const struct special specials[] = {
	{ "git", NULL, true },
	{ "gitmodules", "gi7eba", true },
	{ "gitattributes", "gi7d29", false },
	{ "gitignore", "gi250a", false },
	{ "mailmap", "maba30", false },
};

#define ATTRIBUTES (&specials[2])

/*
 * The length of the character at ${s}, which a NUL ends, and its number; 0
 * if it is not UTF-8.  git counts U+FFFE and U+FFFF among those.
 */
static size_t
utf8_char(const char *s, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)*s;
	size_t i, n;

	*cp = c;
	if (c < 0x80)
		return 1;
	if (c < 0xc0 || c > 0xf7)
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	*cp = c & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		c = (unsigned char)s[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (c & 0x3f);
	}
	if (*cp < least[n] || *cp > 0x10ffff ||
	    (*cp >= 0xd800 && *cp <= 0xdfff) || (*cp | 1) == 0xffff)
		return 0;
	return n;
}

/* The length of the word that begins here. */
static size_t
word_len(const char *part)
{
	size_t len = 0;
	uint32_t cp;
	size_t n;

	while (part[len] != '\0' && part[len] != '\\' && part[len] != ':') {
		n = utf8_char(part + len, &cp);
		if (n == 0)
			break;
		len += n;
	}
	return len;
}

/* Code points that HFS+ passes over. */
static bool
hfs_ignores(uint32_t cp)
{
	return (cp >= 0x200c && cp <= 0x200f) ||
	    (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x206a && cp <= 0x206f) ||
	    cp == 0xfeff;
}

static bool
same_letter(uint32_t cp, char c)
{
	return (cp >= 'A' && cp <= 'Z' ? cp | 0x20 : cp) == (unsigned char)c;
}

static bool
is_hfs(const char *word, size_t len, const char *name)
{
	const char *want = NULL; /* before the dot */
	size_t i = 0;
	uint32_t cp;

	while (i < len) {
		i += utf8_char(word + i, &cp);
		if (hfs_ignores(cp))
			continue;
		if (want == NULL && cp == '.')
			want = name;
		else if (want != NULL && *want != '\0' &&
		    same_letter(cp, *want))
			want++;
		else
			return false;
	}
	return want != NULL && *want == '\0';
}

static bool
begins(const char *word, size_t len, const char *with, size_t n)
{
	size_t i;

	if (len < n)
		return false;
	for (i = 0; i < n; i++) {
		if (!same_letter((unsigned char)word[i], with[i]))
			return false;
	}
	return true;
}

/*
 * The hashed short name: eight bytes, some of ${twin}, '~', then a number
 * that fills up the rest.
 */
static bool
is_twin(const char *word, size_t len, const char *twin)
{
	size_t i, tilde;

	if (len < 8)
		return false;
	for (tilde = 0; tilde < 6 && word[tilde] != '~'; tilde++) {
		if (!same_letter((unsigned char)word[tilde], twin[tilde]))
			return false;
	}
	if (word[tilde] != '~' || word[tilde + 1] == '0')
		return false;
	for (i = tilde + 1; i < 8; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
	}
	return true;
}

static bool
is_ntfs(const char *word, size_t len, const struct special *s)
{
	size_t n = strlen(s->name);

	while (len > 0 && (word[len - 1] == ' ' || word[len - 1] == '.'))
		len--;
	if (len == n + 1 && word[0] == '.' && begins(word + 1, n, s->name, n))
		return true;
	if (s->twin == NULL)
		return len == 5 && begins(word, len, "git~1", 5);
	if (len != 8)
		return false;
	if (begins(word, len, s->name, 6) && word[6] == '~' && word[7] >= '1' &&
	    word[7] <= '4')
		return true;
	return is_twin(word, len, s->twin);
}

static const struct special *
special_of(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < ds_nitems(specials); i++) {
		if (is_hfs(word, len, specials[i].name) ||
		    is_ntfs(word, len, &specials[i]))
			return &specials[i];
	}
	return NULL;
}

/* The word at the start of a part, and what it is without its '%'s. */
struct word {
	size_t len;
	size_t stem;
	const struct special *special; /* what the stem is, or NULL */
};

static struct word
word_at(const char *part)
{
	struct word w;

	w.len = word_len(part);
	w.stem = w.len;
	while (w.stem > 0 && part[w.stem - 1] == '%')
		w.stem--;
	w.special = special_of(part, w.stem);
	return w;
}

/* The next part, or NULL. */
static const char *
next_part(const char *part)
{
	const char *sep = strchr(part, '\\');

	return sep != NULL ? sep + 1 : NULL;
}

/* Add what follows the word of ${part}, its backslash included. */
static void
add_rest(struct ds_buf *b, const char *part, size_t word)
{
	const char *next = next_part(part);
	size_t len = next != NULL ? (size_t)(next - part) : strlen(part);

	ds_buf_add(b, part + word, len - word);
}

int
ds_name_encode(char **out, const char *name, bool plain)
{
	struct ds_buf b = DS_BUF_INIT;
	const char *part;
	struct word w;

	for (part = name; part != NULL; part = next_part(part)) {
		w = word_at(part);
		ds_buf_add(&b, part, w.len);
		if (w.special != NULL &&
		    (w.special->always || !plain || w.stem < w.len))
			ds_buf_addc(&b, '%');
		add_rest(&b, part, w.len);
	}
	return ds_buf_take(out, &b);
}

int
ds_name_decode(char **out, const char *stored)
{
	struct ds_buf b = DS_BUF_INIT;
	const char *part;
	struct word w;
	size_t taken;

	for (part = stored; part != NULL; part = next_part(part)) {
		w = word_at(part);
		taken = w.special != NULL && w.stem < w.len ? 1 : 0;
		ds_buf_add(&b, part, w.len - taken);
		add_rest(&b, part, w.len);
	}
	return ds_buf_take(out, &b);
}

/* git reads lines up to the first NUL. */
static bool
lines_are_short(const char *data, size_t len)
{
	size_t left = len > 0 ? strnlen(data, len) : 0;
	const char *eol;

	while (left >= ATTR_LINE_MAX) {
		eol = memchr(data, '\n', ATTR_LINE_MAX);
		if (eol == NULL)
			return false;
		left -= (size_t)(eol + 1 - data);
		data = eol + 1;
	}
	return true;
}

bool
ds_name_content_ok(const char *name, const void *data, size_t len)
{
	const char *part;

	for (part = name; part != NULL; part = next_part(part)) {
		if (word_at(part).special == ATTRIBUTES)
			return len <= ATTR_SIZE_MAX &&
			    lines_are_short(data, len);
	}
	return true;
}

bool
ds_name_is_git(const char *name)
{
	return strcmp(name, ".git") == 0;
}

int
ds_name_encode_meta(char **out, const char *stored)
{
	struct ds_buf b = DS_BUF_INIT;

	ds_buf_adds(&b, stored);
	if (strncmp(stored, ".meta", 5) == 0 &&
	    stored[5 + strspn(stored + 5, "%")] == '\0')
		ds_buf_addc(&b, '%');
	return ds_buf_take(out, &b);
}

int
ds_name_check_item(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t len = strlen(name);

	if (len == 0)
		return ds_err(DS_EINVAL, "an item's name cannot be empty");
	if (len > 100)
		return ds_err(DS_EINVAL,
		    "item name '%.20s...' is longer than 100 bytes", name);
	if (name[strspn(name, allowed)] != '\0')
		return ds_err(DS_EINVAL,
		    "item name '%s' may only hold A-Z a-z 0-9 . _ -", name);
	if (strchr("._-", name[0]) != NULL)
		return ds_err(DS_EINVAL,
		    "item name '%s' must begin with a letter or a digit", name);
	if (len >= 5 && strcmp(name + len - 5, ".lock") == 0)
		return ds_err(DS_EINVAL,
		    "item name '%s' must not end in '.lock'", name);
	return 0;
}
