/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder and its old self are both sorted, so one pass pairs them.  Every
 * name is opened from its folder's descriptor without following a symlink,
 * so a folder that is exchanged for a symlink meanwhile leads nowhere.
 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <git2.h>

#include "ds/apply.h"
#include "ds/buf.h"
#include "ds/cancel.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/ignore.h"
#include "ds/item.h"
#include "ds/list.h"
#include "ds/name.h"
#include "ds/path.h"
#include "ds/progress.h"
#include "ds/report.h"
#include "ds/scan.h"
#include "ds/store.h"
#include "ds/trace.h"

#include "scan_internal.h"

#define IGNORE_FILE ".datasyncignore"
#define IGNORE_MAX ((size_t)1 << 20)

static const struct ds_entry no_entry = { .kind = DS_KIND_NONE };

static int scan_dir(struct walk *, int fd, const struct stat *,
    const struct ds_node *old);

int
ds_scan__told(struct walk *w, enum ds_report_kind kind, const char *why)
{
	ds_report(w->scan->report, kind, w->scan->item->name, w->path.data,
	    why);
	return 0;
}

static int
emit(struct walk *w, const struct ds_entry *old, const struct ds_entry *new)
{
	return ds_changes_add(w->out, w->path.data, old, new);
}

static void
folder_entry(struct ds_entry *e, const struct stat *st)
{
	memset(e, 0, sizeof(*e));
	e->kind = DS_KIND_DIR;
	e->mode = st->st_mode & 07777;
	e->mtime = ds_scan__mtime(st);
}

/* Without its rules the folder's files are taken as they are: that is told. */
static int
no_rules(struct walk *w)
{
	size_t len = w->path.len;
	int rc;

	ds_buf_adds(&w->path, IGNORE_FILE);
	rc = ds_buf_check(&w->path);
	if (rc == 0)
		rc = ds_scan__told(w, DS_REPORT_UNREADABLE, ds_err_text());
	ds_buf_cut(&w->path, len);
	ds_err_clear();
	return rc;
}

/*
 * Rules of the folder at ${fd}, whose path is w->path without its '/'.  Where
 * the folder is ${listed}, the scan comes by the file itself too.
 */
static int
push_rules(struct walk *w, int fd, bool listed, bool *pushed)
{
	struct ds_buf text = DS_BUF_INIT;
	struct stat st;
	char *base = NULL;
	int rc = 0;

	*pushed = false;
	if (fstatat(fd, IGNORE_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode))
		return 0;
	rc = ds_file_read(&text, fd, IGNORE_FILE, IGNORE_MAX);
	if (rc == DS_ENOMEM)
		goto out;
	if (rc < 0) {
		/* one that is too long can be read all the same */
		rc = !listed || rc == DS_EINVAL ? no_rules(w) : 0;
		ds_err_clear();
		goto out;
	}
	base = strndup(w->path.data,
	    w->path.len > 0 && w->path.data[w->path.len - 1] == '/' ?
		w->path.len - 1 :
		w->path.len);
	if (base == NULL)
		rc = ds_err_nomem();
	else
		rc = ds_ignore_push(w->ignore, base,
		    text.data != NULL ? text.data : "", text.len);
	*pushed = rc == 0;
out:
	free(base);
	ds_buf_release(&text);
	return rc;
}

/* Everything that ${old} held is gone. */
static int
gone(struct walk *w, const struct ds_node *old)
{
	struct ds_changes beneath = DS_CHANGES_INIT;
	struct ds_node self;
	size_t i, len = w->path.len;
	int rc;

	if (old->e.kind != DS_KIND_DIR)
		return emit(w, &old->e, &no_entry);
	rc = ds_state_find(&self, w->scan->store, &old->roots, "");
	if (rc == 0)
		rc = ds_state_list(&beneath, w->scan->store, &old->roots, "");
	self.e.kind = DS_KIND_DIR;
	if (rc == 0)
		rc = emit(w, &self.e, &no_entry);
	for (i = 0; rc == 0 && i < beneath.n; i++) {
		if (beneath.v[i].path[0] == '\0')
			continue;
		ds_buf_addc(&w->path, '/');
		ds_buf_adds(&w->path, beneath.v[i].path);
		rc = ds_buf_check(&w->path);
		if (rc == 0)
			rc = emit(w, &beneath.v[i].new, &no_entry);
		ds_buf_cut(&w->path, len);
	}
	ds_changes_release(&beneath);
	return rc;
}

