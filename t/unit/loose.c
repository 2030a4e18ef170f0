/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/git.h"

#include "store_kit.h"

/* What a damaged file is found as, and how long that takes at most. */
static git_oid id;
static char file[PATH_MAX + 64];

static void
make_object(void)
{
	char text[3000];
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i * i % 23 + i / 500 % 3);
	must(ds_sink_write(kit_sink, &id, GIT_OBJECT_BLOB, text, sizeof(text)));
	kit_flush();
	snprintf(file, sizeof(file), "%s/objects/%.2s/%s", kit_path,
	    ds_git_hex(&id), ds_git_hex(&id) + 2);
	chmod(file, 0600);
}

static int
read_it(void)
{
	struct ds_store *s;
	void *data;
	size_t len;
	int rc;

	/* anew, for libgit2 remembers what it has read */
	must(ds_store_open(&s, kit_path));
	rc = ds_state_blob(&data, &len, s, &id);
	free(data);
	ds_store_close(s);
	return rc;
}

static void
store_bytes(const struct ds_buf *b, size_t n)
{
	int fd = open(file, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);

	must(ds_file_write_fd(fd, b->data, n, file));
	close(fd);
}

static void
test_cut(const struct ds_buf *whole)
{
	size_t n;
	bool all = true;

	for (n = 0; n < whole->len; n++) {
		store_bytes(whole, n);
		all = all && read_it() == DS_EDAMAGED;
	}
	ok(all, "a file that is cut anywhere is damage, and no endless loop");
	ok(strstr(ds_err_text(), ds_git_hex(&id)) != NULL, "by its id");
}

static void
test_flipped(struct ds_buf *whole)
{
	size_t n;
	bool all = true;

	for (n = 0; n < whole->len; n++) {
		whole->data[n] ^= 0x10;
		store_bytes(whole, whole->len);
		whole->data[n] ^= 0x10;
		all = all && read_it() < 0;
	}
	ok(all, "a bit that is flipped anywhere is an error");
	ds_buf_addc(whole, 'x');
	store_bytes(whole, whole->len);
	ok(read_it() == DS_EDAMAGED, "so is a byte too many");
	ds_buf_cut(whole, whole->len - 1);
	store_bytes(whole, whole->len);
	ok(read_it() == 0, "as it was it is read again");
}

static void
test_prefix(void)
{
	git_object *o = NULL;
	git_oid other;

	ok(git_object_lookup_prefix(&o, kit_store->repo, &id, 7,
	       GIT_OBJECT_ANY) == 0 &&
		git_oid_equal(git_object_id(o), &id),
	    "an abbreviated id is found");
	git_object_free(o);
	memset(&other, 0xab, sizeof(other));
	ok(git_object_lookup_prefix(&o, kit_store->repo, &other, 7,
	       GIT_OBJECT_ANY) == GIT_ENOTFOUND,
	    "or is not");
	ok(git_odb_exists(kit_store->odb, &id) == 1 &&
		git_odb_exists(kit_store->odb, &other) == 0,
	    "one knows before");
}

static void
test_header(void)
{
	struct ds_store *s;
	size_t len;
	git_object_t type;

	must(ds_store_open(&s, kit_path));
	ok(git_odb_read_header(&len, &type, s->odb, &id) == 0 && len == 3000 &&
		type == GIT_OBJECT_BLOB,
	    "size and type are read alone");
	ds_store_close(s);
}

int
main(void)
{
	struct ds_buf whole = DS_BUF_INIT;

	kit_begin();
	make_object();
	must(ds_file_read(&whole, AT_FDCWD, file, 1 << 20));
	ok(read_it() == 0, "a loose object is read");
	test_header();
	test_prefix();
	test_cut(&whole);
	test_flipped(&whole);
	ds_buf_release(&whole);
	return kit_end();
}
