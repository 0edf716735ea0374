# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Results as tables; form=text or markdown, all=the variants.

BEGIN {
	FS = "\t"
	n_all = split(all, list, " ")
	for (i = 1; i <= n_all; i++)
		present[list[i]] = 1
}

function remember(part, key)
{
	if (!((part, key) in seen)) {
		seen[part, key] = 1
		row[part, ++rows[part]] = key
	}
}

$1 == "micro" {
	remember("micro", $2)
	ns[$2, $3] = $4
	spread[$2, $3] = sprintf("%.0f; %.0f-%.0f", $5, $6, $7)
	instructions[$2, $3] = $8
	wall[$2, $3] = $9
	next
}

$1 == "macro" {
	remember("macro", $2)
	cpu[$2, $3] = $4
	bounds[$2, $3] = sprintf("%.2f-%.2f", $5, $6)
	least[$2, $3] = $7
	rss[$2, $3] = $8
	counted[$2, $3] = $9
	next
}

$1 == "scan" {
	remember("scan", $2 ", " $3)
	for (i = 4; i <= 7; i++)
		figure[$2 ", " $3, i] = $i
	next
}

$1 == "python" {
	remember("python", $2)
	python[$2, $3] = $4
	python_bounds[$2, $3] = sprintf("%.2f-%.2f", $5, $6)
	python_rss[$2, $3] = $8
	next
}

$1 == "memory" {
	remember("memory", $2)
	bytes[$2, $3] = $4
}

##
## Laying out: cells are collected, then printed with the widths they need
##
function cell(text)
{
	cells[lines, ++columns[lines]] = text
	if (length(text) > width[columns[lines]])
		width[columns[lines]] = length(text)
}

function line()
{
	lines++
	columns[lines] = 0
}

function begin(text)
{
	title = text
	lines = 0
	split("", width)
	line()
}

function padded(text, n, left)
{
	return left ? sprintf("%-" n "s", text) : sprintf("%" n "s", text)
}

function rule(    j)
{
	printf "|"
	for (j = 1; j <= columns[1]; j++)
		printf "%s|", j == 1 ? "---" : "---:"
	printf "\n"
}

function finish(    i, j, bar)
{
	bar = form == "markdown" ? "| " : ""
	printf "%s%s%s\n\n", form == "markdown" ? "**" : "", title, form == "markdown" ? "**" : ""
	for (i = 1; i <= lines; i++) {
		printf "%s", bar
		for (j = 1; j <= columns[i]; j++)
			printf "%s%s", padded(cells[i, j], width[j], j == 1),
				j < columns[i] ? (bar == "" ? "  " : " | ") : ""
		printf "%s\n", bar == "" ? "" : " |"
		if (i == 1 && bar != "")
			rule()
	}
	printf "\n"
}

function head(first, variants,    n, i, v)
{
	cell(first)
	n = split(variants, v, " ")
	for (i = 1; i <= n; i++)
		if (v[i] in present || v[i] == "bare")
			cell(v[i])
}

function ratio(a, b)
{
	return a + 0 <= 0 || b + 0 <= 0 ? "-" : sprintf("%.1f x", a / b)
}

##
## The tables
##
function micro_cell(key, v)
{
	if (!((key, v) in ns))
		return "-"
	if (form == "markdown" || v == "bare")
		return sprintf("%.0f", ns[key, v])
	if (v == "tidemark" || v == "heaptrack")
		return sprintf("%.1f (%s)", ns[key, v], spread[key, v])
	return sprintf("%.1f", ns[key, v])
}

function micro_table(    i, j, n, v, key)
{
	begin("Added CPU time per malloc+free pair, ns; bare: the program's own" \
		(form == "text" ? ".  Least of " rounds " rounds (median; quartiles)" : ""))
	head("", "bare tidemark heaptrack memusage frames lsan")
	cell("heaptrack/tidemark")
	n = split("bare tidemark heaptrack memusage frames lsan", v, " ")
	for (i = 1; i <= rows["micro"]; i++) {
		key = row["micro", i]
		line()
		cell(key)
		for (j = 1; j <= n; j++)
			if (v[j] in present || v[j] == "bare")
				cell(micro_cell(key, v[j]))
		cell(ratio(ns[key, "heaptrack"], ns[key, "tidemark"]))
	}
	finish()
}

function number(n)
{
	return n == "" || n == "-" ? "-" : sprintf("%.0f", n)
}

function counts_table(    i, key, any)
{
	begin("Added instructions per pair, by callgrind")
	head("", "bare tidemark heaptrack")
	cell("heaptrack/tidemark")
	for (i = 1; i <= rows["micro"]; i++) {
		key = row["micro", i]
		if (instructions[key, "bare"] == "-")
			continue
		any = 1
		line()
		cell(key)
		cell(number(instructions[key, "bare"]))
		if ("tidemark" in present)
			cell(number(instructions[key, "tidemark"]))
		if ("heaptrack" in present)
			cell(number(instructions[key, "heaptrack"]))
		cell(ratio(instructions[key, "heaptrack"], instructions[key, "tidemark"]))
	}
	if (any)
		finish()
}

function own_wall(key, v)
{
	return (key, v) in wall && wall[key, v] > 0 ? wall[key, v] : 0
}

function own_cpu(key, v)
{
	return v == "bare" ? ns[key, v] : ns[key, "bare"] + ns[key, v]
}

