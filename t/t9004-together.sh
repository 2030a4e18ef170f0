#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Many at once: each waits its turn, no commit is lost, no lock is ever stale.
. "${SRCDIR:-.}/t/lib.sh"

# fill N: an item "w" of N files, committed.
fill() {
	new_store
	mkdir -p w/sub
	for i in $(seq "$1"); do echo "$i" >"w/f$i"; done
	echo x >w/sub/x
	datasync track w >/dev/null
	datasync commit -q
}

# at_once N COMMAND: the command N times side by side, with $i in 1..N; all
# must succeed.
at_once() {
	for i in $(seq "$1"); do
		(eval "$2") >"$TMPDIR/at_once.$i" 2>&1 &
		echo $! >>"$TMPDIR/pids"
	done
	while read -r pid; do
		status=0
		wait "$pid" || status=$?
		echo "$status"
	done <"$TMPDIR/pids" >"$TMPDIR/statuses"
	rm -f "$TMPDIR/pids"
	cat "$TMPDIR"/at_once.*
	lacks "[^0]" "$TMPDIR/statuses"
}

# settled: what the disk holds is the head, and no lock is left.
settled() {
	datasync commit >"$TMPDIR/out"
	grep -x "nothing to commit" "$TMPDIR/out"
	rm -rf back
	datasync restore -q --to back
	same_tree w back/w
	find "$DATASYNC_STORE" -name "*.lock" ! -name apply.lock \
	    >"$TMPDIR/locks"
	find "$DATASYNC_STORE" -name "ref:*" >>"$TMPDIR/locks"
	find "$DATASYNC_STORE" w -name "*.new" >>"$TMPDIR/locks"
	cat "$TMPDIR/locks"
	[ ! -s "$TMPDIR/locks" ]
	fsck
}

# in_history TEXT...: a blob of just that line is reached from the head.
in_history() {
	store_git rev-list --objects main >"$TMPDIR/objects"
	for text in "$@"; do
		echo "$text" >"$TMPDIR/text"
		id=$(git hash-object "$TMPDIR/text")
		grep -q "^$id" "$TMPDIR/objects" || {
			echo "lost: $text"
			return 1
		}
	done
}

# all_in_history: the same for each line of stdin.
all_in_history() {
	set --
	while read -r line; do set -- "$@" "$line"; done
	[ $# -gt 0 ] && in_history "$@"
}

it '50 saves of different files at once' '
	fill 50
	n=$(store_git rev-list --count main)
	at_once 50 "echo \"new \$i\" >w/f\$i; datasync commit --on-save w/f\$i"
	for i in $(seq 50); do
		test "$(store_git show "main:w/f$i")" = "new $i"
	done
	test "$(store_git rev-list --count main)" -eq $((n + 50))
	settled
'

it '30 saves of new files, in new folders' '
	fill 1
	at_once 30 "at=w/d\$((i % 5))/e; mkdir -p \$at
		echo \"new \$i\" >\$at/n\$i
		datasync commit --on-save \$at/n\$i"
	for i in $(seq 30); do
		test "$(store_git show "main:w/d$((i % 5))/e/n$i")" = "new $i"
	done
	settled
'

it '50 saves of one file' '
	fill 1
	at_once 50 "echo \"line \$i\" >>w/f1; datasync commit --on-save w/f1"
	test "$(wc -l <w/f1)" -eq 51
	store_git show main:w/f1 | cmp - w/f1
	settled
'

it 'each save that was reported is in history' '
	fill 1
	save_some() {
		for k in 1 2 3 4; do
			echo "$1 $k" >"w/own$1"
			datasync commit --on-save "w/own$1"
			echo "$1 $k" >>"$TMPDIR/reported"
		done
	}
	at_once 8 "save_some \$i"
	test "$(wc -l <"$TMPDIR/reported")" -eq 32
	all_in_history <"$TMPDIR/reported"
	settled
'

it 'saves and deletions at once' '
	fill 40
	at_once 40 "
		if [ \$((i % 2)) -eq 0 ]; then
			rm w/f\$i
		else
			echo \"new \$i\" >w/f\$i
		fi
		datasync commit --on-save w/f\$i"
	for i in $(seq 40); do
		status=0
		store_git show "main:w/f$i" >got 2>err || status=$?
		if [ $((i % 2)) -eq 0 ]; then
			test "$status" -ne 0
		else
			test "$(cat got)" = "new $i"
		fi
	done
	settled
'

it 'a folder becomes a file while what is in it is saved' '
	fill 3
	mkdir w/d
	echo 1 >w/d/in
	datasync commit -q
	at_once 12 "
		case \$((i % 3)) in
		0) rm -rf w/d; echo file >w/d ;;
		1) rm -rf w/d; mkdir -p w/d && echo \$i >w/d/in ;;
		esac 2>/dev/null || :
		datasync commit --on-save w/d/in ||
			datasync commit --on-save w/d"
	datasync commit
	settled
