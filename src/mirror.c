/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirror.h"

#include "python/python.h"

void mirror_begin_search(const struct mirror *m, struct mirror_search *search, bool usable,
			 uint32_t generation)
{
	usable = usable && m->joinable && m->stops == python.walk_stops;
	search->candidates = usable && m->generation == generation ? m->depth : 0;
	search->deps_limit = UINT32_MAX;
}

bool mirror_holds(struct mirror *m, struct mirror_search *search, const struct mirror_frame *frame)
{
	uint32_t inherited = UINT32_MAX;
	uintptr_t sp = frame->sp;

	if (frame->deps > search->deps_limit)
		return false;
	for (const struct dependency *dep = m->deps + frame->deps; dep-- > m->deps;) {
		if (unlikely(dep->slot < sp)) {
			inherited = (uint32_t)(dep - m->deps);
			continue;
		}
		if (likely(*(const uint64_t *)dep->slot == dep->value))
			continue;
		search->deps_limit = (uint32_t)(dep - m->deps);
		return false;
	}
	if (inherited != UINT32_MAX)
		m->deps[inherited].slot = 0;
	return true;
}

bool mirror_put(struct mirror *m, uint32_t kept, const struct mirror_frame *inner, uint32_t count,
		const struct dependency *deps, uint32_t deps_count)
{
	uint32_t base = kept ? m->frames[kept - 1].deps : 0;
	bool fits = base + deps_count <= MIRROR_DEPS;
	struct mirror_frame *to = &m->frames[kept];

	for (uint32_t i = deps_count; fits && i-- > 0;)
		m->deps[base + deps_count - 1 - i] = deps[i];
	for (uint32_t i = count; i-- > 0; to++) {
		*to = inner[i];
		to->deps = base + deps_count - inner[i].deps;
		to->node = 0;
	}
	m->depth = kept + count;
	m->deps_count = fits ? base + deps_count : 0;
	return fits;
}
