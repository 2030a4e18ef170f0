# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The harness, sourced by every shell test.  make check sets PATH (the built
# datasync first), SRCDIR, BUILDDIR, CC, and DS_FAULT (t/fault/fault.c as a
# shared object) where that exists; DS_ASAN is not empty in a sanitized build.
#
#	it 'a fact' '
#		commands, line by line under set -eu
#	'
#	done_testing
#
# Each body runs in an empty folder, with a HOME and a store path of its own,
# as root or as a user.

SRCDIR=${SRCDIR:-$(pwd)}
BUILDDIR=${BUILDDIR:-$SRCDIR}
export SRCDIR BUILDDIR LC_ALL=C TZ=UTC TERM=dumb
export GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=author GIT_AUTHOR_EMAIL=author@example.org
export GIT_COMMITTER_NAME=committer GIT_COMMITTER_EMAIL=committer@example.org
unset CDPATH PAGER NO_COLOR COLUMNS GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
unset DATASYNC_DEVICE_NAME DATASYNC_PAGER DATASYNC_PASSPHRASE_COMMAND
unset DATASYNC_PASSPHRASE_FILE DATASYNC_TRACE
umask 022

# A file that writes much and has no need of a real disk sets "memory" to the
# MiB it takes before it sources this.
if [ -z "${TMPDIR:-}" ] && [ "${memory:-0}" -gt 0 ]; then
	room=$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)
	[ "${room:-0}" -lt $((memory * 1024)) ] || TMPDIR=/dev/shm
fi

tests=0 bad=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/datasync-t.XXXXXX") || exit 1
scratch=$(cd "$scratch" && pwd -P)

clean_up() {
	chmod -R u+rwx "$scratch" 2>/dev/null
	rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT PIPE TERM

# The folders of test number $1; the body starts in the one called "here".
enter() {
	at=$scratch/$1
	export HOME="$at/home" TMPDIR="$at/tmp" DATASYNC_STORE="$at/store.git"
	export XDG_CONFIG_HOME="$HOME/.config" XDG_CACHE_HOME="$HOME/.cache"
	export XDG_DATA_HOME="$HOME/.local/share"
	export XDG_STATE_HOME="$HOME/.local/state"
	export XDG_RUNTIME_DIR="$at/run"
	mkdir -p "$HOME" "$TMPDIR" "$XDG_RUNTIME_DIR" "$at/here"
	chmod 700 "$XDG_RUNTIME_DIR"
	cd "$at/here" || exit 1
}

# What a body started and left running ends with it.
end_jobs() {
	jobs -p >"$scratch/jobs"
	while read -r pid; do
		kill "$pid" 2>/dev/null || :
	done <"$scratch/jobs"
}

# it TITLE BODY: TITLE holds if no line of BODY fails.
it() {
	tests=$((tests + 1))
	(
		trap end_jobs EXIT
		enter "$tests"
		set -eu
		eval "$2"
	) >"$scratch/log" 2>&1 </dev/null
	status=$?
	if [ "$status" -eq 0 ]; then
		echo "ok $tests - $1"
	else
		bad=1
		echo "not ok $tests - $1"
		echo "# status $status, after:"
		tail -n 60 "$scratch/log" | sed 's/^/# /'
	fi
	chmod -R u+rwx "$scratch/$tests" 2>/dev/null
	rm -rf "${scratch:?}/$tests"
}

# skip TITLE REASON: what cannot be tried here.
skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

# skip_all REASON: none of this file's tests can be tried here.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# have COMMAND: is it installed?
have() {
	command -v "$1" >/dev/null 2>&1
}

# fails CODE COMMAND...: COMMAND exits with CODE.
fails() {
	want=$1 got=0
	shift
	"$@" || got=$?
	[ "$got" -eq "$want" ] && return 0
	echo "exit status $got, not $want: $*"
	return 1
}

# lacks PATTERN FILE...: no line matches, in files that can be read.
lacks() {
	got=0
	grep -n -e "$@" || got=$?
	[ "$got" -eq 1 ]
}

# wait_for COMMAND...: until it succeeds; after 30 s the test has failed.
wait_for() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ "$tries" -gt 1500 ]; then
			echo "in vain: wait_for $*"
			return 1
		fi
		sleep 0.02
	done
}

# unprivileged COMMAND...: as this user, but bound by modes even as root.
unprivileged() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --bounding-set=-dac_override,-dac_read_search "$@"
	else
		"$@"
	fi
}

# new_store: an empty one at $DATASYNC_STORE.
new_store() {
	datasync init --name "${1:-test}" >/dev/null
}

# store_git ARGUMENT...: plain git on the store.
store_git() {
	git --git-dir="$DATASYNC_STORE" "$@"
}

# fsck: plain git finds nothing amiss in the store; that it is still empty is
# but a notice.
fsck() {
	status=0
	store_git fsck --strict --no-dangling >"$TMPDIR/fsck" 2>&1 || status=$?
	grep -v "^notice: " "$TMPDIR/fsck" && return 1
	return "$status"
}

# same_tree A B: same names, kinds, contents, modes and link targets.
same_tree() {
	diff -r --no-dereference "$1" "$2" &&
		list_tree "$1" >"$TMPDIR/tree-a" &&
		list_tree "$2" >"$TMPDIR/tree-b" &&
		diff "$TMPDIR/tree-a" "$TMPDIR/tree-b"
}

# list_tree DIR: a line of type, mode, target and name per file, sorted.
list_tree() {
	(cd "$1" && find . \( -type l -printf 'l %l %p\n' \) -o \
		-printf '%y %m %p\n' | sort)
}

done_testing() {
	echo "1..$tests"
	exit "$bad"
}