/* Untracked things obey the rules; what is tracked stays so, as in git. */
static bool
is_ignored(struct walk *w, bool dir)
{
	if (ds_ignore_match(w->ignore, w->path.data, dir) == DS_IGNORE_YES)
		return true;
	return w->include != NULL && !dir &&
	    !ds_ignore_covers(w->include, w->path.data, false);
}

static int
visit_dir(struct walk *w, int dir, const char *name, const struct stat *st,
    const struct ds_node *old)
{
	int fd, rc;

	if (st->st_dev == w->store_dev && st->st_ino == w->store_ino)
		return ds_scan__told(w, DS_REPORT_STORE, NULL);
	if (w->depth + 1 >= DS_STATE_DEPTH_MAX)
		return ds_scan__told(w, DS_REPORT_UNREADABLE, "it is too deep");
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return gone(w, old);
	if (fd < 0 && errno == EMFILE)
		return ds_err_sys("cannot open '%s'", w->path.data);
	if (fd < 0)
		return ds_scan__told(w, DS_REPORT_UNREADABLE, strerror(errno));
	w->depth++;
	rc = scan_dir(w, fd, st, old);
	w->depth--;
	close(fd);
	return rc;
}

/* Whatever is at ${name} now, beside what was there (kind NONE: nothing). */
static int
visit(struct walk *w, int dir, const char *name, const struct ds_node *old)
{
	bool was_file =
	    old->e.kind == DS_KIND_FILE || old->e.kind == DS_KIND_LINK;
	struct stat st;
	int rc;

	rc = ds_cancel_check();
	if (rc < 0)
		return rc;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return old->e.kind != DS_KIND_NONE ? gone(w, old) : 0;
		return ds_scan__told(w, DS_REPORT_UNREADABLE, strerror(errno));
	}
	if (ds_name_is_git(name) && !w->scan->item->git_dirs)
		return ds_scan__told(w, DS_REPORT_NESTED, NULL);
	if (old->e.kind == DS_KIND_NONE && is_ignored(w, S_ISDIR(st.st_mode))) {
		w->skipped = true;
		return 0;
	}
	w->scan->kept += was_file;
	if (S_ISDIR(st.st_mode))
		return visit_dir(w, dir, name, &st, old);
	if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) {
		if (old->e.kind == DS_KIND_DIR) {
			rc = gone(w, old);
			if (rc < 0)
				return rc;
		}
		return ds_scan__file(w, dir, name, &st, old);
	}
	ds_scan__told(w, DS_REPORT_SPECIAL, NULL);
	return old->e.kind != DS_KIND_NONE ? gone(w, old) : 0;
}

static int
list_names(struct ds_list *out, int fd, const char *what)
{
	struct dirent *d;
	DIR *dir;
	int copy, rc = 0;

	copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = copy >= 0 ? fdopendir(copy) : NULL;
	if (dir == NULL) {
		rc = errno == ENOMEM ? ds_err_nomem() :
				       ds_err_sys("cannot list '%s'", what);
		if (copy >= 0)
			close(copy);
		return rc;
	}
	while (rc == 0) {
		errno = 0;
		d = readdir(dir);
		if (d == NULL)
			break;
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0 ||
		    ds_apply_is_temporary(d->d_name))
			continue;
		rc = ds_list_add(out, d->d_name);
	}
	if (rc == 0 && errno != 0)
		rc = ds_err_sys("cannot list '%s'", what);
	closedir(dir);
	ds_list_sort(out);
	return rc;
}

/* With w->path at the folder: go to ${name} in it and back. */
static int
visit_name(struct walk *w, int fd, const char *name, const struct ds_node *old)
{
	size_t len = w->path.len;
	int rc;

	ds_buf_adds(&w->path, name);
	rc = ds_buf_check(&w->path);
	if (rc == 0)
		rc = visit(w, fd, name, old);
	ds_buf_cut(&w->path, len);
	return rc;
}

static int
visit_all(struct walk *w, int fd, const struct ds_list *names,
    const struct ds_dir *old)
{
	static const struct ds_node none = { .name = NULL };
	size_t i = 0, j = 0;
	int rc = 0;

	while (rc == 0 && (i < names->n || j < old->n)) {
		int c = 1;

		if (i < names->n)
			c = j < old->n ? strcmp(names->v[i], old->v[j].name) :
					 -1;
		rc = visit_name(w, fd, c <= 0 ? names->v[i] : old->v[j].name,
		    c >= 0 ? &old->v[j] : &none);
		i += c <= 0;
		j += c >= 0;
	}
	return rc;
}

