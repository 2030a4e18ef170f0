#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Disks that are full, fail or may not be written, and memory that is out: one
# clear line, the right status, nothing lost, and the same again without the
# fault succeeds.
# Disks of our own need a mount namespace, which is entered here once for all.
if [ -z "${DS_OWN_MOUNTS:-}" ]; then
	for how in -m -Urm; do
		unshare $how true 2>/dev/null || continue
		export DS_OWN_MOUNTS=1
		# shellcheck disable=SC2093
		exec unshare $how sh "$0"
	done
fi
memory=50
. "${SRCDIR:-.}/t/lib.sh"

# What libgit2 does not free on its way out of a fault is not looked for.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

if [ ! -e "${DS_FAULT:-/nowhere}" ]; then
	skip_all 't/fault/fault.so is not there'
fi

# with FAULT... -- COMMAND...: FAULT is "CALL N ERRNO [stay]".
faulty() {
	fault_call=$1 fault_nth=$2 fault_errno=$3
	shift 3
	(DS_FAULT_CALL=$fault_call DS_FAULT_NTH=$fault_nth \
		DS_FAULT_ERRNO=$fault_errno DS_FAULT_STAY=${stay:-0} \
		DS_FAULT_COUNT=$TMPDIR/calls LD_PRELOAD=$DS_FAULT \
		exec "$@") >"$TMPDIR/out" 2>"$TMPDIR/err"
}

# calls CALL COMMAND...: how many such calls it makes.
calls() {
	kind=$1
	shift
	faulty "$kind" 0 0 "$@"
	cat "$TMPDIR/calls"
}

# told STATUS: it is one that may be, and where it is not 0 one line said why.
told() {
	case $1 in
	0) return 0 ;;
	1|3|6|11|13) ;;
	*)
		echo "status $1"
		cat "$TMPDIR/err"
		return 1
		;;
	esac
	grep "^datasync: " "$TMPDIR/err" | grep -v "^datasync: warning: " \
		>"$TMPDIR/lines" || :
	if [ "$(wc -l <"$TMPDIR/lines")" -ne 1 ] ||
	    grep -v "^datasync: \|^hint: " "$TMPDIR/err"; then
		echo "status $1, but told so:"
		cat "$TMPDIR/err"
		return 1
	fi
}

# put_back: the disk and the store of before.
put_back() {
	chmod -R u+rwx w
	rm -rf w "$DATASYNC_STORE"
	cp -a disk w
	cp -a store "$DATASYNC_STORE"
}

# What a fault left behind is gone after the next commit that succeeds.
no_litter() {
	echo "more $fault_nth" >>w/f1
	datasync commit -q w/f1
	find "$DATASYNC_STORE" \( -name "*.lock" ! -name apply.lock -o \
		-name "ref:*" -o -name apply -o -name "tmp*" \) >"$TMPDIR/left"
	find w -name ".datasync-*" >>"$TMPDIR/left"
	cat "$TMPDIR/left"
	[ ! -s "$TMPDIR/left" ]
}

before_commit() {
	new_store
	mkdir -p w/sub
	for i in 1 2 3; do seq "$i" 300 >"w/f$i"; done
	echo a >w/sub/a
	datasync track w >/dev/null
	datasync commit -q
	seq 7 500 >w/f1
	rm w/f2
	echo b >w/sub/b
	ln -s to w/link
	cp -a w disk
	cp -a "$DATASYNC_STORE" store
	first=$(store_git rev-parse main)
}

# is_committed: the newest commit is what the disk holds.
is_committed() {
	rm -rf "$TMPDIR/back"
	datasync restore -q --to "$TMPDIR/back" &&
		same_tree w "$TMPDIR/back/w"
}

# after_commit STATUS: where it says that it is done it is, and where not it
# is when run again.
after_commit() {
	told "$1"
	fsck
	same_tree disk w
	store_git merge-base --is-ancestor "$first" main
	if [ "$1" -eq 0 ]; then
		is_committed
	fi
	datasync commit -q
	is_committed
	fsck
	no_litter
}

