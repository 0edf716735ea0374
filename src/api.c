/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tidemark.h offers to the program. */
#include "hooks.h"
#include "marks.h"
#include "start.h"

EXPORT void tidemark_mark(const char *text)
{
	if (start_on())
		marks_add(text ? text : "", 0);
}

EXPORT uint64_t tidemark_live(void)
{
	return start_on() ? (uint64_t)marks_live() : 0;
}

EXPORT uint64_t tidemark_peak(void)
{
	int64_t peak = start_on() ? marks_peak() : 0;

	return peak > 0 ? (uint64_t)peak : 0;
}

EXPORT void tidemark_peak_reset(void)
{
	if (start_on())
		marks_peak_reset();
}
