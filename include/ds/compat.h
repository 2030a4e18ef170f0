/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_COMPAT_H
#define DS_COMPAT_H

/*
 * What every .c file includes first: config.h with the system's extensions,
 * the attributes we use, and the calls that we do not allow.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DS_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define DS_UNUSED __attribute__((unused))

#define ds_nitems(array) (sizeof(array) / sizeof((array)[0]))

#include "ds/banned.h"

#endif