/* Did names come or go right in this folder?  Then its time counts too. */
static bool
names_changed(const struct walk *w, size_t from)
{
	size_t i;

	for (i = from; i < w->out->n; i++) {
		const struct ds_change *c = &w->out->v[i];

		if (c->old.kind != DS_KIND_NONE && c->new.kind != DS_KIND_NONE)
			continue;
		if (strchr(c->path + w->path.len, '/') == NULL)
			return true;
	}
	return false;
}

/* The folder itself: new, of another mode, or with other names in it. */
static int
emit_folder(struct walk *w, const struct stat *st, const struct ds_entry *old,
    size_t from)
{
	size_t len = w->path.len;
	struct ds_entry new;
	int rc = 0;

	folder_entry(&new, st);
	if (old->kind == DS_KIND_NONE && w->include != NULL &&
	    w->out->n == from)
		return 0;
	if (ds_entry_same(old, &new) &&
	    (old->mtime == new.mtime || !names_changed(w, from)))
		return 0;
	if (len > 0)
		ds_buf_cut(&w->path, len - 1);
	rc = emit(w, old, &new);
	if (len > 0)
		ds_buf_addc(&w->path, '/');
	return rc < 0 ? rc : ds_buf_check(&w->path);
}

/* An open folder; w->path names it, without a '/' at the end. */
static int
scan_dir(struct walk *w, int fd, const struct stat *st,
    const struct ds_node *old)
{
	struct ds_list names = DS_LIST_INIT;
	struct ds_dir was = { .n = 0 };
	struct ds_entry self = old->e;
	size_t from = w->out->n, len = w->path.len;
	bool pushed = false;
	int rc;

	if (len > 0)
		ds_buf_addc(&w->path, '/');
	rc = ds_buf_check(&w->path);
	if (rc == 0 && old->e.kind == DS_KIND_DIR) {
		rc = ds_dir_read(&was, w->scan->store, &old->roots);
		self = was.self;
	}
	if (rc == 0)
		rc = push_rules(w, fd, true, &pushed);
	if (rc == 0) {
		rc = list_names(&names, fd, w->path.data);
		if (rc == DS_ESYS) {
			rc = ds_scan__told(w, DS_REPORT_UNREADABLE,
			    ds_err_text());
			goto out;
		}
	}
	if (rc == 0 && len == 0)
		w->scan->empty = names.n == 0;
	if (rc == 0)
		rc = visit_all(w, fd, &names, &was);
	if (rc == 0)
		rc = emit_folder(w, st, &self, from);
out:
	if (pushed)
		ds_ignore_pop(w->ignore);
	ds_buf_cut(&w->path, len);
	ds_dir_release(&was);
	ds_list_release(&names);
	return rc;
}

static int
scan_root(struct walk *w, int fd)
{
	struct ds_node old;
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return ds_err_sys("cannot read '%s'", w->scan->item->path);
	rc = ds_state_find(&old, w->scan->store, &w->scan->old, "");
	if (rc == 0)
		rc = scan_dir(w, fd, &st, &old);
	return rc;
}

/*
 * One step down to a single path: ${fd} becomes the folder ${name} and
 * ${roots} its old self.  ${done} if there is nothing beneath to look at,
 * because the step itself has told all.
 */
