/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "walk.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "frames.h"
#include "index.h"
#include "profile.h"
#include "python/python.h"

#define HOT static __attribute__((always_inline)) inline

#define PAGE_MASK (~(uintptr_t)4095)
/* The kernel keeps other mappings at least this far below the main stack. */
#define MAIN_STACK_GAP	 ((uintptr_t)120 << 20)
#define OWN_FRAMES_MOST	 16
#define STACK_FRAME_MOST ((uintptr_t)1 << 30)

/* ld.so's; by dlsym, since a reference would make ld.so a NEEDED of ours. */
static const uintptr_t *stack_end(void)
{
	static const uintptr_t *known;
	const uintptr_t *end = __atomic_load_n(&known, __ATOMIC_RELAXED);

	if (!end) {
		end = dlsym(RTLD_DEFAULT, "__libc_stack_end");
		__atomic_store_n(&known, end, __ATOMIC_RELAXED);
	}
	return end;
}

static void main_bounds(struct stack_bounds *bounds, uintptr_t end)
{
	struct rlimit limit = { 0, 0 };
	uintptr_t bytes = MAIN_STACK_GAP;

	sys_call(SYS_prlimit64, 0, RLIMIT_STACK, 0, (long)&limit, 0, 0);
	if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < bytes)
		bytes = limit.rlim_cur;
	bounds->high = (end + 4095) & PAGE_MASK;
	bounds->low = bounds->high - bytes;
}

static void thread_bounds(struct stack_bounds *bounds)
{
	pthread_attr_t attributes;
	void *low;
	size_t bytes;

	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		return;
	if (pthread_attr_getstack(&attributes, &low, &bytes) == 0) {
		bounds->low = (uintptr_t)low;
		bounds->high = (uintptr_t)low + bytes;
	}
	pthread_attr_destroy(&attributes);
}

void walk_find_bounds(struct stack_bounds *bounds)
{
	const uintptr_t *end = stack_end();

	*bounds = (struct stack_bounds){ 0, 0 };
	if (sys_locked_down)
		return;
	if (sys_getpid() == sys_gettid() && end)
		main_bounds(bounds, *end);
	else
		thread_bounds(bounds);
}

/* Of what does not lie on the thread's own stack. */
static __attribute__((noinline)) bool may_read_there(struct walk *walk, uintptr_t at)
{
	if ((at & PAGE_MASK) == walk->page_asked)
		return true;
	if (sys_locked_down || !sys_readable(at))
		return false;
	walk->page_asked = at & PAGE_MASK;
	return true;
}

HOT bool read_word(struct walk *walk, uintptr_t at, uint64_t *value)
{
	if (unlikely(at & 7))
		return false;
	if (unlikely(at - walk->known_low >= walk->known_high - walk->known_low) &&
	    !may_read_there(walk, at))
		return false;
	*value = *(const uint64_t *)at;
	return true;
}

static bool read_slot(void *context, uintptr_t at, uint64_t *value)
{
	return read_word(context, at, value);
}

HOT void add_dep(struct walk *walk, uintptr_t slot, uint64_t value)
{
	if (unlikely(walk->deps_count == MIRROR_DEPS)) {
		walk->cannot_repeat = true;
		return;
	}
	walk->deps[walk->deps_count++] = (struct dependency){ slot, value };
}

/* The same frame, marked: its caller had no table to find it by. */
static uint32_t guessed_frame(uint32_t number, int tid)
{
	const struct tide_frame *frame = profile_frame(number);
	uint32_t marked = frames_intern(frame->pc, frame->module, frame->flags | TIDE_FRAME_GUESSED,
					tid);

	return marked ? marked : number;
}

HOT struct mirror_frame *add_frame(struct walk *walk, uint32_t number, int tid)
{
	struct mirror_frame *frame = &walk->frames[walk->depth++];

	frame->guessed = walk->guessed;
	frame->frame = unlikely(walk->guessed) ? guessed_frame(number, tid) : number;
	frame->deps = walk->deps_count;
	walk->guessed = false;
	return frame;
}

/* What lies between the hook's caller and the end of the thread's own stack is there. */
static void set_bounds(struct walk *walk, const struct anchor *anchor,
		       const struct stack_bounds *bounds)
{
	bool own = anchor->cfa - bounds->low < bounds->high - bounds->low;

	walk->known_low = own ? anchor->cfa - 8 : 0;
	walk->known_high = own ? bounds->high : 0;
	/* The hook runs on this page. */
	walk->page_asked = (anchor->cfa - 16) & PAGE_MASK;
}

