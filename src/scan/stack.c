/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/stack.h"

#include <dlfcn.h>

#define EXITS	       3
#define FRAMES_OF_EXIT 6
#define FRAMES_OF_OURS 12
#define EXIT_BYTES     64 /* more than libc's exit and quick_exit have */

/* Once in a process, and too large for a small stack. */
static struct {
	struct cfi_work work;
	struct cfi_state steps[2];
	uintptr_t exits[EXITS];
	struct modules_found ours;
	int tid;
} at;

static bool read_word(void *context, uintptr_t address, uint64_t *value)
{
	(void)context;
	if (address & 7 || !sys_readable(address))
		return false;
	*value = *(const uint64_t *)address;
	return true;
}

static void depends(void *context, uint64_t slot, uint64_t value, unsigned reg)
{
	(void)context;
	(void)slot;
	(void)value;
	(void)reg;
}

static bool step(struct cfi_state *state)
{
	uintptr_t pc = state->value[CFI_RIP] - 1;
	struct modules_found module;

	modules_find(pc, at.tid, &module);
	if (cfi_find(pc, &module, &at.work) < 0 ||
	    cfi_step(state, &at.steps[1], &at.work.row, read_word, depends, NULL) < 0)
		return false;
	*state = at.steps[1];
	return true;
}

static bool is_ours(const struct cfi_state *state)
{
	return state->value[CFI_RIP] - 1 - at.ours.start < at.ours.end - at.ours.start;
}

static bool is_exit(const struct cfi_state *state)
{
	for (unsigned i = 0; i < EXITS; i++)
		if (at.exits[i] && state->value[CFI_RIP] - at.exits[i] < EXIT_BYTES)
			return true;
	return false;
}

static void leave_ours(struct cfi_state *state)
{
	for (int i = 0; i < FRAMES_OF_OURS && is_ours(state); i++)
		if (!step(state))
			return;
}

/* Out of exit, if it is what called us; else nothing changes. */
static void leave_exit(struct cfi_state *state)
{
	at.steps[0] = *state;
	for (int i = 0; i < FRAMES_OF_EXIT; i++) {
		bool found = is_exit(&at.steps[0]);

		if (!step(&at.steps[0]))
			return;
		if (found) {
			*state = at.steps[0];
			return;
		}
	}
}

static __attribute__((noinline)) void here(struct cfi_state *state)
{
	uint64_t *v = state->value;

	__builtin_memset(state, 0, sizeof(*state));
	__asm__ volatile("mov %%rbx, %0\n mov %%rbp, %1\n mov %%r12, %2\n mov %%r13, %3\n"
			 "mov %%r14, %4\n mov %%r15, %5\n"
			 : "=m"(v[CFI_RBX]), "=m"(v[CFI_RBP]), "=m"(v[CFI_R12]), "=m"(v[CFI_R13]),
			   "=m"(v[CFI_R14]), "=m"(v[CFI_R15]));
	__asm__ volatile("mov %%rsp, %0\n lea 0f(%%rip), %1\n 0:\n"
			 : "=m"(v[CFI_RSP]), "=r"(v[CFI_RIP]));
}

/* dlsym later would take away the text of the program's last dlerror. */
void stack_begin(void)
{
	at.exits[0] = (uintptr_t)dlsym(RTLD_NEXT, "exit");
	at.exits[1] = (uintptr_t)dlsym(RTLD_NEXT, "quick_exit");
	at.exits[2] = (uintptr_t)dlsym(RTLD_NEXT, "abort");
}

void stack_of_program(struct cfi_state *state)
{
	at.tid = sys_gettid();
	modules_find((uintptr_t)&stack_of_program, at.tid, &at.ours);
	here(state);
	leave_ours(state);
	leave_exit(state);
	leave_ours(state);
}
