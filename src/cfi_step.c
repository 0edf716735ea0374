/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One step of unwinding by a row of call frame information, and the evaluator of its expressions.
 */
#include <errno.h>

#include "cfi.h"
#include "leb.h"

#define EXPRESSION_STACK 16
#define EXPRESSION_STEPS 256

struct evaluator {
	const struct cfi_state *state;
	cfi_read *read;
	cfi_depends *depends;
	void *context;
	uint64_t stack[EXPRESSION_STACK];
	int used;
};

static void depend_on(const struct evaluator *e, unsigned reg)
{
	e->depends(e->context, e->state->from[reg], e->state->value[reg], reg);
}

static int push(struct evaluator *e, uint64_t value)
{
	if (e->used == EXPRESSION_STACK)
		return -EINVAL;
	e->stack[e->used++] = value;
	return 0;
}

static int push_register(struct evaluator *e, uint64_t reg, int64_t offset)
{
	if (reg >= CFI_REGISTERS || e->state->lost & 1u << reg)
		return -EINVAL;
	/*
	 * The stack pointer and pc of a frame follow from what was noted for the frames inside it.
	 */
	if (reg != CFI_RSP && reg != CFI_RIP)
		depend_on(e, (unsigned)reg);
	return push(e, e->state->value[reg] + (uint64_t)offset);
}

static int read_slot(const struct evaluator *e, uint64_t at, uint64_t *value)
{
	if (!e->read(e->context, at, value))
		return -EFAULT;
	e->depends(e->context, at, *value, CFI_REGISTERS);
	return 0;
}

static int binary(struct evaluator *e, uint8_t op)
{
	uint64_t b, a;

	if (e->used < 2)
		return -EINVAL;
	b = e->stack[--e->used];
	a = e->stack[e->used - 1];
	/* clang-format off */
	switch (op) {
	case 0x1a: a &= b; break;
	case 0x1c: a -= b; break;
	case 0x1e: a *= b; break;
	case 0x21: a |= b; break;
	case 0x22: a += b; break;
	case 0x24: a <<= b & 63; break;
	case 0x25: a >>= b & 63; break;
	case 0x26: a = (uint64_t)((int64_t)a >> (b & 63)); break;
	case 0x27: a ^= b; break;
	case 0x29: a = a == b; break;
	case 0x2a: a = (int64_t)a >= (int64_t)b; break;
	case 0x2b: a = (int64_t)a > (int64_t)b; break;
	case 0x2c: a = (int64_t)a <= (int64_t)b; break;
	case 0x2d: a = (int64_t)a < (int64_t)b; break;
	case 0x2e: a = a != b; break;
	default: return -EINVAL;
	}
	/* clang-format on */
	e->stack[e->used - 1] = a;
	return 0;
}

static int constant(struct evaluator *e, uint8_t op, const uint8_t **at)
{
	/* clang-format off */
	switch (op) {
	case 0x08: return push(e, READ(uint8_t, at));
	case 0x09: return push(e, (uint64_t)READ(int8_t, at));
	case 0x0a: return push(e, READ(uint16_t, at));
	case 0x0b: return push(e, (uint64_t)READ(int16_t, at));
	case 0x0c: return push(e, READ(uint32_t, at));
	case 0x0d: return push(e, (uint64_t)READ(int32_t, at));
	case 0x0e:
	case 0x0f: return push(e, READ(uint64_t, at));
	case 0x10: return push(e, read_uleb(at));
	default: return push(e, (uint64_t)read_sleb(at));
	}
	/* clang-format on */
}

static int stack_operation(struct evaluator *e, uint8_t op, const uint8_t **at)
{
	uint64_t *top = &e->stack[e->used - 1];

	if (e->used < 1)
		return -EINVAL;
	switch (op) {
	case 0x06: /* deref */
		return read_slot(e, *top, top);
	case 0x12: /* dup */
		return push(e, *top);
	case 0x13: /* drop */
		e->used--;
		return 0;
	case 0x14: /* over */
		return e->used < 2 ? -EINVAL : push(e, top[-1]);
	case 0x16: { /* swap */
		uint64_t t = *top;

		if (e->used < 2)
			return -EINVAL;
		*top = top[-1];
		top[-1] = t;
		return 0;
	}
	case 0x1f: /* neg */
		*top = -*top;
		return 0;
	case 0x20: /* not */
		*top = ~*top;
		return 0;
	case 0x23: /* plus_uconst */
		*top += read_uleb(at);
		return 0;
	default:
		return binary(e, op);
	}
}

