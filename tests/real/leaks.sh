#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Leaks of programs from the distribution.  Those in which Memcheck finds no block definitely lost: nor
# does tidemark.  Those in which it does: tidemark finds the same ones, site by site, or the table below
# says why not.  The long form asks Memcheck about every program anew; the short one about one.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
have python3 || skip_all 'python3 is not installed'
TIMEOUT=300

mkdir "$T/place"
cd "$T/place" || bail 'no place'
export HOME=$T GIT_CONFIG_NOSYSTEM=1 PERL_HASH_SEED=0 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b

make_inputs() {
	local i
	git init -q repo
	for i in 1 2 3 4 5 6; do
		seq "$i" $((i * 30 + 200)) >"repo/file-$((i % 7))"
		git -C repo add . && git -C repo commit -q -m "change $i"
	done
	seq 1 2000 | awk '{ print $1, $1 * 7919 % 1000 }' >a.txt
	sed '5d; 100s/1/x/' a.txt >b.txt
	awk 'BEGIN { printf "["; for (i = 0; i < 500; i++) printf "%s{\"id\":%d,\"name\":\"n%d\"," \
		"\"tags\":[\"a\",\"b%d\"]}\n", i ? "," : "", i, i * 7, i % 13; print "]" }' >a.json
	awk 'BEGIN { print "<r>"; for (i = 0; i < 500; i++) printf "<e id=\"%d\"><n>v%d</n>" \
		"<t a=\"%d\"/></e>\n", i, i * 3, i % 7; print "</r>" }' >a.xml
	printf 'all: x y\n\techo $@ $(wildcard *)\nx y:\n\techo $@ $(shell echo hi)\n' >a.mk
	printf '#include <stdio.h>\nint main(void) { printf("hi\\n"); return 0; }\n' >hello.c
	printf 'import json, re, collections\nd = collections.Counter(str(list(range(1000))))\n%s\n' \
		'print(len(json.dumps(d)), len(re.findall("1+", str(d))))' >a.py
}

# NAME and COMMAND, separated by a tab; the program is the command's first word.
quick_clean() {
	cat <<-'END'
		git	git -C repo --no-pager log -p --stat
		jq	jq "[.[] | {name, n: (.tags | length)}] | group_by(.n) | length" a.json
		sqlite3	sqlite3 :memory: "create table t(a, b); with recursive c(x) as (select 1 union all select x + 1 from c where x < 2000) insert into t select x, x * 7 % 13 from c; create index i on t(b); select count(*), sum(a) from t where b = 5;"
		bash	bash -c 'f() { local a=(1 2 3); for i in "${a[@]}"; do x[$i]=$(($i * 2)); done; declare -A h=([a]=1); echo ${x[@]} ${h[a]}; }; f; f'
		xmllint	xmllint --xpath "count(//e[@id mod 3 = 0])" a.xml
		openssl	openssl dgst -sha256 a.xml
	END
}

more_clean() {
	cat <<-'END'
		git-fsck	git -C repo fsck
		dash	dash -c 'for i in 1 2 3; do echo $i; done | while read a; do echo "<$a>"; done'
		curl	curl -s file:///etc/passwd
		rsa	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024
		make	make -n -f a.mk
		ctags	ctags --sort=no -f - hello.c
		gzip	gzip -c a.xml
		xz	xz -1c a.xml
		zstd	zstd -qc a.xml
		mawk	mawk '{ n[$1 % 7] += $2 } END { for (k in n) print k, n[k] }' a.txt
		sed	sed -E 's/([0-9]+) ([0-9]+)/\2-\1/; 5,9d' a.txt
		grep	grep -nE '(1|2)+7$' a.txt
		find	find repo -name '*e*' -newer a.txt -o -type d
		diff	diff -u a.txt b.txt
		bc	bc -l -q a.bc
		file	file a.xml a.json repo
		redis-cli	redis-cli --version
		readelf	readelf -aW /bin/true
		objdump	objdump -d /bin/true
		cc1	cc1 -quiet -fpreprocessed -O1 -o a.s hello.i
		clang	clang -S -o a.s hello.c
		tclsh	tclsh a.tcl
		node	node --version
		python	/usr/bin/python3 a.py
	END
}

leaky() {
	cat <<-'END'
		perl	perl -MData::Dumper -MPOSIX -e 'my %h; $h{$_ % 10} .= $_ for 1..1000; print Dumper([1, 2]), floor(3.7), length(join ",", map { $h{$_} } sort keys %h), "\n"'
		gdb	gdb -batch -nx -ex 'info files' /bin/true
		rsync	rsync -rn repo/ other/
		ld	ld -r -o b.o a.o
		as	as -o a.o a.s
		gcc	gcc -S -o a.s hello.c
		tar	tar cf - repo
		sort	sort -k2 -n a.txt
		locale	locale -a
		date	date -u -d @0
		expr	expr 1 + 2
		iconv	iconv -f utf-8 -t latin1 a.txt
		cpp	cpp hello.c
	END
}

