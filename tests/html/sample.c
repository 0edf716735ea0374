/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a recording with the findings of a leak scan, for the tests of the page. */
#include "lib/mkprofile.h"

int main(int argc, char **argv)
{
	struct mkprofile mk;

	if (argc != 2)
		return 2;
	mk_sample_leaks(&mk);
	mk_write(&mk, argv[1]);
	mk_free(&mk);
	return 0;
}