static int operation(struct evaluator *e, uint8_t op, const uint8_t **at)
{
	if (op >= 0x30 && op <= 0x4f) /* lit0 … lit31 */
		return push(e, op - 0x30u);
	if (op >= 0x70 && op <= 0x8f) { /* breg0 … breg31 */
		int64_t offset = read_sleb(at);

		return push_register(e, op - 0x70u, offset);
	}
	if (op >= 0x08 && op <= 0x11)
		return constant(e, op, at);
	if (op == 0x92) { /* bregx */
		uint64_t reg = read_uleb(at);
		int64_t offset = read_sleb(at);

		return push_register(e, reg, offset);
	}
	if (op == 0x96) /* nop */
		return 0;
	return stack_operation(e, op, at);
}

static int evaluate(struct evaluator *e, const uint8_t *expression, const uint64_t *first,
		    uint64_t *result)
{
	const uint8_t *at = expression;
	uint64_t bytes = read_uleb(&at);
	const uint8_t *end = at + bytes;
	int r = 0;

	e->used = 0;
	if (first)
		push(e, *first);
	for (int i = 0; r == 0 && at < end && i < EXPRESSION_STEPS; i++) {
		uint8_t op = *at++;

		r = operation(e, op, &at);
	}
	if (r < 0 || e->used == 0)
		return -EINVAL;
	*result = e->stack[e->used - 1];
	return 0;
}

static int find_cfa(struct evaluator *e, const struct cfi_row *row, uint64_t *cfa)
{
	if (row->cfa.how == CFI_EXPRESSION)
		return evaluate(e, row->cfa.expression, NULL, cfa);
	if (row->cfa.how != CFI_VALUE)
		return -EINVAL;
	if (push_register(e, row->cfa_register, row->cfa.value) < 0)
		return -EINVAL;
	*cfa = e->stack[--e->used];
	return 0;
}

/* Registers are read without noting a dependency: it is noted when a value comes to be used. */
static int restore_register(struct evaluator *e, struct cfi_state *out, unsigned reg,
			    const struct cfi_rule *rule, uint64_t cfa)
{
	uint64_t at = cfa + (uint64_t)rule->value;

	switch (rule->how) {
	case CFI_SAME:
		return 0;
	case CFI_UNDEFINED:
		out->lost |= 1u << reg;
		return 0;
	case CFI_VALUE:
		out->value[reg] = at;
		return 0;
	case CFI_REGISTER:
		if ((uint64_t)rule->value >= CFI_REGISTERS)
			return -EINVAL;
		out->value[reg] = e->state->value[rule->value];
		out->from[reg] = e->state->from[rule->value];
		return 0;
	case CFI_VALUE_EXPRESSION:
		return evaluate(e, rule->expression, &cfa, &out->value[reg]);
	case CFI_EXPRESSION:
		if (evaluate(e, rule->expression, &cfa, &at) < 0)
			return -EINVAL;
		break;
	case CFI_OFFSET:
		break;
	}
	if (!e->read(e->context, at, &out->value[reg]))
		return -EFAULT;
	out->from[reg] = at;
	out->lost &= ~(1u << reg);
	return 0;
}

int cfi_step(const struct cfi_state *state, struct cfi_state *caller, const struct cfi_row *row,
	     cfi_read *read, cfi_depends *depends, void *context)
{
	struct evaluator e = {
		.state = state, .read = read, .depends = depends, .context = context
	};
	const struct cfi_rule *rules = row->registers;
	uint64_t cfa;
	int r = find_cfa(&e, row, &cfa);

	if (r < 0)
		return r;
	__builtin_memcpy(caller, state, sizeof(*caller));
	caller->value[CFI_RSP] = cfa;
	for (unsigned reg = 0; reg < CFI_REGISTERS && r == 0; reg++)
		r = restore_register(&e, caller, reg, &rules[reg], cfa);
	if (r < 0)
		return r;
	/* Where the stack pointer or the pc came out of memory, that word decides what follows. */
	if (rules[CFI_RSP].how == CFI_EXPRESSION || rules[CFI_RSP].how == CFI_OFFSET)
		depends(context, caller->from[CFI_RSP], caller->value[CFI_RSP], CFI_RSP);
	depends(context, caller->from[CFI_RIP], caller->value[CFI_RIP], CFI_RIP);
	return 0;
}
