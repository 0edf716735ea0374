/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/fold.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/util.h"

/* Longest round of a recursion that is looked for. */
#define PERIOD_MOST 32
/* How many frames may belong to the start of a program or thread. */
#define START_MOST 12

static bool is_listed(const char *const *list, const char *name, size_t bytes)
{
	for (; *list; list++)
		if (strlen(*list) == bytes && !strncmp(*list, name, bytes))
			return true;
	return false;
}

static bool begins_with(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (!strncmp(*list, name, strlen(*list)))
			return true;
	return false;
}

static bool is_allocator(const char *function)
{
	static const char *const names[] = { "malloc",
					     "calloc",
					     "realloc",
					     "reallocarray",
					     "free",
					     "cfree",
					     "memalign",
					     "aligned_alloc",
					     "posix_memalign",
					     "valloc",
					     "pvalloc",
					     "strdup",
					     "strndup",
					     "xmalloc",
					     "xcalloc",
					     "xrealloc",
					     "xreallocarray",
					     "xzalloc",
					     "xstrdup",
					     "xstrndup",
					     "xmemdup",
					     "xnmalloc",
					     "do_xmalloc",
					     "g_malloc",
					     "g_malloc0",
					     "g_malloc_n",
					     "g_malloc0_n",
					     "g_realloc",
					     "g_realloc_n",
					     "g_strdup",
					     "g_memdup",
					     "g_try_malloc",
					     "g_try_realloc",
					     "g_slice_alloc",
					     "g_slice_alloc0",
					     "PyMem_Malloc",
					     "PyMem_RawMalloc",
					     "PyObject_Malloc",
					     "_PyMem_RawMalloc",
					     "operator new",
					     "operator new[]",
					     NULL };
	static const char *const prefixes[] = {
		"std::", "__gnu_cxx::", "alloc::", "hashbrown::", "__rust_", "__rdl_",
		"__rg_", "<alloc::",	"<std::",  "<core::",	  "core::",  NULL
	};
	const char *name = function;
	size_t bytes = strcspn(name, "(");

	if (bytes && is_listed(names, name, bytes))
		return true;
	/* glibc's own spellings: __libc_malloc, __GI___strdup. */
	if (!strncmp(name, "__GI_", 5))
		name += 5;
	if (!strncmp(name, "__libc_", 7))
		name += 7;
	name += strspn(name, "_");
	if (name != function && is_listed(names, name, strlen(name)))
		return true;
	if (!strncmp(function, "void ", 5) || !strncmp(function, "bool ", 5))
		function += 5;
	return begins_with(prefixes, function);
}

static bool is_start(const char *function)
{
	static const char *const names[] = { "_start",
					     "__libc_start_main",
					     "__libc_start_main_impl",
					     "__libc_start_call_main",
					     "__libc_start_main@@GLIBC_2.34",
					     "start_thread",
					     "clone",
					     "clone3",
					     "__clone",
					     "__clone3",
					     "_dl_start_user",
					     NULL };

	return is_listed(names, function, strlen(function)) ||
	       !strncmp(function, "std::rt::lang_start", 19);
}

static bool is_library_file(const char *file)
{
	return strstr(file, "/include/c++/") || !strncmp(file, "/rustc/", 7) ||
	       strstr(file, "/lib/rustlib/src/") || strstr(file, "/hashbrown-");
}

/* The standard library, what is frozen into the interpreter, and what was installed. */
static bool is_package(const char *file)
{
	const char *at = file;

	if (!strncmp(file, "<frozen ", 8) || !strncmp(file, "<__array_function__", 19) ||
	    strstr(file, "/site-packages/") || strstr(file, "/dist-packages/"))
		return true;
	while ((at = strstr(at, "/lib/python3"))) {
		at += strlen("/lib/python3");
		if (*at == '.' || *at == '/')
			return true;
	}
	return strstr(file, "/lib64/python3.") != NULL;
}

