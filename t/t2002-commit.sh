#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a commit takes, what it leaves, what it holds back, and what it says.
. "${SRCDIR:-.}/t/lib.sh"

# fill: an item "w" with a few files, committed.
fill() {
	new_store
	mkdir -p w/sub/deep
	echo a >w/a
	echo b >w/b
	echo c >w/sub/c
	echo d >w/sub/deep/d
	datasync track w >/dev/null
	datasync commit -m first >/dev/null
}

# many N: an item "m" with N files, committed.
many() {
	mkdir m
	for i in $(seq "$1"); do echo "content $i" >"m/f$i"; done
	datasync track m >/dev/null
	datasync commit -m "many" >/dev/null
}

count() {
	store_git rev-list --count main
}

subject() {
	store_git log -1 --format=%s main
}

# changed [REV]: what that commit changed of the items, as git sees it.
changed() {
	store_git diff-tree -r --no-commit-id --name-only "${1:-main}" |
		grep -v "^\.datasync/" || :
}

# has PATH TEXT: the newest commit holds that line at PATH.
has() {
	store_git show "main:$1" | grep -qx -e "$2"
}

# gone PATH: the newest commit has no such path.
gone() {
	! store_git rev-parse -q --verify "main:$1"
}

it 'nothing to commit is success, and says so' '
	fill
	n=$(count)
	datasync commit >out 2>err
	grep -x "nothing to commit" out
	[ ! -s err ]
	datasync commit w/a >out
	grep -x "nothing to commit" out
	touch w/a w/sub
	datasync commit >out
	grep -x "nothing to commit" out
	datasync commit --json >out
	grep "\"made\":false" out
	test "$(count)" -eq "$n"
'

it 'a commit has the message it is given, and the trailers' '
	fill
	echo more >>w/a
	datasync commit -m "because it
is so" >out
	store_git log -1 --format=%B main >text
	grep -x "because it" text
	grep -x "is so" text
	id=$(sed -n "s/^Datasync-Device: //p" text)
	test "${#id}" -eq 32
	grep -x "Datasync-Trigger: manual" text
	echo more >>w/a
	fails 2 datasync commit -m "" 2>err
	grep "the message is empty" err
	fails 2 datasync commit -m "  " 2>err
	datasync commit --on-save w/a
	store_git log -1 --format=%B main | grep -x "Datasync-Trigger: save"
'

it 'without a message there is a summary' '
	fill
	echo more >>w/a
	datasync commit
	test "$(subject)" = "w: a"
	echo more >>w/a
	echo more >>w/sub/c
	datasync commit
	test "$(subject)" = "w: a, sub/c" || test "$(subject)" = "w: a, c"
	for i in $(seq 30); do echo "$i" >"w/n$i"; done
	mkdir v
	echo v >v/v
	datasync track v
	datasync commit
	test "$(subject)" = "v: v; w: 30 files"
	test "$(subject | wc -c)" -lt 100
'

it 'a commit of one path takes that path alone' '
	fill
	echo more >>w/a
	echo more >>w/b
	echo more >>w/sub/c
	echo more >>w/sub/deep/d
	chmod 0600 w/b
	datasync commit w/a
	test "$(changed)" = w/a
	datasync commit w/sub/deep
	test "$(changed)" = w/sub/deep/d
	(cd w/sub && datasync commit c)
	test "$(changed)" = w/sub/c
	datasync status | grep "M b$"
	datasync commit w/b
	datasync commit | grep -x "nothing to commit"
	fsck
'

it 'several paths, new ones and lost ones' '
	fill
	mkdir -p w/x/y
	echo n >w/x/y/n
	echo o >w/x/o
	rm -f w/a
	rm -r w/sub/deep
	datasync commit w/x/y/n w/a
	changed >out
	printf "%s\n" w/a w/x/y/n | cmp - out
	datasync commit w/sub/deep/d
	test "$(changed)" = w/sub/deep/d
	datasync commit w
	test "$(changed)" = w/x/o
	datasync commit | grep -x "nothing to commit"
	fails 1 datasync commit w/nowhere/at/all 2>err || :
	fails 1 datasync commit /untracked 2>err
	grep "/untracked" err
	fsck
'

