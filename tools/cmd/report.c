/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark report: the whole story of a recording. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/output.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/find.h"
#include "cmd/show.h"
#include "render/listing.h"

#define TREE_DEPTH_DEFAULT 48
#define DEPTH_MOST	   4096
#define LIST_MOST	   20
#define ADVICE_DEFAULT	   5

static const char *const by_words[] = {
	"site", "function", "line", "file", "module", "thread", NULL
};
static const char *const sort_words[] = { "peak",      "live",	   "total",	"calls",
					  "temporary", "own-peak", "leaked",	"definite",
					  "indirect",  "possible", "reachable", NULL };
static const char *const tree_words[] = { "top-down", "bottom-up", NULL };
static const char *const format_words[] = { "text", "json", "html", NULL };
static const struct render_ops *const formats[] = { &render_text, &render_json, &render_html };
enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

/* More than anybody scrolls through; the page stays below some tens of megabytes. */
#define PAGE_SITES_MOST 100000

/* As given; -1 and 0 where nothing was. */
struct choices {
	int by;
	int sort;
	int tree;
	int format;
	uint64_t limit;
	uint64_t depth;
	const char *filter;
	const char *at;
	const char *since;
	const char *output;
	bool html;
	bool sources;
	bool listing;
	bool advice;
	const char *function;
};

/* What a page needs, and what only it knows. */
static int settle_page(const struct choices *c, struct show_options *o)
{
	if (c->format != FORMAT_HTML)
		return EXIT_SUCCESS;
	if (!show_can_page(c->output))
		return EXIT_USAGE;
	o->analyze.by = VIEW_SITE;
	o->analyze.shape = VIEW_TABLES;
	o->analyze.site_limit = c->limit ? c->limit : PAGE_SITES_MOST;
	o->sources = c->sources;
	return EXIT_SUCCESS;
}

static int settle(const struct choices *c, struct show_options *o, struct filter *filter)
{
	struct err e;

	o->analyze.by = (enum view_by)c->by;
	o->analyze.sorted = c->sort >= 0;
	o->analyze.sort = c->sort >= 0 ? (enum view_sort)c->sort : VIEW_PEAK;
	o->analyze.shape = (enum view_shape)(c->tree + 1);
	if (c->limit) {
		o->analyze.limit = o->analyze.site_limit = c->limit;
		o->analyze.smallest_part = 0;
	} else if (c->format && c->by != VIEW_SITE) {
		o->analyze.limit = SIZE_MAX;
		o->analyze.smallest_part = 0;
	}
	if (c->depth)
		o->analyze.depth = o->analyze.depth_after = (uint32_t)c->depth;
	else if (c->tree >= 0)
		o->analyze.depth = TREE_DEPTH_DEFAULT;
	if ((c->listing || c->function) && c->format != FORMAT_TEXT) {
		cmd_say("--source and --profile-function write text; leave out --format");
		return EXIT_USAGE;
	}
	if (c->advice)
		o->analyze.advice_limit = c->limit ? c->limit : ADVICE_DEFAULT;
	o->analyze.listing = c->listing || c->function;
	o->analyze.function = c->function;
	if (c->filter && filter_parse(filter, c->filter, &e))
		return cmd_fail(EXIT_USAGE, &e);
	o->analyze.filter = filter;
	o->at = c->at;
	o->since = c->since;
	show_settle_names(o);
	return settle_page(c, o);
}

static int parse(int argc, char **argv, struct choices *c, struct show_options *o, int *operands,
		 int *status)
{
	const struct opt options[] = {
		OPT_CHOICE("by", 0, &c->by, by_words, "WHAT", "a row for each"),
		OPT_CHOICE("sort", 0, &c->sort, sort_words, "KEY", "one table, by"),
		OPT_NUMBER("limit", 'n', &c->limit, 1, UINT32_MAX, "N", "rows of a table (10)"),
		OPT_NUMBER("depth", 0, &c->depth, 1, DEPTH_MOST, "N", "frames of a stack (8)"),
		OPT_CHOICE("tree", 0, &c->tree, tree_words, "SHAPE", "a call tree instead"),
		OPT_STRING("filter", 0, &c->filter, "TERMS",
			   "'func:GLOB file:GLOB module:GLOB size>N calls>N'; all must hold"),
		OPT_FLAG("source", 0, &c->listing, "source files, with what each line holds"),
		OPT_STRING("profile-function", 0, &c->function, "NAME",
			   "the lines of module.function, laid out as by memory_profiler"),
		OPT_STRING("at", 0, &c->at, "TIME",
			   "who held the memory then: 1.5, 800ms, 2min, or the text of a mark"),
		OPT_STRING("since", 0, &c->since, "TIME",
			   "what has grown from then to --at, or to the end"),
		OPT_FLAG("all-frames", 0, &o->analyze.all_frames,
			 "show allocator and start-up frames and recursion in full"),
		OPT_FLAG("show-reachable", 0, &o->analyze.show_reachable,
			 "a table of what is not freed but still pointed to"),
		OPT_FLAG("advice", 0, &c->advice,
			 "what could be done about waste that is proved (--no-advice: none)"),
		OPT_CHOICE("format", 0, &c->format, format_words, "FORMAT", "how to write it"),
		OPT_FLAG("html", 0, &c->html, "one page for a browser, as --format html"),
		OPT_FLAG("sources", 0, &c->sources,
			 "lines of source files in the page (--no-sources: none)"),
		OPT_STRING("output", 'o', &c->output, "FILE", "write there, not to the terminal"),
		SHOW_NAME_OPTIONS(o),
		OPT_END
	};
	const struct opt_table table = {
		.command = "report",
		.synopsis = "[options] [RECORDING…]",
		.summary =
			"Tell the story of a recording: what was held at the peak, what lives at "
			"the end, what churned.  Without a name, of the newest recording here; of "
			"a directory, of all in it.",
		.options = options,
	};

	if (!cmd_options(&table, argc, argv, operands, status))
		return false;
	if (c->html)
		c->format = FORMAT_HTML;
	return true;
}

