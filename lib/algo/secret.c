/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <ctype.h>

#include "ds/secret.h"

#define LOOK_MAX ((size_t)1 << 20)

/*
 * A mark and at least ${more} characters of the token's alphabet after it.
 * A private key's mark stands alone.
 */
static const struct mark {
	const char *text;
	size_t more;
	const char *what;
} marks[] = {
	{ "PRIVATE KEY-----", 0, "a private key" },
	{ "PRIVATE KEY BLOCK-----", 0, "a private key" },
	{ "PuTTY-User-Key-File-", 0, "a private key" },
	{ "AGE-SECRET-KEY-1", 40, "an age key" },
	{ "AKIA", 16, "an AWS access key" },
	{ "ASIA", 16, "an AWS access key" },
	{ "ghp_", 36, "a GitHub token" },
	{ "gho_", 36, "a GitHub token" },
	{ "ghs_", 36, "a GitHub token" },
	{ "ghu_", 36, "a GitHub token" },
	{ "github_pat_", 40, "a GitHub token" },
	{ "glpat-", 20, "a GitLab token" },
	{ "xoxb-", 20, "a Slack token" },
	{ "xoxp-", 20, "a Slack token" },
	{ "npm_", 36, "an npm token" },
	{ "AIza", 35, "a Google API key" },
	{ "sk_live_", 24, "a Stripe key" },
	{ "sk-ant-", 40, "an Anthropic key" },
	{ "sk-proj-", 40, "an OpenAI key" },
};

static bool
is_token_char(char c)
{
	return isalnum((unsigned char)c) != 0 || c == '_' || c == '-';
}

/* How many characters of a token stand at ${p}. */
static size_t
token_len(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && is_token_char(p[n]))
		n++;
	return n;
}

static bool
has_mark(const char *data, size_t len, const struct mark *m)
{
	const char *p = data, *end = data + len;
	size_t n = strlen(m->text);

	for (;;) {
		bool starts;

		p = memmem(p, (size_t)(end - p), m->text, n);
		if (p == NULL)
			return false;
		starts = p == data || !is_token_char(p[-1]);
		p += n;
		if (m->more == 0 || (starts && token_len(p, end) >= m->more))
			return true;
	}
}

const char *
ds_secret_find(const void *data, size_t len)
{
	size_t i;

	if (len > LOOK_MAX)
		len = LOOK_MAX;
	for (i = 0; len > 0 && i < ds_nitems(marks); i++)
		if (has_mark(data, len, &marks[i]))
			return marks[i].what;
	return NULL;
}
