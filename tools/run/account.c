/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/account.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/pagemap.h"
#include "proc/smaps.h"
#include "run/spans.h"
#include "tidemark/profile.h"

#define GUARD_BYTES  4096u
#define SINCE_BYTES  ((uint64_t)8 << 20) /* that the library may have mapped since it last said */
#define PAGEMAP_MOST ((uint64_t)4 << 30) /* 8 MiB of page map, a few milliseconds */

static bool is_guard(const struct proc_map *m, const struct proc_map *next)
{
	return !strncmp(m->perms, "---", 3) && m->last - m->first == GUARD_BYTES &&
	       m->last == next->first;
}

/* The C library maps a thread's stack right above a page that nobody may touch. */
static bool is_stack(const struct proc_maps *maps, size_t i)
{
	const struct proc_map *m = &maps->list[i];

	if (!strncmp(m->path, "[stack", 6))
		return true;
	return i > 0 && !m->nodump && !strcmp(m->path, "[anon]") && !strncmp(m->perms, "rw-p", 4) &&
	       is_guard(&maps->list[i - 1], m);
}

static bool is_recording(const char *path)
{
	size_t n = strlen(path);

	return n > 5 && !strcmp(path + n - 5, ".tide");
}

/*
 * The library leaves its tables out of core dumps, so that the kernel merges them with no memory of
 * the program's.  What a program maps and leaves out itself is in the table of ranges.
 */
static bool is_table(const struct proc_map *m, const struct spans *spans)
{
	return m->nodump && !strcmp(m->path, "[anon]") && !spans_in(spans, m->first, m->last);
}

static uint64_t tables(const struct proc_maps *maps, const struct spans *spans)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < maps->count; i++) {
		if (is_table(&maps->list[i], spans))
			bytes += maps->list[i].anonymous;
	}
	return bytes;
}

static void sort(const struct proc_maps *maps, struct account *a)
{
	for (size_t i = 0; i < maps->count; i++) {
		const struct proc_map *m = &maps->list[i];
		uint64_t anonymous = m->anonymous < m->rss ? m->anonymous : m->rss;

		a->rss_bytes += m->rss;
		if (is_recording(m->path)) {
			a->recorder_bytes += m->rss;
			continue;
		}
		if (is_stack(maps, i))
			a->stack_bytes += anonymous;
		else
			a->anonymous_bytes += anonymous;
		a->file_bytes += m->rss - anonymous;
	}
}

/*
 * At most what the library says it has mapped, which it last wrote with a row of the timeline: a
 * block of malloc's that the program leaves out of core dumps is none of the library's.  From a
 * kernel that does not tell, all of it is taken to be resident.
 */
static void take_out_recorder(struct account *a, const struct tide_header *h,
			      const struct proc_maps *maps, const struct spans *spans)
{
	uint64_t most = h->times.recorder_bytes, bytes = most;

	if (maps->has_flags) {
		bytes = tables(maps, spans);
		bytes = bytes < most + SINCE_BYTES ? bytes : most + SINCE_BYTES;
	}
	if (bytes > a->anonymous_bytes - a->mapped_bytes)
		bytes = a->anonymous_bytes - a->mapped_bytes;
	a->anonymous_bytes -= bytes;
	a->recorder_bytes += bytes;
}

struct part {
	int pagemap; /* -1: cannot be read */
	uint64_t first, last;
	uint64_t bytes; /* resident */
	uint64_t covered;
	bool is_exact;
};

static void add_range(void *context, uint64_t first, uint64_t last)
{
	struct part *p = context;
	int64_t resident = p->pagemap >= 0 ? pagemap_resident(p->pagemap, first, last) : -1;

	p->covered += last - first;
	if (resident < 0)
		p->is_exact = false;
	else
		p->bytes += (uint64_t)resident;
}

/*
 * Of a mapping that the program made a part of, the pages are looked at one by one; where that
 * cannot be, or would take long, they are taken to lie evenly.
 */
static uint64_t part_of(const struct proc_map *m, const struct spans *spans, int pagemap,
			uint64_t anonymous)
{
	uint64_t size = m->last - m->first;
	struct part p = { size > PAGEMAP_MOST ? -1 : pagemap, m->first, m->last, 0, 0, true };

	if (spans_in(spans, m->first, m->last) == size)
		return anonymous;
	spans_each(spans, m->first, m->last, add_range, &p);
	if (!p.is_exact)
		p.bytes = (uint64_t)((double)anonymous * (double)p.covered / (double)size);
	return p.bytes < anonymous ? p.bytes : anonymous;
}

/* What was live before the pages were walked and after, whichever is less. */
static int64_t least_live(int recording, int64_t before_bytes)
{
	struct tide_header h;
	int64_t after_bytes;

	if (pread(recording, &h, sizeof(h), 0) != (ssize_t)sizeof(h))
		return before_bytes;
	after_bytes = h.pulse.live_bytes - spans_counted(&h);
	return after_bytes < before_bytes ? after_bytes : before_bytes;
}

static void add_mapped(pid_t pid, const struct proc_maps *maps, const struct spans *spans,
		       struct account *a)
{
	int pagemap = spans->count ? pagemap_open(pid) : -1;
	uint64_t mapped = 0;

	for (size_t i = 0; i < maps->count && spans->count; i++) {
		const struct proc_map *m = &maps->list[i];
		uint64_t anonymous = m->anonymous < m->rss ? m->anonymous : m->rss;

		if (anonymous && !is_stack(maps, i) && !is_recording(m->path))
			mapped += part_of(m, spans, pagemap, anonymous);
	}
	if (pagemap >= 0)
		close(pagemap);
	a->mapped_bytes = mapped < a->anonymous_bytes ? mapped : a->anonymous_bytes;
}

static void add_up(const struct proc_maps *maps, struct series_sample *seen)
{
	seen->pss_bytes = seen->uss_bytes = seen->swap_bytes = 0;
	for (size_t i = 0; i < maps->count; i++) {
		seen->pss_bytes += maps->list[i].pss;
		seen->uss_bytes += maps->list[i].private_clean + maps->list[i].private_dirty;
		seen->swap_bytes += maps->list[i].swap;
	}
}

bool account_draw_up(pid_t pid, int recording, struct account *a, struct series_sample *seen)
{
	struct tide_header h;
	struct spans spans;
	struct proc_maps maps;

	*a = (struct account){ .unix_us = sampler_unix_us() };
	if (pread(recording, &h, sizeof(h), 0) != (ssize_t)sizeof(h) ||
	    proc_maps_read(pid, false, &maps) < 0)
		return false;
	a->live_bytes = least_live(recording, h.pulse.live_bytes - spans_counted(&h));
	sort(&maps, a);
	add_up(&maps, seen);
	spans_read(recording, &h, &spans);
	add_mapped(pid, &maps, &spans, a);
	take_out_recorder(a, &h, &maps, &spans);
	spans_free(&spans);
	proc_maps_free(&maps);
	return a->rss_bytes > 0;
}