static int show_one(const char *path, const struct show_options *o, const struct render_ops *ops,
		    struct render_context *context)
{
	struct model m;
	int status = show_load(path, &m);

	if (status)
		return status;
	status = show_model(path, &m, o, ops, context);
	model_free(&m);
	return status;
}

/* What the list of several recordings says about one. */
struct listed {
	size_t number; /* in the list of paths */
	uint32_t pid;
	int64_t peak_bytes;
	int64_t live_bytes;
	uint64_t duration_us;
	char program[32];
};

static int larger_peak_first(const void *one, const void *two)
{
	const struct listed *a = one, *b = two;

	if (a->peak_bytes != b->peak_bytes)
		return a->peak_bytes > b->peak_bytes ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Those that cannot be read are said on stderr, and the status tells. */
static int load_list(const struct find_list *list, struct listed *all, size_t *count)
{
	int status = EXIT_SUCCESS, this;
	struct listed *to;
	struct model m;
	size_t i;

	*count = 0;
	for (i = 0; i < list->count; i++) {
		this = show_load(list->paths[i], &m);
		if (this) {
			status = this;
			continue;
		}
		to = &all[(*count)++];
		*to = (struct listed){
			.number = i,
			.pid = m.pid,
			.peak_bytes = m.peak_bytes,
			.live_bytes = m.sums.live_bytes,
			.duration_us = m.duration_us,
		};
		snprintf(to->program, sizeof(to->program), "%s", util_basename(m.program));
		model_free(&m);
	}
	return status;
}

static void print_list(FILE *out, const struct find_list *list, const struct listed *all,
		       size_t count)
{
	size_t i;

	fprintf(out, "%s, the largest peaks first:\n\n",
		util_counted((int64_t)count, "recording").text);
	fprintf(out, "  %8s %12s %12s %12s  %s\n", "pid", "peak", "at the end", "ran", "program");
	for (i = 0; i < count && i < LIST_MOST; i++)
		fprintf(out, "  %8u %12s %12s %12s  %s  %s\n", all[i].pid,
			util_bytes(all[i].peak_bytes).text, util_bytes(all[i].live_bytes).text,
			util_duration(all[i].duration_us).text, all[i].program,
			list->paths[all[i].number]);
	if (count > LIST_MOST)
		fprintf(out, "  %8s and %zu others\n", "", count - LIST_MOST);
	fputs("\nThe first of them:\n\n", out);
}

/* A short list, and the number of the one with the largest peak. */
static int list_all(FILE *out, const struct find_list *list, size_t *largest)
{
	struct listed *all = calloc(list->count, sizeof(*all));
	size_t count;
	int status;

	*largest = list->count;
	if (!all) {
		cmd_say("%s", strerror(ENOMEM));
		return EXIT_USAGE;
	}
	status = load_list(list, all, &count);
	if (count) {
		qsort(all, count, sizeof(*all), larger_peak_first);
		print_list(out, list, all, count);
		*largest = all[0].number;
	}
	free(all);
	return status;
}

static int show_text(const struct find_list *list, const struct show_options *o,
		     struct render_context *context)
{
	size_t largest = 0;
	int status = EXIT_SUCCESS, of_one = EXIT_SUCCESS;

	if (list->count > 1)
		status = list_all(context->out, list, &largest);
	if (largest < list->count)
		of_one = show_one(list->paths[largest], o, &render_text, context);
	return of_one ? of_one : status;
}

static int show_all(const struct find_list *list, const struct choices *c,
		    const struct show_options *o, struct render_context *context)
{
	const struct render_ops *ops = o->analyze.listing ? &render_listing : formats[c->format];
	int status = EXIT_SUCCESS, this;
	size_t i;

	context->several = list->count > 1;
	if (ops == &render_text)
		return show_text(list, o, context);
	/* A single one that cannot be read leaves no half a document. */
	ops->begin(context);
	for (i = 0; i < list->count; i++) {
		this = show_one(list->paths[i], o, ops, context);
		status = this ? this : status;
	}
	ops->end(context);
	return status;
}

static int write_report(const struct find_list *list, const struct choices *c,
			const struct show_options *o)
{
	struct render_context context = { .version = PACKAGE_VERSION };
	struct output out;
	struct err e;
	int status;

	if (output_open(&out, c->output ? c->output : "-", &e))
		return cmd_fail(EXIT_USAGE, &e);
	context.out = out.stream;
	context.style = show_style(out.fd);
	status = show_all(list, c, o, &context);
	if (status == EXIT_UNREADABLE && list->count == 1) {
		output_discard(&out);
		return status;
	}
	return output_commit(&out, &e) ? cmd_fail(EXIT_USAGE, &e) : status;
}

static int run_report(int argc, char **argv)
{
	struct choices c = {
		.by = VIEW_SITE, .sort = -1, .tree = -1, .sources = true, .advice = true
	};
	struct show_options o;
	struct find_list list = { 0 };
	struct filter filter = { .count = 0 };
	int operands, status;

	show_defaults(&o);
	if (!parse(argc, argv, &c, &o, &operands, &status))
		return status;
	status = settle(&c, &o, &filter);
	if (!status)
		status = find_operands(&list, argv + 1, operands);
	if (!status)
		status = write_report(&list, &c, &o);
	find_free(&list);
	return status;
}

const struct command command_report = {
	"report",
	"tells who held the memory: at the peak, at the end, in passing",
	run_report,
};
