/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/show.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "source/copies.h"
#include "source/source.h"

#define ROWS_DEFAULT  10
#define DEPTH_DEFAULT 8
#define DEPTH_AFTER   4
#define SMALLEST_PART 0.005

void show_defaults(struct show_options *o)
{
	*o = (struct show_options){
		.analyze = { .by = VIEW_SITE,
			     .limit = ROWS_DEFAULT,
			     .site_limit = SIZE_MAX,
			     .smallest_part = SMALLEST_PART,
			     .depth = DEPTH_DEFAULT,
			     .depth_after = DEPTH_AFTER },
		.symbols = true,
		.cache = true,
	};
}

static bool is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8;

	if (!locale)
		return false;
	utf8 = !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");
	freelocale(locale);
	return utf8;
}

void show_settle_names(const struct show_options *o)
{
	if (o->symbolize.debuginfod && !getenv("DEBUGINFOD_URLS"))
		cmd_say("--debuginfod: DEBUGINFOD_URLS is not set, so there is no server to ask");
	/* libdw would ask the servers of its own accord. */
	if (!o->symbolize.debuginfod)
		unsetenv("DEBUGINFOD_URLS");
}

struct render_style show_style(int fd)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return (struct render_style){
		.columns = util_columns(fd),
		.colour = isatty(fd) && !(no_color && *no_color) &&
			  !(terminal && !strcmp(terminal, "dumb")),
		.utf8 = is_utf8(),
	};
}

bool show_can_page(const char *output)
{
	if (!render_html_is_built())
		cmd_say("this tidemark was built without the HTML page: configure it again where "
			"the npm registry is in reach, or build a release tarball, which has the "
			"page ready");
	else if (!output && isatty(STDOUT_FILENO))
		cmd_say("--html writes a page, not for a terminal: add -o page.html");
	else
		return true;
	return false;
}

int show_load(const char *path, struct model *m)
{
	struct err e = { .text = "" };
	int err = model_load(m, path, &e);

	if (!err)
		return EXIT_SUCCESS;
	if (err == -ENOENT)
		cmd_say("%s: no such recording; tidemark run -- PROGRAM makes one", path);
	else
		cmd_say("%s: %s", path, e.text);
	return err == -EBADMSG ? EXIT_UNREADABLE : EXIT_USAGE;
}

enum view_alive show_alive(const struct model *m)
{
	char host[256] = "";

	if (m->state != MODEL_RUNNING)
		return VIEW_GONE;
	if (m->flags & MODEL_SNAPSHOT)
		return VIEW_COPIED;
	gethostname(host, sizeof(host) - 1);
	if (!m->pid || m->pid > INT32_MAX || strcmp(host, m->host))
		return VIEW_ALIVE_UNKNOWN;
	return kill((pid_t)m->pid, 0) && errno == ESRCH ? VIEW_GONE : VIEW_ALIVE;
}

static void show_progress(void *user, size_t done, size_t all, const char *path)
{
	progress_show(user, "looking up names: %zu of %zu, %.60s", done, all, util_basename(path));
}

static void cache_directory(struct buf *directory)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache && *cache == '/')
		buf_printf(directory, "%s/tidemark", cache);
	else if (home && *home == '/')
		buf_printf(directory, "%s/.cache/tidemark", home);
}

static int find_names(const struct model *m, const struct show_options *options,
		      struct names *names, struct buf *notes)
{
	struct symbolize_options how = options->symbolize;
	struct progress progress;
	struct buf directory = { 0 };
	int err;

	err = names_init(names, m->frame_count);
	if (!err)
		err = names_python(names, m);
	if (err || !options->symbols)
		return err ? err : names_finish(names);
	if (options->cache)
		cache_directory(&directory);
	progress_begin(&progress);
	how.cache_directory = directory.data;
	how.progress = show_progress;
	how.user = &progress;
	err = symbolize(m, &how, names, notes);
	progress_end(&progress);
	buf_free(&directory);
	return err ? err : names_finish(names);
}

