/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/metric.h"

static int64_t peak(const struct view_sums *s)
{
	return s->at_peak_bytes;
}

static int64_t live(const struct view_sums *s)
{
	return s->live_bytes;
}

static int64_t total(const struct view_sums *s)
{
	return (int64_t)s->total_bytes;
}

static int64_t calls(const struct view_sums *s)
{
	return (int64_t)s->calls;
}

static int64_t temporary(const struct view_sums *s)
{
	return (int64_t)s->temporaries;
}

static int64_t definite(const struct view_sums *s)
{
	return s->leaks.bytes[0];
}

const struct metric metrics[EXPORT_METRICS] = {
	[EXPORT_PEAK] = { "peak", "at the peak", true, peak },
	[EXPORT_LIVE] = { "live", "live at the end", true, live },
	[EXPORT_TOTAL] = { "total", "allocated in all", true, total },
	[EXPORT_CALLS] = { "calls", "allocations", false, calls },
	[EXPORT_TEMPORARY] = { "temporary", "temporary allocations", false, temporary },
	[EXPORT_DEFINITE] = { "definite", "definitely lost", true, definite },
};
