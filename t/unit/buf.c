/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ds/buf.h"
#include "ds/err.h"

#include "tap.h"

static void
take_moves_the_bytes(void)
{
	struct ds_buf b = DS_BUF_INIT;
	char *s;

	ds_buf_addf(&b, "%s-%d", "a", 7);
	ds_buf_adds(&b, "xy");
	ds_buf_addc(&b, '!');
	ds_buf_add(&b, "\0z", 2);
	ok(b.len == 8, "the length counts every byte");
	ok(ds_buf_take(&s, &b) == 0, "take succeeds");
	ok(memcmp(s, "a-7xy!\0z", 9) == 0, "bytes are in order");
	ok(b.data == NULL && b.len == 0 && b.cap == 0,
	    "the buffer is empty again");
	free(s);
	ok(ds_buf_take(&s, &b) == 0, "an empty one can be taken");
	is_str(s, "", "as an empty string");
	free(s);
}

static void
it_grows(void)
{
	struct ds_buf b = DS_BUF_INIT;
	size_t i;
	bool same = true;

	for (i = 0; i < 100000; i++)
		ds_buf_addc(&b, (char)('a' + i % 26));
	for (i = 0; i < 100000; i++)
		same = same && b.data[i] == (char)('a' + i % 26);
	ok(same && b.len == 100000 && b.data[b.len] == '\0',
	    "100,000 bytes are there, and a NUL");
	ds_buf_cut(&b, 3);
	is_str(b.data, "abc", "cut leaves the start");
	ok(b.cap >= 100000, "and the memory");
	ds_buf_release(&b);
	ok(b.data == NULL, "release leaves nothing");
}

static void
room(void)
{
	struct ds_buf b = DS_BUF_INIT;
	char *p;

	p = ds_buf_room(&b, 5);
	ok(p != NULL && b.len == 0, "room is no content yet");
	is_str(b.data, "", "and what is there has its NUL");
	memcpy(p, "hello", 6);
	b.len += 5;
	ds_buf_adds(&b, "!");
	is_str(b.data, "hello!", "what was written there is kept");
	ds_buf_release(&b);
}

static void
failure_sticks(void)
{
	struct ds_buf b = DS_BUF_INIT;
	char *s = NULL;

	ds_buf_adds(&b, "abc");
	ok(ds_buf_room(&b, SIZE_MAX - 1) == NULL, "too much is refused");
	ok(b.data == NULL && b.len == 0, "and the buffer is empty");
	ds_buf_adds(&b, "def");
	ds_buf_cut(&b, 2);
	ok(b.len == 0, "nothing is added after that");
	ok(ds_buf_check(&b) == DS_ENOMEM, "check reports it");
	ok(ds_buf_take(&s, &b) == DS_ENOMEM && s == NULL, "take reports it");
	ds_buf_release(&b);
	ds_buf_adds(&b, "x");
	ok(ds_buf_check(&b) == 0, "release forgets it");
	ds_buf_release(&b);
}

int
main(void)
{
	take_moves_the_bytes();
	it_grows();
	room();
	failure_sticks();
	return tap_done();
}
