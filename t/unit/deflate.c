/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/deflate.h"
#include "ds/err.h"

#include "tap.h"

/* Bytes that do not shrink (xorshift). */
static void
noise(unsigned char *out, size_t n)
{
	uint64_t x = 88172645463325252ULL;
	size_t i;

	for (i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		out[i] = (unsigned char)x;
	}
}

/* There and back; the length in between, or 0. */
static size_t
round_trip(struct ds_deflate *d, const unsigned char *in, size_t n)
{
	unsigned char *out, *copy;
	const void *z;
	size_t len, used = 0;
	bool same;

	if (ds_deflate_pack(d, &z, &len, in, n) < 0)
		return 0;
	out = malloc(n + 1);
	copy = malloc(len + 3);
	memcpy(copy, z, len);
	memset(copy + len, 0x55, 3);
	same = ds_deflate_unpack(d, out, n, copy, len + 3, &used) == 0 &&
	    used == len && (n == 0 || memcmp(in, out, n) == 0);
	free(copy);
	free(out);
	return same ? len : 0;
}

static void
test_sizes(struct ds_deflate *d)
{
	static const size_t sizes[] = {
		1,
		2,
		100,
		16383,
		16384,
		65534,
		65535,
		65536,
		131070,
		131071,
		1000000,
	};
	unsigned char *text = malloc(1000000), *wild = malloc(1000000);
	bool fine = true, stored = true, small = true;
	size_t i;

	memset(text, 'x', 1000000);
	noise(wild, 1000000);
	for (i = 0; i < ds_nitems(sizes); i++) {
		size_t n = sizes[i];
		size_t a = round_trip(d, text, n), b = round_trip(d, wild, n);

		fine = fine && a > 0 && b > 0;
		small = small && (n < 100 || a < n / 2);
		stored = stored && b <= n + n / 1000 + 64;
	}
	ok(fine, "all sizes come back");
	ok(small, "what can shrink does");
	ok(stored, "what can't is hardly longer");
	ok(round_trip(d, text, 0) > 0, "no bytes at all come back");
	free(text);
	free(wild);
}

static void
test_damage(struct ds_deflate *d)
{
	unsigned char in[1000], out[1000], z[1100], back[1000];
	const void *p;
	size_t len, i, silent = 0;

	noise(in, 500);
	memset(in + 500, 'a', 500);
	ds_deflate_pack(d, &p, &len, in, sizeof(in));
	memcpy(z, p, len);
	ok(ds_deflate_unpack(d, out, 999, z, len, NULL) == DS_EDAMAGED,
	    "a longer stream than expected is damage");
	ok(ds_deflate_unpack(d, out, 0, z, len, NULL) == DS_EDAMAGED,
	    "also where nothing is expected");
	for (i = 0; i < len; i++)
		if (ds_deflate_unpack(d, out, 1000, z, i, NULL) != DS_EDAMAGED)
			silent++;
	ok(silent == 0, "a stream cut at any byte is damage");
	for (i = 0; i < len; i++) {
		z[i] ^= 4;
		if (ds_deflate_unpack(d, back, 1000, z, len, NULL) !=
			DS_EDAMAGED &&
		    memcmp(back, in, 1000) != 0)
			silent++;
		z[i] ^= 4;
	}
	ok(silent == 0, "a flipped bit never gives other bytes");
	z[len - 1] ^= 1;
	ok(ds_deflate_unpack(d, out, 1000, z, len, NULL) == DS_EDAMAGED,
	    "a wrong checksum is damage");
	z[len - 1] ^= 1;
	ds_deflate_pack(d, &p, &len, in, 10);
	memcpy(z, p, len);
	ok(ds_deflate_unpack(d, out, 11, z, len, NULL) == DS_EDAMAGED,
	    "a shorter stream than expected is damage");
}

static void
test_peek(struct ds_deflate *d)
{
	unsigned char in[1000] = "blob 991", out[2000], z[1100];
	const void *p;
	size_t len, n;

	ds_deflate_pack(d, &p, &len, in, sizeof(in));
	memcpy(z, p, len);
	ok(ds_deflate_peek(d, out, 32, &n, z, len) == 0 && n == 32 &&
		memcmp(in, out, 32) == 0,
	    "the start can be had alone");
	ok(ds_deflate_peek(d, out, 2000, &n, z, len) == 0 && n == 1000,
	    "or all where it is less");
	ok(ds_deflate_peek(d, out, 32, &n, "nonsense", 8) == DS_EDAMAGED,
	    "but no nonsense");
	ok(ds_deflate_peek(d, out, 32, &n, z, 0) == 0 && n == 0,
	    "nothing has no start");
}

int
main(void)
{
	struct ds_deflate *d;

	ok(ds_deflate_open(&d, DS_DEFLATE_LEVEL) == 0, "a deflate opens");
	test_sizes(d);
	test_damage(d);
	test_peek(d);
	ok(round_trip(d, (const unsigned char *)"again", 5) > 0,
	    "it serves again after damage");
	ok(ds_deflate_crc(0, "123456789", 9) == 0xcbf43926,
	    "CRC-32 is the known one");
	ok(ds_deflate_crc(ds_deflate_crc(0, "1234", 4), "56789", 5) ==
		0xcbf43926,
	    "also in parts");
	ds_deflate_close(d);
	ds_deflate_close(NULL);
	return tap_done();
}
