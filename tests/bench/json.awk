# SPDX-License-Identifier: LGPL-2.1-or-later
#
# bench.json from "machine" (name, value) and results.

BEGIN {
	FS = "\t"
	names["micro"] = "case variant ns_least ns_median ns_low ns_high instructions wall_ns"
	names["macro"] = "program variant cpu cpu_low cpu_high cpu_least peak_rss instructions"
	names["python"] = names["macro"]
	names["memory"] = "what variant bytes"
	names["scan"] = "shape how s_per_gib cpu_s_per_gib pause_ms_per_gib bytes_per_block"
}

FNR == 1 { file++ }

function quoted(s)
{
	gsub(/[\\"]/, "\\\\&", s)
	return "\"" s "\""
}

function value(s)
{
	if (s == "-")
		return "null"
	return s ~ /^-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?$/ ? s : quoted(s)
}

file == 1 {
	machine = machine (machine == "" ? "" : ", ") quoted($1) ": " value($2)
	next
}

{
	n = split(names[$1], name, " ")
	line = ""
	for (i = 1; i <= n; i++)
		line = line (i > 1 ? ", " : "") quoted(name[i]) ": " value($(i + 1))
	rows[$1] = rows[$1] (rows[$1] == "" ? "" : ",") "\n    {" line "}"
}

END {
	printf "{\n  \"machine\": {%s},\n", machine
	printf "  \"micro\": [%s],\n  \"macro\": [%s],\n  \"memory\": [%s],\n", rows["micro"], rows["macro"],
		rows["memory"]
	printf "  \"scan\": [%s],\n  \"python\": [%s]\n}\n", rows["scan"], rows["python"]
}
