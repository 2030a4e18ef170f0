#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# States that no datasync made, and damage: nothing is written outside of an
# item, the name is in the message, the store is as it was.
. "${SRCDIR:-.}/t/lib.sh"

# victim: an item "w" of a user, and a folder beside it that nobody may touch.
victim() {
	new_store test
	mkdir -p w/sub outside
	echo one >w/a
	echo two >w/sub/b
	echo mine >outside/mine
	datasync track w >out
	datasync commit -m first >out
	good=$(store_git rev-parse main)
	snap
}

# snap: what must not change.
snap() {
	(cd outside && find . -type f -printf "%p %m %T@ " -exec cksum {} \; \
		-o -print | sort) >"$TMPDIR/snap"
}

# untouched: nothing of a state was written anywhere but beneath w and copy.
untouched() {
	cp "$TMPDIR/snap" "$TMPDIR/snap-before"
	snap
	diff "$TMPDIR/snap-before" "$TMPDIR/snap" && test ! -e /evil || return 1
	find .. -name "*evil*" ! -path "../here/w/*" ! -path "../here/copy/*" \
	    >"$TMPDIR/found"
	test ! -s "$TMPDIR/found" || { cat "$TMPDIR/found"; return 1; }
}

blob() {
	printf "%s" "$1" | store_git hash-object -w --stdin
}

# raw MODE NAME ID: an entry of a tree.
raw() {
	perl -e 'print "$ARGV[0] $ARGV[1]\0", pack("H*", $ARGV[2])' -- "$@"
}

# tree: the entries on stdin, in whatever order they come.
tree() {
	store_git hash-object -t tree -w --literally --stdin
}

# line ITEM-TREE [ITEM-NAME]: the next commit, in which w is that tree.
line() {
	own=$(store_git rev-parse "$good:.datasync")
	state=$({
		raw 40000 .datasync "$own"
		raw 40000 "${2:-w}" "$1"
	} | tree)
	evil=$(store_git commit-tree -p main -m evil "$state")
	store_git update-ref refs/heads/main "$evil"
}

# ends CODES COMMAND...: with one of these codes, and no other.
ends() {
	codes=$1 status=0
	shift
	"$@" >>said 2>&1 || status=$?
	case " $codes " in
	*" $status "*) return 0 ;;
	esac
	echo "exit status $status: $*"
	cat said
	return 1
}

# refused NAME: whoever looks at the newest commit refuses or passes over
# NAME; whoever writes it, refuses, and says it.
refused() {
	: >said
	ends "0 1 3 13" datasync diff "$good" main
	ends "0 1 3 13" datasync diff
	ends "0 1 3 13" datasync log --stat
	ends "0 1 3 13" datasync show main
	ends "0 1 3 6 13" datasync status
	: >said
	ends "1 3 13" datasync restore
	grep -e "$1" said
	: >said
	ends "1 3 13" datasync restore --delete
	grep -e "$1" said
	: >said
	ends "1 3 13" datasync restore --to copy
	grep -e "$1" said
	untouched
	store_git rev-parse "$good" >out
	cp -a w w2
	rm -rf copy
	datasync restore --from "$good" --to copy
	grep one copy/w/a
	rm -rf copy w2
}

for name in .. . ../evil /evil a/b sub/../../evil; do
	it "an entry called '$name' is refused" "
		victim
		id=\$(blob evil)
		line \"\$(raw 100644 '$name' \"\$id\" | tree)\"
		refused '$(echo "$name" | sed 's/\./[.]/g')'
	"
	it "a folder called '$name' is refused" "
		victim
		id=\$(raw 100644 evil \"\$(blob evil)\" | tree)
		line \"\$(raw 40000 '$name' \"\$id\" | tree)\"
		refused '$(echo "$name" | sed 's/\./[.]/g')'
	"
done

it 'a .git is not written into an item that does not keep them' '
	victim
	id=$(raw 100644 config "$(blob evil)" | tree)
	line "$(raw 40000 .git "$id" | tree)"
	ends "0 1 3 13" datasync restore
	test ! -e w/.git
	line "$(raw 40000 .git% "$id" | tree)"
	ends "0 1 3 13" datasync restore
	test ! -e w/.git
	untouched
'

it 'spellings of .git for other systems are names like others' '
	victim
	id=$(raw 100644 config "$(blob text)" | tree)
	line "$({
		raw 40000 .GIT "$id"
		raw 40000 git~1 "$id"
	} | tree)"
	datasync restore
	grep text w/.GIT/config
	grep text w/git~1/config
	untouched
