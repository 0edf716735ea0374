/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Locks itself in, then allocates.  usage: locked MODE
 *   strict   read, write, exit and sigreturn only; malloc must do with what brk it has
 *   filter   a filter that kills whatever is not on a short list
 *   syscall  the same by the seccomp call
 *   late     the filter comes when a thousand stacks are known
 */
#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* clang-format off */
#define ALLOW(name)                                                                                \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                                     \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter rules[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	ALLOW(read), ALLOW(write), ALLOW(exit_group), ALLOW(exit), ALLOW(brk),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};
/* clang-format on */

static void *kept[100000];
static long live_blocks;

APART static void keep_block(size_t bytes)
{
	kept[live_blocks] = malloc(bytes);
	need(kept[live_blocks] != NULL, "allocation");
	live_blocks++;
}

APART static void branch(int depth, unsigned int path)
{
	if (!depth)
		keep_block(16 + path % 64);
	else if (path & 1)
		branch(depth - 1, path >> 1);
	else {
		branch(depth - 1, path >> 1);
		HERE();
	}
	HERE();
}

static void lock_in(const char *mode)
{
	struct sock_fprog program = { COUNT_OF(rules), rules };

	if (!strcmp(mode, "strict")) {
		need(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), "strict mode");
		return;
	}
	need(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
	if (!strcmp(mode, "syscall"))
		need(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
	else
		need(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "filter mode");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "strict";

	/* strict mode allows no brk: let malloc have enough at hand, and never give back */
	mallopt(M_TOP_PAD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_MMAP_MAX, 0);
	keep_block(1 << 20);
	for (unsigned int path = 0; !strcmp(mode, "late") && path < 1024; path++)
		branch(10, path);
	lock_in(mode);
	for (int round = 0; round < 2; round++) {
		for (unsigned int path = 0; path < 1u << 13; path++)
			branch(13, path);
	}
	for (int i = 0; i < 100; i++)
		free(kept[--live_blocks]);
	say("live_blocks=%ld\n", live_blocks);
	/* strict mode allows exit, not exit_group */
	syscall(SYS_exit, 0);
	return 0;
}
