/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/file.h"

#include "../../lib/base/file_internal.h"

#include "tap.h"

#define LEVELS 200

/* Names that no terminal likes. */
#define ODD "\n\377 '\033"

static char base[] = "/tmp/ds-unit-file-XXXXXX";
static int dir;

static void
remove_tree(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e = d == NULL ? NULL : readdir(d);

	for (; e != NULL; e = readdir(d))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			remove_tree(dirfd(d), e->d_name);
	if (d != NULL)
		closedir(d);
	if (unlinkat(at, name, 0) < 0)
		(void)unlinkat(at, name, AT_REMOVEDIR);
}

static size_t
count(const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY);
	DIR *d = fdopendir(fd);
	size_t n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static bool
holds(int at, const char *path, const char *want)
{
	struct ds_buf b = DS_BUF_INIT;
	bool same;

	same = ds_file_read(&b, at, path, 1 << 20) == 0 &&
	    strcmp(b.data, want) == 0;
	ds_buf_release(&b);
	return same;
}

static void
replacing(void)
{
	struct stat st;

	ok(mkdirat(dir, "r", 0700) == 0, "a folder");
	ok(ds_file_replace(dir, "r/a", "one", 3, 0640) == 0, "a new file");
	ok(holds(dir, "r/a", "one"), "has its bytes");
	ok(fstatat(dir, "r/a", &st, 0) == 0 && (st.st_mode & 07777) == 0640,
	    "and its mode");
	ok(ds_file_replace(dir, "r/a", "", 0, 0600) == 0, "replaced");
	ok(holds(dir, "r/a", ""), "by nothing");
	ok(ds_file_replace(dir, "r/" ODD, "x", 1, 0600) == 0, "any name");
	ok(holds(dir, "r/" ODD, "x"), "can be read");
	ds_file_set_durable(false);
	ok(ds_file_replace(dir, "r/a", "two", 3, 0600) == 0, "not durable");
	ds_file_set_durable(true);
	ok(holds(dir, "r/a", "two"), "is written all the same");
	mkdirat(dir, "r/folder", 0700);
	ok(ds_file_replace(dir, "r/folder", "x", 1, 0600) == DS_ESYS,
	    "a folder is not replaced");
	is_str(ds_err_text(), "cannot write 'r/folder': Is a directory",
	    "the error names the path");
	ok(ds_file_replace(dir, "none/a", "x", 1, 0600) == DS_ESYS, "nor made");
	ok(count("r") == 3, "and no temporary file stays");
}

/* A limit on the size of files stands for a full disk. */
static void
full_disk(void)
{
	struct rlimit small = { 100, RLIM_INFINITY };
	struct rlimit old;
	char big[1000];

	memset(big, 'x', sizeof(big));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	ok(ds_file_replace(dir, "r/a", big, sizeof(big), 0600) == DS_ESYS,
	    "what cannot be written whole");
	setrlimit(RLIMIT_FSIZE, &old);
	is_str(ds_err_text(), "cannot write 'r/a': File too large", "is told");
	ok(holds(dir, "r/a", "two"), "and leaves the old bytes");
	ok(count("r") == 3, "and no temporary file");
}

static void
reading(void)
{
	struct ds_buf b = DS_BUF_INIT;
	static char big[200000];
	int fds[2];

	ok(ds_file_read(&b, dir, "none", 10) == DS_ENOTFOUND, "not there");
	is_str(ds_err_text(), "'none' does not exist", "the error says so");
	ok(ds_file_read(&b, dir, "r/a/b", 10) == DS_ENOTFOUND,
	    "nor beneath a file");
	ok(ds_file_read(&b, dir, "r", 10) == DS_ESYS, "a folder has no bytes");
	ok(ds_file_read(&b, dir, "r/a", 3) == 0 && b.len == 3,
	    "as many bytes as allowed");
	ok(ds_file_read(&b, dir, "r/a", 2) == DS_EINVAL, "one more than that");
	is_str(ds_err_text(), "'r/a' is larger than 2 bytes", "is told");
	ok(ds_file_read(&b, dir, "r/a", SIZE_MAX) == 0, "without a limit");
	is_str(b.data, "twotwo", "reading appends");
	ds_buf_release(&b);
	memset(big, 'b', sizeof(big));
	ds_file_replace(dir, "big", big, sizeof(big), 0600);
	ok(ds_file_read(&b, dir, "big", 1 << 20) == 0 && b.len == sizeof(big) &&
		memcmp(b.data, big, b.len) == 0,
	    "a larger file");
	ds_buf_release(&b);
	ok(ds_file_read(&b, AT_FDCWD, "/proc/self/status", 1 << 20) == 0 &&
		b.len > 100,
	    "a file that does not know its size");
	ds_buf_release(&b);
	ok(pipe(fds) == 0, "a pipe");
	ok(ds_file_write_fd(fds[1], "abc", 3, "pipe") == 0, "is written");
	close(fds[1]);
	ok(ds_file_read_fd(&b, fds[0], 100, "pipe") == 0, "and read");
	is_str(b.data, "abc", "to its end");
	close(fds[0]);
	ds_buf_release(&b);
	ok(ds_file_write_fd(-1, "a", 1, "x") == DS_ESYS, "a bad descriptor");
	ok(ds_file_sync(-1, "x") == DS_ESYS, "cannot be flushed");
	ok(ds_file_sync_dir(dir, "r") == 0, "a folder can");
	ok(ds_file_sync_dir(dir, "none") == DS_ESYS, "if it is there");
}

