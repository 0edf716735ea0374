/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the function, the inlined functions in it and the source line of an address in DWARF data.
 * For dwfl.c.  Has its own index of units and functions: libdw's search needs .debug_aranges, which
 * clang and rustc do not write, and reads a whole unit each time.
 * Addresses are those of the DWARF data.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_SYMBOLIZE_DWARF_H
#define TIDEMARK_SYMBOLIZE_DWARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdw.h>

#include "base/buf.h"

#define DWARF_INLINES_MOST 64

struct dwarf_range {
	uint64_t low;
	uint64_t high;
	uint64_t what; /* number of the unit, or offset of the function */
};

struct dwarf_ranges {
	struct dwarf_range *list;
	size_t count;
	size_t room;
};

struct dwarf_unit {
	Dwarf_Off offset;
	Dwarf_Die split; /* where the functions are when they lie in a .dwo file */
	struct dwarf_ranges functions;
	bool indexed;
};

struct dwarf_index {
	Dwarf *dwarf;
	struct dwarf_ranges ranges;
	struct dwarf_unit *units;
	size_t unit_count;
	size_t unit_room;
	size_t held_bytes; /* what libdw holds for us, roughly; it gives nothing back */
};

/* One line of the answer; strings belong to libdw. */
struct dwarf_place {
	const char *linkage;   /* mangled name, or NULL */
	const char *name;      /* or NULL */
	Dwarf_Die function;    /* the one that bears the name */
	bool has_scopes;       /* its language has namespaces */
	const char *directory; /* prefix for a relative file */
	const char *file;
	unsigned line;
};

struct dwarf_places {
	struct dwarf_place list[DWARF_INLINES_MOST];
	size_t count; /* innermost first; 0 = no unit covers the address */
};

int dwarf_index_open(struct dwarf_index *x, Dwarf *dwarf);
int dwarf_index_find(struct dwarf_index *x, uint64_t address, struct dwarf_places *places);
/* Whether the address's unit has been read already, so that asking costs no more memory. */
bool dwarf_index_has(const struct dwarf_index *x, uint64_t address);

/*
 * The name with its namespaces and classes, for functions without a linkage name.  Reads much of
 * the unit: ask once a function.
 */
void dwarf_full_name(const struct dwarf_place *place, struct buf *name);
void dwarf_index_close(struct dwarf_index *x);

#endif
