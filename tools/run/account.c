/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/account.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/smaps.h"
#include "run/ranges.h"
#include "tidemark/profile.h"

#define GUARD_BYTES 4096u

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
	return i > 0 && !strcmp(m->path, "[anon]") && !strncmp(m->perms, "rw-p", 4) &&
	       is_guard(&maps->list[i - 1], m);
}

static bool is_recording(const char *path)
{
	size_t n = strlen(path);

	return n > 5 && !strcmp(path + n - 5, ".tide");
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

/* The library's own tables are mapped without a name, and as good as all of them are in use. */
static void take_out_recorder(struct account *a, uint64_t bytes)
{
	if (bytes > a->anonymous_bytes)
		bytes = a->anonymous_bytes;
	a->anonymous_bytes -= bytes;
	a->recorder_bytes += bytes;
}

/* Of a mapping that the program made a part of, the pages are taken to lie evenly. */
static void add_mapped(const struct proc_maps *maps, const struct ranges *ranges, struct account *a)
{
	uint64_t mapped = 0;

	for (size_t i = 0; i < maps->count; i++) {
		const struct proc_map *m = &maps->list[i];
		uint64_t anonymous = m->anonymous < m->rss ? m->anonymous : m->rss;
		uint64_t covered = anonymous ? ranges_in(ranges, m->first, m->last) : 0;

		if (covered && !is_stack(maps, i) && !is_recording(m->path))
			mapped += covered == m->last - m->first
					  ? anonymous
					  : (uint64_t)((double)anonymous * (double)covered /
						       (double)(m->last - m->first));
	}
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
	struct ranges ranges;
	struct proc_maps maps;

	*a = (struct account){ .unix_us = sampler_unix_us() };
	if (pread(recording, &h, sizeof(h), 0) != (ssize_t)sizeof(h) ||
	    proc_maps_read(pid, false, &maps) < 0)
		return false;
	a->live_bytes = h.pulse.live_bytes - ranges_counted(&h);
	sort(&maps, a);
	add_up(&maps, seen);
	take_out_recorder(a, h.times.recorder_bytes);
	ranges_read(recording, &h, &ranges);
	add_mapped(&maps, &ranges, a);
	ranges_free(&ranges);
	proc_maps_free(&maps);
	return a->rss_bytes > 0;
}
