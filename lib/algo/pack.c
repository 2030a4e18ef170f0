/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <errno.h>
#include <unistd.h>

#include "ds/cancel.h"
#include "ds/err.h"
#include "ds/file.h"
#include "ds/pack.h"

#include "pack_internal.h"

#define BUF_SIZE ((size_t)256 << 10)

enum { HEADER_SIZE = 12 };

struct ds_pack {
	struct ds_pack__out out;
	const struct ds_pack_sums *sums;
	uint64_t count;
};

void
ds_pack__put32(unsigned char out[4], uint32_t v)
{
	out[0] = (unsigned char)(v >> 24);
	out[1] = (unsigned char)(v >> 16);
	out[2] = (unsigned char)(v >> 8);
	out[3] = (unsigned char)v;
}

int
ds_pack__out_init(struct ds_pack__out *o, int fd, const char *name,
    const struct ds_pack_sums *hash)
{
	memset(o, 0, sizeof(*o));
	o->buf = malloc(BUF_SIZE);
	if (o->buf == NULL)
		return ds_err_nomem();
	o->fd = fd;
	o->name = name;
	o->hash = hash;
	return 0;
}

static int
write_out(struct ds_pack__out *o, const void *p, size_t n)
{
	int rc = 0;

	if (o->hash != NULL)
		rc = o->hash->add(o->hash->arg, p, n);
	if (rc == 0)
		rc = ds_file_write_fd(o->fd, p, n, o->name);
	o->rc = rc;
	return rc;
}

int
ds_pack__out_flush(struct ds_pack__out *o)
{
	size_t n = o->used;

	if (o->rc < 0)
		return ds_err(o->rc, "'%s' could not be written", o->name);
	o->used = 0;
	return n > 0 ? write_out(o, o->buf, n) : 0;
}

int
ds_pack__out_add(struct ds_pack__out *o, const void *p, size_t n)
{
	int rc;

	if (o->rc < 0 || n > BUF_SIZE - o->used) {
		rc = ds_pack__out_flush(o);
		if (rc < 0)
			return rc;
	}
	o->size += n;
	if (n > BUF_SIZE)
		return write_out(o, p, n);
	memcpy(o->buf + o->used, p, n);
	o->used += n;
	return 0;
}

void
ds_pack__out_release(struct ds_pack__out *o)
{
	free(o->buf);
	memset(o, 0, sizeof(*o));
}

static void
put_file_header(unsigned char out[HEADER_SIZE], uint32_t count)
{
	memcpy(out, "PACK", 4);
	ds_pack__put32(out + 4, 2);
	ds_pack__put32(out + 8, count);
}

int
ds_pack_open(struct ds_pack **out, int fd, const char *name,
    const struct ds_pack_sums *sums)
{
	unsigned char header[HEADER_SIZE];
	struct ds_pack *p;
	int rc;

	*out = NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ds_err_nomem();
	p->sums = sums;
	rc = ds_pack__out_init(&p->out, fd, name, NULL);
	if (rc < 0)
		goto out;
	/* No reader takes a pack of no objects with bytes after them. */
	put_file_header(header, 0);
	rc = ds_pack__out_add(&p->out, header, sizeof(header));
	if (rc < 0)
		goto out;
	*out = p;
	p = NULL;
out:
	ds_pack_close(p);
	return rc;
}

/* Type and the low four bits of the size, then seven bits a byte. */
static size_t
put_header(unsigned char out[DS_PACK_HEADER_MAX], enum ds_pack_type type,
    uint64_t size)
{
	size_t n = 0;

	out[n] = (unsigned char)((unsigned)type << 4 | (size & 15));
	for (size >>= 4; size > 0; size >>= 7) {
		out[n++] |= 0x80;
		out[n] = (unsigned char)(size & 0x7f);
	}
	return n + 1;
}

int
ds_pack_add(struct ds_pack *p, struct ds_pack_place *place,
    enum ds_pack_type type, uint64_t size, const void *deflated, size_t n)
{
	unsigned char header[DS_PACK_HEADER_MAX];
	size_t len = put_header(header, type, size);
	int rc;

	if (p->count == UINT32_MAX)
		return ds_err(DS_EINVAL, "'%s' can't hold more objects",
		    p->out.name);
	place->offset = p->out.size;
	place->crc = p->sums->crc(0, header, len);
	place->crc = p->sums->crc(place->crc, deflated, n);
	rc = ds_pack__out_add(&p->out, header, len);
	if (rc == 0)
		rc = ds_pack__out_add(&p->out, deflated, n);
	if (rc == 0)
		p->count++;
	return rc;
}

uint64_t
ds_pack_size(const struct ds_pack *p)
{
	return p->out.size;
}

int
ds_pack_flush(struct ds_pack *p)
{
	return ds_pack__out_flush(&p->out);
}

int
ds_pack_header(enum ds_pack_type *type, uint64_t *size, size_t *used,
    const unsigned char *in, size_t n)
{
	unsigned shift = 4;
	size_t i = 0;

	if (n == 0)
		return ds_err(DS_EDAMAGED, "a packed object is cut short");
	*type = (enum ds_pack_type)(in[0] >> 4 & 7);
	*size = in[0] & 15;
	while (in[i++] & 0x80) {
		if (i == n || i == DS_PACK_HEADER_MAX)
			return ds_err(DS_EDAMAGED,
			    "a packed object's size is damaged");
		*size |= (uint64_t)(in[i] & 0x7f) << shift;
		shift += 7;
	}
	if (*type < DS_PACK_COMMIT || *type > DS_PACK_TAG)
		return ds_err(DS_EDAMAGED,
		    "a packed object has the unknown type %d", (int)*type);
	*used = i;
	return 0;
}

static int
write_count(struct ds_pack *p)
{
	unsigned char header[HEADER_SIZE];
	ssize_t n;

	put_file_header(header, (uint32_t)p->count);
	do {
		n = pwrite(p->out.fd, header, sizeof(header), 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return ds_err_sys("cannot write '%s'", p->out.name);
	if ((size_t)n != sizeof(header))
		return ds_err(DS_ESYS, "cannot write '%s': short write",
		    p->out.name);
	return 0;
}

/* All bytes of the file, through the buffer that is free by now. */
static int
hash_file(struct ds_pack *p, unsigned char trailer[DS_PACK_HASH])
{
	uint64_t at = 0;
	ssize_t n;
	int rc;

	while (at < p->out.size) {
		n = pread(p->out.fd, p->out.buf, BUF_SIZE, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ds_err_sys("cannot read '%s'", p->out.name);
		if (n == 0)
			return ds_err(DS_EDAMAGED, "'%s' became shorter",
			    p->out.name);
		rc = p->sums->add(p->sums->arg, p->out.buf, (size_t)n);
		if (rc == 0)
			rc = ds_cancel_check();
		if (rc < 0)
			return rc;
		at += (uint64_t)n;
	}
	return p->sums->finish(p->sums->arg, trailer);
}

int
ds_pack_finish(struct ds_pack *p, unsigned char trailer[DS_PACK_HASH])
{
	int rc;

	rc = ds_pack__out_flush(&p->out);
	if (rc == 0)
		rc = write_count(p);
	if (rc == 0)
		rc = hash_file(p, trailer);
	if (rc == 0)
		rc = ds_pack__out_add(&p->out, trailer, DS_PACK_HASH);
	if (rc == 0)
		rc = ds_pack__out_flush(&p->out);
	p->out.rc = rc;
	return rc;
}

void
ds_pack_close(struct ds_pack *p)
{
	if (p == NULL)
		return;
	ds_pack__out_release(&p->out);
	free(p);
}
