/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark run: runs a program recorded, brings its recordings home and sums them up. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/run_mprof.h"
#include "cmd/show.h"
#include "render/summary.h"
#include "run/append.h"
#include "run/harvest.h"
#include "run/launch.h"
#include "run/library.h"
#include "run/oom.h"
#include "run/place.h"
#include "run/target.h"
#include "run/watch.h"
#include "tidemark/profile.h"

#define VARIABLES_MOST 20
#define PRELOAD_BYTES  8192
#define SAMPLE_MOST    (1ull << 30)
#define ROOM_BYTES     (256ull << 20) /* of memory wanted for recordings that are being written */
#define LATE_ROUNDS    5	      /* for processes that end just after the program */
#define INTERVAL_MS    100
#define LISTED_MOST    10
#define SUMMARY_ROWS   3
#define DEATH_ROWS     10

struct run {
	/* as asked */
	const char *output;
	const char *live_dir;
	uint64_t depth;
	uint64_t max_size_bytes;
	uint64_t sample_bytes;
	bool mmap;
	const char *start_after;
	bool verify;
	bool no_children;
	bool mprof;
	bool frame_pointers;
	int python_stacks;  /* -1 = not given */
	int python_objects; /* the same */
	bool no_leaks;
	bool holders;
	uint64_t leaks_time_s;
	bool quiet;
	uint64_t interval_ms;
	/* as found */
	struct target target;
	struct place place;
	struct launch launch;
	struct watch watch;
	struct harvest harvest;
	struct oom oom;
	char library[PATH_MAX];
	char preload[PRELOAD_BYTES];
	char pattern[PATH_MAX + 16];
	char depth_text[24];
	char size_text[24];
	char sample_text[24];
	char leaks_time_text[24];
	struct launch_variable variables[VARIABLES_MOST];
	int variable_count;
};

static void set(struct run *r, const char *name, const char *value)
{
	r->variables[r->variable_count++] = (struct launch_variable){ name, value };
}

static const char *const python_stacks_words[] = { "python", "merged", "leaf", "no", NULL };

static const char *const python_objects_words[] = { "yes", "no", "malloc", NULL };
#define OBJECTS_BY_MALLOC 2

/* One variable for each option that was given; others stay as the user has them. */
static void fill_variables(struct run *r)
{
	snprintf(r->pattern, sizeof(r->pattern), "%s/%%n.%%p.tide", r->place.live);
	set(r, "LD_PRELOAD", r->preload);
	set(r, TIDE_ENV_OUTPUT, r->pattern);
	if (r->depth) {
		snprintf(r->depth_text, sizeof(r->depth_text), "%" PRIu64, r->depth);
		set(r, TIDE_ENV_DEPTH, r->depth_text);
	}
	if (r->max_size_bytes) {
		snprintf(r->size_text, sizeof(r->size_text), "%" PRIu64, r->max_size_bytes);
		set(r, TIDE_ENV_MAX_SIZE, r->size_text);
	}
	if (r->sample_bytes) {
		snprintf(r->sample_text, sizeof(r->sample_text), "%" PRIu64, r->sample_bytes);
		set(r, TIDE_ENV_SAMPLE, r->sample_text);
	}
	if (r->mmap)
		set(r, TIDE_ENV_MMAP, "1");
	if (r->start_after)
		set(r, TIDE_ENV_START_AFTER, r->start_after);
	if (r->verify)
		set(r, TIDE_ENV_VERIFY, "1");
	if (r->no_children)
		set(r, TIDE_ENV_CHILDREN, "0");
	if (r->frame_pointers)
		set(r, TIDE_ENV_FRAME_POINTERS, "1");
	if (r->no_leaks)
		set(r, TIDE_ENV_LEAKS, "0");
	if (r->holders)
		set(r, TIDE_ENV_LEAKS_HOLDERS, "1");
	if (r->leaks_time_s) {
		snprintf(r->leaks_time_text, sizeof(r->leaks_time_text), "%" PRIu64,
			 r->leaks_time_s);
		set(r, TIDE_ENV_LEAKS_TIME, r->leaks_time_text);
	}
	if (r->python_stacks >= 0)
		set(r, TIDE_ENV_PYTHON_STACKS, python_stacks_words[r->python_stacks]);
	if (r->python_objects >= 0)
		set(r, TIDE_ENV_PYTHON_OBJECTS, python_objects_words[r->python_objects]);
	if (r->python_objects == OBJECTS_BY_MALLOC)
		set(r, "PYTHONMALLOC", "malloc");
}

