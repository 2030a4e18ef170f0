#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Settings: read with their defaults, changed with care.
. "${SRCDIR:-.}/t/lib.sh"

it 'datasync-config(5) has every key of the table with type and default' '
	grep "^	{ \"[a-z]*\..*true,\$\|^	{ \"[a-z]*\..*false,\$" \
	    "$SRCDIR/lib/port/config_keys.c" |
		sed "s/[{,\"]//g; s/|/ | /g; s/ [a-z]*\$//" >table
	while read -r key rest; do
		type=${rest% *} many=
		value=${type##* } type=${type% *}
		[ "${rest##* }" = true ] && many=" several,"
		case $value in
		NULL) value="no default" ;;
		*) value="default $value" ;;
		esac
		echo ".It Ic $key Pq $type,$many $value"
	done <table >want
	grep "^\.It Ic " "$SRCDIR/lib/port/datasync-config.5" >got
	diff want got
	[ "$(wc -l <want)" -gt 10 ]
'

it 'a key that is not set has its default' '
	new_store
	[ "$(datasync config core.lockTimeout)" = 10s ]
	[ "$(datasync config CORE.LOCKTIMEOUT)" = 10s ]
	[ "$(datasync config item.x.enabled)" = false ]
'

it 'a key without value and default fails' '
	new_store
	fails 1 datasync config core.pager 2>err
	grep "core.pager.*is not set" err
	fails 1 datasync config item.x.include 2>err
	grep "item.x.include.*is not set" err
'

it 'the store has the last word over the user' '
	new_store
	datasync config --global core.maxDelete 10
	[ "$(datasync config core.maxDelete)" = 10 ]
	datasync config core.maxDelete 20
	[ "$(datasync config core.maxDelete)" = 20 ]
	datasync config --unset core.maxDelete
	[ "$(datasync config core.maxDelete)" = 10 ]
	datasync config --global --unset core.maxDelete
	[ "$(datasync config core.maxDelete)" = 50 ]
'

it 'the user has settings without a store' '
	datasync config --global log.fold no
	[ "$(datasync config log.fold)" = no ]
	grep "fold = no" "$XDG_CONFIG_HOME/datasync/config"
	[ "$(stat -c %a "$XDG_CONFIG_HOME/datasync/config")" = 600 ]
	fails 10 datasync config log.fold yes
	datasync config --list >out
	grep "^log.fold=no  *global$" out
'

it 'a change leaves all other lines alone' '
	new_store
	printf "# mine\n[color]\n\tui = never ; why\n" \
	    >>"$DATASYNC_STORE/config"
	cp "$DATASYNC_STORE/config" before
	datasync config log.fold false
	datasync config log.fold true
	datasync config --unset log.fold
	echo "[log]" >>before
	diff before "$DATASYNC_STORE/config"
'

it 'git reads and writes the same settings' '
	new_store
	datasync config core.pager " a \"b\" ; c\\d#"
	[ "$(store_git config core.pager)" = " a \"b\" ; c\\d#" ]
	store_git config core.lockTimeout 7s
	[ "$(datasync config core.lockTimeout)" = 7s ]
	fsck
'

it 'rules of an item are changed by a commit' '
	new_store
	mkdir d
	datasync track --name x d
	datasync config --add item.x.exclude "*.log"
	datasync config --add item.x.exclude "*.tmp"
	datasync config item.x.exclude >out
	printf "*.log\n*.tmp\n" | diff - out
	store_git show main:.datasync/items | grep "exclude = \*.tmp"
	datasync config item.x.exclude one
	[ "$(datasync config item.x.exclude)" = one ]
	datasync config --unset item.x.exclude
	fails 1 datasync config item.x.exclude
	fails 1 datasync config --unset item.x.exclude
	[ "$(store_git rev-list --count main)" -eq 5 ]
	fsck
'

it 'rules are refused where they would have no effect' '
	new_store
	mkdir d
	datasync track --name x d
	fails 1 datasync config --global item.x.exclude a 2>err
	grep "cannot be set in the user" err
	fails 1 datasync config item.x.only a 2>err
	grep "cannot be set by hand" err
	fails 1 datasync config datasync.engine 2
	fails 1 datasync config item.y.exclude a 2>err
	grep "no item .y." err
	fails 1 datasync config --add core.fsync none 2>err
	grep "one value only" err
'

it 'an item is told its place, if it is one' '
	new_store
	mkdir d e f
	datasync track --name x d
	datasync track --name y e
	[ "$(datasync config item.x.path)" = "$PWD/d" ]
	datasync config item.x.path "$PWD/f"
	[ "$(datasync config item.x.path)" = "$PWD/f" ]
	fails 1 datasync config item.x.path "$PWD/e"
	fails 1 datasync config item.x.path f 2>err
	grep "a path that begins with" err
	fails 1 datasync config item.z.path "$PWD/f"
	datasync config --unset item.x.path
	[ "$(datasync config item.x.path)" = "$PWD/d" ]
