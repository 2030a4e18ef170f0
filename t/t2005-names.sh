#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Names and contents that "git fsck --strict" objects to, one test for each of
# its messages that a folder on disk can provoke, and other names that are hard
# on a program: committed, clean, and restored as they were.
. "${SRCDIR:-.}/t/lib.sh"

# round_trip: commit the folder "w", look at the store, bring it back twice.
round_trip() {
	[ -e "$DATASYNC_STORE" ] || {
		new_store test
		datasync track w >out
		datasync config item.w.gitDirs keep
	}
	datasync commit >out
	fsck
	datasync verify >out
	rm -rf copy
	datasync restore --to copy >out
	same_tree w copy/w
	mv w away
	datasync restore >out
	same_tree away w
	datasync status >out
	grep -x "nothing changed" out
	rm -rf away
}

# alone: the same for each file by itself, as an editor saves it.
alone() {
	find w -mindepth 1 ! -type d -print0 |
		xargs -0 -n 1 datasync commit --on-save
	datasync status >out
	fsck
}

# objects_to MESSAGE: git does, to the folder "w" as it is.
objects_to() {
	rm -rf "$TMPDIR/plain"
	git init -q "$TMPDIR/plain"
	cp -a w/. "$TMPDIR/plain/"
	git -C "$TMPDIR/plain" -c core.protectNTFS=false \
	    -c core.protectHFS=false add -A
	tree=$(git -C "$TMPDIR/plain" write-tree)
	git -C "$TMPDIR/plain" fsck --strict "$tree" >fsck-out 2>&1 || :
	grep "$1" fsck-out
}

# as_file CONTENT NAME...: a file of each name, at the top and deeper.
as_file() {
	content=$1
	shift
	mkdir -p w/deep/er
	for name; do
		printf "%b" "$content" >"w/$name"
		printf "%b" "$content" >"w/deep/er/$name"
	done
}

it 'hasDotgit: .git as a file, a folder and a link, in every spelling' '
	mkdir -p w/a/.git/refs w/b w/c/.GIT w/d/git~1 w/e/.Git
	echo "ref: refs/heads/main" >w/a/.git/HEAD
	echo "gitdir: elsewhere" >w/b/.git
	echo x >w/c/.GIT/config
	echo x >w/d/git~1/config
	ln -s ../a w/e/.Git/link
	zwnj=$(printf "\342\200\214")
	mkdir "w/.g${zwnj}it"
	echo x >"w/.g${zwnj}it/config"
	echo x >"w/.git "
	echo x >"w/.git."
	echo x >"w/.git . ."
	echo x >"w/.git::\$INDEX_ALLOCATION"
	echo x >"w/GIT~1"
	echo x >"w/x\\.git"
	mkdir w/f w/g
	ln -s nowhere w/f/.git
	ln -s nowhere w/g/.GIT
	round_trip
	alone
'

it 'a .git that is not to be kept is passed over, aloud, and left alone' '
	new_store test
	mkdir -p w/repo/.git
	echo x >w/repo/.git/config
	echo y >w/repo/file
	datasync track w
	datasync commit 2>err
	grep "w: repo/.git.*nested" err
	fails 128 store_git show main:w/repo/.git/config
	fails 128 store_git show main:w/repo/.git%/config
	datasync restore --delete
	grep x w/repo/.git/config
	fsck
'

for case in \
    "gitmodulesParse [unterminated" \
    "gitmodulesName [submodule\\040\"../x\"]\\npath=a\\nurl=b\\n" \
    "gitmodulesUrl [submodule\\040\"x\"]\\npath=a\\nurl=-x\\n" \
    "gitmodulesPath [submodule\\040\"x\"]\\npath=-x\\nurl=b\\n" \
    "gitmodulesUpdate [submodule\\040\"x\"]\\npath=a\\nurl=b\\nupdate=!sh\\n"
do
	message=${case%% *}
	content=$(echo "${case#* }" | sed 's/"/\\042/g')
	it "$message: any .gitmodules, in every spelling" "
		as_file '$content' .gitmodules
		objects_to $message
		as_file '$content' .GITMODULES gitmod~1 GITMOD~4 .gitmodules. \
		    '.gitmodules ' gi7eba~1 .gitmodules:x 'x\\.gitmodules'
		cp w/.gitmodules \"w/.gitmod\$(printf '\\342\\200\\214')ules\"
		round_trip
		alone
	"
done

it 'gitmodulesLarge: a .gitmodules of more than git reads' '
	mkdir w
	perl -e "print q(#), q(x) x 60, qq(\n) for 1 .. 20000" >w/.gitmodules
	round_trip
