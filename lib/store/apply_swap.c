/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file into its place, or out of it, while others may save there.
 *
 * The exchange is the only step that touches the user's name, and it is atomic:
 * what was there a moment ago, whatever it is, comes out under the
 * temporary's name and can be looked at in peace.  Only what history has and
 * nobody writes to is ever unlinked.
 *
 * "Nobody writes to it" has a gap: an open(2) that has found the file by its
 * name, but does not count as a writer yet.  So between the exchange and the
 * look there is a barrier, one for all files of a batch: membarrier(2) returns
 * when every processor has left what it did in the kernel.
 */
#include "ds/compat.h"

#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include "ds/report.h"
#include "ds/trace.h"
#include "apply_internal.h"

#define MEANWHILE "changed meanwhile"
#define KEPT_MAX 1000

enum { ROUNDS = 16 };

bool ds_apply__plain_rename;
bool ds_apply__no_barrier;

static int
rename_with(int dir, const char *from, const char *to, unsigned flags)
{
	if (ds_apply__plain_rename) {
		errno = ENOSYS;
		return -1;
	}
	return renameat2(dir, from, dir, to, flags);
}

static bool
is_unsupported(int e)
{
	return e == EINVAL || e == ENOSYS;
}

void
ds_apply__barrier(void)
{
	/* Not everywhere; without it the gap is there, but short. */
	if (!ds_apply__no_barrier)
		(void)syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

/* Rename to a name that must be free: EEXIST if it is not. */
static int
move(int dir, const char *from, const char *to)
{
	struct stat st;

	if (rename_with(dir, from, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (!is_unsupported(errno))
		return -1;
	if (fstatat(dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	if (errno != ENOENT)
		return -1;
	return renameat(dir, from, dir, to);
}

static bool
same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Nobody wrote to it since. */
static bool
same_state(const struct stat *a, const struct stat *b)
{
	return same_inode(a, b) && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* "NAME.datasync-kept", "NAME.datasync-kept-2"; a long name is cut. */
static void
kept_name(char out[NAME_MAX + 1], const char *name, unsigned nth)
{
	char suffix[32] = ".datasync-kept";
	size_t n = strlen(name), max;

	if (nth > 1)
		snprintf(suffix, sizeof(suffix), ".datasync-kept-%u", nth);
	max = NAME_MAX - strlen(suffix);
	snprintf(out, NAME_MAX + 1, "%.*s%s", (int)(n < max ? n : max), name,
	    suffix);
}

/* What is aside can't go back: make it a file that the user sees. */
static int
keep_beside(struct ds_apply__run *r, const struct ds_change *c)
{
	char aside[DS_APPLY__TEMPORARY], kept[NAME_MAX + 1];
	char why[NAME_MAX + 64];
	const char *name = ds_apply__name(c->path);
	unsigned i;

	ds_apply__temporary(aside, name, "");
	for (i = 1; i <= KEPT_MAX; i++) {
		kept_name(kept, name, i);
		if (move(r->dir, aside, kept) == 0) {
			snprintf(why, sizeof(why), "your version is in '%s'",
			    kept);
			return ds_apply__kept(r, c->path, why);
		}
		if (errno != EEXIST)
			break;
	}
	return ds_apply__failed(r, c->path);
}

/*
 * Without an exchange: what is aside goes to the name if history has what is
 * there.  0, 1 if that is the user's, -1 with errno.
 */
static int
overwrite(struct ds_apply__run *r, const struct ds_change *c, const char *aside,
    const char *name)
{
	struct ds_apply__seen seen;
	int rc;

	rc = ds_apply__look(&seen, r, name, c, true);
	if (rc == 0 && seen.is == DS_APPLY__NOTHING) {
		rc = move(r->dir, aside, name);
		if (rc < 0 && errno == EEXIST)
			rc = 1;
	} else if (rc == 0 && ds_apply__is_spare(&seen)) {
		rc = renameat(r->dir, aside, r->dir, name);
	} else if (rc == 0) {
		rc = 1;
	}
	ds_apply__unsee(&seen);
	return rc;
}

/* Exchange once more.  DONE: what came out is aside. */
static int
swap_again(struct ds_apply__run *r, const struct ds_change *c,
    const char *aside, const char *name)
{
	int i, rc;

	for (i = 0; i < ROUNDS; i++) {
		if (rename_with(r->dir, aside, name, RENAME_EXCHANGE) == 0)
			return DS_APPLY__DONE;
		if (is_unsupported(errno)) {
			rc = overwrite(r, c, aside, name);
			if (rc == 0)
				return ds_apply__kept(r, c->path, MEANWHILE);
			return rc > 0 ? keep_beside(r, c) :
					ds_apply__failed(r, c->path);
		}
		if (errno != ENOENT)
			return ds_apply__failed(r, c->path);
		/* The user removed it; his last bytes are what is aside. */
		if (move(r->dir, aside, name) == 0)
			return ds_apply__kept(r, c->path, MEANWHILE);
		if (errno != EEXIST)
			return ds_apply__failed(r, c->path);
	}
	return keep_beside(r, c);
}

static int
drop(struct ds_apply__run *r, const struct ds_change *c, const char *name)
{
	if (unlinkat(r->dir, name, 0) == 0)
		return DS_APPLY__DONE;
	return ds_apply__failed(r, c->path);
}

/* What was there is there again: it is the user's, or could not be read. */
static int
stays(struct ds_apply__run *r, const struct ds_change *c, int e)
{
	if (e == 0)
		return ds_apply__kept(r, c->path, MEANWHILE);
	errno = e;
	return ds_apply__failed(r, c->path);
}

/*
 * Ours is at the name; what was there is aside.  If that is not spare it goes
 * back by another exchange, and what comes out then should be ours.  If it
 * is not, somebody saved in between and that save is newer: once more.  It ends
 * when ours comes out, or when what comes out is what we put there the time
 * before: then nobody saved since, and the newest is at the name.
 */
int
ds_apply__settle(struct ds_apply__run *r, const struct ds_change *c,
    const struct stat *ours)
{
	char aside[DS_APPLY__TEMPORARY];
	const char *name = ds_apply__name(c->path);
	struct ds_apply__seen seen;
	struct stat put[2];
	int i, rc, first = 0;

	ds_apply__temporary(aside, name, "");
	memset(put, 0, sizeof(put));
	for (i = 0; i < ROUNDS; i++) {
		bool spare, known;

		rc = ds_apply__look(&seen, r, aside, c, true);
		if (rc < 0 && i == 0)
			first = errno;
		/* After the first round only ours is: a save may equal it. */
		spare = rc == 0 && ds_apply__is_spare(&seen) &&
		    (i == 0 ||
			(seen.is == DS_APPLY__NEW &&
			    same_inode(&seen.st, ours)));
		known = i > 1 && same_state(&seen.st, &put[i % 2]);
		put[i % 2] = seen.st;
		if (spare)
			rc = drop(r, c, aside);
		ds_apply__unsee(&seen);
		if (spare && (rc != DS_APPLY__DONE || i == 0))
			return rc;
		if (spare)
			return stays(r, c, first);
		if (known)
			break;
		rc = swap_again(r, c, aside, name);
		if (rc != DS_APPLY__DONE)
			return rc;
	}
	return keep_beside(r, c);
}

/* The old entry is there.  ABSENT: no longer. */
static int
replace(struct ds_apply__run *r, const struct ds_change *c)
{
	char aside[DS_APPLY__TEMPORARY], new[DS_APPLY__TEMPORARY];
	const char *name = ds_apply__name(c->path);
	int rc = -1, saved;

	ds_apply__temporary(new, name, ".new");
	ds_apply__temporary(aside, name, "");
	if (move(r->dir, new, aside) < 0)
		return ds_apply__failed(r, c->path);
	if (rename_with(r->dir, aside, name, RENAME_EXCHANGE) == 0)
		return DS_APPLY__PENDING;
	if (is_unsupported(errno))
		rc = overwrite(r, c, aside, name);
	saved = errno;
	if (rc != 0 && renameat(r->dir, aside, r->dir, new) < 0)
		return ds_apply__failed(r, c->path);
	errno = saved;
	if (rc > 0)
		return ds_apply__kept(r, c->path, MEANWHILE);
	if (rc < 0 && errno != ENOENT)
		return ds_apply__failed(r, c->path);
	return rc == 0 ? DS_APPLY__DONE : DS_APPLY__ABSENT;
}

int
ds_apply__put(struct ds_apply__run *r, const struct ds_change *c,
    enum ds_apply__is was)
{
	char new[DS_APPLY__TEMPORARY];
	const char *name = ds_apply__name(c->path);
	struct ds_apply__seen seen;
	int i, rc;

	ds_trace("apply", "put", "%s", c->path);
	ds_apply__temporary(new, name, ".new");
	for (i = 0; i < ROUNDS; i++) {
		if (was == DS_APPLY__OLD) {
			rc = replace(r, c);
			if (rc != DS_APPLY__ABSENT)
				return rc;
		}
		if (move(r->dir, new, name) == 0)
			return DS_APPLY__DONE;
		if (errno != EEXIST)
			return ds_apply__failed(r, c->path);
		rc = ds_apply__look(&seen, r, name, c, false);
		ds_apply__unsee(&seen);
		if (rc < 0)
			return ds_apply__failed(r, c->path);
		was = seen.is;
		if (was == DS_APPLY__OTHER)
			break;
		if (was == DS_APPLY__NEW)
			return drop(r, c, new);
	}
	return ds_apply__kept(r, c->path, MEANWHILE);
}

int
ds_apply__drop(struct ds_apply__run *r, const struct ds_change *c)
{
	char aside[DS_APPLY__TEMPORARY];
	const char *name = ds_apply__name(c->path);
	struct ds_apply__seen seen;
	bool spare;
	int rc, first = 0;

	ds_apply__temporary(aside, name, "");
	if (ds_apply__look(&seen, r, aside, c, true) < 0)
		first = errno;
	spare = first == 0 && ds_apply__is_spare(&seen);
	rc = spare ? drop(r, c, aside) : DS_APPLY__DONE;
	ds_apply__unsee(&seen);
	if (spare)
		return rc;
	if (move(r->dir, aside, name) == 0)
		return stays(r, c, first);
	return errno == EEXIST ? keep_beside(r, c) :
				 ds_apply__failed(r, c->path);
}

int
ds_apply__take_away(struct ds_apply__run *r, const struct ds_change *c)
{
	char aside[DS_APPLY__TEMPORARY];
	const char *name = ds_apply__name(c->path);
	struct ds_apply__seen seen;
	int rc;

	rc = ds_apply__look(&seen, r, name, c, false);
	ds_apply__unsee(&seen);
	if (rc < 0)
		return ds_apply__failed(r, c->path);
	if (seen.is == DS_APPLY__OTHER)
		return ds_apply__kept(r, c->path, MEANWHILE);
	if (seen.is != DS_APPLY__OLD)
		return DS_APPLY__DONE;
	ds_trace("apply", "remove", "%s", c->path);
	ds_apply__temporary(aside, name, "");
	rc = ds_apply__touch(r);
	if (rc < 0)
		return rc;
	if (move(r->dir, name, aside) < 0)
		return errno == ENOENT ? DS_APPLY__DONE :
					 ds_apply__failed(r, c->path);
	return DS_APPLY__PENDING;
}

static bool
is_later(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

/* A killed run left a user's file aside; ${was} is how it is. */
static int
put_back(struct ds_apply__run *r, const struct ds_change *c, const char *aside,
    const struct stat *was)
{
	const char *name = ds_apply__name(c->path);
	struct ds_apply__seen seen;
	int rc;

	if (move(r->dir, aside, name) == 0)
		return DS_APPLY__DONE;
	if (errno != EEXIST)
		return ds_apply__failed(r, c->path);
	rc = ds_apply__look(&seen, r, name, c, false);
	ds_apply__unsee(&seen);
	if (rc < 0)
		return ds_apply__failed(r, c->path);
	if (seen.is == DS_APPLY__NEW && !S_ISDIR(seen.st.st_mode))
		return ds_apply__settle(r, c, &seen.st);
	/* Both are the user's: he expects his last save at the name. */
	if (seen.is == DS_APPLY__OTHER && is_later(was, &seen.st))
		(void)rename_with(r->dir, aside, name, RENAME_EXCHANGE);
	rc = keep_beside(r, c);
	/* With the old entry at the name there is still work to do. */
	return rc == DS_APPLY__REPORTED && seen.is != DS_APPLY__OTHER ?
	    DS_APPLY__DONE :
	    rc;
}

int
ds_apply__recover(struct ds_apply__run *r, const struct ds_change *c)
{
	char aside[DS_APPLY__TEMPORARY], new[DS_APPLY__TEMPORARY];
	const char *name = ds_apply__name(c->path);
	struct ds_apply__seen seen;
	bool spare, gone;
	int rc;

	ds_apply__temporary(new, name, ".new");
	ds_apply__temporary(aside, name, "");
	if (unlinkat(r->dir, new, 0) == 0) {
		rc = ds_apply__touch(r);
		if (rc < 0)
			return rc;
	}
	rc = ds_apply__look(&seen, r, aside, c, true);
	spare = rc == 0 && ds_apply__is_spare(&seen);
	gone = rc == 0 && seen.is == DS_APPLY__NOTHING;
	rc = spare ? drop(r, c, aside) : DS_APPLY__DONE;
	ds_apply__unsee(&seen);
	if (gone || rc != DS_APPLY__DONE)
		return rc;
	rc = ds_apply__touch(r);
	if (rc < 0 || spare)
		return rc;
	return put_back(r, c, aside, &seen.st);
}
