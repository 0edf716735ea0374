/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A symbol of one loaded object, by its own hash table.  Takes no lock and calls nothing, so it may
 * run inside a hook, where dlsym may not.
 */
#ifndef SRC_PYTHON_ELF_H
#define SRC_PYTHON_ELF_H

#include <link.h>

#include "sys.h"

struct python_symbol {
	uintptr_t at; /* 0 = the object does not define it */
	size_t bytes;
};

struct python_symbol python_elf_find(const struct link_map *object, const char *name);

#endif