static int prepare(struct run *r, const char *program, struct err *e)
{
	const char *output = r->output ? r->output : getenv(TIDE_ENV_OUTPUT);
	uint64_t room = r->max_size_bytes && r->max_size_bytes < ROOM_BYTES ? r->max_size_bytes
									    : ROOM_BYTES;
	int ret = target_find(&r->target, program, e);

	if (ret == 0)
		ret = library_find(r->library, sizeof(r->library), e);
	if (ret == 0)
		ret = library_preload(r->preload, sizeof(r->preload), r->library, e);
	if (ret == 0 && r->verify)
		ret = library_check_unwind(e);
	if (ret == 0)
		ret = place_open(&r->place, output && *output ? output : r->output, e);
	if (ret == 0)
		ret = place_live(&r->place, r->live_dir, room, e);
	return ret;
}

static uint64_t tick(void *argument)
{
	return watch_tick(argument);
}

static int record(struct run *r, char **argv, struct err *e)
{
	int ret;

	fill_variables(r);
	r->oom = oom_read();
	ret = launch_start(&r->launch, r->target.path, argv, r->variables, e);
	if (ret < 0)
		return ret;
	watch_open(&r->watch, r->place.live, r->launch.pid, r->interval_ms * 1000, !r->no_children);
	launch_wait(&r->launch, tick, &r->watch);
	watch_close(&r->watch);
	return 0;
}

static bool some_run(const struct harvest *h)
{
	for (size_t i = 0; i < h->count; i++) {
		if (recording_is_alive(&h->items[i]))
			return true;
	}
	return false;
}

/* Children that the program did not wait for mostly end with it: a short look at them. */
static int collect(struct run *r, struct err *e)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	int ret = harvest_collect(&r->harvest, r->place.live, e);

	for (int i = 0; ret == 0 && i < LATE_ROUNDS && some_run(&r->harvest); i++) {
		nanosleep(&pause, NULL);
		harvest_free(&r->harvest);
		ret = harvest_collect(&r->harvest, r->place.live, e);
	}
	return ret;
}

/* A recording without them is still one. */
static void append_all(struct run *r)
{
	for (size_t i = 0; i < r->harvest.count; i++) {
		if (!r->harvest.running[i])
			append_series(&r->harvest, i, &r->watch.sampler, r->launch.pid);
	}
	sampler_free(&r->watch.sampler);
}

static int bring_home(struct run *r, struct err *e)
{
	const struct ending end = { r->launch.pid, launch_signal(&r->launch),
				    r->launch.rss_peak_bytes };
	int ret = collect(r, e);

	if (ret < 0)
		return ret;
	harvest_settle(&r->harvest, &end);
	append_all(r);
	ret = harvest_move(&r->harvest, &r->place, util_basename(r->target.path), r->launch.pid, e);
	place_close(&r->place);
	return ret;
}

static void say_end(const struct run *r)
{
	const char *program = util_basename(r->target.path);
	int signo = launch_signal(&r->launch);
	struct oom now = oom_read();
	const char *why = "";

	if (signo == SIGKILL && now.group_kills > r->oom.group_kills)
		why = ", by the kernel's OOM killer: its control group ran out of memory";
	else if (signo == SIGKILL && now.machine_kills > r->oom.machine_kills)
		why = ", probably by the kernel's OOM killer: the machine ran out of memory";
	if (signo)
		cmd_say("%s was ended by signal %d (%s)%s", program, signo, strsignal(signo), why);
	else if (WEXITSTATUS(r->launch.wait_status))
		cmd_say("%s ended with status %d", program, WEXITSTATUS(r->launch.wait_status));
	else
		cmd_say("%s ended", program);
}

