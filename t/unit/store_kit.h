/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_KIT_H
#define STORE_KIT_H

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <unistd.h>

#include <git2.h>

#include "ds/buf.h"
#include "ds/entry.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/sink.h"
#include "ds/state.h"
#include "ds/store.h"
#include "ds/tree.h"

#include "tap.h"

/*
 * A real store in a folder of its own, which is also $HOME and the working
 * folder.  What cannot fail in a test ends it.
 */
static struct ds_store *kit_store;
static struct ds_sink *kit_sink;
static char kit_root[] = "/tmp/ds-unit-store-XXXXXX";
static char kit_path[PATH_MAX];

DS_UNUSED static const struct ds_entry kit_none = { .kind = DS_KIND_NONE };
DS_UNUSED static const struct ds_roots kit_nothing;

static inline void
kit_must(int rc, const char *what)
{
	if (rc >= 0)
		return;
	printf("Bail out! %s: %s\n", what, ds_err_text());
	exit(1);
}

#define must(call) kit_must((call), #call)

static inline void
kit_open_sink(void)
{
	static char objects[PATH_MAX + 16];

	snprintf(objects, sizeof(objects), "%s/objects", kit_path);
	must(ds_sink_open(&kit_sink, kit_store->odb, objects));
}

/* What was written so far can be read. */
static inline void
kit_flush(void)
{
	must(ds_sink_finish(kit_sink));
	ds_sink_close(kit_sink);
	kit_open_sink();
}

static inline void
kit_begin(void)
{
	char *real;

	if (mkdtemp(kit_root) == NULL || chdir(kit_root) < 0)
		exit(1);
	real = realpath(".", NULL);
	if (real == NULL)
		exit(1);
	snprintf(kit_path, sizeof(kit_path), "%s/store.git", real);
	setenv("HOME", real, 1);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	unsetenv("DATASYNC_STORE");
	free(real);
	ds_file_set_durable(false);
	must(ds_store_init(kit_path, "test"));
	must(ds_store_open(&kit_store, kit_path));
	ds_file_set_durable(false);
	kit_open_sink();
}

static inline int
kit_remove_one(const char *path, const struct stat *st DS_UNUSED,
    int type DS_UNUSED, struct FTW *ftw DS_UNUSED)
{
	return remove(path);
}

static inline int
kit_end(void)
{
	ds_sink_close(kit_sink);
	ds_store_close(kit_store);
	if (chdir("/") == 0)
		nftw(kit_root, kit_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return tap_done();
}

/* /bin/sh's exit status. */
static inline int
kit_sh(const char *command)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-euc", command, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static inline void
kit_write(const char *path, const char *text)
{
	char dir[PATH_MAX];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash != NULL) {
		*slash = '\0';
		must(ds_file_mkdirs(dir, 0755));
	}
	must(ds_file_replace(AT_FDCWD, path, text, strlen(text), 0644));
}

static inline git_oid
kit_blob(const char *text)
{
	git_oid id;

	must(ds_sink_write(kit_sink, &id, GIT_OBJECT_BLOB, text, strlen(text)));
	return id;
}

static inline struct ds_entry
kit_file(unsigned mode, int64_t mtime, const char *text)
{
	struct ds_entry e = {
		.kind = DS_KIND_FILE,
		.mode = mode,
		.mtime = mtime,
	};

	e.id = kit_blob(text);
	return e;
}

static inline struct ds_entry
kit_link(int64_t mtime, const char *target)
{
	struct ds_entry e = kit_file(0777, mtime, target);

	e.kind = DS_KIND_LINK;
	return e;
}

static inline struct ds_entry
kit_dir(unsigned mode, int64_t mtime)
{
	struct ds_entry e = {
		.kind = DS_KIND_DIR,
		.mode = mode,
		.mtime = mtime,
	};

	return e;
}

static inline bool
kit_same_roots(const struct ds_roots *a, const struct ds_roots *b)
{
	return git_oid_equal(&a->tree, &b->tree) &&
	    git_oid_equal(&a->meta, &b->meta);
}

/* ${old} with ${changes}, readable. */
static inline struct ds_roots
kit_edit(const struct ds_roots *old, const struct ds_changes *changes)
{
	struct ds_roots out;

	must(ds_tree_edit(&out, kit_sink, kit_store, old, changes));
	kit_flush();
	return out;
}

/* One path set (kind NONE: removed). */
static inline struct ds_roots
kit_set(const struct ds_roots *old, const char *path, const struct ds_entry *e)
{
	struct ds_changes c = DS_CHANGES_INIT;
	struct ds_roots out;
	struct ds_node was;

	must(ds_state_find(&was, kit_store, old, path));
	must(ds_changes_add(&c, path, &was.e, e));
	out = kit_edit(old, &c);
	ds_changes_release(&c);
	return out;
}

#endif