enum fold_kind fold_kind(const struct view_frame *f)
{
	if (f->python)
		return f->file && is_package(f->file) ? FOLD_PACKAGE : FOLD_SCRIPT;
	if (f->module && !strncmp(util_basename(f->module), "libtidemark", 11))
		return FOLD_OURS;
	if (f->function && is_start(f->function))
		return FOLD_OUTER;
	if (!f->function && f->module && !strncmp(util_basename(f->module), "libstdc++.so", 12))
		return FOLD_UNNAMED;
	if (f->file && is_library_file(f->file))
		return FOLD_INNER;
	if (f->function && is_allocator(f->function))
		return FOLD_INNER;
	return FOLD_SHOWN;
}

/* Where the start of the program begins; a stripped _start may lie outside of what is known. */
static uint32_t outer_end(const uint8_t *kinds, const uint32_t *stack, uint32_t from, uint32_t to)
{
	uint32_t at = to, end = to;

	while (at > from && to - at < START_MOST) {
		at--;
		if (kinds[stack[at]] == FOLD_OUTER)
			end = at;
	}
	/* What the language's library puts between there and the user's function. */
	while (end < to && end > from && kinds[stack[end - 1]] != FOLD_SHOWN)
		end--;
	return end;
}

/* Nameless, but called by what is plumbing: operator new of a stripped library. */
static bool is_inner(const uint8_t *kinds, const uint32_t *stack, uint32_t at, uint32_t to)
{
	if (kinds[stack[at]] == FOLD_UNNAMED && at + 1 < to)
		at++;
	return kinds[stack[at]] == FOLD_INNER;
}

static void fold_machine(const uint8_t *kinds, const uint32_t *stack, struct view_site *site)
{
	uint32_t from = site->first, to = site->first + site->count;

	while (from < to && is_inner(kinds, stack, from, to))
		from++;
	to = outer_end(kinds, stack, from, to);
	if (from == to && site->count) {
		from = site->first;
		to = site->first + site->count;
	}
	site->shown = from;
	site->shown_count = to - from;
}

static bool is_python(uint8_t kind)
{
	return kind == FOLD_SCRIPT || kind == FOLD_PACKAGE;
}

/* From the innermost to the outermost line of the script; of packages when there is none. */
static bool fold_python(const uint8_t *kinds, const uint32_t *stack, struct view_site *site)
{
	uint32_t end = site->first + site->count, from = end, to = 0, i;
	bool script = false;

	for (i = site->first; i < end && !script; i++)
		script = kinds[stack[i]] == FOLD_SCRIPT;
	for (i = site->first; i < end; i++) {
		if (script ? kinds[stack[i]] != FOLD_SCRIPT : !is_python(kinds[stack[i]]))
			continue;
		from = i < from ? i : from;
		to = i + 1;
	}
	if (from >= to)
		return false;
	site->shown = from;
	site->shown_count = to - from;
	return true;
}

void fold_ends(const uint8_t *kinds, const uint32_t *stack, struct view_site *site)
{
	if (fold_python(kinds, stack, site))
		return;
	fold_machine(kinds, stack, site);
}

int fold_same(const struct view_frame *a, const struct view_frame *b)
{
	if (a->function && b->function)
		return a->function == b->function || !strcmp(a->function, b->function);
	return !a->function && !b->function && a->pc == b->pc;
}

/* How often the `period` frames at the start of the run follow one another. */
static uint32_t rounds(const struct view_frame *frames, const uint32_t *run, uint32_t count,
		       uint32_t period)
{
	uint32_t i = period;

	while (i < count && fold_same(&frames[run[i]], &frames[run[i - period]]))
		i++;
	return i / period;
}

size_t fold_lines(const struct view_frame *frames, const uint32_t *stack,
		  const struct view_site *site, struct view_line *lines)
{
	const uint32_t *run = stack + site->shown;
	uint32_t left = site->shown_count, period, times, i;
	size_t count = 0;

	while (left) {
		times = 1;
		for (period = 1; period <= PERIOD_MOST && period * 2 <= left; period++) {
			times = rounds(frames, run, left, period);
			if (times > 1)
				break;
		}
		if (times < 2)
			period = 1;
		for (i = 0; i < period; i++)
			lines[count++] = (struct view_line){ run[i], times, i ? 0 : period };
		run += period * times;
		left -= period * times;
	}
	return count;
}
