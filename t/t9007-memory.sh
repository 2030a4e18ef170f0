#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every command of the main job under valgrind: no access to memory that is
# not ours, none of it lost, no descriptor left open.  The sanitized build
# looks by itself: there the commands run as they are.
. "${SRCDIR:-.}/t/lib.sh"

memory() {
	if [ -n "${DS_ASAN:-}" ]; then
		datasync "$@"
		return
	fi
	valgrind --quiet --error-exitcode=99 --leak-check=full \
	    --show-leak-kinds=definite,indirect,possible \
	    --errors-for-leak-kinds=definite,indirect,possible \
	    --track-fds=no datasync "$@"
}

# A folder with one of each: files, links, folders, odd names.
some_files() {
	mkdir -p w/a/b w/empty
	echo one >w/one
	printf 'b\0n' >w/a/binary
	ln -s one w/link
	echo x >"w/a/b/$(printf 'odd\377\n')"
	echo '*.tmp' >w/.datasyncignore
	echo skip >w/x.tmp
}

it 'init, track and commit' '
	some_files
	memory init --name test
	memory init
	memory track w --exclude "*.bak" --name item
	fails 1 memory track w/a
	memory commit -m first
	memory commit
	echo two >>w/one
	memory commit --on-save w/one
	memory commit --on-save /etc/passwd
	memory items
	memory --json items
	memory untrack w/a
	memory untrack item
'

it 'status, log, diff and show' '
	some_files
	new_store
	datasync track w
	datasync commit -m first
	echo two >>w/one
	datasync commit --on-save w/one
	rm w/link
	mv w/a w/c
	memory status
	memory --json status
	memory log
	memory log --json -p
	memory log --graph --stat w/one
	memory diff
	memory --json diff HEAD~1
	memory diff --stat HEAD~1 HEAD w/one
	memory show
	memory --json show HEAD~1
	memory show HEAD:w/one
	fails 1 memory show nowhere
'

it 'restore and undo' '
	some_files
	new_store
	datasync track w
	datasync commit -m first
	rm -r w/a
	echo edited >w/one
	echo new >w/new
	memory restore --dry-run --delete
	memory restore --from HEAD --delete
	[ "$(cat w/one)" = one ]
	memory undo --dry-run
	memory undo
	[ "$(cat w/one)" = edited ]
	memory undo
	memory restore --to out
	fails 3 memory restore --to out
'

it 'config, device, verify and the rest' '
	some_files
	new_store
	datasync track w
	datasync commit -m first
	memory config core.maxDelete 40
	memory config --list
	memory --json config core.maxDelete
	fails 1 memory config core.maxDelte 3
	memory device
	memory device rename other
	memory --json device list
	memory verify
	memory version
	memory help
	memory completion bash
	fails 2 memory comit
'

it 'what is damaged' '
	some_files
	new_store
	datasync track w
	datasync commit -m first
	for f in "$DATASYNC_STORE"/objects/??/*; do
		chmod u+w "$f"
		echo garbage >"$f"
	done
	fails 13 memory verify
	fails 13 memory status
	fails 13 memory log
	fails 13 memory restore
'

done_testing
