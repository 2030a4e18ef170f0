/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/lock.h"
#include "ds/ref.h"

#include "store_kit.h"

static const git_oid zero;
static git_oid one, two;

static int
update(const char *name, const git_oid *new, const git_oid *old)
{
	struct ds_lock *lock;
	int rc;

	must(ds_store_lock(&lock, kit_store));
	rc = ds_ref_update(kit_store, name, new, old, "A U <a@b>", "why");
	ds_lock_drop(lock);
	return rc;
}

static bool
is_at(const char *name, const git_oid *want)
{
	git_oid id;

	return ds_ref_read(&id, kit_store, name) == 0 &&
	    git_oid_equal(&id, want);
}

static void
make_commits(void)
{
	git_oid state = { { 0 } };

	must(ds_tree_commit(&one, kit_sink, kit_store, &state, &zero, "1\n"));
	kit_flush();
	must(ds_tree_commit(&two, kit_sink, kit_store, &state, &one, "2\n"));
	kit_flush();
}

static void
test_update(void)
{
	const char *name = "refs/heads/x/y";
	git_oid id;

	ok(ds_ref_read(&id, kit_store, name) == DS_ENOTFOUND,
	    "a ref that is not there");
	ok(update(name, &two, &one) == DS_EMOVED, "is not moved");
	ok(update(name, &one, &zero) == 0 && is_at(name, &one),
	    "but made, with folders on its way");
	ok(update(name, &two, &zero) == DS_EMOVED && is_at(name, &one),
	    "and not made twice");
	ok(update(name, &two, &one) == 0 && is_at(name, &two),
	    "it moves from what it is");
	ok(update(name, &one, &one) == DS_EMOVED && is_at(name, &two),
	    "and not from what it is not");
	ok(kit_sh("test \"$(git --git-dir=store.git reflog show x/y | "
		  "wc -l)\" -eq 2") == 0,
	    "each update is in the reflog");
	ok(kit_sh("git --git-dir=store.git reflog show --format='%gn %gs' "
		  "x/y | grep -x 'A U why'") == 0,
	    "with who and why");
	ok(kit_sh("test -z \"$(find store.git -name '*.lock' ! -name "
		  "apply.lock)\" && test -z \"$(ls store.git/datasync | "
		  "grep ref:)\"") == 0,
	    "nothing is left behind");
}

static void
test_git(void)
{
	const char *name = "refs/heads/z";
	git_oid id;

	must(update(name, &one, &zero));
	ok(kit_sh("git --git-dir=store.git pack-refs --all --prune") == 0 &&
		is_at(name, &one),
	    "a packed ref is read");
	ok(update(name, &two, &zero) == DS_EMOVED, "and known to be there");
	ok(update(name, &two, &one) == 0 && is_at(name, &two), "and moved");
	ok(kit_sh("test \"$(git --git-dir=store.git rev-parse z)\" = "
		  "\"$(cat store.git/refs/heads/z)\"") == 0,
	    "git sees the same");
	ok(kit_sh("git --git-dir=store.git update-ref -d refs/heads/z") == 0 &&
		ds_ref_read(&id, kit_store, name) == DS_ENOTFOUND &&
		git_oid_is_zero(&id),
	    "what git deletes is gone");
	kit_write("store.git/refs/heads/bad", "garbage\n");
	ok(update("refs/heads/bad", &one, &zero) < 0,
	    "a ref that holds no id is not overwritten");
	kit_sh("rm store.git/refs/heads/bad");
}

/* What a killed update leaves is taken away by the next. */
static void
test_killed(void)
{
	ok(kit_sh("cd store.git && echo x >datasync/ref:refs:heads:k && "
		  "ln datasync/ref:refs:heads:k refs/heads/k.lock") == 0 &&
		update("refs/heads/k", &one, &zero) == 0 &&
		is_at("refs/heads/k", &one),
	    "a lock of a killed one of ours");
	ok(kit_sh("echo x >store.git/datasync/ref:refs:heads:k") == 0 &&
		update("refs/heads/k", &two, &one) == 0 &&
		is_at("refs/heads/k", &two),
	    "a value that was not yet linked");
	kit_store->lock_ms = 50;
	ok(kit_sh("touch store.git/refs/heads/k.lock") == 0 &&
		update("refs/heads/k", &one, &two) == DS_ELOCKED &&
		is_at("refs/heads/k", &two),
	    "git's own lock is respected");
	ok(kit_sh("touch -d '2 minutes ago' store.git/refs/heads/k.lock") ==
		    0 &&
		update("refs/heads/k", &one, &two) == 0,
	    "and taken away when it is old");
}

int
main(void)
{
	kit_begin();
	make_commits();
	test_update();
	test_git();
	test_killed();
	ok(kit_sh("git --git-dir=store.git fsck --strict --no-dangling") == 0,
	    "git finds nothing amiss");
	return kit_end();
}
