#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A file that is saved while a restore replaces it keeps the user's bytes: they
# are on the disk, or in history.
. "${SRCDIR:-.}/t/lib.sh"

# race ROUNDS HOW: in each round a restore of "w" runs while a save of one of
# its files begins at a random moment of it.
race() {
	new_store test
	datasync config core.fsync none
	mkdir w
	for n in 1 2 3 4; do echo "old $n" >"w/f$n"; done
	datasync track w >out
	datasync commit >out
	cat >race.pl <<-"EOF"
		use strict;
		use warnings;
		use Time::HiRes qw(time sleep);

		my ($rounds, $how, $good) = @ARGV;
		my %took = (early => 0, late => 0, kept => 0, met => 0);

		sub put {
			my ($path, $mode, $text) = @_;
			open(my $f, $mode, $path) or return 0;
			syswrite($f, $text) == length($text) or die "write: $!";
			close($f);
			return 1;
		}

		sub save {
			my ($path, $text) = @_;
			if ($how eq "rename") {
				put("$path.tmp", ">", $text);
				rename("$path.tmp", $path) or die "rename: $!";
			} elsif ($how eq "truncate") {
				put($path, ">", $text);
			} elsif ($how eq "append") {
				put($path, ">>", $text);
			} elsif ($how eq "hold") {
				open(my $f, "+<", $path) or die "open: $!";
				truncate($f, 0);
				for my $part ($text =~ /(.{1,4}|\n)/gs) {
					syswrite($f, $part);
					sleep(0.0005);
				}
				close($f);
			} elsif ($how eq "remove") {
				unlink($path);
				put($path, ">", $text);
			}
		}

		sub slurp {
			my ($path) = @_;
			open(my $f, "<", $path) or return "";
			local $/;
			my $text = <$f>;
			return $text // "";
		}

		# On the disk, beside it, or in one of the newest commits?
		sub found {
			my ($n, $text) = @_;
			return "late" if index(slurp("w/f$n"), $text) >= 0;
			for my $kept (glob("w/f$n*kept*")) {
				return "kept"
				    if index(slurp($kept), $text) >= 0;
			}
			for my $back (0 .. 3) {
				my $was = qx(git --git-dir="\$DATASYNC_STORE" \\
				    show main~$back:w/f$n 2>/dev/null);
				return "early" if index($was, $text) >= 0;
			}
			return "";
		}

		my $length = 0.01;
		for my $round (1 .. $rounds) {
			my $n = $round % 4 + 1;
			my $text = "user $how $round of $$\n";
			# so that there is something to replace
			put("w/f$n", ">", "before $round\n");
			my $delay = rand() * $length;
			my $pid = fork() // die;
			if ($pid == 0) {
				sleep($delay);
				save("w/f$n", $text);
				exit(0);
			}
			my $begin = time();
			my $rc = system("datasync -q restore --from $good w" .
			    " >>log 2>&1") >> 8;
			$length = 0.8 * $length + 0.2 * (time() - $begin);
			waitpid($pid, 0);
			die "the save failed in round $round" if $? != 0;
			die "status $rc in round $round"
			    if $rc != 0 && $rc != 3;
			$took{met}++ if $rc == 3;
			my $where = found($n, $text);
			die "round $round: the save is lost" if $where eq "";
			$took{$where}++;
			unlink(glob("w/*kept*"));
		}
		print join(", ", map { "$_: $took{$_}" } sort keys %took), "\n";
		# the race was one: some restores found the file changed
		exit(2) if $took{met} == 0;
	EOF
	good=$(store_git rev-parse main)
	perl race.pl "$1" "$2" "$good" || {
		cat log
		return 1
	}
	find w -name ".datasync-*" >left
	test ! -s left
	fsck
	datasync restore --from "$good" --delete
	for n in 1 2 3 4; do grep "old $n" "w/f$n"; done
	datasync status >out
	grep "nothing changed" out
}

it 'a save that renames a new file into place' '
	race 120 rename
'

it 'a save that truncates and writes' '
	race 120 truncate
'

it 'a save that appends in place' '
	race 120 append
'

it 'a save that keeps the file open and writes bit by bit' '
	race 80 hold
'

it 'a save that removes the file and writes it anew' '
	race 80 remove
'

done_testing
