/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_DEVICE_H
#define DS_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "ds/compat.h"
#include "ds/crypto.h"

struct ds_store;

/*
 * This installation: who signs and who commits.  Kept in the store's
 * datasync/device, mode 0600, as one JSON document:
 *
 *	{"version":1,"id":"<32 hex>","name":"<UTF-8>",
 *	 "ed25519":{"public":"<64 hex>","secret":"<64 hex>"},
 *	 "x25519":{"public":"<64 hex>","secret":"<64 hex>"}}
 */
struct ds_device {
	char id[65];	    /* 32 hex: the start of the SHA-256 of
			     * the public Ed25519 key */
	char *name;	    /* for people; ds_device_check_name() */
	struct ds_key sign; /* Ed25519 */
	struct ds_key seal; /* X25519 */
};

/* New keys.  ${name} NULL: $DATASYNC_DEVICE_NAME, else the host's name as
 * far as it can be one.  DS_EINVAL for a name that can't be. */
int ds_device_new(struct ds_device *, const char *name);

/*
 * DS_EDAMAGED if the file is not as it should be; DS_EINVAL if a newer
 * datasync wrote it.  The keys themselves are not computed again, which
 * would cost more than a save: that is ds_device_verify().
 */
int ds_device_load(struct ds_device *, const char *path);
int ds_device_save(const struct ds_device *, const char *path);

/* DS_EDAMAGED unless id, public and secret keys belong together. */
int ds_device_verify(const struct ds_device *);

/*
 * A name that git's identities hold without a change: 1 to 100 bytes of
 * UTF-8 without control bytes, '<' or '>', that neither begin nor end with a
 * blank or one of .,:;"'\.  DS_EINVAL says what is wrong.
 */
int ds_device_check_name(const char *);

/* Another name, kept only if ds_device_check_name() likes it. */
int ds_device_rename(struct ds_device *, const char *name);

/* "Name <id@datasync>" is built from these. */
void ds_device_mail(char out[64], const struct ds_device *);

/* The SHA-256 of a public key as 64 hex digits. */
int ds_device_fingerprint(char out[65], const struct ds_key *);

/* Wipes the secrets. */
void ds_device_release(struct ds_device *);

/*
 * The devices whose commits are on the line, by the trailer Datasync-Device,
 * the one with the newest commit first.  Reads the whole line.
 */
struct ds_device_seen {
	char id[65];
	char *name;   /* as its newest commit has it */
	int64_t time; /* of that commit */
	size_t commits;
};
struct ds_device_list {
	struct ds_device_seen *v;
	size_t n;
	size_t cap;
};
#define DS_DEVICE_LIST_INIT                                                    \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

int ds_device_seen(struct ds_device_list *out, struct ds_store *);
void ds_device_list_release(struct ds_device_list *);

#endif
