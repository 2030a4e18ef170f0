#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Apply where each system call fails in turn, and where it dies before each:
# the next run ends it, and nothing of the user's is lost.
. "${SRCDIR:-.}/t/lib.sh"

test -n "${DS_FAULT:-}" || skip_all "there is no fault library"
test -z "${DS_ASAN:-}" || skip_all "timing and exits differ when sanitized"

apply() {
	"$BUILDDIR/t/unit/apply_race" "$@"
}

# faulty VARIABLE...: one run in "scene" with the library in it; $how is "flush"
# for a durable one.
how=run
faulty() {
	env "$@" DS_FAULT_PATH=/disk LD_PRELOAD="$DS_FAULT" \
		"$BUILDDIR/t/unit/apply_race" "$how" scene
}

# each KINDS STATUSES VARIABLE...: every such call in turn; the run may end with
# one of the STATUSES (99: it could not begin), and the next one finishes.
each() {
	kind=$1 allowed=$2
	shift 2
	apply make scene
	faulty DS_FAULT_CALL="$kind" DS_FAULT_COUNT="$PWD/count" >told
	last=$(cat count)
	test "$last" -gt 0
	nth=0
	apply make scene
	while [ "$nth" -lt "$last" ]; do
		nth=$((nth + 1))
		status=0
		faulty DS_FAULT_CALL="$kind" DS_FAULT_NTH="$nth" "$@" \
			>told 2>&1 || status=$?
		case " $allowed " in
		*" $status "*) ;;
		*)
			echo "$kind $nth of $last: status $status"
			cat told
			return 1
			;;
		esac
		apply again scene || {
			echo "after $kind $nth of $last, status $status"
			cat told
			return 1
		}
	done
}

it 'a call that fails with EIO loses nothing' '
	mkdir scene
	how=flush
	each any "0 1 99" DS_FAULT_ERRNO=EIO
'

it 'nor does one that is not permitted' '
	mkdir scene
	each any "0 1 99" DS_FAULT_ERRNO=EACCES
'

it 'a disk that is full from some call on loses nothing' '
	mkdir scene
	each write,mkdir,symlink "0 1 99" DS_FAULT_ERRNO=ENOSPC DS_FAULT_STAY=1
'

it 'killed before any call, the next run ends it' '
	mkdir scene
	each any 137 DS_FAULT_KILL=1 DS_FAULT_WHEN=before
'

it 'killed after a rename, likewise' '
	mkdir scene
	each renameat2,unlink 137 DS_FAULT_KILL=1 DS_FAULT_WHEN=after
'

it 'without renameat2 all is done by rename' '
	mkdir scene
	apply make scene
	faulty DS_FAULT_CALL=renameat2 DS_FAULT_NTH=1 DS_FAULT_STAY=1 \
		DS_FAULT_ERRNO=ENOSYS
	apply check scene
	apply make scene
	faulty DS_FAULT_CALL=renameat2 DS_FAULT_NTH=1 DS_FAULT_STAY=1 \
		DS_FAULT_ERRNO=EINVAL
	apply check scene
'

done_testing
