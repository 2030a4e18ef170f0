/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run alone it tests.  t1003 uses it as a tool:
 *
 *	sink make REPO N	write N small blobs, print their ids
 *	sink copy FROM TO	write all objects of one repository to another
 *	sink die REPO N		the same as make, but without an end
 */
#include "ds/compat.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <git2.h>

#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/sink.h"

#include "tap.h"

/* A repository of its own for each test. */
static char root[PATH_MAX - 100];
static char objects[PATH_MAX];
static git_repository *repo;
static git_odb *odb;

static int
remove_one(const char *path, const struct stat *st DS_UNUSED,
    int type DS_UNUSED, struct FTW *ftw DS_UNUSED)
{
	return remove(path);
}

static void
open_repo(const char *path)
{
	snprintf(root, sizeof(root), "%s", path);
	snprintf(objects, sizeof(objects), "%s/objects", root);
	if (git_repository_open(&repo, root) < 0 &&
	    git_repository_init(&repo, root, 1) < 0)
		exit(99);
	git_repository_odb(&odb, repo);
}

static void
close_repo(void)
{
	git_odb_free(odb);
	git_repository_free(repo);
}

static void
begin(void)
{
	char path[] = "/tmp/ds-unit-sink-XXXXXX";

	if (mkdtemp(path) == NULL)
		exit(99);
	open_repo(path);
}

