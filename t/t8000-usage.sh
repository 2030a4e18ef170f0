#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command line: options, arguments, help, what is said to mistakes.
. "${SRCDIR:-.}/t/lib.sh"

# refused TEXT HINT COMMAND...: a usage error that says so.
refused() {
	printf 'datasync: %s\n' "$1" >"$TMPDIR/want"
	printf 'hint: %s\n' "$2" >>"$TMPDIR/want"
	shift 2
	fails 2 "$@" >"$TMPDIR/out" 2>"$TMPDIR/err"
	diff "$TMPDIR/want" "$TMPDIR/err"
	[ ! -s "$TMPDIR/out" ]
}

# program NAME LINE...: an executable on PATH.
program() {
	mkdir -p bin
	file=bin/$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$file"
	chmod +x "$file"
	PATH=$PWD/bin:$PATH
}

it 'an unknown command is refused, and the nearest one suggested' '
	refused "'\''comit'\'' is no datasync command" \
	    "did you mean '\''commit'\''?" datasync comit
	refused "'\''frobnicate'\'' is no datasync command" \
	    "'\''datasync help'\'' lists the commands" datasync frobnicate
	refused "no command is given" \
	    "'\''datasync help'\'' lists the commands" datasync
	refused "'\'''\'' is no datasync command" \
	    "'\''datasync help'\'' lists the commands" datasync ""
'

it 'an unknown option is refused, and the nearest one suggested' '
	refused "'\''commit'\'' has no option '\''--on-sav'\''" \
	    "did you mean '\''--on-save'\''?" datasync commit --on-sav
	refused "'\''datasync'\'' has no option '\''--jsn'\''" \
	    "did you mean '\''--json'\''?" datasync --jsn status
	fails 2 datasync version -Z 2>err
	grep "version. has no option .-Z." err
	grep "^hint: usage: datasync version" err
'

it 'a long option is not to be shortened' '
	refused "'\''datasync'\'' has no option '\''--ver'\''" \
	    "did you mean '\''--version'\''?" datasync --ver
	refused "'\''version'\'' has no option '\''--verb'\''" \
	    "did you mean '\''--verbose'\''?" datasync version --verb
	refused "'\''version'\'' has no option '\''--col'\''" \
	    "did you mean '\''--color'\''?" datasync version --col=auto
	refused "'\''version'\'' has no option '\''--col'\''" \
	    "did you mean '\''--color'\''?" datasync version --col auto
'

it 'values are asked for where they belong, and nowhere else' '
	fails 2 datasync commit -m 2>err
	grep "datasync: .commit -m. needs a value" err
	fails 2 datasync commit --message 2>err
	grep "datasync: .commit --message. needs a value" err
	fails 2 datasync commit --on-save=yes 2>err
	grep "datasync: .commit --on-save. takes no value" err
	fails 2 datasync log -n ten 2>err
	grep "datasync: .log -n. needs a number, not .ten." err
	fails 2 datasync log -n -1 2>err
	grep "datasync: .log -n. needs a number, not .-1." err
	fails 2 datasync log -n 99999999999999999999 2>err
	grep "datasync: .log -n.: .99999999999999999999. is too large" err
	fails 2 datasync version --color=blue 2>err
	grep "datasync: .--color. is auto, always or never" err
	fails 2 datasync version --progress=bar 2>err
	grep "datasync: .--progress. is json" err
	fails 2 datasync version -q -v 2>err
	grep "datasync: .-q. and .-v. exclude each other" err
'

it 'arguments are counted' '
	fails 2 datasync track 2>err
	grep "datasync: .track. needs PATH" err
	grep "^hint: usage: datasync track .*PATH" err
	fails 2 datasync version now 2>err
	grep "datasync: .version. has no use for .now." err
	fails 2 datasync device renam x 2>err
	grep "datasync: .device. has no subcommand .renam." err
	grep "^hint: did you mean .rename.?" err
'

