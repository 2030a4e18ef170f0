/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/oidset.h"

#include "tap.h"

enum { MANY = 100000 };

/* Ids that share their first bytes, so that slots collide. */
static git_oid
id_of(unsigned i)
{
	git_oid id;

	memset(&id, 0, sizeof(id));
	id.id[0] = (unsigned char)(i % 7);
	memcpy(id.id + 12, &i, sizeof(i));
	return id;
}

static git_oid
spread(unsigned i)
{
	git_oid id;
	uint64_t h = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	memset(&id, 0, sizeof(id));
	memcpy(id.id, &h, sizeof(h));
	return id;
}

static void
test_few(void)
{
	struct ds_oidset s = DS_OIDSET_INIT;
	git_oid zero, id = id_of(1);
	bool fresh = false;

	memset(&zero, 0, sizeof(zero));
	ok(!ds_oidset_has(&s, &zero), "an empty set has nothing");
	ok(ds_oidset_add(&s, &id, &fresh) == 0 && fresh, "an id joins");
	ok(ds_oidset_add(&s, &id, &fresh) == 0 && !fresh, "only once");
	ok(ds_oidset_add(&s, &id, NULL) == 0, "nobody needs to ask");
	ok(s.n == 1 && ds_oidset_find(&s, &id) == 0, "it is number 0");
	ok(!ds_oidset_has(&s, &zero), "zero is not there by itself");
	ds_oidset_add(&s, &zero, &fresh);
	ok(fresh && ds_oidset_find(&s, &zero) == 1, "but may be added");
	ds_oidset_release(&s);
	ok(s.n == 0 && !ds_oidset_has(&s, &id), "released it is empty");
}

static void
test_many(git_oid (*make)(unsigned), unsigned n, const char *what)
{
	struct ds_oidset s = DS_OIDSET_INIT;
	unsigned i, wrong = 0;

	for (i = 0; i < n; i++) {
		git_oid id = make(i);
		bool fresh;

		if (ds_oidset_add(&s, &id, &fresh) < 0 || !fresh)
			wrong++;
	}
	for (i = 0; i < n; i++) {
		git_oid id = make(i), other = make(n + i);

		if (ds_oidset_find(&s, &id) != i || ds_oidset_has(&s, &other))
			wrong++;
	}
	ok(wrong == 0 && s.n == n, what);
	ds_oidset_release(&s);
}

int
main(void)
{
	test_few();
	test_many(spread, MANY, "many ids keep their numbers");
	test_many(id_of, 2000, "also where they collide");
	return tap_done();
}
