/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's options: one table, read once from the environment when recording begins.
 */
#ifndef SRC_CONFIG_H
#define SRC_CONFIG_H

#include "sys.h"

#define CONFIG_PATH_BYTES 4096

enum config_python { CONFIG_PYTHON, CONFIG_MERGED, CONFIG_LEAF, CONFIG_NATIVE };

struct config {
	char output[CONFIG_PATH_BYTES]; /* absolute pattern with %p %h %n */
	uint64_t file_max_bytes;
	uint32_t depth;
	uint32_t verify;	 /* 1 = count differences, 2 = write them to stderr too */
	uint64_t sample_bytes;	 /* 0 = everything */
	uint64_t start_after_us; /* by the clock, once recording has begun; 0 = at once */
	uint8_t python_stacks;	 /* enum config_python */
	bool python_objects;	 /* each a block of its own; no = arenas alone */
	uint32_t leaks_time_s;	 /* most for a leak scan */
	bool leaks;
	bool leaks_holders;
	bool children;
	bool frame_pointers;
	bool mmap; /* anonymous mappings are part of live and of the peak */
};

OURS struct config config;

void config_read(void);

/* The value of an environment variable, NULL when unset.  Takes no lock. */
const char *config_variable(const char *name);

/* "512M" as bytes; 0 when it is no size. */
uint64_t config_size(const char *text);

#endif
