# SPDX-License-Identifier: LGPL-2.1-or-later
#
# scan SHAPE HOW SECONDS CPU PAUSE BYTES: seconds of the scan for each GiB of live blocks, the CPU's
# too; ms that the program stands still for one in the middle of its run, for each GiB; bytes that
# the copy needs for each block.  The least of all rounds, and the most of memory.

function least(key, what, value)
{
	if (!((key, what) in best) || value < best[key, what])
		best[key, what] = value
}

{
	if (!($1 in known)) {
		known[$1] = 1
		order[++n] = $1
	}
}

$2 == "time" {
	gib = $7 / 2 ^ 30
	least($1, "s", $3 / 1e6 / gib)
	least($1, "cpu", ($4 - $5) / 1e6 / gib)
}

$2 == "pause" { least($1, "pause", $3 / 1e3 / ($5 / 2 ^ 30)) }

$2 == "memory" { best[$1, "bytes"] = $3 * 1024 / $4 }

function shown(key, what, form)
{
	return (key, what) in best ? sprintf(form, best[key, what]) : "-"
}

END {
	for (i = 1; i <= n; i++) {
		split(order[i], part, ",")
		printf "scan\t%s\t%s\t%s\t%s\t%s\t%s\n", part[1], part[2], shown(order[i], "s", "%.2f"),
			shown(order[i], "cpu", "%.2f"), shown(order[i], "pause", "%.1f"),
			shown(order[i], "bytes", "%.1f")
	}
}
