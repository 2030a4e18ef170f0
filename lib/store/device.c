/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "ds/buf.h"
#include "ds/device.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/json.h"
#include "ds/text.h"

#define VERSION 1
#define MAX_FILE ((size_t)64 << 10)
#define MAX_NAME 100
#define ID_LEN 32

static const char digits[] = "0123456789abcdef";

static void
to_hex(char *out, const unsigned char *p, size_t n)
{
	for (; n > 0; n--, p++) {
		*out++ = digits[*p >> 4];
		*out++ = digits[*p & 15];
	}
	*out = '\0';
}

static bool
from_hex(unsigned char *out, size_t n, const char *s)
{
	const char *high, *low;

	if (s == NULL || strlen(s) != 2 * n || strspn(s, digits) != 2 * n)
		return false;
	for (; n > 0; n--, s += 2) {
		high = strchr(digits, s[0]);
		low = strchr(digits, s[1]);
		*out++ = (unsigned char)((high - digits) << 4 | (low - digits));
	}
	return true;
}

/* Bytes that git takes off both ends of a name. */
static bool
is_trimmed(char c)
{
	return strchr(" .,:;\"'\\", c) != NULL;
}

int
ds_device_check_name(const char *name)
{
	size_t len = strlen(name), i;

	if (len == 0)
		return ds_err(DS_EINVAL, "a device's name cannot be empty");
	if (len > MAX_NAME)
		return ds_err(DS_EINVAL, "a device's name has at most %d bytes",
		    MAX_NAME);
	for (i = 0; i < len; i++) {
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return ds_err(DS_EINVAL,
			    "a device's name has no control characters");
	}
	if (strpbrk(name, "<>") != NULL)
		return ds_err(DS_EINVAL,
		    "a device's name has no '<' or '>', as in '%s'", name);
	if (!ds_text_is_utf8(name))
		return ds_err(DS_EINVAL, "a device's name is UTF-8");
	if (is_trimmed(name[0]) || is_trimmed(name[len - 1]))
		return ds_err(DS_EINVAL,
		    "a device's name begins and ends "
		    "with no blank and none of .,:;\"'\\, as in '%s'",
		    name);
	return 0;
}

/* The host's name, without what a device's name may not have. */
static int
host_name(char **out)
{
	struct ds_buf b = DS_BUF_INIT;
	char host[HOST_NAME_MAX + 1] = "";
	const char *p;

	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	for (p = host; *p != '\0' && b.len < MAX_NAME; p++) {
		if (*p > 0x20 && *p < 0x7f && strchr("<>", *p) == NULL &&
		    (b.len > 0 || !is_trimmed(*p)))
			ds_buf_addc(&b, *p);
	}
	while (b.len > 0 && is_trimmed(b.data[b.len - 1]))
		ds_buf_cut(&b, b.len - 1);
	if (b.len == 0)
		ds_buf_adds(&b, "device");
	return ds_buf_take(out, &b);
}

static int
choose_name(char **out, const char *name)
{
	int rc;

	*out = NULL;
	if (name == NULL)
		name = getenv("DATASYNC_DEVICE_NAME");
	if (name == NULL || name[0] == '\0')
		return host_name(out);
	rc = ds_device_check_name(name);
	if (rc < 0)
		return rc;
	*out = strdup(name);
	return *out == NULL ? ds_err_nomem() : 0;
}

int
ds_device_fingerprint(char out[65], const struct ds_key *key)
{
	unsigned char sum[32];
	struct ds_hash *h;
	int rc;

	out[0] = '\0';
	rc = ds_hash_open(&h, DS_HASH_SHA256);
	if (rc == 0)
		rc = ds_hash_add(h, key->public, sizeof(key->public));
	if (rc == 0)
		rc = ds_hash_finish(h, sum);
	ds_hash_close(h);
	if (rc == 0)
		to_hex(out, sum, sizeof(sum));
	return rc;
}

int
ds_device_new(struct ds_device *d, const char *name)
{
	int rc;

	memset(d, 0, sizeof(*d));
	rc = choose_name(&d->name, name);
	if (rc == 0)
		rc = ds_key_generate(&d->sign, DS_KEY_ED25519);
	if (rc == 0)
		rc = ds_key_generate(&d->seal, DS_KEY_X25519);
	if (rc == 0)
		rc = ds_device_fingerprint(d->id, &d->sign);
	if (rc < 0)
		ds_device_release(d);
	else
		d->id[ID_LEN] = '\0';
	return rc;
}

/* Is the public half that of the secret one? */
static int
verify_key(const struct ds_key *key, enum ds_key_kind kind, const char *what)
{
	struct ds_key copy = *key;
	int rc;

	rc = ds_key_derive(&copy, kind);
	if (rc == 0 &&
	    memcmp(copy.public, key->public, sizeof(copy.public)) != 0)
		rc = ds_err(DS_EDAMAGED,
		    "this device's %s keys do not belong together", what);
	ds_key_wipe(&copy);
	return rc;
}

