/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/device.h"
#include "ds/err.h"
#include "ds/file.h"

#include "tap.h"

static void
test_new(void)
{
	struct ds_device d, e;
	char mail[64], sum[65];

	setenv("DATASYNC_DEVICE_NAME", "desk", 1);
	ok(ds_device_new(&d, NULL) == 0, "a device is made");
	is_str(d.name, "desk", "with its name from the environment");
	ok(strlen(d.id) == 32, "an id has 32 digits");
	ok(ds_device_verify(&d) == 0, "its keys belong together");
	ok(ds_device_fingerprint(sum, &d.sign) == 0 &&
		strncmp(sum, d.id, 32) == 0,
	    "the id is that of its key");
	ds_device_mail(mail, &d);
	ok(strlen(mail) == 41 && strcmp(mail + 32, "@datasync") == 0,
	    "the mail is the id at datasync");
	ok(ds_device_save(&d, "device") == 0, "it is saved");
	ok(ds_device_load(&e, "device") == 0, "and loaded");
	ok(strcmp(d.id, e.id) == 0 && strcmp(d.name, e.name) == 0 &&
		memcmp(&d.sign, &e.sign, sizeof(d.sign)) == 0 &&
		memcmp(&d.seal, &e.seal, sizeof(d.seal)) == 0,
	    "as it was");
	e.seal.public[0] ^= 1;
	ok(ds_device_verify(&e) == DS_EDAMAGED, "a changed key is found");
	e.sign.public[31] ^= 1;
	ok(ds_device_verify(&e) == DS_EDAMAGED, "a changed id too");
	ds_device_release(&e);
	ok(e.name == NULL && e.sign.secret[0] == 0, "released is wiped");
	ds_device_release(&d);
}

static void
test_mode(void)
{
	struct stat st;

	ok(stat("device", &st) == 0 && (st.st_mode & 07777) == 0600,
	    "the file is private");
}

static void
test_names(void)
{
	static const char *const good[] = {
		"a",
		"laptop",
		"K\xc3\xa4the's desk",
		"a.b",
		"x (2)",
	};
	static const char *const bad[] = {
		"",
		" a",
		"a ",
		"a\n",
		"a\tb",
		"<a",
		"a>",
		"\xff",
		".a",
		"a.",
		"\"a\"",
		"'",
		"a\x7f",
		"\\",
	};
	struct ds_device d;
	char name[102];
	size_t i;

	for (i = 0; i < ds_nitems(good); i++)
		ok(ds_device_check_name(good[i]) == 0, good[i]);
	for (i = 0; i < ds_nitems(bad); i++)
		ok(ds_device_check_name(bad[i]) == DS_EINVAL,
		    "a name that git would change is refused");
	memset(name, 'a', 101);
	name[101] = '\0';
	ok(ds_device_check_name(name) == DS_EINVAL, "and one of 101 bytes");
	ok(ds_device_new(&d, "a\n") == DS_EINVAL && d.name == NULL,
	    "no device is made with such a name");
	unsetenv("DATASYNC_DEVICE_NAME");
	ok(ds_device_new(&d, NULL) == 0 && ds_device_check_name(d.name) == 0,
	    "a host's name will do");
	ok(ds_device_rename(&d, "new") == 0 && strcmp(d.name, "new") == 0 &&
		ds_device_rename(&d, "") == DS_EINVAL &&
		strcmp(d.name, "new") == 0,
	    "a bad name changes nothing");
	ds_device_release(&d);
}

/* The file with ${from} made ${to} gives ${code}. */
static void
altered(const char *from, const char *to, int code, const char *what)
{
	struct ds_buf b = DS_BUF_INIT, c = DS_BUF_INIT;
	struct ds_device d;
	char *at;

	if (ds_file_read(&b, AT_FDCWD, "device", 4096) < 0)
		ds_buf_adds(&b, "");
	at = strstr(b.data, from);
	ok(at != NULL, from);
	if (at != NULL) {
		ds_buf_add(&c, b.data, (size_t)(at - b.data));
		ds_buf_adds(&c, to);
		ds_buf_adds(&c, at + strlen(from));
	}
	ok(ds_file_replace(AT_FDCWD, "bad", c.data, c.len, 0600) == 0 &&
		ds_device_load(&d, "bad") == code && d.name == NULL &&
		strstr(ds_err_text(), "'bad'") != NULL,
	    what);
	ds_device_release(&d);
	ds_buf_release(&b);
	ds_buf_release(&c);
}

static void
test_damage(void)
{
	static char big[70000];
	struct ds_device d;

	altered("{", "", DS_EDAMAGED, "what is no JSON is damage");
	altered("\"version\":1", "\"version\":2", DS_EINVAL,
	    "a newer file is told from a damaged one");
	altered("\"version\":1", "\"version\":0", DS_EDAMAGED, "version 0");
	altered("\"id\":\"", "\"id\":\"g", DS_EDAMAGED, "an id too long");
	altered("\"name\":\"desk\"", "\"name\":\"<\"", DS_EDAMAGED,
	    "a name that can't be");
	altered("\"name\":\"desk\"", "\"name\":1", DS_EDAMAGED,
	    "a name of another type");
	altered("\"secret\":\"", "\"secret\":\"0", DS_EDAMAGED,
	    "a key too long");
	altered("\"x25519\"", "\"x\"", DS_EDAMAGED, "a key that is missing");
	ok(ds_device_load(&d, "none") == DS_ENOTFOUND, "no file");
	ok(ds_file_replace(AT_FDCWD, "bad", big, sizeof(big), 0600) == 0 &&
		ds_device_load(&d, "bad") == DS_EDAMAGED,
	    "a file too long");
	ok(ds_file_replace(AT_FDCWD, "bad", "", 0, 0600) == 0 &&
		ds_device_load(&d, "bad") == DS_EDAMAGED,
	    "an empty file");
}

int
main(void)
{
	char dir[] = "/tmp/datasync-t.XXXXXX";

	if (mkdtemp(dir) == NULL || chdir(dir) < 0)
		return 1;
	test_new();
	test_mode();
	test_names();
	test_damage();
	unlink("device");
	unlink("bad");
	rmdir(dir);
	return tap_done();
}