static void
end(void)
{
	close_repo();
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char *
below(const char *name)
{
	static char path[PATH_MAX + 300];

	snprintf(path, sizeof(path), "%s%s%s", objects,
	    name[0] != '\0' ? "/" : "", name);
	return path;
}

/* How many names in this folder contain ${part}. */
static size_t
count(const char *folder, const char *part)
{
	DIR *d = opendir(below(folder));
	struct dirent *e;
	size_t n = 0;

	if (d == NULL)
		return 0;
	for (e = readdir(d); e != NULL; e = readdir(d))
		if (e->d_name[0] != '.' && strstr(e->d_name, part) != NULL)
			n++;
	closedir(d);
	return n;
}

static size_t
temporaries(void)
{
	return count("", "tmp_") + count("pack", "tmp_");
}

static size_t
count_loose(void)
{
	size_t n = 0;
	unsigned i;

	for (i = 0; i < 256; i++) {
		char name[3];

		snprintf(name, sizeof(name), "%02x", i);
		n += count(name, "");
	}
	return n;
}

static int
put(struct ds_sink *s, git_oid *id, unsigned i)
{
	char text[64];

	snprintf(text, sizeof(text), "this is object %u\n", i);
	return ds_sink_write(s, id, GIT_OBJECT_BLOB, text, strlen(text));
}

/* Is object ${i} what the sink, or with NULL the store, gives? */
static bool
holds(struct ds_sink *s, unsigned i)
{
	git_object_t type = GIT_OBJECT_INVALID;
	struct ds_sink *own = NULL;
	char text[64];
	void *data;
	size_t len;
	git_oid id;
	bool same;

	snprintf(text, sizeof(text), "this is object %u\n", i);
	git_odb_hash(&id, text, strlen(text), GIT_OBJECT_BLOB);
	if (s == NULL) {
		ds_sink_open(&own, odb, objects);
		s = own;
	}
	same = ds_sink_read(s, &data, &len, &type, &id) == 0 &&
	    type == GIT_OBJECT_BLOB && strcmp(data, text) == 0 &&
	    len == strlen(text);
	free(data);
	ds_sink_close(own);
	return same;
}

static void
test_nothing(void)
{
	struct ds_sink *s;

	begin();
	ok(ds_sink_open(&s, odb, objects) == 0, "a sink opens");
	ok(ds_sink_finish(s) == 0, "and ends with nothing in it");
	ok(ds_sink_count(s) == 0 && ds_sink_bytes(s) == 0, "it counts none");
	ok(count("", "") == 2, "and left nothing behind");
	ds_sink_close(s);
	ds_sink_close(NULL);
	end();
}

/* Write ${n}, read them back before and after the end. */
static void
run_of(unsigned n, size_t loose, size_t packs, const char *what)
{
	bool fine = true;
	struct ds_sink *s;
	unsigned i;
	git_oid id;

	begin();
	ds_sink_open(&s, odb, objects);
	for (i = 0; i < n; i++)
		fine = fine && put(s, &id, i) == 0 && ds_sink_has(s, &id);
	for (i = 0; i < n; i++)
		fine = fine && holds(s, i);
	ok(fine, "objects can be read before they are written");
	ok(count_loose() == 0 && count("pack", ".") == 0,
	    "nothing is visible yet");
	ok(ds_sink_finish(s) == 0 && temporaries() == 0, "the end is clean");
	ok(count_loose() == loose && count("pack", ".pack") == packs &&
		count("pack", ".idx") == packs,
	    what);
	for (i = 0; i < n; i++)
		fine = fine && holds(s, i) && holds(NULL, i);
	ok(fine && ds_sink_count(s) == n && ds_sink_bytes(s) > n * 20,
	    "the store has them all");
	ds_sink_close(s);
	end();
}

static void
test_modes(void)
{
	struct ds_sink *s;
	struct stat st;
	char hex[64];
	git_oid id;

	begin();
	ds_sink_open(&s, odb, objects);
	put(s, &id, 1);
	ds_sink_finish(s);
	ds_sink_close(s);
	snprintf(hex, sizeof(hex), "%.2s/%s", ds_git_hex(&id),
	    ds_git_hex(&id) + 2);
	ok(stat(below(hex), &st) == 0 && (st.st_mode & 07777) == 0400,
	    "an object can be read by its owner alone");
	hex[2] = '\0';
	ok(stat(below(hex), &st) == 0 && (st.st_mode & 07777) == 0700,
	    "its folder too");
	end();
}

static void
test_abandon(unsigned n, const char *what)
{
	struct ds_sink *s;
	unsigned i;
	git_oid id;

	begin();
	ds_sink_open(&s, odb, objects);
	for (i = 0; i < n; i++)
		put(s, &id, i);
	ds_sink_close(s);
	ok(count_loose() == 0 && count("pack", "") == 0 && temporaries() == 0,
	    what);
	end();
}

static void
test_duplicates(void)
{
	struct ds_sink *s;
	git_oid a, b;

	begin();
	ds_sink_open(&s, odb, objects);
	put(s, &a, 1);
	put(s, &b, 1);
	ok(git_oid_equal(&a, &b) && ds_sink_count(s) == 1,
	    "what came twice is kept once");
	ds_sink_finish(s);
	ds_sink_close(s);
	ds_sink_open(&s, odb, objects);
	ok(put(s, &b, 1) == 0 && git_oid_equal(&a, &b) &&
		ds_sink_count(s) == 0 && !ds_sink_has(s, &a),
	    "what the store has is not new");
	ok(holds(s, 1), "but can be read");
	put(s, &b, 2);
	ok(ds_sink_count(s) == 1, "what it has not is");
	ds_sink_finish(s);
	ds_sink_close(s);
	ok(count_loose() == 2, "the store has two");
	end();
}

static void
test_duplicates_packed(void)
{
	struct ds_sink *s;
	unsigned i;
	git_oid id;

	begin();
	ds_sink_open(&s, odb, objects);
	for (i = 0; i < 300; i++)
		put(s, &id, i % 100);
	ok(ds_sink_count(s) == 100 && ds_sink_finish(s) == 0,
	    "a pack has no object twice");
	ds_sink_close(s);
	ds_sink_open(&s, odb, objects);
	for (i = 0; i < 100; i++)
		put(s, &id, i);
	ok(ds_sink_count(s) == 0 && ds_sink_finish(s) == 0,
	    "nor the store what is packed");
	ds_sink_close(s);
	end();
}

static void
test_types(void)
{
	static const char commit[] =
	    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
	    "author A <a@a> 1 +0000\ncommitter A <a@a> 1 +0000\n\nx\n";
	struct ds_sink *s;
	git_object_t type;
	git_oid tree, id;
	void *data;
	size_t len;

	begin();
	ds_sink_open(&s, odb, objects);
	ds_sink_write(s, &tree, GIT_OBJECT_TREE, NULL, 0);
	is_str(ds_git_hex(&tree), "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
	    "the empty tree has its known id");
	ds_sink_write(s, &id, GIT_OBJECT_COMMIT, commit, strlen(commit));
	ok(ds_sink_read(s, &data, &len, &type, &id) == 0 &&
		type == GIT_OBJECT_COMMIT && len == strlen(commit),
	    "a commit comes back as one");
	free(data);
	ok(ds_sink_read(s, &data, &len, NULL, &tree) == 0 && len == 0 &&
		*(char *)data == '\0',
	    "an empty object comes back");
	free(data);
	memset(&id, 1, sizeof(id));
	ok(ds_sink_read(s, &data, &len, &type, &id) == DS_ENOTFOUND &&
		data == NULL,
	    "what is nowhere is not found");
	ds_sink_close(s);
	end();
}

static void
test_large(void)
{
	size_t n = (size_t)DS_SINK_HOLD_MAX / 2 + 1, len;
	char *big = malloc(n);
	struct ds_sink *s;
	git_oid a, b, small;
	void *data;

	begin();
	memset(big, 'b', n);
	ds_sink_open(&s, odb, objects);
	put(s, &small, 1);
	ds_sink_write(s, &a, GIT_OBJECT_BLOB, big, n);
	ok(count("pack", "tmp_") == 0, "some megabytes are held");
	big[0] = 'c';
	ds_sink_write(s, &b, GIT_OBJECT_BLOB, big, n);
	ok(count("pack", "tmp_") == 1, "more go to a pack at once");
	ok(ds_sink_read(s, &data, &len, NULL, &b) == 0 && len == n &&
		memcmp(data, big, n) == 0,
	    "and can be read there");
	free(data);
	ok(holds(s, 1) && ds_sink_finish(s) == 0 && holds(NULL, 1) &&
		count("pack", ".idx") == 1 && count_loose() == 0,
	    "together with what was held");
	ds_sink_close(s);
	free(big);
	end();
}

/* As many bytes as a process may write to one file; more is EFBIG. */
static void
limit(rlim_t bytes)
{
	struct rlimit r;

	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &r);
}

