#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A cut of the power at any moment of a commit, a restore or an init: what the
# command did to the disk is replayed to each of its calls, less what a disk
# may lose (t/fault/replay.pl).  After each: the store is sound, no file is
# torn, the next command completes what was begun, and nothing is taken for an
# edit that is none.
. "${SRCDIR:-.}/t/lib.sh"

have strace || skip_all 'strace is not installed'
strace -o /dev/null true 2>/dev/null || skip_all 'strace may not trace here'
[ -z "${DS_ASAN:-}" ] || skip_all 'the leak checker cannot run under strace'

# world: "r" holds a home with an item "w", and its store.
world() {
	mkdir -p r/home/w/sub r/home/w/gone r/home/w/empty
	HOME=$PWD/r/home DATASYNC_STORE=$PWD/r/store.git
	export HOME DATASYNC_STORE
	new_store test
	cd r/home
	seq 100 >w/a
	echo "two" >w/sub/b
	echo "private" >w/sub/key
	chmod 600 w/sub/key
	echo "bye" >w/gone/x
	ln -s a w/link
	datasync track w >../../out
	datasync commit -m old >../../out
	cd ../..
	cp -a r/home/w old
	seq 200 300 >r/home/w/a
	chmod 755 r/home/w/sub/b
	rm -r r/home/w/gone
	mkdir r/home/w/new
	echo "new" >r/home/w/new/y
	ln -sf sub/b r/home/w/link
	cp -a r/home/w new
}

# record COMMAND...: run it in "r"; leaves "trace" and "r.before".
record() {
	cp -a r r.before
	(cd r/home && strace -f -y -xx -s 1000000 -o ../../trace -e trace=\
open,creat,openat,openat2,close,write,pwrite64,truncate,ftruncate,rename,\
renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,\
mkdirat,fsync,fdatasync,syncfs,fchmod,chmod,fallocate "$@") >out
}

# The check of one state begins so: where it is, and words for it.
begin_check() {
	cat <<-EOF
		#!/bin/sh
		set -eu
		here='$PWD'
		HOME=\$here/s/home DATASYNC_STORE=\$here/s/store.git
		export HOME DATASYNC_STORE
		cd "\$HOME"
		exec 3>&1 >"\$here/said" 2>&1
		trap 'status=\$?; [ \$status -eq 0 ] ||
		    tail -n 40 "\$here/said" >&3' EXIT
		set -x
		# files DIR: kind, mode, content and name of all in it.
		files() {
			(cd "\$1" && find . ! -name '.datasync-*' \\( \\
			    -type f -printf '%m ' -exec cksum {} \\; -o \\
			    -type l -printf '%l %p\\n' \\) | sort)
		}
		# is A B: are these folders the same but for times?
		is() {
			files "\$1" >"\$here/files-1"
			files "\$2" >"\$here/files-2"
			cmp -s "\$here/files-1" "\$here/files-2"
		}
		# No file is anything but old or new; the folders may be mixed.
		whole() {
			files w >"\$here/files-is"
			files "\$here/old" >"\$here/files-1"
			files "\$here/new" >"\$here/files-2"
			sort "\$here/files-1" "\$here/files-2" |
			    comm -13 - "\$here/files-is" >"\$here/torn"
			test ! -s "\$here/torn" ||
				{ cat "\$here/torn"; exit 1; }
		}
		tree() {
			git --git-dir="\$DATASYNC_STORE" ls-tree -r main w
		}
		sound() {
			git --git-dir="\$DATASYNC_STORE" fsck --strict \\
			    --no-dangling
			test -z "\$(find w -name '.datasync-*')"
		}
	EOF
}

replay() {
	chmod +x check
	perl "$SRCDIR/t/fault/replay.pl" "$PWD/r" trace "$PWD/s" \
		"$PWD/check" "$@"
}

it 'a commit is there as a whole or not at all, and there when it ends' '
	world
	store_git ls-tree -r main w >tree-old
	record datasync commit
	store_git ls-tree -r main w >tree-new
	{
		begin_check
		cat <<-"EOF"
			is w "$here/new"
			datasync status
			tree >"$here/tree"
			cmp -s "$here/tree" "$here/tree-old" &&
			    test "$1" = cut ||
			    cmp "$here/tree" "$here/tree-new"
			sound
			datasync commit
			tree | cmp - "$here/tree-new"
			sound
			datasync commit | grep "nothing to commit"
			is w "$here/new"
		EOF
	} >check
	replay
