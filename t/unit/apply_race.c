/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Apply against a program that saves the same file, and against SIGKILL.
 *
 * What must hold: the bytes that the user saved last are under the name, since
 * none of his saves is the old content.  A second process saves; the two
 * meet at counters in shared memory, and the saver then lets a random time
 * pass.
 *
 * It is a tool, too, for t9001: "make DIR" sets the scene, "run DIR" applies,
 * "flush DIR" does so durably, "check DIR" applies again and looks at all,
 * "again DIR" does that and sets the scene anew.
 */
#include "ds/compat.h"

#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "apply_kit.h"

enum { KILLS = 100 };

enum how { BY_RENAME, BY_TRUNCATE, BY_DESCRIPTOR, TWICE, HOWS };

/* The barrier takes time, and matters only where a file is opened by name. */
static const struct {
	const char *name;
	int rounds;
	bool barrier;
} races[HOWS] = {
	{ "by rename", 350, false },
	{ "by truncating and writing", 150, true },
	{ "by an open descriptor", 350, false },
	{ "twice", 150, true },
};

static struct shared {
	atomic_int step;  /* 2 * round: set; 2 * round + 1: go */
	atomic_int ready; /* the round that the saver waits to begin */
	atomic_int going;
	atomic_int done;
} * shared;

static struct ds_entry old, new, new_link;

static int64_t
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Rather short than long: what is quick is not missed so. */
static void
let_pass(int64_t most)
{
	int64_t end = now() + rand() % ((most >> (rand() % 8)) + 1);

	while (now() < end)
		;
}

static void
await(atomic_int *what, int value)
{
	while (atomic_load(what) < value)
		(void)sched_yield();
}

static void
write_to(int fd, const char *text)
{
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(90);
}

