#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the manual and README show is so.
. "${SRCDIR:-.}/t/lib.sh"

format=$SRCDIR/lib/store/datasync-format.5

if have mandoc; then
	it 'mandoc finds nothing to warn of in any page' '
		cd "$SRCDIR"
		mandoc -Tlint -Wwarning cmd/*.1 lib/*/*.[157]
	'
else
	skip 'mandoc finds nothing to warn of in any page' 'no mandoc'
fi

it 'datasync(1) lists the exit statuses of cmd/main.c, and 1, and no others' '
	{
		echo 1
		sed -n "s/^	{ DS_[A-Z]*, \([0-9]*\) },*\$/\1/p" \
			"$SRCDIR/cmd/main.c"
	} | sort >"$TMPDIR/returned"
	[ "$(wc -l <"$TMPDIR/returned")" -gt 10 ]
	sed -n "/^\.Sh EXIT STATUS/,/^\.El/s/^\.It \([0-9]*\)\$/\1/p" \
		"$SRCDIR/cmd/datasync.1" | sort | diff "$TMPDIR/returned" -
'

it 'each page of a command has its EXIT STATUS and its JSON' '
	cd "$SRCDIR/cmd"
	for page in datasync-*.1; do
		grep -q "^\.Sh EXIT STATUS" "$page" ||
			echo "$page: no EXIT STATUS"
		case $page in
		datasync-completion.1) continue ;;
		esac
		grep -Eq "^\.Ss JSON|^\.Sh OUTPUT FOR PROGRAMS" "$page" ||
			echo "$page: no JSON"
	done >"$TMPDIR/wrong"
	cat "$TMPDIR/wrong"
	[ ! -s "$TMPDIR/wrong" ]
'

# keys FILE: what it puts into JSON, one per line.
keys() {
	tr '\n' ' ' <"$1" | tr ';' '\n' |
		grep -oE '(json_[a-z_]+|out_path)\(.*' |
		sed -n 's/^[^"]*"\([a-z][a-z0-9_]*\)".*/\1/p' | sort -u
}

it 'the page of a command names each key of its JSON' '
	cd "$SRCDIR/cmd"
	for page in datasync-*.1; do
		cmd=${page#datasync-}
		keys "${cmd%.1}.c" | while read -r key; do
			grep -qw -e "$key" "$page" || echo "$page: $key"
		done
	done >"$TMPDIR/wrong"
	keys common.c | while read -r key; do
		grep -qw -e "$key" datasync-status.1 datasync-restore.1 ||
			echo "datasync-restore.1: $key"
	done >>"$TMPDIR/wrong"
	keys differ.c | while read -r key; do
		grep -qw -e "$key" datasync-diff.1 ||
			echo "datasync-diff.1: $key"
	done >>"$TMPDIR/wrong"
	cat "$TMPDIR/wrong"
	[ ! -s "$TMPDIR/wrong" ]
'

# examples: the .meta blobs of the format's page into meta.1, meta.2 ...
examples() {
	awk -v into="$1" '
		/^\.Ed/ { out = "" }
		literal && $0 == "datasync-meta 1" { out = into "." ++n }
		{ literal = /^\.Bd -literal/ }
		out != "" { gsub(/\\e/, "\\"); print >out }
	' "$format"
}

# state_of BLOB: a commit of a state whose item x has this .meta, and the files
# and symlinks of which it has lines, all with the content "x".
state_of() {
	x=$(printf x | store_git hash-object -w --stdin)
	sed -n 's/^\([FL]\) \([0-7]*\) [^ ]* \(.*\)$/\1 \2 \3/p' "$1" |
		while read -r kind mode name; do
			case $kind$mode in
			F*[1357]??) mode=100755 ;;
			F*) mode=100644 ;;
			*) mode=120000 ;;
			esac
			printf '%s blob %s\t"%s"\n' "$mode" "$x" "$name"
		done >"$TMPDIR/entries"
	meta=$(store_git hash-object -w "$1")
	meta=$(printf '100644 blob %s\t.meta\n' "$meta" | store_git mktree)
	meta=$(printf '040000 tree %s\tx\n' "$meta" | store_git mktree)
	meta=$(printf '040000 tree %s\tmeta\n' "$meta" | store_git mktree)
	printf '040000 tree %s\t.datasync\n' "$meta" >"$TMPDIR/top"
	if [ -s "$TMPDIR/entries" ]; then
		tree=$(store_git mktree <"$TMPDIR/entries")
		printf '040000 tree %s\tx\n' "$tree" >>"$TMPDIR/top"
	fi
	tree=$(store_git mktree <"$TMPDIR/top")
	store_git commit-tree -m example "$tree"
}

# lines DIR: the .meta that describes DIR, but for the first line.
lines() {
	find "$1" ! -path "$1" -printf '%y %m %T@ %P\0' |
		sort -z -k 4 | sed -z -e 's/\\/\\\\/g' -e 's/\n/\\n/g' |
		tr '\0' '\n' | sed -e 's/^f/F/' -e 's/^l/L/' \
		    -e 's/^\([FL]\) \(...\) /\1 0\2 /' \
		    -e 's/^\([FL] .... -*[0-9]*\.[0-9]\{9\}\)[0-9]*/\1/'
}

