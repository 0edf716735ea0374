/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/roots.h"

#include "next.h"
#include "owned.h"
#include "profile.h"
#include "python/python.h"
#include "scan/areas.h"
#include "scan/cuts.h"
#include "scan/job.h"
#include "scan/kept_stacks.h"
#include "scan/park.h"
#include "spawn.h"
#include "thread.h"

#define RED_ZONE 128u
#define YOUNG_MS 1000u

static bool cut_owned(void)
{
	uintptr_t start, end;

	for (uint32_t i = 0; i < owned_count(); i++)
		if (owned_range(i, &start, &end) && !cuts_add(start, end))
			return false;
	profile_range(&start, &end);
	/* What the program got before its allocator was known is the program's. */
	return cuts_add(start, end) && cuts_add(job.ours_start, (uintptr_t)next_boot_pool) &&
	       cuts_add((uintptr_t)next_boot_pool + NEXT_BOOT_BYTES, job.ours_end);
}

/* A parked thread's stack pointer; that of the scanning one; 0 when it is not known. */
static uintptr_t stack_pointer(int tid)
{
	if (tid == job.tid)
		return job.self.value[CFI_RSP];
	for (uint32_t i = 0; i < park_count(); i++)
		if (park_thread(i)->tid == tid && park_thread(i)->state == PARK_PARKED)
			return park_thread(i)->registers[CFI_RSP] - RED_ZONE;
	return 0;
}

static bool is_alive(int tid)
{
	if (tid == job.tid)
		return true;
	for (uint32_t i = 0; i < park_count(); i++)
		if (park_thread(i)->tid == tid)
			return true;
	return false;
}

static void cut_stack(void *context, const struct thread *t)
{
	const struct stack_bounds *stack = &t->stack;
	bool *ok = context;
	uintptr_t sp = stack_pointer(t->tid);
	const struct area *area;

	if (!stack->high || !is_alive(t->tid) || sp - stack->low >= stack->high - stack->low)
		return;
	area = areas_find(sp);
	if (area)
		*ok = *ok && cuts_add(stack->low > area->start ? stack->low : area->start, sp);
}

bool roots_cut(void)
{
	bool ok = cut_owned();

	thread_each(cut_stack, &ok);
	return ok && kept_stacks_cut();
}

static void mark_registers(const uint64_t *values, int tid)
{
	struct mark_root root = { .kind = TIDE_HOLDER_REGISTER, .where = (uint32_t)tid };

	for (unsigned i = 0; i < PARK_REGISTERS; i++) {
		root.detail = i;
		mark_from_value(values[i], &root);
	}
}

/* A block that is in no table just now; it may have been moved away already. */
static void mark_moving(uintptr_t from, uint64_t bytes)
{
	uintptr_t end = from + bytes, to = end;

	for (; areas_readable(&from, &to); from = to, to = end)
		mark_from_memory(from, to);
}

static bool is_out_of_sight(int tid)
{
	for (uint32_t i = 0; i < park_count(); i++)
		if (park_thread(i)->tid == tid)
			return park_thread(i)->state != PARK_PARKED;
	return false;
}

/*
 * A thread that would not stop has the addresses of blocks in registers that nobody sees: of the
 * latest one, which it may be about to store, and of those that it is about to free.  They are
 * mostly young.  Leaks of such a thread may be missed; none is invented.
 */
static void mark_unseen(void *context, const struct thread *t)
{
	const struct mark_root root = { .kind = TIDE_HOLDER_REGISTER, .where = (uint32_t)t->tid };
	uint64_t now_ms = profile_now_us() / 1000;

	(void)context;
	if (!is_out_of_sight(t->tid))
		return;
	mark_from_value(t->last_block, &root);
	for (uint32_t i = 0; i < heap.count; i++)
		if (profile_record(heap_record(i))->thread == t->slot &&
		    heap_birth_ms(i) + YOUNG_MS > now_ms)
			mark_block(i, &root);
}

static void mark_argument(uint64_t argument, void *context)
{
	const struct mark_root root = { .kind = TIDE_HOLDER_MAPPING };

	(void)context;
	mark_from_value(argument, &root);
}

