/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_CRYPTO_H
#define DS_CRYPTO_H

#include <stddef.h>

#include "ds/compat.h"

/* OpenSSL, behind one door.  Failures are DS_ESYS with its reason. */

/* SHA-1 (git's) and SHA-256 over a stream of bytes. */
struct ds_hash;
enum ds_hash_kind { DS_HASH_SHA1, DS_HASH_SHA256 };

int ds_hash_open(struct ds_hash **out, enum ds_hash_kind);
int ds_hash_add(struct ds_hash *, const void *, size_t);
/* 20 or 32 bytes; the hash may be used anew after. */
int ds_hash_finish(struct ds_hash *, unsigned char *out);
void ds_hash_close(struct ds_hash *);

/* A key pair: raw 32-byte halves (RFC 8032 Ed25519, RFC 7748 X25519). */
enum ds_key_kind { DS_KEY_ED25519, DS_KEY_X25519 };
struct ds_key {
	unsigned char secret[32];
	unsigned char public[32];
};

int ds_key_generate(struct ds_key *, enum ds_key_kind);
/* Recompute the public half from the secret one. */
int ds_key_derive(struct ds_key *, enum ds_key_kind);
void ds_key_wipe(struct ds_key *);

/* Bytes that nobody can guess. */
int ds_random(void *, size_t);

/* Overwrite in a way that the compiler keeps. */
void ds_wipe(void *, size_t);

#endif
