#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Names as ds/name.h stores them, beside what git's own fsck says of them.
# Each fact is shown both ways: fsck objects to the name or the content as it
# is, and has nothing to say about its stored form.
. "${SRCDIR:-.}/t/lib.sh"

have python3 || skip_all 'python3 writes the trees'

# Raw objects, which git itself would refuse to write.
#	tree KIND CONTENT HOW	one tree of the names on stdin, each ended by
#				a NUL; HOW is raw, encode or encode-plain
#	random			random names
#	oracle			git on random names, each in its own tree
cat >"$scratch/raw.py" <<'EOF'
import hashlib, os, random, subprocess, sys, zlib

TOOL = os.environ['BUILDDIR'] + '/t/unit/name'
MODES = {'file': b'100644', 'link': b'120000', 'dir': b'40000'}
BLOCKS = [
    b'.git', b'.git', b'git~1', b'.gitmodules', b'.gitattributes',
    b'.gitignore', b'.mailmap', b'gitmod~1', b'gitatt~4', b'gi7eba~1',
    b'gi250a~2', b'maba30~1', b'gi7d~123', b'g~123456', b'~1234567', b'GIT',
    b'.GIT', b'.', b' ', b':', b'%', b'%', b'\\', b'\\', b'\xff', b'\xe2\x80',
    b'\xe2\x80\x8c', b'\xe2\x80\x8b', b'\xe2\x80\xae', b'\xe2\x81\xaf',
    b'\xef\xbb\xbf', b'\xef\xbf\xbe', b'\xc3\xa4', b'\xc0\xae', b'\xed\xa0\x80',
    b'\xf4\x8f\xbf\xbf', b'\xf4\x90\x80\x80', b'\xf0\x80\x80\x80', b'a', b'~1',
]

def put(kind, data):
    raw = kind + b' %d\0' % len(data) + data
    name = hashlib.sha1(raw).hexdigest()
    path = '.git/objects/%s/%s' % (name[:2], name[2:])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not os.path.exists(path):
        with open(path, 'wb') as f:
            f.write(zlib.compress(raw, 1))
    return name

def put_tree(kind, names, content):
    leaf = put(b'blob', content)
    if kind == 'dir':
        leaf = put(b'tree', b'100644 a\0' + bytes.fromhex(leaf))
    names = sorted(set(names), key=lambda n: n + b'/' * (kind == 'dir'))
    return put(b'tree', b''.join(MODES[kind] + b' ' + n + b'\0' +
                                 bytes.fromhex(leaf) for n in names))

def encode(how, names):
    out = subprocess.run([TOOL, how], input=b''.join(n + b'\0' for n in names),
                         stdout=subprocess.PIPE, check=True).stdout
    return out.split(b'\0')[:-1]

def split(data):
    return data.split(b'\0')[:-1]

def random_names(count):
    r = random.Random(1)
    names = set()
    while len(names) < count:
        n = r.choice(BLOCKS[:18]) if r.random() < 0.7 else b''
        n += b''.join(r.choice(BLOCKS) for _ in range(r.randint(0, 3)))
        if n not in (b'', b'.', b'..'):
            names.add(n)
    return sorted(names)

def oracle():
    names = random_names(2500)
    other = encode('encode', names)
    trees = {put_tree('link', [n], b'x'): n for n in names}
    out = subprocess.run(['git', 'fsck', '--strict', '--no-dangling'],
                         stderr=subprocess.PIPE).stderr.decode()
    blamed = {trees[line.split()[3].rstrip(':')]
              for line in out.splitlines() if ' in tree ' in line}
    changed = {n for n, e in zip(names, other) if n != e}
    print('fsck objects to %d, we change %d' % (len(blamed), len(changed)))
    for n in sorted(blamed - changed):
        print('left as it is: %r' % n)
    # Words that no reading ends at are changed too; they need a separator, a
    # byte that is no UTF-8, or a '%', to be told from the others.
    vain = sorted(n for n in changed - blamed
                  if not (set(b'\\:%') & set(n)) and is_utf8(n))
    for n in vain:
        print('changed in vain: %r' % n)
    return len(blamed) < 200 or blamed - changed or vain

def is_utf8(name):
    try:
        return b'\xef\xbf\xbe' not in name and name.decode('utf-8') != ''
    except UnicodeDecodeError:
        return False

if sys.argv[1] == 'oracle':
    sys.exit(1 if oracle() else 0)
if sys.argv[1] == 'random':
    sys.stdout.buffer.write(b''.join(n + b'\0' for n in random_names(2500)))
    sys.exit(0)
kind, content, how = sys.argv[2:]
names = split(sys.stdin.buffer.read())
if how != 'raw':
    names = encode(how, names)
with open(content, 'rb') as f:
    print(put_tree(kind, names, f.read()))
EOF

# commit KIND CONTENT HOW <NAMES: of that tree, with nothing else beside it.
commit() {
	rm -rf .git
	git init -q -b main .
	tree=$(python3 "$scratch/raw.py" tree "$@")
	git update-ref refs/heads/main \
		"$(git commit-tree -m state "$tree" </dev/null)"
}

check() {
	git -c core.bigFileThreshold="${threshold:-512m}" fsck --strict \
		--no-dangling >out 2>&1 || :
	cat out
}

