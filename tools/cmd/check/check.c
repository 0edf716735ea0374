/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark check: the gate. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "cmd/check/gate.h"
#include "cmd/check/rerun.h"
#include "cmd/check/write.h"
#include "cmd/cmd.h"
#include "cmd/find.h"

/* The program may do to its standard error what it likes: ours lies above its reach. */
#define STDERR_ABOVE 100

static const char *const syntax_words[] = { "lsan", "valgrind", NULL };

struct check {
	struct gate gate;
	struct rerun rerun;
	struct write_options write;
	const char *most[LIMIT_WHATS];
	const char *growth;
	const char *baseline;
	const char *save_baseline;
	const char *keep;
	struct opt_list limits;
	struct opt_list suppressions;
	struct opt_list run_options;
	bool builtin;
	char **program; /* and its arguments; NULL: recordings are given */
};

static int parse(struct check *c, int argc, char **argv, int *operands, int *status)
{
	struct gate *g = &c->gate;
	const struct opt options[] = {
		OPT_STRING("max-definite", 0, &c->most[LIMIT_DEFINITE], "SIZE",
			   "bytes definitely lost by a process (0; none: any number)"),
		OPT_STRING("max-indirect", 0, &c->most[LIMIT_INDIRECT], "SIZE",
			   "bytes lost by way of those"),
		OPT_STRING("max-possible", 0, &c->most[LIMIT_POSSIBLE], "SIZE",
			   "bytes possibly lost"),
		OPT_STRING("max-reachable", 0, &c->most[LIMIT_REACHABLE], "SIZE",
			   "bytes still pointed to at the end"),
		OPT_STRING("max-live", 0, &c->most[LIMIT_LIVE], "SIZE", "bytes live at the end"),
		OPT_STRING("max-peak", 0, &c->most[LIMIT_PEAK], "SIZE", "bytes live at the peak"),
		OPT_STRING("max-total", 0, &c->most[LIMIT_TOTAL], "SIZE", "bytes ever allocated"),
		OPT_STRING("max-calls", 0, &c->most[LIMIT_CALLS], "N", "allocations"),
		OPT_LIST("limit", 0, &c->limits, "GLOB:WHAT=MOST",
			 "the same for stacks with such a function, as 'parse_*:peak=64M'"),
		OPT_STRING("baseline", 0, &c->baseline, "FILE",
			   "let pass the leaks that are known: a saved baseline, or recordings"),
		OPT_STRING("max-growth", 0, &c->growth, "PERCENT",
			   "more than in the baseline, of peak, live, total and calls"),
		OPT_STRING("save-baseline", 0, &c->save_baseline, "FILE",
			   "take the leaks as they are for known, and write them there"),
		OPT_LIST("suppressions", 0, &c->suppressions, "FILE",
			 "leaks to let pass, in LeakSanitizer's or Valgrind's syntax"),
		OPT_FLAG("default-suppressions", 0, &c->builtin,
			 "heed the built-in list and the programs' own (--no-…: do not)"),
		OPT_STRING("gen-suppressions", 0, &c->write.suppressions, "FILE",
			   "write an entry for each leak that fails"),
		OPT_CHOICE("suppression-syntax", 0, &c->write.syntax, syntax_words, "SYNTAX",
			   "of those entries"),
		OPT_LIST("only", 0, &g->select.only, "GLOB", "judge programs of this name alone"),
		OPT_LIST("skip", 0, &g->select.skip, "GLOB", "judge no program of this name"),
		OPT_FLAG("all-programs", 0, &g->select.all,
			 "judge shells, make and what lies elsewhere, too"),
		OPT_LIST("allow-unmeasured", 0, &g->allow_unmeasured, "GLOB",
			 "programs that may end before they can be searched for leaks"),
		OPT_STRING("junit", 0, &c->write.junit, "FILE", "write the verdict as JUnit XML"),
		OPT_STRING("sarif", 0, &c->write.sarif, "FILE", "write it as SARIF 2.1.0"),
		OPT_STRING("json", 0, &c->write.json, "FILE", "write it as JSON"),
		OPT_FLAG("github", 0, &c->write.github,
			 "print annotations for GitHub Actions, and write the job's page"),
		OPT_STRING("root", 0, &g->root, "DIR",
			   "name files relative to it (the workspace, or here)"),
		OPT_STRING("output", 'o', &c->keep, "DIR", "keep the recordings in it"),
		OPT_LIST("run-option", 0, &c->run_options, "OPTION",
			 "an option for tidemark run, as --run-option=--depth=64"),
		SHOW_FILE_OPTIONS(&g->show),
		OPT_FLAG("quiet", 'q', &c->write.quiet, "say nothing when all is well"),
		OPT_END
	};
	const struct opt_table table = {
		.command = "check",
		.synopsis = "[options] -- PROGRAM [ARGUMENT…]\n"
			    "       tidemark check [options] RECORDING…|DIRECTORY…",
		.summary = "Holds a program, and what it starts, to limits: fails when memory is "
			   "lost or a budget is exceeded.",
		.options = options,
		.epilogue = "Limits are for each process by itself.\n"
			    "Status: 0 within limits; the program's own if it fails; 23 a limit is "
			    "exceeded;\n2 wrong usage, or not measured; 3 a recording that cannot "
			    "be read.",
	};

	return cmd_options(&table, argc, argv, operands, status);
}

