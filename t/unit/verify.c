/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <unistd.h>

#include <git2.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/sink.h"
#include "ds/store.h"
#include "ds/verify.h"

#include "tap.h"

/* One commit of two files and a .meta, and more blobs to make it a pack. */
static char root[] = "/tmp/ds-unit-verify-XXXXXX";
static char objects[PATH_MAX];
static struct ds_store store;
static git_oid blob, meta, tree, commit;

/* What was told in the last run. */
static struct ds_buf told;
static struct ds_verify_result result;

static int
remove_one(const char *path, const struct stat *st DS_UNUSED,
    int type DS_UNUSED, struct FTW *ftw DS_UNUSED)
{
	return remove(path);
}

static void
put(struct ds_sink *s, git_oid *out, git_object_t type, const char *text)
{
	ds_sink_write(s, out, type, text, strlen(text));
}

static void
put_tree(struct ds_sink *s, git_oid *out, const char *mode, const char *name,
    const git_oid *id)
{
	struct ds_buf b = DS_BUF_INIT;

	ds_buf_addf(&b, "%s %s", mode, name);
	ds_buf_add(&b, "", 1);
	ds_buf_add(&b, id->id, sizeof(id->id));
	ds_sink_write(s, out, GIT_OBJECT_TREE, b.data, b.len);
	ds_buf_release(&b);
}

/* The tree of a state: .datasync and one file. */
static void
put_state(struct ds_sink *s, const char *text)
{
	struct ds_buf b = DS_BUF_INIT;
	git_oid at;

	put(s, &meta, GIT_OBJECT_BLOB, text);
	put_tree(s, &at, "100644", ".meta", &meta);
	put_tree(s, &at, "40000", "item", &at);
	put_tree(s, &at, "40000", "meta", &at);
	ds_buf_adds(&b, "40000 .datasync");
	ds_buf_add(&b, "", 1);
	ds_buf_add(&b, at.id, sizeof(at.id));
	ds_buf_adds(&b, "100644 file");
	ds_buf_add(&b, "", 1);
	ds_buf_add(&b, blob.id, sizeof(blob.id));
	ds_sink_write(s, &tree, GIT_OBJECT_TREE, b.data, b.len);
	ds_buf_release(&b);
}

static void
write_file(const char *name, const void *data, size_t n)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ds_file_write_fd(fd, data, n, path);
	close(fd);
}

static void
read_file(struct ds_buf *b, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	ds_file_read(b, AT_FDCWD, path, 1 << 20);
}

static void
begin(unsigned more, const char *text)
{
	struct ds_buf b = DS_BUF_INIT;
	struct ds_sink *s;
	git_reference *ref;
	git_config *config;
	unsigned i;
	git_oid id;

	memcpy(strrchr(root, '-'), "-XXXXXX", 8);
	if (mkdtemp(root) == NULL ||
	    git_repository_init(&store.repo, root, 1) < 0)
		exit(99);
	store.path = root;
	git_repository_odb(&store.odb, store.repo);
	git_repository_config(&config, store.repo);
	git_config_set_string(config, "core.logAllRefUpdates", "always");
	git_config_free(config);
	snprintf(objects, sizeof(objects), "%s/objects", root);
	ds_sink_open(&s, store.odb, objects);
	put(s, &blob, GIT_OBJECT_BLOB, "the content of a file\n");
	put_state(s, text);
	ds_buf_addf(&b,
	    "tree %s\nauthor A <a@a> 1 +0000\n"
	    "committer A <a@a> 1 +0000\n\nx\n",
	    ds_git_hex(&tree));
	put(s, &commit, GIT_OBJECT_COMMIT, b.data);
	for (i = 0; i < more; i++) {
		ds_buf_addf(&b, "%u", i);
		put(s, &id, GIT_OBJECT_BLOB, b.data);
	}
	ds_sink_finish(s);
	ds_sink_close(s);
	ds_buf_release(&b);
	git_repository_set_head(store.repo, "refs/heads/main");
	git_reference_create(&ref, store.repo, "refs/heads/main", &commit, 1,
	    "test");
	git_reference_free(ref);
	/* libgit2 shares packs among all that have them open. */
	git_odb_free(store.odb);
	git_repository_free(store.repo);
}