'

it 'two full commits at once' '
	fill 300
	for i in $(seq 300); do echo "new $i" >"w/f$i"; done
	at_once 4 "datasync commit -m \"number \$i\""
	for i in 1 17 300; do
		test "$(store_git show "main:w/f$i")" = "new $i"
	done
	settled
'

it 'a full commit beside saves' '
	fill 300
	for i in $(seq 100 300); do echo "new $i" >"w/f$i"; done
	at_once 30 "
		if [ \$i -lt 5 ]; then
			datasync commit
		else
			echo \"save \$i\" >w/f\$i
			datasync commit --on-save w/f\$i
		fi"
	settled
	for i in $(seq 5 30); do
		test "$(store_git show "main:w/f$i")" = "save $i"
	done
	test "$(store_git show main:w/f300)" = "new 300"
'

it 'track and untrack beside saves' '
	fill 20
	for i in $(seq 10); do mkdir "x$i"; echo "$i" >"x$i/x"; done
	at_once 30 "
		if [ \$i -le 10 ]; then
			datasync track x\$i
		else
			echo \"save \$i\" >w/f\$((i - 10))
			datasync commit --on-save w/f\$((i - 10))
		fi"
	datasync commit -q
	for i in $(seq 10); do
		test "$(store_git show "main:x$i/x")" = "$i"
		datasync items | grep "^x$i "
	done
	for i in $(seq 20); do
		test "$(store_git show "main:w/f$i")" = "save $((i + 10))"
	done
	datasync commit | grep -x "nothing to commit"
	fsck
'

it 'a restore beside saves: nothing is lost' '
	fill 200
	for i in $(seq 200); do echo "second $i" >"w/f$i"; done
	datasync commit -q
	at_once 30 "
		if [ \$i -eq 7 ]; then
			datasync restore --from main~1 || test \$? -eq 3
		else
			echo \"save \$i\" >w/f\$i
			datasync commit --on-save w/f\$i
		fi"
	datasync commit -q
	settled
	seq 30 | grep -vx 7 | sed "s/^/save /" | all_in_history
	for i in 7 31 200; do
		test "$(cat "w/f$i")" = "$i"
	done
'

it 'two restores at once' '
	fill 100
	for i in $(seq 100); do echo "second $i" >"w/f$i"; done
	datasync commit -q
	at_once 3 "datasync restore --from main~1"
	datasync commit -q
	settled
	in_history "second 1" "second 100"
	for i in $(seq 100); do
		test "$(cat "w/f$i")" = "$i"
	done
'