static void
make_folders(void)
{
	struct ds_buf b = DS_BUF_INIT;
	struct stat st;
	size_t n;

	ds_buf_addf(&b, "%s/m//" ODD "/./x/", base);
	ok(ds_file_mkdirs(b.data, 0750) == 0, "folders");
	ok(stat(b.data, &st) == 0 && (st.st_mode & 07777) == 0750,
	    "with their mode");
	ok(ds_file_mkdirs(b.data, 0700) == 0, "are there already");
	n = b.len;
	ds_buf_addf(&b, "../../m2/y");
	ok(ds_file_mkdirs(b.data, 0700) == 0 &&
		fstatat(dir, "m/m2/y", &st, 0) == 0,
	    "'..' leads up");
	ds_buf_cut(&b, n);
	ds_buf_release(&b);
	ok(symlinkat("m", dir, "to-m") == 0, "a symlink to a folder");
	ds_buf_addf(&b, "%s/to-m/z", base);
	ok(ds_file_mkdirs(b.data, 0700) == 0 &&
		fstatat(dir, "m/z", &st, 0) == 0,
	    "is followed");
	ds_buf_release(&b);
	ds_buf_addf(&b, "%s/r/a/b", base);
	ok(ds_file_mkdirs(b.data, 0700) == DS_ESYS, "a file is no folder");
	ok(strstr(ds_err_text(), "r/a/b': Not a directory") != NULL,
	    "the error says so");
	ds_buf_release(&b);
}

/* What opening gives: 0 or a code. */
static int
try(bool kernel, const char *path, int flags)
{
	int fd = ds_file__open_beneath(kernel, dir, path, flags, 0600);

	if (fd < 0)
		return fd;
	ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "it is close-on-exec");
	close(fd);
	return 0;
}

static void
make_traps(void)
{
	mkdirat(dir, "b", 0700);
	mkdirat(dir, "b/sub", 0700);
	mkdirat(dir, "b/sub/" ODD, 0700);
	ds_file_replace(dir, "b/sub/file", "f", 1, 0600);
	ds_file_replace(dir, "b/sub/" ODD "/file", "f", 1, 0600);
	symlinkat("/", dir, "b/to-root");
	symlinkat("sub", dir, "b/to-sub");
	symlinkat("file", dir, "b/sub/to-file");
	symlinkat("nowhere", dir, "b/sub/dangling");
	symlinkat("/proc/self/cwd", dir, "b/magic");
}

