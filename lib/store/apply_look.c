/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on the disk under a name?  A file is read only where its size is
 * that of the old or the new content, so a user's huge file costs nothing and
 * memory is bounded by what the store holds.
 *
 * Whether a program writes to a file is asked of the kernel: a read lease
 * (fcntl(2), F_SETLEASE) is granted only while nobody has it open for writing
 * or mapped so.  As long as we hold it, who opens the file for writing
 * waits, and F_GETLEASE tells us of him.  His signal to us is SIGURG, which is
 * ignored by default: SIGIO would end the process.
 */
#include "ds/compat.h"

#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <git2.h>
#include <linux/magic.h>

#include "ds/apply.h"
#include "ds/buf.h"
#include "ds/err.h"
#include "ds/file.h"
#include "apply_internal.h"

#define PREFIX ".datasync-"
#define UNKNOWN_SIZE UINT64_MAX

/* FNV-1a, 64 bits: the name of a temporary follows from its target's. */
static uint64_t
hash(const char *name)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *name != '\0'; name++) {
		h ^= (unsigned char)*name;
		h *= UINT64_C(1099511628211);
	}
	return h;
}

void
ds_apply__temporary(char out[DS_APPLY__TEMPORARY], const char *name,
    const char *suffix)
{
	snprintf(out, DS_APPLY__TEMPORARY, PREFIX "%016" PRIx64 "%s",
	    hash(name), suffix);
}

bool
ds_apply_is_temporary(const char *name)
{
	size_t n = strlen(PREFIX);

	if (strncmp(name, PREFIX, n) != 0)
		return false;
	name += n;
	if (strspn(name, "0123456789abcdef") != 16)
		return false;
	name += 16;
	return name[0] == '\0' || strcmp(name, ".new") == 0 ||
	    strcmp(name, ".mode") == 0;
}

static uint64_t
size_of(const struct ds_apply__run *r, const struct ds_entry *e)
{
	git_object_t type;
	size_t len;

	if (e->kind != DS_KIND_FILE)
		return UNKNOWN_SIZE;
	if (git_odb_read_header(&len, &type, r->job->odb, &e->id) < 0)
		return UNKNOWN_SIZE;
	return len;
}

/* The sizes of both contents; they serve all looks at one change. */
static bool
size_fits(struct ds_apply__run *r, const struct ds_change *c, off_t size)
{
	if (r->sized != c) {
		r->old_size = size_of(r, &c->old);
		r->new_size = ds_entry_same_content(&c->old, &c->new) ?
		    r->old_size :
		    size_of(r, &c->new);
		r->sized = c;
	}
	return size >= 0 &&
	    ((uint64_t)size == r->old_size || (uint64_t)size == r->new_size);
}

static enum ds_apply__is
compare(const struct ds_change *c, enum ds_kind kind, const void *data,
    size_t len)
{
	git_oid id;

	if (git_odb_hash(&id, len > 0 ? data : "", len, GIT_OBJECT_BLOB) < 0)
		return DS_APPLY__OTHER;
	if (c->new.kind == kind && git_oid_equal(&id, &c->new.id))
		return DS_APPLY__NEW;
	if (c->old.kind == kind && git_oid_equal(&id, &c->old.id))
		return DS_APPLY__OLD;
	return DS_APPLY__OTHER;
}

/* Servers answer EAGAIN for reasons of their own. */
static bool
is_remote(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	switch ((unsigned long)fs.f_type & 0xffffffffUL) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

static void
take_lease(struct ds_apply__seen *seen)
{
	if (fcntl(seen->fd, F_SETSIG, SIGURG) < 0)
		return;
	seen->leased = fcntl(seen->fd, F_SETLEASE, F_RDLCK) == 0;
	seen->busy = !seen->leased && errno == EAGAIN && !is_remote(seen->fd);
}

static int
look_at_file(struct ds_apply__seen *seen, struct ds_apply__run *r,
    const char *name, const struct ds_change *c, bool lease)
{
	struct ds_buf b = DS_BUF_INIT;
	int rc, saved;

	seen->fd = openat(r->dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (seen->fd < 0)
		return errno == ELOOP || errno == ENXIO ? 0 : -1;
	if (lease)
		take_lease(seen);
	if (fstat(seen->fd, &seen->st) < 0)
		return -1;
	if (!S_ISREG(seen->st.st_mode) || !size_fits(r, c, seen->st.st_size))
		return 0;
	rc = ds_file_read_fd(&b, seen->fd, (size_t)seen->st.st_size, name);
	saved = errno;
	if (rc == 0 && b.len == (size_t)seen->st.st_size)
		seen->is = compare(c, DS_KIND_FILE, b.data, b.len);
	ds_buf_release(&b);
	if (rc < 0)
		ds_err_clear();
	errno = rc == DS_ENOMEM ? ENOMEM : saved;
	/* Longer than it was a moment ago: somebody writes. */
	return rc < 0 && rc != DS_EINVAL ? -1 : 0;
}

static int
look_at_link(struct ds_apply__seen *seen, struct ds_apply__run *r,
    const char *name, const struct ds_change *c)
{
	char target[PATH_MAX];
	ssize_t n;

	n = readlinkat(r->dir, name, target, sizeof(target));
	if (n < 0)
		return errno == EINVAL ? 0 : -1;
	seen->is = compare(c, DS_KIND_LINK, target, (size_t)n);
	return 0;
}

int
ds_apply__look(struct ds_apply__seen *seen, struct ds_apply__run *r,
    const char *name, const struct ds_change *c, bool lease)
{
	int rc = 0;

	memset(seen, 0, sizeof(*seen));
	seen->fd = -1;
	seen->is = DS_APPLY__OTHER;
	if (fstatat(r->dir, name, &seen->st, AT_SYMLINK_NOFOLLOW) < 0)
		rc = -1;
	else if (S_ISREG(seen->st.st_mode))
		rc = look_at_file(seen, r, name, c, lease);
	else if (S_ISLNK(seen->st.st_mode))
		rc = look_at_link(seen, r, name, c);
	else if (S_ISDIR(seen->st.st_mode) && c->new.kind == DS_KIND_DIR)
		seen->is = DS_APPLY__NEW;
	else if (S_ISDIR(seen->st.st_mode) && c->old.kind == DS_KIND_DIR)
		seen->is = DS_APPLY__OLD;
	if (rc < 0 && errno == ENOENT) {
		seen->is = DS_APPLY__NOTHING;
		rc = 0;
	}
	return rc;
}

bool
ds_apply__is_spare(const struct ds_apply__seen *seen)
{
	if (seen->is != DS_APPLY__NEW && seen->is != DS_APPLY__OLD)
		return false;
	if (S_ISDIR(seen->st.st_mode) || seen->busy)
		return false;
	return !seen->leased || fcntl(seen->fd, F_GETLEASE) == F_RDLCK;
}

/* Closing gives the lease back. */
void
ds_apply__unsee(struct ds_apply__seen *seen)
{
	if (seen->fd >= 0)
		close(seen->fd);
	seen->fd = -1;
	seen->leased = false;
}