static int settle_limits(struct check *c)
{
	struct limits *l = &c->gate.limits;
	struct err e;
	unsigned i;
	int err = 0;

	l->growth = -1;
	if (!c->most[LIMIT_DEFINITE])
		c->most[LIMIT_DEFINITE] = "0";
	for (i = 0; i < LIMIT_WHATS && !err; i++)
		if (c->most[i])
			err = limits_add(l, (enum limit_what)i, c->most[i], &e);
	for (i = 0; i < c->limits.count && !err; i++)
		err = limits_add_function(l, c->limits.items[i], &e);
	if (!err && c->growth)
		err = limits_set_growth(l, c->growth, &e);
	if (!err && c->growth && !c->baseline)
		err = err_set(&e, -EINVAL, "--max-growth needs a --baseline to grow from");
	return err ? cmd_fail(EXIT_USAGE, &e) : EXIT_SUCCESS;
}

static int settle_suppressions(struct check *c)
{
	struct suppressions *s = &c->gate.suppressions;
	struct err e;
	unsigned i;
	int err = 0;

	for (i = 0; i < c->suppressions.count && !err; i++)
		err = suppress_read(s, c->suppressions.items[i], &e);
	if (!err && c->builtin)
		err = suppress_builtin(s, &e);
	c->gate.compiled_in = c->builtin;
	return err ? cmd_fail(EXIT_USAGE, &e) : EXIT_SUCCESS;
}

/* Absolute and without links, as the paths of source files are. */
static int settle_root(struct check *c)
{
	const char *root = c->gate.root, *workspace = getenv("GITHUB_WORKSPACE");
	char *real;

	if (!root)
		root = workspace && *workspace ? workspace : ".";
	real = realpath(root, NULL);
	if (!real) {
		cmd_say("--root %s: %s", root, strerror(errno));
		return EXIT_USAGE;
	}
	c->gate.root = arena_printf(&c->gate.arena, "%s", real);
	free(real);
	return c->gate.root ? EXIT_SUCCESS : EXIT_USAGE;
}

/* Recordings by the paths given; whether they were given one by one. */
static int judge_paths(struct gate *g, char *const *paths, size_t count)
{
	struct find_list list;
	struct stat st;
	int status = EXIT_SUCCESS, this, err;
	size_t i;

	for (i = 0; i < count; i++) {
		list = (struct find_list){ 0 };
		err = find_recordings(&list, paths[i]);
		if (err) {
			cmd_say("%s: %s", paths[i],
				err == -ENOENT ? "no recording (*.tide) in this directory"
					       : strerror(-err));
			this = EXIT_USAGE;
		} else {
			this = gate_judge_all(g, list.paths, list.count,
					      stat(paths[i], &st) || !S_ISDIR(st.st_mode));
		}
		find_free(&list);
		status = this ? this : status;
	}
	return status;
}

