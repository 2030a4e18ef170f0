/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store is complete when datasync/device is there: init makes the folder
 * first and the file last, so a killed init is found out and done again.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <unistd.h>

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

#include "ds/config.h"
#include "ds/device.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/lock.h"
#include "ds/path.h"
#include "ds/ref.h"
#include "ds/store.h"
#include "ds/trace.h"
#include "loose_internal.h"

static int
find_home(char **out)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (home == NULL || home[0] != '/') {
		pw = getpwuid(getuid());
		home = pw != NULL ? pw->pw_dir : "/";
	}
	return ds_path_absolute(out, "/", home);
}

static int
absolute(char **out, const char *path)
{
	char *cwd = getcwd(NULL, 0);
	int rc;

	if (cwd == NULL && path[0] != '/')
		return ds_err_sys("cannot tell the working folder");
	rc = ds_path_absolute(out, cwd != NULL ? cwd : "/", path);
	free(cwd);
	return rc;
}

int
ds_store_find(char **out, const char *path)
{
	const char *data = getenv("XDG_DATA_HOME");
	char *home = NULL, *base = NULL;
	int rc;

	*out = NULL;
	if (path == NULL)
		path = getenv("DATASYNC_STORE");
	if (path != NULL && path[0] != '\0')
		return absolute(out, path);
	if (data != NULL && data[0] == '/')
		return ds_path_join(out, data, "datasync/store.git");
	rc = find_home(&home);
	if (rc == 0)
		rc = ds_path_join(&base, home, ".local/share");
	if (rc == 0)
		rc = ds_path_join(out, base, "datasync/store.git");
	free(base);
	free(home);
	return rc;
}

static int
inside(char **out, const char *store, const char *name)
{
	return ds_path_join(out, store, name);
}

int
ds_store_path(char **out, const struct ds_store *s, bool private,
    const char *name)
{
	char *dir = NULL;
	int rc;

	if (!private)
		return inside(out, s->path, name);
	rc = inside(&dir, s->path, "datasync");
	if (rc == 0)
		rc = ds_path_join(out, dir, name);
	free(dir);
	return rc;
}

/*
 * 1: a store, 0: nothing, or what a killed init left, DS_EINVAL: other things.
 */
static int
look_at(const char *path)
{
	struct stat st;
	char *device = NULL, *private = NULL;
	int rc;

	if (stat(path, &st) < 0 && errno == ENOENT)
		return 0;
	rc = inside(&device, path, "datasync/device");
	if (rc == 0)
		rc = inside(&private, path, "datasync");
	if (rc == 0 && stat(device, &st) == 0)
		rc = 1;
	/* rmdir(2) tells an empty folder from one that is in use */
	else if (rc == 0 && stat(private, &st) < 0 && rmdir(path) < 0 &&
	    errno != ENOENT)
		rc = ds_err(DS_EINVAL, "'%s' is there and is no store", path);
	free(private);
	free(device);
	return rc;
}

static int
set_config(const char *path)
{
	static const struct ds_config_edit edits[] = {
		{ "core.logAllRefUpdates", "always", false },
		{ "gc.auto", "0", false },
	};
	char *file = NULL;
	int rc;

	rc = inside(&file, path, "config");
	if (rc == 0)
		rc = ds_config_write(file, edits, ds_nitems(edits), 10000);
	free(file);
	return rc;
}

static int
make_repository(const char *path)
{
	git_repository_init_options o;
	git_repository *repo = NULL;
	int rc;

	git_repository_init_options_init(&o,
	    GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	o.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH |
	    GIT_REPOSITORY_INIT_NO_DOTGIT_DIR;
	o.mode = 0700;
	o.initial_head = "main";
	rc = git_repository_init_ext(&repo, path, &o);
	if (rc < 0)
		return ds_err_git(rc, "cannot make a store at '%s'", path);
	git_repository_free(repo);
	if (chmod(path, 0700) < 0)
		return ds_err_sys("cannot protect '%s'", path);
	return 0;
}

static int
make_device(const char *dir, const char *name)
{
	struct ds_device device;
	char *file = NULL;
	int rc;

	rc = ds_path_join(&file, dir, "device");
	if (rc == 0)
		rc = ds_device_new(&device, name);
	if (rc == 0) {
		rc = ds_device_save(&device, file);
		ds_device_release(&device);
	}
	free(file);
	return rc;
}

static int
flush_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	int fd, rc;

	(void)st;
	(void)at;
	if (type != FTW_F && type != FTW_DP)
		return 0;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return ds_err_sys("cannot open '%s'", path);
	rc = ds_file_sync(fd, path);
	close(fd);
	return rc;
}

