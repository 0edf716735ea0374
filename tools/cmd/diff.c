/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark diff: what grew and what shrank from one recording to another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/sums.h"
#include "base/output.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/diff_pairs.h"
#include "cmd/show.h"
#include "compare/compare.h"
#include "source/source.h"

#define DEPTH_MOST 4096

static const char *const by_words[] = { "site", "function", "line", "file", "module", NULL };
static const char *const sort_words[] = { "peak",      "live",	    "total",	"calls",
					  "temporary", "leaked",    "definite", "indirect",
					  "possible",  "reachable", NULL };
static const enum view_sort sorts[] = { VIEW_PEAK,	VIEW_LIVE,     VIEW_TOTAL,    VIEW_CALLS,
					VIEW_TEMPORARY, VIEW_LEAKED,   VIEW_DEFINITE, VIEW_INDIRECT,
					VIEW_POSSIBLE,	VIEW_REACHABLE };
static const char *const format_words[] = { "text", "json", "html", NULL };
static const struct render_diff_ops *const formats[] = { &render_diff_text, &render_diff_json,
							 &render_diff_html };
enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

/* More than anybody scrolls through. */
#define PAGE_ROWS_MOST 100000

/* As given; -1 and 0 where nothing was. */
struct choices {
	int by;
	int sort;
	int format;
	uint64_t limit;
	uint64_t depth;
	const char *filter;
	const char *threshold;
	const char *growth;
	const char *output;
	bool html;
};

struct plan {
	struct show_options show;
	struct compare_options compare;
	struct filter filter;
	double growth_most; /* as a part of the old; below 0: any will do */
	bool has_grown;
};

static int parse(int argc, char **argv, struct choices *c, struct show_options *o, int *operands,
		 int *status)
{
	const struct opt options[] = {
		OPT_CHOICE("by", 0, &c->by, by_words, "WHAT", "a row for each"),
		OPT_CHOICE("sort", 0, &c->sort, sort_words, "KEY", "one table, by the change of"),
		OPT_NUMBER("limit", 'n', &c->limit, 1, UINT32_MAX, "N", "rows of a table (10)"),
		OPT_NUMBER("depth", 0, &c->depth, 1, DEPTH_MOST, "N", "frames of a stack (8)"),
		OPT_STRING("threshold", 0, &c->threshold, "SIZE",
			   "no row for smaller changes; of the old sum with '%'"),
		OPT_STRING("filter", 0, &c->filter, "TERMS",
			   "'func:GLOB file:GLOB module:GLOB size>N calls>N'; all must hold"),
		OPT_FLAG("all-frames", 0, &o->analyze.all_frames,
			 "show allocator and start-up frames and recursion in full"),
		OPT_CHOICE("format", 0, &c->format, format_words, "FORMAT", "how to write it"),
		OPT_FLAG("html", 0, &c->html, "one page for a browser, as --format html"),
		OPT_FLAG("sources", 0, &o->sources,
			 "lines of source files in the page (--no-sources: none)"),
		OPT_STRING("output", 'o', &c->output, "FILE", "write there, not to the terminal"),
		OPT_STRING("fail-on-growth", 0, &c->growth, "PERCENT",
			   "end with status 23 when the whole grew by more"),
		SHOW_NAME_OPTIONS(o),
		OPT_END
	};
	const struct opt_table table = {
		.command = "diff",
		.synopsis = "[options] OLD NEW",
		.summary = "Tell what grew, what shrank, what is new and what is gone from one "
			   "recording to another: of two versions of a program, of two runs, or "
			   "of two moments of one run (tidemark snapshot).  Call stacks are "
			   "matched by their functions and files, not by addresses and lines.",
		.options = options,
	};

	if (!cmd_options(&table, argc, argv, operands, status))
		return false;
	if (c->html)
		c->format = FORMAT_HTML;
	return true;
}

/* "5", "5%" or "5.5%". */
static int parse_percent(const char *text, double *part)
{
	char *end;

	errno = 0;
	*part = strtod(text, &end) / 100;
	if (*end == '%')
		end++;
	return end == text || *end || errno || !(*part >= 0) || *part > 1e9 ? -EINVAL : 0;
}

static int settle_limits(const struct choices *c, struct plan *p)
{
	uint64_t bytes;
	struct err e;

	p->growth_most = -1;
	if (c->growth && parse_percent(c->growth, &p->growth_most)) {
		cmd_say("--fail-on-growth '%s': a percentage is wanted, as in 5%%", c->growth);
		return EXIT_USAGE;
	}
	if (c->threshold && strchr(c->threshold, '%')) {
		if (parse_percent(c->threshold, &p->compare.threshold_part)) {
			cmd_say("--threshold '%s': as in 64K, 1000 or 0.5%%", c->threshold);
			return EXIT_USAGE;
		}
	} else if (c->threshold) {
		if (opt_size(c->threshold, &bytes) || bytes > INT64_MAX) {
			cmd_say("--threshold '%s': as in 64K, 1000 or 0.5%%", c->threshold);
			return EXIT_USAGE;
		}
		p->compare.threshold = (int64_t)bytes;
	}
	if (c->filter && filter_parse(&p->filter, c->filter, &e))
		return cmd_fail(EXIT_USAGE, &e);
	return EXIT_SUCCESS;
}

