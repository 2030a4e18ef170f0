/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One apply at a time.  apply_swap.c has what others leave behind or hold open,
 * apply_race.c what they do meanwhile.
 */
#include "ds/compat.h"

#include <sys/wait.h>

#include <grp.h>

#include "apply_kit.h"

/* --- every row of the table: old, new and what is on the disk */

enum disk { D_NOTHING, D_OLD, D_NEW, D_FILE, D_LINK, D_DIR, D_FIFO, D_END };

static const char *const kind_name[] = { "none", "file", "link", "dir" };
static const char *const disk_name[] = {
	"nothing",
	"old",
	"new",
	"a file",
	"a link",
	"a full folder",
	"a fifo",
};

static struct ds_entry
sample(enum ds_kind kind, bool new)
{
	switch (kind) {
	case DS_KIND_FILE:
		return kit_file(new ? "new" : "old!");
	case DS_KIND_LINK:
		return kit_link(new ? "to new" : "to old");
	case DS_KIND_DIR:
		return kit_dir(new ? 0750 : 0700);
	default:
		return none;
	}
}

static void
put_sample(enum ds_kind kind, bool new)
{
	if (kind == DS_KIND_FILE)
		kit_write("x", new ? "new" : "old!");
	else if (kind == DS_KIND_LINK)
		(void)!symlinkat(new ? "to new" : "to old", kit.disk, "x");
	else if (kind == DS_KIND_DIR)
		(void)mkdirat(kit.disk, "x", 0700);
}

static void
put_disk(enum disk d, enum ds_kind old, enum ds_kind new)
{
	switch (d) {
	case D_OLD:
		put_sample(old, false);
		break;
	case D_NEW:
		put_sample(new, true);
		break;
	case D_FILE:
		kit_write("x", "user");
		break;
	case D_LINK:
		(void)!symlinkat("user", kit.disk, "x");
		break;
	case D_DIR:
		(void)mkdirat(kit.disk, "x", 0755);
		kit_write("x/user", "user");
		break;
	case D_FIFO:
		(void)mkfifoat(kit.disk, "x", 0600);
		break;
	default:
		break;
	}
}

static bool
row(enum ds_kind old, enum ds_kind new, enum disk d)
{
	char before[PATH_MAX];
	const char *want;
	bool users;
	int rc;

	kit_reset();
	put_disk(d, old, new);
	snprintf(before, sizeof(before), "%s", kit_at("x"));
	kit_change("x", sample(old, false), sample(new, true));
	users = d >= D_FILE && !(d == D_DIR && new == DS_KIND_DIR);
	want = users		? before :
	    new == DS_KIND_FILE ? "=new" :
	    new == DS_KIND_LINK ? "->to new" :
	    new == DS_KIND_DIR	? "/" :
				  "";
	rc = kit_apply();
	if (rc == 0 && strcmp(kit_at("x"), want) == 0 &&
	    kit_count() == (users ? 1 : 0) && kit_temporaries() == 0)
		return true;
	printf("# %s to %s with %s: %d, '%s', not '%s': %s\n", kind_name[old],
	    kind_name[new], disk_name[d], rc, kit_at("x"), want, kit.told);
	return false;
}

static void
table(const char *how)
{
	char title[100];
	int old, new, d;

	for (old = DS_KIND_NONE; old <= DS_KIND_DIR; old++)
		for (new = DS_KIND_NONE; new <= DS_KIND_DIR; new ++) {
			bool all = true;

			if (old == DS_KIND_NONE && new == DS_KIND_NONE)
				continue;
			for (d = D_NOTHING; d < D_END; d++)
				all = row((enum ds_kind)old, (enum ds_kind) new,
					  (enum disk)d) &&
				    all;
			snprintf(title, sizeof(title),
			    "%s to %s, whatever the disk has%s", kind_name[old],
			    kind_name[new], how);
			ok(all, title);
		}
}

/* --- modes and times */

