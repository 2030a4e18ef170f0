/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zlib counts in 32 bits what it is given at once, so larger buffers are
 * fed to it in parts.
 */
#include "ds/compat.h"

#include <zlib.h>

#include "ds/deflate.h"
#include "ds/err.h"

#define PART_MAX ((size_t)1 << 30)

/* A buffer that one large object needed is not kept for the small ones. */
#define KEEP_MAX ((size_t)4 << 20)

struct ds_deflate {
	int level;
	z_stream pack;
	z_stream unpack;
	bool unpack_ready;
	unsigned char *out;
	size_t cap;
};

int
ds_deflate_open(struct ds_deflate **out, int level)
{
	struct ds_deflate *d;

	*out = NULL;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return ds_err_nomem();
	if (deflateInit(&d->pack, level) != Z_OK) {
		free(d);
		return ds_err_nomem();
	}
	d->level = level;
	*out = d;
	return 0;
}

void
ds_deflate_close(struct ds_deflate *d)
{
	if (d == NULL)
		return;
	deflateEnd(&d->pack);
	if (d->unpack_ready)
		inflateEnd(&d->unpack);
	free(d->out);
	free(d);
}

/* Header, trailer, and a header for each block of at most 65535 bytes. */
static size_t
stored_size(size_t n)
{
	return n + 6 + 5 * (n / 65535 + 1);
}

static int
make_room(struct ds_deflate *d, size_t n)
{
	unsigned char *p;

	if (n <= d->cap && (d->cap <= KEEP_MAX || n > KEEP_MAX))
		return 0;
	free(d->out);
	d->out = NULL;
	d->cap = 0;
	p = malloc(n);
	if (p == NULL)
		return ds_err_nomem();
	d->out = p;
	d->cap = n;
	return 0;
}

static uInt
part_of(size_t n)
{
	return (uInt)(n < PART_MAX ? n : PART_MAX);
}

/* The length of the stream, or 0 if it needs more than ${cap} bytes. */
static size_t
run_deflate(struct ds_deflate *d, int level, size_t cap,
    const unsigned char *in, size_t n)
{
	z_stream *z = &d->pack;
	size_t left = n, room = cap;
	int rc;

	deflateReset(z);
	deflateParams(z, level, Z_DEFAULT_STRATEGY);
	z->next_in = (z_const Bytef *)(uintptr_t)in;
	z->next_out = d->out;
	do {
		uInt give = part_of(left), take = part_of(room);

		z->avail_in = give;
		z->avail_out = take;
		rc = deflate(z, give == left ? Z_FINISH : Z_NO_FLUSH);
		left -= give - z->avail_in;
		room -= take - z->avail_out;
	} while (rc == Z_OK && room > 0);
	return rc == Z_STREAM_END ? cap - room : 0;
}

int
ds_deflate_pack(struct ds_deflate *d, const void **out, size_t *len,
    const void *data, size_t n)
{
	size_t stored, room;
	int rc;

	*out = NULL;
	*len = 0;
	if (n > SIZE_MAX / 2)
		return ds_err_nomem();
	stored = stored_size(n);
	/* zlib may cut stored data into a few blocks more. */
	room = stored + n / 1024 + 64;
	rc = make_room(d, room);
	if (rc < 0)
		return rc;
	*len = run_deflate(d, d->level, stored - 1, data, n);
	if (*len == 0)
		*len = run_deflate(d, Z_NO_COMPRESSION, room, data, n);
	if (*len == 0)
		return ds_err(DS_ESYS, "cannot deflate %zu bytes", n);
	*out = d->out;
	return 0;
}

static int
start_inflate(struct ds_deflate *d)
{
	if (d->unpack_ready) {
		inflateReset(&d->unpack);
		return 0;
	}
	if (inflateInit(&d->unpack) != Z_OK)
		return ds_err_nomem();
	d->unpack_ready = true;
	return 0;
}

/*
 * Run until the stream ends, ${*room} is full or the input is empty; both
 * counts become what is left.  Returns zlib's last word.
 */
static int
run_inflate(z_stream *z, unsigned char *out, size_t *room,
    const unsigned char *in, size_t *left)
{
	unsigned char none = 0;
	int rc;

	z->next_in = (z_const Bytef *)(uintptr_t)in;
	/* Even where no byte is wanted zlib asks for somewhere to put it. */
	z->next_out = out != NULL ? out : &none;
	do {
		uInt give = part_of(*left), take = part_of(*room);

		z->avail_in = give;
		z->avail_out = take;
		rc = inflate(z, Z_NO_FLUSH);
		*left -= give - z->avail_in;
		*room -= take - z->avail_out;
	} while (rc == Z_OK && *left > 0 && *room > 0);
	return rc;
}

int
ds_deflate_unpack(struct ds_deflate *d, void *out, size_t size,
    const void *data, size_t n, size_t *used)
{
	const unsigned char *in = data;
	unsigned char extra;
	size_t room = size, left = n, one = 1;
	int rc;

	rc = start_inflate(d);
	if (rc < 0)
		return rc;
	rc = run_inflate(&d->unpack, out, &room, in, &left);
	/* The checksum may still be unread; one byte more is one too many. */
	if (room == 0 && (rc == Z_OK || rc == Z_BUF_ERROR))
		rc = run_inflate(&d->unpack, &extra, &one, in + (n - left),
		    &left);
	if (rc == Z_MEM_ERROR)
		return ds_err_nomem();
	if ((rc == Z_OK || rc == Z_BUF_ERROR) && one > 0)
		return ds_err(DS_EDAMAGED, "deflated data is cut short");
	if (rc != Z_STREAM_END && rc != Z_OK && rc != Z_BUF_ERROR)
		return ds_err(DS_EDAMAGED, "deflated data is damaged: %s",
		    d->unpack.msg != NULL ? d->unpack.msg : "not understood");
	if (room > 0 || one == 0)
		return ds_err(DS_EDAMAGED,
		    "deflated data has another size than it should");
	if (used != NULL)
		*used = n - left;
	return 0;
}

int
ds_deflate_peek(struct ds_deflate *d, void *out, size_t size, size_t *len,
    const void *data, size_t n)
{
	size_t room = size, left = n;
	int rc;

	*len = 0;
	rc = start_inflate(d);
	if (rc < 0)
		return rc;
	rc = run_inflate(&d->unpack, out, &room, data, &left);
	if (rc == Z_MEM_ERROR)
		return ds_err_nomem();
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return ds_err(DS_EDAMAGED, "deflated data is damaged: %s",
		    d->unpack.msg != NULL ? d->unpack.msg : "not understood");
	*len = size - room;
	return 0;
}

uint32_t
ds_deflate_crc(uint32_t crc, const void *data, size_t n)
{
	return (uint32_t)crc32_z(crc, data, n);
}