'

it 'a symlink and a file beneath it are refused' '
	victim
	id=$(raw 100644 mine "$(blob evil)" | tree)
	line "$({
		raw 120000 x "$(blob ../outside)"
		raw 40000 x "$id"
	} | tree)"
	refused "x"
	line "$({
		raw 40000 x "$id"
		raw 120000 x "$(blob ../outside)"
	} | tree)"
	refused "x"
'

it 'a symlink out of the item is a symlink, and not followed' '
	victim
	line "$({
		raw 120000 a "$(blob ../outside/mine)"
		raw 120000 sub "$(blob ../outside)"
	} | tree)"
	datasync restore --delete
	test -L w/a
	test -L w/sub
	id=$(raw 100644 mine "$(blob evil)" | tree)
	line "$({
		raw 100644 a "$(blob evil)"
		raw 40000 sub "$id"
	} | tree)"
	datasync restore --delete
	grep evil w/a
	grep evil w/sub/mine
	untouched
'

it 'the same name twice is refused' '
	victim
	line "$({
		raw 100644 a "$(blob one)"
		raw 100644 a "$(blob evil)"
	} | tree)"
	refused "a"
'

it 'a name in two stored forms is refused' '
	victim
	line "$({
		raw 100644 .gitattributes "$(blob one)"
		raw 100644 .gitattributes% "$(blob evil)"
	} | tree)"
	refused "gitattributes"
'

it 'an empty name is refused' '
	victim
	line "$(raw 100644 "" "$(blob one)" | tree)"
	: >said
	ends "1 3 13" datasync restore
	ends "1 3 13" datasync restore --to copy
	untouched
'

it 'a file where a folder was, and the other way round' '
	victim
	id=$(raw 100644 x "$(blob text)" | tree)
	line "$({
		raw 40000 a "$id"
		raw 100644 sub "$(blob text)"
	} | tree)"
	datasync restore --delete
	grep text w/a/x
	grep text w/sub
	untouched
'

it 'a blob where a tree is named, and a tree where a blob is' '
	victim
	line "$(raw 40000 x "$(blob text)" | tree)"
	refused "$(blob text)"
	id=$(raw 100644 y "$(blob text)" | tree)
	line "$(raw 100644 x "$id" | tree)"
	: >said
	ends "1 3 13" datasync restore
	grep "x\|$id" said
	untouched
'