# each CALL ERRNO MANY: as many of the moments of a commit.
each() {
	put_back
	total=$(calls "$1" datasync commit -q)
	by=$(((total + $3 - 1) / $3))
	i=1
	while [ "$i" -le "$total" ]; do
		put_back
		status=0
		faulty "$1" "$i" "$2" datasync commit -q || status=$?
		echo "$1 $i of $total, $2: $status $(cat "$TMPDIR/err")"
		after_commit "$status"
		i=$((i + by))
	done
}

it 'a commit whose calls fail, each once, with EIO' '
	before_commit
	each any EIO 45
'

it 'a commit whose writes, flushes and renames fail with ENOSPC' '
	before_commit
	each write,fsync,rename,link,mkdir ENOSPC 40
'

it 'a commit on a disk that fails and goes on failing' '
	before_commit
	stay=1
	each write,fsync,rename,link,mkdir,ftruncate EIO 20
'

it 'a commit that opens too many files' '
	before_commit
	stay=1
	each open EMFILE 20
'

it 'a commit out of memory' '
	before_commit
	each malloc ENOMEM 40
'

it 'a commit out of memory for good' '
	before_commit
	stay=1
	each malloc ENOMEM 12
'

it 'a save whose calls fail' '
	before_commit
	total=$(calls any datasync commit --on-save w/f1)
	i=1
	while [ "$i" -le "$total" ]; do
		put_back
		was=0
		faulty any "$i" ENOSPC datasync commit --on-save w/f1 ||
			was=$?
		echo "$i of $total: $was $(cat "$TMPDIR/err")"
		told "$was"
		[ ! -s "$TMPDIR/out" ]
		fsck
		if [ "$was" -eq 0 ]; then
			store_git show main:w/f1 | cmp - w/f1
		fi
		datasync commit --on-save w/f1
		store_git show main:w/f1 | cmp - w/f1
		i=$((i + 3))
	done
'

it 'a large commit, which makes a pack, whose calls fail' '
	new_store
	mkdir w
	for i in $(seq 150); do echo "$i" >"w/f$i"; done
	datasync track w >/dev/null
	cp -a w disk
	cp -a "$DATASYNC_STORE" store
	first=$(store_git rev-parse main)
	each write,fsync,rename,link,mkdir,ftruncate,unlink ENOSPC 25
'

before_restore() {
	new_store
	mkdir -p w/sub w/kind
	for i in 1 2 3; do seq "$i" 400 >"w/f$i"; done
	echo a >w/sub/a
	echo k >w/kind/k
	echo gone >w/gone
	datasync track w >/dev/null
	datasync commit -q
	cp -a w old
	rm -r w/kind w/gone
	for i in 1 2 3; do seq "$i" 3 900 >"w/f$i"; done
	echo file >w/kind
	mkdir w/added
	echo x >w/added/x
	datasync commit -q
	seq 5 50 >w/f2
	cp -a w disk
	cp -a "$DATASYNC_STORE" store
	head=$(store_git rev-parse main)
	edit=$(git hash-object w/f2)
}

# none_torn: each file is the old one or the new one.
none_torn() {
	(cd w && find . -type f ! -name ".datasync-*") >"$TMPDIR/files"
	while read -r f; do
		cmp -s "w/$f" "old/$f" || cmp -s "w/$f" "disk/$f" || {
			echo "torn: $f"
			return 1
		}
	done <"$TMPDIR/files"
}

# each_restore CALL ERRNO MANY
each_restore() {
	put_back
	total=$(calls "$1" datasync restore -q --delete --from main~1)
	same_tree old w
	by=$(((total + $3 - 1) / $3))
	i=1
	while [ "$i" -le "$total" ]; do
		put_back
		was=0
		faulty "$1" "$i" "$2" datasync restore -q --delete \
			--from main~1 || was=$?
		echo "$1 $i of $total, $2: $was $(cat "$TMPDIR/err")"
		told "$was"
		fsck
		none_torn
		store_git merge-base --is-ancestor "$head" main
		[ "$was" -ne 0 ] || same_tree old w
		datasync commit -q
		none_torn
		store_git rev-list --objects main | grep -q "^$edit"
		datasync restore -q --delete --from "$head~1"
		same_tree old w
		no_litter
		fsck
		i=$((i + by))
	done
}

