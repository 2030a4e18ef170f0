#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A save reads what lies on the way to its file: no other tracked file is
# opened or looked at, and no more objects for a large item than for a small.
. "${SRCDIR:-.}/t/lib.sh"

have strace || skip_all 'strace is not installed'
strace -o /dev/null true 2>/dev/null || skip_all 'strace may not trace here'
[ -z "${DS_ASAN:-}" ] || skip_all 'the leak checker cannot run under strace'

# big N: an item "w" of N files, three folders deep, 20 in a folder.
big() {
	new_store test
	mkdir w
	(
		cd w
		perl -e '
			for my $i (0 .. $ARGV[0] - 1) {
				my $f = int($i / 20);
				my $at = "";
				for ($f % 20, int($f / 20) % 20,
				    int($f / 400)) {
					mkdir($at .= "d$_");
					$at .= "/";
				}
				open(my $o, ">", "${at}file$i") or die;
				print $o "file $i\n";
			}
		' "$1"
	)
	datasync track w >out
	datasync commit >out
	test "$(find w -type f | wc -l)" -eq "$1"
}

# traced PATH: commit --on-save PATH, under strace.
traced() {
	strace -f -y -o trace -e trace=%file,%desc \
		"$(command -v datasync)" commit --on-save "$1"
}

# looked_at: names in the item that the trace shows opened or stat'ed.
looked_at() {
	grep -oE "file[0-9]+\"" trace | sort -u
}

# unpacked: every object but the files' contents in a file of its own, so that
# each one that is read is seen.
unpacked() {
	mkdir "$TMPDIR/packs"
	store_git rev-list --objects --no-object-names main | sort >all
	store_git ls-tree -r --format="%(objectname)" main w | sort -u >files
	comm -23 all files | store_git pack-objects -q "$TMPDIR/packs/rest" >out
	store_git pack-objects -q "$TMPDIR/packs/files" <files >out
	rm -rf "$DATASYNC_STORE"/objects/pack/* \
	    "$DATASYNC_STORE"/objects/[0-9a-f][0-9a-f]
	store_git unpack-objects -q <"$(echo "$TMPDIR"/packs/rest-*.pack)"
	mv "$TMPDIR"/packs/files-* "$DATASYNC_STORE/objects/pack/"
}

# objects_read: how many objects were opened.
objects_read() {
	grep -cE "open(at)?\(.*\"([^\"]*objects/)?[0-9a-f]{2}/[0-9a-f]{38}\"" \
		trace || :
}

# save N: one file of N; leaves "objects", the number it opened.
save() {
	big "$1"
	unpacked
	f=$(find w -name "file$(($1 / 2))")
	echo "second save" >"$f"
	traced "$f"
	looked_at | grep -v "file$(($1 / 2))\"" >others || :
	test ! -s others
	objects_read >objects
	grep -cE "(getdents|fstatat|newfstatat|lstat|statx)" trace >looks || :
	test "$(store_git show "main:$f")" = "second save"
	store_git log -1 --name-only --format= main |
		grep -v "^.datasync" >names
	echo "$f" | diff names -
	cat objects looks
}

it 'in 200 files a save looks at no other tracked file' '
	save 200
	mv objects looks "$scratch/"
'

it 'in 20,000 files a save looks at no other, and reads no more objects' '
	save 20000
	test "$(cat objects)" -le "$(cat "$scratch/objects")"
	test "$(cat looks)" -le "$(($(cat "$scratch/looks") + 2))"
'

it 'in a folder of 5,000 files a save looks at no other' '
	new_store test
	mkdir -p w/flat
	(cd w/flat && seq 5000 | sed "s/^/file/" | xargs touch)
	for n in 7 8 9; do echo $n >"w/flat/file$n"; done
	datasync track w >out
	datasync commit >out
	echo "a save" >w/flat/file2500
	datasync commit --on-save w/flat/file2500
	echo "another" >w/flat/file2500
	traced w/flat/file2500
	looked_at | grep -v file2500 >others || :
	test ! -s others
	lacks "getdents.*/here/w" trace
	test "$(objects_read)" -le "$(($(cat "$scratch/objects") + 4))"
	fsck
'

it 'a save of a path writes a handful of objects, however large the item' '
	big 2000
	f=$(find w -name file1000)
	store_git count-objects | cut -d " " -f 1 >before
	echo saved >"$f"
	datasync commit --on-save "$f"
	store_git count-objects | cut -d " " -f 1 >after
	depth=$(echo "$f" | tr -cd / | wc -c)
	test $(($(cat after) - $(cat before))) -le $((2 * depth + 8))
'

it 'what is not asked for is not committed' '
	big 200
	for n in 3 50 150; do echo edit >"$(find w -name "file$n")"; done
	datasync commit --on-save "$(find w -name file50)"
	datasync status >out
	grep "file3$" out
	grep "file150$" out
	lacks "M .*file50$" out
'

done_testing