static struct ds_entry
with_mode(struct ds_entry e, unsigned mode)
{
	e.mode = mode;
	return e;
}

static void
modes_and_times(void)
{
	struct ds_entry plain = kit_file("plain");

	kit_reset();
	plain.mode = 0644 | DS_MODE_UNKNOWN;
	plain.mtime = DS_MTIME_UNKNOWN;
	kit_change("d", none, kit_dir(01750));
	kit_change("d/e", none, kit_dir(0500));
	kit_change("d/e/f", none, with_mode(kit_file("f"), 0400));
	kit_change("d/l", none, kit_link("f"));
	kit_change("d/s", none, with_mode(kit_file("s"), 04711));
	kit_change("p", none, plain);
	kit_change("q", none, with_mode(plain, 0755 | DS_MODE_UNKNOWN));
	ok(kit_applied(), "new files and folders are written");
	ok(kit_mode("d") == 01750 && kit_mode("d/e") == 0500 &&
		kit_mode("d/e/f") == 0400 && kit_mode("d/s") == 04711,
	    "with their modes, special bits too");
	ok(kit_time_is_set("d") && kit_time_is_set("d/e") &&
		kit_time_is_set("d/e/f") && kit_time_is_set("d/l"),
	    "and times, of links and folders too");
	ok(kit_mode("p") == 0644 && kit_mode("q") == 0755,
	    "an unknown mode is a default");
	ok(!kit_time_is_set("p"), "an unknown time is not set");
	ok(kit_applied(), "again there is nothing to do");
}

static void
mode_alone(void)
{
	struct ds_entry a = kit_file("a"), x = a;

	kit_reset();
	kit_write("a", "a");
	kit_write("b", "a");
	kit_write("c", "edited");
	x.mode = 0755 | DS_MODE_UNKNOWN;
	(void)fchmodat(kit.disk, "b", 0600, 0);
	kit_change("a", with_mode(a, 0644), with_mode(a, 0600));
	kit_change("b", a, x);
	kit_change("c", with_mode(a, 0644), with_mode(a, 0600));
	ok(kit_apply() == 0 && kit_mode("a") == 0600 && kit_time_is_set("a"),
	    "with the same content the mode is set");
	ok(kit_mode("b") == 0700, "an unknown mode changes the x bits only");
	ok(kit_mode("c") == 0644 && kit_count() == 1 &&
		kit.report.count[DS_REPORT_KEPT] == 1,
	    "an edited file keeps its mode");
}

static void
unknown_mode_of_a_replaced_file(void)
{
	struct ds_entry new = kit_file("new");

	kit_reset();
	new.mode = 0644 | DS_MODE_UNKNOWN;
	kit_write("secret", "old");
	kit_write("tool", "old");
	(void)fchmodat(kit.disk, "secret", 0600, 0);
	(void)fchmodat(kit.disk, "tool", 0750, 0);
	kit_change("secret", kit_file("old"), new);
	kit_change("tool", kit_file("old"), new);
	ok(kit_applied() && kit_mode("secret") == 0600,
	    "a private file stays private");
	ok(kit_mode("tool") == 0640, "but for the x bits");
}

/* --- trees */

static void
deep(void)
{
	char path[8192] = "";
	size_t i, n = 0;

	kit_reset();
	for (i = 0; i < 300; i++) {
		n += (size_t)snprintf(path + n, sizeof(path) - n,
		    "%sa-folder-of-%04zu", i > 0 ? "/" : "", i);
		kit_change(path, none, kit_dir(0755));
	}
	snprintf(path + n, sizeof(path) - n, "/file");
	kit_change(path, none, kit_file("deep"));
	ok(kit_applied(), "a path longer than PATH_MAX is written");
	for (i = 0; i < kit.changes.n; i++) {
		kit.changes.v[i].old = kit.changes.v[i].new;
		kit.changes.v[i].new = none;
	}
	ok(kit_applied() && kit_files() == 0, "and removed again");
}

