/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LD_PRELOAD=fault.so: the Nth call of a kind fails, or is the last one.
 *
 *   DS_FAULT_CALL    open, write, fsync, rename, renameat2, link, symlink,
 *                    mkdir, unlink, ftruncate, fchmod, malloc; a list with
 *                    commas; or "any": all of them but malloc
 *   DS_FAULT_NTH     which of the matching calls, from 1; 0: none, only count
 *   DS_FAULT_ERRNO   a name (EIO, ENOSPC ...) or number; EIO if not given
 *   DS_FAULT_STAY    1: all calls after the Nth fail as well
 *   DS_FAULT_KILL    1: no error, SIGKILL
 *   DS_FAULT_WHEN    before or after the call is done (for DS_FAULT_KILL)
 *   DS_FAULT_PATH    only calls on paths that contain this
 *   DS_FAULT_COUNT   a file that gets the number of matching calls at exit
 *
 * A kind covers all that glibc offers for it: "open" is open, openat and their
 * 64 and _2 twins, and openat2 by syscall(2).  "openat" is another word for
 * it.  Calls that glibc makes inside itself (stdio's writes) are not seen.
 */
#include "ds/compat.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

enum kind {
	OPEN,
	WRITE,
	FSYNC,
	RENAME,
	RENAMEAT2,
	LINK,
	SYMLINK,
	MKDIR,
	UNLINK,
	FTRUNCATE,
	FCHMOD,
	MALLOC,
	KINDS
};

static const char *const kind_names[KINDS] = {
	"open",
	"write",
	"fsync",
	"rename",
	"renameat2",
	"link",
	"symlink",
	"mkdir",
	"unlink",
	"ftruncate",
	"fchmod",
	"malloc",
};

enum verdict { PASS, FAIL, DIE_AFTER };

static const struct {
	const char *name;
	int value;
} errnos[] = {
	{ "EACCES", EACCES },
	{ "EDQUOT", EDQUOT },
	{ "EEXIST", EEXIST },
	{ "EINTR", EINTR },
	{ "EINVAL", EINVAL },
	{ "EIO", EIO },
	{ "EMFILE", EMFILE },
	{ "ENOENT", ENOENT },
	{ "ENOMEM", ENOMEM },
	{ "ENOSPC", ENOSPC },
	{ "ENOSYS", ENOSYS },
	{ "EPERM", EPERM },
	{ "EROFS", EROFS },
	{ "EXDEV", EXDEV },
};

static bool wanted[KINDS];
static unsigned long nth;
static int fault_errno = EIO;
static bool stay, killing, after;
static const char *only;
static const char *count_file;
static _Atomic unsigned long seen;

/* glibc's own, for as long as dlsym() looks for the next malloc. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

/* Not in any header: what open(2) becomes with _FORTIFY_SOURCE. */
int __open_2(const char *, int);
int __open64_2(const char *, int);
int __openat_2(int, const char *, int);
int __openat64_2(int, const char *, int);

/* The next definition of ${name}, in a pointer that is called real. */
#define REAL(name)                                                             \
	static void *next;                                                     \
	__typeof__(name) *real;                                                \
                                                                               \
	if (next == NULL)                                                      \
		next = dlsym(RTLD_NEXT, #name);                                \
	memcpy(&real, &next, sizeof(real))

static bool
is_on(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && strcmp(v, "1") == 0;
}

static void
want(const char *word, size_t n)
{
	int i;

	for (i = 0; i < KINDS; i++)
		if ((n == 3 && memcmp(word, "any", 3) == 0 && i != MALLOC) ||
		    (strlen(kind_names[i]) == n &&
			memcmp(kind_names[i], word, n) == 0))
			wanted[i] = true;
	if (n == 6 && memcmp(word, "openat", 6) == 0)
		wanted[OPEN] = true;
}

static void
read_errno(const char *v)
{
	size_t i;

	fault_errno = (int)strtol(v, NULL, 10);
	for (i = 0; i < ds_nitems(errnos); i++)
		if (strcmp(v, errnos[i].name) == 0)
			fault_errno = errnos[i].value;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *v = getenv("DS_FAULT_CALL");

	while (v != NULL && *v != '\0') {
		size_t n = strcspn(v, ",");

		want(v, n);
		v += n + (v[n] == ',');
	}
	v = getenv("DS_FAULT_NTH");
	nth = v != NULL ? strtoul(v, NULL, 10) : 0;
	v = getenv("DS_FAULT_ERRNO");
	if (v != NULL)
		read_errno(v);
	stay = is_on("DS_FAULT_STAY");
	killing = is_on("DS_FAULT_KILL");
	v = getenv("DS_FAULT_WHEN");
	after = v != NULL && strcmp(v, "after") == 0;
	only = getenv("DS_FAULT_PATH");
	count_file = getenv("DS_FAULT_COUNT");
}

__attribute__((destructor)) static void
end(void)
{
	char text[32];
	int fd, n;

	if (count_file == NULL)
		return;
	n = snprintf(text, sizeof(text), "%lu\n", atomic_load(&seen));
	fd = (int)syscall(SYS_openat, AT_FDCWD, count_file,
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return;
	(void)!syscall(SYS_write, fd, text, (size_t)n);
	(void)close(fd);
}

/* ${path} below the folder ${fd}, or ${fd} itself. */
static bool
on_path(int fd, const char *path)
{
	char link[32], name[PATH_MAX];
	long n;

	if (only == NULL || (path != NULL && strstr(path, only) != NULL))
		return true;
	if (fd < 0 || (path != NULL && path[0] == '/'))
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	if (n < 0)
		return false;
	name[n] = '\0';
	return strstr(name, only) != NULL;
}

static _Noreturn void
die(void)
{
	(void)kill(getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

static enum verdict
judge(enum kind kind, int fd, const char *path)
{
	unsigned long n;
	int saved = errno;
	bool ours;

	if (!wanted[kind])
		return PASS;
	ours = kind == MALLOC || on_path(fd, path);
	errno = saved;
	if (!ours)
		return PASS;
	n = atomic_fetch_add(&seen, 1) + 1;
	if (nth == 0 || n < nth || (n > nth && !stay))
		return PASS;
	if (killing && after)
		return DIE_AFTER;
	if (killing)
		die();
	errno = fault_errno;
	return FAIL;
}

/* The body of a wrapper: judge, call, die. */
#define WRAP(kind, fd, path, name, args)                                       \
	do {                                                                   \
		enum verdict what = judge(kind, fd, path);                     \
		REAL(name);                                                    \
		__typeof__(real args) rc;                                      \
                                                                               \
		if (what == FAIL)                                              \
			return -1;                                             \
		rc = real args;                                                \
		if (what == DIE_AFTER)                                         \
			die();                                                 \
		return rc;                                                     \
	} while (0)

ssize_t
write(int fd, const void *p, size_t n)
{
	WRAP(WRITE, fd, NULL, write, (fd, p, n));
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	WRAP(WRITE, fd, NULL, pwrite, (fd, p, n, at));
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	WRAP(WRITE, fd, NULL, pwrite64, (fd, p, n, at));
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	WRAP(WRITE, fd, NULL, writev, (fd, v, n));
}

int
fsync(int fd)
{
	WRAP(FSYNC, fd, NULL, fsync, (fd));
}

int
fdatasync(int fd)
{
	WRAP(FSYNC, fd, NULL, fdatasync, (fd));
}

int
syncfs(int fd)
{
	WRAP(FSYNC, fd, NULL, syncfs, (fd));
}

int
rename(const char *a, const char *b)
{
	WRAP(RENAME, -1, b, rename, (a, b));
}

int
renameat(int x, const char *a, int y, const char *b)
{
	WRAP(RENAME, y, b, renameat, (x, a, y, b));
}

int
renameat2(int x, const char *a, int y, const char *b, unsigned flags)
{
	WRAP(RENAMEAT2, y, b, renameat2, (x, a, y, b, flags));
}

int
link(const char *a, const char *b)
{
	WRAP(LINK, -1, b, link, (a, b));
}

int
linkat(int x, const char *a, int y, const char *b, int flags)
{
	WRAP(LINK, y, b, linkat, (x, a, y, b, flags));
}

int
symlink(const char *a, const char *b)
{
	WRAP(SYMLINK, -1, b, symlink, (a, b));
}

int
symlinkat(const char *a, int y, const char *b)
{
	WRAP(SYMLINK, y, b, symlinkat, (a, y, b));
}

int
mkdir(const char *path, mode_t mode)
{
	WRAP(MKDIR, -1, path, mkdir, (path, mode));
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	WRAP(MKDIR, dir, path, mkdirat, (dir, path, mode));
}

int
unlink(const char *path)
{
	WRAP(UNLINK, -1, path, unlink, (path));
}

int
rmdir(const char *path)
{
	WRAP(UNLINK, -1, path, rmdir, (path));
}

int
unlinkat(int dir, const char *path, int flags)
{
	WRAP(UNLINK, dir, path, unlinkat, (dir, path, flags));
}

int
ftruncate(int fd, off_t n)
{
	WRAP(FTRUNCATE, fd, NULL, ftruncate, (fd, n));
}

int
ftruncate64(int fd, off64_t n)
{
	WRAP(FTRUNCATE, fd, NULL, ftruncate64, (fd, n));
}

int
fchmod(int fd, mode_t mode)
{
	WRAP(FCHMOD, fd, NULL, fchmod, (fd, mode));
}

/* The mode is there only with O_CREAT or O_TMPFILE; else it does not count. */
static mode_t
mode_of(int flags, va_list ap)
{
	return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
}

int
open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	WRAP(OPEN, -1, path, open, (path, flags, mode));
}

int
open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	WRAP(OPEN, -1, path, open64, (path, flags, mode));
}

int
openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	WRAP(OPEN, dir, path, openat, (dir, path, flags, mode));
}

int
openat64(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	WRAP(OPEN, dir, path, openat64, (dir, path, flags, mode));
}

int
__open_2(const char *path, int flags)
{
	WRAP(OPEN, -1, path, __open_2, (path, flags));
}

int
__open64_2(const char *path, int flags)
{
	WRAP(OPEN, -1, path, __open64_2, (path, flags));
}

int
__openat_2(int dir, const char *path, int flags)
{
	WRAP(OPEN, dir, path, __openat_2, (dir, path, flags));
}

int
__openat64_2(int dir, const char *path, int flags)
{
	WRAP(OPEN, dir, path, __openat64_2, (dir, path, flags));
}

/* Calls that glibc has no wrapper for, or an old one had none for. */
static enum verdict
judge_syscall(long n, const long *a)
{
	const char *path;

	switch (n) {
	case SYS_openat2:
		memcpy(&path, &a[1], sizeof(path));
		return judge(OPEN, (int)a[0], path);
	case SYS_renameat2:
		memcpy(&path, &a[3], sizeof(path));
		return judge(RENAMEAT2, (int)a[2], path);
	default:
		return PASS;
	}
}

long
syscall(long n, ...)
{
	enum verdict what;
	long a[6], rc;
	va_list ap;
	int i;
	REAL(syscall);

	/* As many as any takes; those not given are not looked at. */
	va_start(ap, n);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	what = judge_syscall(n, a);
	if (what == FAIL)
		return -1;
	rc = real(n, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (what == DIE_AFTER)
		die();
	return rc;
}

/* dlsym() may allocate itself; it is first called before threads are. */
static bool finding;

/*
 * The next allocator is not always glibc's: a sanitizer brings its own, and
 * what one gave the other can't free.
 */
#define ALLOCATE(name, args)                                                   \
	do {                                                                   \
		static void *next;                                             \
		__typeof__(name) *real;                                        \
		enum verdict what;                                             \
		void *p;                                                       \
                                                                               \
		if (next == NULL && finding)                                   \
			return __libc_##name args;                             \
		if (next == NULL) {                                            \
			finding = true;                                        \
			next = dlsym(RTLD_NEXT, #name);                        \
			finding = false;                                       \
		}                                                              \
		memcpy(&real, &next, sizeof(real));                            \
		what = judge(MALLOC, -1, NULL);                                \
		if (what == FAIL)                                              \
			return NULL;                                           \
		p = real args;                                                 \
		if (what == DIE_AFTER)                                         \
			die();                                                 \
		return p;                                                      \
	} while (0)

void *
malloc(size_t n)
{
	ALLOCATE(malloc, (n));
}

void *
calloc(size_t n, size_t size)
{
	ALLOCATE(calloc, (n, size));
}

void *
realloc(void *old, size_t n)
{
	ALLOCATE(realloc, (old, n));
}
