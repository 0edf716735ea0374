/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call frame information: what .eh_frame says of one code address, and one step of unwinding by it.
 *
 * The library interprets the tables itself.  It takes no lock, allocates nothing and makes no
 * system call, so it may run in any hook, in a signal handler and in a forked child; libunwind
 * serves as the judge (verify.h), not as the worker.  Format: LSB Core, ".eh_frame"; DWARF 5,
 * sections 6.4 and 2.5.
 */
#ifndef SRC_CFI_H
#define SRC_CFI_H

#include "modules.h"

/* DWARF numbers of x86-64. */
enum cfi_register {
	CFI_RAX,
	CFI_RDX,
	CFI_RCX,
	CFI_RBX,
	CFI_RSI,
	CFI_RDI,
	CFI_RBP,
	CFI_RSP,
	CFI_R8,
	CFI_R9,
	CFI_R10,
	CFI_R11,
	CFI_R12,
	CFI_R13,
	CFI_R14,
	CFI_R15,
	CFI_RIP,
	CFI_REGISTERS
};

enum cfi_how {
	CFI_SAME,	/* not touched by this frame */
	CFI_UNDEFINED,	/* lost; for the return address: the outermost frame */
	CFI_OFFSET,	/* saved at CFA + value */
	CFI_VALUE,	/* is CFA + value */
	CFI_REGISTER,	/* in another register */
	CFI_EXPRESSION, /* saved where an expression says */
	CFI_VALUE_EXPRESSION,
};

struct cfi_rule {
	enum cfi_how how;
	int64_t value;		   /* offset or register */
	const uint8_t *expression; /* begins with its length */
};

struct cfi_row {
	struct cfi_rule cfa; /* CFI_VALUE: register + offset; CFI_EXPRESSION */
	uint8_t cfa_register;
	bool signal_frame;
	struct cfi_rule registers[CFI_REGISTERS];
};

#define CFI_REMEMBERED 8

/*
 * Room to work in, several KiB: it comes with the thread's own data, since the hook may run on a
 * stack of a few KiB.
 */
struct cfi_work {
	struct cfi_row row; /* what cfi_find found */
	struct cfi_rule initial[CFI_REGISTERS];
	struct cfi_row remembered[CFI_REMEMBERED];
	struct cfi_rule ignored; /* vector registers and the like: written, never read */
};

/*
 * Fill in the row that holds at `pc` (already moved back by one for a return address).
 * 0, -ENOENT when the module has no table for it, -EINVAL when the table cannot be understood.
 */
int cfi_find(uintptr_t pc, const struct modules_found *module, struct cfi_work *work);

/* Reads eight bytes of the stack, or says no. */
typedef bool cfi_read(void *context, uintptr_t at, uint64_t *value);

/* Values of registers, and where each was read from. */
struct cfi_state {
	uint64_t value[CFI_REGISTERS];
	uint64_t from[CFI_REGISTERS]; /* stack slot; 0 = still what it was at entry */
	uint32_t lost;		      /* bit mask: undefined */
};

/* Is told what the result depended on: a slot that was read, or a register still as at entry. */
typedef void cfi_depends(void *context, uint64_t slot, uint64_t value, unsigned entry_register);

/* One frame outward, from one state to another: 0, or negative when it cannot be done. */
int cfi_step(const struct cfi_state *state, struct cfi_state *caller, const struct cfi_row *row,
	     cfi_read *read, cfi_depends *depends, void *context);

#endif
