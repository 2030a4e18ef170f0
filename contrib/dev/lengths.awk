# SPDX-License-Identifier: Apache-2.0
# Lines have 80 columns at most (tabs are 8), functions 80 lines, files 800;
# all is ASCII.  A function lies between braces in the first column.

function say(line, what)
{
	printf "%s:%d: %s\n", FILENAME, line, what
	bad = 1
}

function columns(text,    i, n, count, part)
{
	n = 0
	count = split(text, part, "\t")
	for (i = 1; i <= count; i++) {
		n += length(part[i])
		if (i < count)
			n += 8 - n % 8
	}
	return n
}

FNR == 1 {
	start = 0
}

/[^\t -~]/ {
	say(FNR, "not ASCII")
}

columns($0) > 80 {
	say(FNR, columns($0) " columns")
}

/^{/ && FILENAME ~ /\.[ch]$/ {
	start = FNR
}

/^}/ && start > 0 {
	if (FNR - start + 1 > 80)
		say(start, "a function of " FNR - start + 1 " lines")
	start = 0
}

FNR == 801 {
	say(FNR, "more than 800 lines")
}

END {
	exit bad
}
