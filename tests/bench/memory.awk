# SPDX-License-Identifier: LGPL-2.1-or-later
#
# memory WHAT VARIANT VALUE, from lines VARIANT blocks|sites COUNT growing|full|steady|sites N KIB.
# All but "fixed" are without what is fixed.  Bytes.

{
	kib[$1, $2, $3, $4, $5] = $6
	if (!($1 in known)) {
		known[$1] = 1
		variant[++variants] = $1
	}
	if ($4 == "growing" && $3 > longest)
		longest = $3
	if ($4 == "growing")
		sampled[$5] = 1
}

# Beyond bare, in bytes
function added(v, what, run, state, n)
{
	return (kib[v, what, run, state, n] - kib["bare", what, run, state, n]) * 1024
}

function say(what, v, value)
{
	printf "memory\t%s\t%s\t%.1f\n", what, v, value
}

function worst(v, fixed, from, to,    n, cost, most)
{
	for (n in sampled) {
		if (n + 0 < from || n + 0 > to)
			continue
		cost = (added(v, "blocks", longest, "growing", n) - fixed) / n
		if (cost > most)
			most = cost
	}
	return most + 0
}

function one(v,    i, n, fixed)
{
	fixed = added(v, "blocks", 1, "full", 1)
	say("fixed", v, fixed)
	for (i = 1; i <= n_counts; i++) {
		n = count[i]
		say("a block, steady, of " n, v, (added(v, "blocks", n, "steady", n) - fixed) / n)
	}
	for (n = 10000; n < longest; n *= 10)
		say("a block, growing, worst from " n " to " n * 10, v, worst(v, fixed, n, n * 10))
	say("a site, depth 20", v, (added(v, "sites", 220000, "sites", 220000) - \
		added(v, "sites", 20000, "sites", 20000)) / 200000)
}

END {
	n_counts = split(counts, count, " ")
	for (i = 1; i <= variants; i++)
		if (variant[i] != "bare")
			one(variant[i])
}