/*
 * What libgit2 made is in the kernel's memory alone.  Without HEAD on the disk
 * a later commit would be durable in a store that can't be opened.
 */
static int
flush_new(const char *path)
{
	char *up = strdup(path), *slash;
	int rc;

	if (up == NULL)
		return ds_err_nomem();
	rc = nftw(path, flush_one, 16, FTW_PHYS | FTW_DEPTH);
	if (rc > 0 || rc == -1)
		rc = ds_err_sys("cannot flush '%s'", path);
	/* folders above that are not ours to read were there before */
	while (rc == 0) {
		slash = strrchr(up, '/');
		if (slash == NULL || slash == up)
			break;
		*slash = '\0';
		if (ds_file_sync_dir(AT_FDCWD, up) < 0)
			ds_err_clear();
	}
	free(up);
	return rc;
}

static bool
has(const char *path, const char *name)
{
	char *file;
	bool is;

	if (inside(&file, path, name) < 0)
		return true;
	is = access(file, F_OK) == 0;
	free(file);
	return is;
}

/*
 * What a killed init has left: libgit2's locks, which nobody holds, for we have
 * ours; and, where nothing was ever committed, files that libgit2 does not
 * flush and could not read if a cut of the power left them empty.
 */
static int
remove_leftovers(const char *path)
{
	static const char *const names[] = { "config.lock", "HEAD.lock",
		"config", "HEAD" };
	bool used = has(path, "refs/heads/main") || has(path, "packed-refs");
	char *file;
	size_t i, n = used ? 2 : ds_nitems(names);
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		rc = inside(&file, path, names[i]);
		if (rc == 0 && unlink(file) < 0 && errno != ENOENT)
			rc = ds_err_sys("cannot remove '%s'", file);
		free(file);
	}
	return rc;
}

static int
make_store(const char *path, const char *private, const char *name)
{
	int rc;

	rc = remove_leftovers(path);
	if (rc == 0)
		rc = make_repository(path);
	if (rc == 0)
		rc = set_config(path);
	if (rc == 0)
		rc = flush_new(path);
	if (rc == 0)
		rc = make_device(private, name);
	return rc;
}

int
ds_store_init(const char *path, const char *name)
{
	char *private = NULL, *file = NULL;
	struct ds_lock *lock = NULL;
	int rc;

	rc = ds_git_init();
	if (rc == 0)
		rc = look_at(path);
	if (rc < 0)
		return rc;
	if (rc == 1)
		return ds_err(DS_EEXISTS, "there is a store at '%s' already",
		    path);
	rc = inside(&private, path, "datasync");
	if (rc == 0)
		rc = ds_file_mkdirs(private, 0700);
	if (rc == 0)
		rc = inside(&file, private, "lock");
	if (rc == 0)
		rc = ds_lock_take(&lock, file, 10000);
	if (rc == 0)
		rc = look_at(path);
	if (rc == 1)
		rc = ds_err(DS_EEXISTS, "there is a store at '%s' already",
		    path);
	if (rc == 0)
		rc = make_store(path, private, name);
	ds_lock_drop(lock);
	free(file);
	free(private);
	return rc;
}

static int
check_there(const char *path)
{
	int rc = 0;
	char *device = NULL;
	struct stat st;

	rc = inside(&device, path, "datasync/device");
	if (rc < 0)
		return rc;
	if (stat(device, &st) < 0) {
		if (errno == EACCES)
			rc = ds_err_sys("cannot open the store '%s'", path);
		else
			rc = ds_err_hint(ds_err(DS_ENOSTORE,
					     "there is no "
					     "store at '%s'",
					     path),
			    "'datasync init' makes one");
	}
	free(device);
	return rc;
}

/* ${*b} belongs to the database from then on. */
static int
add_backend(struct ds_store *s, git_odb_backend *b, int priority)
{
	int rc = git_odb_add_backend(s->odb, b, priority);

	if (rc == 0)
		return 0;
	b->free(b);
	return ds_err_git(rc, "cannot open the objects of '%s'", s->path);
}