static void
end(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
note(enum ds_verify_kind kind, const char *name, const char *why,
    void *arg DS_UNUSED)
{
	ds_buf_addf(&told, "%d %s: %s\n", (int)kind, name, why);
}

/* Opened anew, so that what libgit2 knows of the files is fresh. */
static int
run(void)
{
	struct ds_store own = { .path = root };
	int rc;

	ds_buf_cut(&told, 0);
	ds_buf_adds(&told, "");
	git_repository_open(&own.repo, root);
	git_repository_odb(&own.odb, own.repo);
	rc = ds_verify_run(&own, &result, note, NULL, NULL);
	git_odb_free(own.odb);
	git_repository_free(own.repo);
	return rc;
}

/* Was this told: "<kind> <name>: ..." with ${why} somewhere after? */
static bool
tells(enum ds_verify_kind kind, const char *name, const char *why)
{
	char want[PATH_MAX];
	const char *at;

	snprintf(want, sizeof(want), "%d %s: ", (int)kind, name);
	at = strstr(told.data, want);
	return at != NULL && strstr(at, why) != NULL;
}

static const char *
loose(const git_oid *id)
{
	static char name[64];
	const char *hex = ds_git_hex(id);

	snprintf(name, sizeof(name), "objects/%.2s/%s", hex, hex + 2);
	return name;
}

static void
test_clean(void)
{
	static const char good[] = "datasync-meta 1\nD 0755 1.000000000\n";

	begin(0, good);
	ok(run() == 0, "a good store is good");
	ok(result.objects == 7 && result.reached == 7 && result.packs == 0 &&
		result.bytes > 100,
	    "all of it was read and reached");
	is_str(told.data, "", "nothing is told");
	end();
	begin(100, good);
	ok(run() == 0 && result.objects == 107 && result.reached == 7 &&
		result.packs == 1,
	    "a packed one too");
	end();
	begin(0, "D 0755 bad\n");
	ok(run() == DS_EDAMAGED &&
		tells(DS_VERIFY_META, ds_git_hex(&meta), "line 1"),
	    "a .meta that is not understood is told");
	end();
}

static void
test_loose(void)
{
	struct ds_buf b = DS_BUF_INIT;
	const char *name;
	size_t i, silent = 0;

	begin(0, "datasync-meta 1\n");
	name = loose(&blob);
	read_file(&b, name);
	for (i = 0; i < b.len; i++) {
		b.data[i] = (char)~b.data[i];
		write_file(name, b.data, b.len);
		b.data[i] = (char)~b.data[i];
		if (run() != DS_EDAMAGED || result.damaged != 1 ||
		    !tells(DS_VERIFY_OBJECT, ds_git_hex(&blob), "loose"))
			silent++;
	}
	ok(b.len > 20 && silent == 0, "no wrong byte passes");
	for (i = 0; i < b.len; i++) {
		write_file(name, b.data, i);
		if (run() != DS_EDAMAGED ||
		    !tells(DS_VERIFY_OBJECT, ds_git_hex(&blob), "loose"))
			silent++;
	}
	ok(silent == 0, "no cut passes");
	ds_buf_addc(&b, 'x');
	write_file(name, b.data, b.len);
	ok(run() == DS_EDAMAGED, "bytes after the end are told");
	ok(result.objects == 6 && result.reached == 6,
	    "all others are read nevertheless");
	ds_buf_release(&b);
	read_file(&b, loose(&meta));
	write_file(loose(&blob), b.data, b.len);
	ok(run() == DS_EDAMAGED &&
		tells(DS_VERIFY_OBJECT, ds_git_hex(&blob), "has the hash"),
	    "another object under its name is told");
	ds_buf_release(&b);
	end();
}

/* The name of the only pack, with this suffix. */
static const char *
pack_name(const char *suffix)
{
	static char name[300];
	struct dirent *e;
	char path[PATH_MAX + 10];
	DIR *d;

	snprintf(path, sizeof(path), "%s/pack", objects);
	d = opendir(path);
	for (e = readdir(d); e != NULL; e = readdir(d))
		if (strstr(e->d_name, suffix) != NULL)
			snprintf(name, sizeof(name), "objects/pack/%s",
			    e->d_name);
	closedir(d);
	return name;
}

static void
test_file(const char *suffix, const char *flip, const char *cut)
{
	struct ds_buf b = DS_BUF_INIT;
	const char *name;
	size_t i, silent = 0;

	begin(100, "datasync-meta 1\n");
	name = pack_name(suffix);
	read_file(&b, name);
	for (i = 0; i < b.len; i += 1 + i / 20) {
		b.data[i] ^= 4;
		write_file(name, b.data, b.len);
		b.data[i] ^= 4;
		if (run() != DS_EDAMAGED || !tells(DS_VERIFY_FILE, name, ""))
			silent++;
	}
	ok(b.len > 1000 && silent == 0, flip);
	for (i = 0; i < b.len; i += 1 + i / 4) {
		write_file(name, b.data, i);
		if (run() != DS_EDAMAGED || !tells(DS_VERIFY_FILE, name, ""))
			silent++;
	}
	ok(silent == 0, cut);
	write_file(name, b.data, b.len);
	ok(run() == 0, "put back it is good again");
	ds_buf_release(&b);
	end();
}

static void
test_pack_parts(void)
{
	struct ds_buf b = DS_BUF_INIT;
	char path[PATH_MAX], name[300];

	begin(100, "datasync-meta 1\n");
	read_file(&b, pack_name(".pack"));
	/* in the first object, the file's content */
	b.data[20] ^= 1;
	write_file(pack_name(".pack"), b.data, b.len);
	ok(run() == DS_EDAMAGED &&
		tells(DS_VERIFY_OBJECT, ds_git_hex(&blob),
		    "in 'objects/pack") &&
		result.objects == 106 && result.damaged == 2,
	    "a damaged object in a pack is named, all others are read");
	b.data[20] ^= 1;
	write_file(pack_name(".pack"), b.data, b.len);
	ds_buf_release(&b);
	snprintf(name, sizeof(name), "%s", pack_name(".pack"));
	snprintf(path, sizeof(path), "%s/%s", root, pack_name(".idx"));
	unlink(path);
	ok(run() == DS_EDAMAGED && result.missing == 1 &&
		tells(DS_VERIFY_FILE, name, "idx is missing"),
	    "a pack without an idx is named where objects are missing");
	end();
	begin(100, "datasync-meta 1\n");
	snprintf(name, sizeof(name), "%s", pack_name(".pack"));
	snprintf(path, sizeof(path), "%s/%s", root, name);
	unlink(path);
	ok(run() == DS_EDAMAGED && tells(DS_VERIFY_FILE, name, "No such file"),
	    "so is one that is gone");
	end();
}

static void
test_missing(void)
{
	char path[PATH_MAX], by[100];

	begin(0, "datasync-meta 1\n");
	snprintf(path, sizeof(path), "%s/%s", root, loose(&blob));
	unlink(path);
	snprintf(by, sizeof(by), "tree %s names it", ds_git_hex(&tree));
	ok(run() == DS_EDAMAGED && result.missing == 1 && result.damaged == 0 &&
		tells(DS_VERIFY_MISSING, ds_git_hex(&blob), by),
	    "a missing file is told with its tree");
	ok(strstr(ds_err_text(), "0 damaged, 1 missing") != NULL,
	    "the error counts");
	snprintf(path, sizeof(path), "%s/%s", root, loose(&commit));
	unlink(path);
	ok(run() == DS_EDAMAGED && result.missing == 1 &&
		tells(DS_VERIFY_MISSING, ds_git_hex(&commit), "names it"),
	    "a missing commit is told once");
	end();
}

static void
test_refs(void)
{
	static const char none[] = "0123456789012345678901234567890123456789\n";
	struct ds_buf b = DS_BUF_INIT;

	begin(0, "datasync-meta 1\n");
	write_file("refs/heads/empty", "", 0);
	write_file("refs/tags/odd", "nonsense\n", 9);
	write_file("refs/heads/gone", none, strlen(none));
	write_file("refs/heads/main.lock", "", 0);
	ok(run() == DS_EDAMAGED &&
		tells(DS_VERIFY_REF, "refs/heads/empty", "") &&
		tells(DS_VERIFY_REF, "refs/tags/odd", ""),
	    "refs that can't be read are told");
	ok(tells(DS_VERIFY_MISSING, "0123456789012345678901234567890123456789",
	       "ref refs/heads/gone names it") &&
		result.missing == 1,
	    "one that leads nowhere too");
	ok(result.damaged == 2, "a lock is no ref");
	end();
	begin(0, "datasync-meta 1\n");
	read_file(&b, "logs/refs/heads/main");
	ds_buf_addf(&b, "%.40s %s A <a@a> 1 +0000\tx\n", none,
	    ds_git_hex(&commit));
	write_file("logs/refs/heads/main", b.data, b.len);
	ok(run() == DS_EDAMAGED && result.missing == 1 &&
		tells(DS_VERIFY_MISSING,
		    "0123456789012345678901234567890123456789",
		    "the reflog of refs/heads/main names it"),
	    "what only a reflog names must be there");
	end();
	ds_buf_release(&b);
}

static void
test_types(void)
{
	char text[64];

	begin(0, "datasync-meta 1\n");
	snprintf(text, sizeof(text), "%s\n", ds_git_hex(&blob));
	write_file("refs/heads/odd", text, strlen(text));
	ok(run() == DS_EDAMAGED &&
		tells(DS_VERIFY_OBJECT, ds_git_hex(&blob),
		    "it is a blob, but ref refs/heads/odd names it as a"),
	    "a branch must be a commit");
	end();
}

static void
test_all_at_once(void)
{
	begin(0, "nonsense\n");
	write_file(loose(&blob), "", 0);
	write_file("refs/heads/empty", "", 0);
	write_file("objects/pack/pack-1234.idx", "", 0);
	ok(run() == DS_EDAMAGED &&
		tells(DS_VERIFY_META, ds_git_hex(&meta), "") &&
		tells(DS_VERIFY_OBJECT, ds_git_hex(&blob), "") &&
		tells(DS_VERIFY_REF, "refs/heads/empty", "") &&
		tells(DS_VERIFY_FILE, "objects/pack/pack-1234.idx", "") &&
		tells(DS_VERIFY_FILE, "objects/pack/pack-1234.pack", ""),
	    "one run finds all");
	end();
}

int
main(void)
{
	ds_git_init();
	ds_file_set_durable(false);
	test_clean();
	test_loose();
	test_file(".pack", "no flipped bit in a pack passes",
	    "nor a pack that is cut");
	test_file(".idx", "no flipped bit in an idx passes",
	    "nor an idx that is cut");
	test_pack_parts();
	test_missing();
	test_refs();
	test_types();
	test_all_at_once();
	ds_buf_release(&told);
	return tap_done();
}
