# SPDX-License-Identifier: LGPL-2.1-or-later
#
# PART PROGRAM VARIANT MEDIAN LOW HIGH LEAST RSS INSTRUCTIONS, from counts and samples; part=macro or python.
#
# MEDIAN is the median over the rounds of CPU time / that of bare in the same round, LOW and HIGH
# bound it with 95 %; LEAST is the ratio of the least times, RSS that of the medians of the peak
# RSS, INSTRUCTIONS that of callgrind's counts.  For bare: ms (MEDIAN to LEAST), MiB, millions.

NF == 3 { instructions[$1, $2] = $3 }

NF == 6 {
	if (!($1 in seen)) {
		seen[$1] = 1
		program[++programs] = $1
	}
	if (!($2 in known)) {
		known[$2] = 1
		variant[++variants] = $2
	}
	cpu[$1, $2, $3] = $4
	rss[$1, $2, $3] = $6
	if ($3 > rounds)
		rounds = $3
}

function gather(values, of, p, v, base,    i, n)
{
	for (i = 1; i <= rounds; i++) {
		if (!((p, v, i) in of) || base != "" && !((p, base, i) in of))
			continue
		values[++n] = of[p, v, i] / (base == "" ? 1 : of[p, base, i])
	}
	sort_values(values, n)
	return n
}

function least(of, p, v,    values, n)
{
	n = gather(values, of, p, v, "")
	return n ? values[1] : 0
}

function middle(of, p, v,    values, n)
{
	n = gather(values, of, p, v, "")
	return quantile(values, n, 0.5)
}

function counted(p, v)
{
	if (!((p, v) in instructions) || !instructions[p, "bare"])
		return "-"
	return v == "bare" ? instructions[p, v] / 1e6 : instructions[p, v] / instructions[p, "bare"]
}

function one(p, v,    values, n, k, bare, unit)
{
	bare = v == "bare"
	unit = bare ? 1000 : 1
	n = gather(values, cpu, p, v, bare ? "" : "bare")
	if (!n)
		return
	k = median_bound(n)
	printf "%s\t%s\t%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%s\n", part, p, v,
		quantile(values, n, 0.5) / unit, values[k] / unit, values[n - k + 1] / unit,
		least(cpu, p, v) / (bare ? 1000 : least(cpu, p, "bare")),
		middle(rss, p, v) / (bare ? 1024 : middle(rss, p, "bare")), counted(p, v)
}

END {
	for (i = 1; i <= programs; i++)
		for (j = 1; j <= variants; j++)
			one(program[i], variant[j])
}