/* libgit2 reads packs; loose objects we read ourselves (loose.c). */
static int
open_objects(struct ds_store *s)
{
	git_odb_backend *packs, *loose;
	char *objects = NULL;
	int rc;

	rc = inside(&objects, s->path, "objects");
	if (rc < 0)
		return rc;
	rc = git_odb_new(&s->odb);
	if (rc == 0)
		rc = git_odb_backend_pack(&packs, objects);
	if (rc < 0)
		rc = ds_err_git(rc, "cannot open the objects of '%s'", s->path);
	else
		rc = add_backend(s, packs, 2);
	if (rc == 0)
		rc = ds_loose__backend(&loose, objects);
	if (rc == 0)
		rc = add_backend(s, loose, 1);
	if (rc == 0) {
		rc = git_repository_set_odb(s->repo, s->odb);
		if (rc < 0)
			rc = ds_err_git(rc, "cannot use '%s'", objects);
	}
	free(objects);
	return rc;
}

static int
open_repository(struct ds_store *s)
{
	int rc;

	rc = git_repository_open_ext(&s->repo, s->path,
	    GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE |
		GIT_REPOSITORY_OPEN_NO_DOTGIT,
	    NULL);
	if (rc == GIT_EOWNER)
		return ds_err(DS_ESYS,
		    "the store '%s' belongs to another "
		    "user",
		    s->path);
	if (rc < 0) {
		rc = ds_err_git(rc, "cannot open the store '%s'", s->path);
		return rc == DS_ESYS || rc == DS_ENOMEM ? rc : DS_EDAMAGED;
	}
	return open_objects(s);
}

int
ds_store_reload(struct ds_store *s)
{
	struct ds_config *config;
	char *file = NULL, *fsync = NULL;
	int64_t ms = 0;
	int rc;

	rc = inside(&file, s->path, "config");
	if (rc == 0)
		rc = ds_config_open(&config, file);
	free(file);
	if (rc < 0)
		return rc;
	ds_config_close(s->config);
	s->config = config;
	rc = ds_config_ms(&ms, s->config, "core.lockTimeout");
	if (rc == 0)
		rc = ds_config_string(&fsync, s->config, "core.fsync");
	if (rc == 0) {
		s->lock_ms = (int)(ms < INT32_MAX ? ms : INT32_MAX);
		ds_file_set_durable(
		    fsync == NULL || strcmp(fsync, "none") != 0);
	}
	free(fsync);
	return rc;
}

static int
load_device(struct ds_store *s)
{
	char *file = NULL;
	int rc;

	s->device = calloc(1, sizeof(*s->device));
	if (s->device == NULL)
		return ds_err_nomem();
	rc = ds_store_path(&file, s, true, "device");
	if (rc == 0)
		rc = ds_device_load(s->device, file);
	free(file);
	return rc;
}

int
ds_store_open(struct ds_store **out, const char *path)
{
	struct ds_store *s;
	int rc;

	*out = NULL;
	rc = ds_git_init();
	if (rc == 0)
		rc = check_there(path);
	if (rc < 0)
		return rc;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ds_err_nomem();
	s->path = strdup(path);
	rc = s->path != NULL ? find_home(&s->home) : ds_err_nomem();
	if (rc == 0)
		rc = open_repository(s);
	if (rc == 0)
		rc = ds_store_reload(s);
	if (rc == 0)
		rc = load_device(s);
	if (rc < 0)
		goto out;
	ds_trace("main", "store", "%s", s->path);
	*out = s;
	s = NULL;
out:
	ds_store_close(s);
	return rc;
}

void
ds_store_close(struct ds_store *s)
{
	if (s == NULL)
		return;
	if (s->device != NULL)
		ds_device_release(s->device);
	free(s->device);
	ds_config_close(s->config);
	git_odb_free(s->odb);
	git_repository_free(s->repo);
	free(s->home);
	free(s->path);
	free(s);
}

int
ds_store_lock(struct ds_lock **out, struct ds_store *s)
{
	char *path = NULL;
	int rc;

	*out = NULL;
	rc = ds_store_path(&path, s, true, "lock");
	if (rc == 0)
		rc = ds_lock_take(out, path, s->lock_ms);
	free(path);
	return rc;
}

int
ds_store_head(git_oid *out, struct ds_store *s)
{
	int rc = ds_ref_read(out, s, DS_STORE_LINE);

	if (rc == DS_ENOTFOUND) {
		ds_err_clear();
		rc = 0;
	}
	return rc;
}