# What the wall clock says, which a busy machine spoils, and what the CPU time allows
function speed_cell(one, key, v,    threads)
{
	if (!own_wall(key, v) || own_cpu(key, v) <= 0)
		return "-"
	threads = key + 0 < cpus ? key + 0 : cpus
	return sprintf("%.2f / %.2f", own_wall(one, v) / own_wall(key, v),
		threads * own_cpu(one, v) / own_cpu(key, v))
}

function speed_table(    i, j, n, v, key, one, any)
{
	begin("Speed-up from one thread (random, depth 20), by wall time / by CPU time")
	head("", "bare tidemark heaptrack memusage")
	n = split("bare tidemark heaptrack memusage", v, " ")
	one = "random, depth 20"
	for (i = 1; i <= rows["micro"]; i++) {
		key = row["micro", i]
		if (key !~ /^[248] threads, depth/ || !own_wall(one, "bare"))
			continue
		any = 1
		line()
		cell(key)
		for (j = 1; j <= n; j++)
			if (v[j] in present || v[j] == "bare")
				cell(speed_cell(one, key, v[j]))
	}
	if (any)
		finish()
}

function macro_cell(key, v)
{
	if (!((key, v) in cpu))
		return "-"
	return sprintf("%.2f (%s)", cpu[key, v], bounds[key, v])
}

function macro_table(    i, j, n, v, key)
{
	begin("CPU time of the whole program as multiple of bare (95 % interval)")
	cell("")
	cell("bare, ms")
	n = split("tidemark heaptrack memusage", v, " ")
	for (j = 1; j <= n; j++)
		if (v[j] in present)
			cell(v[j])
	cell("tidemark, peak RSS")
	cell("heaptrack, peak RSS")
	for (i = 1; i <= rows["macro"]; i++) {
		key = row["macro", i]
		line()
		cell(key)
		cell(number(cpu[key, "bare"]))
		for (j = 1; j <= n; j++)
			if (v[j] in present)
				cell(macro_cell(key, v[j]))
		cell(rss[key, "tidemark"] == "" ? "-" : sprintf("%.2f", rss[key, "tidemark"]))
		cell(rss[key, "heaptrack"] == "" ? "-" : sprintf("%.2f", rss[key, "heaptrack"]))
	}
	finish()
}

function macro_counts_table(    i, key, any)
{
	begin("Instructions of the whole program as multiple of bare, by callgrind")
	cell("")
	cell("bare, millions")
	cell("tidemark")
	cell("heaptrack")
	for (i = 1; i <= rows["macro"]; i++) {
		key = row["macro", i]
		if (counted[key, "tidemark"] == "-" || counted[key, "tidemark"] == "")
			continue
		any = 1
		line()
		cell(key)
		cell(number(counted[key, "bare"]))
		cell(sprintf("%.3f", counted[key, "tidemark"]))
		cell(counted[key, "heaptrack"] + 0 ? \
			sprintf("%.3f", counted[key, "heaptrack"]) : "-")
	}
	if (any)
		finish()
}

function memory_table(    i, j, n, v, key)
{
	begin("Added memory (RSS), bytes")
	head("", "tidemark heaptrack memusage")
	n = split("tidemark heaptrack memusage", v, " ")
	for (i = 1; i <= rows["memory"]; i++) {
		key = row["memory", i]
		line()
		cell(key)
		for (j = 1; j <= n; j++)
			if (v[j] in present)
				cell(sprintf(key == "fixed" ? "%.0f" : "%.1f", bytes[key, v[j]]))
	}
	finish()
}

function scan_table(    i, j, n, titles)
{
	begin("The leak scan")
	cell("")
	n = split("s/GiB,CPU s/GiB,pause on demand ms/GiB,memory bytes/block", titles, ",")
	for (i = 1; i <= n; i++)
		cell(titles[i])
	for (i = 1; i <= rows["scan"]; i++) {
		line()
		cell(row["scan", i])
		for (j = 4; j <= 7; j++)
			cell(figure[row["scan", i], j])
	}
	finish()
}

# The mean of the programs' ratios
function python_mean(of, v,    i, sum)
{
	for (i = 1; i <= rows["python"]; i++)
		sum += of[row["python", i], v]
	return sprintf("%.2f", sum / rows["python"])
}

function python_table(    i, key)
{
	begin("Python: CPU time of the whole program as multiple of bare (95 % interval)")
	cell("")
	cell("bare, ms")
	cell("every object")
	cell("arenas alone")
	cell("every object, peak RSS")
	for (i = 1; i <= rows["python"]; i++) {
		key = row["python", i]
		line()
		cell(key)
		cell(number(python[key, "bare"]))
		cell(sprintf("%.2f (%s)", python[key, "objects"], python_bounds[key, "objects"]))
		cell(sprintf("%.2f (%s)", python[key, "arenas"], python_bounds[key, "arenas"]))
		cell(sprintf("%.2f", python_rss[key, "objects"]))
	}
	line()
	cell("mean")
	cell("")
	cell(python_mean(python, "objects"))
	cell(python_mean(python, "arenas"))
	cell(python_mean(python_rss, "objects"))
	finish()
}

END {
	if (rows["micro"]) {
		micro_table()
		counts_table()
		speed_table()
	}
	if (rows["macro"]) {
		macro_table()
		macro_counts_table()
	}
	if (rows["memory"])
		memory_table()
	if (rows["scan"])
		scan_table()
	if (rows["python"])
		python_table()
}
