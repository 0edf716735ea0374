/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "twins.h"

#include "blocks.h"

#define SETS	 256u
#define WAYS	 4u  /* one cache line */
#define NEARNESS 64u /* as large as: the same contents may have another head */

/* As in the table of blocks; value 0 = free, stored last and taken away first. */
struct cell {
	uintptr_t address;
	uint64_t value; /* record << 40 | size */
};

static struct cell sets[SETS][WAYS] __attribute__((aligned(64)));

static struct cell *set_of(size_t bytes)
{
	uint64_t hash = (bytes >> 12) * 0x9e3779b97f4a7c15u;

	return sets[hash >> 32 & (SETS - 1)];
}

static bool is_near(uint64_t value, size_t bytes)
{
	uint64_t other = value & BLOCKS_SIZE_MAX;

	return (other > bytes ? other - bytes : bytes - other) <= NEARNESS;
}

static uint32_t record_of(uint64_t value)
{
	return (uint32_t)(value >> BLOCKS_SIZE_BITS);
}

uint32_t twins_find(uint32_t record, size_t bytes)
{
	const struct cell *set = set_of(bytes);
	uint32_t found = 0;

	for (uint32_t i = 0; i < WAYS; i++) {
		uint64_t value = __atomic_load_n(&set[i].value, __ATOMIC_ACQUIRE);

		if (!value || !is_near(value, bytes))
			continue;
		found = record_of(value);
		if (found != record)
			break;
	}
	return found;
}

/* A free place, else that of the record's own last one, so that an original outlasts its copies. */
static struct cell *place_for(struct cell *set, uintptr_t address, uint32_t record)
{
	struct cell *own = NULL;

	for (uint32_t i = 0; i < WAYS; i++) {
		uint64_t value = __atomic_load_n(&set[i].value, __ATOMIC_RELAXED);

		if (!value)
			return &set[i];
		if (record_of(value) == record)
			own = &set[i];
	}
	return own ? own : &set[address >> 12 & (WAYS - 1)];
}

void twins_put(uintptr_t address, uint32_t record, size_t bytes)
{
	struct cell *cell = place_for(set_of(bytes), address, record);

	__atomic_store_n(&cell->value, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&cell->address, address, __ATOMIC_RELEASE);
	__atomic_store_n(&cell->value, blocks_value(record, bytes), __ATOMIC_RELEASE);
}

void twins_drop(uintptr_t address, size_t bytes)
{
	struct cell *set = set_of(bytes);

	for (uint32_t i = 0; i < WAYS; i++)
		if (__atomic_load_n(&set[i].address, __ATOMIC_RELAXED) == address)
			__atomic_store_n(&set[i].value, 0, __ATOMIC_RELAXED);
}
