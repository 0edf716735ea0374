/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/near.h"

#include <limits.h>
#include <string.h>

#define WORD_MOST 40

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned int near_distance(const char *a, const char *b)
{
	unsigned int cost[WORD_MOST + 1][WORD_MOST + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > WORD_MOST || nb > WORD_MOST)
		return UINT_MAX;
	for (size_t i = 0; i <= na; i++)
		cost[i][0] = i;
	for (size_t j = 0; j <= nb; j++)
		cost[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			unsigned int other = a[i - 1] != b[j - 1];

			cost[i][j] = least(cost[i - 1][j] + 1, cost[i][j - 1] + 1,
					   cost[i - 1][j - 1] + other);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    cost[i - 2][j - 2] + 1 < cost[i][j])
				cost[i][j] = cost[i - 2][j - 2] + 1;
		}
	}
	return cost[na][nb];
}

int near_enough(const char *a, const char *b)
{
	size_t length = strlen(a);

	if (length >= 2 && strncmp(a, b, length) == 0)
		return 1;
	return near_distance(a, b) <= (length < 4 ? 1 : 2);
}