# What Memcheck has as definitely lost and tidemark has not: PROGRAM, a part of the line of sites.py, why.
explained() {
	cat <<-'END'
	END
}

# The file that the command runs: by this name the reports are found.
program_of() { # COMMAND
	basename "$(readlink -f "$(command -v "${1%% *}")")"
}

runs() { # COMMAND: is it there?
	command -v "${1%% *}" >/dev/null
}

# $T/NAME.t with the reports of all processes, $T/NAME.m with Memcheck's
tidemark_says() {
	local file
	record "$1" sh -c "$2"
	mkdir -p "$T/$1.t"
	for file in "$T/$1.d"/*.tide; do
		"$TIDEMARK" report --format json --limit 4294967295 "$file" \
			>"$T/$1.t/$(basename "$file" .tide).json" 2>>"$T/$1.err"
	done
	rm -rf "$T/$1.d"
}

memcheck_says() {
	mkdir -p "$T/$1.m"
	timeout -k 5 300 valgrind --trace-children=yes --leak-check=full --show-leak-kinds=all \
		--run-libc-freeres=no --run-cxx-freeres=no --num-callers=40 --xml=yes \
		--xml-file="$T/$1.m/%p.xml" sh -c "$2" >/dev/null 2>"$T/$1.err" </dev/null
}

compare_sites() { # NAME COMMAND: $T/NAME.sites
	python3 -B "$srcdir/tests/leaks/sites.py" "$(program_of "$2")" "$T/$1.t" "$T/$1.m" >"$T/$1.sites"
}

# Nothing is definitely lost, in any process.
no_leak() {
	local file lost=
	tidemark_says "$1" "$2"
	for file in "$T/$1.t"/*.json; do
		lost+=$(jq -r 'if .leaks then .leaks.definite | "\(.blocks) blocks of \(.bytes)" else
			"no scan" end' "$file" | sed "s|^|$(basename "$file" | cut -d. -f1): |")$'\n'
	done
	lost=$(grep -vE ': 0 blocks|: no scan' <<<"$lost")
	if jq -e .leaks "$T/$1.t/$(program_of "$2")".*.json >/dev/null; then
		is "$lost" '' "$1: nothing is definitely lost"
	else
		fail "$1: is scanned for leaks" "$(ls "$T/$1.t")" "$(head -5 "$T/$1.err")"
	fi
}

clean() {
	runs "$2" || {
		skip "$1" 'is not installed'
		return
	}
	no_leak "$1" "$2"
	[ -n "$LONG" ] || return
	memcheck_says "$1" "$2"
	compare_sites "$1" "$2"
	is "$(grep -cE '^(same|missing)' "$T/$1.sites")" 0 "$1: and Memcheck agrees"
}

is_explained() { # NAME LINE
	local program part why
	while IFS=$'\t' read -r program part why; do
		[[ $program == "$1" && $2 == *"$part"* ]] && return
	done < <(explained)
	return 1
}

same_leaks() {
	local line bad=
	runs "$2" || {
		skip "$1" 'is not installed'
		return
	}
	tidemark_says "$1" "$2"
	memcheck_says "$1" "$2"
	compare_sites "$1" "$2"
	while IFS= read -r line; do
		is_explained "$1" "$line" || bad+=$line$'\n'
	done < <(grep -vE '^(same|stronger)' "$T/$1.sites")
	is "$bad" '' "$1: the leaks that Memcheck finds ($(grep -c ^same "$T/$1.sites") sites)"
	at_least "$(grep -c ^same "$T/$1.sites")" 1 "$1: there are such"
}

each() { # FUNCTION, and lines of NAME and COMMAND
	local name command
	while IFS=$'\t' read -r name command; do
		"$1" "$name" "$command" </dev/null
	done
}

make_inputs
echo 'scale = 50; a(1) * 4; 2 ^ 300; quit' >a.bc
echo 'set a [list 1 2 3]; puts [llength $a]' >a.tcl
gcc -c -o a.o hello.c && gcc -S -o a.s hello.c && gcc -E -o hello.i hello.c
mkdir bin
ln -s "$(gcc -print-prog-name=cc1)" bin/cc1
export PATH=$PATH:$PWD/bin
each clean < <(quick_clean)
if have valgrind; then
	each same_leaks < <(leaky | if [ -n "$LONG" ]; then cat; else head -n 1; fi)
else
	skip 'leaks that Memcheck finds' 'valgrind is not installed'
fi
[ -z "$LONG" ] || each clean < <(more_clean)

done_testing
