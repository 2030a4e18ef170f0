#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What track takes, refuses and lets go.
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

it 'single files join the item home' '
	new_store
	mkdir -p "$HOME/.config/x"
	echo rc >"$HOME/.rc"
	echo x >"$HOME/.config/x/y"
	echo other >"$HOME/.config/x/other"
	datasync track "$HOME/.rc"
	datasync track "$HOME/.config/x/y"
	datasync items --json | grep "\"name\":\"home\""
	datasync commit
	has home/.rc rc
	has home/.config/x/y x
	gone home/.config/x/other
	store_git show main:.datasync/items | grep "path = ~$"
	echo more >>"$HOME/.rc"
	datasync commit --on-save "$HOME/.rc"
	has home/.rc more
	datasync commit --on-save "$HOME/.config/x/other" >out 2>&1
	[ ! -s out ]
	rm -f "$HOME/.rc"
	datasync commit
	gone home/.rc
	datasync track "$HOME/.config/x/y" | grep "tracked already"
'

it 'with --only, the files named are taken alone' '
	new_store
	mkdir -p w/sub/in
	echo 1 >w/one
	echo 2 >w/two
	echo 3 >w/sub/three
	echo 4 >w/sub/in/four
	datasync track w --only one --only sub/in
	datasync commit
	store_git ls-tree -r --name-only main w >out
	printf "w/%s\n" one sub/in/four | cmp - out
	echo more >w/two
	datasync commit | grep -x "nothing to commit"
	datasync commit --on-save w/two >out 2>&1
	[ ! -s out ]
	gone w/two
	datasync restore --to out2
	test ! -e out2/w/two
'

it '--include and --exclude choose' '
	new_store
	mkdir -p w/sub w/none/at/all
	for f in a.c b.h c.o sub/d.c sub/e.txt none/x.txt; do echo x >w/$f; done
	datasync track w --include "*.c" --include "*.h" --exclude "d.*"
	datasync commit
	store_git ls-tree -r --name-only main w >out
	printf "w/%s\n" a.c b.h | cmp - out
	datasync restore --to out2
	(cd out2/w && find . | sort) >have
	lacks none have
	echo x >w/new.c
	echo x >w/new.o
	datasync commit --on-save w/new.c
	datasync commit --on-save w/new.o
	store_git ls-tree -r --name-only main w >out
	printf "w/%s\n" a.c b.h new.c | cmp - out
	datasync commit | grep -x "nothing to commit"
'

it 'overlapping items are refused, with the reason' '
	fill
	datasync track w | grep "tracked already"
	fails 1 datasync track w/sub --name s 2>err
	grep "w" err
	mkdir -p up/in/deep
	datasync track up/in --name in
	fails 1 datasync track up --name up 2>err
	grep "in" err
	ln -s "$PWD/w" alias
	fails 1 datasync track alias --name z 2>err
	mkdir v
	fails 1 datasync track v --name w 2>err
	grep "item .w. already" err
	fails 1 datasync track w/../w/sub --name s 2>err
	datasync items --json >out
	test "$(grep -o "\"name\":" out | wc -l)" -eq 2
'

it 'the store, what is in it and what is not there are refused' '
	new_store
	fails 1 datasync track "$DATASYNC_STORE" 2>err
	grep "store" err
	fails 1 datasync track "$DATASYNC_STORE/objects" --name o 2>err
	grep "store" err
	fails 1 datasync track nowhere 2>err
	grep "nowhere" err
	test "$(wc -l <err)" -le 2
	mkfifo pipe
	fails 1 datasync track pipe 2>err
	mkdir w
	for name in "" . .. a/b .datasync .git "a:b"; do
		datasync track w --name "$name" 2>err && exit 1
		test "$(grep -c "^datasync: " err)" -eq 1
	done
	store_git rev-parse -q --verify main && exit 1
	fsck
'

it 'a store within an item is skipped' '
	mkdir w
	echo a >w/a
	export DATASYNC_STORE="$PWD/w/store"
	new_store
	datasync track w
	datasync commit
	store_git ls-tree -r --name-only main w >out
	test "$(cat out)" = w/a
	datasync commit | grep -x "nothing to commit"
	fsck
'

it 'untrack leaves the disk alone, and history' '
	fill
	many 3
	cp -a w before
	datasync untrack w/sub
	same_tree before w
	has w/a a
	gone w/sub
	datasync commit | grep -x "nothing to commit"
	datasync untrack w
	same_tree before w
	gone w
	has m/f1 "content 1"
	datasync items >out
	lacks "^w" out
	datasync restore
	same_tree before w
	store_git show main~2:w/sub/c
	datasync track w
	datasync commit -q
	has w/a a
	fsck
'

it 'of the unknown, the nearest known is suggested' '
	fill
	fails 2 datasync comit 2>err
	grep "commit" err
	fails 2 datasync commit --on-sav w/a 2>err
	grep "on-save" err
	many 2
	datasync track --name editor "$(mkdir e && echo e)"
	fails 1 datasync untrack editr 2>err
	grep "editor" err
	fails 1 datasync items disable editr 2>err
	grep "editor" err
	datasync config core.maxDelet 2>err || :
	grep "core.maxDelete" err
'

it 'a disabled item is carried, not scanned' '
	fill
	many 3
	datasync items disable m
	rm -rf m
	echo new >w/a
	datasync commit
	has m/f1 "content 1"
	has w/a new
	datasync commit --on-save m/f1 >out 2>&1
	[ ! -s out ]
	fails 1 datasync commit m/f1 2>err
	grep "not enabled" err
	datasync restore
	test ! -e m
'
it 'without its last file an item of single files goes, not all of home' '
	new_store
	echo a >"$HOME/.one"
	echo b >"$HOME/.two"
	echo secret >"$HOME/.other"
	datasync track "$HOME/.one"
	datasync track "$HOME/.two"
	datasync commit
	datasync untrack "$HOME/.one"
	datasync items | grep "only .two"
	datasync untrack "$HOME/.two"
	datasync items >out
	lacks home out
	datasync commit | grep -x "nothing to commit"
	gone home
	datasync track "$HOME/.one"
	datasync commit
	has home/.one a
	gone home/.other
	fsck
'

it 'what untrack took out, track brings back' '
	fill
	datasync untrack w/a
	datasync untrack w/sub
	datasync track w/a >out
	lacks already out
	datasync track w/sub
	datasync commit
	has w/a a
	has w/sub/c c
	datasync items >out
	lacks exclude out
	echo "*.log" >w/.datasyncignore
	echo l >w/x.log
	fails 1 datasync track w/x.log 2>err
	grep "left out by a rule" err
	fails 1 datasync untrack w/nothing 2>err
	grep "does not exist" err
	fails 1 datasync track --name o --only nothing . 2>err
	grep "does not exist" err
'

it 'rules that plain git took away stay in force and come back' '
	fill
	git clone -q "$DATASYNC_STORE" clone
	(
		cd clone
		git rm -rq .datasync
		git commit -qm plain
		git push -q origin main
	)
	datasync items | grep "^w "
	echo edited >w/a
	datasync commit
	has w/a edited
	store_git show main:.datasync/items | grep "path = "
	fsck
'

done_testing
