/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What "tidemark ps" prints, and how.  For ps.c. */
#ifndef TIDE_CMD_PS_H
#define TIDE_CMD_PS_H

#include <stdio.h>

#include "proc/process.h"

struct ps {
	bool children; /* trees: rows are indented, and summed up */
	bool maps;
	bool all; /* the fields that are rarely asked for too */
	unsigned columns;
	uint64_t limit; /* of mappings, and of processes not named */
	uint64_t machine_bytes;
	struct process *list;
	size_t count;
	size_t room;
	size_t left_out;
};

void ps_print_text(const struct ps *ps, FILE *out);
void ps_print_json(const struct ps *ps, FILE *out);

#endif
