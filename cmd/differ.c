/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/git.h"
#include "ds/history.h"
#include "ds/json.h"
#include "ds/patch.h"
#include "ds/path.h"
#include "ds/state.h"
#include "ds/store.h"

#include "common.h"
#include "differ.h"

/* Beyond this a file is told by its size alone. */
#define SHOW_MAX ((size_t)64 << 20)

/* Both contents of one change; NULL where there is none. */
struct sides {
	void *old_data;
	void *new_data;
	struct ds_side old;
	struct ds_side new;
};

static int
from_store(void **data, struct ds_side *side, struct ds_store *s,
    const struct ds_entry *e)
{
	int rc;

	if (e->kind != DS_KIND_FILE && e->kind != DS_KIND_LINK)
		return 0;
	rc = ds_state_blob(data, &side->len, s, &e->id);
	side->data = *data;
	return rc;
}

static int
link_target(struct ds_buf *out, int fd, const char *path)
{
	char *room = ds_buf_room(out, 65536);
	ssize_t n;

	if (room == NULL)
		return ds_err_nomem();
	n = readlinkat(fd, path, room, 65536);
	if (n < 0)
		return ds_err_sys("cannot read '%s'", path);
	out->len += (size_t)n;
	out->data[out->len] = '\0';
	return 0;
}

static int
from_disk(void **data, struct ds_side *side, const char *root,
    const struct ds_change *c)
{
	struct ds_buf b = DS_BUF_INIT;
	int fd, rc;

	if (c->new.kind != DS_KIND_FILE && c->new.kind != DS_KIND_LINK)
		return 0;
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ds_err_sys("cannot open '%s'", root);
	ds_buf_adds(&b, "");
	if (c->new.kind == DS_KIND_LINK)
		rc = link_target(&b, fd, c->path);
	else
		rc = ds_file_read(&b, fd, c->path, SIZE_MAX / 4);
	close(fd);
	if (rc == 0) {
		side->len = b.len;
		rc = ds_buf_check(&b);
	}
	if (rc == 0) {
		*data = b.data;
		side->data = b.data;
	} else {
		ds_buf_release(&b);
	}
	return rc;
}

static int
load_sides(struct sides *out, struct differ *d, const struct ds_change *c)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = from_store(&out->old_data, &out->old, d->store, &c->old);
	if (rc == 0 && d->disk != NULL)
		rc = from_disk(&out->new_data, &out->new, d->disk, c);
	else if (rc == 0)
		rc = from_store(&out->new_data, &out->new, d->store, &c->new);
	return rc;
}

enum differ_form
differ_form(bool names, bool stat, enum differ_form other)
{
	if (names)
		return DIFFER_NAMES;
	return stat ? DIFFER_STAT : other;
}

static unsigned
git_mode(const struct ds_entry *e)
{
	if (e->kind == DS_KIND_LINK)
		return 0120000;
	return 0100000 | (e->mode & 07777);
}

static void
head_line(struct differ *d, const char *fmt, const char *name)
{
	struct cli *cli = d->cli;
	struct ds_buf b = DS_BUF_INIT;

	ds_buf_adds(&b, fmt);
	ds_buf_adds(&b, name);
	out_text(cli, "%s%s%s\n", out_color(cli, OUT_BOLD),
	    b.data != NULL ? b.data : "", out_color(cli, OUT_PLAIN));
	ds_buf_release(&b);
}

/* git's header, so that git apply and patch understand the whole. */
static void
header(struct differ *d, const char *a, const char *b,
    const struct ds_change *c)
{
	struct cli *cli = d->cli;
	const char *bold = out_color(cli, OUT_BOLD);
	const char *plain = out_color(cli, OUT_PLAIN);

	out_text(cli, "%sdiff --git %s %s%s\n", bold, a, b, plain);
	if (c->old.kind == DS_KIND_NONE) {
		out_text(cli, "%snew file mode %06o%s\n", bold,
		    git_mode(&c->new), plain);
	} else if (c->new.kind == DS_KIND_NONE) {
		out_text(cli, "%sdeleted file mode %06o%s\n", bold,
		    git_mode(&c->old), plain);
	} else if (git_mode(&c->old) != git_mode(&c->new)) {
		out_text(cli, "%sold mode %06o%s\n", bold, git_mode(&c->old),
		    plain);
		out_text(cli, "%snew mode %06o%s\n", bold, git_mode(&c->new),
		    plain);
	}
}

static enum out_color
line_color(char first)
{
	switch (first) {
	case '+':
		return OUT_GREEN;
	case '-':
		return OUT_RED;
	case '@':
		return OUT_CYAN;
	default:
		return OUT_PLAIN;
	}
}

static void
hunks(struct cli *cli, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = nl != NULL ? (size_t)(nl - text) : len;
		enum out_color color = line_color(*text);
		const char *on = out_color(cli, color);

		if (nl == NULL)
			n = (size_t)(end - text);
		if (!cli->json) {
			out_bytes(cli, on, strlen(on));
			out_bytes(cli, text, n);
			if (color != OUT_PLAIN)
				out_bytes(cli, out_color(cli, OUT_PLAIN),
				    strlen(out_color(cli, OUT_PLAIN)));
			out_bytes(cli, "\n", 1);
		}
		text += n + (nl != NULL);
	}
}

static int
names_of(char *out[2], const char *item, const char *path)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		if (asprintf(&out[i], "%c/%s/%s", i == 0 ? 'a' : 'b', item,
			path) < 0) {
			out[i] = NULL;
			return ds_err_nomem();
		}
	}
	return 0;
}

