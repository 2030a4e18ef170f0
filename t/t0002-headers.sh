#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each header compiles alone, and twice, as C11.
. "${SRCDIR:-.}/t/lib.sh"

cd "$SRCDIR" || exit 1
for header in include/ds/*.h lib/*/*.h cmd/*.h t/unit/tap.h; do
	[ -e "$header" ] || continue
	export header
	it "$header stands alone" '
		printf "#include \"%s\"\n" "$header" "$header" >alone.c
		# shellcheck disable=SC2086
		${CC:-cc} -std=c11 -Wall -Wextra -Werror -Wno-unused-function \
		    -D_GNU_SOURCE -I"$SRCDIR/include" -I"$SRCDIR" \
		    ${DS_CPPFLAGS:-} -fsyntax-only alone.c
	'
done
done_testing