/* A baseline that is recordings is judged as these are, and by nothing. */
static int take_recordings(struct check *c)
{
	struct gate before = {
		.root = c->gate.root,
		.show = c->gate.show,
		.limits = { .growth = -1 },
		.select = { .only = c->gate.select.only,
			    .skip = c->gate.select.skip,
			    .all = c->gate.select.all },
	};
	char *path = (char *)c->baseline;
	int status = judge_paths(&before, &path, 1);
	size_t i;

	if (!status && !before.verdict.process_count) {
		cmd_say("--baseline %s: holds no recording of a program that is judged", path);
		status = EXIT_USAGE;
	}
	for (i = 0; !status && i < before.verdict.process_count; i++)
		if (baseline_add(&c->gate.baseline, &before.verdict.processes[i],
				 limits_have(&c->gate.limits, LIMIT_REACHABLE)))
			status = EXIT_USAGE;
	if (!status)
		baseline_settle(&c->gate.baseline);
	gate_free(&before);
	return status;
}

static int settle_baseline(struct check *c)
{
	struct err e;
	int err;

	c->gate.baseline_path = c->baseline;
	if (!c->baseline)
		return EXIT_SUCCESS;
	if (access(c->baseline, R_OK)) {
		cmd_say("--baseline %s: %s; check --save-baseline makes one", c->baseline,
			strerror(errno));
		return EXIT_USAGE;
	}
	if (!baseline_is_json(c->baseline))
		return take_recordings(c);
	err = baseline_read(&c->gate.baseline, c->baseline, &e);
	return err ? cmd_fail(err == -EBADMSG ? EXIT_UNREADABLE : EXIT_USAGE, &e) : EXIT_SUCCESS;
}

static int settle(struct check *c)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_ABOVE);
	int status = settle_limits(c);

	c->write.text = fd >= 0 ? fdopen(fd, "w") : NULL;
	c->gate.show.analyze.limit = 1;
	unsetenv("DEBUGINFOD_URLS");
	if (!status)
		status = settle_suppressions(c);
	if (!status)
		status = settle_root(c);
	if (!status)
		status = settle_baseline(c);
	return status;
}

