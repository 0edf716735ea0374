# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The command.  One list a folder; a new file is one word here.  main.c alone stays outside the
# archive, so that the unit tests can link all the rest.

noinst_LIBRARIES += tools/libtide.a
tools_libtide_a_CPPFLAGS = $(BASE_CPPFLAGS) -I$(top_srcdir)/tools -DPKGLIBDIR='"$(pkglibdir)"' \
	-DBINDIR='"$(bindir)"' \
	$(LIBDW_CFLAGS) $(LIBELF_CFLAGS) $(CAIRO_CFLAGS) $(PROTOBUF_C_CFLAGS) $(ZLIB_CFLAGS) $(SQLITE_CFLAGS) \
	$(CJSON_CFLAGS) -I.

tools_libtide_a_SOURCES = \
	include/tidemark/profile.h tools/view.h tools/view_diff.h tools/view_top.h tools/verdict.h \
	$(TOOL_BASE) $(TOOL_READER) $(TOOL_SYMBOLIZE) $(TOOL_ANALYZE) $(TOOL_COMPARE) $(TOOL_SOURCE) \
	$(TOOL_RENDER) $(TOOL_EXPORT) $(TOOL_VERDICT) $(TOOL_CHECK) $(TOOL_PLOT) $(TOOL_PROC) $(TOOL_RUN) $(TOOL_CMD)
nodist_tools_libtide_a_SOURCES = $(HTML_C) $(PPROF_C)

TOOL_BASE = \
	tools/base/brief.c tools/base/brief.h \
	tools/base/buf.c tools/base/buf.h \
	tools/base/err.c tools/base/err.h \
	tools/base/json.c tools/base/json.h \
	tools/base/near.c tools/base/near.h \
	tools/base/opt.c tools/base/opt.h \
	tools/base/output.c tools/base/output.h \
	tools/base/pool.c tools/base/pool.h \
	tools/base/utf8.c tools/base/utf8.h \
	tools/base/util.c tools/base/util.h \
	tools/base/vec.h

TOOL_READER = \
	tools/reader/check.c tools/reader/check.h \
	tools/reader/model.c tools/reader/model.h \
	tools/reader/model_scan.c tools/reader/model_scan.h \
	tools/reader/model_time.c tools/reader/model_time.h \
	tools/reader/names.c tools/reader/names.h \
	tools/reader/reader.c tools/reader/reader.h \
	tools/reader/sections.h \
	tools/reader/write.c tools/reader/write.h

TOOL_SYMBOLIZE = \
	tools/symbolize/answers.c tools/symbolize/answers.h tools/symbolize/data.c tools/symbolize/data.h \
	tools/symbolize/cache.c tools/symbolize/cache.h \
	tools/symbolize/demangle.c tools/symbolize/demangle.h \
	tools/symbolize/dwarf.c tools/symbolize/dwarf.h \
	tools/symbolize/dwfl.c \
	tools/symbolize/ops.h \
	tools/symbolize/returned.c tools/symbolize/returned.h \
	tools/symbolize/symbolize.c tools/symbolize/symbolize.h \
	tools/symbolize/symtab.c tools/symbolize/symtab.h

TOOL_ANALYZE = \
	tools/analyze/advice/advice.c tools/analyze/advice/advice.h \
	tools/analyze/advice/copies.c tools/analyze/advice/copies.h \
	tools/analyze/advice/held.c tools/analyze/advice/held.h \
	tools/analyze/advice/kinds.c tools/analyze/advice/kinds.h \
	tools/analyze/advice/places.c tools/analyze/advice/places.h \
	tools/analyze/advice/words.c tools/analyze/advice/words.h \
	tools/analyze/analyze.c tools/analyze/analyze.h \
	tools/analyze/areas.c tools/analyze/areas.h \
	tools/analyze/arena.c tools/analyze/arena.h \
	tools/analyze/build.c tools/analyze/build.h \
	tools/analyze/explained.c tools/analyze/explained.h \
	tools/analyze/facts.c tools/analyze/facts.h \
	tools/analyze/filter.c tools/analyze/filter.h \
	tools/analyze/fold.c tools/analyze/fold.h \
	tools/analyze/group.c tools/analyze/group.h \
	tools/analyze/join.c tools/analyze/join.h \
	tools/analyze/leaks.c tools/analyze/leaks.h \
	tools/analyze/listing.c tools/analyze/listing.h \
	tools/analyze/shares.c tools/analyze/shares.h \
	tools/analyze/sums.c tools/analyze/sums.h \
	tools/analyze/table.c tools/analyze/table.h \
	tools/analyze/time.c tools/analyze/time.h \
	tools/analyze/tree.c tools/analyze/tree.h

