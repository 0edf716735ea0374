/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wanders at random through functions whose frames are hard to unwind, and allocates on the way.
 * Each function notes its name on a stack of the program's own, so the program knows every stack
 * that allocated; it prints them, innermost first, with their calls:
 *   stack w_alloca<w_vla<w_plain 17
 * usage: walk STEPS KINDS; KINDS is a string of letters, see the table below.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#define DEEPEST		24
#define STACKS		120000
#define COROUTINES	12
#define COROUTINE_BYTES (64 * 1024)

typedef void (*walker)(int depth);

struct shadow {
	int depth;
	const char *names[DEEPEST * 4];
};

struct stack {
	uint64_t hash;
	uint32_t calls;
	int depth;
	const char *names[64];
};

struct coroutine {
	ucontext_t context;
	ucontext_t back;
	struct shadow shadow;
	char *memory;
	int depth;
	int busy;
};

static struct stack stacks[STACKS];
static unsigned int stack_count;
static struct shadow main_shadow;
static struct shadow *shadow = &main_shadow;
static struct coroutine coroutines[COROUTINES];
static struct coroutine *current;
static walker chosen[16];
static unsigned int chosen_count;
static void *kept[1024];
static long budget;
static int handlers; /* running: their stack may not be left */
static char alternative[128 * 1024];

static void enter(const char *name)
{
	need(shadow->depth < (int)COUNT_OF(shadow->names), "room for names");
	shadow->names[shadow->depth++] = name;
}

static void leave(void)
{
	shadow->depth--;
}

static void count_stack(void)
{
	uint64_t hash = 14695981039346656037ull;
	struct stack *stack;
	unsigned int at;

	for (int i = 0; i < shadow->depth; i++)
		hash = (hash ^ (uintptr_t)shadow->names[i]) * 1099511628211ull;
	at = (unsigned int)(hash >> 20) % STACKS;
	while (stacks[at].hash && stacks[at].hash != hash)
		at = (at + 1) % STACKS;
	stack = &stacks[at];
	if (!stack->hash) {
		need(++stack_count < STACKS / 2, "room for stacks");
		need(shadow->depth <= (int)COUNT_OF(stack->names), "room for a stack");
		stack->hash = hash;
		stack->depth = shadow->depth;
		memcpy(stack->names, shadow->names, sizeof(char *) * (size_t)shadow->depth);
	}
	stack->calls++;
}

APART static void w_leaf(void)
{
	unsigned int at = any(COUNT_OF(kept));

	enter(__func__);
	free(kept[at]);
	kept[at] = malloc(1 + any(500));
	HERE();
	count_stack();
	leave();
}

static void onward(int depth)
{
	budget--;
	if (depth <= 0 || budget < 0 || !any(6)) {
		w_leaf();
		return;
	}
	chosen[any(chosen_count)](depth - 1);
	if (any(2))
		chosen[any(chosen_count)](depth - 1 - (int)any(3));
	HERE();
}

APART static void w_plain(int depth)
{
	enter(__func__);
	onward(depth);
	leave();
}

/*
 * Frames of several sizes below the same stack pointer: what lies in the unused part is what an
 * earlier call left there, return addresses and all.
 */
APART static void w_alloca(int depth)
{
	static const uint16_t sizes[] = { 16, 48, 80, 112, 144, 1040, 3000 };
	char *room;

	enter(__func__);
	room = alloca(sizes[any(COUNT_OF(sizes))]);
	KEEP(room);
	onward(depth);
	KEEP(room);
	leave();
}

APART static void w_vla(int depth)
{
	size_t size = 1 + any(200);
	char room[size];
	char *p = room;

	enter(__func__);
	p[0] = 1;
	KEEP(p);
	onward(depth);
	KEEP(p);
	leave();
}

APART static void w_align(int depth)
{
	_Alignas(64) char room[100];
	char *p = room, *more;

	enter(__func__);
	more = alloca(16 + any(100));
	KEEP(p);
	KEEP(more);
	onward(depth);
	KEEP(p);
	leave();
}

/* Allocates itself, from a frame that only its base pointer tells. */
APART static void w_last_alloca(size_t bytes)
{
	unsigned int at = any(COUNT_OF(kept));
	char *room;

	enter(__func__);
	free(kept[at]);
	room = alloca(bytes);
	KEEP(room);
	kept[at] = malloc(1 + any(500));
	KEEP(room);
	count_stack();
	leave();
}

