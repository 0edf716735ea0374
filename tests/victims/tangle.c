/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loses many blocks that point to one another at random: hard work for a leak scan.
 * usage: tangle COUNT
 */
#include "victim.h"

struct knot {
	struct knot *to[3];
};

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000, seed = 1;
	struct knot **knots = malloc(count * sizeof(*knots));

	for (unsigned long i = 0; i < count; i++)
		knots[i] = malloc(sizeof(*knots[i]));
	for (unsigned long i = 0; i < 3 * count; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		knots[i / 3]->to[i % 3] = knots[(seed >> 32) % count];
	}
	free(knots);
	return 5;
}
