/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/export.h"

#define ALL ((1u << EXPORT_METRICS) - 1)
#define GO                                                                                 \
	(1u << EXPORT_PEAK | 1u << EXPORT_LIVE | 1u << EXPORT_TOTAL | 1u << EXPORT_CALLS | \
	 1u << EXPORT_DEFINITE)
#define IN_USE (1u << EXPORT_PEAK | 1u << EXPORT_LIVE)

/* A new format is a line here, a file beside this one, and an entry in tidemark-export.1. */
const struct export_format export_formats[] = {
	{
		.name = "pprof",
		.suffix = "pb.gz",
		.summary = "pprof's protocol buffer: go tool pprof, Pyroscope, Parca",
		.opener = "go tool pprof",
		.write = export_pprof,
		.metrics = GO,
		.binary = true,
	},
	{
		.name = "heap",
		.suffix = "heap",
		.summary = "heap profile as text: google-pprof, jeprof, go tool pprof",
		.opener = "go tool pprof",
		.write = export_heap,
		.metrics = IN_USE,
		.metric = EXPORT_LIVE,
	},
	{
		.name = "folded",
		.suffix = "folded",
		.summary = "a line a stack: flamegraph.pl, inferno, speedscope",
		.opener = "flamegraph.pl",
		.write = export_folded,
		.metrics = ALL,
	},
	{
		.name = "massif",
		.suffix = "massif",
		.summary = "Massif's output: ms_print, massif-visualizer",
		.opener = "ms_print",
		.write = export_massif,
	},
	{
		.name = "dhat",
		.suffix = "dhat.json",
		.summary = "DHAT's output: Valgrind's dh_view.html",
		.opener = "/usr/libexec/valgrind/dh_view.html, and there",
		.write = export_dhat,
	},
	{
		.name = "mprof",
		.suffix = "dat",
		.summary = "RSS over time: mprof plot, mprof peak of Python's memory_profiler",
		.opener = "python3-mprof plot",
		.write = export_mprof,
	},
	{
		.name = "speedscope",
		.suffix = "speedscope.json",
		.summary = "speedscope's own format: speedscope, speedscope.app",
		.opener = "speedscope",
		.write = export_speedscope,
		.metrics = ALL,
	},
	{
		.name = "callgrind",
		.suffix = "callgrind",
		.summary = "Callgrind's output: kcachegrind, callgrind_annotate",
		.opener = "kcachegrind",
		.write = export_callgrind,
	},
	{
		.name = "csv",
		.suffix = "csv",
		.summary = "a row a site, for spreadsheets",
		.opener = "libreoffice",
		.write = export_csv,
	},
	{
		.name = "json",
		.suffix = "json",
		.summary = "the document of tidemark report --format json",
		.opener = "jq .totals",
		.write = export_json,
		.marks_hidden = true,
	},
	{
		.name = "sqlite",
		.suffix = "sqlite",
		.summary = "a database with tables and views, for questions of one's own",
		.opener = "sqlite3",
		.write = export_sqlite,
		.binary = true,
		.marks_hidden = true,
	},
	{ .name = NULL },
};
