#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is printed, where, how, and with which exit status.
. "${SRCDIR:-.}/t/lib.sh"

# on_terminal COMMAND: run by sh in a terminal of 90 columns.
on_terminal() {
	TERM=xterm script -qec "stty cols 90 -onlcr; $1" /dev/null </dev/null
}

# some_history: an item with two commits, one of a file with a queer name.
some_history() {
	new_store test
	mkdir "$HOME/notes"
	echo one >"$HOME/notes/a"
	datasync track "$HOME/notes" >/dev/null 2>&1
	datasync commit -m first >/dev/null
	echo two >"$HOME/notes/a"
	datasync commit -m second >/dev/null
}

escape=$(printf '\033')
export escape

it 'text goes to stdout, errors and hints to stderr' '
	fails 10 datasync status >out 2>err
	[ ! -s out ]
	grep "^datasync: " err
	grep "^hint: .*init" err
	[ "$(wc -l <err)" -eq 2 ]
'

it '-q leaves the error and drops the hint' '
	fails 10 datasync -q status 2>err
	grep "^datasync: " err
	[ "$(wc -l <err)" -eq 1 ]
'

it 'with --json an error is the document' '
	fails 10 datasync --json status >out 2>err
	grep "^{\"type\":\"error\",\"exit\":10,\"code\":\"no_store\"," out
	grep "\"message\":\".*\"hint\":\".*init" out
	[ "$(wc -l <out)" -eq 1 ]
	grep "^datasync: " err
	fails 2 datasync comit --json >out
	grep "^{\"type\":\"error\",\"exit\":2,\"code\":\"usage\"" out
	fails 2 datasync commit --no-such-option --json >out
	grep "^{\"type\":\"error\",\"exit\":2,\"code\":\"usage\"" out
	fails 1 datasync --json -C no-such-folder status >out
	grep "^{\"type\":\"error\",\"exit\":1,\"code\":\"system\"" out
'

it 'a document says if not all could be done' '
	some_history
	echo secret >"$HOME/notes/b"
	chmod 0 "$HOME/notes/b"
	fails 3 unprivileged datasync commit --json >out 2>err
	[ "$(wc -l <out)" -eq 1 ]
	grep "\"exit\":3,\"error\":{\"code\":\"partial\",\"message\":" out
	lacks "\"type\":\"error\"" out
'

it 'a document of a command that succeeded says nothing of it' '
	some_history
	datasync status --json >out
	[ "$(wc -l <out)" -eq 1 ]
	lacks "\"exit\":" out
'

it 'log prints JSON Lines' '
	some_history
	datasync log --json >out
	lines=$(wc -l <out)
	[ "$lines" -ge 2 ]
	[ "$(grep -c "^{.*}\$" out)" -eq "$lines" ]
	fails 1 datasync log --json no-such-revision >out
	tail -n 1 out | grep "^{\"type\":\"error\",\"exit\":1,"
'

it 'exit status: 6 for what is held back' '
	some_history
	rm -r "$HOME/notes"
	fails 6 datasync commit
'

it 'exit status: 11 while another one has the lock' '
	have flock
	some_history
	datasync config core.lockTimeout 50ms
	echo three >"$HOME/notes/a"
	fails 11 flock "$DATASYNC_STORE/datasync/lock" datasync commit 2>err
	grep "^datasync: " err
	datasync commit
'

it 'exit status: 13 for damage, with what was found' '
	some_history
	find "$DATASYNC_STORE/objects" -type f -name "??????????????????*" |
		head -n 1 >file
	chmod u+w "$(cat file)"
	echo damage >"$(cat file)"
	fails 13 datasync verify --json >out
	grep "\"exit\":13,\"error\":{\"code\":\"damaged\"" out
	lacks "\"type\":\"error\"" out
'

it 'a full disk behind stdout is an error' '
	[ -e /dev/full ]
	fails 1 datasync version >/dev/full 2>err
	grep "^datasync: cannot write the output: No space left" err
	fails 1 datasync help --json >/dev/full 2>err
	grep "^datasync: cannot write the output: No space left" err
	fails 1 datasync completion bash >/dev/full 2>err
	grep "^datasync: cannot write the output: No space left" err
'

it 'a closed stdout or stderr is no error and gets into no file' '
	some_history
	echo three >"$HOME/notes/a"
	datasync commit -m third >&- 2>&-
	fsck
	datasync log --oneline | grep third
	fails 10 datasync --store "$PWD/no-store" status >&- 2>&- <&-
'

it 'a reader that goes away early is no error' '
	some_history
	for command in "log" "log --json" "help" "completion zsh"; do
		rm -f gate
		mkfifo gate
		{
			read -r _ <gate
			# shellcheck disable=SC2086
			datasync $command 2>err && echo 0 >status
		} | {
			exec <&-
			echo >gate
		}
		[ ! -s err ]
		[ "$(cat status)" -eq 0 ]
		rm status
	done
'

it 'SIGTERM cancels: exit status 130, and nothing is lost' '
	some_history
	echo three >"$HOME/notes/a"
	mkfifo held
	flock "$DATASYNC_STORE/datasync/lock" sh -c "echo >held; cat held" &
	read -r _ <held
	export DATASYNC_TRACE="main:$PWD/trace"
	datasync --json commit >out 2>err &
	wait_for grep -q start trace
	kill -TERM $!
	fails 130 wait $!
	echo >held
	grep "^datasync: interrupted" err
	grep "^{\"type\":\"error\",\"exit\":130,\"code\":\"cancelled\"" out
	fsck
	datasync commit
