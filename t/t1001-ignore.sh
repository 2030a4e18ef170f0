#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The rules of ds/ignore.h, and with them the globs of ds/glob.h, beside what
# git itself says of the same files and paths.
. "${SRCDIR:-.}/t/lib.sh"

have python3 || skip_all 'python3 writes the rules'

# Every path of one tree is put to "git check-ignore" and to t/unit/ignore.
cat >"$scratch/compare.py" <<'EOF'
import os, random, subprocess, sys

TOOL = os.environ['BUILDDIR'] + '/t/unit/ignore'
FILES = [
    b'a', b'b', b'ab', b'abc', b'foo', b'foobar', b'foo.o', b'.o', b'.a',
    b' a', b'a ', b'a  ', b'a\t', b'a\r', b'a b', b'a\\', b'\\a', b'\\', b'!a',
    b'#a', b'a#', b'*', b'**', b'?', b'[a]', b'[', b']', b'a]', b'[!a]', b'-',
    b'^', b'a-b', b'a\nb', b'\xc3\xa4', b'\xff', b'~', b'A', b'FOO', b'1', b':',
    b'd/a', b'd/b', b'd/ab', b'd/foo', b'd/foo.o', b'd/e/a', b'd/e/b',
    b'd/e/foo', b'd/e/f/a', b'd/e/f/foo.o', b'd/e/f/ab', b'd/a b', b'd/!a',
    b'foo2/bar', b'foo2/a/bar', b'foo2/a/b/bar', b'fooxbar', b'bar/foo',
    b'bar/bar', b'a.d/a', b'a.d/b/a', b'[d]/a', b'x/d/a', b'x/d/e/a',
    b'x/foo2/bar', b'foo3/x/bar', b'x/ /a', b'x/*/a', b'x/y/z/a/b/c',
]
WORDS = [b'a', b'b', b'ab', b'foo', b'bar', b'd', b'e', b'f', b'x', b'foo2',
         b'.o', b'a.d', b'o', b'fo']
WILD = [b'*', b'**', b'***', b'?', b'[a-f]', b'[!a]', b'[^d]', b'[]a]', b'[a',
        b'[[:alpha:]]', b'[![:digit:]]', b'[a-]', b'\\a', b'\\*', b'[\\]a]',
        b'[[:bad:]]', b'[d/]', b'[*]', b'[a-\\f]']
HAND = [
    b'', b'/', b'//', b'!', b'!/', b'#', b'##', b'\\#a', b'\\!a', b'!\\!a',
    b'!a', b'!!a', b'#a', b' #a', b'a#', b' ', b'  ', b'\\ ', b' a', b'a ',
    b'a\\ ', b'a\\  ', b'a \\ ', b'a\\ \\ ', b'a \\', b'a\\', b'a\\\\', b'\\',
    b'\\\\', b'\\\\a', b'a\t', b'a\t ', b'a\r', b'a\\\r', b'a \r', b'a\r ',
    b'a\r\r', b'\r', b'*\r', b'a/\r', b'a/ ', b'd/ ', b'd/\\ ', b'd /', b'd',
    b'd/', b'd//', b'/d', b'/d/', b'//d', b'd/e', b'd/e/', b'e', b'e/', b'/e',
    b'e/f', b'/e/f', b'*/e', b'*/e/', b'**/e', b'**/e/', b'/**/e', b'd/**',
    b'd/**/', b'd/*', b'd/*/', b'/*', b'*/', b'/*/', b'/*/*', b'**', b'**/',
    b'/**', b'/**/', b'***', b'**/**', b'**/*', b'*/**', b'd/**/a',
    b'd/**/**/a', b'd/***/a', b'/d/**/f/**', b'**/d/**/a', b'd**/a', b'd/**a',
    b'/foo**/bar', b'foo**/bar', b'foo**bar', b'/foo**bar', b'foo2/**/bar',
    b'foo2**/a/**bar', b'foo*/bar', b'fo**', b'/fo**', b'/foo2/a**', b'**foo',
    b'**/foo', b'x/**/b/c', b'x/y**/c', b'x/y/**/**', b'x/**/z/*/b', b'*.o',
    b'*.o/', b'*.[oa]', b'.*', b'*.', b'?', b'??', b'/?', b'\\?', b'\\*',
    b'\\**', b'*\\*', b'[*]', b'[?]', b'[[]', b'[]]', b'[]', b'[!]', b'[^]',
    b'[a', b'\\[a]', b'[[]a]', b'[a]', b'[!a]', b'[^a]', b'[!!a]', b'[\\!a]',
    b'[a-]', b'[-a]', b'[+--]', b'[a-c-e]', b'[]-a]', b'[!]-a]', b'[\\]]',
    b'[\\\\]', b'[a-\\c]', b'[z-a]', b'd[/]a', b'd[!x]a', b'd[.-0]a', b'd?a',
    b'd\\/a', b'd/\\a', b'\\d/a', b'**\\/a', b'd/**\\/a', b'd\\/**/a',
    b'[d]/a', b'\\[d\\]/a', b'[[]d]/a', b'x/[*]/a', b'x/\\*/a', b'x/*/a',
    b'x/ /a', b'x/\\ /a', b'[[:upper:]]', b'[[:upper:][:digit:]]', b'[[:a:]]',
    b'[[:alpha:]', b'[[:alpha]', b'[[:]', b'[[:]]', b'[[::]]', b'[[:-a]',
    b'[[:digit:]-a]', b'[a-[:digit:]]', b'[![:alnum:]]', b'[[:UPPER:]]',
    b'[\xff]', b'[\xc3]\xa4', b'\xc3?', b'[\x80-\xff]', b'*\xa4', b'a\0b',
    b'\0', b'\xef\xbb\xbfa', b'\xef\xbb\xbf#a', b'\xef\xbb\xbf', b'\xef\xbb',
    b'a\nb', b'*\n!a', b'd\n!d/a', b'd/*\n!d/a', b'd/*\n!d/e', b'*\n!*/',
    b'*\n!*/\n!a', b'/*\n!/d\n/d/*\n!/d/e', b'!a\na', b'a\n!a', b'a\n!a\na',
    b'a/\n!a',
    b'a\r\nb\r\n', b'd/\r\n!d/\r\n', b'*\n\n!a\n\n', b'*\n  \n!a  \n', b'a\n\r',
]