static void tell_end(struct check *c)
{
	struct verdict *v = &c->gate.verdict;
	int wait_status = c->rerun.launch.wait_status;

	v->program = arena_printf(&c->gate.arena, "%s", util_basename(c->program[0]));
	if (WIFSIGNALED(wait_status)) {
		v->status = 128 + WTERMSIG(wait_status);
		v->end = arena_printf(&c->gate.arena, "was ended by signal %d (%s)",
				      WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
	} else {
		v->status = WEXITSTATUS(wait_status);
		v->end = arena_printf(&c->gate.arena, "ended with status %d", v->status);
	}
}

static int run_and_judge(struct check *c)
{
	struct find_list list = { 0 };
	size_t running;
	struct err e;
	int status, err;

	fflush(stdout);
	if (rerun_start(&c->rerun, c->program, c->keep, &c->run_options, &e))
		return cmd_fail(EXIT_USAGE, &e);
	tell_end(c);
	running = rerun_running(&c->rerun);
	if (running) {
		c->gate.running = running;
		gate_note(&c->gate,
			  "%s went on after %s ended and could not be measured; a test "
			  "should wait for what it starts",
			  running == 1 ? "a process" : "processes", c->gate.verdict.program);
	}
	if (c->keep)
		c->gate.verdict.kept = arena_printf(&c->gate.arena, "%s", c->rerun.directory);
	err = find_recordings(&list, c->rerun.directory);
	/* It was refused, most likely, and `tidemark run` has said why. */
	if (err == -ENOENT && !running && c->gate.verdict.status == EXIT_USAGE) {
		c->gate.verdict.program = NULL;
		return EXIT_USAGE;
	}
	/* Without one the verdict says so. */
	status = err ? EXIT_SUCCESS : gate_judge_all(&c->gate, list.paths, list.count, false);
	find_free(&list);
	return status;
}

static int save(struct check *c)
{
	const struct verdict *v = &c->gate.verdict;
	const char *path = c->save_baseline;
	struct err e;

	if (v->status || v->state == VERDICT_UNMEASURED || c->gate.unreadable) {
		cmd_say("--save-baseline %s: not written, since %s", path,
			v->status ? "the program failed" : "not all was measured");
		return EXIT_SUCCESS;
	}
	if (gate_accept(&c->gate) || gate_conclude(&c->gate))
		return EXIT_USAGE;
	if (baseline_write(&c->gate.baseline, path, PACKAGE_VERSION, &e))
		return cmd_fail(EXIT_USAGE, &e);
	return EXIT_SUCCESS;
}

/* The program's own failure is told first of all, then what fails, then what is not known. */
static int end(struct check *c, int status)
{
	const struct verdict *v = &c->gate.verdict;
	bool by_program = c->program && c->rerun.launch.wait_status;

	if (by_program)
		launch_end_alike(&c->rerun.launch);
	if (v->state == VERDICT_FAILED)
		return EXIT_OVER_LIMIT;
	if (c->gate.unreadable)
		return EXIT_UNREADABLE;
	return v->state == VERDICT_UNMEASURED ? EXIT_USAGE : status;
}

static int judge_all(struct check *c, char **operands, int count)
{
	int status, of_report = EXIT_SUCCESS;

	status = c->program ? run_and_judge(c) : judge_paths(&c->gate, operands, (size_t)count);
	rerun_close(&c->rerun);
	if (c->program && !c->gate.verdict.program)
		return status; /* it was never started */
	if (gate_conclude(&c->gate))
		return EXIT_USAGE;
	if (c->save_baseline)
		of_report = save(c);
	/* Nobody shall read "passed" under what could not be written. */
	c->write.quiet |= of_report != EXIT_SUCCESS;
	of_report |= write_verdict(&c->gate.verdict, &c->write);
	return end(c, status ? status : of_report);
}

/* What follows the first "--" is a program. */
static int split(struct check *c, int argc, char **argv)
{
	int at;

	for (at = 1; at < argc && strcmp(argv[at], "--"); at++)
		;
	if (at == argc)
		return argc;
	c->program = argv + at + 1;
	argv[at] = NULL;
	return at;
}

/* A process is asked by other commands; a file of that name is a file. */
static bool refuse_pids(char **operands, int count)
{
	const char *word;
	int i;

	for (i = 0; i < count; i++) {
		word = operands[i];
		if (!*word || word[strspn(word, "0123456789")] || !access(word, F_OK))
			continue;
		cmd_say("check takes a program behind --, or recordings, and no process: what "
			"process %s leaks is told by tidemark leaks %s, and tidemark snapshot %s "
			"copies its recording",
			word, word, word);
		return true;
	}
	return false;
}

static int run_check(int argc, char **argv)
{
	struct check c = { .builtin = true };
	int operands, status;

	show_defaults(&c.gate.show);
	argc = split(&c, argc, argv);
	if (!parse(&c, argc, argv, &operands, &status))
		return status;
	if (c.program && operands) {
		cmd_say("%s: either recordings or, behind --, a program", argv[1]);
		return EXIT_USAGE;
	}
	if (!operands && !(c.program && *c.program)) {
		cmd_say("nothing to check; type tidemark check -- PROGRAM [ARGUMENT…], or name "
			"recordings");
		return EXIT_USAGE;
	}
	if (refuse_pids(argv + 1, operands))
		return EXIT_USAGE;
	status = settle(&c);
	if (!status)
		status = judge_all(&c, argv + 1, operands);
	gate_free(&c.gate);
	if (c.write.text)
		fclose(c.write.text);
	return status;
}

const struct command command_check = {
	"check",
	"fail when memory is lost or a budget is exceeded",
	run_check,
};
