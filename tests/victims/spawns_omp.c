/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that OpenMP's runtime begins: each keeps 4000 bytes and its number. */
#include <stdio.h>
#include <stdlib.h>

extern int omp_get_thread_num(void);

static void *kept[64];

__attribute__((noipa)) static void parallel_part(void)
{
#pragma omp parallel num_threads(4)
	kept[omp_get_thread_num()] = malloc(4000 + (size_t)omp_get_thread_num());
	__asm__ volatile("" ::: "memory"); /* not the function's last: its frame stays */
}

int main(void)
{
	parallel_part();
	return kept[3] ? 0 : 1;
}
