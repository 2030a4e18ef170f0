/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ds/err.h"
#include "ds/list.h"

#include "tap.h"

static void
strings(void)
{
	struct ds_list l = DS_LIST_INIT;
	char word[] = "b";

	ds_list_sort(&l);
	ok(!ds_list_has(&l, "b"), "an empty list has nothing");
	ok(ds_list_add(&l, word) == 0, "add");
	word[0] = 'x';
	is_str(l.v[0], "b", "the list has a copy");
	ok(ds_list_addn(&l, "abc", 1) == 0, "add a part");
	is_str(l.v[1], "a", "the part is there");
	ds_list_add(&l, "b");
	ds_list_add(&l, "");
	ds_list_add(&l, "\xff");
	ds_list_add(&l, "a");
	ok(ds_list_has(&l, "\xff") && !ds_list_has(&l, "x"), "has");
	ds_list_sort(&l);
	ok(l.n == 4, "sort drops what is there twice");
	is_str(l.v[0], "", "sort is by bytes: first");
	is_str(l.v[1], "a", "second");
	is_str(l.v[3], "\xff", "last");
	ds_list_release(&l);
	ok(l.v == NULL && l.n == 0, "release leaves nothing");
}

static void
arrays(void)
{
	uint64_t *v = NULL;
	size_t n = 0;
	size_t cap = 0;
	bool same = true;

	for (n = 0; n < 1000; n++) {
		if (ds_list_grow(&v, n, &cap, sizeof(*v)) < 0)
			break;
		v[n] = n * 3;
	}
	ok(n == 1000 && cap >= 1000, "an array grows");
	for (n = 0; n < 1000; n++)
		same = same && v[n] == n * 3;
	ok(same, "and keeps what is in it");
	cap = SIZE_MAX / 16;
	n = cap;
	ok(ds_list_grow(&v, n, &cap, sizeof(*v)) == DS_ENOMEM,
	    "but not beyond all memory");
	ok(v[999] == 2997, "it is still there after that");
	free(v);
}

static void
nearest(void)
{
	struct ds_list l = DS_LIST_INIT;
	static char big[200];

	memset(big, 'c', sizeof(big) - 1);
	ds_list_add(&l, "commit");
	ds_list_add(&l, "config");
	ds_list_add(&l, "log");
	ds_list_add(&l, "status");
	ds_list_add(&l, big);
	is_str(ds_list_nearest(&l, "comit"), "commit", "a letter is missing");
	is_str(ds_list_nearest(&l, "stauts"), "status", "two are swapped");
	is_str(ds_list_nearest(&l, "conffig"), "config", "one is too many");
	is_str(ds_list_nearest(&l, "lpg"), "log", "one is another");
	is_str(ds_list_nearest(&l, "status"), "status", "the word itself");
	ok(ds_list_nearest(&l, "banana") == NULL, "nothing is near");
	ok(ds_list_nearest(&l, "x") == NULL, "one letter is near nothing");
	ok(ds_list_nearest(&l, "") == NULL, "neither is none");
	ok(ds_list_nearest(&l, big) == NULL, "nor a very long word");
	ds_list_release(&l);
	ok(ds_list_nearest(&l, "log") == NULL, "nor is anything in no list");
}

int
main(void)
{
	strings();
	arrays();
	nearest();
	return tap_done();
}
