#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Packs and loose objects as t/unit/sink writes them, read by git itself.
. "${SRCDIR:-.}/t/lib.sh"

sink() {
	"$BUILDDIR/t/unit/sink" "$@"
}

# packs_are_good REPO: git takes each pack, and would write the same idx.
packs_are_good() {
	for pack in "$1"/objects/pack/pack-*.pack; do
		idx=${pack%.pack}.idx
		git verify-pack -v "$idx" >verified &&
			cp "$pack" copy.pack && chmod u+w copy.pack &&
			git index-pack --strict -o copy.idx copy.pack >name &&
			cmp "$idx" copy.idx || return 1
		rm -f copy.pack copy.idx copy.rev
		# a pack's name is its trailer
		hash=${pack##*/pack-}
		test "$(tail -c 20 "$pack" | od -An -tx1 | tr -d ' \n')" = \
			"${hash%.pack}" || return 1
	done
}

# is_clean REPO: nothing amiss, nothing left behind.
is_clean() {
	git --git-dir="$1" fsck --full --strict --no-dangling >told 2>&1 ||
		return 1
	grep -v "^notice: " told && return 1
	test -z "$(find "$1" -name "tmp_*")"
}

# dump REPO: every object of it, in the order of ids.
dump() {
	git --git-dir="$1" cat-file --batch-all-objects --batch --unordered \
		--buffer | cksum
	git --git-dir="$1" cat-file --batch-all-objects --batch-check
}

it 'a few objects are loose, and git reads them' '
	sink make repo 10 >ids
	test "$(find repo/objects -type f | wc -l)" -eq 10
	is_clean repo
	while read -r id; do
		git --git-dir=repo cat-file blob "$id"
	done <ids >got
	seq -f "this is object %.0f" 0 9 >want
	cmp want got
'

it 'many are one pack, and git reads them' '
	sink make repo 1000 >ids
	test "$(find repo/objects -type f | wc -l)" -eq 2
	packs_are_good repo
	is_clean repo
	git --git-dir=repo cat-file --batch="%(objecttype)" <ids |
		grep -v -x -e blob -e "" >got
	seq -f "this is object %.0f" 0 999 >want
	cmp want got
'

it 'objects of every kind and size come through unchanged' '
	git init -q from
	cd from
	mkdir -p a/b/c
	: >empty
	head -c 3000000 /dev/urandom >noise
	head -c 3000000 /dev/zero >zeros
	head -c 65535 /dev/urandom >a/edge
	head -c 65536 /dev/urandom >a/past
	for i in $(seq 1 80); do echo "line $i" >"a/b/c/file $i"; done
	ln -s a/b link
	printf "#!/bin/sh\n" >run
	chmod +x run
	git add .
	git commit -q -m first
	git tag -a -m "a tag" v1
	echo more >>run
	git commit -q -a -m second
	git repack -q -a -d
	cd ..
	test "$(sink copy from/.git to)" -gt 80
	dump from/.git >want
	dump to >got
	diff want got
	packs_are_good to
	git --git-dir=to update-ref refs/heads/main \
		"$(git -C from rev-parse HEAD)"
	git --git-dir=to update-ref refs/tags/v1 "$(git -C from rev-parse v1)"
	is_clean to
	git clone -q -b main to work
	diff -r --no-dereference -x .git from work
'

it 'what is there already is not written again' '
	sink make repo 200 >ids
	sink make repo 200 >ids2
	cmp ids ids2
	test "$(find repo/objects -type f | wc -l)" -eq 2
	sink make repo 203 >ids
	test "$(find repo/objects -type f | wc -l)" -eq 5
	sink make repo 400 >ids
	test "$(find repo/objects -name "*.pack" | wc -l)" -eq 2
	packs_are_good repo
	is_clean repo
'

it 'a writer that is killed leaves nothing that counts' '
	sink make repo 100 >before
	fails 137 sink die repo 5000 2>/dev/null
	fails 137 sink die repo 110 2>/dev/null
	find repo -name "tmp_*" >left
	test "$(wc -l <left)" -eq 1
	test "$(find repo/objects -type f | wc -l)" -eq 3
	git --git-dir=repo fsck --full --strict
	sink make repo 5000 >ids
	packs_are_good repo
'

if [ -n "${DS_ASAN:-}" ]; then
	skip '20,000 objects take less than 32 MiB' 'a sanitizer needs more'
else
	it '20,000 objects take less than 32 MiB' '
		sink make repo 20000 >ids 2>peak
		cat peak
		test "$(sed "s/[^0-9]//g" peak)" -lt 32768
		packs_are_good repo
	'
fi
done_testing
