/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Room outside of malloc, all of it in memory, for the benchmark's programs. */
#ifndef BENCH_TOUCHED_H
#define BENCH_TOUCHED_H

#include <stdlib.h>
#include <sys/mman.h>

static inline void *touched(size_t bytes)
{
	void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (room == MAP_FAILED)
		exit(1);
	return room;
}

#endif
