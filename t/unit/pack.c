/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as they are on the disk; real git reads them in t1003. */
#include "ds/compat.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ds/err.h"
#include "ds/pack.h"

#include "tap.h"

/* Sums that show what they saw: how many bytes, and their plain sum. */
static uint64_t seen, total;

static uint32_t
fake_crc(uint32_t crc, const void *p, size_t n)
{
	const unsigned char *b = p;

	while (n-- > 0)
		crc += *b++;
	return crc;
}

static int
fake_add(void *arg DS_UNUSED, const void *p, size_t n)
{
	seen += n;
	total += fake_crc(0, p, n);
	return 0;
}

static int
fake_finish(void *arg DS_UNUSED, unsigned char out[DS_PACK_HASH])
{
	memset(out, 0, DS_PACK_HASH);
	memcpy(out, &seen, sizeof(seen));
	memcpy(out + 8, &total, sizeof(total));
	seen = total = 0;
	return 0;
}

static const struct ds_pack_sums sums = {
	fake_crc,
	fake_add,
	fake_finish,
	NULL,
};

static int
temporary(void)
{
	char path[] = "/tmp/ds-unit-pack-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	unlink(path);
	return fd;
}

static void
test_bytes(void)
{
	static const unsigned char want[] = {
		'P', 'A', 'C', 'K', 0, 0, 0, 2, 0, 0, 0, 2, 0x35, 'a', 'b',
		'c',		     /* a blob of 5 */
		0xa4, 0x3e, 'd', 'e' /* a tree of 1000 - 4 */
	};
	unsigned char got[100], trailer[DS_PACK_HASH];
	struct ds_pack_place a, b;
	struct ds_pack *p;
	uint64_t n;
	int fd = temporary();

	ok(ds_pack_open(&p, fd, "test", &sums) == 0, "a pack begins");
	ds_pack_add(p, &a, DS_PACK_BLOB, 5, "abc", 3);
	ds_pack_add(p, &b, DS_PACK_TREE, 996, "de", 2);
	ok(a.offset == 12 && b.offset == 16, "offsets are those of objects");
	ok(a.crc == 0x35 + 'a' + 'b' + 'c', "sums cover header and data");
	ok(ds_pack_size(p) == 20, "the size is known before the end");
	ok(pread(fd, got, 100, 0) == 0, "small objects wait in memory");
	ok(ds_pack_flush(p) == 0 && pread(fd, got, 100, 0) == 20,
	    "until flushed");
	ok(ds_pack_finish(p, trailer) == 0, "a pack ends");
	ds_pack_close(p);
	ok(pread(fd, got, 100, 0) == 40, "it has its trailer");
	ok(memcmp(got, want, sizeof(want)) == 0, "its bytes are git's");
	memcpy(&n, got + 20, sizeof(n));
	ok(n == 20 && memcmp(got + 20, trailer, DS_PACK_HASH) == 0,
	    "the trailer is the hash of all before it");
	close(fd);
}

static void
test_headers(void)
{
	static const uint64_t sizes[] = {
		0,
		15,
		16,
		2047,
		2048,
		UINT32_MAX,
		(uint64_t)UINT32_MAX + 1,
		UINT64_C(5) << 30,
		UINT64_C(1) << 62,
		UINT64_MAX,
	};
	struct ds_pack_place place;
	struct ds_pack *p;
	unsigned char got[200];
	bool fine = true;
	size_t i;
	ssize_t n;
	int fd = temporary();

	ds_pack_open(&p, fd, "test", &sums);
	for (i = 0; i < ds_nitems(sizes); i++) {
		enum ds_pack_type type;
		uint64_t size;
		size_t used;

		ds_pack_add(p, &place, DS_PACK_TAG, sizes[i], "z", 1);
		ds_pack_flush(p);
		n = pread(fd, got, sizeof(got), (off_t)place.offset);
		fine = fine && n > 1 &&
		    ds_pack_header(&type, &size, &used, got, (size_t)n) == 0 &&
		    type == DS_PACK_TAG && size == sizes[i] &&
		    used == (size_t)n - 1;
	}
	ok(fine, "sizes of up to 64 bits are written and read");
	ds_pack_close(p);
	close(fd);
}

static void
test_bad_headers(void)
{
	unsigned char far[20];
	enum ds_pack_type type;
	uint64_t size;
	size_t used;

	memset(far, 0xbf, sizeof(far));
	ok(ds_pack_header(&type, &size, &used, far, 0) == DS_EDAMAGED,
	    "no header");
	ok(ds_pack_header(&type, &size, &used, far, 1) == DS_EDAMAGED,
	    "half a header");
	ok(ds_pack_header(&type, &size, &used, far, 20) == DS_EDAMAGED,
	    "an endless header");
	far[0] = 0x60;
	ok(ds_pack_header(&type, &size, &used, far, 1) == DS_EDAMAGED,
	    "a delta");
}

static void
test_large(void)
{
	unsigned char *data = malloc(1000000), *got = malloc(1000000);
	unsigned char trailer[DS_PACK_HASH];
	struct ds_pack_place place;
	struct ds_pack *p;
	int fd = temporary();

	memset(data, 7, 1000000);
	ds_pack_open(&p, fd, "test", &sums);
	ds_pack_add(p, &place, DS_PACK_BLOB, 1, "x", 1);
	ds_pack_add(p, &place, DS_PACK_BLOB, 1, data, 1000000);
	ok(ds_pack_finish(p, trailer) == 0 &&
		pread(fd, got, 1000000, (off_t)place.offset + 1) == 1000000 &&
		memcmp(data, got, 1000000) == 0,
	    "an object larger than the buffer is written as it is");
	ds_pack_close(p);
	close(fd);
	free(data);
	free(got);
}

static void
test_full_disk(void)
{
	unsigned char trailer[DS_PACK_HASH], *data = calloc(1, 1000000);
	struct ds_pack_place place;
	struct ds_pack *p;
	int fd = open("/dev/full", O_RDWR | O_CLOEXEC);

	ok(ds_pack_open(&p, fd, "full", &sums) == 0, "a full disk");
	ok(ds_pack_add(p, &place, DS_PACK_BLOB, 1, data, 1000000) == DS_ESYS,
	    "is told");
	ok(strstr(ds_err_text(), "'full'") != NULL &&
		strstr(ds_err_text(), strerror(ENOSPC)) != NULL,
	    "with name and reason");
	ok(ds_pack_add(p, &place, DS_PACK_BLOB, 1, "x", 1) == DS_ESYS,
	    "and not forgotten");
	ok(ds_pack_finish(p, trailer) == DS_ESYS, "up to the end");
	ds_pack_close(p);
	ds_pack_close(NULL);
	close(fd);
	free(data);
}

int
main(void)
{
	test_bytes();
	test_headers();
	test_bad_headers();
	test_large();
	test_full_disk();
	return tap_done();
}
