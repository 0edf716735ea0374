/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mappings/mappings.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/vfs.h>

#include "capture.h"
#include "config.h"
#include "index.h"
#include "lock.h"
#include "mappings/ranges.h"
#include "marks.h"
#include "modules.h"
#include "next.h"
#include "peak.h"
#include "timeline.h"

#define PAGE_BYTES	((uintptr_t)4096)
#define HUGE_LOG	21
#define HUGE_LOG_SHIFT	26
#define HUGE_LOG_MASK	0x3f
#define TMPFS_MAGIC_NUM 0x01021994

__thread bool mappings_in_arena;

static struct {
	struct lock lock;
	struct index index;
	uintptr_t allocator_start, allocator_end; /* a malloc that is not the C library's */
	bool may_attach; /* no allocator can be waiting for us with its lock held */
} maps = { .index = { .buckets_first = 4 } };

/* A handler that maps while its own thread holds the lock would be missed. */
struct hold {
	uint64_t mask;
	bool is_masked;
	int tid;
};

static bool take_hold(struct hold *hold)
{
	hold->tid = thread_number();
	hold->is_masked = !sys_locked_down;
	if (hold->is_masked)
		sys_block_signals(&hold->mask);
	if (lock_take(&maps.lock, hold->tid))
		return true;
	if (hold->is_masked)
		sys_restore_signals(&hold->mask);
	profile_drop(TIDE_DROP_REENTRANT);
	return false;
}

static void let_go(const struct hold *hold)
{
	lock_drop(&maps.lock);
	if (hold->is_masked)
		sys_restore_signals(&hold->mask);
}

/* Or does the program bring a malloc of its own, which calls of it never leave? */
static bool is_malloc_ours(void)
{
	Dl_info ours, first;
	void *malloc_used = dlsym(RTLD_DEFAULT, "malloc");

	return malloc_used && dladdr(malloc_used, &first) &&
	       dladdr((void *)mappings_begin, &ours) && first.dli_fbase == ours.dli_fbase;
}

void mappings_begin(void)
{
	struct modules_found found;

	profile.header->mapped.counted = config.mmap ? 1u << TIDE_MAPPING_ANONYMOUS : 0;
	if (next_is_libc()) {
		maps.may_attach = is_malloc_ours();
		return;
	}
	modules_find((uintptr_t)next.malloc, sys_gettid(), &found);
	maps.allocator_start = found.start;
	maps.allocator_end = found.end;
}

/* The place to work with, if there is one or one may be made: that asks libc for this and that. */
static struct thread *enter(const struct anchor *anchor)
{
	if (thread_hidden || (!thread_self && !maps.may_attach))
		return NULL;
	return thread_enter(anchor->cfa);
}

void mappings_attach(uintptr_t frame)
{
	struct thread *t = maps.may_attach || thread_self ? NULL : thread_enter(frame);

	if (t)
		thread_leave(t);
}

static void leave(struct thread *t)
{
	if (t)
		thread_leave(t);
}

static bool is_counted(uint32_t kind)
{
	return profile.header->mapped.counted >> kind & 1;
}

struct key {
	uint32_t site, kind;
};

static bool same_mapping(uint32_t number, const void *key)
{
	const struct tide_mapping *m = profile_mapping(number);
	const struct key *k = key;

	return m->site == k->site && m->kind == k->kind;
}

static uint32_t take_mapping(int tid)
{
	uint32_t number = profile_take(TIDE_SECTION_MAPPINGS, tid);

	return number || profile_count(TIDE_SECTION_MAPPINGS) != 1
		       ? number
		       : profile_take(TIDE_SECTION_MAPPINGS, tid);
}

