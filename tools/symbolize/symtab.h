/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The symbols of one module's functions or of its variables, sorted: libdwfl's own look-up reads
 * the whole table each time.  For dwfl.c.  Addresses are those of the file.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_SYMBOLIZE_SYMTAB_H
#define TIDEMARK_SYMBOLIZE_SYMTAB_H

#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

struct symtab_symbol {
	uint64_t address;
	uint64_t bytes;
	const char *name; /* belongs to libdwfl */
	unsigned rank;	  /* the lower, the better among aliases */
};

struct symtab {
	struct symtab_symbol *list;
	size_t count;
	size_t room;
};

enum symtab_kind { SYMTAB_FUNCTIONS, SYMTAB_VARIABLES };

int symtab_load(struct symtab *t, Dwfl_Module *module, enum symtab_kind kind);
/* NULL when no symbol covers the address: the nearest one would be a lie in a stripped file. */
const struct symtab_symbol *symtab_find(const struct symtab *t, uint64_t address);
void symtab_free(struct symtab *t);

#endif
