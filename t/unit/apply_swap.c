/* SPDX-License-Identifier: Apache-2.0 */
/* Apply where it finds what a killed run left, or files in use. */
#include "ds/compat.h"

#include "apply_kit.h"

/* --- what a killed run leaves */

/* Older than all that the user saves in these tests. */
static void
aside_of(const char *path, const char *text)
{
	struct timespec ts[2];

	kit_write(kit_temporary(path, ""), text);
	ds_apply__times(ts, KIT_TIME);
	(void)utimensat(kit.disk, kit_temporary(path, ""), ts, 0);
}

static void
aside(const char *text)
{
	aside_of("x", text);
}

/* ${at} and ${off}: contents of the name and of the temporary. */
static bool
leftover(const char *at, const char *off, const char *want, const char *kept,
    size_t reports)
{
	bool good;

	kit_reset();
	if (at != NULL)
		kit_write("x", at);
	aside(off);
	kit_write(kit_temporary("x", ".new"), "ne");
	kit_change("x", kit_file("old"), kit_file("new"));
	good = kit_apply() == 0 && strcmp(kit_at("x"), want) == 0 &&
	    strcmp(kit_at("x.datasync-kept"), kept) == 0 &&
	    kit_temporaries() == 0 && kit_count() == reports;
	if (!good)
		printf("# '%s' '%s' %zu: %s\n", kit_at("x"),
		    kit_at("x.datasync-kept"), kit_count(), kit.told);
	return good;
}

static void
leftovers(void)
{
	ok(leftover("new", "old", "=new", "", 0), "exchanged, old aside");
	ok(leftover("old", "new", "=new", "", 0), "new aside, not exchanged");
	ok(leftover("old", "old", "=new", "", 0), "old twice");
	ok(leftover(NULL, "old", "=new", "", 0), "old aside alone");
	ok(leftover("new", "user", "=user", "", 1),
	    "a user's file aside goes back in place of ours");
	ok(leftover(NULL, "user", "=user", "", 1), "or to a name that is free");
	ok(leftover("mine", "user", "=mine", "=user", 1),
	    "a newer file of his stays, the older is kept beside");
	ok(leftover("old", "user", "=new", "=user", 1),
	    "kept beside, too, where the old entry is there again");
	ok(leftover("mine", "old", "=mine", "", 1),
	    "old aside, a user's file at the name");
}

static void
newer_leftover(void)
{
	struct timespec ts[2];

	kit_reset();
	kit_write("x", "mine");
	ds_apply__times(ts, KIT_TIME);
	(void)utimensat(kit.disk, "x", ts, 0);
	kit_write(kit_temporary("x", ""), "newer");
	kit_change("x", kit_file("old"), kit_file("new"));
	ok(kit_apply() == 0 && strcmp(kit_at("x"), "=newer") == 0 &&
		strcmp(kit_at("x.datasync-kept"), "=mine") == 0,
	    "of two files of the user's the newer gets the name");
}

static void
leftovers_of_a_removal(void)
{
	kit_reset();
	aside("user");
	kit_change("x", kit_file("old"), none);
	ok(kit_apply() == 0 && strcmp(kit_at("x"), "=user") == 0 &&
		kit_files() == 1 && kit_count() == 1,
	    "a removal cut short gives a user's file back");
	kit_reset();
	aside("old");
	kit_change("x", kit_file("old"), none);
	ok(kit_applied() && kit_files() == 0, "and finishes with the old");
	kit_reset();
	aside("user");
	(void)mkdirat(kit.disk, "x", 0755);
	kit_change("x", kit_file("old"), kit_dir(0755));
	kit_change("x/y", none, kit_file("y"));
	ok(kit_apply() == 0 && strcmp(kit_at("x/y"), "=y") == 0 &&
		strcmp(kit_at("x.datasync-kept"), "=user") == 0 &&
		kit_files() == 3,
	    "a folder at the name: the file is kept beside");
}

static void
kept_names(void)
{
	char name[NAME_MAX + 1], want[NAME_MAX + 1];

	kit_reset();
	kit_write("x", "mine");
	kit_write("x.datasync-kept", "1");
	kit_write("x.datasync-kept-2", "2");
	aside("user");
	kit_change("x", kit_file("old"), kit_file("new"));
	ok(kit_apply() == 0 &&
		strcmp(kit_at("x.datasync-kept-3"), "=user") == 0,
	    "kept names are numbered");
	is_str(kit.told, "KEPT x: your version is in 'x.datasync-kept-3'\n",
	    "and told");
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	snprintf(want, sizeof(want), "%.*s.datasync-kept", NAME_MAX - 14, name);
	kit_reset();
	kit_write(name, "mine");
	aside_of(name, "user");
	kit_change(name, kit_file("old"), kit_file("new"));
	ok(kit_apply() == 0 && strcmp(kit_at(want), "=user") == 0,
	    "a long name is cut");
}

/* --- a program has it open */

static void
open_files(void)
{
	int fd;

	kit_reset();
	kit_write("x", "old");
	kit_change("x", kit_file("old"), kit_file("new"));
	fd = openat(kit.disk, "x", O_WRONLY | O_APPEND);
	ok(kit_apply() == 0 && kit.report.count[DS_REPORT_KEPT] == 1 &&
		strcmp(kit_at("x"), "=old") == 0,
	    "a file that a program writes to is kept");
	ok(kit_temporaries() == 0 && write(fd, "!", 1) == 1 &&
		strcmp(kit_at("x"), "=old!") == 0,
	    "what it writes is there");
	close(fd);
	kit_write("x", "old");
	fd = openat(kit.disk, "x", O_RDONLY);
	ok(kit_applied() && strcmp(kit_at("x"), "=new") == 0,
	    "one that a program only reads is replaced");
	close(fd);
	kit_reset();
	kit_write("x", "old");
	kit_change("x", kit_file("old"), none);
	fd = openat(kit.disk, "x", O_RDWR);
	ok(kit_apply() == 0 && kit.report.count[DS_REPORT_KEPT] == 1 &&
		strcmp(kit_at("x"), "=old") == 0,
	    "nor is it removed");
	close(fd);
}

static void
all(void)
{
	leftovers();
	leftovers_of_a_removal();
	kept_names();
	open_files();
}

int
main(void)
{
	ds_file_set_durable(false);
	ds_apply__no_barrier = true;
	kit_open(NULL);
	all();
	newer_leftover();
	ds_apply__plain_rename = true;
	all();
	kit_close(true);
	return tap_done();
}