static void
missing_folders(void)
{
	kit_reset();
	kit_change("a/b/c", kit_file("old"), kit_file("new"));
	kit_change("gone/x", kit_file("old"), none);
	ok(kit_applied() && strcmp(kit_at("a/b/c"), "=new") == 0,
	    "folders that the user removed are made again");
	ok(kit_mode("a") == 0755, "with a default mode");
	is_str(kit_at("gone"), "", "but not for removing things");
}

static void
many(void)
{
	char name[32];
	int i;

	kit_reset();
	for (i = 0; i < 1100; i++) {
		snprintf(name, sizeof(name), "d%d/%d", i % 20, i);
		kit_change(name, none, kit_file("many"));
	}
	ok(kit_applied() && kit_files() == 1100 + 20 && kit_temporaries() == 0,
	    "more files than a batch holds");
}

static void
types_change(void)
{
	kit_reset();
	(void)mkdirat(kit.disk, "d", 0755);
	(void)mkdirat(kit.disk, "d/e", 0755);
	kit_write("d/e/f", "f");
	kit_write("f", "f");
	kit_change("d", kit_dir(0755), kit_file("was a folder"));
	kit_change("d/e", kit_dir(0755), none);
	kit_change("d/e/f", kit_file("f"), none);
	kit_change("f", kit_file("f"), kit_dir(0755));
	kit_change("f/g", none, kit_file("g"));
	kit_change("f/h", none, kit_link("g"));
	ok(kit_applied(), "a folder and a file trade places");
	is_str(kit_at("d"), "=was a folder", "the folder is a file");
	is_str(kit_at("f/g"), "=g", "the file is a folder");
	is_str(kit_at("f/h"), "->g", "with a link in it");
	ok(kit_applied() && kit_files() == 4, "and again changes nothing");
}

static void
full_folder(void)
{
	kit_reset();
	(void)mkdirat(kit.disk, "d", 0755);
	kit_write("d/f", "f");
	kit_write("d/untracked", "user");
	kit_change("d", kit_dir(0755), kit_file("file"));
	kit_change("d/f", kit_file("f"), none);
	ok(kit_apply() == 0 &&
		strcmp(kit.told,
		    "NOT_WRITTEN d: the folder there is not empty\n") == 0,
	    "a folder with untracked files makes no room for a file");
	is_str(kit_at("d/untracked"), "=user", "they stay");
}

static void
removed_folder(void)
{
	kit_reset();
	(void)mkdirat(kit.disk, "d", 0755);
	kit_write("d/edited", "edited");
	kit_write("d/f", "f");
	kit_change("d", kit_dir(0755), none);
	kit_change("d/edited", kit_file("f"), none);
	kit_change("d/f", kit_file("f"), none);
	ok(kit_apply() == 0 &&
		strcmp(kit.told,
		    "KEPT d/edited: changed meanwhile\n"
		    "KEPT d: not empty\n") == 0,
	    "an edited file keeps its folder");
	ok(kit_files() == 2, "all else is removed");
}

/* --- hostile trees */

static void
refused(const char *path, struct ds_entry e, const char *second)
{
	char title[200];
	int rc;

	kit_reset();
	kit_change("0-first", none, kit_file("first"));
	kit_change(path, none, e);
	if (second != NULL)
		kit_change(second, none, kit_file("second"));
	rc = kit_apply();
	snprintf(title, sizeof(title), "'%s'%s%s is refused before all else",
	    path, second != NULL ? " then " : "", second != NULL ? second : "");
	ok(rc == DS_EDAMAGED && kit_files() == 0, title);
}