TOOL_SOURCE = tools/source/copies.c tools/source/copies.h tools/source/source.c tools/source/source.h

TOOL_COMPARE = \
	tools/compare/compare.c tools/compare/compare.h \
	tools/compare/keys.c tools/compare/keys.h \
	tools/compare/match.c tools/compare/match.h \
	tools/compare/match_groups.c \
	tools/compare/match_near.c \
	tools/compare/match_sites.c \
	tools/compare/notes.c tools/compare/notes.h \
	tools/compare/rows.c tools/compare/rows.h

TOOL_RENDER = \
	tools/render/advice.c tools/render/advice.h \
	tools/render/chart.c tools/render/chart.h \
	tools/render/command.c tools/render/command.h \
	tools/render/holders.c tools/render/holders.h \
	tools/render/listing.c tools/render/listing.h \
	tools/render/diff_json.c \
	tools/render/diff_text.c \
	tools/render/json_advice.c tools/render/json_advice.h \
	tools/render/json_stacks.c tools/render/json_stacks.h \
	tools/render/html.c tools/render/html_diff.c tools/render/html_parts.h \
	tools/render/html_lists.c tools/render/html_lists.h \
	tools/render/json.c tools/render/json_facts.h \
	tools/render/page.h \
	tools/render/page_tables.c tools/render/page_tables.h \
	tools/render/mappings.c tools/render/mappings.h \
	tools/render/json_time.c tools/render/json_time.h \
	tools/render/moment.c tools/render/moment.h \
	tools/render/paint.c tools/render/paint.h \
	tools/render/render.h \
	tools/render/summary.c tools/render/summary.h \
	tools/render/table.c tools/render/table.h \
	tools/render/text.c \
	tools/render/threads.c tools/render/threads.h \
	tools/render/top.c tools/render/top.h \
	tools/render/tree.c tools/render/tree.h

TOOL_VERDICT = \
	tools/render/verdict/github.c \
	tools/render/verdict/json.c \
	tools/render/verdict/junit.c \
	tools/render/verdict/render.h \
	tools/render/verdict/sarif.c \
	tools/render/verdict/suppressions.c \
	tools/render/verdict/text.c \
	tools/render/verdict/words.c tools/render/verdict/words.h

TOOL_CHECK = \
	tools/check/baseline.c tools/check/baseline.h \
	tools/check/baseline_file.c \
	tools/check/builtin.c \
	tools/check/judge.c tools/check/judge.h \
	tools/check/key.c tools/check/key.h \
	tools/check/leaks.c tools/check/leaks.h \
	tools/check/limits.c tools/check/limits.h \
	tools/check/match.c tools/check/match.h \
	tools/check/path.c tools/check/path.h \
	tools/check/select.c tools/check/select.h \
	tools/check/suppress.c tools/check/suppress.h \
	tools/check/suppress_parse.c

TOOL_EXPORT = \
	tools/export/callgrind.c \
	tools/export/csv.c \
	tools/export/dhat.c \
	tools/export/export.h \
	tools/export/folded.c \
	tools/export/formats.c \
	tools/export/gzip.c tools/export/gzip.h \
	tools/export/heap.c \
	tools/export/inline.h \
	tools/export/json.c \
	tools/export/mprof.c \
	tools/export/massif.c \
	tools/export/metric.c tools/export/metric.h \
	tools/export/name.c tools/export/name.h \
	tools/export/pprof.c \
	tools/export/speedscope.c \
	tools/export/sqlite.c \
	tools/export/sqlite_schema.c tools/export/sqlite_schema.h \
	tools/export/stacks.c tools/export/stacks.h \
	tools/export/strings.c tools/export/strings.h

TOOL_RUN = \
	tools/run/account.c tools/run/account.h \
	tools/run/append.c tools/run/append.h \
	tools/run/ask.c tools/run/ask.h \
	tools/run/elf.c tools/run/elf.h \
	tools/run/harvest.c tools/run/harvest.h \
	tools/run/launch.c tools/run/launch.h \
	tools/run/library.c tools/run/library.h \
	tools/run/move.c tools/run/move.h \
	tools/run/oom.c tools/run/oom.h \
	tools/run/place.c tools/run/place.h \
	tools/run/recording.c tools/run/recording.h \
	tools/run/sampler.c tools/run/sampler.h \
	tools/run/spans.c tools/run/spans.h \
	tools/run/series.c tools/run/series.h \
	tools/run/target.c tools/run/target.h \
	tools/run/watch.c tools/run/watch.h