it 'datasync restores each .meta of datasync-format(5) to the letter' '
	new_store
	examples "$TMPDIR/meta"
	[ -e "$TMPDIR/meta.3" ]
	for blob in "$TMPDIR"/meta.*; do
		commit=$(state_of "$blob")
		datasync restore --from "$commit" --to "out-$commit"
		sed -n "s/^[DE] 0*\([0-7]*\) .*/\1/p" "$blob" \
			>"$TMPDIR/mode"
		stat -c %a "out-$commit/x" | diff "$TMPDIR/mode" -
		# find(1) gives times before 1970 another form, and none is "?"
		grep "^[FL]" "$blob" | grep -v -e " ? " -e " -1\." \
			>"$TMPDIR/want" || :
		lines "out-$commit/x" >"$TMPDIR/have"
		cat "$TMPDIR/want" "$TMPDIR/have"
		grep -vxF -f "$TMPDIR/have" "$TMPDIR/want" && exit 1
		[ "$(grep -c "^[FL]" "$blob")" -eq "$(wc -l \
			<"$TMPDIR/have")" ]
	done
	[ "$(stat -c %y out-*/x/from* | cut -c 1-29)" = \
		"1969-12-31 23:59:59.750000000" ]
	[ "$(stat -c %a out-*/x/run.sh)" = 755 ]
'

# column HEADING: the rows of a table of the format's page.
column() {
	awk -v heading="$1" '
		$0 == heading { on = 1; next }
		/^\.El/ { on = 0 }
		on { print $2, $4 }
	' "$format"
}

it 'names are stored as datasync-format(5) shows' '
	new_store
	mkdir d
	column ".It Em name Ta Em stored" >"$TMPDIR/want"
	[ "$(wc -l <"$TMPDIR/want")" -gt 5 ]
	while read -r name stored; do
		echo "$name" >"d/$name"
	done <"$TMPDIR/want"
	datasync track d
	datasync commit
	while read -r name stored; do
		[ "$(store_git cat-file -p "HEAD:d/$stored")" = "$name" ]
	done <"$TMPDIR/want"
	fsck
'

it 'a large .meta is split as datasync-format(5) shows' '
	new_store
	mkdir d
	column ".It Em name Ta Em blob" >"$TMPDIR/want"
	[ "$(wc -l <"$TMPDIR/want")" -ge 3 ]
	(cd d && seq -f "f%g" 1000 | xargs touch a settings.json)
	datasync track d
	datasync commit
	while read -r name blob; do
		store_git cat-file -p "HEAD:.datasync/meta/d/.meta/$blob" |
			grep -q " $name\$"
	done <"$TMPDIR/want"
	store_git cat-file -p HEAD:.datasync/meta/d/.meta/self |
		sed 1q | grep -qx "datasync-meta 1"
'

# session: the commands that README shows, and what they print.
session() {
	sed -n '/^    \$ datasync init/,/^THE CODE/s/^    //p' "$SRCDIR/README"
}

# What differs from run to run: ids, times, sizes.
blur() {
	sed -e "s,$HOME,/home/ann,g" -e 's/[0-9a-f]\{10\}/ID/g' \
	    -e 's/ID[0-9a-f]\{30\}/ID/g' -e 's/\(^\| \)[0-9a-f]\{7\} /\1ID /' \
	    -e 's/[0-9]\{4\}-[0-9][0-9]-[0-9][0-9] [0-9:]\{5\}/DATE/' \
	    -e 's/, \(now\|[0-9]* seconds* ago\):/, AGE:/' \
	    -e 's/[0-9.]* [KM]*i*B stored/SIZE stored/' \
	    -e 's/[0-9]* objects ([0-9.]* [KM]*i*B)/OBJECTS/' \
	    -e 's/^[0-9]* are reached/N are reached/'
}

it 'the session in README prints what README says' '
	unset DATASYNC_STORE
	mkdir -p ~/.config/Code/User/snippets
	printf "{\n\t\"editor.fontSize\": 13,\n\t\"editor.tabSize\": 8\n}\n" \
		>~/.config/Code/User/settings.json
	echo "[]" >~/.config/Code/User/keybindings.json
	echo "{}" >~/.config/Code/User/snippets/c.json
	cd
	session >"$TMPDIR/session"
	[ "$(grep -c "^\\$ datasync" "$TMPDIR/session")" -gt 8 ]
	sed -n "s/^\\$ //p" "$TMPDIR/session" >"$TMPDIR/commands"
	while read -r command; do
		printf "\$ %s\n" "$command"
		sh -c "$command" 2>&1 </dev/null | expand
	done <"$TMPDIR/commands" >"$TMPDIR/printed"
	blur <"$TMPDIR/session" >"$TMPDIR/want"
	blur <"$TMPDIR/printed" | diff "$TMPDIR/want" -
'

it 'what README names is there' '
	cd "$SRCDIR"
	grep -oE "(contrib|cmd|lib|include|t)/[A-Za-z0-9_./-]*[A-Za-z0-9]" \
		README | sort -u >"$TMPDIR/named"
	[ -s "$TMPDIR/named" ]
	while read -r path; do
		[ -e "$path" ] || echo "$path"
	done <"$TMPDIR/named" >"$TMPDIR/wrong"
	cat "$TMPDIR/wrong"
	[ ! -s "$TMPDIR/wrong" ]
	awk "length > 80" README | tee "$TMPDIR/wrong"
	[ ! -s "$TMPDIR/wrong" ]
'
done_testing
