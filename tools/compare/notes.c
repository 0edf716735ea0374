/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare/notes.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/util.h"

#define OWN_MOST 6

struct notes {
	struct arena *arena;
	const char **list;
	size_t count;
};

static bool says(const struct view *v, const char *warning)
{
	size_t i;

	for (i = 0; i < v->warning_count; i++)
		if (!strcmp(v->warnings[i], warning))
			return true;
	return false;
}

/* What is said of both is said once. */
static void add_warnings(struct notes *n, const struct view *v, const struct view *other,
			 const char *which)
{
	size_t i;

	for (i = 0; i < v->warning_count; i++) {
		if (!says(other, v->warnings[i]))
			n->list[n->count++] = arena_printf(n->arena, "%s: %s", which,
							   v->warnings[i]);
		else if (!strcmp(which, "old"))
			n->list[n->count++] = v->warnings[i];
	}
}

static bool has_flag(const struct view_facts *f, const char *flag)
{
	size_t i;

	for (i = 0; i < f->flag_count; i++)
		if (!strcmp(f->flags[i], flag))
			return true;
	return false;
}

/* Those that decide what is counted and how stacks are told apart. */
static const struct {
	const char *variable;
	const char *option;
} deciding[] = {
	{ "TIDEMARK_MMAP", "--mmap" },
	{ "TIDEMARK_SAMPLE", "--sample" },
	{ "TIDEMARK_DEPTH", "--depth" },
	{ "TIDEMARK_PYTHON_OBJECTS", "--python-objects" },
	{ "TIDEMARK_PYTHON_STACKS", "--python-stacks" },
};

/* "" when it was not given. */
static const char *value_of(const struct view_facts *f, const char *variable)
{
	size_t n = strlen(variable);

	for (size_t i = 0; i < f->option_count; i++) {
		if (!strncmp(f->options[i], variable, n) && f->options[i][n] == '=')
			return f->options[i] + n + 1;
	}
	return "";
}

static const char *shown(const char *value)
{
	return *value ? value : "not given";
}

static void compare_options(struct notes *n, const struct view_facts *a, const struct view_facts *b)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < sizeof(deciding) / sizeof(deciding[0]); i++) {
		const char *old = value_of(a, deciding[i].variable);
		const char *new = value_of(b, deciding[i].variable);

		if (strcmp(old, new) != 0)
			buf_printf(&text, "%s%s (old: %s, new: %s)", text.bytes ? ", " : "",
				   deciding[i].option, shown(old), shown(new));
	}
	if (text.bytes)
		n->list[n->count++] = arena_printf(
			n->arena,
			"recorded with different options, so that not all changes are the "
			"program's: %s",
			buf_text(&text));
	buf_free(&text);
}

static void compare_facts(struct notes *n, const struct view_facts *a, const struct view_facts *b)
{
	int64_t error_bytes = util_minus(a->peak_error_bytes, util_minus(0, b->peak_error_bytes));

	if (strcmp(util_basename(a->program), util_basename(b->program)) != 0)
		n->list[n->count++] =
			arena_printf(n->arena, "the recordings are of two programs, %s and %s",
				     util_basename(a->program), util_basename(b->program));
	compare_options(n, a, b);
	if (has_flag(a, "frame_pointers") != has_flag(b, "frame_pointers"))
		n->list[n->count++] = "one of the recordings followed frame pointers alone, so "
				      "that their stacks differ";
	if (error_bytes > 0)
		n->list[n->count++] = arena_printf(
			n->arena, "several threads ran: changes at the peak are off by %s at most",
			util_bytes(error_bytes).text);
}

static void compare_scans(struct notes *n, const struct view_diff *v)
{
	const struct view_facts *a = &v->before->facts, *b = &v->after->facts;

	if (!v->same_process || !a->leaks || !b->leaks || !b->scan.on_demand ||
	    a->scan.number != b->scan.number)
		return;
	n->list[n->count++] = arena_printf(
		n->arena,
		"both hold one and the same search for leaks, made on demand at %s: none was made "
		"at the end of the new one, so leaks are not compared",
		util_duration(b->scan.us).text);
}

int notes_fill(struct view_diff *view, struct arena *arena)
{
	const struct view *a = view->before, *b = view->after;
	struct notes n = { .arena = arena };

	n.list = arena_take(arena, a->warning_count + b->warning_count + OWN_MOST, sizeof(*n.list));
	if (!n.list)
		return -ENOMEM;
	compare_facts(&n, &a->facts, &b->facts);
	compare_scans(&n, view);
	add_warnings(&n, a, b, "old");
	add_warnings(&n, b, a, "new");
	view->notes = n.list;
	view->note_count = n.count;
	return arena->failed ? -ENOMEM : 0;
}
