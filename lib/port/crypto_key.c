/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <limits.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "ds/crypto.h"
#include "ds/err.h"

#include "crypto_internal.h"

/* The raw public half of ${pkey}. */
static int
read_public(struct ds_key *key, const EVP_PKEY *pkey)
{
	size_t n = sizeof(key->public);

	if (EVP_PKEY_get_raw_public_key(pkey, key->public, &n) != 1)
		return ds_crypto__err("cannot read a public key");
	if (n != sizeof(key->public))
		return ds_err(DS_ESYS, "a public key has a wrong length");
	return 0;
}

static int
read_secret(struct ds_key *key, const EVP_PKEY *pkey)
{
	size_t n = sizeof(key->secret);

	if (EVP_PKEY_get_raw_private_key(pkey, key->secret, &n) != 1)
		return ds_crypto__err("cannot read a secret key");
	if (n != sizeof(key->secret))
		return ds_err(DS_ESYS, "a secret key has a wrong length");
	return 0;
}

int
ds_key_generate(struct ds_key *key, enum ds_key_kind kind)
{
	EVP_PKEY *pkey;
	int rc;

	pkey = EVP_PKEY_Q_keygen(NULL, NULL,
	    kind == DS_KEY_ED25519 ? "ED25519" : "X25519");
	if (pkey == NULL)
		return ds_crypto__err("cannot make a key");
	rc = read_secret(key, pkey);
	if (rc == 0)
		rc = read_public(key, pkey);
	if (rc < 0)
		ds_key_wipe(key);
	EVP_PKEY_free(pkey);
	return rc;
}

int
ds_key_derive(struct ds_key *key, enum ds_key_kind kind)
{
	int type = kind == DS_KEY_ED25519 ? EVP_PKEY_ED25519 : EVP_PKEY_X25519;
	EVP_PKEY *pkey;
	int rc;

	pkey = EVP_PKEY_new_raw_private_key(type, NULL, key->secret,
	    sizeof(key->secret));
	if (pkey == NULL)
		return ds_crypto__err("cannot use a secret key");
	rc = read_public(key, pkey);
	EVP_PKEY_free(pkey);
	return rc;
}

void
ds_key_wipe(struct ds_key *key)
{
	ds_wipe(key, sizeof(*key));
}

int
ds_random(void *out, size_t n)
{
	unsigned char *p = out;

	while (n > 0) {
		int part = n > INT_MAX ? INT_MAX : (int)n;

		if (RAND_priv_bytes(p, part) != 1)
			return ds_crypto__err("cannot get random bytes");
		p += part;
		n -= (size_t)part;
	}
	return 0;
}