'

it 'an unknown key is refused with the nearest known one' '
	new_store
	fails 1 datasync config core.lokTimeout 5 2>err
	grep "unknown key .core.lokTimeout" err
	grep "^hint: .*core.lockTimeout" err
	fails 1 datasync config item.x.pth 2>err
	grep "^hint: .*item.x.path" err
	fails 1 datasync config core.bare
	fails 1 datasync config nonsense
'

it 'a value of the wrong type is refused and nothing changes' '
	new_store
	cp "$DATASYNC_STORE/config" before
	fails 1 datasync config core.lockTimeout soon 2>err
	grep "must be a time like" err
	fails 1 datasync config core.maxDelete 101 2>err
	grep "a number from 0 to 100" err
	fails 1 datasync config color.ui sometimes 2>err
	grep "must be auto, always or never, not .sometimes" err
	fails 1 datasync config log.fold maybe
	fails 1 datasync config -- core.maxDelete -5
	fails 1 datasync config "item.a/b.gitDirs" keep
	diff before "$DATASYNC_STORE/config"
'

it 'what is not set cannot be unset' '
	new_store
	datasync config --global log.fold no
	fails 1 datasync config --unset log.fold 2>err
	grep "is not set in .*store.git/config" err
'

it 'wrong options are a usage error' '
	new_store
	fails 2 datasync config --add --unset log.fold
	fails 2 datasync config --unset log.fold x
	fails 2 datasync config --list log.fold
	fails 2 datasync config --global log.fold
	fails 2 datasync config --add
	fails 2 datasync config a b c
'

it 'the list says where each value comes from' '
	new_store
	datasync config --global core.maxDelete 7
	datasync config core.fsync none
	mkdir d
	datasync track --name x d
	datasync config --list >out
	grep "^core.lockTimeout=10s  *default$" out
	grep "^core.maxDelete=7  *global$" out
	grep "^core.fsync=none  *store$" out
	grep "^core.pager=  *-$" out
	grep "^item.x.path=$PWD/d  *state$" out
	grep "^item.x.gitDirs=skip  *default$" out
	lacks "item.x.exclude" out
	datasync -v config >out
	grep "^# how long to wait for another datasync (time)$" out
'

it 'the list warns of unknown keys, not of those of git' '
	new_store
	store_git config core.maxdelte 5
	store_git config core.editor vi
	store_git config remote.x.url /x
	store_git config item.x.nonsense 1
	datasync config --list >out 2>err
	grep "warning: unknown key .core.maxdelte.* .core.maxDelete" err
	grep "item.x.nonsense" err
	[ "$(wc -l <err)" -eq 2 ]
'

it 'a wrong value in a file is named' '
	new_store
	store_git config color.ui sometimes
	fails 1 datasync config color.ui 2>err
	grep "color.ui.*auto, always or never" err
	datasync config --list >out 2>err
	grep "warning: .*color.ui" err
'

it 'a syntax error names file and line' '
	new_store
	mkdir -p "$XDG_CONFIG_HOME/datasync"
	printf "[core]\n\tfsync = all\n[log\n" \
	    >"$XDG_CONFIG_HOME/datasync/config"
	fails 1 datasync config core.fsync 2>err
	grep "config/datasync/config. line 3:" err
	[ "$(wc -l <err)" -eq 1 ]
'

it 'a lock that a kill left is taken away' '
	new_store
	echo x >"$DATASYNC_STORE/config.new"
	ln "$DATASYNC_STORE/config.new" "$DATASYNC_STORE/config.lock"
	datasync config log.fold no
	[ "$(datasync config log.fold)" = no ]
	[ ! -e "$DATASYNC_STORE/config.lock" ]
	[ ! -e "$DATASYNC_STORE/config.new" ]
'

it 'twenty changes at once all get in' '
	new_store
	i=0
	while [ $i -lt 20 ]; do
		datasync config "item.x$i.gitDirs" keep &
		i=$((i + 1))
	done
	wait
	[ "$(store_git config --get-regexp "^item.*gitdirs" | wc -l)" -eq 20 ]
'

it 'programs get JSON' '
	new_store
	datasync --json config log.fold >out
	grep "\"key\": *\"log.fold\"" out
	grep "\"from\": *\"default\"" out
	grep "\"value\": *\"true\"" out
	mkdir d
	datasync track --name x d
	datasync --json config --add item.x.exclude a >out
	grep "\"value\": *\"a\",\"in\": *\"state\"" out
	datasync --json config item.x.exclude >out
	grep "\"values\": *\[\"a\"\]" out
	datasync --json config --list >out
	grep "\"key\": *\"core.pager\",\"value\":null,\"from\":null" out
	fails 1 datasync --json config nonsense >out
	grep "\"type\":\"error\"" out
'
done_testing
