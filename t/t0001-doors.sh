#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each foreign library enters through one door, and only cmd/ speaks.
. "${SRCDIR:-.}/t/lib.sh"

# door LIBRARY INCLUDE FILES: the pattern INCLUDE occurs in no source but
# those that match the pattern FILES.
door() {
	include=$2 files=$3
	export include files
	it "$1 is included through its door alone" '
		cd "$SRCDIR"
		grep -lE "^#[ 	]*include[ 	]*[<\"]($include)" \
		    cmd/*.[ch] include/ds/*.h lib/*/*.[ch] >"$TMPDIR/found" || :
		fails 1 grep -vxE "$files" "$TMPDIR/found"
	'
}

door OpenSSL 'openssl/' 'lib/port/crypto_[a-z]*\.[ch]'
door zlib 'zlib\.h|libdeflate\.h' 'lib/port/deflate\.c'
door cJSON '(cjson/)?cJSON\.h' 'lib/port/json\.c'
door curl 'curl/' 'lib/port/http(_[a-z]+)?\.c'
git_door='lib/port/config(_[a-z]+)?\.[ch]|lib/algo/merge_text\.c'
git_door="$git_door|lib/store/[a-z0-9_]+\\.[ch]|lib/remote/transport_git\\.c"
git_door="$git_door|lib/remote/git_[a-z]+\\.c"
# git2/oid.h, which cannot be matched, is everybody's: ids travel.
door libgit2 'git2\.h|git2/[a-np-z]|git2/o[a-hj-z]' \
    "$git_door|include/ds/[a-z]+\\.h"

it 'the headers of ds/ take no more from libgit2 than ids and types' '
	cd "$SRCDIR/include/ds"
	grep -n "include.*git2" ./*.h >"$TMPDIR/found" || :
	fails 1 grep -vE "<git2/(oid|types)\.h>" "$TMPDIR/found"
'

it 'lib never prints, asks for input or exits' '
	for a in "$BUILDDIR"/lib/*/lib*.a; do
		nm -A --undefined-only "$a"
	done | grep -E " U (__)?(v?printf(_chk)?|puts|putchar|perror|err|warn|\
exit|quick_exit|stdout|stdin|getpass|gets|getchar|scanf)(@.*)?\$" >found || :
	cat found
	[ ! -s found ]
'
done_testing
