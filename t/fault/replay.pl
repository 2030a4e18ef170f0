# SPDX-License-Identifier: Apache-2.0
# replay.pl HOME-AND-STORE TRACE STATE CHECK [VARIANTS]: power cuts.
#
# TRACE is what strace saw a command do to the folder HOME-AND-STORE, of which
# HOME-AND-STORE.before is the copy made before it ran.  For every call in it
# that changes names or flushes, the folder is made anew at STATE as a cut of
# the power right after that call could leave it, and CHECK is run there with
# "done" as its argument where the command had ended, else "cut".  What the
# disk may do:
#
#   a file's content and mode since its last fsync may be lost: it is as it was
#   then, or empty, or as long as it should be but all zeros;
#   a folder's names since its last fsync may be lost, from the last backwards;
#   each folder on its own, but an exchange or rename is all or nothing.
#
# Two minutes go by until the machine is up again.  A state that was tried
# already is not tried again.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use Fcntl qw(:mode);
use Time::HiRes ();

my ($root, $trace, $state, $check, $variants) = @ARGV;
$variants //= 1;
srand(42);

# Each thing is a number: its kind, its contents over time, its first names.
my (@node, @ops, @end);
my $now = 0;

sub add_node {
	my (%n) = @_;
	push @node, { kind => "f", data => [], synced => -1, names => {},
	    upto => 0, %n };
	return $#node;
}

# Contents and modes are kept as [moment, text, mode], the newest last.
sub load {
	my ($path) = @_;
	my @st = lstat($path) or die "$path: $!";
	my $mode = $st[2] & 07777;
	my ($text, $kind) = ("", "f");
	if (S_ISDIR($st[2])) {
		my $id = add_node(kind => "d", data => [[0, "", $mode]],
		    synced => 0);
		opendir(my $d, $path) or die "$path: $!";
		for my $name (sort readdir($d)) {
			next if $name eq "." || $name eq "..";
			$node[$id]{names}{$name} = load("$path/$name");
		}
		return $id;
	}
	if (S_ISLNK($st[2])) {
		($text, $kind) = (readlink($path), "l");
	} else {
		open(my $f, "<:raw", $path) or die "$path: $!";
		local $/;
		$text = <$f> // "";
	}
	return add_node(kind => $kind, data => [[0, $text, $mode]],
	    synced => 0, from => $path);
}

# The names of folders as the command saw them, which is after all calls.
my %seen;

sub names {
	my ($id) = @_;
	$seen{$id} //= { %{$node[$id]{names}} };
	return $seen{$id};
}

sub split_path {
	my ($path) = @_;
	$path =~ s{^\Q$root\E/?}{} or return ();
	return grep { $_ ne "" && $_ ne "." } split(m{/}, $path);
}

sub find {
	my @parts = @_;
	my $id = 0;
	for my $p (@parts) {
		$id = names($id)->{$p};
		return undef if !defined($id);
	}
	return $id;
}

sub place {
	my ($path) = @_;
	my @parts = split_path($path) or return ();
	my $name = pop @parts;
	my $dir = find(@parts);
	defined($dir) or die "no folder of '$path'";
	return ($dir, $name);
}

# A change of names: [moment, folder that decides, [folder, name, node]...].
sub op {
	my ($decides, @sets) = @_;
	push @ops, [$now, $decides, @sets];
	for my $s (@sets) {
		my ($dir, $name, $id) = @$s;
		if (defined($id)) {
			names($dir)->{$name} = $id;
		} else {
			delete names($dir)->{$name};
		}
	}
}

sub change {
	my ($id, $text, $mode) = @_;
	my $last = $node[$id]{data}[-1];
	push @{$node[$id]{data}}, [$now, $text // $last->[1],
	    $mode // $last->[2]];
}

my (%fd, %at);
my $umask = 022;

sub text_of {
	my ($hex) = @_;
	$hex =~ s/\\x([0-9a-f]{2})/chr(hex($1))/ge;
	return $hex;
}

# The path that a folder's descriptor and a name mean.
sub full {
	my ($dir, $name) = @_;
	$name = text_of($name);
	return $name if $name =~ m{^/};
	$dir =~ /<(.*)>/ or return $name;
	return text_of($1) . "/$name";
}

my $str = qr/"((?:[^"\\]|\\.)*)"/;
my $dirfd = qr/(?:AT_FDCWD|\d+)<[^>]*>/;