'

it 'no colour where there is no terminal, but with --color=always' '
	some_history
	datasync log >out
	lacks "$escape" out
	datasync --color=always log >out
	grep -q "$escape" out
	NO_COLOR=1 TERM=dumb datasync log --color=always >out
	grep -q "$escape" out
	datasync config color.ui always
	TERM=xterm datasync log >out
	grep -q "$escape" out
	TERM=xterm NO_COLOR=1 datasync log >out
	lacks "$escape" out
	TERM=xterm datasync log --color=auto >out
	lacks "$escape" out
'

if have script; then
	it 'colour on a terminal, unless something speaks against it' '
		some_history
		export PAGER=cat
		on_terminal "datasync log" >out
		grep -q "$escape" out
		on_terminal "datasync --color=never log" >out
		lacks "$escape" out
		on_terminal "NO_COLOR=1 datasync log" >out
		lacks "$escape" out
		on_terminal "NO_COLOR= datasync log" >out
		grep -q "$escape" out
		on_terminal "TERM=dumb datasync log" >out
		lacks "$escape" out
		datasync config color.ui never
		on_terminal "datasync log" >out
		lacks "$escape" out
	'

	it 'the pager is chosen as by git' '
		some_history
		on_terminal "PAGER=\"echo two\" \
		    DATASYNC_PAGER=\"echo one; cat\" datasync log" >out
		sed -n 1p out | grep -x one
		grep second out
		on_terminal "PAGER=\"tr a-z A-Z\" datasync log" >out
		grep SECOND out
		on_terminal "DATASYNC_PAGER= PAGER=false datasync log" >out
		grep second out
		on_terminal "PAGER=cat datasync log" >out
		grep second out
		datasync config core.pager "echo three"
		on_terminal "PAGER=\"echo two\" datasync log" >out
		echo three | diff - out
		on_terminal "DATASYNC_PAGER=\"echo one\" datasync log" >out
		echo one | diff - out
	'

	it 'less is the default, and told what git tells it' '
		some_history
		mkdir bin
		printf "%s\n" "#!/bin/sh" "echo LESS=\$LESS LV=\$LV" "cat" \
			>bin/less
		chmod +x bin/less
		PATH=$PWD/bin:$PATH
		on_terminal "datasync log" >out
		sed -n 1p out | grep -x "LESS=FRX LV=-c"
		on_terminal "LESS=-S datasync log" >out
		sed -n 1p out | grep -x "LESS=-S LV=-c"
	'

	it 'no pager behind a pipe, with --json, or for short answers' '
		some_history
		export PAGER=false
		on_terminal "datasync log | cat" >out
		grep second out
		on_terminal "datasync log --json" >out
		grep second out
		on_terminal "datasync version" >out
		grep "^datasync [0-9]" out
	'

	it 'a pager that is left early is no error, a missing one is told' '
		some_history
		on_terminal "PAGER=true datasync log; echo status \$?" >out
		grep -x "status 0" out
		on_terminal "PAGER=no-such-pager datasync log
			echo status \$?" >out
		grep "^datasync: warning: cannot run .no-such-pager." out
		grep second out
		grep -x "status 0" out
		on_terminal "PAGER=\"no-such-pager | cat -\" datasync log" >out
		on_terminal "PAGER=\"exec no-such-pager;\" datasync log
			echo status \$?" >out
		grep "^datasync: cannot run the pager" out
		grep -x "status 1" out
	'

	it 'JSON is indented for people' '
		on_terminal "datasync version --json" >out
		grep -E "^[[:space:]]+\"version\"" out
	'
fi

it 'names of any bytes come out quoted for people and whole for programs' '
	some_history
	name=$(printf "a\tb\001\377\302\205\"\\\\ \303\274")
	echo x >"$HOME/notes/$name"
	datasync status >out
	grep -F "\"a\\tb\\001\\377\\302\\205\\\"\\\\ $(printf "\303\274")\"" out
	datasync status --json >out
	grep "_hex\":\"[0-9a-f]*61096201ffc285225c20c3bc\"" out
'

it 'progress is told to programs on stderr, at the end of each phase' '
	some_history
	echo three >"$HOME/notes/a"
	datasync --progress=json commit >out 2>err
	lacks "progress" out
	grep "^{\"type\":\"progress\",\"what\":\"[a-z ]*\",\"done\":[0-9]*," err
	echo four >"$HOME/notes/a"
	datasync --progress=json --no-progress commit 2>err
	lacks "progress" err
'

it 'without a terminal there is no progress' '
	some_history
	echo three >"$HOME/notes/a"
	datasync commit 2>err
	[ ! -s err ]
'

it 'a signal that the parent ignores stays ignored, and its pipe' '
	some_history
	mkdir bin
	printf "%s\n" "#!/bin/sh" "grep SigIgn /proc/self/status" \
		>bin/datasync-signals
	chmod +x bin/datasync-signals
	PATH=$PWD/bin:$PATH
	grep SigIgn /proc/self/status >want
	datasync signals | diff want -
'
done_testing