static void
save_by_rename(const char *text)
{
	int fd = openat(kit.disk, "editor", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	write_to(fd, text);
	close(fd);
	if (renameat(kit.disk, "editor", kit.disk, "x") < 0)
		_exit(91);
}

static void
save_by_truncate(const char *text)
{
	int fd = openat(kit.disk, "x", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	write_to(fd, text);
	close(fd);
}

/* The last text of a round ends in 'z'; each text is of one round. */
static const char *
text_of(int round, char which)
{
	static char out[2][32];
	char *o = out[which == 'z'];

	snprintf(o, sizeof(out[0]), "user %d %c", round, which);
	return o;
}

static void
save(enum how how, int round, int fd, int64_t spread)
{
	switch (how) {
	case BY_RENAME:
		save_by_rename(text_of(round, 'z'));
		break;
	case BY_TRUNCATE:
		save_by_truncate(text_of(round, 'z'));
		break;
	case BY_DESCRIPTOR:
		if (ftruncate(fd, 0) < 0)
			_exit(92);
		write_to(fd, text_of(round, 'z'));
		break;
	default:
		save_by_rename(text_of(round, 'a'));
		let_pass(spread / 4);
		if (round % 5 == 0) {
			(void)unlinkat(kit.disk, "x", 0);
			let_pass(spread / 4);
		}
		if (round % 2 == 0)
			save_by_rename(text_of(round, 'z'));
		else
			save_by_truncate(text_of(round, 'z'));
		break;
	}
}

static void
saver(enum how how, int rounds, int64_t spread)
{
	int i, fd;

	for (i = 1; i <= rounds; i++) {
		await(&shared->step, 2 * i);
		fd =
		    how == BY_DESCRIPTOR ? openat(kit.disk, "x", O_WRONLY) : -1;
		atomic_store(&shared->ready, i);
		await(&shared->step, 2 * i + 1);
		atomic_store(&shared->going, i);
		let_pass(spread);
		save(how, i, fd, spread);
		atomic_store(&shared->done, i);
		/* Closed only when the apply is over. */
		await(&shared->step, 2 * i + 2);
		if (fd >= 0)
			close(fd);
	}
	_exit(0);
}

/* Unlink all, but keep the folder: the saver has it open. */
static void
clear_disk(void)
{
	int fd = openat(kit.disk, ".", O_RDONLY | O_DIRECTORY);
	DIR *dir = fdopendir(fd);
	struct dirent *d;

	for (d = readdir(dir); d != NULL; d = readdir(dir))
		(void)unlinkat(kit.disk, d->d_name, 0);
	closedir(dir);
}

/* Changes of every kind take turns; a descriptor needs a file. */
static void
set_round(enum how how, int round)
{
	int turn = round % (how == BY_DESCRIPTOR ? 2 : 3);
	struct ds_entry to = round % 4 == 0 ? new_link : new;

	clear_disk();
	ds_changes_release(&kit.changes);
	kit_change("x", turn == 2 ? none : old, turn == 1 ? none : to);
	if (turn != 2)
		kit_write("x", "old");
}

static bool
is_last(const char *at, int round)
{
	return at[0] == '=' && strcmp(at + 1, text_of(round, 'z')) == 0;
}

/*
 * Where a kill hit between two saves it takes the files' times to tell which
 * was later, and they may be the same: then either is beside.
 */
static bool
all_is_well(int round, bool was_killed)
{
	const char *at = kit_at("x");

	/* Written through our link, after it was put there. */
	if (strcmp(at, "->elsewhere") == 0)
		at = kit_at("elsewhere");
	if ((is_last(at, round) ||
		(was_killed && is_last(kit_at("x.datasync-kept"), round))) &&
	    kit_temporaries() == 0)
		return true;
	printf("# round %d: '%s', %zu temporaries, %s\n", round, at,
	    kit_temporaries(), kit.told);
	return false;
}

/* How long one apply takes. */
static int64_t
duration(void)
{
	int64_t begun, best = INT64_MAX;
	int i;

	for (i = 0; i < 10; i++) {
		set_round(BY_RENAME, 3);
		begun = now();
		(void)kit_apply();
		if (now() - begun < best)
			best = now() - begun;
	}
	return best;
}

static pid_t
begin_saver(enum how how, int rounds, int64_t spread)
{
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		saver(how, rounds, spread);
	return pid;
}

static bool
end_saver(pid_t pid, int rounds)
{
	int status = -1;

	atomic_store(&shared->step, 2 * rounds + 2);
	(void)waitpid(pid, &status, 0);
	return status == 0;
}

/* Set the disk, and let the saver go. */
static void
begin_round(enum how how, int round, int64_t spread)
{
	set_round(how, round);
	atomic_store(&shared->step, 2 * round);
	await(&shared->ready, round);
	atomic_store(&shared->step, 2 * round + 1);
	await(&shared->going, round);
	let_pass(spread / 2);
}

static void
race(enum how how)
{
	int n = races[how].rounds;
	size_t kept = 0, bad = 0;
	char title[100];
	int64_t spread;
	pid_t pid;
	int i;

	ds_apply__no_barrier = !races[how].barrier;
	spread = 2 * duration();
	pid = begin_saver(how, n, spread);
	for (i = 1; i <= n; i++) {
		begin_round(how, i, spread);
		bad += kit_apply() < 0;
		kept += kit.report.count[DS_REPORT_KEPT];
		await(&shared->done, i);
		bad += !all_is_well(i, false);
	}
	snprintf(title, sizeof(title), "a file that is saved %s is never lost",
	    races[how].name);
	ok(end_saver(pid, n) && bad == 0, title);
	printf("# %zu of %d were kept\n", kept, n);
	ds_apply__no_barrier = false;
}

/* A child applies until an alarm kills it. */
static void
apply_and_die(int64_t most)
{
	struct itimerval t = { { 0, 0 }, { 0, 0 } };
	pid_t pid;

	t.it_value.tv_usec = 1 + (suseconds_t)(rand() % (most / 1000));
	pid = fork();
	if (pid == 0) {
		(void)setitimer(ITIMER_REAL, &t, NULL);
		(void)kit_apply();
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

static void
race_and_kill(void)
{
	int64_t spread = 2 * duration();
	size_t bad = 0;
	pid_t pid;
	int i;

	pid = begin_saver(TWICE, KILLS, spread);
	for (i = 1; i <= KILLS; i++) {
		begin_round(TWICE, i, spread);
		apply_and_die(3 * spread);
		await(&shared->done, i);
		bad += kit_apply() < 0;
		bad += !all_is_well(i, true);
	}
	ok(end_saver(pid, KILLS) && bad == 0,
	    "nor where the apply is killed as well");
}

static void
killed(void)
{
	int64_t begun, took;
	size_t bad = 0;
	int i;

	kit_scene();
	begun = now();
	ok(kit_apply() == 0 && kit_count() == 1 && kit_scene_done(),
	    "a set of changes with all kinds in it");
	took = now() - begun;
	for (i = 0; i < KILLS; i++) {
		kit_scene();
		apply_and_die(took);
		/* Half of them are killed twice. */
		if (i % 2 == 0)
			apply_and_die(took);
		bad += kit_apply() < 0 || kit_count() != 1 || !kit_scene_done();
	}
	ok(bad == 0, "killed at any moment, the next run ends it");
}

static int
tool(const char *what, const char *dir)
{
	int rc;

	ds_apply__no_barrier = true;
	ds_file_set_durable(strcmp(what, "flush") == 0);
	kit_open(dir);
	if (strcmp(what, "make") == 0) {
		kit_scene();
		kit_close(false);
		return 0;
	}
	kit_scene_changes();
	rc = kit_apply();
	if (strcmp(what, "check") == 0 || strcmp(what, "again") == 0)
		rc = rc == 0 && kit_count() == 1 && kit_scene_done() ? 0 : -1;
	if (rc < 0)
		printf("%s\n%s", ds_err_text(), kit.told);
	else if (strcmp(what, "again") == 0)
		kit_scene();
	kit_close(false);
	return rc < 0;
}

int
main(int argc, char **argv)
{
	int how;

	if (argc == 3)
		return tool(argv[1], argv[2]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 99;
	ds_file_set_durable(false);
	kit_open(NULL);
	old = kit_file("old");
	new = kit_file("new");
	new_link = kit_link("elsewhere");
	srand(20261101);
	for (how = 0; how < HOWS; how++)
		race((enum how)how);
	race_and_kill();
	killed();
	kit_close(true);
	return tap_done();
}