static void
hostile_names(void)
{
	struct ds_entry f = kit_file("f");

	refused("..", f, NULL);
	refused("a/../../b", f, NULL);
	refused("/etc/passwd", f, NULL);
	refused("a//b", f, NULL);
	refused("a/./b", f, NULL);
	refused("", f, NULL);
	refused(".git", kit_dir(0755), ".git/config");
	refused("a/.git/hooks/post-checkout", f, NULL);
	refused("a/.datasync-0123456789abcdef", f, NULL);
	refused(".datasync-0123456789abcdef.mode", f, NULL);
	refused("link", kit_link("/tmp"), "link/file");
	refused("file", f, "file/in/it");
}

static void
hostile_order(void)
{
	struct ds_apply a = { .git_dirs = true };

	kit_reset();
	kit_change("b", none, kit_file("b"));
	kit_change("a", none, kit_file("a"));
	ok(kit_apply_as(a) == DS_EINVAL && kit_files() == 0,
	    "changes out of order are refused");
	kit_reset();
	kit_change(".git", none, kit_dir(0755));
	kit_change(".git/config", none, kit_file("x"));
	ok(kit_apply_as(a) == 0 && strcmp(kit_at(".git/config"), "=x") == 0,
	    "with git_dirs a repository is written");
}

static void
symlinks_on_disk(void)
{
	char outside[PATH_MAX];

	kit_reset();
	snprintf(outside, sizeof(outside), "%s/outside", kit.top);
	(void)mkdir(outside, 0755);
	(void)!symlinkat(outside, kit.disk, "d");
	(void)!symlinkat("../outside", kit.disk, "e");
	kit_change("d", kit_dir(0700), kit_dir(0755));
	kit_change("d/f", none, kit_file("f"));
	kit_change("e/f", none, kit_file("f"));
	kit_change("e/g", kit_file("g"), none);
	ok(kit_apply() == 0 && kit.report.count[DS_REPORT_NOT_WRITTEN] == 3 &&
		kit_count() == 3,
	    "nothing is written through a symlink");
	is_str(kit_at("e/f"), "", "nor outside");
	ok(rmdir(outside) == 0, "the folder outside is empty");
}

/* --- folders that are not writable */