sub call {
	my ($name, $args, $ret) = @_;
	if ($name =~ /^openat2?$/ &&
	    $args =~ /^($dirfd), $str, (?:\{flags=)?([A-Z_|]+)/) {
		my ($path, $flags) = (full($1, $2), $3);
		my ($dir, $base) = place($path);
		$ret =~ /^(\d+)/ or return;
		my $no = $1;
		delete $fd{$no};
		return if !defined($dir) && $path ne $root;
		my $id = defined($dir) ? names($dir)->{$base} : 0;
		if (!defined($id)) {
			my $mode = $args =~ /, (?:mode=)?0(\d+)/ ?
			    oct($1) : 0;
			$id = add_node(data => [[$now, "", $mode & ~$umask]]);
			op($dir, [$dir, $base, $id]);
		}
		change($id, "") if $flags =~ /O_TRUNC/;
		$fd{$no} = $id;
		$at{$no} = $flags =~ /O_APPEND/ ? -1 : 0;
	} elsif ($name eq "close" && $args =~ /^(\d+)/) {
		delete $fd{$1};
	} elsif ($name =~ /^(write|pwrite64)$/ && $args =~
	    /^(\d+)<[^>]*>(?:\(deleted\))?, $str(\.\.\.)?, \d+(?:, (\d+))?/) {
		my ($no, $data, $cut, $where) = ($1, text_of($2), $3, $4);
		my $id = $fd{$no} // return;
		die "a write is cut in the trace" if defined($cut);
		my $was = $node[$id]{data}[-1][1];
		my $pos = $where // ($at{$no} < 0 ? length($was) : $at{$no});
		$was .= "\0" x ($pos - length($was)) if $pos > length($was);
		substr($was, $pos, length($data), "")
		    if $pos < length($was) && $pos + length($data) <=
		    length($was);
		$was = substr($was, 0, $pos) . $data . substr($was, $pos);
		change($id, $was);
		$at{$no} += length($data) if !defined($where) && $at{$no} >= 0;
	} elsif ($name eq "ftruncate" && $args =~ /^(\d+)<[^>]*>, (\d+)/) {
		my $id = $fd{$1} // return;
		change($id, substr($node[$id]{data}[-1][1], 0, $2));
	} elsif ($name eq "fchmod" && $args =~ /^(\d+)<[^>]*>, 0(\d+)/) {
		change($fd{$1}, undef, oct($2)) if defined($fd{$1});
	} elsif ($name =~ /^(fsync|fdatasync)$/ && $args =~ /^(\d+)/) {
		my $id = $fd{$1} // return;
		push @end, [$now, $id];
	} elsif ($name =~ /^mkdir(at)?$/ &&
	    $args =~ /^(?:($dirfd), )?$str, 0(\d+)/) {
		my ($dir, $base) = place(full($1 // "", $2)) or return;
		my $id = add_node(kind => "d",
		    data => [[$now, "", oct($3) & ~$umask]]);
		op($dir, [$dir, $base, $id]);
	} elsif ($name =~ /^(unlink|rmdir|unlinkat)$/ &&
	    $args =~ /^(?:($dirfd), )?$str/) {
		my ($dir, $base) = place(full($1 // "", $2)) or return;
		op($dir, [$dir, $base, undef]);
	} elsif ($name =~ /^link(at)?$/ &&
	    $args =~ /^(?:($dirfd), )?$str, (?:($dirfd), )?$str/) {
		my ($a, $b) = (full($1 // "", $2), full($3 // "", $4));
		my ($dir, $base) = place($b) or return;
		op($dir, [$dir, $base, find(split_path($a))]);
	} elsif ($name =~ /^symlink(at)?$/ &&
	    $args =~ /^$str, (?:($dirfd), )?$str/) {
		my $target = text_of($1);
		my ($dir, $base) = place(full($2 // "", $3)) or return;
		# as long as a link is there, it is whole
		my $id = add_node(kind => "l", data => [[$now, $target, 0777]],
		    synced => $now);
		op($dir, [$dir, $base, $id]);
	} elsif ($name =~ /^rename(at2?)?$/ &&
	    $args =~ /^(?:($dirfd), )?$str, (?:($dirfd), )?$str/) {
		my ($a, $b) = (full($1 // "", $2), full($3 // "", $4));
		my ($from, $x) = place($a) or return;
		my ($to, $y) = place($b);
		my $id = names($from)->{$x} // die "no '$a'";
		my $other = $args =~ /RENAME_EXCHANGE/ ? names($to)->{$y} :
		    undef;
		op($to, [$from, $x, $other], [$to, $y, $id]);
	} elsif ($name eq "chmod" && $args =~ /^$str, 0(\d+)/) {
		my ($path, $mode) = (text_of($1), oct($2));
		my $id = find(split_path($path));
		change($id, undef, $mode)
		    if defined($id) && index($path, $root) == 0;
	} elsif ($name =~ /^(truncate|syncfs|creat|open|fallocate)$/) {
		die "not understood: $name($args)";
	}
}

# One call a line; "resumed" ones do not occur with one thread.
load("$root.before");
my @moments = (0);
open(my $log, "<", $trace) or die "$trace: $!";
while (my $line = <$log>) {
	die "several threads: $line" if $line =~ /unfinished|resumed/;
	$line =~ /^\d+ +(\w+)\((.*)\) += (-?\d+|\?)(.*)$/ or next;
	my ($name, $args, $ret, $rest) = ($1, $2, $3, $4);
	next if $ret eq "?" || $ret < 0;
	my ($before, $ends) = (scalar(@ops), scalar(@end));
	$now++;
	call($name, $args, $ret);
	# what is written alone is tried at the next such moment
	push @moments, $now if @ops > $before || @end > $ends;
}
close($log);

# What is certain at ${k}: for each node the moment of its last fsync.
sub certain {
	my ($k) = @_;
	my @c = map { $_->{synced} } @node;
	for my $e (@end) {
		$c[$e->[1]] = $e->[0] if $e->[0] <= $k;
	}
	return @c;
}

# The content and mode of a node at a moment; undef before it was.
sub content {
	my ($id, $k) = @_;
	my $found;
	for my $d (@{$node[$id]{data}}) {
		$found = $d if $d->[0] <= $k;
	}
	return $found;
}

sub pick {
	my ($id, $k, $sure, $how) = @_;
	my $new = content($id, $k);
	my $old = $sure >= 0 ? content($id, $sure) : undef;
	return $new if $how eq "all" || !defined($new) ||
	    (defined($old) && $old == $new);
	my $mode = defined($old) ? $old->[2] : $new->[2];
	my $was = defined($old) ? $old->[1] : "";
	my $zeros = $was . "\0" x (length($new->[1]) > length($was) ?
	    length($new->[1]) - length($was) : 0);
	# another mode alone leaves the content where it is
	return [0, $was, (rand(2) < 1 ? $old : $new)->[2]]
	    if defined($old) && $was eq $new->[1] && $how ne "none";
	return [0, $was, $mode] if $how eq "none";
	return [0, $zeros, $new->[2]] if $how eq "zeros";
	my @ways = ([0, $was, $mode], [0, $zeros, $new->[2]], $new,
	    [0, substr($new->[1], 0, length($new->[1]) / 2), $new->[2]]);
	return $ways[rand(@ways)];
}

# The folder as it may be: ${how} says what is lost of what may be.
sub cut_at {
	my ($k, $how) = @_;
	my @sure = certain($k);
	my @upto = map {
		$how eq "none" ? $sure[$_] : $how eq "random" ?
		    $sure[$_] + int(rand($k - $sure[$_] + 1)) : $k
	} 0 .. $#node;
	my @names = map { { %{$_->{names}} } } @node;
	for my $op (@ops) {
		my ($when, $decides, @sets) = @$op;
		next if $when > $k || $when > $upto[$decides];
		for my $s (@sets) {
			my ($dir, $name, $id) = @$s;
			if (defined($id)) {
				$names[$dir]{$name} = $id;
			} else {
				delete $names[$dir]{$name};
			}
		}
	}
	my (%out, %made);
	my @todo = ([0, ""]);
	while (my $t = shift @todo) {
		my ($id, $path) = @$t;
		$made{$id} //= $node[$id]{kind} eq "d" ? content($id, $k) :
		    pick($id, $k, $sure[$id], $how);
		my $c = $made{$id} // next;
		$out{$path} = [$id, $node[$id]{kind}, $c->[1], $c->[2]];
		next if $node[$id]{kind} ne "d";
		push @todo, map { [$names[$id]{$_}, "$path/$_"] }
		    sort keys %{$names[$id]};
	}
	return \%out;
}

sub digest {
	my ($s) = @_;
	return sha1_hex(join("\n", map {
		join("\t", $_, $s->{$_}[1], sha1_hex($s->{$_}[2]),
		    $s->{$_}[3])
	} sort keys %$s));
}

sub build {
	my ($s) = @_;
	my %links;
	system("rm", "-rf", $state) == 0 or die "rm";
	for my $path (sort keys %$s) {
		my ($id, $kind, $text, $mode) = @{$s->{$path}};
		if ($kind eq "d") {
			mkdir("$state$path") or die "$state$path: $!";
		} elsif ($kind eq "l") {
			symlink($text, "$state$path") or die "$path: $!";
		} elsif (defined($links{$id})) {
			link($links{$id}, "$state$path") or die "$path: $!";
		} else {
			open(my $f, ">:raw", "$state$path") or die "$path: $!";
			print $f $text;
			close($f);
			chmod($mode, "$state$path");
			$links{$id} = "$state$path";
			my $from = $node[$id]{from};
			my @when = defined($from) ?
			    (Time::HiRes::stat($from))[8, 9] :
			    (time() - 120, time() - 120);
			utime(@when, "$state$path");
		}
	}
	for my $path (reverse sort keys %$s) {
		chmod($s->{$path}[3], "$state$path")
		    if $s->{$path}[1] eq "d";
	}
}

my (%tried, $bad);
for my $k (@moments) {
	my @hows = ("all", "zeros", "none", ("random") x $variants);
	for my $how (@hows) {
		my $s = cut_at($k, $how);
		my $end = $k == $moments[-1] ? "done" : "cut";
		next if $tried{digest($s) . $end}++;
		build($s);
		next if system($check, $end) == 0;
		print "# after call $k of $now, what may be lost: $how\n";
		die "bad state left at $state\n" if ++$bad >= 1;
	}
}
printf("%d calls, %d states\n", scalar(@moments), scalar(keys %tried));