static void
patch_text(struct differ *d, char *const names[2], const struct ds_change *c,
    const struct sides *s, const struct ds_patch *p, const struct ds_buf *text)
{
	struct cli *cli = d->cli;
	bool was = s->old.data != NULL, is = s->new.data != NULL;

	header(d, out_name(names[0]), out_name(names[1]), c);
	if (p->binary) {
		out_text(cli, "Binary file: %s -> %s\n",
		    was ? out_size(s->old.len) : "none",
		    is ? out_size(s->new.len) : "none");
		return;
	}
	if (text->len == 0)
		return;
	head_line(d, "--- ", was ? out_name(names[0]) : "/dev/null");
	head_line(d, "+++ ", is ? out_name(names[1]) : "/dev/null");
	hunks(cli, text->data, text->len);
}

static void
stat_text(struct differ *d, const char *name, const struct sides *s,
    const struct ds_patch *p)
{
	struct cli *cli = d->cli;
	size_t all = p->added + p->removed, bar = 24, plus;

	if (p->binary) {
		out_text(cli, " %-48s | %s -> %s\n", name,
		    s->old.data != NULL ? out_size(s->old.len) : "none",
		    s->new.data != NULL ? out_size(s->new.len) : "none");
		return;
	}
	if (all < bar)
		bar = all;
	plus = all > 0 ? (p->added * bar + all - 1) / all : 0;
	out_text(cli, " %-48s | %5zu %s%.*s%s%.*s%s\n", name, all,
	    out_color(cli, OUT_GREEN), (int)plus, "++++++++++++++++++++++++",
	    out_color(cli, OUT_RED), (int)(bar - plus),
	    "------------------------", out_color(cli, OUT_PLAIN));
}

static void
json_patch(struct ds_json *to, const struct ds_change *c, const struct sides *s,
    const struct ds_patch *p, const struct ds_buf *text)
{
	common_json_change(to, c);
	ds_json_bool(to, "binary", p->binary);
	if (s->old.data != NULL)
		ds_json_int(to, "old_size", (int64_t)s->old.len);
	if (s->new.data != NULL)
		ds_json_int(to, "new_size", (int64_t)s->new.len);
	ds_json_int(to, "lines_added", (int64_t)p->added);
	ds_json_int(to, "lines_removed", (int64_t)p->removed);
	if (text->len > 0)
		ds_json_str(to, "patch", text->data);
}

static int
compare(struct differ *d, const char *item, const struct ds_change *c)
{
	struct ds_json *to = ds_json_add_object(d->changes, NULL);
	char *names[2] = { NULL, NULL };
	struct ds_buf text = DS_BUF_INIT;
	struct ds_patch p;
	struct sides s;
	int rc;

	rc = load_sides(&s, d, c);
	if (rc == 0)
		rc = ds_patch_make(d->form == DIFFER_PATCH ? &text : NULL, &p,
		    s.old, s.new);
	if (rc == 0)
		rc = names_of(names, item, c->path);
	if (rc == 0) {
		d->added += p.added;
		d->removed += p.removed;
		if (d->form == DIFFER_PATCH)
			patch_text(d, names, c, &s, &p, &text);
		else
			stat_text(d, out_name(names[0] + 2), &s, &p);
		json_patch(to, c, &s, &p, &text);
	}
	free(names[0]);
	free(names[1]);
	free(s.old_data);
	free(s.new_data);
	ds_buf_release(&text);
	return rc;
}

static int
name_only(struct differ *d, const char *item, const struct ds_change *c)
{
	char *names[2] = { NULL, NULL };
	int rc;

	rc = names_of(names, item, c->path);
	if (rc == 0) {
		if (d->form == DIFFER_NAMES)
			out_text(d->cli, "%s\n", out_name(names[0] + 2));
		common_json_change(ds_json_add_object(d->changes, NULL), c);
	}
	free(names[0]);
	free(names[1]);
	return rc;
}

int
differ_item(struct differ *d, const char *item, const struct ds_changes *c)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n; i++) {
		const struct ds_change *x = &c->v[i];
		bool folders = (x->old.kind == DS_KIND_DIR ||
				   x->old.kind == DS_KIND_NONE) &&
		    (x->new.kind == DS_KIND_DIR || x->new.kind == DS_KIND_NONE);

		if (common_status(x)[0] == '\0')
			continue;
		d->files++;
		if (folders || d->form == DIFFER_NAMES ||
		    d->form == DIFFER_NONE)
			rc = name_only(d, item, x);
		else
			rc = compare(d, item, x);
	}
	return rc;
}

int
differ_all(struct differ *d, struct ds_json *to, const struct ds_comparison *c)
{
	struct ds_json *items = ds_json_add_array(to, "items");
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n; i++) {
		struct ds_json *one = ds_json_add_object(items, NULL);
		struct ds_counts n = { 0, 0, 0 };

		ds_count(&n, c->v[i].changes);
		ds_json_str(one, "item", c->v[i].item);
		ds_json_int(one, "added", (int64_t)n.added);
		ds_json_int(one, "modified", (int64_t)n.modified);
		ds_json_int(one, "deleted", (int64_t)n.deleted);
		if (d->form == DIFFER_NONE)
			continue;
		d->changes = ds_json_add_array(one, "changes");
		rc = differ_item(d, c->v[i].item, c->v[i].changes);
	}
	return rc;
}

void
differ_end(const struct differ *d)
{
	if (d->form == DIFFER_STAT && d->files > 0)
		out_text(d->cli, " %zu %s, %zu %s added, %zu removed\n",
		    d->files, out_plural(d->files, "file", "files"), d->added,
		    out_plural(d->added, "line", "lines"), d->removed);
}
