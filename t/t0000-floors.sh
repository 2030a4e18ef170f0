#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A floor includes and calls itself and the floors below it, never one above
# and none beside.
. "${SRCDIR:-.}/t/lib.sh"

# The floors that $1 may use.
below() {
	case $1 in
	base) echo base ;;
	port) echo port base ;;
	algo) echo algo base ;;
	store) echo store port algo base ;;
	remote) echo remote store port algo base ;;
	sync) echo sync remote store port algo base ;;
	esac
}

# The floor whose library defines what ds/$1.h declares: it has $1.c, or
# else the files $1_*.c.
floor_of() {
	case $1 in compat | banned) echo base; return ;; esac
	for f in "$SRCDIR"/lib/*/"$1".c "$SRCDIR"/lib/*/"$1"_*.c; do
		[ -e "$f" ] || continue
		basename "$(dirname "$f")"
		return
	done
}

# includes FLOOR FILE...: those that FLOOR may not have.
upward() {
	floor=$1
	shift
	sed -n 's,^#[ 	]*include[ 	]*"ds/\(.*\)\.h".*,\1,p' "$@" |
		sort -u | while read -r name; do
			owner=$(floor_of "$name")
			case " $(below "$floor") " in
			*" ${owner:-nobody} "*) ;;
			*) echo "ds/$name.h of floor '${owner:-nobody}'" ;;
			esac
		done
}

# The headers of a floor.
headers() {
	for h in "$SRCDIR"/include/ds/*.h; do
		if [ "$(floor_of "$(basename "$h" .h)")" = "$1" ]; then
			echo "$h"
		fi
	done
}

# The functions that floor $1 leaves to others ("undefined") or has
# ("defined").
symbols() {
	nm --"$2"-only "$BUILDDIR/lib/$1/lib$1.a" 2>/dev/null |
		awk '$NF ~ /^ds_/ { print $NF }' | sort -u
}

for dir in "$SRCDIR"/lib/*/; do
	floor=$(basename "$dir")
	export floor
	it "lib/$floor includes nothing above it" '
		upward "$floor" "$SRCDIR/lib/$floor"/*.[ch] >above
		cat above
		[ ! -s above ]
	'
	it "the headers of lib/$floor include nothing above it" '
		headers "$floor" >list
		[ ! -s list ] || upward "$floor" $(cat list) >above
		cat above
		[ ! -s above ]
	'
	it "lib/$floor calls nothing above it" '
		[ -e "$BUILDDIR/lib/$floor/lib$floor.a" ]
		for f in $(below "$floor"); do
			symbols "$f" defined
		done | sort -u >have
		symbols "$floor" undefined | comm -23 - have >above
		cat above
		[ ! -s above ]
	'
done

it 'every header belongs to a floor' '
	for h in "$SRCDIR"/include/ds/*.h; do
		name=$(basename "$h" .h)
		[ -n "$(floor_of "$name")" ] || echo "$h"
	done >homeless
	cat homeless
	[ ! -s homeless ]
'

it 'lib includes its own folder and ds/, never cmd/ or a path' '
	for f in "$SRCDIR"/lib/*/*.[ch]; do
		sed -n "s,^# *include *\"\(.*\)\".*,\1,p" "$f" |
			grep -v "^ds/" | while read -r name; do
				[ "$name" = config.h ] ||
				[ -e "$(dirname "$f")/$name" ] ||
					echo "$f: $name"
			done
	done >odd
	grep -n "include.*\"[^\"]*\.\./" "$SRCDIR"/lib/*/*.[ch] >>odd || :
	cat odd
	[ ! -s odd ]
'
done_testing