static void reset(struct walk *walk, const struct anchor *anchor, const struct stack_bounds *bounds)
{
	walk->kept = 0;
	walk->depth = 0;
	walk->deps_count = 0;
	walk->uses_rbp = walk->cannot_repeat = walk->cut = walk->guessed = false;
	walk->at_eval = false;
	set_bounds(walk, anchor, bounds);
}

/* Registers that the fast walk follows. */
struct position {
	uintptr_t pc, sp, rbp;
	uintptr_t rbp_slot; /* 0 = as at entry */
	bool rbp_noted;
	bool rbp_fresh; /* restored by the last step */
};

/* Every frame that this rbp has come through needs it. */
static void mark_need(struct walk *walk, uint32_t count)
{
	while (count-- > 0 && !walk->frames[count].needs_rbp) {
		walk->frames[count].needs_rbp = true;
		if (walk->frames[count].fresh_rbp)
			break;
	}
}

HOT void note_rbp(struct walk *walk, struct position *at)
{
	if (at->rbp_noted)
		return;
	if (at->rbp_slot)
		add_dep(walk, at->rbp_slot, at->rbp);
	else
		walk->uses_rbp = true;
	at->rbp_noted = true;
}

HOT bool restore_rbp(struct walk *walk, struct position *at, uintptr_t slot)
{
	if (!read_word(walk, slot, &at->rbp))
		return false;
	at->rbp_slot = slot;
	at->rbp_noted = false;
	at->rbp_fresh = true;
	return true;
}

HOT bool step_to(struct walk *walk, struct position *at, uintptr_t cfa, uint32_t rbp_words)
{
	uint64_t ret;

	if (cfa <= at->sp || cfa - at->sp > STACK_FRAME_MOST || !read_word(walk, cfa - 8, &ret))
		return false;
	add_dep(walk, cfa - 8, ret);
	at->rbp_fresh = false;
	if (rbp_words && !restore_rbp(walk, at, cfa - 8 * (uintptr_t)rbp_words))
		return false;
	at->sp = cfa;
	at->pc = ret;
	return true;
}

/*
 * Code without tables: believe the frame pointer if it points outward into this stack.  Out of the
 * way, so that the position of the usual steps can stay in registers.
 */
static __attribute__((noinline)) bool step_by_frame_pointer(struct walk *walk, struct position *at)
{
	uintptr_t frame = at->rbp;

	mark_need(walk, walk->depth);
	note_rbp(walk, at);
	if (frame < at->sp || frame & 7)
		return false;
	walk->guessed = true;
	return step_to(walk, at, frame + 16, 2);
}

HOT bool step(struct walk *walk, struct position *at, struct rule rule)
{
	if (likely(rule.kind == RULE_RSP))
		return step_to(walk, at, at->sp + 8 * (uintptr_t)rule.cfa_words, rule.rbp_words);
	if (unlikely(rule.kind == RULE_GUESS)) {
		struct position copy = *at;
		bool done = step_by_frame_pointer(walk, &copy);

		*at = copy;
		return done;
	}
	mark_need(walk, walk->depth);
	note_rbp(walk, at);
	return step_to(walk, at, at->rbp + 8 * (uintptr_t)rule.cfa_words, rule.rbp_words);
}

/* Beyond this frame Python's own say more. */
static bool ends_at(struct walk *walk, uintptr_t pc)
{
	walk->at_eval = python.walk_stops && python_runs_at(pc);
	return walk->at_eval;
}

enum outcome { DONE, FAILED, NEEDS_REGISTERS };

/* A pc that a frame pointer chain made up may lie anywhere; it ends the stack. */
static bool plausible(uintptr_t pc)
{
	return pc >= 4096 && pc < (uintptr_t)1 << 47;
}

HOT void add_regular_frame(struct walk *walk, const struct position *at, uint32_t number, int tid)
{
	struct mirror_frame *frame = add_frame(walk, number, tid);

	frame->pc = at->pc;
	frame->sp = at->sp;
	frame->rbp = at->rbp;
	frame->needs_rbp = false;
	frame->fresh_rbp = at->rbp_fresh;
}

/* Is the rest of the stack that of the walk before? */
HOT bool meets_last(struct walk *walk, struct position *at, uint32_t depth_max)
{
	const struct mirror_frame *f = mirror_meet(&walk->mirror, &walk->search, at->pc, at->sp);

	if (!f || f->guessed != walk->guessed || (f->needs_rbp && f->rbp != at->rbp))
		return false;
	if (walk->depth + walk->search.candidates > depth_max ||
	    !mirror_holds(&walk->mirror, &walk->search, f))
		return false;
	if (f->needs_rbp) {
		if (!at->rbp_fresh)
			mark_need(walk, walk->depth);
		note_rbp(walk, at);
	}
	walk->kept = walk->search.candidates;
	walk->at_eval = walk->mirror.at_eval;
	return true;
}

