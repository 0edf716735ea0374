/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As little as there can be; linked statically, and run set-user-ID. */
#include "victim.h"

int main(void)
{
	void *block = malloc(100);

	KEEP(block);
	free(block);
	say("hello=%d\n", (int)(geteuid() == getuid()));
	return 0;
}