/* The text of a mark first: it may look like a time. */
static int find_moment(const char *path, const struct model *m, const char *option, const char *at,
		       struct analyze_moment *to)
{
	to->given = at;
	for (size_t i = m->mark_count; at && i-- > 0;) {
		if (strcmp(m->marks[i].text, at) == 0) {
			to->mark = i + 1;
			return EXIT_SUCCESS;
		}
	}
	if (!at)
		return EXIT_SUCCESS;
	if (util_parse_duration(at, &to->us) == 0) {
		/* Who types the length as it is shown means the end. */
		if (to->us <= m->duration_us + m->duration_us / 100 + 1000)
			return EXIT_SUCCESS;
		cmd_say("%s: %s %s is past the end: the recording is %s long", path, option, at,
			util_duration(m->duration_us).text);
		return EXIT_USAGE;
	}
	cmd_say("%s: '%s' is neither a time such as 1.5, 800ms or 2min nor one of the %zu marks "
		"in it",
		path, at, m->mark_count);
	return EXIT_USAGE;
}

/* Without an end, growth is told to the end of the recording. */
static int find_moments(const char *path, const struct model *m, const struct show_options *o,
			struct analyze_options *how)
{
	if (find_moment(path, m, "--at", o->at, &how->at) ||
	    find_moment(path, m, "--since", o->since, &how->since))
		return EXIT_USAGE;
	if (o->since && !o->at)
		how->at = (struct analyze_moment){ .given = true, .us = UINT64_MAX };
	return EXIT_SUCCESS;
}

int show_story(struct show_story *story, const char *path, const struct model *m,
	       const struct show_options *options)
{
	struct analyze_options how = options->analyze;
	int err;

	*story = (struct show_story){ .notes = { 0 } };
	if (find_moments(path, m, options, &how))
		return EXIT_USAGE;
	err = find_names(m, options, &story->names, &story->notes);
	how.path = path;
	how.version = PACKAGE_VERSION;
	how.notes = story->notes.data;
	how.alive = show_alive(m);
	if (!err)
		err = analyze(&story->analysis, m, &story->names, &how);
	if (!err)
		return EXIT_SUCCESS;
	names_free(&story->names);
	buf_free(&story->notes);
	cmd_say("%s: %s", path, strerror(-err));
	return EXIT_USAGE;
}

void show_story_free(struct show_story *story)
{
	analyze_free(&story->analysis);
	names_free(&story->names);
	buf_free(&story->notes);
}

int show_view(const char *path, const struct model *m, const struct show_options *options,
	      int (*use)(void *user, struct view *v), void *user)
{
	struct show_story story;
	int status, err;

	status = show_story(&story, path, m, options);
	if (status)
		return status;
	err = use(user, &story.analysis.view);
	show_story_free(&story);
	if (!err)
		return EXIT_SUCCESS;
	cmd_say("%s: %s", path, strerror(-err));
	return EXIT_USAGE;
}

struct rendering {
	const struct show_options *options;
	const struct render_ops *ops;
	struct render_context *context;
};

static int render(void *user, struct view *v)
{
	const struct rendering *r = user;
	struct source source = { 0 };
	int err = 0;

	copies_confirm(v, r->options->symbolize.sysroot);
	if (r->options->analyze.function && !v->listing_count)
		cmd_say("%s: no allocation in a function '%s'; --by function lists those with "
			"some",
			v->facts.path, r->options->analyze.function);
	if (r->options->analyze.listing)
		err = source_fill_listings(&source, v, r->options->symbolize.sysroot);
	else if (r->options->sources)
		err = source_fill(&source, v, r->options->symbolize.sysroot);
	if (!err)
		err = r->ops->view(r->context, v);
	source_free(&source);
	return err;
}

int show_model(const char *path, const struct model *m, const struct show_options *options,
	       const struct render_ops *ops, struct render_context *context)
{
	struct rendering r = { options, ops, context };

	return show_view(path, m, options, render, &r);
}
