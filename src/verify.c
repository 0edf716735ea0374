/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verify.h"

#include <dlfcn.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "config.h"
#include "profile.h"
#include "thread.h"

#define STACK_WANTED ((size_t)64 << 10)
#define FRESH_EVERY  1000u
#define OWN_FRAMES   64u
#define FRAMES_MOST  (TIDE_DEPTH_MOST + OWN_FRAMES)

bool verify_on;

static struct {
	int (*backtrace)(void **, int);
	int (*get_context)(unw_tdep_context_t *);
	int (*init_local)(unw_cursor_t *, unw_context_t *);
	int (*step)(unw_cursor_t *);
	int (*get_reg)(unw_cursor_t *, int, unw_word_t *);
	void (*flush)(unw_addr_space_t, unw_word_t, unw_word_t);
	unw_addr_space_t *local;
} libunwind;

static bool load(void)
{
	void *lib = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		return false;
	libunwind.backtrace = dlsym(lib, "unw_backtrace");
	libunwind.get_context = dlsym(lib, "_Ux86_64_getcontext");
	libunwind.init_local = dlsym(lib, "_ULx86_64_init_local");
	libunwind.step = dlsym(lib, "_ULx86_64_step");
	libunwind.get_reg = dlsym(lib, "_ULx86_64_get_reg");
	libunwind.flush = dlsym(lib, "_Ux86_64_flush_cache");
	libunwind.local = dlsym(lib, "_ULx86_64_local_addr_space");
	return libunwind.backtrace && libunwind.get_context && libunwind.init_local &&
	       libunwind.step && libunwind.get_reg && libunwind.flush && libunwind.local;
}

void verify_begin(void)
{
	uintptr_t busy;

	if (!config.verify || verify_on || !profile.header)
		return;
	busy = thread_hide();
	verify_on = load();
	thread_show(busy);
	if (verify_on)
		__atomic_fetch_or(&profile.header->flags, TIDE_FLAG_VERIFY, __ATOMIC_RELAXED);
}

/* What was recorded, innermost first; `sure` says how many frames rest on unwind tables. */
struct expected {
	uintptr_t pc[TIDE_DEPTH_MOST];
	int count;
	int sure;
	bool cut;
};

static void recorded(const struct tide_record *record, struct expected *stack)
{
	const struct tide_site *site = profile_site(record->site & ~TIDE_RECORD_SHARED);
	uint32_t node = site->node;

	stack->count = 0;
	stack->cut = site->flags & TIDE_SITE_CUT;
	for (; node && stack->count < (int)TIDE_DEPTH_MOST; node = profile_node(node)->parent)
		stack->pc[stack->count++] = profile_frame(profile_node(node)->frame)->pc;
}

/*
 * A frame without a table of its own makes libunwind guess, and so do we: no judge from there on.
 */
static void find_sure(struct expected *stack, struct cfi_work *work)
{
	bool exact = false;

	for (stack->sure = 0; stack->sure < stack->count; stack->sure++) {
		uintptr_t pc = stack->pc[stack->sure];
		struct modules_found module;

		modules_find(exact ? pc : pc - 1, thread_number(), &module);
		if (cfi_find(exact ? pc : pc - 1, &module, work) < 0) {
			stack->sure++;
			return;
		}
		exact = work->row.signal_frame;
	}
}

/* Without the library's own frames, and without the zero that some stacks end with. */
static int trim(void **pc, int count, uintptr_t first, void ***start)
{
	int i = 0;

	while (i < count && (uintptr_t)pc[i] != first)
		i++;
	*start = pc + i;
	while (count > i && !pc[count - 1])
		count--;
	return count - i;
}

static bool equal(const struct expected *stack, void **pc, int count)
{
	int judged = stack->sure;

	if (count < judged)
		return false;
	for (int i = 0; i < judged; i++)
		if (stack->pc[i] != (uintptr_t)pc[i])
			return false;
	return judged < stack->count || stack->cut || count == stack->count;
}

static int fresh_walk(void **pc, int most)
{
	unw_context_t context;
	unw_cursor_t cursor;
	int count = 0;

	libunwind.flush(*libunwind.local, 0, 0);
	libunwind.get_context(&context);
	if (libunwind.init_local(&cursor, &context) < 0)
		return 0;
	do {
		unw_word_t ip = 0;

		libunwind.get_reg(&cursor, UNW_REG_IP, &ip);
		pc[count++] = (void *)ip;
	} while (count < most && libunwind.step(&cursor) > 0);
	return count;
}

static void print_stack(const char *what, const uintptr_t *pc, int count)
{
	char line[8192];
	struct sys_text text = { line, 0, sizeof(line) };

	sys_put(&text, what);
	for (int i = 0; i < count; i++) {
		struct modules_found m;

		modules_find(pc[i], thread_number(), &m);
		sys_put(&text, " ");
		sys_put_hex(&text, pc[i]);
		sys_put(&text, "(");
		sys_put_number(&text, m.number);
		sys_put(&text, "+");
		sys_put_hex(&text, m.number ? pc[i] - profile_module(m.number)->bias : 0);
		sys_put(&text, ")");
	}
	sys_put(&text, "\n");
	sys_write_all(2, line, text.used);
}

static void count_one(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void compare_fresh(const struct expected *stack, bool cached_equal)
{
	struct tide_header *h = profile.header;
	void *pc[FRAMES_MOST], **start;
	int count = trim(pc, fresh_walk(pc, FRAMES_MOST), stack->pc[0], &start);

	count_one(&h->verified_fresh);
	if (equal(stack, start, count)) {
		if (!cached_equal)
			count_one(&h->verify_cache_stale);
		return;
	}
	count_one(&h->verify_differences);
	if (config.verify > 1) {
		print_stack("tidemark:  recorded", stack->pc, stack->count);
		print_stack("tidemark: libunwind", (uintptr_t *)start, count);
	}
}

static void compare(const struct tide_record *record, struct expected *stack, struct cfi_work *work)
{
	void *pc[FRAMES_MOST], **start;
	int count;
	uint64_t number;
	bool same;

	recorded(record, stack);
	if (!stack->count)
		return;
	find_sure(stack, work);
	if (stack->sure < stack->count)
		count_one(&profile.header->verify_unsure);
	count = trim(pc, libunwind.backtrace(pc, FRAMES_MOST), stack->pc[0], &start);
	same = equal(stack, start, count);
	number = __atomic_add_fetch(&profile.header->verified, 1, __ATOMIC_RELAXED);
	if (!same || number % FRESH_EVERY == 0)
		compare_fresh(stack, same);
}

/* libunwind needs much of it; a thread with a small one is not compared. */
static bool has_stack_left(void)
{
	const struct thread *t = thread_self;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	return !t || here - t->stack.low >= t->stack.high - t->stack.low ||
	       here - t->stack.low >= STACK_WANTED;
}

static __attribute__((noinline)) void compare_on_stack(const struct tide_record *record)
{
	struct expected stack;
	struct cfi_work work;

	compare(record, &stack, &work);
}

void verify_stack(const struct tide_record *record)
{
	uintptr_t busy;

	if (!has_stack_left())
		return;
	busy = thread_hide();
	compare_on_stack(record);
	thread_show(busy);
}
