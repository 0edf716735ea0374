/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/advice/words.h"

#include <stddef.h>
#include <string.h>

static bool ends_with(const char *text, const char *const *ends)
{
	size_t bytes = strlen(text), end;

	for (; *ends; ends++) {
		end = strlen(*ends);
		if (bytes > end && !strcmp(text + bytes - end, *ends))
			return true;
	}
	return false;
}

/* By the file where it is known; mangled names tell, too. */
enum language words_language(const struct view_frame *frame)
{
	static const char *const rust[] = { ".rs", NULL };
	static const char *const cxx[] = { ".cc",  ".cpp", ".cxx", ".C",   ".c++", ".hh",
					   ".hpp", ".hxx", ".tcc", ".ipp", NULL };
	static const char *const c[] = { ".c", NULL };

	if (frame->python)
		return LANGUAGE_PYTHON;
	if (frame->file && ends_with(frame->file, rust))
		return LANGUAGE_RUST;
	if (frame->file && ends_with(frame->file, cxx))
		return LANGUAGE_CXX;
	if (frame->file && ends_with(frame->file, c))
		return LANGUAGE_C;
	if (frame->linkage && !strncmp(frame->linkage, "_R", 2))
		return LANGUAGE_RUST;
	if (frame->linkage && !strncmp(frame->linkage, "_Z", 2))
		return LANGUAGE_CXX;
	return frame->function && strstr(frame->function, "::") ? LANGUAGE_CXX : LANGUAGE_C;
}

const char *words_language_name(enum language language)
{
	static const char *const names[LANGUAGES] = { "C", "C++", "Rust", "Python" };

	return names[language];
}

static const char *const actions[VIEW_ADVICE_KINDS][LANGUAGES] = {
	[VIEW_ADVICE_COPY] = {
		"pass the original by pointer where it is only read, or hand it over and do not "
		"free it twice",
		"pass by const reference, std::string_view or std::span where it is only read, or "
		"move it (std::move)",
		"borrow (&, &str, a slice) where it is only read, or move it; Cow or Arc where "
		"both may be needed",
		"use a view where it is only read (a slice of an array, memoryview, "
		"np.asarray), work in place (out=, copy=False), or del the original first",
	},
	[VIEW_ADVICE_GROWTH] = {
		"allocate what is needed at once if the size is known, else double the size each "
		"time",
		"reserve() what is needed if the size is known, else double the size each time",
		"Vec::with_capacity or reserve() if the size is known, not reserve_exact() each "
		"time",
		"collect the parts in a list and join them once (''.join), write to io.StringIO or "
		"io.BytesIO, or make it in full size once (np.empty)",
	},
	[VIEW_ADVICE_CHURN] = {
		"keep one buffer outside the loop and use it again",
		"make it once outside the loop and use it again (clear() keeps the room)",
		"make it once outside the loop and use it again (clear() keeps the capacity)",
		"make one buffer before the loop and fill it again (out=, +=, readinto), rather "
		"than a new one each time",
	},
	[VIEW_ADVICE_HELD] = {
		"free it before the rest is allocated, if it is not needed any more by then",
		"let it go before the rest is allocated, if it is not needed any more by then: an "
		"inner scope, reset(), or swap with an empty one",
		"drop() it before the rest is allocated, if it is not needed any more by then",
		"del it before the next step, if it is not needed any more by then; or read it in "
		"chunks, so that there is never all of it",
	},
	[VIEW_ADVICE_UNTOUCHED] = {
		"allocate what is used, or grow it as it fills; memory that is never touched is "
		"address space only, but counts for limits",
		"reserve() or resize() to what is used; memory that is never touched is address "
		"space only, but counts for limits",
		"with_capacity() of what is used; memory that is never touched is address space "
		"only, but counts for limits",
		"make it as large as what is filled in; memory that is never touched is address "
		"space only, but counts for limits",
	},
	[VIEW_ADVICE_GROWS] = {
		"if it is a cache or a log, bound it; if it is input, work on one part at a time "
		"and free it",
		"if it is a cache or a log, bound it; if it is input, work on one part at a time",
		"if it is a cache or a log, bound it; if it is input, iterate instead of collect()",
		"if it is a cache, bound it (functools.lru_cache(maxsize=…), "
		"collections.deque(maxlen=…)); if it is a result, hand it on by a generator",
	},
};

const char *words_action(enum view_advice_kind kind, enum language language)
{
	return actions[kind][language];
}