# objects ID KIND NAME COMMAND...: with what COMMAND prints as its content,
# fsck says ID of the name, but nothing of its stored form.
objects() {
	id=$1 kind=$2
	printf '%s\0' "$3" >names
	shift 3
	"$@" >content
	commit "$kind" content raw <names
	check
	grep -q " $id: " out
	commit "$kind" content encode <names
	check
	[ ! -s out ]
}

printf '%s\0' .git .GIT '.git ' '.git. .' .git::x git~1 'GIT~1 .' 'a\.git' \
	'.git\a' .git% .git%% .gitmodules .gitModules 'a\.gitmodules' \
	gitmod~1 gitmod~4 gi7eba~1 GI7EB~10 g~123456 .gitmodules% \
	'.gitmodules .' .gitmodules:x .gitattributes .gitattributes% \
	gitatt~2 gi7d29~1 .gitignore .gitignore% gitign~1 gi250a~9 .mailmap \
	.mailmap% mailma~3 maba30~1 .meta % a% >"$scratch/names"
for word in .git .gitmodules .gitattributes .gitignore .mailmap; do
	printf '%s\342\200\214\0\357\273\277%s\0%s\377\0%s\300\200x\0' \
		"$word" "$word" "$word" "$word"
done >>"$scratch/names"

for kind in file link dir; do
	it "every spelling can be the name of a $kind" "
		printf '[broken%03000d' 0 >content
		commit $kind content raw <\$scratch/names
		check
		grep -q hasDotgit out
		commit $kind content encode <\$scratch/names
		check
		[ ! -s out ]
		git ls-tree main | grep -q '%'
	"
done

it 'harmless files keep their names as far as git has them' '
	echo "*.c text" >content
	commit file content encode-plain <"$scratch/names"
	check
	[ ! -s out ]
	for name in .gitattributes .gitignore .mailmap .meta; do
		git ls-tree main | grep -q "	$name\$"
	done
'

it 'random names are changed where fsck objects, and hardly elsewhere' '
	git init -q .
	python3 "$scratch/raw.py" oracle
'

it 'random names are stored so that fsck is silent' '
	python3 "$scratch/raw.py" random >names
	echo x >content
	for kind in file link dir; do
		commit $kind content encode <names
		check
		[ ! -s out ]
	done
	commit file content encode-plain <names
	check
	[ ! -s out ]
'

it 'hasDotgit' 'objects hasDotgit file .git echo x'
it 'gitmodulesSymlink' 'objects gitmodulesSymlink link .gitmodules echo x'
it 'gitmodulesBlob' 'objects gitmodulesBlob dir .gitmodules echo x'
it 'gitmodulesParse' 'objects gitmodulesParse file .gitmodules printf "[x"'
it 'gitmodulesName' '
	objects gitmodulesName file .gitmodules \
		printf "[submodule \"../x\"]\nurl = x\n"
'
it 'gitmodulesUrl' '
	objects gitmodulesUrl file .gitmodules \
		printf "[submodule \"x\"]\nurl = -x\n"
'
it 'gitmodulesPath' '
	objects gitmodulesPath file .gitmodules \
		printf "[submodule \"x\"]\npath = -x\n"
'
it 'gitmodulesUpdate' '
	objects gitmodulesUpdate file .gitmodules \
		printf "[submodule \"x\"]\nupdate = !x\n"
'
it 'gitmodulesLarge' '
	threshold=1000
	objects gitmodulesLarge file .gitmodules printf "#%02000d"
'
it 'gitattributesSymlink' '
	objects gitattributesSymlink link .gitattributes echo x
'
it 'gitattributesBlob' 'objects gitattributesBlob dir .gitattributes echo x'
it 'gitattributesLineLength' '
	objects gitattributesLineLength file .gitattributes printf "#%02048d"
'
it 'gitattributesLarge' '
	threshold=1000
	objects gitattributesLarge file .gitattributes printf "#%02000d"
'
it 'gitignoreSymlink' 'objects gitignoreSymlink link .gitignore echo x'
it 'mailmapSymlink' 'objects mailmapSymlink link .mailmap echo x'

# may_hold WANT COMMAND...: git and ds_name_content_ok() say WANT (yes or no)
# of a .gitattributes that holds what COMMAND prints.
may_hold() {
	want=$1
	shift
	"$@" >bytes
	printf '.gitattributes\0' | commit file bytes raw
	check
	git=yes
	[ ! -s out ] || git=no
	[ "$git" = "$want" ]
	[ "$("$BUILDDIR/t/unit/name" content <bytes)" = "$want" ]
}

it 'the longest line of a .gitattributes is the one that git accepts' '
	may_hold yes printf "%02047d"
	may_hold yes printf "a\n%02047d\nb\n"
	may_hold no printf "%02048d"
	may_hold no printf "a\n%02048d\nb\n"
	may_hold yes printf "\0%03000d"
	may_hold no printf "%02048d\0"
	may_hold yes printf ""
'

it 'so is the largest .gitattributes' '
	newlines() {
		head -c "$1" /dev/zero | tr "\0" "\n"
	}
	may_hold yes newlines 104857600
	may_hold no newlines 104857601
'
done_testing