'

it 'a save likewise' '
	world
	datasync commit >out
	store_git ls-tree -r main w >tree-old
	seq 300 400 >r/home/w/a
	rm -rf new
	cp -a r/home/w new
	record datasync commit --on-save w/a
	store_git ls-tree -r main w >tree-new
	{
		begin_check
		cat <<-"EOF"
			datasync status
			tree >"$here/tree"
			cmp -s "$here/tree" "$here/tree-old" &&
			    test "$1" = cut ||
			    cmp "$here/tree" "$here/tree-new"
			datasync commit --on-save w/a
			tree | cmp - "$here/tree-new"
			sound
		EOF
	} >check
	replay
'

it 'a commit of many objects, which is a pack, likewise' '
	world
	for n in $(seq 100); do echo "many $n" >"r/home/w/f$n"; done
	rm -rf new
	cp -a r/home/w new
	store_git ls-tree -r main w >tree-old
	record datasync commit
	store_git ls-tree -r main w >tree-new
	test -n "$(find r/store.git/objects/pack -name "*.pack")"
	{
		begin_check
		cat <<-"EOF"
			datasync status
			tree >"$here/tree"
			cmp -s "$here/tree" "$here/tree-old" &&
			    test "$1" = cut ||
			    cmp "$here/tree" "$here/tree-new"
			sound
			datasync commit
			tree | cmp - "$here/tree-new"
			sound
		EOF
	} >check
	replay
'

# After a restore that was cut: all is old and nothing was begun, or the next
# command completes it.
restored() {
	begin_check
	cat <<-"EOF"
		whole
		begun=no
		test ! -e "$DATASYNC_STORE/datasync/apply" || begun=yes
		is w "$here/old" || begun=yes
		datasync status
		tree >"$here/tree"
		if test $begun = no && test "$1" = cut; then
			is w "$here/old"
			cmp "$here/tree" "$here/tree-old"
		else
			is w "$here/new"
			cmp "$here/tree" "$here/tree-new"
		fi
		test ! -e "$DATASYNC_STORE/datasync/apply"
		datasync commit | grep "nothing to commit"
		tree | cmp - "$here/tree"
		sound
	EOF
}

it 'a restore is completed, no file of it is torn, no edit is invented' '
	world
	datasync commit -m new >out
	mv old x && mv new old && mv x new
	store_git ls-tree -r main w >tree-old
	record datasync restore --delete --from HEAD~1
	store_git ls-tree -r main w >tree-new
	(cd r/home && same_tree w ../../new)
	restored >check
	replay
'

it 'an undo likewise' '
	world
	datasync commit -m new >out
	(cd r/home && datasync restore --delete --from HEAD~1) >out
	store_git ls-tree -r main w >tree-old
	record datasync undo
	store_git ls-tree -r main w >tree-new
	(cd r/home && same_tree w ../../new)
	restored >check
	replay
'

it 'edits that a restore replaces are in history whenever it is cut' '
	world
	mv new edits
	mv old new
	mv edits old
	record datasync restore --delete
	{
		begin_check
		cat <<-"EOF"
			whole
			datasync status
			datasync commit
			sound
			if is w "$here/new"; then
				git --git-dir="$DATASYNC_STORE" \
				    show main~1:w/a | cmp - "$here/old/a"
			else
				is w "$here/old"
				test "$1" = cut
				git --git-dir="$DATASYNC_STORE" show main:w/a |
				    cmp - "$here/old/a"
			fi
		EOF
	} >check
	replay
'

it 'an init that was cut is done by the next' '
	mkdir -p r/home
	HOME=$PWD/r/home DATASYNC_STORE=$PWD/r/store.git
	export HOME DATASYNC_STORE
	record datasync init --name test
	{
		begin_check
		cat <<-"EOF"
			test "$1" = cut || datasync status
			datasync init --name test
			mkdir w
			echo x >w/x
			datasync track w
			datasync commit
			sound
		EOF
	} >check
	replay
'

done_testing