it 'options stand anywhere before "--", whatever POSIXLY_CORRECT says' '
	new_store
	for correct in "" 1; do
		if [ -n "$correct" ]; then export POSIXLY_CORRECT=1; fi
		datasync version --json | grep "^{"
		datasync --json version | grep "^{"
		datasync config core.fsync --json | grep "^{"
		fails 1 datasync config -- --json 2>err
		grep "unknown key .--json." err
	done
'

it 'global options work before and after the command' '
	datasync --store "$PWD/a" init >out
	datasync init --store="$PWD/b" >>out
	[ -d a/objects ]
	[ -d b/objects ]
	[ ! -e "$DATASYNC_STORE" ]
	mkdir d
	datasync -C d --store c init
	[ -d d/c/objects ]
	datasync -C d -C .. --store e init || datasync --store e init
	fails 1 datasync -C no-such-folder version 2>err
	grep "cannot go to .no-such-folder.: No such file" err
	fails 2 datasync version -C d
'

it '-h and --help print usage and options in 80 columns' '
	datasync completion options >tables
	sed -n "s/^command	\([^	]*\).*/\1/p" tables >commands
	[ -s commands ]
	while read -r cmd; do
		datasync "$cmd" -h >short 2>err
		datasync "$cmd" --help >long 2>>err
		diff short long
		grep "^usage: datasync $cmd" long
		[ ! -s err ]
		! grep -n ".\{81\}" long
		awk -F "\t" -v cmd="$cmd" \
		    "\$1 == \"option\" && \$2 == cmd { print \$4 }" tables |
			while read -r name; do
				grep -q -e "--$name" long
			done
	done <commands
'

it 'help lists every command, with and without dashes' '
	datasync help >out
	datasync --help | diff out -
	datasync -h | diff out -
	datasync completion options >tables
	sed -n "s/^command	\([^	]*\).*/\1/p" tables |
		while read -r cmd; do
			grep -q "^  $cmd " out
		done
	! grep -n ".\{81\}" out
	datasync help --json | grep "\"commands\":\[{\"name\":\"init\""
	datasync help version --json | grep "\"usage\":\"datasync version\""
	fails 2 datasync help comit 2>err
	grep "did you mean .commit.?" err
'

it 'help COMMAND opens the manual with man' '
	program man "echo \"\$@\""
	datasync help version >out
	grep "^-l .*/cmd/datasync-version\.1\$" out
	datasync --help version | diff out -
	datasync help datasync | grep "^-l .*/cmd/datasync\.1\$"
'

it 'without man, help COMMAND prints what -h prints' '
	mkdir bin
	ln -s "$(command -v datasync)" bin
	PATH=$PWD/bin datasync version -h >want
	PATH=$PWD/bin datasync help version >out
	diff want out
'

it 'version says what it is' '
	datasync version >out
	sed -n 1p out | grep -E "^datasync [0-9]+\.[0-9]+\.[0-9]+"
	datasync --version | diff out -
	datasync version --json | grep "^{\"version\":\"[0-9.]*\""
'

it 'datasync-NAME on PATH is a command' '
	program datasync-hello "echo hello \"\$@\" from \"\$PWD\"" \
	    "echo store \"\$DATASYNC_STORE\"" "exit 42"
	mkdir d
	fails 42 datasync hello --json -x "a b" >out
	echo "hello --json -x a b from $PWD" >want
	echo "store $DATASYNC_STORE" >>want
	diff want out
	fails 42 datasync -C d --store s hello >out
	echo "hello from $PWD/d" >want
	echo "store $PWD/d/s" >>want
	diff want out
'

it 'a real command goes before one on PATH, and no path is run' '
	program datasync-version "exit 42"
	datasync version
	fails 2 datasync hello/world 2>err
	grep "is no datasync command" err
'

it 'a program on PATH that cannot be run is told' '
	program datasync-bad
	chmod -x bin/datasync-bad
	fails 1 datasync bad 2>err || fails 2 datasync bad 2>err
	mkdir bin/datasync-worse
	echo "#!/no/such/interpreter" >bin/datasync-worst
	chmod +x bin/datasync-worst
	fails 2 datasync worst 2>err
'
done_testing