static void say_nothing_recorded(const struct run *r)
{
	const char *binary = r->target.binary;

	if (r->target.own_malloc)
		cmd_say("nothing was recorded: %s has a malloc of its own linked in, which is "
			"asked before any preloaded one",
			binary);
	else if (r->target.no_malloc)
		cmd_say("nothing was recorded: %s does not use the C library's malloc; it may "
			"bring an allocator of its own",
			binary);
	else if (r->start_after && r->harvest.count)
		cmd_say("nothing was recorded: %s ended before recording began (--start-after %s)",
			binary, r->start_after);
	else
		cmd_say("nothing was recorded: %s ended before its first allocation, or could not "
			"write below %s",
			binary, r->place.directory);
}

static void list(const struct run *r)
{
	const struct harvest *h = &r->harvest;
	size_t shown = 0;

	for (size_t i = 0; i < h->count; i++) {
		if (h->running[i])
			fprintf(stderr, "  %-16s process %" PRIu32 " goes on, recorded in %s\n",
				"still running", h->items[i].header.pid, h->items[i].path);
	}
	if (h->ended < 2)
		return;
	fprintf(stderr, "  %-16s %zu, one for each program that ran\n", "recordings", h->ended);
	for (size_t i = 0; i < h->count && shown < LISTED_MOST; i++) {
		if (h->running[i])
			continue;
		fprintf(stderr, "  %16s %10s  %s\n", shown ? "" : "peak of each",
			util_bytes(h->items[i].header.pulse.peak_bytes).text, h->items[i].path);
		shown++;
	}
	if (shown < h->ended)
		fprintf(stderr, "  %-16s and %zu more\n", "", h->ended - shown);
}

static void say_next(const char *path)
{
	bool plain = !path[strcspn(path, " \t'\"\\$&;()<>|*?[]#~`!")];

	fprintf(stderr, "  %-16s %s\n", "recording", path);
	fprintf(stderr, "  %-16s tidemark report %s%s%s\n", "next", plain ? "" : "'", path,
		plain ? "" : "'");
}

/* One recording on stderr: in short, or as the table of its peak. */
static int show(const char *path, const struct render_ops *ops, bool peak_alone, size_t rows)
{
	struct render_context context = {
		.out = stderr,
		.style = show_style(STDERR_FILENO),
		.version = PACKAGE_VERSION,
	};
	struct show_options how;
	struct model model;
	int status = show_load(path, &model);

	if (status)
		return status;
	show_defaults(&how);
	how.analyze.sorted = peak_alone;
	how.analyze.sort = VIEW_PEAK;
	how.analyze.limit = rows;
	status = show_model(path, &model, &how, ops, &context);
	model_free(&model);
	return status;
}

static void summarize(const struct run *r)
{
	const struct recording *largest = harvest_largest(&r->harvest);

	if (r->quiet)
		return;
	say_end(r);
	list(r);
	if (harvest_is_empty(&r->harvest))
		say_nothing_recorded(r);
	else if (largest && show(largest->path, &render_summary, false, SUMMARY_ROWS) == 0)
		say_next(largest->path);
}

/* Nobody types a second command at night: the table of the peak at once. */
static void report_death(const struct run *r)
{
	const struct recording *largest = harvest_largest(&r->harvest);

	if (!launch_signal(&r->launch) || !largest || r->quiet)
		return;
	fputc('\n', stderr);
	show(largest->path, &render_text, true, DEATH_ROWS);
}

static int run_and_report(struct run *r, char **argv)
{
	struct err e;
	int ret = prepare(r, argv[0], &e);

	if (ret < 0)
		return cmd_fail(EXIT_USAGE, &e);
	if (record(r, argv, &e) < 0) {
		place_close(&r->place);
		return cmd_fail(EXIT_USAGE, &e);
	}
	if (bring_home(r, &e) < 0)
		cmd_say("%s", e.text);
	if (r->mprof)
		run_mprof(&r->harvest, r->launch.pid);
	summarize(r);
	report_death(r);
	harvest_free(&r->harvest);
	launch_end_alike(&r->launch);
}

