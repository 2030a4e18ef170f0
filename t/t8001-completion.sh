#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shells themselves load the scripts and complete by them.
. "${SRCDIR:-.}/t/lib.sh"

# in_bash WORD...: what bash offers for the last word.
in_bash() {
	datasync completion bash >script
	bash --norc --noprofile -c '
		source ./script
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_datasync
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$@" >offered
	cat offered
}

# in_fish LINE: what fish offers at its end, without explanations.
in_fish() {
	datasync completion fish >script.fish
	fish --no-config -c 'source script.fish; complete -C $argv[1]' "$1" |
		cut -f 1 | sort >offered
	cat offered
}

# in_zsh LINE: what the line is after TAB, in the terminal of a real zsh.  The
# function datasync says what it was called with.
in_zsh() {
	datasync completion zsh >script
	timeout 30 zsh -f -c '
		zmodload zsh/zpty
		zpty shell "TERM=dumb zsh -f -i"
		zpty -w shell "PROMPT= RPROMPT="
		zpty -w shell "zstyle \":completion:*\" insert-tab false"
		zpty -w shell "autoload -U compinit; compinit -u -D"
		zpty -w shell "source ./script"
		zpty -w shell "datasync() print -r -- got: \"\$@\" :end"
		zpty -w shell "print ready-\$((40 + 2))"
		zpty -r -m shell seen "*ready-42*"
		zpty -w -n shell "$1$(print "\t\r")"
		zpty -r -m shell seen "*got:*:end*"
		seen=${seen##*got: }
		print -r -- ${seen%% :end*}
	' zsh "$1" >offered
	cat offered
}

offers() {
	for word; do
		grep -qxF -e "$word" offered
	done
}

it 'bash completes commands and options' '
	in_bash datasync com
	printf "%s\n" commit completion | diff - offered
	in_bash datasync commit --on
	echo --on-save | diff - offered
	in_bash datasync commit -
	offers -m --message --json --help
	in_bash datasync --ver
	offers --version --verbose
	in_bash datasync commit -- --on
	lacks "--on-save" offered
'

it 'bash finds the command behind global options' '
	in_bash datasync --json -C / commit --on
	offers --on-save
	in_bash datasync --color = never commit --on
	offers --on-save
	in_bash datasync --store commit com
	offers commit completion
'

it 'bash completes values' '
	mkdir "a folder"
	touch "a file"
	in_bash datasync --color al
	offers always
	in_bash datasync --color = al
	offers always
	in_bash datasync --color =
	offers always auto never
	in_bash datasync -C a
	offers "a folder"
	lacks "a file" offered
	in_bash datasync commit "a f"
	offers "a folder" "a file"
	in_bash datasync help comm
	offers commit
	in_bash datasync completion ""
	printf "%s\n" bash zsh fish | diff - offered
	in_bash datasync commit -m ""
	lacks . offered
'

it 'bash completes subcommands and config keys' '
	in_bash datasync device ren
	offers rename
	in_bash datasync config core.lock
	offers core.lockTimeout
'

it 'a name in the store never runs as code in bash' '
	datasync completion bash >script
	datasync() { :; }
	mkdir bin
	printf "%s\n" "#!/bin/sh" "echo \"\\\$(touch ran)\"; echo \"*\"" \
		>bin/datasync
	chmod +x bin/datasync
	PATH="$PWD/bin:$PATH" bash --norc -c "source ./script
		COMP_WORDS=(datasync items enable \"\") COMP_CWORD=3
		_datasync"
	[ ! -e ran ]
'

if have zsh; then
	it 'zsh completes commands, options and values' '
		in_zsh "datasync commi"
		echo commit | diff - offered
		in_zsh "datasync commit --on"
		echo "commit --on-save" | diff - offered
		in_zsh "datasync --color=alw"
		echo "--color=always" | diff - offered
		touch only-file
		in_zsh "datasync commit onl"
		echo "commit only-file" | diff - offered
		in_zsh "datasync --json help vers"
		echo "--json help version" | diff - offered
	'
	it 'zsh loads the script from its path too' '
		mkdir f
		datasync completion zsh >f/_datasync
		zsh -f -c "fpath=(./f \$fpath); autoload -U compinit
			compinit -u -D; print \$_comps[datasync]" >out
		echo _datasync | diff - out
	'
else
	skip 'zsh completes commands, options and values' 'no zsh'
	skip 'zsh loads the script from its path too' 'no zsh'
fi

if have fish; then
	it 'fish completes commands and options' '
		in_fish "datasync com"
		printf "%s\n" commit completion | diff - offered
		in_fish "datasync commit --on"
		echo --on-save | diff - offered
		in_fish "datasync -C / --json commit --on"
		echo --on-save | diff - offered
		in_fish "datasync --color="
		offers --color=always --color=auto --color=never
		in_fish "datasync device ren"
		echo rename | diff - offered
		touch only-file
		in_fish "datasync commit onl"
		echo only-file | diff - offered
		in_fish "datasync version onl"
		lacks only-file offered
	'
else
	skip 'fish completes commands and options' 'no fish'
fi

it 'items are asked from the store, without complaint where there is none' '
	datasync completion items >out 2>&1
	[ ! -s out ]
'

it 'items of the store are offered' '
	new_store
	mkdir "$HOME/notes"
	echo one >"$HOME/notes/a"
	datasync track "$HOME/notes" --name notes
	datasync completion items >out
	grep -x notes out
	in_bash datasync items enable no
	offers notes
'

it 'other shells are refused' '
	fails 2 datasync completion csh 2>err
	grep "no completion for .csh." err
	fails 2 datasync completion
'
done_testing