/* The same by another register: w_rbx(bytes, room) is malloc(bytes) below so much room. */
void *w_rbx(size_t bytes, size_t room);
/* clang-format off */
__asm__(".text\n.type w_rbx, @function\nw_rbx:\n"
	".cfi_startproc\n"
	"	pushq %rbx\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset 3, -16\n"
	"	movq %rsp, %rbx\n"
	"	.cfi_def_cfa_register 3\n"
	"	subq %rsi, %rsp\n"
	"	call malloc@plt\n"
	"	movq %rbx, %rsp\n"
	"	.cfi_def_cfa_register 7\n"
	"	popq %rbx\n"
	"	.cfi_restore 3\n"
	"	.cfi_def_cfa_offset 8\n"
	"	ret\n"
	".cfi_endproc\n"
	".size w_rbx, .-w_rbx\n");
/* clang-format on */

APART static void below_rbx(size_t bytes)
{
	unsigned int at = any(COUNT_OF(kept));

	free(kept[at]);
	enter("w_rbx");
	kept[at] = w_rbx(1 + any(500), bytes);
	count_stack();
	leave();
}

/*
 * Two functions which, with what they call, take the same room in different shares: malloc is
 * called at equal stack pointers, and where the one's return address was, the other has room that
 * nobody writes to.
 */
static const uint16_t shares[] = { 16, 272, 528, 1040, 1296 };
#define SHARE_SUM 1312

#define EQUAL(name, last)                                     \
	APART static void name(void)                          \
	{                                                     \
		size_t share = shares[any(COUNT_OF(shares))]; \
		char *room;                                   \
		enter(__func__);                              \
		room = alloca(share);                         \
		KEEP(room);                                   \
		last(SHARE_SUM - share);                      \
		KEEP(room);                                   \
		leave();                                      \
	}
EQUAL(w_left, w_last_alloca)
EQUAL(w_right, w_last_alloca)
EQUAL(w_left_rbx, below_rbx)
EQUAL(w_right_rbx, below_rbx)

APART static void w_equal(int depth)
{
	static void (*const sides[])(void) = { w_left, w_right, w_left_rbx, w_right_rbx };

	(void)depth;
	enter(__func__);
	for (int i = 0; i < 4; i++)
		sides[any(4)]();
	HERE();
	leave();
}

/* Deep and unchanging: the outer part of many stacks. */
APART static void w_recurse(int depth)
{
	enter(__func__);
	if (depth > 2 && any(3))
		w_recurse(depth - 1);
	else
		onward(depth);
	HERE();
	leave();
}

APART static void w_saves(int depth)
{
	int a = (int)any(9), b = (int)any(9), c = (int)any(9), d = (int)any(9), e = (int)any(9);

	enter(__func__);
	KEEP(a);
	KEEP(b);
	KEEP(c);
	onward(depth);
	KEEP(d);
	KEEP(e);
	KEEP(a);
	KEEP(b);
	KEEP(c);
	leave();
}

static jmp_buf *jump_target;

__attribute__((noipa, noreturn)) static void w_jumps(void)
{
	enter(__func__);
	w_leaf();
	HERE();
	longjmp(*jump_target, 1);
}

/* The call that does not return is the last instruction of this function. */
__attribute__((noipa, noreturn)) static void w_last(void)
{
	enter(__func__);
	w_jumps();
}

APART static void w_setjmp(int depth)
{
	jmp_buf *outer = jump_target;
	volatile int names;
	jmp_buf here;

	enter(__func__);
	names = shadow->depth;
	jump_target = &here;
	if (!setjmp(here)) {
		onward(depth - 1);
		w_last();
	}
	jump_target = outer;
	shadow->depth = names;
	leave();
}

APART static void w_handler(int signal)
{
	(void)signal;
	enter(__func__);
	handlers++;
	w_leaf();
	HERE();
	if (any(3))
		w_vla(3);
	HERE();
	handlers--;
	leave();
}

APART static void w_signal(int depth)
{
	enter(__func__);
	if (depth > 5)
		onward(depth - 5);
	raise(any(2) ? SIGUSR1 : SIGUSR2);
	HERE();
	leave();
}

/* A fault in the middle of a function: below the signal frame the pc is exact. */
APART static void w_fault_handler(int signal, siginfo_t *info, void *context)
{
	ucontext_t *at = context;

	(void)signal;
	(void)info;
	enter(__func__);
	w_leaf();
	HERE();
	at->uc_mcontext.gregs[REG_RIP] += 2; /* over the ud2 */
	leave();
}

APART static void w_trap(int depth)
{
	(void)depth;
	enter(__func__);
	__asm__ volatile("ud2");
	HERE();
	leave();
}

