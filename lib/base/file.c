/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/file.h"

#include "file_internal.h"

#define CHUNK 65536

static atomic_bool durable = true;

void
ds_file_set_durable(bool yes)
{
	atomic_store(&durable, yes);
}

/* Flush to the medium, past the drive's own cache where that needs asking. */
static int
flush(int fd)
{
#ifdef F_FULLFSYNC
	if (fcntl(fd, F_FULLFSYNC) == 0)
		return 0;
#endif
	return fsync(fd);
}

int
ds_file_sync(int fd, const char *what)
{
	int rc;

	if (!atomic_load(&durable))
		return 0;
	do {
		rc = flush(fd);
	} while (rc < 0 && errno == EINTR);
	/* Some file systems have nothing to flush, and for folders say so. */
	if (rc < 0 && errno != EINVAL && errno != EROFS)
		return ds_err_sys("cannot flush '%s'", what);
	return 0;
}

int
ds_file_sync_dir(int dir, const char *path)
{
	int fd;
	int rc;

	if (!atomic_load(&durable))
		return 0;
	fd = ds_file__open(DS_FILE__FOLLOW, dir, path, O_RDONLY | O_DIRECTORY,
	    0);
	if (fd < 0)
		return ds_err_sys("cannot open the folder '%s'", path);
	rc = ds_file_sync(fd, path);
	close(fd);
	return rc;
}

/* How much to ask for first: a file whole, and one byte to see its end. */
static size_t
first_ask(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (uintmax_t)st.st_size >= SIZE_MAX / 4)
		return CHUNK;
	return (size_t)st.st_size + 1;
}

int
ds_file_read_fd(struct ds_buf *out, int fd, size_t max, const char *what)
{
	size_t ask = first_ask(fd);
	size_t got = 0;
	ssize_t n;

	do {
		char *room;

		/* One byte past the limit tells that there is more. */
		if (ask > max - got)
			ask = max - got + (max < SIZE_MAX);
		room = ds_buf_room(out, ask);
		if (room == NULL)
			return ds_err_nomem();
		do {
			n = read(fd, room, ask);
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			return ds_err_sys("cannot read '%s'", what);
		if ((size_t)n > max - got)
			return ds_err(DS_EINVAL,
			    "'%s' is larger than %zu bytes", what, max);
		got += (size_t)n;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		ask = out->cap - out->len - 1;
		if (ask == 0)
			ask = CHUNK;
	} while (n > 0);
	return 0;
}

int
ds_file_read(struct ds_buf *out, int dir, const char *path, size_t max)
{
	int fd;
	int rc;

	fd = ds_file__open(DS_FILE__FOLLOW, dir, path, O_RDONLY | O_NOCTTY, 0);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return ds_err(DS_ENOTFOUND, "'%s' does not exist", path);
	if (fd < 0)
		return ds_err_sys("cannot open '%s'", path);
	rc = ds_file_read_fd(out, fd, max, path);
	close(fd);
	return rc;
}

int
ds_file_write_fd(int fd, const void *bytes, size_t n, const char *what)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return ds_err_sys("cannot write '%s'", what);
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Open the folder that holds ${path}; ${name} is what it is called there. */
static int
open_parent(int *out, const char **name, int dir, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;

	*name = slash == NULL ? path : slash + 1;
	if (slash == NULL)
		folder = strdup(".");
	else
		folder = strndup(path, (size_t)(slash - path + 1));
	if (folder == NULL)
		return ds_err_nomem();
	*out = ds_file__open(DS_FILE__FOLLOW, dir, folder,
	    O_RDONLY | O_DIRECTORY, 0);
	free(folder);
	return *out < 0 ? ds_err_sys("cannot write '%s'", path) : 0;
}

/*
 * A new file in ${parent}, with a name of its own: the form that scans pass
 * over, since a kill can leave one behind.
 */
static int
make_temporary(int *out, char *name, size_t size, int parent, mode_t mode,
    const char *path)
{
	uint64_t r;
	int tries = 8;

	do {
		if (getentropy(&r, sizeof(r)) < 0)
			return ds_err_sys("cannot get random bytes");
		(void)snprintf(name, size, ".datasync-%016" PRIx64 ".new", r);
		*out = openat(parent, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	} while (*out < 0 && errno == EEXIST && --tries > 0);
	return *out < 0 ? ds_err_sys("cannot write '%s'", path) : 0;
}

/* Fill the new file and close it in any case. */
static int
fill(int fd, const void *bytes, size_t n, const char *path)
{
	int rc;

	rc = ds_file_write_fd(fd, bytes, n, path);
	if (rc == 0)
		rc = ds_file_sync(fd, path);
	if (close(fd) < 0 && rc == 0)
		rc = ds_err_sys("cannot write '%s'", path);
	return rc;
}

int
ds_file_replace(int dir, const char *path, const void *bytes, size_t n,
    mode_t mode)
{
	char tmp[sizeof(".datasync-.new") + 16];
	const char *name;
	int parent = -1;
	int fd = -1;
	int rc;

	rc = open_parent(&parent, &name, dir, path);
	if (rc < 0)
		return rc;
	rc = make_temporary(&fd, tmp, sizeof(tmp), parent, mode, path);
	if (rc < 0)
		goto out;
	rc = fill(fd, bytes, n, path);
	if (rc == 0 && renameat(parent, tmp, parent, name) < 0)
		rc = ds_err_sys("cannot write '%s'", path);
	if (rc < 0)
		(void)unlinkat(parent, tmp, 0);
	else
		rc = ds_file_sync(parent, path);
out:
	close(parent);
	return rc;
}

/* The folder ${name} in ${at}, made if need be; -1 and errno if it cannot. */
static int
enter(int at, const char *name, mode_t mode)
{
	int fd = ds_file__open_folder(at, name);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(at, name, mode) < 0 && errno != EEXIST)
		return -1;
	return ds_file__open_folder(at, name);
}

int
ds_file_mkdirs(const char *path, mode_t mode)
{
	char name[DS_FILE__PIECE];
	const char *rest = path;
	int at;
	int fd;

	at = ds_file__open_folder(AT_FDCWD, path);
	if (at >= 0) {
		close(at);
		return 0;
	}
	at = ds_file__open_folder(AT_FDCWD, *path == '/' ? "/" : ".");
	while (*rest == '/')
		rest++;
	while (at >= 0 && *rest != '\0') {
		rest = ds_file__cut(name, rest, true);
		fd = rest == NULL ? -1 : enter(at, name, mode);
		if (fd < 0)
			(void)ds_err_sys("cannot make the folder '%s'", path);
		close(at);
		if (fd < 0)
			return DS_ESYS;
		at = fd;
	}
	if (at < 0)
		return ds_err_sys("cannot make the folder '%s'", path);
	close(at);
	return 0;
}