static enum outcome walk_fast(struct walk *walk, const struct anchor *anchor, uint32_t depth_max,
			      int tid)
{
	struct position at = { .pc = anchor->ret, .sp = anchor->cfa, .rbp = anchor->rbp };

	while (plausible(at.pc)) {
		struct rule rule;

		if (meets_last(walk, &at, depth_max))
			return DONE;
		rule = rules_find(at.pc, false, &walk->work, tid);
		if (rule.kind == RULE_NONE)
			return FAILED;
		if (rule.kind == RULE_IRREGULAR)
			return NEEDS_REGISTERS;
		add_regular_frame(walk, &at, rule.frame, tid);
		if (rule.kind == RULE_END || ends_at(walk, at.pc))
			return DONE;
		if (walk->depth == depth_max) {
			walk->cut = true;
			return DONE;
		}
		if (!step(walk, &at, rule))
			return DONE;
	}
	return DONE;
}

/* What the full walk is told by cfi_step. */
static void depends(void *context, uint64_t slot, uint64_t value, unsigned reg)
{
	struct walk *walk = context;

	if (slot)
		add_dep(walk, slot, value);
	else if (reg == CFI_RBP)
		walk->uses_rbp = true;
	else if (reg != CFI_RSP && reg != CFI_RIP)
		walk->cannot_repeat = true;
}

static void ignore_dependency(void *context, uint64_t slot, uint64_t value, unsigned reg)
{
	(void)context, (void)slot, (void)value, (void)reg;
}

/* The row and module at a code address, without the rules' short form. */
static int find_row(struct walk *walk, uintptr_t pc, bool exact, int tid)
{
	struct modules_found module;

	modules_find(exact ? pc : pc - 1, tid, &module);
	return cfi_find(exact ? pc : pc - 1, &module, &walk->work);
}

/* This function's own registers, to start from. */
static __attribute__((always_inline)) inline void take_registers(struct cfi_state *state)
{
	__builtin_memset(state, 0, sizeof(*state));
	__asm__ volatile("movq %%rbx, %0\n\tmovq %%rbp, %1\n\tmovq %%rsp, %2\n\t"
			 "movq %%r12, %3\n\tmovq %%r13, %4\n\tmovq %%r14, %5\n\tmovq %%r15, %6\n\t"
			 "leaq 0(%%rip), %%rax\n\tmovq %%rax, %7"
			 : "=m"(state->value[CFI_RBX]), "=m"(state->value[CFI_RBP]),
			   "=m"(state->value[CFI_RSP]), "=m"(state->value[CFI_R12]),
			   "=m"(state->value[CFI_R13]), "=m"(state->value[CFI_R14]),
			   "=m"(state->value[CFI_R15]), "=m"(state->value[CFI_RIP])
			 :
			 : "rax");
}

/* Through the library's own frames to the hook's caller, for its callee-saved registers. */
static struct cfi_state *leave_library(struct walk *walk, const struct anchor *anchor, int tid)
{
	struct cfi_state *now = &walk->states[0], *caller = &walk->states[1];
	uintptr_t low = walk->known_low;

	walk->known_low = walk->known_high ? now->value[CFI_RSP] : 0;
	for (int i = 0; i < OWN_FRAMES_MOST && now->value[CFI_RSP] != anchor->cfa; i++) {
		struct cfi_state *t = now;

		if (find_row(walk, now->value[CFI_RIP], i == 0, tid) < 0 ||
		    cfi_step(now, caller, &walk->work.row, read_slot, ignore_dependency, walk) < 0)
			return NULL;
		now = caller;
		caller = t;
	}
	walk->known_low = low;
	if (now->value[CFI_RSP] != anchor->cfa || now->value[CFI_RIP] != anchor->ret)
		return NULL;
	__builtin_memset(now->from, 0, sizeof(now->from));
	now->lost = 1u << CFI_RAX | 1u << CFI_RDX | 1u << CFI_RCX | 1u << CFI_RSI | 1u << CFI_RDI |
		    1u << CFI_R8 | 1u << CFI_R9 | 1u << CFI_R10 | 1u << CFI_R11;
	return now;
}

