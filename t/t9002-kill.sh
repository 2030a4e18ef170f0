#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill -9 at any moment: the store stays clean, no file is torn, nothing is
# lost, and the next command completes what was begun.
# A kill leaves what was written, flushed or not.
memory=50
. "${SRCDIR:-.}/t/lib.sh"

if [ ! -e "${DS_FAULT:-/nowhere}" ]; then
	skip_all 't/fault/fault.so is not there'
fi

# check.pl DISK OLD NEW: each file on the disk is that of OLD or of NEW, bytes
# and mode; what both have is there.  What datasync left behind may be beside.
cat >"$scratch/check.pl" <<'EOF2'
use strict;
use warnings;
use File::Find;

my ($disk, $old, $new) = @ARGV;

sub what {
	my ($path) = @_;
	my @st = lstat($path);
	return '' unless @st;
	return 'link ' . readlink($path) if -l _;
	return 'folder' if -d _;
	open(my $f, '<:raw', $path) or die "$path: $!";
	local $/;
	return sprintf('file %o ', $st[2] & 07777) . (<$f> // '');
}

my %seen;
for my $root ($disk, $old, $new) {
	find({ no_chdir => 1, wanted => sub {
		my $rel = substr($_, length($root));
		$seen{$rel} = 1 unless $rel =~ m{/\.datasync-[0-9a-f]{16}};
	} }, $root);
}
my $bad = 0;
for my $rel (sort keys %seen) {
	my ($is, $a, $b) = map { what("$_$rel") } $disk, $old, $new;
	# a folder and a file take turns at one name
	next if $is eq $a || $is eq $b || $is eq '' && ($a eq 'folder') !=
	    ($b eq 'folder');
	$bad = 1;
	print "torn: $rel: ", substr($is, 0, 60), "\n";
}
exit $bad;
EOF2

# old_tree DIR, new_tree DIR: they differ in every way.
old_tree() {
	mkdir -p "$1/sub/deep" "$1/gone" "$1/kind" "$1/empty"
	for i in 1 2 3; do seq "$i" 4000 >"$1/f$i"; done
	echo a >"$1/sub/a"
	echo b >"$1/sub/deep/b"
	echo c >"$1/gone/c"
	echo d >"$1/kind/d"
	echo e >"$1/other"
	ln -s here "$1/link"
	echo same >"$1/same"
	chmod 0600 "$1/sub/a"
	chmod 0500 "$1/sub/deep"
}

new_tree() {
	mkdir -p "$1/sub/deep" "$1/other" "$1/added/more" "$1/empty"
	for i in 1 2 3; do seq "$i" 3 9000 >"$1/f$i"; done
	echo aa >"$1/sub/a"
	echo bb >"$1/sub/deep/b"
	echo file >"$1/kind"
	echo in >"$1/other/in"
	echo new >"$1/added/more/new"
	ln -s there "$1/link"
	echo same >"$1/same"
	chmod 0640 "$1/sub/a"
}

# settled: as if no one had ever been killed; what one more commit takes away
# included.
settled() {
	datasync commit >"$TMPDIR/said" 2>&1
	grep -qx "nothing to commit" "$TMPDIR/said"
	echo settled >>w/f1
	datasync commit -q w/f1
	find "$DATASYNC_STORE" \( -name "*.lock" ! -name apply.lock -o \
		-name "ref:*" -o -name apply \) >"$TMPDIR/left"
	find w -name ".datasync-*" >>"$TMPDIR/left"
	cat "$TMPDIR/left"
	[ ! -s "$TMPDIR/left" ]
}

# step N MANY: so that as many or some more of N moments are tried.
step() {
	echo $((($1 + $2 - 1) / $2))
}

# put_back: the disk and the store of before.
put_back() {
	chmod -R u+rwx w
	rm -rf w "$DATASYNC_STORE"
	cp -a disk w
	cp -a store "$DATASYNC_STORE"
}

# killed N WHEN COMMAND...: dies at its Nth call of any kind.
killed() {
	moment=$1 side=$2
	shift 2
	(DS_FAULT_CALL=any DS_FAULT_NTH=$moment DS_FAULT_KILL=1 \
		DS_FAULT_WHEN=$side LD_PRELOAD=$DS_FAULT exec "$@") \
		>"$TMPDIR/said" 2>&1
}

# moments COMMAND...: how many calls it makes.
moments() {
	DS_FAULT_CALL=any DS_FAULT_NTH=0 DS_FAULT_COUNT=$TMPDIR/calls \
		LD_PRELOAD=$DS_FAULT "$@" >"$TMPDIR/said" 2>&1
	cat "$TMPDIR/calls"
}

# before_commit: "old" is committed, the disk holds "new".
before_commit() {
	new_store
	old_tree w
	datasync track w >/dev/null
	datasync commit -q
	chmod -R u+rwx w
	rm -rf w
	new_tree w
	cp -a w disk
	cp -a "$DATASYNC_STORE" store
	first=$(store_git rev-parse main)
}

try_commits() {
	when=$1
	shift
	before_commit
	total=$(moments "$@")
	test "$total" -gt 20
	by=$(step "$total" 40)
	n=1
	while [ "$n" -le "$total" ]; do
		put_back
		status=0
		killed "$n" "$when" "$@" || status=$?
		echo "moment $n of $total: $status"
		test "$status" -eq 137 || test "$n" -gt $((total - 5))
		fsck
		same_tree disk w
		store_git merge-base --is-ancestor "$first" main
		datasync commit -q
		fsck
		datasync restore -q --to back
		same_tree back/w w
		rm -rf back
		settled
		n=$((n + by))
	done
}

it 'a commit, killed before each of its calls' '
	try_commits before datasync commit
'

it 'a commit, killed after each of its calls' '
	try_commits after datasync commit
'

it 'a save, killed before each of its calls' '
	try_commits before datasync commit --on-save w/f1
'

# before_restore: "old" and then "new" are committed, the disk holds "new" and
# an edit.
before_restore() {
	new_store
	old_tree w
	datasync track w >/dev/null
	datasync commit -q
	cp -a w old
	chmod -R u+rwx w
	rm -rf w
	new_tree w
	datasync commit -q
	echo edit >w/edited
	seq 5 100 >w/f2
	cp -a w disk
	cp -a "$DATASYNC_STORE" store
	head=$(store_git rev-parse main)
	edit=$(store_git hash-object w/f2)
}

# after_restore: whole, one way or the other; and the edit is in history.
after_restore() {
	fsck
	perl "$scratch/check.pl" w old disk
	store_git merge-base --is-ancestor "$head" main
	datasync "$@" >"$TMPDIR/next" 2>&1
	same_tree old w >"$TMPDIR/diff" || same_tree disk w
	[ ! -e w/edited ] || cmp disk/f2 w/f2
	datasync commit -q
	store_git rev-list --objects main | grep -q "^$edit"
	settled
	fsck
}

try_restores() {
	when=$1
	shift
	before_restore
	total=$(moments datasync restore --delete --from main~1)
	same_tree old w
	test "$total" -gt 60
	by=$(step "$total" 75)
	n=1
	while [ "$n" -le "$total" ]; do
		put_back
		status=0
		killed "$n" "$when" datasync restore --delete --from main~1 ||
			status=$?
		echo "moment $n of $total: $status"
		test "$status" -eq 137 || test "$n" -gt $((total - 5))
		after_restore "$@"
		n=$((n + by))
	done
}

it 'a restore, killed before its calls; then a status' '
	try_restores before status
'

it 'a restore, killed after its calls; then a commit' '
	try_restores after commit -q
'

it 'a restore, killed twice: also what completes it may be killed' '
	before_restore
	total=$(moments datasync restore --delete --from main~1)
	n=7
	while [ "$n" -le "$total" ]; do
		put_back
		killed "$n" before datasync restore --delete --from main~1 || :
		for k in 5 29; do
			killed "$k" after datasync status || :
			perl "$scratch/check.pl" w old disk
		done
		after_restore status
		n=$((n + 53))
	done
'

it 'a save after a killed restore keeps what the user wrote' '
	before_restore
	total=$(moments datasync restore --delete --from main~1)
	n=5
	while [ "$n" -le "$total" ]; do
		put_back
		killed "$n" before datasync restore --delete --from main~1 || :
		echo "mine $n" >w/f3
		datasync commit --on-save w/f3
		datasync status >out 2>err || test "$?" -eq 3
		test "$(cat w/f3)" = "mine $n"
		datasync commit -q
		test "$(store_git show main:w/f3)" = "mine $n"
		fsck
		settled
		n=$((n + 37))
	done
'

it 'track and untrack, killed before each of their calls' '
	new_store
	old_tree w
	mkdir x
	echo x >x/x
	datasync track w >/dev/null
	datasync commit -q
	cp -a "$DATASYNC_STORE" store
	for command in "track x" "untrack w"; do
		total=$(moments datasync $command)
		n=1
		while [ "$n" -le "$total" ]; do
			rm -rf "$DATASYNC_STORE"
			cp -a store "$DATASYNC_STORE"
			killed "$n" before datasync $command || :
			fsck
			datasync $command >said 2>&1 || grep "no item" said
			datasync items >items
			case $command in
			track*) grep "^x " items ;;
			*) lacks "^w " items ;;
			esac
			fsck
			n=$((n + 2))
		done
	done