TOOL_PLOT = \
	tools/plot/axes.c tools/plot/axes.h \
	tools/plot/braille.c tools/plot/braille.h \
	tools/plot/collect.c tools/plot/collect.h \
	tools/plot/draw.c tools/plot/draw.h \
	tools/plot/layers.c tools/plot/layers.h \
	tools/plot/mprof.c tools/plot/mprof.h \
	tools/plot/plot.c tools/plot/plot.h

TOOL_PROC = \
	tools/proc/pagemap.c tools/proc/pagemap.h \
	tools/proc/process.c tools/proc/process.h \
	tools/proc/read.c tools/proc/read.h \
	tools/proc/smaps.c tools/proc/smaps.h \
	tools/proc/stat.c tools/proc/stat.h \
	tools/proc/statm.c tools/proc/statm.h \
	tools/proc/tree.c tools/proc/tree.h

TOOL_CMD = \
	tools/cmd/check/check.c \
	tools/cmd/check/compiled.c tools/cmd/check/compiled.h \
	tools/cmd/check/conclude.c \
	tools/cmd/check/gate.c tools/cmd/check/gate.h \
	tools/cmd/check/rerun.c tools/cmd/check/rerun.h \
	tools/cmd/check/write.c tools/cmd/check/write.h \
	tools/cmd/cmd.c tools/cmd/cmd.h \
	tools/cmd/diff.c \
	tools/cmd/diff_pairs.c tools/cmd/diff_pairs.h \
	tools/cmd/export.c \
	tools/cmd/find.c tools/cmd/find.h \
	tools/cmd/leaks.c \
	tools/cmd/live.c tools/cmd/live.h \
	tools/cmd/mark.c \
	tools/cmd/newest.c tools/cmd/newest.h \
	tools/cmd/plot.c \
	tools/cmd/ps.c tools/cmd/ps.h tools/cmd/ps_print.c \
	tools/cmd/progress.c tools/cmd/progress.h \
	tools/cmd/report.c \
	tools/cmd/request.c tools/cmd/request.h \
	tools/cmd/run.c \
	tools/cmd/run_mprof.c tools/cmd/run_mprof.h \
	tools/cmd/show.c tools/cmd/show.h \
	tools/cmd/screen.c tools/cmd/screen.h \
	tools/cmd/snapshot.c \
	tools/cmd/top.c \
	tools/cmd/turn.c

include tools/html/local.mk

bin_PROGRAMS += tidemark
tidemark_SOURCES  = tools/main.c
tidemark_CPPFLAGS = $(BASE_CPPFLAGS) -I$(top_srcdir)/tools
tidemark_LDADD    = tools/libtide.a $(TOOL_LIBS)

TOOL_LIBS = $(LIBDW_LIBS) $(LIBELF_LIBS) $(LIBIBERTY_LIBS) $(PROTOBUF_C_LIBS) $(ZLIB_LIBS) $(CAIRO_LIBS) \
	$(SQLITE_LIBS) $(CJSON_LIBS) -lm

# The messages of pprof.c, made from their description.
PPROF_C = tools/export/pprof.pb-c.c tools/export/pprof.pb-c.h
BUILT_SOURCES += tools/export/pprof.pb-c.h
CLEANFILES += $(PPROF_C)
EXTRA_DIST += tools/export/pprof.proto

tools/export/pprof.pb-c.c: tools/export/pprof.proto
	$(AM_V_GEN)$(MKDIR_P) tools/export && $(PROTOC_C) --c_out=tools/export \
		-I$(srcdir)/tools/export $(srcdir)/tools/export/pprof.proto

tools/export/pprof.pb-c.h: tools/export/pprof.pb-c.c

dist_man_MANS += tools/man/tidemark.1 tools/man/tidemark-diff.1 tools/man/tidemark-snapshot.1 tools/man/tidemark-top.1 tools/man/tidemark-export.1 \
	tools/man/tidemark-leaks.1 tools/man/tidemark-on.1 tools/man/tidemark-report.1 tools/man/tidemark-run.1 \
	tools/man/tidemark-profile.5

dist_man_MANS += tools/man/tidemark-check.1 tools/man/tidemark-ps.1
dist_man_MANS += tools/man/tidemark-plot.1
dist_man_MANS += tools/man/tidemark-mark.1 tools/man/tidemark.3

# What JSON output promises, for whoever reads it by a program.
dist_pkgdata_DATA += tools/schema/verdict.schema.json tools/schema/report.schema.json tools/schema/diff.schema.json

EXTRA_DIST += tools/README.md