it 'a save of what is no business of ours is silent' '
	fill
	n=$(count)
	echo x >outside
	echo "*.tmp" >w/.datasyncignore
	datasync commit -q
	echo x >w/x.tmp
	mkfifo w/pipe
	for f in outside w/x.tmp w/never w/no/such/folder nowhere/x w/pipe; do
		datasync commit --on-save "$f" >out 2>&1
		[ ! -s out ]
	done
	test "$(count)" -eq $((n + 1))
	datasync untrack w
	n=$(count)
	datasync commit --on-save w/a >out 2>&1
	[ ! -s out ]
	test "$(count)" -eq "$n"
'

it 'a save that deletes is a commit, and silent' '
	fill
	rm -f w/a
	datasync commit --on-save w/a >out 2>&1
	[ ! -s out ]
	gone w/a
	echo new >w/a
	datasync commit --on-save w/a >out 2>&1
	[ ! -s out ]
	has w/a new
'

it 'a save without a store fails with 10, without a file with 2' '
	fails 10 datasync commit --on-save x 2>err
	test "$(grep -c "^datasync: " err)" -eq 1
	new_store
	fails 2 datasync commit --on-save 2>err
	grep "usage: datasync commit" err
'

it 'what .datasyncignore names is left out; what is tracked stays so' '
	new_store
	mkdir -p w/build w/src
	echo 1 >w/a.log
	echo 2 >w/src/b.log
	echo 3 >w/build/x
	echo 4 >w/keep.log
	echo 5 >w/src/file
	datasync track w
	datasync commit w/src
	printf "%s\n" "*.log" "!keep.log" "/build/" >w/.datasyncignore
	echo "local" >w/src/.datasyncignore
	echo 6 >w/src/local
	datasync commit
	has w/src/b.log 2
	has w/keep.log 4
	gone w/a.log
	gone w/build
	gone w/src/local
	has w/src/file 5
	echo more >>w/src/b.log
	datasync commit
	has w/src/b.log more
	datasync commit w/a.log >out
	grep ignored out
	gone w/a.log
'

it 'a nested repository is taken without its .git, and that is told' '
	fill
	mkdir w/repo
	git -C w/repo init -q
	echo r >w/repo/r
	datasync commit 2>err
	grep "w: repo/.git.*nested" err
	has w/repo/r r
	gone w/repo/.git
	gone w/repo/.git%
	echo more >>w/repo/r
	datasync commit --on-save w/repo/r >out 2>&1
	[ ! -s out ]
	datasync config item.w.gitDirs keep
	datasync commit
	store_git ls-tree -r --name-only main w/repo | grep ".git%/HEAD"
	fsck
	rm -rf w/repo
	datasync restore
	datasync restore --from main --to copy
	git -C copy/w/repo status --short | grep r
'

