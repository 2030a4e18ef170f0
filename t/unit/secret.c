/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <stdlib.h>

#include "ds/secret.h"

#include "tap.h"

#define A20 "abcdefghij0123456789"
#define A40 A20 A20

/* Tokens are put together here so that none stands in the source. */
static const char *
find(const char *a, const char *b)
{
	static char text[512];

	snprintf(text, sizeof(text), "key = \"%s%s\"\n", a, b);
	return ds_secret_find(text, strlen(text));
}

static void
test_found(void)
{
	static const struct {
		const char *mark, *more, *what;
	} cases[] = {
		{ "-----BEGIN OPENSSH ", "PRIVATE KEY-----\n",
		    "a private key" },
		{ "-----BEGIN RSA ", "PRIVATE KEY-----\n", "a private key" },
		{ "-----BEGIN PGP PRIVATE ", "KEY BLOCK-----",
		    "a private key" },
		{ "PuTTY-User-", "Key-File-3: ssh-rsa", "a private key" },
		{ "AGE-SECRET-", "KEY-1" A40, "an age key" },
		{ "AKI", "A0123456789ABCDEF", "an AWS access key" },
		{ "gh", "p_" A40, "a GitHub token" },
		{ "github_", "pat_" A40, "a GitHub token" },
		{ "glp", "at-" A20, "a GitLab token" },
		{ "xox", "b-" A20, "a Slack token" },
		{ "np", "m_" A40, "an npm token" },
		{ "AI", "za" A40, "a Google API key" },
		{ "sk_", "live_" A40, "a Stripe key" },
		{ "sk-", "ant-" A40, "an Anthropic key" },
		{ "sk-", "proj-" A40, "an OpenAI key" },
	};
	size_t i;

	for (i = 0; i < ds_nitems(cases); i++)
		is_str(find(cases[i].mark, cases[i].more), cases[i].what,
		    cases[i].what);
}

static void
test_not_found(void)
{
	static const char *const texts[] = { "",
		"gh"
		"p_short",
		"the word ghp_ alone", "AKIA and AKIAB",
		"-----BEGIN PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", "password: hunter2",
		"xAKIA0123456789ABCDEFG",
		"my_gh"
		"p_" A40,
		"sk-" A20 };
	size_t i;
	bool none = true;

	for (i = 0; i < ds_nitems(texts); i++)
		if (ds_secret_find(texts[i], strlen(texts[i])) != NULL) {
			printf("# found in: %s\n", texts[i]);
			none = false;
		}
	ok(none, "what looks alike is none");
	ok(ds_secret_find(NULL, 0) == NULL, "nothing is none");
}

/* In memory of exactly its size, so that one byte more is seen. */
static void
test_bounds(void)
{
	const char *key = "-----BEGIN PRIVATE "
			  "KEY-----";
	size_t n = strlen(key), len = (1 << 20) + n;
	char *p = malloc(len);

	memset(p, 'x', len);
	memcpy(p, key, n);
	ok(ds_secret_find(p, n) != NULL, "a key that is all of a file");
	ok(ds_secret_find(p, n - 1) == NULL, "not one that is cut");
	memset(p, 'x', len);
	memcpy(p + (1 << 20) - n, key, n);
	ok(ds_secret_find(p, len) != NULL, "a key at the end of the first MiB");
	memset(p, 'x', len);
	memcpy(p + (1 << 20), key, n);
	ok(ds_secret_find(p, len) == NULL, "none behind it");
	memset(p, 0, len);
	memcpy(p + 5000, key, n);
	ok(ds_secret_find(p, len) != NULL, "a key among binary bytes");
	free(p);
}

int
main(void)
{
	test_found();
	test_not_found();
	test_bounds();
	return tap_done();
}
