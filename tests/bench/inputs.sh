# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the programs of the macro part work on; made by rule, so that it is the same everywhere.

# Numbers at random for awk, the same with every awk
DICE='function dice(n)
{
	state = (state * 69069 + 12345) % 4294967296
	return int(state / 65536) % n
}'

input_json() { # RECORDS
	awk -v n="$1" "$DICE"' BEGIN {
		printf "["
		for (i = 0; i < n; i++)
			printf "%s{\"id\":%d,\"name\":\"name %d\",\"tags\":[\"t%d\",\"t%d\",%d]," \
				"\"at\":{\"x\":%d.5,\"y\":%d}}\n", i ? "," : "", i, dice(5000),
				dice(40), dice(40), dice(9), dice(900), dice(900)
		print "]"
	}'
}

input_xml() { # RECORDS
	awk -v n="$1" "$DICE"' BEGIN {
		print "<?xml version=\"1.0\"?>\n<list>"
		for (i = 0; i < n; i++)
			printf "<entry id=\"%d\"><name>some name of %d</name>" \
				"<value>%d</value></entry>\n", i, dice(5000), dice(9000)
		print "</list>"
	}'
}

input_sql() { # ROWS
	cat <<-END
		CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b TEXT);
		WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $1)
			INSERT INTO t SELECT i, i * 7919 % 10007, 'text ' || (i * 31 % 1000) FROM c;
		CREATE INDEX ta ON t(a);
		SELECT b, count(*), sum(a) FROM t GROUP BY b ORDER BY 2 DESC LIMIT 10;
		SELECT count(*) FROM t x JOIN t y ON x.a = y.a WHERE x.id % 50 = 0;
		UPDATE t SET b = upper(b) || a WHERE a % 3 = 0;
		SELECT group_concat(b) FROM t WHERE a < 2000;
		SELECT length(group_concat(b, ';')) FROM t;
	END
	awk -v n="$(($1 / 20))" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "SELECT a, b FROM t WHERE id IN (%d, %d);\n", i * 7, i
	}'
}

# A repository of so many commits, as a stream for git fast-import
input_git() { # COMMITS
	awk -v n="$1" "$DICE"'
	function text(file, commit,    lines, i) {
		lines = ""
		for (i = 0; i < 120; i++)
			lines = lines "line " i " of " file (dice(20) ? "" : " in " commit) "\n"
		return lines
	}
	BEGIN {
		for (i = 1; i <= n; i++) {
			printf "commit refs/heads/main\nmark :%d\n" \
				"committer B <b@example.org> %d +0000\n", i, 1600000000 + i * 60
			message = "commit " i
			printf "data %d\n%s\n", length(message), message
			for (j = 0; j < 3; j++) {
				body = text(f = dice(40), i)
				printf "M 100644 inline dir%d/file%d\ndata %d\n%s\n",
					f % 5, f, length(body), body
			}
		}
	}'
}

input_cxx() { # CLASSES
	cat <<-'END'
		#include <algorithm>
		#include <functional>
		#include <iostream>
		#include <map>
		#include <memory>
		#include <string>
		#include <unordered_map>
		#include <vector>
	END
	local i
	for ((i = 0; i < $1; i++)); do
		cat <<-END
			template <typename T> struct box$i {
				std::map<std::string, std::vector<T>> all;
				void put(const std::string &k, T value) { all[k].push_back(value); }
				T sum() const {
					T sum{};
					for (auto &entry : all)
						for (auto &value : entry.second)
							sum += value;
					return sum;
				}
			};
			int use$i(int a) {
				box$i<int> x;
				box$i<double> y;
				std::unordered_map<int, std::shared_ptr<box$i<int>>> m;
				x.put("a", a);
				y.put("b", a * $i.5);
				m[a] = std::make_shared<box$i<int>>(x);
				std::function<int(int)> f = [&](int v) { return v + m[a]->sum(); };
				return f(static_cast<int>(y.sum()));
			}
		END
	done
	echo 'int main() { std::cout << use0(1) << std::endl; }'
}

input_python() { # ROUNDS
	cat <<-END
		import json, re
		class Node:
		    def __init__(self, key, left=None, right=None):
		        self.key, self.left, self.right = key, left, right
		def insert(node, key):
		    if node is None:
		        return Node(key)
		    if key < node.key:
		        node.left = insert(node.left, key)
		    else:
		        node.right = insert(node.right, key)
		    return node
		total = 0
		for turn in range($1):
		    root = None
		    for i in range(1500):
		        root = insert(root, i * 7919 % 1511)
		    rows = [{"id": i, "name": "n%d" % (i % 97), "v": [i, i / 3, str(i)]}
		            for i in range(2000)]
		    back = json.loads(json.dumps(rows))
		    words = {}
		    for row in back:
		        words.setdefault(row["name"], []).append(row["v"][1] * 2.5)
		    text = " ".join("%s=%s" % (k, len(v)) for k, v in sorted(words.items()))
		    total += len(re.findall(r"n(\d+)=(\d+)", text)) + sum(map(len, text.split()))
		print(total)
	END
}

input_perl() { # ROUNDS
	cat <<-END
		use strict;
		my \$total = 0;
		for my \$turn (1 .. $1) {
			my (%by, @rows);
			for (1 .. 3000) {
				my \$row = { id => \$_, name => "n" . \$_ % 97 };
				\$row->{v} = [\$_, \$_ * 3, "s\$_"];
				push @rows, \$row;
			}
			push @{\$by{\$_->{name}}}, \$_->{v}[1] for @rows;
			my \$text = join ' ', map { "\$_=" . scalar @{\$by{\$_}} } sort keys %by;
			\$total += length(\$text) + (() = \$text =~ /n(\\d+)=(\\d+)/g);
			\$total += length for map { lc } split / /, uc \$text x 20;
		}
		print "\$total\\n";
	END
}