it 'fifos, sockets and devices are skipped and counted' '
	fill
	mkfifo w/fifo w/sub/fifo
	perl -MIO::Socket::UNIX -e "
		IO::Socket::UNIX->new(Local => \"w/sock\", Listen => 1) or die"
	test -S w/sock
	echo more >>w/a
	datasync commit >out 2>err
	cat out err >all
	grep "3 .*skipped" all
	test "$(changed)" = w/a
	mkfifo w/more
	datasync commit --json >out
	grep "\"skipped\":4" out
'

it 'a file that cannot be read keeps its old version; the rest goes in' '
	fill
	echo new >w/a
	echo new >w/b
	chmod 0000 w/a
	fails 3 unprivileged datasync commit >out 2>err
	grep "w: a.* cannot be read" err
	has w/a a
	has w/b new
	chmod 0644 w/a
	datasync commit
	has w/a new
'

it 'so does a folder' '
	fill
	echo new >w/sub/c
	echo new >w/b
	echo x >w/new
	chmod 0000 w/sub
	fails 3 unprivileged datasync commit >out 2>err
	grep "w: sub.* cannot be read" err
	has w/sub/c c
	has w/sub/deep/d d
	has w/b new
	has w/new x
	chmod 0755 w/sub
	datasync commit
	has w/sub/c new
	chmod 0311 w/sub
	fails 3 unprivileged datasync commit >out 2>err
	has w/sub/deep/d d
	chmod 0755 w/sub
	fsck
'

it 'and a save of an unreadable file is told with 3' '
	fill
	echo new >w/a
	chmod 0000 w/a
	fails 3 unprivileged datasync commit --on-save w/a >out 2>err
	[ ! -s out ]
	has w/a a
	chmod 0755 w/a
'

# The number at both ends of a file is the same, or just about to be.
cat >"$scratch/writer.pl" <<'EOF2'
my ($path, $size) = @ARGV;
open(my $f, '+<', $path) or die;
for (my $i = 1; -e "$path.go"; $i++) {
	my $n = sprintf('%09d', $i);
	sysseek($f, 0, 0);
	syswrite($f, $n);
	sysseek($f, $size - 9, 0);
	syswrite($f, $n);
}
EOF2

it 'a file that changes while it is read is never stored torn' '
	new_store
	mkdir w
	head -c 400000 /dev/zero >w/f
	printf "000000000" | dd of=w/f conv=notrunc status=none
	truncate -s 399991 w/f
	printf "000000000" >>w/f
	touch w/f.go
	echo "*.go" >w/.datasyncignore
	datasync track w
	datasync commit -q
	perl "$scratch/writer.pl" w/f 400000 &
	writer=$!
	for i in $(seq 60); do
		status=0
		datasync commit -q >out 2>&1 || status=$?
		test "$status" -eq 0 || test "$status" -eq 3
	done
	rm -f w/f.go
	wait "$writer"
	for id in $(store_git rev-list main -- w/f); do
		store_git cat-file blob "$id:w/f" >blob
		test "$(wc -c <blob)" -eq 400000
		a=$(head -c 9 blob | sed "s/^0*//")
		z=$(tail -c 9 blob | sed "s/^0*//")
		test "$((${a:-0} - ${z:-0}))" -ge 0
		test "$((${a:-0} - ${z:-0}))" -le 1
	done
	datasync commit -q
	tail -c 9 w/f >now
	store_git show main:w/f | tail -c 9 | cmp - now
'

it 'a growing file is reported, and kept as it was' '
	fill
	head -c 30000000 /dev/zero >w/big
	datasync commit -q
	cat >grow.pl <<-\EOF2
		open(my $f, ">>", "w/big") or die;
		$f->autoflush(1);
		print $f "x" while -e "go";
	EOF2
	touch go
	perl -MIO::Handle grow.pl &
	grower=$!
	wait_for grep -q x w/big
	echo new >w/a
	status=0
	datasync commit >out 2>err || status=$?
	has w/a new
	if [ "$status" -ne 0 ]; then
		test "$status" -eq 3
		grep "w: big.* keeps changing" err
		test "$(store_git cat-file -s main:w/big)" -eq 30000000
	fi
	rm -f go
	wait "$grower"
	datasync commit
	store_git show main:w/big | cmp - w/big
'

it 'an item whose folder is missing or empty is held, others commit' '
	fill
	many 3
	echo new >w/a
	mv m away
	fails 6 datasync commit >out 2>err
	grep "m.*held back.*missing" err
	has w/a new
	has m/f1 "content 1"
	mkdir m
	echo newer >w/a
	fails 6 datasync commit >out 2>err
	grep "m.*held back.*empty" err
	has w/a newer
	has m/f1 "content 1"
	datasync status >out || :
	grep "empty" out
	fails 6 datasync commit >out 2>err
	rmdir m
	mv away m
	datasync commit | grep -x "nothing to commit"
	fails 6 sh -c "mv m away; datasync commit --allow-delete"
	has m/f1 "content 1"
'

it 'an emptied folder goes with --allow-delete, and that is on record' '
	fill
	many 3
	rm -f m/*
	fails 6 datasync commit m
	datasync commit --allow-delete
	gone m
	store_git log -1 --format=%B main | grep -x "Datasync-Deletes: m 3"
	fsck
'

it 'many deletions at once are held, for that item' '
	fill
	many 44
	echo new >w/a
	for i in $(seq 23); do rm "m/f$i"; done
	echo new >m/f40
	fails 6 datasync commit >out 2>err
	grep "m.*held back.*23 of its 44 files" err
	grep "hint.*--allow-delete" err
	has w/a new
	has m/f1 "content 1"
	datasync status --json >status || :
	grep "\"held\":\"23 of its 44" status
	echo "content 1" >m/f1
	datasync commit -q
	has m/f40 new
	gone m/f2
'

it '20 deletions are not many, however few are left' '
	new_store
	many 21
	for i in $(seq 20); do rm "m/f$i"; done
	datasync commit -q
	gone m/f20
	rm m/f21
	touch m/new
	datasync commit -q
'

it 'files that moved are not deleted' '
	new_store
	many 40
	mkdir m/into
	mv m/f* m/into
	datasync commit
	has m/into/f40 "content 40"
	gone m/f40
'

it '--allow-delete lets many go, and says how many in a trailer' '
	new_store
	many 40
	for i in $(seq 30); do rm "m/f$i"; done
	fails 6 datasync commit -q
	datasync commit --allow-delete
	gone m/f1
	store_git log -1 --format=%B main | grep -x "Datasync-Deletes: m 30"
	for i in $(seq 31 35); do rm "m/f$i"; done
	datasync commit --allow-delete
	store_git log -1 --format=%B main >text
	lacks "Datasync-Deletes" text
'

it 'core.maxDelete says how many are too many' '
	new_store
	many 40
	datasync config core.maxDelete 90
	for i in $(seq 30); do rm "m/f$i"; done
	datasync commit -q
	gone m/f1
'

key="-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
-----END OPENSSH PRIVATE KEY-----"

it 'a secret is named, once, and committed' "
	fill
	echo '$key' >w/id
	datasync commit -q 2>err
	datasync commit >out 2>err
	lacks secret err
	echo '$key' >w/id2
	datasync commit 2>err
	grep 'w: id2.*looks like a secret: a private key' err
	echo more >>w/id2
	datasync commit 2>err
	lacks secret err
	store_git cat-file -e main:w/id
"

it 'commit.secrets=error leaves it out, ignore says nothing' "
	fill
	datasync config commit.secrets error
	echo '$key' >w/id
	echo new >w/a
	got=0
	datasync commit 2>err || got=\$?
	test \$got -eq 3
	grep 'w: id.*looks like a secret' err
	gone w/id
	has w/a new
	datasync config commit.secrets ignore
	datasync commit 2>err
	[ ! -s err ]
	store_git cat-file -e main:w/id
"

it 'files become folders and links, and all ways back' '
	fill
	i=0
	for to in link dir file dir link file link file dir; do
		rm -rf w/x
		case $to in
		link) ln -s "to $i" w/x ;;
		dir) mkdir w/x && echo "$i" >w/x/in && mkdir w/x/empty ;;
		file) echo "$i" >w/x ;;
		esac
		datasync commit -q
		rm -rf out
		datasync restore -q --to out
		same_tree w out/w
		i=$((i + 1))
	done
	for i in 1 2 3 4 5 6 7; do
		rm -rf w/x
		store_git ls-tree -r -z main~$i w >/dev/null
		datasync restore -q --delete --from "main~$((2 * i))" w/x
		rm -rf out
		datasync restore -q --from "main~$((2 * i + 1))" --to out
		diff -r --no-dereference w/x out/w/x || test ! -e w/x
	done
	fsck
'

it 'a save sees them too' '
	fill
	rm w/a
	mkdir w/a
	echo in >w/a/in
	datasync commit --on-save w/a/in
	has w/a/in in
	rm -rf w/sub
	ln -s nowhere w/sub
	datasync commit --on-save w/sub
	test "$(store_git show main:w/sub)" = nowhere
	rm -f w/sub
	echo file >w/sub
	datasync commit --on-save w/sub
	has w/sub file
	datasync commit | grep -x "nothing to commit"
'

it 'a symlink on the way is not followed' '
	fill
	mkdir -p other/c2
	echo secret >other/c2/f
	ln -s ../other w/ln
	datasync commit -q
	test "$(store_git show main:w/ln)" = ../other
	n=$(count)
	datasync commit --on-save w/ln/c2/f >out 2>&1
	test "$(count)" -eq "$n"
	mv w/sub away
	ln -s ../other w/sub
	mkdir other/deep
	echo evil >other/deep/d
	datasync commit --on-save w/sub/deep/d || :
	store_git rev-list --objects --all >objects
	lacks "$(store_git hash-object other/deep/d)" objects
'

it 'a save by another name of the same folder is a save' '
	new_store
	mkdir -p real/sub
	echo a >real/sub/f
	ln -s real alias
	ln -s real other
	datasync track alias --name z
	datasync commit -q
	n=1
	for path in alias/sub/f real/sub/f other/sub/f "$PWD/real/sub/f" \
	    alias/../other/sub/f; do
		echo "$path" >real/sub/f
		datasync commit --on-save "$path"
		has z/sub/f "$path"
	done
	mkdir moved
	mv real moved/home
	ln -sfn moved/home alias
	cd moved/home/sub
	echo cwd >f
	datasync commit --on-save f
	has z/sub/f cwd
'

it 'a change of modes alone is a change' '
	fill
	chmod 0600 w/a
	datasync status | grep "M a$"
	datasync commit
	chmod 0700 w/sub
	datasync commit >out
	lacks "nothing to commit" out
	chmod 04711 w/b
	datasync commit -q
	chmod 0644 w/a w/b
	chmod 0755 w/sub
	datasync restore --from main --to copy
	test "$(stat -c %a copy/w/a)" = 600
	test "$(stat -c %a copy/w/sub)" = 700
	test "$(stat -c %a copy/w/b)" = 4711
'

it 'an empty folder comes, stays and goes' '
	fill
	mkdir -p w/e/f
	datasync commit -q
	datasync restore --to out
	same_tree w out/w
	rmdir w/e/f
	datasync commit -q
	datasync restore --to out2
	same_tree w out2/w
	rmdir w/e
	rm -f w/sub/c
	datasync commit -q
	rm -rf w/sub/deep
	datasync commit -q
	datasync restore --to out3
	same_tree w out3/w
	fsck
'

it 'times that 64 bits do not hold are kept as the nearest' '
	fill
	touch -d @9223372036.9 w/a
	touch -d @15032385535 w/b
	touch -d @-2147483648 w/sub/c
	touch -d @-1.25 w/sub
	echo x >w/x
	chmod 600 w/a w/b w/sub/c
	datasync commit
	datasync status | grep -x "nothing changed"
	datasync restore --to out
	test "$(stat -c %.Y out/w/sub/c)" = "$(stat -c %.Y w/sub/c)"
	datasync verify
'

it 'the store is no place for an item' '
	fill
	ln -s "$DATASYNC_STORE" link
	for place in "$DATASYNC_STORE" "$DATASYNC_STORE/objects" link; do
		fails 1 datasync items enable w "$place" 2>err
		grep "is the store itself" err
	done
	store_git config item.w.path "$DATASYNC_STORE"
	fails 3 datasync commit 2>err
	grep "the store itself" err
	has w/a a
	fails 1 datasync restore
	fsck
'

it 'a save of a symlink is one of the file that it leads to' '
	fill
	ln -s w/a name
	echo saved >name
	datasync commit --on-save name
	has w/a saved
'

it 'a file of rules that cannot be used is told' '
	fill
	{
		echo "hidden"
		yes "# padding" | head -n 150000
	} >w/sub/.datasyncignore
	fails 3 datasync commit 2>err
	grep "sub/.datasyncignore" err
	echo x >w/sub/hidden
	fails 3 datasync commit w/sub/hidden 2>err
	grep "sub/.datasyncignore" err
'

it 'a folder that cannot be read does not keep back other items' '
	fill
	many 3
	chmod 0 m
	echo edited >w/a
	unprivileged datasync commit 2>err || status=$?
	chmod 700 m
	[ "${status:-0}" = 3 ]
	grep "m. cannot be read" err
	has w/a edited
	has m/f1 "content 1"
'

it 'an empty path is an error, not the working folder' '
	fill
	cd w
	for command in commit status restore track "restore --to" \
	    "items enable w"; do
		rc=0
		datasync $command "" 2>err || rc=$?
		[ "$rc" -ne 0 ]
		grep empty err
	done
'

it 'a path that is nowhere is an error, not a success' '
	fill
	fails 1 datasync commit w/nowhere 2>err
	grep "w/nowhere. is neither tracked nor on the disk" err
	datasync commit --on-save w/nowhere >out 2>&1
	test ! -s out
	rm w/a
	datasync commit w/a
	gone w/a
'

it 'a file larger than the memory is told, the rest is committed' '
	fill
	truncate -s 4T w/huge 2>/dev/null || truncate -s 1T w/huge
	echo more >>w/a
	fails 3 datasync commit 2>err
	grep "w: huge. cannot be read: too large" err
	has w/a more
	gone w/huge
'

done_testing