'

it 'gitmodulesSymlink and gitmodulesBlob: .gitmodules as a link, a folder' '
	mkdir -p w/a/.gitmodules w/b w/c/gitmod~1
	echo x >w/a/.gitmodules/x
	objects_to gitmodulesBlob
	ln -s elsewhere w/b/.gitmodules
	ln -s elsewhere w/b/.GitModules
	echo x >w/c/gitmod~1/x
	round_trip
	alone
'

it 'gitattributesLineLength: lines longer than 2048, in every spelling' '
	long=$(perl -e "print q(x) x 2100")
	as_file "* text\n$long\n* text\n" .gitattributes
	objects_to gitattributesLineLength
	as_file "* text\n$long\n* text\n" .GITATTRIBUTES gitatt~1 GI7D29~1 \
	    ".gitattributes " .gitattributes:x "x\\.gitattributes"
	cp w/.gitattributes "w/.gitattr$(printf "\342\200\214")ibutes"
	round_trip
	alone
'

it 'gitattributesLarge: more than 100 MiB' '
	mkdir w
	perl -e "print((q(x) x 1023 . qq(\n)) x 1024) for 1 .. 101" \
		>w/.gitattributes
	round_trip
'

it 'gitattributesBlob, -Symlink: .gitattributes as a folder, a link' '
	mkdir -p w/a/.gitattributes w/b w/c/GITATT~1
	ln -s elsewhere w/b/.gitattributes
	echo x >w/a/.gitattributes/x
	echo x >w/c/GITATT~1/x
	objects_to "gitattributesBlob\|gitattributesSymlink"
	round_trip
	alone
'

it 'harmless .gitattributes keep their name, and lose it when they grow' '
	mkdir w
	echo x >w/other
	echo "* text" >w/.gitattributes
	chmod 600 w/.gitattributes
	round_trip
	test "$(store_git show main:w/.gitattributes)" = "* text"
	perl -e "print q(x) x 5000" >w/.gitattributes
	round_trip
	fails 128 store_git show main:w/.gitattributes
	store_git show main:w/.gitattributes% | cmp - w/.gitattributes
	echo "* -text" >w/.gitattributes
	alone
	test "$(store_git show main:w/.gitattributes)" = "* -text"
	rm w/.gitattributes
	ln -s x w/.gitattributes
	alone
	rm w/.gitattributes
	mkdir w/.gitattributes
	round_trip
	echo x >w/.gitattributes/x
	round_trip
	rm -r w/.gitattributes
	round_trip
	store_git ls-tree -r -t --name-only main >out
	lacks gitattributes out
	datasync restore --from HEAD~1 >out
	grep x w/.gitattributes/x
	datasync restore --from HEAD~4 --delete >out
	test "$(readlink w/.gitattributes)" = x
'

it 'gitignoreSymlink, mailmapSymlink: links and folders of these names' '
	mkdir -p w/a w/b/.gitignore w/b/.mailmap
	ln -s elsewhere w/a/.gitignore
	ln -s elsewhere w/a/.mailmap
	ln -s elsewhere w/a/.GITIGNORE
	echo x >w/b/.gitignore/x
	echo x >w/b/.mailmap/x
	echo "*.o" >w/.gitignore
	echo "a <b>" >w/.mailmap
	objects_to "gitignoreSymlink\|mailmapSymlink"
	round_trip
	alone
	test "$(store_git show main:w/.gitignore)" = "*.o"
'

it 'names that end in %, and those that a % would make of others' '
	mkdir -p w/.git% w/.meta% w/d
	for name in .git%% .gitmodules% .gitmodules%% .gitattributes% % %% \
	    100% .gitignore% .mailmap%%% .meta%%; do
		echo "$name" >"w/d/$name"
		mkdir -p "w/e/$name"
		echo in >"w/e/$name/in"
		mkdir -p "w/empty/$name"
		ln -s x "w/$name.link"
	done
	echo x >w/.git%/x
	round_trip
	alone
'

it 'a file and a folder whose stored names are neighbours' '
	mkdir -p w/.gitmodules% w/.gitattributes
	echo a >w/.gitmodules
	echo b >w/.gitmodules%/x
	echo c >w/.gitattributes/y
	echo d >w/.gitattributes%
	round_trip
	rm -r w/.gitmodules%
	echo e >w/.gitmodules%
	rm w/.gitattributes%
	mkdir w/.gitattributes%
	round_trip
'

