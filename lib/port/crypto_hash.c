/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "ds/crypto.h"
#include "ds/err.h"

#include "crypto_internal.h"

struct ds_hash {
	EVP_MD_CTX *ctx;
	const EVP_MD *md;
};

int
ds_crypto__err(const char *what)
{
	unsigned long e = ERR_get_error();
	const char *why = ERR_reason_error_string(e);

	ERR_clear_error();
	if (ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE)
		return ds_err_nomem();
	return ds_err(DS_ESYS, "%s: OpenSSL: %s", what,
	    why != NULL ? why : "unknown error");
}

int
ds_hash_open(struct ds_hash **out, enum ds_hash_kind kind)
{
	struct ds_hash *h;
	int rc = 0;

	*out = NULL;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return ds_err_nomem();
	h->md = kind == DS_HASH_SHA1 ? EVP_sha1() : EVP_sha256();
	h->ctx = EVP_MD_CTX_new();
	if (h->ctx == NULL || EVP_DigestInit_ex(h->ctx, h->md, NULL) != 1) {
		rc = ds_crypto__err("cannot start a hash");
		goto out;
	}
	*out = h;
	h = NULL;
out:
	ds_hash_close(h);
	return rc;
}

int
ds_hash_add(struct ds_hash *h, const void *p, size_t n)
{
	if (EVP_DigestUpdate(h->ctx, p, n) != 1)
		return ds_crypto__err("cannot hash");
	return 0;
}

int
ds_hash_finish(struct ds_hash *h, unsigned char *out)
{
	if (EVP_DigestFinal_ex(h->ctx, out, NULL) != 1)
		return ds_crypto__err("cannot finish a hash");
	if (EVP_DigestInit_ex(h->ctx, h->md, NULL) != 1)
		return ds_crypto__err("cannot start a hash");
	return 0;
}

void
ds_hash_close(struct ds_hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void
ds_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}
