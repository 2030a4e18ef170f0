#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real data goes in and comes out the same: bytes, names, kinds, modes, times;
# and plain git reads what datasync wrote.
memory=1000
. "${SRCDIR:-.}/t/lib.sh"

# A tree of N files at DIR out of what lies under /usr/share: whole files and
# slices, under names of any bytes, with any mode and time.
cat >"$scratch/grow.pl" <<'EOF2'
use strict;
use warnings;
use Time::HiRes ();

my ($dir, $n) = @ARGV;
srand(20);
my @pool;
open(my $find, '-|', 'find /usr/share/doc /usr/share/perl /usr/share/man ' .
    '-type f -size -40k -print0 2>/dev/null | sort -z') or die;
{
	local $/ = "\0";
	while (<$find>) {
		chomp;
		push @pool, $_ if @pool < 4000;
	}
}
die "nothing in /usr/share\n" if @pool < 50;

sub pick { return $_[int(rand(@_))]; }

sub content {
	my $kind = rand();
	return '' if $kind < 0.03;
	return join('', map { chr(int(rand(256))) } 1 .. 1 + rand(40))
	    if $kind < 0.06;
	open(my $in, '<:raw', pick(@pool)) or return 'x';
	local $/;
	my $all = <$in>;
	return $all if $kind < 0.3 || length($all) < 2;
	my $from = int(rand(length($all)));
	return substr($all, $from, 1 + int(rand(3000)));
}

my @odd = ("a b", " lead", "trail ", "new\nline", "-rf", "--", "back\\slash",
    "\\", "\xff\xfe", "caf\xc3\xa9", "caf\xe9", "tab\there", "\"quote\"",
    "'", "\$HOME", "`x`", "*", "?", "[a]", "#", "~", ":", "%", "a%", "\x01",
    "\x7f", "con", "nul.txt", "...", "x.", "COM1", "\e[31m", "%00", "&", ";",
    "=", "\xe2\x80\xae", "\x80");
my $serial = 0;

sub name {
	my $s = sprintf('%x', $serial++);
	my $kind = rand();
	return "f$s" if $kind < 0.5;
	return pick(@odd) . $s if $kind < 0.8;
	return $s . pick(@odd) if $kind < 0.97;
	return $s . 'n' x (255 - length($s));
}

sub mtime {
	my $kind = rand();
	return 1.5e9 + rand(2e8) if $kind < 0.7;
	return int(rand(1e9)) if $kind < 0.9;
	return 4e9 + rand(1e8);
}

# Times before 1970 and those of links are none of utime's business.
sub touch {
	while (my @some = splice(@_, 0, 60)) {
		my $t = '@-' . int(rand(1e9)) . '.' . int(rand(1e9));
		system('touch', '-h', '-d', $t, '--', @some) == 0 or die;
	}
}

my @modes = (0644, 0644, 0644, 0644, 0600, 0400, 0755, 04755, 0444, 0666,
    0640, 02755);
my @dirs = ($dir);
mkdir $dir or die "$dir: $!";
for my $name (@odd) {
	mkdir "$dir/$name" or die "$dir/$name: $!";
	push @dirs, "$dir/$name";
}
while (@dirs < $n / 60 + 10) {
	my $d = pick(@dirs) . '/' . name();
	next if length($d) > 3500;
	mkdir $d or die "$d: $!";
	push @dirs, $d;
}
my (@all, @old);
for my $i (1 .. $n) {
	my $f = pick(@dirs) . '/' . name();
	next if length($f) > 4000;
	if (rand() < 0.04) {
		my $to = pick('nowhere', '.', '..', '/etc', 'a b', "\xff\n",
		    '/' . 'x' x 3000, '../' x 9, $dirs[-1], "\\");
		symlink($to, $f) or die "$f: $!";
		push @old, $f;
		next;
	}
	open(my $out, '>:raw', $f) or die "$f: $!";
	print $out content();
	print $out 'y' x 9_000_000, $i if $i == 77;
	close($out) or die "$f: $!";
	push @all, $f;
	push @old, $f if $i % 20 == 0;
}
for my $i (1 .. 40) {
	mkdir pick(@dirs) . "/empty$i" or die;
}
for my $f (@all) {
	chmod(pick(@modes), $f) or die;
	my $t = mtime();
	Time::HiRes::utime($t, $t, $f) or die;
}
touch(@old);
for my $d (reverse @dirs) {
	my $t = mtime();
	chmod(pick(0755, 0755, 0700, 01777, 02755, 0500), $d) or die
	    if $d ne $dir;
	Time::HiRes::utime($t, $t, $d) or die;
}
touch(@dirs[5 .. 9]);
EOF2

# list_times DIR: the time of each file, link and folder, by name.
list_times() {
	(cd "$1" && find . -printf '%T@ %p\0' | LC_ALL=C sort -z)
}

# all_same A B
all_same() {
	diff -r --no-dereference "$1" "$2" >diff-r 2>&1 || :
	head diff-r
	[ ! -s diff-r ]
	list_tree "$1" >tree-a
	list_tree "$2" >tree-b
	cmp tree-a tree-b
	list_times "$1" >times-a
	list_times "$2" >times-b
	cmp times-a times-b
}

# copy_of DIR: what of it can be read, as ./copy; for the original may change.
copy_of() {
	cp -a "$1" copy 2>/dev/null || :
	find copy -name .git -prune -exec rm -rf {} +
	find copy ! -type d ! -type f ! -type l -exec rm -f {} +
	find copy ! -type l ! -readable -prune -exec rm -rf {} +
}