it 'folders and files called .meta, self, 00, items, .datasync' '
	for name in .meta self 00 ff items .datasync meta datasync; do
		mkdir -p "w/$name/$name/$name" "w/empty/$name"
		echo x >"w/$name/$name/file"
		echo x >"w/$name/$name/$name/$name"
	done
	mkdir -p w/file
	echo x >w/file/.meta
	chmod 700 w/.meta w/empty/.meta
	round_trip
	alone
	rm -r w/.meta/.meta
	echo now a file >w/.meta/.meta
	round_trip
'

it 'names that sort around the slash, as files and as folders' '
	mkdir w
	for name in a a-b a.b a0 "a b" "a!" A _ "~"; do
		mkdir -p "w/dirs/$name/$name" "w/mixed"
		echo x >"w/dirs/$name/$name/x"
		mkdir -p w/files
		echo x >"w/files/$name"
	done
	mkdir w/mixed/a
	echo x >w/mixed/a/b
	for name in a-b a.b a0; do echo x >"w/mixed/$name"; done
	round_trip
	rm -r w/mixed/a
	echo x >w/mixed/a
	rm w/mixed/a-b
	mkdir w/mixed/a-b
	round_trip
	alone
'

it 'names of any bytes' '
	mkdir w
	for name in "a b" " lead" "trail " "tab	tab" "quo\"te" "sin'"\\'"'gle" \
	    "back\\slash" "-dash" "--" "~" "~user" "*" "?" "[x]" "#" "!x" \
	    "con" "nul.txt" "a:b" ":" "@{0}" "HEAD" "refs" "x.lock" \
	    "$(printf "new\nline")" "$(printf "cr\r")" \
	    "$(printf "\001\033[31m")" \
	    "$(printf "\377\376")" "$(printf "\303\251")" \
	    "$(printf "e\314\201")" "$(printf "\357\273\277bom")"; do
		echo x >"w/$name"
		mkdir -p "w/dirs/$name"
		echo x >"w/dirs/$name/$name"
		ln -s -- "$name" "w/link $name"
	done
	round_trip
	datasync log --stat >out
	datasync show main >out
	datasync log --json >out
	jq -e . out >/dev/null
	alone
'

it 'names of 255 bytes and paths of more than 4096' '
	mkdir w
	perl -e "
		my \$long = q(n) x 255;
		chdir(q(w)) or die;
		for (1 .. 20) {
			mkdir(qq(\$long)) or die;
			chdir(qq(\$long)) or die;
			open(my \$f, q(>), q(f) x 255) or die;
			print \$f qq(x\n);
			symlink(\$long, q(l) x 255) or die;
		}
	"
	new_store test
	datasync track w >out
	datasync commit >out
	fsck
	datasync restore --to copy >out
	(cd w && find . | wc -l) >want
	(cd copy/w && find . | wc -l) | diff want -
	rm -rf w/n*
	datasync restore >out
	(cd w && find . | wc -l) | diff want -
	datasync status >out
	grep -x "nothing changed" out
'

# nest DEPTH: folders in one another in w.
nest() {
	perl -e "
		chdir(q(w)) or die;
		for (1 .. \$ARGV[0]) {
			mkdir(q(d)) or die;
			chdir(q(d)) or die;
		}
		open(my \$f, q(>), q(deepest)) or die;
		print \$f qq(x\n);
	" "$1"
}

it 'folders as deep as any state can have them' '
	mkdir w
	echo x >w/a
	nest 899
	new_store test
	datasync track w >out
	datasync commit >out
	datasync restore --to copy >out
	(cd w && find . | wc -l) >want
	(cd copy/w && find . | wc -l) | diff want -
	rm -rf w/d
	datasync restore >out
	(cd w && find . | wc -l) | diff want -
	datasync commit --allow-delete >out
	datasync diff HEAD~1 >out
	fsck
'

it 'deeper folders are reported, and all else is committed' '
	mkdir w
	echo x >w/a
	nest 1500
	new_store test
	datasync track w >out
	fails 3 datasync commit >out 2>err
	grep "too deep" err
	test "$(store_git show main:w/a)" = x
	echo y >w/a
	fails 3 datasync commit >out 2>err
	path=$(perl -e "print q(w/) . q(d/) x 1500 . q(deepest)")
	fails 3 datasync commit "$path" 2>err
	grep "too deep" err
	datasync log --stat >out
	datasync restore --to copy >out
	fsck
'

it 'a device name is as git wants it' '
	for name in "a b" "J. R" "x@y" "$(printf "\303\251t\303\251")"; do
		rm -rf w "$DATASYNC_STORE"
		mkdir w
		echo x >w/a
		datasync init --name "$name" >out
		datasync track w >out
		datasync commit >out
		fsck
	done
'

done_testing