static bool is_seconds(const char *text)
{
	size_t whole = strspn(text, "0123456789"), part = 0;

	if (text[whole] == '.')
		part = 1 + strspn(text + whole + 1, "0123456789");
	return whole && whole < 9 && !text[whole + part];
}

static int run(int argc, char **argv)
{
	struct run r = { .python_stacks = -1, .python_objects = -1, .interval_ms = INTERVAL_MS };
	const struct opt options[] = {
		OPT_STRING("output", 'o', &r.output, "PATTERN",
			   "name of the recording; %p process, %n program, %h host"),
		OPT_NUMBER("depth", 0, &r.depth, 1, TIDE_DEPTH_MOST, "N",
			   "frames kept of a stack (128)"),
		OPT_SIZE("max-size", 0, &r.max_size_bytes, 16 * TIDE_CHUNK_BYTES,
			 TIDE_FILE_MAX_BYTES, "SIZE", "largest recording (1G)"),
		OPT_SIZE("sample", 0, &r.sample_bytes, 1, SAMPLE_MOST, "BYTES",
			 "record one block every so many bytes, such as 512K; estimates"),
		OPT_FLAG("mmap", 0, &r.mmap, "count what the program maps itself in live and peak"),
		OPT_STRING("start-after", 0, &r.start_after, "SECONDS",
			   "begin to record so long after the start"),
		OPT_FLAG("no-children", 0, &r.no_children, "leave forked children alone"),
		OPT_NUMBER("interval", 0, &r.interval_ms, 1, 3600000, "MS",
			   "milliseconds between two looks at RSS (100)"),
		OPT_FLAG("mprof", 0, &r.mprof, "also leave a file for mprof plot and mprof peak"),
		OPT_FLAG("frame-pointers", 0, &r.frame_pointers,
			 "walk stacks by frame pointers alone"),
		OPT_FLAG("no-leaks", 0, &r.no_leaks, "do not look for leaks when it ends"),
		OPT_FLAG("holders", 0, &r.holders, "note who holds what is not freed"),
		OPT_NUMBER("leaks-time", 0, &r.leaks_time_s, 1, 86400, "SECONDS",
			   "most that looking for leaks may take (60)"),
		OPT_CHOICE("python-stacks", 0, &r.python_stacks, python_stacks_words, "WHICH",
			   "frames of Python in the stacks"),
		OPT_CHOICE("python-objects", 0, &r.python_objects, python_objects_words, "HOW",
			   "whether each object of Python counts"),
		OPT_FLAG("verify", 0, &r.verify, "compare every stack with libunwind's; slow"),
		OPT_STRING("live-dir", 0, &r.live_dir, "DIR",
			   "where the recording lies while the program runs"),
		OPT_FLAG("quiet", 'q', &r.quiet, "print no summary"),
		OPT_END
	};
	const struct opt_table table = {
		.command = "run",
		.synopsis = "[options] [--] PROGRAM [ARGUMENT…]",
		.summary = "Runs PROGRAM and records who holds its heap memory.  Ends with the "
			   "program's own status.",
		.options = options,
		.operands_end_options = true,
		.epilogue = "Without -o the recording is tidemark.PROGRAM.PID.tide here, or a "
			    "directory\ntidemark.PROGRAM.PID when more than one program ran.",
	};
	int operands, status;

	if (!cmd_options(&table, argc, argv, &operands, &status))
		return status;
	if (!operands) {
		cmd_say("no program given; type tidemark run -- PROGRAM [ARGUMENT…]");
		return EXIT_USAGE;
	}
	if (r.start_after && !is_seconds(r.start_after)) {
		cmd_say("--start-after takes seconds, as in 2 or 0.5, not '%s'", r.start_after);
		return EXIT_USAGE;
	}
	return run_and_report(&r, argv + 1);
}

const struct command command_run = {
	"run",
	"run a program and record its heap",
	run,
};