# round_trip DIR: into the store, and out of it again beside.
round_trip() {
	new_store
	datasync track --name item "$1" >/dev/null
	datasync commit -m "all of it"
	datasync restore --to out
	all_same "$1" out/item
	fsck
	datasync commit >again
	grep -x "nothing to commit" again
	datasync status --json >state
	grep "\"clean\":true" state
}

it '/usr/share/doc comes back as it was' '
	copy_of /usr/share/doc
	round_trip copy
'

it '/etc comes back as it was, as far as it can be read' '
	copy_of /etc
	round_trip copy
'

it '20,000 files of all kinds come back as they were' '
	perl "$scratch/grow.pl" tree 20000
	test "$(find tree ! -type d -printf x | wc -c)" -gt 19800
	round_trip tree
'

it 'and in place, when all of them are lost' '
	perl "$scratch/grow.pl" tree 1200
	cp -a tree good
	new_store
	datasync track --name item tree >/dev/null
	datasync commit -m all
	chmod -R u+rwx tree
	rm -rf tree
	datasync restore
	all_same good tree
	fsck
'

it 'and in place, over other content' '
	perl "$scratch/grow.pl" tree 1200
	cp -a tree good
	new_store
	datasync track --name item tree >/dev/null
	datasync commit -m all
	find tree -type f -exec chmod u+w {} +
	find tree -type f -name "*1" -exec cp /etc/passwd {} \;
	find tree -type f -name "*2*" -exec chmod 0700 {} +
	datasync commit -m other
	datasync restore --from main~1
	diff -r --no-dereference good tree
	list_tree good >a
	list_tree tree >b
	cmp a b
	fsck
'

it 'a file that nobody may read comes back so' '
	mkdir d d/sub
	echo x >d/f
	echo y >d/sub/g
	chmod 0000 d/f d/sub
	[ "$(id -u)" -eq 0 ] && set -- || set -- unshare -Ur
	new_store
	"$@" datasync track d >/dev/null
	"$@" datasync commit -m all
	"$@" datasync restore --to out
	test "$(stat -c %a out/d/f)" = 0
	test "$(stat -c %a out/d/sub)" = 0
	chmod 0700 d/f d/sub out/d/f out/d/sub
	diff -r d out/d
'

# One store for what follows.
git_reads() {
	perl "$scratch/grow.pl" tree 600
	new_store
	datasync track --name item tree >/dev/null
	datasync commit -m "first of all"
	echo more >tree/more
	datasync commit -m "one more"
	echo saved >>tree/more
	datasync commit --on-save tree/more
	rm -f tree/more
	datasync commit
}

it 'git log agrees with datasync log' '
	git_reads
	store_git log --format="%H %P|%s" main >theirs
	datasync log --all --json >log
	perl -MJSON::PP -ne "
		my \$r = decode_json(\$_);
		print \"\$r->{id} @{\$r->{parents}}|\$r->{subject}\n\";
	" <log >ours
	cmp theirs ours
	test "$(wc -l <ours)" -eq 5
	store_git log -1 --format=%B main~3 | grep -x "first of all"
	store_git log -1 --format=%cI main~2 >when
	date -u -d "$(cat when)" +%FT%TZ >theirs
	sed -n "s/.*\"time\":\"\([^\"]*\)\".*\"one more\".*/\1/p" log >ours
	cmp theirs ours
'

it 'git show and cat-file agree with datasync show' '
	git_reads
	store_git ls-tree -r -z main item >list
	perl -0ne "print unless /^120000/ || /\\t.*%/s || \$. % 15" list >some
	test "$(tr -cd "\0" <some | wc -c)" -gt 20
	cat >each.pl <<-\EOF2
		$/ = "\0";
		while (<STDIN>) {
			chomp;
			my ($id, $path) = /^\d+ blob (\w+)\t(.*)$/s or die;
			open(my $a, "-|", "datasync", "show", "main:$path");
			open(my $b, "-|", "git",
			    "--git-dir=$ENV{DATASYNC_STORE}", "cat-file",
			    "blob", $id);
			local $/;
			my ($x, $y) = (scalar(<$a>) // "", scalar(<$b>) // "");
			close($a) or die "$path: $?";
			close($b) or die "$path: $?";
			die "$path differs" unless $x eq $y;
		}
	EOF2
	perl each.pl <some
	datasync show main~2:item/more >ours
	store_git show main~2:item/more >theirs
	cmp ours theirs
	datasync show --name-only main~2 | grep -x item/more
	store_git show --format= --name-only main~2 | grep -x item/more
'

it 'git checkout writes the same files' '
	git_reads
	mkdir wt
	store_git --work-tree="$PWD/wt" checkout -q -f main -- item
	(cd wt/item && find . -name "*%" -print0) >renamed
	cp -a tree plain
	find plain -type d -exec chmod u+rwx {} \;
	find plain -depth -type d -empty -delete
	diff -r --no-dereference plain wt/item >diff-r || :
	grep -v "^Only in.*%\$" diff-r | head
	diff -r --no-dereference plain wt/item
	(cd plain && find . -type f -perm -0100 | sort) >theirs
	(cd wt/item && find . -type f -perm -0100 | sort) >ours
	cmp theirs ours
'

it 'git clone has the whole history' '
	git_reads
	git clone -q "$DATASYNC_STORE" clone
	git -C clone rev-parse HEAD~4 HEAD >theirs
	store_git rev-parse main~4 main >ours
	cmp theirs ours
	test -d "clone/item/-rf"
'
done_testing