static void coroutine_main(void);

static void give_memory(struct coroutine *coroutine)
{
	if (coroutine->memory)
		return;
	coroutine->memory = mmap(NULL, COROUTINE_BYTES, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	need(coroutine->memory != MAP_FAILED, "mmap");
}

static void switch_stack(ucontext_t *from, ucontext_t *to)
{
	jmp_buf *target = jump_target;

	swapcontext(from, to);
	jump_target = target;
}

/* Goes to another stack, to a place in the middle of things there. */
APART static void w_coroutine(int depth)
{
	struct coroutine *outer = current, *coroutine = &coroutines[any(COROUTINES)];
	struct shadow *outer_shadow = shadow;

	enter(__func__);
	if (outer || depth < 3 || handlers) {
		if (outer && !handlers && any(2)) {
			/* back to the main stack for a while; somebody goes on here later */
			switch_stack(&outer->context, &outer->back);
		} else {
			onward(depth);
		}
		leave();
		return;
	}
	if (!coroutine->busy) {
		give_memory(coroutine);
		getcontext(&coroutine->context);
		coroutine->context.uc_stack.ss_sp = coroutine->memory;
		coroutine->context.uc_stack.ss_size = COROUTINE_BYTES;
		coroutine->context.uc_link = NULL;
		coroutine->shadow.depth = 0;
		coroutine->depth = depth;
		coroutine->busy = 1;
		makecontext(&coroutine->context, coroutine_main, 0);
	}
	current = coroutine;
	shadow = &coroutine->shadow;
	switch_stack(&coroutine->back, &coroutine->context);
	current = NULL;
	shadow = outer_shadow;
	if (!coroutine->busy && any(3)) {
		/* at times only its lower part: a walk that goes too far meets a hole */
		size_t from = any(2) ? COROUTINE_BYTES / 2 : 0;

		munmap(coroutine->memory + from, COROUTINE_BYTES - from);
		if (from)
			munmap(coroutine->memory, from);
		coroutine->memory = NULL;
	}
	w_leaf();
	leave();
}

APART static void w_coroutine_main(struct coroutine *me)
{
	enter(__func__);
	w_plain(me->depth);
	HERE();
	leave();
	me->busy = 0;
	setcontext(&me->back);
	HERE();
}

static void coroutine_main(void)
{
	w_coroutine_main(current);
	HERE();
}

static const struct {
	char letter;
	walker function;
} table[] = {
	{ 'p', w_plain },   { 'a', w_alloca },	  { 'v', w_vla },    { 'g', w_align },
	{ 'r', w_recurse }, { 's', w_saves },	  { 'j', w_setjmp }, { 'h', w_signal },
	{ 't', w_trap },    { 'c', w_coroutine }, { 'e', w_equal },
};

static void choose(const char *letters)
{
	for (; *letters; letters++) {
		for (unsigned int i = 0; i < COUNT_OF(table); i++) {
			if (table[i].letter == *letters)
				chosen[chosen_count++] = table[i].function;
		}
	}
	need(chosen_count > 0, "a kind of step");
}

static void set_handlers(void)
{
	stack_t stack = { .ss_sp = alternative, .ss_size = sizeof(alternative) };
	struct sigaction action = { .sa_handler = w_handler, .sa_flags = SA_NODEFER };
	struct sigaction fault = { .sa_sigaction = w_fault_handler,
				   .sa_flags = SA_SIGINFO | SA_NODEFER };

	need(!sigaltstack(&stack, NULL), "sigaltstack");
	sigaction(SIGUSR1, &action, NULL);
	action.sa_flags |= SA_ONSTACK;
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGILL, &fault, NULL);
}

static void print_stacks(void)
{
	char line[3000];

	for (unsigned int i = 0; i < STACKS; i++) {
		int at = 0;

		if (!stacks[i].hash)
			continue;
		for (int d = stacks[i].depth - 1; d >= 0; d--)
			at += snprintf(line + at, sizeof(line) - (size_t)at, "%s%s",
				       stacks[i].names[d], d ? "<" : "");
		say("stack %s %u\n", line, stacks[i].calls);
	}
}

int main(int argc, char **argv)
{
	long steps = argc > 1 ? atol(argv[1]) : 1000;

	choose(argc > 2 ? argv[2] : "pavgrsj");
	set_handlers();
	while (steps-- > 0) {
		budget = 60;
		w_plain((int)any(DEEPEST - 6) + 1);
	}
	print_stacks();
	return 0;
}