static int
step(struct walk *w, int *fd, struct ds_roots *roots, const char *name,
    bool *done)
{
	struct ds_node old;
	struct ds_entry new;
	struct stat st;
	int next, rc;

	*done = true;
	rc = ds_state_child(&old, w->scan->store, roots, name);
	if (rc < 0)
		return rc;
	if (w->depth + 1 >= DS_STATE_DEPTH_MAX)
		return ds_scan__told(w, DS_REPORT_UNREADABLE, "it is too deep");
	if (fstatat(*fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(st.st_mode) || ds_name_is_git(name) ||
	    (st.st_dev == w->store_dev && st.st_ino == w->store_ino) ||
	    (old.e.kind == DS_KIND_NONE && is_ignored(w, true)))
		return visit(w, *fd, name, &old);
	next =
	    openat(*fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0)
		return ds_scan__told(w, DS_REPORT_UNREADABLE, strerror(errno));
	close(*fd);
	*fd = next;
	w->depth++;
	*roots = old.roots;
	*done = false;
	if (old.e.kind == DS_KIND_DIR)
		return 0;
	folder_entry(&new, &st);
	w->made++;
	return emit(w, &old.e, &new);
}

/* The last name of a single path, and its folder's time if it came or went. */
static int
visit_last(struct walk *w, int fd, const struct ds_roots *roots,
    const char *name, size_t parent_len)
{
	struct ds_node old, folder;
	struct stat st;
	size_t from = w->out->n;
	int rc;

	rc = ds_state_child(&old, w->scan->store, roots, name);
	if (rc == 0)
		rc = visit(w, fd, name, &old);
	ds_buf_cut(&w->path, parent_len);
	if (rc < 0 || w->out->n == from)
		return rc;
	if (fstat(fd, &st) < 0)
		return ds_err_sys("cannot read '%s'", w->path.data);
	rc = ds_state_find(&folder, w->scan->store, roots, "");
	if (rc == 0)
		rc = emit_folder(w, &st, &folder.e, from);
	return rc;
}

/* Only ${path}: the folders on its way are passed, not listed. */
static int
scan_path(struct walk *w, int root, const char *path)
{
	struct ds_roots roots = w->scan->old;
	size_t from = w->out->n, rules = 0;
	bool done = false, one;
	int fd, rc = 0;

	fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ds_err_sys("cannot open '%s'", w->scan->item->path);
	w->made = 0;
	w->depth = 0;
	ds_buf_cut(&w->path, 0);
	while (rc == 0 && !done) {
		size_t n = strcspn(path, "/"), len = w->path.len;
		char *name = strndup(path, n);

		rc = name == NULL ? ds_err_nomem() :
				    push_rules(w, fd, false, &one);
		if (rc == 0) {
			rules += one;
			ds_buf_adds(&w->path, name);
			rc = ds_buf_check(&w->path);
		}
		if (rc == 0 && path[n] == '\0') {
			rc = visit_last(w, fd, &roots, name, len);
			done = true;
		} else if (rc == 0) {
			rc = step(w, &fd, &roots, name, &done);
			ds_buf_addc(&w->path, '/');
		}
		free(name);
		path += n + (path[n] != '\0');
	}
	/* new folders on the way to nothing are not worth telling */
	if (rc == 0 && w->out->n - from == w->made)
		ds_scan__forget(w->out, from);
	while (rules-- > 0)
		ds_ignore_pop(w->ignore);
	close(fd);
	return rc;
}

/* An item of single paths: those that ${path} names or is in. */
static int
scan_only(struct walk *w, int root, const char *path)
{
	const struct ds_list *only = &w->scan->item->only;
	bool any = false;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < only->n; i++) {
		const char *one = only->v[i];

		if (*path == '\0' || ds_path_beneath(path, one) != NULL)
			rc = scan_path(w, root, one);
		else if (ds_path_beneath(one, path) != NULL)
			rc = scan_path(w, root, path);
		else
			continue;
		any = true;
	}
	w->skipped = w->skipped || !any;
	return rc;
}

int
ds_scan_run(struct ds_changes *out, struct ds_scan *scan, const char *path)
{
	struct walk w = { .scan = scan, .out = out };
	size_t from = out->n;
	int fd = -1, rc;

	rc = ds_scan__begin(&w, &fd);
	if (rc < 0 || fd < 0)
		goto out;
	ds_progress_begin(scan->progress, "scanning", 0, 0);
	if (scan->item->only.n > 0)
		rc = scan_only(&w, fd, path);
	else if (*path == '\0')
		rc = scan_root(&w, fd);
	else
		rc = scan_path(&w, fd, path);
	ds_progress_end(scan->progress);
	scan->ignored = *path != '\0' && out->n == from && w.skipped;
	if (rc == 0)
		ds_changes_sort(out);
	ds_trace("scan", "done", "%s: %zu files, %zu changes", scan->item->name,
	    scan->files, out->n);
out:
	ds_scan__end(&w, fd);
	if (rc < 0)
		ds_err_in(rc, "cannot scan '%s'", scan->item->name);
	return rc;
}

void
ds_scan_release(struct ds_scan *scan)
{
	free(scan->fsid);
	scan->fsid = NULL;
}
