/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frames.h"

#include "index.h"
#include "profile.h"

static struct index frames = { .buckets_first = 64 };

static bool same(uint32_t number, const void *key)
{
	const struct tide_frame *a = profile_frame(number), *b = key;

	return a->pc == b->pc && a->module == b->module && a->flags == b->flags;
}

uint32_t frames_intern(uintptr_t pc, uint32_t module, uint32_t flags, int tid)
{
	struct tide_frame frame = { .pc = pc, .module = module, .flags = flags };
	uint64_t hash = index_mix(index_mix(0, pc), (uint64_t)module << 8 | flags);
	uint32_t number = index_find(&frames, hash, same, &frame);

	if (number)
		return number;
	number = profile_take(TIDE_SECTION_FRAMES, tid);
	if (!number)
		return 0;
	*profile_frame(number) = frame;
	return index_insert(&frames, hash, number, same, &frame, tid);
}
