/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening by paths that may be longer than the kernel takes at once, and
 * beneath a folder.  A long path is opened piece by piece, each from the
 * folder that the last one led to.  What must stay beneath a folder has no
 * ".." at all, so that symlinks are the only way out of it: openat2(2) refuses
 * them, and elsewhere each component is opened by itself with O_NOFOLLOW.
 * Either way it is the folders that are held open, not their names, so it
 * does not matter who renames what meanwhile.
 */
#include "ds/compat.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#ifdef SYS_openat2
#include <linux/openat2.h>
#endif

#include "ds/cancel.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/path.h"

#include "file_internal.h"

#ifdef O_PATH
#define PASS (O_PATH | O_DIRECTORY)
#else
#define PASS (O_RDONLY | O_DIRECTORY)
#endif

const char *
ds_file__cut(char piece[DS_FILE__PIECE], const char *path, bool one)
{
	size_t n = strnlen(path, DS_FILE__PIECE);
	const char *slash;

	slash = one ? memchr(path, '/', n) : NULL;
	if (slash != NULL) {
		n = (size_t)(slash - path);
	} else if (n == DS_FILE__PIECE) {
		n--;
		while (n > 0 && path[n] != '/')
			n--;
		if (n == 0 || one) {
			errno = ENAMETOOLONG;
			return NULL;
		}
	}
	memcpy(piece, path, n);
	piece[n] = '\0';
	for (path += n; *path == '/'; path++)
		;
	return path;
}

#ifdef SYS_openat2
static int
open_kernel(int dir, const char *piece, int flags, mode_t mode)
{
	struct open_how how;

	memset(&how, 0, sizeof(how));
#ifdef O_LARGEFILE
	if ((flags & O_PATH) == 0)
		flags |= O_LARGEFILE;
#endif
	how.flags = (unsigned int)flags;
	if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE)
		how.mode = mode & 07777;
	how.resolve =
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
	return (int)syscall(SYS_openat2, dir, piece, &how, sizeof(how));
}
#else
static int
open_kernel(int dir DS_UNUSED, const char *piece DS_UNUSED, int flags DS_UNUSED,
    mode_t mode DS_UNUSED)
{
	errno = ENOSYS;
	return -1;
}
#endif

static int
open_piece(enum ds_file__way way, int dir, const char *piece, int flags,
    mode_t mode)
{
	flags |= O_CLOEXEC;
	if (way == DS_FILE__KERNEL)
		return open_kernel(dir, piece, flags, mode);
	if (way == DS_FILE__STEPS)
		flags |= O_NOFOLLOW;
	return openat(dir, piece, flags, mode);
}

static void
close_quietly(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

int
ds_file__open(enum ds_file__way way, int dir, const char *path, int flags,
    mode_t mode)
{
	char piece[DS_FILE__PIECE];
	int at = dir;
	int fd = -1;

	do {
		path = ds_file__cut(piece, path, way == DS_FILE__STEPS);
		if (path == NULL)
			fd = -1;
		else if (*path == '\0')
			fd = open_piece(way, at, piece, flags, mode);
		else
			fd = open_piece(way, at, piece, PASS, 0);
		if (at != dir)
			close_quietly(at);
		at = fd;
	} while (fd >= 0 && *path != '\0');
	return fd;
}

int
ds_file__open_folder(int dir, const char *path)
{
	return ds_file__open(DS_FILE__FOLLOW, dir, path, PASS, 0);
}

/* With O_PATH, O_NOFOLLOW opens the symlink itself. */
static int
refuse_symlink(int fd)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode))
		return fd;
	close(fd);
	errno = ELOOP;
	return -1;
}

/*
 * ENOSYS: a kernel before 5.6.  EPERM: a container that does not know the call,
 * if not the file's own.  EAGAIN: a rename came between.
 */
static int
try_open(bool kernel, int root, const char *path, int flags, mode_t mode)
{
	int fd = -1;

	if (*path == '\0')
		return openat(root, ".", flags | O_CLOEXEC, mode);
	if (kernel)
		fd = ds_file__open(DS_FILE__KERNEL, root, path, flags, mode);
	if (!kernel ||
	    (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EAGAIN)))
		fd = ds_file__open(DS_FILE__STEPS, root, path, flags, mode);
#ifdef O_PATH
	if ((flags & O_PATH) != 0)
		fd = refuse_symlink(fd);
#endif
	return fd;
}

int
ds_file__open_beneath(bool kernel, int root, const char *path, int flags,
    mode_t mode)
{
	int fd;
	int rc;

	if (*path != '\0' && !ds_path_is_safe(path))
		return ds_err(DS_EINVAL, "'%s' is not a path beneath a folder",
		    path);
	fd = try_open(kernel, root, path, flags, mode);
	while (fd < 0 && errno == EINTR) {
		rc = ds_cancel_check();
		if (rc < 0)
			return rc;
		fd = try_open(kernel, root, path, flags, mode);
	}
	if (fd >= 0)
		return fd;
	switch (errno) {
	case ENOENT:
		return ds_err(DS_ENOTFOUND, "'%s' does not exist", path);
	case EEXIST:
		return ds_err(DS_EEXISTS, "'%s' exists already", path);
	case ELOOP:
	case ENOTDIR:
	case EXDEV:
		return ds_err(DS_EINVAL,
		    "a symlink or a file stands in the way of '%s'", path);
	default:
		return ds_err_sys("cannot open '%s'", path);
	}
}

int
ds_file_open_beneath(int root, const char *path, int flags, mode_t mode)
{
	return ds_file__open_beneath(true, root, path, flags, mode);
}
