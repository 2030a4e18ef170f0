/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <fcntl.h>
#include <unistd.h>

#include "ds/err.h"
#include "ds/packidx.h"

#include "tap.h"

enum { MAX = 1 << 20, HEAD = 8, FANOUT = 1024 };

static uint64_t seen;

static int
fake_add(void *arg DS_UNUSED, const void *p DS_UNUSED, size_t n)
{
	seen += n;
	return 0;
}

static int
fake_finish(void *arg DS_UNUSED, unsigned char out[DS_PACK_HASH])
{
	memset(out, 0xee, DS_PACK_HASH);
	memcpy(out, &seen, sizeof(seen));
	seen = 0;
	return 0;
}

static const struct ds_pack_sums sums = { NULL, fake_add, fake_finish, NULL };

static unsigned char got[MAX];

/* The idx of these objects in ${got}; its length, or the error. */
static ssize_t
write_idx(const unsigned char *ids, const struct ds_pack_place *places,
    size_t n)
{
	char path[] = "/tmp/ds-unit-packidx-XXXXXX";
	unsigned char trailer[DS_PACK_HASH];
	int fd = mkostemp(path, O_CLOEXEC), rc;
	ssize_t len;

	unlink(path);
	memset(trailer, 0xaa, sizeof(trailer));
	rc = ds_packidx_write(fd, "test", &sums, ids, places, n, trailer);
	len = pread(fd, got, sizeof(got), 0);
	close(fd);
	return rc < 0 ? rc : len;
}

static uint32_t
get32(size_t at)
{
	return (uint32_t)got[at] << 24 | (uint32_t)got[at + 1] << 16 |
	    (uint32_t)got[at + 2] << 8 | got[at + 3];
}

static void
test_empty(void)
{
	unsigned char none[1] = { 0 };
	struct ds_pack_place place = { 0, 0 };

	ok(write_idx(none, &place, 0) == HEAD + FANOUT + 40,
	    "an idx of nothing is a fan-out and two hashes");
	ok(get32(HEAD + 255 * 4) == 0, "and counts none");
}

static void
test_order(void)
{
	unsigned char ids[3][DS_PACK_HASH] = { { 0xff, 1 }, { 0 }, { 0xff } };
	struct ds_pack_place places[] = { { 12, 1 }, { 50, 2 }, { 99, 3 } };
	size_t crc = HEAD + FANOUT + 3 * DS_PACK_HASH, offset = crc + 12;
	uint64_t n;

	ok(write_idx(ids[0], places, 3) == (ssize_t)offset + 12 + 40,
	    "an idx has its length");
	ok(memcmp(got, "\377tOc\0\0\0\2", 8) == 0, "it begins as version 2");
	ok(get32(HEAD) == 1 && get32(HEAD + 254 * 4) == 1 &&
		get32(HEAD + 255 * 4) == 3,
	    "the fan-out counts up");
	ok(memcmp(got + HEAD + FANOUT, ids[1], 20) == 0 &&
		memcmp(got + HEAD + FANOUT + 20, ids[2], 20) == 0 &&
		memcmp(got + HEAD + FANOUT + 40, ids[0], 20) == 0,
	    "ids are in order");
	ok(get32(crc) == 2 && get32(crc + 4) == 3 && get32(crc + 8) == 1,
	    "sums follow their ids");
	ok(get32(offset) == 50 && get32(offset + 4) == 99 &&
		get32(offset + 8) == 12,
	    "so do offsets");
	ok(got[offset + 12] == 0xaa && got[offset + 31] == 0xaa,
	    "the pack's trailer comes next");
	memcpy(&n, got + offset + 32, sizeof(n));
	ok(n == offset + 32, "last the hash of all before it");
}

/* Offsets around 2 GiB and 4 GiB, without a file of that size. */
static void
test_far(void)
{
	static const uint64_t at[] = {
		12,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		UINT64_C(0x100000000),
		UINT64_C(0x123456789abc),
	};
	enum { N = 6 };
	unsigned char ids[N][DS_PACK_HASH];
	struct ds_pack_place places[N];
	size_t offset = HEAD + FANOUT + N * DS_PACK_HASH + N * 4, i;
	size_t far = offset + N * 4;
	bool fine = true;

	memset(ids, 0, sizeof(ids));
	for (i = 0; i < N; i++) {
		/* against the order of offsets */
		ids[i][0] = (unsigned char)(200 - i);
		places[i] = (struct ds_pack_place){ at[i], 0 };
	}
	ok(write_idx(ids[0], places, N) == (ssize_t)far + 4 * 8 + 40,
	    "only far offsets take a place in the second table");
	for (i = 0; i < N; i++) {
		uint32_t v = get32(offset + (N - 1 - i) * 4);
		size_t in = far + (size_t)(v & 0x7fffffff) * 8;
		uint64_t full = (v & 0x80000000) == 0 ?
		    v :
		    (uint64_t)get32(in) << 32 | get32(in + 4);

		fine = fine && full == at[i] &&
		    ((v & 0x80000000) != 0) == (at[i] >= 0x80000000);
	}
	ok(fine, "and every offset is found again");
}

static void
test_bad(void)
{
	unsigned char ids[2][DS_PACK_HASH] = { { 5 }, { 5 } };
	struct ds_pack_place places[] = { { 12, 1 }, { 50, 2 } };
	unsigned char trailer[DS_PACK_HASH] = { 0 };
	int fd = open("/dev/full", O_RDWR | O_CLOEXEC);

	ok(write_idx(ids[0], places, 2) == DS_EEXISTS,
	    "an id twice is refused");
	ok(ds_packidx_write(fd, "full", &sums, ids[0], places, 1, trailer) ==
		    DS_ESYS &&
		strstr(ds_err_text(), "'full'") != NULL,
	    "a full disk is told");
	close(fd);
}

int
main(void)
{
	test_empty();
	test_order();
	test_far();
	test_bad();
	return tap_done();
}
