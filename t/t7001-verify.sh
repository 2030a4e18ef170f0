#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Damage of every kind is found, named and told by the exit status; git's own
# fsck is the measure.
. "${SRCDIR:-.}/t/lib.sh"

# fill: a store with two commits, a tag, and all of it loose.
fill() {
	new_store test
	git init -q -b main work
	mkdir -p work/sub
	for i in 1 2 3 4 5 6 7 8; do echo "line $i" >"work/sub/file$i"; done
	head -c 20000 /dev/zero >work/zeros
	git -C work add .
	git -C work commit -q -m first
	echo more >>work/sub/file1
	git -C work commit -q -a -m second
	git -C work tag -a -m "a tag" v1
	git -C work push -q "$DATASYNC_STORE" main v1
}

# as_pack: the same in one pack.
as_pack() {
	store_git repack -q -a -d
	pack=$(echo "$DATASYNC_STORE"/objects/pack/*.pack)
	idx=${pack%.pack}.idx
	chmod u+w "$pack" "$idx"
}

# file_of ID: the loose file of an object.
file_of() {
	rest=${1#??}
	echo "$DATASYNC_STORE/objects/${1%"$rest"}/$rest"
}

# flip FILE OFFSET: turn the bits of one byte.
flip() {
	chmod u+w "$1"
	byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d " ")
	printf "%b" "\\0$(printf %o $((byte ^ 255)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# list_store: names, times and sums of all files.
list_store() {
	(cd "$DATASYNC_STORE" && find . -type f -printf "%p %T@ " \
		-exec cksum {} \; | sort)
}

it 'a new store is good' '
	new_store test
	datasync verify >out
	grep -x "nothing is damaged or missing" out
'

it 'a good store is good, loose and packed' '
	fill
	datasync verify >out
	n=$(store_git rev-list --objects --all | wc -l)
	grep "^read $n objects (.*), 0 packs$" out
	grep "^$n are reached" out
	as_pack
	datasync verify >out
	grep "^read $n objects (.*), 1 pack$" out
	grep -x "nothing is damaged or missing" out
'

it 'nothing is changed' '
	fill
	list_store >before
	datasync verify
	flip "$(file_of "$(store_git rev-parse main:zeros)")" 10
	rm -f "$(file_of "$(store_git rev-parse main:sub)")"
	list_store >before
	fails 13 datasync verify
	list_store >after
	cmp before after
'

it 'a damaged, an empty and a cut loose object are named' '
	fill
	a=$(store_git rev-parse main:sub/file1)
	b=$(store_git rev-parse main:sub/file2)
	c=$(store_git rev-parse main:sub/file3)
	chmod u+w "$(file_of "$a")" "$(file_of "$b")" "$(file_of "$c")"
	flip "$(file_of "$a")" 12
	: >"$(file_of "$b")"
	truncate -s 10 "$(file_of "$c")"
	fails 13 datasync verify >out 2>err
	for id in "$a" "$b" "$c"; do
		grep "^damaged object $id: loose: " out
	done
	test "$(grep -c ^damaged out)" -eq 3
	grep "is damaged: 3 damaged, 0 missing" err
	test "$(wc -l <err)" -eq 1
'

it 'a missing object is named, and who names it' '
	fill
	id=$(store_git rev-parse main:zeros)
	tree=$(store_git rev-parse "main^{tree}")
	rm -f "$(file_of "$id")"
	fails 13 datasync verify >out
	grep "^missing object $id: tree [0-9a-f]* names it" out
	id=$(store_git rev-parse main~1)
	rm -f "$(file_of "$id")"
	fails 13 datasync verify >out
	grep "^missing object $id: commit $(store_git rev-parse main) names" out
'

it 'a damaged pack is named with the objects in it that are' '
	fill
	id=$(store_git rev-parse main:zeros)
	as_pack
	store_git verify-pack -v "$idx" >list
	at=$(sed -n "s/^$id.* \([0-9]*\)$/\1/p" list)
	flip "$pack" $((at + 8))
	fails 13 datasync verify >out
	grep "^damaged object $id: in .objects/pack/" out
	grep "^damaged file objects/pack/${pack##*/}: its checksum is wrong" out
	test "$(grep -c ^damaged out)" -eq 2
'

it 'a cut pack and a damaged idx are named' '
	fill
	as_pack
	cp "$pack" copy
	truncate -s -30 "$pack"
	fails 13 datasync verify >out
	grep "^damaged file objects/pack/${pack##*/}: " out
	cat copy >"$pack"
	datasync verify
	flip "$idx" 1100
	fails 13 datasync verify >out
	grep "^damaged file objects/pack/${idx##*/}: " out
	rm -f "$idx"
	fails 13 datasync verify >out
	grep "^damaged file objects/pack/${pack##*/}: its idx is missing" out
'

it 'programs get the same as JSON' '
	fill
	id=$(store_git rev-parse main:zeros)
	rm -f "$(file_of "$id")"
	fails 13 datasync verify --json >out 2>err
	grep "\"kind\":\"missing\",\"name\":\"$id\",\"why\":\"tree " out
	grep "\"damaged\":0,\"missing\":1" out
	grep "\"code\":\"damaged\"" out
	test "$(wc -l <out)" -eq 1
'

it 'what git fsck finds is found, 40 damaged bytes' '
	fill
	cp -a "$DATASYNC_STORE" good
	store_git repack -q -a
	cp -a "$DATASYNC_STORE" both
	i=0 found=0
	while [ "$i" -lt 40 ]; do
		i=$((i + 1))
		from=good
		[ $((i % 2)) -eq 0 ] || from=both
		rm -rf "$DATASYNC_STORE"
		cp -a "$from" "$DATASYNC_STORE"
		find "$DATASYNC_STORE/objects" "$DATASYNC_STORE/refs" -type f |
			sort >files
		f=$(sed -n "$((i * 7919 % $(wc -l <files) + 1))p" files)
		flip "$f" $((i * 104729 % $(wc -c <"$f")))
		status=0
		store_git fsck --full --strict >fsck 2>&1 || status=$?
		[ "$status" -ne 0 ] || continue
		echo "$f"
		fails 13 datasync verify >out
		found=$((found + 1))
	done
	test "$found" -gt 20
'
done_testing
