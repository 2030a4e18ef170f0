/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of FIPS 180-4, RFC 8032 7.1 and RFC 7748 6.1. */
#include "ds/compat.h"

#include "ds/crypto.h"

#include "tap.h"

static const char *
hex(const unsigned char *p, size_t n)
{
	static char out[4][65];
	static unsigned next;
	char *s = out[next++ % 4];
	size_t i;

	s[0] = '\0';
	for (i = 0; i < n; i++)
		snprintf(s + 2 * i, 3, "%02x", p[i]);
	return s;
}

static void
unhex(unsigned char *out, const char *s)
{
	char two[3] = "";

	for (; *s != '\0'; s += 2) {
		memcpy(two, s, 2);
		*out++ = (unsigned char)strtoul(two, NULL, 16);
	}
}

static void
test_hash(enum ds_hash_kind kind, const char *text, const char *want,
    const char *what)
{
	unsigned char out[32];
	struct ds_hash *h;
	size_t i, n = strlen(text);

	ok(ds_hash_open(&h, kind) == 0, "a hash opens");
	for (i = 0; i < n; i++)
		ds_hash_add(h, text + i, 1);
	ok(ds_hash_finish(h, out) == 0, "and finishes");
	is_str(hex(out, kind == DS_HASH_SHA1 ? 20 : 32), want, what);
	ds_hash_add(h, text, n);
	ds_hash_finish(h, out);
	is_str(hex(out, kind == DS_HASH_SHA1 ? 20 : 32), want,
	    "used anew it gives the same");
	ds_hash_close(h);
}

static void
test_million(void)
{
	unsigned char out[32], block[1000];
	struct ds_hash *h;
	int i;

	memset(block, 'a', sizeof(block));
	ds_hash_open(&h, DS_HASH_SHA1);
	for (i = 0; i < 1000; i++)
		ds_hash_add(h, block, sizeof(block));
	ds_hash_finish(h, out);
	is_str(hex(out, 20), "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
	    "SHA-1 of a million 'a'");
	ds_hash_close(h);
	ds_hash_close(NULL);
}

static void
test_derive(enum ds_key_kind kind, const char *secret, const char *public,
    const char *what)
{
	struct ds_key k;

	memset(&k, 0, sizeof(k));
	unhex(k.secret, secret);
	ok(ds_key_derive(&k, kind) == 0, "a public half can be derived");
	is_str(hex(k.public, 32), public, what);
}

static void
test_generate(enum ds_key_kind kind)
{
	struct ds_key a, b, c;

	ok(ds_key_generate(&a, kind) == 0, "a key is made");
	ds_key_generate(&b, kind);
	ok(memcmp(a.secret, b.secret, 32) != 0, "two keys differ");
	c = a;
	memset(c.public, 0, sizeof(c.public));
	ds_key_derive(&c, kind);
	ok(memcmp(a.public, c.public, 32) == 0, "its halves fit");
	ds_key_wipe(&a);
	memset(&c, 0, sizeof(c));
	ok(memcmp(&a, &c, sizeof(a)) == 0, "wiped it is zero");
}

static void
test_random(void)
{
	unsigned char a[64] = { 0 }, b[64] = { 0 };

	ok(ds_random(a, sizeof(a)) == 0, "random bytes come");
	ds_random(b, sizeof(b));
	ok(memcmp(a, b, sizeof(a)) != 0, "and are others each time");
	ok(ds_random(NULL, 0) == 0, "none is fine");
}

int
main(void)
{
	test_hash(DS_HASH_SHA1, "abc",
	    "a9993e364706816aba3e25717850c26c9cd0d89d", "SHA-1 of 'abc'");
	test_hash(DS_HASH_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	    "SHA-1 of nothing");
	test_hash(DS_HASH_SHA256, "abc",
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad",
	    "SHA-256 of 'abc'");
	test_hash(DS_HASH_SHA256,
	    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1",
	    "SHA-256 of two blocks");
	test_million();
	test_derive(DS_KEY_ED25519,
	    "9d61b19deffd5a60ba844af492ec2cc4"
	    "4449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a"
	    "0ee172f3daa62325af021a68f707511a",
	    "Ed25519, RFC 8032 test 1");
	test_derive(DS_KEY_ED25519,
	    "4ccd089b28ff96da9db6c346ec114e0f"
	    "5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc"
	    "9c982ccf2ec4968cc0cd55f12af4660c",
	    "Ed25519, RFC 8032 test 2");
	test_derive(DS_KEY_X25519,
	    "77076d0a7318a57d3c16c17251b26645"
	    "df4c2f87ebc0992ab177fba51db92c2a",
	    "8520f0098930a754748b7ddcb43ef75a"
	    "0dbf3a0d26381af4eba4a98eaa9b4e6a",
	    "X25519, RFC 7748 Alice");
	test_derive(DS_KEY_X25519,
	    "5dab087e624a8a4b79e17f8b83800ee6"
	    "6f3bb1292618b6fd1c2f8b27ff88e0eb",
	    "de9edb7d7b7dc1b4d35b61c2ece43537"
	    "3f8343c85b78674dadfc7e146f882b4f",
	    "X25519, RFC 7748 Bob");
	test_generate(DS_KEY_ED25519);
	test_generate(DS_KEY_X25519);
	test_random();
	return tap_done();
}
