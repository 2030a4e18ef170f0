/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/cancel.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/lock.h"

#include "../../lib/base/lock_internal.h"

#include "tap.h"

/* Longer than any test may take: who waits so long has failed. */
#define LONG_MS 60000

static char base[] = "/tmp/ds-unit-lock-XXXXXX";

/* Another process that holds the lock until it reads a byte or dies. */
struct holder {
	pid_t pid;
	int go;
};

static int alarm_fd = -1;

static void
hold(struct holder *h)
{
	struct ds_lock *lock;
	int ready[2];
	int go[2];
	char c;

	if (pipe(ready) < 0 || pipe(go) < 0)
		exit(1);
	fflush(stdout);
	h->pid = fork();
	if (h->pid == 0) {
		close(ready[0]);
		close(go[1]);
		if (ds_lock_take(&lock, "lock", 0) < 0)
			_exit(1);
		if (write(ready[1], "r", 1) != 1 || read(go[0], &c, 1) < 0)
			_exit(1);
		ds_lock_drop(lock);
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	ok(read(ready[0], &c, 1) == 1, "another process takes the lock");
	close(ready[0]);
	h->go = go[1];
}

/* The status of the holder, 9 for kill -9. */
static int
end(struct holder *h)
{
	int status = -1;

	close(h->go);
	waitpid(h->pid, &status, 0);
	return status;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
held_by_another(void)
{
	struct ds_lock *lock = NULL;
	struct ds_buf want = DS_BUF_INIT;
	struct holder h;
	int64_t start;

	hold(&h);
	ok(ds_lock_take(&lock, "lock", 0) == DS_ELOCKED && lock == NULL,
	    "a second process is refused");
	ds_buf_addf(&want, "'lock' is held by process %ld", (long)h.pid);
	is_str(ds_err_text(), want.data, "and told who has it");
	ds_buf_release(&want);
	start = now_ms();
	ok(ds_lock_take(&lock, "lock", 60) == DS_ELOCKED, "it can wait");
	ok(now_ms() - start >= 60, "as long as it said");
	kill(h.pid, SIGKILL);
	ok(end(&h) == SIGKILL, "the holder is killed");
	ok(ds_lock_take(&lock, "lock", 0) == 0, "and the lock is free");
	ds_lock_drop(lock);
}

static void
in_one_process(void)
{
	struct ds_lock *lock = NULL;
	struct ds_lock *other = NULL;
	struct stat st;

	ok(ds_lock_take(&lock, "lock", 0) == 0, "taken");
	ok(ds_lock_take(&other, "lock", 0) == DS_ELOCKED, "not taken twice");
	ds_lock_drop(lock);
	ok(stat("lock", &st) == 0 && st.st_size == 0,
	    "the file stays and names nobody");
	ok(ds_lock_take(&lock, "lock", 0) == 0, "taken again");
	unlink("lock");
	ok(ds_lock_take(&other, "lock", LONG_MS) == 0,
	    "a file that is gone locks nothing");
	ds_lock_drop(lock);
	ok(ds_lock_take(&lock, "lock", 0) == DS_ELOCKED,
	    "the new one does, whoever drops the old");
	ds_lock_drop(other);
	ds_lock_drop(NULL);
	ok(ds_lock_take(&lock, "none/lock", 0) == DS_ESYS,
	    "no folder, no lock");
}

/* A process that is named but does not live held the lock when it died. */
static void
dead_holder(void)
{
	struct ds_lock *lock = NULL;
	struct ds_lock *other = NULL;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	ok(ds_lock_take(&lock, "lock", 0) == 0, "taken");
	if (truncate("lock", 0) == 0) {
		struct ds_buf b = DS_BUF_INIT;
		int fd = open("lock", O_WRONLY);

		ds_buf_addf(&b, "%ld\n", (long)pid);
		ds_file_write_fd(fd, b.data, b.len, "lock");
		close(fd);
		ds_buf_release(&b);
	}
	ok(ds_lock_take(&other, "lock", 0) == DS_ELOCKED, "not taken twice");
	is_str(ds_err_text(), "'lock' is held by another process",
	    "nobody is named who does not live");
	ds_lock_drop(lock);
}

static void
let_go(int signo)
{
	(void)signo;
	if (write(alarm_fd, "g", 1) != 1)
		_exit(1);
}

static void
stop(int signo)
{
	(void)signo;
	ds_cancel_request();
}

static void
on_alarm(void (*handler)(int))
{
	struct itimerval soon = { { 0, 0 }, { 0, 20000 } };
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler != NULL ? handler : SIG_IGN;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, handler != NULL ? &soon : &never, NULL);
}

static void
waiting(void)
{
	struct ds_lock *lock = NULL;
	struct holder h;
	int status = -1;
	pid_t pid;

	hold(&h);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		on_alarm(stop);
		_exit(
		    ds_lock_take(&lock, "lock", LONG_MS) == DS_ECANCEL ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	ok(status == 0, "the user can stop a wait");
	signal(SIGPIPE, SIG_IGN);
	alarm_fd = h.go;
	on_alarm(let_go);
	ok(ds_lock_take(&lock, "lock", LONG_MS) == 0,
	    "who waits gets the lock when it is dropped");
	on_alarm(NULL);
	ds_lock_drop(lock);
	ok(end(&h) == 0, "the other process ends well");
}

static void
put(const char *path, const char *text)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	(void)ds_file_write_fd(fd, text, strlen(text), path);
	close(fd);
}

static bool
holds(const char *path, const char *want)
{
	struct ds_buf b = DS_BUF_INIT;
	bool same;

	same = ds_file_read(&b, AT_FDCWD, path, 1000) == 0 &&
	    strcmp(b.data, want) == 0;
	ds_buf_release(&b);
	return same;
}

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void
clean(const char *what)
{
	ok(!is_there("ref.lock") && !is_there("tmp"), what);
}

static int
no_link(const char *from, const char *to)
{
	(void)from;
	(void)to;
	errno = EPERM;
	return -1;
}

static int
link_and_die(const char *from, const char *to)
{
	_exit(link(from, to) == 0 ? 0 : 1);
}

static int
replace(const char *target, int ms,
    int (*make_link)(const char *, const char *))
{
	return ds_lock__replace(target, "tmp", ms, make_link, NULL, NULL);
}

static void
replacing(int (*make_link)(const char *, const char *))
{
	struct stat st;

	unlink("ref");
	put("tmp", "one");
	ok(replace("ref", 0, make_link) == 0, "a new file");
	ok(holds("ref", "one"), "has the bytes");
	clean("and nothing stays beside it");
	put("tmp", "two");
	ok(replace("ref", 0, make_link) == 0, "replaced");
	ok(holds("ref", "two"), "with the new bytes");
	ok(stat("ref", &st) == 0 && (st.st_mode & 07777) == 0600 &&
		st.st_nlink == 1,
	    "as private as the temporary");
	clean("and nothing stays");
	mkdir("folder", 0700);
	put("tmp", "x");
	ok(replace("folder", 0, make_link) == DS_ESYS,
	    "a folder is not replaced");
	ok(is_there("tmp") && !is_there("folder.lock"),
	    "the temporary stays, no lock does");
	ok(ds_lock_mend("folder", "tmp") == 0, "mend");
	clean("takes the temporary away");
	ok(replace("ref", 0, make_link) < 0, "without a temporary it fails");
	ok(holds("ref", "two") && !is_there("ref.lock"), "and changes nothing");
	rmdir("folder");
}

static void
killed_before_rename(void)
{
	int status = -1;
	pid_t pid;

	put("ref", "old");
	put("tmp", "new");
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(replace("ref", 0, link_and_die) == 0);
	waitpid(pid, &status, 0);
	ok(status == 0 && is_there("ref.lock") && is_there("tmp"),
	    "a process dies between link and rename");
	ok(ds_lock_mend("ref", "tmp") == 0, "mend");
	clean("takes its lock away at once");
	ok(holds("ref", "old"), "the file is the old one");
	put("tmp", "new");
	ok(link("tmp", "ref.lock") == 0, "the same by hand");
	ok(ds_lock_replace("ref", "tmp", 0) == 0,
	    "without mend the next call uses the lock");
	ok(holds("ref", "new"), "the file is the new one");
	clean("and nothing stays");
}

static void
killed_before_unlink(void)
{
	put("ref", "new");
	ok(link("ref", "tmp") == 0, "dead after the rename");
	ok(ds_lock_mend("ref", "tmp") == 0, "mend");
	ok(holds("ref", "new"), "leaves the file");
	clean("and takes the temporary");
	ok(link("ref", "tmp") == 0, "again");
	ok(ds_lock_replace("ref", "tmp", 0) == 0, "the next call copes");
	ok(holds("ref", "new"), "the file is there");
	clean("and nothing stays");
	ok(link("ref", "tmp") == 0 && link("ref", "ref.lock") == 0,
	    "all three are one file");
	ok(ds_lock_replace("ref", "tmp", 0) == 0, "the next call copes");
	ok(holds("ref", "new"), "the file is there");
	clean("and nothing stays");
	ok(ds_lock_mend("ref", "tmp") == 0, "nothing to mend is fine");
}

static void
foreign(int (*make_link)(const char *, const char *))
{
	struct timespec t[2] = { { 0, 0 }, { 0, 0 } };
	int64_t start = now_ms();

	put("ref", "old");
	put("ref.lock", "git's");
	put("tmp", "new");
	ok(replace("ref", 50, make_link) == DS_ELOCKED,
	    "a lock of git's is waited for");
	is_str(ds_err_text(), "another process holds 'ref.lock'", "and named");
	ok(now_ms() - start >= 50, "as long as we said");
	ok(holds("ref", "old") && holds("ref.lock", "git's"),
	    "nothing has changed");
	ok(ds_lock_mend("ref", "tmp") == 0 && holds("ref.lock", "git's"),
	    "mend leaves it");
	put("tmp", "new");
	t[0].tv_sec = t[1].tv_sec = time(NULL) - 120;
	utimensat(AT_FDCWD, "ref.lock", t, 0);
	ok(replace("ref", 0, make_link) == 0, "one two minutes old is removed");
	ok(holds("ref", "new"), "the file is the new one");
	clean("and nothing stays");
}

/* Replace without end, counting. */
static void
replace_forever(atomic_ulong *n)
{
	char text[32];

	for (;;) {
		(void)snprintf(text, sizeof(text), "%lu", atomic_load(n));
		if (ds_lock_mend("ref", "tmp") < 0)
			_exit(1);
		put("tmp", text);
		if (ds_lock_replace("ref", "tmp", 0) < 0)
			_exit(1);
		atomic_fetch_add(n, 1);
	}
}

/* Kill it wherever it is, and see that the next one goes on at once. */
static void
killed_anywhere(void)
{
	atomic_ulong *n = mmap(NULL, sizeof(*n), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long before = 0;
	unsigned long spin;
	bool whole = true;
	char *end_of;
	int status = 0;
	int i;

	for (i = 0; i < 100; i++) {
		struct ds_buf b = DS_BUF_INIT;
		pid_t pid = fork();

		if (pid == 0)
			replace_forever(n);
		while (atomic_load(n) < before + 3 &&
		    waitpid(pid, &status, WNOHANG) == 0)
			;
		for (spin = (unsigned long)i * 997; spin > 0; spin--)
			(void)atomic_load(n);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		before = atomic_load(n);
		if (status != SIGKILL ||
		    ds_file_read(&b, AT_FDCWD, "ref", 100) < 0 || b.len == 0 ||
		    strtoul(b.data, &end_of, 10) + 1 < before ||
		    *end_of != '\0')
			whole = false;
		ds_buf_release(&b);
	}
	ok(whole, "killed 100 times, never torn, never held up");
	ok(ds_lock_mend("ref", "tmp") == 0, "mend");
	clean("leaves nothing");
	munmap(n, sizeof(*n));
}

int
main(void)
{
	if (mkdtemp(base) == NULL || chdir(base) < 0)
		return 1;
	held_by_another();
	in_one_process();
	dead_holder();
	waiting();
	replacing(link);
	replacing(no_link);
	killed_before_rename();
	killed_before_unlink();
	foreign(link);
	foreign(no_link);
	ds_file_set_durable(false);
	killed_anywhere();
	unlink("ref");
	unlink("lock");
	ok(chdir("/") == 0 && rmdir(base) == 0, "no other file is left");
	return tap_done();
}
