/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_VERIFY_INTERNAL_H
#define STORE_VERIFY_INTERNAL_H

#include <git2/types.h>

#include "ds/compat.h"
#include "ds/list.h"
#include "ds/oidset.h"
#include "ds/verify.h"

struct ds_deflate;

struct ds_verify__run {
	struct ds_store *store;
	struct ds_verify_result *result;
	ds_verify_cb cb;
	void *arg;
	struct ds_progress *progress;

	struct ds_oidset good; /* of which a copy could be read */
	unsigned char *types;  /* of those, by number */
	size_t types_cap;
	struct ds_oidset bad;  /* told already, damaged or missing */
	struct ds_list loners; /* packs without an idx */
};

/* Count and tell a finding. */
void ds_verify__tell(struct ds_verify__run *, enum ds_verify_kind,
    const char *name, const char *why, ...) DS_PRINTF(4, 5);

/*
 * As above for an object; told once.  ${kind} is OBJECT, MISSING or META.
 * DS_ENOMEM.
 */
int ds_verify__tell_object(struct ds_verify__run *, enum ds_verify_kind,
    const git_oid *, const char *why, ...) DS_PRINTF(4, 5);

/*
 * Sort a failure ${rc}: a damaged or unreadable thing gives 0, and the caller
 * tells it with ds_err_text(); want of memory and the user's wish to stop
 * are returned.
 */
int ds_verify__serious(int rc);

/* An object of ${type} and ${size} was read whole. */
int ds_verify__good(struct ds_verify__run *, const git_oid *, git_object_t,
    size_t size);

/*
 * Names in a folder beneath the store that end with ${suffix}, in order; none
 * where there is no such folder.
 */
int ds_verify__list(struct ds_list *out, const struct ds_store *,
    const char *name, const char *suffix);

/* What is in objects/. */
int ds_verify__loose(struct ds_verify__run *);
int ds_verify__packs(struct ds_verify__run *);
uint64_t ds_verify__pack_total(struct ds_verify__run *);

/* Names of all refs, HEAD among them, and of those that have a log. */
int ds_verify__refs(struct ds_verify__run *, struct ds_list *out);
int ds_verify__logs(struct ds_verify__run *, struct ds_list *out);

/* What refs and reflogs lead to. */
int ds_verify__walk(struct ds_verify__run *);

#endif
