/* SPDX-License-Identifier: Apache-2.0 */
/* "vscode: settings.json, keybindings.json": what a commit says of itself. */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/err.h"
#include "commit_internal.h"

#define SUBJECT_MAX ((size_t)72)

static bool
counts(const struct ds_change *c)
{
	return !ds_entry_same(&c->old, &c->new);
}

static bool
is_folder(const struct ds_change *c)
{
	return c->old.kind == DS_KIND_DIR || c->new.kind == DS_KIND_DIR;
}

/* Changes to speak of: files; folders only where there is nothing else. */
static size_t
speak_of(const struct ds_changes *changes, bool folders)
{
	size_t i, n = 0;

	for (i = 0; i < changes->n; i++)
		n += counts(&changes->v[i]) &&
		    is_folder(&changes->v[i]) == folders;
	return n;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : *path != '\0' ? path : ".";
}

/* A name on one line, whatever its bytes are. */
static void
add_name(struct ds_buf *b, const char *name)
{
	for (; *name != '\0'; name++)
		ds_buf_addc(b,
		    (unsigned char)*name < ' ' || *name == 0x7f ? '?' : *name);
}

static void
add_part(struct ds_buf *b, const struct part *p)
{
	bool folders = speak_of(&p->changes, false) == 0;
	size_t total = speak_of(&p->changes, folders), said = 0, i;
	size_t start = b->len;

	ds_buf_addf(b, "%s%s: ", b->len > 0 ? "; " : "", p->item->name);
	for (i = 0; i < p->changes.n && said < total; i++) {
		const struct ds_change *c = &p->changes.v[i];

		if (!counts(c) || is_folder(c) != folders)
			continue;
		if (said > 0)
			ds_buf_adds(b, ", ");
		add_name(b, base_name(c->path));
		said++;
		if (b->len > SUBJECT_MAX)
			break;
	}
	if (b->len > SUBJECT_MAX || said < total) {
		ds_buf_cut(b, start);
		ds_buf_addf(b, "%s%s: %zu %s%s", start > 0 ? "; " : "",
		    p->item->name, total, folders ? "folder" : "file",
		    total == 1 ? "" : "s");
	}
}

int
ds_commit__subject(struct job *j)
{
	struct ds_buf b = DS_BUF_INIT;
	size_t i, said = 0, parts = 0, total = 0;

	for (i = 0; i < j->n; i++) {
		size_t n = speak_of(&j->v[i].changes, false);

		parts += j->v[i].changes.n > 0;
		total += n > 0 ? n : speak_of(&j->v[i].changes, true);
	}
	for (i = 0; i < j->n && b.len <= SUBJECT_MAX; i++)
		if (j->v[i].changes.n > 0) {
			add_part(&b, &j->v[i]);
			said++;
		}
	if (parts > 1 && (said < parts || b.len > SUBJECT_MAX)) {
		ds_buf_cut(&b, 0);
		ds_buf_addf(&b, "%zu files in %zu items", total, parts);
	}
	return ds_buf_take(&j->out->subject, &b);
}

void
ds_commit__deletes(struct ds_buf *b, const struct job *j)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		if (j->v[i].let_through > 0)
			ds_buf_addf(b, "Datasync-Deletes: %s %zu\n",
			    j->v[i].item->name, j->v[i].let_through);
}
