#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Restore brings back any state, undo takes that back, and what is on the disk
# is in history before it is replaced.
. "${SRCDIR:-.}/t/lib.sh"

# item: a folder "w" with one of everything, committed as "first".
item() {
	new_store test
	mkdir -p w/sub/deep w/empty
	echo one >w/a
	echo two >w/sub/b
	echo three >w/sub/deep/c
	printf "\377\000\n" >w/bin
	ln -s sub/b w/link
	echo "#!/bin/sh" >w/run
	chmod 600 w/sub/b
	chmod 755 w/run
	chmod 4711 w/bin
	chmod 1750 w/sub
	touch -d "2020-01-02 03:04:05.123456789" w/a w/sub/deep/c
	touch -h -d "2019-01-02 03:04:05.5" w/link
	touch -d "2001-01-02 03:04:05.25" w/sub/deep w/empty w/sub w
	datasync track w >out
	datasync commit -m first >out
	cp -a w first
}

# second: another state of it, committed.
second() {
	echo ONE >w/a
	rm w/sub/b
	mkdir w/new
	echo x >w/new/x
	rm w/link
	ln -s elsewhere w/link
	datasync commit -m second >out
	cp -a w second
}

# same_all A B: the same to the last nanosecond.
same_all() {
	same_tree "$1" "$2" &&
		list_times "$1" >times-a &&
		list_times "$2" >times-b &&
		diff times-a times-b
}

# same_file A B: content, mode and time.
same_file() {
	cmp "$1" "$2" &&
		test "$(stat -c "%a %.Y" "$1")" = "$(stat -c "%a %.Y" "$2")"
}

list_times() {
	(cd "$1" && find . -printf "%T@ %p\n" | sort -k 2)
}

# head: the newest commit.
head_id() {
	store_git rev-parse refs/heads/main
}

# previews ARGUMENT...: a dry run changes nothing and says what is then done.
previews() {
	cp -a w before
	head_id >head-before
	datasync restore -n "$@" >plan || test $? -eq "${part:-0}"
	same_all before w
	head_id | diff head-before -
	datasync restore -v "$@" >did || test $? -eq "${part:-0}"
	grep "^[AMDT] " plan >plan-paths || :
	grep "^[AMDT] " did >did-paths || :
	diff plan-paths did-paths
	rm -rf before
}

it 'a whole state comes back, modes and times too' '
	item
	second
	datasync restore --from HEAD~1 --delete
	same_all first w
	datasync status >out
	grep -x "nothing changed" out
	fsck
'

it 'without --delete what came later stays' '
	item
	second
	datasync restore --from HEAD~1
	grep x w/new/x
	rm -r w/new
	touch -d "2001-01-02 03:04:05.25" w
	same_all first w
'

it 'a folder that was deleted comes back as it was' '
	item
	rm -rf w
	datasync restore
	same_all first w
	datasync status >out
	grep -x "nothing changed" out
'

