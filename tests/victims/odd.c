/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions that each allocate one block, of 1000 bytes and its number, in a source file whose name
 * means something to those who read profiles.  Prints calls
 */
#include "victim.h"

static void *kept[32];
static unsigned count;

/* Their names are given to them by objcopy, which takes any. */
#define ODD(number)                                      \
	void odd_##number(void);                         \
	APART void odd_##number(void)                    \
	{                                                \
		kept[count++] = malloc(1000 + (number)); \
		HERE();                                  \
	}

#line 1 "odd;dir/a \"quoted\" <b>file</b>#1\xff.c"
ODD(1)
ODD(2)
ODD(3)
ODD(4)
ODD(5)
ODD(6)
ODD(7)
ODD(8)
ODD(9)
ODD(10)
ODD(11)
ODD(12)
ODD(13)
ODD(14)
ODD(15)

int main(void)
{
	odd_1();
	odd_2();
	odd_3();
	odd_4();
	odd_5();
	odd_6();
	odd_7();
	odd_8();
	odd_9();
	odd_10();
	odd_11();
	odd_12();
	odd_13();
	odd_14();
	odd_15();
	say("calls=%u\n", count);
	return 0;
}
