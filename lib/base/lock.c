/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock proper is the kernel's; what the file holds, the process id of its
 * holder and a newline, only tells those who wait whom they wait for.  It can
 * be out of date when its holder was killed or the disk was full, so a process
 * is named only if it lives.
 */
#include "ds/compat.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ds/cancel.h"
#include "ds/err.h"
#include "ds/lock.h"
#include "ds/trace.h"

#include "lock_internal.h"

#define PAUSE_MIN_MS 2
#define PAUSE_MAX_MS 50

struct ds_lock {
	int fd;
	int64_t since; /* nanoseconds of the monotonic clock */
};

static int64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void
ds_lock__wait_begin(struct ds_lock__wait *w, int ms)
{
	int64_t now = now_ns();

	w->end = now / 1000000 + (ms > 0 ? ms : 0);
	w->pause = PAUSE_MIN_MS;
	w->seed = (uint64_t)now ^ (uint64_t)getpid() << 32;
}

int
ds_lock__wait_more(struct ds_lock__wait *w)
{
	struct timespec t;
	int64_t left = w->end - now_ns() / 1000000;
	int64_t ns;
	int rc;

	rc = ds_cancel_check();
	if (rc < 0)
		return rc;
	if (left <= 0)
		return DS_ELOCKED;
	/* From half a pause to a whole one; a signal may end it early. */
	w->seed = w->seed * UINT64_C(6364136223846793005) + 1;
	ns = w->pause * 500000 * (int64_t)(1024 + (w->seed >> 54)) / 1024;
	if (ns > left * 1000000)
		ns = left * 1000000;
	t.tv_sec = 0;
	t.tv_nsec = (long)ns;
	(void)nanosleep(&t, NULL);
	if (w->pause * 2 <= PAUSE_MAX_MS)
		w->pause *= 2;
	else
		w->pause = PAUSE_MAX_MS;
	return 0;
}

/* Who holds the lock, or 0 where that is not known. */
static long
read_holder(int fd)
{
	char text[32];
	char *end;
	ssize_t n;
	long pid;

	n = pread(fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	errno = 0;
	pid = strtol(text, &end, 10);
	if (errno != 0 || *end != '\n' || pid <= 0 || pid > INT_MAX)
		return 0;
	if (kill((pid_t)pid, 0) < 0 && errno != EPERM)
		return 0;
	return pid;
}

/* The new line covers the old one's start before the rest goes. */
static void
write_holder(int fd)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (pwrite(fd, text, (size_t)n, 0) != n)
		n = 0;
	if (ftruncate(fd, n) < 0)
		ds_trace("lock", "holder", "cannot be written");
}

static int
refuse(int fd, const char *path)
{
	long pid = read_holder(fd);

	ds_trace("lock", "refused", "%s: process %ld", path, pid);
	if (pid == 0)
		return ds_err(DS_ELOCKED, "'%s' is held by another process",
		    path);
	return ds_err(DS_ELOCKED, "'%s' is held by process %ld", path, pid);
}

/* A lock on a file that somebody removed or replaced keeps nobody out. */
static bool
is_current(int fd, const char *path)
{
	struct stat ours;
	struct stat there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 &&
	    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* 1 with the lock, 0 if somebody else has it, a code if it cannot be had. */
static int
try_lock(int *out, const char *path)
{
	int fd = *out;

	if (fd < 0) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return ds_err_sys("cannot open the lock '%s'", path);
		*out = fd;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ds_err_sys("cannot lock '%s'", path);
		return 0;
	}
	if (is_current(fd, path))
		return 1;
	close(fd);
	*out = -1;
	return 0;
}

static int
wait_for(int *fd, const char *path, int ms)
{
	struct ds_lock__wait w;
	int rc;

	ds_lock__wait_begin(&w, ms);
	rc = try_lock(fd, path);
	while (rc == 0) {
		int more = ds_lock__wait_more(&w);

		if (more == DS_ELOCKED)
			return refuse(*fd, path);
		if (more < 0)
			return more;
		rc = try_lock(fd, path);
	}
	return rc < 0 ? rc : 0;
}

int
ds_lock_take(struct ds_lock **out, const char *path, int ms)
{
	struct ds_lock *lock;
	int64_t start = now_ns();
	int rc;

	*out = NULL;
	lock = malloc(sizeof(*lock));
	if (lock == NULL)
		return ds_err_nomem();
	lock->fd = -1;
	rc = wait_for(&lock->fd, path, ms);
	if (rc < 0)
		goto out;
	write_holder(lock->fd);
	lock->since = now_ns();
	ds_trace("lock", "taken", "%s after %.3f ms", path,
	    (double)(lock->since - start) / 1e6);
	*out = lock;
	lock = NULL;
out:
	if (lock != NULL && lock->fd >= 0)
		close(lock->fd);
	free(lock);
	return rc;
}

void
ds_lock_drop(struct ds_lock *lock)
{
	if (lock == NULL)
		return;
	if (ftruncate(lock->fd, 0) < 0)
		ds_trace("lock", "holder", "cannot be cleared");
	/* A child between fork and exec has the file open, too. */
	(void)flock(lock->fd, LOCK_UN);
	ds_trace("lock", "dropped", "after %.3f ms",
	    (double)(now_ns() - lock->since) / 1e6);
	close(lock->fd);
	free(lock);
}
