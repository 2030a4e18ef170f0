#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Who commits: the device, its name and its keys.
. "${SRCDIR:-.}/t/lib.sh"

# commit_as ID NAME TIME: a commit of another device on the line.
commit_as() {
	tree=$(store_git mktree </dev/null)
	parent=$(store_git rev-parse -q --verify refs/heads/main) || parent=
	id=$(printf "x\n\nDatasync-Device: %s\n" "$1" |
		GIT_AUTHOR_NAME=$2 GIT_AUTHOR_DATE="@$3 +0000" \
		GIT_COMMITTER_DATE="@$3 +0000" \
		store_git commit-tree ${parent:+-p "$parent"} "$tree")
	store_git update-ref refs/heads/main "$id"
}

it 'a device is shown without its secrets' '
	new_store desk
	datasync device >out
	grep "^name  *desk$" out
	grep -E "^id  *[0-9a-f]{32}$" out
	grep -E "^ed25519  *SHA256:[0-9a-f]{64}$" out
	grep -E "^x25519  *SHA256:[0-9a-f]{64}$" out
	grep -o "\"secret\":\"[0-9a-f]*" "$DATASYNC_STORE/datasync/device" |
		cut -d : -f 2 | tr -d \" >secrets
	[ "$(wc -l <secrets)" -eq 2 ]
	datasync --json device >>out
	fails 1 grep -f secrets out
'

it 'the id is the start of the fingerprint, as openssl has it' '
	new_store
	hex=$(sed "s/.*\"ed25519\":{\"public\":\"\([0-9a-f]*\).*/\1/" \
	    "$DATASYNC_STORE/datasync/device")
	sum=$(printf "%s" "$hex" | xxd -r -p | sha256sum | cut -c 1-64)
	datasync device | grep "^ed25519  *SHA256:$sum$"
	[ "$(datasync device | sed -n "s/^id  *//p")" = \
	    "$(echo "$sum" | cut -c 1-32)" ]
'

it 'the file with the keys is private' '
	new_store
	[ "$(stat -c %a "$DATASYNC_STORE/datasync/device")" = 600 ]
	datasync device rename other
	[ "$(stat -c %a "$DATASYNC_STORE/datasync/device")" = 600 ]
'

it 'a device is renamed and keeps its id' '
	new_store desk
	datasync device | grep -v "^name" >before
	datasync device rename "K'"'"'s laptop (2)"
	datasync device >out
	grep "^name  *K.s laptop (2)$" out
	grep -v "^name" out | diff before -
'

it 'a name that git would change is refused' '
	new_store desk
	for name in "" " a" "a<b" "a." "$(printf "a\nb")" "$(printf "\377")"
	do
		fails 1 datasync device rename "$name"
	done
	datasync device | grep "^name  *desk$"
	fails 2 datasync device rename
	fails 2 datasync device list x
	fails 2 datasync device renam x 2>err
	grep rename err
'

it 'the list has this device first and those of the history' '
	new_store desk
	datasync device list >out
	grep -E "^\* [0-9a-f]{12}  desk  *no commit yet$" out
	commit_as 11111111111111111111111111111111 old 1700000000
	commit_as 11111111111111111111111111111111 phone 1700000100
	commit_as 22222222222222222222222222222222 tablet 1700000200
	datasync device list >out
	[ "$(wc -l <out)" -eq 3 ]
	sed -n 1p out | grep "^\* .*desk"
	sed -n 2p out | grep "^  222222222222  tablet  *2023-11-14 22:16:40"
	sed -n 3p out | grep "^  111111111111  phone  *2023-11-14 22:15:00"
	datasync --json device list >out
	grep "\"commits\": *2,.*\"last_commit\": *\"2023-11-14T22:15:00Z\"" out
'

it 'a file that is damaged is named' '
	new_store
	cp "$DATASYNC_STORE/datasync/device" good
	cut -c 1-100 good >"$DATASYNC_STORE/datasync/device"
	fails 13 datasync device 2>err
	grep "datasync/device. is damaged" err
	sed "s/\"id\":\"......../\"id\":\"00000000/" good \
	    >"$DATASYNC_STORE/datasync/device"
	fails 13 datasync device 2>err
	grep "is not that of its key" err
'
done_testing