for name in .. . a/b .git evil.lock -x; do
	it "an item called '$name' is refused" "
		victim
		id=\$(raw 100644 evil \"\$(blob evil)\" | tree)
		line \"\$id\" '$name'
		: >said
		ends '0 1 3 6 13' datasync status
		ends '0 1 3 6 13' datasync restore
		ends '0 1 3 6 13' datasync diff \"\$good\" main
		: >said
		ends '1 13' datasync restore --to copy
		grep -e '$(echo "$name" | sed 's/\./[.]/g')' said
		untouched
	"
done

it 'rules that make an item out of any name are refused' '
	for name in .. a/b "" -x .git; do
		rm -rf w outside "$DATASYNC_STORE"
		victim
		rules=$(printf "[item \"%s\"]\n\tpath = ~/evil\n" "$name" |
			store_git hash-object -w --stdin)
		meta=$(store_git rev-parse "$good:.datasync/meta")
		own=$({
			raw 100644 items "$rules"
			raw 40000 meta "$meta"
		} | tree)
		state=$({
			raw 40000 .datasync "$own"
			raw 40000 w "$(store_git rev-parse "$good:w")"
		} | tree)
		store_git update-ref refs/heads/main \
			"$(store_git commit-tree -p main -m evil "$state")"
		: >said
		ends "0 1 13" datasync restore
		ends "0 1 13" datasync restore --delete
		ends "0 1 13" datasync commit
		untouched
	done
'

it 'rules that cannot be parsed are refused, by name' '
	victim
	own=$(raw 100644 items "$(blob "[item \"w")" | tree)
	state=$(raw 40000 .datasync "$own" | tree)
	store_git update-ref refs/heads/main \
		"$(store_git commit-tree -p main -m evil "$state")"
	: >said
	ends "1 13" datasync status
	grep ".datasync/items" said
	ends "1 13" datasync commit
	ends "1 13" datasync restore
	datasync log >out
	untouched
'

it 'a tree of a huge depth is refused' '
	victim
	id=$(raw 100644 x "$(blob text)" | tree)
	perl -e "
		use Digest::SHA qw(sha1);
		use Compress::Zlib;
		my (\$id, \$depth) = @ARGV;
		for (1 .. \$depth) {
			my \$t = qq(40000 d\\0) . pack(q(H*), \$id);
			my \$o = q(tree ) . length(\$t) . qq(\\0\$t);
			\$id = unpack(q(H*), sha1(\$o));
			my \$dir = qq(\$ENV{DATASYNC_STORE}/objects/) .
			    substr(\$id, 0, 2);
			mkdir(\$dir);
			open(my \$f, q(>), qq(\$dir/) . substr(\$id, 2));
			print \$f compress(\$o, 1);
			close(\$f);
		}
		print \$id;
	" "$id" 3000 >deep
	line "$(cat deep)"
	refused "too deep"
	ends "0 13" datasync verify
	rm -f deep
'

# meta TEXT: the next commit, in which w is as it was and its .meta is TEXT.
meta() {
	m=$(raw 100644 .meta "$(printf "%b" "$1" |
		store_git hash-object -w --stdin)" | tree)
	m=$(raw 40000 w "$m" | tree)
	own=$({
		raw 100644 items \
		    "$(store_git rev-parse "$good:.datasync/items")"
		raw 40000 meta "$m"
	} | tree)
	state=$({
		raw 40000 .datasync "$own"
		raw 40000 w "$(store_git rev-parse "$good:w")"
	} | tree)
	store_git update-ref refs/heads/main \
		"$(store_git commit-tree -p main -m evil "$state")"
}

it 'garbage in a .meta is refused, by its line' '
	victim
	for text in "garbage" "garbage\n" "datasync-meta 1\nD 0755" \
	    "datasync-meta 1\nD 99999 1.000000000\n" \
	    "datasync-meta 1\nD 0755 1.000000000\nF 0644 1.0 a\n" \
	    "datasync-meta 1\nD 0755 1.000000000\nX 0644 1.000000000 a\n" \
	    "datasync-meta 1\nD 0755 1.000000000\nF 0644 1.000000000 \n" \
	    "datasync-meta 1\nD 0755 1.000000000\nF 0644 1.000000000 a\\\\x\n" \
	    "datasync-meta 1\nD 0755 99999999999999999999.000000000\n"; do
		meta "$text"
		: >said
		ends "13" datasync restore
		grep "line [0-9]* of a .meta" said
		ends "13" datasync restore --to copy
		ends "13" datasync status
		ends "13" datasync commit
	done
	store_git update-ref refs/heads/main "$good"
	datasync restore
	datasync commit
	untouched
'

it 'a .meta that speaks of what is not there is passed over' '
	victim
	head="datasync-meta 1\nD 0755 1.000000000\nF 0600 1.000000000 ../evil\n"
	meta "${head}F 0600 1.000000000 nowhere\nF 0600 5.000000000 a\n"
	datasync restore
	test "$(stat -c "%a %Y" w/a)" = "600 5"
	untouched
'

it 'a .meta that calls a link a file changes no target' '
	victim
	chmod 644 outside/mine
	touch -d @1000 outside/mine
	line "$(raw 120000 a "$(blob ../outside/mine)" | tree)"
	same=$(store_git rev-parse main:w)
	good=$(store_git rev-parse main)
	meta "datasync-meta 1\nD 0755 1.000000000\nF 0777 5.000000000 a\n"
	test "$same" = "$(store_git rev-parse main:w)"
	snap
	datasync restore --delete
	test -L w/a
	test "$(stat -c "%a %Y" outside/mine)" = "644 1000"
	untouched
'

# file_of ID: the loose file of an object.
file_of() {
	rest=${1#??}
	echo "$DATASYNC_STORE/objects/${1%"$rest"}/$rest"
}

# hurt ID HOW: damage an object.
hurt() {
	f=$(file_of "$1")
	chmod u+w "$f"
	case $2 in
	missing) rm "$f" ;;
	empty) : >"$f" ;;
	cut) truncate -s "-5" "$f" ;;
	flipped) printf "\\377" | dd of="$f" bs=1 seek=12 conv=notrunc 2>log ;;
	other)
		rm "$f"
		cp "$(file_of "$(blob "something else")")" "$f"
		;;
	esac
}

