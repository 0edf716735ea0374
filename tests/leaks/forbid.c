/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a program with some system calls forbidden, as containers do.
 *
 *   forbid ptrace PROGRAM ARGS   whoever traces or reads another process is killed
 *   forbid clone PROGRAM ARGS    no process and no thread is made: EPERM
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WHEN(call, what) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), BPF_STMT(BPF_RET | BPF_K, (what))

#define LOAD  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL  SECCOMP_RET_KILL_PROCESS
#define DENY  (SECCOMP_RET_ERRNO | 1)

static struct sock_filter no_ptrace[] = {
	LOAD,
	WHEN(SYS_ptrace, KILL),
	WHEN(SYS_process_vm_readv, KILL),
	WHEN(SYS_process_vm_writev, KILL),
	WHEN(SYS_kcmp, KILL),
	ALLOW,
};

static struct sock_filter no_clone[] = {
	LOAD,
	WHEN(SYS_clone, DENY),
	WHEN(SYS_clone3, DENY),
	WHEN(SYS_fork, DENY),
	WHEN(SYS_vfork, DENY),
	ALLOW,
};

#define PROGRAM_OF(filter)                                 \
	{                                                  \
		sizeof(filter) / sizeof(*(filter)), filter \
	}

int main(int argc, char **argv)
{
	struct sock_fprog ptrace = PROGRAM_OF(no_ptrace), clone = PROGRAM_OF(no_clone);

	if (argc < 3)
		return 2;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
		  strcmp(argv[1], "clone") ? &ptrace : &clone) != 0) {
		perror("forbid");
		return 77;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
