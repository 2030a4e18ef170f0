/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with linear probing over slots of four bytes.  An id is a
 * hash already, so its first bytes say where to look.
 */
#include "ds/compat.h"

#include "ds/err.h"
#include "ds/list.h"
#include "ds/oidset.h"

enum { FIRST_SLOTS = 256 };

static size_t
slot_of(const struct ds_oidset *s, const git_oid *id)
{
	uint64_t h;
	size_t at;

	memcpy(&h, id->id, sizeof(h));
	at = (size_t)h & (s->slots_n - 1);
	while (s->slots[at] != 0 && !git_oid_equal(&s->v[s->slots[at] - 1], id))
		at = (at + 1) & (s->slots_n - 1);
	return at;
}

/* At most three of four slots are taken, so a free one ends every search. */
static int
make_slots(struct ds_oidset *s)
{
	size_t i, n = s->slots_n > 0 ? s->slots_n * 2 : FIRST_SLOTS;
	uint32_t *slots;

	if (s->n >= UINT32_MAX - 1)
		return ds_err_nomem();
	if (s->n < s->slots_n / 4 * 3)
		return 0;
	slots = calloc(n, sizeof(*slots));
	if (slots == NULL)
		return ds_err_nomem();
	free(s->slots);
	s->slots = slots;
	s->slots_n = n;
	for (i = 0; i < s->n; i++)
		slots[slot_of(s, &s->v[i])] = (uint32_t)i + 1;
	return 0;
}

int
ds_oidset_add(struct ds_oidset *s, const git_oid *id, bool *fresh)
{
	size_t at;
	int rc;

	rc = make_slots(s);
	if (rc < 0)
		return rc;
	at = slot_of(s, id);
	if (fresh != NULL)
		*fresh = s->slots[at] == 0;
	if (s->slots[at] != 0)
		return 0;
	rc = ds_list_grow(&s->v, s->n, &s->cap, sizeof(*s->v));
	if (rc < 0)
		return rc;
	s->v[s->n++] = *id;
	s->slots[at] = (uint32_t)s->n;
	return 0;
}

size_t
ds_oidset_find(const struct ds_oidset *s, const git_oid *id)
{
	size_t at;

	if (s->slots_n == 0)
		return DS_OIDSET_NONE;
	at = slot_of(s, id);
	return s->slots[at] != 0 ? s->slots[at] - 1 : DS_OIDSET_NONE;
}

bool
ds_oidset_has(const struct ds_oidset *s, const git_oid *id)
{
	return ds_oidset_find(s, id) != DS_OIDSET_NONE;
}

void
ds_oidset_release(struct ds_oidset *s)
{
	free(s->v);
	free(s->slots);
	memset(s, 0, sizeof(*s));
}