static int settle(const struct choices *c, struct plan *p)
{
	struct analyze_options *a = &p->show.analyze;
	bool json = c->format != 0;

	p->compare = (struct compare_options){
		.by = (enum view_by)c->by,
		.sorted = c->sort >= 0 || json,
		.sort = c->sort >= 0 ? sorts[c->sort] : VIEW_PEAK,
		.filter = &p->filter,
		.limit = c->limit ? c->limit
			 : json	  ? SIZE_MAX
				  : a->limit,
		.smallest_part = c->limit ? 0 : a->smallest_part,
		.every_change = json,
		.depth = c->depth ? (uint32_t)c->depth : a->depth,
		.all_frames = a->all_frames,
	};
	if (c->format == FORMAT_HTML) {
		p->compare.by = VIEW_SITE;
		p->compare.every_row = true;
		p->compare.limit = c->limit ? c->limit : PAGE_ROWS_MOST;
	}
	p->show.sources = p->show.sources && c->format == FORMAT_HTML;
	a->by = p->compare.by;
	a->limit = 1; /* of tables that nobody sees */
	a->sorted = true;
	a->filter = p->compare.by == VIEW_SITE ? NULL : &p->filter;
	show_settle_names(&p->show);
	if (c->format == FORMAT_HTML && !show_can_page(c->output))
		return EXIT_USAGE;
	return settle_limits(c, p);
}

static void judge(struct plan *p, const struct view_diff *v)
{
	const struct view_diff_table *t = &v->tables[0];
	double before = (double)sums_key(&t->old_sum, t->sort);
	double after = (double)sums_key(&t->new_sum, t->sort);

	if (p->growth_most < 0 || after <= before * (1 + p->growth_most))
		return;
	p->has_grown = true;
	cmd_say("%s: grew by %s, more than the %.1f %% allowed",
		util_basename(v->after->facts.program),
		before > 0 ? util_percent(after - before, before).text : "more than nothing",
		100 * p->growth_most);
}

static int compare_stories(struct plan *p, struct show_story *stories,
			   const struct render_diff_ops *ops, struct render_context *context)
{
	struct source sources[2] = { { 0 }, { 0 } };
	struct comparison comparison;
	int err = 0, side;

	for (side = 0; side < 2 && p->show.sources && !err; side++)
		err = source_fill(&sources[side], &stories[side].analysis.view,
				  p->show.symbolize.sysroot);
	if (!err)
		err = compare(&comparison, &stories[0].analysis, &stories[1].analysis, &p->compare);
	if (!err) {
		judge(p, &comparison.view);
		if (ops)
			err = ops->diff(context, &comparison.view);
		compare_free(&comparison);
	}
	source_free(&sources[0]);
	source_free(&sources[1]);
	if (!err)
		return EXIT_SUCCESS;
	cmd_say("%s", strerror(-err));
	return EXIT_USAGE;
}

/* One pair through all stages; without ops it is judged only. */
static int show_pair(struct plan *p, const struct view_pair *pair,
		     const struct render_diff_ops *ops, struct render_context *context)
{
	const char *paths[2] = { pair->old_path, pair->new_path };
	struct show_story stories[2];
	struct model models[2];
	unsigned loaded = 0, told = 0;
	int status = EXIT_SUCCESS;

	while (loaded < 2 && !status) {
		status = show_load(paths[loaded], &models[loaded]);
		loaded += !status;
	}
	while (told < 2 && !status) {
		status = show_story(&stories[told], paths[told], &models[told], &p->show);
		told += !status;
	}
	if (!status)
		status = compare_stories(p, stories, ops, context);
	while (told)
		show_story_free(&stories[--told]);
	while (loaded)
		model_free(&models[--loaded]);
	return status;
}

/* As text the pair that changed most is told in full, as JSON all of them. */
static int show_pairs(struct plan *p, const struct diff_pairs *pairs,
		      const struct render_diff_ops *ops, struct render_context *context)
{
	int status = EXIT_SUCCESS, this;
	bool is_told = false;
	size_t i;

	context->several = pairs->count > 1;
	ops->begin(context, pairs->pairs, pairs->count);
	for (i = 0; i < pairs->count; i++) {
		if (!pairs->pairs[i].old_path || !pairs->pairs[i].new_path)
			continue;
		if (is_told && ops == &render_diff_text && p->growth_most < 0)
			break;
		this = show_pair(p, &pairs->pairs[i],
				 is_told && ops == &render_diff_text ? NULL : ops, context);
		status = this ? this : status;
		is_told = true;
	}
	ops->end(context);
	if (!is_told && ops == &render_diff_text)
		fputs("no program is in both of them\n", context->out);
	return status ? status : p->has_grown ? EXIT_OVER_LIMIT : EXIT_SUCCESS;
}

static int write_diff(struct plan *p, const struct diff_pairs *pairs, const struct choices *c)
{
	struct render_context context = { .version = PACKAGE_VERSION };
	struct output out;
	struct err e;
	int status;

	if (output_open(&out, c->output ? c->output : "-", &e))
		return cmd_fail(EXIT_USAGE, &e);
	context.out = out.stream;
	context.style = show_style(out.fd);
	status = show_pairs(p, pairs, formats[c->format], &context);
	return output_commit(&out, &e) ? cmd_fail(EXIT_USAGE, &e) : status;
}

static int run_diff(int argc, char **argv)
{
	struct choices c = { .by = VIEW_SITE, .sort = -1 };
	struct plan plan = { .has_grown = false };
	struct diff_pairs pairs = { .count = 0 };
	int operands, status;

	show_defaults(&plan.show);
	plan.show.sources = true;
	if (!parse(argc, argv, &c, &plan.show, &operands, &status))
		return status;
	status = settle(&c, &plan);
	if (!status && operands != 2) {
		cmd_say("two recordings are wanted, the old one and the new one: "
			"tidemark diff OLD NEW");
		status = EXIT_USAGE;
	}
	if (!status)
		status = diff_pairs_find(&pairs, argv[1], argv[2]);
	if (!status)
		status = write_diff(&plan, &pairs, &c);
	diff_pairs_free(&pairs);
	return status;
}

const struct command command_diff = {
	"diff",
	"tells what grew and what shrank from one recording to another",
	run_diff,
};