static int
as_somebody(int (*what)(void))
{
	char path[PATH_MAX];
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 &&
		    (nftw(kit.top, kit_give_away, 16, FTW_PHYS) < 0 ||
			setgroups(0, NULL) < 0 || setgid(65534) < 0 ||
			setuid(65534) < 0))
			_exit(98);
		snprintf(path, sizeof(path), "%s/other", kit.top);
		if (mkdir(path, 0755) < 0)
			_exit(97);
		close(kit.disk);
		kit.disk = open(path, O_RDONLY | O_DIRECTORY);
		_exit(what());
	}
	(void)waitpid(pid, &status, 0);
	snprintf(path, sizeof(path), "%s/other", kit.top);
	kit_remove(path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* a is 0555, a/b 0000, a/b/c 0500, and the root 0555. */
static void
lock_folders(const char *text)
{
	(void)mkdirat(kit.disk, "a", 0755);
	(void)mkdirat(kit.disk, "a/b", 0755);
	(void)mkdirat(kit.disk, "a/b/c", 0755);
	kit_write("a/b/c/f", text);
	kit_write("g", text);
	(void)fchmodat(kit.disk, "a/b/c", 0500, 0);
	(void)fchmodat(kit.disk, "a/b", 0000, 0);
	(void)fchmodat(kit.disk, "a", 0555, 0);
	(void)fchmod(kit.disk, 0555);
}

static bool
locks_are_back(void)
{
	bool good = kit_mode("") == 0 && kit_mode(".") == 0555 &&
	    kit_mode("a") == 0555 && kit_mode("a/b") == 0000;

	(void)fchmodat(kit.disk, "a/b", 0700, 0);
	return good && kit_mode("a/b/c") == 0500;
}

static int
write_in_locked(void)
{
	lock_folders("old");
	kit_change("a/b/c/f", kit_file("old"), kit_file("new"));
	kit_change("g", kit_file("old"), none);
	if (!kit_applied())
		return 1;
	if (!locks_are_back())
		return 2;
	if (strcmp(kit_at("a/b/c/f"), "=new") != 0 || *kit_at("g") != '\0')
		return 3;
	return 0;
}

static void
note(const char *path, const char *text)
{
	char name[DS_APPLY__TEMPORARY];

	ds_apply__temporary(name, path, ".mode");
	(void)!symlinkat(text, kit.disk, name);
}

static int
finish_for_a_killed_run(void)
{
	(void)mkdirat(kit.disk, "a", 0755);
	(void)mkdirat(kit.disk, "a/b", 0755);
	(void)mkdirat(kit.disk, "a/b/c", 0755);
	kit_write("a/b/c/f", "new");
	note("a/b/c", "0500 a/b/c");
	note("a/b", "0000 a/b");
	note("a", "0555 a");
	note("", "0555 ");
	note("evil", "0777 ../evil");
	note("gone", "0777 gone");
	kit_change("a/b/c/f", kit_file("old"), kit_file("new"));
	return !kit_applied()	  ? 1 :
	    !locks_are_back()	  ? 2 :
	    kit_temporaries() > 1 ? 3 :
				    0;
}

static int
locked_in_the_changes(void)
{
	lock_folders("old");
	kit_change("a", kit_dir(0555), kit_dir(0511));
	kit_change("a/b", kit_dir(0000), kit_dir(0755 | DS_MODE_UNKNOWN));
	kit_change("a/b/c", kit_dir(0500), none);
	kit_change("a/b/c/f", kit_file("old"), none);
	kit_change("new", none, kit_dir(0000));
	kit_change("new/f", none, with_mode(kit_file("f"), 0000));
	if (!kit_applied())
		return 1;
	if (kit_mode("a") != 0511 || kit_mode("a/b") != 0000 ||
	    kit_mode("new") != 0000 || kit_mode(".") != 0555)
		return 2;
	return kit_temporaries() > 0 ? 3 : 0;
}

static void
locked_folders(void)
{
	ds_changes_release(&kit.changes);
	ok(as_somebody(write_in_locked) == 0,
	    "folders are writable for the time, then as before");
	ok(as_somebody(finish_for_a_killed_run) == 0,
	    "also where a killed run made them so");
	ok(as_somebody(locked_in_the_changes) == 0, "modes of the changes win");
}

static int
not_ours(void)
{
	int rc;

	(void)fchmod(kit.disk, 0755);
	kit_change("etc/f", none, kit_file("f"));
	kit_change("f", none, kit_file("f"));
	close(kit.disk);
	/* Its folders belong to root. */
	kit.disk = open("/", O_RDONLY | O_DIRECTORY);
	rc = kit_apply();
	return rc == 0 && kit.report.count[DS_REPORT_NOT_WRITTEN] == 2 &&
		strstr(kit.told, "etc/f: Permission denied\n") != NULL ?
	    0 :
	    1;
}

static void
failures_of_one_path(void)
{
	char name[NAME_MAX + 2];

	ds_changes_release(&kit.changes);
	ok(geteuid() != 0 || as_somebody(not_ours) == 0,
	    "what may not be written is reported, with the reason");
	kit_reset();
	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	kit_change("a", none, kit_content(DS_KIND_LINK, "", 0777));
	kit_change("b", none, kit_file("b"));
	kit_change(name, none, kit_file("n"));
	ok(kit_apply() == 0 && kit.report.count[DS_REPORT_NOT_WRITTEN] == 2,
	    "a link to nothing and a name too long are reported");
	is_str(kit_at("b"), "=b", "and others written");
}

/* --- the rest */

static void
fresh_target(void)
{
	struct ds_apply a = { .fresh = true };

	kit_reset();
	kit_write("mine", "user");
	(void)mkdirat(kit.disk, "dir", 0700);
	kit_change("dir", none, kit_dir(0755));
	kit_change("dir/f", none, kit_file("f"));
	kit_change("dir/l", none, kit_link("f"));
	kit_change("mine", none, kit_file("f"));
	kit_change("new", none, kit_dir(0500));
	kit_change("new/f", none, kit_file("f"));
	ok(kit_apply_as(a) == 0 && kit.report.count[DS_REPORT_KEPT] == 2 &&
		kit_count() == 2,
	    "in a fresh target what exists is kept");
	ok(strcmp(kit_at("mine"), "=user") == 0 && kit_mode("dir") == 0700,
	    "as it is");
	ok(strcmp(kit_at("new/f"), "=f") == 0 && kit_mode("new") == 0500 &&
		kit_mode("new/f") == 0640 && kit_time_is_set("dir/f"),
	    "and all else written");
	ok(kit_temporaries() == 0 && strcmp(kit_at("dir/l"), "->f") == 0,
	    "without temporaries");
}

static void
damage(void)
{
	struct ds_entry lost = kit_file("lost");

	kit_reset();
	memset(&lost.id, 7, sizeof(lost.id));
	kit_write("a", "old");
	kit_write("b", "user");
	kit_change("a", kit_file("old"), lost);
	kit_change("b", lost, kit_file("new"));
	kit_change("z", none, kit_file("z"));
	ok(kit_apply() == DS_EDAMAGED &&
		strstr(ds_err_text(), "0707070707") != NULL,
	    "a missing content is an error that names it");
	ok(strcmp(kit_at("a"), "=old") == 0 &&
		strcmp(kit_at("b"), "=user") == 0 && kit_temporaries() == 0,
	    "nothing is replaced by it");
	is_str(kit_at("z"), "=z", "but all else is written");
}

static void
cancelling(void)
{
	char name[32];
	int i, status = 0;
	pid_t pid;

	kit_reset();
	(void)mkdirat(kit.disk, "a", 0755);
	kit_write("a/20", "user");
	kit_change("a", none, kit_dir(0555));
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "a/%02d", i);
		kit_change(name, none, kit_file(name));
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		kit.stop = true;
		_exit(kit_apply() == DS_ECANCEL ? 0 : 1);
	}
	(void)waitpid(pid, &status, 0);
	ok(status == 0, "a run can be cancelled");
	ok(kit_temporaries() == 0 && kit_mode("a") == 0555 && kit_files() == 2,
	    "and leaves nothing half done");
	ok(kit_apply() == 0 && kit_count() == 1 && kit_files() == 51,
	    "the next finishes it");
}