it 'a restore whose calls fail, each once, with EIO' '
	before_restore
	each_restore any EIO 40
'

it 'a restore whose writes, flushes and renames fail with ENOSPC' '
	before_restore
	each_restore write,fsync,rename,renameat2,link,mkdir,symlink ENOSPC 25
'

it 'a restore on a disk that fails and goes on failing' '
	before_restore
	stay=1
	each_restore write,fsync,rename,renameat2,mkdir EIO 15
'

it 'a restore out of memory' '
	before_restore
	each_restore malloc ENOMEM 25
'

it 'commands that only look, out of memory' '
	before_commit
	for command in status log "log --stat" diff "show main" \
	    "show main:w/f1" items "verify" "status --json" "log --json" \
	    "config -l"; do
		total=$(calls malloc datasync $command)
		i=1
		while [ "$i" -le "$total" ]; do
			status=0
			faulty malloc "$i" ENOMEM datasync $command || status=$?
			echo "$command: $i of $total: $status"
			told "$status"
			i=$((i + total / 8 + 1))
		done
	done
	fsck
'

it 'output that cannot be written is a failure' '
	before_commit
	for command in log status "show main:w/f1" "log --json" diff; do
		fails 1 datasync $command >/dev/full 2>err
		test "$(grep -c "^datasync: " err)" -eq 1
	done
	datasync commit >/dev/full 2>err || test $? -eq 1
	is_committed
'

it 'a store that may not be written: history is read, a commit fails' '
	before_commit
	chmod -R a-w "$DATASYNC_STORE"
	for command in log status items "show main" "diff" "verify" \
	    "restore --to out2"; do
		unprivileged datasync $command >out 2>err
		[ -s out ]
	done
	same_tree out2/w out2/w
	for command in commit "commit --on-save w/f1" "track sub" \
	    "untrack w" "restore --from main" "config core.maxDelete 70"; do
		mkdir -p sub
		fails 1 unprivileged datasync $command >out 2>err
		test "$(grep -c "^datasync: " err)" -eq 1
		grep -i "denied\|read-only" err
		same_tree disk w
	done
	chmod -R u+w "$DATASYNC_STORE"
	datasync commit -q
	is_committed
	fsck
'

it 'a folder of the item that may not be written: told, the rest restored' '
	before_restore
	datasync commit -q
	chmod 0555 w/added
	chattr +i w/f1 2>/dev/null || :
	datasync restore -q --delete --from main~2 >out 2>err || test $? -eq 3
	chattr -i w/f1 2>/dev/null || :
	datasync restore -q --delete --from "$head~1"
	same_tree old w
'

if [ -z "${DS_OWN_MOUNTS:-}" ]; then
	skip 'full disks' 'no mounts of our own'
	done_testing
fi

# disk DIR OPTIONS: a small one of its own.
disk() {
	mkdir -p "$1"
	mount -t tmpfs -o "$2" none "$1"
	mounted=$(readlink -f "$1")
	# shellcheck disable=SC2064
	trap "end_jobs; cd /; umount -l \"$mounted\" || :" EXIT
}

# remount OPTIONS DIR: just these; mount(8) would add what it finds in a list,
# which in a namespace of a user may not be set.
remount() {
	mount --options-mode ignore -o "remount,$1" "$2"
}

bytes() {
	head -c "$1" /dev/urandom
}

it 'a store on a full disk: told, nothing lost, and later it goes on' '
	disk small size=1500k
	export DATASYNC_STORE="$PWD/small/store.git"
	new_store
	mkdir w
	echo a >w/a
	datasync track w
	datasync commit -q
	bytes 3000000 >w/big
	echo b >w/a
	for command in commit "commit --on-save w/big"; do
		fails 1 datasync $command 2>err
		test "$(grep -c "^datasync: " err)" -eq 1
		grep "No space left on device" err
		fsck
		test "$(store_git show main:w/a)" = a
	done
	datasync commit --on-save w/a
	test "$(store_git show main:w/a)" = b
	bytes 200 >w/a
	rm w/big
	for i in $(seq 100); do bytes 30000 >"w/f$i"; done
	fails 1 datasync commit 2>err
	grep "No space left on device" err
	fsck
	datasync commit --on-save w/a
	find "$DATASYNC_STORE/objects" -name "*tmp*" >left
	cat left
	[ ! -s left ]
	remount size=64m small
	datasync commit
	is_committed
	fsck