def make_tree():
    for path in FILES:
        os.makedirs(os.path.dirname(path) or b'.', exist_ok=True)
        with open(path, 'wb'):
            pass
    paths = []
    for at, dirs, files in os.walk(b'.'):
        if at == b'.':
            dirs.remove(b'.git')
        paths += [os.path.join(at, f)[2:] for f in dirs + files]
    return sorted(paths)

# A leading "./" keeps git from taking ":" for pathspec magic.
def git_says(paths):
    out = subprocess.run(
        ['git', 'check-ignore', '-v', '-n', '-z', '--no-index',
         '--stdin'],
        input=b''.join(b'./' + p + b'\0' for p in paths),
        stdout=subprocess.PIPE).stdout
    fields = out.split(b'\0')[:-1]
    said = {}
    for i in range(0, len(fields), 4):
        rule = fields[i + 2]
        said[fields[i + 3][2:]] = ('none' if fields[i] == b'' else
                               'no' if rule.startswith(b'!') else 'yes')
    return [said[p] for p in paths]

def we_say(paths):
    return subprocess.run([TOOL, '.'], input=b'\0'.join(paths) + b'\0',
                          stdout=subprocess.PIPE).stdout.decode().split()

def write(rules):
    for base, text in rules.items():
        with open(base + b'.gitignore', 'wb') as f:
            f.write(text)

def check(paths, rules, counts):
    write(rules)
    git, we = git_says(paths), we_say(paths)
    if len(we) != len(paths):
        sys.exit('t/unit/ignore answers %d of %d' % (len(we), len(paths)))
    bad = 0
    for path, g, w in zip(paths, git, we):
        counts[g] = counts.get(g, 0) + 1
        if g != w:
            print('rules %r, path %r: git says %s, we say %s'
                  % (rules, path, g, w))
            bad += 1
    write({base: b'' for base in rules})
    return bad

def random_rule(r):
    parts = []
    for _ in range(r.choice([1, 1, 1, 2, 2, 3, 4])):
        parts.append(b''.join(
            r.choice(WORDS) if r.random() < 0.55 else r.choice(WILD)
            for _ in range(r.choice([1, 1, 1, 1, 1, 2]))))
    rule = b'/'.join(parts)
    if r.random() < 0.2:
        rule = b'/' + rule
    if r.random() < 0.2:
        rule += b'/'
    if r.random() < 0.05:
        rule += r.choice([b' ', b'\\ ', b'\r', b'\t', b'\\'])
    if r.random() < 0.25:
        rule = b'!' + rule
    return rule

def random_rules(r):
    rules = {b'': b''}
    for base in [b'', b'd/', b'd/e/', b'x/', b'foo2/']:
        if base == b'' or r.random() < 0.4:
            rules[base] = b'\n'.join(random_rule(r) for _ in
                                     range(r.randint(1, 6))) + b'\n'
    return rules

def classes():
    names = [bytes([c]) for c in range(1, 256) if c not in b'./']
    for name in ('alnum alpha blank cntrl digit graph lower print punct space '
                 'upper xdigit').split():
        for neg in ('', '!'):
            yield names, {b'': b'/[%s[:%s:]]\n' % (neg.encode(), name.encode())}

subprocess.run(['git', 'init', '-q', '.'], check=True)
paths = make_tree()
bad, counts = 0, {}
if sys.argv[1] == 'hand':
    for rule in HAND:
        bad += check(paths, {b'': rule + b'\n'}, counts)
        bad += check(paths, {b'': rule}, counts)
        bad += check(paths, {b'': b'*\n', b'd/': rule}, counts)
        bad += check(paths, {b'': b'd/*\n', b'd/': rule}, counts)
elif sys.argv[1] == 'classes':
    for names, rules in classes():
        bad += check(names, rules, counts)
else:
    for seed in range(int(sys.argv[2]), int(sys.argv[3])):
        bad += check(paths, random_rules(random.Random(seed)), counts)
print(counts)
if min(counts.get(k, 0) for k in ('yes', 'none')) == 0:
    sys.exit('nothing was tried')
sys.exit(bad > 0)
EOF

it 'hand-picked rules say what git says' '
	python3 "$scratch/compare.py" hand
'

it 'every class holds the bytes that it holds in git' '
	python3 "$scratch/compare.py" classes
'

it '300 random sets of rules say what git says' '
	python3 "$scratch/compare.py" random 0 300
'
done_testing