static void
temporary_names(void)
{
	ok(ds_apply_is_temporary(".datasync-0123456789abcdef") &&
		ds_apply_is_temporary(".datasync-0123456789abcdef.new") &&
		ds_apply_is_temporary(".datasync-0123456789abcdef.mode"),
	    "names of our own are known");
	ok(!ds_apply_is_temporary(".datasync-0123456789abcde") &&
		!ds_apply_is_temporary(".datasync-0123456789abcdef0") &&
		!ds_apply_is_temporary(".datasync-0123456789ABCDEF") &&
		!ds_apply_is_temporary("x.datasync-kept") &&
		!ds_apply_is_temporary(".datasync"),
	    "others are not");
}

int
main(void)
{
	/* What is tested here holds without a flush, too. */
	ds_file_set_durable(false);
	ds_apply__no_barrier = true;
	kit_open(NULL);
	table("");
	ds_apply__plain_rename = true;
	table(", without renameat2");
	types_change();
	ds_apply__plain_rename = false;
	types_change();
	modes_and_times();
	mode_alone();
	unknown_mode_of_a_replaced_file();
	deep();
	missing_folders();
	many();
	full_folder();
	removed_folder();
	hostile_names();
	hostile_order();
	symlinks_on_disk();
	locked_folders();
	failures_of_one_path();
	fresh_target();
	damage();
	cancelling();
	temporary_names();
	kit_close(true);
	return tap_done();
}
