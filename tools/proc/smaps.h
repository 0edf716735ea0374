/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a process's memory is shared, and what it is made of: /proc/PID/smaps_rollup and smaps.  The
 * kernel walks all pages for it, a millisecond for every 100 MiB or so.  For run/ and cmd/.
 * Bytes.  Errors: as read.h; a zombie is -ESRCH.
 */
#ifndef TIDE_PROC_SMAPS_H
#define TIDE_PROC_SMAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As psutil's memory_full_info() names them. */
struct proc_share {
	uint64_t uss; /* this process's alone: what its end would give back */
	uint64_t pss; /* with its part of what several share */
	uint64_t swap;
};

int proc_share_read(pid_t pid, struct proc_share *s);

/* As psutil's memory_maps() names them. */
struct proc_map {
	char *path;	/* [heap], [stack], [anon] for what has no name */
	uint64_t first; /* addresses; of a group, of its first */
	uint64_t last;
	char perms[8];
	uint64_t rss;
	uint64_t size;
	uint64_t pss;
	uint64_t shared_clean;
	uint64_t shared_dirty;
	uint64_t private_clean;
	uint64_t private_dirty;
	uint64_t referenced;
	uint64_t anonymous;
	uint64_t swap;
	uint32_t mappings; /* how many are in it */
	bool nodump;	   /* MADV_DONTDUMP; of a group, of its first */
};

struct proc_maps {
	struct proc_map *list;
	size_t count;
	size_t room;
	bool has_flags; /* this kernel tells them */
};

/* Every mapping in order of addresses, or with @grouped one sum for each path, as first met. */
int proc_maps_read(pid_t pid, bool grouped, struct proc_maps *m);
void proc_maps_free(struct proc_maps *m);

#endif