static void
beneath(bool kernel)
{
	int flags = O_RDONLY;

	ok(try(kernel, "b/sub/file", flags) == 0, "a file");
	ok(try(kernel, "b/sub/" ODD "/file", flags) == 0, "odd names");
	ok(try(kernel, "b/sub", flags | O_DIRECTORY) == 0, "a folder");
	ok(try(kernel, "", flags | O_DIRECTORY) == 0, "the root");
	ok(try(kernel, "b/sub/none", flags) == DS_ENOTFOUND, "not there");
	ok(try(kernel, "b/none/file", flags) == DS_ENOTFOUND, "nor above");
	is_str(ds_err_text(), "'b/none/file' does not exist", "is told");
	ok(try(kernel, "b/to-sub/file", flags) == DS_EINVAL,
	    "a symlink on the way is refused");
	is_str(ds_err_text(),
	    "a symlink or a file stands in the way of 'b/to-sub/file'",
	    "and why is told");
	ok(try(kernel, "b/to-root/etc/passwd", flags) == DS_EINVAL,
	    "one that leads out, too");
	ok(try(kernel, "b/magic/x", flags) == DS_EINVAL, "a magic one, too");
	ok(try(kernel, "b/sub/to-file", flags) == DS_EINVAL,
	    "a symlink at the end is refused");
	ok(try(kernel, "b/to-sub", flags | O_DIRECTORY) == DS_EINVAL,
	    "to a folder, too");
	ok(try(kernel, "b/sub/dangling", O_WRONLY | O_CREAT) == DS_EINVAL,
	    "nothing is made through a symlink");
	ok(try(kernel, "b/sub/dangling", O_WRONLY | O_CREAT | O_EXCL) ==
		DS_EEXISTS,
	    "nor in place of one");
#ifdef O_PATH
	ok(try(kernel, "b/sub/to-file", O_PATH | O_NOFOLLOW) == DS_EINVAL,
	    "the symlink itself is not opened");
	ok(try(kernel, "b/sub/to-file", O_PATH) == DS_EINVAL, "in neither way");
	ok(try(kernel, "b/sub", O_PATH | O_DIRECTORY) == 0, "a folder is");
#endif
	ok(try(kernel, "b/sub/file/x", flags) == DS_EINVAL, "below a file");
	ok(try(kernel, "b/../r/a", flags) == DS_EINVAL, "'..' inside");
	ok(try(kernel, "..", flags) == DS_EINVAL, "'..' alone");
	ok(try(kernel, "b/sub/..", flags) == DS_EINVAL, "'..' at the end");
	ok(try(kernel, "/etc/passwd", flags) == DS_EINVAL, "absolute");
	ok(try(kernel, "b//sub", flags) == DS_EINVAL, "empty component");
	ok(try(kernel, "b/sub/new", O_WRONLY | O_CREAT | O_EXCL) == 0,
	    "a new file");
	ok(try(kernel, "b/sub/new", O_WRONLY | O_CREAT | O_EXCL) == DS_EEXISTS,
	    "is made once");
	unlinkat(dir, "b/sub/new", 0);
}

/* A folder that one can pass, but not read. */
static void
passing(bool kernel)
{
	fchmodat(dir, "b/sub", 0100, 0);
	ok(try(kernel, "b/sub/file", O_RDONLY) == 0,
	    "a folder on the way need not be readable");
	fchmodat(dir, "b/sub", 0700, 0);
}

static void
deep(void)
{
	static char name[256];
	struct ds_buf path = DS_BUF_INIT;
	struct ds_buf full = DS_BUF_INIT;
	int i;
	int fd;

	for (i = 0; i < LEVELS; i++)
		ds_buf_addf(&path, "%slevel-%03d-of-a-deep-tree-of-folders",
		    i > 0 ? "/" : "", i);
	ds_buf_addf(&full, "%s/%s", base, path.data);
	ok(path.len > 4096, "a path longer than one call takes");
	ok(ds_file_mkdirs(full.data, 0700) == 0, "its folders are made");
	ok(ds_file_mkdirs(full.data, 0700) == 0, "and found");
	ds_buf_adds(&path, "/file");
	ds_buf_adds(&full, "/file");
	ok(ds_file_replace(dir, path.data, "deep", 4, 0600) == 0,
	    "a file is made there");
	ok(holds(dir, path.data, "deep"), "and read");
	ok(holds(AT_FDCWD, full.data, "deep"), "by its absolute path, too");
	fd = ds_file_open_beneath(dir, path.data, O_RDONLY, 0);
	ok(fd >= 0, "and opened");
	close(fd);
	ok(try(true, path.data, O_RDONLY) == 0, "by openat2");
	ok(try(false, path.data, O_RDONLY) == 0, "and by steps");
	ds_buf_addc(&path, 's');
	ok(try(true, path.data, O_RDONLY) == DS_ENOTFOUND &&
		try(false, path.data, O_RDONLY) == DS_ENOTFOUND,
	    "what is not there is not found");
	ok(ds_file_read(&full, dir, path.data, 9) == DS_ENOTFOUND, "nor read");
	ds_buf_release(&full);
	ds_buf_release(&path);
	memset(name, 'n', sizeof(name));
	for (i = 0; i < 20; i++)
		ds_buf_add(&path, name, sizeof(name));
	ok(try(true, path.data, O_RDONLY) == DS_ESYS &&
		try(false, path.data, O_RDONLY) == DS_ESYS,
	    "a name can be too long");
	ok(strstr(ds_err_text(), ": File name too long") != NULL,
	    "which is told");
	ok(ds_file_mkdirs(path.data, 0700) == DS_ESYS, "for a folder, too");
	ds_buf_release(&path);
}

int
main(void)
{
	umask(0022);
	if (mkdtemp(base) == NULL)
		return 1;
	dir = open(base, O_RDONLY | O_DIRECTORY);
	replacing();
	full_disk();
	reading();
	make_folders();
	make_traps();
	beneath(true);
	beneath(false);
	passing(true);
	passing(false);
	deep();
	remove_tree(AT_FDCWD, base);
	ok(access(base, F_OK) < 0 && errno == ENOENT, "all is removed");
	close(dir);
	return tap_done();
}