'

it 'a disk filled to the last block, at every fill' '
	disk small size=400k
	export DATASYNC_STORE="$PWD/small/store.git"
	new_store
	mkdir w
	datasync track w
	echo start >w/a
	datasync commit -q
	i=0
	until [ "$i" -ge 24 ]; do
		i=$((i + 1))
		bytes 3000 >w/a
		head -c 4000000 /dev/zero >small/ballast 2>/dev/null || :
		truncate -s "-$((i * 4096))" small/ballast
		status=0
		datasync commit -q w/a 2>err || status=$?
		echo "$i free: $status $(cat err)"
		case $status in
		0) store_git show main:w/a | cmp - w/a ;;
		1) grep "No space left on device" err ;;
		*) false ;;
		esac
		fsck
		rm small/ballast
	done
	remount size=8m small
	datasync commit -q
	is_committed
'

it 'a disk without free inodes' '
	disk small size=8m,nr_inodes=150
	export DATASYNC_STORE="$PWD/small/store.git"
	new_store
	mkdir w
	echo a >w/a
	datasync track w
	datasync commit -q
	i=0
	while touch "small/x$i" 2>/dev/null; do i=$((i + 1)); done
	echo b >w/a
	fails 1 datasync commit --on-save w/a 2>err
	grep "No space left on device" err
	test "$(grep -c "^datasync: " err)" -eq 1
	fsck
	rm small/x*
	datasync commit --on-save w/a
	test "$(store_git show main:w/a)" = b
	fsck
'

it 'an item on a full disk: the restore says so, and is finished later' '
	disk small size=2m
	new_store
	mkdir small/w
	ln -s small/w w
	bytes 1500000 >small/w/big
	echo old >small/w/a
	datasync track small/w
	datasync commit -q
	echo small >small/w/big
	echo new >small/w/a
	datasync commit -q
	echo edit >small/w/a
	bytes 1200000 >small/ballast
	fails 1 datasync restore --from main~1 2>err
	grep "No space left on device" err
	test "$(grep -v warning: err | grep -c "^datasync: ")" -eq 1
	fsck
	test "$(cat small/w/big)" = small
	a=$(cat small/w/a)
	test "$a" = edit || test "$a" = old
	find small -name ".datasync-*" >left
	[ ! -s left ]
	echo saved >small/w/saved
	datasync commit --on-save small/w/saved
	datasync status 2>err
	grep "cannot finish an earlier restore" err
	rm small/ballast
	datasync status >out 2>err
	test "$(wc -c <small/w/big)" -eq 1500000
	test "$(cat small/w/a)" = old
	test "$(cat small/w/saved)" = saved
	datasync log -p --all >log
	grep "+edit" log
	datasync commit | grep -x "nothing to commit"
	fsck
'

it 'an item on a disk that is read-only' '
	disk small size=2m
	new_store
	mkdir small/w
	echo old >small/w/a
	datasync track small/w
	datasync commit -q
	echo new >small/w/a
	datasync commit -q
	remount ro small
	fails 3 datasync restore --from main~1 2>err
	grep "w: a.* could not be written: Read-only file system" err
	datasync status >out
	grep "M a$" out
	test "$(cat small/w/a)" = new
	remount rw small
	datasync restore -q --from main
	test "$(cat small/w/a)" = old
	fsck
'

it 'a disk that is not mounted is a brake, not a deletion' '
	new_store
	mkdir disk
	disk disk size=2m
	for i in $(seq 5); do echo "$i" >"disk/f$i"; done
	datasync track disk
	datasync commit -q
	umount disk
	fails 6 datasync commit 2>err
	grep "held back" err
	echo x >disk/x
	fails 6 datasync commit 2>err
	grep "another file system" err
	fails 6 datasync restore 2>err
	test "$(ls disk)" = x
	test "$(store_git show main:disk/f1)" = 1
'
done_testing