static bool guess_full(struct walk *walk, const struct cfi_state *now, struct cfi_state *caller)
{
	struct position at = { .pc = now->value[CFI_RIP],
			       .sp = now->value[CFI_RSP],
			       .rbp = now->value[CFI_RBP],
			       .rbp_slot = now->from[CFI_RBP] };

	if (!step_by_frame_pointer(walk, &at))
		return false;
	__builtin_memcpy(caller, now, sizeof(*caller));
	caller->value[CFI_RIP] = at.pc;
	caller->value[CFI_RSP] = at.sp;
	caller->value[CFI_RBP] = at.rbp;
	caller->from[CFI_RBP] = at.rbp_slot;
	return true;
}

static enum outcome walk_full(struct walk *walk, struct cfi_state *now, uint32_t depth_max, int tid)
{
	bool exact = false;

	while (plausible(now->value[CFI_RIP])) {
		struct cfi_state *caller = now == &walk->states[0] ? &walk->states[1]
								   : &walk->states[0];
		uintptr_t pc = now->value[CFI_RIP];
		struct rule rule = rules_find(pc, exact, &walk->work, tid);
		bool signal_frame = false;

		if (rule.kind == RULE_NONE)
			return FAILED;
		add_frame(walk, rule.frame, tid);
		if (rule.kind == RULE_END || ends_at(walk, pc))
			return DONE;
		if (walk->depth == depth_max) {
			walk->cut = true;
			return DONE;
		}
		if (rule.kind == RULE_GUESS) {
			if (!guess_full(walk, now, caller))
				return DONE;
		} else {
			if (find_row(walk, pc, exact, tid) < 0 ||
			    cfi_step(now, caller, &walk->work.row, read_slot, depends, walk) < 0)
				return DONE;
			signal_frame = walk->work.row.signal_frame;
		}
		if (!signal_frame && caller->value[CFI_RSP] <= now->value[CFI_RSP])
			return DONE;
		exact = signal_frame;
		now = caller;
	}
	return DONE;
}

static __attribute__((noinline)) enum outcome
walk_with_registers(struct walk *walk, const struct anchor *anchor, uint32_t depth_max, int tid)
{
	struct cfi_state *now;

	take_registers(&walk->states[0]);
	now = leave_library(walk, anchor, tid);
	return now ? walk_full(walk, now, depth_max, tid) : FAILED;
}

/* The whole stack, from the part that was kept and the new one. */
static void put_together(struct walk *walk, bool by_rules, uint32_t generation)
{
	struct mirror *m = &walk->mirror;

	/* A handler may jump out at any point: half a stack is none. */
	m->joinable = false;
	barrier();
	if (!mirror_put(m, walk->kept, walk->frames, walk->depth, walk->deps, walk->deps_count))
		walk->cannot_repeat = true;
	m->generation = generation;
	m->at_eval = walk->at_eval;
	m->stops = python.walk_stops;
	walk->may_join = by_rules && walk->known_high && !walk->cut && !walk->cannot_repeat;
}

bool walk_stack(struct walk *walk, const struct anchor *anchor, const struct stack_bounds *bounds,
		uint32_t depth_max, int tid)
{
	uint32_t generation = __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE);
	enum outcome outcome;
	bool by_rules = true;

	reset(walk, anchor, bounds);
	mirror_begin_search(&walk->mirror, &walk->search, walk->known_high != 0, generation);
	outcome = walk_fast(walk, anchor, depth_max, tid);
	if (outcome == NEEDS_REGISTERS) {
		by_rules = false;
		reset(walk, anchor, bounds);
		outcome = walk_with_registers(walk, anchor, depth_max, tid);
	}
	if (outcome != DONE || !(walk->kept + walk->depth))
		return false;
	put_together(walk, by_rules, generation);
	return true;
}

void walk_compose_begin(struct walk *walk)
{
	walk->kept = walk->depth = walk->deps_count = 0;
	walk->cut = walk->at_eval = false;
}

void walk_compose_add(struct walk *walk, uint32_t frame)
{
	if (walk->depth == TIDE_DEPTH_MOST) {
		walk->cut = true;
		return;
	}
	walk->frames[walk->depth++] = (struct mirror_frame){ .frame = frame };
}

void walk_compose_end(struct walk *walk, uint32_t kept, uint32_t node)
{
	struct mirror *m = &walk->mirror;

	m->joinable = walk->may_join = false;
	barrier();
	if (kept)
		m->frames[kept - 1] = (struct mirror_frame){ .node = node };
	walk->kept = kept;
	mirror_put(m, kept, walk->frames, walk->depth, walk->deps, 0);
}