static void mark_threads(void)
{
	mark_registers(job.self.value, job.tid);
	for (uint32_t i = 0; i < park_count(); i++) {
		const struct park_thread *t = park_thread(i);

		if (t->state != PARK_PARKED)
			continue;
		mark_registers(t->registers, t->tid);
		mark_moving(t->moving, t->moving_bytes);
	}
	thread_each(mark_unseen, NULL);
	spawn_each_argument(mark_argument, NULL);
}

static void mark_area(const struct area *area)
{
	uintptr_t from = area->start, to = area->end;

	for (; cuts_outside(&from, &to); from = to, to = area->end) {
		uintptr_t at = from, end = to;

		for (; areas_readable(&at, &end); at = end, end = to)
			mark_from_memory(at, end);
	}
}

/* The code that asked for a record's blocks; 0 = not known. */
static const struct tide_frame *asker(uint32_t record)
{
	uint32_t site = profile_record(record)->site & ~TIDE_RECORD_SHARED;
	uint32_t node = profile_site(site)->node;

	return profile_frame(node ? profile_node(node)->frame : 0);
}

/* Neighbours mostly have one record. */
static void mark_linker(void)
{
	const struct mark_root root = { .kind = TIDE_HOLDER_LOADER };
	uint32_t last = 0;
	bool by_linker = false;

	for (uint32_t i = 0; i < heap.count; i++) {
		if (!i || heap_record(i) != last) {
			last = heap_record(i);
			by_linker = modules_freed_by_linker(asker(last)->pc);
		}
		if (by_linker)
			mark_block(i, &root);
	}
}

/*
 * Python's interpreter leaves thousands of objects behind at its end, and frees the tables that led
 * to them: what it asked for itself is held, and so is what that points to.  What an extension in C
 * has asked malloc for is judged as everywhere.
 */
static void mark_python(void)
{
	struct mark_root root = { .kind = TIDE_HOLDER_MAPPING };
	uintptr_t start, bytes;

	if (!python_range(&start, &bytes))
		return;
	for (uint32_t i = 0; i < heap.count; i++) {
		const struct tide_frame *frame = asker(heap_record(i));

		if (frame->flags & TIDE_FRAME_PYTHON || frame->pc - start >= bytes)
			continue;
		root.address = heap_start(i);
		mark_block(i, &root);
	}
}

/* What is read-only may have been written before it was sealed. */
static bool may_hold_pointers(uint32_t flags)
{
	if (!(flags & AREA_READ) || flags & AREA_DEVICE)
		return false;
	return flags & AREA_WRITE || !(flags & AREA_SHARED);
}

void roots_mark_break(void)
{
	for (uint32_t i = 0; i < areas_count(); i++)
		if (areas_get(i)->flags & AREA_HEAP)
			mark_area(areas_get(i));
}

void roots_mark(void)
{
	mark_threads();
	for (uint32_t i = 0; i < areas_count(); i++)
		if (may_hold_pointers(areas_get(i)->flags))
			mark_area(areas_get(i));
	mark_linker();
	mark_python();
}

struct description {
	uintptr_t address;
	struct mark_root *root;
};

static void describe_stack(void *context, const struct thread *t)
{
	const struct stack_bounds *stack = &t->stack;
	int tid = t->tid;
	struct description *d = context;

	if (d->address - stack->low >= stack->high - stack->low || !is_alive(tid))
		return;
	d->root->kind = TIDE_HOLDER_STACK;
	d->root->where = (uint32_t)tid;
	if (stack_pointer(tid) && d->address > stack_pointer(tid))
		d->root->detail = d->address - stack_pointer(tid);
}

void roots_describe(uintptr_t address, struct mark_root *root)
{
	struct description d = { address, root };

	*root = (struct mark_root){ .address = address, .kind = TIDE_HOLDER_MAPPING };
	for (uint32_t i = 1; i < profile_count(TIDE_SECTION_MODULES); i++) {
		const struct tide_module *m = profile_module(i);

		if (address - m->start >= m->end - m->start || m->unloaded_ms)
			continue;
		root->kind = TIDE_HOLDER_DATA;
		root->where = i;
		return;
	}
	thread_each(describe_stack, &d);
}
