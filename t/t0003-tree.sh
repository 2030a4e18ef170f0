#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What lies in the tree is built, run and shipped.
. "${SRCDIR:-.}/t/lib.sh"

it 'Makefile.am lists every source, page and test' '
	cd "$SRCDIR"
	for f in include/ds/*.h lib/*/*.[ch] lib/*/*.[157] cmd/*.[ch] \
	    cmd/*.[157] t/*.sh t/unit/*.[ch] t/fault/*.c t/fuzz/*.[ch]
	do
		[ -e "$f" ] || continue
		case $f in
		t/unit/*.c) word=${f%.c} ;;
		*) word=$f ;;
		esac
		grep -qE "(^|[ 	/)])$word( |\$)" Makefile.am || echo "$f"
	done >"$TMPDIR/missing"
	cat "$TMPDIR/missing"
	[ ! -s "$TMPDIR/missing" ]
'

it 'every test and script can be executed' '
	cd "$SRCDIR"
	for f in t/t*.sh contrib/check contrib/quickstart contrib/dev/*; do
		case $(head -n 1 "$f") in
		"#!"*) [ -x "$f" ] || echo "$f" ;;
		esac
	done >"$TMPDIR/found"
	cat "$TMPDIR/found"
	[ ! -s "$TMPDIR/found" ]
'

it 'every source says its licence first' '
	cd "$SRCDIR"
	for f in include/ds/*.h lib/*/*.[ch] cmd/*.[ch] t/*.sh t/*/*.[ch]
	do
		head -n 2 "$f" |
			grep -q "SPDX-License-Identifier: Apache-2.0" ||
			echo "$f"
	done >"$TMPDIR/found"
	cat "$TMPDIR/found"
	[ ! -s "$TMPDIR/found" ]
'
done_testing
