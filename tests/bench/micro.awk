# SPDX-License-Identifier: LGPL-2.1-or-later
#
# micro CASE VARIANT MIN MEDIAN LOW HIGH INSTRUCTIONS WALL, from cases, samples and counts.
#
# MIN is the difference between the slopes of the least times; MEDIAN, LOW and HIGH (quartiles) are
# of the differences round by round.  For bare, all of them are the program's own.  ns per pair.

FNR == 1 { file++ }

file == 1 {
	split($0, field, "|")
	cases++
	label[cases] = field[1]
	run[cases] = field[2]
	from[cases] = field[7]
	to[cases] = field[8]
	split(field[9], counted, " ")
	count_from[cases] = counted[1]
	count_to[cases] = counted[2]
}

file == 2 && NF == 7 {
	key = $1 SUBSEP $2 SUBSEP $3
	cpu[key, $4] = $5
	if (!(key in least) || $5 < least[key])
		least[key] = $5
	if (!(key in least_wall) || $6 < least_wall[key])
		least_wall[key] = $6
	if ($4 > rounds)
		rounds = $4
}

file == 3 { instructions[$1, $2, $3] = $4 }

function slope(times, r, v, a, b, by)
{
	return (times[r, v, b] - times[r, v, a]) * by / (b - a)
}

function instructions_per_pair(c, v,    r, a, b)
{
	r = run[c]
	a = count_from[c]
	b = count_to[c]
	if (b == "" || !((r, v, b) in instructions))
		return "-"
	if (v == "bare")
		return slope(instructions, r, v, a, b, 1)
	return slope(instructions, r, v, a, b, 1) - slope(instructions, r, "bare", a, b, 1)
}

function round_values(values, r, v, base, a, b,    i, n)
{
	for (i = 1; i <= rounds; i++) {
		if (!((r, v, b, i) in cpu) || !((r, v, a, i) in cpu))
			continue
		values[++n] = (cpu[r, v, b, i] - cpu[r, v, a, i]) * 1000 / (b - a)
		if (base != "")
			values[n] -= (cpu[r, base, b, i] - cpu[r, base, a, i]) * 1000 / (b - a)
	}
	return n
}

function one(c, v,    r, a, b, base, values, n, added)
{
	r = run[c]
	a = from[c]
	b = to[c]
	if (!((r, v, b) in least) || !((r, v, a) in least))
		return
	base = v == "frames" ? "bare_frames" : v == "bare" || v == "bare_frames" ? "" : "bare"
	added = slope(least, r, v, a, b, 1000)
	if (base != "")
		added -= slope(least, r, base, a, b, 1000)
	n = round_values(values, r, v, base, a, b)
	sort_values(values, n)
	printf "micro\t%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f\t%s\t%.2f\n", label[c], v, added,
		quantile(values, n, 0.5), quantile(values, n, 0.25), quantile(values, n, 0.75),
		instructions_per_pair(c, v), slope(least_wall, r, v, a, b, 1000)
}

END {
	n_variants = split(variants, variant, " ")
	for (c = 1; c <= cases; c++)
		for (i = 1; i <= n_variants; i++)
			one(c, variant[i])
}
