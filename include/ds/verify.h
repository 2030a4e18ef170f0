/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_VERIFY_H
#define DS_VERIFY_H

#include <stdint.h>

#include "ds/compat.h"

struct ds_progress;
struct ds_store;

/*
 * Is everything there, and as it was written?  Every file of the object
 * store is read to its last byte and every object in it hashed; then all that
 * refs and reflogs reach is followed.  Damage is told and passed by, so one run
 * finds all of it.  Nothing is changed.
 */
enum ds_verify_kind {
	DS_VERIFY_OBJECT,  /* an object can't be read or is another */
	DS_VERIFY_MISSING, /* an object is named and not there */
	DS_VERIFY_FILE,	   /* a pack or idx is not as it was written */
	DS_VERIFY_REF,	   /* a ref or reflog can't be read */
	DS_VERIFY_META	   /* a .meta blob is not understood */
};

/*
 * ${name} is an object's id, a file's path beneath the store, or a ref's
 * name; ${why} one line for people.  Both are borrowed.
 */
typedef void (*ds_verify_cb)(enum ds_verify_kind, const char *name,
    const char *why, void *arg);

struct ds_verify_result {
	uint64_t objects; /* read: two copies of one are two */
	uint64_t bytes;	  /* in them, inflated */
	uint64_t packs;
	uint64_t refs;	  /* with HEAD and reflogs */
	uint64_t reached; /* different objects that those lead to */
	uint64_t damaged; /* findings of any kind but MISSING */
	uint64_t missing;
};

/*
 * ${cb} and ${progress} may be NULL.  DS_EDAMAGED if anything is not as it
 * should be; other codes only where verifying itself could not go on.
 */
int ds_verify_run(struct ds_store *, struct ds_verify_result *, ds_verify_cb,
    void *arg, struct ds_progress *);

#endif
