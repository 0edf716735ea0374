/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "words.h"

int main(void)
{
	return words_in("three little words") == 3 ? 0 : 1;
}
