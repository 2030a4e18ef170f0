/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_BANNED_H
#define DS_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Calls without a bound, with hidden state, or that start a shell: a use does
 * not compile.  The headers that declare them come first, so that only uses are
 * caught.
 */
#define DS_BANNED(name) name##_is_banned_see_ds_banned_h

#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strtok
#undef atoi
#undef atol
#undef atof
#undef system
#undef popen
#undef tmpnam
#undef mktemp
#define strcpy(a, b) DS_BANNED(strcpy)
#define strcat(a, b) DS_BANNED(strcat)
#define sprintf(...) DS_BANNED(sprintf)
#define vsprintf(a, b, c) DS_BANNED(vsprintf)
#define strtok(a, b) DS_BANNED(strtok)
#define atoi(a) DS_BANNED(atoi)
#define atol(a) DS_BANNED(atol)
#define atof(a) DS_BANNED(atof)
#define system(a) DS_BANNED(system)
#define popen(a, b) DS_BANNED(popen)
#define tmpnam(a) DS_BANNED(tmpnam)
#define mktemp(a) DS_BANNED(mktemp)

#endif