static uint32_t now_ms(void)
{
	uint64_t ms = profile_now_us() / 1000;

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/* The lock is held. */
static uint32_t find_mapping(uint32_t site, uint32_t kind, int tid)
{
	struct key key = { site, kind };
	uint64_t hash = index_mix(index_mix(0, site), kind);
	uint32_t number = index_find(&maps.index, hash, same_mapping, &key);

	if (number)
		return number;
	number = take_mapping(tid);
	if (!number) {
		profile_drop(profile_why_full());
		return 0;
	}
	*profile_mapping(number) = (struct tide_mapping){
		.site = site,
		.kind = kind,
		.first_ms = now_ms(),
	};
	return index_insert(&maps.index, hash, number, same_mapping, &key, tid);
}

static bool move_live(struct thread *t, struct tide_pulse *pulse, int64_t bytes)
{
	return t ? peak_below(t, pulse, bytes) : peak_below_outside(pulse, bytes);
}

/* The lock is held.  At-peak by the rule of peak.h. */
static void change(struct thread *t, uint32_t number, int64_t bytes, int count)
{
	struct tide_mapping *m = profile_mapping(number);
	struct tide_pulse *pulse = profile_pulse();
	bool below = is_counted(m->kind) ? move_live(t, pulse, bytes)
					 : __atomic_load_n(&pulse->fallen, __ATOMIC_RELAXED);
	uint32_t epoch = __atomic_load_n(&pulse->epoch, __ATOMIC_RELAXED);

	if (below && m->snap_epoch != epoch) {
		m->snap_bytes = m->live_bytes;
		m->snap_ranges = m->live_ranges;
		barrier();
		m->snap_epoch = epoch;
	}
	m->live_bytes += bytes;
	m->live_ranges += count;
	if (m->live_bytes > m->high_bytes)
		m->high_bytes = m->live_bytes;
	profile.header->mapped.live_bytes[m->kind] += bytes;
}

struct removal {
	struct thread *t;
	struct mappings_gone *gone; /* NULL when nobody wants to know */
};

static void note_gone(void *context, const struct range *piece, int count)
{
	const struct removal *r = context;
	struct mappings_gone *gone = r->gone;

	change(r->t, piece->mapping, -(int64_t)(piece->end - piece->start), count);
	if (gone && gone->count < MAPPINGS_PIECES)
		gone->pieces[gone->count++] = (struct mappings_piece){ piece->start, piece->end,
								       piece->mapping };
}

/* The lock is held. */
static void cut(struct thread *t, uintptr_t start, uintptr_t end, struct mappings_gone *gone,
		int tid)
{
	struct removal removal = { t, gone };

	ranges_cut(start, end, note_gone, &removal, tid);
}

/* The lock is held. */
static void add(struct thread *t, uintptr_t start, uintptr_t end, uint32_t number, int tid)
{
	if (number && ranges_add(start, end, number, tid))
		change(t, number, (int64_t)(end - start), 1);
}

static void count_call(uint32_t number, size_t bytes)
{
	struct tide_mapping *m = profile_mapping(number);

	m->calls++;
	m->total_bytes += bytes;
	m->last_ms = now_ms();
}

static void watch_peak(const struct thread *t)
{
	if (t && unlikely(control_word() & TIDE_CONTROL_PEAK))
		marks_raise(t);
}

static void enter_range(struct thread *t, uint32_t site, uint32_t kind, uintptr_t start,
			uintptr_t end)
{
	struct hold hold;
	uint32_t number;

	if (!take_hold(&hold))
		return;
	/* What was there is gone: mapped over, or taken away by a call that nobody saw. */
	cut(t, start, end, NULL, hold.tid);
	number = control_word() & TIDE_CONTROL_OFF ? 0 : find_mapping(site, kind, hold.tid);
	if (number) {
		count_call(number, end - start);
		add(t, start, end, number, hold.tid);
	}
	let_go(&hold);
	watch_peak(t);
}

static uint32_t site_of_call(struct thread *t, const struct anchor *anchor)
{
	const struct tide_record *record;

	if (!t)
		return 0;
	timeline_tick(t);
	record = capture(t, anchor);
	return record ? record->site & ~TIDE_RECORD_SHARED : 0;
}

/* POSIX's shared memory, and memfd: files in memory, which have no place on a disk. */
static bool is_in_memory(int fd)
{
	struct statfs fs;

	return !sys_locked_down && sys_call(SYS_fstatfs, fd, (long)&fs, 0, 0, 0, 0) == 0 &&
	       fs.f_type == TMPFS_MAGIC_NUM;
}

static uint32_t kind_of(int prot, int flags, int fd, uintptr_t caller)
{
	bool is_shared = (flags & MAP_TYPE) != MAP_PRIVATE;

	if (mappings_in_arena)
		return TIDE_MAPPING_ARENA;
	if (caller - maps.allocator_start < maps.allocator_end - maps.allocator_start)
		return TIDE_MAPPING_ALLOCATOR;
	if (is_shared && (flags & MAP_ANONYMOUS || is_in_memory(fd)))
		return TIDE_MAPPING_SHARED;
	if (!(flags & MAP_ANONYMOUS))
		return TIDE_MAPPING_FILE;
	return prot == PROT_NONE || flags & MAP_NORESERVE ? TIDE_MAPPING_RESERVED
							  : TIDE_MAPPING_ANONYMOUS;
}

static size_t page_of(int flags)
{
	unsigned log = (unsigned)flags >> HUGE_LOG_SHIFT & HUGE_LOG_MASK;

	if (!(flags & MAP_HUGETLB))
		return PAGE_BYTES;
	return (size_t)1 << (log ? log : HUGE_LOG);
}

static uintptr_t round_up(uintptr_t at, size_t page)
{
	return (at + page - 1) & ~(page - 1);
}

void mappings_came(uintptr_t at, size_t bytes, int prot, int flags, int fd,
		   const struct anchor *anchor)
{
	uint32_t kind = kind_of(prot, flags, fd, anchor->ret);
	bool is_block_room = kind == TIDE_MAPPING_ARENA || kind == TIDE_MAPPING_ALLOCATOR;
	struct thread *t;

	/* The library's own. */
	if (thread_hidden && !is_block_room)
		return;
	t = is_block_room ? NULL : enter(anchor);
	enter_range(t, site_of_call(t, anchor), kind, at, round_up(at + bytes, page_of(flags)));
	leave(t);
}

/* A call that the kernel will refuse takes nothing away. */
static bool is_range(uintptr_t at, size_t bytes)
{
	return !(at & (PAGE_BYTES - 1)) && bytes && at + bytes + PAGE_BYTES > at;
}

void mappings_go(struct mappings_gone *gone, uintptr_t at, size_t bytes,
		 const struct anchor *anchor)
{
	struct thread *t;
	struct hold hold;

	gone->count = 0;
	if (!is_range(at, bytes))
		return;
	t = enter(anchor);
	if (take_hold(&hold)) {
		cut(t, at, round_up(at + bytes, PAGE_BYTES), gone, hold.tid);
		let_go(&hold);
	}
	leave(t);
}

void mappings_came_back(const struct mappings_gone *gone, const struct anchor *anchor)
{
	struct thread *t;
	struct hold hold;

	if (!gone->count)
		return;
	t = enter(anchor);
	if (take_hold(&hold)) {
		for (uint32_t i = 0; i < gone->count; i++)
			add(t, gone->pieces[i].start, gone->pieces[i].end, gone->pieces[i].mapping,
			    hold.tid);
		let_go(&hold);
	}
	leave(t);
}

void mappings_moved(const struct mappings_gone *gone, uintptr_t at, size_t bytes,
		    const struct anchor *anchor)
{
	struct thread *t;

	if (!gone->count)
		return;
	t = enter(anchor);
	enter_range(t, site_of_call(t, anchor), profile_mapping(gone->pieces[0].mapping)->kind, at,
		    round_up(at + bytes, PAGE_BYTES));
	leave(t);
}

void mappings_peek(struct mappings_gone *gone, uintptr_t at, size_t bytes)
{
	struct range first;
	struct hold hold;

	gone->count = 0;
	if (!take_hold(&hold))
		return;
	if (ranges_first(at, at + (bytes ? bytes : PAGE_BYTES), &first))
		gone->pieces[gone->count++] = (struct mappings_piece){ first.start, first.end,
								       first.mapping };
	let_go(&hold);
}

/* The lock is held. */
static void open_ranges(struct thread *t, uintptr_t at, uintptr_t end, int tid)
{
	struct range piece;

	for (; at < end && ranges_first(at, end, &piece); at = piece.end) {
		const struct tide_mapping *from = profile_mapping(piece.mapping);
		uint32_t number;

		if (from->kind != TIDE_MAPPING_RESERVED)
			continue;
		number = find_mapping(from->site, TIDE_MAPPING_ANONYMOUS, tid);
		cut(t, piece.start, piece.end, NULL, tid);
		add(t, piece.start, piece.end, number, tid);
		if (number)
			profile_mapping(number)->total_bytes += piece.end - piece.start;
	}
}

void mappings_opened(uintptr_t at, size_t bytes, const struct anchor *anchor)
{
	struct thread *t;
	struct hold hold;

	if (!profile.header->mapped.live_bytes[TIDE_MAPPING_RESERVED] || thread_hidden)
		return;
	t = enter(anchor);
	if (take_hold(&hold)) {
		open_ranges(t, at, round_up(at + bytes, PAGE_BYTES), hold.tid);
		let_go(&hold);
	}
	leave(t);
}

int64_t mappings_counted_bytes(void)
{
	const struct tide_mapped *mapped = &profile.header->mapped;
	int64_t bytes = 0;

	for (uint32_t kind = 0; kind < TIDE_MAPPING_KINDS; kind++)
		if (is_counted(kind))
			bytes += mapped->live_bytes[kind];
	return bytes;
}

int64_t mappings_counted_ranges(void)
{
	uint32_t count = profile.header->mapped.counted ? profile_count(TIDE_SECTION_MAPPINGS) : 0;
	int64_t ranges = 0;

	for (uint32_t i = 1; i < count; i++)
		if (is_counted(profile_mapping(i)->kind))
			ranges += profile_mapping(i)->live_ranges;
	return ranges;
}

static void clear_mapping(struct tide_mapping *m)
{
	*m = (struct tide_mapping){ .site = m->site, .kind = m->kind };
}

static void inherit(void *context, const struct range *range)
{
	struct tide_mapping *m = profile_mapping(range->mapping);
	int64_t bytes = (int64_t)(range->end - range->start);

	(void)context;
	m->live_bytes += bytes;
	m->high_bytes = m->live_bytes;
	m->live_ranges++;
	profile.header->mapped.live_bytes[m->kind] += bytes;
}

void mappings_after_fork(void)
{
	struct tide_header *h = profile.header;
	bool broken = maps.lock.owner;

	maps.lock.owner = 0;
	for (uint32_t i = 1; i < profile_count(TIDE_SECTION_MAPPINGS); i++)
		clear_mapping(profile_mapping(i));
	ranges_after_fork(broken);
	ranges_each(inherit, NULL);
	h->inherited_bytes += (uint64_t)mappings_counted_bytes();
	h->inherited_blocks += (uint64_t)mappings_counted_ranges();
}