for how in missing empty cut flipped other; do
	it "a blob that is $how: the rest comes back, its name is said" "
		victim
		id=\$(store_git rev-parse main:w/a)
		hurt \$id $how
		rm -r w
		mkdir w
		: >said
		ends '13' datasync restore
		grep \"w: a\\|w/a\\|\$id\" said
		grep two w/sub/b
		test ! -e w/a
		: >said
		ends '13' datasync restore --to copy
		grep \"w: a\\|w/a\\|\$id\" said
		grep two copy/w/sub/b
		test ! -e copy/w/a
		: >said
		ends '1 13' datasync show main:w/a
		ends '13' datasync verify
		grep \$id said
		untouched
	"
	it "a file is not replaced by a blob that is $how" "
		victim
		id=\$(store_git rev-parse main:w/a)
		echo three >w/a
		datasync commit -m second >out
		hurt \$id $how
		: >said
		ends '1 13' datasync restore --from HEAD~1
		grep three w/a
		ends '0 1 13' datasync diff HEAD~1 HEAD
		ends '0' datasync status
		echo four >w/a
		datasync commit -m third >out
		datasync restore --from HEAD~1 >out
		grep three w/a
		untouched
	"
	it "a tree that is $how is said, and nothing is taken away" "
		victim
		id=\$(store_git rev-parse main:w/sub)
		hurt \$id $how
		: >said
		ends '1 13' datasync status
		grep \$id said
		ends '1 13' datasync restore
		ends '1 13' datasync restore --delete
		ends '1 13' datasync restore --to copy
		ends '1 13' datasync commit
		ends '13' datasync verify
		grep two w/sub/b
		grep one w/a
		untouched
	"
	it "a commit that is $how is said" "
		victim
		hurt \$good $how
		: >said
		for c in status log restore commit undo verify diff; do
			ends '1 13' datasync \$c
		done
		grep \$(echo \$good | cut -c 1-10) said
		grep one w/a
		untouched
	"
done

it 'a ref that holds no id is said' '
	victim
	echo garbage >"$DATASYNC_STORE/refs/heads/main"
	: >said
	for c in status log restore commit undo; do
		ends "1 13" datasync $c
	done
	grep "refs/heads/main" said
	untouched
'

it 'an intent that is garbage is said, and harms nothing' '
	victim
	zz="\"message\":\"zz\",\"scope\":[]"
	a="\"message\":\"61\",\"scope\":[]"
	ones=1111111111111111111111111111111111111111
	for text in "" "garbage" "{}" "{\"version\":1}" \
	    "{\"version\":1,\"old\":\"$good\",\"target\":\"$good\",$zz}" \
	    "{\"version\":1,\"old\":\"$good\",\"target\":\"$ones\",$a}"
	do
		echo "$text" >"$DATASYNC_STORE/datasync/apply"
		: >said
		ends "1 13" datasync restore
		ends "0 1 13" datasync status
		grep "apply\|111111" said
	done
	evil="{\"item\":\"w\",\"path\":\"2e2e2f6576696c\"}"
	printf "{\"version\":1,\"old\":\"%s\",\"target\":\"%s\",%s}\n" \
	    "$good" "$good" "\"message\":\"61\",\"scope\":[$evil]" \
		>"$DATASYNC_STORE/datasync/apply"
	ends "0 1 13" datasync restore
	grep one w/a
	untouched
'

done_testing