static void
test_no_room(unsigned n, rlim_t bytes, const char *what)
{
	struct ds_sink *s;
	unsigned i;
	git_oid id;
	int rc = 0;

	begin();
	ds_sink_open(&s, odb, objects);
	signal(SIGXFSZ, SIG_IGN);
	limit(bytes);
	for (i = 0; i < n && rc == 0; i++)
		rc = put(s, &id, i);
	rc = ds_sink_finish(s);
	limit(RLIM_INFINITY);
	ok(rc == DS_ESYS && ds_sink_finish(s) == DS_ESYS, what);
	ds_sink_close(s);
	ok(temporaries() == 0 && count("pack", "") == 0 && count_loose() == 0,
	    "and leaves nothing behind");
	end();
}

static void
test_no_folder(void)
{
	struct ds_sink *s;
	git_oid id;

	begin();
	ds_sink_open(&s, odb, "/nonexistent");
	put(s, &id, 1);
	ok(ds_sink_finish(s) == DS_ESYS &&
		strstr(ds_err_text(), "/nonexistent") != NULL,
	    "a missing folder is named");
	ds_sink_close(s);
	end();
}

static void
make_old(const char *name, bool old)
{
	struct timespec t[2] = { { 1000000, 0 }, { 1000000, 0 } };
	int fd = open(below(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (old)
		futimens(fd, t);
	close(fd);
}

static void
test_mend(void)
{
	struct timespec t[2] = { { 1000000, 0 }, { 1000000, 0 } };
	char name[64] = "";
	struct dirent *e;
	struct ds_sink *s;
	unsigned i;
	git_oid id;
	DIR *d;

	begin();
	make_old("tmp_datasync_old", true);
	make_old("pack/tmp_datasync_old", true);
	make_old("pack/tmp_pack_gits", true);
	make_old("tmp_datasync_new", false);
	ds_sink_open(&s, odb, objects);
	for (i = 0; i < 100; i++)
		put(s, &id, i);
	d = opendir(below("pack"));
	for (e = readdir(d); e != NULL; e = readdir(d))
		if (strlen(e->d_name) == strlen("tmp_datasync_XXXXXX"))
			snprintf(name, sizeof(name), "pack/%.50s", e->d_name);
	closedir(d);
	ok(utimensat(AT_FDCWD, below(name), t, 0) == 0, "a slow writer");
	ds_sink_mend(objects);
	ok(access(below("tmp_datasync_old"), F_OK) < 0 &&
		access(below("pack/tmp_datasync_old"), F_OK) < 0,
	    "old temporaries are taken away");
	ok(access(below("tmp_datasync_new"), F_OK) == 0, "new ones stay");
	ok(access(below("pack/tmp_pack_gits"), F_OK) == 0, "git's stay");
	ok(access(below(name), F_OK) == 0 && ds_sink_finish(s) == 0,
	    "one that is being written stays, however old");
	ds_sink_close(s);
	ds_sink_mend("/nonexistent");
	end();
}

static int
fail(void)
{
	fprintf(stderr, "%s\n", ds_err_text());
	return 1;
}

static int
tool_make(const char *path, unsigned n, bool die)
{
	struct rusage use;
	struct ds_sink *s;
	unsigned i;
	git_oid id;

	open_repo(path);
	if (ds_sink_open(&s, odb, objects) < 0)
		return fail();
	for (i = 0; i < n; i++) {
		if (put(s, &id, i) < 0)
			return fail();
		printf("%s\n", ds_git_hex(&id));
	}
	if (die)
		raise(SIGKILL);
	if (ds_sink_finish(s) < 0)
		return fail();
	ds_sink_close(s);
	close_repo();
	getrusage(RUSAGE_SELF, &use);
	fprintf(stderr, "peak %ld KiB\n", use.ru_maxrss);
	return 0;
}

struct copy {
	git_odb *from;
	struct ds_sink *to;
};

static int
copy_one(const git_oid *id, void *arg)
{
	struct copy *c = arg;
	git_odb_object *o;
	git_oid now;
	int rc;

	if (git_odb_read(&o, c->from, id) < 0)
		return -1;
	rc = ds_sink_write(c->to, &now, git_odb_object_type(o),
	    git_odb_object_data(o), git_odb_object_size(o));
	git_odb_object_free(o);
	return rc;
}

static int
tool_copy(const char *from, const char *to)
{
	char path[PATH_MAX];
	struct copy c;
	int rc;

	snprintf(path, sizeof(path), "%s/objects", from);
	if (git_odb_open(&c.from, path) < 0)
		return fail();
	open_repo(to);
	if (ds_sink_open(&c.to, odb, objects) < 0)
		return fail();
	rc = git_odb_foreach(c.from, copy_one, &c);
	if (rc == 0)
		rc = ds_sink_finish(c.to);
	if (rc == 0)
		printf("%zu\n", ds_sink_count(c.to));
	ds_sink_close(c.to);
	git_odb_free(c.from);
	close_repo();
	return rc == 0 ? 0 : fail();
}

int
main(int argc, char **argv)
{
	ds_git_init();
	if (argc == 4 && strcmp(argv[1], "copy") == 0)
		return tool_copy(argv[2], argv[3]);
	if (argc == 4)
		return tool_make(argv[2], (unsigned)strtoul(argv[3], NULL, 10),
		    strcmp(argv[1], "die") == 0);
	ds_file_set_durable(false);
	test_nothing();
	run_of(1, 1, 0, "one is loose");
	run_of(DS_SINK_LOOSE_MAX, DS_SINK_LOOSE_MAX, 0, "64 are loose");
	run_of(DS_SINK_LOOSE_MAX + 1, 0, 1, "65 are one pack");
	test_modes();
	test_abandon(10, "a few that are abandoned leave nothing");
	test_abandon(1000, "many neither");
	test_duplicates();
	test_duplicates_packed();
	test_types();
	test_large();
	test_no_room(3, 0, "loose objects that can't be written are told");
	test_no_room(100, 1000, "a pack that can't be written is told");
	test_no_room(100, 3500, "also where it is the idx");
	test_no_folder();
	test_mend();
	return tap_done();
}