it 'plain git that moves the same ref loses nothing, nor do we' '
	fill 20
	git_moves() {
		n=0
		until [ "$n" -ge 10 ]; do
			old=$(store_git rev-parse main)
			new=$(store_git commit-tree -p "$old" \
				-m "by git $1 $n" "$old^{tree}")
			if store_git update-ref refs/heads/main "$new" \
				"$old" 2>/dev/null; then
				n=$((n + 1))
			fi
		done
	}
	at_once 12 "
		case \$i in
		1|2) git_moves \$i ;;
		*) for k in 1 2 3; do
			echo \"save \$i \$k\" >w/f\$i
			datasync commit --on-save w/f\$i
		done ;;
		esac"
	test "$(store_git log --format=%s main | grep -c "^by git")" -eq 20
	seq 3 12 | sed "s/.*/save & 1\nsave & 2\nsave & 3/" | all_in_history
	settled
'

it 'plain git that packs the refs meanwhile does no harm' '
	fill 20
	at_once 12 "
		if [ \$i -eq 1 ]; then
			for k in 1 2 3 4 5 6 7 8 9 10; do
				store_git pack-refs --all
			done
		else
			echo \"save \$i\" >w/f\$i
			datasync commit --on-save w/f\$i
		fi"
	for i in $(seq 2 12); do
		test "$(store_git show "main:w/f$i")" = "save $i"
	done
	settled
'

it 'a lock of git in use: waited for, then exit 11' '
	fill 1
	datasync config core.lockTimeout 200ms
	echo new >w/f1
	: >"$DATASYNC_STORE/refs/heads/main.lock"
	fails 11 datasync commit --on-save w/f1 2>err
	grep "main.lock" err
	test "$(wc -l <err)" -le 2
	fails 11 datasync commit 2>err
	test -e "$DATASYNC_STORE/refs/heads/main.lock"
	rm "$DATASYNC_STORE/refs/heads/main.lock"
	datasync commit --on-save w/f1
	in_history new
	settled
'

it 'a lock that is freed in time is waited for' '
	fill 1
	echo new >w/f1
	: >"$DATASYNC_STORE/refs/heads/main.lock"
	DATASYNC_TRACE=lock datasync commit 2>trace >out &
	pid=$!
	waits() { ls "$DATASYNC_STORE/datasync/ref:refs:heads:main"; }
	wait_for waits
	kill -0 $pid
	rm "$DATASYNC_STORE/refs/heads/main.lock"
	wait $pid
	in_history new
	settled
'

it 'an old lock of git is removed' '
	fill 1
	datasync config core.lockTimeout 200ms
	n=60
	for lock in refs/heads/main config; do
		echo "new $lock" >w/f1
		: >"$DATASYNC_STORE/$lock.lock"
		touch -d "2 minutes ago" "$DATASYNC_STORE/$lock.lock"
		datasync commit --on-save w/f1
		in_history "new $lock"
		datasync config core.maxDelete "$((n += 10))"
	done
	settled
'

it 'a datasync that holds the lock is waited for, and named' '
	fill 1
	datasync config core.lockTimeout 200ms
	echo new >w/f1
	flock "$DATASYNC_STORE/datasync/lock" \
		sh -c "touch held; until [ -e done ]; do sleep 0.02; done" &
	wait_for test -e held
	fails 11 datasync commit 2>err
	test "$(grep -c "^datasync: " err)" -eq 1
	datasync log >log
	datasync status >out
	touch done
	wait
	datasync commit
	in_history new
	settled
'

it 'a kill between our lock and its rename does not hold up the next' '
	fill 1
	[ -n "${DS_FAULT:-}" ]
	datasync config core.lockTimeout 200ms
	for call in link rename unlink; do
		for when in before after; do
			for n in 1 2 3; do
				echo "$call $when $n" >w/f1
				DS_FAULT_CALL=$call DS_FAULT_NTH=$n \
				DS_FAULT_KILL=1 DS_FAULT_WHEN=$when \
				DS_FAULT_PATH=main LD_PRELOAD=$DS_FAULT \
				datasync commit --on-save w/f1 || :
				fsck
				echo "next" >>w/f1
				datasync commit --on-save w/f1
				store_git show main:w/f1 | cmp - w/f1
			done
		done
	done
	settled
'
done_testing
