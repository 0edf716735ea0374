/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark top: who holds the memory of a running program, again and again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/live.h"
#include "cmd/screen.h"
#include "cmd/show.h"
#include "render/top.h"

#define ROWS_ONCE  20
#define ROWS_MOST  1000
#define DELAY_MOST 3600

enum top_sort { TOP_LIVE, TOP_GROWTH };

static const char *const sort_words[] = { "live", "growth", NULL };
static const char *const sort_names[] = { "live bytes", "growth" };

struct candidate {
	uint32_t site;
	int64_t live_bytes;
	int64_t change_bytes;
	uint64_t more_calls;
};

/* What was there at the last look, by number of the site. */
struct before {
	int64_t *live_bytes;
	uint64_t *calls;
	size_t count;
	uint64_t us;
	int64_t live_sum_bytes;
	uint64_t call_sum;
	bool is_known;
};

struct top {
	char path[PATH_MAX];
	struct show_options show;
	int sort;
	size_t rows;
	struct before before;
	uint64_t rss_bytes;
	bool is_alive;
	bool has_keys;
};

static int larger_first(const void *one, const void *two, void *sort)
{
	const struct candidate *a = one, *b = two;

	if (*(int *)sort == TOP_GROWTH && a->change_bytes != b->change_bytes)
		return a->change_bytes > b->change_bytes ? -1 : 1;
	if (a->live_bytes != b->live_bytes)
		return a->live_bytes > b->live_bytes ? -1 : 1;
	return a->site < b->site ? -1 : a->site > b->site;
}

/* The sites of the rows, in their order; NULL without memory. */
static struct candidate *pick(struct top *t, const struct model *m, size_t *count)
{
	struct candidate *list = calloc(m->site_count + 1, sizeof(*list)), *to;
	const struct before *b = &t->before;
	size_t i, used = 0;

	for (i = 0; list && i < m->site_count; i++) {
		if (!m->sites[i].used)
			continue;
		to = &list[used++];
		to->site = (uint32_t)i;
		to->live_bytes = to->change_bytes = m->sites[i].sums.live_bytes;
		to->more_calls = m->sites[i].sums.calls;
		if (i < b->count) {
			to->change_bytes = util_minus(to->change_bytes, b->live_bytes[i]);
			to->more_calls -= b->calls[i];
		}
	}
	if (used)
		qsort_r(list, used, sizeof(*list), larger_first, &t->sort);
	*count = used < t->rows ? used : t->rows;
	return list;
}

/* Only what is shown is looked up: a look must not take longer than the time between two. */
static bool *frames_of(const struct model *m, const struct candidate *list, size_t count)
{
	bool *only = calloc(m->frame_count + 1, sizeof(*only));
	uint32_t node;
	size_t i;

	for (i = 0; only && i < count; i++)
		for (node = m->sites[list[i].site].node; node; node = m->nodes[node].parent)
			only[m->nodes[node].frame] = true;
	return only;
}

static int remember(struct before *b, const struct model *m)
{
	int64_t *live = realloc(b->live_bytes, (m->site_count + 1) * sizeof(*live));
	uint64_t *calls = live ? realloc(b->calls, (m->site_count + 1) * sizeof(*calls)) : NULL;
	size_t i;

	b->live_bytes = live ? live : b->live_bytes;
	b->calls = calls ? calls : b->calls;
	if (!live || !calls)
		return -ENOMEM;
	for (i = 0; i < m->site_count; i++) {
		live[i] = m->sites[i].sums.live_bytes;
		calls[i] = m->sites[i].sums.calls;
	}
	b->count = m->site_count;
	b->us = m->duration_us;
	b->live_sum_bytes = m->sums.live_bytes;
	b->call_sum = m->sums.calls;
	b->is_known = true;
	return 0;
}

static void draw(const struct top *t, const struct model *m, const struct analysis *a,
		 const struct candidate *list, size_t count, struct render_context *context)
{
	struct view_top_row *rows = calloc(count + 1, sizeof(*rows));
	const struct before *b = &t->before;
	struct view_top v = {
		.view = &a->view,
		.rows = rows,
		.sort = sort_names[t->sort],
		.has_before = b->is_known,
		.between_us = m->duration_us - b->us,
		.change_bytes = util_minus(m->sums.live_bytes, b->live_sum_bytes),
		.more_calls = m->sums.calls - b->call_sum,
		.rss_bytes = t->rss_bytes,
		.has_keys = t->has_keys,
	};
	size_t i;

	for (i = 0; rows && i < count; i++) {
		if (!a->ids[list[i].site])
			continue;
		rows[v.row_count++] = (struct view_top_row){
			.site = &a->view.sites[a->ids[list[i].site] - 1],
			.change_bytes = list[i].change_bytes,
			.more_calls = list[i].more_calls,
		};
	}
	render_top(context, &v);
	free(rows);
}