int
ds_device_verify(const struct ds_device *d)
{
	char sum[65];
	int rc;

	rc = ds_device_fingerprint(sum, &d->sign);
	if (rc == 0 && strncmp(sum, d->id, ID_LEN) != 0)
		rc = ds_err(DS_EDAMAGED,
		    "this device's id '%s' is not that of its key", d->id);
	if (rc == 0)
		rc = verify_key(&d->sign, DS_KEY_ED25519, "Ed25519");
	if (rc == 0)
		rc = verify_key(&d->seal, DS_KEY_X25519, "X25519");
	return rc;
}

static bool
read_key(struct ds_key *key, const struct ds_json *j)
{
	return from_hex(key->public, sizeof(key->public),
		   ds_json_get_str(j, "public")) &&
	    from_hex(key->secret, sizeof(key->secret),
		ds_json_get_str(j, "secret"));
}

static int
damaged(const char *path, const char *why)
{
	return ds_err(DS_EDAMAGED, "'%s' is damaged: %s", path, why);
}

static int
read_device(struct ds_device *d, const struct ds_json *j, const char *path)
{
	const char *id = ds_json_get_str(j, "id");
	const char *name = ds_json_get_str(j, "name");
	int64_t version = ds_json_get_int(j, "version", 0);

	if (version < 1)
		return damaged(path, "no version");
	if (version > VERSION)
		return ds_err(DS_EINVAL, "'%s' is from a newer datasync", path);
	if (id == NULL || strlen(id) != ID_LEN || strspn(id, digits) != ID_LEN)
		return damaged(path, "no id");
	memcpy(d->id, id, ID_LEN + 1);
	if (name == NULL)
		return damaged(path, "no name");
	if (ds_device_check_name(name) < 0)
		return ds_err_in(DS_EDAMAGED, "'%s' is damaged", path);
	if (!read_key(&d->sign, ds_json_get(j, "ed25519")))
		return damaged(path, "no Ed25519 keys");
	if (!read_key(&d->seal, ds_json_get(j, "x25519")))
		return damaged(path, "no X25519 keys");
	d->name = strdup(name);
	return d->name == NULL ? ds_err_nomem() : 0;
}

/* Give text with secrets back. */
static void
wipe_buf(struct ds_buf *b)
{
	if (b->data != NULL)
		ds_wipe(b->data, b->cap);
	ds_buf_release(b);
}

int
ds_device_load(struct ds_device *d, const char *path)
{
	struct ds_buf text = DS_BUF_INIT;
	struct ds_json *j = NULL;
	int rc;

	memset(d, 0, sizeof(*d));
	rc = ds_file_read(&text, AT_FDCWD, path, MAX_FILE);
	if (rc == DS_EINVAL)
		rc = damaged(path, "it is too long");
	if (rc < 0)
		goto out;
	rc = ds_json_parse(&j, text.data == NULL ? "" : text.data, text.len);
	if (rc < 0) {
		if (rc != DS_ENOMEM)
			rc = ds_err_in(DS_EDAMAGED, "'%s' is damaged", path);
		goto out;
	}
	rc = read_device(d, j, path);
out:
	if (rc < 0)
		ds_device_release(d);
	ds_json_free(j);
	wipe_buf(&text);
	return rc;
}

static void
write_key(struct ds_json *j, const char *name, const struct ds_key *key)
{
	struct ds_json *o = ds_json_add_object(j, name);
	char hex[65];

	to_hex(hex, key->public, sizeof(key->public));
	ds_json_str(o, "public", hex);
	to_hex(hex, key->secret, sizeof(key->secret));
	ds_json_str(o, "secret", hex);
	ds_wipe(hex, sizeof(hex));
}

int
ds_device_save(const struct ds_device *d, const char *path)
{
	struct ds_buf text = DS_BUF_INIT;
	struct ds_json *j = ds_json_object();
	int rc;

	ds_json_int(j, "version", VERSION);
	ds_json_str(j, "id", d->id);
	ds_json_str(j, "name", d->name);
	write_key(j, "ed25519", &d->sign);
	write_key(j, "x25519", &d->seal);
	rc = ds_json_print(&text, j, false);
	ds_buf_addc(&text, '\n');
	if (rc == 0)
		rc = ds_buf_check(&text);
	if (rc == 0)
		rc = ds_file_replace(AT_FDCWD, path, text.data, text.len, 0600);
	ds_json_free(j);
	wipe_buf(&text);
	return rc;
}

int
ds_device_rename(struct ds_device *d, const char *name)
{
	char *copy;
	int rc;

	rc = ds_device_check_name(name);
	if (rc < 0)
		return rc;
	copy = strdup(name);
	if (copy == NULL)
		return ds_err_nomem();
	free(d->name);
	d->name = copy;
	return 0;
}

void
ds_device_mail(char out[64], const struct ds_device *d)
{
	snprintf(out, 64, "%.*s@datasync", ID_LEN, d->id);
}

void
ds_device_release(struct ds_device *d)
{
	ds_key_wipe(&d->sign);
	ds_key_wipe(&d->seal);
	free(d->name);
	memset(d, 0, sizeof(*d));
}
