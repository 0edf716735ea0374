#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Programs from the distribution: the same output, messages and status with and without recording,
# and every stack as libunwind has it.

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/real.sh"
need_tool
TIMEOUT=300
size=1
much=
[ -z "$LONG" ] || size=20 much=-DMUCH

mkdir "$T/template"
cd "$T/template" || bail "no template"
home=$HOME
export HOME=$T GIT_CONFIG_NOSYSTEM=1 PYTHONHASHSEED=0 PERL_HASH_SEED=0 PYTHONDONTWRITEBYTECODE=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'

make_json() {
	awk -v n="$1" 'BEGIN { printf "["; for (i = 0; i < n; i++) printf "%s{\"id\":%d,\"name\":\"n%d\"," \
		"\"tags\":[\"a\",\"b%d\"],\"at\":{\"x\":%d.5,\"y\":null}}\n", i ? "," : "", i, i * 7, i % 13, \
		i * 3; print "]" }'
}

make_xml() {
	awk -v n="$1" 'BEGIN { print "<r>"; for (i = 0; i < n; i++) printf "<e id=\"%d\"><n>v%d</n>" \
		"<!-- c --><t a=\"%d\"/></e>\n", i, i * 3, i % 7; print "</r>" }'
}

make_repository() {
	local i
	git init -q repo
	for ((i = 0; i < $1; i++)); do
		seq "$i" $((i * 30 + 200)) >"repo/file-$((i % 7))"
		git -C repo add . && git -C repo commit -q -m "change $i"
	done
}

make_cxx() {
	cat <<-'END'
		#include <map>
		#include <memory>
		#ifdef MUCH
		#include <regex>
		#endif
		#include <string>
		#include <vector>
		template <int N> struct tree { tree<N - 1> a, b; int sum() { return a.sum() + b.sum(); } };
		template <> struct tree<0> { int sum() { return 1; } };
		int count(const std::string &text)
		{
			std::map<std::string, std::vector<std::unique_ptr<int>>> all;
			for (char c : text)
				all[std::string(3, c)].push_back(std::make_unique<int>(c));
		#ifdef MUCH
			std::regex word("[a-z]+");
			for (std::sregex_iterator i(text.begin(), text.end(), word), e; i != e; ++i)
				all[i->str()].push_back(std::make_unique<int>(i->position()));
		#endif
			tree<12> t;
			return all.size() + t.sum();
		}
	END
}

make_rust() {
	cat <<-'END'
		use std::collections::HashMap;
		use std::thread;
		fn words(n: usize) -> HashMap<String, Vec<usize>> {
		    let mut m = HashMap::new();
		    for i in 0..n { m.entry(format!("w{}", i % 97)).or_insert_with(Vec::new).push(i); }
		    m
		}
		fn main() {
		    std::panic::set_hook(Box::new(|_| println!("panic")));
		    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
		    let t: Vec<_> = (0..4).map(|_| thread::spawn(move || words(n).len())).collect();
		    let s: usize = t.into_iter().map(|t| t.join().unwrap()).sum();
		    let caught = std::panic::catch_unwind(|| { let v = vec![1]; v[words(3).len()] }).is_err();
		    println!("{} {}", s, caught);
		}
	END
}

make_perl() {
	cat <<-'END'
		my %h; my $n = shift;
		for my $i (1 .. $n) { push @{ $h{ $i % 101 } }, "x" x ($i % 50) . $i; }
		for my $k (sort keys %h) { my $s = join ",", map { s/x+//r } sort @{ $h{$k} };
			print length($s), " ", scalar(grep { /7$/ } split /,/, $s), "\n"; }
		eval { die { code => 5 } }; print $@->{code}, "\n";
	END
}

make_python() {
	cat <<-'END'
		import collections, json, re, sys
		n = int(sys.argv[1])
		d = collections.defaultdict(list)
		for i in range(n):
		    d[i % 83].append({"a": i, "b": str(i) * 3})
		print(len(json.dumps(d)), sum(len(re.findall("1+", str(v))) for v in d.values()))
		try:
		    import numpy as np
		    a = np.arange(200000.0).reshape(400, 500)
		    print((a @ a.T).sum(), np.sort(a, axis=None)[-1], np.fft.fft(a[0]).real.sum())
		    print(len(np.array2string(a, threshold=10)), sum(x.sum() for x in np.split(a, 40)))
		except ImportError:
		    print("no numpy")
	END
}

make_json $((size * 7000)) >big.json
make_xml $((size * 8000)) >big.xml
make_cxx >unit.cc
make_rust >words.rs
make_perl >words.pl
make_python >words.py

# when PROGRAM NAME COMMAND
when() {
	if have "$1"; then
		real "$2" "$3"
	else
		skip "$2" "$1 is not installed"
	fi
}

if have git; then
	make_repository 40
	real git-log "cd repo && git log -p --stat | tail -n 2000"
	real git-gc "cd repo && git gc -q --aggressive && git fsck && git count-objects"
	real git-grep "cd repo && git grep -n 77 && git blame file-3 | tail -n 50"
else
	skip git "git is not installed"
fi
when jq jq "jq -c 'map(select(.id % 3 == 0) | .name + (.tags | join(\"-\")))' big.json"
when sqlite3 sqlite3 "sqlite3 new.db 'create table t(a integer primary key, b text); create index i on t(b);
	with recursive c(x) as (select 1 union all select x + 1 from c where x < $((size * 20000)))
	insert into t select x, x * 7 % 1001 || \"-text\" from c;
	select b, count(*), sum(a) from t group by b order by 2 desc, 1 limit 20; update t set b = b || a;
	select group_concat(b) from t where a < 99; pragma integrity_check;'"
when perl perl "perl words.pl $((size * 60000))"
[ -x /usr/bin/python3 ] && real python3 "/usr/bin/python3 words.py $((size * 10000))"
when xmllint xmllint "xmllint --format big.xml | tail -n 30; xmllint --xpath 'count(//e[t/@a=3])' big.xml"
when clang clang "clang $much -O1 -c unit.cc -o unit.o && cksum <unit.o"
when g++ cc1plus "g++ $much -O1 -c unit.cc -o unit.o && cksum <unit.o"
when bash bash-pipeline "bash -c 'for i in {1..40}; do echo \$((i * i)) | tr 1 x; done | sort | uniq -c |
	(read -r a b; cat; echo \$a \$b) | tee copy | wc; cat <(sed s/x/y/ copy) | head -n 3; ls /proc/self/fd'"
when awk awk "awk -F, '{ for (i = 1; i <= NF; i++) n[\$i]++ } END { for (k in n) s += n[k]; print s }' big.json"
when make make "printf 'all: a b\na b:\n\t@echo \$@ | sort\n' >Makefile; make -j2 | sort"
when tclsh tclsh "echo 'for {set i 0} {\$i < 20000} {incr i} {lappend l [string repeat x [expr {\$i % 60}]]}
	puts [llength [lsort -unique \$l]]; puts [catch {error oops} e]; puts \$e' | tclsh"
real throwing "'$(victim throwing)' $((size * 3000))"

if have rustc && HOME=$home rustc -O -g "$T/template/words.rs" -o "$T/template/words" 2>/dev/null; then
	real rust "./words $((size * 5000))"
else
	skip rust "rustc is not installed"
fi

diag "stacks compared: $compared_total"
if [ -n "$LONG" ]; then
	at_least "$compared_total" 10000000 "stacks compared in all"
else
	at_least "$compared_total" 100000 "stacks compared in all"
fi

cd / || exit
done_testing
