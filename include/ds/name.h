/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_NAME_H
#define DS_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "ds/compat.h"

/*
 * File names as a tree may hold them.  git gives some names a meaning and
 * "git fsck --strict" refuses them: ".git" and ".gitmodules" always,
 * ".gitattributes", ".gitignore" and ".mailmap" unless they are regular files
 * with harmless content; each in every spelling that HFS+ or NTFS takes for
 * the same, and behind every backslash of a name (NTFS's separator; git
 * looks there too).  The word that is special ends before a ':' and before
 * bytes that are not UTF-8, as git's readers do.  Such a word gets a '%' put
 * right after it, and a word that ends in '%' and would be such a word
 * without gets one more, so decoding is exact.
 */

/*
 * Write the stored form of ${name}.  ${plain}: it is a regular file whose
 * content ds_name_content_ok() accepted.  At most twice as long plus one.
 */
int ds_name_encode(char **out, const char *name, bool plain);

/* The file's name of a stored one; never longer. */
int ds_name_decode(char **out, const char *stored);

/*
 * May plain git see this content under this name?  .gitattributes: lines
 * under 2048 bytes, at most 100 MiB.  True for all other names.
 */
bool ds_name_content_ok(const char *name, const void *, size_t);

/*
 * The folder of a nested repository: ".git", as git itself makes it.  A
 * ".GIT" or "git~1" is the user's own folder here, and is stored.
 */
bool ds_name_is_git(const char *name);

/* For folders in .datasync/meta, where ".meta" itself is taken. */
int ds_name_encode_meta(char **out, const char *stored);

/*
 * A name of an item: 1 to 100 of [A-Za-z0-9._-], the first a letter or a
 * digit, not ending in ".lock".  DS_EINVAL says what is wrong.
 */
int ds_name_check_item(const char *);

#endif