it 'a folder that was emptied comes back as it was' '
	item
	find w -mindepth 1 -delete
	datasync restore
	same_all first w
	rm -rf w/sub/*
	datasync restore w/sub/deep
	cmp first/sub/deep/c w/sub/deep/c
	test ! -e w/sub/b
'

it 'one file comes back and no other' '
	item
	second
	datasync restore --from HEAD~1 w/sub/b
	cmp first/sub/b w/sub/b
	test "$(stat -c %a w/sub/b)" = 600
	rm w/sub/b
	touch -d "@$(stat -c %.Y second/sub)" w/sub
	same_all second w
'

it 'one folder comes back and nothing beside it' '
	item
	second
	echo more >w/sub/deep/c
	echo kept >w/sub/deep/new
	datasync restore --from HEAD~1 w/sub
	same_file first/sub/b w/sub/b
	cmp first/sub/deep/c w/sub/deep/c
	grep kept w/sub/deep/new
	cmp second/a w/a
	datasync restore --from HEAD~3 --delete w/sub
	test ! -e w/sub/deep/new
	same_tree first/sub w/sub
'

it 'a path is named by its place or by its item' '
	item
	second
	(cd w/sub && datasync restore --from HEAD~1 b)
	cmp first/sub/b w/sub/b
	datasync restore --from HEAD~2 w/a
	cmp first/a w/a
	cd /
	datasync restore --from main~2 w/a
	cmp "$OLDPWD/second/a" "$OLDPWD/w/a"
'

it 'a path that is not in that state is refused' '
	item
	second
	fails 1 datasync restore --from HEAD~1 w/new/x 2>err
	grep "w/new/x.* is not in .HEAD~1" err
	fails 1 datasync restore --from HEAD~1 w/nowhere 2>err
	same_all second w
	fails 1 datasync restore /nowhere 2>err
	grep "belongs to no item" err
'

it 'a dry run of a whole state says what is then done' '
	item
	second
	previews --from HEAD~1
	previews --from HEAD
	test ! -s did-paths
	previews --delete --from HEAD~2
	same_tree first w
'

it 'a dry run with edits on the disk says what is then done' '
	item
	second
	echo edit >w/sub/deep/c
	echo edit >w/new/x
	echo new >w/sub/fresh
	rm w/bin
	chmod 700 w/run
	previews --from HEAD~1
	grep edit w/new/x
	grep new w/sub/fresh
	cmp first/sub/deep/c w/sub/deep/c
	same_file first/run w/run
'

it 'a dry run with --delete and edits says what is then done' '
	item
	second
	echo edit >w/new/x
	echo new >w/sub/fresh
	mkdir -p w/other/folder
	rm w/bin
	previews --delete --from HEAD~1
	same_tree first w
'

it 'a dry run of a file that the state lacks leaves its edit alone' '
	item
	second
	echo edit >w/new/x
	previews --from HEAD~1 w/sub
	previews --from HEAD~2
	grep edit w/new/x
	rm w/new/x
	previews --from HEAD~4
	test ! -e w/new/x
'

it 'a dry run of a folder that is gone says what is then done' '
	item
	mv w gone
	head_id >head-before
	datasync restore -n >plan
	test ! -e w
	head_id | diff head-before -
	datasync restore -v >done
	grep "^A " plan >plan-paths
	grep "^A " done | diff plan-paths -
	grep -x "A w/sub/deep/c" plan
	same_all first w
'

it 'a dry run where kinds change says what is then done' '
	item
	rm -r w/sub w/a
	mkdir w/a
	echo in >w/a/in
	echo file >w/sub
	part=3
	previews --from HEAD
	part=0
	previews --delete --from HEAD~2
	same_tree first w
'

it 'a time names the newest commit that is not younger' '
	new_store test
	mkdir w
	datasync track w
	for n in 1 2 3; do
		echo $n >w/a
		datasync commit -m "v$n" >out
		store_git log -1 --format=%ct >"time$n"
		while [ "$(date +%s)" = "$(cat "time$n")" ]; do :; done
	done
	datasync restore --from "$(date -d "@$(cat time1)" "+%F %T")" >out
	grep -x 1 w/a
	datasync restore --from "$(date -u -d "@$(cat time2)" +%FT%TZ)" >out
	grep -x 2 w/a
	datasync restore --from "0 seconds ago" >out
	grep -x 2 w/a
	fails 1 datasync restore --from "2 days ago" 2>err
	grep "nothing is as old as" err
	fails 1 datasync restore --from 1999-12-31 2>err
	datasync restore --from today >out
	grep -x 2 w/a
'

it 'ids, abbreviated ids, snapshots and git revisions name commits' '
	item
	id=$(head_id)
	store_git tag -a -m "a snapshot" snapshot/good HEAD
	second
	later=$(head_id)
	for rev in "$id" "$(echo "$id" | cut -c 1-8)" snapshot/good HEAD~1 \
	    main~1 "HEAD^" "refs/tags/snapshot/good"; do
		datasync restore --delete --from "$rev" >out
		same_all first w
		datasync restore --delete --from "$later" >out
		store_git reset -q --soft main~2
	done
	datasync restore --delete --from "main@{2}" >out
	fails 1 datasync restore --from nonsense 2>err
	grep "nonsense" err
	fails 1 datasync restore --from HEAD~99 2>err
	fails 1 datasync restore --from "HEAD^{tree}" 2>err
	grep "is no commit" err
'

it 'files become folders and folders files, links too' '
	item
	rm -r w/a w/sub w/link w/run
	mkdir -p w/a/deep w/link
	echo x >w/a/deep/x
	echo y >w/link/y
	echo file >w/sub
	ln -s nowhere w/run
	cp -a w other
	datasync commit -m other
	datasync restore --delete --from HEAD~1
	same_tree first w
	datasync restore --delete --from HEAD~1
	same_tree other w
	fsck
'

it 'a folder with something in it is in the way only without --delete' '
	item
	rm w/a
	mkdir w/a
	echo mine >w/a/mine
	fails 3 datasync restore 2>err
	grep "w: a.*--delete" err
	grep mine w/a/mine
	datasync restore --delete --from HEAD~1
	grep one w/a
	store_git log --format=%H -- w/a/mine | grep .
'

it 'edits are in history before they are replaced' '
	item
	echo edited >w/a
	echo fresh >w/sub/fresh
	rm w/run
	datasync restore --delete >out
	grep "kept what was there as" out
	same_tree first w
	test "$(store_git show main~1:w/a)" = edited
	test "$(store_git show main~1:w/sub/fresh)" = fresh
	fails 128 store_git show main~1:w/run
	store_git log -1 --format=%B main~1 >out
	grep -x "Datasync-Trigger: keep" out
	store_git log -1 --format=%B main >out
	grep -x "Datasync-Trigger: restore" out
'

it 'edits outside of the paths asked for are left alone' '
	item
	echo edited >w/a
	echo edited >w/sub/b
	datasync restore w/sub
	grep edited w/a
	same_tree first/sub w/sub
	datasync status >out
	grep "M a" out
	lacks "sub" out
'

it 'a mode alone is restored, a time alone is not touched' '
	item
	chmod 644 w/sub/b
	chmod 700 w/sub
	touch w/run
	stat -c %Y w/run >time
	datasync restore >out
	test "$(stat -c %a w/sub/b)" = 600
	test "$(stat -c %a w/sub)" = 1750
	stat -c %Y w/run | diff time -
'

it 'nothing to do is said and makes no commit' '
	item
	head_id >before
	datasync restore >out
	grep -x "nothing to restore" out
	head_id | diff before -
'

it 'a folder that cannot be written is reported, the rest is done' '
	item
	second
	chmod 555 w/sub
	chmod 555 w/new
	datasync commit >out
	unprivileged datasync restore --from HEAD~2
	same_tree first/sub w/sub
	cmp first/a w/a
	if [ "$(id -u)" -eq 0 ] && chattr +i w/run 2>/dev/null; then
		chattr -i w/run
		echo other >w/run
		chattr +i w/run
		status=0
		datasync restore >out 2>err || status=$?
		chattr -i w/run
		test "$status" -eq 3
		grep "w: run" err
	fi
'

it 'a file that cannot be read is not replaced' '
	item
	echo precious >w/a
	chmod 000 w/a
	echo other >w/sub/b
	fails 3 unprivileged datasync restore >out 2>err
	grep "w: a" err
	chmod 600 w/a
	grep precious w/a
	cmp first/sub/b w/sub/b
'

it 'a symlink in the place of a folder is never followed' '
	item
	mkdir outside
	echo mine >outside/b
	cp -a outside outside-before
	rm -r w/sub
	ln -s ../outside w/sub
	datasync restore >out 2>err || test $? -eq 3
	same_all outside-before outside
	datasync restore --delete --from main~1 w/sub >out 2>err ||
	    test $? -eq 3
	same_all outside-before outside
'

it 'a symlink on the way to a path is never followed' '
	item
	mkdir -p outside/deep
	rm -r w/sub
	ln -s ../outside w/sub
	datasync restore w/sub/deep/c >out 2>err || :
	datasync restore --from HEAD w/sub/b >out 2>err || :
	datasync restore --delete --from HEAD~1 w/sub/deep >out 2>err || :
	test -z "$(find outside -type f -o -type l)"
'

it 'an item whose folder is a symlink is restored where it leads' '
	new_store test
	mkdir real
	ln -s real w
	echo one >real/a
	datasync track w
	datasync commit >out
	rm real/a
	datasync restore
	test -L w
	grep one real/a
'

it 'several items are restored, or the one asked for' '
	new_store test
	mkdir x y
	echo x >x/f
	echo y >y/f
	datasync track x
	datasync track y
	datasync commit >out
	rm x/f y/f
	touch x/n y/n
	datasync restore y >out
	test ! -e x/f
	grep y y/f
	datasync restore >out
	grep x x/f
'

it 'restore --to writes a copy and leaves all else alone' '
	item
	second
	echo edit >w/a
	cp -a w before
	head_id >head-before
	datasync restore --to copy --from HEAD~1
	same_all first copy/w
	same_all before w
	head_id | diff head-before -
	datasync restore --to one w/sub/deep --from HEAD~1
	cmp first/sub/deep/c one/w/sub/deep/c
	test ! -e one/w/a
	datasync restore --to none -n >plan
	test ! -e none
	grep -x "A w/sub/deep/c" plan
	fails 2 datasync restore --to copy --delete
'

it 'restore --to leaves files that are there as they are' '
	item
	mkdir -p copy/w/sub
	echo mine >copy/w/a
	fails 3 datasync restore --to copy 2>err
	grep mine copy/w/a
	grep "w: a" err
	cmp first/sub/b copy/w/sub/b
'

it 'restore --to knows items that are tracked no more' '
	item
	datasync untrack w
	datasync restore --from HEAD~1 --to copy
	same_all first copy/w
	datasync restore --from HEAD~1 --to two w/a
	cmp first/a two/w/a
	fails 1 datasync restore --from HEAD --to three w/a 2>err
'

it 'a link out of the target is not followed by --to' '
	item
	mkdir -p copy outside
	ln -s ../outside copy/w
	fails 1 datasync restore --to copy 2>err
	test -z "$(ls outside)"
	rm copy/w
	mkdir copy/w
	ln -s ../../outside copy/w/sub
	datasync restore --to copy >log 2>err || :
	test -z "$(ls outside)"
'

it 'undo takes back a restore, undo again redoes it' '
	item
	second
	datasync restore --delete --from HEAD~1 >out
	datasync undo >out
	same_tree second w
	datasync undo >out
	same_tree first w
	datasync undo >out
	same_tree second w
	store_git log --format=%s >subjects
	test "$(wc -l <subjects)" -eq 7
	fsck
'

it 'an undo is a commit that names what it undid' '
	item
	second
	datasync restore --from HEAD~1 >out
	id=$(head_id)
	datasync undo >out
	store_git log -1 --format=%B >message
	grep -x "Datasync-Undo: $id" message
	grep -x "Datasync-Trigger: undo" message
	test "$(store_git rev-parse main^)" = "$id"
'

it 'undo REV takes back any commit' '
	item
	second
	echo later >w/later
	datasync commit -m third >out
	datasync undo HEAD~1 >out
	grep later w/later
	cmp first/a w/a
	same_file first/sub/b w/sub/b
	test ! -e w/new
	test "$(readlink w/link)" = sub/b
'

it 'undo keeps edits made since, and says so' '
	item
	second
	datasync restore --delete --from HEAD~1 >out
	echo "edited since" >w/a
	datasync commit -m edit >out
	fails 3 datasync undo >out 2>err
	grep "w: a" err
	grep "edited since" w/a
	test ! -e w/sub/b
	grep x w/new/x
'

it 'undo keeps edits that are not committed yet' '
	item
	second
	datasync restore --delete --from HEAD~1 >out
	echo "edited since" >w/a
	echo fresh >w/fresh
	fails 3 datasync undo >out 2>err
	grep "edited since" w/a
	grep fresh w/fresh
	test ! -e w/sub/b
	test "$(store_git show main~1:w/a)" = "edited since"
'

it 'an undo that is only looked at changes nothing' '
	item
	second
	datasync restore --delete --from HEAD~1 >out
	cp -a w before
	head_id >head-before
	datasync undo -n >plan
	same_all before w
	head_id | diff head-before -
	datasync undo -v >done
	grep "^[AMDT] " plan >plan-paths
	grep "^[AMDT] " done | diff plan-paths -
'

it 'undo skips commits that people and hooks make' '
	item
	second
	datasync restore --delete --from HEAD~1 >out
	echo n >w/n
	datasync commit --on-save w/n
	echo m >w/m
	datasync commit -m manual >out
	datasync undo >out
	grep n w/n
	grep m w/m
	cmp second/a w/a
'

it 'where there is nothing to undo that is said' '
	item
	fails 1 datasync undo 2>err
	grep "nothing to undo" err
	fails 1 datasync undo nonsense 2>err
	new=$TMPDIR/new.git
	datasync --store "$new" init >out
	fails 1 datasync --store "$new" undo 2>err
	grep "nothing to undo" err
	fails 1 datasync --store "$new" restore 2>err
'

it 'what was undone by hand is nothing to do' '
	item
	second
	datasync restore --delete --from HEAD~1 >out
	echo ONE >w/a
	rm w/sub/b w/link
	mkdir w/new
	echo x >w/new/x
	ln -s elsewhere w/link
	datasync undo >out
	same_tree second w
'

it 'a restore leaves git content with the store' '
	item
	second
	datasync restore --from HEAD~1 >out
	datasync undo >out
	datasync restore --delete --from HEAD~3 >out
	fsck
	datasync verify
'

it 'a folder that cannot be had does not stand in the way of others' '
	item
	mkdir v
	echo v >v/v
	datasync track v
	datasync commit
	first=$(head_id)
	second
	echo V >v/v
	datasync commit
	ln -s nowhere/at-all gone
	store_git config item.v.path "$PWD/gone"
	fails 1 datasync restore --from "$first"
	mkdir closed
	chmod 555 closed
	store_git config item.v.path "$PWD/closed/v"
	fails 1 unprivileged datasync restore --from "$first"
	store_git config item.v.path "$PWD/gone"
	datasync restore --from "$first" --delete w
	same_tree first w
	rm gone
	echo file >gone
	fails 1 datasync restore --from "$first"
	datasync restore w | grep -x "nothing to restore"
'

it 'an item that a state does not have stays whole' '
	item
	old=$(head_id)
	mkdir v
	echo v >v/v
	datasync track v
	datasync commit
	datasync restore --from "$old" --delete --dry-run |
		grep -x "nothing to restore"
	datasync restore --from "$old" --delete
	test "$(cat v/v)" = v
	fails 1 datasync restore --from "$old" --delete v 2>err
	grep "is not in" err
	test "$(cat v/v)" = v
'

it 'many paths are restored at once' '
	item
	for i in $(seq 40); do echo "$i" >"w/new-$i"; done
	datasync commit
	rm w/new-*
	echo mine >w/a
	set -- w/link
	for i in $(seq 30); do set -- "$@" "w/new-$i"; done
	datasync restore --from HEAD "$@"
	test "$(cat w/new-30)" = 30
	[ ! -e w/new-31 ]
	test "$(cat w/a)" = mine
	fails 1 datasync restore --from HEAD~1 "$@" 2>err
	grep "is not in" err
'

it 'an undo tells what it changes, not what the commit did' '
	item
	second
	which=$(head_id)
	echo one >w/a
	mkdir w/keep
	datasync commit
	datasync undo --dry-run "$which" >out
	lacks w/a out
	grep "w/sub/b" out
	datasync undo "$which" >out2
	test "$(cat w/a)" = one
	test "$(cat w/sub/b)" = two
	datasync undo "$which" | grep -x "nothing to restore"
'

it 'a folder of another user is restored into, and that is told' '
	[ "$(id -u)" -eq 0 ] || exit 0
	item
	chmod -R a+rwX w .
	chmod 755 ..
	datasync commit
	chown 65534 w
	echo new >w/new
	chmod 777 w
	datasync commit
	fails 3 setpriv --bounding-set=-fowner,-chown,-fsetid datasync \
		restore --from HEAD~1 --delete 2>err
	grep "w. could not get its mode or time" err
	[ ! -e w/new ]
	datasync status | grep -x "nothing changed"
	datasync restore | grep -x "nothing to restore"
'

done_testing
