/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The few facts of an ELF file that decide whether it can be recorded.  Called by run/target.c.
 * Trusts nothing in the file: what cannot be read is absent.
 */
#ifndef TIDE_RUN_ELF_H
#define TIDE_RUN_ELF_H

#include <limits.h>
#include <stdbool.h>

struct elf_facts {
	bool other_machine; /* not 64-bit little-endian x86-64; nothing below is filled then */
	bool not_program;   /* an object file or a core */
	char interpreter[PATH_MAX]; /* empty: statically linked */
	char sanitizer[64];	    /* what gives it away; empty: none */
	bool defines_malloc;
	bool mentions_malloc;
};

/* 0, -ENOEXEC when @fd is no ELF file. */
int elf_read(int fd, struct elf_facts *facts);

#endif