static int show_rows(struct top *t, const struct model *m, struct render_context *context)
{
	size_t count = 0;
	struct candidate *list = pick(t, m, &count);
	bool *only = list ? frames_of(m, list, count) : NULL;
	struct show_story story;
	int status = EXIT_USAGE;

	t->show.symbolize.only = only;
	if (only)
		status = show_story(&story, t->path, m, &t->show);
	else
		cmd_say("%s", strerror(ENOMEM));
	if (!status) {
		draw(t, m, &story.analysis, list, count, context);
		show_story_free(&story);
	}
	free(only);
	free(list);
	return status;
}

/* One look, written to the stream. */
static int look(struct top *t, FILE *out)
{
	struct render_context context = { .out = out, .version = PACKAGE_VERSION };
	struct reader r;
	struct model m;
	int status = live_open(&r, t->path, &t->is_alive), err;

	if (status)
		return status;
	t->rss_bytes = t->is_alive ? r.header.rss_now_bytes : 0;
	err = model_fold(&m, &r);
	reader_close(&r);
	if (err) {
		cmd_say("%s: %s", t->path, strerror(-err));
		return EXIT_USAGE;
	}
	context.style = show_style(STDOUT_FILENO);
	status = show_rows(t, &m, &context);
	if (!status && remember(&t->before, &m))
		status = EXIT_USAGE;
	model_free(&m);
	return status;
}

static int draw_screen(struct top *t)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	unsigned lines = screen_lines();
	int status;

	if (!out)
		return EXIT_USAGE;
	t->rows = lines > RENDER_TOP_LINES ? lines - RENDER_TOP_LINES : 1;
	status = look(t, out);
	fclose(out);
	if (!status)
		screen_draw(text);
	free(text);
	return status;
}

static int watch(struct top *t, unsigned delay_ms)
{
	int status = EXIT_SUCCESS, event = SCREEN_TIME;
	bool has_ended = false;

	t->has_keys = isatty(STDIN_FILENO);
	screen_open();
	while (!status && event != 'q' && event != SCREEN_END && !has_ended) {
		/* At its end a recording is brought home, and is no more where it was. */
		has_ended = t->before.is_known && access(t->path, F_OK) != 0;
		if (has_ended)
			break;
		status = draw_screen(t);
		has_ended = !t->is_alive;
		if (status || has_ended)
			break;
		event = screen_wait(delay_ms);
		if (event == 'g' || event == 'l')
			t->sort = event == 'g' ? TOP_GROWTH : TOP_LIVE;
	}
	screen_close();
	if (has_ended)
		cmd_say("the program has ended; tidemark report tells the whole story");
	screen_end_alike();
	return status;
}

static int run_top(int argc, char **argv)
{
	struct top t = { .sort = TOP_LIVE };
	uint64_t delay_s = 1, limit = ROWS_ONCE;
	bool once = false;
	const struct opt options[] = {
		OPT_NUMBER("delay", 'd', &delay_s, 1, DELAY_MOST, "SECONDS",
			   "between two looks (1)"),
		OPT_CHOICE("sort", 0, &t.sort, sort_words, "KEY", "the largest first, by"),
		OPT_FLAG("once", 0, &once, "one look, as plain lines"),
		OPT_NUMBER("limit", 'n', &limit, 1, ROWS_MOST, "N", "rows with --once (20)"),
		OPT_FLAG("all-frames", 0, &t.show.analyze.all_frames,
			 "show allocator and start-up frames"),
		OPT_FLAG("symbols", 0, &t.show.symbols, "look up names (--no-symbols: do not)"),
		OPT_END,
	};
	const struct opt_table table = {
		.command = "top",
		.synopsis = "[options] PID|RECORDING",
		.summary = "Watch who holds the memory of a running program: call stacks by live "
			   "bytes, or by growth since the last look.  Press q to quit.",
		.options = options,
	};
	int operands, status;

	show_defaults(&t.show);
	t.show.analyze.sorted = true;
	t.show.analyze.sort = VIEW_LIVE;
	t.show.analyze.limit = 1; /* of a table that nobody sees */
	if (!cmd_options(&table, argc, argv, &operands, &status))
		return status;
	unsetenv("DEBUGINFOD_URLS");
	if (operands != 1) {
		cmd_say("one process or recording is wanted: tidemark top PID");
		return EXIT_USAGE;
	}
	if (!once && !isatty(STDOUT_FILENO)) {
		cmd_say("standard output is no terminal; --once writes one look as plain lines");
		return EXIT_USAGE;
	}
	t.rows = limit;
	status = live_find(argv[1], t.path);
	if (!status)
		status = once ? look(&t, stdout) : watch(&t, (unsigned)delay_s * 1000);
	free(t.before.live_bytes);
	free(t.before.calls);
	return status;
}

const struct command command_top = {
	"top",
	"shows who holds the memory of a running program, again and again",
	run_top,
};
