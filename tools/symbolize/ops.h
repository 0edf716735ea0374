/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a source of names must do.  Backends implement it, symbolize.c calls it.
 * open: -ENOENT no file and no debug data, -ESTALE the file is not the one recorded, -ENOEXEC no
 * ELF file; lookup appends one answer.  Addresses are those of the file.
 */
#ifndef TIDEMARK_SYMBOLIZE_OPS_H
#define TIDEMARK_SYMBOLIZE_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "reader/names.h"
#include "symbolize/answers.h"

struct symbolize_target {
	const char *path; /* on this machine, --sysroot included */
	const uint8_t *build_id;
	uint32_t build_id_bytes;
	const char *debug_directories; /* absolute, ':' between */
};

struct symbolize_ops {
	int (*open)(const struct symbolize_target *target, void **handle);
	bool (*has_lines)(void *handle); /* debug information was found */
	int (*lookup)(void *handle, uint64_t address, struct answers *answers);
	/* The variable that the address lies in; unchanged when there is none. */
	int (*variable)(void *handle, uint64_t address, struct pool *pool,
			struct names_variable *variable);
	void (*close)(void *handle);
};

extern const struct symbolize_ops dwfl_ops;

#endif
