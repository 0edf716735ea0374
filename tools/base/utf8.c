/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/utf8.h"

size_t utf8_sequence(const unsigned char *at)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t bytes, i;

	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		bytes = 2;
	else if (at[0] >= 0xe0 && at[0] <= 0xef)
		bytes = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		bytes = 4;
	else
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0;
	if (at[0] == 0xed)
		high = 0x9f; /* no surrogates */
	if (at[0] == 0xf0)
		low = 0x90;
	if (at[0] == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (i = 2; i < bytes; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return bytes;
}
