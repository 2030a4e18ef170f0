#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual says what the tables of commands and settings say.
. "${SRCDIR:-.}/t/lib.sh"

# flags SECTION PAGE: the options in the lines of SECTION ("any": in the tags
# of lists, anywhere), one per line: "m", "-message".
flags() {
	awk -v section="$1" '
		$1 == ".Sh" { here = $2 == section }
		section == "any" && !($1 == ".It" && $2 == "Fl") { next }
		section != "any" && !here { next }
		/^\./ {
			flag = 0
			for (i = 1; i <= NF; i++) {
				if ($i == "Fl" || $i == ".Fl")
					flag = 1
				else if ($i ~ /^[A-Z][a-z]$/)
					flag = 0
				else if (flag && $i ~ /^-?[A-Za-z0-9]/)
					print $i
			}
		}
	' "$2" | sort -u
}

# table COMMAND: its options likewise, letter and name in a line.
table() {
	awk -F '\t' -v cmd="$1" '
		$1 == "option" && $2 == cmd {
			print $3 ($3 != "" && $4 != "" ? " " : "") \
				($4 != "" ? "-" $4 : "")
		}
	' "$TMPDIR/tables"
}

# compare COMMAND PAGE: what is in the one and not in the other.
compare() {
	table "$1" | tr ' ' '\n' | sort -u >"$TMPDIR/table"
	table datasync | tr ' ' '\n' | sort -u >"$TMPDIR/global"
	flags any "$2" | {
		if [ "$1" = datasync ]; then
			cat
		else
			comm -23 - "$TMPDIR/global"
		fi
	} | diff "$TMPDIR/table" - || echo "$2: see above"
	flags SYNOPSIS "$2" >"$TMPDIR/synopsis"
	sort -u "$TMPDIR/table" "$TMPDIR/global" |
		comm -13 - "$TMPDIR/synopsis" |
		sed "s,^,$2: SYNOPSIS: no such option: -,"
	table "$1" | while read -r letter name; do
		grep -qxF -e "$letter" -e "${name:-$letter}" \
			"$TMPDIR/synopsis" ||
			echo "$2: SYNOPSIS: not there: -$letter"
	done
}

# words TEXT: its words of letters.
words() {
	printf '%s\n' "$1" | tr -cs 'A-Za-z' '\n' | sed '/^$/d' | sort -u
}

# arguments COMMAND PAGE: those of the table are in the SYNOPSIS.
arguments() {
	args=$(awk -F '\t' -v cmd="$1" \
		'$1 == "command" && $2 == cmd { print $4 }' "$TMPDIR/tables")
	awk '$1 == ".Sh" { here = $2 == "SYNOPSIS" } here' "$2" \
		>"$TMPDIR/synopsis"
	words "$(cat "$TMPDIR/synopsis")" >"$TMPDIR/there"
	words "$args" | comm -23 - "$TMPDIR/there" |
		sed "s,^,$2: SYNOPSIS: not there: ,"
}

commands() {
	awk -F '\t' '$1 == "command" { print $2 }' "$TMPDIR/tables"
}

it 'each command has a page, which knows its options and arguments' '
	datasync completion options >"$TMPDIR/tables"
	cd "$SRCDIR/cmd"
	commands | while read -r cmd; do
		page=datasync-$cmd.1
		if [ ! -e "$page" ]; then
			echo "$page: not there"
			continue
		fi
		compare "$cmd" "$page"
		arguments "$cmd" "$page"
	done >"$TMPDIR/wrong"
	cat "$TMPDIR/wrong"
	[ ! -s "$TMPDIR/wrong" ]
'

it 'datasync(1) knows the options of all commands and every command' '
	datasync completion options >"$TMPDIR/tables"
	cd "$SRCDIR/cmd"
	compare datasync datasync.1 >"$TMPDIR/wrong"
	commands | sort >"$TMPDIR/commands"
	sed -n "s/^\.It Xr datasync-\([a-z-]*\) 1\$/\1/p" datasync.1 |
		sort | diff "$TMPDIR/commands" - >>"$TMPDIR/wrong" || :
	cat "$TMPDIR/wrong"
	[ ! -s "$TMPDIR/wrong" ]
'

it 'each page belongs to a command' '
	datasync completion options >"$TMPDIR/tables"
	cd "$SRCDIR/cmd"
	for page in datasync-*.1; do
		cmd=${page#datasync-}
		commands | grep -qxF "${cmd%.1}" || echo "$page"
	done >"$TMPDIR/wrong"
	cat "$TMPDIR/wrong"
	[ ! -s "$TMPDIR/wrong" ]
'

it 'each page is named as its file' '
	cd "$SRCDIR"
	for page in cmd/*.1 lib/*/*.[57]; do
		name=${page##*/}
		name=${name%.*}
		grep -qx "\.Nm $name" "$page" || echo "$page: no .Nm $name"
		grep -q "^\.Nd ." "$page" || echo "$page: no .Nd"
	done >"$TMPDIR/wrong"
	cat "$TMPDIR/wrong"
	[ ! -s "$TMPDIR/wrong" ]
'

it 'datasync-config(5) describes the settings that there are' '
	datasync completion keys | sort >"$TMPDIR/keys"
	sed -n "s/^\.It Ic \([^ ]*\).*/\1/p" \
		"$SRCDIR/lib/port/datasync-config.5" | sort |
		diff "$TMPDIR/keys" -
'

it 'datasync(1) lists every exit status' '
	for status in 0 1 2 3 4 5 6 10 11 12 13 130; do
		grep -qx "\.It $status" "$SRCDIR/cmd/datasync.1"
	done
'
done_testing
