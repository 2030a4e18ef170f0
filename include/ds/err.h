/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_ERR_H
#define DS_ERR_H

#include "ds/compat.h"

/*
 * Errors.  A function that can fail returns 0 or one of these codes, and
 * leaves a message for people in the calling thread.  Codes lie below
 * libgit2's so that they can travel through its callbacks unchanged.
 */
enum ds_code {
	DS_OK = 0,
	DS_ENOMEM = -1001,    /* out of memory */
	DS_ESYS = -1002,      /* a system call failed; errno is in the text */
	DS_EGIT = -1003,      /* libgit2 failed and no other code fits */
	DS_ENOTFOUND = -1004, /* the thing asked for does not exist */
	DS_EEXISTS = -1005,   /* it is there already */
	DS_EINVAL = -1006,    /* not a valid name, value or file */
	DS_EUSAGE = -1007,    /* the command line is wrong: exit 2 */
	DS_EPART = -1008,     /* done but for some: exit 3 */
	DS_ECONFLICT = -1009, /* done, conflicts wait: exit 4 */
	DS_EOFFLINE = -1010,  /* remote not reachable: exit 5 */
	DS_EBRAKE = -1011,    /* held back: exit 6 */
	DS_ENOSTORE = -1012,  /* no store: exit 10 */
	DS_ELOCKED = -1013,   /* another datasync has the lock: exit 11 */
	DS_EAUTH = -1014,     /* key or login refused: exit 12 */
	DS_EDAMAGED = -1015,  /* damaged or forged data: exit 13 */
	DS_ECANCEL = -1016,   /* the user stopped it: exit 130 */
	DS_EMOVED = -1017     /* a ref is no longer what the caller saw */
};

/*
 * Start a new message, without a hint, and return ${code}.  Messages are for
 * a terminal: control bytes in them become '?', and what is longer than two
 * thousand bytes is shortened.
 */
int ds_err(int code, const char *, ...) DS_PRINTF(2, 3);

/* As ds_err(DS_ESYS), with strerror(errno) appended; errno is kept. */
int ds_err_sys(const char *, ...) DS_PRINTF(1, 2);

/* "out of memory", DS_ENOMEM. */
int ds_err_nomem(void);

/* Put "what: " before the current message; return the code passed in. */
int ds_err_in(int code, const char *, ...) DS_PRINTF(2, 3);

/* Say what to do next, for the current message; return the code passed. */
int ds_err_hint(int code, const char *, ...) DS_PRINTF(2, 3);

/*
 * The current message and its hint: one line each, valid until the next
 * error.  The text is never NULL; the hint is NULL where there is none.
 */
const char *ds_err_text(void);
const char *ds_err_hint_text(void);

/* A caller that recovers forgets the message. */
void ds_err_clear(void);

/*
 * The word for programs, as --json prints it: "auth" for DS_EAUTH, "system"
 * for what is no ds_code.
 */
const char *ds_err_word(int code);

#endif
