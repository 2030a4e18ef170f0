/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/err.h"
#include "ds/packidx.h"

#include "pack_internal.h"

/* From here on an offset needs the second table. */
#define FAR UINT64_C(0x80000000)

struct writer {
	struct ds_pack__out out;
	const unsigned char *ids;
	const struct ds_pack_place *places;
	const unsigned char **order; /* into ids, sorted */
	size_t n;
};

static int
cmp_ids(const void *a, const void *b)
{
	const unsigned char *const *x = a, *const *y = b;

	return memcmp(*x, *y, DS_PACK_HASH);
}

/* Pointers to the ids, in their order: the ids stay where they are. */
static int
sort_ids(struct writer *w)
{
	size_t i;

	if (w->n > SIZE_MAX / sizeof(*w->order) - 1)
		return ds_err_nomem();
	w->order = malloc((w->n + 1) * sizeof(*w->order));
	if (w->order == NULL)
		return ds_err_nomem();
	for (i = 0; i < w->n; i++)
		w->order[i] = w->ids + i * DS_PACK_HASH;
	qsort(w->order, w->n, sizeof(*w->order), cmp_ids);
	for (i = 1; i < w->n; i++)
		if (memcmp(w->order[i - 1], w->order[i], DS_PACK_HASH) == 0)
			return ds_err(DS_EEXISTS,
			    "'%s': an object is in the pack twice",
			    w->out.name);
	return 0;
}

static const struct ds_pack_place *
place_of(const struct writer *w, size_t i)
{
	size_t at = (size_t)(w->order[i] - w->ids) / DS_PACK_HASH;

	return &w->places[at];
}

static int
add32(struct writer *w, uint32_t v)
{
	unsigned char b[4];

	ds_pack__put32(b, v);
	return ds_pack__out_add(&w->out, b, sizeof(b));
}

static int
write_fanout(struct writer *w)
{
	size_t i = 0;
	unsigned byte;
	int rc = 0;

	for (byte = 0; byte < 256 && rc == 0; byte++) {
		while (i < w->n && w->order[i][0] == byte)
			i++;
		rc = add32(w, (uint32_t)i);
	}
	return rc;
}

static int
write_ids(struct writer *w)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < w->n && rc == 0; i++)
		rc = ds_pack__out_add(&w->out, w->order[i], DS_PACK_HASH);
	return rc;
}

static int
write_crcs(struct writer *w)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < w->n && rc == 0; i++)
		rc = add32(w, place_of(w, i)->crc);
	return rc;
}

static int
write_offsets(struct writer *w)
{
	uint32_t far = 0;
	size_t i;
	int rc = 0;

	for (i = 0; i < w->n && rc == 0; i++) {
		uint64_t at = place_of(w, i)->offset;

		rc = add32(w, at < FAR ? (uint32_t)at : (uint32_t)FAR | far++);
	}
	for (i = 0; i < w->n && rc == 0; i++) {
		uint64_t at = place_of(w, i)->offset;

		if (at < FAR)
			continue;
		rc = add32(w, (uint32_t)(at >> 32));
		if (rc == 0)
			rc = add32(w, (uint32_t)at);
	}
	return rc;
}

static int
write_tables(struct writer *w)
{
	static const unsigned char magic[] = {
		0xff,
		't',
		'O',
		'c',
		0,
		0,
		0,
		2,
	};
	int rc;

	rc = ds_pack__out_add(&w->out, magic, sizeof(magic));
	if (rc == 0)
		rc = write_fanout(w);
	if (rc == 0)
		rc = write_ids(w);
	if (rc == 0)
		rc = write_crcs(w);
	if (rc == 0)
		rc = write_offsets(w);
	return rc;
}

int
ds_packidx_write(int fd, const char *name, const struct ds_pack_sums *sums,
    const unsigned char *ids, const struct ds_pack_place *places, size_t n,
    const unsigned char trailer[DS_PACK_HASH])
{
	struct writer w = { .ids = ids, .places = places, .n = n };
	unsigned char own[DS_PACK_HASH];
	int rc;

	if (n >= FAR)
		return ds_err(DS_EINVAL, "'%s' can't hold %zu objects", name,
		    n);
	rc = ds_pack__out_init(&w.out, fd, name, sums);
	if (rc < 0)
		return rc;
	rc = sort_ids(&w);
	if (rc < 0)
		goto out;
	rc = write_tables(&w);
	if (rc == 0)
		rc = ds_pack__out_add(&w.out, trailer, DS_PACK_HASH);
	if (rc == 0)
		rc = ds_pack__out_flush(&w.out);
	if (rc == 0)
		rc = sums->finish(sums->arg, own);
	/* The hash of all that is before it is no part of itself. */
	w.out.hash = NULL;
	if (rc == 0)
		rc = ds_pack__out_add(&w.out, own, sizeof(own));
	if (rc == 0)
		rc = ds_pack__out_flush(&w.out);
out:
	free(w.order);
	ds_pack__out_release(&w.out);
	return rc;
}