'

it 'an init, killed before each of its calls, is finished by the next' '
	total=$(moments datasync init)
	n=1
	while [ "$n" -le "$total" ]; do
		rm -rf "$DATASYNC_STORE"
		killed "$n" before datasync init --name test || :
		datasync init --name test >/dev/null
		fsck
		mkdir -p w
		echo "$n" >w/f
		datasync track w >/dev/null
		datasync commit -q
		test "$(store_git show main:w/f)" = "$n"
		n=$((n + 3))
	done
'

# A larger tree, and the clock instead of a count.
large() {
	new_store
	mkdir w
	for i in $(seq 40); do
		mkdir "w/d$i"
		for k in 1 2 3 4 5 6 7 8; do
			echo "$i $k" >"w/d$i/f$k"
		done
	done
	datasync track w >/dev/null
}

# at_random COMMAND...: dies within the first 100 ms, if it takes so long.
at_random() {
	ms=$(awk -v n="$1" "BEGIN { srand(n); print 1 + int(rand() * 99) }")
	shift
	timeout -s KILL "$(printf "0.%03d" "$ms")" "$@" >said 2>&1 || :
}

it 'a first commit, killed at 20 random times' '
	large
	cp -a "$DATASYNC_STORE" store
	for seed in $(seq 20); do
		rm -rf "$DATASYNC_STORE"
		cp -a store "$DATASYNC_STORE"
		at_random "$seed" datasync commit
		fsck
		datasync commit -q
		settled
	done
	fsck
'

it 'restores, killed at 40 random times, one after the other' '
	large
	datasync commit -q
	cp -a w old
	find w -type f -exec sh -c "seq 3000 >\"\$0\"; echo \"\$0\" >>\"\$0\"" \
		{} \;
	rm -rf w/d7
	datasync commit -q
	cp -a w new
	for seed in $(seq 20); do
		at_random "$seed" datasync restore --delete --from main~1
		perl "$scratch/check.pl" w old new
		fsck
		datasync restore -q --delete --from ":/w: 32. files" || :
		datasync status >said 2>&1
		perl "$scratch/check.pl" w old new
	done
	settled
	fsck
'
done_testing
